//! `/docs`: the API for people to read, from the same catalogue as `/openapi.json`.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::cache::Made;
use super::paging::MOST_ROWS;
use super::problem::Problem;
use super::search::MOST_RESULTS;
use super::site::Frame;
use super::{App, questions};
use crate::ask::MOST_CHARACTERS;
use crate::catalogue::Question;
use crate::catalogue::names::Names;
use crate::catalogue::parameters::short;
use crate::catalogue::values::sayable;
use crate::explain::MOST_PROOFS;
use crate::knowledge::Generation;
use crate::words;

#[derive(Template)]
#[template(path = "docs.html")]
struct Docs<'a> {
    questions: Vec<Entry<'a>>,
    graphs: Vec<String>,
    frame: Frame,
    most_rows: usize,
    most_results: usize,
    most_proofs: usize,
    most_characters: usize,
}

struct Entry<'a> {
    question: &'a Question,
    example: String,
    parameters: Vec<Taken<'a>>,
}

/// A parameter as the table shows it.
struct Taken<'a> {
    name: &'a str,
    need: String,
    meaning: &'a str,
    kinds: String,
    /// What can be said behind a colon.
    beside: String,
}

pub async fn page(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    app.answers.respond(&headers, app.generation(), "/docs".to_owned(), "text/html", written).await
}

fn written(generation: &Generation) -> Result<Made, Problem> {
    let graphs = generation.store.graphs()?;
    let page = Docs {
        questions: generation.catalogue.questions().map(|question| entry(question, &generation.names)).collect(),
        graphs: graphs.iter().filter_map(|graph| graph.strip_prefix(words::GRAPHS)).map(str::to_owned).collect(),
        frame: Frame::of(generation, "/docs", None),
        most_rows: MOST_ROWS,
        most_results: MOST_RESULTS,
        most_proofs: MOST_PROOFS,
        most_characters: MOST_CHARACTERS,
    };
    Ok(Made::new("text/html; charset=utf-8", page.render().map_err(|error| Problem::internal(&error))?))
}

fn entry<'a>(question: &'a Question, names: &Names) -> Entry<'a> {
    let taken = question.parameters.iter().map(|parameter| Taken {
        name: &parameter.name,
        need: parameter.need.in_words(),
        meaning: &parameter.meaning,
        kinds: short(&parameter.classes).join(" or "),
        beside: parameter.parts.iter().map(sayable).collect::<Vec<_>>().join(", and "),
    });
    Entry { question, example: questions::example(question, names), parameters: taken.collect() }
}
