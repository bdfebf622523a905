//! The W3C's own cases for the SPARQL Protocol and the Graph Store Protocol, from the folder that `COMPETENCY_W3C` names (w3c/rdf-tests,
//! manifests that hold HTTP in RDF). Every case runs against a real server or stands in a list here with the reason why it does not.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::dataset::CanonicalizationAlgorithm;
use oxigraph::model::vocab::rdf;
use oxigraph::model::{Dataset, Graph, NamedNodeRef, NamedOrBlankNodeRef, TermRef};
use serde_json::Value;

use crate::support::{Answer, Data, Server, short};

/// Protocol cases that are not run.
const UPDATES: &[(&str, &str)] = &[
    ("update_dataset_default_graph", "changes the graph, which is read only"),
    ("update_dataset_default_graphs", "changes the graph, which is read only"),
    ("update_dataset_named_graphs", "changes the graph, which is read only"),
    ("update_dataset_full", "changes the graph, which is read only"),
    ("update_post_form", "changes the graph, which is read only"),
    ("update_post_direct", "changes the graph, which is read only"),
    ("update_base_uri", "changes the graph, which is read only"),
];

/// Graph store cases that are not run.
const WRITES: &[(&str, &str)] = &[
    ("put_get_repeat_direct", "writes the graph a second time, which is read only"),
    ("put_get_repeat_indirect", "writes the graph a second time, which is read only"),
    ("put_get_default", "writes the unnamed graph, which files cannot fill"),
    ("put_delete_get_delete_direct", "deletes a graph, and the store is read only"),
    ("put_delete_get_delete_indirect", "deletes a graph, and the store is read only"),
    ("post_get_post_get_direct", "adds to a graph, and the store is read only"),
    ("post_get_post_get_indirect", "adds to a graph, and the store is read only"),
    ("post_get_new_graph", "makes a graph by POST, and the store is read only"),
];

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
    text: String,
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
            text: sent.unwrap_or_default(),
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
    /// Sends the request to a path of ours and tells what is not as expected.
    fn run(&self, server: &Server, path: &str) -> Vec<String> {
        let headers: Vec<(&str, &str)> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = server.exchange(&self.method, path, &headers, self.body.as_deref());
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

/// A server of the bundled data with more files, each in the graph it names.
fn server(files: &BTreeMap<String, String>) -> (Data, Server) {
    let data = Data::copy();
    let mut sources = data.read("sources.ttl");
    for (number, (graph, content)) in files.iter().enumerate() {
        data.write(&format!("w3c-{number}.ttl"), content);
        write!(
            sources,
            "\n<https://w3id.org/competency-graph/id/w3c-{number}> a cg:SourceDocument ; skos:prefLabel \"W3C {number}\"@en ;\n\
             dcterms:title \"W3C {number}\"@en ; dcterms:publisher \"W3C\"@en ; dcterms:source <https://www.w3.org/> ;\n\
             dcterms:license <https://spdx.org/licenses/W3C> ; dcterms:date \"2026-11-22\"^^xsd:date ;\n\
             cg:file \"w3c-{number}.ttl\" ; cg:namedGraph <{graph}> .\n"
        )
        .unwrap();
    }
    data.write("sources.ttl", &sources);
    let server = Server::start(&["--data", data.path()]);
    (data, server)
}

fn reason<'a>(list: &'a [(&str, &str)], name: &str) -> Option<&'a str> {
    list.iter().find(|(case, _)| *case == name).map(|(_, reason)| *reason)
}

#[test]
fn the_protocol_answers_as_the_w3c_has_it() {
    let Some(folder) = folder() else { return };
    let cases = Manifest::read(&folder.join("protocol/manifest.ttl")).cases("ProtocolTest");
    assert_eq!(cases.len(), 34);
    let files =
        cases.iter().flat_map(|case| &case.data).map(|(file, graph)| (graph.clone(), std::fs::read_to_string(file).unwrap()));
    let (_data, server) = server(&files.collect());
    let mut wrong = Vec::new();
    let mut run = 0;
    for case in &cases {
        match reason(UPDATES, &case.name) {
            Some(reason) => println!("skipped: {}: {reason}", case.name),
            None => {
                run += 1;
                for request in &case.requests {
                    let path = request.path.replacen("/sparql/", "/sparql", 1);
                    wrong.extend(request.run(&server, &path).into_iter().map(|what| format!("{}: {what}", case.name)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(run + UPDATES.len(), cases.len(), "each case runs or has its reason");
}

#[test]
fn the_graph_store_is_read_as_the_w3c_has_it() {
    let Some(folder) = folder() else { return };
    let mut cases = Vec::new();
    for manifest in ["manifest-direct.ttl", "manifest-indirect.ttl"] {
        cases.extend(Manifest::read(&folder.join("graph-store-protocol").join(manifest)).cases("GraphStoreProtocolTest"));
    }
    assert_eq!(cases.len(), 14);
    let mut wrong = Vec::new();
    let mut run = 0;
    for case in &cases {
        if let Some(reason) = reason(WRITES, &case.name) {
            println!("skipped: {}: {reason}", case.name);
            continue;
        }
        run += 1;
        // What a case writes first is there from the start; what it reads then is read over HTTP.
        let put = case.requests.iter().filter(|request| request.method == "PUT");
        let files: BTreeMap<String, String> = put.map(|request| (graph_of(&request.path), request.text.clone())).collect();
        let reads: Vec<&Request> = case.requests.iter().filter(|request| request.method != "PUT").collect();
        assert!(
            reads.iter().all(|request| ["GET", "HEAD"].contains(&request.method.as_str())),
            "{} writes: give the reason",
            case.name
        );
        assert!(case.requests[..files.len()].iter().all(|request| request.method == "PUT"), "{} writes again", case.name);
        let (_data, server) = server(&files);
        for request in reads {
            let path = request.path.replacen("/gsp", "/graphs", 1);
            wrong.extend(request.run(&server, &path).into_iter().map(|what| format!("{}: {what}", case.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(run + WRITES.len(), cases.len(), "each case runs or has its reason");
}

/// The graph that a request means: that of the parameter, decoded once, or the one whose IRI ends as the path does.
fn graph_of(path: &str) -> String {
    match path.split_once("?graph=") {
        Some((_, name)) => percent_decoded(name),
        None => format!("https://w3id.org/competency-graph/graph/{}", path.trim_start_matches("/gsp/")),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        decoded.push(char::from(u8::from_str_radix(&part[..2], 16).unwrap()));
        decoded.push_str(&part[2..]);
    }
    decoded
}
