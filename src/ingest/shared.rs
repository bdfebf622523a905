//! What the documents of an organisation share, in a graph of its own: candidates for the taxonomy, and positions that people report
//! to. Enter at [`Shared`].

use std::collections::BTreeMap;

use oxigraph::model::vocab::rdf;
use oxigraph::model::{GraphName, NamedNodeRef, Quad, Term};

use super::graph::{cg, node};
use super::mentions::Thing;
use super::mint::Mint;
use super::phrases::{english, label};
use crate::words;

/// What several documents share: candidates for the taxonomy, and positions people report to.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// What matrices of the same run call by a name, by the name as a path segment.
    pub(super) skills: BTreeMap<String, String>,
    pub(super) things: BTreeMap<String, Thing>,
    pub(super) positions: BTreeMap<String, String>,
}

impl Shared {
    /// What is shared, as quads of a graph of its own. `label_of` gives the label that a thing was given before;
    /// what is declared already stays as it is.
    pub fn quads(&self, mint: &Mint, label_of: &dyn Fn(&str) -> Option<String>, declared: &dyn Fn(&str) -> bool) -> Vec<Quad> {
        let graph = GraphName::NamedNode(node(&mint.shared_graph()));
        let mut quads = Vec::new();
        let mut add = |subject: &str, predicate: NamedNodeRef<'_>, object: Term| {
            quads.push(Quad::new(node(subject), predicate.into_owned(), object, graph.clone()));
        };
        let scheme = mint.scheme();
        let in_scheme = node("http://www.w3.org/2004/02/skos/core#inScheme");
        let top = node("http://www.w3.org/2004/02/skos/core#topConceptOf");
        let definition = node("http://www.w3.org/2004/02/skos/core#definition");
        if !self.things.is_empty() && !declared(&scheme) {
            add(&scheme, rdf::TYPE, node("http://www.w3.org/2004/02/skos/core#ConceptScheme").into());
            add(&scheme, words::other::PREF_LABEL, english("Candidates for the taxonomy").into());
            add(
                &scheme,
                definition.as_ref(),
                english("Competencies that role pages name and the taxonomy does not have.").into(),
            );
        }
        for (iri, thing) in self.things.iter().filter(|(iri, _)| !declared(iri)) {
            add(iri, rdf::TYPE, cg(thing.sort).into());
            let name = label_of(iri).map_or_else(|| label(&thing.label), |known| english(&known));
            add(iri, words::other::PREF_LABEL, name.into());
            add(iri, definition.as_ref(), english("Named by a role page; nobody has defined it for the taxonomy yet.").into());
            if let Some(kind) = &thing.technology {
                add(iri, cg("technologyKind").as_ref(), cg(kind).into());
            }
            add(iri, in_scheme.as_ref(), node(&scheme).into());
            add(iri, top.as_ref(), node(&scheme).into());
        }
        for (iri, title) in self.positions.iter().filter(|(iri, _)| !declared(iri)) {
            add(iri, rdf::TYPE, cg("Position").into());
            add(iri, words::other::PREF_LABEL, label_of(iri).map_or_else(|| english(title), |known| english(&known)).into());
        }
        quads
    }
}
