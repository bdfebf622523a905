//! `competency export`: writes graphs in any RDF syntax.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use super::{Outcome, Sources};
use crate::catalogue::names::nearest;
use crate::export::{self, FORMATS, Selection};
use crate::knowledge::Generation;

/// Write graphs in any RDF syntax
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency export > graph.trig
  competency export --format turtle --graph taxonomy
  competency export --format nquads --inferred -o everything.nq")]
pub struct Arguments {
    /// turtle, trig, ntriples, nquads, rdfxml or jsonld; else told by the output file's ending
    #[arg(long)]
    format: Option<String>,
    /// Only this graph, by its IRI or its part behind …/graph/; may be repeated
    #[arg(long = "graph", value_name = "GRAPH")]
    graphs: Vec<String>,
    /// What follows by the rules as well
    #[arg(long)]
    inferred: bool,
    /// A file in place of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: Arguments) -> Outcome {
    let ending = arguments.output.as_ref().and_then(|path| path.extension()).and_then(|ending| ending.to_str());
    let name = arguments.format.as_deref().or(ending).unwrap_or("trig");
    let Some(format) = export::format(name) else {
        let names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        let near = nearest(name, names.iter().copied());
        let meant = near.first().map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        bail!("there is no format `{name}`{meant} There are {}", names.join(", "));
    };
    let generation = Generation::build(&arguments.sources.into())?;
    let selection = Selection { graphs: arguments.graphs, inferred: arguments.inferred };
    let quads = export::select(&generation.store, &selection)?;
    match arguments.output {
        None => export::write(&quads, format.rdf, io::BufWriter::new(io::stdout().lock()))?,
        Some(path) => {
            let file = std::fs::File::create(&path).with_context(|| format!("creating {}", path.display()))?;
            export::write(&quads, format.rdf, io::BufWriter::new(file)).with_context(|| format!("writing {}", path.display()))?;
            writeln!(io::stderr(), "{} statements written to {}", quads.len(), path.display())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
