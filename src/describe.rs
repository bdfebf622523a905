//! What the graph says of one thing: its own triples, and a bounded number of those that point at it.
//! Enter at [`describe`]. How a description is shown is the front end's matter.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::{NamedNode, NamedOrBlankNode, Quad, Term, Triple};

use crate::store::{Store, StoreError};

/// What is said of a thing, each triple once, in an order that stays.
#[derive(Clone, Debug)]
pub struct Description {
    pub thing: NamedNode,
    /// The triples that begin with the thing, and with the blank nodes that they lead to.
    pub outgoing: Vec<Triple>,
    /// Triples that end in the thing.
    pub incoming: Vec<Triple>,
    /// Whether more triples end in it than are here.
    pub more: bool,
}

/// The most inverse links of one property: a class has as many as it has members.
const OF_ONE_PROPERTY: usize = 50;

/// The most quads looked at for inverse links.
const LOOKED_AT: usize = 10_000;

/// The most blank nodes followed.
const BLANK_NODES: usize = 200;

/// Describes a thing; `None` if nothing is said of it and nothing points at it.
///
/// # Errors
/// When the store fails.
pub fn describe(store: &Store, thing: NamedNode) -> Result<Option<Description>, StoreError> {
    let outgoing = outgoing(store, &thing)?;
    let pointing = store.pointing_at(thing.as_ref(), LOOKED_AT)?;
    let mut more = pointing.len() == LOOKED_AT;
    let mut by_property: BTreeMap<String, Vec<Triple>> = BTreeMap::new();
    for triple in sorted(pointing) {
        let of_property = by_property.entry(triple.predicate.as_str().to_owned()).or_default();
        if of_property.len() < OF_ONE_PROPERTY {
            of_property.push(triple);
        } else {
            more = true;
        }
    }
    let incoming: Vec<Triple> = by_property.into_values().flatten().collect();
    let known = !outgoing.is_empty() || !incoming.is_empty();
    Ok(known.then_some(Description { thing, outgoing, incoming, more }))
}

fn outgoing(store: &Store, thing: &NamedNode) -> Result<Vec<Triple>, StoreError> {
    let mut triples = Vec::new();
    let mut next: Vec<NamedOrBlankNode> = vec![thing.clone().into()];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(subject) = next.pop() {
        let found = sorted(store.said_of(subject.as_ref())?);
        for triple in &found {
            if let Term::BlankNode(node) = &triple.object
                && seen.len() < BLANK_NODES
                && seen.insert(node.as_str().to_owned())
            {
                next.push(node.clone().into());
            }
        }
        triples.extend(found);
    }
    Ok(triples)
}

/// The triples of quads, once each: several graphs may say the same.
fn sorted(quads: Vec<Quad>) -> Vec<Triple> {
    let mut triples: Vec<Triple> = quads.into_iter().map(Triple::from).collect();
    triples.sort_by_cached_key(ToString::to_string);
    triples.dedup();
    triples
}
