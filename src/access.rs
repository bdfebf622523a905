//! Who may do what: tokens, kept as digests, and the trail of what was tried with them. Enter at [`Access::open`]; both stand in an SQLite file,
//! which may be that of a durable store. How a token is sent is the front end's matter.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The trail keeps this many of the newest entries: what anybody can cause must not fill the disk.
const MOST_ENTRIES: i64 = 100_000;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS tokens (
        name TEXT PRIMARY KEY, role TEXT NOT NULL, digest BLOB NOT NULL, created TEXT NOT NULL, revoked TEXT) STRICT;
    CREATE TABLE IF NOT EXISTS audit (
        number INTEGER PRIMARY KEY, time TEXT NOT NULL, who TEXT, action TEXT NOT NULL, status INTEGER NOT NULL, reason TEXT NOT NULL,
        request TEXT NOT NULL, version TEXT) STRICT;
";

/// What the holder of a token may do; each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reading, where reading is not open to all.
    Reader,
    /// Changing the data.
    Editor,
    /// Reading the trail, and taking a backup.
    Admin,
}

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub name: String,
    pub role: Role,
}

/// A token as it is listed; the token itself is nowhere.
#[derive(Clone, Debug, Serialize)]
pub struct Token {
    pub name: String,
    pub role: String,
    pub created: String,
    pub revoked: Option<String>,
}

/// What was tried, and what became of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Entry {
    /// In UTC; set when it is written.
    pub time: String,
    /// The token's name; none where there was no token, or an unknown one.
    pub who: Option<String>,
    /// Method and place, such as `PUT /graphs`.
    pub action: String,
    /// The HTTP status.
    pub status: u16,
    pub reason: String,
    /// The request's id.
    pub request: String,
    /// The version that came of it.
    pub version: Option<String>,
}

/// Why tokens or trail cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error(
        "there is no file {0} to keep tokens in: `competency init` makes a store, and `competency token --tokens FILE` a file for tokens alone"
    )]
    Absent(String),
    #[error("there is a token called {0} already: revoke it first, or choose another name")]
    Taken(String),
    #[error("there is no token called {0}")]
    Unknown(String),
    #[error("`{0}` is no name for a token: letters, digits, dots, hyphens and @, at most 64")]
    Name(String),
    #[error("no random bytes can be had: {0}")]
    Random(getrandom::Error),
    #[error("the file with the tokens failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Tokens and trail of a file.
pub struct Access {
    connection: Mutex<Connection>,
}

impl Access {
    /// Opens the file, which must be there, and makes the tables if it lacks them.
    ///
    /// # Errors
    /// When there is no file, or it cannot be written.
    pub fn open(path: &Path) -> Result<Self, AccessError> {
        if !path.exists() {
            return Err(AccessError::Absent(path.display().to_string()));
        }
        Self::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
    }

    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path) -> Result<Self, AccessError> {
        Self::with(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
    }

    fn with(path: &Path, flags: OpenFlags) -> Result<Self, AccessError> {
        let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        // An entry may be lost with the machine's power; a commit tells who made it anyhow.
        connection.execute_batch("PRAGMA synchronous = NORMAL;")?;
        connection.execute_batch(TABLES)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// Makes a token. It is told this once and kept only as a digest.
    ///
    /// # Errors
    /// When the name is taken or unfit, or the file cannot be written.
    pub fn add(&self, name: &str, role: Role) -> Result<String, AccessError> {
        let fit = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(fit) {
            return Err(AccessError::Name(name.to_owned()));
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(AccessError::Random)?;
        let token = format!("cg_{}", random.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        let connection = self.lock();
        let there =
            connection.query_row("SELECT 1 FROM tokens WHERE name = ?1 AND revoked IS NULL", [name], |_| Ok(())).optional()?;
        if there.is_some() {
            return Err(AccessError::Taken(name.to_owned()));
        }
        connection.execute(
            "INSERT OR REPLACE INTO tokens VALUES (?1, ?2, ?3, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), NULL)",
            params![name, role.to_string(), Sha256::digest(&token).to_vec()],
        )?;
        Ok(token)
    }

    /// Lets a token open nothing any more, at once.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn revoke(&self, name: &str) -> Result<(), AccessError> {
        let sql = "UPDATE tokens SET revoked = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE name = ?1 AND revoked IS NULL";
        let changed = self.lock().execute(sql, [name])?;
        if changed == 0 { Err(AccessError::Unknown(name.to_owned())) } else { Ok(()) }
    }

    /// All tokens, by name.
    ///
    /// # Errors
    /// When the file fails.
    pub fn tokens(&self) -> Result<Vec<Token>, AccessError> {
        let connection = self.lock();
        let mut statement = connection.prepare("SELECT name, role, created, revoked FROM tokens ORDER BY name")?;
        let token = |row: &rusqlite::Row<'_>| {
            Ok(Token { name: row.get(0)?, role: row.get(1)?, created: row.get(2)?, revoked: row.get(3)? })
        };
        let tokens = statement.query_map([], token)?;
        Ok(tokens.collect::<rusqlite::Result<_>>()?)
    }

    /// Who holds a token. It takes as long for a wrong one as for a right one.
    ///
    /// # Errors
    /// When the file fails.
    pub fn holder(&self, token: &str) -> Result<Option<Holder>, AccessError> {
        let given = Sha256::digest(token);
        let connection = self.lock();
        let mut statement = connection.prepare_cached("SELECT name, role, digest FROM tokens WHERE revoked IS NULL")?;
        let rows =
            statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Vec<u8>>(2)?)))?;
        let mut found = None;
        for row in rows {
            let (name, role, digest) = row?;
            if bool::from(digest.ct_eq(given.as_slice())) {
                found = role.parse().ok().map(|role| Holder { name, role });
            }
        }
        Ok(found)
    }

    /// Writes an entry.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn record(&self, entry: &Entry) -> Result<(), AccessError> {
        let connection = self.lock();
        connection
            .prepare_cached(
                "INSERT INTO audit (time, who, action, status, reason, request, version)
                 VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![entry.who, entry.action, entry.status, entry.reason, entry.request, entry.version])?;
        connection
            .prepare_cached("DELETE FROM audit WHERE number <= ?1")?
            .execute([connection.last_insert_rowid() - MOST_ENTRIES])?;
        Ok(())
    }

    /// The newest entries, newest first.
    ///
    /// # Errors
    /// When the file fails.
    pub fn trail(&self, most: usize) -> Result<Vec<Entry>, AccessError> {
        let connection = self.lock();
        let sql = "SELECT time, who, action, status, reason, request, version FROM audit ORDER BY number DESC LIMIT ?1";
        let mut statement = connection.prepare_cached(sql)?;
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry {
                time: row.get(0)?,
                who: row.get(1)?,
                action: row.get(2)?,
                status: row.get(3)?,
                reason: row.get(4)?,
                request: row.get(5)?,
                version: row.get(6)?,
            })
        };
        let entries = statement.query_map([i64::try_from(most).unwrap_or(i64::MAX)], entry)?;
        Ok(entries.collect::<rusqlite::Result<_>>()?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reader => "reader",
            Self::Editor => "editor",
            Self::Admin => "admin",
        })
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Reader, Self::Editor, Self::Admin]
            .into_iter()
            .find(|role| role.to_string() == text)
            .ok_or_else(|| format!("`{text}` is no role: there are reader, editor and admin"))
    }
}
