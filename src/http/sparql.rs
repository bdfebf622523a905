//! The SPARQL 1.1 protocol: queries by GET, by form, by direct POST and by QUERY; updates up to where a writable store would take them.

use std::io::Write;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use oxigraph::io::RdfFormat;
use oxigraph::model::NamedNode;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsSerializer};
use oxigraph::sparql::{CancellationToken, QueryEvaluationError, QueryResults};
use spargebra::Query;
use spargebra::algebra::QueryDataset;

use super::problem::Problem;
use super::work::{Failure, Out, stream};
use super::{App, MOST_QUERY_BYTES, accept, description, ids, methods, rdf};
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

/// An operation as the protocol names its parts.
#[derive(Default)]
struct Operation {
    query: Option<String>,
    update: Option<String>,
    default_graphs: Vec<String>,
    named_graphs: Vec<String>,
    /// Ours: what the `Accept` header would say, for forms, which cannot send one.
    accept: Option<String>,
    /// Ours: the example that the workbench shows.
    example: Option<String>,
}

const METHODS: &str = "GET, HEAD, POST, QUERY, OPTIONS";

const FORM: &str = "application/x-www-form-urlencoded";
const QUERY: &str = "application/sparql-query";
const UPDATE: &str = "application/sparql-update";

pub async fn by_get(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let mut operation = Operation::default();
    operation.read(query.unwrap_or_default().as_bytes())?;
    if operation.asks_nothing() {
        let mut response = description::show(app, operation.headers(headers), operation.example).await?;
        response.headers_mut().insert(ACCEPT_QUERY, TAKEN);
        return Ok(response);
    }
    if operation.update.is_some() {
        return Err(bad("update-by-get", "An update changes the graph, and GET changes nothing.").hint("Send it by POST."));
    }
    run(&app, &operation.headers(headers), operation).await
}

pub async fn by_post(
    State(app): State<App>,
    RawQuery(url): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let operation = Operation::of_body(url, &headers, body)?;
    if operation.update.is_some() {
        return Err(read_only());
    }
    run(&app, &operation.headers(headers), operation).await
}

/// Where only updates go.
pub async fn update(
    RawQuery(url): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let operation = Operation::of_body(url, &headers, body)?;
    if operation.update.is_none() {
        return Err(bad("missing-update", "There is no `update`.").hint("Queries go to /sparql."));
    }
    Err(read_only())
}

/// QUERY, which is a POST that changes nothing; and the methods that are told or refused.
pub async fn by_other(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    match method.as_str() {
        "QUERY" => {
            let operation = Operation::of_body(uri.query().map(str::to_owned), &headers, body)?;
            if operation.update.is_some() {
                return Err(
                    bad("update-by-query", "An update changes the graph, and QUERY changes nothing.").hint("Send it by POST.")
                );
            }
            Ok(methods::allowing(run(&app, &operation.headers(headers), operation).await.into_response(), METHODS))
        }
        "OPTIONS" => {
            let mut response = methods::options(METHODS);
            response.headers_mut().insert(ACCEPT_QUERY, TAKEN);
            Ok(response)
        }
        _ => Ok(methods::refused(&method, &uri, METHODS)),
    }
}

/// What QUERY takes, as its specification has servers tell.
const ACCEPT_QUERY: HeaderName = HeaderName::from_static("accept-query");
const TAKEN: HeaderValue = HeaderValue::from_static("application/sparql-query, application/x-www-form-urlencoded");

impl Operation {
    /// Reads the URL's parameters and the body, by its type.
    fn of_body(url: Option<String>, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, Problem> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = content_type.split(';').map(|part| part.trim().to_ascii_lowercase());
        let media_type = parts.next().unwrap_or_default();
        let charset = parts.find_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
        if charset.is_some_and(|charset| !matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii")) {
            let detail = format!("A body of type `{content_type}` is not read: SPARQL is sent in UTF-8.");
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-charset", detail).hint("Send it in UTF-8."));
        }
        let mut operation = Self::default();
        operation.read(url.unwrap_or_default().as_bytes())?;
        match media_type.as_str() {
            FORM => operation.read(&taken(body)?)?,
            QUERY => operation.add_query(text(body)?, "There is a query in the URL and another in the body; send one.")?,
            UPDATE => operation.add_update(text(body)?, "There is an update in the URL and another in the body; send one.")?,
            _ => {
                let detail = format!("A body of type `{content_type}` is no SPARQL query.");
                let hint = "Send application/x-www-form-urlencoded with query=…, or application/sparql-query.";
                return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", detail).hint(hint));
            }
        }
        if operation.query.is_some() && operation.update.is_some() {
            return Err(bad("query-and-update", "There is a query and an update; send one of them."));
        }
        Ok(operation)
    }

    /// Adds what a query string or a form says.
    fn read(&mut self, form: &[u8]) -> Result<(), Problem> {
        for (name, value) in form_urlencoded::parse(form) {
            let value = value.into_owned();
            match name.as_ref() {
                "query" => self.add_query(value, "`query` is given twice; send one.")?,
                "update" => self.add_update(value, "`update` is given twice; send one.")?,
                "default-graph-uri" => self.default_graphs.push(value),
                "named-graph-uri" => self.named_graphs.push(value),
                "accept" => self.accept = Some(value).filter(|accept| !accept.is_empty()),
                "example" => self.example = Some(value),
                // The protocol lets clients send parameters of their own.
                _ => {}
            }
        }
        Ok(())
    }

    fn add_query(&mut self, query: String, twice: &str) -> Result<(), Problem> {
        if self.query.replace(query).is_some() { Err(bad("two-queries", twice)) } else { Ok(()) }
    }

    fn add_update(&mut self, update: String, twice: &str) -> Result<(), Problem> {
        if self.update.replace(update).is_some() { Err(bad("two-updates", twice)) } else { Ok(()) }
    }

    fn asks_nothing(&self) -> bool {
        let asks = self.query.is_some() || self.update.is_some();
        !asks && self.default_graphs.is_empty() && self.named_graphs.is_empty()
    }

    /// The request's headers, where a form that names formats goes before a browser that likes pages.
    fn headers(&self, mut headers: HeaderMap) -> HeaderMap {
        if let Some(accept) = self.accept.as_ref().and_then(|accept| HeaderValue::from_str(accept).ok()) {
            headers.insert(header::ACCEPT, accept);
        }
        headers
    }
}

/// The body as a text.
fn text(body: Result<Bytes, BytesRejection>) -> Result<String, Problem> {
    String::from_utf8(taken(body)?.to_vec()).map_err(|_| bad("not-utf-8", "The body is not UTF-8."))
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
    let (table, graph) = (accept::choose(headers, TABLES), accept::choose(headers, rdf::SYNTAXES));
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
    methods::read_only("This server answers queries and takes no updates.")
}
