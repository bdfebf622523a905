//! `competency init`: makes a durable store of the bundled data or of one's own.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use super::{Outcome, Store, author, engine};
use crate::history::{Commit, Draft, History, now};
use crate::knowledge::{Generation, Origin, engine};
use crate::patch::Patch;
use crate::store::graph_iri;
use crate::store::remote::Address;
use crate::words;

/// Make a durable store: one file that keeps every version
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency init --store kb.sqlite                        with the bundled data
  competency init --store kb.sqlite --data my-data         with data of your own, which must be valid
  competency init --store kb.sqlite --history history.txt  with all versions that `history --export` wrote
  competency init --store http://localhost:8890/sparql     in an engine elsewhere; credentials by COMPETENCY_STORE_USER, …_PASSWORD or …_TOKEN
  competency serve --store kb.sqlite                       then serve it")]
pub struct Arguments {
    /// The file to make; or the address of an engine to bring the data to
    #[arg(long, value_name = "FILE|URL", env = "COMPETENCY_STORE")]
    store: Store,
    /// Folder with sources.ttl, taxonomy and role pages, in place of the bundled data; or a checkout with data/ and ontology/
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder with competency.ttl, shapes, rules and checks, in place of the bundled ontology
    #[arg(long, value_name = "DIR", env = "COMPETENCY_ONTOLOGY")]
    ontology: Option<PathBuf>,
    /// An exported history, in place of data
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "ontology"])]
    history: Option<PathBuf>,
    /// Who makes the first commit
    #[arg(long, value_name = "NAME", default_value_t = author(), env = "COMPETENCY_AUTHOR")]
    author: String,
    /// What it says
    #[arg(short, long, default_value = "The first version")]
    message: String,
}

pub fn run(arguments: Arguments) -> Outcome {
    let store = match &arguments.store {
        Store::File(file) => file.clone(),
        Store::Engine(address) => return bring(&arguments, address.clone()),
    };
    let store = &store;
    if let Some(path) = &arguments.history {
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        let history = History::import(store, BufReader::new(file)).with_context(|| format!("reading {}", path.display()))?;
        let tip = history.tip()?;
        writeln!(io::stdout(), "{} holds {} versions, the newest {}.", store.display(), tip.number, tip.digest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (origin, generation) = judged(&arguments)?;
    let mut quads = generation.stated()?;
    quads.retain(|quad| graph_iri(&quad.graph_name).is_none_or(|graph| !words::is_made(&graph)));
    let patch = Patch { deleted: Vec::new(), added: quads }.effective(|_| Ok::<_, std::convert::Infallible>(false))?;
    let draft = Draft { author: arguments.author, message: arguments.message, patch };
    let tip = History::create(store, &origin.system()?, &draft)?.tip()?;
    writeln!(
        io::stdout(),
        "{} holds version {}: {} statements. Serve it with --store {0}.",
        store.display(),
        tip.digest,
        tip.added
    )?;
    Ok(ExitCode::SUCCESS)
}

/// The data, if it is fit to be kept.
fn judged(arguments: &Arguments) -> anyhow::Result<(Origin, Generation)> {
    let origin = Origin { data: arguments.data.clone(), ontology: arguments.ontology.clone(), ..Origin::default() };
    let (generation, findings) = Generation::review(&origin)?;
    if !findings.is_empty() {
        for located in &findings {
            writeln!(io::stderr(), "{located}")?;
        }
        bail!("the data is not fit to be kept: mend what is listed and run again");
    }
    Ok((origin, generation))
}

/// Brings the data to an engine elsewhere, which infers there.
fn bring(arguments: &Arguments, address: Address) -> Outcome {
    let (origin, generation) = judged(arguments)?;
    let commit = Commit {
        number: 1,
        digest: generation.version.clone(),
        parent: None,
        system: origin.system()?.digest(),
        author: arguments.author.clone(),
        time: now(),
        message: arguments.message.clone(),
        added: generation.size.stated as u64,
        deleted: 0,
    };
    let shown = address.query.clone();
    let progress = |step: &str| {
        if io::stderr().is_terminal() {
            // Whoever started us may not care to read it.
            let _ = writeln!(io::stderr(), "{step}");
        }
    };
    engine::load(Arc::new(engine(address).remote()), &generation, &commit, &progress)?;
    writeln!(
        io::stdout(),
        "{shown} holds version {}: {} statements, and {} that follow.",
        generation.version,
        generation.size.stated,
        generation.size.inferred
    )?;
    Ok(ExitCode::SUCCESS)
}
