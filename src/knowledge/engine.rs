//! Data in an engine elsewhere: bringing it there, reading what version it has, and changing it. Enter at [`load`], [`generation`] and
//! [`exchange`]. A load has the engine infer by itself, by the same rules as updates; its mark is written last and taken away first, so that what
//! is half there does not look whole. A change is made where the mark still is the one it was worked out on, and else not at all.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use oxigraph::model::{BlankNode, GraphName, Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Quad, Term, TermRef};
use serde::{Deserialize, Serialize};
use spargebra::GraphUpdateOperation;
use spargebra::algebra::GraphTarget;

use super::log::Made;
use super::writer::Parts;
use super::{CommitError, Generation, KnowledgeError, Size};
use crate::catalogue::names::Names;
use crate::history::{Commit, HistoryError, System};
use crate::patch::Patch;
use crate::store::remote::{Dataset, Remote, RemoteError};
use crate::store::{Exchange, Store, StoreError, asking, count, graph_iri, named, text, text_of};
use crate::words::{self, dcterms, other};

/// More rounds than any ladder needs: rules that go on and on are a mistake.
const MOST_ROUNDS: usize = 100;

/// So often data is read that is changed meanwhile.
const ATTEMPTS: usize = 5;

/// The mark that the data has a version, whole.
fn mark(version: &str) -> Quad {
    recorded(dcterms::IDENTIFIER, Literal::from(version).into())
}

/// How the version came about.
#[derive(Serialize, Deserialize)]
struct Provenance {
    commit: Commit,
    /// The versions before it, the last one first: as many as may follow on each other while somebody looks whether theirs was made.
    before: Vec<String>,
}

/// So many versions are remembered by name.
const REMEMBERED: usize = 64;

impl Provenance {
    fn quad(&self) -> Result<Quad, StoreError> {
        let text = serde_json::to_string(self).map_err(io::Error::from)?;
        Ok(recorded(dcterms::PROVENANCE, Literal::from(text).into()))
    }
}

/// What an engine's data says of itself at one moment.
struct Record(Vec<Quad>);

impl Record {
    fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self(store.quads(Some(&named(words::SYSTEM)))?))
    }

    fn values(&self, property: NamedNodeRef<'_>) -> BTreeSet<String> {
        self.0.iter().filter(|quad| quad.predicate == property).map(|quad| text(&quad.object)).collect()
    }

    fn version(&self) -> Option<String> {
        let mut marks = self.values(dcterms::IDENTIFIER);
        if marks.len() == 1 { marks.pop_first() } else { None }
    }

    fn provenance(&self) -> Option<Provenance> {
        let told = self.values(dcterms::PROVENANCE).pop_first();
        told.and_then(|text| serde_json::from_str(&text).ok())
    }
}

/// The record of the graphs that are ours: an engine may hold others.
fn parts(graphs: &BTreeSet<String>) -> Vec<Quad> {
    graphs.iter().map(|graph| recorded(dcterms::HAS_PART, NamedNode::new_unchecked(graph).into())).collect()
}

fn recorded(property: NamedNodeRef<'_>, value: Term) -> Quad {
    let system = NamedNode::new_unchecked(words::SYSTEM);
    Quad::new(system.clone(), property.into_owned(), value, GraphName::from(system))
}

/// The version that an engine's data has; none if there is none, or it is not whole.
///
/// # Errors
/// When the engine fails.
pub fn version(store: &Store) -> Result<Option<String>, StoreError> {
    Ok(Record::read(store)?.version())
}

