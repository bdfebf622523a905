//! Writing over HTTP: what a request changes, and that one which fails changes nothing.

use serde_json::Value;

use super::Writable;
use crate::support::says;

const NOTE: &str = "INSERT DATA { GRAPH <http://example.org/notes> { <http://example.org/a> rdfs:comment \"noted\" } }";
const HAS_NOTE: &str = "ASK { GRAPH <http://example.org/notes> { ?a rdfs:comment \"noted\" } }";
/// A level without label, job family and rank.
const BARE_LEVEL: &str = "INSERT DATA { GRAPH <http://example.org/notes> { <http://example.org/bare> a cg:Level } }";

#[test]
fn an_update_shows_at_once_in_queries_questions_graphs_and_version() {
    let store = Writable::new();
    let before = store.version();
    let made = store.updated(NOTE);
    assert_eq!(
        (&made["commit"]["author"], &made["stated"]["added"], &made["commit"]["number"]),
        (&"ada".into(), &1.into(), &2.into())
    );
    assert_eq!(made["version"], store.version());
    assert_ne!(store.version(), before);
    assert!(store.says(HAS_NOTE));
    says(&store.server.get("/graphs?graph=http://example.org/notes").body, &["noted"]);

    // What follows, follows at once, and goes with what it followed from.
    let asked = |competency: &str| {
        store.server.ask("levels-requiring", &[("competency", competency)]).json()["rows"].as_array().unwrap().len()
    };
    assert_eq!(asked("OAuth"), 5);
    let moved = store.updated(
        "DELETE { GRAPH ?g { ?s cg:appliesTo ?role } } INSERT { GRAPH ?g { ?s cg:appliesTo ?specialty } }
         WHERE { GRAPH ?g { ?s cg:appliesTo ?role . ?s cg:hasMention/cg:competency competency:oauth . ?role a cg:JobFamily }
                 ?specialty a cg:Specialty ; rdfs:label \"Application Security\"@en }",
    );
    assert_eq!((&moved["stated"]["added"], &moved["stated"]["deleted"]), (&1.into(), &1.into()));
    assert!(moved["inferred"]["deleted"].as_u64().unwrap() > 5);
    assert_eq!(asked("OAuth"), 0);
    let rows = store.server.ask("specialties-requiring", &[("competency", "OAuth")]).json()["rows"].clone();
    assert!(rows.as_array().unwrap().iter().any(|row| row["specialtyLabel"] == "Application Security"), "{rows}");
    store.store.is_sound();
}

#[test]
fn nothing_happens_for_what_is_malformed_or_not_valid_and_the_report_says_why() {
    let store = Writable::new();
    let before = store.version();
    store.update("INSERT DATA { GRAPH <http://example.org/x> { <a> <b> } }").problem(400, "malformed-update");
    // The first operation would do; the second does not, so neither is done.
    store.update(&format!("{NOTE} ; INSERT DATA {{ oops }}")).problem(400, "malformed-update");
    let refused = store.update(&format!("{NOTE} ; {BARE_LEVEL}")).problem(422, "invalid-data");
    let broken: Vec<&str> =
        refused["findings"].as_array().unwrap().iter().map(|found| found["broken"].as_str().unwrap()).collect();
    says(&broken.join(" "), &["#label-is-one-in-english", "#level-has-one-rank", "#level-belongs-to-one-job-family"]);
    assert!(refused["findings"].as_array().unwrap().iter().all(|found| found["thing"] == "http://example.org/bare"));

    // The same as SHACL's own report.
    let headers = [("content-type", "application/sparql-update"), ("accept", "text/turtle")];
    let report = store.send("POST", "/update", &headers, BARE_LEVEL);
    assert_eq!(report.status, 422);
    says(&report.body, &["sh:ValidationReport", "sh:conforms false", "<http://example.org/bare>", "shape:level-has-one-rank"]);

    store
        .send("PUT", "/graphs?graph=http://example.org/x", &[("content-type", "text/turtle")], "<a> <b> .")
        .problem(400, "malformed-content");
    store
        .send("PUT", "/graphs?graph=http://example.org/x", &[("content-type", "text/plain")], "x")
        .problem(415, "unsupported-media-type");
    let xml = "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'b'>]><r/>";
    store
        .send("PUT", "/graphs?graph=http://example.org/x", &[("content-type", "application/rdf+xml")], xml)
        .problem(400, "malformed-content");
    assert_eq!(store.version(), before);
    assert!(!store.says(HAS_NOTE));
    store.server.is_alive();
}

#[test]
fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let store = Writable::new();
    let before = store.version();
    let tried = store.send("POST", "/update?dry-run=true", &[("content-type", "application/sparql-update")], NOTE).json();
    assert_eq!((&tried["dryRun"], &tried["commit"], &tried["stated"]["added"]), (&true.into(), &Value::Null, &1.into()));
    let path = "/graphs?graph=http://example.org/notes&dry-run=true";
    let tried = store.send(
        "PUT",
        path,
        &[("content-type", "text/turtle")],
        "<a> rdfs:comment \"noted\" .".replace("rdfs:", "<http://www.w3.org/2000/01/rdf-schema#>").as_str(),
    );
    tried.problem(400, "malformed-content");
    let text = "<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#comment> \"noted\" .";
    assert_eq!(store.send("PUT", path, &[("content-type", "text/turtle")], text).json()["stated"]["added"], 1);
    store
        .send("POST", "/update?dry-run=true", &[("content-type", "application/sparql-update")], BARE_LEVEL)
        .problem(422, "invalid-data");
    assert_eq!(store.version(), before);
    assert!(!store.says(HAS_NOTE));
    // What was tried leaves nothing behind that the next change would meet.
    store.updated(NOTE);
    assert!(store.says(HAS_NOTE));
}

