//! The W3C's own cases for the SPARQL Protocol and the Graph Store Protocol, from the folder that `COMPETENCY_W3C` names (w3c/rdf-tests,
//! manifests that hold HTTP in RDF). Every case runs against a real server of a durable store.

use std::path::{Path, PathBuf};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::dataset::CanonicalizationAlgorithm;
use oxigraph::model::vocab::rdf;
use oxigraph::model::{Dataset, Graph, NamedNodeRef, NamedOrBlankNodeRef, TermRef};
use serde_json::Value;

use crate::durable::Writable;
use crate::support::{Answer, form, short};

const MF: &str = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#";
const HT: &str = "http://www.w3.org/2011/http#";
const HTS: &str = "http://www.w3.org/2011/http-statusCodes#";
const UT: &str = "http://www.w3.org/2009/sparql/tests/test-update#";
const CHARS: &str = "http://www.w3.org/2011/content#chars";
const ENCODING: &str = "http://www.w3.org/2011/content#characterEncoding";

/// The folder, unless this machine has none.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("COMPETENCY_W3C").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: COMPETENCY_W3C names no folder with the W3C's manifests");
    }
    folder
}

struct Manifest {
    graph: Graph,
}

struct Case {
    name: String,
    requests: Vec<Request>,
    data: Vec<(String, String)>,
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    statuses: Vec<String>,
    boolean: Option<bool>,
    format: Option<String>,
    expected_headers: Vec<(String, String)>,
    expected_body: Option<String>,
}

impl Manifest {
    fn read(path: &Path) -> Self {
        let base = format!("file://{}", path.display());
        let text = std::fs::read(path).unwrap();
        let parser = RdfParser::from_format(RdfFormat::Turtle).with_base_iri(base).unwrap();
        let graph = parser.for_slice(&text).map(|quad| oxigraph::model::Triple::from(quad.unwrap())).collect();
        Self { graph }
    }

    /// By type and not by the manifest's list, which forgets one.
    fn cases(&self, class: &str) -> Vec<Case> {
        let class = format!("{MF}{class}");
        let class = NamedNodeRef::new_unchecked(&class);
        self.graph.subjects_for_predicate_object(rdf::TYPE, class).map(|case| self.case(case)).collect()
    }

    fn case(&self, case: NamedOrBlankNodeRef<'_>) -> Case {
        let NamedOrBlankNodeRef::NamedNode(name) = case else { panic!("a case has a name") };
        let action = node(self.one(case, &format!("{MF}action")).unwrap());
        let data = self.all(case, &format!("{UT}graphData")).into_iter().map(|data| {
            let file = text(self.one(node(data), &format!("{UT}graph")).unwrap());
            let graph = text(self.one(node(data), "http://www.w3.org/2000/01/rdf-schema#label").unwrap());
            (file.trim_start_matches("file://").to_owned(), graph)
        });
        let requests = self.list(self.one(action, &format!("{HT}requests")).unwrap());
        // Some manifests put the list of requests into a list of one.
        let requests =
            requests.into_iter().flat_map(|request| if self.is_list(request) { self.list(request) } else { vec![request] });
        Case {
            name: name.as_str().rsplit('#').next().unwrap().to_owned(),
            data: data.collect(),
            requests: requests.map(|request| self.request(node(request))).collect(),
        }
    }

