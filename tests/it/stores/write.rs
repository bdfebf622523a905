//! Writing, wherever the graph is: what is changed shows at once, what follows follows, and what is refused changes nothing. Whatever is done here
//! is undone, so that the graph is what it was.

use std::fmt::Write as _;

use crate::durable::Editor;
use crate::support::{eventually, says};

const UPDATE: (&str, &str) = ("content-type", "application/sparql-update");
const TURTLE: (&str, &str) = ("content-type", "text/turtle");
const NOTE: &str = "INSERT DATA { GRAPH <http://example.org/notes> { <http://example.org/a> rdfs:comment \"noted\"@en } }";
const NO_NOTE: &str = "DROP GRAPH <http://example.org/notes>";
const HAS_NOTE: &str = "ASK { GRAPH <http://example.org/notes> { ?a rdfs:comment \"noted\"@en } }";
/// Where OAuth is stated, and what is said of it.
const STATED: &str = "?s cg:hasMention/cg:competency competency:oauth ; cg:appliesTo";
const AT: &str = "/graphs?graph=http://example.org/notes";

/// What every place that takes changes must do.
pub fn takes(name: &str, store: &Editor) {
    assert_eq!(store.server.exchange("POST", "/update", &[UPDATE], Some(NOTE.as_bytes())).status, 401, "{name}");
    what_follows_follows(name, store);
    what_is_not_fit_is_refused(name, store);
    graphs_are_written(name, store);
    blank_nodes_keep_together(name, store);
    much_at_once(name, store);
    what_was_seen_stays(name, store);
}

fn what_follows_follows(name: &str, store: &Editor) {
    let asked = || store.server.ask("levels-requiring", &[("competency", "OAuth")]).json()["rows"].as_array().unwrap().len();
    let before = store.version();
    let role = "?role a cg:JobFamily ; rdfs:label \"Security Engineer\"@en";
    let specialty = "?specialty a cg:Specialty ; rdfs:label \"Application Security\"@en";
    let moved = store.updated(&format!(
        "DELETE {{ GRAPH ?g {{ ?s cg:appliesTo ?role }} }} INSERT {{ GRAPH ?g {{ ?s cg:appliesTo ?specialty }} }}
         WHERE {{ GRAPH ?g {{ {STATED} ?role }} {role} . {specialty} }}"
    ));
    assert_eq!((&moved["stated"]["added"], &moved["stated"]["deleted"]), (&1.into(), &1.into()), "{name}");
    assert_ne!(store.version(), before, "{name}");
    assert_eq!(asked(), 0, "{name}");
    let rows = store.server.ask("specialties-requiring", &[("competency", "OAuth")]).json()["rows"].clone();
    assert!(rows.as_array().unwrap().iter().any(|row| row["specialtyLabel"] == "Application Security"), "{name}: {rows}");
    store.updated(&format!(
        "DELETE {{ GRAPH ?g {{ ?s cg:appliesTo ?specialty }} }} INSERT {{ GRAPH ?g {{ ?s cg:appliesTo ?role }} }}
         WHERE {{ GRAPH ?g {{ {STATED} ?specialty }} {specialty} . {role} }}"
    ));
    assert_eq!(asked(), 5, "{name}");
}

fn what_is_not_fit_is_refused(name: &str, store: &Editor) {
    let before = store.version();
    let bare = "INSERT DATA { GRAPH <http://example.org/notes> { <http://example.org/bare> a cg:Level } }";
    store.update(&format!("{NOTE} ; {bare}")).problem(422, "invalid-data");
    store.update("INSERT DATA { GRAPH <http://example.org/x> { <a> <b> } }").problem(400, "malformed-update");
    store.update("CLEAR GRAPH <https://w3id.org/competency-graph/graph/ontology>").problem(403, "made-graph");
    let stale = [UPDATE, ("if-match", "\"0123456789abcdef\"")];
    assert_eq!(store.send("POST", "/update", &stale, NOTE).problem(412, "precondition-failed")["current"], before, "{name}");
    let tried = store.send("POST", "/update?dry-run=true", &[UPDATE], NOTE).json();
    assert_eq!(tried["stated"]["added"], 1, "{name}");
    assert_eq!(store.version(), before, "{name}");
    assert!(!store.says(HAS_NOTE), "{name}");
}

