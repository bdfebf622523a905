//! The folders below are embedded in the binary: a change in one of them makes a new binary.

fn main() {
    for folder in ["data", "ontology", "queries", "web"] {
        println!("cargo:rerun-if-changed={folder}");
    }
}
