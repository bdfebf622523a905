//! Puts triples, patterns and the sentences of rules into words, with the names that people know things by.

use oxigraph::model::{Term, Triple};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use super::demands::Bindings;
use crate::catalogue::names::Names;
use crate::store::text;
use crate::words;

/// A label longer than this is a sentence, and stands in quotes so that it reads as one thing.
const SENTENCE: usize = 40;

/// A thing by its label, a text in quotes, a number as it is.
pub fn term(term: &Term, names: &Names) -> String {
    match term {
        Term::NamedNode(node) => {
            let label = names.label(node.as_str());
            if label.contains(' ') && label.chars().count() > SENTENCE { format!("“{label}”") } else { label }
        }
        Term::Literal(literal) if literal.datatype() == oxigraph::model::vocab::xsd::INTEGER => literal.value().to_owned(),
        Term::Literal(_) => format!("“{}”", text(term)),
        other => other.to_string(),
    }
}

/// A triple as a short sentence.
pub fn triple(triple: &Triple, names: &Names) -> String {
    let subject = term(&triple.subject.clone().into(), names);
    format!("{subject} {} {}", property(triple.predicate.as_str(), names), term(&triple.object, names))
}

/// Patterns as a short sentence, with `?name` for what is open.
pub fn patterns(patterns: &[TriplePattern], names: &Names) -> String {
    let end = |end: &TermPattern| match end {
        TermPattern::NamedNode(node) => term(&node.clone().into(), names),
        TermPattern::Literal(literal) => term(&literal.clone().into(), names),
        other => other.to_string(),
    };
    let one = |pattern: &TriplePattern| {
        let predicate = match &pattern.predicate {
            NamedNodePattern::NamedNode(node) => property(node.as_str(), names),
            NamedNodePattern::Variable(variable) => variable.to_string(),
        };
        format!("{} {predicate} {}", end(&pattern.subject), end(&pattern.object))
    };
    patterns.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// A rule's sentence with what its variables stand for.
pub fn filled(sentence: &str, bound: &Bindings, names: &Names) -> String {
    let mut parts = sentence.split('?');
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        match bound.get(name) {
            Some(value) => said.push_str(&term(value, names)),
            None => said.push_str(&format!("?{name}")),
        }
        said.push_str(rest);
    }
    said
}

fn property(iri: &str, names: &Names) -> String {
    if iri == words::other::TYPE.as_str() { "is a".to_owned() } else { names.label(iri) }
}
