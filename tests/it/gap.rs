//! What somebody lacks, matches and has before them: in small worlds as data, and what holds whoever asks about whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use competency_graph::catalogue::Catalogue;
use competency_graph::catalogue::answer::{Answer, ask};
use competency_graph::catalogue::names::Names;
use competency_graph::files::Files;
use competency_graph::infer::Rules;
use competency_graph::knowledge::{Generation, Origin};
use competency_graph::load;
use competency_graph::rq::parse_query;
use competency_graph::store::{Store, text};
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{Quad, Term};

use crate::answers::{cases, difference};
use crate::support::{Server, form, run, says};

const TARGETS: [&str; 11] = [
    "Intermediate",
    "Senior",
    "Staff",
    "Principal",
    "Distinguished",
    "Application Security",
    "Product Security Engineering",
    "SIRT",
    "Trust & Safety",
    "Security Assurance",
    "Security Architect",
];

/// A world of Turtle with all that follows, and what its things are called.
fn world(name: &str) -> (Store, Names) {
    let turtle = fs::read(format!("tests/it/cases/gaps/{name}.ttl")).unwrap();
    let mut quads: Vec<Quad> = RdfParser::from_format(RdfFormat::Turtle).for_slice(&turtle).map(Result::unwrap).collect();
    quads.extend(load::ontology_quads(&Files::bundled_ontology()).0);
    quads.extend(Rules::read(&Files::bundled_ontology()).0.infer(&quads).quads);
    let store = Store::new().unwrap();
    store.insert(quads.iter().cloned()).unwrap();
    (store, Names::read(&quads))
}

#[test]
fn each_small_world_answers_as_it_says_and_as_printed_and_parsed_again() {
    let catalogue = Catalogue::read(&Files::bundled_queries()).0;
    let mut worlds: BTreeMap<String, (Store, Names)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases("tests/it/cases/gaps") {
        let name = case.name.split("--").next().unwrap();
        let (store, names) = worlds.entry(name.to_owned()).or_insert_with(|| world(name));
        let answer = ask(&catalogue, names, store, &case.question, &case.arguments).unwrap();
        failures.extend(difference(&case, &answer));
        let again = store.select(parse_query(&answer.sparql).unwrap()).unwrap();
        assert_eq!(again.rows, answer.rows, "{}", case.name);
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n\n"));
}

/// An answer's rows, of the columns named.
fn rows(answer: &Answer, columns: &[&str]) -> Vec<Vec<String>> {
    let at: Vec<usize> = columns.iter().map(|name| answer.columns.iter().position(|column| column == name).unwrap()).collect();
    let plain = |row: &Vec<Option<Term>>| at.iter().map(|at| row[*at].as_ref().map(text).unwrap_or_default()).collect();
    answer.rows.iter().map(plain).collect()
}

fn gap(generation: &Generation, have: &[&str], targets: &[&str], policy: &str) -> Answer {
    let of = |name: &str, values: &[&str]| -> Vec<(String, String)> {
        values.iter().map(|value| (name.to_owned(), (*value).to_owned())).collect()
    };
    generation.ask("gap", &[of("have", have), of("target", targets), of("policy", &[policy])].concat()).unwrap()
}

#[test]
fn a_level_or_specialty_against_itself_has_no_gap_under_any_policy() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for target in TARGETS {
        for policy in ["strict", "cumulative"] {
            assert_eq!(gap(&generation, &[target], &[target], policy).rows, Vec::<Vec<_>>::new(), "{target} {policy}");
        }
    }
}

#[test]
fn no_gap_names_an_example_or_leaves_an_alternative_open_beside_one_that_is_met() {
    let generation = Generation::build(&Origin::default()).unwrap();
    let have = ["Python", "AWS", "Linux: in-depth", "OAuth", "incident response: 9 years", "SQL", "cloud platform"];
    for target in TARGETS {
        for policy in ["strict", "cumulative"] {
            let answer = gap(&generation, &have, &[target], policy);
            let mut statuses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for row in rows(&answer, &["group", "status", "mention"]) {
                assert_ne!(row[2], "example", "{target}");
                statuses.entry(row[0].clone()).or_default().insert(row[1].clone());
            }
            assert!(statuses.values().all(|statuses| statuses.len() == 1), "{target} {policy}: {statuses:?}");
        }
    }
}

