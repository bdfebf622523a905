//! The command line. Enter at [`main`]; each command has its own file with its arguments and its `run`.
//! Exit codes: 0 fine, 1 findings of `verify`, `what-if` or a strict `ingest`, proofs refused and questions asked back by `ask`, 2 anything
//! that could not be done.

mod ask;
mod backup;
mod compare;
mod explain;
mod export;
mod history;
mod ingest;
mod init;
mod into;
mod log;
mod mcp;
mod output;
mod query;
mod question;
mod report;
mod serve;
mod token;
mod validate;
mod verify;
mod what_if;
mod worker;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use crate::knowledge::{Engine, Origin};
use crate::store::remote::{Address, Credentials};

/// Ask a competency knowledge graph which levels require what, and why.
#[derive(Parser)]
#[command(name = "competency", version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How the log on standard error is written: for people or, a JSON object a line, for programs
    #[arg(long, global = true, value_enum, default_value_t, env = "COMPETENCY_LOG_FORMAT")]
    log_format: log::Format,
}

const EXAMPLES: &str = "\
Examples:
  competency ask \"which levels need to know oauth2?\"              a question in plain words
  competency question                                             what can be asked
  competency question levels-requiring competency=OAuth           which levels require OAuth
  competency question levels-requiring competency=OAuth --format csv
  competency explain levels-requiring competency=OAuth --row 2    and why
  competency what-if --move authentication-technologies=SIRT      what an edit would change
  competency query -e 'ASK { ?level a <https://w3id.org/competency-graph/ontology#Level> }'
  competency serve                                                the same over HTTP
  competency ingest handbook/ --into my-data                      role pages of your own
  competency init --store kb.sqlite                               a store that is written over HTTP and keeps every version
  competency mcp                                                  the same as tools for agents, over standard input and output
  competency verify --source page.txt                             is every item of the page accounted for?";

#[derive(Subcommand)]
enum Command {
    Ask(ask::Arguments),
    Question(question::Arguments),
    Explain(explain::Arguments),
    Query(query::Arguments),
    WhatIf(what_if::Arguments),
    Serve(serve::Arguments),
    Mcp(mcp::Arguments),
    Validate(validate::Arguments),
    Verify(verify::Arguments),
    Export(export::Arguments),
    Ingest(ingest::Arguments),
    Compare(compare::Arguments),
    Init(init::Arguments),
    History(history::Arguments),
    Revert(backup::Revert),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Check(backup::Check),
    Token(token::Arguments),
    #[command(hide = true)]
    Worker(worker::Arguments),
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
    /// File of a durable store, as `competency init` makes it, in place of the data; or the address of an engine that speaks SPARQL
    #[arg(long, value_name = "FILE|URL", env = "COMPETENCY_STORE", conflicts_with = "data")]
    store: Option<Store>,
}

/// The file of a durable store.
#[derive(Args, Clone, Debug)]
struct Durable {
    /// The store's file, as `competency init` makes it
    #[arg(long = "store", value_name = "FILE", env = "COMPETENCY_STORE")]
    file: PathBuf,
}

/// A durable store, or an engine elsewhere.
#[derive(Clone, Debug)]
enum Store {
    File(PathBuf),
    Engine(Address),
}

impl std::str::FromStr for Store {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") { Address::read(text).map(Self::Engine) } else { Ok(Self::File(PathBuf::from(text))) }
    }
}

/// An engine, with who we are to it by the environment: nothing of that stands on a command line.
fn engine(address: Address) -> Engine {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("COMPETENCY_STORE_USER").map(|user| (user, variable("COMPETENCY_STORE_PASSWORD").unwrap_or_default()));
    Engine { address, credentials: Credentials::new(user, variable("COMPETENCY_STORE_TOKEN")) }
}

impl From<Sources> for Origin {
    /// A checkout of the project counts as its `data` and its `ontology`.
    fn from(Sources { data, ontology, store }: Sources) -> Self {
        let checkout = data.as_deref().filter(|root| root.join("data").is_dir() && root.join("ontology").is_dir());
        let (data, ontology) = match checkout {
            Some(root) => (Some(root.join("data")), ontology.or_else(|| Some(root.join("ontology")))),
            None => (data, ontology),
        };
        match store {
            Some(Store::Engine(address)) => Self { data, ontology, engine: Some(engine(address)), ..Self::default() },
            Some(Store::File(file)) => Self { data, ontology, store: Some(file), ..Self::default() },
            None => Self { data, ontology, ..Self::default() },
        }
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let _log = log::start(cli.log_format, matches!(cli.command, Command::Serve(_)));
    let outcome = match cli.command {
        Command::Ask(arguments) => ask::run(arguments),
        Command::Question(arguments) => question::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Query(arguments) => query::run(arguments),
        Command::WhatIf(arguments) => what_if::run(arguments),
        Command::Mcp(arguments) => mcp::run(arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Validate(arguments) => validate::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Ingest(arguments) => ingest::run(arguments),
        Command::Compare(arguments) => compare::run(arguments),
        Command::Init(arguments) => init::run(arguments),
        Command::History(arguments) => history::run(arguments),
        Command::Revert(arguments) => backup::revert(arguments),
        Command::Backup(arguments) => backup::backup(arguments),
        Command::Restore(arguments) => backup::restore(arguments),
        Command::Check(arguments) => backup::check(arguments),
        Command::Token(arguments) => token::run(arguments),
        Command::Worker(arguments) => worker::run(arguments),
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

/// Whoever uses this machine, for a commit made from the command line.
fn author() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Whoever reads our output may stop reading.
fn closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}

/// What commands give: a code, or an error to tell.
type Outcome = Result<ExitCode>;
