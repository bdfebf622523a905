//! Finding things by what they are called.

use serde_json::{Value, json};

use crate::support::{Server, form, says};

fn search(arguments: &[(&str, &str)]) -> Vec<Value> {
    let answer = Server::shared().get(&format!("/api/search?{}", form(arguments))).json();
    assert_eq!(answer["query"], arguments[0].1);
    answer["results"].as_array().unwrap().clone()
}

#[test]
fn the_exact_name_comes_first_then_beginnings_words_and_near_misses() {
    let results = search(&[("q", "security"), ("limit", "100")]);
    let kinds: Vec<&str> = results.iter().map(|result| result["match"].as_str().unwrap()).collect();
    let order = ["exact", "prefix", "word", "fuzzy"];
    let places: Vec<usize> = kinds.iter().map(|kind| order.iter().position(|known| known == kind).unwrap()).collect();
    assert!(places.is_sorted(), "{kinds:?}");
    assert!(kinds.contains(&"prefix") && kinds.contains(&"word"), "{kinds:?}");
    assert_eq!(search(&[("q", "OAuth")])[0]["match"], "exact");
    assert_eq!(search(&[("q", "brakem")])[0]["label"], "Brakeman");
}

#[test]
fn a_result_says_what_it_is_and_by_which_name_it_was_found() {
    let oauth = &search(&[("q", "oauth")])[0];
    let expected = json!({
        "iri": "https://w3id.org/competency-graph/id/competency/oauth",
        "page": "/id/competency/oauth",
        "label": "OAuth",
        "alias": null,
        "classes": ["cg:Competency", "cg:Technology"],
        "match": "exact",
    });
    assert_eq!(*oauth, expected);
    let go = &search(&[("q", "GOLANG")])[0];
    assert_eq!((&go["label"], &go["alias"], &go["match"]), (&json!("Go"), &json!("Golang"), &json!("exact")));
}

#[test]
fn a_slip_of_the_pen_finds_what_was_meant() {
    let results = search(&[("q", "Oauht"), ("class", "cg:Competency")]);
    assert_eq!((&results[0]["label"], &results[0]["match"]), (&json!("OAuth"), &json!("fuzzy")));
}

#[test]
fn a_class_keeps_to_things_of_it() {
    let results = search(&[("q", "senior"), ("class", "cg:Level")]);
    assert_eq!(results.len(), 1);
    assert_eq!((&results[0]["label"], &results[0]["alias"]), (&json!("Senior Security Engineer"), &json!("Senior")));
    let by_iri = search(&[("q", "senior"), ("class", "https://w3id.org/competency-graph/ontology#Level")]);
    assert_eq!(by_iri, results);
    let server = Server::shared();
    let problem = server.get("/api/search?q=senior&class=cg:Levle").problem(400, "unknown-class");
    assert_eq!(problem["near"][0], "cg:Level");
}

#[test]
fn a_thing_is_found_once_and_no_more_than_asked_for() {
    let results = search(&[("q", "security"), ("limit", "3")]);
    assert_eq!(results.len(), 3);
    let all = search(&[("q", "security"), ("limit", "100")]);
    assert_eq!(all[..3], results);
    let mut iris: Vec<&str> = all.iter().map(|result| result["iri"].as_str().unwrap()).collect();
    iris.sort_unstable();
    let count = iris.len();
    iris.dedup();
    assert_eq!(iris.len(), count);
}

#[test]
fn what_cannot_be_looked_for_is_refused() {
    let server = Server::shared();
    for query in ["", "q=", "q=%20%09", "class=cg:Level"] {
        server.get(&format!("/api/search?{query}")).problem(400, "missing-parameter");
    }
    server.get("/api/search?q=a&q=b").problem(400, "too-many-values");
    server.get("/api/search?q=a&limit=101").problem(400, "bad-number");
    server.get(&format!("/api/search?q={}", "x".repeat(501))).problem(400, "too-long");
    let problem = server.get("/api/search?q=a&clas=cg:Level").problem(400, "unknown-parameter");
    assert_eq!(problem["near"][0], "class");
}

#[test]
fn any_text_may_be_looked_for_and_most_find_nothing() {
    for text in ["-", "\u{0}", "ÖÄ☃\u{202e}", "' OR 1=1 --", "<script>", "?x ?p ?o", "%", "zzzzzzzzzz"] {
        let results = search(&[("q", text)]);
        assert!(results.len() <= 20, "{text}");
    }
    assert_eq!(search(&[("q", "zzzzzzzzzz")]), Vec::<Value>::new());
    says(&json!(search(&[("q", "c++")])).to_string(), &[]);
}
