//! The graph: named graphs of quads, and SPARQL over them; in memory, or in an engine elsewhere ([`remote`]), with the same outside.
//! Enter at [`Store`]. A store in memory reaches no network: `SERVICE` has no handler and fails.
//! Parsing text from outside, formats of answers and deadlines are the callers' matter.

mod pattern;
pub mod remote;
mod updates;
mod virtuoso;

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::sync::Arc;

use oxigraph::io::{RdfFormat, RdfParseError, RdfParser, RdfSerializer};
use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, NamedOrBlankNodeRef, Quad, Term, TermRef, Triple};
use oxigraph::sparql::{QueryEvaluationError, QueryResults, SparqlEvaluator};
use oxigraph::store::{QuadIter, StorageError};
use spargebra::Query;

use crate::patch::Patch;
use pattern::Pattern;
pub use pattern::{ask_as_written, asking, count};
use remote::{Remote, RemoteError};
pub use updates::{Exchange, exchange, text_of};

/// An RDF dataset. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    place: Place,
}

#[derive(Clone)]
enum Place {
    Memory(oxigraph::store::Store),
    Elsewhere(Arc<Remote>),
}

/// Why the store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the query could not be evaluated: {0}")]
    Evaluation(#[from] QueryEvaluationError),
    #[error("the store failed: {0}")]
    Storage(#[from] StorageError),
    #[error("the copy could not be read: {0}")]
    Copy(#[from] RdfParseError),
    #[error("the copy could not be written: {0}")]
    Io(#[from] io::Error),
    #[error("expected a {expected} query")]
    Form { expected: &'static str },
    #[error(transparent)]
    Remote(#[from] RemoteError),
}

/// The table a SELECT query yields: a row has one cell per column, empty where the variable is unbound.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<Term>>>,
}

impl Store {
    /// An empty store in memory.
    ///
    /// # Errors
    /// When the engine cannot make one.
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self { place: Place::Memory(oxigraph::store::Store::new()?) })
    }

    /// What an engine elsewhere holds.
    pub fn elsewhere(remote: Arc<Remote>) -> Self {
        Self { place: Place::Elsewhere(remote) }
    }

    /// The engine, where the graph is elsewhere.
    pub fn remote(&self) -> Option<&Arc<Remote>> {
        match &self.place {
            Place::Memory(_) => None,
            Place::Elsewhere(remote) => Some(remote),
        }
    }

    /// Adds quads, all of them or none; to an engine elsewhere a part at a time.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn insert(&self, quads: impl IntoIterator<Item = Quad>) -> Result<(), StoreError> {
        match &self.place {
            Place::Memory(store) => Ok(store.extend(quads)?),
            Place::Elsewhere(remote) => Ok(updates::insert(remote, quads)?),
        }
    }

    /// Deletes and then adds, all of it or nothing.
    ///
    /// # Errors
    /// When the engine fails; or is elsewhere, where changes are [`exchange`]d.
    pub fn apply(&self, patch: &Patch) -> Result<(), StoreError> {
        let store = match &self.place {
            Place::Memory(store) => store,
            Place::Elsewhere(remote) => {
                let what = "changes without a version that they are made for".to_owned();
                return Err(RemoteError::Lacks { url: remote.address.update.clone(), what }.into());
            }
        };
        let mut transaction = store.start_transaction()?;
        patch.deleted.iter().for_each(|quad| transaction.remove(quad));
        transaction.extend(&patch.added);
        // The engine remembers graphs that hold nothing any more.
        let graphs: BTreeSet<String> = patch.deleted.iter().filter_map(|quad| graph_iri(&quad.graph_name)).collect();
        for graph in graphs {
            let name = NamedNode::new_unchecked(graph);
            if transaction.quads_for_pattern(None, None, None, Some(name.as_ref().into())).next().is_none() {
                transaction.remove_named_graph(&name)?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// All quads of one graph, or of all graphs; of an engine elsewhere those in named graphs.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn quads(&self, graph: Option<&GraphName>) -> Result<Vec<Quad>, StoreError> {
        match &self.place {
            Place::Memory(store) => {
                let graph = graph.map(GraphName::as_ref);
                Ok(store.quads_for_pattern(None, None, None, graph).collect::<Result<_, _>>()?)
            }
            Place::Elsewhere(_) if graph.is_some() => pattern::quads(self, Pattern { graph, ..Pattern::default() }),
            // One after the other: engines bound how much an answer holds.
            Place::Elsewhere(remote) => {
                let mut quads = Vec::new();
                for graph in &remote.dataset.ours {
                    quads.extend(self.quads(Some(&named(graph)))?);
                }
                Ok(quads)
            }
        }
    }

    /// The named graphs that hold something, sorted by IRI.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn graphs(&self) -> Result<BTreeSet<String>, StoreError> {
        let store = match &self.place {
            Place::Memory(store) => store,
            Place::Elsewhere(remote) => return Ok(remote.dataset.ours.clone()),
        };
        let mut names = BTreeSet::new();
        for graph in store.named_graphs() {
            if let oxigraph::model::NamedOrBlankNode::NamedNode(name) = graph? {
                names.insert(name.into_string());
            }
        }
        Ok(names)
    }

    /// What is said of a thing.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn said_of(&self, thing: NamedOrBlankNodeRef<'_>) -> Result<Vec<Quad>, StoreError> {
        self.matching(Some(thing), None, None).collect()
    }

    /// What points at a thing: at most so many quads, for there may be a great many.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn pointing_at(&self, thing: NamedNodeRef<'_>, most: usize) -> Result<Vec<Quad>, StoreError> {
        match &self.place {
            Place::Memory(_) => self.matching(None, None, Some(thing.into())).take(most).collect(),
            Place::Elsewhere(_) => {
                let object = Some(thing.into_owned().into());
                pattern::quads(self, Pattern { object, most: Some(most), ..Pattern::default() })
            }
        }
    }

    /// The quads that match, whatever their graphs, found as they are taken.
    pub fn matching(
        &self,
        subject: Option<NamedOrBlankNodeRef<'_>>,
        predicate: Option<NamedNodeRef<'_>>,
        object: Option<TermRef<'_>>,
    ) -> impl Iterator<Item = Result<Quad, StoreError>> + use<> {
        let found: Box<dyn Iterator<Item = Result<Quad, StoreError>>> = match &self.place {
            Place::Memory(store) => Box::new(store.quads_for_pattern(subject, predicate, object, None).map(|quad| Ok(quad?))),
            Place::Elsewhere(_) => {
                let (subject, predicate) =
                    (subject.map(NamedOrBlankNodeRef::into_owned), predicate.map(NamedNodeRef::into_owned));
                let pattern = Pattern { subject, predicate, object: object.map(TermRef::into_owned), ..Pattern::default() };
                match pattern::quads(self, pattern) {
                    Ok(quads) => Box::new(quads.into_iter().map(Ok)),
                    Err(error) => Box::new(std::iter::once(Err(error))),
                }
            }
        };
        found
    }

    /// Whether a quad is there.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn contains(&self, quad: &Quad) -> Result<bool, StoreError> {
        match &self.place {
            Place::Memory(store) => Ok(store.contains(quad)?),
            Place::Elsewhere(_) => {
                let pattern = Pattern {
                    subject: Some(quad.subject.clone()),
                    predicate: Some(quad.predicate.clone()),
                    object: Some(quad.object.clone()),
                    graph: Some(&quad.graph_name),
                    most: Some(1),
                };
                Ok(!pattern::quads(self, pattern)?.is_empty())
            }
        }
    }

    /// Evaluates a query. Without a dataset of its own, its default graph is the union of all graphs.
    /// The results stay on the calling thread.
    ///
    /// # Errors
    /// When evaluation cannot start.
    pub fn query(&self, query: Query) -> Result<QueryResults<'static>, StoreError> {
        self.query_with(query, |evaluator| evaluator)
    }

    /// Evaluates a query by an evaluator that knows more, such as whom `SERVICE` may ask.
    ///
    /// # Errors
    /// When evaluation cannot start.
    pub fn query_with(
        &self,
        query: Query,
        taught: impl FnOnce(SparqlEvaluator) -> SparqlEvaluator,
    ) -> Result<QueryResults<'static>, StoreError> {
        let store = match &self.place {
            Place::Memory(store) => store,
            Place::Elsewhere(remote) => return pattern::ask(remote, query),
        };
        let mut prepared = taught(SparqlEvaluator::new().without_default_http_service_handler()).for_query(query);
        if prepared.dataset().is_default_dataset() {
            prepared.dataset_mut().set_default_graph_as_union();
        }
        Ok(prepared.on_store(store).execute()?)
    }

    /// Evaluates a SELECT query whole.
    ///
    /// # Errors
    /// When the query is of another form or fails.
    pub fn select(&self, query: Query) -> Result<Table, StoreError> {
        let QueryResults::Solutions(solutions) = self.query(query)? else {
            return Err(StoreError::Form { expected: "SELECT" });
        };
        let columns = solutions.variables().iter().map(|v| v.as_str().to_owned()).collect();
        let rows = solutions.map(|solution| Ok(solution?.values().to_vec())).collect::<Result<_, QueryEvaluationError>>()?;
        Ok(Table { columns, rows })
    }

    /// Evaluates an ASK query.
    ///
    /// # Errors
    /// When the query is of another form or fails.
    pub fn ask(&self, query: Query) -> Result<bool, StoreError> {
        match self.query(query)? {
            QueryResults::Boolean(holds) => Ok(holds),
            _ => Err(StoreError::Form { expected: "ASK" }),
        }
    }

    /// Evaluates a CONSTRUCT query whole.
    ///
    /// # Errors
    /// When the query is of another form or fails.
    pub fn construct(&self, query: Query) -> Result<Vec<Triple>, StoreError> {
        let QueryResults::Graph(triples) = self.query(query)? else {
            return Err(StoreError::Form { expected: "CONSTRUCT" });
        };
        Ok(triples.collect::<Result<_, _>>()?)
    }

    /// All quads as they are now, to be written later; of an engine elsewhere none, since who reads them asks that engine.
    pub fn snapshot(&self) -> Snapshot {
        match &self.place {
            Place::Memory(store) => Snapshot { quads: Some(store.iter()) },
            Place::Elsewhere(_) => Snapshot { quads: None },
        }
    }

    /// A store in memory of what [`Snapshot::write`] wrote.
    ///
    /// # Errors
    /// When it cannot be read, or is no N-Quads.
    pub fn read(from: impl Read) -> Result<Self, StoreError> {
        let store = Self::new()?;
        let quads = RdfParser::from_format(RdfFormat::NQuads).for_reader(from).collect::<Result<Vec<_>, _>>()?;
        store.insert(quads)?;
        Ok(store)
    }

    /// The number of quads.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn len(&self) -> Result<usize, StoreError> {
        match &self.place {
            Place::Memory(store) => Ok(store.len()?),
            Place::Elsewhere(remote) => remote.dataset.ours.iter().map(|graph| count(self, graph)).sum(),
        }
    }

    /// Whether there is no quad at all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }
}

