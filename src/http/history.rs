//! `/api/history`: the commits, what each changed, what differs between two versions by statement and by answer, and taking one back.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::auth::{self, Asking};
use super::cache::arguments;
use super::paging::number;
use super::problem::Problem;
use super::write::{self, Wish};
use super::{App, off_the_loop};
use crate::access::Role;
use crate::changes::{self, Changes, statements};
use crate::history::{Commit, History, HistoryError};
use crate::knowledge::Generation;
use crate::patch;

/// Commits on a page, if it is not said how many.
const PAGE: usize = 50;

/// `/api/history?limit=…&before=…`: newest first.
pub async fn list(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let history = log_of(&app)?;
    let mut arguments = arguments(query.as_deref());
    let limit = number(&mut arguments, "limit", 1, super::paging::MOST_ROWS)?.unwrap_or(PAGE);
    let before = number(&mut arguments, "before", 1, super::paging::MOST_OFFSET)?;
    none_left(&arguments, "limit and before")?;
    off_the_loop(move || {
        let commits = history.log(before.map(|number| number as u64), limit)?;
        let next = commits.last().filter(|last| commits.len() == limit && last.number > 1);
        let next = next.map(|last| format!("/api/history?limit={limit}&before={}", last.number));
        let told: Vec<Value> = commits.iter().map(told).collect();
        Ok(json_response(&json!({ "version": app.knowledge.current().version, "commits": told, "next": next })))
    })
    .await
}

/// `/api/history/{version}`: a commit.
pub async fn commit(State(app): State<App>, Path(version): Path<String>) -> Result<Response, Problem> {
    let history = log_of(&app)?;
    off_the_loop(move || Ok(json_response(&told(&history.find(&version)?)))).await
}

/// `/api/history/{version}/patch`: what it changed, as an RDF patch.
pub async fn patch(State(app): State<App>, Path(version): Path<String>) -> Result<Response, Problem> {
    let history = log_of(&app)?;
    off_the_loop(move || {
        let patch = history.patch(&history.find(&version)?)?;
        let headers = [(header::CONTENT_TYPE, patch::MEDIA_TYPE), (header::CACHE_CONTROL, "no-cache")];
        Ok((headers, patch.to_string()).into_response())
    })
    .await
}

/// `/api/history/difference?from=…&to=…`: by statement, and with `answers=true` or `question=ID` by answer.
pub async fn difference(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let mut arguments = arguments(query.as_deref());
    let mut taken = |name: &str| {
        let at = arguments.iter().position(|(given, _)| given == name)?;
        Some(arguments.remove(at).1)
    };
    let (from, to, answers, question) = (taken("from"), taken("to"), taken("answers"), taken("question"));
    none_left(&arguments, "from, to, answers and question")?;
    let from = from.ok_or_else(|| bad("missing-parameter", "`from` names the earlier version.".to_owned()))?;
    let is_by_answer = question.is_some() || answers.as_deref() == Some("true");
    let place = if is_by_answer { Some(place(&app)?) } else { None };
    log_of(&app)?;
    off_the_loop(move || {
        let before = app.knowledge.version(&from)?;
        let after = to.map_or_else(|| Ok(app.knowledge.current()), |to| app.knowledge.version(&to))?;
        if let Some(id) = &question
            && after.catalogue.get(id).is_none()
        {
            return Err(Problem::new(StatusCode::NOT_FOUND, "unknown-question", format!("There is no question `{id}`.")));
        }
        let mut body = json!({ "from": before.version, "to": after.version });
        body["statements"] = statements::between(&before, &after)?.to_json();
        if let Some(place) = place {
            let told = by_answer(place, &before, &after, question.as_deref())?.to_json(&after.names);
            body["asked"] = told["asked"].clone();
            body["answers"] = told["answers"].clone();
        }
        Ok(json_response(&body))
    })
    .await
}

/// `POST /api/history/{version}/revert`: a new commit that takes back what one changed.
pub async fn revert(
    State(app): State<App>,
    Path(version): Path<String>,
    Extension(Asking(who)): Extension<Asking>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let history = log_of(&app)?;
    let holder = auth::needs(who, Role::Editor)?;
    let mut wish = Wish::new(holder, "POST /api/history/{version}/revert".to_owned(), &headers)?;
    for (name, value) in arguments(uri.query()) {
        if !wish.take(&name, &value)? {
            return Err(bad("unknown-parameter", format!("There is no parameter `{name}`; it takes message and dry-run.")));
        }
    }
    let commit = history.find(&version)?;
    let undo = history.patch(&commit)?.inverse();
    if wish.message.is_empty() {
        wish.message = format!("Takes back {}: {}", &commit.digest[..8], commit.message);
    }
    let dry_run = wish.dry_run;
    Ok(write::told(&write::commit_patch(&app, wish, undo).await?, dry_run))
}

/// `/api/audit`: what was tried, newest first; for admins.
pub async fn trail(
    State(app): State<App>,
    Extension(Asking(who)): Extension<Asking>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Some(access) = app.gate.access.clone() else { return Err(HistoryError::Fixed.into()) };
    auth::needs(who, Role::Admin)?;
    let mut arguments = arguments(query.as_deref());
    let limit = number(&mut arguments, "limit", 1, super::paging::MOST_ROWS)?.unwrap_or(PAGE);
    none_left(&arguments, "limit")?;
    off_the_loop(move || {
        let entries = access.trail(limit).map_err(|error| Problem::internal(&error))?;
        Ok(json_response(&json!({ "entries": entries })))
    })
    .await
}

/// The place of the one who compares the answers of two versions, which takes all cores.
///
/// # Errors
/// When somebody else has it.
pub fn place(app: &App) -> Result<OwnedSemaphorePermit, Problem> {
    app.comparing.clone().try_acquire_owned().map_err(|_| {
        let detail = "Another comparison of answers is under way.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).hint("Try again in a moment.").retry()
    })
}

/// Which answers differ between two versions, of one question or of all.
///
/// # Errors
/// When the store fails.
pub fn by_answer(
    _place: OwnedSemaphorePermit,
    before: &Generation,
    after: &Generation,
    question: Option<&str>,
) -> Result<Changes, Problem> {
    changes::between(before, after, question, &|_, _| ()).map_err(|error| Problem::internal(&error))
}

pub fn log_of(app: &App) -> Result<Arc<History>, Problem> {
    app.knowledge.history().cloned().ok_or_else(|| {
        let problem = Problem::new(
            StatusCode::NOT_FOUND,
            "no-history",
            "What this server knows is made from files, which have no history here.",
        );
        problem.hint("Serve a durable store: `competency init --store kb.sqlite`, then `competency serve --store kb.sqlite`.")
    })
}

/// A commit with the URLs of what belongs to it.
fn told(commit: &Commit) -> Value {
    let mut told = json!(commit);
    told["patch"] = format!("/api/history/{}/patch", commit.digest).into();
    if let Some(parent) = &commit.parent {
        told["difference"] = format!("/api/history/difference?from={parent}&to={}", commit.digest).into();
    }
    told
}

fn json_response(body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, format!("{body}\n")).into_response()
}

fn none_left(arguments: &[(String, String)], taken: &str) -> Result<(), Problem> {
    match arguments.first() {
        Some((name, _)) => Err(bad("unknown-parameter", format!("There is no parameter `{name}`; it takes {taken}."))),
        None => Ok(()),
    }
}

fn bad(kind: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}
