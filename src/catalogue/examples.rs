//! The questions as examples of queries in RDF, and our prefixes, as the SIB's SPARQL editor and agent tools read them.
//! Enter at [`quads`]: they form a graph of their own. Which endpoint answers them is the front end's to say.

use oxigraph::model::vocab::{rdf, rdfs, xsd};
use oxigraph::model::{Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Quad, Term};

use super::names::Names;
use super::values::{Understood, typed};
use super::{Catalogue, Parameter, Question};
use crate::store::named;
use crate::words::{self, schema, sh};

/// All questions with their texts, and the prefixes that queries may use undeclared.
pub fn quads(catalogue: &Catalogue, names: &Names) -> Vec<Quad> {
    let prefixes = prefixes();
    let mut quads = Vec::new();
    let mut say = |subject: &NamedNode, predicate: NamedNodeRef<'_>, object: Term| {
        let subject = NamedOrBlankNode::from(subject.clone());
        quads.push(Quad { subject, predicate: predicate.into_owned(), object, graph_name: named(words::EXAMPLES) });
    };
    for question in catalogue.questions() {
        let example = iri(&question.id);
        say(&example, rdf::TYPE, sh::SPARQL_EXECUTABLE.into());
        say(&example, rdf::TYPE, sh::SPARQL_SELECT_EXECUTABLE.into());
        say(&example, rdfs::LABEL, in_english(&asked(question, names)));
        say(&example, rdfs::COMMENT, in_english(&format!("{} {}", asked(question, names), question.summary)));
        say(&example, sh::PREFIXES, prefixes.clone().into());
        say(&example, sh::SELECT, Literal::from(question.rq.text.as_str()).into());
        for tag in &question.tags {
            say(&example, schema::KEYWORDS, Literal::from(tag.as_str()).into());
        }
    }
    for (prefix, namespace) in words::PREFIXES {
        let declaration = NamedNode::new_unchecked(format!("{}prefix/{prefix}", words::INSTANCES));
        say(&prefixes, sh::DECLARE, declaration.clone().into());
        say(&declaration, sh::PREFIX, Literal::from(*prefix).into());
        say(&declaration, sh::NAMESPACE, Literal::new_typed_literal(*namespace, xsd::ANY_URI).into());
    }
    quads
}

/// What declares the prefixes.
pub fn prefixes() -> NamedNode {
    NamedNode::new_unchecked(format!("{}prefixes", words::INSTANCES))
}

/// What a question is called as an example.
pub fn iri(question: &str) -> NamedNode {
    NamedNode::new_unchecked(format!("{}question/{question}", words::INSTANCES))
}

/// The values of a question's example; where its file speaks of what is not in the data, others of the same classes.
fn values<'a>(question: &'a Question, names: &Names) -> Vec<(&'a Parameter, Vec<Understood>)> {
    let mut taken: Vec<String> = Vec::new();
    let mut here = Vec::new();
    for (parameter, values) in question.example_values() {
        let is_there = |value: &Understood| names.is(value.node.as_str(), &parameter.classes);
        if values.iter().all(is_there) {
            here.push((parameter, values));
            continue;
        }
        let mut things: Vec<&str> = names.instances(&parameter.classes);
        things.sort_unstable();
        things.retain(|iri| !taken.iter().any(|taken| taken == iri));
        let Some(iri) = things.first() else { continue };
        taken.push((*iri).to_owned());
        here.push((parameter, vec![Understood { node: NamedNode::new_unchecked(*iri), parts: Vec::new() }]));
    }
    here
}

/// The arguments of a question's example, as one could type them.
pub fn arguments(question: &Question, names: &Names) -> Vec<(String, String)> {
    let values = values(question, names);
    let all = values
        .iter()
        .flat_map(|(parameter, values)| values.iter().map(|value| (parameter.name.clone(), typed(parameter, value))));
    all.collect()
}

/// The question in words, asked of its example values.
pub fn asked(question: &Question, names: &Names) -> String {
    let values = values(question, names);
    question.asked(|name| {
        let (parameter, values) = values.iter().find(|(parameter, _)| parameter.name == name)?;
        Some(values.iter().map(|value| value.shown(parameter, names)).collect::<Vec<_>>().join(", "))
    })
}

fn in_english(text: &str) -> Term {
    Literal::new_language_tagged_literal_unchecked(text, "en").into()
}
