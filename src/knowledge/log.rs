//! Where commits go: to the log of a durable store's file, or to an engine elsewhere, which keeps the newest version and no other.
//! Enter at [`Log::append`].

use std::sync::Arc;

use oxigraph::model::Quad;

use super::{CommitError, Generation, KnowledgeError, engine};
use crate::history::{Commit, Draft, History, System, now};
use crate::patch::Patch;
use crate::store::Store;
use crate::store::remote::Remote;

/// Where commits go.
pub enum Log {
    File(Arc<History>),
    Engine(Arc<Remote>),
}

/// All that a commit changes: what is stated and what follows, on a copy that has it.
pub struct Made<'a> {
    pub change: &'a Patch,
    pub after: &'a Store,
}

impl Log {
    /// The newest commit, and what people have stated by then.
    ///
    /// # Errors
    /// When file or engine fails, or does not hold it whole.
    pub fn newest(&self) -> Result<(Commit, Vec<Quad>), KnowledgeError> {
        match self {
            Self::File(history) => {
                let tip = history.tip()?;
                let quads = history.quads(&tip)?;
                Ok((tip, quads))
            }
            Self::Engine(remote) => Ok(engine::stated(remote)?),
        }
    }

    /// Appends a commit behind the version that is known as the newest. When this returns, it is kept.
    ///
    /// # Errors
    /// [`crate::history::HistoryError::Moved`] when another commit is the newest. Nothing is changed then.
    pub fn append(&self, known: &Generation, system: &System, draft: &Draft, made: &Made<'_>) -> Result<Commit, CommitError> {
        match self {
            Self::File(history) => Ok(history.append(Some(&known.version), system, draft)?),
            Self::Engine(remote) => {
                let (commit, _) = draft.commit(known.commit.as_ref(), &system.digest(), &now());
                engine::exchange(remote, known, &commit, made)?;
                Ok(commit)
            }
        }
    }
}
