//! What is known at one time: a [`Generation`] is loaded, inferred and judged whole, and never changes.
//! [`Knowledge`] publishes the newest good one and keeps it when a later edit is bad.
//! Where the files come from is [`Origin`]; when to look again is the callers' matter.

pub mod engine;
mod writer;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread;

use oxigraph::model::Quad;

use crate::ask::{Asker, Call, Understanding};
use crate::catalogue::Catalogue;
use crate::catalogue::answer::{Answer, AskError, ask};
use crate::catalogue::examples;
use crate::catalogue::names::Names;
use crate::files::{self, Files, FilesError, Problem};
use crate::history::{Commit, History, HistoryError, System};
use crate::infer::{Inferred, Rules};
use crate::load;
use crate::patch::Patch;
use crate::profile::Profile;
use crate::store::remote::{Address, Credentials, Dataset, Remote};
use crate::store::{Store, StoreError, named};
use crate::validate::{Finding, Judge, ValidateError};
use crate::words;
use writer::Writer;
pub use writer::{Change, CommitError, Outcome, former};

/// Where data and ontology come from; what is not named is the bundled one.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub data: Option<PathBuf>,
    pub ontology: Option<PathBuf>,
    /// The file of a durable store, in place of `data`.
    pub store: Option<PathBuf>,
    /// An engine elsewhere, in place of all data.
    pub engine: Option<Engine>,
}

/// An engine elsewhere, and who we are to it.
#[derive(Clone)]
pub struct Engine {
    pub address: Address,
    pub credentials: Credentials,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(f)
    }
}

impl Engine {
    /// A way to ask it.
    pub fn remote(&self) -> Remote {
        Remote::new(self.address.clone(), Dataset::default(), self.credentials.clone())
    }
}

/// One state of knowledge.
pub struct Generation {
    pub store: Store,
    pub rules: Arc<Rules>,
    pub catalogue: Arc<Catalogue>,
    pub names: Arc<Names>,
    /// A digest of all files it was made from, or that of its commit.
    pub version: String,
    pub size: Size,
    /// The commit that it is of, where there are commits.
    pub commit: Option<Commit>,
    /// How it came about, where an earlier one was changed.
    pub since: Option<Since>,
    /// Whether it was made to look back.
    pub is_former: bool,
    profile: OnceLock<Profile>,
    asker: OnceLock<Asker>,
}

/// What was done to an earlier version of the data to come to this one.
#[derive(Clone, Debug)]
pub struct Since {
    /// The earlier one.
    pub version: String,
    /// All of the change, what follows included.
    pub change: Arc<Patch>,
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// The triples that people stated.
    pub stated: usize,
    /// Those that follow by the rules.
    pub inferred: usize,
    /// The rounds it took to find them.
    pub rounds: usize,
}

