//! What a hostile or careless client cannot do.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;

use crate::support::{Server, client, form, run, says};

const FORM: &str = "application/x-www-form-urlencoded";

/// More rows than anyone waits for.
const ENDLESS: &str = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";

/// A query as a form on a connection of its own, for clients that behave oddly.
fn request(query: &str) -> String {
    let body = form(&[("query", query)]);
    format!("POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn an_update_is_refused_however_it_comes() {
    let server = Server::shared();
    let count = || server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body;
    let before = count();
    for update in ["DROP ALL", "DELETE WHERE { ?s ?p ?o }", "INSERT DATA { cg:a cg:b cg:c }", "LOAD <http://127.0.0.1:9/>"] {
        for answer in [
            server.post("/sparql", FORM, "*/*", &form(&[("update", update)])),
            server.post("/sparql", "application/sparql-update", "*/*", update),
            server.post(&format!("/sparql?{}", form(&[("update", update)])), FORM, "*/*", ""),
            server.post("/update", "application/sparql-update", "*/*", update),
            server.post("/sparql", FORM, "*/*", &form(&[("query", update)])),
            server.get(&format!("/sparql?{}", form(&[("query", update)]))),
            server.query(update),
        ] {
            says(answer.problem(403, "read-only")["hint"].as_str().unwrap(), &["--data"]);
        }
    }
    assert_eq!(count(), before);
}

#[test]
fn no_rdf_from_outside_is_parsed_however_it_is_built() {
    let server = Server::shared();
    let count = || server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body;
    let before = count();
    // As deep as a body can be; an engine that read it would end the process.
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let entities: String = (1..10).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
    let laughs = format!("<!DOCTYPE r [<!ENTITY e0 \"ha\">{entities}]><r>&e9;</r>");
    for (media_type, body) in [("application/ld+json", &deep), ("application/rdf+xml", &laughs), ("text/turtle", &deep)] {
        for (method, path) in [("PUT", "/graphs/taxonomy"), ("POST", "/graphs?graph=urn:x"), ("PATCH", "/graphs?default")] {
            server.exchange(method, path, &[("Content-Type", media_type)], Some(body.as_bytes())).problem(403, "read-only");
        }
        for path in ["/sparql", "/update"] {
            let answer = server.exchange("POST", path, &[("Content-Type", media_type)], Some(body.as_bytes()));
            assert_eq!(answer.status, 415, "{path} {}", answer.body);
        }
        let larger = format!("{body}{}", " ".repeat(100_000));
        let answer = server.exchange("PUT", "/graphs?default", &[("Content-Type", media_type)], Some(larger.as_bytes()));
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
    assert_eq!(count(), before);
    server.is_alive();
}

#[test]
fn no_query_reaches_another_server() {
    let server = Server::shared();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let elsewhere = format!("http://{}/", listener.local_addr().unwrap());

    let refused = server.query(&format!("SELECT * {{ SERVICE <{elsewhere}> {{ ?s ?p ?o }} }}"));
    says(refused.problem(403, "service-refused")["hint"].as_str().unwrap(), &["SERVICE"]);
    // An answer that lacks what was asked elsewhere would look whole.
    server.query(&format!("SELECT * {{ SERVICE SILENT <{elsewhere}> {{ ?s ?p ?o }} }}")).problem(403, "service-refused");
    let by_variable = format!("SELECT * {{ VALUES ?x {{ <{elsewhere}> }} SERVICE ?x {{ ?s ?p ?o }} }}");
    server.query(&by_variable).problem(403, "service-refused");
    assert_eq!(server.query_as(&format!("SELECT ?s FROM <{elsewhere}> {{ ?s ?p ?o }}"), "text/csv").body, "s\r\n");
    server.query(&format!("LOAD <{elsewhere}>")).problem(403, "read-only");

    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody called");
    server.is_alive();
}

#[test]
fn a_query_that_is_too_large_is_refused() {
    let server = Server::shared();
    let large = format!("ASK {{}} # {}", "x".repeat(100_000));
    for answer in [server.query(&large), server.post("/sparql", FORM, "*/*", &form(&[("query", &large)]))] {
        says(answer.problem(413, "query-too-large")["detail"].as_str().unwrap(), &["100000"]);
    }
    let mut stream = server.raw(&format!("GET /sparql?query={large} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert!(status.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&status));

    let fits = format!("ASK {{}} # {}", "x".repeat(99_000));
    assert_eq!(server.query_as(&fits, "text/csv").body, "true");
    server.is_alive();
}

#[test]
fn nesting_as_deep_as_the_size_allows_is_answered() {
    let server = Server::shared();
    let nested =
        |open: &str, inner: &str, close: &str, depth: usize| format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
    for query in [
        format!("ASK {{ FILTER({}) }}", nested("(", "true", ")", 10_000)),
        format!("ASK {{ FILTER({}) }}", nested("(", "true", ")", 49_000)),
        format!("ASK {{ FILTER({}) }}", nested("!", "true", "", 50_000)),
        format!("ASK {}", nested("{", "", "}", 49_000)),
        format!("ASK {{ ?s {} ?o }}", nested("(", "a", ")", 40_000)),
        format!("SELECT * {}", nested("{ SELECT * ", "{ BIND(1 AS ?x) }", "}", 3_000)),
        format!("ASK {{ {} }}", vec!["{ ?s a cg:Level }"; 2_000].join(" UNION ")),
    ] {
        let answer = server.query(&query);
        assert_eq!(answer.status, 200, "{} … {}", &query[..20], answer.body);
    }
    for query in [format!("ASK {{ FILTER({}", "(".repeat(99_000)), format!("ASK {}", "{".repeat(99_000)), "[".repeat(99_000)] {
        server.query(&query).problem(400, "malformed-query");
    }
    server.is_alive();
}

#[test]
fn a_query_that_takes_too_long_is_ended_and_the_next_one_answered() {
    let server = Server::start(&["--timeout", "1"]);
    let numbers = (0..300).fold(String::new(), |mut numbers, number| {
        write!(numbers, "{number} ").unwrap();
        numbers
    });
    let product: String = ["a", "b", "c", "d", "e"].map(|name| format!("VALUES ?{name} {{ {numbers} }}")).concat();
    for query in [
        // The engine looks at the clock while it scans quads, …
        format!("SELECT (COUNT(*) AS ?n) {{ {} }}", "?a ?b ?c . ?d ?e ?f . ?g ?h ?i"),
        // … and does not while it multiplies rows.
        format!("SELECT (COUNT(*) AS ?n) {{ {product} }}"),
    ] {
        let problem = server.query(&query).problem(503, "timeout");
        says(problem["detail"].as_str().unwrap(), &["1 s"]);
        server.is_alive();
    }
    let answer = server.ask("levels-requiring", &[("competency", "OAuth")]).json();
    assert_eq!(answer["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn a_client_may_shorten_the_time_and_never_lengthen_it() {
    let server = Server::start(&["--timeout", "3"]);
    let product = format!("SELECT (COUNT(*) AS ?n) {{ {ENDLESS} }}");
    for (asked, granted) in [("0.5", "0.5 s"), ("600", "3 s")] {
        let answer = server.post(&format!("/sparql?timeout={asked}"), "application/sparql-query", "*/*", &product);
        says(answer.problem(503, "timeout")["detail"].as_str().unwrap(), &[granted]);
    }
    for wrong in ["0", "-1", "soon", "1e999", "NaN"] {
        let answer = server.get(&format!("/sparql?{}", form(&[("query", "ASK {}"), ("timeout", wrong)])));
        says(answer.problem(400, "malformed-timeout")["detail"].as_str().unwrap(), &[wrong]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_query_that_takes_too_much_memory_is_ended() {
    let server = Server::start(&["--query-memory", "64"]);
    let steps: String = (1..40).fold(String::new(), |mut steps, number| {
        write!(steps, "BIND(CONCAT(?v{0}, ?v{0}) AS ?v{number}) ", number - 1).unwrap();
        steps
    });
    let doubling = format!("SELECT (STRLEN(?v39) AS ?n) {{ BIND(\"aaaaaaaaaaaaaaaa\" AS ?v0) {steps} }}");
    for query in [doubling.as_str(), "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f"] {
        let answer = server.query(query);
        assert_eq!(answer.status, 413, "{}", answer.body);
    }
    server.is_alive();
}

#[test]
fn an_answer_that_is_cut_off_does_not_look_whole() {
    let server = Server::start(&["--timeout", "4"]);
    let request = client().post(format!("{}/sparql", server.url)).header("content-type", "application/sparql-query");
    let mut response = request.send(ENDLESS).unwrap();
    assert_eq!(response.status(), 200);
    let read = std::io::copy(&mut response.body_mut().as_reader(), &mut std::io::sink());
    assert!(read.is_err(), "the body ends as if it were whole: {read:?}");
    server.is_alive();
}

#[test]
fn a_client_that_does_not_read_takes_one_place_and_leaving_gives_it_back() {
    let server = Server::start(&["--concurrency", "1"]);
    let mut idle = server.raw(&request(ENDLESS));
    // The answer has begun, and nobody reads on.
    idle.read_exact(&mut [0; 16]).unwrap();
    let problem = server.query("ASK {}").problem(503, "busy");
    assert!(problem["hint"].is_string());
    assert_eq!(server.ask("roles", &[]).status, 200, "questions need no place");
    drop(idle);
    crate::support::eventually("the place is free again", || server.query("ASK {}").status == 200);
}

#[test]
fn a_client_that_hangs_up_early_does_no_harm() {
    let server = Server::shared();
    let whole = request("SELECT * { ?s ?p ?o }");
    for length in [1, 20, whole.len() / 2, whole.len() - 1, whole.len()] {
        drop(server.raw(&whole[..length]));
    }
    let mut stream = server.raw(&whole);
    stream.read_exact(&mut [0; 100]).unwrap();
    drop(stream);
    let mut garbage = server.raw("\u{16}\u{3}\u{1} this is no HTTP\r\n\r\n");
    let _ = garbage.write_all(b"\0\0\0\0");
    drop(garbage);
    server.is_alive();
}

#[test]
fn a_taken_port_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    says(&run(&["serve", "--bind", &address]).fails(), &[&address, "--bind", "127.0.0.1:0"]);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (setting, value) in
        [("--bind", "nowhere"), ("--timeout", "0"), ("--timeout", "soon"), ("--concurrency", "0"), ("--query-memory", "1")]
    {
        says(&run(&["serve", setting, value]).fails(), &[setting, value]);
    }
}

#[cfg(unix)]
#[test]
fn asked_to_stop_the_server_ends_well() {
    for signal in ["-TERM", "-INT"] {
        let mut server = Server::start(&[]);
        // A connection that is kept open does not hold it up.
        let idle = server.raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
        server.is_alive();
        let id = server.child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(server.child.wait().unwrap().code(), Some(0), "{signal}");
        drop(idle);
    }
}

#[cfg(unix)]
#[test]
fn asked_to_stop_the_server_does_not_wait_for_a_query_without_end() {
    let mut server = Server::start(&["--timeout", "1"]);
    let product: String = (0..40).fold(String::new(), |mut product, name| {
        write!(product, "VALUES ?v{name} {{ 1 2 3 4 5 6 7 8 9 }} ").unwrap();
        product
    });
    server.query(&format!("SELECT (COUNT(*) AS ?n) {{ {product} }}")).problem(503, "timeout");
    let id = server.child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
