//! Writes graphs in every RDF syntax, sorted, so that the same graph gives the same bytes.
//! Enter at [`write`]; [`Format`] names the syntaxes.

use std::collections::BTreeSet;
use std::io::Write;

use oxigraph::io::{JsonLdProfileSet, RdfFormat, RdfSerializer};
use oxigraph::model::{GraphName, Quad, Triple};

use crate::store::{Store, StoreError, named};
use crate::words;

/// An RDF syntax, by the name people type, its file extension and its media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub name: &'static str,
    pub rdf: RdfFormat,
}

/// All syntaxes written.
pub const FORMATS: &[Format] = &[
    Format { name: "turtle", rdf: RdfFormat::Turtle },
    Format { name: "trig", rdf: RdfFormat::TriG },
    Format { name: "ntriples", rdf: RdfFormat::NTriples },
    Format { name: "nquads", rdf: RdfFormat::NQuads },
    Format { name: "rdfxml", rdf: RdfFormat::RdfXml },
    Format { name: "jsonld", rdf: RdfFormat::JsonLd { profile: JsonLdProfileSet::empty() } },
];

/// Why nothing could be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("there is no graph {name}; there are: {}", known.join(", "))]
    UnknownGraph { name: String, known: Vec<String> },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("writing failed: {0}")]
    Write(#[from] std::io::Error),
}

/// Which graphs to write.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Graph IRIs, or their part behind the graphs' namespace; none means all that are stated.
    pub graphs: Vec<String>,
    /// Whether the inferred graphs come along.
    pub inferred: bool,
}

/// Finds a syntax by name, extension or media type.
pub fn format(name: &str) -> Option<Format> {
    let name = name.to_ascii_lowercase();
    FORMATS
        .iter()
        .copied()
        .find(|format| format.name == name || format.rdf.file_extension() == name || format.rdf.media_type() == name)
}

/// The quads of a selection, sorted.
///
/// # Errors
/// When a graph is not there, or the store fails.
pub fn select(store: &Store, selection: &Selection) -> Result<Vec<Quad>, ExportError> {
    let there = store.graphs()?;
    let inferred = format!("{}inferred/", words::GRAPHS);
    let mut chosen: BTreeSet<String> = BTreeSet::new();
    for name in &selection.graphs {
        let iri = words::expand(name).unwrap_or_else(|| format!("{}{name}", words::GRAPHS));
        if !there.contains(&iri) {
            let known = there.iter().map(|graph| graph.trim_start_matches(words::GRAPHS).to_owned()).collect();
            return Err(ExportError::UnknownGraph { name: name.clone(), known });
        }
        chosen.insert(iri);
    }
    if selection.graphs.is_empty() {
        let stated = |graph: &&String| !graph.starts_with(&inferred) && *graph != words::EXAMPLES;
        chosen.extend(there.iter().filter(stated).cloned());
    }
    if selection.inferred {
        chosen.extend(there.iter().filter(|graph| graph.starts_with(&inferred)).cloned());
    }
    let mut quads = Vec::new();
    for graph in &chosen {
        quads.extend(store.quads(Some(&named(graph)))?);
    }
    if selection.graphs.is_empty() {
        quads.extend(store.quads(Some(&GraphName::DefaultGraph))?);
    }
    quads.sort_by_cached_key(ToString::to_string);
    Ok(quads)
}

/// Writes quads; a syntax without graphs gets their union.
///
/// # Errors
/// When the writer fails.
pub fn write(quads: &[Quad], format: RdfFormat, out: impl Write) -> Result<(), std::io::Error> {
    let mut serializer = RdfSerializer::from_format(format);
    for (prefix, namespace) in words::PREFIXES {
        serializer = serializer.with_prefix(*prefix, *namespace).map_err(std::io::Error::other)?;
    }
    let mut serializer = serializer.for_writer(out);
    if format.supports_datasets() {
        // One graph after the other, each opened once.
        let mut by_graph: Vec<&Quad> = quads.iter().collect();
        by_graph.sort_by_key(|quad| quad.graph_name.to_string());
        by_graph.into_iter().try_for_each(|quad| serializer.serialize_quad(quad))?;
    } else {
        let mut triples: Vec<Triple> = quads.iter().cloned().map(Triple::from).collect();
        triples.dedup();
        triples.iter().try_for_each(|triple| serializer.serialize_triple(triple))?;
    }
    serializer.finish()?.flush()
}
