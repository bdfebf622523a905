//! `competency export`.

use std::collections::BTreeSet;
use std::fs;
use std::sync::OnceLock;

use oxigraph::io::{JsonLdProfileSet, RdfFormat, RdfParser};
use oxigraph::model::{Quad, Triple};

use crate::support::{run, says};

const JSON_LD: RdfFormat = RdfFormat::JsonLd { profile: JsonLdProfileSet::empty() };

fn quads(text: &str, format: RdfFormat) -> BTreeSet<String> {
    RdfParser::from_format(format).for_slice(text.as_bytes()).map(|quad| quad.unwrap().to_string()).collect()
}

fn triples(text: &str, format: RdfFormat) -> BTreeSet<String> {
    RdfParser::from_format(format).for_slice(text.as_bytes()).map(|quad| Triple::from(quad.unwrap()).to_string()).collect()
}

fn export(format: &str) -> String {
    run(&["export", "--format", format]).succeeds()
}

/// All that is stated, a line each.
fn stated() -> &'static str {
    static STATED: OnceLock<String> = OnceLock::new();
    STATED.get_or_init(|| export("nquads"))
}

/// The numbers of stated and of inferred triples, as `validate` tells them.
fn told() -> (usize, usize) {
    let told = run(&["validate"]).succeeds();
    let numbers: Vec<usize> = told.split(' ').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

#[test]
fn every_syntax_of_datasets_holds_the_same_quads() {
    let sought = quads(stated(), RdfFormat::NQuads);
    assert_eq!(sought.len(), told().0);
    assert_eq!(quads(&export("trig"), RdfFormat::TriG), sought);
    assert_eq!(quads(&export("jsonld"), JSON_LD), sought);
}

#[test]
fn every_syntax_of_one_graph_holds_the_same_triples() {
    let sought = triples(stated(), RdfFormat::NQuads);
    assert!(sought.len() > 10_000);
    assert_eq!(quads(&export("ntriples"), RdfFormat::NTriples), sought);
    assert_eq!(quads(&export("turtle"), RdfFormat::Turtle), sought);
    assert_eq!(quads(&export("rdfxml"), RdfFormat::RdfXml), sought);
}

#[test]
fn what_follows_comes_along_only_when_asked_for() {
    let inferred = |quad: &&String| quad.contains("<https://w3id.org/competency-graph/graph/inferred/");
    let stated = quads(stated(), RdfFormat::NQuads);
    let all = quads(&run(&["export", "--format", "nquads", "--inferred"]).succeeds(), RdfFormat::NQuads);
    assert_eq!(stated.iter().filter(inferred).count(), 0);
    assert_eq!(all.iter().filter(inferred).count(), told().1);
    assert_eq!(all.iter().filter(|quad| !inferred(quad)).cloned().collect::<BTreeSet<_>>(), stated);
}

#[test]
fn one_graph_is_written_alone_by_its_name_or_its_iri() {
    let taxonomy = "https://w3id.org/competency-graph/graph/taxonomy";
    let text = run(&["export", "--format", "nquads", "--graph", "taxonomy"]).succeeds();
    let quads: Vec<Quad> = RdfParser::from_format(RdfFormat::NQuads).for_slice(text.as_bytes()).map(Result::unwrap).collect();
    assert!(quads.len() > 1_000);
    assert!(quads.iter().all(|quad| quad.graph_name.to_string() == format!("<{taxonomy}>")));
    assert_eq!(run(&["export", "--format", "nquads", "--graph", taxonomy]).succeeds(), text);
    assert_eq!(run(&["export", "--format", "nquads", "--graph", "graph:taxonomy"]).succeeds(), text);

    let two = run(&["export", "--format", "nquads", "--graph", "taxonomy", "--graph", "ontology"]).succeeds();
    assert!(two.len() > text.len() && text.lines().all(|line| two.contains(line)));
}

#[test]
fn two_exports_are_the_same_to_the_byte() {
    for format in ["trig", "turtle"] {
        assert_eq!(export(format), export(format), "{format}");
    }
    assert_eq!(run(&["export"]).succeeds(), export("trig"), "TriG is the default");
}

#[test]
fn the_ending_of_the_output_file_names_the_syntax() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taxonomy.ttl");
    let done = run(&["export", "--graph", "taxonomy", "-o", file.to_str().unwrap()]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), ""));
    says(&done.stderr, &["statements written to", "taxonomy.ttl"]);
    let sought = run(&["export", "--graph", "taxonomy", "--format", "turtle"]).succeeds();
    assert_eq!(fs::read_to_string(&file).unwrap(), sought);
}

#[test]
fn an_unknown_graph_names_those_there_are_and_leaves_the_output_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.ttl");
    fs::write(&file, "# precious\n").unwrap();
    let told = run(&["export", "--graph", "taxonomi", "-o", file.to_str().unwrap()]).fails();
    says(&told, &["no graph taxonomi", "gitlab/security-engineer", "ontology", "taxonomy"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# precious\n");
}

#[test]
fn an_unknown_format_names_those_there_are() {
    let all = "turtle, trig, ntriples, nquads, rdfxml, jsonld";
    says(&run(&["export", "--format", "turtel"]).fails(), &["`turtel`", "did you mean turtle?", all]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("graph.docx");
    says(&run(&["export", "-o", file.to_str().unwrap()]).fails(), &["`docx`", all]);
    assert!(!file.exists());
}

#[test]
fn an_output_file_that_cannot_be_made_is_named() {
    let file = "no/such/folder/graph.ttl";
    says(&run(&["export", "-o", file]).fails(), &["creating no/such/folder/graph.ttl"]);
}
