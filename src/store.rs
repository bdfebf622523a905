//! The graph in memory: named graphs of quads, and SPARQL over them.
//! Enter at [`Store`]. Nothing here reaches the network: `SERVICE` has no handler and fails.
//! Parsing text from outside, formats of answers and deadlines are the callers' matter.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use oxigraph::io::{RdfFormat, RdfParseError, RdfParser, RdfSerializer};
use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, NamedOrBlankNodeRef, Quad, Term, TermRef, Triple};
use oxigraph::sparql::{QueryEvaluationError, QueryResults, SparqlEvaluator};
use oxigraph::store::{QuadIter, StorageError};
use spargebra::Query;

use crate::patch::Patch;

/// An embedded RDF dataset. Cloning shares it.
#[derive(Clone)]
pub struct Store {
    inner: oxigraph::store::Store,
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
}

/// The table a SELECT query yields: a row has one cell per column, empty where the variable is unbound.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<Term>>>,
}

impl Store {
    /// An empty store.
    ///
    /// # Errors
    /// When the engine cannot make one.
    pub fn new() -> Result<Self, StoreError> {
        Ok(Self { inner: oxigraph::store::Store::new()? })
    }

    /// Adds quads, all of them or none.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn insert(&self, quads: impl IntoIterator<Item = Quad>) -> Result<(), StoreError> {
        Ok(self.inner.extend(quads)?)
    }

    /// Deletes and then adds, all of it or nothing.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn apply(&self, patch: &Patch) -> Result<(), StoreError> {
        let mut transaction = self.inner.start_transaction()?;
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

    /// All quads of one graph, or of all graphs.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn quads(&self, graph: Option<&GraphName>) -> Result<Vec<Quad>, StoreError> {
        let graph = graph.map(GraphName::as_ref);
        Ok(self.inner.quads_for_pattern(None, None, None, graph).collect::<Result<_, _>>()?)
    }

    /// The named graphs that hold something, sorted by IRI.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn graphs(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut names = BTreeSet::new();
        for graph in self.inner.named_graphs() {
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
        Ok(self.inner.quads_for_pattern(Some(thing), None, None, None).collect::<Result<_, _>>()?)
    }

    /// What points at a thing: at most so many quads, for there may be a great many.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn pointing_at(&self, thing: NamedNodeRef<'_>, most: usize) -> Result<Vec<Quad>, StoreError> {
        Ok(self.inner.quads_for_pattern(None, None, Some(thing.into()), None).take(most).collect::<Result<_, _>>()?)
    }

    /// The quads that match, whatever their graphs, found as they are taken.
    pub fn matching(
        &self,
        subject: Option<NamedOrBlankNodeRef<'_>>,
        predicate: Option<NamedNodeRef<'_>>,
        object: Option<TermRef<'_>>,
    ) -> impl Iterator<Item = Result<Quad, StoreError>> + use<> {
        self.inner.quads_for_pattern(subject, predicate, object, None).map(|quad| Ok(quad?))
    }

    /// Whether a quad is there.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn contains(&self, quad: &Quad) -> Result<bool, StoreError> {
        Ok(self.inner.contains(quad)?)
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
        let mut prepared = taught(SparqlEvaluator::new().without_default_http_service_handler()).for_query(query);
        if prepared.dataset().is_default_dataset() {
            prepared.dataset_mut().set_default_graph_as_union();
        }
        Ok(prepared.on_store(&self.inner).execute()?)
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

    /// All quads as they are now, to be written later.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { quads: self.inner.iter() }
    }

    /// A store of what [`Snapshot::write`] wrote.
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
        Ok(self.inner.len()?)
    }

    /// Whether there is no quad at all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.inner.is_empty()?)
    }
}

/// The quads of one moment.
pub struct Snapshot {
    quads: QuadIter<'static>,
}

impl Snapshot {
    /// All quads as N-Quads; they keep the names of their blank nodes.
    ///
    /// # Errors
    /// When the engine fails or nobody takes what is written.
    pub fn write(self, to: impl Write) -> Result<(), StoreError> {
        let mut writer = RdfSerializer::from_format(RdfFormat::NQuads).for_writer(to);
        for quad in self.quads {
            writer.serialize_quad(&quad?)?;
        }
        Ok(writer.finish()?.flush()?)
    }
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
