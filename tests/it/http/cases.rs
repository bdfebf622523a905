//! Cases as files, `cases/http/AREA/NAME-STATUS.txt`: the listing is the specification. A case is a request and what must come back:
//!
//! ```text
//! # Why, in a sentence.
//! > GET /sparql
//! > Accept: text/turtle
//! >
//! > the body, if there is one
//! < content-type: text/turtle; charset=utf-8     a header that reads so; nothing behind the colon: it is absent
//! + what the body holds
//! - what it does not hold
//! ```
//!
//! `{base}` stands for the server's own address.

use std::fs;
use std::path::Path;

use crate::support::{Server, short};

#[test]
fn every_case_is_answered_as_its_file_says() {
    let server = Server::shared();
    let mut wrong = Vec::new();
    let mut count = 0;
    for area in ["protocol", "graph-store", "linked", "negotiation", "hostile"] {
        for entry in fs::read_dir(format!("tests/it/cases/http/{area}")).unwrap() {
            let path = entry.unwrap().path();
            count += 1;
            wrong.extend(run(&server, &path).into_iter().map(|what| format!("{}: {what}", path.display())));
        }
    }
    assert!(count > 40, "the cases are there");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is not as the file says.
fn run(server: &Server, path: &Path) -> Vec<String> {
    let case = fs::read_to_string(path).unwrap().replace("{base}", &format!("{}/", server.url));
    let lines = |mark: &str| -> Vec<String> {
        let marked = case.lines().filter_map(|line| line.strip_prefix(mark));
        marked.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect()
    };
    let unmarked = case.lines().find(|line| !line.is_empty() && !line.starts_with(['#', '>', '<', '+', '-']));
    assert_eq!(unmarked, None, "{}: a line begins with one of # > < + -", path.display());
    let request = lines(">");
    let (method, target) = request[0].split_once(' ').unwrap();
    let blank = request.iter().position(String::is_empty);
    let headers: Vec<(&str, &str)> =
        request[1..blank.unwrap_or(request.len())].iter().map(|line| line.split_once(": ").unwrap()).collect();
    let body = blank.map(|blank| request[blank + 1..].join("\n"));
    let answer = server.exchange(method, target, &headers, body.as_deref().map(str::as_bytes));
    let status = path.file_stem().unwrap().to_str().unwrap().rsplit_once('-').unwrap().1;
    let mut wrong = Vec::new();
    if answer.status.to_string() != status {
        wrong.push(format!("status {}: {}", answer.status, short(&answer.body)));
    }
    for header in lines("<") {
        let (name, value) = header.split_once(':').unwrap();
        if answer.header(name) != value.trim() {
            wrong.push(format!("{name} is `{}`", answer.header(name)));
        }
    }
    wrong.extend(
        lines("+")
            .into_iter()
            .filter(|part| !answer.body.contains(part))
            .map(|part| format!("no `{part}` in {}", short(&answer.body))),
    );
    wrong.extend(
        lines("-")
            .into_iter()
            .filter(|part| answer.body.contains(part))
            .map(|part| format!("`{part}` in {}", short(&answer.body))),
    );
    wrong
}
