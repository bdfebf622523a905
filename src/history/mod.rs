//! The log of a durable store: every commit as an RDF patch with parent, author, time and message, in one SQLite file.
//! Enter at [`History::create`] and [`History::open`]. A commit is named by the SHA-256 of its text, which names its parent's, so that
//! nothing before it can change unnoticed. What follows from the data, and whether it is fit to be committed, is for others to say.

mod check;
mod commit;
mod schema;
mod transfer;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Quad;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::files::Files;
use crate::patch::Patch;
use crate::store::n_quads;
pub use check::Checked;
pub use commit::{Commit, Draft, now};
pub use schema::HistoryError;

type Result<T> = std::result::Result<T, HistoryError>;

/// A durable store's file.
pub struct History {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// What the program itself adds to the data: with it, a version of the data gives the same answers for ever.
#[derive(Clone, Debug)]
pub struct System {
    pub ontology: Files,
    pub queries: Files,
}

/// A snapshot is worth its room when replaying would read so many times its bytes, or so many commits.
const WORTH_A_SNAPSHOT: (u64, u64) = (4, 2_000);

/// A quad's text has some hundred bytes; packed, a tenth of that.
const PACKED_QUAD: u64 = 20;

impl History {
    /// Makes a new file whose first commit is all of the data.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written.
    pub fn create(path: &Path, system: &System, draft: &Draft) -> Result<Self> {
        if path.exists() {
            return Err(HistoryError::Exists { path: path.display().to_string() });
        }
        let history = Self { path: path.to_owned(), connection: Mutex::new(schema::create(path)?) };
        history.append(None, system, draft)?;
        Ok(history)
    }

    /// Opens a file to read and write it.
    ///
    /// # Errors
    /// When it is not there, is none of ours, or is damaged.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_owned(), connection: Mutex::new(schema::open(path)?) })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The newest commit.
    ///
    /// # Errors
    /// When the file fails.
    pub fn tip(&self) -> Result<Commit> {
        tip(&self.lock())?.ok_or_else(|| HistoryError::Damaged { what: "it holds no commit".to_owned() })
    }

    /// Appends a commit behind the parent that the writer knows as the newest. When this returns, the commit is on disk.
    ///
    /// # Errors
    /// [`HistoryError::Moved`] when another commit is the newest; else when the file cannot be written. Nothing is changed then.
    pub fn append(&self, parent: Option<&str>, system: &System, draft: &Draft) -> Result<Commit> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let newest = tip(&transaction)?;
        if newest.as_ref().map(|commit| commit.digest.as_str()) != parent {
            let current = newest.map(|commit| commit.digest).unwrap_or_default();
            return Err(HistoryError::Moved { current });
        }
        let (commit, text) = draft.commit(newest.as_ref(), &schema::keep_system(&transaction, system)?, &now());
        schema::insert(&transaction, &commit, &text)?;
        transaction.commit()?;
        // The commit is on disk by now, in the write-ahead log. In the file itself it outlives even the loss of that log; where that fails, as
        // on a disk that is full, the log is what there is.
        let _ = connection.query_row("PRAGMA wal_checkpoint(FULL)", [], |_| Ok(()));
        Ok(commit)
    }

