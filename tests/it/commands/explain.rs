//! `competency explain`.

use std::fs;

use oxigraph::io::{RdfFormat, RdfParser};
use serde_json::Value;

use crate::support::{Data, PAGE, run, says};

const SENIOR: [&str; 5] = ["explain", "levels-requiring", "competency=OAuth", "--row", "2"];
const TRIPLE: [&str; 3] = ["explain", "--triple", "Senior requires OAuth"];

fn with<'a>(call: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [call, more].concat()
}

#[test]
fn a_row_is_proved_down_to_the_place_on_the_page() {
    let tree = run(&SENIOR).succeeds();
    says(
        &tree,
        &[
            "Row 2 of levels-requiring competency=OAuth (policy: strict):",
            "level: Senior Security Engineer",
            "because “Knows the usual means of authentication",
            "by the rule holds-at-every-level-of-the-role",
            "Responsibilities for Security Engineer roles › Technical Skills, list item 3",
            "sha256 cc961373585e349daaada39cc6f5d8597f4c1a19538c60351f0482d6e4e00cc3",
        ],
    );
}

#[test]
fn without_a_row_every_row_is_proved() {
    let tree = run(&["explain", "levels-requiring", "competency=OAuth", "--check"]).succeeds();
    for number in 1..=5 {
        says(&tree, &[&format!("Row {number} of levels-requiring")]);
    }
    says(&tree, &["Checked: 5 proofs, ", "All hold.\n"]);
    let json: Value = serde_json::from_str(&run(&["explain", "roles", "--format", "json"]).succeeds()).unwrap();
    assert_eq!(json[0]["row"], 1);
}

#[test]
fn an_absence_is_told() {
    let tree = run(&["explain", "level-diff", "from=Intermediate", "to=Senior", "--row", "1"]).succeeds();
    says(&tree, &["change: added", "It rests on an absence: nothing says that Intermediate Security Engineer holds"]);
}

#[test]
fn all_proofs_come_the_smallest_first() {
    let one = run(&TRIPLE).succeeds();
    assert!(!one.contains("Proof 1 of"));
    let all = run(&with(&TRIPLE, &["--all"])).succeeds();
    let (first, second) = all.split_once("Proof 2 of 2:").unwrap();
    says(first, &["Proof 1 of 2:", "holds-at-every-level-of-the-role"]);
    says(second, &["holds-by-extension"]);
    assert!(!first.contains("holds-by-extension"));
    assert_eq!(run(&with(&TRIPLE, &["--proofs", "20"])).succeeds(), all);
    says(&run(&with(&TRIPLE, &["--proofs", "21"])).fails(), &["between 1 and 20"]);
}

#[test]
fn a_proof_in_a_file_is_checked_and_a_spoilt_one_refused_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proof.json");
    let path = file.to_str().unwrap();
    for call in [
        with(&SENIOR, &["--format", "json"]),
        with(&TRIPLE, &["--format", "json"]),
        vec!["explain", "level-diff", "from=Senior", "to=Staff", "--format", "json"],
    ] {
        let proof = run(&call).succeeds();
        fs::write(&file, &proof).unwrap();
        says(&run(&["explain", "--check", path]).succeeds(), &["Checked: ", "All hold."]);
        assert!(proof.contains("security-engineer/statement/"));
        for (from, to) in [
            ("/level/senior", "/level/staff"),
            ("\"position\": ", "\"position\": 1"),
            ("holds-at-", "holds-not-at-"),
            ("graph/ontology", "graph/taxonomy"),
        ] {
            if !proof.contains(from) {
                continue;
            }
            fs::write(&file, proof.replace(from, to)).unwrap();
            let spoilt = run(&["explain", "--check", path]);
            assert_eq!((spoilt.code, spoilt.stderr.as_str()), (Some(1), ""), "{from}");
            says(&spoilt.stdout, &["the proof is refused: "]);
        }
    }
    fs::write(&file, "{").unwrap();
    says(&run(&["explain", "--check", path]).fails(), &[path, "not the JSON of an explanation", "line 1"]);
    says(&run(&["explain", "--check", "there-is-none.json"]).fails(), &["there-is-none.json"]);
}

