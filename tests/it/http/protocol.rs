//! The query operation of the SPARQL 1.1 Protocol.

use std::collections::BTreeSet;

use oxigraph::io::{JsonLdProfileSet, RdfFormat, RdfParser};

use crate::support::{Server, form, says};

const LEVELS: &str = "SELECT ?l { ?l a cg:Level } ORDER BY ?l";
const LABELS: &str = "CONSTRUCT { ?l rdfs:label ?n } WHERE { ?l a cg:Level ; skos:prefLabel ?n }";
const FORM: &str = "application/x-www-form-urlencoded";
const DIRECT: &str = "application/sparql-query";
const PAGE: &str = "https://w3id.org/competency-graph/graph/gitlab/security-engineer";
const TAXONOMY: &str = "https://w3id.org/competency-graph/graph/taxonomy";

#[test]
fn a_query_is_taken_by_get_by_form_and_as_the_body() {
    let server = Server::shared();
    let query = form(&[("query", LEVELS)]);
    let by_get = server.get_as(&format!("/sparql?{query}"), "text/csv");
    let by_form = server.post("/sparql", FORM, "text/csv", &query);
    let by_form_with_charset = server.post("/sparql", "Application/X-WWW-Form-Urlencoded; charset=UTF-8", "text/csv", &query);
    let direct = server.post("/sparql", DIRECT, "text/csv", LEVELS);
    for answer in [&by_get, &by_form, &by_form_with_charset, &direct] {
        assert_eq!((answer.status, answer.body.lines().count()), (200, 1 + 5), "{}", answer.body);
        assert_eq!(answer.body, by_get.body);
        assert_eq!(answer.header("vary"), "accept");
    }
}

#[test]
fn rows_come_in_every_results_format() {
    let server = Server::shared();
    let answer = |accept: &str| {
        let answer = server.query_as(LEVELS, accept);
        assert_eq!(answer.header("content-type").split(';').next(), Some(accept), "{}", answer.body);
        answer
    };
    let senior = "https://w3id.org/competency-graph/id/gitlab/security-engineer/level/senior";
    let json = answer("application/sparql-results+json").json();
    assert_eq!(json["results"]["bindings"].as_array().unwrap().len(), 5);
    assert_eq!(json, answer("application/json").json());
    let xml = answer("application/sparql-results+xml").body;
    says(&xml, &["http://www.w3.org/2005/sparql-results#", &format!("<uri>{senior}</uri>")]);
    assert_eq!((&xml, &xml), (&answer("application/xml").body, &answer("text/xml").body));
    says(&answer("text/csv").body, &["l\r\n", &format!("{senior}\r\n")]);
    says(&answer("text/tab-separated-values").body, &["?l\n", &format!("<{senior}>\n")]);
    assert_eq!(server.query(LEVELS).header("content-type"), "application/sparql-results+json", "the default");
}

#[test]
fn a_truth_value_comes_in_every_results_format() {
    let server = Server::shared();
    let answer = |accept: &str| server.query_as("ASK { ?l a cg:Level }", accept);
    assert_eq!(answer("application/sparql-results+json").json()["boolean"], true);
    says(&answer("application/sparql-results+xml").body, &["<boolean>true</boolean>"]);
    assert_eq!(answer("text/csv").body.trim(), "true");
    assert_eq!(answer("text/tab-separated-values").body.trim(), "true");
}

#[test]
fn triples_come_in_every_syntax() {
    let server = Server::shared();
    let read = |media_type: &str, format: RdfFormat| -> BTreeSet<String> {
        let answer = server.query_as(LABELS, media_type);
        assert_eq!(answer.header("content-type").split(';').next(), Some(media_type), "{}", answer.body);
        RdfParser::from_format(format).for_slice(answer.body.as_bytes()).map(|quad| quad.unwrap().to_string()).collect()
    };
    let turtle = read("text/turtle", RdfFormat::Turtle);
    assert_eq!(turtle.len(), 5, "{turtle:?}");
    for (media_type, format) in [
        ("application/n-triples", RdfFormat::NTriples),
        ("application/rdf+xml", RdfFormat::RdfXml),
        ("application/ld+json", RdfFormat::JsonLd { profile: JsonLdProfileSet::empty() }),
        ("application/trig", RdfFormat::TriG),
        ("application/n-quads", RdfFormat::NQuads),
    ] {
        assert_eq!(read(media_type, format), turtle, "{media_type}");
    }
    assert!(server.query(LABELS).header("content-type").starts_with("text/turtle"), "the default");
    let described = server.query_as("DESCRIBE competency:oauth", "application/n-triples").body;
    says(&described, &["<https://w3id.org/competency-graph/id/competency/oauth>", "\"OAuth\"@en"]);
}

