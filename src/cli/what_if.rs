//! `competency what-if`: which answers an edit would change, and how.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oxigraph::model::{Literal, Term};

use super::{Outcome, Sources, output};
use crate::catalogue::names::Names;
use crate::changes::{ChangeError, Changed, Changes, moved, what_if};
use crate::knowledge::{Generation, Origin};
use crate::patch::Patch;

/// Tell which answers an edit would change; it is made on a copy, and nothing is kept
#[derive(Args)]
#[command(
    name = "what-if",
    after_help = "\
Examples:
  competency what-if --move authentication-technologies='Application Security'
  competency what-if --move authentication-technologies=SIRT --rows     with the rows that come and go
  competency what-if --patch edits.rdfp --format json

A patch is an RDF patch: lines `A quad .` add, lines `D quad .` delete, with quads as in N-Quads.
Exit code 1: shapes or checks find something wrong with the changed data."
)]
pub struct Arguments {
    /// Say a statement of something else: of the job family, a level or a specialty
    #[arg(long = "move", value_name = "STATEMENT=SCOPE", required_unless_present = "patch")]
    moves: Vec<String>,
    /// A file with an RDF patch
    #[arg(long, value_name = "FILE")]
    patch: Vec<PathBuf>,
    /// Show the rows that come (+) and go (-)
    #[arg(long)]
    rows: bool,
    /// Ask this question only
    #[arg(long, value_name = "ID")]
    question: Option<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Form,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For reading
    Table,
    Json,
}

/// The most calls of one question in the table, unless that question is asked for.
const MOST_SHOWN: usize = 14;

pub fn run(arguments: Arguments) -> Outcome {
    let origin = Origin::from(arguments.sources.clone());
    let before = Generation::build(&origin)?;
    if let Some(id) = arguments.question.as_deref().filter(|id| before.catalogue.get(id).is_none()) {
        bail!("there is no question `{id}`; the nearest: {}", before.catalogue.near(id).join(", "));
    }
    let edits = edits(&arguments, &before)?;
    let bar = bar();
    let progress = |done: usize, all: usize| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let changes = what_if(&origin, &before, &edits, arguments.question.as_deref(), &progress)?;
    bar.finish_and_clear();
    let mut out = io::stdout().lock();
    match arguments.format {
        Form::Json => writeln!(out, "{:#}", changes.to_json(&before.names))?,
        Form::Table => told(&changes, &arguments, &before.names, &mut out)?,
    }
    Ok(if changes.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn edits(arguments: &Arguments, before: &Generation) -> anyhow::Result<Patch> {
    let mut edits = Patch::default();
    for file in &arguments.patch {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {name}"))?;
        edits = edits.and(Patch::read(&text).map_err(|error| ChangeError::Patch { file: name, error })?);
    }
    for words in &arguments.moves {
        let Some((statement, scope)) = words.rsplit_once('=') else {
            bail!("`{words}` is no STATEMENT=SCOPE: write for instance authentication-technologies='Application Security'");
        };
        edits = edits.and(moved(before, statement, scope)?);
    }
    Ok(edits)
}

pub fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    if !io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("Asking every question of both states {bar:30} {pos} of {len}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn told(changes: &Changes, arguments: &Arguments, names: &Names, out: &mut impl Write) -> io::Result<()> {
    let Changes { stated, inferred, findings, asked, answers } = changes;
    writeln!(
        out,
        "Stated: {} added, {} removed. Inferred: {} added, {} removed.",
        stated.added, stated.removed, inferred.added, inferred.removed
    )?;
    match findings.as_slice() {
        [] => writeln!(out, "Shapes and checks find nothing wrong with it.")?,
        findings => {
            writeln!(out, "Shapes and checks would not let it in:")?;
            findings.iter().try_for_each(|finding| writeln!(out, "  {finding}"))?;
        }
    }
    if answers.is_empty() {
        return writeln!(out, "None of {asked} calls has another answer. Nothing is kept.");
    }
    writeln!(out)?;
    if arguments.rows {
        answers.iter().try_for_each(|changed| rows_of(changed, names, out))?;
    } else {
        let columns: Vec<String> = ["question", "rows", "now", "added", "removed"].map(str::to_owned).into();
        let number = |number: usize| Some(Term::from(Literal::from(number as u64)));
        let row = |changed: &Changed| {
            let asked = Some(Term::from(Literal::from(changed.asked.as_str())));
            let (added, removed) = (number(changed.added.len()), number(changed.removed.len()));
            vec![asked, number(changed.rows_before), number(changed.rows_after), added, removed]
        };
        let shown = if arguments.question.is_some() { usize::MAX } else { MOST_SHOWN };
        let by_question = answers.chunk_by(|a, b| a.call.question == b.call.question);
        let table: Vec<_> = by_question.clone().flat_map(|answers| answers.iter().take(shown)).map(row).collect();
        output::table(&columns, &columns, &table, out)?;
        for more in by_question.filter(|answers| answers.len() > shown) {
            let id = &more[0].call.question;
            writeln!(out, "and {} more calls of {id}: --question {id} shows them", more.len() - shown)?;
        }
    }
    let calls = if answers.len() == 1 { "call has" } else { "calls have" };
    writeln!(out, "{} of {asked} {calls} another answer. Nothing is kept.", answers.len())
}

/// A call, and its rows that come and go, with what differs between columns and IRIs left to the programs.
fn rows_of(changed: &Changed, names: &Names, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} {} rows, now {}", changed.asked, changed.rows_before, changed.rows_after)?;
    for (mark, rows) in [("-", &changed.removed), ("+", &changed.added)] {
        for row in rows {
            let shown = changed.columns.iter().zip(row).filter_map(|(column, cell)| match cell {
                Some(Term::NamedNode(node)) if !changed.columns.contains(&format!("{column}Label")) => {
                    Some(names.label(node.as_str()))
                }
                Some(Term::NamedNode(_)) | None => None,
                Some(other) => Some(crate::store::text(other)),
            });
            writeln!(out, "  {mark} {}", shown.collect::<Vec<_>>().join(" | "))?;
        }
    }
    writeln!(out)
}
