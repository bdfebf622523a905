//! Asked to stop, the server finishes what runs, and nothing else.
#![cfg(unix)]

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Server, eventually, rest, says};

const HEAD: &str = "POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nAccept: text/csv\r\n";

/// A query's connection, for the test to read from when it likes.
fn ask(server: &Server, query: &str) -> TcpStream {
    server.raw(&format!("{HEAD}Content-Length: {}\r\n\r\n{query}", query.len()))
}

fn refuses(server: &Server) -> bool {
    TcpStream::connect(server.address()).is_err()
}

#[test]
fn an_answer_under_way_is_finished_and_nobody_new_is_let_in() {
    let mut server = Server::start(&["--shutdown-grace", "60"]);
    // More than the buffers between the two hold, so that it is under way for as long as nobody reads.
    let mut under_way = ask(&server, "SELECT * { ?a ?b ?c . VALUES ?n { 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 } }");
    let mut first = [0; 1000];
    under_way.read_exact(&mut first).unwrap();
    server.signal("-TERM");
    eventually("the door is shut", || refuses(&server));
    assert!(server.child.try_wait().unwrap().is_none(), "it still finishes");
    let answer = rest(&mut under_way);
    assert!(answer.ends_with("\r\n0\r\n\r\n"), "whole, with its end: …{}", &answer[answer.len().saturating_sub(100)..]);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    says(&server.log(), &["finishing the answers under way"]);
}

#[test]
fn an_answer_that_does_not_end_within_the_grace_is_cut_off_and_does_not_look_whole() {
    let mut server = Server::start(&["--shutdown-grace", "1"]);
    let mut endless = ask(&server, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }");
    endless.read_exact(&mut [0; 1000]).unwrap();
    server.signal("-TERM");
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    assert!(!rest(&mut endless).ends_with("\r\n0\r\n\r\n"));
    eventually("the log says so", || server.log().contains("the rest is cut off"));
}

#[test]
fn while_stopping_the_server_is_not_ready() {
    let mut server = Server::start(&[]);
    let mut late = server.raw("GET /readyz HTTP/1.1\r\nHost: local");
    let mut alive = server.raw("GET /healthz HTTP/1.1\r\nHost: local");
    // Both have been read once later connections are answered.
    server.is_alive();
    eventually("the connections are known", || server.get("/metrics").body.contains("competency_connections 3"));
    server.signal("-TERM");
    eventually("the door is shut", || refuses(&server));
    late.write_all(b"host\r\n\r\n").unwrap();
    alive.write_all(b"host\r\n\r\n").unwrap();
    let answer = rest(&mut late);
    says(&answer, &["HTTP/1.1 503", "problem/stopping\"", "requestId"]);
    says(&rest(&mut alive), &["HTTP/1.1 200"]);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}
