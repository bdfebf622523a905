//! `competency question`: lists what can be asked, or asks.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use super::output::{self, Rows};
use super::{Outcome, Sources};
use crate::catalogue::Question;
use crate::catalogue::answer::{Answer, records, separated};
use crate::catalogue::parameters::short;
use crate::catalogue::values::sayable;
use crate::knowledge::Generation;

/// Ask a question of the catalogue; without an id, list the questions
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency question
  competency question levels-requiring competency=OAuth
  competency question requirements-of target=Staff policy=cumulative --format csv
  competency question level-diff from=Intermediate to=Senior")]
pub struct Arguments {
    /// The question's id, as the list gives it
    id: Option<String>,
    /// Parameters as name=value; a value is a label, an alias or an IRI
    #[arg(value_name = "NAME=VALUE")]
    arguments: Vec<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Rows,
    /// Show all columns of the table
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: Arguments) -> Outcome {
    let generation = Generation::build(&arguments.sources.into())?;
    let mut out = io::stdout().lock();
    let Some(id) = arguments.id else {
        let questions = generation.catalogue.questions();
        let record = |question: &Question| vec![question.id.clone(), question.wording.clone(), question.summary.clone()];
        let header = ["id", "question", "summary"];
        match arguments.format {
            Rows::Table => list(&generation, &mut out)?,
            Rows::Json => writeln!(out, "{:#}", serde_json::Value::from_iter(questions.map(Question::to_json)))?,
            Rows::Csv => records(&header, questions.map(record), b',', &mut out)?,
            Rows::Tsv => records(&header, questions.map(record), b'\t', &mut out)?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let given = arguments.arguments.iter().map(|argument| pair(argument)).collect::<anyhow::Result<Vec<_>>>()?;
    let answer = generation.ask(&id, &given)?;
    match arguments.format {
        Rows::Json => writeln!(out, "{:#}", answer.to_json(&generation.names, &generation.version))?,
        Rows::Csv => separated(&answer.columns, &answer.rows, b',', &mut out)?,
        Rows::Tsv => separated(&answer.columns, &answer.rows, b'\t', &mut out)?,
        Rows::Table => show(&answer, &generation, arguments.wide, &mut out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes an answer for people: what was asked, the rows, what to keep in mind, and how to ask why.
pub(super) fn show(answer: &Answer, generation: &Generation, wide: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if let Some(question) = generation.catalogue.get(&answer.question) {
        writeln!(out, "{}", answer.in_words(question, &generation.names))?;
        let shows = if wide { &question.columns } else { &question.shows };
        output::table(&answer.columns, shows, &answer.rows, out)?;
    }
    writeln!(out, "{} {}", answer.rows.len(), if answer.rows.len() == 1 { "row" } else { "rows" })?;
    if let Some(caveat) = &answer.caveat {
        writeln!(out, "Note: {caveat}")?;
    }
    if !answer.rows.is_empty() {
        writeln!(out, "Why: competency explain {} --row 1", call(&answer.question, &answer.arguments))?;
    }
    Ok(())
}

/// Reads `name=value`.
pub(super) fn pair(argument: &str) -> anyhow::Result<(String, String)> {
    let Some((name, value)) = argument.split_once('=') else {
        bail!("`{argument}` is no name=value: write for instance competency=OAuth");
    };
    Ok((name.to_owned(), value.to_owned()))
}

fn list(generation: &Generation, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "What can be asked, with an example of each:\n")?;
    for question in generation.catalogue.questions() {
        writeln!(out, "{}\n  {}", question.id, question.wording)?;
        for parameter in &question.parameters {
            let (need, classes) = (parameter.need.in_words(), short(&parameter.classes).join(" or "));
            writeln!(out, "    {:<11} {} ({need}; {classes})", parameter.name, parameter.meaning)?;
            if !parameter.parts.is_empty() {
                let beside: Vec<String> = parameter.parts.iter().map(sayable).collect();
                writeln!(out, "    {:<11} behind a colon, {}", "", beside.join(", and "))?;
            }
        }
        writeln!(out, "  competency question {}\n", call(&question.id, &question.example_arguments()))?;
    }
    Ok(())
}

/// A call as one types it.
pub(super) fn call(id: &str, arguments: &[(String, String)]) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_.:/".contains(c);
    let typed = |(name, value): &(String, String)| match value.chars().all(plain) {
        true => format!(" {name}={value}"),
        false => format!(" {name}=\"{}\"", value.replace(['"', '$', '`', '\\'], "")),
    };
    let arguments: String = arguments.iter().map(typed).collect();
    format!("{id}{arguments}")
}
