//! `competency verify`: holds the data against the page it was read from.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use oxigraph::model::NamedNode;

use super::{Outcome, Sources};
use crate::ingest::outline::{self, Block, BlockKind};
use crate::knowledge::{Generation, Origin};
use crate::load;
use crate::verify::{self, Discrepancy, Known, Place};
use crate::words;

/// Check that every item of a source page is accounted for, and still reads as it did
#[derive(Args)]
#[command(after_help = "\
Exit code 1 when page and data differ.

Examples:
  competency verify --source page.txt
  competency verify --source page.txt --data data --fill   write the digests into the Turtle files of data")]
pub struct Arguments {
    /// The page as plain text, with • before list items
    #[arg(long, value_name = "FILE")]
    source: PathBuf,
    /// The document's IRI, where the data was read from several
    #[arg(long, value_name = "IRI")]
    document: Option<String>,
    /// Write the digests of the page into the Turtle files below --data, or below ./data
    #[arg(long)]
    fill: bool,
    /// List every boilerplate paragraph with its reason
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    sources: Sources,
}

pub fn run(mut arguments: Arguments) -> Outcome {
    let page = std::fs::read(&arguments.source).with_context(|| format!("reading {}", arguments.source.display()))?;
    let page = String::from_utf8(page).with_context(|| format!("{} is not UTF-8 text", arguments.source.display()))?;
    let blocks = outline::blocks(&page);
    if blocks.is_empty() {
        bail!("{} holds no text: name the page as plain text", arguments.source.display());
    }
    if arguments.fill && arguments.sources.data.is_none() {
        let here = PathBuf::from("data");
        if !here.join(load::SOURCES).is_file() {
            bail!("--fill writes into files: add --data with the folder that holds them");
        }
        arguments.sources.data = Some(here);
    }
    let origin = Origin::from(arguments.sources);
    let mut generation = Generation::draft(&origin)?;
    let document = document(&generation, arguments.document.as_deref())?;
    if let Some(data) = origin.data.as_deref().filter(|_| arguments.fill) {
        fill(data, &blocks, &verify::known(&generation.store, &document)?)?;
        generation = Generation::draft(&origin)?;
    }
    let known = verify::known(&generation.store, &document)?;
    Ok(report(&known, blocks, arguments.all, &mut io::stdout().lock())?)
}

fn document(generation: &Generation, named: Option<&str>) -> anyhow::Result<NamedNode> {
    let documents = verify::documents(&generation.store)?;
    let shown: Vec<String> = documents.iter().map(|document| words::shorten(document.as_str())).collect();
    match (named, documents.as_slice()) {
        (Some(named), _) => {
            let iri = words::expand(named).unwrap_or_else(|| named.to_owned());
            let found = documents.into_iter().find(|document| document.as_str() == iri);
            found.with_context(|| format!("nothing was read from {named}; there are: {}", shown.join(", ")))
        }
        (None, [only]) => Ok(only.clone()),
        (None, []) => bail!("no statement of the data names a source document"),
        (None, _) => bail!("the data was read from several documents; add --document with one of {}", shown.join(", ")),
    }
}

fn fill(data: &Path, blocks: &[Block], known: &Known) -> anyhow::Result<()> {
    let files = crate::files::Files::read(data)?;
    for (path, content) in files.below("", ".ttl") {
        let text = String::from_utf8(content.to_vec()).with_context(|| format!("{} is not UTF-8", files.shown(path)))?;
        let (filled, changed) =
            verify::fill(&text, blocks.to_vec(), known).with_context(|| format!("reading {}", files.shown(path)))?;
        if changed > 0 {
            // The new text stands whole beside the old one before it takes its place.
            let (target, aside) = (data.join(path), data.join(format!("{path}.new")));
            std::fs::write(&aside, filled).with_context(|| format!("writing {}", aside.display()))?;
            std::fs::rename(&aside, &target).with_context(|| format!("replacing {}", target.display()))?;
            writeln!(io::stdout(), "{}: {changed} digests written", files.shown(path))?;
        }
    }
    Ok(())
}

fn report(known: &Known, blocks: Vec<Block>, all: bool, out: &mut impl Write) -> io::Result<ExitCode> {
    let report = verify::verify(known, blocks);
    writeln!(
        out,
        "{} list items and {} paragraphs matched, {} headings, {} boilerplate paragraphs.",
        report.items,
        report.paragraphs,
        report.headings,
        report.boilerplate.len()
    )?;
    for (place, reason) in report.boilerplate.iter().filter(|_| all) {
        writeln!(out, "boilerplate: {}: {reason}", shown(place))?;
    }
    for problem in &report.problems {
        writeln!(out, "{}", told(problem))?;
    }
    if report.agrees() {
        writeln!(out, "Every item is accounted for: none missing, none unknown.")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "{} of them differ. If the page changed, mend the data, then run verify --fill --data DIR.",
        report.problems.len()
    )?;
    Ok(ExitCode::from(1))
}

fn told(problem: &Discrepancy) -> String {
    match problem {
        Discrepancy::Changed { place, line, says, text } => {
            format!("changed: {}, line {line}: reads otherwise than when “{says}” was read from it: {text}", shown(place))
        }
        Discrepancy::Unknown { place, line, text } => {
            format!("unknown: {}, line {line}: the data does not account for it: {text}", shown(place))
        }
        Discrepancy::Missing { place, says } => format!("missing: {}: the page lacks it; “{says}” rests on it", shown(place)),
        Discrepancy::Heading { section, line, text } => {
            let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
            format!("heading: “{section}” is not on the page{line}; what stood below it stands below “{text}”")
        }
        Discrepancy::Moved { from, to, count } if from == to => {
            format!("moved: {count} blocks of “{from}” stand at another position")
        }
        Discrepancy::Moved { from, to, count } => format!("moved: {count} blocks of “{from}” stand below “{to}”"),
        Discrepancy::Conflict { place } => format!("conflict: {}: the data gives it two digests", shown(place)),
    }
}

fn shown(place: &Place) -> String {
    let kind = match place.kind {
        BlockKind::Item => "item",
        BlockKind::Paragraph => "paragraph",
        BlockKind::Row => "row",
    };
    format!("“{}” {kind} {}", place.section, place.position)
}
