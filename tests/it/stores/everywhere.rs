//! One list of promises, held by every place where the graph can be: in memory, in a durable store, in Virtuoso, and in oxigraph's server with its
//! default graph as the union of all and without. Engines that are not installed are skipped, unless they are required.

use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::engine::Engine;
use super::write;
use crate::answers;
use crate::durable::Store;
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
    // After some failures the engine is left alone for a while.
    crate::support::eventually("the engine is left alone", || {
        asked().problem(503, "engine-unavailable");
        server.log().contains("is left alone for")
    });
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
    let query = address.split(',').next().unwrap();
    engine.update("INSERT DATA { GRAPH <urn:of-others> { <urn:a> <urn:b> <urn:c> } }");
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
fn an_engine_that_wants_to_know_who_asks_is_told_by_password_or_digest_and_named_where_it_refuses() {
    let Some(engine) = Engine::virtuoso() else { return };
    let closed = engine.store.replace("/sparql", "/sparql-auth");
    let mut command = program();
    command.env("COMPETENCY_STORE_USER", "nobody").env("COMPETENCY_STORE_PASSWORD", "not-this-one");
    let output = command.args(["init", "--store", &closed]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    says(&said, &["does not let us in (401)", "COMPETENCY_STORE_PASSWORD"]);
    assert!(!said.contains("not-this-one"), "{said}");
    // Virtuoso wants a digest there, and takes one.
    let mut command = program();
    command.env("COMPETENCY_STORE_USER", "grace").env("COMPETENCY_STORE_PASSWORD", "a secret");
    let output = command.args(["init", "--store", &closed]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn data_that_is_half_there_is_not_answered_from() {
    let Some(engine) = Engine::oxigraph(&["--union-default-graph"]).map(Engine::filled) else { return };
    let server = Server::start(&["--store", &engine.store]);
    let asked = || server.ask("roles", &[]);
    assert_eq!(asked().status, 200);
    // As it is while data is brought: the mark goes first and comes last.
    engine.update("CLEAR GRAPH <https://w3id.org/competency-graph/graph/system>");
    crate::support::eventually("a refusal", || asked().status == 503);
    asked().problem(503, "engine-unavailable");
    assert_eq!((server.get("/readyz").status, server.get("/healthz").status), (503, 200));
    let engine = engine.filled();
    crate::support::eventually("an answer", || asked().status == 200);
    drop(engine);
}

#[test]
fn a_read_is_tried_again_before_it_fails() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sparql", listener.local_addr().unwrap());
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = asked.clone();
    // It answers whatever it is sent by 503, as a front of an engine does that is down.
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let mut start = [0; 4096];
            let _ = std::io::Read::read(&mut stream, &mut start);
            let _ =
                std::io::Write::write_all(&mut stream, b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    says(&run(&["question", "roles", "--store", &url]).fails(), &[&url, "503"]);
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 3, "a read is tried three times");
}

#[test]
fn many_writers_on_several_servers_of_one_engine_lose_nothing() {
    let Some(engine) = Engine::oxigraph(&["--union-default-graph"]).map(Engine::filled) else { return };
    let servers = [engine.serve(), engine.serve()];
    let add = |server: &crate::durable::Editor, number: usize| {
        loop {
            let headers = [("content-type", "application/sparql-update"), ("if-match", &format!("\"{}\"", server.version())[..])];
            let note =
                format!("INSERT DATA {{ GRAPH <http://example.org/n> {{ <http://example.org/{number}> rdfs:comment \"n\" }} }}");
            match server.send("POST", "/update", &headers, &note) {
                answer if answer.status == 200 => return answer.json()["commit"]["number"].as_u64().unwrap(),
                answer => assert!([412, 503].contains(&answer.status), "{}", answer.body),
            }
        }
    };
    let mut numbers: Vec<u64> = thread::scope(|scope| {
        let (add, servers) = (&add, &servers);
        let write =
            |writer: usize| scope.spawn(move || (0..6).map(|n| add(&servers[writer % 2], writer * 6 + n)).collect::<Vec<_>>());
        let writers: Vec<_> = (0..4).map(write).collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    numbers.sort_unstable();
    assert_eq!(numbers, (2..26).collect::<Vec<_>>(), "each commit has a place of its own");
    let count = servers[0].server.query_as("SELECT (COUNT(*) AS ?n) { GRAPH <http://example.org/n> { ?s ?p ?o } }", "text/csv");
    says(&count.body, &["24"]);
}
