//! Findings as a report of SHACL's, for tools that read these. Enter at [`report`].

use oxigraph::model::vocab::{rdf, xsd};
use oxigraph::model::{BlankNode, Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Term, Triple};

use super::Finding;
use crate::words::{self, sh};

/// A `sh:ValidationReport`. A check that is no shape is named as the source all the same.
pub fn report(findings: &[Finding]) -> Vec<Triple> {
    let mut triples = Vec::new();
    let mut say = |subject: &BlankNode, predicate: NamedNodeRef<'_>, object: Term| {
        triples.push(Triple::new(NamedOrBlankNode::from(subject.clone()), predicate.into_owned(), object));
    };
    let whole = BlankNode::default();
    say(&whole, rdf::TYPE, sh::VALIDATION_REPORT.into());
    say(
        &whole,
        sh::CONFORMS,
        Literal::new_typed_literal(if findings.is_empty() { "true" } else { "false" }, xsd::BOOLEAN).into(),
    );
    for finding in findings {
        let result = BlankNode::default();
        say(&whole, sh::RESULT, result.clone().into());
        say(&result, rdf::TYPE, sh::VALIDATION_RESULT.into());
        say(&result, sh::RESULT_SEVERITY, sh::VIOLATION.into());
        say(&result, sh::FOCUS_NODE, term(&finding.thing));
        say(&result, sh::RESULT_MESSAGE, Literal::from(finding.message.as_str()).into());
        let broken = NamedNode::new(&finding.broken);
        let check = || NamedNode::new_unchecked(format!("{}check/{}", words::INSTANCES, finding.broken));
        say(&result, sh::SOURCE_SHAPE, broken.unwrap_or_else(|_| check()).into());
        if let Some(path) = finding.property.as_ref().and_then(|path| NamedNode::new(path.trim_matches(['<', '>'])).ok()) {
            say(&result, sh::RESULT_PATH, path.into());
        }
        if let Some(value) = &finding.value {
            say(&result, sh::VALUE, term(value));
        }
    }
    triples
}

fn term(text: &str) -> Term {
    NamedNode::new(text).map_or_else(|_| Literal::from(text).into(), Term::from)
}
