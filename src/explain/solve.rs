//! Matches triple patterns against the graph: all ways to bind the variables so that each pattern is a triple of it.
//! Enter at [`solutions`]. Why not the SPARQL engine? A proof needs thousands of tiny joins with nearly everything bound, for which
//! planning costs more than looking; and the engine is what `check` judges proofs by.

use oxigraph::model::{NamedNode, NamedOrBlankNode, Quad, Term, Triple};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use super::demands::{Among, Bindings};
use crate::store::{Store, StoreError};

/// All solutions that agree with what is bound.
///
/// # Errors
/// When the store fails.
pub fn solutions(
    store: &Store,
    patterns: &[TriplePattern],
    bound: &Bindings,
    among: &Among,
) -> Result<Vec<Bindings>, StoreError> {
    let mut found = Vec::new();
    join(store, &patterns.iter().collect::<Vec<_>>(), bound.clone(), among, &mut found)?;
    Ok(found)
}

/// Joins the remaining patterns, the one with the fewest matches first.
fn join(
    store: &Store,
    rest: &[&TriplePattern],
    bound: Bindings,
    among: &Among,
    found: &mut Vec<Bindings>,
) -> Result<(), StoreError> {
    if rest.is_empty() {
        found.push(bound);
        return Ok(());
    }
    let (at, matches) = narrowest(store, rest, &bound)?;
    let others: Vec<&TriplePattern> = rest.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, p)| *p).collect();
    let mut seen: Vec<Triple> = Vec::new();
    for triple in matches.into_iter().map(Triple::from) {
        // Graphs of other people's may say the same twice.
        if seen.contains(&triple) {
            continue;
        }
        if let Some(more) = unify(rest[at], &triple, bound.clone()).filter(|more| allowed(more, among)) {
            join(store, &others, more, among, found)?;
        }
        seen.push(triple);
    }
    Ok(())
}

/// The pattern with the fewest matches, and these. All are read in step until the first one ends: the cost is that of the
/// smallest, however many there are of the others.
fn narrowest(store: &Store, rest: &[&TriplePattern], bound: &Bindings) -> Result<(usize, Vec<Quad>), StoreError> {
    let mut open = Vec::new();
    for pattern in rest {
        let Some((subject, predicate, object)) = ends(pattern, bound) else { return Ok((open.len(), Vec::new())) };
        let matches = store.matching(
            subject.as_ref().map(NamedOrBlankNode::as_ref),
            predicate.as_ref().map(NamedNode::as_ref),
            object.as_ref().map(Term::as_ref),
        );
        open.push((matches, Vec::new()));
    }
    loop {
        for (at, (matches, taken)) in open.iter_mut().enumerate() {
            match matches.next().transpose()? {
                Some(quad) => taken.push(quad),
                None => return Ok((at, std::mem::take(taken))),
            }
        }
    }
}

type Ends = (Option<NamedOrBlankNode>, Option<NamedNode>, Option<Term>);

/// What is bound of a pattern; none if no triple can look so.
fn ends(pattern: &TriplePattern, bound: &Bindings) -> Option<Ends> {
    let subject = value(&pattern.subject, bound).map(|term| NamedOrBlankNode::try_from(term).ok());
    let predicate = match &pattern.predicate {
        NamedNodePattern::NamedNode(node) => Some(Some(node.clone())),
        NamedNodePattern::Variable(name) => bound.get(name.as_str()).map(|term| NamedNode::try_from(term.clone()).ok()),
    };
    let whole = |end: Option<Option<_>>| end.map_or(Some(None), |term| term.map(Some));
    let predicate = predicate.map_or(Some(None), |term| term.map(Some))?;
    Some((whole(subject)?, predicate, value(&pattern.object, bound)))
}

fn value(term: &TermPattern, bound: &Bindings) -> Option<Term> {
    match term {
        TermPattern::NamedNode(node) => Some(node.clone().into()),
        TermPattern::Literal(literal) => Some(literal.clone().into()),
        TermPattern::BlankNode(node) => Some(node.clone().into()),
        TermPattern::Variable(name) => bound.get(name.as_str()).cloned(),
        #[allow(unreachable_patterns, reason = "triple terms are a feature of the parser that another crate may turn on")]
        _ => None,
    }
}

/// The bindings by which a pattern is the triple; none if it is not.
pub fn unify(pattern: &TriplePattern, triple: &Triple, mut bound: Bindings) -> Option<Bindings> {
    let predicate = match &pattern.predicate {
        NamedNodePattern::NamedNode(node) => TermPattern::NamedNode(node.clone()),
        NamedNodePattern::Variable(name) => TermPattern::Variable(name.clone()),
    };
    let pairs: [(&TermPattern, Term); 3] = [
        (&pattern.subject, triple.subject.clone().into()),
        (&predicate, triple.predicate.clone().into()),
        (&pattern.object, triple.object.clone()),
    ];
    for (end, term) in pairs {
        match (value(end, &bound), end) {
            (Some(same), _) if same == term => {}
            (None, TermPattern::Variable(name)) => {
                bound.insert(name.as_str().to_owned(), term);
            }
            _ => return None,
        }
    }
    Some(bound)
}

fn allowed(bound: &Bindings, among: &Among) -> bool {
    among.iter().all(|(name, terms)| bound.get(name).is_none_or(|term| terms.contains(term)))
}

/// The triple that a pattern is under the bindings; none if a variable is left, or a literal is where none can be.
pub fn triple(pattern: &TriplePattern, bound: &Bindings) -> Option<Triple> {
    let (subject, predicate, object) = ends(pattern, bound)?;
    Some(Triple::new(subject?, predicate?, object?))
}
