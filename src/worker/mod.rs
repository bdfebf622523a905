//! SPARQL from strangers, evaluated in processes that can be killed: a query may overflow the stack, take all memory or never end, and
//! none of that can be caught where it happens. A worker process holds a copy of the dataset and forks itself ahead of the queries;
//! a fork answers one [`Job`] after another. Enter at [`run`] inside the worker, at [`Job`] and [`Reply`] outside.
//! Starting workers, ending them and telling clients is the front end's matter.

mod change;
pub mod control;
mod evaluate;
mod fork;
pub mod limits;
mod reply;
mod service;

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::store::remote::{Address, Dataset};

pub use fork::run;
pub use reply::Reply;

/// The most bytes of a job's frame: the largest body that a server may be told to take, as JSON.
const MOST_JOB_BYTES: usize = 256 << 20;

/// What to do with a text that somebody sent.
#[derive(Debug, Serialize, Deserialize)]
pub struct Job {
    pub operation: Operation,
    pub text: String,
    /// The dataset that the protocol names, in place of the query's own.
    pub default_graphs: Vec<String>,
    pub named_graphs: Vec<String>,
    /// The media type for solutions and truth values; none if the client takes none that there is.
    pub table: Option<String>,
    /// The media type for triples.
    pub graph: Option<String>,
    /// The graph that a change is of, where it is of one only; `text` is its content then.
    pub graph_written: Option<GraphJob>,
}

/// What to do with a graph, as the Graph Store Protocol has it.
#[derive(Debug, Serialize, Deserialize)]
pub struct GraphJob {
    /// PUT, POST, DELETE or PATCH.
    pub method: String,
    /// None for the unnamed graph.
    pub graph: Option<String>,
    /// Of the content.
    pub media_type: String,
    /// What relative IRIs are resolved against.
    pub base: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    Query,
    /// An update is parsed and no more: an empty answer says that it is one.
    Update,
    /// What an update or a new content of a graph would change, as an RDF patch. The fork's copy of the data is spoilt by it.
    Change,
}

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Not SPARQL, or not of this operation.
    Malformed(String),
    /// Longer than is taken: so many bytes.
    TooLong(usize),
    /// An update where a query belongs.
    Update,
    /// A graph of the dataset has no IRI for a name.
    MalformedGraph(String),
    /// The client takes no format for solutions.
    NoTable,
    /// The client takes no syntax for triples.
    NoGraph,
    /// `SERVICE` names an endpoint that is not allowed, if it names one at all.
    ServiceRefused(Option<String>),
    /// An allowed endpoint gave no answer that can be used.
    ServiceFailed(String),
    /// The query asks for what cannot be evaluated.
    Failed(String),
    /// A graph's content cannot be read.
    Unparsable(String),
    /// A change is of a graph that the program makes.
    Made(String),
    /// The engine elsewhere gave no answer.
    Elsewhere(String),
    /// Our own failure.
    Internal(String),
}

/// What a worker may use, and whom it may ask.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most memory of a query, beyond the dataset, in bytes.
    pub memory: u64,
    /// The endpoints that `SERVICE` may name.
    pub services: Vec<String>,
}

/// An engine elsewhere, as a worker is told of it; who we are to it stands in the environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    pub address: Address,
    pub dataset: Dataset,
}

impl Refusal {
    /// What to tell whoever asked; nothing of a failure of ours.
    pub fn told(&self) -> Option<String> {
        Some(match self {
            Self::Malformed(what) => format!("the query is malformed: {what}"),
            Self::TooLong(bytes) => format!("the query has {bytes} bytes, which is more than is taken"),
            Self::Update => "this is an update, and the graph is only read here".to_owned(),
            Self::MalformedGraph(what) | Self::ServiceFailed(what) | Self::Unparsable(what) => what.clone(),
            Self::Made(graph) => format!("the graph {graph} is made by the program"),
            Self::NoTable | Self::NoGraph => "no format of the answer is taken".to_owned(),
            Self::ServiceRefused(_) => "SERVICE would reach another server, and this one is not allowed to ask it".to_owned(),
            Self::Failed(what) => format!("the query cannot be evaluated: {what}"),
            Self::Elsewhere(_) | Self::Internal(_) => return None,
        })
    }
}

impl Job {
    /// As it goes to a fork: its length and its JSON.
    pub fn frame(&self) -> Vec<u8> {
        // Texts and lists of texts always have a JSON form.
        let json = serde_json::to_vec(self).unwrap_or_default();
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
        [&length.to_le_bytes()[..], &json].concat()
    }

    /// The next job; none when there will be no more.
    fn read(from: &mut impl Read) -> io::Result<Option<Self>> {
        let mut length = [0; 4];
        match from.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let length = u32::from_le_bytes(length) as usize;
        if length > MOST_JOB_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a job is too long"));
        }
        let mut json = vec![0; length];
        from.read_exact(&mut json)?;
        Ok(Some(serde_json::from_slice(&json)?))
    }
}
