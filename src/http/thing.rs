//! The page of one thing: what it is, what is said of it, where a source says so, and what points at it.

use std::collections::BTreeMap;

use askama::Template;
use oxigraph::model::{NamedOrBlankNode, Term, Triple};

use super::problem::Problem;
use super::site::Frame;
use super::site::lead::{self, Lead};
use super::{places, rdf};
use crate::describe::Description;
use crate::knowledge::Generation;
use crate::words;

#[derive(Template)]
#[template(path = "resource.html")]
struct Page {
    frame: Frame,
    lead: Vec<lead::Part>,
    links: Vec<(&'static str, String)>,
    title: String,
    iri: String,
    classes: Vec<Value>,
    definition: Option<String>,
    said: Vec<Row>,
    evidence: Vec<Row>,
    inverse: Vec<Row>,
    more: bool,
    formats: Vec<(&'static str, String)>,
}

/// A property with what it leads to, at an anchor of its own.
struct Row {
    anchor: String,
    property: Value,
    values: Vec<Value>,
}

/// A thing or a text, as a page shows it.
struct Value {
    text: String,
    href: Option<String>,
    language: Option<String>,
}

const DEFINITION: &str = "http://www.w3.org/2004/02/skos/core#definition";

/// What says where a source says so.
const EVIDENCE: [oxigraph::model::NamedNodeRef<'static>; 6] =
    [words::SOURCE_DOCUMENT, words::SECTION, words::SECTION_KIND, words::BLOCK_KIND, words::POSITION, words::SOURCE_DIGEST];

pub fn page(generation: &Generation, description: &Description, base: &str) -> Result<String, Problem> {
    let shown = |iri: &str| Value { text: generation.names.label(iri), href: places::of(iri, base), language: None };
    let iri = description.thing.as_str();
    let own: Vec<&Triple> = description.outgoing.iter().filter(|triple| is(&triple.subject, iri)).collect();
    let object = |triple: &Triple| match &triple.object {
        Term::NamedNode(node) => shown(node.as_str()),
        Term::Literal(literal) => {
            Value { text: literal.value().to_owned(), href: None, language: literal.language().map(str::to_owned) }
        }
        other => Value { text: other.to_string(), href: None, language: None },
    };
    let rows = |triples: &mut dyn Iterator<Item = (&Triple, Value)>, prefix: &str| -> Vec<Row> {
        let mut by_property: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (triple, value) in triples {
            by_property.entry(triple.predicate.as_str().to_owned()).or_default().push(value);
        }
        let row = |(property, mut values): (String, Vec<Value>)| {
            values.sort_by(|a, b| a.text.cmp(&b.text));
            Row { anchor: format!("{prefix}{}", words::shorten(&property)), property: shown(&property), values }
        };
        by_property.into_iter().map(row).collect()
    };
    let is_evidence = |triple: &&&Triple| EVIDENCE.contains(&triple.predicate.as_ref());
    let is_said = |triple: &&&Triple| {
        !is_evidence(triple) && triple.predicate != words::other::TYPE && triple.predicate.as_str() != DEFINITION
    };
    let subject = |triple: &Triple| match &triple.subject {
        NamedOrBlankNode::NamedNode(node) => shown(node.as_str()),
        other => Value { text: other.to_string(), href: None, language: None },
    };
    let classes = own.iter().filter(|triple| triple.predicate == words::other::TYPE);
    let definition = own.iter().find(|triple| triple.predicate.as_str() == DEFINITION);
    let path = places::of(iri, base).unwrap_or_default();
    let Lead { parts: lead, links } = lead::lead(generation, &description.thing, base)?;
    let page = Page {
        frame: Frame::of(generation, "", None),
        lead,
        links,
        title: generation.names.label(iri),
        iri: iri.to_owned(),
        classes: classes.map(|triple| object(triple)).collect(),
        definition: definition.map(|triple| object(triple).text),
        said: rows(&mut own.iter().filter(is_said).map(|triple| (*triple, object(triple))), ""),
        evidence: rows(&mut own.iter().filter(is_evidence).map(|triple| (*triple, object(triple))), ""),
        inverse: rows(&mut description.incoming.iter().map(|triple| (triple, subject(triple))), "of-"),
        more: description.more,
        formats: rdf::SYNTAXES[..4].iter().map(|name| (*name, format!("{path}.{}", rdf::suffix(name)))).collect(),
    };
    page.render().map_err(|error| Problem::internal(&error))
}

fn is(subject: &NamedOrBlankNode, iri: &str) -> bool {
    matches!(subject, NamedOrBlankNode::NamedNode(node) if node.as_str() == iri)
}
