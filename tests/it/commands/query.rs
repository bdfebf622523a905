//! `competency query`.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::Stdio;

use oxigraph::io::{JsonLdProfileSet, RdfFormat, RdfParser};
use serde_json::Value;

use crate::support::{program, run, says};

const OAUTH: &str = r#"SELECT ?l { ?l a cg:Level ; cg:requires ?c . ?c rdfs:label "OAuth"@en } ORDER BY ?l"#;

const LEVELS: &str = "CONSTRUCT { ?l rdfs:label ?n } WHERE { ?l a cg:Level ; skos:prefLabel ?n }";

fn query(text: &str, format: &str) -> String {
    run(&["query", "-e", text, "--format", format]).succeeds()
}

#[track_caller]
fn refused(arguments: &[&str], parts: &[&str]) {
    says(&run(&[&["query"], arguments].concat()).fails(), parts);
}

#[test]
fn plain_sparql_without_prefix_lines_answers_who_requires_what() {
    assert_eq!(query(OAUTH, "csv").lines().count(), 1 + 5);
    let review = query(&OAUTH.replace("OAuth", "security architecture review"), "csv");
    assert_eq!(
        review.lines().collect::<Vec<_>>(),
        ["l", "https://w3id.org/competency-graph/id/gitlab/security-engineer/level/senior"]
    );
}

#[test]
fn a_query_is_read_from_a_file_from_standard_input_or_from_the_command_line() {
    let sought = query(OAUTH, "csv");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oauth.rq");
    fs::write(&file, OAUTH).unwrap();
    assert_eq!(run(&["query", file.to_str().unwrap(), "--format", "csv"]).succeeds(), sought);

    let mut child =
        program().args(["query", "-", "--format", "csv"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(OAUTH.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stdout).unwrap()), (Some(0), sought));
}

#[test]
fn rows_come_as_a_table_and_in_every_results_format() {
    let table = query(OAUTH, "table");
    assert_eq!(table, run(&["query", "-e", OAUTH]).succeeds(), "the table is the default");
    says(&table, &[" l\n", "gitlab:security-engineer/level/senior"]);

    let json: Value = serde_json::from_str(&query(OAUTH, "json")).unwrap();
    assert_eq!(json["head"]["vars"], serde_json::json!(["l"]));
    let bindings = json["results"]["bindings"].as_array().unwrap();
    let iris: Vec<&str> = bindings.iter().map(|row| row["l"]["value"].as_str().unwrap()).collect();
    assert_eq!(iris.len(), 5);

    assert_eq!(query(OAUTH, "csv").lines().skip(1).collect::<Vec<_>>(), iris);
    let bracketed: Vec<String> = iris.iter().map(|iri| format!("<{iri}>")).collect();
    assert_eq!(query(OAUTH, "tsv").lines().collect::<Vec<_>>(), [&["?l".to_owned()], bracketed.as_slice()].concat());
    let xml = query(OAUTH, "xml");
    says(&xml, &["http://www.w3.org/2005/sparql-results#"]);
    assert!(iris.iter().all(|iri| xml.contains(&format!("<uri>{iri}</uri>"))), "{xml}");
}

#[test]
fn an_ask_query_says_true_or_false() {
    assert_eq!(query("ASK { ?l a cg:Level }", "table"), "true\n");
    assert_eq!(query("ASK { cg:Level a ?l , cg:Level }", "table"), "false\n");
    assert_eq!(serde_json::from_str::<Value>(&query("ASK {}", "json")).unwrap()["boolean"], true);
    says(&query("ASK {}", "xml"), &["<boolean>true</boolean>"]);
    assert_eq!(query("ASK {}", "csv").trim(), "true");
}

#[test]
fn triples_come_in_every_syntax_of_one_graph() {
    let read = |format: &str, syntax: RdfFormat| -> BTreeSet<String> {
        let text = query(LEVELS, format);
        RdfParser::from_format(syntax).for_slice(text.as_bytes()).map(|quad| quad.unwrap().to_string()).collect()
    };
    let turtle = read("turtle", RdfFormat::Turtle);
    assert_eq!(turtle.len(), 5, "{turtle:?}");
    assert_eq!(turtle, read("ntriples", RdfFormat::NTriples));
    assert_eq!(turtle, read("rdfxml", RdfFormat::RdfXml));
    assert_eq!(turtle, read("jsonld", RdfFormat::JsonLd { profile: JsonLdProfileSet::empty() }));
}

#[test]
fn a_malformed_query_is_shown_where_it_goes_wrong() {
    let text = "SELECT ?level\nWHERE { ?level a foo:Level }";
    refused(&["-e", text], &["malformed", "line 2, column 27", "after `WHERE { ?level a foo:Level`"]);
    refused(&["-e", "SELECT ?level { ?level a cg:Level"], &["malformed", "line 1", "the end of the line is unexpected"]);
    refused(&["-e", ""], &["malformed"]);
}

#[test]
fn an_undeclared_prefix_names_those_that_need_no_declaration() {
    refused(&["-e", "SELECT ?l { ?l a foo:Level }"], &["prefix is not declared", "cg, competency, gitlab"]);
}

#[test]
fn an_update_is_refused_with_what_to_do_instead() {
    for update in ["DROP ALL", "INSERT DATA { cg:a cg:b cg:c }", "DELETE WHERE { ?s ?p ?o }", "LOAD <http://127.0.0.1:9/>"] {
        refused(&["-e", update], &["update", "edit the Turtle below --data"]);
    }
}

#[test]
fn a_query_may_not_reach_another_server() {
    refused(&["-e", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"], &["service"]);
}

#[test]
fn a_file_that_is_not_there_is_named_with_the_other_ways() {
    refused(&["nowhere.rq"], &["nowhere.rq", "-e", "standard input"]);
    refused(&[], &["--help"]);
    refused(&["some.rq", "-e", "ASK {}"], &["cannot be used with"]);
}

#[test]
fn a_format_that_does_not_fit_the_query_names_those_that_do() {
    for text in ["ASK {}", OAUTH] {
        refused(&["-e", text, "--format", "turtle"], &["rows", "table, json, csv, tsv or xml"]);
    }
    refused(&["-e", LEVELS, "--format", "csv"], &["triples", "turtle, ntriples, rdfxml or jsonld"]);
}

#[test]
fn the_default_graph_is_the_union_and_graphs_can_be_named() {
    let count =
        |pattern: &str| query(&format!("SELECT (COUNT(*) AS ?n) {{ {pattern} }}"), "csv").lines().nth(1).unwrap().to_owned();
    assert_eq!(count("?s ?p ?o"), count("GRAPH ?g { ?s ?p ?o }"), "no triple stands in two graphs");
    assert_eq!(count("GRAPH graph:ontology { ?s a cg:Level }"), "0");
    assert_eq!(count("GRAPH graph:gitlab\\/security-engineer { ?s a cg:Level }"), "5");
}

#[test]
fn a_deeply_nested_query_does_not_bring_the_program_down() {
    let deep = format!("ASK {{ FILTER({}true{}) }}", "(".repeat(10_000), ")".repeat(10_000));
    assert_eq!(query(&deep, "table"), "true\n");
}
