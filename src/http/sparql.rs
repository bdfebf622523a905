//! The SPARQL 1.1 protocol's query operation: by GET, by form and by direct POST.

use std::io::Write;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oxigraph::io::RdfFormat;
use oxigraph::model::NamedNode;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{CancellationToken, QueryEvaluationError, QueryResults};
use spargebra::Query;
use spargebra::algebra::QueryDataset;

use super::problem::Problem;
use super::work::{Failure, Out, stream};
use super::{App, MOST_QUERY_BYTES, accept, ids};
use crate::rq::{TextError, parse_query};
use crate::store::{Store, StoreError};

const TABLES: &[&str] = &[
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/xml",
    "text/xml",
];
const GRAPHS: &[&str] = &[
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
];

/// A query operation as the protocol names its parts.
#[derive(Default)]
struct Operation {
    query: Option<String>,
    default_graphs: Vec<String>,
    named_graphs: Vec<String>,
}

pub async fn by_get(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let mut operation = Operation::default();
    operation.read(query.unwrap_or_default().as_bytes())?;
    run(&app, &headers, operation).await
}

pub async fn by_post(
    State(app): State<App>,
    RawQuery(url): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut operation = Operation::default();
    operation.read(url.unwrap_or_default().as_bytes())?;
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => operation.read(&taken(body)?)?,
        "application/sparql-query" => {
            let query = String::from_utf8(taken(body)?.to_vec()).map_err(|_| bad("not-utf-8", "The query is not UTF-8."))?;
            if operation.query.replace(query).is_some() {
                return Err(bad("two-queries", "There is a query in the URL and another in the body; send one."));
            }
        }
        "application/sparql-update" => return Err(read_only()),
        _ => {
            let detail = format!("A body of type `{content_type}` is no SPARQL query.");
            let hint = "Send application/x-www-form-urlencoded with query=…, or application/sparql-query.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail).hint(hint));
        }
    }
    run(&app, &headers, operation).await
}

impl Operation {
    /// Adds what a query string or a form says.
    fn read(&mut self, form: &[u8]) -> Result<(), Problem> {
        for (name, value) in form_urlencoded::parse(form) {
            match name.as_ref() {
                "query" if self.query.is_some() => return Err(bad("two-queries", "`query` is given twice; send one.")),
                "query" => self.query = Some(value.into_owned()),
                "default-graph-uri" => self.default_graphs.push(value.into_owned()),
                "named-graph-uri" => self.named_graphs.push(value.into_owned()),
                "update" => return Err(read_only()),
                // The protocol lets clients send parameters of their own.
                _ => {}
            }
        }
        Ok(())
    }
}

/// The body, unless it is longer than a query may be.
fn taken(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(format!("The body has more than {MOST_QUERY_BYTES} bytes.")),
        _ => bad("unreadable-body", "The body ended before it was read."),
    })
}

fn too_large(detail: String) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "query-too-large", detail)
}