/// Why no generation could be made.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    #[error(transparent)]
    Load(#[from] FilesError),
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    #[error("{}", lines(.0))]
    Findings(Vec<Located>),
    #[error(transparent)]
    Validate(#[from] ValidateError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// A finding, and where the data first speaks of its thing.
#[derive(Clone, Debug)]
pub struct Located {
    pub finding: Finding,
    pub place: Option<(String, u64)>,
}

/// The folders of one load.
struct Folders {
    data: Files,
    ontology: Files,
    queries: Files,
}

impl Folders {
    /// Data held in memory, with the ontology of an origin.
    fn with(data: Files, origin: &Origin) -> Result<Self, FilesError> {
        let System { ontology, queries } = origin.system()?;
        Ok(Self { data, ontology, queries })
    }

    fn parse(&self) -> Result<(Vec<Quad>, Rules, Catalogue), KnowledgeError> {
        let (data, ontology, rules, catalogue) = thread::scope(|scope| {
            let data = scope.spawn(|| load::quads(&self.data));
            let others = (load::ontology_quads(&self.ontology), Rules::read(&self.ontology), Catalogue::read(&self.queries));
            let data = data.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (data, others.0, others.1, others.2)
        });
        let mut problems = Vec::new();
        let mut quads = data.0;
        quads.extend(ontology.0);
        for more in [data.1, ontology.1, rules.1, catalogue.1] {
            problems.extend(more);
        }
        if problems.is_empty() { Ok((quads, rules.0, catalogue.0)) } else { Err(KnowledgeError::Problems(problems)) }
    }
}

impl Origin {
    fn read(&self) -> Result<Folders, KnowledgeError> {
        let System { ontology, queries } = self.system()?;
        Ok(Folders { data: self.data()?, ontology, queries })
    }

    /// What people stated, without the ontology.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn data(&self) -> Result<Files, KnowledgeError> {
        Ok(match (&self.store, &self.data) {
            (Some(path), _) => {
                let history = History::open(path)?;
                let text = load::n_quads(&history.quads(&history.tip()?)?);
                Files { root: path.display().to_string(), content: [("newest.nq".to_owned(), text)].into() }
            }
            (None, Some(path)) => Files::read(path)?,
            (None, None) => Files::bundled_data(),
        })
    }

    /// Ontology and questions.
    ///
    /// # Errors
    /// When a file of the ontology cannot be read.
    pub fn system(&self) -> Result<System, FilesError> {
        let ontology = self.ontology.as_deref().map_or_else(|| Ok(Files::bundled_ontology()), Files::read)?;
        Ok(System { ontology, queries: Files::bundled_queries() })
    }

    /// Whether anything can change while the program runs.
    pub fn watched(&self) -> Vec<PathBuf> {
        [&self.data, &self.ontology].into_iter().flatten().cloned().collect()
    }

    /// Whether everything is bundled, and so was judged by the project's tests.
    fn is_bundled(&self) -> bool {
        self.data.is_none() && self.ontology.is_none()
    }
}

impl Generation {
    /// Loads, infers and, unless everything is bundled, judges.
    ///
    /// # Errors
    /// When a file cannot be read or parsed, or the data breaks a shape or a check.
    pub fn build(origin: &Origin) -> Result<Self, KnowledgeError> {
        if let Some(engine) = &origin.engine {
            return engine::generation(&engine.remote(), &origin.system()?);
        }
        if let Some(path) = &origin.store {
            let history = History::open(path)?;
            return writer::former(&history, history.tip()?);
        }
        let folders = origin.read()?;
        let generation = Self::unjudged(&folders, |_| ())?;
        if !origin.is_bundled() {
            let findings = generation.judge(&folders)?;
            if !findings.is_empty() {
                return Err(KnowledgeError::Findings(findings));
            }
        }
        Ok(generation)
    }

    /// Loads, infers and judges, and tells all that is wrong.
    ///
    /// # Errors
    /// When a file cannot be read or parsed.
    pub fn review(origin: &Origin) -> Result<(Self, Vec<Located>), KnowledgeError> {
        Self::altered(origin, |_| ())
    }

    /// The same for what would be stated after a change; nothing of it is kept.
    ///
    /// # Errors
    /// When a file cannot be read or parsed.
    pub fn altered(origin: &Origin, change: impl FnOnce(&mut Vec<Quad>)) -> Result<(Self, Vec<Located>), KnowledgeError> {
        Self::review_files(&origin.read()?, change)
    }

    /// The same of data held in memory, such as what is about to be written.
    ///
    /// # Errors
    /// When a file cannot be parsed.
    pub fn review_data(data: Files, origin: &Origin) -> Result<(Self, Vec<Located>), KnowledgeError> {
        Self::review_files(&Folders::with(data, origin)?, |_| ())
    }

    /// Loads and infers data held in memory, which need not be fit to publish.
    ///
    /// # Errors
    /// When a file cannot be parsed.
    pub fn draft_data(data: Files, origin: &Origin) -> Result<Self, KnowledgeError> {
        Self::unjudged(&Folders::with(data, origin)?, |_| ())
    }

    fn review_files(folders: &Folders, change: impl FnOnce(&mut Vec<Quad>)) -> Result<(Self, Vec<Located>), KnowledgeError> {
        let generation = Self::unjudged(folders, change)?;
        let findings = generation.judge(folders)?;
        Ok((generation, findings))
    }

    /// Loads and infers data that need not be fit to publish, such as a draft without digests.
    ///
    /// # Errors
    /// When a file cannot be read or parsed.
    pub fn draft(origin: &Origin) -> Result<Self, KnowledgeError> {
        Self::unjudged(&origin.read()?, |_| ())
    }

    fn unjudged(folders: &Folders, change: impl FnOnce(&mut Vec<Quad>)) -> Result<Self, KnowledgeError> {
        let (mut quads, rules, catalogue) = folders.parse()?;
        change(&mut quads);
        let Inferred { quads: inferred, stated, rounds } = rules.infer(&quads);
        let size = Size { stated, inferred: inferred.len(), rounds };
        let store = Store::new()?;
        // Start-up is what people wait for: names and digest are made while the store is filled.
        let (names, version) = thread::scope(|scope| {
            let others = scope.spawn(|| {
                let version = files::version(&[&folders.data, &folders.ontology, &folders.queries]);
                (Names::read(quads.iter().chain(&inferred)), version)
            });
            store.insert(quads.iter().chain(&inferred).cloned())?;
            Ok::<_, StoreError>(others.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        // The catalogue's own graph is made, and neither stated nor inferred.
        store.insert(examples::quads(&catalogue, &names))?;
        Ok(Self::assembled(store, Arc::new(rules), Arc::new(catalogue), Arc::new(names), version, size))
    }

    fn assembled(
        store: Store,
        rules: Arc<Rules>,
        catalogue: Arc<Catalogue>,
        names: Arc<Names>,
        version: String,
        size: Size,
    ) -> Self {
        let (commit, since) = (None, None);
        Self {
            store,
            rules,
            catalogue,
            names,
            version,
            size,
            commit,
            since,
            is_former: false,
            profile: OnceLock::new(),
            asker: OnceLock::new(),
        }
    }

    fn judge(&self, folders: &Folders) -> Result<Vec<Located>, KnowledgeError> {
        let (judge, problems) = Judge::read(&folders.ontology);
        let Some(judge) = judge.filter(|_| problems.is_empty()) else { return Err(KnowledgeError::Problems(problems)) };
        let stated = self.stated()?;
        let locate = |finding: Finding| {
            let node = finding.node();
            let place = node.and_then(|node| load::place(&[&folders.data, &folders.ontology], node.as_ref()));
            Located { finding, place }
        };
        Ok(judge.judge(&stated, &self.store)?.into_iter().map(locate).collect())
    }

    /// What people stated: all but what follows by the rules and what the catalogue makes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn stated(&self) -> Result<Vec<Quad>, StoreError> {
        let examples = named(words::EXAMPLES);
        let mut quads = self.store.quads(None)?;
        quads.retain(|quad| !self.rules.fill(&quad.graph_name) && quad.graph_name != examples);
        Ok(quads)
    }

    /// How much there is of what, counted when it is first asked for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn profile(&self) -> Result<&Profile, StoreError> {
        if let Some(profile) = self.profile.get() {
            return Ok(profile);
        }
        let profile = Profile::count(&self.store.quads(None)?);
        Ok(self.profile.get_or_init(|| profile))
    }

    /// Asks a question of the catalogue.
    ///
    /// # Errors
    /// When question, parameter or value is unknown, missing or ambiguous; or when the store fails.
    pub fn ask(&self, id: &str, arguments: &[(String, String)]) -> Result<Answer, AskError> {
        ask(&self.catalogue, &self.names, &self.store, id, arguments)
    }

    /// Tells which question a text asks in plain words, or which it may ask.
    pub fn understand(&self, text: &str) -> Understanding {
        let asker = self.asker.get_or_init(|| Asker::new(&self.catalogue, &self.names));
        let has_rows = |call: &Call| self.ask(&call.question, &call.arguments).is_ok_and(|answer| !answer.rows.is_empty());
        asker.understand(text, &self.catalogue, &self.names, &has_rows)
    }
}

/// The newest good generation, shared; and the log behind it, where there is one.
pub struct Knowledge {
    origin: Origin,
    current: RwLock<Arc<Generation>>,
    durable: Option<Durable>,
    /// Told of each new generation before it is published.
    listener: OnceLock<Listener>,
}

type Listener = Box<dyn Fn(&Generation) + Send + Sync>;

/// What stands behind a durable store.
struct Durable {
    history: Arc<History>,
    writer: Mutex<Writer>,
    /// Versions that were asked for lately, the last one at the end.
    former: Mutex<Vec<Arc<Generation>>>,
}

/// So many former versions are kept at hand: each holds a whole graph.
const MOST_FORMER: usize = 3;

impl Knowledge {
    /// Makes the first generation.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(origin: Origin) -> Result<Self, KnowledgeError> {
        let Some(path) = &origin.store else {
            let first = Generation::build(&origin)?;
            return Ok(Self { origin, current: RwLock::new(Arc::new(first)), durable: None, listener: OnceLock::new() });
        };
        let history = Arc::new(History::open(path)?);
        let writer = Writer::open(history.clone(), origin.system()?)?;
        let current = RwLock::new(writer.current().clone());
        let durable = Durable { history, writer: Mutex::new(writer), former: Mutex::default() };
        Ok(Self { origin, current, durable: Some(durable), listener: OnceLock::new() })
    }

    /// The generation to answer from; it stays as it is for as long as it is held.
    pub fn current(&self) -> Arc<Generation> {
        // A poisoned lock still guards a whole generation: replacing an Arc cannot stop half-way.
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The log, where the store is a durable one.
    pub fn history(&self) -> Option<&Arc<History>> {
        self.durable.as_ref().map(|durable| &durable.history)
    }

    /// A version by its name: the current one, or a former one, which is made anew.
    ///
    /// # Errors
    /// When there is no such version, or none but the current one.
    pub fn version(&self, name: &str) -> Result<Arc<Generation>, KnowledgeError> {
        let current = self.current();
        let Some(Durable { history, former, .. }) = &self.durable else {
            let is_current = name.len() >= 8 && current.version.starts_with(name);
            return if is_current { Ok(current) } else { Err(HistoryError::Unknown { name: name.to_owned() }.into()) };
        };
        let commit = history.find(name)?;
        if commit.digest == current.version {
            return Ok(current);
        }
        // Held while the version is made, so that it is made once.
        let mut former = former.lock().unwrap_or_else(PoisonError::into_inner);
        let at = former.iter().position(|generation| generation.version == commit.digest);
        let found = match at {
            Some(at) => former.remove(at),
            None => Arc::new(Generation { is_former: true, ..writer::former(history, commit)? }),
        };
        if former.len() >= MOST_FORMER {
            former.remove(0);
        }
        former.push(found.clone());
        Ok(found)
    }

    /// Makes a change and publishes what came of it; `change` is asked for once nobody else can come between, and sees the newest version.
    ///
    /// # Errors
    /// When it cannot or may not be made, and then nothing has changed; [`HistoryError::Fixed`] where the store takes none.
    pub fn commit<E: From<CommitError>>(&self, change: impl FnOnce(&Generation) -> Result<Change, E>) -> Result<Outcome, E> {
        let Some(durable) = &self.durable else { return Err(CommitError::from(HistoryError::Fixed).into()) };
        let mut writer = durable.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.follow(&mut writer).map_err(CommitError::from)?;
        let change = change(&writer.current().clone())?;
        let outcome = writer.commit(change)?;
        self.publish(writer.current());
        Ok(outcome)
    }

    fn follow(&self, writer: &mut Writer) -> Result<bool, KnowledgeError> {
        let mut is_new = false;
        while writer.follow()? {
            is_new = true;
            self.publish(writer.current());
        }
        Ok(is_new)
    }

    fn publish(&self, next: &Arc<Generation>) {
        if self.current().version == next.version {
            return;
        }
        if let Some(listener) = self.listener.get() {
            listener(next);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next.clone();
    }

    /// Has somebody told of each new generation, before it is published and in their order. Only the first who asks is.
    pub fn listen(&self, listener: impl Fn(&Generation) + Send + Sync + 'static) {
        let _ = self.listener.set(Box::new(listener));
    }

    /// Makes a new generation from the files as they are now, or takes over what others have committed, and publishes it; a bad one changes
    /// nothing. Tells whether anything is new.
    ///
    /// # Errors
    /// When the files are not fit to publish.
    pub fn reload(&self) -> Result<bool, KnowledgeError> {
        if let Some(durable) = &self.durable {
            return self.follow(&mut durable.writer.lock().unwrap_or_else(PoisonError::into_inner));
        }
        // An engine's data is looked at whole only when its mark has changed.
        if let Some(remote) = self.current().store.remote() {
            let version = engine::version(&Store::elsewhere(remote.clone()))?;
            if version.is_some_and(|version| version == self.current().version) {
                return Ok(false);
            }
        }
        let next = Arc::new(Generation::build(&self.origin)?);
        let is_new = next.version != self.current().version;
        self.publish(&next);
        Ok(is_new)
    }

    /// Makes ready for changes: the first would take as long as loading otherwise.
    ///
    /// # Errors
    /// When the store fails.
    pub fn prepare(&self) -> Result<(), StoreError> {
        let Some(durable) = &self.durable else { return Ok(()) };
        durable.writer.lock().unwrap_or_else(PoisonError::into_inner).prepare()
    }

    /// The folders to watch.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

fn lines(items: &[impl std::fmt::Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl std::fmt::Display for Located {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some((file, line)) = &self.place {
            write!(f, "{file}:{line}: ")?;
        }
        self.finding.fmt(f)
    }
}
