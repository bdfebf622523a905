//! The start page: what is here, with an example of each.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cache::Made;
use super::problem::Problem;
use super::{App, questions};
use crate::catalogue::Question;
use crate::catalogue::examples::asked;
use crate::knowledge::Generation;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    base: String,
    questions: Vec<Entry>,
    stated: usize,
    inferred: usize,
    version: String,
    sparql: String,
    /// The same as the query of a URL.
    example: String,
}

struct Entry {
    id: String,
    asked: String,
    summary: String,
    json: String,
    csv: String,
}

/// The query that the start page offers to run.
pub const EXAMPLE: &str = include_str!("../../web/templates/example.rq");

pub async fn home(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let base = app.options.base.clone();
    let make = move |generation: &Generation| welcome(generation, base);
    app.answers.respond(&headers, app.generation(), "/".to_owned(), "text/html", make).await
}

fn welcome(generation: &Generation, base: String) -> Result<Made, Problem> {
    let entry = |question: &Question| {
        let json = questions::example(question);
        let csv = format!("{json}{}format=csv", if json.contains('?') { '&' } else { '?' });
        let asked = asked(question, &generation.names);
        Entry { id: question.id.clone(), asked, summary: question.summary.clone(), json, csv }
    };
    let page = Home {
        base,
        questions: generation.catalogue.questions().map(entry).collect(),
        stated: generation.size.stated,
        inferred: generation.size.inferred,
        version: generation.version.clone(),
        example: form_urlencoded::Serializer::new(String::new()).append_pair("query", EXAMPLE).finish(),
        sparql: EXAMPLE.trim_end().to_owned(),
    };
    Ok(Made::new("text/html; charset=utf-8", page.render().map_err(|error| Problem::internal(&error))?))
}

pub async fn style(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let style = |_: &Generation| Ok(Made::new("text/css; charset=utf-8", include_str!("../../web/style.css")));
    app.answers.respond(&headers, app.generation(), "/style.css".to_owned(), "text/css", style).await
}
