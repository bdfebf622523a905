//! Looking up quads in an engine elsewhere, as queries made in the algebra, and sending queries there.

use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, NamedOrBlankNode, Quad, Term};
use oxigraph::sparql::QueryResults;
use spargebra::Query;
use spargebra::algebra::{AggregateExpression, GraphPattern, QueryDataset};
use spargebra::term::{GroundTermPattern, NamedNodePattern, TermPattern, TriplePattern, Variable};

use super::remote::{Remote, RemoteError};
use super::virtuoso::AS_WRITTEN;
use super::{Store, StoreError, graph_iri, text};
use crate::rq::ground;
use crate::words;

/// What quads to look up; what is left open is taken as it comes.
#[derive(Clone, Default)]
pub struct Pattern<'a> {
    pub subject: Option<NamedOrBlankNode>,
    pub predicate: Option<NamedNode>,
    pub object: Option<Term>,
    pub graph: Option<&'a GraphName>,
    pub most: Option<usize>,
}

fn variable(name: &str) -> Variable {
    Variable::new_unchecked(name)
}

fn all(name: NamedNodePattern) -> GraphPattern {
    let triple = TriplePattern {
        subject: TermPattern::Variable(variable("s")),
        predicate: variable("p").into(),
        object: TermPattern::Variable(variable("o")),
    };
    GraphPattern::Graph { name, inner: Box::new(GraphPattern::Bgp { patterns: vec![triple] }) }
}

fn select(inner: GraphPattern, names: &[&str]) -> Query {
    let variables = names.iter().map(|name| variable(name)).collect();
    Query::Select { dataset: None, pattern: GraphPattern::Project { inner: Box::new(inner), variables }, base_iri: None }
}

/// The quads that match, in graphs of ours. A blank node has no name elsewhere, so nothing is found of it.
pub fn quads(store: &Store, pattern: Pattern<'_>) -> Result<Vec<Quad>, StoreError> {
    let term = |term: Term| ground(term).map(|term| TermPattern::from(GroundTermPattern::from(term)));
    let subject = match pattern.subject.clone().map(|subject| term(subject.into())) {
        Some(None) => return Ok(Vec::new()),
        subject => subject.flatten(),
    };
    let object = match pattern.object.clone().map(term) {
        Some(None) => return Ok(Vec::new()),
        object => object.flatten(),
    };
    let triple = TriplePattern {
        subject: subject.unwrap_or_else(|| variable("s").into()),
        predicate: pattern.predicate.clone().map_or_else(|| variable("p").into(), NamedNodePattern::from),
        object: object.unwrap_or_else(|| variable("o").into()),
    };
    let graph: NamedNodePattern = match pattern.graph {
        Some(GraphName::NamedNode(name)) => name.clone().into(),
        Some(_) => return Ok(Vec::new()),
        None => variable("g").into(),
    };
    let bgp = GraphPattern::Bgp { patterns: vec![triple] };
    let mut query = select(GraphPattern::Graph { name: graph, inner: Box::new(bgp) }, &["s", "p", "o", "g"]);
    if let (Query::Select { pattern: inner, .. }, Some(most)) = (&mut query, pattern.most) {
        *inner = GraphPattern::Slice { inner: Box::new(std::mem::take(inner)), start: 0, length: Some(most) };
    }
    let table = store.select(query)?;
    let quad = |row: Vec<Option<Term>>| {
        let [s, p, o, g] = <[Option<Term>; 4]>::try_from(row).ok()?;
        let subject = match pattern.subject.clone() {
            Some(subject) => subject,
            None => match s? {
                Term::NamedNode(node) => node.into(),
                Term::BlankNode(node) => node.into(),
                _ => return None,
            },
        };
        let predicate = pattern.predicate.clone().or_else(|| NamedNode::try_from(p?).ok())?;
        let graph = pattern.graph.cloned().or_else(|| NamedNode::try_from(g?).ok().map(GraphName::from))?;
        Some(Quad::new(subject, predicate, pattern.object.clone().or(o)?, graph))
    };
    let mut quads: Vec<Quad> = table.rows.into_iter().filter_map(quad).collect();
    if let (None, Some(remote)) = (pattern.graph, store.remote()) {
        quads.retain(|quad| graph_iri(&quad.graph_name).is_some_and(|graph| remote.dataset.ours.contains(&graph)));
    }
    Ok(quads)
}