async fn run(app: &App, headers: &HeaderMap, operation: Operation) -> Result<Response, Problem> {
    let Some(text) = operation.query.filter(|query| !query.trim().is_empty()) else {
        let hint = "For instance /sparql?query=ASK%20%7B%7D, or POST a form with query=….";
        return Err(bad("missing-query", "There is no `query`.").hint(hint));
    };
    ids::note_query(&text);
    if text.len() > MOST_QUERY_BYTES {
        let detail = format!("The query has {} bytes; at most {MOST_QUERY_BYTES} are taken.", text.len());
        return Err(too_large(detail));
    }
    let store = app.knowledge.current().store.clone();
    // The format depends on the query's form, which is known once it is parsed: off this thread, for its stack.
    let (table, graph) = (accept::choose(headers, TABLES), accept::choose(headers, GRAPHS));
    let media_type = std::sync::Arc::new(std::sync::OnceLock::new());
    let chosen = media_type.clone();
    let (defaults, named) = (operation.default_graphs, operation.named_graphs);
    let mut response = stream(app, "application/octet-stream", move |out, cancel| {
        let query = with_dataset(parse(&text)?, &defaults, &named)?;
        let format = match &query {
            Query::Select { .. } | Query::Ask { .. } => table?,
            Query::Construct { .. } | Query::Describe { .. } => graph?,
        };
        let _ = chosen.set(format);
        evaluate(&store, query, format, out, cancel)
    })
    .await?;
    if let Some(format) = media_type.get() {
        let charset = if format.starts_with("text/") { format!("{format}; charset=utf-8") } else { (*format).to_owned() };
        let value = charset.parse().map_err(|error: header::InvalidHeaderValue| Problem::internal(&error))?;
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response.headers_mut().insert(header::VARY, header::HeaderValue::from_static("accept"));
    Ok(response.into_response())
}

fn parse(text: &str) -> Result<Query, Problem> {
    parse_query(text).map_err(|error| match error {
        TextError::Update => read_only(),
        TextError::Malformed(what) => bad("malformed-query", format!("The query is malformed: {what}.")),
    })
}

/// The dataset that the protocol names replaces the query's own.
fn with_dataset(mut query: Query, defaults: &[String], named: &[String]) -> Result<Query, Problem> {
    if defaults.is_empty() && named.is_empty() {
        return Ok(query);
    }
    let iri = |iri: &String| NamedNode::new(iri).map_err(|error| bad("malformed-graph", format!("`{iri}` is no IRI: {error}.")));
    let named_graphs: Vec<NamedNode> = named.iter().map(iri).collect::<Result<_, _>>()?;
    let given = QueryDataset { default: defaults.iter().map(iri).collect::<Result<_, _>>()?, named: Some(named_graphs) };
    let (Query::Select { dataset, .. }
    | Query::Construct { dataset, .. }
    | Query::Describe { dataset, .. }
    | Query::Ask { dataset, .. }) = &mut query;
    *dataset = Some(given);
    Ok(query)
}

fn evaluate(store: &Store, query: Query, format: &str, out: &mut Out, cancel: CancellationToken) -> Result<(), Failure> {
    let cancelled = cancel.clone();
    let failed = |error: QueryEvaluationError| -> Failure {
        if cancelled.is_cancelled() { Failure::Cut(std::io::ErrorKind::TimedOut.into()) } else { cannot(error).into() }
    };
    let results = store.query(query, cancel.clone()).map_err(|error| match error {
        StoreError::Evaluation(error) => failed(error),
        other => Problem::from(other).into(),
    })?;
    match results {
        QueryResults::Boolean(value) => {
            table(format)?.serialize_boolean_to_writer(out, value)?;
        }
        QueryResults::Solutions(solutions) => {
            let mut writer = table(format)?.serialize_solutions_to_writer(out, solutions.variables().to_vec())?;
            for solution in solutions {
                writer.serialize(&solution.map_err(failed)?)?;
            }
            writer.finish()?;
        }
        QueryResults::Graph(triples) => {
            let unknown = || Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "That is no RDF syntax.");
            let rdf = RdfFormat::from_media_type(format).ok_or_else(unknown)?;
            let mut serializer = oxigraph::io::RdfSerializer::from_format(rdf);
            for (prefix, namespace) in crate::words::PREFIXES {
                serializer = serializer.with_prefix(*prefix, *namespace).map_err(|error| Problem::internal(&error))?;
            }
            let mut writer = serializer.for_writer(out);
            for triple in triples {
                writer.serialize_triple(&triple.map_err(failed)?)?;
            }
            writer.finish()?.flush()?;
        }
    }
    Ok(())
}

fn table(format: &str) -> Result<QueryResultsSerializer, Problem> {
    let format = QueryResultsFormat::from_media_type(format);
    let format =
        format.ok_or_else(|| Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "That is no format of results."))?;
    Ok(QueryResultsSerializer::from_format(format))
}

/// What a query asks for and cannot have is its author's matter; the rest is ours.
fn cannot(error: QueryEvaluationError) -> Problem {
    match error {
        QueryEvaluationError::Dataset(error) => Problem::internal(&*error),
        QueryEvaluationError::Service(_) | QueryEvaluationError::UnsupportedService(_) => {
            let problem = Problem::new(
                StatusCode::FORBIDDEN,
                "service-refused",
                "SERVICE would reach another server; this one reaches none.",
            );
            problem.hint("Take the SERVICE part out, and join on your side.")
        }
        other => bad("query-failed", format!("The query cannot be evaluated: {other}.")),
    }
}

fn bad(kind: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}

fn read_only() -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "read-only", "This server answers queries and takes no updates.")
        .hint("The graph is made from files: edit the Turtle below --data, and the server reads it again.")
}
