//! Changing the data: what a request would change is found out in a worker process, then judged and committed here, and told.
//! Enter at [`commit`]. One change at a time: whoever comes second sees what the first has made.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::problem::Problem;
use super::sparql::of_update;
use super::{App, accept, auth, rdf};
use crate::access::Holder;
use crate::history::HistoryError;
use crate::knowledge::{Change, CommitError, Outcome};
use crate::patch::Patch;
use crate::pool::Answer;
use crate::validate::{Finding, report};
use crate::worker::Job;

/// The version that an answer was made from, or that came of a write: what `If-Match` of a write names.
pub const VERSION: HeaderName = HeaderName::from_static("competency-version");

/// The longest that one change waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes of a change, as a patch.
const MOST_PATCH_BYTES: usize = 512 << 20;

/// Another process may commit between; so often a change is worked out anew.
const ATTEMPTS: usize = 5;

/// What somebody wants besides the change itself.
#[derive(Clone, Debug)]
pub struct Wish {
    pub holder: Holder,
    /// Method and place, for the trail.
    pub action: String,
    pub message: String,
    pub dry_run: bool,
    /// The version that the change is for.
    pub expected: Option<String>,
    /// The media type for a report of what is wrong, where the client likes RDF better than JSON.
    pub report: Option<&'static str>,
}

impl Wish {
    /// Reads what the headers say of it.
    ///
    /// # Errors
    /// 400, when `If-Match` names no version.
    pub fn new(holder: Holder, action: String, headers: &HeaderMap) -> Result<Self, Problem> {
        let expected = headers.get(header::IF_MATCH).map(|value| value.to_str().unwrap_or_default().trim());
        let expected = match expected {
            None | Some("*") => None,
            Some(tag) => Some(tag.trim_matches('"').to_owned()),
        };
        let report = accept::choose(headers, REPORTS).ok().filter(|media_type| *media_type != REPORTS[0]);
        Ok(Self { holder, action, message: String::new(), dry_run: false, expected, report })
    }

