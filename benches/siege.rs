//! What those who ask notice of hostile queries: the latency of `levels-requiring` for 16 clients, first in peace and then while others send
//! one hostile query after another; and the most memory that the front end and a process of its pool took meanwhile.
//! Run with `cargo bench --bench siege`; without `wrk` it says so and measures nothing.

#[path = "../tests/it/hostile.rs"]
mod hostile;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const QUESTION: &str = "/api/questions/levels-requiring?competency=OAuth";

/// How many send hostile queries at one time.
const ATTACKERS: usize = 4;

fn main() {
    if Command::new("wrk").arg("-v").output().is_err() {
        println!("skipped: wrk is not installed");
        return;
    }
    let (mut server, url) = serve();
    println!("{:<26} {:>10} {:>10} {:>10} {:>10}", "16 clients", "p50", "p99", "requests/s", "errors");
    told("in peace", &latencies(&url));
    let (over, sent) = (AtomicBool::new(false), AtomicUsize::new(0));
    let most = thread::scope(|scope| {
        for attacker in 0..ATTACKERS {
            let (url, over, sent) = (&url, &over, &sent);
            scope.spawn(move || attack(url, attacker, over, sent));
        }
        let watch = scope.spawn(|| watch(server.id(), &over));
        thread::sleep(Duration::from_secs(1));
        told("under siege", &latencies(&url));
        over.store(true, Ordering::Relaxed);
        watch.join().expect("the watch ends")
    });
    println!("{} hostile queries; at most {} MiB in the front end, {} MiB in a process", sent.into_inner(), most.0, most.1);
    server.kill().expect("the server ends");
    server.wait().expect("the server has ended");
}

/// The program with a short deadline, and where it listens.
fn serve() -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
    let command = command.args(["serve", "--bind", "127.0.0.1:0", "--timeout", "3"]).env("COMPETENCY_LOG", "error");
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the server starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
    let url = line.trim().trim_start_matches("Listening on ").trim_end_matches('/').to_owned();
    (child, url)
}

/// Sends one after another, beginning at a place of its own.
fn attack(url: &str, attacker: usize, over: &AtomicBool, sent: &AtomicUsize) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
    let agent: ureq::Agent = config.build().into();
    for (_, query) in hostile::queries().iter().cycle().skip(attacker * 3) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        let request = agent.post(format!("{url}/sparql")).header("content-type", "application/sparql-query");
        if let Ok(mut response) = request.send(query) {
            let _ = std::io::copy(&mut response.body_mut().as_reader(), &mut std::io::sink());
        }
        sent.fetch_add(1, Ordering::Relaxed);
    }
}

/// The most memory, in MiB, of the server and of a process below it.
fn watch(server: u32, over: &AtomicBool) -> (u64, u64) {
    let mut most = (0, 0);
    while !over.load(Ordering::Relaxed) {
        let listed = Command::new("ps").args(["-eo", "pid=,comm=,rss="]).output().expect("ps runs");
        for line in String::from_utf8_lossy(&listed.stdout).lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [id, "competency", kilobytes] = fields[..] else { continue };
            let megabytes = kilobytes.parse::<u64>().unwrap_or(0) / 1024;
            let which = if id == server.to_string() { &mut most.0 } else { &mut most.1 };
            *which = megabytes.max(*which);
        }
        thread::sleep(Duration::from_millis(50));
    }
    most
}

/// What `wrk` says of 16 connections that ask for ten seconds: p50, p99, requests per second, errors.
fn latencies(url: &str) -> [String; 4] {
    let output = Command::new("wrk").args(["-t1", "-c16", "-d10s", "--latency"]).arg(format!("{url}{QUESTION}")).output();
    let said = String::from_utf8_lossy(&output.expect("wrk runs").stdout).into_owned();
    let after = |word: &str| {
        let line = said.lines().map(str::trim).find_map(|line| line.strip_prefix(word));
        line.map_or_else(|| "none".to_owned(), |rest| rest.trim().to_owned())
    };
    [after("50%"), after("99%"), after("Requests/sec:"), after("Socket errors:")]
}

fn told(when: &str, figures: &[String; 4]) {
    let [p50, p99, rate, errors] = figures;
    println!("{when:<26} {p50:>10} {p99:>10} {rate:>10} {errors:>10}");
}
