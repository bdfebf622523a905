//! Writing to an engine elsewhere: quads as updates made in the algebra, a part at a time where there are many ([`insert`]); and changes that are
//! made whole or not at all ([`exchange`]).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, Quad, Term, Triple};
use spargebra::algebra::GraphPattern;
use spargebra::term::{
    GraphName as Graph, GraphNamePattern, GroundQuadPattern, GroundTermPattern, NamedNodePattern, Quad as Data, QuadPattern,
    TermPattern, TriplePattern, Variable,
};
use spargebra::{GraphUpdateOperation, Update};

use super::graph_iri;
use super::remote::{Remote, RemoteError};
use crate::patch::Patch;
use crate::words::{dcterms, rdf};

/// Engines bound the length of an update; Virtuoso takes 10,000 lines of its own making.
const PART: usize = 400;

/// The text of some operations. The printer puts a dot behind each graph of a template, where it need not be and Virtuoso takes none; no
/// literal has a line's end in it.
pub fn text_of(operations: Vec<GraphUpdateOperation>) -> String {
    let text = Update { operations, base_iri: None }.to_string();
    let plain = |line: &str| line.strip_suffix(" } .").map_or_else(|| line.to_owned(), |graph| format!("{graph} }}"));
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

/// Adds quads. A blank node is the same within one request only, so whatever names one goes together; and Virtuoso takes none as data.
pub fn insert(remote: &Remote, quads: impl IntoIterator<Item = Quad>) -> Result<(), RemoteError> {
    if let Some(graphs) = &remote.address.graphs {
        return post(remote, graphs, quads);
    }
    let names_blank = |quad: &Quad| quad.subject.is_blank_node() || quad.object.is_blank_node();
    let (blank, quads): (Vec<Quad>, Vec<Quad>) = quads.into_iter().partition(names_blank);
    if !blank.is_empty() {
        let template = blank.iter().map(quad_pattern).collect();
        remote.update(&text_of(vec![changing(Vec::new(), template, GraphPattern::default())]))?;
    }
    let mut part = Vec::with_capacity(PART);
    let send = |part: &mut Vec<Data>| {
        let data = std::mem::take(part);
        if data.is_empty() { Ok(()) } else { remote.update(&text_of(vec![GraphUpdateOperation::InsertData { data }])) }
    };
    for quad in quads {
        part.push(data(quad));
        if part.len() == PART {
            send(&mut part)?;
        }
    }
    send(&mut part)
}

/// The same by the Graph Store Protocol, graph by graph.
fn post(remote: &Remote, graphs: &str, quads: impl IntoIterator<Item = Quad>) -> Result<(), RemoteError> {
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for quad in quads {
        let graph = graph_iri(&quad.graph_name).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(texts.entry(graph).or_default(), "{} .", Triple::from(quad));
    }
    texts.into_iter().try_for_each(|(graph, text)| remote.add(graphs, &graph, &text))
}

fn graph(name: &GraphName) -> Graph {
    match name {
        GraphName::NamedNode(node) => node.clone().into(),
        _ => Graph::DefaultGraph,
    }
}

fn data(quad: Quad) -> Data {
    Data { graph_name: graph(&quad.graph_name), subject: quad.subject, predicate: quad.predicate, object: quad.object }
}

/// A change to be made elsewhere, if the data still is what it was worked out on.
pub struct Exchange<'a> {
    pub change: &'a Patch,
    /// Graphs that are written anew, with all they shall hold: nothing names a blank node of theirs, so that none can be deleted.
    pub anew: &'a [(GraphName, Vec<Quad>)],
    /// What the data must say of itself for the change to be made, and what it says afterwards.
    pub condition: &'a Quad,
    pub record: &'a Patch,
    /// What the names of graphs of this change's own begin with.
    pub stage: String,
}

/// Makes a change, all of it in one request, or none. What it takes is brought first, as descriptions of triples, which no query takes for data,
/// so that the request itself stays short. Whether the change was made is seen by the record.
///
/// # Errors
/// When the engine does not make it, or it is not known whether it did.
pub fn exchange(remote: &Remote, exchange: &Exchange<'_>) -> Result<(), RemoteError> {
    let Exchange { change, anew, condition, record, stage } = exchange;
    let kept = |quads: &[Quad]| {
        let is_apart = |quad: &&Quad| !anew.iter().any(|(graph, _)| *graph == quad.graph_name);
        quads.iter().filter(is_apart).cloned().collect::<Vec<_>>()
    };
    let deleted = Stage::new(stage, "deleted", kept(&change.deleted));
    let added = Stage::new(stage, "added", anew.iter().flat_map(|(_, quads)| quads.clone()).chain(kept(&change.added)));
    let condition = quad_pattern(condition);
    let anywhere = triple(variable("g"));
    let mut operations = Vec::new();
    for (graph, _) in *anew {
        let all = triple(graph_pattern(graph));
        operations.push(changing(ground(&all).into_iter().collect(), Vec::new(), joined([condition.clone(), all])));
    }
    operations.push(changing(ground(&anywhere).into_iter().collect(), Vec::new(), deleted.described(&condition)));
    operations.push(changing(Vec::new(), vec![anywhere], added.described(&condition)));
    operations.push(changing(
        record.deleted.iter().filter_map(|quad| ground(&quad_pattern(quad))).collect(),
        record.added.iter().map(quad_pattern).collect(),
        joined([condition]),
    ));
    let emptied = [&deleted, &added].map(Stage::dropped);
    operations.extend(emptied.clone());
    let brought = insert(remote, deleted.quads).and_then(|()| insert(remote, added.quads));
    let made = brought.and_then(|()| remote.update(&text_of(operations)));
    if made.is_err() {
        // The way may be closed for this as well; then the descriptions stay until the data is brought anew.
        let _ = remote.update(&text_of(emptied.into()));
    }
    made
}

