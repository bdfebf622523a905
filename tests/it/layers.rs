//! The table of layers in ARCHITECTURE.md: a module imports only from layers above its own.

use std::fs;
use std::path::Path;

const LAYERS: &[&[&str]] = &[
    &["words", "patch"],
    &["rq"],
    &["files", "store", "ingest"],
    &["load", "infer", "validate", "verify", "export", "catalogue", "describe", "profile", "worker", "history", "access"],
    &["ask", "ingestion"],
    &["knowledge"],
    &["explain", "changes"],
    &["pool"],
    &["mcp"],
    &["http"],
    &["cli"],
];

#[test]
fn a_module_imports_only_from_layers_above() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    for entry in fs::read_dir("src").unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["lib", "main"].contains(&module.as_str()) {
            continue;
        }
        let own = layer(&module).unwrap_or_else(|| panic!("{module} has no layer: give it one here and in ARCHITECTURE.md"));
        for (file, text) in sources(&path) {
            for import in text.split("crate::").skip(1) {
                let name: String = import.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let above = name == module || layer(&name).is_some_and(|layer| layer < own);
                assert!(above, "{file} imports {name}, which is not above {module}");
            }
        }
    }
}

#[test]
fn below_the_front_ends_nothing_is_async_and_nothing_knows_http_or_clap() {
    for layer in &LAYERS[..7] {
        for module in *layer {
            let path = format!("src/{module}");
            let path = if Path::new(&path).is_dir() { path } else { format!("{path}.rs") };
            for (file, text) in sources(Path::new(&path)) {
                for word in ["tokio", "axum", "clap::", "async fn", "std::env"] {
                    assert!(!text.contains(word), "{file} knows {word}");
                }
            }
        }
    }
}

fn sources(path: &Path) -> Vec<(String, String)> {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().flat_map(|entry| sources(&entry.unwrap().path())).collect();
    }
    vec![(path.display().to_string(), fs::read_to_string(path).unwrap())]
}
