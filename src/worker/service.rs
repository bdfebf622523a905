//! `SERVICE`: endpoints that the operator listed, asked within bounds of number, time and size; any other is refused.
//! A redirect is not followed, and of the formats of results only JSON is read, which has no entities to expand.

use std::error::Error;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oxigraph::model::NamedNode;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsParseError, QueryResultsParser, ReaderQueryResultsParserOutput};
use oxigraph::sparql::{DefaultServiceHandler, QueryEvaluationError, QuerySolutionIter, SparqlEvaluator};
use oxiri::Iri;
use spargebra::Query;
use spargebra::algebra::GraphPattern;

use super::Refusal;

/// The most calls of one query: a `SERVICE` inside a join may be asked once for each row.
const MOST_CALLS: usize = 20;

/// The longest that one call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The most bytes of one answer.
const MOST_BYTES: u64 = 16 << 20;

const JSON: &str = "application/sparql-results+json";

/// The endpoints that one query may ask, and what became of it.
#[derive(Clone)]
pub struct Services {
    allowed: Arc<[String]>,
    calls: Arc<AtomicUsize>,
    refused: Arc<Mutex<Option<String>>>,
}

/// Why an endpoint gave nothing.
#[derive(Debug, thiserror::Error)]
enum ServiceError {
    #[error("{0} is not allowed")]
    Refused(String),
    #[error("a query may ask other endpoints {MOST_CALLS} times, and this one asks more often")]
    TooOften,
    #[error("{0} could not be asked: {1}")]
    Unreachable(String, #[source] Box<ureq::Error>),
    #[error("{endpoint} answered {status}; a redirect is not followed")]
    Status { endpoint: String, status: u16 },
    #[error("{0} gave no {JSON}: {1}")]
    Unreadable(String, #[source] Box<QueryResultsParseError>),
    #[error("{0} gave no solutions")]
    NoSolutions(String),
}

impl Services {
    /// For one query.
    pub fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.into(), calls: Arc::default(), refused: Arc::default() }
    }

    /// An evaluator that asks here.
    pub fn attach(&self, evaluator: SparqlEvaluator) -> SparqlEvaluator {
        evaluator.with_default_service_handler(self.clone())
    }

    /// The refusal that a `SILENT` may have hidden.
    pub fn refused(&self) -> Option<Refusal> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.clone().map(|endpoint| Refusal::ServiceRefused(Some(endpoint)))
    }

    fn ask(&self, endpoint: &str, query: &str) -> Result<QuerySolutionIter<'static>, ServiceError> {
        if !self.allowed.iter().any(|allowed| allowed == endpoint) {
            self.refused.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| endpoint.to_owned());
            return Err(ServiceError::Refused(endpoint.to_owned()));
        }
        if self.calls.fetch_add(1, Ordering::Relaxed) >= MOST_CALLS {
            return Err(ServiceError::TooOften);
        }
        let name = || endpoint.to_owned();
        let response = agent()
            .post(endpoint)
            .header("accept", JSON)
            .header("content-type", "application/sparql-query")
            .send(query)
            .map_err(|error| ServiceError::Unreachable(name(), Box::new(error)))?;
        if !response.status().is_success() {
            return Err(ServiceError::Status { endpoint: name(), status: response.status().as_u16() });
        }
        let mut body = Vec::new();
        let read = response.into_body().into_reader().take(MOST_BYTES).read_to_end(&mut body);
        let unreadable = |error| ServiceError::Unreadable(name(), Box::new(error));
        read.map_err(|error| unreadable(error.into()))?;
        let parser = QueryResultsParser::from_format(QueryResultsFormat::Json);
        // What is longer than we take ends in the middle, which is no JSON.
        match parser.for_reader(std::io::Cursor::new(body)).map_err(unreadable)? {
            ReaderQueryResultsParserOutput::Solutions(solutions) => Ok(QuerySolutionIter::new(
                solutions.variables().into(),
                solutions.map(|solution| solution.map_err(|error| QueryEvaluationError::Service(Box::new(error)))),
            )),
            ReaderQueryResultsParserOutput::Boolean(_) => Err(ServiceError::NoSolutions(name())),
        }
    }
}

/// What a query is told whose `SERVICE` failed.
pub fn refusal(error: &(dyn Error + 'static)) -> Refusal {
    match error.downcast_ref() {
        Some(error @ ServiceError::TooOften) => Refusal::Failed(error.to_string()),
        _ => Refusal::ServiceFailed(error.to_string()),
    }
}

impl DefaultServiceHandler for Services {
    type Error = QueryEvaluationError;

    fn handle(
        &self,
        service_name: &NamedNode,
        pattern: &GraphPattern,
        base_iri: Option<&Iri<String>>,
    ) -> Result<QuerySolutionIter<'static>, QueryEvaluationError> {
        let query = Query::Select { dataset: None, pattern: pattern.clone(), base_iri: base_iri.cloned() };
        self.ask(service_name.as_str(), &query.to_string()).map_err(|error| match error {
            ServiceError::Refused(_) => QueryEvaluationError::UnsupportedService(service_name.clone()),
            other => QueryEvaluationError::Service(Box::new(other)),
        })
    }
}

/// Asks the very address it is told, without a proxy of the environment's.
fn agent() -> ureq::Agent {
    let agent = ureq::Agent::config_builder().timeout_global(Some(PATIENCE)).max_redirects(0).http_status_as_error(false);
    agent.proxy(None).build().into()
}
