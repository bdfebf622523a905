//! Shapes and checks: the bundled data passes, each valid example passes, each invalid one is refused for the reason it
//! names, and pySHACL, another implementation, comes to the same verdicts.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use competency_graph::files::Files;
use competency_graph::infer::Rules;
use competency_graph::load;
use competency_graph::store::Store;
use competency_graph::validate::{Finding, Judge};
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Quad;

const SHAPES: &str = "https://w3id.org/competency-graph/shapes#";

fn judge() -> Judge {
    let (judge, problems) = Judge::read(&Files::bundled_ontology());
    assert_eq!(problems, []);
    judge.unwrap()
}

fn findings(judge: &Judge, stated: &[Quad]) -> Vec<Finding> {
    let store = Store::new().unwrap();
    store.insert(stated.iter().cloned()).unwrap();
    store.insert(Rules::read(&Files::bundled_ontology()).0.infer(stated).quads).unwrap();
    judge.judge(stated, &store).unwrap()
}

fn with_ontology(path: &PathBuf) -> Vec<Quad> {
    let text = fs::read(path).unwrap();
    let mut quads: Vec<Quad> = RdfParser::from_format(RdfFormat::Turtle)
        .for_slice(&text)
        .map(|quad| quad.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        .collect();
    quads.extend(load::ontology_quads(&Files::bundled_ontology()).0);
    quads
}

fn examples(kind: &str) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(format!("ontology/examples/{kind}")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn header(path: &PathBuf, key: &str) -> Vec<String> {
    let prefix = format!("#+ {key}:");
    let text = fs::read_to_string(path).unwrap();
    text.lines().filter_map(|line| line.strip_prefix(&prefix)).map(|value| value.trim().to_owned()).collect()
}

#[test]
fn the_bundled_data_breaks_no_shape_and_no_check() {
    let mut quads = load::quads(&Files::bundled_data()).0;
    quads.extend(load::ontology_quads(&Files::bundled_ontology()).0);
    assert_eq!(findings(&judge(), &quads), []);
}

#[test]
fn every_valid_example_passes() {
    let judge = judge();
    for path in examples("valid") {
        assert_eq!(findings(&judge, &with_ontology(&path)), [], "{}", path.display());
    }
}

#[test]
fn every_invalid_example_is_refused_for_the_reason_it_names() {
    let judge = judge();
    let mut failures = Vec::new();
    for path in examples("invalid") {
        let found = findings(&judge, &with_ontology(&path));
        let (breaks, says) = (header(&path, "breaks"), header(&path, "says"));
        assert!(!breaks.is_empty() && !says.is_empty(), "{}: says what it breaks", path.display());
        for name in &breaks {
            let by_name = |finding: &&Finding| finding.broken == *name || finding.broken == format!("{SHAPES}{name}");
            let told =
                found.iter().filter(by_name).any(|finding| says.iter().any(|words| finding.message.contains(words.as_str())));
            if !told {
                failures.push(format!("{}: expected {name} saying {says:?}, found {found:#?}", path.display()));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn shapes_that_the_validator_would_ignore_are_refused() {
    for text in ["<x:s> sh:sparql [ sh:select \"…\" ] .", "<x:s> <http://www.w3.org/ns/shacl#sparql> <x:q> ."] {
        let shapes = format!("@prefix sh: <http://www.w3.org/ns/shacl#> .\n<x:s> a sh:NodeShape .\n{text}");
        let content = BTreeMap::from([("shapes.ttl".to_owned(), shapes.into_bytes())]);
        let (judge, problems) = Judge::read(&Files { root: "ontology".to_owned(), content });
        assert!(judge.is_none());
        assert!(problems[0].to_string().contains("sh:sparql"), "{problems:?}");
    }
}

#[test]
fn pyshacl_comes_to_the_same_verdicts() {
    if !has_pyshacl() {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "pySHACL is required here and missing");
        println!("skipped: pySHACL is not installed (pip install pyshacl)");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let mut bundled = load::quads(&Files::bundled_data()).0;
    bundled.extend(load::ontology_quads(&Files::bundled_ontology()).0);
    let mut worlds: Vec<(String, Vec<Quad>)> = vec![("bundled".to_owned(), bundled)];
    for kind in ["valid", "invalid"] {
        worlds.extend(
            examples(kind).iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), with_ontology(path))),
        );
    }
    let judge = judge();
    let mut ours: BTreeMap<String, bool> = BTreeMap::new();
    for (name, quads) in &worlds {
        let triples: String =
            quads.iter().map(|quad| format!("{} {} {} .\n", quad.subject, quad.predicate, quad.object)).collect();
        fs::write(data.path().join(format!("{name}.nt")), triples).unwrap();
        // Checks are ours alone: only what shapes find is compared.
        let by_shape = findings(&judge, quads).iter().any(|finding| finding.broken.starts_with(SHAPES));
        ours.insert(name.clone(), !by_shape);
    }
    let theirs = verdicts(data.path().to_str().unwrap());
    assert_eq!(ours, theirs);
}

fn has_pyshacl() -> bool {
    let check = Command::new("python3").args(["-c", "import pyshacl"]).stderr(Stdio::null()).status();
    check.is_ok_and(|status| status.success())
}

/// What pySHACL says of each file of a folder, by one process.
fn verdicts(folder: &str) -> BTreeMap<String, bool> {
    let mut python = Command::new("python3")
        .args(["-", "ontology/shapes.ttl", folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    python.stdin.take().unwrap().write_all(include_bytes!("pyshacl.py")).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split_once('\t').unwrap()).map(|(name, verdict)| (name.to_owned(), verdict == "True")).collect()
}
