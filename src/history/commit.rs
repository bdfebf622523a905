//! A commit and its text: headers, then the patch, all of it an RDF patch that other tools read. The digest of the text is its name.

use std::fmt::Write as _;

use oxigraph::model::Literal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::patch::Patch;

/// What the log tells of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its place in the log; the first has 1.
    pub number: u64,
    /// SHA-256 of its text in lower-case hex: the version of the data after it.
    pub digest: String,
    /// The commit before it.
    pub parent: Option<String>,
    /// Which ontology and questions the program had: a digest of them.
    pub system: String,
    pub author: String,
    /// In UTC, such as `2026-11-26T09:30:00.000Z`.
    pub time: String,
    pub message: String,
    /// How many quads it added and deleted.
    pub added: u64,
    pub deleted: u64,
}

/// A commit to be.
#[derive(Clone, Debug)]
pub struct Draft {
    pub author: String,
    pub message: String,
    /// What takes effect, and nothing else.
    pub patch: Patch,
}

impl Draft {
    /// The commit behind a parent, and its text.
    pub fn commit(&self, parent: Option<&Commit>, system: &str, time: &str) -> (Commit, String) {
        let mut commit = Commit {
            number: parent.map_or(1, |parent| parent.number + 1),
            digest: String::new(),
            parent: parent.map(|parent| parent.digest.clone()),
            system: system.to_owned(),
            author: self.author.clone(),
            time: time.to_owned(),
            message: self.message.clone(),
            added: self.patch.added.len() as u64,
            deleted: self.patch.deleted.len() as u64,
        };
        let text = commit.text(&self.patch.to_string());
        commit.digest = digest(&text);
        (commit, text)
    }
}

impl Commit {
    /// Headers and patch.
    fn text(&self, patch: &str) -> String {
        let mut text = String::new();
        let mut header = |name: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "H {name} {value} .");
        };
        if let Some(parent) = &self.parent {
            header("prev", &urn(parent));
        }
        header("system", &urn(&self.system));
        for (name, value) in [("author", &self.author), ("time", &self.time), ("message", &self.message)] {
            header(name, &Literal::from(value.as_str()).to_string());
        }
        text + patch
    }

    /// What is wrong with a text that should be this commit's.
    pub(super) fn differs_from(&self, text: &str) -> Option<String> {
        if digest(text) != self.digest {
            return Some(format!("commit {} is not what its digest {} says", self.number, self.digest));
        }
        let patch = text.find("TX .").map_or("", |at| &text[at..]);
        (self.text(patch) != text).then(|| format!("the log tells other than the text of commit {}", self.number))
    }
}

/// The time as commits tell it.
pub fn now() -> String {
    chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// The name of a commit as RDF has it.
pub(super) fn urn(digest: &str) -> String {
    format!("<urn:sha256:{digest}>")
}

/// SHA-256 in lower-case hex.
pub(super) fn digest(text: impl AsRef<[u8]>) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
