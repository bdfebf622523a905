//! Proofs over HTTP.

use oxigraph::io::{RdfFormat, RdfParser};
use serde_json::Value;

use crate::support::{Server, form, says};

const SENIOR: &str = "/api/explain?question=levels-requiring&competency=OAuth&row=2";
const TRIPLE: &str = "/api/explain?subject=Senior&predicate=cg:requires&object=OAuth";

#[test]
fn every_row_of_every_question_leads_to_its_proof() {
    let server = Server::shared();
    for question in server.get("/api/questions").json()["questions"].as_array().unwrap() {
        let answer = server.get(question["example"].as_str().unwrap()).json();
        let rows = answer["rows"].as_array().unwrap();
        for (at, row) in rows.iter().enumerate().take(5) {
            let proof = server.get(row["explain"].as_str().unwrap()).json();
            assert_eq!(
                (&proof["question"], &proof["row"], &proof["version"]),
                (&question["id"], &(at + 1).into(), &answer["version"])
            );
            let cells = proof["cells"].as_array().unwrap();
            assert_eq!(cells.len(), answer["columns"].as_array().unwrap().len());
            for cell in cells {
                let shown = &row[cell["column"].as_str().unwrap()];
                let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let same = if cell["value"].is_null() { shown.is_null() } else { text(shown) == text(&cell["value"]["value"]) };
                assert!(same, "{cell} {shown}");
            }
        }
    }
}

#[test]
fn a_row_of_a_page_leads_to_its_own_proof() {
    let server = Server::shared();
    let path = "/api/questions/levels-requiring?competency=OAuth&limit=2&offset=1";
    let page = server.get(path).json();
    let row = &page["rows"][1];
    assert_eq!(row["levelLabel"], "Staff Security Engineer");
    let proof = server.get(row["explain"].as_str().unwrap()).json();
    assert_eq!(proof["row"], 3);
    says(&proof["cells"].to_string(), &["Staff Security Engineer"]);
}

#[test]
fn a_csv_has_its_columns_and_nothing_else() {
    let csv = Server::shared().get("/api/questions/roles?format=csv");
    assert_eq!(csv.body.lines().next(), Some("role,roleLabel,levels,specialties,statements"));
}

#[test]
fn a_triple_is_proved_too_with_as_many_proofs_as_asked_for() {
    let server = Server::shared();
    let one = server.get(TRIPLE).json();
    assert_eq!(one["proofs"].as_array().unwrap().len(), 1);
    let step = &one["proofs"][0]["claims"][0];
    assert_eq!(
        (&step["rule"], &step["says"]),
        (&"requires-what-its-statements-name".into(), &"Senior Security Engineer requires OAuth".into())
    );
    assert_eq!(server.get(&format!("{TRIPLE}&proofs=20")).json()["proofs"].as_array().unwrap().len(), 2);
}

#[test]
fn a_proof_comes_in_the_syntax_that_the_client_likes() {
    let server = Server::shared();
    for path in [SENIOR, TRIPLE] {
        for (media_type, name, format) in [
            ("text/turtle", "turtle", RdfFormat::Turtle),
            ("application/trig", "trig", RdfFormat::TriG),
            ("application/n-triples", "ntriples", RdfFormat::NTriples),
            ("application/n-quads", "nquads", RdfFormat::NQuads),
        ] {
            let answer = server.get_as(path, media_type);
            assert!(answer.status == 200 && answer.header("content-type").starts_with(media_type), "{}", answer.body);
            let quads = RdfParser::from_format(format).for_slice(answer.body.as_bytes()).collect::<Result<Vec<_>, _>>().unwrap();
            assert!(quads.iter().any(|quad| quad.predicate.as_str().ends_with("#reifies")));
            assert_eq!(server.get(&format!("{path}&format={name}")).body, answer.body);
        }
        let json = server.get_as(path, "text/html, */*;q=0.5");
        assert!(json.header("content-type").starts_with("application/json") && !json.header("etag").is_empty());
    }
    let problem = server.get_as(SENIOR, "application/rdf+xml").problem(406, "not-acceptable");
    says(problem["hint"].as_str().unwrap(), &["application/json", "text/turtle"]);
}

#[test]
fn a_mistake_is_told_with_the_way_out() {
    let server = Server::shared();
    let explain = |arguments: &[(&str, &str)]| server.get(&format!("/api/explain?{}", form(arguments)));
    says(explain(&[]).problem(400, "missing-parameter")["hint"].as_str().unwrap(), &["question=", "subject="]);
    let oauth = ("competency", "OAuth");
    explain(&[("question", "levels-requiring"), oauth]).problem(400, "missing-parameter");
    for row in ["0", "x", "-1", "1.5", "99999999999999999999"] {
        explain(&[("question", "levels-requiring"), oauth, ("row", row)]).problem(400, "bad-number");
    }
    says(
        explain(&[("question", "levels-requiring"), oauth, ("row", "6")]).problem(404, "no-such-row")["detail"].as_str().unwrap(),
        &["1 to 5"],
    );
    explain(&[("question", "levels-requirin"), ("row", "1")]).problem(404, "unknown-question");
    explain(&[("question", "levels-requiring"), ("row", "1")]).problem(400, "missing-parameter");
    explain(&[("question", "levels-requiring"), ("competency", "OAuht"), ("row", "1")]).problem(422, "unknown-value");
    explain(&[("question", "roles"), ("question", "roles"), ("row", "1")]).problem(400, "too-many-values");
    explain(&[("question", "roles"), ("row", "1"), ("subject", "Senior")]).problem(400, "unknown-parameter");
    let triple = |object| explain(&[("subject", "Senior"), ("predicate", "requires"), ("object", object)]);
    assert_eq!(triple("OAuht").problem(404, "unknown-value")["near"][0], "OAuth");
    triple("AWS").problem(404, "not-known");
    explain(&[("subject", "Senior"), ("predicate", "requires")]).problem(400, "missing-parameter");
    explain(&[("subject", "Senior"), ("predicate", "requires"), ("objekt", "OAuth")]).problem(400, "unknown-parameter");
    for proofs in ["0", "21", "many"] {
        server.get(&format!("{TRIPLE}&proofs={proofs}")).problem(400, "bad-number");
    }
    server.get(&format!("{TRIPLE}&format=yaml")).problem(400, "unknown-format");
}

#[test]
fn what_looks_like_code_in_a_triple_is_just_a_name() {
    let server = Server::shared();
    for value in ["\" } DROP ALL #", "?x", "<>", "<not an iri>", "_:b", "\"\"^^<x>", "::", "\u{202e}\u{0}", "cg:", "{{7*7}}"] {
        for at in 0..3 {
            let mut parts = [("subject", "Senior"), ("predicate", "requires"), ("object", "OAuth")];
            parts[at].1 = value;
            let answer = server.get(&format!("/api/explain?{}", form(&parts)));
            assert!((400..500).contains(&answer.status), "{value}: {}", answer.body);
            answer.problem(answer.status, answer.body.split("/problem/").nth(1).unwrap().split('"').next().unwrap());
        }
    }
    server.is_alive();
}
