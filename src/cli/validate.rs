//! `competency validate`: judges data by shapes and checks.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::{Outcome, Sources};
use crate::knowledge::{Generation, Origin};

/// Check data against the shapes and the checks of the ontology
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency validate                 the bundled data
  competency validate --data my-data  data of your own; exit code 2 when something is wrong")]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: Arguments) -> Outcome {
    let origin = Origin::from(arguments.sources);
    let (generation, findings) = Generation::review(&origin)?;
    let mut out = io::stdout().lock();
    for located in &findings {
        writeln!(out, "{located}")?;
    }
    if findings.is_empty() {
        writeln!(
            out,
            "Valid: {} stated triples, from which {} follow in {} rounds.",
            generation.size.stated, generation.size.inferred, generation.size.rounds
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!(
        "{} {} the data from being published; mend what is listed and run again",
        findings.len(),
        if findings.len() == 1 { "finding keeps" } else { "findings keep" }
    )
}
