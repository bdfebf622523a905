//! The question catalogue as an API: what can be asked, and the answers as JSON and CSV.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::problem::Problem;
use super::{App, accept};
use crate::catalogue::answer::{Answer, text};
use crate::catalogue::{Need, Parameter, Question};
use crate::words;

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
            let body = csv(&answer).map_err(|error| Problem::internal(&error))?;
            Ok(([(header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present")], body).into_response())
        }
        _ => Ok(Json(answer.to_json(&generation.names, &version)).into_response()),
    }
}

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

fn csv(answer: &Answer) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&answer.columns)?;
    for row in &answer.rows {
        writer.write_record(row.iter().map(|cell| cell.as_ref().map(text).unwrap_or_default()))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn described(question: &Question) -> Value {
    json!({
        "id": question.id,
        "question": question.wording,
        "summary": question.summary,
        "tags": question.tags,
        "parameters": question.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "columns": question.columns,
        "caveat": question.caveat,
        "example": example(question),
    })
}

fn parameter(parameter: &Parameter) -> Value {
    let (need, default) = match &parameter.need {
        Need::Required => ("required", None),
        Need::Default(value) => ("default", Some(value)),
        Need::Filter => ("filter", None),
        Need::Many => ("many", None),
    };
    let classes: Vec<String> = parameter.classes.iter().map(|class| words::shorten(class)).collect();
    json!({ "name": parameter.name, "need": need, "default": default, "meaning": parameter.meaning, "classes": classes })
}

/// The URL of a question's example call.
pub fn example(question: &Question) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(question.example_arguments());
    let query = query.finish();
    let path = format!("/api/questions/{}", question.id);
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
