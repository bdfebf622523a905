//! `competency mcp`: the tools for agents, over standard input and output.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use rmcp::ServiceExt;
use rmcp::transport::stdio;

use super::{Outcome, Sources};
use crate::knowledge::Knowledge;
use crate::mcp::Agents;
use crate::pool::{self, Pool};
use crate::worker::Limits;

/// Answer agents by the Model Context Protocol, over standard input and output
#[derive(Args)]
#[command(after_help = "\
Examples:
  claude mcp add competency -- competency mcp
  npx @modelcontextprotocol/inspector --cli competency mcp --method tools/list

A client's settings name the program and its argument:
  { \"mcpServers\": { \"competency\": { \"command\": \"competency\", \"args\": [\"mcp\"] } } }

The same tools are at /mcp of `competency serve`.")]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
    /// The longest a SPARQL query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "COMPETENCY_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The most memory that a SPARQL query may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, env = "COMPETENCY_QUERY_MEMORY", value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    query_memory: u64,
}

/// One agent asks one thing after another, or a few at once.
const CONCURRENCY: usize = 4;

pub fn run(arguments: Arguments) -> Outcome {
    let knowledge = Arc::new(Knowledge::open(arguments.sources.into())?);
    let pool = Arc::new(Pool::new(pool::Options {
        program: std::env::current_exe().context("finding the program, which evaluates queries in processes of its own")?,
        timeout: Duration::from_secs(arguments.timeout),
        concurrency: CONCURRENCY,
        limits: Limits { memory: arguments.query_memory << 20, services: Vec::new() },
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        let client = Agents::new(knowledge, pool).serve(stdio()).await.context("beginning with the client")?;
        client.waiting().await.context("answering the client")?;
        anyhow::Ok(())
    })?;
    // A read of standard input that nobody ends does not keep the program from ending.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}
