//! `competency worker`: the process that evaluates what strangers send to `competency serve`, which starts it; nobody else does.

use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::{Outcome, engine};
use crate::worker::{self, Elsewhere, Limits};

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
    /// The engine that holds the data, as JSON
    #[arg(long)]
    elsewhere: Option<String>,
}

pub fn run(arguments: Arguments) -> Outcome {
    let Arguments { quads, memory, services, elsewhere } = arguments;
    let elsewhere = elsewhere.map(|json| serde_json::from_str::<Elsewhere>(&json)).transpose()?;
    let remote = elsewhere.map(|Elsewhere { address, dataset }| engine(address).remote().with_dataset(dataset));
    worker::run(quads, remote, &Limits { memory: memory << 20, services }).context("evaluating for `competency serve`")?;
    Ok(ExitCode::SUCCESS)
}