fn graphs_are_written(name: &str, store: &Editor) {
    let note = |text: &str| format!("<http://example.org/a> <http://www.w3.org/2000/01/rdf-schema#comment> {text} .");
    let made = store.send("PUT", AT, &[TURTLE], &note("\"one\", \"t\u{e9}xt \\\"two\\\"\\n\"@fr, 3"));
    assert_eq!((made.status, made.header("competency-version")), (201, store.version().as_str()), "{name}");
    says(&store.server.get_as(AT, "application/n-triples").body, &["\"one\"", "\"t\u{e9}xt \\\"two\\\"\\n\"@fr", "#integer"]);
    says(&store.server.get("/graphs").body, &["example.org/notes"]);
    assert_eq!(store.send("POST", AT, &[TURTLE], &note("\"four\"")).status, 204, "{name}");
    let patch = format!("A {}\nD {}\n", note("\"five\""), note("\"one\""));
    assert_eq!(store.send("PATCH", AT, &[("content-type", "application/rdf-patch")], &patch).status, 204, "{name}");
    assert_eq!(store.server.get_as(AT, "application/n-triples").body.lines().count(), 4, "{name}");
    assert_eq!(store.send("DELETE", AT, &[], "").status, 204, "{name}");
    store.server.get(AT).problem(404, "unknown-graph");
    assert!(!store.server.get("/graphs").body.contains("example.org/notes"), "{name}");
}

fn blank_nodes_keep_together(name: &str, store: &Editor) {
    let ask = |value: u8| {
        format!("ASK {{ GRAPH <http://example.org/notes> {{ ?a ex:has ?b . ?b ex:is {value} . ?b ex:has [ ex:is 9 ] }} }}")
    };
    let prefix = "PREFIX ex: <http://example.org/> ";
    store.updated(&format!(
        "{prefix} INSERT DATA {{ GRAPH ex:notes {{ ex:a ex:has _:b . _:b ex:is 1 ; ex:has _:c . _:c ex:is 9 }} }}"
    ));
    assert!(store.says(&format!("{prefix}{}", ask(1))), "{name}");
    store.updated(&format!(
        "{prefix} DELETE {{ GRAPH ex:notes {{ ?b ex:is 1 }} }} INSERT {{ GRAPH ex:notes {{ ?b ex:is 2 }} }}
         WHERE {{ GRAPH ex:notes {{ ?b ex:is 1 }} }}"
    ));
    assert!(store.says(&format!("{prefix}{}", ask(2))), "{name}");
    assert_eq!(store.server.get_as(AT, "application/n-triples").body.lines().count(), 4, "{name}");
    store.updated(NO_NOTE);
    store.server.get(AT).problem(404, "unknown-graph");
}

fn much_at_once(name: &str, store: &Editor) {
    let mut turtle = String::new();
    for number in 0..3_000 {
        writeln!(turtle, "<http://example.org/{number}> <http://example.org/number> {number} .").unwrap();
    }
    assert_eq!(store.send("PUT", AT, &[TURTLE], &turtle).status, 201, "{name}");
    let counted = "SELECT (COUNT(*) AS ?n) { GRAPH <http://example.org/notes> { ?s ?p ?o } }";
    says(&store.server.query_as(counted, "text/csv").body, &["3000"]);
    assert_eq!(store.send("PUT", AT, &[TURTLE], "<http://example.org/0> <http://example.org/number> 0 .").status, 204, "{name}");
    says(&store.server.query_as(counted, "text/csv").body, &["1"]);
    store.updated(NO_NOTE);
}

/// Whoever looks whether others have written must not bring back what they saw before a commit.
fn what_was_seen_stays(name: &str, store: &Editor) {
    for update in [NOTE, NO_NOTE].iter().cycle().take(60) {
        let made = store.updated(update)["version"].as_str().unwrap().to_owned();
        for _ in 0..3 {
            assert_eq!(store.version(), made, "{name}");
        }
    }
}

/// What every place must do that several servers share: each sees what another writes, and writes on that.
pub fn is_shared(name: &str, one: &Editor, other: &Editor) {
    let before = one.version();
    one.updated(NOTE);
    eventually("the other server's answer", || other.says(HAS_NOTE) && other.version() == one.version());
    let stale = [UPDATE, ("if-match", &format!("\"{before}\"")[..])];
    other.send("POST", "/update", &stale, NO_NOTE).problem(412, "precondition-failed");
    other.updated(NO_NOTE);
    one.updated(NOTE);
    assert!(one.says(HAS_NOTE), "{name}");
    other.updated(NO_NOTE);
    assert!(!other.says(HAS_NOTE), "{name}");
}
