//! Walks the whole log: each commit is what its digest says and stands behind its parent, each patch changes just what it says, and each
//! snapshot is what replaying gives.

use std::collections::HashSet;

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Quad;

use super::{COLUMNS, History, HistoryError, Result, from_row, schema};
use crate::patch::Patch;

/// What a walk over the log has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub commits: u64,
    pub snapshots: u64,
    /// The quads of the newest version.
    pub quads: u64,
    /// What is wrong, in the order of the log.
    pub problems: Vec<String>,
}

impl History {
    /// Reads everything and compares. `progress` is told how many commits of how many are read.
    ///
    /// # Errors
    /// When the file cannot be read at all.
    pub fn check(&self, progress: &dyn Fn(u64, u64)) -> Result<Checked> {
        let connection = self.lock();
        let mut checked = Checked::default();
        let sound = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0))?;
        if sound != "ok" {
            checked.problems.push(sound);
        }
        let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM commits ORDER BY number"))?;
        let commits = statement.query_map([], from_row)?.collect::<rusqlite::Result<Vec<_>>>()?;
        let snapshots = schema::snapshots(&connection)?;
        let (mut quads, mut parent) = (HashSet::new(), None);
        for (at, commit) in commits.iter().enumerate() {
            progress(at as u64 + 1, commits.len() as u64);
            let problems = &mut checked.problems;
            if commit.number != at as u64 + 1 || commit.parent != parent {
                problems.push(format!("commit {} does not stand behind commit {at}", commit.number));
            }
            parent = Some(commit.digest.clone());
            if let Err(error) = schema::system(&connection, &commit.system) {
                problems.push(format!("commit {}: {error}", commit.number));
            }
            let read = schema::text(&connection, commit.number).and_then(|text| {
                problems.extend(commit.differs_from(&text));
                Patch::read(&text).map_err(|error| super::damaged(commit.number, error))
            });
            match read {
                Ok(patch) => problems.extend(apply(patch, &mut quads, commit.number)),
                Err(error) => problems.push(error.to_string()),
            }
            if snapshots.contains(&commit.number) {
                checked.snapshots += 1;
                problems.extend(differs(schema::snapshot_before(&connection, commit.number), &quads, commit.number));
            }
        }
        checked.commits = commits.len() as u64;
        checked.quads = quads.len() as u64;
        if commits.is_empty() {
            checked.problems.push("it holds no commit".to_owned());
        }
        Ok(checked)
    }
}

fn apply(patch: Patch, quads: &mut HashSet<Quad>, number: u64) -> Option<String> {
    let absent = patch.deleted.iter().filter(|quad| !quads.remove(*quad)).count();
    let there = patch.added.into_iter().filter(|quad| !quads.insert(quad.clone())).count();
    (absent + there > 0).then(|| format!("commit {number} deletes {absent} quads that are not there and adds {there} that are"))
}

fn differs(snapshot: Result<(u64, Vec<u8>)>, quads: &HashSet<Quad>, number: u64) -> Option<String> {
    let (_, text) = match snapshot {
        Ok(snapshot) => snapshot,
        Err(HistoryError::Damaged { what }) => return Some(what),
        Err(error) => return Some(error.to_string()),
    };
    let read = RdfParser::from_format(RdfFormat::NQuads).for_slice(&text).collect::<std::result::Result<HashSet<_>, _>>();
    (read.ok().as_ref() != Some(quads)).then(|| format!("the snapshot at commit {number} is not what the log gives"))
}
