//! `competency ingest`: reads role pages and competency matrices of one's own into a graph, and says what became of every item.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oxigraph::io::RdfFormat;
use oxigraph::model::Quad;

use super::{Outcome, Sources, author, into, report};
use crate::export;
use crate::files::Files;
use crate::ingest::batch::{self, ENDINGS, Options, Outcome as Ingested, Source};
use crate::ingest::matrix::Mapping;
use crate::ingest::mentions::Lexicon;
use crate::ingest::mint::Mint;
use crate::ingestion::Folder;
use crate::knowledge::{Generation, Origin};

/// Read role pages and competency matrices of your own into a graph
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency ingest role.md                                      what would become of the page
  competency ingest role.md > role.ttl                           the graph of one page, as Turtle
  competency ingest handbook/ --organization Acme --into my-data a folder of pages into a data folder, to be served
  competency ingest role.md --into kb.sqlite                     a commit in a durable store, which a server may serve meanwhile
  competency ingest matrix.xlsx --mapping columns.toml --into my-data
  competency ingest handbook/ --report coverage.html --strict    exit code 1 when anything is not placed for certain

A mapping file says what the columns of a matrix mean, where the guess is wrong:
  role = \"Software Engineer\"
  levels = [\"Junior\", \"Senior\"]                a wide matrix: these columns are levels
  proficiencies = [\"Basic\", \"Fluent\", \"Expert\"]
  [columns]
  skill = \"Topic\"")]
pub struct Arguments {
    /// Pages (.md, .html, .txt), matrices (.csv, .tsv, .xlsx), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A data folder to put the graphs into, made if it is not there; or the file of a durable store, which gets a commit. What was read before is replaced
    #[arg(long, value_name = "DIR|FILE", conflicts_with = "output")]
    into: Option<PathBuf>,
    /// A file to write, .ttl or .trig or any other RDF syntax; an earlier reading in it keeps its IRIs
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Where IRIs begin, in a space of your own
    #[arg(long, value_name = "IRI", env = "COMPETENCY_BASE")]
    base: Option<String>,
    /// Whose pages these are: a part of every IRI
    #[arg(long, value_name = "NAME", env = "COMPETENCY_ORGANIZATION")]
    organization: Option<String>,
    /// The licence the documents stand under
    #[arg(long, alias = "license", value_name = "IRI", default_value = "https://rightsstatements.org/vocab/CNE/1.0/")]
    licence: String,
    /// Where the documents are published; the path that a page gives of itself is added
    #[arg(long, value_name = "URL")]
    published: Option<String>,
    /// The encoding of the files, if it is not UTF-8
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// What the columns of a matrix mean (TOML)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// A coverage report, .html or .json by its ending; may be repeated
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// Write nothing and end with exit code 1 if there is any finding: unresolved inheritance, unknown sections, candidates, conflicts
    #[arg(long)]
    strict: bool,
    /// Show every finding and everything left out, not the counts alone
    #[arg(long)]
    all: bool,
    /// Do not hold the graph against the shapes and checks before it is written
    #[arg(long)]
    no_check: bool,
    /// Who makes the commit, where it goes into a durable store
    #[arg(long, value_name = "NAME", default_value_t = author(), env = "COMPETENCY_AUTHOR")]
    author: String,
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: Arguments) -> Outcome {
    if let Some(url) = arguments.into.as_ref().and_then(|into| into.to_str()).filter(|into| into.contains("://")) {
        bail!(
            "--into {url}: names a data folder or a durable store's file on this machine; for a server's, PUT the graph to its /graphs"
        );
    }
    let reports = arguments.reports.iter().map(|path| report::Kind::of(path)).collect::<Result<Vec<_>>>()?;
    let options = options(&arguments)?;
    let sources = collect(&arguments.paths)?;
    let folder = folder(&arguments)?;
    let lexicon = Lexicon::new(&folder.competencies(&options.mint.scheme()));
    let bar = progress(sources.len());
    let documents = batch::read(&sources, &lexicon, &options, &|| bar.inc(1));
    bar.finish_and_clear();
    let documents = documents.map_err(|faults| {
        let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        anyhow::anyhow!("{told}\nNothing was written")
    })?;
    let kept = arguments.into.is_some();
    let declared = |iri: &str| kept && folder.declares(&options.mint.shared_graph(), iri);
    let elsewhere = |family: &str, graph: &str| kept && folder.described_elsewhere(family, &[graph.to_owned()].into()).is_some();
    let former = |family: &str| folder.former(family);
    let outcome = batch::write(documents, &options, &former, &|iri| folder.label(iri), &declared, &elsewhere);
    let added = files(&outcome, &options.mint, &folder)?;
    for (path, kind) in arguments.reports.iter().zip(reports) {
        kind.write(&outcome.coverage, path)?;
    }
    let findings = outcome.coverage.iter().flat_map(|coverage| coverage.strict()).count();
    let stdout_is_for_people = io::stdout().is_terminal() || arguments.into.is_some() || arguments.output.is_some();
    let told = |out: &mut dyn Write| report::terminal(&outcome.coverage, arguments.all || arguments.strict, out);
    if stdout_is_for_people {
        told(&mut io::stdout().lock())?
    } else {
        told(&mut io::stderr().lock())?
    }
    if arguments.strict && findings > 0 {
        writeln!(io::stderr(), "{findings} findings; nothing was written (--strict)")?;
        return Ok(ExitCode::from(1));
    }
    // A store judges what it is given by itself.
    if !arguments.no_check && !arguments.into.as_deref().is_some_and(into::is_store) {
        check(&folder, &added, &arguments.sources.clone().into())?;
    }
    deliver(&arguments, &outcome, &added, &folder)?;
    Ok(ExitCode::SUCCESS)
}

