//! What it costs to read 217 pages, the number of job families of a large handbook: from bytes to graphs with evidence.
//! `COMPETENCY_PAGES` names a folder of pages to read over and over; without it, the examples are read.

use std::error::Error;
use std::fs;
use std::time::Instant;

use competency_graph::ingest::batch::{self, Options, Source};
use competency_graph::ingest::compare::Former;
use competency_graph::ingest::matrix::Mapping;
use competency_graph::ingest::mentions::Lexicon;
use competency_graph::ingest::mint::Mint;
use competency_graph::ingestion::Folder;

const PAGES: usize = 217;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::var("COMPETENCY_PAGES").unwrap_or_else(|_| "examples/handbook".to_owned());
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "md") {
            pages.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    let source = |at: usize| {
        let (name, bytes) = &pages[at % pages.len()];
        Source { name: format!("{at}-{}", name.replace('/', "-")), bytes: bytes.clone(), date: "2026-01-01".to_owned() }
    };
    let sources: Vec<Source> = (0..PAGES).map(source).collect();
    let options = Options {
        mint: Mint::new(None, None),
        licence: "https://rightsstatements.org/vocab/CNE/1.0/".to_owned(),
        published: None,
        encoding: None,
        mapping: Mapping::default(),
    };
    let start = Instant::now();
    let lexicon = Lexicon::new(&Folder::taxonomy().competencies(&options.mint.scheme()));
    let prepared = start.elapsed();
    let documents = batch::read(&sources, &lexicon, &options, &|| ()).map_err(|faults| faults[0].to_string())?;
    let read = start.elapsed();
    let outcome = batch::write(documents, &options, &|_| Former::default(), &|_| None, &|_| false, &|_, _| false);
    let quads: usize = outcome.documents.iter().map(|document| document.quads.len()).sum();
    println!(
        "{PAGES} pages of {folder}: names {prepared:.2?}, read {:.2?}, written as {quads} quads {:.2?}",
        read - prepared,
        start.elapsed() - read
    );
    println!("whole: {:.2?}", start.elapsed());
    Ok(())
}