#[test]
fn graphs_are_put_extended_patched_and_deleted() {
    let store = Writable::new();
    let turtle = [("content-type", "text/turtle")];
    let at = "/graphs?graph=http://example.org/notes";
    let count =
        || store.server.query_as("SELECT (COUNT(*) AS ?n) { GRAPH <http://example.org/notes> { ?s ?p ?o } }", "text/csv").body;
    let note = |text: &str| format!("<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#comment> {text} .");

    let made = store.send("PUT", at, &turtle, &note("\"one\", \"two\""));
    assert_eq!((made.status, made.header("location").is_empty()), (201, false));
    assert_eq!(made.header("competency-version"), store.version());
    assert_eq!(store.send("POST", at, &turtle, &note("\"two\", \"three\"")).status, 204);
    says(&count(), &["3"]);
    let patch = format!("A {}\nD {}\n", note("\"four\""), note("\"one\""));
    assert_eq!(store.send("PATCH", at, &[("content-type", "application/rdf-patch")], &patch).status, 204);
    let update = "DELETE { ?a ?p \"two\" } INSERT { ?a ?p \"five\", \"six\" } WHERE { ?a ?p \"two\" }";
    assert_eq!(store.send("PATCH", at, &[("content-type", "application/sparql-update")], update).status, 204);
    says(&count(), &["4"]);
    assert_eq!(store.send("PUT", at, &turtle, &note("\"seven\"")).status, 204);
    says(&count(), &["1"]);
    assert_eq!(store.send("DELETE", at, &[], "").status, 204);
    store.server.get(at).problem(404, "unknown-graph");
    store.send("DELETE", at, &[], "").problem(404, "unknown-graph");
    assert!(!store.server.get("/graphs").body.contains("example.org/notes"));

    let posted = store.send("POST", "/graphs", &turtle, &note("\"new\""));
    assert_eq!(posted.status, 201);
    let path = posted.header("location").trim_start_matches(&store.server.url).to_owned();
    says(&store.server.get(&path).body, &["new"]);
    assert_eq!(store.send("OPTIONS", "/graphs", &[], "").header("allow"), "GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS");
    store.store.is_sound();
}