/// Brings a generation's data to an engine as a first commit, in place of what the engine has in the same graphs, and has it infer there.
/// `progress` is told of each step.
///
/// # Errors
/// When the engine fails; then its data has no mark.
pub fn load(remote: Arc<Remote>, generation: &Generation, commit: &Commit, progress: &dyn Fn(&str)) -> Result<(), StoreError> {
    let store = Store::elsewhere(remote.clone());
    let mut quads = generation.stated()?;
    quads.extend(generation.store.quads(Some(&named(words::EXAMPLES)))?);
    let ours = generation.store.graphs()?;
    progress("Clearing the graphs that are brought, and what an earlier load brought besides");
    let cleared: BTreeSet<String> = Record::read(&store)?.values(dcterms::HAS_PART).union(&ours).cloned().collect();
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
        remote = Arc::new(remote.with_dataset(dataset(ours.clone(), false)));
    }
    let store = Store::elsewhere(remote.clone());
    let named_graphs: Option<Vec<NamedNode>> =
        remote.dataset.graphs.as_ref().map(|graphs| graphs.iter().map(NamedNode::new_unchecked).collect());
    let mut before = inferred(&store, graphs.iter())?;
    for round in 1..=MOST_ROUNDS {
        progress(&format!("Inferring, round {round}: {before} so far"));
        for rule in &generation.rules.0 {
            for update in rule.updates(named_graphs.as_deref()) {
                remote.update(&text_of(vec![update]))?;
            }
        }
        let after = inferred(&store, graphs.iter())?;
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
    let provenance = Provenance { commit: commit.clone(), before: Vec::new() };
    store.insert(parts(&ours).into_iter().chain([provenance.quad()?, mark(&commit.digest)]))
}

/// What people have stated in an engine's data, with the commit that it came about by.
///
/// # Errors
/// When the engine fails, or its data has no mark or is changed all the time.
pub fn stated(remote: &Remote) -> Result<(Commit, Vec<Quad>), StoreError> {
    let remote = whole(remote)?;
    let store = Store::elsewhere(remote.clone());
    let lacks = |what: &str| StoreError::from(RemoteError::Lacks { url: remote.address.query.clone(), what: what.to_owned() });
    for _ in 0..ATTEMPTS {
        let told = Record::read(&store)?.provenance();
        let before = told
            .map(|told| told.commit)
            .ok_or_else(|| lacks("the record of a commit; bring the data anew with `competency init --store`"))?;
        let mut quads = Vec::new();
        for (number, graph) in remote.dataset.ours.iter().filter(|graph| !words::is_made(graph)).enumerate() {
            let apart = store.quads(Some(&named(graph)))?.into_iter().map(|quad| renamed(quad, number));
            quads.extend(apart);
        }
        if version(&store)?.is_some_and(|version| version == before.digest) {
            return Ok((before, quads));
        }
    }
    Err(lacks("a moment without changes to read it in"))
}

/// Makes sure that an engine's data was brought there with this ontology and these questions, and that what follows here followed there.
///
/// # Errors
/// When it was not; or the engine fails.
pub fn agrees(remote: &Remote, commit: &Commit, system: &System, size: Size) -> Result<(), StoreError> {
    let remote = whole(remote)?;
    let store = Store::elsewhere(remote.clone());
    let follow = inferred(&store, remote.dataset.ours.iter())?;
    if commit.system == system.digest() && follow == size.inferred {
        return Ok(());
    }
    let what = "data that was brought there with the ontology and questions of this program; bring it anew with `competency init --store`";
    Err(RemoteError::Lacks { url: remote.address.query.clone(), what: what.to_owned() }.into())
}

/// How much follows, of what stands in some graphs.
fn inferred<'a>(store: &Store, graphs: impl Iterator<Item = &'a String>) -> Result<usize, StoreError> {
    graphs.filter(|graph| graph.starts_with(words::INFERRED)).map(|graph| count(store, graph)).sum()
}

/// Engines may begin to name blank nodes anew in each answer.
fn renamed(quad: Quad, answer: usize) -> Quad {
    let name = |node: BlankNode| BlankNode::new_unchecked(format!("{}x{answer}", node.as_str()));
    let subject = match quad.subject {
        NamedOrBlankNode::BlankNode(node) => name(node).into(),
        named @ NamedOrBlankNode::NamedNode(_) => named,
    };
    let object = match quad.object {
        Term::BlankNode(node) => name(node).into(),
        other => other,
    };
    Quad { subject, object, ..quad }
}

