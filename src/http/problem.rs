//! The one map from what went wrong to what a client is told (RFC 9457): its own mistakes in full with the way out,
//! ours as a request id, with the detail in the log.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tracing::error;

use super::ids;
use crate::catalogue::answer::AskError;
use crate::catalogue::names::Unresolved;
use crate::history::HistoryError;
use crate::knowledge::{CommitError, KnowledgeError};
use crate::store::StoreError;

/// When to try again.
const RETRY_SECONDS: &str = "1";

/// An answer that says what went wrong.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    hint: Option<String>,
    near: Vec<String>,
    /// Whether it may go better soon.
    retry: bool,
    /// What few have.
    more: Option<Box<More>>,
}

#[derive(Debug, Default)]
struct More {
    /// For the log.
    cause: Option<String>,
    /// What else the body says.
    members: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What is sent in place of the JSON.
    shown: Option<Response>,
}

impl Problem {
    /// A client's mistake; `kind` is the stable part of its type.
    pub fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), hint: None, near: Vec::new(), retry: false, more: None }
    }

    /// The way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What may have been meant.
    #[must_use]
    pub fn near(mut self, near: Vec<String>) -> Self {
        self.near = near;
        self
    }

    /// What the log is told, and clients are not.
    #[must_use]
    pub fn because(mut self, cause: String) -> Self {
        self.more().cause = Some(cause);
        self
    }

    /// It is worth trying again.
    #[must_use]
    pub fn retry(mut self) -> Self {
        self.retry = true;
        self
    }

    /// Something more for the body.
    #[must_use]
    pub fn member(mut self, name: &'static str, value: Value) -> Self {
        self.more().members.push((name, value));
        self
    }

    /// A header for the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.more().headers.push((name, value));
        self
    }

    /// Another form of the same, for who likes it better; it gets the status and headers.
    #[must_use]
    pub fn shown_as(mut self, response: Response) -> Self {
        self.more().shown = Some(response);
        self
    }

    /// Whether it has another form already.
    pub fn is_shown(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.shown.is_some())
    }

    fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What went wrong, in words.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What to do, unless that is in the log; and what may have been meant.
    pub fn advice(&self) -> (Option<&str>, &[String]) {
        (self.hint.as_deref(), &self.near)
    }

    /// The stable part of its type.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The engine that holds the data gave no answer.
    pub fn elsewhere(why: String) -> Self {
        let detail = "The engine that holds the data gives no answer.";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "engine-unavailable", detail);
        problem.hint("Try again in a moment.").because(why).retry()
    }

    /// A graph that is nobody's to write.
    pub fn made(graph: &str) -> Self {
        let detail = format!("The graph {graph} is made by the program, and nobody states anything in it.");
        Self::new(StatusCode::FORBIDDEN, "made-graph", detail)
            .hint("Name the graphs to change; the ontology, the questions and what is inferred are not among those.")
    }

    /// Our own failure: logged once, where it is answered, and shown as the request's id.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed to answer.").because(error.to_string())
    }

    /// Writes to the log what clients are not told.
    pub fn log(&self) {
        if let Some(cause) = self.more.as_ref().and_then(|more| more.cause.as_ref()) {
            let id = ids::current().unwrap_or_else(|| "unknown".to_owned());
            error!(error = %cause, request.id = %id, "Request {id} failed: {cause}");
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let detail = error.to_string();
        match error {
            AskError::UnknownQuestion { near, .. } => Self::new(StatusCode::NOT_FOUND, "unknown-question", detail)
                .near(near)
                .hint("/api/questions lists the questions."),
            AskError::UnknownParameter { question, near, .. } => {
                Self::new(StatusCode::BAD_REQUEST, "unknown-parameter", detail).near(near).hint(about(&question))
            }
            AskError::Missing { question, .. } => {
                Self::new(StatusCode::BAD_REQUEST, "missing-parameter", detail).hint(about(&question))
            }
            AskError::TooMany { .. } => Self::new(StatusCode::BAD_REQUEST, "too-many-values", detail),
            AskError::Value { why, .. } => {
                let (kind, near) = match why {
                    Unresolved::Unknown { near } => ("unknown-value", near),
                    Unresolved::Ambiguous { candidates } => ("ambiguous-value", candidates),
                    Unresolved::OtherKind { .. } => ("value-of-other-kind", Vec::new()),
                };
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, kind, detail).near(near)
            }
            AskError::Beside { near, .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unknown-value", detail).near(near),
            AskError::Store(error) => Self::from(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Remote(error) => Self::elsewhere(error.to_string()),
            other => Self::internal(&other),
        }
    }
}

impl From<KnowledgeError> for Problem {
    fn from(error: KnowledgeError) -> Self {
        match error {
            KnowledgeError::History(error) => error.into(),
            KnowledgeError::Store(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}

impl From<HistoryError> for Problem {
    fn from(error: HistoryError) -> Self {
        let detail = format!("{error}.");
        match error {
            HistoryError::Moved { current } => Self::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", detail)
                .hint("Read the data again, and make the change for the version that it has now.")
                .member("current", current.as_str().into())
                .header(super::write::VERSION, HeaderValue::from_str(&current).unwrap_or(HeaderValue::from_static("unknown"))),
            HistoryError::Unknown { .. } => {
                Self::new(StatusCode::NOT_FOUND, "unknown-version", detail).hint("/api/history lists the versions.")
            }
            HistoryError::Fixed => Self::new(StatusCode::FORBIDDEN, "read-only", detail),
            HistoryError::Full => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk-full", "The disk is full, and nothing was changed.").retry()
            }
            HistoryError::Busy => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Another process is writing.")
                .hint("Try again in a moment.")
                .retry(),
            HistoryError::ReadOnly(_) => {
                let detail = "The store's file cannot be written, and nothing was changed.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "store-read-only", detail).because(error.to_string())
            }
            other => Self::internal(&other),
        }
    }
}

impl From<CommitError> for Problem {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Made { graph } => Self::made(&graph),
            CommitError::Unnamed => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unnamed-graph", format!("{error}.")),
            CommitError::History(error) => error.into(),
            CommitError::Store(error) => error.into(),
            CommitError::Knowledge(error) => (*error).into(),
            CommitError::Findings(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-data", error.to_string()),
            other => Self::internal(&other),
        }
    }
}

fn about(question: &str) -> String {
    format!("/api/questions tells what {question} takes.")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let id = ids::current().filter(|_| self.status.is_server_error());
        let lookup = || Some(format!("The log has the cause under {}.", id.as_deref()?));
        let more = self.more.map(|more| *more).unwrap_or_default();
        let hint = if more.cause.is_some() { lookup() } else { self.hint };
        let mut body = json!({
            "type": format!("https://w3id.org/competency-graph/problem/{}", self.kind),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "hint": hint,
            "near": self.near,
        });
        if let Some(id) = id {
            body["requestId"] = id.into();
        }
        for (name, value) in more.members {
            body[name] = value;
        }
        let mut response = match more.shown {
            Some(shown) => (self.status, shown).into_response(),
            None => (self.status, [(header::CONTENT_TYPE, "application/problem+json")], format!("{body:#}\n")).into_response(),
        };
        for (name, value) in more.headers {
            response.headers_mut().insert(name, value);
        }
        if self.retry {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
        }
        response
    }
}
