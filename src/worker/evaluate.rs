//! One job: parse, evaluate, write.

use std::io::{self, Write};

use oxigraph::io::{RdfFormat, RdfSerializer};
use oxigraph::model::NamedNode;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{QueryEvaluationError, QueryResults};
use spargebra::Query;
use spargebra::algebra::QueryDataset;

use super::reply::Out;
use super::service::{self, Services};
use super::{Job, Operation, Refusal, change};
use crate::patch;
use crate::rq::{TextError, parse_query, parse_update};
use crate::store::remote::RemoteError;
use crate::store::{Store, StoreError, ask_as_written};
use crate::words;

/// Why a job did not end well.
pub enum Failure {
    Refused(Refusal),
    /// What was written went nowhere.
    Io(io::Error),
}

impl From<Refusal> for Failure {
    fn from(why: Refusal) -> Self {
        Self::Refused(why)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Does the job, or says why not.
pub fn answer<W: Write>(store: &Store, job: &Job, allowed: &[String], out: &mut Out<W>) -> Result<(), Failure> {
    match job.operation {
        Operation::Update => {
            parse_update(&job.text).map_err(malformed)?;
            Ok(())
        }
        Operation::Change => {
            let patch = match &job.graph_written {
                Some(written) => change::of_graph(store, job, written)?,
                None => change::by_update(store, job)?,
            };
            out.set_media_type(patch::MEDIA_TYPE);
            write!(out, "{patch}")?;
            Ok(())
        }
        Operation::Query => {
            let query = with_dataset(parse_query(&job.text).map_err(malformed)?, job)?;
            let media_type = match &query {
                Query::Select { .. } | Query::Ask { .. } => job.table.as_deref().ok_or(Refusal::NoTable)?,
                Query::Construct { .. } | Query::Describe { .. } => job.graph.as_deref().ok_or(Refusal::NoGraph)?,
            };
            out.set_media_type(media_type);
            let services = Services::new(allowed);
            let evaluated = evaluate(store, (query, &job.text), media_type, &services, out);
            // `SERVICE SILENT` hides a refusal, and an answer without its part would look whole.
            services.refused().map_or(evaluated, |why| Err(why.into()))
        }
    }
}

pub fn malformed(error: TextError) -> Refusal {
    match error {
        TextError::Update => Refusal::Update,
        TextError::Malformed(what) => Refusal::Malformed(what),
    }
}

/// The dataset that the protocol names replaces the query's own.
fn with_dataset(mut query: Query, job: &Job) -> Result<Query, Refusal> {
    if job.default_graphs.is_empty() && job.named_graphs.is_empty() {
        return Ok(query);
    }
    let iri = |iri: &String| {
        NamedNode::new(iri).map_err(|error| Refusal::MalformedGraph(format!("`{iri}` is no absolute IRI: {error}")))
    };
    let given = QueryDataset {
        default: job.default_graphs.iter().map(iri).collect::<Result<_, _>>()?,
        named: Some(job.named_graphs.iter().map(iri).collect::<Result<_, _>>()?),
    };
    let (Query::Select { dataset, .. }
    | Query::Construct { dataset, .. }
    | Query::Describe { dataset, .. }
    | Query::Ask { dataset, .. }) = &mut query;
    *dataset = Some(given);
    Ok(query)
}

fn evaluate<W: Write>(
    store: &Store,
    (query, text): (Query, &str),
    media_type: &str,
    services: &Services,
    out: &mut Out<W>,
) -> Result<(), Failure> {
    let results = match store.remote() {
        Some(remote) => ask_as_written(remote, &query, text),
        None => store.query_with(query, |evaluator| services.attach(evaluator)),
    };
    let results = results.map_err(|error| match error {
        StoreError::Evaluation(error) => cannot(error),
        StoreError::Remote(error @ RemoteError::Status { status: 400..=499, .. }) => Refusal::Failed(error.to_string()),
        StoreError::Remote(RemoteError::Lacks { .. }) => Refusal::ServiceRefused(None),
        StoreError::Remote(error) => Refusal::Elsewhere(error.to_string()),
        other => Refusal::Internal(other.to_string()),
    })?;
    let unknown = || Refusal::Internal(format!("{media_type} is no format for these results"));
    let table = || QueryResultsFormat::from_media_type(media_type).map(QueryResultsSerializer::from_format).ok_or_else(unknown);
    match results {
        QueryResults::Boolean(value) => {
            table()?.serialize_boolean_to_writer(out, value)?;
        }
        QueryResults::Solutions(solutions) => {
            let mut writer = table()?.serialize_solutions_to_writer(out, solutions.variables().to_vec())?;
            for solution in solutions {
                writer.serialize(&solution.map_err(cannot)?)?;
            }
            writer.finish()?;
        }
        QueryResults::Graph(triples) => {
            let mut serializer = RdfSerializer::from_format(RdfFormat::from_media_type(media_type).ok_or_else(unknown)?);
            for (prefix, namespace) in words::PREFIXES {
                serializer = serializer.with_prefix(*prefix, *namespace).map_err(|error| Refusal::Internal(error.to_string()))?;
            }
            let mut writer = serializer.for_writer(out);
            for triple in triples {
                writer.serialize_triple(&triple.map_err(cannot)?)?;
            }
            writer.finish()?;
        }
    }
    Ok(())
}

/// What a query asks for and cannot have is its author's matter; the rest is ours.
pub fn cannot(error: QueryEvaluationError) -> Refusal {
    match error {
        QueryEvaluationError::Dataset(error) => Refusal::Internal(error.to_string()),
        QueryEvaluationError::Service(error) => service::refusal(&*error),
        QueryEvaluationError::UnsupportedService(endpoint) => Refusal::ServiceRefused(Some(endpoint.into_string())),
        QueryEvaluationError::UnboundService | QueryEvaluationError::InvalidServiceName(_) => Refusal::ServiceRefused(None),
        other => Refusal::Failed(other.to_string()),
    }
}
