//! The tables, what is packed in them, and what goes wrong with a file.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use serde_json::{Map, Value, json};

use super::commit::{Commit, digest};
use super::{Result, System};
use crate::files::Files;

/// `CGKB`: tells our files from other SQLite files.
const APPLICATION: i32 = 0x4347_4b42;

/// The layout of the tables; a newer one is refused.
const LAYOUT: i32 = 1;

const TABLES: &str = "
    CREATE TABLE systems (digest TEXT PRIMARY KEY, files BLOB NOT NULL) STRICT;
    CREATE TABLE commits (
        number INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, parent TEXT UNIQUE REFERENCES commits (digest),
        system TEXT NOT NULL REFERENCES systems (digest), author TEXT NOT NULL, time TEXT NOT NULL, message TEXT NOT NULL,
        added INTEGER NOT NULL, deleted INTEGER NOT NULL, bytes INTEGER NOT NULL, text BLOB NOT NULL) STRICT;
    CREATE TABLE snapshots (number INTEGER PRIMARY KEY REFERENCES commits (number), digest TEXT NOT NULL, quads BLOB NOT NULL) STRICT;
";

/// How long another process that writes is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Packs well enough and quickly.
const LEVEL: i32 = 3;

/// Why a durable store cannot do as told.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("there is no store at {path}: make one with `competency init --store {path}`")]
    Absent { path: String },
    #[error("{path} exists already: a store is made where nothing is; name another file")]
    Exists { path: String },
    #[error("{path} is no store of this program")]
    Foreign { path: String },
    #[error("{path} was written by a newer version of this program (layout {layout}): use that one")]
    Newer { path: String, layout: i32 },
    /// The newest commit is another one.
    #[error("the newest version is {current}, and not the one this change was made for")]
    Moved { current: String },
    #[error(
        "there is no version `{name}`: a version is a commit's number or the first eight digits of its digest, as `history` lists them"
    )]
    Unknown { name: String },
    #[error("what this server knows is made from files, and takes no changes: serve a store with --store")]
    Fixed,
    #[error("there is no room left on the disk, and nothing was changed")]
    Full,
    #[error("the store's file cannot be written, and nothing was changed: {0}")]
    ReadOnly(rusqlite::Error),
    #[error("another process is writing to the store; try again")]
    Busy,
    #[error("the store is damaged: {what}; restore it from a backup")]
    Damaged { what: String },
    #[error("{what}")]
    Other { what: String },
    #[error("this is no exported history: {what}")]
    Malformed { what: String },
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("the store's file failed: {0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::ReadOnly(error),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { what: error.to_string() },
            // A file that may not grow, by quota or limit, fails so.
            Some(ErrorCode::SystemIoFailure) => Self::ReadOnly(error),
            _ => Self::Sqlite(error),
        }
    }
}

pub fn create(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    configure(&connection)?;
    connection.execute_batch(&format!(
        "BEGIN; PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {LAYOUT}; {TABLES} COMMIT;"
    ))?;
    Ok(connection)
}

pub fn open(path: &Path) -> Result<Connection> {
    let shown = || path.display().to_string();
    if !path.exists() {
        return Err(HistoryError::Absent { path: shown() });
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let application = match pragma("application_id") {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return Err(HistoryError::Foreign { path: shown() });
        }
        other => other?,
    };
    let layout = pragma("user_version")?;
    if application != APPLICATION {
        return Err(HistoryError::Foreign { path: shown() });
    }
    if layout > LAYOUT {
        return Err(HistoryError::Newer { path: shown(), layout });
    }
    configure(&connection)?;
    Ok(connection)
}

/// A commit is on disk when it is acknowledged, whatever happens to the machine.
fn configure(connection: &Connection) -> Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // Reading works where nothing may be written, and then the mode stays as it is.
    let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    match mode {
        Err(error) if error.sqlite_error_code() != Some(ErrorCode::ReadOnly) => return Err(error.into()),
        _ => {}
    }
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
    Ok(())
}

pub fn insert(connection: &Connection, commit: &Commit, text: &str) -> Result<()> {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let packed = pack(text.as_bytes())?;
    connection.prepare_cached("INSERT INTO commits VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?.execute(params![
        number(commit.number),
        commit.digest,
        commit.parent,
        commit.system,
        commit.author,
        commit.time,
        commit.message,
        number(commit.added),
        number(commit.deleted),
        number(packed.len() as u64),
        packed,
    ])?;
    Ok(())
}

/// The text of a commit.
pub fn text(connection: &Connection, number: u64) -> Result<String> {
    let packed = connection
        .prepare_cached("SELECT text FROM commits WHERE number = ?1")?
        .query_row([i64::try_from(number).unwrap_or(i64::MAX)], |row| row.get::<_, Vec<u8>>(0))
        .optional()?;
    let packed = packed.ok_or_else(|| HistoryError::Damaged { what: format!("commit {number} is not there") })?;
    String::from_utf8(unpack(&packed)?).map_err(|error| super::damaged(number, error))
}

