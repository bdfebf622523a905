//! `SERVICE`: who may be asked, and how much.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::support::{Server, says};

/// Grades, of which the endpoint knows as much as we do.
fn federated(endpoint: &str) -> String {
    format!("SELECT ?grade {{ ?level a cg:Level . SERVICE <{endpoint}> {{ ?level cg:grade ?grade }} }} ORDER BY ?grade")
}

/// An endpoint that does as it likes with each who comes.
fn endpoint(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sparql", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 64 * 1024]);
            answer(&mut stream);
        }
    });
    url
}

#[test]
fn an_endpoint_that_is_allowed_is_asked_and_no_other() {
    let other = Server::shared();
    let allowed = format!("{}/sparql", other.url);
    let server = Server::start(&["--allow-service", &allowed]);
    assert_eq!(server.query_as(&federated(&allowed), "text/csv").body, "grade\r\n6\r\n7\r\n8\r\n9\r\n10\r\n");
    for near in [format!("{allowed}/"), format!("{}/", other.url), allowed.replace("127.0.0.1", "localhost")] {
        says(server.query(&federated(&near)).problem(403, "service-refused")["detail"].as_str().unwrap(), &[&near]);
    }
    let silent = federated("http://127.0.0.1:9/").replace("SERVICE", "SERVICE SILENT");
    server.query(&silent).problem(403, "service-refused");
}

#[test]
fn an_allowed_endpoint_that_fails_is_named_and_silent_goes_on_without_it() {
    let gone = "http://127.0.0.1:9/sparql";
    let server = Server::start(&["--allow-service", gone]);
    says(server.query(&federated(gone)).problem(502, "service-failed")["detail"].as_str().unwrap(), &[gone]);
    let silent = format!("SELECT ?x {{ VALUES ?x {{ 1 }} SERVICE SILENT <{gone}> {{ ?x ?y ?z }} }}");
    assert_eq!(server.query_as(&silent, "text/csv").body, "x\r\n1\r\n");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let place = format!("http://{}/", elsewhere.local_addr().unwrap());
    let redirecting = endpoint(move |stream| {
        let _ = write!(stream, "HTTP/1.1 307 Temporary Redirect\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    });
    let server = Server::start(&["--allow-service", &redirecting]);
    says(server.query(&federated(&redirecting)).problem(502, "service-failed")["detail"].as_str().unwrap(), &["307"]);
    assert_eq!(elsewhere.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "nobody called");
}

#[test]
fn an_endpoint_is_asked_within_bounds_of_number_size_and_time() {
    let large = endpoint(|stream| {
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\nConnection: close\r\n\r\n");
        for _ in 0..20 {
            let _ = stream.write_all(&vec![b' '; 1 << 20]);
        }
        let _ = stream.write_all(b"{\"head\":{\"vars\":[]},\"results\":{\"bindings\":[]}}");
    });
    let silent = endpoint(|stream| while matches!(stream.read(&mut [0; 1024]), Ok(1..)) {});
    let other = Server::shared();
    let allowed = format!("{}/sparql", other.url);
    let all = [large.as_str(), &silent, &allowed].join(",");
    let server = Server::start(&["--timeout", "6", "--allow-service", &all]);
    server.query(&federated(&large)).problem(502, "service-failed");
    server.query(&federated(&silent)).problem(503, "timeout");
    let often = format!("SELECT * {{ {} }}", format!("SERVICE <{allowed}> {{ ?level cg:grade 6 }} ").repeat(21));
    says(server.query(&often).problem(400, "query-failed")["detail"].as_str().unwrap(), &["20 times"]);
    server.is_alive();
}

#[test]
fn what_is_no_endpoint_cannot_be_allowed() {
    for wrong in ["everything", "ftp://example.org/sparql", "*"] {
        says(&crate::support::run(&["serve", "--allow-service", wrong]).fails(), &["--allow-service", wrong]);
    }
}
