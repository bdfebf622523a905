//! The question catalogue over HTTP.

use serde_json::{Value, json};

use crate::http::TWO_OF_ONE_NAME;
use crate::support::{Data, Server, says};

/// A column of an answer's rows, as text.
fn column<'a>(answer: &'a Value, name: &str) -> Vec<&'a str> {
    answer["rows"].as_array().unwrap().iter().map(|row| row[name].as_str().unwrap()).collect()
}

#[test]
fn the_list_tells_of_each_question_all_that_a_caller_needs() {
    let server = Server::shared();
    let list = server.get("/api/questions").json();
    assert!(!list["version"].as_str().unwrap().is_empty());
    let questions = list["questions"].as_array().unwrap();
    let levels_requiring = questions.iter().find(|question| question["id"] == "levels-requiring").unwrap();
    assert_eq!(levels_requiring["question"], "Which levels require {competency}?");
    let parameters = levels_requiring["parameters"].as_array().unwrap();
    let needs: Vec<_> = parameters.iter().map(|parameter| (&parameter["name"], &parameter["need"])).collect();
    assert_eq!(json!(needs), json!([["competency", "required"], ["policy", "default"], ["role", "filter"]]));

    for question in questions {
        let answer = server.get(question["example"].as_str().unwrap()).json();
        assert_eq!((&answer["question"], &answer["columns"]), (&question["id"], &question["columns"]));
        assert_eq!(answer["caveat"], question["caveat"]);
        assert!(!answer["rows"].as_array().unwrap().is_empty(), "{} has rows", question["id"]);
    }
}

#[test]
fn an_answer_says_what_was_understood_from_which_version_and_by_which_query() {
    let server = Server::shared();
    let answer = server.ask("levels-requiring", &[("competency", "OAuth")]);
    assert_eq!(answer.header("content-type"), "application/json");
    let answer = answer.json();
    let fields: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["question", "parameters", "policy", "version", "caveat", "columns", "rows", "sparql", "next"]);
    assert_eq!(answer["question"], "levels-requiring");
    let oauth = json!({"iri": "https://w3id.org/competency-graph/id/competency/oauth", "label": "OAuth"});
    let strict = json!({"iri": "https://w3id.org/competency-graph/ontology#strict", "label": "strict"});
    assert_eq!(answer["parameters"], json!({"competency": oauth, "policy": strict}));
    assert_eq!((&answer["policy"], &answer["next"]), (&json!("strict"), &Value::Null));

    let levels = ["Intermediate", "Senior", "Staff", "Principal", "Distinguished"];
    assert_eq!(column(&answer, "levelLabel"), levels.map(|level| format!("{level} Security Engineer")));
    assert_eq!(
        answer["rows"].as_array().unwrap().iter().map(|row| row["grade"].as_u64().unwrap()).collect::<Vec<_>>(),
        [6, 7, 8, 9, 10]
    );
    for (name, word) in [("modality", "required"), ("mention", "direct"), ("scope", "role-wide"), ("kind", "requirement")] {
        assert_eq!(column(&answer, name), [word; 5], "{name}");
    }
}

#[test]
fn the_query_of_an_answer_gives_the_same_rows_at_the_endpoint() {
    let server = Server::shared();
    for (id, arguments) in [
        ("levels-requiring", &[("competency", "OAuth")][..]),
        ("requirements-of", &[("target", "Staff"), ("policy", "cumulative")]),
        ("specialties-requiring", &[("competency", "AWS")]),
        ("roles", &[]),
    ] {
        let answer = server.ask(id, arguments).json();
        let rows = answer["rows"].as_array().unwrap().len();
        assert!(rows > 0, "{id}");
        let again = server.query(answer["sparql"].as_str().unwrap()).json();
        assert_eq!(again["head"]["vars"], answer["columns"], "{id}");
        assert_eq!(again["results"]["bindings"].as_array().unwrap().len(), rows, "{id}");
    }
}

