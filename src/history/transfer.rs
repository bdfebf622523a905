//! Copies of a store: a backup of the file while it is in use, and the whole history as text that any tool for RDF patches reads.

use std::fs::File;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Mutex;

use rusqlite::ErrorCode;

use super::commit::urn;
use super::{COLUMNS, Checked, Commit, History, HistoryError, Result, from_row, schema};
use crate::patch::Patch;

/// A line of an exported history that opens a commit: what the log tells of it, as JSON in a comment.
const OPENS: &str = "# commit ";
/// A line that gives ontology and questions, before the first commit that has them.
const SYSTEM: &str = "# system ";

impl History {
    /// Writes a copy of the store as it is now, while others read and write it; then checks the copy.
    ///
    /// # Errors
    /// When there is a file already, or it cannot be written or is not whole.
    pub fn backup(&self, to: &Path) -> Result<Checked> {
        if to.exists() {
            return Err(HistoryError::Exists { path: to.display().to_string() });
        }
        let part = to.with_extension("part");
        let _ = std::fs::remove_file(&part);
        let written = self.lock().execute("VACUUM INTO ?1", [part.display().to_string()]).map_err(HistoryError::from);
        let kept = written.and_then(|_| {
            let io = |error: std::io::Error| HistoryError::Damaged { what: format!("the copy cannot be written: {error}") };
            File::open(&part).and_then(|file| file.sync_all()).map_err(io)?;
            let checked = Self::open(&part)?.check(&|_, _| ())?;
            if let Some(what) = checked.problems.first() {
                return Err(HistoryError::Damaged { what: what.clone() });
            }
            std::fs::rename(&part, to).map_err(io)?;
            Ok(checked)
        });
        for leftover in ["part", "part-wal", "part-shm"] {
            let _ = std::fs::remove_file(to.with_extension(leftover));
        }
        kept
    }

    /// Writes every commit, oldest first, with the ontology and questions of their time.
    ///
    /// # Errors
    /// When the file fails or is damaged, or nobody takes what is written.
    pub fn export(&self, mut out: impl Write) -> Result<u64> {
        let connection = self.lock();
        let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM commits ORDER BY number"))?;
        let mut written: Vec<String> = Vec::new();
        let mut count = 0;
        for commit in statement.query_map([], from_row)? {
            let commit = commit?;
            if !written.contains(&commit.system) {
                let text = schema::system_text(&connection, &commit.system)?;
                writeln!(out, "{SYSTEM}{text}")?;
                written.push(commit.system.clone());
            }
            let told = serde_json::to_string(&commit).map_err(std::io::Error::from)?;
            writeln!(out, "{OPENS}{told}\nH id {} .", urn(&commit.digest))?;
            out.write_all(schema::text(&connection, commit.number)?.as_bytes())?;
            count += 1;
        }
        out.flush()?;
        Ok(count)
    }

    /// Makes a new store of what [`History::export`] wrote, and checks all of it.
    ///
    /// # Errors
    /// When there is a file already, or the text is not a whole history.
    pub fn import(path: &Path, from: impl BufRead) -> Result<Self> {
        if path.exists() {
            return Err(HistoryError::Exists { path: path.display().to_string() });
        }
        let history = Self { path: path.to_owned(), connection: Mutex::new(schema::create(path)?) };
        let imported = history.fill(from);
        if let Err(error) = imported {
            drop(history);
            for leftover in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{leftover}", path.display()));
            }
            return Err(error);
        }
        Ok(history)
    }

    fn fill(&self, from: impl BufRead) -> Result<()> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut open: Option<(Commit, String)> = None;
        for line in from.lines() {
            let line = line?;
            if let Some(system) = line.strip_prefix(SYSTEM) {
                schema::insert_system(&transaction, system)?;
            } else if let Some(told) = line.strip_prefix(OPENS) {
                close(&transaction, open.take())?;
                let told = serde_json::from_str(told);
                let commit = told.map_err(|error| malformed(&format!("a commit cannot be read: {error}")))?;
                open = Some((commit, String::new()));
            } else if !line.starts_with("H id ") {
                let (_, text) = open.as_mut().ok_or_else(|| malformed("it begins with no commit"))?;
                text.push_str(&line);
                text.push('\n');
            }
        }
        close(&transaction, open)?;
        transaction.commit()?;
        drop(connection);
        match self.check(&|_, _| ())?.problems.first() {
            Some(what) => Err(malformed(what)),
            None => Ok(()),
        }
    }
}

fn close(transaction: &rusqlite::Connection, commit: Option<(Commit, String)>) -> Result<()> {
    let Some((commit, text)) = commit else { return Ok(()) };
    Patch::read(&text).map_err(|error| super::damaged(commit.number, error))?;
    match schema::insert(transaction, &commit, &text) {
        Err(HistoryError::Sqlite(error)) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            Err(malformed(&format!("commit {} stands twice, or what it names is not before it", commit.number)))
        }
        other => other,
    }
}

fn malformed(what: &str) -> HistoryError {
    HistoryError::Malformed { what: what.to_owned() }
}
