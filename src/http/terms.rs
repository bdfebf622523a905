//! The page of all terms of the ontology: what each means, how it stands to others, and something that is of it.

use std::collections::BTreeMap;

use askama::Template;
use oxigraph::model::{NamedOrBlankNode, Term};

use super::places;
use super::problem::Problem;
use super::site::{Frame, Shown};
use crate::knowledge::Generation;
use crate::store::named;
use crate::words;

#[derive(Template)]
#[template(path = "ontology.html")]
struct Terms {
    frame: Frame,
    release: String,
    /// What each version changed.
    changes: Vec<String>,
    has_history: bool,
    groups: Vec<(&'static str, Vec<Defined>)>,
}

/// A term of the ontology.
#[derive(Default)]
struct Defined {
    local: String,
    label: String,
    definition: String,
    kind: &'static str,
    relations: Vec<(&'static str, Vec<Shown>)>,
    example: Option<(String, String)>,
}

const DEFINITION: &str = "http://www.w3.org/2004/02/skos/core#definition";
const VERSION: &str = "http://www.w3.org/2002/07/owl#versionInfo";

/// How terms stand to others, by the end of the property's IRI.
const RELATIONS: [(&str, &str); 5] = [
    ("#subClassOf", "a kind of"),
    ("#subPropertyOf", "narrower than"),
    ("#domain", "said of a"),
    ("#range", "leads to a"),
    ("#inverseOf", "the inverse of"),
];

/// Each term stands at an anchor named as its IRI ends, so that `ontology#Level` opens at it.
pub fn page(generation: &Generation) -> Result<String, Problem> {
    let mut terms: BTreeMap<String, Defined> = BTreeMap::new();
    let (mut release, mut changes) = (String::new(), Vec::new());
    for quad in generation.store.quads(Some(&named(words::ONTOLOGY_GRAPH)))? {
        let NamedOrBlankNode::NamedNode(subject) = &quad.subject else { continue };
        if let (VERSION, Term::Literal(version)) = (quad.predicate.as_str(), &quad.object) {
            version.value().clone_into(&mut release);
        }
        if let Term::Literal(note) = &quad.object
            && quad.predicate == words::other::CHANGE_NOTE
        {
            changes.push(note.value().to_owned());
        }
        let Some(local) = subject.as_str().strip_prefix(words::ONTOLOGY) else { continue };
        let term = terms.entry(local.to_owned()).or_default();
        let relation = RELATIONS.iter().find(|(end, _)| quad.predicate.as_str().ends_with(end));
        match (&quad.object, relation) {
            (Term::Literal(literal), _) if quad.predicate.as_str() == DEFINITION => {
                literal.value().clone_into(&mut term.definition);
            }
            (Term::NamedNode(class), _) if quad.predicate == words::other::TYPE => match class.as_str().rsplit('#').next() {
                Some("Class") => term.kind = "Classes",
                Some(name) if name.ends_with("Property") => term.kind = "Properties",
                _ => {}
            },
            (Term::NamedNode(other), Some((_, says))) => term.relates(says, other.as_str()),
            _ => {}
        }
        generation.names.label(subject.as_str()).clone_into(&mut term.label);
        local.clone_into(&mut term.local);
    }
    let mut groups = vec![("Classes", Vec::new()), ("Properties", Vec::new()), ("Controlled words", Vec::new())];
    for mut term in terms.into_values().filter(|term| !term.definition.is_empty()) {
        if term.kind == "Classes" {
            term.example = example(generation, &term.local);
        }
        let at = groups.iter().position(|(kind, _)| *kind == term.kind).unwrap_or(groups.len() - 1);
        groups[at].1.push(term);
    }
    let has_history = generation.has_versions();
    let page = Terms { frame: Frame::of(generation, "/ontology", None), release, changes, has_history, groups };
    page.render().map_err(|error| Problem::internal(&error))
}

impl Defined {
    fn relates(&mut self, says: &'static str, other: &str) {
        let link = match other.strip_prefix(words::ONTOLOGY) {
            Some(local) => Shown { text: format!("cg:{local}"), href: Some(format!("#{local}")) },
            None => Shown { text: words::shorten(other), href: None },
        };
        match self.relations.iter_mut().find(|(known, _)| *known == says) {
            Some((_, others)) => others.push(link),
            None => self.relations.push((says, vec![link])),
        }
    }
}

/// A thing of a class: the first by its label.
fn example(generation: &Generation, local: &str) -> Option<(String, String)> {
    let names = &generation.names;
    let things = names.instances(&[format!("{}{local}", words::ONTOLOGY)]);
    let (label, iri) = things.iter().map(|iri| (names.label(iri), iri)).min()?;
    // What has an address of its own is a path here.
    let href = places::of(iri, "").filter(|href| href.starts_with('/'))?;
    Some((label, href))
}