/// Makes a commit's change to an engine's data, if that still is of the known version.
///
/// # Errors
/// [`HistoryError::Moved`] when it is not; else when the engine fails. Nothing is changed then, unless the engine gave no answer at all.
pub fn exchange(remote: &Remote, known: &Generation, commit: &Commit, made: &Made<'_>) -> Result<(), CommitError> {
    let change = made.change;
    if change.quads().any(|quad| graph_iri(&quad.graph_name).is_none()) {
        return Err(CommitError::Unnamed);
    }
    let store = Store::elsewhere(Arc::new(remote.with_dataset(Dataset::default())));
    let before = Record::read(&store)?;
    let condition = mark(&known.version);
    let earlier = before.provenance().map(|told| told.before).unwrap_or_default();
    let earlier = [known.version.clone()].into_iter().chain(earlier).take(REMEMBERED).collect();
    let provenance = Provenance { commit: commit.clone(), before: earlier };
    let after = parts(&made.after.graphs()?).into_iter().chain([provenance.quad()?, mark(&commit.digest)]);
    // Whatever else is recorded would have been read for another version than the condition names, and then nothing is done.
    let record = Patch::between(before.0, after);
    let stage = format!("{}/{}", words::SYSTEM, commit.digest);
    let anew = &anew(&known.store, made)?;
    let sent = crate::store::exchange(remote, &Exchange { change, anew, condition: &condition, record: &record, stage });
    match Record::read(&store).map(|record| record.provenance()) {
        // An answer may be lost on its way, and others may have come after.
        Ok(Some(told)) if told.commit.digest == commit.digest || told.before.contains(&commit.digest) => Ok(()),
        Ok(told) => {
            sent.map_err(StoreError::from)?;
            Err(HistoryError::Moved { current: told.map(|told| told.commit.digest).unwrap_or_default() }.into())
        }
        Err(error) => Err(sent.map_or_else(StoreError::from, |()| error).into()),
    }
}

/// The graphs that speak of a blank node which a change touches, as they are after it.
fn anew(before: &Store, made: &Made<'_>) -> Result<Vec<(GraphName, Vec<Quad>)>, StoreError> {
    let blank = |quad: &Quad| [Term::from(quad.subject.clone()), quad.object.clone()].into_iter().filter(Term::is_blank_node);
    let mut graphs = BTreeSet::new();
    for term in made.change.quads().flat_map(blank) {
        let TermRef::BlankNode(node) = term.as_ref() else { continue };
        for quad in before.matching(Some(node.into()), None, None).chain(before.matching(None, None, Some(node.into()))) {
            graphs.extend(graph_iri(&quad?.graph_name));
        }
    }
    let whole = |graph: String| {
        let graph = named(&graph);
        let quads = made.after.quads(Some(&graph))?;
        Ok((graph, quads))
    };
    graphs.into_iter().map(whole).collect()
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
    let ours = Record::read(&store)?.values(dcterms::HAS_PART);
    let is_union = store.ask(asking(words::JOB_FAMILY))?;
    Ok(Arc::new(plain.with_dataset(dataset(ours, is_union))))
}

/// What an engine holds, as it is now.
///
/// # Errors
/// When the engine fails, or its data has no mark.
pub fn generation(remote: &Remote, system: &System) -> Result<Generation, KnowledgeError> {
    let remote = whole(remote)?;
    let store = Store::elsewhere(remote.clone());
    let record = Record::read(&store)?;
    let version = record.version().ok_or_else(|| {
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
    let commit = record.provenance().map(|told| told.commit);
    Ok(Generation { commit, ..Generation::assembled(store, rules, catalogue, Arc::new(names), version, size) })
}

/// What an engine holds after a change, as the copy has it that the change was worked out on.
///
/// # Errors
/// When the copy fails.
pub fn shown(remote: &Remote, copy: &Generation) -> Result<Generation, StoreError> {
    let ours = copy.store.graphs()?;
    let remote = Arc::new(remote.with_dataset(dataset(ours, remote.dataset.graphs.is_none())));
    let Generation { rules, catalogue, names, version, size, commit, .. } = copy;
    let (rules, catalogue, names) = (rules.clone(), catalogue.clone(), names.clone());
    let shown = Generation::assembled(Store::elsewhere(remote), rules, catalogue, names, version.clone(), *size);
    Ok(Generation { commit: commit.clone(), ..shown })
}

/// How an engine is asked for some graphs: by their names, unless its default graph is the union of all.
fn dataset(ours: BTreeSet<String>, is_union: bool) -> Dataset {
    let named = || ours.iter().map(String::as_str).chain([words::SYSTEM]).map(str::to_owned).collect();
    Dataset { graphs: (!is_union).then(named), ours }
}
