//! Who may write, who may read, and what is written down of it.

use super::{Store, Writable};
use crate::support::{Server, run, says};

const NOTE: &str = "INSERT DATA { GRAPH <http://example.org/notes> { <http://example.org/a> rdfs:comment \"noted\" } }";
const UPDATE: (&str, &str) = ("content-type", "application/sparql-update");

/// Method, path, headers and the status that is due.
type Attempt<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], u16);

#[test]
fn no_write_without_a_token_and_each_attempt_is_written_down() {
    let store = Writable::new();
    let before = store.version();
    let reader = format!("Bearer {}", store.store.token("rita", "reader"));
    let editor = format!("Bearer {}", store.token);
    let server = &store.server;
    let attempts: &[Attempt<'_>] = &[
        ("POST", "/update", &[UPDATE], 401),
        ("POST", "/sparql", &[UPDATE], 401),
        ("PUT", "/graphs?graph=http://x.org/g", &[("content-type", "text/turtle")], 401),
        ("POST", "/graphs", &[("content-type", "text/turtle")], 401),
        ("PATCH", "/graphs/taxonomy", &[UPDATE], 401),
        ("DELETE", "/graphs/taxonomy", &[], 401),
        ("POST", "/api/history/1/revert", &[], 401),
        ("POST", "/update", &[UPDATE, ("authorization", "Bearer cg_00")], 401),
        ("POST", "/update", &[UPDATE, ("authorization", "Basic YWRhOng=")], 401),
        ("POST", "/update", &[UPDATE, ("authorization", &reader)], 403),
        ("DELETE", "/graphs/taxonomy", &[("authorization", &reader)], 403),
        ("POST", "/update", &[UPDATE, ("authorization", &editor), ("origin", "https://elsewhere.example")], 403),
        ("POST", "/sparql", &[UPDATE, ("authorization", &editor), ("sec-fetch-site", "cross-site")], 403),
    ];
    for (method, path, headers, status) in attempts {
        let answer = server.exchange(method, path, headers, Some(NOTE.as_bytes()));
        assert_eq!(answer.status, *status, "{method} {path} {headers:?}: {}", answer.body);
        assert_eq!(answer.header("www-authenticate").is_empty(), *status != 401);
    }
    assert_eq!(store.version(), before);
    store.updated(NOTE);

    let trail = run(&["token", "--store", store.store.path(), "audit"]).succeeds();
    assert_eq!(trail.lines().count(), attempts.len() + 1, "{trail}");
    says(
        &trail,
        &[
            "401  POST /update  unauthorized  nobody known",
            "403  POST /update  role-too-low  rita",
            "403  POST /sparql  cross-site  ada",
        ],
    );
    says(trail.lines().next().unwrap(), &["200  POST /update  committed  ada", &store.version()[..12]]);

    // The trail is for admins.
    server.get("/api/audit").problem(401, "unauthorized");
    server.exchange("GET", "/api/audit", &[("authorization", &editor)], None).problem(403, "role-too-low");
    let admin = format!("Bearer {}", store.store.token("alan", "admin"));
    let told = server.exchange("GET", "/api/audit?limit=3", &[("authorization", &admin)], None).json();
    assert_eq!(told["entries"].as_array().unwrap().len(), 3);
}

#[test]
fn a_token_is_nowhere_in_logs_and_files_and_opens_nothing_once_revoked() {
    let store = Store::new();
    let token = store.token("ada", "editor");
    let server = Server::start_with(&["--store", store.path()], &[("RUST_LOG", "trace")]);
    let bearer = format!("Bearer {token}");
    let update = || server.exchange("POST", "/update", &[UPDATE, ("authorization", &bearer)], Some(NOTE.as_bytes())).status;
    assert_eq!(update(), 200);
    run(&["token", "--store", store.path(), "revoke", "ada"]).succeeds();
    assert_eq!(update(), 401);
    assert!(!server.log().contains(&token[3..]), "{}", server.log());
    for file in std::fs::read_dir(store.folder.path()).unwrap().map(Result::unwrap) {
        let bytes = std::fs::read(file.path()).unwrap();
        assert!(!bytes.windows(64).any(|window| window == &token.as_bytes()[3..]), "{:?}", file.path());
    }
    says(&run(&["token", "--store", store.path(), "list"]).succeeds(), &["ada", "editor", "revoked"]);
    says(&run(&["token", "--store", store.path(), "revoke", "ada"]).fails(), &["no token called ada"]);
    says(&run(&["token", "--store", store.path(), "add", "a b", "--role", "editor"]).fails(), &["no name for a token"]);
}

#[test]
fn reading_may_be_for_those_with_a_token_only() {
    let store = Store::new();
    let reader = format!("Bearer {}", store.token("rita", "reader"));
    let store = store.serve(&["--read", "closed"]);
    for path in
        ["/", "/sparql?query=ASK%7B%7D", "/api/questions", "/graphs/taxonomy", "/export/all.trig", "/api/history", "/metrics"]
    {
        store.server.get(path).problem(401, "unauthorized");
        // An answer that is kept is kept from nobody's eyes but those without a token.
        let read = store.server.exchange("GET", path, &[("authorization", &reader)], None);
        assert_eq!(read.status, 200, "{path}: {}", read.body);
        store.server.get(path).problem(401, "unauthorized");
    }
    assert_eq!(store.server.get("/healthz").status, 200);
    says(&run(&["serve", "--read", "closed"]).fails(), &["--read closed needs tokens", "--store"]);
}
