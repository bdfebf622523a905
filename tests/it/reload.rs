//! A server that watches its data: a good edit shows, a bad one changes nothing.

use std::fs;

use crate::http::ZIG;
use crate::support::{Data, PAGE, Server, eventually, says};

const SENIOR: &str = "\"Senior Security Engineer\"@en";

/// The version that the server answers from, which its answers name as well.
fn version(server: &Server) -> String {
    let ready = server.get("/readyz").body;
    ready.trim().strip_prefix("ready: ").unwrap().to_owned()
}

/// The labels of the levels that require OAuth.
fn levels(server: &Server) -> Vec<String> {
    let answer = server.ask("levels-requiring", &[("competency", "OAuth")]).json();
    let rows = answer["rows"].as_array().unwrap().clone();
    rows.iter().map(|row| row["levelLabel"].as_str().unwrap().to_owned()).collect()
}

fn knows(server: &Server, label: &str) -> bool {
    levels(server).iter().any(|level| level == label)
}

#[test]
fn an_edit_shows_in_answers_queries_and_version() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let first = version(&server);
    assert!(knows(&server, "Senior Security Engineer"));

    data.edit(PAGE, SENIOR, "\"Seasoned Security Engineer\"@en");
    eventually("the new label", || knows(&server, "Seasoned Security Engineer"));
    assert!(!knows(&server, "Senior Security Engineer"));
    assert_eq!(levels(&server).len(), 5);
    assert_ne!(version(&server), first);
    assert_eq!(server.ask("roles", &[]).json()["version"], version(&server));
    let labels = server.query_as("SELECT ?l { ?x a cg:Level ; rdfs:label ?l }", "text/csv").body;
    says(&labels, &["Seasoned Security Engineer"]);
    server.ask("requirements-of", &[("target", "Seasoned Security Engineer")]).json();

    // The way many editors save: a new file takes the place of the old one.
    let content = data.read(PAGE).replace("\"Seasoned Security Engineer\"@en", SENIOR);
    data.write("page.new", &content);
    fs::rename(data.file("page.new"), data.file(PAGE)).unwrap();
    eventually("the old label again", || knows(&server, "Senior Security Engineer"));
    assert_eq!(version(&server), first, "the same files are the same version");
}

#[test]
fn broken_turtle_keeps_the_last_good_answers_until_it_is_mended() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let (first, before) = (version(&server), levels(&server));

    let good = data.read(PAGE);
    let line = data.edit(PAGE, "<level/senior> a cg:Level ;", "<level/senior> a cg:Level ; ; oops");
    let place = format!("{}:{line}:", data.file(PAGE).display());
    eventually("file and line in the log", || server.log().contains(&place));
    says(&server.log(), &["the last good state is kept"]);
    assert_eq!((version(&server), levels(&server)), (first.clone(), before));
    server.is_alive();

    data.write(PAGE, &good.replace(SENIOR, "\"Mended Security Engineer\"@en"));
    eventually("the mended label", || knows(&server, "Mended Security Engineer"));
    assert_ne!(version(&server), first);
    let told = format!("now answering from version {}", version(&server));
    eventually("the version in the log", || server.log().contains(&told));
}

#[test]
fn what_breaks_a_shape_keeps_the_last_good_answers_until_it_is_mended() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let (first, before) = (version(&server), levels(&server));

    let rank = "cg:levelOf gitlab:security-engineer ; cg:rank 2 .";
    let line = data.edit(PAGE, rank, "cg:levelOf gitlab:security-engineer .");
    let place = format!("{}:{line}:", data.file(PAGE).display());
    eventually("file and line in the log", || server.log().contains(&place));
    says(
        &server.log(),
        &["gitlab:security-engineer/level/senior", "A level has exactly one rank", "the last good state is kept"],
    );
    assert_eq!((version(&server), levels(&server)), (first.clone(), before));

    let mended = data.read(PAGE).replace(SENIOR, "\"Mended Security Engineer\"@en");
    let unranked = "skos:altLabel \"Senior\"@en ; cg:levelOf gitlab:security-engineer .";
    data.write(PAGE, &mended.replace(unranked, &format!("skos:altLabel \"Senior\"@en ; {rank}")));
    eventually("the mended label", || knows(&server, "Mended Security Engineer"));
    assert_ne!(version(&server), first);
}

#[test]
fn a_file_that_is_added_is_read_and_one_that_is_removed_forgotten() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let first = version(&server);
    let asked = || server.ask("competency-tree", &[("root", "Zig lang")]).status;
    assert_eq!(asked(), 422);

    fs::create_dir(data.file("more")).unwrap();
    data.write("more/zig.ttl", ZIG);
    eventually("the new competency", || asked() == 200);
    assert_ne!(version(&server), first);
    let graph = "ASK { GRAPH graph:more\\/zig { competency:zig a cg:Technology } }";
    assert_eq!(server.query_as(graph, "text/csv").body, "true", "in a graph named after its path");

    fs::remove_file(data.file("more/zig.ttl")).unwrap();
    eventually("the competency is gone", || asked() == 422);
    assert_eq!(version(&server), first);
}

#[test]
fn answers_are_whole_while_the_data_changes() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let good = data.read(PAGE);
    for round in 0..3 {
        let label = format!("Round {round} Security Engineer");
        data.write(PAGE, &good.replace(SENIOR, &format!("\"{label}\"@en")));
        eventually("the new label", || {
            let levels = levels(&server);
            assert_eq!(levels.len(), 5, "neither none nor some");
            levels.contains(&label)
        });
    }
}
