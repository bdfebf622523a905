//! The command line as people and scripts meet it.

mod data;
mod explain;
mod export;
mod query;
mod question;
mod what_if;

use std::process::Stdio;

use crate::support::{program, run, says};

const COMMANDS: [&str; 8] = ["question", "explain", "query", "what-if", "serve", "validate", "verify", "export"];

#[test]
fn the_help_of_every_command_has_examples() {
    for command in COMMANDS {
        let help = run(&[command, "--help"]).succeeds();
        says(&help, &["Usage: competency", "Examples:\n", &format!("  competency {command}")]);
    }
    let help = run(&["--help"]).succeeds();
    says(&help, &["Examples:\n"]);
    says(&help, &COMMANDS.map(|command| format!("\n  {command} ")).each_ref().map(String::as_str));
}

#[test]
fn a_command_that_is_not_there_is_named_with_the_way_out() {
    says(&run(&["quesiton"]).fails(), &["quesiton", "question", "--help"]);
}

#[test]
fn without_a_command_the_help_goes_to_standard_error() {
    says(&run(&[]).fails(), &["Usage: competency", "question", "Examples:"]);
}

#[test]
fn whoever_stops_reading_makes_no_error() {
    for arguments in [
        &["question"][..],
        &["question", "requirements-of", "target=Senior", "--format", "csv"],
        &["question", "requirements-of", "target=Senior"],
        &["explain", "requirements-of", "target=Senior"],
        &["query", "-e", "SELECT * { ?s ?p ?o }", "--format", "json"],
        &["query", "-e", "SELECT * { ?s ?p ?o } LIMIT 100"],
        &["query", "-e", "CONSTRUCT WHERE { ?s ?p ?o }"],
        &["export"],
        &["validate"],
        &["--help"],
    ] {
        let mut child = program().args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // Gone before the first line.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn no_escape_codes_go_where_no_terminal_is() {
    for arguments in [
        &["--help"][..],
        &["question"],
        &["question", "levels-requiring", "competency=OAuth"],
        &["question", "levels-requiring", "competency=Oauht"],
        &["question", "--colour"],
        &["explain", "levels-requiring", "competency=OAuth", "--check"],
        &["query", "-e", "SELECT"],
        &["validate"],
    ] {
        let run = run(arguments);
        assert!(!(run.stdout + &run.stderr).contains('\u{1b}'), "{arguments:?}");
    }
}

#[test]
fn a_setting_of_the_environment_does_as_the_flag_does() {
    let output = program().args(["question", "roles"]).env("COMPETENCY_DATA", "/there/is/none").output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    says(&String::from_utf8(output.stderr).unwrap(), &["/there/is/none"]);
}
