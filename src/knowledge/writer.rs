//! Changes the data one commit at a time: what follows is inferred and judged where the change touches it, and nothing is published
//! before it is on disk. Enter at [`Writer::open`] and [`Writer::commit`].
//! A generation never changes, so there are two copies of the graph: the published one, and a spare that lags by one commit. A commit is made
//! on the spare, which then is published; the other becomes the spare as soon as nobody reads it any more.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use oxigraph::model::{GraphName, Quad};

use super::log::{Log, Made};
use super::{Generation, KnowledgeError, Located, Since, Size, engine};
use crate::catalogue::names::Names;
use crate::catalogue::{Catalogue, examples};
use crate::history::{Commit, Draft, History, HistoryError, System};
use crate::infer::{Reasoner, Rules};
use crate::load;
use crate::patch::Patch;
use crate::store::{Store, StoreError, graph_iri, named};
use crate::validate::{Finding, Judge, Touch, ValidateError};
use crate::words;

/// How long readers of the spare copy are waited for; then a new copy is made.
const PATIENCE: Duration = Duration::from_secs(2);

/// A change that somebody wants to make.
#[derive(Clone, Debug)]
pub struct Change {
    pub author: String,
    pub message: String,
    pub patch: Patch,
    /// The version that it was made for, if it is for that one only.
    pub expected: Option<String>,
    /// Whether it is only tried.
    pub dry_run: bool,
}

/// What a change did, or would do.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The version now.
    pub version: String,
    /// None if nothing was to be changed, or it was only tried.
    pub commit: Option<Commit>,
    /// What took effect of it.
    pub stated: Patch,
    /// What followed.
    pub inferred: Patch,
    /// What is wrong with a change that was only tried.
    pub findings: Vec<Finding>,
}

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("the graph {graph} is made by the program, and nobody states anything in it")]
    Made { graph: String },
    #[error("an engine elsewhere keeps no graph without a name: name the graph to change")]
    Unnamed,
    #[error("the data would not be fit to publish:\n{}", super::lines(.0))]
    Findings(Vec<Finding>),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Validate(#[from] ValidateError),
    /// What others have committed could not be taken over.
    #[error(transparent)]
    Knowledge(Box<KnowledgeError>),
}

impl From<KnowledgeError> for CommitError {
    fn from(error: KnowledgeError) -> Self {
        match error {
            KnowledgeError::History(error) => Self::History(error),
            KnowledgeError::Store(error) => Self::Store(error),
            other => Self::Knowledge(Box::new(other)),
        }
    }
}

/// The one who changes the store.
pub struct Writer {
    log: Log,
    system: System,
    judge: Judge,
    reasoner: Reasoner,
    current: Arc<Generation>,
    spare: Option<Spare>,
}

/// A copy of the graph that is not published any more.
struct Spare {
    generation: Arc<Generation>,
    /// What it lacks.
    behind: Option<Arc<Patch>>,
}

/// A copy to change.
struct Copy {
    store: Store,
    names: Arc<Names>,
}

impl Copy {
    fn apply(&mut self, change: &Patch) -> Result<(), StoreError> {
        let Self { store, names } = self;
        store.apply(change)?;
        Arc::make_mut(names).change(change, |thing| store.said_of(thing.as_ref()))
    }
}

impl Writer {
    /// Reads the newest version. Data that a file's commit made with other ontology or questions is judged anew by these, and a commit says so.
    ///
    /// # Errors
    /// When the file is damaged, or the data is not fit for the ontology.
    pub fn open(log: Log, system: System) -> Result<Self, KnowledgeError> {
        let (mut tip, data) = log.newest()?;
        let parts = Parts::read(&system)?;
        let (judge, problems) = Judge::read(&system.ontology);
        let Some(judge) = judge.filter(|_| problems.is_empty()) else { return Err(KnowledgeError::Problems(problems)) };
        let quads = [data, parts.ontology].concat();
        let (reasoner, inferred) = Reasoner::new(&parts.rules, &quads);
        let size = Size { stated: inferred.stated, inferred: inferred.quads.len(), rounds: inferred.rounds };
        let current = assembled(parts.rules, parts.catalogue, &quads, &inferred.quads, tip.clone(), size)?;
        match &log {
            Log::Engine(remote) => engine::agrees(remote, &tip, &system, size)?,
            Log::File(history) if tip.system != system.digest() => {
                let findings = judge.judge(&quads, &current.store)?;
                if !findings.is_empty() {
                    return Err(KnowledgeError::Findings(
                        findings.into_iter().map(|finding| Located { finding, place: None }).collect(),
                    ));
                }
                let message = format!("Ontology and questions of competency-graph {}", env!("CARGO_PKG_VERSION"));
                let draft = Draft { author: "competency-graph".to_owned(), message, patch: Patch::default() };
                tip = history.append(Some(&tip.digest), &system, &draft)?;
            }
            Log::File(_) => {}
        }
        let current = Arc::new(Generation { version: tip.digest.clone(), commit: Some(tip), ..current });
        let writer = Self { log, system, judge, reasoner, current, spare: None };
        writer.keep_snapshot()?;
        Ok(writer)
    }

