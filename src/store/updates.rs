//! Writing to an engine elsewhere: quads as updates made in the algebra, a part at a time where there are many.

use oxigraph::model::{GraphName, Quad};
use spargebra::term::{GraphName as Graph, Quad as Data};
use spargebra::{GraphUpdateOperation, Update};

use super::remote::{Remote, RemoteError};

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

fn graph(name: &GraphName) -> Graph {
    match name {
        GraphName::NamedNode(node) => node.clone().into(),
        _ => Graph::DefaultGraph,
    }
}

fn data(quad: Quad) -> Data {
    Data { graph_name: graph(&quad.graph_name), subject: quad.subject, predicate: quad.predicate, object: quad.object }
}
