//! Questions as files: what is malformed is refused by name, and the ones we ship run on other engines too.

use std::collections::BTreeMap;

use competency_graph::catalogue::{Catalogue, Need};
use competency_graph::files::Files;

const HEADER: &str = "#+ question: Which {thing}?\n#+ summary: Things.\n#+ params: thing required the thing (cg:Competency)\n";

/// What reading one question file complains of.
fn problem(text: &str) -> String {
    let content = BTreeMap::from([("bad.rq".to_owned(), text.as_bytes().to_vec())]);
    let (catalogue, problems) = Catalogue::read(&Files { root: "queries".to_owned(), content });
    assert_eq!(catalogue.questions().count(), 0, "a bad file is no question");
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

#[test]
fn a_malformed_question_is_refused_with_its_file_and_the_reason() {
    for (text, reason) in [
        (format!("{HEADER}SELECT ?x WHERE {{ ?x ?p "), "not a SPARQL query"),
        (format!("{HEADER}SELECT ?x WHERE {{ ?x ?p ?thing }}"), "no VALUES block holds the parameter ?thing"),
        (
            format!(
                "{HEADER}SELECT ?x WHERE {{ {{ VALUES ?thing {{ <x:a> }} ?x ?p ?thing }} UNION {{ VALUES ?thing {{ <x:b> }} ?thing ?p ?x }} }}"
            ),
            "must hold the same row",
        ),
        (format!("{HEADER}ASK {{ VALUES ?thing {{ <x:a> }} }}"), "SELECT"),
        (format!("{HEADER}SELECT ?x FROM <x:g> WHERE {{ VALUES ?thing {{ <x:a> }} ?x ?p ?thing }}"), "without FROM"),
        ("SELECT ?x WHERE { ?x ?p ?o }".to_owned(), "question"),
        ("#+ question: Which {other}?\n#+ summary: s\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "{other}"),
        (
            "#+ question: Which?\n#+ summary: s\n#+ params: thing sometimes a thing\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(),
            "thing sometimes",
        ),
        ("#+ question: Which?\n#+ summary: s\n#+ shows: y\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "y"),
        (
            "#+ question: Which?\n#+ summary: s\n#+ params: limit filter a thing\nSELECT ?x WHERE { VALUES ?limit { <x:a> } ?x ?p ?limit }"
                .to_owned(),
            "a parameter cannot be called limit",
        ),
        ("#+ question: Which?\n#+ summary: s\nSELECT ?explain WHERE { ?explain ?p ?o }".to_owned(), "a column cannot be called explain"),
        ("#+ question: Which?\n#+ summary: s\n#+ explains: ?x a\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "`?x a` is no triple"),
        ("#+ question: Which?\n#+ summary: s\n#+ explains: ?x ex:p ?o\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "cannot be read"),
        ("#+ question: Which?\n#+ summary: s\n#+ explains: ?x a ?oo\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "names ?oo"),
        ("#+ question: Which?\n#+ summary: s\n#+ absent: [y=1] ?x a ?o\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "y is no column"),
        ("#+ question: Which?\n#+ summary: s\n#+ absent: [x=1 ?x a ?o\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "`]` is missing"),
        ("#+ question: Which?\n#+ summary: s\n#+ absent: [x=1]\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "there is no triple"),
        ("#+nonsense\nSELECT ?x WHERE { ?x ?p ?o }".to_owned(), "line 1"),
    ] {
        let problem = problem(&text);
        assert!(problem.starts_with("queries/bad.rq: ") && problem.contains(reason), "{reason}: {problem}");
    }
}

#[test]
fn every_copy_of_a_parameter_block_is_bound() {
    let text = format!(
        "{HEADER}SELECT ?x WHERE {{ {{ VALUES ?thing {{ <x:a> }} ?x ?p ?thing }} UNION {{ SELECT ?x WHERE {{ VALUES ?thing {{ <x:a> }} ?thing ?p ?x }} }} }}"
    );
    let content = BTreeMap::from([("twice.rq".to_owned(), text.into_bytes())]);
    let (catalogue, problems) = Catalogue::read(&Files { root: "queries".to_owned(), content });
    assert_eq!(problems, []);
    let question = catalogue.get("twice").unwrap();
    assert_eq!(question.parameters[0].need, Need::Required);
    let mut values = question.example.clone();
    let other = oxigraph::model::NamedNode::new("x:\u{e9}").unwrap();
    values.insert("thing".to_owned(), vec![Some(other.into())]);
    let printed = question.rq.bind(&values).to_string();
    assert_eq!(printed.matches("<x:\u{e9}>").count(), 2, "{printed}");
    assert!(!printed.contains("<x:a>"), "{printed}");
}

/// Measured on other engines: closures by paths, division and VALUES inside EXISTS are slow or wrong on one or the other.
#[test]
fn our_questions_keep_to_what_every_engine_does_alike() {
    let (catalogue, problems) = Catalogue::read(&Files::bundled_queries());
    assert_eq!(problems, []);
    for question in catalogue.questions() {
        let algebra = format!("{:?}", question.rq.query);
        for construct in ["ZeroOrMore", "OneOrMore", "Divide", "Service", "Lateral"] {
            assert!(!algebra.contains(construct), "{} uses {construct}", question.id);
        }
        assert!(algebra.contains("OrderBy"), "{} has an order", question.id);
        assert!(!question.summary.is_empty() && !question.tags.is_empty(), "{}", question.id);
    }
}
