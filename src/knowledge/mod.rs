//! What is known at one time: a [`Generation`] is loaded, inferred and judged whole, and never changes.
//! [`Knowledge`] publishes the newest good one and keeps it when a later edit is bad.
//! Where the files come from is [`Origin`]; when to look again is the callers' matter.

pub mod engine;
mod generation;
mod log;
mod published;
mod writer;

use std::path::PathBuf;

use crate::files::{Files, FilesError, Problem};
use crate::history::{History, HistoryError, System};
use crate::store::remote::{Address, Credentials, Dataset, Remote};
use crate::store::{StoreError, n_quads};
use crate::validate::{Finding, ValidateError};
pub use generation::{Generation, Since, Size};
pub use published::Knowledge;
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

impl Origin {
    /// What people stated, without the ontology.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn data(&self) -> Result<Files, KnowledgeError> {
        Ok(match (&self.store, &self.data) {
            (Some(path), _) => {
                let history = History::open(path)?;
                let text = n_quads(&history.quads(&history.tip()?)?);
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