fn options(arguments: &Arguments) -> Result<Options> {
    for (flag, iri) in [
        ("--base", arguments.base.as_ref()),
        ("--licence", Some(&arguments.licence)),
        ("--published", arguments.published.as_ref()),
    ] {
        if let Some(iri) = iri {
            oxigraph::model::NamedNode::new(iri)
                .with_context(|| format!("{flag} {iri}: is no absolute IRI, such as https://example.org/roles/"))?;
        }
    }
    let mapping = match &arguments.mapping {
        None => Mapping::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
            toml::from_str(&text).with_context(|| format!("{}: is no mapping", path.display()))?
        }
    };
    Ok(Options {
        mint: Mint::new(arguments.base.as_deref(), arguments.organization.as_deref()),
        licence: arguments.licence.clone(),
        published: arguments.published.clone(),
        encoding: arguments.encoding.clone(),
        mapping,
    })
}

/// The files to read: those named, and below folders those of an ending that is read.
pub fn collect(paths: &[PathBuf]) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() { below(path, &mut found)? } else { found.push(path.clone()) }
    }
    found.sort();
    found.dedup();
    if found.is_empty() {
        let named = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        bail!("{named}: no file there ends in one of {}", ENDINGS.join(", "));
    }
    let source = |path: PathBuf| -> Result<Source> {
        let context = || format!("reading {}", path.display());
        let about = std::fs::metadata(&path).with_context(context)?;
        // What is far too large to be a page is not read to the end only to be refused.
        let most = u64::try_from(crate::ingest::bytes::LARGEST).unwrap_or(u64::MAX);
        if about.len() > most {
            bail!(
                "{}: {}\nNothing was written",
                path.display(),
                crate::ingest::bytes::BytesError::TooLarge { megabytes: usize::try_from(about.len() / 1024 / 1024)? }
            );
        }
        let bytes = std::fs::read(&path).with_context(context)?;
        let date = date(about.modified().unwrap_or(UNIX_EPOCH));
        Ok(Source { name: path.display().to_string(), bytes, date })
    };
    found.into_iter().map(source).collect()
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry.with_context(|| format!("reading {}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let ending = name.trim_end_matches(".erb").rsplit_once('.').map_or("", |(_, ending)| ending);
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            below(&path, found)?;
        } else if ENDINGS.contains(&ending) {
            found.push(path);
        }
    }
    Ok(())
}