    /// The commits, newest first, from behind one (or the newest) on, at most so many.
    ///
    /// # Errors
    /// When the file fails.
    pub fn log(&self, before: Option<u64>, most: usize) -> Result<Vec<Commit>> {
        let connection = self.lock();
        let sql = format!("SELECT {COLUMNS} FROM commits WHERE number < ?1 ORDER BY number DESC LIMIT ?2");
        let mut statement = connection.prepare_cached(&sql)?;
        let before = before.and_then(|number| i64::try_from(number).ok()).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![before, i64::try_from(most).unwrap_or(i64::MAX)], from_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// The commit that a text names: its digest, eight or more first digits of it, or its number.
    ///
    /// # Errors
    /// [`HistoryError::Unknown`] when it names none or several.
    pub fn find(&self, name: &str) -> Result<Commit> {
        let connection = self.lock();
        let unknown = || HistoryError::Unknown { name: name.to_owned() };
        let is_hex = name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_hex && (8..=64).contains(&name.len()) {
            let sql = format!("SELECT {COLUMNS} FROM commits WHERE digest >= ?1 AND digest < ?1 || 'g' LIMIT 2");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = statement.query_map([name], from_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
            return if found.len() == 1 { found.pop().ok_or_else(unknown) } else { Err(unknown()) };
        }
        let number: i64 = name.parse().map_err(|_| unknown())?;
        let sql = format!("SELECT {COLUMNS} FROM commits WHERE number = ?1");
        connection.query_row(&sql, [number], from_row).optional()?.ok_or_else(unknown)
    }

    /// The newest commit that was there at a time, in seconds since 1970.
    ///
    /// # Errors
    /// When the file fails. Before the first commit it is that one.
    pub fn at(&self, seconds: u64) -> Result<Commit> {
        let sql = format!("SELECT {COLUMNS} FROM commits WHERE unixepoch(time) <= ?1 OR number = 1 ORDER BY number DESC LIMIT 1");
        Ok(self.lock().query_row(&sql, [i64::try_from(seconds).unwrap_or(i64::MAX)], from_row)?)
    }

    /// When a commit was made, in seconds since 1970.
    ///
    /// # Errors
    /// When its time cannot be read.
    pub fn seconds(&self, commit: &Commit) -> Result<u64> {
        let seconds: i64 = self.lock().query_row("SELECT unixepoch(?1)", [&commit.time], |row| row.get(0))?;
        Ok(seconds.unsigned_abs())
    }

    /// What a commit changed.
    ///
    /// # Errors
    /// When the file fails or is damaged.
    pub fn patch(&self, commit: &Commit) -> Result<Patch> {
        let text = schema::text(&self.lock(), commit.number)?;
        Patch::read(&text).map_err(|error| damaged(commit.number, error))
    }

    /// The commit behind another, and what it changed.
    ///
    /// # Errors
    /// When the file fails or is damaged.
    pub fn after(&self, number: u64) -> Result<Option<(Commit, Patch)>> {
        if self.tip()?.number <= number {
            return Ok(None);
        }
        let commit = self.find(&(number + 1).to_string())?;
        let patch = self.patch(&commit)?;
        Ok(Some((commit, patch)))
    }

    /// All quads of a version, from the snapshot before it and the patches between.
    ///
    /// # Errors
    /// When the file fails or is damaged.
    pub fn quads(&self, commit: &Commit) -> Result<Vec<Quad>> {
        let connection = self.lock();
        let (from, snapshot) = schema::snapshot_before(&connection, commit.number)?;
        let parser = RdfParser::from_format(RdfFormat::NQuads);
        let read = parser.for_slice(&snapshot).collect::<std::result::Result<HashSet<_>, _>>();
        let mut quads = read.map_err(|error| damaged(from, error))?;
        for number in from + 1..=commit.number {
            let patch = Patch::read(&schema::text(&connection, number)?).map_err(|error| damaged(number, error))?;
            patch.deleted.iter().for_each(|quad| {
                quads.remove(quad);
            });
            quads.extend(patch.added);
        }
        Ok(quads.into_iter().collect())
    }

    /// Ontology and questions as they were with a commit.
    ///
    /// # Errors
    /// When the file fails or is damaged.
    pub fn system(&self, commit: &Commit) -> Result<System> {
        schema::system(&self.lock(), &commit.system)
    }

    /// Whether replaying up to a commit, after which so many quads are stated, has become long.
    ///
    /// # Errors
    /// When the file fails.
    pub fn is_snapshot_due(&self, commit: &Commit, quads: usize) -> Result<bool> {
        let (bytes, commits) = schema::since_snapshot(&self.lock(), commit.number)?;
        let (factor, most) = WORTH_A_SNAPSHOT;
        Ok(commits >= most || bytes > factor * quads as u64 * PACKED_QUAD)
    }

    /// Keeps a version whole, so that reading it replays nothing before it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_snapshot(&self, commit: &Commit, quads: &[Quad]) -> Result<()> {
        schema::insert_snapshot(&self.lock(), commit.number, &n_quads(quads))
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const COLUMNS: &str = "number, digest, parent, system, author, time, message, added, deleted";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Commit> {
    let count = |at: usize| row.get(at).map(|count: i64| count.unsigned_abs());
    Ok(Commit {
        number: count(0)?,
        digest: row.get(1)?,
        parent: row.get(2)?,
        system: row.get(3)?,
        author: row.get(4)?,
        time: row.get(5)?,
        message: row.get(6)?,
        added: count(7)?,
        deleted: count(8)?,
    })
}

fn tip(connection: &Connection) -> Result<Option<Commit>> {
    let sql = format!("SELECT {COLUMNS} FROM commits ORDER BY number DESC LIMIT 1");
    Ok(connection.query_row(&sql, [], from_row).optional()?)
}

fn damaged(number: u64, error: impl std::fmt::Display) -> HistoryError {
    HistoryError::Damaged { what: format!("commit {number} cannot be read: {error}") }
}