#[test]
fn to_have_more_never_leaves_a_wider_gap() {
    let generation = Generation::build(&Origin::default()).unwrap();
    let rank = |status: &str| ["missing", "partly", "met"].iter().position(|word| *word == status).unwrap();
    let groups = |have: &[&str]| -> BTreeMap<String, usize> {
        let answer = gap(&generation, have, &["Senior", "SIRT"], "strict");
        rows(&answer, &["group", "status"]).into_iter().map(|row| (row[0].clone(), rank(&row[1]))).collect()
    };
    let have = ["Python", "Linux", "Intermediate", "Linux: in-depth", "Trust & Safety", "penetration testing: 5 years"];
    for count in 0..have.len() {
        let (fewer, more) = (groups(&have[..count]), groups(&have[..=count]));
        for (group, status) in more {
            assert!(fewer.get(&group).is_some_and(|before| *before <= status), "{} opens {group}", have[count]);
        }
    }
}

#[test]
fn from_one_level_to_the_next_the_gap_is_of_the_statements_that_the_difference_names() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for (from, to) in [("Intermediate", "Senior"), ("Senior", "Staff"), ("Staff", "Principal"), ("Principal", "Distinguished")] {
        let arguments = [("from", from), ("to", to)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let difference = generation.ask("level-diff", &arguments).unwrap();
        let changed: BTreeMap<String, String> = rows(&difference, &["statement", "change"])
            .into_iter()
            .filter(|row| row[1] != "dropped")
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
        let found = rows(&gap(&generation, &[from], &[to], "strict"), &["statement", "status", "through"]);
        assert!(!found.is_empty());
        for row in &found {
            assert!(changed.contains_key(&row[0]), "{from} to {to}: {row:?} is nothing new");
            assert_ne!(row[1], "met");
        }
        let stronger = |row: &&Vec<String>| row[2] == "weaker statement";
        assert!(found.iter().filter(stronger).all(|row| changed[&row[0]] == "strengthened"), "{from} to {to}");
        assert!(found.iter().any(|row| row[2] == "weaker statement"), "{from} to {to} strengthens something");
    }
}

