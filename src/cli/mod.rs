//! The command line. Enter at [`main`]; each command has its own file with its arguments and its `run`.
//! Exit codes: 0 fine, 1 findings of `verify` or of a strict `ingest`, 2 anything that could not be done.

mod compare;
mod export;
mod ingest;
mod output;
mod query;
mod question;
mod report;
mod serve;
mod validate;
mod verify;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::knowledge::Origin;

/// Ask a competency knowledge graph which levels require what, and why.
#[derive(Parser)]
#[command(name = "competency", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the log on standard error is written: for people or, a JSON object a line, for programs
    #[arg(long, global = true, value_enum, default_value_t, env = "COMPETENCY_LOG_FORMAT")]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    #[default]
    Text,
    Json,
}

const EXAMPLES: &str = "\
Examples:
  competency question                                             what can be asked
  competency question levels-requiring competency=OAuth           which levels require OAuth
  competency question levels-requiring competency=OAuth --format csv
  competency query -e 'ASK { ?level a <https://w3id.org/competency-graph/ontology#Level> }'
  competency serve                                                the same over HTTP
  competency ingest handbook/ --into my-data                      role pages of your own
  competency verify --source page.txt                             is every item of the page accounted for?";

#[derive(Subcommand)]
enum Command {
    Question(question::Arguments),
    Query(query::Arguments),
    Serve(serve::Arguments),
    Validate(validate::Arguments),
    Verify(verify::Arguments),
    Export(export::Arguments),
    Ingest(ingest::Arguments),
    Compare(compare::Arguments),
}

/// Where data and ontology come from.
#[derive(Args, Clone, Debug)]
struct Sources {
    /// Folder with sources.ttl, taxonomy and role pages, in place of the bundled data; or a checkout with data/ and ontology/
    #[arg(long, value_name = "DIR", env = "COMPETENCY_DATA")]
    data: Option<PathBuf>,
    /// Folder with competency.ttl, shapes, rules and checks, in place of the bundled ontology
    #[arg(long, value_name = "DIR", env = "COMPETENCY_ONTOLOGY")]
    ontology: Option<PathBuf>,
}

impl From<Sources> for Origin {
    /// A checkout of the project counts as its `data` and its `ontology`.
    fn from(Sources { data, ontology }: Sources) -> Self {
        let checkout = data.as_deref().filter(|root| root.join("data").is_dir() && root.join("ontology").is_dir());
        match checkout {
            Some(root) => Self { data: Some(root.join("data")), ontology: ontology.or_else(|| Some(root.join("ontology"))) },
            None => Self { data, ontology },
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.log_format);
    let outcome = match cli.command {
        Command::Question(arguments) => question::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Ingest(arguments) => ingest::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
    };
    match outcome {
        Ok(code) => code,
        Err(error) if closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn log(format: LogFormat) {
    let filter = EnvFilter::try_from_env("COMPETENCY_LOG").unwrap_or_else(|_| EnvFilter::new("warn,competency_graph=info"));
    let colours = io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(colours).init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
}

/// Whoever reads our output may stop reading.
fn closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

/// What commands give: a code, or an error to tell.
type Outcome = Result<ExitCode>;