    /// Takes `message` and `dry-run`, wherever they were given. Tells whether it was one of these.
    ///
    /// # Errors
    /// 400, when the value is none.
    pub fn take(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        match name {
            "message" if value.len() <= 1000 => value.clone_into(&mut self.message),
            "message" => return Err(bad("message-too-long", "The message has more than 1000 bytes.")),
            "dry-run" => {
                self.dry_run = match value {
                    "true" | "" => true,
                    "false" => false,
                    _ => return Err(bad("malformed-dry-run", "`dry-run` is true or false.")),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// JSON first.
const REPORTS: &[&str] =
    &["application/problem+json", "text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json"];

/// Works out what jobs change, commits that at once, and tells what came of it.
///
/// # Errors
/// When it cannot or may not be made; then nothing has changed, and the trail says who tried.
pub async fn commit(app: &App, wish: Wish, jobs: &[Job]) -> Result<Outcome, Problem> {
    let made = attempts(app, &wish, Source::Jobs(jobs)).await;
    recorded(app, &wish, made)
}

/// The same of a change that is known already.
///
/// # Errors
/// As for [`commit`].
pub async fn commit_patch(app: &App, wish: Wish, patch: Patch) -> Result<Outcome, Problem> {
    let made = attempts(app, &wish, Source::Patch(patch)).await;
    recorded(app, &wish, made)
}

enum Source<'a> {
    Jobs(&'a [Job]),
    Patch(Patch),
}

fn recorded(app: &App, wish: &Wish, made: Result<Outcome, Problem>) -> Result<Outcome, Problem> {
    let (status, reason, version) = match &made {
        Ok(outcome) if wish.dry_run => (StatusCode::OK, "dry-run", outcome.commit.as_ref()),
        Ok(outcome) => (StatusCode::OK, "committed", outcome.commit.as_ref()),
        Err(problem) => (problem.status(), problem.kind(), None),
    };
    auth::record(app, Some(&wish.holder), &wish.action, status, reason, version.map(|commit| commit.digest.as_str()));
    made
}

async fn attempts(app: &App, wish: &Wish, source: Source<'_>) -> Result<Outcome, Problem> {
    let busy = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Another change takes long.").retry();
    let _turn = timeout(PATIENCE, app.writing.lock()).await.map_err(|_| busy())?;
    for _ in 0..ATTEMPTS {
        // What others have committed is taken over first, so that the change is worked out on the newest version.
        let knowledge = app.knowledge.clone();
        let newest = tokio::task::spawn_blocking(move || knowledge.newest()).await;
        let generation = newest.map_err(|error| Problem::internal(&error))??;
        if wish.expected.as_ref().is_some_and(|expected| *expected != generation.version) {
            return Err(HistoryError::Moved { current: generation.version.clone() }.into());
        }
        let patch = match &source {
            Source::Patch(patch) => patch.clone(),
            Source::Jobs(jobs) => {
                let mut patch = Patch::default();
                for job in *jobs {
                    patch = patch.and(patch_of(app.pool.run(&generation, job, None).await.map_err(of_update)?).await?);
                }
                patch
            }
        };
        let (knowledge, version, asked) = (app.knowledge.clone(), generation.version.clone(), wish.clone());
        drop(generation);
        let made = tokio::task::spawn_blocking(move || {
            knowledge.commit(|newest| {
                if newest.version != version {
                    return Err(Stopped::Overtaken);
                }
                let Wish { holder, message, dry_run, expected, .. } = asked;
                Ok(Change { author: holder.name, message, patch, expected, dry_run })
            })
        });
        match made.await.map_err(|error| Problem::internal(&error))? {
            Ok(outcome) if wish.dry_run && !outcome.findings.is_empty() => return Err(unfit(&outcome.findings, wish)),
            Ok(outcome) => return Ok(outcome),
            Err(Stopped::Overtaken) => {}
            Err(Stopped::Refused(CommitError::Findings(findings))) => return Err(unfit(&findings, wish)),
            Err(Stopped::Refused(why)) => return Err(why.into()),
        }
    }
    Err(busy())
}

enum Stopped {
    /// Another process has committed meanwhile.
    Overtaken,
    Refused(CommitError),
}

impl From<CommitError> for Stopped {
    fn from(error: CommitError) -> Self {
        Self::Refused(error)
    }
}

async fn patch_of(answer: Answer) -> Result<Patch, Problem> {
    let bytes = match answer {
        Answer::Whole { bytes, .. } => bytes.to_vec(),
        Answer::Stream { first, rest, .. } => {
            let mut bytes = first.to_vec();
            let mut rest = ReceiverStream::new(rest);
            while let Some(more) = rest.next().await {
                bytes.extend_from_slice(&more.map_err(|error| Problem::internal(&error))?);
                if bytes.len() > MOST_PATCH_BYTES {
                    let detail = format!("The change is larger than {} MiB.", MOST_PATCH_BYTES >> 20);
                    return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "change-too-large", detail).hint("Make it in parts."));
                }
            }
            bytes
        }
    };
    tokio::task::spawn_blocking(move || {
        let text = String::from_utf8(bytes).map_err(|error| Problem::internal(&error))?;
        Patch::read(&text).map_err(|error| Problem::internal(&error))
    })
    .await
    .map_err(|error| Problem::internal(&error))?
}

/// What came of a change, as JSON.
pub fn told(outcome: &Outcome, dry_run: bool) -> Response {
    let count = |patch: &Patch| json!({ "added": patch.added.len(), "deleted": patch.deleted.len() });
    let body = json!({
        "version": outcome.version,
        "commit": outcome.commit,
        "dryRun": dry_run,
        "stated": count(&outcome.stated),
        "inferred": count(&outcome.inferred),
    });
    versioned(([(header::CONTENT_TYPE, "application/json")], format!("{body}\n")).into_response(), &outcome.version)
}

/// The answer with the version it belongs to.
pub fn versioned(mut response: Response, version: &str) -> Response {
    if let Ok(version) = HeaderValue::from_str(version) {
        response.headers_mut().insert(VERSION, version);
    }
    response
}

/// What is wrong with the data as it would be: a report of SHACL's for who likes RDF, and the same in the problem for who likes JSON.
fn unfit(findings: &[Finding], wish: &Wish) -> Problem {
    let detail = format!("The data would not be fit to publish, and nothing was changed: {} findings.", findings.len());
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-data", detail)
        .hint(findings.first().map_or_else(String::new, ToString::to_string))
        .member("findings", findings.iter().map(finding).collect());
    match wish.report.map(|media_type| rdf::response(report(findings), media_type)) {
        Some(Ok(response)) => problem.shown_as(response.map(Body::new)),
        _ => problem,
    }
}

fn finding(finding: &Finding) -> Value {
    json!({
        "thing": finding.thing,
        "broken": finding.broken,
        "property": finding.property,
        "value": finding.value,
        "message": finding.message,
    })
}

fn bad(kind: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}
