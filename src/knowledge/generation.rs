//! One state of knowledge: loaded, inferred and judged whole. Enter at [`Generation::build`].
//! Which one is published, and when, is [`super::Knowledge`]'s matter.

use std::sync::{Arc, OnceLock};
use std::thread;

use oxigraph::model::Quad;

use super::{KnowledgeError, Located, Origin, engine, writer};
use crate::ask::{Asker, Call, Understanding};
use crate::catalogue::Catalogue;
use crate::catalogue::answer::{Answer, AskError, ask};
use crate::catalogue::examples;
use crate::catalogue::names::Names;
use crate::files::{self, Files};
use crate::history::{Commit, History, System};
use crate::infer::{Inferred, Rules};
use crate::load;
use crate::patch::Patch;
use crate::profile::Profile;
use crate::store::{Store, StoreError, named};
use crate::validate::{Finding, Judge};
use crate::words;

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
    pub(super) profile: OnceLock<Profile>,
    pub(super) asker: OnceLock<Asker>,
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

/// The folders of one load.
struct Folders {
    data: Files,
    ontology: Files,
    queries: Files,
}

impl Folders {
    fn of(origin: &Origin) -> Result<Self, KnowledgeError> {
        Self::with(origin.data()?, origin)
    }

    /// Data held in memory, with the ontology of an origin.
    fn with(data: Files, origin: &Origin) -> Result<Self, KnowledgeError> {
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
        let folders = Folders::of(origin)?;
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
        Self::review_files(&Folders::of(origin)?, change)
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
        Self::unjudged(&Folders::of(origin)?, |_| ())
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

    pub(super) fn assembled(
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
        let findings = judge.judge(&stated, &self.store)?;
        let nodes = findings.iter().filter_map(Finding::node).collect();
        let places = load::places(&[&folders.data, &folders.ontology], &nodes);
        let locate = |finding: Finding| {
            let place = finding.node().and_then(|node| places.get(&node).cloned());
            Located { finding, place }
        };
        Ok(findings.into_iter().map(locate).collect())
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

    /// Whether earlier versions of it are kept.
    pub fn has_versions(&self) -> bool {
        self.commit.is_some() && self.store.remote().is_none()
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