    /// The newest version.
    pub fn current(&self) -> &Arc<Generation> {
        &self.current
    }

    /// Makes the copy that the first change needs, which takes as long as loading: better before somebody waits for it.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn prepare(&mut self) -> Result<(), StoreError> {
        if self.spare.is_none() {
            let copy = self.copied()?;
            self.put_by(copy);
        }
        Ok(())
    }

    /// Makes a change, or tries it. When this returns with a commit, it is on disk and [`Writer::current`] has it.
    ///
    /// # Errors
    /// When it cannot or may not be made; then nothing has changed.
    pub fn commit(&mut self, mut change: Change) -> Result<Outcome, CommitError> {
        let version = self.current.version.clone();
        if change.expected.as_ref().is_some_and(|expected| *expected != version) {
            return Err(HistoryError::Moved { current: version }.into());
        }
        if let Some(graph) = change.patch.quads().find_map(|quad| made(&quad.graph_name)) {
            return Err(CommitError::Made { graph });
        }
        let stated = std::mem::take(&mut change.patch).effective(|quad| self.current.store.contains(quad))?;
        if stated.is_empty() {
            return Ok(Outcome { version, commit: None, stated, inferred: Patch::default(), findings: Vec::new() });
        }
        let inferred = self.reasoner.apply(&stated);
        let tried = self.attempt(&change, &stated, &inferred);
        if !matches!(tried, Ok(Tried::Committed(_))) {
            self.reasoner.apply(&stated.inverse());
        }
        let (commit, findings) = match tried? {
            Tried::Committed(commit) => (Some(commit), Vec::new()),
            Tried::Found(findings) => (None, findings),
        };
        Ok(Outcome { version: self.current.version.clone(), commit, stated, inferred, findings })
    }

    /// Takes over the next commit that another process has made. Tells whether there was one.
    ///
    /// # Errors
    /// When the file fails, or was committed to with another ontology.
    pub fn follow(&mut self) -> Result<bool, KnowledgeError> {
        let Log::File(history) = &self.log else { return Ok(false) };
        let known = self.current.commit.as_ref().map_or(0, |commit| commit.number);
        let Some((commit, stated)) = history.after(known)? else { return Ok(false) };
        if commit.system != self.system.digest() {
            let what = format!("commit {} was made with another ontology; restart the server with that one", commit.number);
            return Err(HistoryError::Other { what }.into());
        }
        let inferred = self.reasoner.apply(&stated);
        let change = stated.and(inferred);
        let mut copy = self.take()?;
        let more = self.changed(&mut copy, &change)?;
        self.publish(copy, commit, change.and(more));
        Ok(true)
    }

    fn attempt(&mut self, wanted: &Change, stated: &Patch, inferred: &Patch) -> Result<Tried, CommitError> {
        let change = stated.clone().and(inferred.clone());
        let mut copy = self.take()?;
        let more = self.changed(&mut copy, &change)?;
        let change = change.and(more);
        let ontology = named(words::ONTOLOGY_GRAPH);
        let is_stated = |graph: &GraphName| *graph == ontology || made(graph).is_none();
        let touch = Touch { stated, inferred, is_stated: &is_stated };
        let committed = match self.judge.judge_touched(&touch, &copy.store) {
            Err(error) => Err(error.into()),
            Ok(findings) if wanted.dry_run => Ok(Tried::Found(findings)),
            Ok(findings) if !findings.is_empty() => Err(CommitError::Findings(findings)),
            Ok(_) => {
                let draft = Draft { author: wanted.author.clone(), message: wanted.message.clone(), patch: stated.clone() };
                let made = Made { change: &change, after: &copy.store };
                self.log.append(&self.current, &self.system, &draft, &made).map(Tried::Committed)
            }
        };
        match committed {
            Ok(Tried::Committed(commit)) => {
                self.publish(copy, commit.clone(), change);
                if let Err(error) = self.keep_snapshot() {
                    // The commit stands without it; the next start takes longer.
                    tracing::warn!(%error, "No snapshot could be kept: {error}");
                }
                Ok(Tried::Committed(commit))
            }
            other => {
                copy.apply(&change.inverse())?;
                self.put_by(copy);
                other
            }
        }
    }

    /// Applies a change to a copy, and tells what changes besides: what the catalogue makes of names.
    fn changed(&self, copy: &mut Copy, change: &Patch) -> Result<Patch, StoreError> {
        copy.apply(change)?;
        let made = examples::quads(&self.current.catalogue, &copy.names);
        let more = Patch::between(copy.store.quads(Some(&named(words::EXAMPLES)))?, made);
        copy.store.apply(&more)?;
        Ok(more)
    }

    /// The spare copy, brought up to date; a new one where it is still being read.
    fn take(&mut self) -> Result<Copy, StoreError> {
        let Some(Spare { mut generation, behind }) = self.spare.take() else { return self.copied() };
        let until = Instant::now() + PATIENCE;
        let spare = loop {
            match Arc::try_unwrap(generation) {
                Ok(spare) => break spare,
                Err(_) if Instant::now() > until => return self.copied(),
                Err(read) => generation = read,
            }
            thread::sleep(Duration::from_millis(1));
        };
        let mut copy = Copy { store: spare.store, names: spare.names };
        if let Some(change) = behind {
            copy.apply(&change)?;
        }
        Ok(copy)
    }

    fn copied(&self) -> Result<Copy, StoreError> {
        let store = Store::new()?;
        store.insert(self.current.store.quads(None)?)?;
        Ok(Copy { store, names: Arc::new((*self.current.names).clone()) })
    }

    /// Keeps a copy that is as the current version for the next change.
    fn put_by(&mut self, copy: Copy) {
        let generation = Arc::new(self.generation(copy, self.current.version.clone()));
        self.spare = Some(Spare { generation, behind: None });
    }

    fn publish(&mut self, copy: Copy, commit: Commit, change: Patch) {
        let change = Arc::new(change);
        let since = Some(Since { version: self.current.version.clone(), change: change.clone() });
        let next = Generation { since, ..self.generation(copy, commit.digest.clone()) };
        let before = std::mem::replace(&mut self.current, Arc::new(Generation { commit: Some(commit), ..next }));
        self.spare = Some(Spare { generation: before, behind: Some(change) });
    }

    fn generation(&self, copy: Copy, version: String) -> Generation {
        let Generation { rules, catalogue, size, .. } = &*self.current;
        let (stated, inferred) = self.reasoner.size();
        let size = Size { stated, inferred, rounds: size.rounds };
        Generation::assembled(copy.store, rules.clone(), catalogue.clone(), copy.names, version, size)
    }

    fn keep_snapshot(&self) -> Result<(), HistoryError> {
        let (Some(commit), Log::File(history)) = (&self.current.commit, &self.log) else { return Ok(()) };
        if !history.is_snapshot_due(commit, self.current.size.stated)? {
            return Ok(());
        }
        let quads = self.current.store.quads(None).map_err(|error| HistoryError::Damaged { what: error.to_string() })?;
        let quads: Vec<Quad> = quads.into_iter().filter(|quad| made(&quad.graph_name).is_none()).collect();
        let (history, commit) = (history.clone(), commit.clone());
        thread::spawn(move || {
            if let Err(error) = history.keep_snapshot(&commit, &quads) {
                tracing::warn!(%error, "No snapshot could be kept: {error}");
            }
        });
        Ok(())
    }
}

