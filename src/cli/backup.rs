//! `competency backup`, `restore`, `check` and `revert`: keeping a durable store whole.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget};

use super::{Durable, Outcome, author};
use crate::history::{Checked, History};
use crate::knowledge::{Change, CommitError, Knowledge, Origin};

/// Write a copy of a durable store while it is in use, and check it
#[derive(Args)]
#[command(after_help = "\
Example:
  competency backup --store kb.sqlite kb-2026-11-26.sqlite")]
pub struct Backup {
    /// The file to make
    #[arg(value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    store: Durable,
}

pub fn backup(arguments: Backup) -> Outcome {
    let checked = History::open(&arguments.store.file)?.backup(&arguments.to)?;
    writeln!(io::stdout(), "{} holds {}; all of it is as its digests say.", arguments.to.display(), told(&checked))?;
    Ok(ExitCode::SUCCESS)
}

/// Make a durable store from a backup, after checking it
#[derive(Args)]
#[command(after_help = "\
Example:
  competency restore --store kb.sqlite kb-2026-11-26.sqlite")]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// The file to make; none may be there
    #[arg(long, value_name = "FILE", env = "COMPETENCY_STORE")]
    store: PathBuf,
}

pub fn restore(arguments: Restore) -> Outcome {
    let checked = History::open(&arguments.from)?.backup(&arguments.store)?;
    writeln!(io::stdout(), "{} holds {}; all of it is as its digests say.", arguments.store.display(), told(&checked))?;
    Ok(ExitCode::SUCCESS)
}

/// Walk the whole log of a durable store: every digest, every parent, every change
#[derive(Args)]
#[command(after_help = "\
Example:
  competency check --store kb.sqlite    exit code 1 when something is wrong")]
pub struct Check {
    #[command(flatten)]
    store: Durable,
}

pub fn check(arguments: Check) -> Outcome {
    let bar = ProgressBar::new(0);
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let checked = History::open(&arguments.store.file)?.check(&|done, all| {
        bar.set_length(all);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let mut out = io::stdout().lock();
    for problem in &checked.problems {
        writeln!(out, "{problem}")?;
    }
    if !checked.problems.is_empty() {
        writeln!(io::stderr(), "The store is damaged; restore it from a backup.")?;
        return Ok(ExitCode::from(1));
    }
    writeln!(out, "Sound: {}.", told(&checked))?;
    Ok(ExitCode::SUCCESS)
}

/// Take back what one version changed, by a new commit
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency revert --store kb.sqlite 3f2a9c01
  competency revert --store kb.sqlite 17 -m 'That page was a draft'")]
pub struct Revert {
    /// The version to take back, as `history` lists it
    #[arg(value_name = "VERSION")]
    version: String,
    #[command(flatten)]
    store: Durable,
    /// Who takes it back
    #[arg(long, value_name = "NAME", default_value_t = author(), env = "COMPETENCY_AUTHOR")]
    author: String,
    /// Why
    #[arg(short, long)]
    message: Option<String>,
}

pub fn revert(arguments: Revert) -> Outcome {
    let origin = Origin { store: Some(arguments.store.file), ..Origin::default() };
    let knowledge = Knowledge::open(origin)?;
    let history = knowledge.history().context("a durable store has a history")?;
    let commit = history.find(&arguments.version)?;
    let patch = history.patch(&commit)?.inverse();
    let message = arguments.message.unwrap_or_else(|| format!("Takes back {}: {}", &commit.digest[..8], commit.message));
    let outcome = knowledge
        .commit(|_| Ok::<_, CommitError>(Change { author: arguments.author, message, patch, expected: None, dry_run: false }))?;
    let Some(made) = outcome.commit else { bail!("nothing of what {} changed is there any more", &commit.digest[..8]) };
    writeln!(io::stdout(), "Version {} takes back {}: +{} -{}.", made.digest, &commit.digest[..8], made.added, made.deleted)?;
    Ok(ExitCode::SUCCESS)
}

fn told(checked: &Checked) -> String {
    format!("{} versions and {} snapshots, the newest with {} statements", checked.commits, checked.snapshots, checked.quads)
}
