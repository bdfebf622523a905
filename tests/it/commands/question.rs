//! `competency question`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Data, run, says};

const OAUTH: [&str; 3] = ["question", "levels-requiring", "competency=OAuth"];

/// The columns that stay.
const COLUMNS: [&str; 9] = ["level", "levelLabel", "grade", "modality", "mention", "scope", "kind", "statement", "policy"];

const LEVELS: [&str; 5] = ["Intermediate", "Senior", "Staff", "Principal", "Distinguished"];

#[test]
fn the_list_has_every_question_with_an_example_that_runs() {
    let list = run(&["question"]).succeeds();
    let examples: Vec<Vec<String>> = list.lines().filter_map(|line| line.strip_prefix("  competency ")).map(words).collect();
    let listed: BTreeSet<String> = examples.iter().map(|words| words[1].clone()).collect();
    assert_eq!(listed, questions());
    for example in &examples {
        says(&list, &[&format!("\n{}\n", example[1])]);
        let call: Vec<&str> = example.iter().map(String::as_str).chain(["--format", "json"]).collect();
        let answer: Value = serde_json::from_str(&run(&call).succeeds()).unwrap();
        assert_eq!(answer["question"], example[1].as_str());
        assert!(!answer["rows"].as_array().unwrap().is_empty(), "{} has rows", example[1]);
    }
}

/// The ids, which are the names of the files.
fn questions() -> BTreeSet<String> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")).unwrap();
    files.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// Splits a call as a shell does: at spaces outside of double quotes.
fn words(call: &str) -> Vec<String> {
    let (mut words, mut quoted) = (vec![String::new()], false);
    for letter in call.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words
}

#[test]
fn oauth_is_required_at_all_five_levels_and_the_table_says_so() {
    let table = run(&OAUTH).succeeds();
    says(&table, &["Which levels require OAuth? (policy: strict)\n", "\n5 rows\n", "\nNote: "]);
    let headings: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(headings, ["level", "grade", "modality", "mention", "scope", "statement"]);
    for level in LEVELS {
        let row = table.lines().find(|line| line.trim_start().starts_with(&format!("{level} Security Engineer")));
        says(row.unwrap(), &["required", "direct", "role-wide", "Knows the usual means"]);
    }
}

#[test]
fn all_columns_of_a_wide_table_can_be_read() {
    let table = run(&[&OAUTH[..], &["--wide"]].concat()).succeeds();
    says(&table, &["gitlab:security-en", "competency:oauth", "minimumYears", "\n5 rows\n"]);
    let shreds = table.lines().filter(|line| (1..3).contains(&line.trim().chars().count())).collect::<Vec<_>>();
    assert!(shreds.is_empty(), "a column is a few letters wide: {shreds:?}");
}

#[test]
fn csv_tsv_and_json_hold_the_same_rows() {
    let answer = |format| run(&[&OAUTH[..], &["--format", format]].concat()).succeeds();
    let csv = separated(&answer("csv"), b',');
    assert_eq!(csv, separated(&answer("tsv"), b'\t'));
    assert_eq!(csv[0][..COLUMNS.len()], COLUMNS);

    let json: Value = serde_json::from_str(&answer("json")).unwrap();
    let fields: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["question", "parameters", "policy", "version", "caveat", "columns", "rows", "sparql", "next"]);
    let columns: Vec<&str> = json["columns"].as_array().unwrap().iter().map(|column| column.as_str().unwrap()).collect();
    assert_eq!(csv[0], columns);
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows: Vec<Vec<String>> =
        json["rows"].as_array().unwrap().iter().map(|row| columns.iter().map(|column| plain(&row[*column])).collect()).collect();
    assert_eq!(csv[1..], rows);
    assert_eq!(rows.len(), LEVELS.len());
    assert_eq!(rows[0][2], "6", "a grade is a number");
    assert!(json["rows"][0]["grade"].is_u64());
}

