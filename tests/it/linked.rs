//! Linked data and the descriptions of the dataset: what single cases cannot say.

use std::collections::BTreeSet;
use std::io::Read;

use oxigraph::io::{JsonLdProfileSet, RdfFormat, RdfParser};
use oxigraph::sparql::{QueryResults, SparqlEvaluator};
use oxigraph::store::Store;
use serde_json::Value;

use crate::http::ZIG;
use crate::support::{Data, Server, form, has_script_of_its_own, says};

/// What the SIB's SPARQL editor and its agent tools ask of an endpoint, and where that gives nothing, of its description.
const SIB_PREFIXES: &str = "PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix } ORDER BY ?prefix";
const SIB_EXAMPLES: &str = "PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
SELECT DISTINCT ?sq ?comment ?query WHERE {
    ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|spex:describe ?query .
} ORDER BY ?sq";
const SIB_VOID: &str = "PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype WHERE {
    ?cp void:class ?subjectClass ; void:propertyPartition ?pp .
    ?pp void:property ?prop .
    OPTIONAL {
        { ?pp void:classPartition [ void:class ?objectClass ] } UNION { ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] }
    }
}";

/// The rows of a query, as an editor asks it.
fn rows(server: &Server, query: &str) -> Vec<Value> {
    let path = format!("/sparql?ac=1&{}", form(&[("query", query)]));
    server.get_as(&path, "application/sparql-results+json").json()["results"]["bindings"].as_array().unwrap().clone()
}

/// A document, loaded.
fn loaded(server: &Server, path: &str) -> Store {
    let store = Store::new().unwrap();
    store.load_from_slice(RdfFormat::Turtle, server.get_as(path, "text/turtle").body.as_bytes()).unwrap();
    store
}

fn select(store: &Store, query: &str) -> Vec<Vec<String>> {
    let QueryResults::Solutions(rows) = SparqlEvaluator::new().parse_query(query).unwrap().on_store(store).execute().unwrap()
    else {
        panic!("a SELECT query")
    };
    let cell = |term: &Option<oxigraph::model::Term>| term.as_ref().map(ToString::to_string).unwrap_or_default();
    rows.map(|row| row.unwrap().values().iter().map(cell).collect()).collect()
}

#[test]
fn an_editor_finds_the_prefixes_and_runnable_examples_by_sparql() {
    let server = Server::shared();
    let prefixes = rows(&server, SIB_PREFIXES);
    let ours = prefixes.iter().find(|row| row["prefix"]["value"] == "cg").unwrap();
    assert_eq!(ours["namespace"]["value"], "https://w3id.org/competency-graph/ontology#");
    let examples = rows(&server, SIB_EXAMPLES);
    let questions = server.get("/api/questions").json()["questions"].as_array().unwrap().len();
    assert_eq!(examples.len(), questions, "each question once");
    for example in &examples {
        let answer = server.query_as(example["query"]["value"].as_str().unwrap(), "text/csv");
        assert!(answer.status == 200 && answer.body.lines().count() > 1, "{example}: {}", answer.body);
    }
    says(examples.iter().find(|row| row["sq"]["value"].as_str().unwrap().ends_with("/levels-requiring")).unwrap()["comment"]["value"].as_str().unwrap(), &["Which levels require OAuth?"]);
}

#[test]
fn an_editor_finds_classes_and_properties_in_the_description() {
    let server = Server::shared();
    assert_eq!(rows(&server, SIB_VOID), [] as [Value; 0], "so that it looks into the description");
    for door in ["/sparql", "/.well-known/void"] {
        let store = loaded(&server, door);
        let found = select(&store, SIB_VOID);
        let cg = |local: &str| format!("<https://w3id.org/competency-graph/ontology#{local}>");
        assert!(found.contains(&vec![cg("Level"), cg("levelOf"), cg("JobFamily"), String::new()]), "{door}");
        let integer = "<http://www.w3.org/2001/XMLSchema#integer>".to_owned();
        assert!(found.contains(&vec![cg("Level"), cg("rank"), String::new(), integer]), "{door}");
        assert_eq!(select(&store, SIB_EXAMPLES).len(), rows(&server, SIB_EXAMPLES).len(), "{door}");
        assert_eq!(select(&store, SIB_PREFIXES).len(), rows(&server, SIB_PREFIXES).len(), "{door}");
    }
}

#[test]
fn the_description_counts_what_sparql_counts() {
    let server = Server::shared();
    let store = loaded(&server, "/.well-known/void");
    let void = "PREFIX void: <http://rdfs.org/ns/void#> PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>";
    let said = |pattern: &str| -> BTreeSet<Vec<String>> {
        let number = |cell: &String| cell.split('"').nth(1).map_or(cell.clone(), str::to_owned);
        select(&store, &format!("{void} SELECT {pattern}")).iter().map(|row| row.iter().map(number).collect()).collect()
    };
    let counted = |query: &str| -> BTreeSet<Vec<String>> {
        let table = server.query_as(query, "text/tab-separated-values").body;
        table.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect()
    };
    let of_dataset = "?n { ?dataset a sd:Dataset ; void:";
    for (said_by, counted_by) in [
        (format!("{of_dataset}triples ?n }}"), "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } }"),
        (format!("{of_dataset}classes ?n }}"), "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }"),
        (format!("{of_dataset}properties ?n }}"), "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }"),
        (format!("{of_dataset}distinctSubjects ?n }}"), "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }"),
        (format!("{of_dataset}distinctObjects ?n }}"), "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }"),
        (
            "?c ?n { ?dataset a sd:Dataset ; void:classPartition ?x . ?x void:class ?c ; void:entities ?n }".to_owned(),
            "SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c",
        ),
        (
            "?p ?n { ?dataset a sd:Dataset ; void:propertyPartition ?x . ?x void:property ?p ; void:triples ?n }".to_owned(),
            "SELECT ?p (COUNT(*) AS ?n) { SELECT DISTINCT ?s ?p ?o { ?s ?p ?o } } GROUP BY ?p",
        ),
        (
            "?g ?n { ?entry sd:name ?g ; sd:graph/void:triples ?n }".to_owned(),
            "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
        ),
    ] {
        assert_eq!(said(&said_by), counted(counted_by), "{counted_by}");
    }
}

