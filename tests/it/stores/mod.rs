//! One list of promises, held by every place where the graph can be: in memory, in a durable store, in Virtuoso, and in oxigraph's server with its
//! default graph as the union of all and without. Engines that are not installed are skipped, unless they are required.

mod engine;
mod write;

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::answers;
use crate::durable::Store;
use engine::Engine;
use crate::support::{Data, Server, form, program, run, says};

/// The answers to the example of every question and to every golden call, by the path that asks it.
fn answers(server: &Server) -> Vec<(String, String)> {
    let listed = server.get("/api/questions").json();
    let examples =
        listed["questions"].as_array().unwrap().iter().map(|question| question["example"].as_str().unwrap().to_owned());
    let golden = answers::golden().into_iter().map(|case| {
        let arguments: Vec<(&str, &str)> = case.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("/api/questions/{}?{}", case.question, form(&arguments))
    });
    let answer = |path: String| {
        let joint = if path.contains('?') { '&' } else { '?' };
        let answer = server.get(&format!("{path}{joint}format=csv"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        (path, answer.body)
    };
    examples.chain(golden).map(answer).collect()
}

/// Everything there is, as sorted lines.
fn everything(store: &[&str]) -> Vec<String> {
    let printed = run(&[&["export", "--format", "nquads", "--inferred"], store].concat());
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    let mut lines: Vec<String> = printed.stdout.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What every place must do.
fn holds(name: &str, server: &Server, expected: &[(String, String)]) {
    for (answered, expected) in answers(server).iter().zip(expected) {
        assert_eq!(answered, expected, "{name}");
    }
    let proof = server.get("/api/explain?question=levels-requiring&competency=OAuth&row=2").json();
    says(&proof.to_string(), &["holds-at-every-level-of-the-role", "\"digest\":\"cc961373"]);
    let asked = server.query_as(
        "SELECT ?level { ?level a cg:Level ; cg:requires ?c . ?c rdfs:label \"OAuth\"@en } ORDER BY ?level",
        "text/csv",
    );
    assert_eq!(asked.body.lines().count(), 6, "{name}: {}", asked.body);
    assert_eq!(server.query_as("ASK { ?l cg:grade 10 }", "text/csv").body, "true", "{name}");
    let sum = server.query_as("SELECT ((1 + 2) * 3 AS ?n) {}", "text/csv");
    assert_eq!(sum.body.trim_end(), "n\r\n9", "{name}");
    server.query("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }").problem(403, "service-refused");
    says(&server.get_as("/id/competency/oauth", "text/turtle").body, &["OAuth"]);
    says(&server.get("/graphs/taxonomy").body, &["OAuth"]);
    assert_eq!(server.get("/graphs/nowhere").status, 404);
    says(&server.get("/api/search?q=oauth").body, &["competency/oauth"]);
    says(&server.get("/export/taxonomy.nt").body, &["OAuth"]);
}

#[test]
fn all_questions_have_the_same_answers_wherever_the_graph_is() {
    let memory = Server::start(&[]);
    let expected = answers(&memory);
    assert!(expected.len() > 80);
    holds("memory", &memory, &expected);
    let durable = Store::new();
    let durable = durable.serve(&[]);
    holds("durable", &durable.server, &expected);
    write::takes("durable", &durable);
    let engines = [
        ("virtuoso", Engine::virtuoso()),
        ("oxigraph, union", Engine::oxigraph(&["--union-default-graph"])),
        ("oxigraph", Engine::oxigraph(&[])),
    ];
    for (name, engine) in engines {
        let Some(engine) = engine.map(Engine::filled) else { continue };
        assert_eq!(everything(&["--store", &engine.store]), everything(&[]), "{name}");
        let store = engine.serve();
        holds(name, &store.server, &expected);
        write::takes(name, &store);
        write::is_shared(name, &store, &engine.serve());
        assert_eq!(everything(&["--store", &engine.store]), everything(&[]), "{name} after writing and undoing");
    }
}

#[test]
fn an_engine_that_is_empty_gone_or_closed_is_told_and_one_that_comes_back_is_used_again() {
    says(&run(&["serve", "--store", "http://127.0.0.1:1/sparql"]).fails(), &["http://127.0.0.1:1/sparql cannot be reached"]);
    says(&run(&["serve", "--store", "http://user:secret@127.0.0.1:1/sparql"]).fails(), &["credentials stand in the environment"]);
    let Some(engine) = Engine::oxigraph(&["--union-default-graph"]) else { return };
    says(&run(&["question", "roles", "--store", &engine.store]).fails(), &["lacks", "competency init --store"]);
    let engine = engine.filled();
    let server = Server::start(&["--store", &engine.store]);
    let asked = || server.query_as("ASK { ?l cg:grade 10 }", "text/csv");
    assert_eq!(asked().body, "true");
    let id = engine.child.id().to_string();
    let signal = |name: &str| assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    let port = engine.store.split("127.0.0.1:").nth(1).unwrap().split('/').next().unwrap().to_owned();
    signal("-KILL");
    thread::sleep(Duration::from_millis(300));
    asked().problem(503, "engine-unavailable");
    assert_eq!(server.get("/healthz").status, 200);
    let mut again = Command::new("oxigraph")
        .args(["serve", "--union-default-graph", "--bind", &format!("127.0.0.1:{port}"), "--location"])
        .arg(engine.folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    crate::support::eventually("the engine's answer", || asked().body == "true");
    let _ = again.kill();
    let _ = again.wait();
}

#[test]
fn what_an_engine_holds_besides_is_left_alone_and_what_an_earlier_load_brought_goes() {
    let Some(engine) = Engine::oxigraph(&["--union-default-graph"]) else { return };
    let address = engine.store.clone();
    let (query, update) = address.split_once(",update=").unwrap();
    let put = |graph: &str| {
        let text = format!("INSERT DATA {{ GRAPH <{graph}> {{ <urn:a> <urn:b> <urn:c> }} }}");
        let sent = ureq::post(update).header("content-type", "application/sparql-update").send(&text).unwrap();
        assert!(sent.status().is_success());
    };
    put("urn:of-others");
    let data = Data::copy();
    data.edit("sources.ttl", "cg:namedGraph <https://w3id.org/competency-graph/graph/taxonomy>", "cg:namedGraph <urn:taxonomy>");
    assert_eq!(run(&["init", "--store", &engine.store, "--data", data.path()]).code, Some(0));
    says(&everything(&["--store", &engine.store]).join("\n"), &["<urn:taxonomy>"]);
    let engine = engine.filled();
    assert_eq!(everything(&["--store", &engine.store]), everything(&[]));
    let asked = ureq::post(query).header("content-type", "application/sparql-query").header("accept", "text/csv");
    let others = asked.send("ASK { GRAPH <urn:of-others> { ?s ?p ?o } }").unwrap().body_mut().read_to_string().unwrap();
    assert_eq!(others, "true");
}

#[test]
fn an_engine_that_takes_no_updates_or_wants_to_know_who_asks_is_told_by_name() {
    let Some(engine) = Engine::virtuoso() else { return };
    let closed = engine.store.replace("/sparql", "/sparql-auth");
    let mut command = program();
    command.env("COMPETENCY_STORE_USER", "nobody").env("COMPETENCY_STORE_PASSWORD", "not-this-one");
    let output = command.args(["init", "--store", &closed]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    says(&said, &["does not let us in (401)", "COMPETENCY_STORE_PASSWORD"]);
    assert!(!said.contains("not-this-one"), "{said}");
}
