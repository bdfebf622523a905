//! The SPARQL 1.1 protocol: queries by GET, by form, by direct POST and by QUERY; updates up to where a writable store would take them.

use std::io;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::auth::{self, Asking};
use super::problem::Problem;
use super::write::{self, Wish};
use super::{App, MOST_QUERY_BYTES, accept, description, ids, methods, rdf};
use crate::pool::{Answer, Stopped};
use crate::worker::{self, Job, Refusal};

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
    /// Ours: a query to begin with in the workbench.
    edit: Option<String>,
    /// Ours: how long the client likes to wait, if not as long as the server does.
    timeout: Option<Duration>,
    /// The dataset of an update's WHERE clauses.
    using_graphs: Vec<String>,
    using_named_graphs: Vec<String>,
    /// Ours: what is said of a change beside the change itself.
    wishes: Vec<(String, String)>,
}

const METHODS: &str = "GET, HEAD, POST, QUERY, OPTIONS";

const FORM: &str = "application/x-www-form-urlencoded";
const QUERY: &str = "application/sparql-query";
const UPDATE: &str = "application/sparql-update";

pub async fn by_get(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let mut operation = Operation::default();
    operation.read(query.unwrap_or_default().as_bytes())?;
    if operation.asks_nothing() {
        let mut response = description::show(app, operation.headers(headers), operation.example, operation.edit).await?;
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
    Extension(asking): Extension<Asking>,
    RawQuery(url): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let operation = Operation::of_body(url, &headers, body)?;
    if operation.update.is_some() {
        return change(&app, "POST /sparql", asking, &headers, operation).await;
    }
    run(&app, &operation.headers(headers), operation).await
}

/// Where only updates go.
pub async fn update(
    State(app): State<App>,
    Extension(asking): Extension<Asking>,
    RawQuery(url): RawQuery,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let operation = Operation::of_body(url, &headers, body)?;
    if operation.update.is_none() {
        return Err(bad("missing-update", "There is no `update`.").hint("Queries go to /sparql."));
    }
    change(&app, "POST /update", asking, &headers, operation).await
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
                "using-graph-uri" => self.using_graphs.push(value),
                "using-named-graph-uri" => self.using_named_graphs.push(value),
                "message" | "dry-run" => self.wishes.push((name.into_owned(), value)),
                "accept" => self.accept = Some(value).filter(|accept| !accept.is_empty()),
                "example" => self.example = Some(value),
                "edit" => self.edit = Some(value),
                "timeout" => self.timeout = Some(seconds(&value)?),
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

fn seconds(text: &str) -> Result<Duration, Problem> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).ok_or_else(|| {
        bad("malformed-timeout", format!("`timeout` is `{text}`, and it is a number of seconds, such as 5 or 0.5."))
            .hint("It shortens the time that the server gives a query, and never lengthens it.")
    })
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

/// The query's answer, streamed from the process that evaluates it.
async fn run(app: &App, headers: &HeaderMap, operation: Operation) -> Result<Response, Problem> {
    let Some(text) = operation.query.filter(|query| !query.trim().is_empty()) else {
        let hint = "For instance /sparql?query=ASK%20%7B%7D, or POST a form with query=….";
        return Err(bad("missing-query", "There is no `query`.").hint(hint));
    };
    let (table, graph) = (accept::choose(headers, TABLES), accept::choose(headers, rdf::SYNTAXES));
    let job = Job {
        operation: worker::Operation::Query,
        text,
        default_graphs: operation.default_graphs,
        named_graphs: operation.named_graphs,
        table: table.as_ref().ok().map(|name| (*name).to_owned()),
        graph: graph.as_ref().ok().map(|name| (*name).to_owned()),
        graph_written: None,
    };
    let answer = evaluate(app, &job, operation.timeout).await.map_err(|stopped| match (stopped, table, graph) {
        // Which formats there are depends on the query's form, which is known once it is parsed.
        (Stopped::Refused(Refusal::NoTable), Err(none), _) | (Stopped::Refused(Refusal::NoGraph), _, Err(none)) => none,
        (stopped, ..) => stopped.into(),
    })?;
    let (media_type, body) = match answer {
        Answer::Whole { media_type, bytes } => (media_type, Body::from(bytes)),
        Answer::Stream { media_type, first, rest } => {
            (media_type, Body::from_stream(tokio_stream::once(Ok(first)).chain(ReceiverStream::new(rest))))
        }
    };
    let charset = if media_type.starts_with("text/") { format!("{media_type}; charset=utf-8") } else { media_type };
    let content_type = HeaderValue::try_from(charset).map_err(|error| Problem::internal(&error))?;
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Makes the change that an update describes, if the store is one that can be changed and whoever asks may.
async fn change(app: &App, action: &str, asking: Asking, headers: &HeaderMap, operation: Operation) -> Result<Response, Problem> {
    let job = Job {
        operation: if app.is_writable() { worker::Operation::Change } else { worker::Operation::Update },
        text: operation.update.unwrap_or_default(),
        default_graphs: operation.using_graphs,
        named_graphs: operation.using_named_graphs,
        table: None,
        graph: None,
        graph_written: None,
    };
    if !app.is_writable() {
        return Err(match evaluate(app, &job, operation.timeout).await {
            Ok(_) => read_only(),
            Err(stopped) => of_update(stopped),
        });
    }
    ids::note_query(&job.text);
    let holder = auth::editor(app, action, asking.0, headers)?;
    let mut wish = Wish::new(holder, action.to_owned(), headers)?;
    for (name, value) in operation.wishes {
        wish.take(&name, &value)?;
    }
    let dry_run = wish.dry_run;
    let outcome = write::commit(app, wish, &[job]).await?;
    Ok(write::told(&outcome, dry_run))
}

/// What is malformed is an update there, and no query.
pub fn of_update(stopped: Stopped) -> Problem {
    match stopped {
        Stopped::Refused(Refusal::Malformed(what)) => bad("malformed-update", format!("The update is malformed: {what}.")),
        stopped => stopped.into(),
    }
}

async fn evaluate(app: &App, job: &Job, at_most: Option<Duration>) -> Result<Answer, Stopped> {
    ids::note_query(&job.text);
    if job.text.len() > MOST_QUERY_BYTES {
        return Err(Stopped::Refused(Refusal::TooLong(job.text.len())));
    }
    app.pool.run(&app.generation(), job, at_most).await
}

impl From<Stopped> for Problem {
    fn from(stopped: Stopped) -> Self {
        let detail = format!("There is no answer: {stopped}.");
        match stopped {
            Stopped::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).hint("Try again in a moment.").retry(),
            Stopped::Overdue(_) => Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail)
                .hint("Narrow the query, or ask for less at a time with LIMIT."),
            Stopped::Memory(_) => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "out-of-memory", detail)
                .hint("Narrow the query, or ask for less at a time with LIMIT."),
            Stopped::Crashed(_) => {
                let detail = "There is no answer: the query nests too deep, or needs more memory than it may take.";
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "query-too-demanding", detail).hint("Nest less, or narrow the query.")
            }
            Stopped::Refused(why) => why.into(),
            Stopped::Failed(error) => Self::internal(&error),
        }
    }
}

