//! Reads many documents at once, on all cores, and writes each as a graph: all of them or none. Enter at [`read`], then [`write`].
//! Files, progress bars and the store are the callers' matter.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use oxigraph::model::Quad;

use super::bytes;
use super::compare::{Former, Item};
use super::coverage::{self, Coverage};
use super::draft::Draft;
use super::graph::{self, About, InFamily, Written};
use super::matrix::{self, Mapping, Matrix};
use super::mentions::Lexicon;
use super::mint::{Mint, segment};
use super::outline::Outline;
use super::requirements;
use super::sections::Scope;
use super::shared::Shared;
use super::table::{self, Table};
use super::titles::Title;
use super::{html, ladder, markdown, text};

/// A file to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user named it.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The date of the version, `2026-01-31`.
    pub date: String,
}

/// What is the same for all documents of a run.
#[derive(Clone, Debug)]
pub struct Options {
    pub mint: Mint,
    pub licence: String,
    /// Where the documents are published; a document's own path is added.
    pub published: Option<String>,
    pub encoding: Option<String>,
    pub mapping: Mapping,
}

/// What is wrong with a file, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    pub line: Option<u64>,
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// A document, read.
pub enum Document {
    Page(Box<Page>),
    Matrix(Box<Matrix>),
}

/// A page, read.
pub struct Page {
    pub name: String,
    pub date: String,
    pub draft: Draft,
    pub coverage: Coverage,
}

/// The endings that are read.
pub const ENDINGS: &[&str] = &["md", "markdown", "mdx", "html", "htm", "xhtml", "txt", "text", "csv", "tsv", "xlsx"];