/// The quads of one moment.
pub struct Snapshot {
    quads: Option<QuadIter<'static>>,
}

impl Snapshot {
    /// All quads as N-Quads; they keep the names of their blank nodes.
    ///
    /// # Errors
    /// When the engine fails or nobody takes what is written.
    pub fn write(self, to: impl Write) -> Result<(), StoreError> {
        let mut writer = RdfSerializer::from_format(RdfFormat::NQuads).for_writer(to);
        for quad in self.quads.into_iter().flatten() {
            writer.serialize_quad(&quad?)?;
        }
        Ok(writer.finish()?.flush()?)
    }
}

/// Quads as N-Quads; they keep the names of their blank nodes.
pub fn n_quads<'a>(quads: impl IntoIterator<Item = &'a Quad>) -> Vec<u8> {
    quads.into_iter().flat_map(|quad| format!("{quad} .\n").into_bytes()).collect()
}

/// The name of a graph as a quad carries it.
pub fn named(graph: &str) -> GraphName {
    GraphName::NamedNode(NamedNode::new_unchecked(graph))
}

/// The IRI of a graph that has one.
pub fn graph_iri(graph: &GraphName) -> Option<String> {
    match graph {
        GraphName::NamedNode(name) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

/// A term as plain text: an IRI as it is, a literal's value.
pub fn text(term: &Term) -> String {
    match term {
        Term::NamedNode(node) => node.as_str().to_owned(),
        Term::Literal(literal) => literal.value().to_owned(),
        other => other.to_string(),
    }
}