#[test]
fn the_examples_stand_in_a_graph_of_their_own_that_is_no_data() {
    let server = Server::shared();
    let twice = "ASK { GRAPH graph:examples { ?s ?p ?o } GRAPH ?g { ?s ?p ?o } FILTER(?g != graph:examples) }";
    assert_eq!(server.query_as(twice, "text/csv").body, "false");
    let exported = crate::support::run(&["export", "--format", "nquads"]).succeeds();
    assert!(!exported.contains("graph/examples"), "an export is what people stated");
    let named = crate::support::run(&["export", "--format", "ntriples", "--graph", "examples"]).succeeds();
    says(&named, &["SPARQLSelectExecutable"]);
}

#[test]
fn every_distribution_is_there() {
    let server = Server::shared();
    let store = loaded(&server, "/.well-known/void");
    let urls = select(&store, "SELECT ?url { ?d <http://www.w3.org/ns/dcat#downloadURL> ?url }");
    assert!(urls.len() >= 4, "{urls:?}");
    for url in urls.concat() {
        let path = url.trim_matches(['<', '>']).strip_prefix(&server.url).unwrap().to_owned();
        let answer = server.get(&path);
        assert!(answer.status == 200 && answer.body.lines().count() > 1, "{path}");
    }
}

#[test]
fn every_syntax_says_the_same_of_a_thing() {
    let server = Server::shared();
    for path in
        ["/id/gitlab/security-engineer/level/senior", "/ontology/Level", "/ontology", "/graphs/taxonomy", "/.well-known/void"]
    {
        let read = |media_type: &str, format: RdfFormat| -> BTreeSet<String> {
            let body = server.get_as(path, media_type).body;
            RdfParser::from_format(format).for_slice(body.as_bytes()).map(|quad| quad.unwrap().to_string()).collect()
        };
        let turtle = read("text/turtle", RdfFormat::Turtle);
        assert!(turtle.len() > 5, "{path}");
        for (media_type, format) in [
            ("application/n-triples", RdfFormat::NTriples),
            ("application/rdf+xml", RdfFormat::RdfXml),
            ("application/ld+json", RdfFormat::JsonLd { profile: JsonLdProfileSet::empty() }),
        ] {
            assert!(read(media_type, format) == turtle, "{path} as {media_type}");
        }
    }
}

#[test]
fn a_thing_with_a_great_many_links_shows_some() {
    let server = Server::shared();
    let members: usize =
        server.query_as("SELECT (COUNT(*) AS ?n) { ?m a cg:Mention }", "text/csv").body.lines().nth(1).unwrap().parse().unwrap();
    assert!(members > 100);
    let described = server.get_as("/ontology/Mention", "application/n-triples").body;
    assert_eq!(
        described.lines().filter(|line| line.contains("#type> <https://w3id.org/competency-graph/ontology#Mention>")).count(),
        50
    );
    says(&server.get("/ontology/Mention.html").body, &["There are more"]);
}

/// The targets of a page's links, as a browser reads them.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("href=\"").skip(1).map(|rest| rest.split_once('"').unwrap().0);
    targets.map(|target| target.replace("&#38;", "&")).collect()
}

#[test]
fn every_link_of_our_own_works() {
    let server = Server::shared();
    let mut seen = BTreeSet::new();
    for page in ["/id/competency/oauth.html", "/id/gitlab/security-engineer.html", "/ontology.html", "/ontology/holds.html"] {
        let page = server.get(page);
        assert_eq!(page.status, 200);
        for link in links(&page.body).into_iter().filter(|link| seen.len() < 250 && seen.insert(link.clone())) {
            if link.starts_with('/') {
                assert_eq!(server.get(&link).status, 200, "{link}");
            } else if let Some(anchor) = link.strip_prefix('#') {
                says(&page.body, &[&format!("id=\"{anchor}\"")]);
            } else {
                assert!(link.starts_with("http://") || link.starts_with("https://"), "{link}");
            }
        }
    }
}

#[test]
fn what_data_says_stays_text_on_a_page() {
    let data = Data::copy();
    data.write(
        "more.ttl",
        &format!("{ZIG}\ncompetency:zig skos:closeMatch <javascript:alert(1)> , <http://example.org/zig> .\n"),
    );
    let server = Server::start(&["--data", data.path()]);
    let page = server.get("/id/competency/zig.html");
    assert_eq!(page.status, 200);
    says(&page.body, &["javascript:alert(1)", "<a href=\"http://example.org/zig\">", "alert(&#39;x&#39;)"]);
    assert!(!has_script_of_its_own(&page.body) && !page.body.contains("href=\"javascript"), "{}", page.body);
    assert!(links(&page.body).iter().all(|link| link.starts_with(['/', '#']) || link.starts_with("http")));
}

#[test]
fn no_address_is_believed_because_a_client_says_so() {
    let server = Server::start(&["--allow-host", "evil.example"]);
    for path in ["/.well-known/void", "/sparql", "/graphs", "/id/competency/oauth"] {
        let mut answer = String::new();
        let request = format!("GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        server.raw(&request).read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("evil.example/"), "{path}");
    }
}
