//! `/history`: the commits of a durable store, and what differs between two of them, by statement and by answer.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use super::super::cache::arguments;
use super::super::history::{by_answer, log_of, place};
use super::super::problem::Problem;
use super::super::{App, off_the_loop};
use super::{Ask, Frame, Shown, kept, rendered, url, wrong};
use crate::changes::Changed;
use crate::changes::statements::{self, Statement};
use crate::history::Commit;
use crate::knowledge::Generation;

#[derive(Template)]
#[template(path = "versions.html")]
struct Page {
    frame: Frame,
    commits: Vec<(Commit, Option<String>)>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "difference.html")]
struct Difference {
    frame: Frame,
    from: String,
    to: String,
    added: Vec<Change>,
    removed: Vec<Change>,
    changed: Vec<(Change, Change)>,
    with_answers: String,
    answers: Option<Vec<Changed>>,
}

/// A statement that differs.
struct Change {
    statement: Shown,
    scope: String,
}

/// Commits on a page.
const MOST: usize = 50;

pub async fn page(State(app): State<App>, uri: Uri) -> Response {
    let before = arguments(uri.query()).into_iter().find(|(name, _)| name == "before").and_then(|(_, text)| text.parse().ok());
    let here = app.clone();
    let page = off_the_loop(move || {
        let commits = log_of(&here)?.log(before, MOST)?;
        let next = commits.last().filter(|last| commits.len() == MOST && last.number > 1);
        let next = next.map(|last| url("/history", [("before", last.number.to_string().as_str())]));
        let with = |commit: Commit| {
            let parent = commit.parent.clone();
            let href = parent.map(|parent| url("/history/difference", [("from", parent.as_str()), ("to", &commit.digest)]));
            (commit, href)
        };
        let frame = Frame::of(&here.knowledge.current(), "/history", None);
        rendered(&Page { frame, commits: commits.into_iter().map(with).collect(), next })
    });
    shown(&app, page.await)
}

/// What differs between two versions; by answer it takes long, and two versions never differ in another way, so it is kept.
pub async fn difference(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    let here = app.clone();
    let make = move |ask: Ask<'_>| {
        log_of(&here)?;
        let given = |name: &str| ask.arguments.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let missing = || Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "`from` names the earlier version.");
        let before = here.knowledge.version(given("from").ok_or_else(missing)?)?;
        let later = given("to").map(|to| here.knowledge.version(to)).transpose()?;
        let after = later.as_deref().unwrap_or(ask.generation);
        let place = given("answers").map(|_| place(&here)).transpose()?;
        let answers = place.map(|place| by_answer(place, &before, after, None)).transpose()?;
        compared(&before, after, answers.map(|changes| changes.answers), &here.options.base)
    };
    kept(app, headers, uri, make).await
}

fn compared(before: &Generation, after: &Generation, answers: Option<Vec<Changed>>, base: &str) -> Result<String, Problem> {
    let found = statements::between(before, after)?;
    let change = |statement: &Statement| Change {
        statement: Shown { text: statement.label.clone(), href: Shown::thing(&statement.iri, &after.names, base).href },
        scope: statement.scope.join(", "),
    };
    let pair = |[was, is]: &[Statement; 2]| (change(was), change(is));
    let same = found.changed.iter().map(|statement| (change(statement), change(statement)));
    rendered(&Difference {
        frame: Frame::of(after, "/history", None),
        added: found.added.iter().map(change).collect(),
        removed: found.removed.iter().map(change).collect(),
        changed: found.reworded.iter().chain(&found.moved).map(pair).chain(same).collect(),
        with_answers: url(
            "/history/difference",
            [("from", before.version.as_str()), ("to", &after.version), ("answers", "true")],
        ),
        answers,
        from: before.version.clone(),
        to: after.version.clone(),
    })
}

fn shown(app: &App, page: Result<String, Problem>) -> Response {
    match page {
        Ok(page) => ([(axum::http::header::CACHE_CONTROL, "no-cache")], Html(page)).into_response(),
        Err(problem) => wrong(app, problem),
    }
}
