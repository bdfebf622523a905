//! Turns folders of RDF files into quads, each file into the named graph that `sources.ttl` gives it.
//! Enter at [`quads`]. A file with a slip yields a [`Problem`] with its place; the others are still read.
//! Pure: no store. Whether the data makes sense is `validate`'s matter.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, NamedNode, NamedOrBlankNode, Quad, Term};

use crate::files::{Files, Problem, rdf_format};
use crate::words;

/// The file that names graph, origin, licence and date of the others.
pub const SOURCES: &str = "sources.ttl";

/// The quads of all RDF files of a data folder, and what is wrong with the files.
pub fn quads(files: &Files) -> (Vec<Quad>, Vec<Problem>) {
    let (mut quads, mut problems) = (Vec::new(), Vec::new());
    let mut read = |path: &str, graph: GraphName| match parse(files, path, graph) {
        Ok(mut more) => quads.append(&mut more),
        Err(problem) => problems.push(problem),
    };
    let graphs = graph_of_files(files);
    for path in files.content.keys().filter(|path| rdf_format(path).is_some()) {
        read(path, graph_for(&graphs, path));
    }
    for listed in graphs.keys() {
        if !files.content.keys().any(|path| path == listed || (listed.ends_with('/') && path.starts_with(listed.as_str()))) {
            problems.push(Problem {
                file: files.shown(SOURCES),
                line: None,
                message: format!("lists {listed}, which is not there: add the file or take the entry out"),
            });
        }
    }
    (quads, problems)
}

/// The quads of the ontology folder: terms and alignments into one graph; shapes, rules, checks and examples are no data.
pub fn ontology_quads(files: &Files) -> (Vec<Quad>, Vec<Problem>) {
    let (mut quads, mut problems) = (Vec::new(), Vec::new());
    let graph = crate::store::named(words::ONTOLOGY_GRAPH);
    let terms = files.content.keys().filter(|path| *path == "competency.ttl" || path.starts_with("alignments/"));
    for path in terms.filter(|path| rdf_format(path).is_some()) {
        match parse(files, path, graph.clone()) {
            Ok(mut more) => quads.append(&mut more),
            Err(problem) => problems.push(problem),
        }
    }
    (quads, problems)
}

/// Which graph `sources.ttl` gives each file, or each folder where the entry ends in `/`.
fn graph_of_files(files: &Files) -> BTreeMap<String, GraphName> {
    let listed = parse(files, SOURCES, GraphName::DefaultGraph).unwrap_or_default();
    let named_graph = |subject: &NamedOrBlankNode| {
        listed.iter().find_map(|quad| match &quad.object {
            Term::NamedNode(graph) if quad.subject == *subject && quad.predicate == words::NAMED_GRAPH => {
                Some(GraphName::from(graph.clone()))
            }
            _ => None,
        })
    };
    listed
        .iter()
        .filter(|quad| quad.predicate == words::FILE)
        .filter_map(|quad| match &quad.object {
            Term::Literal(file) => Some((file.value().to_owned(), named_graph(&quad.subject)?)),
            _ => None,
        })
        .collect()
}

/// A file that `sources.ttl` does not list goes into a graph named after its path.
fn graph_for(graphs: &BTreeMap<String, GraphName>, path: &str) -> GraphName {
    let folder = |listed: &str| listed.ends_with('/') && path.starts_with(listed);
    graphs.get(path).or_else(|| graphs.iter().find(|(listed, _)| folder(listed)).map(|(_, graph)| graph)).cloned().unwrap_or_else(
        || {
            let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
            let segment = |s: &str| {
                s.chars().map(|c| if c.is_ascii_alphanumeric() || "-._~".contains(c) { c } else { '-' }).collect::<String>()
            };
            let stem: Vec<String> = stem.split('/').map(segment).collect();
            crate::store::named(&format!("{}{}", words::GRAPHS, stem.join("/")))
        },
    )
}

fn parse(files: &Files, path: &str, graph: GraphName) -> Result<Vec<Quad>, Problem> {
    let problem = |line, message: String| Problem { file: files.shown(path), line, message };
    let (Some(content), Some(format)) = (files.content.get(path), rdf_format(path)) else { return Ok(Vec::new()) };
    // An RDF/XML document type may define entities that grow without bound.
    if format == RdfFormat::RdfXml && content.windows(9).any(|bytes| bytes.eq_ignore_ascii_case(b"<!doctype")) {
        return Err(problem(None, "has a DOCTYPE, which is not read: write the entities out and remove it".to_owned()));
    }
    let parser = RdfParser::from_format(format).with_default_graph(graph).rename_blank_nodes();
    parser.for_slice(content).collect::<Result<_, _>>().map_err(|error| {
        let line = error.location().map(|location| location.start.line + 1);
        problem(line, format!("{error}. Nothing of this file was read; mend the line and try again"))
    })
}

/// Where the files first say something of each of these things: the file as it is shown, and the line.
pub fn places(folders: &[&Files], things: &BTreeSet<NamedNode>) -> BTreeMap<NamedNode, (String, u64)> {
    let mut found = BTreeMap::new();
    for files in folders {
        for (path, content) in &files.content {
            let Some(format) = rdf_format(path).filter(|_| found.len() < things.len()) else { continue };
            let lines = LineByLine { rest: content, handed: std::rc::Rc::default() };
            let handed = lines.handed.clone();
            for quad in RdfParser::from_format(format).for_reader(lines).map_while(Result::ok) {
                if let NamedOrBlankNode::NamedNode(thing) = quad.subject
                    && things.contains(&thing)
                {
                    found.entry(thing).or_insert_with(|| (files.shown(path), handed.get()));
                }
            }
        }
    }
    found
}

/// Hands a parser one line at a time, so that what it yields can be placed: quads carry no position.
struct LineByLine<'a> {
    rest: &'a [u8],
    handed: std::rc::Rc<std::cell::Cell<u64>>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let line = self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |end| end + 1);
        let length = line.min(buffer.len());
        buffer[..length].copy_from_slice(&self.rest[..length]);
        if length > 0 && (length == line) {
            self.handed.set(self.handed.get() + 1);
        }
        self.rest = &self.rest[length..];
        Ok(length)
    }
}