    fn request(&self, request: NamedOrBlankNodeRef<'_>) -> Request {
        let ht = |of: NamedOrBlankNodeRef<'_>, name: &str| self.one(of, &format!("{HT}{name}")).map(text);
        let response = node(self.one(request, &format!("{HT}resp")).unwrap());
        let body = |of: NamedOrBlankNodeRef<'_>| self.one(of, &format!("{HT}body")).map(node);
        let chars = |of: NamedOrBlankNodeRef<'_>| body(of).map(|body| text(self.one(body, CHARS).unwrap()));
        let encoding = body(request).and_then(|body| self.one(body, ENCODING)).map(text).unwrap_or_default();
        let sent = chars(request);
        let encoded = |sent: &String| match encoding.as_str() {
            "UTF-16" => sent.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            _ => sent.as_bytes().to_vec(),
        };
        let expected = |name: &str| self.one(response, &format!("{MF}{name}")).map(text);
        Request {
            method: ht(request, "methodName").unwrap(),
            path: ht(request, "absolutePath").unwrap(),
            headers: self.headers(request),
            body: sent.as_ref().map(encoded),
            statuses: self.all(response, &format!("{MF}expectedStatus")).into_iter().map(text).collect(),
            boolean: expected("expectedBoolean").map(|value| value == "true"),
            format: expected("expectedFormat"),
            expected_headers: self.headers(response),
            expected_body: chars(response),
        }
    }

    fn headers(&self, of: NamedOrBlankNodeRef<'_>) -> Vec<(String, String)> {
        let Some(list) = self.one(of, &format!("{HT}headers")) else { return Vec::new() };
        let header = |header: TermRef<'_>| {
            let part = |name: &str| text(self.one(node(header), &format!("{HT}{name}")).unwrap());
            (part("fieldName"), part("fieldValue"))
        };
        self.list(list).into_iter().map(header).collect()
    }

    fn one<'a>(&'a self, subject: NamedOrBlankNodeRef<'_>, predicate: &str) -> Option<TermRef<'a>> {
        self.graph.object_for_subject_predicate(subject, NamedNodeRef::new_unchecked(predicate))
    }

    fn all<'a>(&'a self, subject: NamedOrBlankNodeRef<'_>, predicate: &str) -> Vec<TermRef<'a>> {
        let subject = subject.into_owned();
        let of = self.graph.iter().filter(|triple| triple.subject == subject.as_ref() && triple.predicate.as_str() == predicate);
        of.map(|triple| triple.object).collect()
    }

    fn is_list(&self, term: TermRef<'_>) -> bool {
        term == TermRef::from(rdf::NIL) || self.graph.object_for_subject_predicate(node(term), rdf::FIRST).is_some()
    }

    fn list<'a>(&'a self, mut at: TermRef<'a>) -> Vec<TermRef<'a>> {
        let mut items = Vec::new();
        while at != TermRef::from(rdf::NIL) {
            items.push(self.graph.object_for_subject_predicate(node(at), rdf::FIRST).unwrap());
            at = self.graph.object_for_subject_predicate(node(at), rdf::REST).unwrap();
        }
        items
    }
}

