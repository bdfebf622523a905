//! What a data folder knows that matters to reading more into it: the names of its competencies, and the statements and labels that
//! earlier readings gave. Enter at [`Folder`].
//! Reading itself is `ingest`'s work, writing files the command's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{NamedOrBlankNode, Quad, Term};

use crate::export;
use crate::files::{Files, Problem};
use crate::ingest::compare::Former;
use crate::ingest::graph::cg;
use crate::ingest::mentions::Known;
use crate::load;
use crate::store::text;
use crate::words;

/// A data folder, read for its names.
pub struct Folder {
    pub files: Files,
    quads: Vec<Quad>,
    /// What each thing is called, and in which graphs that is said.
    labels: HashMap<String, (String, BTreeSet<String>)>,
}

/// The kinds of competency.
const KINDS: [&str; 4] = ["Skill", "Knowledge", "Technology", "Behaviour"];

impl Folder {
    /// Reads a folder; the problems are of files that could not be read.
    pub fn read(files: Files) -> (Self, Vec<Problem>) {
        let (quads, problems) = load::quads(&files);
        let mut labels: HashMap<String, (String, BTreeSet<String>)> = HashMap::new();
        for quad in quads.iter().filter(|quad| quad.predicate == words::other::PREF_LABEL) {
            let (label, graphs) = labels.entry(bare(&quad.subject)).or_default();
            *label = text(&quad.object);
            graphs.insert(bare(&quad.graph_name));
        }
        (Self { files, quads, labels }, problems)
    }

    /// The bundled taxonomy, and nothing of what bundled pages say.
    pub fn taxonomy() -> Self {
        let mut files = Files::bundled_data();
        let sources = files.content.remove(load::SOURCES).unwrap_or_default();
        files.content.retain(|path, _| path.starts_with("taxonomy/"));
        let quads: Vec<Quad> = RdfParser::from_format(RdfFormat::Turtle).for_slice(&sources).map_while(Result::ok).collect();
        let of_taxonomy = |quad: &Quad| quad.predicate == words::FILE && text(&quad.object).starts_with("taxonomy");
        let about: HashSet<NamedOrBlankNode> =
            quads.iter().filter(|quad| of_taxonomy(quad)).map(|quad| quad.subject.clone()).collect();
        let kept: Vec<Quad> = quads.into_iter().filter(|quad| about.contains(&quad.subject)).collect();
        let mut written = Vec::new();
        // Writing to memory cannot fail; were it to, the folder would lack its list and say so when it is loaded.
        if export::write(&kept, RdfFormat::Turtle, &mut written).is_ok() {
            files.content.insert(load::SOURCES.to_owned(), written);
        }
        Self::read(files).0
    }

    /// The competencies with their names; those that stand in the scheme of candidates are not known yet.
    pub fn competencies(&self, candidates: &str) -> Vec<Known> {
        let kinds: Vec<Term> = KINDS.iter().map(|kind| cg(kind).into()).collect();
        let candidate = |quad: &&Quad| quad.predicate.as_str().ends_with("core#inScheme") && text(&quad.object) == candidates;
        let left: HashSet<&NamedOrBlankNode> = self.quads.iter().filter(candidate).map(|quad| &quad.subject).collect();
        let mut found: BTreeMap<String, Known> = BTreeMap::new();
        let iri = |node: &NamedOrBlankNode| node.to_string().trim_matches(['<', '>']).to_owned();
        for quad in self.quads.iter().filter(|quad| quad.predicate == words::other::TYPE && kinds.contains(&quad.object)) {
            if !left.contains(&quad.subject) {
                let is_technology = quad.object == Term::from(cg("Technology"));
                found.insert(iri(&quad.subject), Known { iri: iri(&quad.subject), is_technology, ..Known::default() });
            }
        }
        for quad in &self.quads {
            let Some(known) = found.get_mut(&iri(&quad.subject)) else { continue };
            match quad.predicate.as_ref() {
                words::other::PREF_LABEL => known.label = text(&quad.object),
                words::other::ALT_LABEL => known.aliases.push(text(&quad.object)),
                other if other.as_str().ends_with("core#broader") => known.broader.push(text(&quad.object)),
                _ => {}
            }
        }
        found.into_values().collect()
    }

    /// The statements below an IRI as an earlier reading gave them, with their quotations.
    pub fn former(&self, family: &str) -> Former {
        let prefix = format!("{family}/");
        let mut found: BTreeMap<&str, (Option<String>, Option<String>)> = BTreeMap::new();
        for quad in &self.quads {
            let NamedOrBlankNode::NamedNode(subject) = &quad.subject else { continue };
            if !subject.as_str().starts_with(&prefix) {
                continue;
            }
            if quad.predicate == cg("appliesTo") {
                found.entry(subject.as_str()).or_default().0 = Some(text(&quad.object));
            } else if quad.predicate == cg("quotation") {
                found.entry(subject.as_str()).or_default().1 = Some(text(&quad.object));
            }
        }
        let whole = |(iri, (about, said)): (&str, (Option<String>, Option<String>))| Some((iri.to_owned(), about?, said?));
        Former::new(found.into_iter().filter_map(whole).collect())
    }

    /// The label of a thing.
    pub fn label(&self, iri: &str) -> Option<String> {
        self.labels.get(iri).map(|(label, _)| label.clone())
    }

    /// Whether a graph says what a thing is called.
    pub fn declares(&self, graph: &str, iri: &str) -> bool {
        self.labels.get(iri).is_some_and(|(_, graphs)| graphs.contains(graph))
    }

    /// What a graph holds.
    pub fn graph(&self, graph: &str) -> Vec<Quad> {
        self.quads.iter().filter(|quad| bare(&quad.graph_name) == graph).cloned().collect()
    }

    /// The graph, other than the given ones, in which a job family is described already.
    pub fn described_elsewhere(&self, family: &str, graphs: &BTreeSet<String>) -> Option<String> {
        let declares = |quad: &&Quad| {
            quad.predicate == words::other::TYPE
                && quad.object == Term::from(cg("JobFamily"))
                && quad.subject.to_string() == format!("<{family}>")
        };
        let graph = |quad: &Quad| quad.graph_name.to_string().trim_matches(['<', '>']).to_owned();
        self.quads.iter().filter(declares).map(graph).find(|graph| !graphs.contains(graph))
    }
}

/// An IRI without the brackets that terms are printed with.
fn bare(term: &impl ToString) -> String {
    term.to_string().trim_matches(['<', '>']).to_owned()
}
