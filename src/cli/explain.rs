//! `competency explain`: why a row is in an answer, why a triple holds, and whether a proof is one.

use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::question::pair;
use super::{Outcome, Sources, output};
use crate::explain::check::{CheckError, Checker};
use crate::explain::{self, Explanation, MOST_PROOFS, document, naming, rdf, tree};
use crate::export;
use crate::knowledge::Generation;

/// Prove a row of an answer, or a triple, down to the items of the page; or check a proof
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency explain levels-requiring competency=OAuth --row 2
  competency explain level-diff from=Intermediate to=Senior             every row
  competency explain --triple 'Senior requires OAuth' --check           proved, and the proof verified
  competency explain --triple 'Staff holds-cumulatively senior-interviewing' --all
  competency explain --triple 'Senior requires OAuth' --format json > proof.json
  competency explain --check proof.json                                 a proof of anybody's")]
pub struct Arguments {
    /// The question's id; with --check also a file with proofs as JSON, or - for standard input
    #[arg(value_name = "QUESTION|FILE")]
    subject: Option<String>,
    /// Parameters as name=value; a value is a label, an alias or an IRI
    #[arg(value_name = "NAME=VALUE")]
    arguments: Vec<String>,
    /// The row to prove, counted from 1; without it every row is
    #[arg(long, value_name = "N", conflicts_with = "triple")]
    row: Option<usize>,
    /// The triple to prove: subject, predicate and object as labels, prefixed names or IRIs, labels of several words in double quotes
    #[arg(long, value_name = "TRIPLE", conflicts_with_all = ["subject", "arguments"])]
    triple: Option<String>,
    /// The most proofs of each, the smallest first
    #[arg(long, value_name = "N", default_value_t = 1)]
    proofs: usize,
    /// As many proofs as there are, up to 20
    #[arg(long, conflicts_with = "proofs")]
    all: bool,
    #[arg(long, value_enum, default_value = "tree")]
    format: Form,
    /// Verify each step without the code that found it; exit code 1 when a proof is refused
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For reading
    Tree,
    Json,
    /// RDF 1.2: reifiers with PROV and the rules
    Turtle,
    Trig,
    Ntriples,
    Nquads,
}

pub fn run(arguments: Arguments) -> Outcome {
    if arguments.subject.is_none() && arguments.triple.is_none() {
        bail!("say what to explain: QUESTION NAME=VALUE, or --triple 'Senior requires OAuth'; --help has examples");
    }
    let generation = Generation::build(&arguments.sources.clone().into())?;
    let mut out = io::stdout().lock();
    if let Some(file) = arguments.subject.as_deref().filter(|name| arguments.check && is_file(name)) {
        if !arguments.arguments.is_empty() || arguments.row.is_some() {
            bail!("{file} is a file with proofs: it takes neither parameters nor --row");
        }
        let explanations = document::read(&text(file)?).with_context(|| format!("reading {file}"))?;
        return checked(&generation, &explanations, &mut out);
    }
    let limit = if arguments.all { MOST_PROOFS } else { arguments.proofs };
    let explanations = explained(&generation, &arguments, limit)?;
    written(&generation, &explanations, &arguments, &mut out)?;
    match (arguments.check, arguments.format) {
        (false, _) => Ok(ExitCode::SUCCESS),
        (true, Form::Tree) => checked(&generation, &explanations, &mut out),
        // What programs read stays as it is.
        (true, _) => checked(&generation, &explanations, &mut io::stderr().lock()),
    }
}

/// A question's id has neither dot nor slash.
fn is_file(name: &str) -> bool {
    name == "-" || name.contains(['.', '/', '\\']) || Path::new(name).is_file()
}

fn text(file: &str) -> anyhow::Result<String> {
    if file == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).context("reading proofs from standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("reading {file}"))
}

fn explained(generation: &Generation, arguments: &Arguments, limit: usize) -> anyhow::Result<Vec<Explanation>> {
    if let Some(line) = &arguments.triple {
        let triple = naming::read(generation, line)?;
        return Ok(vec![explain::triple(generation, &triple, limit)?]);
    }
    let given = arguments.arguments.iter().map(|argument| pair(argument)).collect::<anyhow::Result<Vec<_>>>()?;
    let answer = generation.ask(arguments.subject.as_deref().unwrap_or_default(), &given)?;
    Ok(match arguments.row {
        Some(row) => vec![explain::row(generation, &answer, row, limit)?],
        None if answer.rows.is_empty() => bail!("the answer is empty: there is no row to prove"),
        None => explain::rows(generation, &answer, limit)?,
    })
}

fn written(
    generation: &Generation,
    explanations: &[Explanation],
    arguments: &Arguments,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let syntax = match arguments.format {
        Form::Tree => {
            for (number, explanation) in explanations.iter().enumerate() {
                if number > 0 {
                    writeln!(out)?;
                }
                tree::write(generation, explanation, output::width(), out)?;
            }
            return Ok(());
        }
        Form::Json => {
            // One row or triple is one object; every row of an answer, an array.
            let json = |explanation: &Explanation| explanation.to_json(&generation.names);
            let json = match explanations {
                [one] if arguments.row.is_some() || arguments.triple.is_some() => json(one),
                all => all.iter().map(json).collect(),
            };
            writeln!(out, "{json:#}")?;
            return Ok(());
        }
        Form::Turtle => "turtle",
        Form::Trig => "trig",
        Form::Ntriples => "ntriples",
        Form::Nquads => "nquads",
    };
    let format = export::format(syntax).context("a known format")?;
    Ok(export::write(&rdf::quads(generation, explanations), format.rdf, out)?)
}

/// Verifies, and says what came of it.
fn checked(generation: &Generation, explanations: &[Explanation], out: &mut impl Write) -> Outcome {
    let mut checker = Checker::new(generation)?;
    let mut last = None;
    for explanation in explanations {
        match checker.check(explanation) {
            Ok(checked) => last = Some(checked),
            Err(error @ (CheckError::Refused(_) | CheckError::Ask(_))) => {
                writeln!(out, "{error}")?;
                if explanation.version != generation.version {
                    let (its, ours) = (&explanation.version, &generation.version);
                    writeln!(out, "It was made from version {its} of the data, and this is version {ours}.")?;
                }
                return Ok(ExitCode::from(1));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let checked = last.unwrap_or_default();
    let count = |number: usize, one: &str, several: &str| format!("{number} {}", if number == 1 { one } else { several });
    writeln!(
        out,
        "Checked: {}, {} by rules, {}, {}. All hold.",
        count(checked.proofs, "proof", "proofs"),
        count(checked.derived, "step", "steps"),
        count(checked.stated, "stated triple", "stated triples"),
        count(checked.absences, "absence", "absences")
    )?;
    Ok(ExitCode::SUCCESS)
}
