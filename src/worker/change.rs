//! What a write would change: evaluated on the fork's own copy of the data, told as an RDF patch, and applied by somebody else.
//! Enter at [`by_update`] and [`of_graph`]. Graphs that the program makes are nobody's to write.

use std::collections::{HashMap, HashSet};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{BlankNode, GraphName, NamedNode, NamedOrBlankNode, Quad, Term, Triple};
use oxigraph::sparql::{QueryResults, QuerySolution};
use spargebra::algebra::{GraphPattern, GraphTarget, QueryDataset};
use spargebra::term::{
    GraphName as Graph, GraphNamePattern, GroundQuadPattern, GroundTermPattern, NamedNodePattern, QuadPattern, TermPattern,
    Variable,
};
use spargebra::{GraphUpdateOperation, Query, Update};

use super::evaluate::{Failure, cannot};
use super::{GraphJob, Job, Refusal};
use crate::patch::{self, Patch, nests_too_deep};
use crate::rq::parse_update;
use crate::store::{Store, StoreError, graph_iri};
use crate::words;

/// The changes so far, each quad in one of both.
#[derive(Default)]
struct Net {
    deleted: HashSet<Quad>,
    added: HashSet<Quad>,
}

/// What an update changes. The store has it afterwards.
pub fn by_update(store: &Store, job: &Job) -> Result<Patch, Failure> {
    let graph = job.graph_written.as_ref().and_then(|written| written.graph.clone());
    let update = parse_update(&job.text).map_err(super::evaluate::malformed)?;
    let given = dataset(job, graph.as_deref())?;
    let mut net = Net::default();
    for operation in renamed(update, graph.as_deref())? {
        let step = step(store, operation, given.as_ref())?.effective(|quad| store.contains(quad)).map_err(failed)?;
        if let Some(made) = step.quads().filter_map(|quad| graph_iri(&quad.graph_name)).find(|name| words::is_made(name)) {
            return Err(Refusal::Made(made).into());
        }
        if step.added.iter().any(|quad| nests_too_deep(&quad.object)) {
            return Err(Refusal::Failed("a triple term nests deeper than is kept".to_owned()).into());
        }
        store.apply(&step).map_err(failed)?;
        net.take(step);
    }
    Ok(Patch { deleted: net.deleted.into_iter().collect(), added: net.added.into_iter().collect() })
}

/// What writing a graph changes, by the Graph Store Protocol.
pub fn of_graph(store: &Store, job: &Job, written: &GraphJob) -> Result<Patch, Failure> {
    let graph = graph_name(written.graph.as_deref())?;
    if let Some(made) = graph_iri(&graph).filter(|name| words::is_made(name)) {
        return Err(Refusal::Made(made).into());
    }
    let there = store.quads(Some(&graph)).map_err(failed)?;
    match written.method.as_str() {
        "DELETE" => Ok(Patch { deleted: there, added: Vec::new() }),
        "PATCH" if written.media_type == patch::MEDIA_TYPE => {
            let into = |mut quads: Vec<Quad>| {
                let elsewhere = quads.iter().find(|quad| quad.graph_name != GraphName::DefaultGraph && quad.graph_name != graph);
                if let Some(quad) = elsewhere {
                    return Err(Refusal::Unparsable(format!("{quad} is of another graph than the one that is patched")));
                }
                quads.iter_mut().for_each(|quad| quad.graph_name = graph.clone());
                Ok(quads)
            };
            let Patch { deleted, added } = Patch::read(&job.text).map_err(|error| Refusal::Unparsable(error.to_string()))?;
            Ok(Patch { deleted: into(deleted)?, added: into(added)? })
        }
        "PATCH" => by_update(store, job),
        method => {
            let quads = parsed(job, written, &graph)?;
            Ok(if method == "PUT" { Patch::between(there, quads) } else { Patch { deleted: Vec::new(), added: quads } })
        }
    }
}

