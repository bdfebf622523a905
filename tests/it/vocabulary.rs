//! Words: every term of ours that code, rules, questions, shapes or data use is defined, and every defined one is described.

use std::collections::BTreeSet;
use std::fs;

use competency_graph::files::Files;
use competency_graph::load;
use competency_graph::words;
use oxigraph::model::{NamedOrBlankNode, Quad, Term};

fn ontology() -> Vec<Quad> {
    let (quads, problems) = load::ontology_quads(&Files::bundled_ontology());
    assert_eq!(problems, []);
    quads
}

fn defined() -> BTreeSet<String> {
    let definition = "http://www.w3.org/2004/02/skos/core#definition";
    let subject = |quad: Quad| match quad.subject {
        NamedOrBlankNode::NamedNode(node) if quad.predicate.as_str() == definition => Some(node.into_string()),
        _ => None,
    };
    ontology().into_iter().filter_map(subject).collect()
}

#[test]
fn every_term_the_code_names_is_defined() {
    let defined = defined();
    for term in words::TERMS {
        assert!(defined.contains(term.as_str()), "{term} has no definition in competency.ttl");
    }
}

#[test]
fn every_term_that_rules_questions_checks_and_shapes_name_is_defined() {
    let defined = defined();
    let (ontology, queries) = (Files::bundled_ontology(), Files::bundled_queries());
    let files = ontology.below("", "").filter(|(path, _)| !path.starts_with("examples/invalid")).chain(queries.below("", ".rq"));
    for (path, content) in files {
        let text = String::from_utf8_lossy(content);
        // Comments talk of prefixes too.
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            for part in line.split("cg:").skip(1) {
                let local: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                let name = format!("{}{local}", words::ONTOLOGY);
                assert!(local.is_empty() || defined.contains(&name), "{path} uses cg:{local}, which is not defined");
            }
        }
    }
}

#[test]
fn every_term_the_data_names_is_defined() {
    let defined = defined();
    let (quads, problems) = load::quads(&Files::bundled_data());
    assert_eq!(problems, []);
    for quad in quads {
        let object = match &quad.object {
            Term::NamedNode(node) => node.as_str().to_owned(),
            _ => String::new(),
        };
        for iri in [quad.predicate.as_str(), &object] {
            assert!(!iri.starts_with(words::ONTOLOGY) || defined.contains(iri), "{iri} is not defined");
        }
    }
}

#[test]
fn what_we_ship_has_no_blank_nodes() {
    for quad in load::quads(&Files::bundled_data()).0.into_iter().chain(ontology()) {
        assert!(!quad.subject.is_blank_node() && !quad.object.is_blank_node(), "{quad}");
    }
}

#[test]
fn no_sentence_of_the_page_is_copied() {
    // The source page's sentences are not ours to ship: labels say things in other words. Headings are names of places.
    let data = fs::read_to_string("data/gitlab/security-engineer.ttl").unwrap();
    let data: String = data.lines().filter(|line| !line.contains("cg:section ")).map(|line| format!("{line}\n")).collect();
    let Some(page) = std::env::var_os("COMPETENCY_PAGE") else { return println!("skipped: COMPETENCY_PAGE names no page") };
    let page = fs::read_to_string(page).unwrap();
    for sentence in page.split(['\n', '.']).map(str::trim).filter(|sentence| sentence.split_whitespace().count() > 5) {
        assert!(!data.contains(sentence), "copied from the page: {sentence}");
    }
}
