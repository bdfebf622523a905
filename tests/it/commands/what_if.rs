//! `competency what-if`.

use std::fs;

use serde_json::Value;

use crate::support::{Data, Run, run, says};

const BASE: &str = "https://w3id.org/competency-graph/id/gitlab/security-engineer";
const APPLIES_TO: &str = "<https://w3id.org/competency-graph/ontology#appliesTo>";
const GRAPH: &str = "<https://w3id.org/competency-graph/graph/gitlab/security-engineer>";
const MOVE: &str = "authentication-technologies=Application Security";

fn json(arguments: &[&str]) -> Value {
    let call = [&["what-if", "--format", "json"], arguments].concat();
    serde_json::from_str(&run(&call).succeeds()).unwrap()
}

fn patch(lines: &[String]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edits.rdfp");
    fs::write(&file, lines.join("\n")).unwrap();
    run(&["what-if", "--question", "requirements-of", "--format", "json", "--patch", file.to_str().unwrap()])
}

fn quad(subject: &str, object: &str) -> String {
    format!("<{BASE}/{subject}> {APPLIES_TO} <{BASE}{object}> {GRAPH} .")
}

#[test]
fn moving_oauth_to_a_specialty_takes_it_from_five_levels_and_shows_what_else_changes() {
    let changes = json(&["--move", MOVE]);
    assert_eq!((&changes["stated"]["added"], &changes["stated"]["removed"]), (&1.into(), &1.into()));
    assert_eq!(changes["findings"].as_array().unwrap().len(), 0);
    let answers = changes["answers"].as_array().unwrap();
    let of = |asked: &str| {
        let changed = answers.iter().find(|changed| changed["asked"] == asked).unwrap_or_else(|| panic!("{asked}"));
        let count = |key: &str| changed[key].as_u64().unwrap();
        let rows = |key: &str| changed[key].as_array().unwrap().len() as u64;
        (count("rowsBefore"), count("rowsAfter"), rows("added"), rows("removed"))
    };
    assert_eq!(of("Which levels require OAuth? (policy: strict)"), (5, 0, 0, 5));
    assert_eq!(of("Which levels require OAuth? (policy: cumulative)"), (5, 0, 0, 5));
    assert_eq!(of("Which specialties require OAuth?"), (0, 1, 1, 0));
    assert_eq!(of("What does Application Security require? (policy: strict)"), (17, 18, 1, 0));
    assert_eq!(of("What does Senior Security Engineer require? (policy: strict)"), (35, 34, 0, 1));
    assert!(
        answers.iter().all(|changed| !changed["asked"].as_str().unwrap().contains("require Python")),
        "Python has nothing to do with it"
    );
    assert!(changes["asked"].as_u64().unwrap() > 1000);
}

#[test]
fn a_patch_with_the_same_edit_changes_the_same_and_nothing_is_kept() {
    let moved = json(&["--move", MOVE, "--question", "requirements-of"]);
    let statement = "statement/authentication-technologies";
    let lines = [
        "H id <urn:uuid:1> .".to_owned(),
        "TX .".to_owned(),
        "# a comment".to_owned(),
        format!("D {}", quad(statement, "")),
        format!("A {}", quad(statement, "/specialty/application-security")),
        "TC .".to_owned(),
    ];
    let patched: Value = serde_json::from_str(&patch(&lines).succeeds()).unwrap();
    assert_eq!(patched, moved);
    let data = Data::copy();
    let before = data.read("gitlab/security-engineer.ttl");
    run(&["what-if", "--data", data.path(), "--question", "roles", "--move", MOVE]).succeeds();
    assert_eq!(data.read("gitlab/security-engineer.ttl"), before);
}

#[test]
fn what_shapes_and_checks_find_wrong_is_told_with_exit_code_1() {
    let run = patch(&[format!("A {}", quad("statement/authentication-technologies", "/level/senior"))]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    let changes: Value = serde_json::from_str(&run.stdout).unwrap();
    says(changes["findings"][0].as_str().unwrap(), &["applies to exactly one thing"]);
}

#[test]
fn an_edit_that_cannot_be_made_is_told_with_its_line() {
    let statement = "statement/authentication-technologies";
    for (line, parts) in [
        ("A <x:a> <x:b>".to_owned(), &["edits.rdfp:1: ", "N-Quads"][..]),
        ("Z <x:a> <x:b> <x:c> .".to_owned(), &["edits.rdfp:1: ", "`Z`"]),
        ("A".to_owned(), &["edits.rdfp:1: ", "one quad"]),
        ("TA .".to_owned(), &["edits.rdfp:1: ", "given up"]),
        (format!("D {}", quad(statement, "/level/senior")), &["is not stated", "there is: "]),
        (
            format!("D {}", quad(statement, "").replace("graph/gitlab/security-engineer>", "graph/inferred/holdings>")),
            &["is made, not stated"],
        ),
        ("# nothing".to_owned(), &["nothing to change"]),
    ] {
        says(&patch(&[line]).fails(), parts);
    }
}

#[test]
fn a_move_that_makes_no_sense_is_told_with_the_way_out() {
    for (moved, parts) in [
        ("authentication-technologies", &["STATEMENT=SCOPE"][..]),
        ("authentication-technologie=SIRT", &["statement", "did you mean"]),
        ("authentication-technologies=SIRTT", &["scope", "did you mean SIRT"]),
        ("authentication-technologies=OAuth", &["scope", "cg:JobFamily or cg:Target"]),
        ("authentication-technologies=Security Engineer", &["is said of Security Engineer already"]),
    ] {
        says(&run(&["what-if", "--move", moved]).fails(), parts);
    }
    says(&run(&["what-if"]).fails(), &["--move"]);
    says(&run(&["what-if", "--move", MOVE, "--question", "levels-requirin"]).fails(), &["levels-requiring"]);
}

#[test]
fn the_rows_that_go_and_come_are_shown_on_request() {
    let told = run(&["what-if", "--move", MOVE, "--question", "requirements-of", "--rows"]).succeeds();
    says(
        &told,
        &[
            "What does Senior Security Engineer require? (policy: strict) 35 rows, now 34\n  - ",
            "What does Application Security require? (policy: strict) 17 rows, now 18\n  + ",
            "Nothing is kept.",
        ],
    );
}
