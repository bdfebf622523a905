//! `competency query`: runs any SPARQL query over the graph.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::{Args, ValueEnum};
use oxigraph::io::RdfFormat;
use oxigraph::model::Quad;
use oxigraph::sparql::QueryResults;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};

use super::{Outcome, Sources, output};
use crate::export;
use crate::knowledge::Generation;
use crate::rq::{TextError, parse_query};

/// Run a SPARQL query; its default graph is the union of all graphs
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency query levels.rq
  competency query levels.rq --format csv > levels.csv
  echo 'SELECT * { ?s ?p ?o } LIMIT 3' | competency query -
  competency query -e 'CONSTRUCT WHERE { ?s a ?class } LIMIT 3' --format turtle")]
pub struct Arguments {
    /// A file with the query, or - for standard input
    #[arg(value_name = "FILE|-", required_unless_present = "text")]
    file: Option<String>,
    /// The query itself
    #[arg(short = 'e', long = "text", value_name = "SPARQL", conflicts_with = "file")]
    text: Option<String>,
    /// Rows: table, json, csv, tsv, xml; triples: turtle, ntriples, rdfxml, jsonld
    #[arg(long, value_enum)]
    format: Option<Form>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    Table,
    Json,
    Csv,
    Tsv,
    Xml,
    Turtle,
    Ntriples,
    Rdfxml,
    Jsonld,
}

/// Parsing and evaluation recurse as deep as the query nests.
const STACK: usize = 1 << 30;

pub fn run(arguments: Arguments) -> Outcome {
    let text = text(&arguments)?;
    let generation = Generation::build(&arguments.sources.into())?;
    let thread = std::thread::Builder::new().name("query".to_owned()).stack_size(STACK);
    let running = thread.spawn(move || evaluate(&text, &generation, arguments.format))?;
    running.join().map_err(|_| anyhow!("the query could not be evaluated: the engine failed"))??;
    Ok(ExitCode::SUCCESS)
}

fn text(arguments: &Arguments) -> anyhow::Result<String> {
    match (&arguments.text, arguments.file.as_deref()) {
        (Some(text), _) => Ok(text.clone()),
        (None, Some("-") | None) => {
            let mut text = String::new();
            io::stdin().read_to_string(&mut text).context("reading the query from standard input")?;
            Ok(text)
        }
        (None, Some(file)) => std::fs::read_to_string(file)
            .with_context(|| format!("reading {file}; a query itself goes behind -e, or - reads standard input")),
    }
}

fn evaluate(text: &str, generation: &Generation, form: Option<Form>) -> anyhow::Result<()> {
    let query = parse_query(text).map_err(|error| match error {
        TextError::Update => anyhow!("this is an update, and the graph is read from files: edit the Turtle below --data instead"),
        TextError::Malformed(what) => anyhow!("the query is malformed: {what}"),
    })?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    match generation.store.query(query)? {
        QueryResults::Solutions(solutions) => {
            let columns: Vec<String> = solutions.variables().iter().map(|v| v.as_str().to_owned()).collect();
            let Some(format) = rows_format(form)? else {
                let rows = solutions.map(|row| Ok(row?.values().to_vec())).collect::<anyhow::Result<Vec<_>>>()?;
                output::table(&columns, &columns, &rows, &mut out)?;
                return Ok(out.flush()?);
            };
            let variables = solutions.variables().to_vec();
            let mut writer = QueryResultsSerializer::from_format(format).serialize_solutions_to_writer(&mut out, variables)?;
            for solution in solutions {
                writer.serialize(&solution?)?;
            }
            writer.finish()?;
            end_line(format, &mut out)?;
        }
        QueryResults::Boolean(value) => match rows_format(form)? {
            None => writeln!(out, "{value}")?,
            Some(format) => {
                QueryResultsSerializer::from_format(format).serialize_boolean_to_writer(&mut out, value)?;
                writeln!(out)?;
            }
        },
        QueryResults::Graph(triples) => {
            let quads = triples
                .map(|triple| Ok(triple?.in_graph(oxigraph::model::GraphName::DefaultGraph)))
                .collect::<anyhow::Result<Vec<Quad>>>()?;
            let format = graph_format(form)?;
            export::write(&quads, format, &mut out)?;
            if matches!(format, RdfFormat::RdfXml | RdfFormat::JsonLd { .. }) {
                writeln!(out)?;
            }
        }
    }
    Ok(out.flush()?)
}

/// JSON and XML come without a last line end, which a terminal wants.
fn end_line(format: QueryResultsFormat, out: &mut impl Write) -> io::Result<()> {
    if matches!(format, QueryResultsFormat::Json | QueryResultsFormat::Xml) { writeln!(out) } else { Ok(()) }
}

/// The results format; none is the table for people.
fn rows_format(form: Option<Form>) -> anyhow::Result<Option<QueryResultsFormat>> {
    Ok(match form {
        None | Some(Form::Table) => None,
        Some(Form::Json) => Some(QueryResultsFormat::Json),
        Some(Form::Csv) => Some(QueryResultsFormat::Csv),
        Some(Form::Tsv) => Some(QueryResultsFormat::Tsv),
        Some(Form::Xml) => Some(QueryResultsFormat::Xml),
        Some(_) => bail!("the query yields rows: --format is table, json, csv, tsv or xml"),
    })
}

fn graph_format(form: Option<Form>) -> anyhow::Result<RdfFormat> {
    let name = match form {
        None | Some(Form::Turtle) => "turtle",
        Some(Form::Ntriples) => "ntriples",
        Some(Form::Rdfxml | Form::Xml) => "rdfxml",
        Some(Form::Jsonld | Form::Json) => "jsonld",
        Some(_) => bail!("the query yields triples: --format is turtle, ntriples, rdfxml or jsonld"),
    };
    Ok(export::format(name).context("a known format")?.rdf)
}
