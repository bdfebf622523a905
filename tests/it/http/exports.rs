//! The graph as files.

use std::collections::BTreeSet;

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Quad;

use crate::support::{Answer, Server, says};

fn quads(answer: &Answer) -> BTreeSet<String> {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let format = RdfFormat::from_media_type(answer.header("content-type")).unwrap();
    let parsed = RdfParser::from_format(format).for_slice(answer.body.as_bytes());
    parsed.map(|quad| quad.unwrap_or_else(|error| panic!("{format}: {error}"))).map(|quad: Quad| quad.to_string()).collect()
}

/// The graphs of the server, by the names its exports have.
fn graphs(server: &Server) -> Vec<String> {
    let answer = server.query_as("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g", "text/csv");
    let name = |iri: &str| iri.trim_end().strip_prefix("https://w3id.org/competency-graph/graph/").unwrap().to_owned();
    answer.body.lines().skip(1).map(name).collect()
}

#[test]
fn a_graph_comes_in_every_syntax_and_is_the_same_in_each() {
    let server = Server::shared();
    let graph = "https://w3id.org/competency-graph/graph/taxonomy";
    let expected =
        server.query_as(&format!("CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"), "application/n-triples");
    let expected = quads(&expected);
    assert!(expected.len() > 100);
    let in_graph: BTreeSet<String> = expected.iter().map(|triple| format!("{triple} <{graph}>")).collect();
    for (extension, media_type, named) in [
        ("ttl", "text/turtle; charset=utf-8", false),
        ("nt", "application/n-triples", false),
        ("rdf", "application/rdf+xml", false),
        ("nq", "application/n-quads", true),
        ("trig", "application/trig", true),
        ("jsonld", "application/ld+json", true),
    ] {
        let answer = server.get(&format!("/export/taxonomy.{extension}"));
        assert_eq!(answer.header("content-type"), media_type);
        assert_eq!(&quads(&answer), if named { &in_graph } else { &expected }, "{extension}");
    }
}

#[test]
fn every_graph_has_its_export_also_where_its_name_has_slashes() {
    let server = Server::shared();
    let names = graphs(server.as_ref());
    assert!(names.iter().any(|name| name == "gitlab/security-engineer"), "{names:?}");
    for name in &names {
        let answer = server.get(&format!("/export/{name}.nq"));
        let graph = format!("<https://w3id.org/competency-graph/graph/{name}>");
        assert!(quads(&answer).iter().all(|quad| quad.ends_with(&graph)), "{name}");
        let encoded = server.get(&format!("/export/{}.nq", name.replace('/', "%2F")));
        assert_eq!(encoded.body, answer.body, "{name}");
    }
}

#[test]
fn all_is_everything_stated_and_what_follows_comes_on_request() {
    let server = Server::shared();
    let mut names = graphs(server.as_ref());
    // Example queries are made from the catalogue, neither stated nor inferred: they are exported by name.
    names.retain(|name| name != "examples");
    let of = |names: &[&String]| {
        names.iter().flat_map(|name| quads(&server.get(&format!("/export/{name}.nq")))).collect::<BTreeSet<_>>()
    };
    let stated: Vec<&String> = names.iter().filter(|name| !name.starts_with("inferred/")).collect();
    let all = server.get("/export/all.nq");
    assert_eq!(quads(&all), of(&stated));
    assert_eq!(all.header("content-length"), "", "a large one streams");
    assert_eq!(quads(&server.get("/export/all.trig")), quads(&all));
    assert_eq!(server.get("/export/all.nq?inferred=false").body, all.body);
    let every: Vec<&String> = names.iter().collect();
    assert_eq!(quads(&server.get("/export/all.nq?inferred=true")), of(&every));
    assert!(quads(&server.get("/export/taxonomy.nq?inferred=true")).len() > quads(&server.get("/export/taxonomy.nq")).len());
}

#[test]
fn what_is_not_there_is_told_with_what_is() {
    let server = Server::shared();
    let problem = server.get("/export/taxonmy.ttl").problem(404, "unknown-graph");
    assert_eq!(problem["near"][0], "taxonomy");
    says(problem["hint"].as_str().unwrap(), &["all", "gitlab/security-engineer", "taxonomy", "ontology"]);
    let problem = server.get("/export/taxonomy.xlsx").problem(404, "unknown-syntax");
    says(problem["hint"].as_str().unwrap(), &[".ttl", ".nq", ".jsonld"]);
    server.get("/export/taxonomy").problem(404, "unknown-syntax");
    server.get("/export/../Cargo.ttl").problem(404, "unknown-graph");
    server.get("/export/..%2f..%2fCargo.ttl").problem(404, "unknown-graph");
    server.get("/export/%ff.ttl").problem(404, "unknown-syntax");
    server.get("/export/taxonomy.ttl?inferred=yes").problem(400, "unknown-parameter");
    server.get("/export/taxonomy.ttl?graph=x").problem(400, "unknown-parameter");
}

#[test]
fn a_client_that_leaves_a_large_export_takes_its_place_with_it() {
    let server = Server::shared();
    for _ in 0..12 {
        drop(server.raw("GET /export/all.nq?inferred=true HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    }
    crate::support::eventually("a place", || server.get("/export/all.nq").status == 200);
    server.is_alive();
}
