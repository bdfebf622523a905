//! What is refused before it is answered, what every answer bears, and whom the server obeys.

use std::io::Write;
use std::net::TcpStream;

use crate::support::{Server, client, eventually, rest, run, says};

const FORM: &str = "application/x-www-form-urlencoded";

/// Status and kind of a problem as it came over the wire.
#[track_caller]
fn is_problem(answer: &str, status: u16, kind: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    says(&head.to_lowercase(), &["content-type: application/problem+json", "x-request-id: ", "x-content-type-options: nosniff"]);
    says(body, &[&format!("problem/{kind}\"")]);
}

#[test]
fn a_host_that_is_not_listed_is_refused() {
    let server = Server::start(&["--allow-host", "kg.example.org,kg.example.net:8080"]);
    let status = |host: &str| server.wire_head("GET /api/questions", &[&format!("Host: {host}")])[9..12].to_owned();
    for host in [
        "localhost",
        "LOCALHOST:1",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:99",
        "[::1]",
        "kg.example.org:443",
        "kg.example.net:8080",
    ] {
        assert_eq!(status(host), "200", "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "kg.example.org.evil",
        "kg.example.net",
        "127.0.0.2",
        "0.0.0.0",
        "xkg.example.org",
    ] {
        is_problem(&server.wire_head("GET /api/questions", &[&format!("Host: {host}")]), 421, "unknown-host");
    }
    let absolute = server.wire_head("GET http://evil.example/api/questions", &["Host: localhost"]);
    is_problem(&absolute, 421, "unknown-host");
    let refused = server.wire("POST /sparql HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 6\r\n\r\nASK {}");
    is_problem(&refused, 421, "unknown-host");
    server.is_alive();
}

#[test]
fn a_request_names_its_host_once_and_well() {
    let server = Server::shared();
    for headers in [&[][..], &["Host: localhost", "Host: evil.example"], &["Host: a b"], &["Host:"], &["Host: user@localhost"]] {
        is_problem(&server.wire_head("GET /", headers), 400, "malformed-host");
    }
    server.is_alive();
}

#[test]
fn links_are_made_from_the_base_and_never_from_the_host() {
    let bound = Server::start(&[]);
    says(&bound.get("/").body, &[&format!("<link rel=\"canonical\" href=\"{}/\">", bound.url)]);
    let server = Server::start(&["--public-base", "https://kg.example.org/graph", "--allow-host", "other.example"]);
    let page =
        server.wire_head("GET /", &["Host: other.example", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"]);
    says(&page, &["<link rel=\"canonical\" href=\"https://kg.example.org/graph/\">"]);
    assert!(!page.contains("other.example") && !page.contains("evil.example"));
}

#[test]
fn listening_beyond_this_machine_needs_a_base_and_a_host() {
    let bind = ["serve", "--bind", "0.0.0.0:0"];
    let refused = |more: &[&str]| run(&[&bind, more].concat()).fails();
    says(&refused(&[]), &["0.0.0.0:0", "add --public-base URL and --allow-host HOST"]);
    says(&refused(&["--public-base", "https://kg.example.org"]), &["add --allow-host HOST"]);
    says(&refused(&["--allow-host", "kg.example.org"]), &["add --public-base URL"]);
    says(&run(&["serve", "--bind", "[::]:0"]).fails(), &["add --public-base"]);

    let server =
        Server::start(&["--bind", "0.0.0.0:0", "--public-base", "https://kg.example.org", "--allow-host", "kg.example.org"]);
    let port = server.url.rsplit(':').next().unwrap();
    let ask = |host: &str| {
        let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).unwrap();
        write!(stream, "GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        rest(&mut stream)
    };
    says(&ask("kg.example.org"), &["HTTP/1.1 200 OK"]);
    is_problem(&ask(&format!("0.0.0.0:{port}")), 421, "unknown-host");
}

#[test]
fn settings_that_open_more_than_meant_are_refused() {
    for (setting, value) in [
        ("--public-base", "kg.example.org"),
        ("--public-base", "ftp://kg.example.org/"),
        ("--public-base", "https://kg.example.org/?x=1"),
        ("--public-base", "https://me@kg.example.org/"),
        ("--public-base", "https://kg.example.org/\"><script>"),
        ("--allow-host", "https://kg.example.org"),
        ("--allow-host", "*"),
        ("--cors", "example.org"),
        ("--cors", "*,https://example.org"),
        ("--cors", "https://example.org/path"),
        ("--cors", "null"),
        ("--client-timeout", "0"),
        ("--max-connections", "0"),
        ("--shutdown-grace", "soon"),
    ] {
        says(&run(&["serve", setting, value]).fails(), &[setting]);
    }
}

#[test]
fn every_answer_bears_the_headers_that_keep_browsers_careful() {
    let server = Server::shared();
    let large = "x".repeat(100_001);
    for (status, answer) in [
        (200, server.get("/")),
        (200, server.get("/style.css")),
        (200, server.query("ASK {}")),
        (200, server.get("/api/questions")),
        (200, server.get("/metrics")),
        (404, server.get("/nowhere")),
        (404, server.get("/api/questions/nothing")),
        (405, server.post("/healthz", FORM, "*/*", "")),
        (400, server.query("nonsense")),
        (413, server.query(&large)),
        (414, server.get(&format!("/{}", "x".repeat(33_000)))),
    ] {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        says(answer.header("content-security-policy"), &["default-src 'none'", "frame-ancestors 'none'"]);
        assert!(!answer.header("content-security-policy").contains("unsafe"));
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

#[test]
fn no_page_elsewhere_may_read_unless_its_origin_is_listed() {
    let (listed, other) = ("Origin: https://app.example", "Origin: https://evil.example");
    let preflight = ["Host: localhost", "Access-Control-Request-Method: POST"];
    let allowed = |server: &Server, line: &str, origin: &str| {
        let answer = server.wire_head(line, &["Host: localhost", origin]).to_lowercase();
        assert!(!answer.contains("access-control-allow-credentials"));
        answer.split_once("access-control-allow-origin: ").map(|(_, rest)| rest.split_once("\r\n").unwrap().0.to_owned())
    };

    let closed = Server::shared();
    assert_eq!(allowed(&closed, "GET /api/questions", listed), None);
    let refused = closed.wire_head("OPTIONS /sparql", &[preflight[0], preflight[1], listed]);
    assert!(!refused.to_lowercase().contains("access-control"), "{refused}");

    let server = Server::start(&["--cors", "https://app.example,http://localhost:3000"]);
    assert_eq!(allowed(&server, "GET /api/questions", listed).as_deref(), Some("https://app.example"));
    assert_eq!(allowed(&server, "GET /nowhere", listed).as_deref(), Some("https://app.example"), "errors can be read too");
    assert_eq!(allowed(&server, "GET /api/questions", other), None);
    assert_eq!(allowed(&server, "GET /api/questions", "Origin: null"), None);
    assert_eq!(allowed(&server, "DELETE /api/questions", listed), None, "what does not read");
    assert_eq!(allowed(&server, "POST /api/questions", listed), None);
    let answer = server.wire_head("GET /api/questions", &["Host: localhost", other]).to_lowercase();
    assert!(answer.lines().any(|line| line.starts_with("vary:") && line.contains("origin")), "{answer}");
    let answer = server.wire_head("GET /api/questions", &["Host: localhost", listed]).to_lowercase();
    says(&answer, &["access-control-expose-headers: ", "etag", "link", "x-request-id", "content-location"]);

    let answer = server.wire_head("OPTIONS /sparql", &[preflight[0], preflight[1], listed]).to_lowercase();
    says(&answer, &["http/1.1 204", "access-control-allow-origin: https://app.example", "allow-methods: get, head, post, query"]);
    let answer = server.wire_head("OPTIONS /api/questions", &[preflight[0], preflight[1], listed]).to_lowercase();
    assert!(answer.contains("allow-methods: get, head\r\n"), "{answer}");
    let answer = server.wire_head("OPTIONS /sparql", &[preflight[0], preflight[1], other]).to_lowercase();
    assert!(!answer.contains("access-control-allow"), "{answer}");

    let open = Server::start(&["--cors", "*"]);
    assert_eq!(allowed(&open, "GET /api/questions", other).as_deref(), Some("*"));
    assert_eq!(allowed(&open, "PUT /sparql", other), None);
}

#[test]
fn what_is_too_long_is_refused_with_its_reason() {
    let server = Server::shared();
    let host = "Host: localhost";
    is_problem(&server.wire_head(&format!("GET /sparql?query={}", "x".repeat(32_800)), &[host]), 414, "url-too-long");
    is_problem(&server.wire_head("GET /", &[host, &format!("X-Long: {}", "x".repeat(16_400))]), 431, "headers-too-large");
    let many: Vec<String> = (0..70).map(|number| format!("X-{number}: x")).collect();
    let many: Vec<&str> = [host].into_iter().chain(many.iter().map(String::as_str)).collect();
    is_problem(&server.wire_head("GET /", &many), 431, "headers-too-large");
    // Far beyond, there is no request to answer with a problem, only a status.
    for headers in [vec!["X: x"; 1_000], vec!["X: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"; 10_000]] {
        says(&server.wire_head("GET /", &headers), &["HTTP/1.1 431"]);
    }

    let head = format!("POST /sparql HTTP/1.1\r\n{host}\r\nContent-Type: application/sparql-query\r\n");
    is_problem(&server.wire(&format!("{head}Content-Length: 99999999999\r\n\r\nASK")), 413, "query-too-large");
    let chunk = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n", 100_001, "x".repeat(100_001));
    is_problem(&server.wire(&chunk), 413, "query-too-large");
    let packed = server.wire(&format!("{head}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nASK"));
    is_problem(&packed, 415, "unsupported-content-encoding");
    server.is_alive();
}

#[test]
fn who_is_too_slow_is_not_waited_for() {
    let server = Server::start(&["--client-timeout", "1"]);
    assert_eq!(server.wire(""), "", "who says nothing");
    assert_eq!(server.wire("GET / HTTP/1.1\r\nHost: loc"), "", "headers that never end");
    let head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n";
    is_problem(&server.wire(&format!("{head}Content-Length: 6\r\n\r\nASK")), 408, "request-timeout");
    is_problem(&server.wire(&format!("{head}Transfer-Encoding: chunked\r\n\r\n3\r\nASK")), 408, "request-timeout");

    // A byte now and then is no progress.
    let mut trickle = server.raw(&format!("{head}Content-Length: 100000\r\n\r\n"));
    trickle.set_nonblocking(true).unwrap();
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("request-timeout") {
        let _ = trickle.write(b" ");
        let mut bytes = [0; 4096];
        let read = std::io::Read::read(&mut trickle, &mut bytes).unwrap_or(0);
        seen.extend_from_slice(&bytes[..read]);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.is_alive();
}

#[test]
fn slow_connections_do_not_keep_others_from_being_served() {
    let server = Server::start(&[]);
    let head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n";
    let slow: Vec<TcpStream> = (0..200).map(|number| server.raw(if number % 2 == 0 { "GET /sparql" } else { head })).collect();
    for _ in 0..50 {
        let answer = server.ask("levels-requiring", &[("competency", "OAuth")]).json();
        assert_eq!(answer["rows"].as_array().unwrap().len(), 5);
    }
    server.is_alive();
    drop(slow);
}

#[test]
fn who_comes_when_all_connections_are_taken_is_served_when_slow_ones_are_given_up() {
    let server = Server::start(&["--max-connections", "2", "--client-timeout", "1"]);
    let slow = [server.raw("GET /"), server.raw("GET /")];
    assert_eq!(server.get("/healthz").status, 200);
    drop(slow);
}

#[test]
fn a_client_that_stops_reading_is_given_up_and_its_place_is_free_again() {
    let server = Server::start(&["--client-timeout", "1", "--concurrency", "1"]);
    let body = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";
    let length = body.len();
    let idle = server.raw(&format!(
        "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    eventually("the query runs", || server.query("ASK {}").status == 503);
    eventually("its place is free", || server.query("ASK {}").status == 200);
    drop(idle);
}

#[test]
fn a_sane_request_id_is_kept_and_any_other_replaced() {
    let server = Server::shared();
    let id = |sent: Option<&str>| {
        let request = client().get(format!("{}/healthz", server.url));
        let request = if let Some(sent) = sent { request.header("x-request-id", sent) } else { request };
        request.call().unwrap().headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(id(Some("trace-42_a.b")), "trace-42_a.b");
    let (first, second) = (id(None), id(None));
    assert_ne!(first, second);
    for wild in ["two words", "<script>", "a\tb", &"x".repeat(65)] {
        let own = id(Some(wild));
        assert!(own != wild && own.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{own}");
    }
}

#[test]
fn a_failure_of_the_servers_own_names_its_request() {
    let server = Server::start(&["--concurrency", "1"]);
    let body = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";
    let length = body.len();
    let _idle = server.raw(&format!(
        "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: {length}\r\n\r\n{body}"
    ));
    eventually("the query runs", || server.query("ASK {}").status == 503);
    let busy = server.query("ASK {}");
    assert_eq!(busy.problem(503, "busy")["requestId"], busy.header("x-request-id"));
    assert!(server.query("nonsense").problem(503, "busy")["requestId"].is_string());
    assert!(server.get("/nowhere").problem(404, "not-found").get("requestId").is_none());
}
