//! What the log says of a request, and what it keeps to itself.

use serde_json::{Value, json};

use crate::support::{Server, client, eventually, form, run, says};

/// The lines of requests to a path.
fn lines(server: &Server, path: &str) -> Vec<Value> {
    let parse = |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let log = server.log();
    log.lines().map(parse).filter(|line| line["path"] == path).collect()
}

#[test]
fn each_request_is_one_line_with_what_operators_need() {
    let server = Server::start(&["--log-format", "json"]);
    let request = client().get(format!("{}/api/questions/roles", server.url)).header("x-request-id", "from-outside-7");
    let body = request.call().unwrap().body_mut().read_to_string().unwrap();
    let path = "/api/questions/{id}";
    eventually("the line", || !lines(&server, path).is_empty());
    let [line] = &lines(&server, path)[..] else { panic!("one line: {}", server.log()) };
    assert_eq!((&line["level"], &line["method"], &line["status"]), (&"INFO".into(), &"GET".into(), &200.into()));
    assert_eq!((&line["request.id"], &line["bytes"]), (&"from-outside-7".into(), &body.len().into()));
    assert!(line["duration_ms"].as_f64().unwrap() > 0.0 && line["whole"] == true);

    server.wire_head("HEAD /style.css", &["Host: localhost"]);
    eventually("the line", || !lines(&server, "/style.css").is_empty());
    assert_eq!((&lines(&server, "/style.css")[0]["whole"], &lines(&server, "/style.css")[0]["bytes"]), (&true.into(), &0.into()));
}

#[test]
fn an_answer_that_is_cut_short_says_so() {
    let server = Server::start(&["--log-format", "json"]);
    let query = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }";
    let head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\n";
    let mut left = server.raw(&format!("{head}Content-Length: {}\r\n\r\n{query}", query.len()));
    std::io::Read::read_exact(&mut left, &mut [0; 100]).unwrap();
    drop(left);
    eventually("the line", || !lines(&server, "/sparql").is_empty());
    assert_eq!(lines(&server, "/sparql")[0]["whole"], false);
}

#[test]
fn a_query_is_logged_by_length_and_fingerprint_only() {
    let server = Server::start_with(&["--log-format", "json"], &[("COMPETENCY_LOG", "trace")]);
    let query = "ASK { ?person rdfs:label \"Ada Lovelace\" }";
    for answer in [server.query(query), server.get(&format!("/sparql?{}", form(&[("query", query)])))] {
        assert_eq!(answer.status, 200);
    }
    server.query("SELECT malformed Ada Lovelace").problem(400, "malformed-query");
    eventually("the lines", || lines(&server, "/sparql").len() == 3);
    let found = lines(&server, "/sparql");
    for line in &found[..2] {
        assert_eq!(line["query.length"], query.len());
        // sha256sum of the query.
        assert_eq!(line["query.fingerprint"], "46d9ff703be53ae9");
    }
    assert_ne!(found[2]["query.fingerprint"], found[0]["query.fingerprint"]);
    assert!(!server.log().contains("Lovelace"), "{}", server.log());
}

#[test]
fn what_is_asked_about_people_is_not_logged_at_any_level() {
    for format in ["json", "text"] {
        let server = Server::start_with(&["--log-format", format], &[("COMPETENCY_LOG", "trace")]);
        server.ask("levels-requiring", &[("competency", "AdaLovelace")]);
        server.get("/api/questions/AdaLovelace?AdaLovelace=AdaLovelace");
        server.get("/api/ask?q=does+AdaLovelace+know+OAuth&AdaLovelace");
        server.get("/api/ask?q=does+AdaLovelace+know+OAuth");
        for tool in ["ask", "AdaLovelace"] {
            let call = json!({ "name": tool, "arguments": { "question": "does AdaLovelace know OAuth" } });
            let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call }).to_string();
            server.post("/mcp", "application/json", "application/json, text/event-stream", &message);
        }
        server.get("/AdaLovelace?AdaLovelace");
        server.wire_head("AdaLovelace /AdaLovelace", &["Host: AdaLovelace.example", "X-Request-Id: <AdaLovelace>"]);
        server.post("/sparql", "AdaLovelace", "AdaLovelace", "AdaLovelace");
        eventually("the lines", || server.log().matches("other").count() >= 2 && server.log().contains("415"));
        assert!(!server.log().contains("AdaLovelace"), "{}", server.log());
    }
}

#[test]
fn a_log_for_people_is_text_and_its_format_is_a_setting() {
    let server = Server::start(&[]);
    server.get("/healthz");
    eventually("the line", || server.log().contains("GET /healthz 200 in "));
    let quiet =
        Server::start_with(&[], &[("COMPETENCY_LOG_FORMAT", "json"), ("COMPETENCY_LOG", "info,competency_graph::request=warn")]);
    quiet.is_alive();
    assert_eq!(quiet.log(), "");
    says(&run(&["serve", "--log-format", "xml"]).fails(), &["--log-format", "text", "json"]);
}