fn parsed(job: &Job, written: &GraphJob, graph: &GraphName) -> Result<Vec<Quad>, Refusal> {
    let format = RdfFormat::from_media_type(&written.media_type);
    let format = format.ok_or_else(|| Refusal::Internal(format!("{} is no RDF syntax", written.media_type)))?;
    // An RDF/XML document type may define entities that grow without bound.
    let bytes = job.text.as_bytes();
    if format == RdfFormat::RdfXml && bytes.windows(9).any(|bytes| bytes.eq_ignore_ascii_case(b"<!doctype")) {
        return Err(Refusal::Unparsable("it has a DOCTYPE, which is not read: write the entities out".to_owned()));
    }
    let unparsable = |error: &dyn std::fmt::Display| Refusal::Unparsable(error.to_string());
    let parser = RdfParser::from_format(format).with_base_iri(&written.base).map_err(|error| unparsable(&error))?;
    let parser = parser.with_default_graph(graph.clone()).without_named_graphs().rename_blank_nodes();
    let quads = parser.for_slice(bytes).collect::<Result<Vec<Quad>, _>>().map_err(|error| {
        let line = error.location().map_or(0, |location| location.start.line + 1);
        if line > 0 { unparsable(&format!("line {line}: {error}")) } else { unparsable(&error) }
    })?;
    if quads.iter().any(|quad| nests_too_deep(&quad.object)) {
        return Err(unparsable(&"a triple term nests deeper than is kept"));
    }
    Ok(quads)
}

impl Net {
    fn take(&mut self, step: Patch) {
        for quad in step.deleted {
            if !self.added.remove(&quad) {
                self.deleted.insert(quad);
            }
        }
        for quad in step.added {
            if !self.deleted.remove(&quad) {
                self.added.insert(quad);
            }
        }
    }
}

/// The dataset for all `WHERE` clauses, if the protocol names one; the graph that is patched, if one is.
fn dataset(job: &Job, graph: Option<&str>) -> Result<Option<QueryDataset>, Refusal> {
    let iri = |iri: &String| {
        NamedNode::new(iri).map_err(|error| Refusal::MalformedGraph(format!("`{iri}` is no absolute IRI: {error}")))
    };
    if let Some(graph) = graph {
        return Ok(Some(QueryDataset { default: vec![iri(&graph.to_owned())?], named: None }));
    }
    if job.default_graphs.is_empty() && job.named_graphs.is_empty() {
        return Ok(None);
    }
    Ok(Some(QueryDataset {
        default: job.default_graphs.iter().map(iri).collect::<Result<_, _>>()?,
        named: Some(job.named_graphs.iter().map(iri).collect::<Result<_, _>>()?),
    }))
}

/// The operations, of which those that name no graph are of the graph that is patched.
fn renamed(update: Update, graph: Option<&str>) -> Result<Vec<GraphUpdateOperation>, Refusal> {
    let Some(graph) = graph else { return Ok(update.operations) };
    let graph = NamedNode::new_unchecked(graph);
    let name = |name: &mut Graph| {
        if *name == Graph::DefaultGraph {
            *name = graph.clone().into();
        }
    };
    let pattern = |name: &mut GraphNamePattern| {
        if *name == GraphNamePattern::DefaultGraph {
            *name = graph.clone().into();
        }
    };
    let mut operations = update.operations;
    for operation in &mut operations {
        match operation {
            GraphUpdateOperation::InsertData { data } => data.iter_mut().for_each(|quad| name(&mut quad.graph_name)),
            GraphUpdateOperation::DeleteData { data } => data.iter_mut().for_each(|quad| name(&mut quad.graph_name)),
            GraphUpdateOperation::DeleteInsert { delete, insert, .. } => {
                delete.iter_mut().for_each(|quad| pattern(&mut quad.graph_name));
                insert.iter_mut().for_each(|quad| pattern(&mut quad.graph_name));
            }
            _ => return Err(Refusal::Failed("a graph is patched by inserting and deleting triples".to_owned())),
        }
    }
    Ok(operations)
}

