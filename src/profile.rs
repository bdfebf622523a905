//! How much there is of what: triples, classes and properties, in all and by graph and class.
//! Enter at [`Profile::count`]. How it is published is the front end's matter.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use oxigraph::model::vocab::rdf;
use oxigraph::model::{GraphName, NamedOrBlankNode, Quad, Term, Triple};

/// The counts of a dataset. What stands in two graphs counts once in all and in each of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    pub triples: usize,
    pub subjects: usize,
    pub objects: usize,
    /// How many triples have a property.
    pub properties: BTreeMap<String, usize>,
    pub classes: BTreeMap<String, Class>,
    /// The triples of each named graph.
    pub graphs: BTreeMap<String, usize>,
}

/// The members of a class, and what is said of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    pub members: usize,
    pub properties: BTreeMap<String, Property>,
}

/// What a property of a class's members leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    pub triples: usize,
    pub classes: BTreeMap<String, usize>,
    pub datatypes: BTreeMap<String, usize>,
}

impl Profile {
    /// Counts quads.
    pub fn count(quads: &[Quad]) -> Self {
        let mut profile = Self::default();
        for quad in quads {
            if let GraphName::NamedNode(graph) = &quad.graph_name {
                *profile.graphs.entry(graph.as_str().to_owned()).or_default() += 1;
            }
        }
        let triples: HashSet<Triple> = quads.iter().cloned().map(Triple::from).collect();
        let mut classes_of: HashMap<&NamedOrBlankNode, BTreeSet<&str>> = HashMap::new();
        for triple in &triples {
            if let (true, Term::NamedNode(class)) = (triple.predicate == rdf::TYPE, &triple.object) {
                classes_of.entry(&triple.subject).or_default().insert(class.as_str());
            }
        }
        for class in classes_of.values().flatten() {
            profile.classes.entry((*class).to_owned()).or_default().members += 1;
        }
        for triple in &triples {
            profile.add(triple, &classes_of);
        }
        profile.triples = triples.len();
        profile.subjects = triples.iter().map(|triple| &triple.subject).collect::<HashSet<_>>().len();
        profile.objects = triples.iter().map(|triple| &triple.object).collect::<HashSet<_>>().len();
        profile
    }

    fn add(&mut self, triple: &Triple, classes_of: &HashMap<&NamedOrBlankNode, BTreeSet<&str>>) {
        let property = triple.predicate.as_str();
        *self.properties.entry(property.to_owned()).or_default() += 1;
        let object = match &triple.object {
            Term::NamedNode(node) => Some(NamedOrBlankNode::from(node.clone())),
            Term::BlankNode(node) => Some(node.clone().into()),
            _ => None,
        };
        let leads_to = object.and_then(|object| classes_of.get(&object));
        for class in classes_of.get(&triple.subject).into_iter().flatten() {
            let Some(class) = self.classes.get_mut(*class) else { continue };
            let property = class.properties.entry(property.to_owned()).or_default();
            property.triples += 1;
            for class in leads_to.into_iter().flatten() {
                *property.classes.entry((*class).to_owned()).or_default() += 1;
            }
            if let Term::Literal(literal) = &triple.object {
                *property.datatypes.entry(literal.datatype().as_str().to_owned()).or_default() += 1;
            }
        }
    }
}
