//! `competency history`: the versions of a durable store, what each changed, and what differs between two.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::{Value, json};

use super::{Durable, Outcome};
use crate::changes::statements::{self, Statements};
use crate::changes::{self, Changes};
use crate::history::{Commit, History};
use crate::knowledge::{Generation, former};

/// List the versions of a durable store; or show what one changed, or what differs between two
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency history --store kb.sqlite                      the versions, newest first
  competency history --store kb.sqlite 3f2a9c01             what one changed, as an RDF patch
  competency history --store kb.sqlite 1 3                  which statements differ between two
  competency history --store kb.sqlite 1 3 --answers        and which answers of the catalogue
  competency history --store kb.sqlite --export all.txt     every version, for `init --history`

A version is a commit's number, or the first eight digits or more of its digest.")]
pub struct Arguments {
    /// One version to show, or two to compare
    #[arg(value_name = "VERSION", num_args = 0..=2)]
    versions: Vec<String>,
    #[command(flatten)]
    store: Durable,
    /// Compare the answers to every question of the catalogue, which takes a while
    #[arg(long)]
    answers: bool,
    /// At most so many versions of the list
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    /// JSON in place of text
    #[arg(long)]
    json: bool,
    /// Write every version to a file, or to standard output as -
    #[arg(long, value_name = "FILE", conflicts_with_all = ["versions", "answers", "json"])]
    export: Option<PathBuf>,
}

pub fn run(arguments: Arguments) -> Outcome {
    let history = History::open(&arguments.store.file)?;
    let mut out = io::stdout().lock();
    if let Some(path) = &arguments.export {
        let count = if path.as_os_str() == "-" {
            history.export(BufWriter::new(out))?
        } else {
            let file = File::create_new(path).with_context(|| format!("making {}", path.display()))?;
            history.export(BufWriter::new(file))?
        };
        writeln!(io::stderr(), "{count} versions written")?;
        return Ok(ExitCode::SUCCESS);
    }
    match &arguments.versions[..] {
        [] => {
            let commits = history.log(None, arguments.limit)?;
            if arguments.json {
                writeln!(out, "{:#}", json!(commits))?;
            } else {
                commits.iter().try_for_each(|commit| line(commit, &mut out))?;
            }
        }
        [version] => {
            let commit = history.find(version)?;
            if arguments.json {
                writeln!(out, "{:#}", json!(commit))?;
            } else {
                line(&commit, &mut out)?;
                write!(out, "{}", history.patch(&commit)?)?;
            }
        }
        [from, to, ..] => compare(&arguments, &history, from, to, &mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn line(commit: &Commit, out: &mut impl Write) -> io::Result<()> {
    let Commit { number, digest, author, time, message, added, deleted, .. } = commit;
    writeln!(out, "{number:>5}  {}  {time}  +{added} -{deleted}  {author}: {message}", &digest[..12])
}

fn compare(arguments: &Arguments, history: &History, from: &str, to: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let version = |name: &str| -> anyhow::Result<Generation> { Ok(former(history, history.find(name)?)?) };
    let (before, after) = (version(from)?, version(to)?);
    let differ = statements::between(&before, &after)?;
    let answers = if arguments.answers {
        let bar = super::what_if::bar();
        let progress = |done: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(done as u64);
        };
        let changes = changes::between(&before, &after, None, &progress)?;
        bar.finish_and_clear();
        Some(changes)
    } else {
        None
    };
    if arguments.json {
        let mut told = json!({ "from": before.version, "to": after.version, "statements": differ.to_json() });
        if let Some(changes) = &answers {
            told["answers"] = changes.to_json(&after.names)["answers"].clone();
        }
        writeln!(out, "{told:#}")?;
        return Ok(());
    }
    told(&differ, out)?;
    if let Some(changes) = &answers {
        told_answers(changes, out)?;
    }
    Ok(())
}

fn told(differ: &Statements, out: &mut impl Write) -> anyhow::Result<()> {
    let value = differ.to_json();
    let text = |statement: &Value| {
        let scope: Vec<&str> = statement["scope"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("{} ({})", statement["label"].as_str().unwrap_or_default(), scope.join(", "))
    };
    let mut any = false;
    for (kind, sign) in [("added", "+"), ("removed", "-"), ("changed", "~")] {
        for statement in value[kind].as_array().into_iter().flatten() {
            any = true;
            writeln!(out, "{sign} {kind}: {}", text(statement))?;
        }
    }
    for kind in ["reworded", "moved"] {
        for pair in value[kind].as_array().into_iter().flatten() {
            any = true;
            writeln!(out, "~ {kind}: {} -> {}", text(&pair["before"]), text(&pair["after"]))?;
        }
    }
    if !any {
        writeln!(out, "No statement differs.")?;
    }
    Ok(())
}

fn told_answers(changes: &Changes, out: &mut impl Write) -> anyhow::Result<()> {
    if changes.asked == 0 {
        bail!("no question could be asked of both versions");
    }
    writeln!(out, "\n{} of {} answers differ", changes.answers.len(), changes.asked)?;
    for changed in &changes.answers {
        writeln!(out, "  {}  {} -> {} rows", changed.asked, changed.rows_before, changed.rows_after)?;
    }
    Ok(())
}
