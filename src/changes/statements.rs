//! What differs between two versions in what is said of levels, specialties and job families: statements that came, went, were put in other words or
//! moved to another scope. Enter at [`between`]. A statement that went and one that came are one where they have the same text or the same
//! place on the page.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::Term;
use serde::Serialize;
use serde_json::{Value, json};

use crate::knowledge::Generation;
use crate::store::StoreError;
use crate::words;

/// The statements that differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statements {
    pub added: Vec<Statement>,
    pub removed: Vec<Statement>,
    /// The same statement in other words.
    pub reworded: Vec<[Statement; 2]>,
    /// The same statement of another scope.
    pub moved: Vec<[Statement; 2]>,
    /// The same words and scope, where something else of it differs: its kind, a mention, its place.
    pub changed: Vec<Statement>,
}

/// A statement in short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    pub iri: String,
    pub label: String,
    /// What it is said of, by label.
    pub scope: Vec<String>,
    #[serde(skip)]
    digests: BTreeSet<String>,
    #[serde(skip)]
    rest: BTreeSet<String>,
}

/// The statements of two versions, compared.
///
/// # Errors
/// When a store fails.
pub fn between(before: &Generation, after: &Generation) -> Result<Statements, StoreError> {
    let (mut old, mut new) = (read(before)?, read(after)?);
    let mut found = Statements::default();
    let both: Vec<String> = old.keys().filter(|iri| new.contains_key(*iri)).cloned().collect();
    for iri in both {
        if let (Some(was), Some(is)) = (old.remove(&iri), new.remove(&iri)) {
            found.pair(was, is);
        }
    }
    let mut came: Vec<Statement> = new.into_values().collect();
    for was in old.into_values() {
        let same = |is: &Statement| is.label == was.label || !is.digests.is_disjoint(&was.digests);
        match came.iter().position(same) {
            Some(at) => {
                let is = came.remove(at);
                found.pair(was, is);
            }
            None => found.removed.push(was),
        }
    }
    found.added = came;
    Ok(found)
}

impl Statements {
    fn pair(&mut self, was: Statement, is: Statement) {
        match (was.scope != is.scope, was.label != is.label) {
            (true, _) => self.moved.push([was, is]),
            (false, true) => self.reworded.push([was, is]),
            (false, false) if was.rest != is.rest || was.iri != is.iri => self.changed.push(is),
            _ => {}
        }
    }

    /// As programs read it.
    pub fn to_json(&self) -> Value {
        let pairs = |pairs: &[[Statement; 2]]| -> Vec<Value> {
            pairs.iter().map(|[before, after]| json!({ "before": before, "after": after })).collect()
        };
        json!({
            "added": self.added,
            "removed": self.removed,
            "reworded": pairs(&self.reworded),
            "moved": pairs(&self.moved),
            "changed": self.changed,
        })
    }
}

/// All statements of a version, by IRI.
fn read(generation: &Generation) -> Result<BTreeMap<String, Statement>, StoreError> {
    let mut statements = BTreeMap::new();
    for applied in generation.store.matching(None, Some(words::APPLIES_TO), None) {
        let subject = applied?.subject;
        let iri = subject.to_string().trim_matches(['<', '>']).to_owned();
        if statements.contains_key(&iri) {
            continue;
        }
        let (mut scope, mut digests, mut rest) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        let mut said = generation.store.said_of(subject.as_ref())?;
        said.retain(|quad| !generation.rules.fill(&quad.graph_name));
        // A mention's own lines belong to the statement.
        for mention in said.clone().iter().filter(|quad| quad.predicate == words::HAS_MENTION) {
            if let Term::NamedNode(mention) = &mention.object {
                said.extend(generation.store.said_of(mention.as_ref().into())?);
            }
        }
        for quad in said {
            match &quad.object {
                Term::NamedNode(of) if quad.predicate == words::APPLIES_TO => scope.push(generation.names.label(of.as_str())),
                Term::Literal(digest) if quad.predicate == words::SOURCE_DIGEST => {
                    digests.insert(digest.value().to_owned());
                }
                _ => {}
            }
            rest.insert(format!("{} {} {}", quad.subject, quad.predicate, quad.object));
        }
        scope.sort_unstable();
        let label = generation.names.label(&iri);
        statements.insert(iri.clone(), Statement { iri, label, scope, digests, rest });
    }
    Ok(statements)
}
