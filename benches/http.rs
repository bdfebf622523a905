//! What a repeated question costs: requests per second of `levels-requiring?competency=OAuth`, beside a bare axum handler
//! with a static body of the same size (the floor), in one run with the same client, `wrk`.
//! Run with `cargo bench --bench http`; without `wrk` it says so and measures nothing.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;

const QUESTION: &str = "/api/questions/levels-requiring?competency=OAuth";

/// Each is measured so often, in turn, since a shared machine has its moods; the best of each counts.
const ROUNDS: usize = 3;

fn main() {
    if Command::new("wrk").arg("-v").output().is_err() {
        println!("skipped: wrk is not installed");
        return;
    }
    let (mut server, url) = serve();
    let body = fetched(&format!("{url}{QUESTION}"));
    println!("{} bytes, 16 connections", body.len());
    let floor_url = format!("http://{}/", floor(body));
    let (mut floor, mut kept, mut checked, mut packed) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        floor = floor.max(rate(&floor_url, &[]));
        kept = kept.max(rate(&format!("{url}{QUESTION}"), &[]));
        checked = checked.max(rate(&format!("{url}{QUESTION}"), &["-H", "If-None-Match: *"]));
        packed = packed.max(rate(&format!("{url}{QUESTION}"), &["-H", "Accept-Encoding: zstd, gzip"]));
    }
    for (what, rate) in [
        ("a static body of the same size", floor),
        ("a repeated question", kept),
        ("the same, compressed", packed),
        ("the same, not modified", checked),
    ] {
        println!("  {what:<32} {rate:>9.0} requests/s {:>6.2} of the floor", rate / floor);
    }
    server.kill().expect("the server ends");
    server.wait().expect("the server has ended");
}

/// The program, and where it listens.
fn serve() -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
    let mut child = command.args(["serve", "--bind", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let url = line.trim().trim_start_matches("Listening on ").trim_end_matches('/').to_owned();
    (child, url)
}

fn fetched(url: &str) -> Vec<u8> {
    ureq::get(url).call().expect("an answer").body_mut().read_to_vec().expect("its body")
}

/// Serves a body in this process for as long as it lives.
fn floor(body: Vec<u8>) -> SocketAddr {
    let body = Bytes::from(body);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
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

/// Requests per second.
fn rate(url: &str, more: &[&str]) -> f64 {
    let output = Command::new("wrk").args(["-t1", "-c16", "-d4s"]).args(more).arg(url).output().expect("wrk runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = said.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.and_then(|rate| rate.trim().parse().ok()).unwrap_or_else(|| panic!("wrk said: {said}"))
}
