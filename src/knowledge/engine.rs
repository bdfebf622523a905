//! Data in an engine elsewhere: bringing it there, and reading what version it has. Enter at [`load`] and [`generation`].
//! What follows is inferred by the engine itself, by the same rules as updates. A mark is written last and taken away first, so that what
//! is half there does not look whole.

use std::sync::Arc;

use oxigraph::model::{GraphName, Literal, NamedNode, Quad};
use spargebra::GraphUpdateOperation;
use spargebra::algebra::GraphTarget;

use super::{Generation, KnowledgeError, Size};
use crate::catalogue::Catalogue;
use crate::catalogue::names::Names;
use crate::history::System;
use crate::infer::Rules;
use crate::store::remote::{Dataset, Remote, RemoteError};
use crate::store::{Store, StoreError, asking, count, named, text, text_of};
use crate::words::{self, dcterms, other};

/// More rounds than any ladder needs: rules that go on and on are a mistake.
const MOST_ROUNDS: usize = 100;

/// The mark that the data has a version, whole.
pub fn mark(version: &str) -> Quad {
    let system = NamedNode::new_unchecked(words::SYSTEM);
    let version = Literal::from(version);
    Quad::new(system.clone(), dcterms::IDENTIFIER.into_owned(), version, GraphName::from(system))
}

/// The version that an engine's data has; none if there is none, or it is not whole.
///
/// # Errors
/// When the engine fails.
pub fn version(store: &Store) -> Result<Option<String>, StoreError> {
    let system = NamedNode::new_unchecked(words::SYSTEM);
    let marks = store.matching(Some(system.as_ref().into()), Some(dcterms::IDENTIFIER), None);
    let marks = marks.collect::<Result<Vec<_>, _>>()?;
    Ok(if let [mark] = &marks[..] { Some(text(&mark.object)) } else { None })
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
    let mut graphs: Vec<String> = generation.store.graphs()?.into_iter().collect();
    progress("Clearing the graphs that are brought");
    for graph in graphs.iter().map(String::as_str).chain([words::SYSTEM]) {
        let graph = GraphTarget::NamedNode(NamedNode::new_unchecked(graph));
        remote.update(&text_of(vec![GraphUpdateOperation::Clear { silent: true, graph }]))?;
    }
    progress(&format!("Bringing {} statements", quads.len()));
    store.insert(quads)?;
    graphs.push(words::SYSTEM.to_owned());
    let mut remote = whole(&remote)?;
    if remote.dataset.graphs.is_some() {
        // Those that are going to hold what follows as well.
        remote = Arc::new(remote.with_dataset(Dataset { graphs: Some(graphs.clone()) }));
    }
    let store = Store::elsewhere(remote.clone());
    let named_graphs: Option<Vec<NamedNode>> =
        remote.dataset.graphs.as_ref().map(|graphs| graphs.iter().map(NamedNode::new_unchecked).collect());
    let inferred = || -> Result<usize, StoreError> {
        let all = graphs.iter().filter(|graph| graph.starts_with(words::INFERRED));
        all.map(|graph| count(&store, Some(&NamedNode::new_unchecked(graph)))).sum()
    };
    let mut before = inferred()?;
    for round in 1..=MOST_ROUNDS {
        progress(&format!("Inferring, round {round}: {before} so far"));
        for rule in &generation.rules.0 {
            remote.update(&text_of(vec![rule.update(named_graphs.as_deref())]))?;
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
    store.insert([mark(&generation.version)])
}

/// The engine, with the graphs it must be told of, if its default graph is not the union of all.
///
/// # Errors
/// When it fails, or knows no named graphs.
pub fn whole(remote: &Remote) -> Result<Arc<Remote>, StoreError> {
    let plain = Store::elsewhere(Arc::new(remote.with_dataset(Dataset::default())));
    let graphs = plain.graphs()?;
    let is_union = plain.ask(asking(words::JOB_FAMILY))?;
    let dataset = Dataset { graphs: (!is_union).then(|| graphs.into_iter().collect()) };
    Ok(Arc::new(remote.with_dataset(dataset)))
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
    let (rules, mut problems) = Rules::read(&system.ontology);
    let (catalogue, more) = Catalogue::read(&system.queries);
    problems.extend(more);
    if !problems.is_empty() {
        return Err(KnowledgeError::Problems(problems));
    }
    let mut quads = Vec::new();
    for predicate in [other::TYPE, other::PREF_LABEL, other::ALT_LABEL, other::NOTATION] {
        quads.extend(store.matching(None, Some(predicate), None).collect::<Result<Vec<_>, _>>()?);
    }
    let names = Names::read(&quads);
    let mut size = Size { stated: 0, inferred: 0, rounds: 0 };
    for graph in store.graphs()? {
        let count = count(&store, Some(&NamedNode::new_unchecked(&graph)))?;
        if graph.starts_with(words::INFERRED) {
            size.inferred += count;
        } else if ![words::EXAMPLES, words::SYSTEM].contains(&graph.as_str()) {
            size.stated += count;
        }
    }
    Ok(Generation::assembled(store, Arc::new(rules), Arc::new(catalogue), Arc::new(names), version, size))
}