#[test]
fn a_proof_of_data_that_has_changed_is_refused_with_the_versions() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proof.json");
    fs::write(&file, run(&with(&TRIPLE, &["--format", "json"])).succeeds()).unwrap();
    let data = Data::copy();
    let content = data.read(PAGE);
    let statement = content.find("<statement/authentication-technologies> a").unwrap();
    let (before, after) = content.split_at(statement);
    data.write(
        PAGE,
        &format!(
            "{before}{}",
            after.replacen("cg:appliesTo gitlab:security-engineer", "cg:appliesTo <specialty/application-security>", 1)
        ),
    );
    let checked = run(&["explain", "--data", data.path(), "--check", file.to_str().unwrap()]);
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    says(&checked.stdout, &["applies to Security Engineer: nobody states it", "It was made from version "]);
}

#[test]
fn programs_get_json_and_rdf_and_the_verdict_on_standard_error() {
    let checked = run(&with(&SENIOR, &["--check", "--format", "json"]));
    assert_eq!(checked.code, Some(0));
    says(&checked.stderr, &["Checked: 1 proof"]);
    let json: Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!((&json["question"], &json["row"], &json["policy"]), (&"levels-requiring".into(), &2.into(), &"strict".into()));
    assert_eq!(json["arguments"]["competency"][0], "OAuth");
    let holds = &json["proofs"][0]["claims"][1];
    assert_eq!(holds["rule"], "holds-at-every-level-of-the-role");
    let stated = &holds["premises"][1]["stated"];
    assert_eq!(stated["evidence"][0]["position"], 3);
    for (name, format) in [
        ("turtle", RdfFormat::Turtle),
        ("trig", RdfFormat::TriG),
        ("ntriples", RdfFormat::NTriples),
        ("nquads", RdfFormat::NQuads),
    ] {
        let rdf = run(&with(&SENIOR, &["--format", name])).succeeds();
        let quads = RdfParser::from_format(format).for_slice(rdf.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
        assert!(quads.iter().any(|quad| quad.predicate.as_str() == "http://www.w3.org/ns/shacl#sourceRule"), "{name}");
    }
}

#[test]
fn a_slip_tells_the_way_out() {
    for (call, parts) in [
        (&["explain"][..], &["QUESTION", "--triple"][..]),
        (&["explain", "levels-requiring", "competency=OAuth", "--row", "6"], &["no row 6", "1 to 5"]),
        (&["explain", "levels-requiring", "competency=OAuth", "--row", "0"], &["no row 0"]),
        (&["explain", "levels-requiring", "competency=AWS"], &["the answer is empty"]),
        (&["explain", "levels-requirin", "competency=AWS"], &["did you mean levels-requiring"]),
        (&["explain", "levels-requiring", "competency=OAuht"], &["did you mean OAuth"]),
        (&["explain", "--triple", "Senior requires AWS"], &["no rule gives it"]),
        (&["explain", "--triple", "Senior requires OAuht"], &["did you mean OAuth"]),
        (&["explain", "--triple", "Senior"], &["does not read as subject, predicate and object", "Senior requires OAuth"]),
        (&["explain", "roles", "--triple", "Senior requires OAuth"], &["cannot be used with"]),
    ] {
        says(&run(call).fails(), parts);
    }
}

#[test]
fn the_table_of_an_answer_says_how_to_ask_why() {
    let table = run(&["question", "levels-requiring", "competency=cloud platform"]).succeeds();
    assert!(!table.contains("Why:"), "there is no row");
    let table = run(&["question", "specialties-requiring", "competency=cloud platform"]).succeeds();
    says(&table, &["\nWhy: competency explain specialties-requiring competency=\"cloud platform\" --row 1\n"]);
}