fn step(store: &Store, operation: GraphUpdateOperation, given: Option<&QueryDataset>) -> Result<Patch, Failure> {
    Ok(match operation {
        GraphUpdateOperation::InsertData { data } => {
            let mut fresh = Fresh::default();
            let added = data.into_iter().map(|quad| Quad {
                subject: fresh.subject(quad.subject),
                predicate: quad.predicate,
                object: fresh.term(quad.object),
                graph_name: name(quad.graph_name),
            });
            Patch { deleted: Vec::new(), added: added.collect() }
        }
        GraphUpdateOperation::DeleteData { data } => {
            let deleted = data.into_iter().map(|quad| Quad {
                subject: quad.subject.into(),
                predicate: quad.predicate,
                object: Term::from(quad.object),
                graph_name: name(quad.graph_name),
            });
            Patch { deleted: deleted.collect(), added: Vec::new() }
        }
        GraphUpdateOperation::DeleteInsert { delete, insert, using, pattern } => {
            if using.is_some() && given.is_some() {
                return Err(
                    Refusal::Failed("USING and WITH cannot stand beside a dataset that the request names".to_owned()).into()
                );
            }
            matched(store, &delete, &insert, using.or_else(|| given.cloned()), *pattern)?
        }
        GraphUpdateOperation::Load { source, .. } => return Err(Refusal::ServiceRefused(Some(source.into_string())).into()),
        GraphUpdateOperation::Clear { graph, .. } | GraphUpdateOperation::Drop { graph, .. } => {
            let deleted = match graph {
                GraphTarget::NamedNode(node) if words::is_made(node.as_str()) => {
                    return Err(Refusal::Made(node.into_string()).into());
                }
                GraphTarget::NamedNode(node) => store.quads(Some(&node.into())).map_err(failed)?,
                GraphTarget::DefaultGraph => store.quads(Some(&GraphName::DefaultGraph)).map_err(failed)?,
                target => {
                    let mut quads = store.quads(None).map_err(failed)?;
                    quads.retain(|quad| match graph_iri(&quad.graph_name) {
                        Some(name) => !words::is_made(&name),
                        None => target == GraphTarget::AllGraphs,
                    });
                    quads
                }
            };
            Patch { deleted, added: Vec::new() }
        }
        // A graph is there when something is in it.
        GraphUpdateOperation::Create { .. } => Patch::default(),
    })
}

/// What a template makes of each solution of a pattern.
fn matched(
    store: &Store,
    delete: &[GroundQuadPattern],
    insert: &[QuadPattern],
    dataset: Option<QueryDataset>,
    pattern: GraphPattern,
) -> Result<Patch, Failure> {
    let mut variables: Vec<Variable> = Vec::new();
    pattern.on_in_scope_variable(|variable| {
        if !variables.contains(variable) {
            variables.push(variable.clone());
        }
    });
    let pattern = GraphPattern::Project { inner: Box::new(pattern), variables };
    let results = store.query(Query::Select { dataset, pattern, base_iri: None }).map_err(|error| match error {
        StoreError::Evaluation(error) => Failure::from(cannot(error)),
        other => failed(other),
    })?;
    let QueryResults::Solutions(solutions) = results else { return Err(Refusal::Internal("no solutions".to_owned()).into()) };
    let (mut deleted, mut added) = (HashSet::new(), HashSet::new());
    for solution in solutions {
        let solution = solution.map_err(cannot)?;
        let mut fresh = Fresh::default();
        deleted.extend(delete.iter().filter_map(|quad| deleted_by(quad, &solution)));
        added.extend(insert.iter().filter_map(|quad| added_by(quad, &solution, &mut fresh)));
    }
    Ok(Patch { deleted: deleted.into_iter().collect(), added: added.into_iter().collect() })
}

fn deleted_by(quad: &GroundQuadPattern, solution: &QuerySolution) -> Option<Quad> {
    Some(Quad {
        subject: subject(ground(&quad.subject, solution)?)?,
        predicate: predicate(&quad.predicate, solution)?,
        object: ground(&quad.object, solution)?,
        graph_name: graph(&quad.graph_name, solution)?,
    })
}

fn added_by(quad: &QuadPattern, solution: &QuerySolution, fresh: &mut Fresh) -> Option<Quad> {
    Some(Quad {
        subject: subject(made(&quad.subject, solution, fresh)?)?,
        predicate: predicate(&quad.predicate, solution)?,
        object: made(&quad.object, solution, fresh)?,
        graph_name: graph(&quad.graph_name, solution)?,
    })
}