impl From<Refusal> for Problem {
    /// What a query asks for and cannot have is its author's matter; the rest is ours.
    fn from(why: Refusal) -> Self {
        match why {
            Refusal::Malformed(what) => bad("malformed-query", format!("The query is malformed: {what}.")),
            Refusal::TooLong(bytes) => too_large(format!("The query has {bytes} bytes; at most {MOST_QUERY_BYTES} are taken.")),
            Refusal::Update => read_only(),
            Refusal::MalformedGraph(what) => bad("malformed-graph", format!("{what}.")),
            Refusal::NoTable | Refusal::NoGraph => {
                Self::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", "No format of this answer is in the Accept header.")
            }
            Refusal::ServiceRefused(endpoint) => {
                let which = endpoint.map_or_else(String::new, |endpoint| format!(" `{endpoint}`"));
                let detail = format!("SERVICE would reach another server, and this one is not allowed to ask{which}.");
                let hint =
                    "Take the SERVICE part out and join on your side, or ask whoever runs this server for --allow-service.";
                Self::new(StatusCode::FORBIDDEN, "service-refused", detail).hint(hint)
            }
            Refusal::ServiceFailed(what) => {
                Self::new(StatusCode::BAD_GATEWAY, "service-failed", format!("SERVICE failed: {what}."))
                    .hint("SERVICE SILENT goes on without what cannot be had.")
            }
            Refusal::Unparsable(what) => {
                bad("malformed-content", format!("The content cannot be read, and nothing was changed: {what}."))
            }
            Refusal::Made(graph) => Self::made(&graph),
            Refusal::Failed(what) => bad("query-failed", format!("The query cannot be evaluated: {what}.")),
            Refusal::Elsewhere(what) => Self::elsewhere(what),
            Refusal::Internal(what) => Self::internal(&io::Error::other(what)),
        }
    }
}

fn bad(kind: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}

fn read_only() -> Problem {
    methods::read_only("This server answers queries and takes no updates.")
}
