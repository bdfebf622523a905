//! `/api/search`: things by what they are called.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::cache::{Made, arguments, canonical};
use super::paging::number;
use super::problem::Problem;
use super::{App, places};
use crate::catalogue::names::nearest;
use crate::catalogue::search::Hit;
use crate::knowledge::Generation;
use crate::words;

/// The most things a search gives.
pub const MOST_RESULTS: usize = 100;
/// How many it gives unless told.
pub const RESULTS: usize = 20;
/// The most characters of what is looked for.
pub const MOST_CHARACTERS: usize = 500;

pub async fn search(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let arguments = arguments(query.as_deref());
    let target = format!("/api/search?{}", canonical(&arguments));
    let base = app.options.base.clone();
    let make = move |generation: &Generation| found(generation, &base, arguments);
    app.answers.respond(&headers, app.generation(), target, "application/json", make).await
}

fn found(generation: &Generation, base: &str, mut arguments: Vec<(String, String)>) -> Result<Made, Problem> {
    let limit = number(&mut arguments, "limit", 1, MOST_RESULTS)?.unwrap_or(RESULTS);
    let (mut text, mut class) = (None, None);
    for (name, value) in arguments {
        let place = match name.as_str() {
            "q" => &mut text,
            "class" => &mut class,
            _ => {
                let problem = bad("unknown-parameter", format!("A search has no parameter `{name}`; it takes q, class, limit."));
                return Err(problem.near(nearest(&name, ["q", "class", "limit"].into_iter())));
            }
        };
        if place.replace(value).is_some() {
            return Err(bad("too-many-values", format!("`{name}` is given more than once.")));
        }
    }
    let text = text.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        bad("missing-parameter", "There is nothing to look for.").hint("Say what in q, for instance /api/search?q=oauth.")
    })?;
    if text.chars().count() > MOST_CHARACTERS {
        return Err(bad("too-long", format!("`q` has more than {MOST_CHARACTERS} characters; no name is that long.")));
    }
    let class = class.filter(|class| !class.trim().is_empty()).map(|class| known(generation, &class)).transpose()?;
    let hits = generation.names.search(&text, class.as_deref(), limit);
    let body = json!({ "query": text, "version": generation.version, "results": hits.iter().map(|hit| told(hit, base)).collect::<Vec<_>>() });
    Ok(Made::new("application/json", body.to_string()))
}

fn told(hit: &Hit, base: &str) -> Value {
    let page = places::of(&hit.iri, base);
    json!({ "iri": hit.iri, "page": page, "label": hit.label, "alias": hit.alias, "classes": hit.classes, "match": hit.fit.word() })
}

/// The IRI of a class that is there.
fn known(generation: &Generation, class: &str) -> Result<String, Problem> {
    let classes = generation.names.classes();
    let short = words::expand(class.trim()).map_or_else(|| class.to_owned(), |iri| words::shorten(&iri));
    if let Some(iri) = classes.contains(&short).then(|| words::expand(&short)).flatten() {
        return Ok(iri);
    }
    let near = nearest(class, classes.iter().map(String::as_str));
    let problem = bad("unknown-class", format!("Nothing is of a class `{class}`.")).near(near);
    Err(problem.hint(format!("class is one of {}.", classes.join(", "))))
}

fn bad(kind: &'static str, detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}
