//! `competency compare`: what a new version of a document changes, and which answers change with it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use oxigraph::io::RdfFormat;
use oxigraph::model::Term;
use serde_json::{Value, json};

use super::{Outcome, Sources, ingest};
use crate::catalogue::{Need, Question};
use crate::export;
use crate::ingest::batch::{self, Document, Options, Outcome as Ingested};
use crate::ingest::compare::{Change, Former, Item, changes};
use crate::ingest::graph::cg;
use crate::ingest::matrix::{self, Mapping};
use crate::ingest::mentions::Lexicon;
use crate::ingest::mint::Mint;
use crate::ingestion::Folder;
use crate::knowledge::{Generation, Origin};
use crate::store::text;
use crate::words;

/// Compare two versions of a role page or a matrix: statements added, removed, reworded and moved, and the answers that change
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency compare role-2025.md role-2026.md
  competency compare old.csv new.csv --format json

Exit code 0 when nothing changed, 1 when something did.")]
pub struct Arguments {
    /// The former version
    old: PathBuf,
    /// The new version
    new: PathBuf,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// The encoding of the files, if it is not UTF-8
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// One version, read and written.
struct Version {
    items: Vec<Item>,
    outcome: Ingested,
}

/// A question whose answer is another one now.
struct Changed {
    asked: String,
    added: Vec<String>,
    removed: Vec<String>,
}

pub fn run(arguments: Arguments) -> Outcome {
    let origin = Origin::from(arguments.sources);
    let folder = match &origin.data {
        Some(data) => Folder::read(crate::files::Files::read(data)?).0,
        None => Folder::taxonomy(),
    };
    let options = Options {
        mint: Mint::new(None, None),
        licence: "https://rightsstatements.org/vocab/CNE/1.0/".to_owned(),
        published: None,
        encoding: arguments.encoding,
        mapping: Mapping::default(),
    };
    let lexicon = Lexicon::new(&folder.competencies(&options.mint.scheme()));
    let old = version(&arguments.old, &lexicon, &options, &[])?;
    let known: Vec<_> = old.outcome.documents.iter().flat_map(|document| document.statements.clone()).collect();
    let new = version(&arguments.new, &lexicon, &options, &known)?;
    let changes = changes(&old.items, &new.items);
    let answers = answers(&old.outcome, &new.outcome, &origin)?;
    let mut out = io::stdout().lock();
    match arguments.format {
        Format::Text => told(&changes, &answers, &mut out)?,
        Format::Json => writeln!(out, "{:#}", as_json(&changes, &answers))?,
    }
    Ok(if changes.is_empty() && answers.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn version(path: &Path, lexicon: &Lexicon, options: &Options, former: &[(String, String, String)]) -> Result<Version> {
    let sources = ingest::collect(&[path.to_owned()])?;
    let documents = batch::read(&sources, lexicon, options, &|| ());
    let documents = documents
        .map_err(|faults| anyhow::anyhow!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    if documents.is_empty() {
        bail!("{}: there is nothing to compare", path.display());
    }
    let items = documents.iter().flat_map(|document| match document {
        Document::Page(page) => batch::items(&page.draft),
        Document::Matrix(matrix) => matrix::items(matrix),
    });
    let items = items.collect();
    let outcome = batch::write(documents, options, &|_| Former::new(former.to_vec()), &|_| None, &|_| false, &|_, _| false);
    Ok(Version { items, outcome })
}

/// Asks what the catalogue can ask of a document, of both versions.
fn answers(old: &Ingested, new: &Ingested, origin: &Origin) -> Result<Vec<Changed>> {
    let (before, after) = (generation(old, origin)?, generation(new, origin)?);
    let (of_old, of_new) = (Asked::of(old), Asked::of(new));
    let mut changed = Vec::new();
    for question in after.catalogue.questions() {
        for arguments in of_new.arguments(question, &of_old) {
            let (was, is) = (rows(&before, question, &arguments), rows(&after, question, &arguments));
            if was == is {
                continue;
            }
            let label = |value: &String| {
                Some(after.names.label(value))
                    .filter(|label| *label != words::shorten(value))
                    .unwrap_or_else(|| before.names.label(value))
            };
            let values = arguments.iter().map(|(_, value)| label(value));
            let asked = format!("{} {}", question.id, values.collect::<Vec<_>>().join(", "));
            changed.push(Changed {
                asked,
                added: is.difference(&was).cloned().collect(),
                removed: was.difference(&is).cloned().collect(),
            });
        }
    }
    Ok(changed)
}

fn generation(version: &Ingested, origin: &Origin) -> Result<Generation> {
    let mut files = Folder::taxonomy().files;
    let quads: Vec<_> = version.documents.iter().flat_map(|document| &document.quads).chain(&version.shared).cloned().collect();
    let mut bytes = Vec::new();
    export::write(&quads, RdfFormat::TriG, &mut bytes)?;
    files.content.insert("compared.trig".to_owned(), bytes);
    Ok(Generation::draft_data(files, origin)?)
}

/// An answer as the rows that people see; none where the question cannot be asked of this version.
fn rows(generation: &Generation, question: &Question, arguments: &[(String, String)]) -> BTreeSet<String> {
    let Ok(answer) = generation.ask(&question.id, arguments) else { return BTreeSet::new() };
    let shown: Vec<usize> =
        answer.columns.iter().enumerate().filter(|(_, column)| question.shows.contains(column)).map(|(at, _)| at).collect();
    let row = |row: &Vec<Option<Term>>| shown.iter().filter_map(|at| row[*at].as_ref().map(text)).collect::<Vec<_>>().join(" · ");
    answer.rows.iter().map(row).collect()
}

/// What a version can be asked about.
struct Asked {
    families: BTreeSet<String>,
    targets: BTreeSet<String>,
    levels: BTreeMap<String, u32>,
    competencies: BTreeMap<String, usize>,
}

impl Asked {
    fn of(version: &Ingested) -> Self {
        let mut asked =
            Self { families: BTreeSet::new(), targets: BTreeSet::new(), levels: BTreeMap::new(), competencies: BTreeMap::new() };
        for quad in version.documents.iter().flat_map(|document| &document.quads) {
            let (subject, object) = (quad.subject.to_string().trim_matches(['<', '>']).to_owned(), text(&quad.object));
            if quad.predicate == cg("levelOf") || quad.predicate == cg("specialtyOf") {
                asked.targets.insert(subject);
                asked.families.insert(object);
            } else if quad.predicate == cg("rank") {
                asked.levels.insert(subject, object.parse().unwrap_or_default());
            } else if quad.predicate == cg("competency") {
                *asked.competencies.entry(object).or_default() += 1;
            }
        }
        asked
    }

    /// The calls of a question that this version allows: each job, level and specialty, and competencies named more or less often
    /// than before. A question about two things is not asked.
    fn arguments(&self, question: &Question, before: &Self) -> Vec<Vec<(String, String)>> {
        let required: Vec<_> = question.parameters.iter().filter(|parameter| parameter.need == Need::Required).collect();
        let [only] = required.as_slice() else { return Vec::new() };
        let of = |class: &str| only.classes.iter().any(|own| own.ends_with(class));
        let differs: Vec<&String> = {
            let names: BTreeSet<&String> = self.competencies.keys().chain(before.competencies.keys()).collect();
            names.into_iter().filter(|name| self.competencies.get(*name) != before.competencies.get(*name)).collect()
        };
        let values: Vec<&String> = if of("#JobFamily") {
            self.families.iter().collect()
        } else if of("#Target") || of("#Level") {
            self.targets.union(&before.targets).collect()
        } else if of("#Competency") {
            differs
        } else {
            Vec::new()
        };
        values.into_iter().map(|value| vec![(only.name.clone(), value.clone())]).collect()
    }
}

fn told(changes: &[Change], answers: &[Changed], out: &mut impl Write) -> io::Result<()> {
    if changes.is_empty() && answers.is_empty() {
        return writeln!(out, "Nothing changed");
    }
    for change in changes {
        match change {
            Change::Added(item) => writeln!(out, "added     {}: {}", item.about, item.text)?,
            Change::Removed(item) => writeln!(out, "removed   {}: {}", item.about, item.text)?,
            Change::Reworded { from, to } => writeln!(out, "reworded  {}: {}\n          was: {}", to.about, to.text, from.text)?,
            Change::Moved { from, to } => {
                writeln!(out, "moved     {}\n          from {} to {}", to.text, from.section, to.section)?
            }
        }
    }
    let kinds = ["added", "removed", "reworded", "moved"]
        .map(|kind| (kind, changes.iter().filter(|change| name(change) == kind).count()));
    let counts: Vec<String> =
        kinds.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {kind}")).collect();
    writeln!(out, "{}", if counts.is_empty() { "No statement changed".to_owned() } else { counts.join(", ") })?;
    if !answers.is_empty() {
        writeln!(out, "Answers that change:")?;
    }
    for answer in answers {
        writeln!(out, "  {}: {} rows more, {} fewer", answer.asked, answer.added.len(), answer.removed.len())?;
        for row in answer.added.iter().take(3) {
            writeln!(out, "    + {row}")?;
        }
        for row in answer.removed.iter().take(3) {
            writeln!(out, "    - {row}")?;
        }
    }
    Ok(())
}

fn name(change: &Change) -> &'static str {
    match change {
        Change::Added(_) => "added",
        Change::Removed(_) => "removed",
        Change::Reworded { .. } => "reworded",
        Change::Moved { .. } => "moved",
    }
}

fn as_json(changes: &[Change], answers: &[Changed]) -> Value {
    let item = |item: &Item| json!({ "about": item.about, "section": item.section, "text": item.text });
    let change = |change: &Change| match change {
        Change::Added(new) => json!({ "change": "added", "to": item(new) }),
        Change::Removed(old) => json!({ "change": "removed", "from": item(old) }),
        Change::Reworded { from, to } | Change::Moved { from, to } => {
            json!({ "change": name(change), "from": item(from), "to": item(to) })
        }
    };
    let answer = |changed: &Changed| json!({ "asked": changed.asked, "added": changed.added, "removed": changed.removed });
    json!({ "changes": changes.iter().map(change).collect::<Vec<_>>(), "answers": answers.iter().map(answer).collect::<Vec<_>>() })
}
