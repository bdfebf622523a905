//! Where ingested graphs go: a data folder, whose files are put beside the old ones and renamed, or a durable store, as one commit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use oxigraph::model::Quad;

use crate::files::Files;
use crate::history::Commit;
use crate::knowledge::{Change, CommitError, Knowledge, Origin};
use crate::load;
use crate::patch::Patch;
use crate::store::graph_iri;

/// Whether a path names a durable store rather than a folder: it is a file.
pub fn is_store(path: &Path) -> bool {
    path.is_file()
}

/// Puts files into a folder: first all of them under other names, then each under its own, so that a full disk leaves all as it was.
pub fn folder(folder: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut ready = Vec::new();
    for (path, content) in files {
        let target = folder.join(path);
        let name = format!(".{}.new", target.file_name().unwrap_or_default().to_string_lossy());
        let parent = target.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        let waiting = parent.join(name);
        if let Err(error) = std::fs::write(&waiting, content) {
            ready
                .iter()
                .chain([&(waiting.clone(), target)])
                .for_each(|(waiting, _): &(PathBuf, PathBuf)| drop(std::fs::remove_file(waiting)));
            return Err(error).with_context(|| format!("writing {}", waiting.display()));
        }
        ready.push((waiting, target));
    }
    for (waiting, target) in ready {
        std::fs::rename(&waiting, &target).with_context(|| format!("writing {}", target.display()))?;
    }
    Ok(())
}

/// Commits the graphs of some files in place of what a store has in these graphs; none if it has just that. The files may belong to a
/// server's store: it takes the commit over.
pub fn store(path: &Path, files: &BTreeMap<String, Vec<u8>>, author: String, message: String) -> Result<Option<Commit>> {
    let read = Files { root: "what was read".to_owned(), content: files.clone() };
    let (quads, problems) = load::quads(&read);
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    let knowledge = Knowledge::open(Origin { store: Some(path.to_owned()), ..Origin::default() })?;
    let graphs: BTreeSet<String> = quads.iter().filter_map(|quad| graph_iri(&quad.graph_name)).collect();
    let outcome = knowledge.commit(|newest| {
        let mut before: Vec<Quad> = Vec::new();
        for graph in &graphs {
            before.extend(newest.store.quads(Some(&crate::store::named(graph)))?);
        }
        Ok::<_, CommitError>(Change { author, message, patch: Patch::between(before, quads), expected: None, dry_run: false })
    })?;
    Ok(outcome.commit)
}