#[test]
fn the_steps_of_a_route_add_what_the_gap_of_each_step_misses() {
    let generation = Generation::build(&Origin::default()).unwrap();
    for policy in ["strict", "cumulative"] {
        let arguments = [("from", "Intermediate"), ("to", "Security Architect"), ("policy", policy)];
        let route = generation.ask("route", &arguments.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap();
        let steps = rows(&route, &["start", "end", "added", "strengthened"]);
        assert_eq!(steps.len(), 5);
        for step in steps {
            let answer = gap(&generation, &[&step[0]], &[&step[1]], policy);
            let of = |wanted: &str| -> BTreeSet<String> {
                let required = rows(&answer, &["status", "modality", "groupLabel", "competencyLabel"]).into_iter();
                let named = required.filter(|row| row[0] == wanted && row[1] == "required");
                named.map(|row| if row[2].is_empty() { row[3].clone() } else { row[2].clone() }).collect()
            };
            assert_eq!((of("missing").len().to_string(), of("partly").len().to_string()), (step[2].clone(), step[3].clone()));
        }
    }
}

#[test]
fn a_value_can_say_how_well_and_how_long() {
    let server = Server::shared();
    let understood =
        |have: &str| server.ask("gap", &[("have", have), ("target", "SIRT")]).json()["parameters"]["have"][0].clone();
    let label = |have: &str| understood(have)["label"].as_str().unwrap().to_owned();
    assert_eq!(label("Senior"), "Senior Security Engineer");
    assert_eq!(label("competency:oauth"), "OAuth");
    assert_eq!(label("PHP: Hypertext Preprocessor"), "PHP");
    for said in [
        "experience, 3 years",
        "3 years, experience",
        "3 years of experience",
        "3+ years experience",
        "3 yrs, experience",
        " EXPERIENCE ,3 year",
    ] {
        let aws = understood(&format!("AWS:{said}"));
        assert_eq!((&aws["haveProficiency"], &aws["haveYears"]), (&"experience".into(), &3.into()), "{said}");
    }
    assert_eq!(understood("AWS: 1 year")["haveYears"], 1);
    assert_eq!(understood("AWS: 7")["haveYears"], 7);
    let plain = understood("competency:incident-response: in-depth");
    assert_eq!((&plain["haveProficiency"], plain.get("haveYears")), (&"in-depth".into(), None));
}

#[test]
fn a_value_that_cannot_be_understood_is_told_by_the_part_that_is_wrong() {
    let server = Server::shared();
    for (have, kind, parts) in [
        ("Pyhton", "unknown-value", &["`Pyhton`", "Python"][..]),
        ("Pyhton: 3 years", "unknown-value", &["`Pyhton`", "Python"]),
        ("Linux: familar", "unknown-value", &["`Linux: familar`", "`familar`", "did you mean familiar"]),
        ("Linux: 3 years, familar", "unknown-value", &["`familar`", "did you mean familiar"]),
        ("Linux: 3 years, 4 years", "unknown-value", &["`4 years`", "twice"]),
        ("Linux: 3 months", "unknown-value", &["`3 months`", "years of experience"]),
        ("Linux: 2.5 years", "unknown-value", &["`2.5 years`", "a whole number"]),
        ("Linux: -3 years", "unknown-value", &["`-3 years`", "a whole number"]),
        ("Linux: 99999999999999999999 years", "unknown-value", &["99999999999999999999", "a whole number"]),
        ("Linux: ", "unknown-value", &["what can be said there"]),
        ("Senior: 3 years", "unknown-value", &["`3 years`", "Senior is", "cg:Level", "cg:Competency"]),
        ("Manager", "value-of-other-kind", &["`Manager`", "cg:Position"]),
        ("Python\" cg:unstated 0) } #", "unknown-value", &["Python"]),
        (": : :", "unknown-value", &[":"]),
        ("Python, AWS", "unknown-value", &["`Python, AWS`"]),
    ] {
        let problem = server.ask("gap", &[("have", have), ("target", "SIRT")]).problem(422, kind);
        says(problem["detail"].as_str().unwrap(), parts);
    }
    says(&run(&["question", "gap", "have=Linux: familar", "target=SIRT"]).fails(), &["`familar`", "did you mean familiar?"]);
}

#[test]
fn a_list_takes_two_hundred_values_and_no_more_and_an_aim_is_needed() {
    let server = Server::shared();
    let mut arguments = vec![("target", "SIRT")];
    arguments.extend(vec![("have", "Go"); 200]);
    assert_eq!(server.ask("gap", &arguments).json()["parameters"]["have"].as_array().unwrap().len(), 200);
    arguments.push(("have", "Go"));
    let problem = server.ask("gap", &arguments).problem(400, "too-many-values");
    says(problem["detail"].as_str().unwrap(), &["`have`", "201 times", "at most 200"]);
    let problem = server.ask("gap", &[("have", "Go")]).problem(400, "missing-parameter");
    says(problem["detail"].as_str().unwrap(), &["`target`", "target=…"]);
    let nothing = server.ask("gap", &[("target", "SIRT")]).json();
    assert_eq!(nothing["parameters"]["have"], serde_json::json!([]));
    assert!(nothing["rows"].as_array().unwrap().iter().all(|row| row["status"] == "missing"));
}

#[test]
fn what_somebody_has_is_neither_logged_nor_kept() {
    let server = Server::start_with(&["--log-format", "json"], &[("COMPETENCY_LOG", "trace")]);
    let arguments = [("have", "Python: expert"), ("have", "AdaLovelace"), ("target", "SIRT")];
    server.ask("gap", &arguments).problem(422, "unknown-value");
    let before = server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body;
    let gap = format!("/api/questions/gap?{}", form(&[arguments[0], arguments[2]]));
    let proof = server.get(&gap).json()["rows"][0]["explain"].as_str().unwrap().to_owned();
    for path in [gap, proof] {
        assert_eq!((server.get(&path).status, server.get(&path).header("cache-control")), (200, "no-store"), "{path}");
    }
    assert_eq!(server.query_as("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", "text/csv").body, before);
    crate::support::eventually("the lines", || server.log().matches("/api/questions/{id}").count() >= 2);
    assert!(!server.log().contains("Lovelace") && !server.log().contains("expert"), "{}", server.log());
}
