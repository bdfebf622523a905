//! `competency worker`: the process that evaluates what strangers send to `competency serve`, which starts it; nobody else does.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::Outcome;
use crate::worker::{self, Limits};

/// Evaluate queries for `serve`, which starts this by itself
#[derive(Args)]
pub struct Arguments {
    /// How many quads come on standard input
    #[arg(long)]
    quads: usize,
    /// The most memory of a query beyond the data, in MiB
    #[arg(long)]
    memory: u64,
    /// An endpoint that SERVICE may name
    #[arg(long = "service")]
    services: Vec<String>,
}

pub fn run(arguments: Arguments) -> Outcome {
    let Arguments { quads, memory, services } = arguments;
    worker::run(quads, &Limits { memory: memory << 20, services }).context("evaluating for `competency serve`")?;
    Ok(ExitCode::SUCCESS)
}
