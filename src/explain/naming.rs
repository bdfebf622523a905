//! Turns what people type for a triple into the triple, and tells what is near when there is none.
//! Enter at [`named`] for three texts, at [`read`] for one. Where a name fits several things, the triples that hold decide.

use oxigraph::model::{Literal, NamedNode, NamedOrBlankNode, Term, Triple};

use super::{ExplainError, say};
use crate::catalogue::answer;
use crate::catalogue::names::{Unresolved, nearest};
use crate::knowledge::Generation;
use crate::store::{StoreError, text};
use crate::words;

/// More words than this are no triple.
const MOST_WORDS: usize = 60;

/// The triple that three texts name: labels, aliases, prefixed names or IRIs, and for the object also `"text"@en`, a number or a word
/// that stands there.
///
/// # Errors
/// When one of them names nothing, or several things.
pub fn named(generation: &Generation, subject: &str, predicate: &str, object: &str) -> Result<Triple, ExplainError> {
    let predicate = property(generation, predicate)?;
    let subject = thing(generation, "subject", subject, &[])?;
    let said: Vec<Term> = generation
        .store
        .matching(Some(subject.as_ref().into()), Some(predicate.as_ref()), None)
        .map(|quad| Ok(quad?.object))
        .collect::<Result<_, StoreError>>()?;
    let meant = |term: &&Term| match term {
        Term::NamedNode(node) => {
            generation.names.label(node.as_str()).eq_ignore_ascii_case(object) || words::shorten(node.as_str()) == object
        }
        literal => [object, bare(object)].contains(&text(literal).as_str()) || literal.to_string() == object,
    };
    if let Some(term) = said.iter().find(meant) {
        return Ok(Triple::new(subject, predicate, term.clone()));
    }
    let object: Term = match literal(object) {
        Some(literal) => literal.into(),
        None => thing(generation, "object", object, &said)?.into(),
    };
    Ok(Triple::new(subject, predicate, object))
}

/// The triple that one text names: subject, predicate and object with spaces between, where a name of several words may stand as it
/// is if only one way to read it makes sense.
///
/// # Errors
/// When there is no way to read it, or several.
pub fn read(generation: &Generation, line: &str) -> Result<Triple, ExplainError> {
    let shape = |hint: &str| ExplainError::Shape { text: line.to_owned(), hint: hint.to_owned() };
    let words = words_of(line.trim().trim_end_matches(" ."));
    if !(3..=MOST_WORDS).contains(&words.len()) {
        return Err(shape(": write for instance 'Senior requires OAuth', a name of several words in double quotes"));
    }
    if let [subject, predicate, object] = words.as_slice() {
        return named(generation, subject, predicate, object);
    }
    let mut readings = Vec::new();
    for from in 1..words.len() - 1 {
        for to in from + 1..words.len() {
            let (subject, predicate, object) = (words[..from].join(" "), words[from..to].join(" "), words[to..].join(" "));
            if property(generation, &predicate).is_ok() {
                readings.extend(named(generation, &subject, &predicate, &object).ok());
            }
        }
    }
    readings.dedup();
    match readings.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(shape(": put names of several words in double quotes, or write prefixed names such as competency:oauth")),
        several => {
            let read = several.iter().map(|triple| say::triple(triple, &generation.names)).collect::<Vec<_>>().join(" / ");
            Err(shape(&format!("; it may mean {read}: put names of several words in double quotes")))
        }
    }
}

/// Why a name was not resolved.
pub fn explained(why: &Unresolved) -> String {
    answer::explained(why, "thing of the graph")
}

