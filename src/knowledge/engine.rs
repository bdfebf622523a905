//! Data in an engine elsewhere: bringing it there, and reading what version it has. Enter at [`load`] and [`generation`].
//! What follows is inferred by the engine itself, by the same rules as updates. A mark is written last and taken away first, so that what
//! is half there does not look whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use oxigraph::model::{GraphName, Literal, NamedNode, NamedNodeRef, Quad, Term};
use spargebra::GraphUpdateOperation;
use spargebra::algebra::GraphTarget;

use super::writer::Parts;
use super::{Generation, KnowledgeError, Size};
use crate::catalogue::names::Names;
use crate::history::System;
use crate::store::remote::{Dataset, Remote, RemoteError};
use crate::store::{Store, StoreError, asking, count, named, text, text_of};
use crate::words::{self, dcterms, other};

/// More rounds than any ladder needs: rules that go on and on are a mistake.
const MOST_ROUNDS: usize = 100;

/// The mark that the data has a version, whole.
pub fn mark(version: &str) -> Quad {
    recorded(dcterms::IDENTIFIER, Literal::from(version).into())
}

/// The record of the graphs that are ours: an engine may hold others.
fn parts(graphs: &BTreeSet<String>) -> Vec<Quad> {
    graphs.iter().map(|graph| recorded(dcterms::HAS_PART, NamedNode::new_unchecked(graph).into())).collect()
}

fn recorded(property: NamedNodeRef<'_>, value: Term) -> Quad {
    let system = NamedNode::new_unchecked(words::SYSTEM);
    Quad::new(system.clone(), property.into_owned(), value, GraphName::from(system))
}

/// What the engine's record says.
fn record(store: &Store, property: NamedNodeRef<'_>) -> Result<BTreeSet<String>, StoreError> {
    let quads = store.quads(Some(&named(words::SYSTEM)))?;
    Ok(quads.iter().filter(|quad| quad.predicate == property).map(|quad| text(&quad.object)).collect())
}

/// The version that an engine's data has; none if there is none, or it is not whole.
///
/// # Errors
/// When the engine fails.
pub fn version(store: &Store) -> Result<Option<String>, StoreError> {
    let mut marks = record(store, dcterms::IDENTIFIER)?;
    Ok(if marks.len() == 1 { marks.pop_first() } else { None })
}

/// Brings a generation's data to an engine, in place of what the engine has in the same graphs, and has it infer there. `progress` is told of each
/// step.
///
/// # Errors
/// When the engine fails; then its data has no mark.
pub fn load(remote: Arc<Remote>, generation: &Generation, progress: &dyn Fn(&str)) -> Result<(), StoreError> {
    let store = Store::elsewhere(remote.clone());
    let mut quads = generation.stated()?;
    quads.extend(generation.store.quads(Some(&named(words::EXAMPLES)))?);
    let ours = generation.store.graphs()?;
    progress("Clearing the graphs that are brought, and what an earlier load brought besides");
    let cleared: BTreeSet<String> = record(&store, dcterms::HAS_PART)?.union(&ours).cloned().collect();
    clear(&remote, words::SYSTEM)?;
    // The record comes first, so that a load that fails leaves no graph that the next one does not know of.
    store.insert(parts(&cleared))?;
    cleared.iter().try_for_each(|graph| clear(&remote, graph))?;
    progress(&format!("Bringing {} statements", quads.len()));
    store.insert(quads)?;
    let graphs = [ours.iter().cloned().collect(), vec![words::SYSTEM.to_owned()]].concat();
    let mut remote = whole(&remote)?;
    if remote.dataset.graphs.is_some() {
        // Those that are going to hold what follows as well.
        remote = Arc::new(remote.with_dataset(Dataset { graphs: Some(graphs.clone()), ours: ours.clone() }));
    }
    let store = Store::elsewhere(remote.clone());
    let named_graphs: Option<Vec<NamedNode>> =
        remote.dataset.graphs.as_ref().map(|graphs| graphs.iter().map(NamedNode::new_unchecked).collect());
    let inferred = || -> Result<usize, StoreError> {
        let all = graphs.iter().filter(|graph| graph.starts_with(words::INFERRED));
        all.map(|graph| count(&store, graph)).sum()
    };
    let mut before = inferred()?;
    for round in 1..=MOST_ROUNDS {
        progress(&format!("Inferring, round {round}: {before} so far"));
        for rule in &generation.rules.0 {
            for update in rule.updates(named_graphs.as_deref()) {
                remote.update(&text_of(vec![update]))?;
            }
        }
        let after = inferred()?;
        if after == before {
            break;
        }
        before = after;
    }
    if before != generation.size.inferred {
        let what = format!("the same rules gave {before} triples there and {} here", generation.size.inferred);
        return Err(RemoteError::Lacks { url: remote.address.query.clone(), what }.into());
    }
    clear(&remote, words::SYSTEM)?;
    store.insert(parts(&ours).into_iter().chain([mark(&generation.version)]))
}

fn clear(remote: &Remote, graph: &str) -> Result<(), StoreError> {
    let graph = GraphTarget::NamedNode(NamedNode::new_unchecked(graph));
    Ok(remote.update(&text_of(vec![GraphUpdateOperation::Clear { silent: true, graph }]))?)
}

/// The engine, with the graphs it must be told of, if its default graph is not the union of all.
///
/// # Errors
/// When it fails, or knows no named graphs.
pub fn whole(remote: &Remote) -> Result<Arc<Remote>, StoreError> {
    let plain = Arc::new(remote.with_dataset(Dataset::default()));
    let store = Store::elsewhere(plain.clone());
    let ours = record(&store, dcterms::HAS_PART)?;
    let is_union = store.ask(asking(words::JOB_FAMILY))?;
    let named = || ours.iter().map(String::as_str).chain([words::SYSTEM]).map(str::to_owned).collect();
    let graphs = (!is_union).then(named);
    Ok(Arc::new(plain.with_dataset(Dataset { graphs, ours })))
}

/// What an engine holds, as it is now.
///
/// # Errors
/// When the engine fails, or its data has no mark.
pub fn generation(remote: &Remote, system: &System) -> Result<Generation, KnowledgeError> {
    let remote = whole(remote)?;
    let store = Store::elsewhere(remote.clone());
    let version = version(&store)?.ok_or_else(|| {
        let what = "the whole of our data; bring it there with `competency init --store`".to_owned();
        StoreError::from(RemoteError::Lacks { url: remote.address.query.clone(), what })
    })?;
    let Parts { rules, catalogue, .. } = Parts::read(system)?;
    let mut quads = Vec::new();
    for predicate in [other::TYPE, other::PREF_LABEL, other::ALT_LABEL, other::NOTATION] {
        quads.extend(store.matching(None, Some(predicate), None).collect::<Result<Vec<_>, _>>()?);
    }
    let names = Names::read(&quads);
    let mut size = Size { stated: 0, inferred: 0, rounds: 0 };
    for graph in store.graphs()? {
        let count = count(&store, &graph)?;
        if graph.starts_with(words::INFERRED) {
            size.inferred += count;
        } else if graph != words::EXAMPLES {
            size.stated += count;
        }
    }
    Ok(Generation::assembled(store, rules, catalogue, Arc::new(names), version, size))
}