fn ground(pattern: &GroundTermPattern, solution: &QuerySolution) -> Option<Term> {
    Some(match pattern {
        GroundTermPattern::NamedNode(node) => node.clone().into(),
        GroundTermPattern::Literal(literal) => literal.clone().into(),
        GroundTermPattern::Variable(variable) => solution.get(variable)?.clone(),
        GroundTermPattern::Triple(triple) => Term::Triple(Box::new(Triple {
            subject: subject(ground(&triple.subject, solution)?)?,
            predicate: predicate(&triple.predicate, solution)?,
            object: ground(&triple.object, solution)?,
        })),
    })
}

fn made(pattern: &TermPattern, solution: &QuerySolution, fresh: &mut Fresh) -> Option<Term> {
    Some(match pattern {
        TermPattern::NamedNode(node) => node.clone().into(),
        TermPattern::Literal(literal) => literal.clone().into(),
        TermPattern::Variable(variable) => solution.get(variable)?.clone(),
        TermPattern::BlankNode(node) => fresh.node(node).into(),
        TermPattern::Triple(triple) => Term::Triple(Box::new(Triple {
            subject: subject(made(&triple.subject, solution, fresh)?)?,
            predicate: predicate(&triple.predicate, solution)?,
            object: made(&triple.object, solution, fresh)?,
        })),
    })
}

fn subject(term: Term) -> Option<NamedOrBlankNode> {
    match term {
        Term::NamedNode(node) => Some(node.into()),
        Term::BlankNode(node) => Some(node.into()),
        _ => None,
    }
}

fn predicate(pattern: &NamedNodePattern, solution: &QuerySolution) -> Option<NamedNode> {
    match pattern {
        NamedNodePattern::NamedNode(node) => Some(node.clone()),
        NamedNodePattern::Variable(variable) => NamedNode::try_from(solution.get(variable)?.clone()).ok(),
    }
}

fn graph(pattern: &GraphNamePattern, solution: &QuerySolution) -> Option<GraphName> {
    match pattern {
        GraphNamePattern::NamedNode(node) => Some(node.clone().into()),
        GraphNamePattern::DefaultGraph => Some(GraphName::DefaultGraph),
        GraphNamePattern::Variable(variable) => NamedNode::try_from(solution.get(variable)?.clone()).ok().map(GraphName::from),
    }
}

/// The blank nodes of one request or solution: new ones, the same for the same name.
#[derive(Default)]
struct Fresh(HashMap<BlankNode, BlankNode>);

impl Fresh {
    fn node(&mut self, named: &BlankNode) -> BlankNode {
        self.0.entry(named.clone()).or_default().clone()
    }

    fn subject(&mut self, subject: NamedOrBlankNode) -> NamedOrBlankNode {
        match subject {
            NamedOrBlankNode::BlankNode(node) => self.node(&node).into(),
            named @ NamedOrBlankNode::NamedNode(_) => named,
        }
    }

    fn term(&mut self, term: Term) -> Term {
        match term {
            Term::BlankNode(node) => self.node(&node).into(),
            Term::Triple(triple) => Term::Triple(Box::new(Triple {
                subject: self.subject(triple.subject),
                predicate: triple.predicate,
                object: self.term(triple.object),
            })),
            other => other,
        }
    }
}

fn name(graph: Graph) -> GraphName {
    match graph {
        Graph::NamedNode(node) => node.into(),
        Graph::DefaultGraph => GraphName::DefaultGraph,
    }
}

fn graph_name(graph: Option<&str>) -> Result<GraphName, Refusal> {
    let Some(iri) = graph else { return Ok(GraphName::DefaultGraph) };
    NamedNode::new(iri)
        .map(GraphName::from)
        .map_err(|error| Refusal::MalformedGraph(format!("`{iri}` is no absolute IRI: {error}")))
}

fn failed(error: StoreError) -> Failure {
    Refusal::Internal(error.to_string()).into()
}
