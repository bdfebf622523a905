//! `/api/explain`: why a row is in an answer, or why a triple holds, as JSON or as RDF 1.2.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::cache::{Answers, Made, arguments, canonical};
use super::paging::{MOST_OFFSET, number};
use super::problem::Problem;
use super::{App, accept};
use crate::catalogue::Question;
use crate::catalogue::answer::EXPLAIN;
use crate::catalogue::names::nearest;
use crate::explain::{self, ExplainError, Explanation, MOST_PROOFS, naming, rdf};
use crate::export::{self, Format};
use crate::knowledge::Generation;

/// The media types of a proof, the server's favourite first. Not all RDF syntaxes have triples that are spoken of.
pub const MEDIA_TYPES: &[&str] = &[JSON, "text/turtle", "application/trig", "application/n-triples", "application/n-quads"];

const JSON: &str = "application/json";

/// The parts of a triple.
pub const TRIPLE: [&str; 3] = ["subject", "predicate", "object"];

pub async fn explain(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let arguments = arguments(query.as_deref());
    let media_type = media_type(&arguments, &headers)?;
    let target = format!("{EXPLAIN}?{}", canonical(&arguments));
    let generation = app.generation();
    let is_about_people = about_people(&generation, query.as_deref());
    let make = move |generation: &Generation| written(generation, arguments, media_type);
    if is_about_people {
        return Answers::unkept(&headers, generation, make).await;
    }
    app.answers.respond(&headers, generation, target, media_type, make).await
}

/// Whether what is to be explained may be about somebody.
pub fn about_people(generation: &Generation, query: Option<&str>) -> bool {
    let asked = arguments(query).into_iter().find(|(name, _)| name == "question");
    asked.and_then(|(_, id)| generation.catalogue.get(&id)).is_some_and(Question::is_about_people)
}

/// `format=turtle` in the URL, for people who paste links; else the `Accept` header.
fn media_type(arguments: &[(String, String)], headers: &HeaderMap) -> Result<&'static str, Problem> {
    let Some((_, wanted)) = arguments.iter().find(|(name, _)| name == "format") else {
        return accept::choose(headers, MEDIA_TYPES);
    };
    let known = |media_type: &&&str| format_of(media_type).map_or("json", |format| format.name) == wanted;
    MEDIA_TYPES.iter().find(known).copied().ok_or_else(|| {
        bad("unknown-format", format!("There is no format `{wanted}`.")).hint(format!("format is {}.", formats().join(" or ")))
    })
}

fn format_of(media_type: &str) -> Option<Format> {
    export::format(media_type)
}

/// What `format=` takes.
pub fn formats() -> Vec<&'static str> {
    MEDIA_TYPES.iter().map(|media_type| format_of(media_type).map_or("json", |format| format.name)).collect()
}

/// The explanation that a URL asks for.
///
/// # Errors
/// When there is none, or it is not said of what.
pub fn explanation(generation: &Generation, mut arguments: Vec<(String, String)>) -> Result<Explanation, Problem> {
    let limit = number(&mut arguments, "proofs", 1, MOST_PROOFS)?.unwrap_or(1);
    match taken(&mut arguments, "question")? {
        Some(question) => of_row(generation, &question, arguments, limit),
        None => of_triple(generation, arguments, limit),
    }
}

fn written(generation: &Generation, mut arguments: Vec<(String, String)>, media_type: &'static str) -> Result<Made, Problem> {
    arguments.retain(|(name, _)| name != "format");
    let explanation = explanation(generation, arguments)?;
    let Some(format) = format_of(media_type) else {
        return Ok(Made::new(JSON, explanation.to_json(&generation.names).to_string()));
    };
    let mut body = Vec::new();
    let quads = rdf::quads(generation, &[explanation]);
    export::write(&quads, format.rdf, &mut body).map_err(|error| Problem::internal(&error))?;
    let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    Ok(Made::new(&format!("{media_type}{charset}"), body))
}

fn of_row(
    generation: &Generation,
    question: &str,
    mut arguments: Vec<(String, String)>,
    limit: usize,
) -> Result<Explanation, Problem> {
    let row = number(&mut arguments, "row", 1, MOST_OFFSET)?.ok_or_else(|| missing("row"))?;
    let answer = generation.ask(question, &arguments)?;
    Ok(explain::row(generation, &answer, row, limit)?)
}

fn of_triple(generation: &Generation, mut arguments: Vec<(String, String)>, limit: usize) -> Result<Explanation, Problem> {
    let [subject, predicate, object] = TRIPLE.map(|part| taken(&mut arguments, part));
    if let Some((name, _)) = arguments.first() {
        let takes = ["question", "row", "subject", "predicate", "object", "proofs", "format"];
        let problem = bad(
            "unknown-parameter",
            format!("Without a question there is no parameter `{name}`; there are {}.", takes.join(", ")),
        );
        return Err(problem.near(nearest(name, takes.into_iter())));
    }
    let (subject, predicate, object) = (subject?, predicate?, object?);
    if (&subject, &predicate, &object) == (&None, &None, &None) {
        return Err(missing("question"));
    }
    let subject = subject.ok_or_else(|| missing("subject"))?;
    let predicate = predicate.ok_or_else(|| missing("predicate"))?;
    let object = object.ok_or_else(|| missing("object"))?;
    let triple = naming::named(generation, &subject, &predicate, &object)?;
    Ok(explain::triple(generation, &triple, limit)?)
}

/// Takes a parameter that may be given once out of the arguments.
fn taken(arguments: &mut Vec<(String, String)>, name: &str) -> Result<Option<String>, Problem> {
    let mut given: Vec<(String, String)> = arguments.extract_if(.., |(given, _)| given == name).collect();
    given.retain(|(_, value)| !value.trim().is_empty());
    if given.len() > 1 {
        return Err(bad("too-many-values", format!("`{name}` is given more than once.")));
    }
    Ok(given.pop().map(|(_, value)| value))
}

fn missing(name: &str) -> Problem {
    bad("missing-parameter", format!("`{name}` is missing.")).hint(
        "Ask for a row by question=…, row=… and the question's parameters, as each row of an answer has it in `explain`; or for a \
         triple by subject=…, predicate=… and object=….",
    )
}

fn bad(kind: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        use crate::catalogue::names::Unresolved;
        let detail = error.to_string();
        match error {
            ExplainError::NoRow { .. } => Self::new(StatusCode::NOT_FOUND, "no-such-row", detail),
            ExplainError::Proofs { .. } => bad("bad-number", detail),
            ExplainError::Shape { .. } => bad("malformed-triple", detail),
            ExplainError::Name { why, .. } => match why {
                Unresolved::Unknown { near } => Self::new(StatusCode::NOT_FOUND, "unknown-value", detail).near(near),
                Unresolved::Ambiguous { candidates } => {
                    Self::new(StatusCode::UNPROCESSABLE_ENTITY, "ambiguous-value", detail).near(candidates)
                }
                Unresolved::OtherKind { .. } => Self::new(StatusCode::UNPROCESSABLE_ENTITY, "value-of-other-kind", detail),
            },
            ExplainError::Unknown { .. } => Self::new(StatusCode::NOT_FOUND, "not-known", detail),
            ExplainError::Store(error) => Self::from(error),
            // The question's file is at fault, and it is ours.
            ExplainError::NoClaims { .. } | ExplainError::Unfounded { .. } => Self::internal(&error),
        }
    }
}
