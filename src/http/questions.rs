//! The question catalogue as an API: what can be asked, and the answers as JSON and CSV, whole or by pages.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Value, json};

use super::cache::{Answers, Made, arguments, canonical};
use super::paging::Page;
use super::problem::Problem;
use super::{App, accept, versions};
use crate::catalogue::answer::{separated, spreadsheet_safe};
use crate::catalogue::names::Names;
use crate::catalogue::{Question, examples};
use crate::knowledge::Generation;

/// What `format=` takes, and the media type of each.
pub const FORMATS: &[(&str, &str)] = &[("json", JSON), ("csv", CSV), ("csv-safe", SAFE_CSV)];

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
/// A name of ours for the CSV that spreadsheets may open; it is sent as [`CSV`].
const SAFE_CSV: &str = "text/csv; safe";

pub async fn list(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let make = |generation: &Generation| {
        let questions: Vec<Value> =
            generation.catalogue.questions().map(|question| described(question, &generation.names)).collect();
        Ok(Made::new(JSON, json!({ "version": generation.version, "questions": questions }).to_string()))
    };
    app.answers.respond(&headers, app.generation(), "/api/questions".to_owned(), JSON, make).await
}

pub async fn answer(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // What is not UTF-8 is no question's id.
    let id = id.map_or_else(|_| "\u{fffd}".to_owned(), |Path(id)| id);
    let arguments = arguments(query.as_deref());
    let format = format(&arguments, &headers)?;
    let path = uri.path().to_owned();
    let target = format!("{path}?{}", canonical(&arguments));
    let generation = app.generation();
    let is_about_people = generation.catalogue.get(&id).is_some_and(Question::is_about_people);
    let base = app.options.base.clone();
    let make = move |generation: &Generation| written(generation, &id, &path, &base, arguments, format);
    if is_about_people {
        return Answers::unkept(&headers, generation, make).await;
    }
    app.answers.respond(&headers, generation, target, format, make).await
}

/// Asks, and writes the page that is wanted.
fn written(
    generation: &Generation,
    id: &str,
    path: &str,
    base: &str,
    mut arguments: Vec<(String, String)>,
    format: &'static str,
) -> Result<Made, Problem> {
    let page = Page::taken(&mut arguments)?;
    let with_format = arguments.clone();
    if let Some(at) = arguments.iter().position(|(name, _)| name == "format") {
        arguments.remove(at);
    }
    let mut answer = generation.ask(id, &arguments)?;
    let beside = page.beside(path, &with_format, answer.rows.len());
    page.cut(&mut answer);
    let mut body = Vec::new();
    let mut made = match format {
        CSV => {
            separated(&answer.columns, &answer.rows, b',', &mut body).map_err(|error| Problem::internal(&error))?;
            Made::new("text/csv; charset=utf-8; header=present", body)
        }
        SAFE_CSV => {
            spreadsheet_safe(&answer.columns, &answer.rows, &mut body).map_err(|error| Problem::internal(&error))?;
            Made::new("text/csv; charset=utf-8; header=present", body)
        }
        _ => {
            let mut json = answer.to_json(&generation.names, &generation.version);
            json["next"] = beside.next.clone().into();
            if generation.commit.is_some() {
                json["permalink"] = permalink(generation, base, path, with_format).into();
            }
            Made::new(JSON, json.to_string())
        }
    };
    made.headers.extend(beside.header().map(|links| (header::LINK, links)));
    Ok(made)
}

/// The URL that gives the same rows for ever: question, ontology and data are those of its version.
fn permalink(generation: &Generation, base: &str, path: &str, mut arguments: Vec<(String, String)>) -> String {
    arguments.push((versions::PARAMETER.to_owned(), generation.version.clone()));
    format!("{}{path}?{}", base.trim_end_matches('/'), canonical(&arguments))
}

/// `format=csv` in the URL, for people who paste links; else the `Accept` header.
fn format(arguments: &[(String, String)], headers: &HeaderMap) -> Result<&'static str, Problem> {
    let Some((_, wanted)) = arguments.iter().find(|(name, _)| name == "format") else {
        return accept::choose(headers, &[JSON, CSV]);
    };
    let known = FORMATS.iter().find(|(name, _)| name == wanted);
    known.map(|(_, media_type)| *media_type).ok_or_else(|| {
        let detail = format!("There is no format `{wanted}`.");
        Problem::new(StatusCode::BAD_REQUEST, "unknown-format", detail).hint("format is json or csv or csv-safe.")
    })
}

fn described(question: &Question, names: &Names) -> Value {
    let mut described = question.to_json();
    described["example"] = example(question, names).into();
    described
}

/// The URL of a question's example call.
pub fn example(question: &Question, names: &Names) -> String {
    url(&question.id, &examples::arguments(question, names))
}

/// The URL of a call.
pub fn url(id: &str, arguments: &[(String, String)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(arguments);
    let query = query.finish();
    let path = format!("/api/questions/{id}");
    if query.is_empty() { path } else { format!("{path}?{query}") }
}
