//! Writing to an engine elsewhere: quads as updates made in the algebra, a part at a time where there are many.

use oxigraph::model::{GraphName, NamedOrBlankNode, Quad};
use spargebra::algebra::GraphPattern;
use spargebra::term::{GraphName as Graph, GraphNamePattern, GroundQuadPattern, GroundTermPattern, Quad as Data};
use spargebra::{GraphUpdateOperation, Update};

use super::remote::{Remote, RemoteError};
use crate::patch::Patch;
use crate::rq::ground;

/// Engines bound the length of an update; Virtuoso takes 10,000 lines of its own making.
const PART: usize = 400;

/// The text of some operations. The printer puts a dot behind each graph of a template, where it need not be and Virtuoso takes none; no
/// literal has a line's end in it.
pub fn text_of(operations: Vec<GraphUpdateOperation>) -> String {
    let text = Update { operations, base_iri: None }.to_string();
    let plain = |line: &str| line.strip_suffix(" } .").map_or_else(|| line.to_owned(), |graph| format!("{graph} }}"));
    text.lines().map(plain).collect::<Vec<_>>().join("\n")
}

pub fn insert(remote: &Remote, quads: impl IntoIterator<Item = Quad>) -> Result<(), RemoteError> {
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

/// Deletes and adds: at once where there is little, else a part at a time.
pub fn apply(remote: &Remote, patch: &Patch) -> Result<(), RemoteError> {
    for part in patch.deleted.chunks(PART) {
        let delete = part.iter().map(|quad| deleted(remote, quad)).collect::<Result<_, _>>()?;
        let pattern = Box::new(GraphPattern::default());
        remote.update(&text_of(vec![GraphUpdateOperation::DeleteInsert { delete, insert: Vec::new(), using: None, pattern }]))?;
    }
    insert(remote, patch.added.iter().cloned())
}

fn graph(name: &GraphName) -> Graph {
    match name {
        GraphName::NamedNode(node) => node.clone().into(),
        _ => Graph::DefaultGraph,
    }
}

fn graph_pattern(name: &GraphName) -> GraphNamePattern {
    match name {
        GraphName::NamedNode(node) => node.clone().into(),
        _ => GraphNamePattern::DefaultGraph,
    }
}

fn data(quad: Quad) -> Data {
    Data { graph_name: graph(&quad.graph_name), subject: quad.subject, predicate: quad.predicate, object: quad.object }
}

fn deleted(remote: &Remote, quad: &Quad) -> Result<GroundQuadPattern, RemoteError> {
    let blank = || RemoteError::Lacks {
        url: remote.address.update.clone(),
        what: format!("a way to delete a blank node by its name: {quad}"),
    };
    let NamedOrBlankNode::NamedNode(subject) = &quad.subject else { return Err(blank()) };
    Ok(GroundQuadPattern {
        subject: GroundTermPattern::NamedNode(subject.clone()),
        predicate: quad.predicate.clone().into(),
        object: ground(quad.object.clone()).ok_or_else(blank)?.into(),
        graph_name: graph_pattern(&quad.graph_name),
    })
}
