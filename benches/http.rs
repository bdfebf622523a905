//! What a question costs over HTTP, in requests per second of one client, `wrk`, with 16 connections: `levels-requiring` asked again, its
//! SPARQL evaluated each time, pages, the same SPARQL and data in oxigraph's own server, and a bare axum handler with a static body of the same
//! size, which is the floor.
//! Run with `cargo bench --bench http`. Without `wrk` it says so and measures nothing; without `oxigraph` on the path (`pip install
//! oxigraph`) it measures the rest.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use serde_json::Value;

const QUESTION: &str = "/api/questions/levels-requiring?competency=OAuth";

/// Each is measured so often, in turn, since a shared machine has its moods; the best of each counts.
const ROUNDS: usize = 3;

/// What is asked how often.
struct Measured {
    what: &'static str,
    url: String,
    headers: &'static [&'static str],
    best: f64,
}

fn main() {
    if Command::new("wrk").arg("-v").output().is_err() {
        println!("skipped: wrk is not installed");
        return;
    }
    let ours = Ours::start();
    let body = fetched(&format!("{}{QUESTION}", ours.url), "*/*");
    let answer: Value = serde_json::from_slice(&body).expect("an answer in JSON");
    let sparql = form_urlencoded::byte_serialize(answer["sparql"].as_str().expect("its query").as_bytes()).collect::<String>();
    println!("{} bytes, {} rows, 16 connections", body.len(), answer["rows"].as_array().expect("its rows").len());

    let mut all = vec![
        measured("a static body of the same size", format!("http://{}/", floor(body)), &[]),
        measured("the question again", format!("{}{QUESTION}", ours.url), &[]),
        measured("again, compressed", format!("{}{QUESTION}", ours.url), &["Accept-Encoding: zstd, gzip"]),
        measured("again, not modified", format!("{}{QUESTION}", ours.url), &["If-None-Match: *"]),
        measured("its SPARQL, evaluated", format!("{}/sparql?query={sparql}", ours.url), &[TABLE]),
    ];
    let theirs = Theirs::start(&ours.url);
    match &theirs {
        Some(theirs) => {
            let url = format!("{}/query?query={sparql}", theirs.url);
            assert_eq!(rows(&url), rows(&all[4].url), "both servers give the same rows");
            all.push(measured("its SPARQL, in oxigraph's server", url, &[TABLE]));
        }
        None => println!("skipped: oxigraph's server is not installed (pip install oxigraph)"),
    }
    for (what, path) in PAGES {
        all.push(measured(what, format!("{}{path}", ours.url), &["Accept: text/html, */*;q=0.1"]));
    }
    for _ in 0..ROUNDS {
        for one in &mut all {
            one.best = one.best.max(rate(&one.url, one.headers));
        }
    }
    let floor = all[0].best;
    for one in &all {
        let each = 16_000.0 / one.best;
        println!("  {:<34} {:>9.0} requests/s, {each:>7.2} ms each, {:>6.3} of the floor", one.what, one.best, one.best / floor);
    }
    if theirs.is_some() {
        for one in [&all[1], &all[4]] {
            println!("  {:<34} {:>9.2} times oxigraph's server", one.what, one.best / all[5].best);
        }
    }
}

/// Pages that are kept, and one that never is, beside the answer it is made from.
const PAGES: &[(&str, &str)] = &[
    ("the page of the question again", "/questions/levels-requiring?competency=OAuth"),
    ("the ladder again", "/ladder"),
    ("a gap as JSON, made each time", "/api/questions/gap?have=Python&target=SIRT"),
    ("a gap as a page, made each time", "/gap?have=Python&target=SIRT"),
];

const TABLE: &str = "Accept: application/sparql-results+json";

fn measured(what: &'static str, url: String, headers: &'static [&'static str]) -> Measured {
    Measured { what, url, headers, best: 0.0 }
}

/// The program, until dropped. Its log goes to a file, as it would in use.
struct Ours {
    child: Child,
    url: String,
    _log: tempfile::NamedTempFile,
}

impl Ours {
    fn start() -> Self {
        let log = tempfile::NamedTempFile::new().expect("a file for the log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
        command.args(["serve", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut child = command.stderr(log.reopen().expect("the log")).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let url = line.trim().trim_start_matches("Listening on ").trim_end_matches('/').to_owned();
        Self { child, url, _log: log }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Oxigraph's server with all that ours answers from, until dropped.
struct Theirs {
    child: Child,
    url: String,
}

impl Theirs {
    /// None where it is not installed.
    fn start(ours: &str) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let mut command = Command::new("oxigraph");
        command.args(["serve", "--union-default-graph", "--bind", &free.to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let theirs = Self { child, url: format!("http://{free}") };
        let data = fetched(&format!("{ours}/export/all.trig?inferred=true"), "*/*");
        let store = format!("{}/store", theirs.url);
        for _ in 0..100 {
            if ureq::post(&store).header("content-type", "application/trig").send(&data[..]).is_ok() {
                return Some(theirs);
            }
            thread::sleep(Duration::from_millis(100));
        }
        panic!("oxigraph's server does not take the data");
    }
}

impl Drop for Theirs {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

fn end(child: &mut Child) {
    child.kill().expect("the server ends");
    child.wait().expect("the server has ended");
}

fn fetched(url: &str, accept: &str) -> Vec<u8> {
    let mut answer = ureq::get(url).header("accept", accept).call().expect("an answer");
    answer.body_mut().with_config().limit(1 << 30).read_to_vec().expect("its body")
}

fn rows(url: &str) -> usize {
    let table: Value = serde_json::from_slice(&fetched(url, TABLE.trim_start_matches("Accept: "))).expect("a table in JSON");
    table["results"]["bindings"].as_array().expect("its rows").len()
}

/// Serves a body in this process for as long as it lives.
fn floor(body: Vec<u8>) -> SocketAddr {
    let body = Bytes::from(body);
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            sender.send(listener.local_addr().expect("an address")).expect("who waits for it");
            let handler = get(move || async move { ([(header::CONTENT_TYPE, "application/json")], body) });
            axum::serve(listener, axum::Router::new().route("/", handler)).await.expect("serving");
        });
    });
    receiver.recv().expect("an address")
}

/// Requests answered well in a second.
fn rate(url: &str, headers: &[&str]) -> f64 {
    let headers = headers.iter().flat_map(|header| ["-H", header]);
    let output = Command::new("wrk").args(["-t1", "-c16", "-d3s"]).args(headers).arg(url).output().expect("wrk runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!said.contains("Non-2xx"), "not all were answered well: {said}");
    let line = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|rate| rate.trim().parse().ok()).unwrap_or_else(|| panic!("wrk said: {said}"))
}
