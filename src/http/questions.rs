//! The question catalogue as an API: what can be asked, and the answers as JSON and CSV.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use super::{App, accept};
use crate::catalogue::Question;
use crate::catalogue::answer::separated;

pub async fn list(State(app): State<App>) -> Json<Value> {
    let generation = app.knowledge.current();
    Json(
        json!({ "version": generation.version, "questions": generation.catalogue.questions().map(described).collect::<Vec<_>>() }),
    )
}

pub async fn answer(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let generation = app.knowledge.current();
    // What is not UTF-8 is no question's id.
    let id = id.map_or_else(|_| "\u{fffd}".to_owned(), |Path(id)| id);
    let mut arguments: Vec<(String, String)> =
        form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let format = format(&mut arguments, &headers)?;
    let version = generation.version.clone();
    // Questions of the catalogue are ours and quick; they need no thread of their own stack, only to be off the event loop.
    let (generation, asked) = tokio::task::spawn_blocking(move || {
        let asked = generation.ask(&id, &arguments);
        (generation, asked)
    })
    .await
    .map_err(|error| Problem::internal(&error))?;
    let answer = asked?;
    match format {
        "text/csv" => {
            let mut body = Vec::new();
            separated(&answer.columns, &answer.rows, b',', &mut body).map_err(|error| Problem::internal(&error))?;
            Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"), VARY], body).into_response())
        }
        _ => Ok(([VARY], Json(answer.to_json(&generation.names, &version))).into_response()),
    }
}

/// The same URL gives another format to another client.
const VARY: (HeaderName, &str) = (header::VARY, "accept");

/// `format=csv` in the URL, for people who paste links; else the `Accept` header.
fn format(arguments: &mut Vec<(String, String)>, headers: &HeaderMap) -> Result<&'static str, Problem> {
    let named = arguments.iter().position(|(name, _)| name == "format").map(|at| arguments.remove(at).1);
    match named.as_deref() {
        Some("csv") => Ok("text/csv"),
        Some("json") => Ok("application/json"),
        Some(other) => {
            let detail = format!("There is no format `{other}`.");
            Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, "unknown-format", detail).hint("format is json or csv."))
        }
        None => accept::choose(headers, &["application/json", "text/csv"]),
    }
}

fn described(question: &Question) -> Value {
    let mut described = question.to_json();
    described["example"] = example(question).into();
    described
}

/// The URL of a question's example call.
pub fn example(question: &Question) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(question.example_arguments());
    let query = query.finish();
    let path = format!("/api/questions/{}", question.id);
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