#[test]
fn an_answer_comes_as_csv_by_accept_header_or_by_parameter() {
    let server = Server::shared();
    let path = "/api/questions/levels-requiring?competency=OAuth";
    let by_header = server.get_as(path, "text/csv");
    let by_parameter = server.get_as(&format!("{path}&format=csv"), "application/json");
    assert_eq!((by_header.status, by_header.body.as_str()), (200, by_parameter.body.as_str()));
    for answer in [&by_header, &by_parameter] {
        assert!(answer.header("content-type").starts_with("text/csv; charset=utf-8"));
    }
    let mut reader = csv::Reader::from_reader(by_header.body.as_bytes());
    assert_eq!(reader.headers().unwrap().iter().take(3).collect::<Vec<_>>(), ["level", "levelLabel", "grade"]);
    assert_eq!(reader.records().map(Result::unwrap).count(), 5);
    let json = server.get_as(&format!("{path}&format=json"), "text/csv").json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn the_accept_header_is_weighed() {
    let server = Server::shared();
    let chosen = |accept: &str| server.get_as("/api/questions/roles", accept).header("content-type").to_owned();
    for accept in
        ["*/*", "application/*", "text/csv;q=0.3, application/json;q=0.7", "text/csv;q=0, */*", "", "text/html, */*;q=0.1"]
    {
        assert_eq!(chosen(accept), "application/json", "{accept}");
    }
    for accept in
        ["text/*", "application/json;q=0.3, text/csv;q=0.7", "application/json;q=0.5, text/csv", "application/json;q=0, */*"]
    {
        assert!(chosen(accept).starts_with("text/csv"), "{accept}");
    }
    let problem = server.get_as("/api/questions/roles", "text/html").problem(406, "not-acceptable");
    says(problem["hint"].as_str().unwrap(), &["application/json", "text/csv"]);
}

#[test]
fn a_cache_is_told_that_the_answer_depends_on_the_accept_header() {
    let server = Server::shared();
    for accept in ["application/json", "text/csv"] {
        assert_eq!(server.get_as("/api/questions/roles", accept).header("vary"), "accept, accept-encoding");
    }
}

#[test]
fn an_example_is_told_apart_from_a_demand() {
    let answer = Server::shared().ask("levels-requiring", &[("competency", "HSTS")]).json();
    assert_eq!(column(&answer, "mention"), ["example"; 5]);
    assert_eq!(column(&answer, "modality"), ["required"; 5]);
}

#[test]
fn what_only_specialties_ask_for_holds_at_no_level() {
    let server = Server::shared();
    let levels = server.ask("levels-requiring", &[("competency", "AWS")]).json();
    assert_eq!(levels["rows"], json!([]));
    let specialties = server.ask("specialties-requiring", &[("competency", "AWS")]).json();
    assert_eq!(column(&specialties, "specialtyLabel"), ["SIRT", "Trust & Safety"]);
    assert_eq!(column(&specialties, "modality"), ["required", "optional"]);
    assert_eq!(column(&specialties, "mention"), ["alternative"; 2]);
}

#[test]
fn an_empty_field_of_a_form_is_as_good_as_absent() {
    let server = Server::shared();
    let answer = server.ask("levels-requiring", &[("competency", "OAuth"), ("role", ""), ("policy", "")]).json();
    assert_eq!(answer["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn an_unknown_question_names_the_nearest() {
    let server = Server::shared();
    let problem = server.ask("levels-requirin", &[]).problem(404, "unknown-question");
    assert_eq!(problem["near"][0], "levels-requiring");
    says(problem["hint"].as_str().unwrap(), &["/api/questions"]);
    server.get("/api/questions/%ff").problem(404, "unknown-question");
    server.get("/api/questions/..%2f..%2fCargo").problem(404, "unknown-question");
}

#[test]
fn a_missing_parameter_is_named_with_how_to_give_it() {
    let problem = Server::shared().ask("levels-requiring", &[]).problem(400, "missing-parameter");
    says(problem["detail"].as_str().unwrap(), &["`competency`", "competency=…"]);
    says(problem["hint"].as_str().unwrap(), &["/api/questions"]);
}

#[test]
fn an_unknown_parameter_names_the_nearest() {
    let problem = Server::shared().ask("levels-requiring", &[("competence", "OAuth")]).problem(400, "unknown-parameter");
    assert_eq!(problem["near"], json!(["competency"]));
    says(problem["detail"].as_str().unwrap(), &["`competence`", "competency, policy, role"]);
}

#[test]
fn a_parameter_given_twice_is_refused() {
    let server = Server::shared();
    let twice = [("competency", "OAuth"), ("competency", "AWS")];
    let problem = server.ask("levels-requiring", &twice).problem(400, "too-many-values");
    says(problem["detail"].as_str().unwrap(), &["`competency`", "2 times"]);
    server.ask("roles", &[("format", "csv"), ("format", "json")]).problem(400, "unknown-parameter");
}

#[test]
fn an_unknown_format_names_those_there_are() {
    let problem = Server::shared().ask("roles", &[("format", "yaml")]).problem(400, "unknown-format");
    says(problem["detail"].as_str().unwrap(), &["`yaml`"]);
    says(problem["hint"].as_str().unwrap(), &["json or csv"]);
}

#[test]
fn an_unknown_value_names_the_nearest() {
    let problem = Server::shared().ask("levels-requiring", &[("competency", "OAuht")]).problem(422, "unknown-value");
    assert_eq!(problem["near"][0], "OAuth");
    says(problem["detail"].as_str().unwrap(), &["competency=`OAuht`", "cg:Competency"]);
}

#[test]
fn a_value_of_another_class_says_what_it_is_and_what_was_expected() {
    let problem = Server::shared().ask("levels-requiring", &[("competency", "SIRT")]).problem(422, "value-of-other-kind");
    says(problem["detail"].as_str().unwrap(), &["`SIRT`", "cg:Specialty", "cg:Competency is expected"]);
}

#[test]
fn an_ambiguous_value_names_what_it_may_mean() {
    let data = Data::copy();
    data.write("more.ttl", TWO_OF_ONE_NAME);
    let server = Server::start(&["--data", data.path()]);
    let problem = server.ask("requirements-of", &[("target", "Middle Rung")]).problem(422, "ambiguous-value");
    let near = problem["near"].as_array().unwrap();
    assert_eq!(near.len(), 2);
    says(near[0].as_str().unwrap(), &["gitlab:security-engineer/level/senior", "Senior Security Engineer"]);
    let one = server.ask("requirements-of", &[("target", "gitlab:security-engineer/level/senior")]).json();
    assert!(!one["rows"].as_array().unwrap().is_empty());
}

#[test]
fn what_looks_like_code_in_a_value_is_just_a_value() {
    let server = Server::shared();
    let before = server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body;
    for value in [
        "\" } DROP ALL #",
        "'; DELETE WHERE { ?s ?p ?o }",
        "OAuth\"@en } UNION { ?level ?p ?o",
        "<OAuth>",
        "oauth) (competency:aws",
        "?competency",
        "\\u0022",
        "ÖÄuth ☃ \u{202e}\u{0}\n",
        "../../etc/passwd",
        "{{7*7}}${7*7}",
    ] {
        let problem = server.ask("levels-requiring", &[("competency", value)]).problem(422, "unknown-value");
        says(problem["detail"].as_str().unwrap(), &[&format!("`{}`", value.trim())]);
    }
    let long = "x".repeat(30_000);
    server.ask("levels-requiring", &[("competency", &long)]).problem(422, "unknown-value");
    assert_eq!(server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body, before, "nothing is lost");
}