/// That a triple does not hold, with what is near it that does.
///
/// # Errors
/// When the store fails.
pub(super) fn unknown(generation: &Generation, triple: &Triple) -> Result<ExplainError, StoreError> {
    let (store, names) = (&generation.store, &generation.names);
    let (subject, predicate) = (triple.subject.as_ref(), triple.predicate.as_ref());
    let mut near: Vec<String> = Vec::new();
    for quad in store.matching(Some(subject), None, Some(triple.object.as_ref())) {
        near.push(say::triple(&quad?.into(), names));
    }
    let mut same: Vec<String> = Vec::new();
    for quad in store.matching(Some(subject), Some(predicate), None) {
        same.push(say::triple(&quad?.into(), names));
    }
    if near.is_empty() {
        near = nearest(&say::triple(triple, names), same.iter().map(String::as_str));
    }
    near.sort();
    near.dedup();
    let hint = match (near.as_slice(), same.is_empty()) {
        ([], true) => format!(
            "; nothing is said of {} by {}",
            say::term(&triple.subject.clone().into(), names),
            words::shorten(triple.predicate.as_str())
        ),
        ([], false) => String::new(),
        (near, _) => format!("; what holds is: {}", near.join("; ")),
    };
    Ok(ExplainError::Unknown { triple: say::triple(triple, names), hint })
}

/// The words of a line; what stands in double quotes or angle brackets is one.
fn words_of(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut until = None;
    for c in line.chars() {
        match (until, c) {
            (Some(end), c) if c == end => until = None,
            (None, '"') => until = Some('"'),
            (None, '<') => until = Some('>'),
            (None, c) if c.is_whitespace() => {
                words.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A name in double quotes is the name.
fn bare(name: &str) -> &str {
    let name = name.trim();
    name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name)
}

fn property(generation: &Generation, name: &str) -> Result<NamedNode, ExplainError> {
    let name = bare(name);
    if matches!(name, "a" | "is a") {
        return Ok(words::other::TYPE.into_owned());
    }
    // Properties of other vocabularies are not described here, so their IRIs are taken as they are.
    if let Some(iri) = words::expand(name).and_then(|iri| NamedNode::new(iri).ok()) {
        return Ok(iri);
    }
    let properties = [words::owl::OBJECT_PROPERTY, words::owl::DATATYPE_PROPERTY].map(|class| class.as_str().to_owned());
    let named = |why| ExplainError::Name { part: "predicate", text: name.to_owned(), why };
    generation.names.resolve(name, &properties).map_err(named)
}

/// A thing by name; among several of one name, that of the terms given.
fn thing(generation: &Generation, part: &'static str, name: &str, among: &[Term]) -> Result<NamedNode, ExplainError> {
    let name = bare(name);
    if let Some(iri) = words::expand(name).and_then(|iri| NamedNode::new(iri).ok()) {
        return Ok(iri);
    }
    generation.names.resolve(name, &[]).or_else(|why| {
        let called = |term: &&Term| {
            let Term::NamedNode(node) = term else { return false };
            let spellings = generation.names.called(node.as_str());
            spellings.iter().any(|spelling| spelling.eq_ignore_ascii_case(name))
        };
        match (among.iter().find(called), why) {
            (Some(Term::NamedNode(node)), Unresolved::Ambiguous { .. }) => Ok(node.clone()),
            (_, why) => Err(ExplainError::Name { part, text: name.to_owned(), why }),
        }
    })
}

/// `"text"`, `"text"@en`, `"text"^^type`, a whole number, or a truth value.
fn literal(object: &str) -> Option<Literal> {
    if let Ok(number) = object.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(truth) = object.parse::<bool>() {
        return Some(truth.into());
    }
    let (text, behind) = object.strip_prefix('"')?.rsplit_once('"')?;
    if let Some(language) = behind.strip_prefix('@') {
        return Literal::new_language_tagged_literal(text, language).ok();
    }
    if let Some(datatype) = behind.strip_prefix("^^") {
        return Some(Literal::new_typed_literal(text, NamedNode::new(words::expand(datatype)?).ok()?));
    }
    None
}

/// Whether a term can begin a triple.
pub(super) fn subject(term: Term) -> Option<NamedOrBlankNode> {
    NamedOrBlankNode::try_from(term).ok()
}
