//! The start page: a field to ask in, the questions by topic, and what is in the graph, in figures.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::super::App;
use super::super::cache::Made;
use super::super::problem::Problem;
use super::{Ask, Frame, kept, rendered, url};
use crate::catalogue::Question;
use crate::catalogue::examples::{arguments, asked};
use crate::knowledge::Generation;
use crate::words;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    base: &'a str,
    first: Vec<Entry>,
    topics: Vec<Topic>,
    figures: Vec<(usize, &'static str)>,
}

#[derive(Template)]
#[template(path = "questions.html")]
struct Questions {
    frame: Frame,
    topics: Vec<Topic>,
}

/// Questions of one topic.
struct Topic {
    name: String,
    questions: Vec<Entry>,
}

struct Entry {
    asked: String,
    summary: String,
    href: String,
}

/// The query that the workbench offers first.
pub const EXAMPLE: &str = include_str!("../../../web/templates/example.rq");

/// The questions to begin with.
const FIRST: [&str; 4] = ["levels-requiring", "requirements-of", "gap", "roles"];

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let make = |ask: Ask<'_>| {
        let generation = ask.generation;
        let first = FIRST.iter().filter_map(|id| generation.catalogue.get(id)).map(|question| entry(question, generation));
        rendered(&Home {
            frame: Frame::of(generation, "/", None),
            base: &ask.base,
            first: first.collect(),
            topics: topics(generation),
            figures: figures(generation),
        })
    };
    kept(app, headers, uri, make).await
}

pub async fn questions(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let make = |ask: Ask<'_>| {
        rendered(&Questions { frame: Frame::of(ask.generation, "/questions", None), topics: topics(ask.generation) })
    };
    kept(app, headers, uri, make).await
}

/// The questions by the first of their tags.
fn topics(generation: &Generation) -> Vec<Topic> {
    let mut topics: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for question in generation.catalogue.questions() {
        let tag = question.tags.first().map_or("other", String::as_str);
        topics.entry(tag).or_default().push(entry(question, generation));
    }
    topics.into_iter().map(|(name, questions)| Topic { name: name.to_owned(), questions }).collect()
}

fn entry(question: &Question, generation: &Generation) -> Entry {
    let arguments = arguments(question, &generation.names);
    let arguments = arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Entry {
        asked: asked(question, &generation.names),
        summary: question.summary.clone(),
        href: url(&format!("/questions/{}", question.id), arguments),
    }
}

/// How much there is of what.
fn figures(generation: &Generation) -> Vec<(usize, &'static str)> {
    let count = |class: &str| generation.names.instances(&[format!("{}{class}", words::ONTOLOGY)]).len();
    vec![
        (count("JobFamily"), "job families"),
        (count("Level"), "levels"),
        (count("Specialty"), "specialties"),
        (count("Competency"), "competencies"),
        (count("Statement"), "statements"),
        (generation.size.stated, "triples stated"),
        (generation.size.inferred, "triples inferred"),
    ]
}

/// The style sheet under a name that stays.
pub async fn style(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let style = |_: &Generation| Ok(Made::new("text/css; charset=utf-8", include_str!("../../../web/src/style.css")));
    app.answers.respond(&headers, app.generation(), "/style.css".to_owned(), "text/css", style).await
}