/// Reads all documents; `done` is told of each, from any thread.
///
/// # Errors
/// All that is wrong with any of them.
pub fn read(
    sources: &[Source],
    lexicon: &Lexicon,
    options: &Options,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Document>, Vec<Fault>> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(sources.len().max(1));
    let work = || {
        let mut found = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(source) = sources.get(at) else { return found };
            found.push((at, file(source, lexicon, options)));
            done();
        }
    };
    let mut all: Vec<(usize, Result<Vec<Document>, Fault>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    let (mut documents, mut faults) = (Vec::new(), Vec::new());
    for (_, document) in all {
        match document {
            Ok(of_file) => documents.extend(of_file),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(documents) } else { Err(faults) }
}

fn file(source: &Source, lexicon: &Lexicon, options: &Options) -> Result<Vec<Document>, Fault> {
    let fault = |line: Option<u64>, message: String| Fault { file: source.name.clone(), line, message };
    if matrix::is_matrix(&source.name) {
        let tables = table::read(&source.name, &source.bytes, options.encoding.as_deref())
            .map_err(|error| fault(error.line(), error.to_string()))?;
        return sheets(source, tables, lexicon, options);
    }
    let outline = outline(source, options.encoding.as_deref()).map_err(|error| fault(error.line(), error.to_string()))?;
    let page = page(outline, &source.name, &stem(&source.name).replace(['-', '_'], " "), &source.date, lexicon);
    if page.draft.page.sections.len() == 1 {
        let message = "has no headings, so that nothing says what its items are: put headings above them, such as Responsibilities and Requirements";
        return Err(fault(Some(1), message.to_owned()));
    }
    Ok(vec![Document::Page(Box::new(page))])
}

fn page(outline: Outline, name: &str, title: &str, date: &str, lexicon: &Lexicon) -> Page {
    let left = outline.left.clone();
    let draft = Draft::read(outline, title, lexicon);
    let coverage = Coverage::of(&draft, name, &left);
    Page { name: name.to_owned(), date: date.to_owned(), draft, coverage }
}

/// The sheets of a workbook, each a document of its own; one that is no matrix is told, unless none is.
fn sheets(source: &Source, tables: Vec<(String, Table)>, lexicon: &Lexicon, options: &Options) -> Result<Vec<Document>, Fault> {
    let several = tables.len() > 1;
    let (mut documents, mut unread) = (Vec::new(), Vec::new());
    for (sheet, table) in tables {
        if table.rows.is_empty() {
            unread.push((sheet, table::TableError::NoRows.to_string()));
            continue;
        }
        let name = if several { format!("{}/{sheet}", source.name) } else { source.name.clone() };
        let title = options.mapping.role.clone().unwrap_or_else(|| stem(&name).replace(['-', '_'], " "));
        // Cells that say something are read like the text of a page, and degrees as a matrix.
        if let Some(outline) = ladder::page(&title, &table, &options.mapping.levels) {
            documents.push(Document::Page(Box::new(page(outline, &name, &title, &source.date, lexicon))));
            continue;
        }
        match matrix::read(&name, &table, &options.mapping, lexicon) {
            Ok(matrix) => documents.push(Document::Matrix(Box::new(matrix.dated(&source.date)))),
            Err(error) => unread.push((sheet, error.to_string())),
        }
    }
    if let (true, Some((_, message))) = (documents.is_empty(), unread.last()) {
        return Err(Fault { file: source.name.clone(), line: Some(1), message: message.clone() });
    }
    let left = unread.into_iter().map(|(sheet, reason)| coverage::LeftOut {
        line: 1,
        section: sheet.clone(),
        text: format!("the sheet {sheet}"),
        reason,
    });
    match documents.first_mut() {
        Some(Document::Page(page)) => page.coverage.left_out.extend(left),
        Some(Document::Matrix(matrix)) => matrix.left.extend(left),
        None => {}
    }
    Ok(documents)
}

/// Reads a page by the ending of its name, or by its looks.
///
/// # Errors
/// When the bytes are no text.
pub fn outline(source: &Source, encoding: Option<&str>) -> Result<Outline, bytes::BytesError> {
    let name = source.name.trim_end_matches(".erb").to_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_html = ["html", "htm", "xhtml"].contains(&ending);
    let page = bytes::text(&source.bytes, encoding, is_html)?;
    let looks_like_html = page.trim_start().starts_with('<') && page.contains("</");
    Ok(match ending {
        _ if is_html => html::outline(&page),
        "md" | "markdown" | "mdx" => markdown::outline(&page),
        "txt" | "text" => text::outline(&page),
        _ if looks_like_html => html::outline(&page),
        _ if page.lines().any(|line| line.starts_with('#')) => markdown::outline(&page),
        _ => text::outline(&page),
    })
}

/// The name of a file without folders and endings.
pub fn stem(name: &str) -> String {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.split('.').find(|part| !part.is_empty()).unwrap_or(file);
    if stem == "index" { name.rsplit(['/', '\\']).nth(1).unwrap_or(stem).to_owned() } else { stem.to_owned() }
}

/// What a run gives.
#[derive(Default)]
pub struct Outcome {
    pub documents: Vec<Written>,
    pub coverage: Vec<Coverage>,
    /// What several documents share, with its graph.
    pub shared: Vec<Quad>,
    pub shared_graph: String,
}

/// Writes what was read. `former` has the statements of a family's documents as they were; `label_of` the label that a shared
/// thing was given before; `declared` whether what is shared declares it already, and goes on doing so; `elsewhere` whether a job family
/// is described already in another graph than the one named.
pub fn write(
    documents: Vec<Document>,
    options: &Options,
    former: &dyn Fn(&str) -> Former,
    label_of: &dyn Fn(&str) -> Option<String>,
    declared: &dyn Fn(&str) -> bool,
    elsewhere: &dyn Fn(&str, &str) -> bool,
) -> Outcome {
    let mut shared = Shared::default();
    let mut outcome = Outcome { shared_graph: options.mint.shared_graph(), ..Outcome::default() };
    let (mut pages, mut matrices) = (Vec::new(), Vec::new());
    for document in documents {
        match document {
            Document::Page(page) => pages.push(page),
            Document::Matrix(matrix) => matrices.push(matrix),
        }
    }
    let mut places = families(&pages);
    for (page, place) in places.iter_mut().filter(|(_, place)| place.suffix.is_empty()) {
        if elsewhere(&options.mint.family(&place.family), &options.mint.graph(&place.family, "")) {
            place.family = apart(&place.family, &page.name);
        }
    }
    let mut taken: BTreeSet<String> = places.iter().map(|(_, place)| options.mint.family(&place.family)).collect();
    // Matrices come first: what they call a skill is no candidate of a page.
    let mut told: BTreeSet<String> = BTreeSet::new();
    for mut matrix in matrices {
        let graph = options.mint.graph(&stem(&matrix.name), "");
        let is_taken = |family: &str| taken.contains(family) || elsewhere(family, &graph);
        let conflicts = keep_apart(&mut matrix, &|role| is_taken(&options.mint.family(role)));
        taken.extend(matrix.requirements.iter().map(|requirement| options.mint.family(&requirement.role)));
        let skills = requirements::skills(&matrix, options, label_of);
        let (written, declarations, coverage) =
            requirements::write(&matrix, options, &skills, &|iri| declared(iri) || told.contains(iri));
        told.extend(declarations.iter().map(|quad| quad.subject.to_string().trim_matches(['<', '>']).to_owned()));
        shared.skills.extend(skills.into_iter().map(|(name, iri)| (segment(&name), iri)));
        outcome.shared.extend(declarations);
        outcome.documents.push(written);
        let mut coverage = coverage;
        coverage.findings.extend(conflicts);
        outcome.coverage.push(coverage);
    }
    for (page, place) in places {
        let about = About {
            file: page.name.clone(),
            source: published(options.published.as_deref(), page.draft.address.as_deref()),
            licence: options.licence.clone(),
            date: page.date.clone(),
        };
        let mut known = former(&options.mint.family(&place.family));
        let texts: BTreeSet<String> =
            page.draft.statements.iter().map(|statement| page.draft.page.blocks[statement.block].element.text.clone()).collect();
        let in_family = InFamily { first: place.first, rank: place.rank, family: &place.family, suffix: &place.suffix };
        let written = graph::write(&page.draft, &options.mint, &about, &in_family, &mut shared, &mut |of, text| {
            known.take(of, text, &texts)
        });
        outcome.documents.push(written);
        outcome.coverage.push(Coverage { job_family: place.family.clone(), ..page.coverage.clone() });
    }
    outcome.shared.extend(shared.quads(&options.mint, label_of, declared));
    outcome
}

struct Family {
    family: String,
    suffix: String,
    first: bool,
    rank: usize,
}

/// Which document belongs to which family: pages about one step each of the same job, and no two about the same, are one family, from
/// the lowest up; other pages that call their job the same are told apart by their files.
fn families(pages: &[Box<Page>]) -> Vec<(&Page, Family)> {
    let mut by_name: BTreeMap<String, Vec<&Page>> = BTreeMap::new();
    for page in pages {
        by_name.entry(segment(&page.draft.family)).or_default().push(page);
    }
    let mut found = Vec::new();
    for pages in by_name.into_values() {
        let step = |page: &&Page| matches!(page.draft.levels.as_slice(), [only] if only.title != page.draft.family);
        if let [page] = pages.as_slice() {
            found.push((*page, Family { family: page.draft.family.clone(), suffix: String::new(), first: true, rank: 1 }));
        } else if pages.iter().all(step)
            && pages.iter().map(|page| first_level(page)).collect::<BTreeSet<_>>().len() == pages.len()
        {
            found.extend(ladder(pages));
        } else {
            for page in pages {
                let family = apart(&page.draft.family, &page.name);
                found.push((page, Family { family, suffix: String::new(), first: true, rank: 1 }));
            }
        }
    }
    found
}

/// The name of a page's first level, by which two pages about the same step are known.
fn first_level(page: &Page) -> String {
    page.draft.levels.first().map(|level| segment(&level.title)).unwrap_or_default()
}

/// Calls the roles of a matrix that other documents describe too by the matrix's name besides, and tells which.
fn keep_apart(matrix: &mut Matrix, is_taken: &dyn Fn(&str) -> bool) -> Vec<coverage::Finding> {
    let mut found: BTreeMap<String, coverage::Finding> = BTreeMap::new();
    let name = matrix.name.clone();
    for requirement in matrix.requirements.iter_mut().filter(|requirement| is_taken(&requirement.role)) {
        let role = apart(&requirement.role, &name);
        let what = format!("{} is described by another document too, and here called {role}", requirement.role);
        let line = requirement.line;
        found.entry(role.clone()).or_insert(coverage::Finding {
            kind: "conflict",
            line,
            section: String::new(),
            what,
            strict: true,
        });
        requirement.role = role;
    }
    found.into_values().collect()
}

/// What a job is called that another document describes too: by its own document's name besides.
pub fn apart(family: &str, document: &str) -> String {
    format!("{family} ({})", stem(document).replace(['-', '_'], " "))
}

fn ladder(mut pages: Vec<&Page>) -> Vec<(&Page, Family)> {
    let height = |page: &Page| {
        let role = Title::read(&page.draft.family, &page.draft.page.titles.initials);
        let numbers = |title: &Title| {
            title.steps.iter().filter_map(|step| step.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok()).max()
        };
        page.draft.levels.first().map(|level| {
            let title = page.draft.title(&level.title);
            (numbers(&title), title.height(&role).1)
        })
    };
    pages.sort_by_key(|page| (height(page), page.name.clone()));
    let place = |(at, page): (usize, &&Page)| Family {
        family: pages[0].draft.family.clone(),
        suffix: segment(&stem(&page.name)),
        first: at == 0,
        rank: at + 1,
    };
    let places: Vec<Family> = pages.iter().enumerate().map(place).collect();
    pages.into_iter().zip(places).collect()
}

/// The address of a document: its own if it is whole, or its path behind where the documents are published.
fn published(published: Option<&str>, own: Option<&str>) -> Option<String> {
    let own = own.unwrap_or_default();
    if own.starts_with("http://") || own.starts_with("https://") {
        return Some(own.to_owned());
    }
    let base = published?.trim_end_matches('/');
    Some(if own.starts_with('/') { format!("{base}{own}") } else { base.to_owned() })
}

/// The statements of a page, to be held against another version.
pub fn items(draft: &Draft) -> Vec<Item> {
    let page = &draft.page;
    let about = |scope: Scope| match scope {
        Scope::Role => draft.family.clone(),
        Scope::Level(at) => page.levels[at].title.clone(),
        Scope::Specialty(at) => page.specialties[at].title.clone(),
    };
    let item = |statement: &super::draft::Statement| {
        let block = &page.blocks[statement.block];
        Item {
            about: about(statement.scope),
            section: page.sections[block.section].path.clone(),
            text: block.element.text.clone(),
        }
    };
    draft.statements.iter().map(item).collect()
}
