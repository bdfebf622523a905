//! Answers by pages, and CSV for spreadsheets.

use serde_json::{Value, json};

use crate::support::{Answer, Data, Server, form, says};

/// The URL of a relation in a `Link` header.
fn link(answer: &Answer, rel: &str) -> Option<String> {
    let links = answer.header("link").to_owned();
    let found = links.split(", ").find(|link| link.ends_with(&format!("; rel=\"{rel}\"")))?;
    Some(found.trim_start_matches('<').split_once('>').unwrap().0.to_owned())
}

fn rows(answer: &Value) -> Vec<Value> {
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn the_pages_of_every_question_make_up_the_whole() {
    let server = Server::shared();
    let list = server.get("/api/questions").json();
    for question in list["questions"].as_array().unwrap() {
        let example = question["example"].as_str().unwrap();
        let whole = server.get(example);
        assert_eq!((whole.header("link"), &whole.json()["next"]), ("", &Value::Null), "{example} is whole");
        let whole = rows(&whole.json());
        let limit = whole.len() / 3 + 1;
        let mut url = format!("{example}{}limit={limit}", if example.contains('?') { '&' } else { '?' });
        let mut pages = Vec::new();
        loop {
            let page = server.get(&url);
            let next = page.json()["next"].as_str().map(str::to_owned);
            assert_eq!(link(&page, "next"), next, "{url}");
            assert!(rows(&page.json()).len() <= limit && link(&page, "first").is_some(), "{url}");
            pages.extend(rows(&page.json()));
            match next {
                Some(next) => url = next,
                None => break,
            }
        }
        assert_eq!(pages, whole, "{example}");
    }
}

#[test]
fn the_way_back_ends_at_the_first_page() {
    let server = Server::shared();
    let path = "/api/questions/levels-requiring?competency=OAuth&limit=2&offset=3";
    let page = server.get(path);
    assert_eq!((rows(&page.json()).len(), link(&page, "next")), (2, None));
    let before = server.get(&link(&page, "prev").unwrap());
    let first = server.get(&link(&before, "prev").unwrap());
    assert_eq!((rows(&before.json()).len(), rows(&first.json()).len()), (2, 1), "no row twice");
    assert_eq!(link(&first, "prev"), None);
    let all: Vec<Value> = [first, before, page].iter().flat_map(|page| rows(&page.json())).collect();
    assert_eq!(all, rows(&server.ask("levels-requiring", &[("competency", "OAuth")]).json()));

    let behind = server.get("/api/questions/levels-requiring?competency=OAuth&limit=2&offset=100");
    assert_eq!((rows(&behind.json()).len(), &behind.json()["next"]), (0, &Value::Null));
    assert_eq!(rows(&server.get(&link(&behind, "prev").unwrap()).json()).len(), 2, "the last rows");
}

#[test]
fn csv_has_the_links_of_its_pages_too() {
    let server = Server::shared();
    let page = server.get("/api/questions/levels-requiring?competency=OAuth&format=csv&limit=2");
    assert_eq!(page.body.lines().count(), 1 + 2);
    let next = server.get(&link(&page, "next").unwrap());
    says(next.header("content-type"), &["text/csv"]);
    assert_eq!(next.body.lines().count(), 1 + 2);
    // Whoever asks by header is led on without a format, and asks by header again.
    let page = server.get_as("/api/questions/levels-requiring?competency=OAuth&limit=4", "text/csv");
    let next = server.get_as(&link(&page, "next").unwrap(), "text/csv");
    assert_eq!(next.body.lines().count(), 1 + 1);
}

#[test]
fn a_page_that_cannot_be_is_refused_with_what_can() {
    let server = Server::shared();
    for (name, value) in [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "+1"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "99999999999999999999999"),
        ("offset", "-1"),
        ("offset", "1.5"),
        ("offset", ""),
        ("offset", "2147483648"),
    ] {
        let problem = server.ask("roles", &[(name, value)]).problem(400, "bad-number");
        says(problem["detail"].as_str().unwrap(), &[name]);
        says(problem["hint"].as_str().unwrap(), &[name, "leave it out"]);
    }
    let twice = server.ask("roles", &[("limit", "1"), ("limit", "2")]).problem(400, "bad-number");
    says(twice["detail"].as_str().unwrap(), &["2 times"]);
    assert_eq!(rows(&server.ask("roles", &[("limit", "1000"), ("offset", "0")]).json()).len(), 1);
}

#[test]
fn the_url_of_the_next_page_carries_any_value() {
    let server = Server::shared();
    let label = server.ask("technologies-of", &[("target", "Trust & Safety"), ("limit", "1")]);
    let next = label.json()["next"].as_str().unwrap().to_owned();
    assert_eq!(next, format!("/api/questions/technologies-of?limit=1&offset=1&target=Trust+%26+Safety"));
    assert_eq!(server.get(&next).json()["parameters"]["target"]["label"], "Trust & Safety");
}

/// Competencies whose names a spreadsheet would take for formulas.
const FORMULAS: &[&str] = &["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\\\"http://x\\\", \\\"a, b\\\")", "\\t=1", "a=1"];

#[test]
fn csv_for_spreadsheets_runs_nothing_and_plain_csv_is_exact() {
    let data = Data::copy();
    let mut turtle = "@prefix cg: <https://w3id.org/competency-graph/ontology#> .\n\
        @prefix competency: <https://w3id.org/competency-graph/id/competency/> .\n\
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        .to_owned();
    for (at, label) in FORMULAS.iter().enumerate() {
        turtle.push_str(&format!(
            "competency:formula-{at} a cg:Technology ; skos:prefLabel \"{label}\"@en ; skos:definition \"A formula.\"@en ;\n\
             cg:technologyKind cg:programming-language ; skos:broader competency:technology ;\n\
             skos:inScheme <https://w3id.org/competency-graph/id/competency> .\n"
        ));
    }
    data.write("more.ttl", &turtle);
    let server = Server::start(&["--data", data.path()]);
    let labels = |format: &str| -> Vec<String> {
        let answer = server.get(&format!("/api/questions/competency-tree?{}", form(&[("format", format)])));
        assert_eq!(answer.status, 200, "{}", answer.body);
        says(answer.header("content-type"), &["text/csv; charset=utf-8"]);
        assert_eq!(answer.body.starts_with('\u{feff}'), format == "csv-safe");
        let mut reader = csv::Reader::from_reader(answer.body.trim_start_matches('\u{feff}').as_bytes());
        let at = reader.headers().unwrap().iter().position(|column| column == "competencyLabel").unwrap();
        assert_eq!(reader.headers().unwrap().get(0), Some("competency"));
        reader.records().map(|row| row.unwrap()[at].to_owned()).collect()
    };
    let (plain, safe) = (labels("csv"), labels("csv-safe"));
    assert_eq!(plain.len(), safe.len());
    for label in FORMULAS {
        let label = label.replace("\\\"", "\"").replace("\\t", "\t");
        assert!(plain.contains(&label), "{label}");
        let expected = if label == "a=1" { label } else { format!("'{label}") };
        assert!(safe.contains(&expected), "{expected}");
    }
    for cell in &safe {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    let untouched = plain.iter().zip(&safe).filter(|(plain, safe)| plain == safe).count();
    assert_eq!(untouched, plain.len() - (FORMULAS.len() - 1), "nothing else is changed");
    assert_eq!(json!(plain.len()), json!(rows(&server.ask("competency-tree", &[]).json()).len()));
}