/// The name of a graph in which nobody states anything.
fn made(graph: &GraphName) -> Option<String> {
    graph_iri(graph).filter(|name| words::is_made(name))
}

enum Tried {
    Committed(Commit),
    /// It was only tried, and this is wrong with it.
    Found(Vec<Finding>),
}

/// Ontology and questions, read.
pub(super) struct Parts {
    ontology: Vec<Quad>,
    pub rules: Arc<Rules>,
    pub catalogue: Arc<Catalogue>,
}

impl Parts {
    pub fn read(system: &System) -> Result<Self, KnowledgeError> {
        let (ontology, mut problems) = load::ontology_quads(&system.ontology);
        let (rules, more) = Rules::read(&system.ontology);
        problems.extend(more);
        let (catalogue, more) = Catalogue::read(&system.queries);
        problems.extend(more);
        if !problems.is_empty() {
            return Err(KnowledgeError::Problems(problems));
        }
        Ok(Self { ontology, rules: Arc::new(rules), catalogue: Arc::new(catalogue) })
    }
}

/// A version as it was, with the ontology and questions of its time.
///
/// # Errors
/// When the file is damaged.
pub fn former(history: &History, commit: Commit) -> Result<Generation, KnowledgeError> {
    let parts = Parts::read(&history.system(&commit)?)?;
    let quads = [history.quads(&commit)?, parts.ontology].concat();
    let inferred = parts.rules.infer(&quads);
    let size = Size { stated: inferred.stated, inferred: inferred.quads.len(), rounds: inferred.rounds };
    Ok(assembled(parts.rules, parts.catalogue, &quads, &inferred.quads, commit, size)?)
}

fn assembled(
    rules: Arc<Rules>,
    catalogue: Arc<Catalogue>,
    stated: &[Quad],
    inferred: &[Quad],
    commit: Commit,
    size: Size,
) -> Result<Generation, StoreError> {
    let store = Store::new()?;
    store.insert(stated.iter().chain(inferred).cloned())?;
    let names = Names::read(stated.iter().chain(inferred));
    store.insert(examples::quads(&catalogue, &names))?;
    let made = Generation::assembled(store, rules, catalogue, Arc::new(names), commit.digest.clone(), size);
    Ok(Generation { commit: Some(commit), ..made })
}