#[test]
fn the_accept_header_is_weighed_for_the_form_of_the_query() {
    let server = Server::shared();
    for (query, accept, media_type) in [
        (LEVELS, "text/csv;q=0.2, application/sparql-results+xml;q=0.9", "application/sparql-results+xml"),
        (LEVELS, "text/turtle, text/csv;q=0.1", "text/csv; charset=utf-8"),
        (LEVELS, "application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        (LEVELS, "", "application/sparql-results+json"),
        (LABELS, "text/turtle;q=0.2, application/rdf+xml;q=0.9", "application/rdf+xml"),
        (LABELS, "text/csv, application/n-triples;q=0.1", "application/n-triples"),
        (LABELS, "application/*", "application/n-triples"),
    ] {
        assert_eq!(server.query_as(query, accept).header("content-type"), media_type, "{accept}");
    }
    let rows = server.query_as(LEVELS, "text/turtle").problem(406, "not-acceptable");
    says(rows["hint"].as_str().unwrap(), &["application/sparql-results+json", "text/csv"]);
    let triples = server.query_as(LABELS, "text/csv").problem(406, "not-acceptable");
    says(triples["hint"].as_str().unwrap(), &["text/turtle", "application/ld+json"]);
}

/// How many things are levels, in the dataset that the parameters name.
fn levels(server: &Server, pattern: &str, graphs: &[(&str, &str)]) -> String {
    let query = format!("SELECT (COUNT(DISTINCT ?l) AS ?n) {{ {pattern} }}");
    let by_get = server.get_as(&format!("/sparql?{}", form(&[graphs, &[("query", &query)]].concat())), "text/csv");
    let by_form = server.post("/sparql", FORM, "text/csv", &form(&[graphs, &[("query", &query)]].concat()));
    let direct = server.post(&format!("/sparql?{}", form(graphs)), DIRECT, "text/csv", &query);
    let mixed = server.post(&format!("/sparql?{}", form(graphs)), FORM, "text/csv", &form(&[("query", &query)]));
    let all = [by_get, by_form, direct, mixed].map(|answer| (answer.status, answer.body));
    assert!(all.iter().all(|answer| answer == &all[0] && answer.0 == 200), "{all:?}");
    all[0].1.lines().nth(1).unwrap().to_owned()
}

#[test]
fn the_dataset_of_the_request_is_the_one_that_is_asked() {
    let server = Server::shared();
    let (plain, named) = ("?l a cg:Level", "GRAPH ?g { ?l a cg:Level }");
    assert_eq!(levels(&server, plain, &[]), "5", "the union of all graphs");
    assert_eq!(levels(&server, named, &[]), "5");
    assert_eq!(levels(&server, plain, &[("default-graph-uri", PAGE)]), "5");
    assert_eq!(levels(&server, plain, &[("default-graph-uri", TAXONOMY)]), "0");
    assert_eq!(levels(&server, plain, &[("default-graph-uri", TAXONOMY), ("default-graph-uri", PAGE)]), "5");
    assert_eq!(levels(&server, named, &[("default-graph-uri", PAGE)]), "0", "no graph is named");
    assert_eq!(levels(&server, named, &[("named-graph-uri", PAGE)]), "5");
    assert_eq!(levels(&server, named, &[("named-graph-uri", TAXONOMY)]), "0");
    assert_eq!(levels(&server, plain, &[("named-graph-uri", PAGE)]), "0", "the default graph is empty");
    assert_eq!(levels(&server, plain, &[("default-graph-uri", "http://example.org/none")]), "0");
}

#[test]
fn the_dataset_of_the_request_goes_before_that_of_the_query() {
    let server = Server::shared();
    let query = format!("SELECT ?l FROM <{TAXONOMY}> {{ ?l a cg:Level }}");
    assert_eq!(server.query_as(&query, "text/csv").body.lines().count(), 1);
    let answer = server.post(&format!("/sparql?{}", form(&[("default-graph-uri", PAGE)])), DIRECT, "text/csv", &query);
    assert_eq!(answer.body.lines().count(), 1 + 5);
}

#[test]
fn a_graph_that_is_not_there_is_empty() {
    let server = Server::shared();
    for query in [
        "SELECT ?s FROM <http://example.org/none> { ?s ?p ?o }",
        "SELECT ?s FROM NAMED <http://example.org/none> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?s { GRAPH <http://example.org/none> { ?s ?p ?o } }",
    ] {
        let answer = server.query_as(query, "text/csv");
        assert_eq!((answer.status, answer.body.as_str()), (200, "s\r\n"), "{query}");
    }
}

#[test]
fn a_graph_name_that_is_no_iri_is_named() {
    let server = Server::shared();
    let path = format!("/sparql?{}", form(&[("query", LEVELS), ("default-graph-uri", "not an iri")]));
    says(server.get(&path).problem(400, "malformed-graph")["detail"].as_str().unwrap(), &["`not an iri`"]);
}

#[test]
fn a_malformed_query_is_shown_where_it_goes_wrong() {
    let server = Server::shared();
    let problem = server.query("SELECT ?level {\n  ?level a cg:Level").problem(400, "malformed-query");
    says(problem["detail"].as_str().unwrap(), &["line 2, column 20", "after `?level a cg:Level`", "the end of the line"]);
    let problem = server.query("ASK { ?l a foo:Level }").problem(400, "malformed-query");
    says(problem["detail"].as_str().unwrap(), &["line 1, column 21", "after `ASK { ?l a foo:Level`", "prefix is not declared"]);
    // Letters of several bytes before, at and behind the place.
    server.query("ASK { \"ÄÖÜ☃\" ☃☃☃ \u{1F9D1} }").problem(400, "malformed-query");
    server.query("\u{feff}☃").problem(400, "malformed-query");
    server.query("# Nothing but a remark").problem(400, "malformed-query");
    server.query("PREFIX ex: <http://example.org/>").problem(400, "malformed-query");
}

#[test]
fn a_request_without_a_query_is_told_how_to_send_one() {
    let server = Server::shared();
    for answer in [
        server.get("/sparql?default-graph-uri=http%3A%2F%2Fexample.org%2F"),
        server.get("/sparql?query="),
        server.get("/sparql?query=%20%0A"),
        server.post("/sparql", FORM, "*/*", ""),
        server.query(""),
    ] {
        says(answer.problem(400, "missing-query")["hint"].as_str().unwrap(), &["/sparql?query="]);
    }
}

#[test]
fn two_queries_in_one_request_are_refused() {
    let server = Server::shared();
    let (one, two) = (form(&[("query", LEVELS)]), form(&[("query", LEVELS), ("query", "ASK {}")]));
    server.get(&format!("/sparql?{two}")).problem(400, "two-queries");
    server.post("/sparql", FORM, "*/*", &two).problem(400, "two-queries");
    server.post(&format!("/sparql?{one}"), DIRECT, "*/*", LEVELS).problem(400, "two-queries");
    server.post(&format!("/sparql?{one}"), FORM, "*/*", &one).problem(400, "two-queries");
}

#[test]
fn a_query_that_is_not_utf_8_is_refused() {
    use std::io::{Read, Write};
    let server = Server::shared();
    let head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/sparql-query\r\nContent-Length: 2\r\n\r\n";
    let mut stream = server.raw(head);
    stream.write_all(b"\xff\xfe").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    says(&answer, &["application/problem+json", "problem/not-utf-8"]);
}

#[test]
fn a_body_of_another_type_names_those_that_are_taken() {
    let server = Server::shared();
    for content_type in ["text/plain", "application/json", "", "application/sparql-queryx"] {
        let problem = server.post("/sparql", content_type, "*/*", LEVELS).problem(415, "unsupported-media-type");
        says(problem["hint"].as_str().unwrap(), &[FORM, DIRECT]);
    }
}

#[test]
fn the_endpoint_takes_no_other_method() {
    let server = Server::shared();
    let mut response = crate::support::client().delete(format!("{}/sparql", server.url)).call().unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, HEAD, POST, QUERY, OPTIONS");
    says(&response.body_mut().read_to_string().unwrap(), &["method-not-allowed", "DELETE"]);
}