/// Triples that are described in a graph.
struct Stage {
    graph: NamedNode,
    quads: Vec<Quad>,
}

/// The properties of a described triple.
const PARTS: [(NamedNodeRef<'static>, &str); 4] =
    [(rdf::SUBJECT, "s"), (rdf::PREDICATE, "p"), (rdf::OBJECT, "o"), (dcterms::IS_PART_OF, "g")];

impl Stage {
    fn new(stage: &str, name: &str, quads: impl IntoIterator<Item = Quad>) -> Self {
        let graph = NamedNode::new_unchecked(format!("{stage}/{name}"));
        let describe = |(number, quad): (usize, Quad)| {
            let node = NamedNode::new_unchecked(format!("{}/{number}", graph.as_str()));
            let of = match quad.graph_name {
                GraphName::NamedNode(name) => name,
                _ => graph.clone(),
            };
            let values = [quad.subject.into(), quad.predicate.into(), quad.object, Term::from(of)];
            let say = |((property, _), value): (&(NamedNodeRef<'_>, _), Term)| {
                Quad::new(node.clone(), property.into_owned(), value, graph.clone())
            };
            PARTS.iter().zip(values).map(say).collect::<Vec<_>>()
        };
        let quads = quads.into_iter().enumerate().flat_map(describe).collect();
        Self { graph, quads }
    }

    /// Where a condition holds, each triple described.
    fn described(&self, condition: &QuadPattern) -> GraphPattern {
        let say = |(property, name): &(NamedNodeRef<'_>, &str)| QuadPattern {
            subject: variable("n"),
            predicate: property.into_owned().into(),
            object: variable(name),
            graph_name: self.graph.clone().into(),
        };
        joined([condition.clone()].into_iter().chain(PARTS.iter().map(say)))
    }

    fn dropped(&self) -> GraphUpdateOperation {
        GraphUpdateOperation::Drop { silent: true, graph: self.graph.clone().into() }
    }
}

fn variable<T: From<Variable>>(name: &str) -> T {
    Variable::new_unchecked(name).into()
}

/// Any triple of a graph.
fn triple(graph_name: GraphNamePattern) -> QuadPattern {
    QuadPattern { subject: variable("s"), predicate: variable("p"), object: variable("o"), graph_name }
}

fn graph_pattern(name: &GraphName) -> GraphNamePattern {
    graph(name).into()
}

fn quad_pattern(quad: &Quad) -> QuadPattern {
    QuadPattern {
        subject: quad.subject.clone().into(),
        predicate: quad.predicate.clone().into(),
        object: quad.object.clone().into(),
        graph_name: graph_pattern(&quad.graph_name),
    }
}

/// A quad as it can be deleted; one that names a blank node cannot.
fn ground(quad: &QuadPattern) -> Option<GroundQuadPattern> {
    let term = |term: &TermPattern| -> Option<GroundTermPattern> {
        match term {
            TermPattern::NamedNode(node) => Some(node.clone().into()),
            TermPattern::Literal(literal) => Some(literal.clone().into()),
            TermPattern::Variable(variable) => Some(variable.clone().into()),
            _ => None,
        }
    };
    let (subject, object) = (term(&quad.subject)?, term(&quad.object)?);
    Some(GroundQuadPattern { subject, predicate: quad.predicate.clone(), object, graph_name: quad.graph_name.clone() })
}

/// Everything together, graph by graph.
fn joined(quads: impl IntoIterator<Item = QuadPattern>) -> GraphPattern {
    let mut graphs: Vec<(NamedNodePattern, Vec<TriplePattern>)> = Vec::new();
    for QuadPattern { subject, predicate, object, graph_name } in quads {
        let name = match graph_name {
            GraphNamePattern::NamedNode(node) => node.into(),
            GraphNamePattern::Variable(variable) => variable.into(),
            GraphNamePattern::DefaultGraph => continue,
        };
        let triple = TriplePattern { subject, predicate, object };
        match graphs.last_mut() {
            Some((last, triples)) if *last == name => triples.push(triple),
            _ => graphs.push((name, vec![triple])),
        }
    }
    let all =
        graphs.into_iter().map(|(name, patterns)| GraphPattern::Graph { name, inner: Box::new(GraphPattern::Bgp { patterns }) });
    all.reduce(|left, right| GraphPattern::Join { left: Box::new(left), right: Box::new(right) }).unwrap_or_default()
}

fn changing(delete: Vec<GroundQuadPattern>, insert: Vec<QuadPattern>, pattern: GraphPattern) -> GraphUpdateOperation {
    GraphUpdateOperation::DeleteInsert { delete, insert, using: None, pattern: Box::new(pattern) }
}
