//! What strangers may send to bring a server down, sent while others ask: each is answered or refused within its time, and nobody else notices.
#![cfg(target_os = "linux")]

use std::io::Read;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::hostile;
use crate::support::{Server, client, eventually, form};

/// The longest that a query may take here, in seconds.
const TIMEOUT: u64 = 3;

/// The most memory that a query may take here, in MiB.
const MEMORY: u64 = 256;

/// Those who ask meanwhile.
const CLIENTS: usize = 16;

/// What the status of an answer may be, given that there is one: right, or the client's mistake, or given up in time.
const FAIR: [u16; 6] = [200, 400, 403, 413, 415, 503];

fn siege() -> Server {
    Server::start(&["--timeout", &TIMEOUT.to_string(), "--query-memory", &MEMORY.to_string(), "--client-timeout", "5"])
}

/// The memory of a process that is its own or shared, in MiB.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// How an answer to a query ended: its status, and whether its body came to its end.
fn outcome(server: &Server, query: &str) -> (u16, bool) {
    let request = client().post(format!("{}/sparql", server.url)).header("content-type", "application/sparql-query");
    let mut response = request.send(query).unwrap();
    let read = std::io::copy(&mut response.body_mut().as_reader(), &mut std::io::sink());
    (response.status().as_u16(), read.is_ok())
}

/// Lets many ask while something else is done, and tells how many answers they got: all of them right.
fn while_others_ask(server: &Server, work: impl FnOnce()) -> usize {
    let (over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    let answer = server.ask("levels-requiring", &[("competency", "OAuth")]).json();
                    assert_eq!(answer["rows"].as_array().unwrap().len(), 5);
                    answered.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        over.store(true, Ordering::Relaxed);
        done.unwrap();
    });
    answered.into_inner()
}

#[test]
fn hostile_queries_are_answered_or_given_up_in_time_and_nobody_else_notices() {
    let server = siege();
    let before = resident(server.child.id());
    let answered = while_others_ask(&server, || {
        for (name, query) in hostile::queries() {
            let start = Instant::now();
            let (status, whole) = outcome(&server, &query);
            assert!(FAIR.contains(&status), "{name}: {status}");
            // Where the answer began, it may be cut off; the client is not told that it is whole.
            assert!(whole || status == 200, "{name}: {status} and a cut body");
            assert!(start.elapsed() < Duration::from_secs(TIMEOUT + 5), "{name} took {:?}", start.elapsed());
            for process in server.descendants() {
                assert!(resident(process) < MEMORY + 200, "{name} left a process of {} MiB", resident(process));
            }
        }
    });
    assert!(answered > CLIENTS, "the others asked {answered} times");
    let after = resident(server.child.id());
    assert!(after < before + 100, "the front end grew from {before} to {after} MiB");
    server.is_alive();
}

#[test]
fn hostile_queries_all_at_once_leave_places_for_who_comes_after() {
    let server = siege();
    let answered = while_others_ask(&server, || {
        thread::scope(|scope| {
            for (name, query) in hostile::queries() {
                let server = &server;
                scope.spawn(move || {
                    let (status, _) = outcome(server, &query);
                    assert!(FAIR.contains(&status), "{name}: {status}");
                });
            }
        });
    });
    assert!(answered > CLIENTS, "the others asked {answered} times");
    assert_eq!(server.query_as("ASK {}", "text/csv").body, "true");
    eventually("all places are free", || server.get("/metrics").body.contains("competency_queries_under_way 0"));
}

#[test]
fn idle_and_slow_clients_in_number_keep_nobody_from_being_served() {
    let server = siege();
    let whole = "SELECT * { ?a ?b ?c . ?d ?e ?f }";
    let reading = format!("GET /sparql?{} HTTP/1.1\r\nHost: localhost\r\n\r\n", form(&[("query", whole)]));
    let answered = while_others_ask(&server, || {
        let mut slow: Vec<TcpStream> = (0..200).map(|_| server.raw("POST /sparql HTTP/1.1\r\nHost: local")).collect();
        let mut stopped = server.raw(&reading);
        stopped.read_exact(&mut [0; 100]).unwrap();
        assert_eq!(server.query_as("ASK {}", "text/csv").body, "true");
        slow.clear();
    });
    assert!(answered > CLIENTS, "the others asked {answered} times");
}

#[test]
fn bodies_that_grow_when_read_are_not_read() {
    let server = siege();
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><rdf:RDF>&b;</rdf:RDF>";
    let deep = "[".repeat(50_000);
    for (content_type, body) in [("application/rdf+xml", laughs), ("application/ld+json", deep.as_str())] {
        server.post("/sparql", content_type, "*/*", body).problem(415, "unsupported-media-type");
        server.post("/graphs?default", content_type, "*/*", body).problem(403, "read-only");
    }
    let packed = client().post(format!("{}/sparql", server.url)).header("content-type", "application/sparql-query");
    let mut bomb = packed.header("content-encoding", "gzip").send(&[0x1f, 0x8b, 8, 0][..]).unwrap();
    assert_eq!(bomb.status(), 415);
    assert!(bomb.body_mut().read_to_string().unwrap().contains("unsupported-content-encoding"));
}

#[test]
fn when_the_server_ends_none_of_its_processes_is_left() {
    for signal in ["-TERM", "-KILL"] {
        let mut server = siege();
        // One that computes and looks at nothing.
        let hostile = hostile::queries().into_iter().find(|(name, _)| *name == "VALUES product").unwrap().1;
        let head = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length:";
        let _running = server.raw(&format!("{head} {}\r\n\r\n{hostile}", hostile.len()));
        eventually("the query runs", || server.get("/metrics").body.contains("competency_queries_under_way 1"));
        eventually("there are a worker and forks", || server.descendants().len() >= 2);
        let processes = server.descendants();
        server.signal(signal);
        server.child.wait().unwrap();
        eventually("all have ended", || processes.iter().all(|process| !is_there(*process)));
    }
}

/// Whether a process runs: one that has ended and waits to be counted does not.
fn is_there(process: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
fn a_worker_that_is_killed_is_replaced() {
    let server = siege();
    assert_eq!(server.query_as("ASK {}", "text/csv").body, "true");
    for process in server.descendants() {
        // A fork may have ended with its worker.
        let _ = std::process::Command::new("kill").args(["-KILL", &process.to_string()]).status();
    }
    eventually("queries are answered again", || server.query_as("ASK {}", "text/csv").body == "true");
    server.is_alive();
}