fn separated(text: &str, delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn an_answer_without_rows_is_an_answer() {
    says(&run(&["question", "levels-requiring", "competency=AWS"]).succeeds(), &["\n0 rows\n"]);
    let csv = run(&["question", "levels-requiring", "competency=AWS", "--format", "csv"]).succeeds();
    assert_eq!(csv.lines().count(), 1, "a header and nothing else: {csv}");
}

#[test]
fn a_value_is_a_label_an_alias_or_an_iri() {
    let sought = run(&[&OAUTH[..], &["--format", "csv"]].concat()).succeeds();
    for spelling in ["oauth", "OAUTH2", "competency:oauth", "https://w3id.org/competency-graph/id/competency/oauth"] {
        let given = format!("competency={spelling}");
        assert_eq!(run(&["question", "levels-requiring", &given, "--format", "csv"]).succeeds(), sought, "{spelling}");
    }
}

#[test]
fn the_policy_decides_and_is_named() {
    let count = |policy: &str| {
        let call = ["question", "requirements-of", "target=Distinguished", policy, "--format", "json"];
        let answer: Value = serde_json::from_str(&run(&call).succeeds()).unwrap();
        (answer["policy"].as_str().unwrap().to_owned(), answer["rows"].as_array().unwrap().len())
    };
    let (strict, cumulative) = (count("policy=strict"), count("policy=cumulative"));
    assert_eq!((strict.0.as_str(), cumulative.0.as_str()), ("strict", "cumulative"));
    assert!(strict.1 < cumulative.1, "{strict:?} {cumulative:?}");
}

/// That a call fails, names what is wrong and the way out, and answers nothing.
#[track_caller]
fn refused(arguments: &[&str], parts: &[&str]) {
    says(&run(&[&["question"], arguments].concat()).fails(), parts);
}

#[test]
fn an_unknown_question_names_the_nearest() {
    refused(&["levels-requirin", "competency=OAuth"], &["`levels-requirin`", "did you mean levels-requiring"]);
}

#[test]
fn an_unknown_competency_names_the_nearest() {
    refused(&["levels-requiring", "competency=OAuht"], &["competency=`OAuht`", "cg:Competency", "did you mean OAuth?"]);
}

#[test]
fn an_unknown_iri_is_named() {
    refused(&["levels-requiring", "competency=competency:oaut"], &["`competency:oaut`", "did you mean competency:oauth"]);
}

#[test]
fn a_missing_parameter_is_named_with_how_to_give_it() {
    refused(&["levels-requiring"], &["`levels-requiring`", "`competency`", "competency=…"]);
    refused(&["levels-requiring", "competency= "], &["competency=…"]);
}

#[test]
fn an_unknown_parameter_is_named_with_those_there_are() {
    let parts = ["`competence`", "did you mean competency?", "competency, policy, role"];
    refused(&["levels-requiring", "competence=OAuth"], &parts);
    refused(&["roles", "role=SIRT"], &["`role`", "it takes none"]);
}

#[test]
fn a_value_of_another_class_is_told_apart_from_an_unknown_one() {
    refused(&["levels-requiring", "competency=Senior"], &["`Senior`", "cg:Level", "cg:Competency is expected"]);
    refused(&["level-facts", "role=gitlab:security-engineer/level/senior"], &["cg:Level", "cg:JobFamily is expected"]);
}

#[test]
fn an_ambiguous_value_names_what_it_may_mean() {
    let data = Data::copy();
    data.write("more.ttl", crate::http::TWO_OF_ONE_NAME);
    let arguments = ["requirements-of", "target=middle rung", "--data", data.path()];
    refused(&arguments, &["`middle rung`", "several", "level/senior", "level/staff", "Senior Security Engineer"]);
}

#[test]
fn a_parameter_given_twice_is_refused() {
    refused(&["levels-requiring", "competency=OAuth", "competency=AWS"], &["`competency`", "2 times", "at most 1"]);
}

#[test]
fn an_argument_without_a_value_is_refused_with_an_example() {
    refused(&["levels-requiring", "OAuth"], &["`OAuth`", "name=value", "competency=OAuth"]);
}

#[test]
fn an_unknown_format_names_those_there_are() {
    refused(&["roles", "--format", "yaml"], &["yaml", "table, json, csv, tsv"]);
}

#[test]
fn what_looks_like_code_in_a_value_is_just_a_value() {
    for value in
        ["\" } DROP ALL #", "'; DELETE WHERE { ?s ?p ?o }", "oauth) (competency:aws", "<OAuth>", "ÖÄuth ☃", "\\u0022", "?x"]
    {
        let given = format!("competency={value}");
        refused(&["levels-requiring", &given], &[&format!("`{value}`"), "no cg:Competency is called that"]);
    }
}

#[test]
fn data_that_cannot_be_read_gives_no_answer() {
    let data = Data::copy();
    let line = data.edit(crate::support::PAGE, "<level/senior> a cg:Level ;", "<level/senior> a cg:Level ; ; oops");
    let place = format!("{}:{line}", data.file(crate::support::PAGE).display());
    refused(&["levels-requiring", "competency=OAuth", "--data", data.path()], &[&place]);
}