#[test]
fn what_the_program_makes_is_nobodys_to_write() {
    let store = Writable::new();
    let graph = "https://w3id.org/competency-graph/graph/";
    for name in ["ontology", "examples", "inferred/holdings"] {
        store
            .update(&format!("INSERT DATA {{ GRAPH <{graph}{name}> {{ <http://x.org/a> <http://x.org/b> 1 }} }}"))
            .problem(403, "made-graph");
        store.update(&format!("CLEAR GRAPH <{graph}{name}>")).problem(403, "made-graph");
        store.send("DELETE", &format!("/graphs?graph={graph}{name}"), &[], "").problem(403, "made-graph");
        store.send("PUT", &format!("/graphs/{name}"), &[("content-type", "text/turtle")], "").problem(403, "made-graph");
    }
    store.update("DELETE WHERE { GRAPH ?g { ?level cg:holds ?statement } }").problem(403, "made-graph");
    store.update("LOAD <http://127.0.0.1:1/x.ttl>").problem(403, "service-refused");
    store.updated("CLEAR ALL");
    assert!(!store.says("ASK { ?s cg:appliesTo ?o }"));
    assert!(store.says("ASK { cg:Level a ?class }"), "the ontology is there");
    assert!(!store.says("ASK { ?l cg:holds ?s }"));
}

#[test]
fn a_change_for_another_version_is_refused_and_told_the_one_there_is() {
    let store = Writable::new();
    let first = store.version();
    let with = |version: &str, update: &str| {
        let tag = if version == "*" { "*".to_owned() } else { format!("\"{version}\"") };
        store.send("POST", "/update", &[("content-type", "application/sparql-update"), ("if-match", &tag)], update)
    };
    let read = store.server.get("/graphs/taxonomy");
    assert_eq!(read.header("competency-version"), first);
    let second = with(&first, NOTE).json()["version"].as_str().unwrap().to_owned();
    let refused = with(&first, &NOTE.replace("noted", "again"));
    assert_eq!(refused.header("competency-version"), second);
    assert_eq!(refused.problem(412, "precondition-failed")["current"], second);
    assert_eq!(with("*", &NOTE.replace("noted", "third")).status, 200);
}

#[test]
fn updates_run_under_the_limits_of_queries() {
    let store = super::Store::new().serve(&["--timeout", "2"]);
    let before = store.version();
    let values = (0..60).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    let block = |name: &str| format!("VALUES ?{name} {{ {values} }}");
    let endless = format!(
        "INSERT {{ GRAPH <http://x.org/g> {{ <http://x.org/a> <http://x.org/b> ?a }} }} WHERE {{ {} {} {} {} {} FILTER(?a + ?b + ?c + ?d + ?e < 0) }}",
        block("a"),
        block("b"),
        block("c"),
        block("d"),
        block("e")
    );
    let refused = store.update(&endless);
    assert!([413, 503].contains(&refused.status), "{}", refused.body);
    assert_eq!(store.version(), before);
    let deep = format!("INSERT {{ <http://x.org/a> <http://x.org/b> 1 }} WHERE {}{}", "{".repeat(20_000), "}".repeat(20_000));
    let answer = store.update(&deep);
    assert!([200, 400, 413, 503].contains(&answer.status), "{}", answer.body);
    store.server.is_alive();
    store.updated(NOTE);
}

#[test]
fn what_looks_like_nesting_in_a_text_is_kept_and_read_again_and_nesting_too_deep_is_refused() {
    let store = Writable::new();
    let text = "\\\"<<(".repeat(40);
    store.updated(&format!(
        "INSERT DATA {{ GRAPH <http://example.org/notes> {{ <http://example.org/a> rdfs:comment \"{text}\" }} }}"
    ));
    assert!(store.says("ASK { GRAPH <http://example.org/notes> { ?a ?b ?c FILTER(CONTAINS(?c, '<<(')) } }"));
    store.store.is_sound();
    store.updated("DELETE WHERE { GRAPH <http://example.org/notes> { ?a ?b ?c } }");
    let term = (0..20).fold("1".to_owned(), |inner, _| format!("<<( <http://x.org/a> <http://x.org/b> {inner} )>>"));
    let deep = store.update(&format!("INSERT DATA {{ GRAPH <http://x.org/g> {{ <http://x.org/a> <http://x.org/b> {term} }} }}"));
    assert_eq!(deep.status, 400, "{}", deep.body);
    store.store.is_sound();
}