/// How many quads there are in a named graph.
///
/// # Errors
/// When the engine fails.
pub fn count(store: &Store, graph: &str) -> Result<usize, StoreError> {
    let name = NamedNode::new_unchecked(graph).into();
    let aggregates = vec![(variable("n"), AggregateExpression::CountSolutions { distinct: false })];
    let counted = GraphPattern::Group { inner: Box::new(all(name)), variables: Vec::new(), aggregates };
    let table = store.select(select(counted, &["n"]))?;
    let number = table.rows.into_iter().next().and_then(|mut row| row.pop()?).map(|term| text(&term));
    Ok(number.and_then(|number| number.parse().ok()).unwrap_or(0))
}

/// Sends a query. Where the engine's default graph is not the union of all graphs, the query names them.
pub fn ask(remote: &Remote, mut query: Query) -> Result<QueryResults<'static>, StoreError> {
    let (is_graph, dataset, pattern) = match &mut query {
        Query::Select { dataset, pattern, .. } | Query::Ask { dataset, pattern, .. } => (false, dataset, pattern),
        Query::Construct { dataset, pattern, .. } | Query::Describe { dataset, pattern, .. } => (true, dataset, pattern),
    };
    refuse_service(remote, pattern)?;
    if let (None, Some(graphs)) = (&dataset, &remote.dataset.graphs) {
        let graphs: Vec<NamedNode> = graphs.iter().map(NamedNode::new_unchecked).collect();
        *dataset = Some(QueryDataset { default: graphs.clone(), named: Some(graphs) });
    }
    let text = if remote.is_virtuoso() { format!("{AS_WRITTEN}{query}") } else { query.to_string() };
    let results = remote.query(&text, is_graph, [&[], &[]])?;
    settled(&query, results)
}

/// Sends a query of somebody else's as it was written, after it was parsed: what is printed from the algebra may lose brackets. Our prefixes
/// go before it.
///
/// # Errors
/// When the engine gives no answer, or the query asks for another one.
pub fn ask_as_written(remote: &Remote, query: &Query, text: &str) -> Result<QueryResults<'static>, StoreError> {
    let (is_graph, dataset, pattern) = match query {
        Query::Select { dataset, pattern, .. } | Query::Ask { dataset, pattern, .. } => (false, dataset, pattern),
        Query::Construct { dataset, pattern, .. } | Query::Describe { dataset, pattern, .. } => (true, dataset, pattern),
    };
    refuse_service(remote, pattern)?;
    let names = |nodes: &[NamedNode]| nodes.iter().map(|node| node.as_str().to_owned()).collect::<Vec<_>>();
    let (default, named) = match (dataset, &remote.dataset.graphs) {
        (Some(given), _) => (names(&given.default), names(given.named.as_deref().unwrap_or_default())),
        (None, Some(graphs)) => (graphs.clone(), graphs.clone()),
        (None, None) => (Vec::new(), Vec::new()),
    };
    let prefixes = words::PREFIXES.iter().map(|(prefix, namespace)| format!("PREFIX {prefix}: <{namespace}>\n"));
    let whole = format!("BASE <{}>\n{}{text}", words::BASE, prefixes.collect::<String>());
    settled(query, remote.query(&whole, is_graph, [&default, &named])?)
}

fn refuse_service(remote: &Remote, pattern: &GraphPattern) -> Result<(), RemoteError> {
    if has_service(pattern) {
        let what = "SERVICE, which is not passed on".to_owned();
        return Err(RemoteError::Lacks { url: remote.address.query.clone(), what });
    }
    Ok(())
}

fn settled(query: &Query, results: QueryResults<'static>) -> Result<QueryResults<'static>, StoreError> {
    match (query, results) {
        // Virtuoso tells a truth value as a row with a number.
        (Query::Ask { .. }, QueryResults::Solutions(mut rows)) => {
            let number = rows.next().transpose()?.and_then(|row| row.values().first().cloned().flatten());
            Ok(QueryResults::Boolean(number.is_some_and(|number| text(&number) != "0")))
        }
        (_, results) => Ok(results),
    }
}

/// Whether the default graph says anything of a thing.
pub fn asking(thing: NamedNodeRef<'_>) -> Query {
    let triple = TriplePattern {
        subject: thing.into_owned().into(),
        predicate: variable("p").into(),
        object: TermPattern::Variable(variable("o")),
    };
    Query::Ask { dataset: None, pattern: GraphPattern::Bgp { patterns: vec![triple] }, base_iri: None }
}

/// Whether a pattern asks another endpoint.
fn has_service(pattern: &GraphPattern) -> bool {
    // Only a string could hold these letters as well, and is refused then: better one too many.
    Query::Select { dataset: None, pattern: pattern.clone(), base_iri: None }.to_sse().contains("(service ")
}