fn node(term: TermRef<'_>) -> NamedOrBlankNodeRef<'_> {
    match term {
        TermRef::NamedNode(node) => node.into(),
        TermRef::BlankNode(node) => node.into(),
        other => panic!("{other} is no node"),
    }
}

fn text(term: TermRef<'_>) -> String {
    match term {
        TermRef::NamedNode(node) => node.as_str().to_owned(),
        TermRef::Literal(literal) => literal.value().to_owned(),
        other => panic!("{other} is no text"),
    }
}

impl Request {
    /// Sends the request to a path of ours and tells what is not as expected. A case speaks of the last `Location` as `$LOCATION$`.
    fn run(&self, store: &Writable, path: &str, location: &mut Option<String>) -> Vec<String> {
        let bearer = format!("Bearer {}", store.token);
        let mut headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        headers.push(("authorization", &bearer));
        let path = path.replace("$LOCATION$", location.as_deref().unwrap_or_default());
        let path = path.as_str();
        let answer = store.server.exchange(&self.method, path, &headers, self.body.as_deref());
        if !answer.header("location").is_empty() {
            *location = Some(answer.header("location").to_owned());
        }
        let mut wrong = Vec::new();
        if !self.statuses.iter().any(|status| is_status(status, answer.status)) {
            wrong.push(format!("{} {path}: status {}: {}", self.method, answer.status, short(&answer.body)));
        }
        for (name, value) in &self.expected_headers {
            if answer.header(name) != value {
                wrong.push(format!("{} {path}: {name} is {}", self.method, answer.header(name)));
            }
        }
        if self.boolean.is_some_and(|expected| boolean(&answer) != Some(expected)) {
            wrong.push(format!("{} {path}: not {:?}: {}", self.method, self.boolean, short(&answer.body)));
        }
        let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
        let formats: &[&str] = match self.format.as_deref() {
            None => &[media_type],
            Some("boolean") => &["application/sparql-results+json", "application/sparql-results+xml"],
            Some("tabular") => {
                &["application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values"]
            }
            Some(_) => &["text/turtle", "application/rdf+xml", "application/n-triples"],
        };
        if !formats.contains(&media_type) {
            wrong.push(format!("{} {path}: of type {media_type}", self.method));
        }
        if self.expected_body.as_ref().is_some_and(|expected| canonical(expected) != canonical(&answer.body)) {
            wrong.push(format!("{} {path}: another graph: {}", self.method, short(&answer.body)));
        }
        wrong
    }
}

fn is_status(name: &str, status: u16) -> bool {
    match name.strip_prefix(HTS).unwrap() {
        "OK" => status == 200,
        "Created" => status == 201,
        "NoContent" => status == 204,
        "NotFound" => status == 404,
        class => {
            class.strip_prefix("StatusCode").and_then(|class| class.chars().next()?.to_digit(10)).unwrap()
                == u32::from(status / 100)
        }
    }
}

fn boolean(answer: &Answer) -> Option<bool> {
    serde_json::from_str::<Value>(&answer.body).ok()?["boolean"].as_bool()
}

/// The triples, the same whatever the blank nodes are called.
fn canonical(turtle: &str) -> String {
    let mut dataset: Dataset =
        RdfParser::from_format(RdfFormat::Turtle).for_slice(turtle.as_bytes()).map(Result::unwrap).collect();
    dataset.canonicalize(CanonicalizationAlgorithm::Unstable);
    let mut quads: Vec<String> = dataset.iter().map(|quad| quad.to_string()).collect();
    quads.sort();
    quads.join("\n")
}

/// Fills the graphs that a case needs.
fn put(store: &Writable, file: &str, graph: &str) {
    let path = format!("/graphs?{}", form(&[("graph", graph)]));
    let content = std::fs::read_to_string(file).unwrap();
    let put = store.send("PUT", &path, &[("content-type", "application/n-triples")], &content);
    assert!([201, 204].contains(&put.status), "{}", put.body);
}

#[test]
fn the_protocol_answers_as_the_w3c_has_it() {
    let Some(folder) = folder() else { return };
    let cases = Manifest::read(&folder.join("protocol/manifest.ttl")).cases("ProtocolTest");
    assert_eq!(cases.len(), 34);
    let store = Writable::new();
    let mut wrong = Vec::new();
    for case in &cases {
        case.data.iter().for_each(|(file, graph)| put(&store, file, graph));
        for request in &case.requests {
            let path = request.path.replacen("/sparql/", "/sparql", 1);
            wrong.extend(request.run(&store, &path, &mut None).into_iter().map(|what| format!("{}: {what}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    store.store.is_sound();
}

#[test]
fn the_graph_store_is_read_and_written_as_the_w3c_has_it() {
    let Some(folder) = folder() else { return };
    let mut cases = Vec::new();
    for manifest in ["manifest-direct.ttl", "manifest-indirect.ttl"] {
        cases.extend(Manifest::read(&folder.join("graph-store-protocol").join(manifest)).cases("GraphStoreProtocolTest"));
    }
    assert_eq!(cases.len(), 14);
    let mut wrong = Vec::new();
    for case in &cases {
        let store = Writable::new();
        let mut location = None;
        for request in &case.requests {
            let path = request.path.replacen("/gsp", "/graphs", 1);
            wrong.extend(request.run(&store, &path, &mut location).into_iter().map(|what| format!("{}: {what}", case.name)));
        }
        store.store.is_sound();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
