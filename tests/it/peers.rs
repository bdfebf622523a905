//! Other people's clients, unmodified: SPARQLWrapper, rdflib's SPARQLStore and Comunica.

use std::process::{Command, Stdio};

use crate::support::Server;

#[test]
fn sparqlwrapper_and_rdflib_read_from_the_endpoint() {
    let check = Command::new("python3").args(["-c", "import SPARQLWrapper, rdflib"]).stderr(Stdio::null()).status();
    if !check.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "SPARQLWrapper and rdflib are required here and missing");
        println!("skipped: SPARQLWrapper and rdflib are not installed (pip install sparqlwrapper rdflib)");
        return;
    }
    let server = Server::shared();
    let output = Command::new("python3").args(["tests/it/peers.py", &format!("{}/sparql", server.url)]).output().unwrap();
    let (printed, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{printed}{errors}");
    let mut lines = 0;
    for line in printed.lines() {
        let (what, came) = line.rsplit_once(' ').unwrap();
        let expected = match what {
            "named" => "0",
            "document" => "True",
            what if what.starts_with("ask") => "True",
            _ => "5",
        };
        assert_eq!(came, expected, "{what}\n{errors}");
        lines += 1;
    }
    assert_eq!(lines, 18 + 3 * 7 + 2, "{printed}");
}

#[test]
fn comunica_reads_from_the_endpoint_and_from_documents() {
    let check = Command::new("node").args(["-e", "require('@comunica/query-sparql')"]).stderr(Stdio::null()).status();
    if !check.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "Node and Comunica are required here and missing");
        println!("skipped: Comunica is not installed (npm install @comunica/query-sparql; NODE_PATH names its node_modules)");
        return;
    }
    let server = Server::shared();
    let output = Command::new("node").args(["tests/it/comunica.js", &server.url]).output().unwrap();
    let (printed, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{printed}{errors}");
    for line in printed.lines() {
        let (what, came) = line.rsplit_once(' ').unwrap();
        let expected = match what.split(' ').next().unwrap() {
            "ask" => "true",
            "document" | "documents" => "1",
            _ => "5",
        };
        assert_eq!(came, expected, "{what}\n{errors}");
    }
    assert_eq!(printed.lines().count(), 2 * 4 + 4 + 1, "{printed}");
}
