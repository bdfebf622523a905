//! The one map from what went wrong to what a client is told (RFC 9457): its own mistakes in full with the way out,
//! ours as a request id, with the detail in the log.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tracing::error;

use crate::catalogue::answer::AskError;
use crate::catalogue::names::Unresolved;
use crate::store::StoreError;

/// An answer that says what went wrong.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    detail: String,
    hint: Option<String>,
    near: Vec<String>,
}

impl Problem {
    /// A client's mistake; `kind` is the stable part of its type.
    pub fn new(status: StatusCode, kind: &'static str, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), hint: None, near: Vec::new() }
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

    /// Our own failure: logged once, shown as an id.
    pub fn internal(error: &dyn std::error::Error) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let id = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        error!(error = %error, request.id = %id, "Request {id} failed: {error}");
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "The server failed to answer.");
        problem.hint(format!("The log has the cause under {id}."))
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
            AskError::Store(error) => Self::from(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

fn about(question: &str) -> String {
    format!("/api/questions tells what {question} takes.")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("https://w3id.org/competency-graph/problem/{}", self.kind),
            "title": self.status.canonical_reason().unwrap_or("Problem"),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "hint": self.hint,
            "near": self.near,
        });
        let mut response = (self.status, format!("{body:#}\n")).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        response
    }
}
