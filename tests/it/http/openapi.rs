//! The description of the API: true to the catalogue, valid, and kept to by the server.

use std::process::Command;

use serde_json::{Value, json};

use crate::http::pages::links;
use crate::support::{Server, has_script_of_its_own, says};

fn document(server: &Server) -> Value {
    let answer = server.get("/openapi.json");
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

#[test]
fn every_question_has_an_operation_with_its_parameters_and_columns() {
    let server = Server::shared();
    let document = document(&server);
    assert_eq!(document["openapi"], "3.1.0");
    let list = server.get("/api/questions").json();
    for question in list["questions"].as_array().unwrap() {
        let id = question["id"].as_str().unwrap();
        let operation = &document["paths"][format!("/api/questions/{id}")]["get"];
        assert_eq!((&operation["operationId"], &operation["summary"]), (&question["id"], &question["question"]));
        says(operation["description"].as_str().unwrap(), &[question["summary"].as_str().unwrap()]);
        let own: Vec<&Value> = operation["parameters"].as_array().unwrap().iter().filter(|one| one["$ref"].is_null()).collect();
        let described: Vec<Value> = own.iter().map(|one| json!([one["name"], one["required"]])).collect();
        let parameters = question["parameters"].as_array().unwrap();
        let expected: Vec<Value> =
            parameters.iter().map(|one| json!([one["name"], one["need"] == "required" || one["need"] == "some"])).collect();
        assert_eq!(described, expected, "{id}");
        for (described, parameter) in own.iter().zip(parameters) {
            says(described["description"].as_str().unwrap(), &[parameter["meaning"].as_str().unwrap()]);
        }
        let references: Vec<&Value> =
            operation["parameters"].as_array().unwrap().iter().filter_map(|one| one.get("$ref")).collect();
        assert_eq!(json!(references), json!(["limit", "offset", "format"].map(|name| format!("#/components/parameters/{name}"))));
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
        assert_eq!(schema["columns"]["const"], question["columns"]);
        assert_eq!(schema["rows"]["items"]["required"], question["columns"]);
        assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object());
    }
}

#[test]
fn a_policy_is_one_of_its_words_and_a_competency_one_of_its_names() {
    let document = document(&Server::shared());
    assert!(document["paths"]["/sparql"]["summary"].is_string());
    let parameters = document["paths"]["/api/questions/levels-requiring"]["get"]["parameters"].clone();
    let names = |at: usize| {
        let schema = parameters[at]["schema"]["$ref"].as_str().unwrap().trim_start_matches('#');
        document.pointer(schema).unwrap()["enum"].as_array().unwrap().clone()
    };
    assert_eq!(parameters[1]["name"], "policy");
    assert_eq!((json!(names(1)), &parameters[1]["schema"]["default"]), (json!(["cumulative", "strict"]), &json!("strict")));
    for name in ["OAuth", "golang", "Go", "competency:oauth", "https://w3id.org/competency-graph/id/competency/oauth"] {
        assert!(names(0).iter().any(|listed| listed.as_str().unwrap().eq_ignore_ascii_case(name)), "{name}");
    }
    assert!(!names(0).contains(&json!("SIRT")));
}

#[test]
fn every_path_of_the_description_is_there() {
    let server = Server::shared();
    let document = document(&server);
    for path in document["paths"].as_object().unwrap().keys() {
        let concrete = path.replace("{graph}", "taxonomy").replace("{ext}", "ttl");
        assert_ne!(server.get(&concrete).status, 404, "{path}");
    }
}

#[test]
fn the_page_about_the_api_shows_each_question_and_every_link_of_it_works() {
    let server = Server::shared();
    let page = server.get("/docs");
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(!has_script_of_its_own(&page.body) && !page.body.contains("style="));
    let list = server.get("/api/questions").json();
    for question in list["questions"].as_array().unwrap() {
        says(&page.body, &[&format!("<h2 id=\"{}\">", question["id"].as_str().unwrap())]);
        for column in question["columns"].as_array().unwrap() {
            says(&page.body, &[&format!("<code>{}</code>", column.as_str().unwrap())]);
        }
    }
    for link in links(&page.body) {
        if let Some(anchor) = link.strip_prefix('#') {
            says(&page.body, &[&format!("id=\"{anchor}\"")]);
        } else if link.starts_with('/') {
            assert_eq!(server.get(&link).status, 200, "{link}");
        } else {
            assert!(link.starts_with("https://www.w3.org/"), "{link}");
        }
    }
}

/// Whether a Python program is there; if parts must be there, it must.
fn is_there(program: &str) -> bool {
    let there = Command::new(program).arg("--help").output().is_ok_and(|output| output.status.success());
    assert!(there || std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "{program} is missing; .ci/run installs it");
    if !there {
        println!("skipped: {program} is not installed; .ci/run installs it");
    }
    there
}

#[test]
fn the_description_is_valid_openapi() {
    if !is_there("openapi-spec-validator") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, server_document()).unwrap();
    let output = Command::new("openapi-spec-validator").args(["--schema", "3.1"]).arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

fn server_document() -> String {
    Server::shared().get("/openapi.json").body
}

/// Schemathesis sends what the description allows and what it forbids, and holds each answer against it.
#[test]
fn the_server_keeps_to_the_description() {
    if !is_there("schemathesis") {
        return;
    }
    let server = Server::shared();
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("schemathesis")
        .args(["run", &format!("{}/openapi.json", server.url), "--max-examples", "4", "--seed", "1", "--no-color"])
        .args(["--phases", "examples,coverage,fuzzing", "--generation-database", "none"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    server.is_alive();
}