/// The day of a time, in UTC.
fn date(time: SystemTime) -> String {
    let days = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    // Days are counted in eras of 400 years that begin on the first of March, so that leap days come last.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// What is known already: the folder that is added to, or the taxonomy with what the output file had.
fn folder(arguments: &Arguments) -> Result<Folder> {
    let origin = Origin::from(arguments.sources.clone());
    let existing =
        arguments.into.as_ref().filter(|into| into.is_dir() && into.read_dir().is_ok_and(|mut entries| entries.next().is_some()));
    let (mut folder, problems) = match (existing, origin.data) {
        _ if arguments.into.as_deref().is_some_and(into::is_store) => {
            Folder::read(Origin { store: arguments.into.clone(), ..Origin::default() }.data()?)
        }
        (Some(into), _) => Folder::read(Files::read(into)?),
        (None, Some(data)) => Folder::read(Files::read(&data)?),
        (None, None) => (Folder::taxonomy(), Vec::new()),
    };
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    if let Some((output, bytes)) = arguments.output.as_ref().and_then(|output| Some((output, std::fs::read(output).ok()?))) {
        let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut files = folder.files.clone();
        files.content.insert(name.clone(), bytes);
        let (with_output, problems) = Folder::read(files);
        // What stands in the output file is only asked for its IRIs: it is about to be replaced.
        if problems.is_empty() {
            folder = with_output;
            folder.files.content.remove(&name);
        }
    }
    Ok(folder)
}

fn progress(files: usize) -> ProgressBar {
    let shown = files > 1 && io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(
        Some(files as u64),
        if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
    );
    bar.set_style(
        ProgressStyle::with_template("Reading {bar:40} {pos}/{len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    bar
}

/// The files of the graphs by their paths below a data folder.
fn files(outcome: &Ingested, mint: &Mint, folder: &Folder) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let graphs: BTreeSet<String> = outcome.documents.iter().map(|document| document.graph.clone()).collect();
    for document in &outcome.documents {
        if let Some(elsewhere) = folder.described_elsewhere(&document.family, &graphs) {
            bail!(
                "{} is described in the graph {elsewhere} already, which was not read from these files: give another --organization or --base",
                document.family
            );
        }
        files.insert(mint.file(&document.graph), written(&document.quads)?);
    }
    let mut shared = folder.graph(&outcome.shared_graph);
    shared.extend(outcome.shared.iter().cloned());
    let mut seen = BTreeSet::new();
    shared.retain(|quad| seen.insert(quad.to_string()));
    if !shared.is_empty() {
        files.insert(mint.file(&outcome.shared_graph), written(&shared)?);
    }
    Ok(files)
}

fn written(quads: &[Quad]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    export::write(quads, RdfFormat::TriG, &mut bytes)?;
    Ok(bytes)
}

/// Holds what is about to be written against shapes and checks, together with what is there.
fn check(folder: &Folder, added: &BTreeMap<String, Vec<u8>>, origin: &Origin) -> Result<()> {
    let mut files = folder.files.clone();
    files.content.extend(added.clone());
    let (_, findings) = Generation::review_data(files, origin)?;
    if !findings.is_empty() {
        let told = findings.iter().take(20).map(ToString::to_string).collect::<Vec<_>>().join("\n");
        bail!("{told}\n{} findings keep the graph from being written", findings.len());
    }
    Ok(())
}

fn deliver(arguments: &Arguments, outcome: &Ingested, added: &BTreeMap<String, Vec<u8>>, folder: &Folder) -> Result<()> {
    if let Some(into) = arguments.into.as_ref().filter(|into| into::is_store(into)) {
        let names: Vec<&str> = outcome.coverage.iter().map(|coverage| coverage.file.as_str()).take(3).collect();
        let more = outcome.coverage.len().saturating_sub(names.len());
        let others = if more > 0 { format!(" and {more} more") } else { String::new() };
        let made = into::store(into, added, arguments.author.clone(), format!("Read {}{others}", names.join(", ")))?;
        match made {
            Some(commit) => writeln!(
                io::stdout(),
                "Version {} of {}: +{} -{} statements of RDF",
                &commit.digest[..12],
                into.display(),
                commit.added,
                commit.deleted
            )?,
            None => writeln!(io::stdout(), "{} says just that already: nothing was committed", into.display())?,
        }
        return Ok(());
    }
    if let Some(into) = &arguments.into {
        let fresh = !into.join(crate::load::SOURCES).exists() && !into.join("taxonomy").exists();
        let taxonomy = folder.files.content.iter().filter(|_| fresh).map(|(path, content)| (path.clone(), content.clone()));
        let files: BTreeMap<String, Vec<u8>> = taxonomy.chain(added.clone()).collect();
        into::folder(into, &files)?;
        writeln!(io::stdout(), "Written into {}: see `competency serve --data {}`", into.display(), into.display())?;
        return Ok(());
    }
    let quads: Vec<Quad> =
        outcome.documents.iter().flat_map(|document| &document.quads).chain(&outcome.shared).cloned().collect();
    if let Some(output) = &arguments.output {
        let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some(format) = export::format(ending) else {
            bail!("{}: no RDF syntax ends in .{ending}; use .ttl or .trig", output.display())
        };
        let mut bytes = Vec::new();
        export::write(&quads, format.rdf, &mut bytes)?;
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        into::folder(folder, &BTreeMap::from([(name, bytes)]))?;
        writeln!(io::stdout(), "{} statements of RDF written to {}", quads.len(), output.display())?;
        return Ok(());
    }
    if io::stdout().is_terminal() {
        writeln!(
            io::stderr(),
            "Nothing was written: name a file with -o, a data folder with --into, or send standard output somewhere"
        )?;
        return Ok(());
    }
    let format = if outcome.documents.len() == 1 { RdfFormat::Turtle } else { RdfFormat::TriG };
    export::write(&quads, format, io::BufWriter::new(io::stdout().lock()))?;
    Ok(())
}