/// The newest snapshot up to a commit, checked: its number and N-Quads; 0 and nothing where there is none.
pub fn snapshot_before(connection: &Connection, number: u64) -> Result<(u64, Vec<u8>)> {
    let sql = "SELECT number, digest, quads FROM snapshots WHERE number <= ?1 ORDER BY number DESC LIMIT 1";
    let found = connection
        .query_row(sql, [i64::try_from(number).unwrap_or(i64::MAX)], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?))
        })
        .optional()?;
    let Some((number, expected, packed)) = found else { return Ok((0, Vec::new())) };
    let quads = unpack(&packed)?;
    if digest(&quads) != expected {
        return Err(HistoryError::Damaged { what: format!("the snapshot at commit {number} is not what its digest says") });
    }
    Ok((number, quads))
}

pub fn insert_snapshot(connection: &Connection, number: u64, quads: &[u8]) -> Result<()> {
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    connection.execute("INSERT OR REPLACE INTO snapshots VALUES (?1, ?2, ?3)", params![number, digest(quads), pack(quads)?])?;
    Ok(())
}

/// The numbers of the snapshots.
pub fn snapshots(connection: &Connection) -> Result<Vec<u64>> {
    let mut statement = connection.prepare("SELECT number FROM snapshots ORDER BY number")?;
    let numbers = statement.query_map([], |row| row.get::<_, i64>(0))?;
    Ok(numbers.map(|number| number.map(i64::unsigned_abs)).collect::<rusqlite::Result<_>>()?)
}

/// The packed bytes and the number of commits that a replay up to one reads beyond its snapshot. The first commit is one.
pub fn since_snapshot(connection: &Connection, number: u64) -> Result<(u64, u64)> {
    let sql = "SELECT COALESCE(SUM(bytes), 0), COUNT(*) FROM commits
               WHERE number <= ?1 AND number > MAX(1, (SELECT COALESCE(MAX(number), 0) FROM snapshots WHERE number <= ?1))";
    let count = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    Ok(connection.query_row(sql, [number], |row| Ok((count(row, 0)?, count(row, 1)?)))?)
}

/// Keeps ontology and questions, once for all commits that have the same; gives their digest.
pub fn keep_system(connection: &Connection, system: &System) -> Result<String> {
    insert_system(connection, &told(system))
}

impl System {
    /// The digest of ontology and questions.
    pub fn digest(&self) -> String {
        digest(told(self))
    }
}

/// Ontology and questions as JSON on one line.
fn told(system: &System) -> String {
    let files = |files: &Files| -> Value {
        let text = |(path, content): (&String, &Vec<u8>)| (path.clone(), String::from_utf8_lossy(content).into());
        files.content.iter().map(text).collect::<Map<_, _>>().into()
    };
    json!({ "ontology": files(&system.ontology), "queries": files(&system.queries) }).to_string()
}

pub fn insert_system(connection: &Connection, text: &str) -> Result<String> {
    let digest = digest(text);
    let known = connection.query_row("SELECT 1 FROM systems WHERE digest = ?1", [&digest], |_| Ok(())).optional()?;
    if known.is_none() {
        connection.execute("INSERT INTO systems VALUES (?1, ?2)", params![digest, pack(text.as_bytes())?])?;
    }
    Ok(digest)
}

/// Ontology and questions as JSON on one line, checked.
pub fn system_text(connection: &Connection, name: &str) -> Result<String> {
    let damaged = |what: &str| HistoryError::Damaged { what: format!("the ontology and questions {name} {what}") };
    let packed = connection.query_row("SELECT files FROM systems WHERE digest = ?1", [name], |row| row.get::<_, Vec<u8>>(0));
    let text = unpack(&packed.optional()?.ok_or_else(|| damaged("are not there"))?)?;
    if digest(&text) != name {
        return Err(damaged("are not what their digest says"));
    }
    String::from_utf8(text).map_err(|_| damaged("are no text"))
}

pub fn system(connection: &Connection, name: &str) -> Result<System> {
    let value: Value = serde_json::from_str(&system_text(connection, name)?)
        .map_err(|error| HistoryError::Damaged { what: format!("the ontology and questions {name} cannot be read: {error}") })?;
    let files = |root: &str| Files {
        root: root.to_owned(),
        content: (value[root].as_object().into_iter().flatten())
            .map(|(path, text)| (path.clone(), text.as_str().unwrap_or_default().as_bytes().to_vec()))
            .collect(),
    };
    Ok(System { ontology: files("ontology"), queries: files("queries") })
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    zstd::stream::encode_all(Cursor::new(bytes), LEVEL).map_err(|error| HistoryError::Damaged { what: error.to_string() })
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>> {
    zstd::stream::decode_all(Cursor::new(bytes))
        .map_err(|error| HistoryError::Damaged { what: format!("packed data cannot be unpacked: {error}") })
}
