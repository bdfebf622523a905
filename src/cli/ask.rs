//! `competency ask`: a question in plain words.

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::json;

use super::output::Rows;
use super::{Outcome, Sources, question};
use crate::ask::{Call, Doubt, MOST_CHARACTERS, Understanding};
use crate::catalogue::answer::separated;
use crate::knowledge::Generation;

/// Ask in plain words; what was understood is shown, and the call that asks the same again
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency ask \"which levels need to know oauth2?\"
  competency ask is AWS mandatory in SIRT
  competency ask \"difference between senior and staff\" --format json

Exit codes: 0 answered, 1 asked back because several questions may be meant, 2 nothing understood.")]
pub struct Arguments {
    /// The question; without quotes its words are put together
    #[arg(required = true, value_name = "WORDS")]
    words: Vec<String>,
    #[arg(long, value_enum, default_value = "table")]
    format: Rows,
    /// Show all columns of the table
    #[arg(long)]
    wide: bool,
    #[command(flatten)]
    sources: Sources,
}

/// What may be meant and was not certain.
const ASKED_BACK: u8 = 1;
const NOT_UNDERSTOOD: u8 = 2;

pub fn run(arguments: Arguments) -> Outcome {
    let text = arguments.words.join(" ");
    let characters = text.chars().count();
    if text.trim().is_empty() {
        bail!("there is no question: say for instance competency ask \"which levels require OAuth?\"");
    }
    if characters > MOST_CHARACTERS {
        bail!("the question has {characters} characters; at most {MOST_CHARACTERS} are read");
    }
    let generation = Generation::build(&arguments.sources.into())?;
    let mut out = io::stdout().lock();
    match generation.understand(&text) {
        Understanding::Certain(call) => {
            answer(&call, &generation, arguments.format, arguments.wide, &mut out)?;
            Ok(ExitCode::SUCCESS)
        }
        Understanding::Unsure { calls, doubts } if arguments.format == Rows::Json => {
            let told: Vec<_> = calls.iter().filter_map(|call| told(call, &generation)).collect();
            let near: Vec<&String> = doubts.iter().flat_map(Doubt::near).collect();
            let why: Vec<String> = doubts.iter().map(Doubt::to_string).collect();
            writeln!(out, "{:#}", json!({ "unsure": told, "why": why, "near": near }))?;
            Ok(ExitCode::from(if calls.is_empty() { NOT_UNDERSTOOD } else { ASKED_BACK }))
        }
        Understanding::Unsure { calls, doubts } => {
            let why: Vec<String> = doubts.iter().map(Doubt::to_string).collect();
            let why = why.join("; ");
            if calls.is_empty() {
                bail!("not understood: {why}; `competency question` lists what can be asked");
            }
            eprintln!("Not certain what is asked: {why}. Perhaps:");
            for call in &calls {
                let asked = generation.catalogue.get(&call.question).map(|question| call.asked(question)).unwrap_or_default();
                eprintln!("  {asked}\n    {}", command(call));
            }
            Ok(ExitCode::from(ASKED_BACK))
        }
    }
}

/// What was understood, the call and the answer.
fn answer(call: &Call, generation: &Generation, format: Rows, wide: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let answer = generation.ask(&call.question, &call.arguments)?;
    match format {
        Rows::Json => {
            let understood = told(call, generation).ok_or_else(|| anyhow!("the question {} is gone", call.question))?;
            let answer = answer.to_json(&generation.names, &generation.version);
            writeln!(
                out,
                "{:#}",
                json!({ "understood": understood["understood"], "call": understood["call"], "answer": answer })
            )?;
        }
        Rows::Csv => separated(&answer.columns, &answer.rows, b',', out)?,
        Rows::Tsv => separated(&answer.columns, &answer.rows, b'\t', out)?,
        Rows::Table => {
            for (written, meant) in &call.corrected {
                writeln!(out, "Read `{written}` as {meant}.")?;
            }
            for name in &call.assumed {
                let value = call.arguments.iter().find(|(parameter, _)| parameter == name).map_or("", |(_, value)| value);
                writeln!(out, "Took {name} to be {value}, the only one there is.")?;
            }
            writeln!(out, "Again: {}\n", command(call))?;
            question::show(&answer, generation, wide, out)?;
            for (column, thing) in &call.about {
                let rows = match answer.rows_about(column, thing) {
                    0 => "No row is".to_owned(),
                    1 => "1 row is".to_owned(),
                    rows => format!("{rows} rows are"),
                };
                writeln!(out, "{rows} about {}.", generation.names.label(thing))?;
            }
        }
    }
    Ok(())
}

/// The command that repeats a call.
fn command(call: &Call) -> String {
    format!("competency question {}", question::call(&call.question, &call.arguments))
}

fn told(call: &Call, generation: &Generation) -> Option<serde_json::Value> {
    let question = generation.catalogue.get(&call.question)?;
    Some(json!({ "understood": call.to_json(question, &generation.names), "call": command(call) }))
}
