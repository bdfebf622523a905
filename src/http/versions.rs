//! `version=` on whatever is read: the request is answered from that version of the data, and says so (Memento, RFC 7089).
//! Enter at [`layer`], which takes the parameter out of the URL, so that no handler need know of it; [`named`] gives them the version.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::{App, write};
use crate::knowledge::Generation;

/// The URL parameter.
pub const PARAMETER: &str = "version";

const MEMENTO_DATETIME: HeaderName = HeaderName::from_static("memento-datetime");
const ACCEPT_DATETIME: HeaderName = HeaderName::from_static("accept-datetime");

tokio::task_local! {
    static NAMED: Arc<Generation>;
}

/// The version that the current request names; none on other threads.
pub fn named() -> Option<Arc<Generation>> {
    NAMED.try_with(Arc::clone).ok()
}

/// Around all routes.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    match answered(&app, request, next).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn answered(app: &App, mut request: Request, next: Next) -> Result<Response, Problem> {
    let reads = [Method::GET, Method::HEAD].contains(request.method()) || request.method().as_str() == "QUERY";
    let of_log = request.uri().path().starts_with("/api/history");
    let is_query = request.method() == Method::POST && request.uri().path() == "/sparql";
    let wanted = if (reads || is_query) && !of_log { wanted(request.uri())? } else { None };
    if let Some((version, uri)) = wanted {
        let original = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
        let found = found(app, version.clone()).await?;
        let current = uri.path_and_query().map_or_else(String::new, ToString::to_string);
        *request.uri_mut() = uri;
        let response = NAMED.scope(found.clone(), next.run(request)).await;
        return Ok(memento(app, response, &found, version == found.version, &current, &original));
    }
    if let Some(time) = request.headers().get(ACCEPT_DATETIME).filter(|_| reads && !of_log && app.knowledge.history().is_some()) {
        return at(app, time, request.uri());
    }
    // Read before the handler reads: what it answers is of this version or a newer one, so that a write for this version is safe.
    let version = app.is_writable().then(|| app.knowledge.current().version.clone());
    let response = next.run(request).await;
    Ok(match version {
        Some(version) if !response.headers().contains_key(write::VERSION) => write::versioned(response, &version),
        _ => response,
    })
}

/// The version that a URL names, and the URL without it.
fn wanted(uri: &Uri) -> Result<Option<(String, Uri)>, Problem> {
    let Some(query) = uri.query().filter(|query| query.contains(PARAMETER)) else { return Ok(None) };
    let is_version = |pair: &&str| pair.split('=').next() == Some(PARAMETER);
    let named: Vec<&str> = query.split('&').filter(is_version).collect();
    let [pair] = named[..] else {
        let twice = || Problem::new(StatusCode::BAD_REQUEST, "two-versions", "`version` is given twice; name one.");
        return if named.is_empty() { Ok(None) } else { Err(twice()) };
    };
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_version(pair)).collect();
    let path = if rest.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), rest.join("&")) };
    let version = pair.split_once('=').map_or("", |(_, version)| version).to_owned();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path.parse().map_err(|error| Problem::internal(&error))?);
    Ok(Some((version, Uri::from_parts(parts).map_err(|error| Problem::internal(&error))?)))
}

/// Making a former version takes as long as loading.
async fn found(app: &App, name: String) -> Result<Arc<Generation>, Problem> {
    let knowledge = app.knowledge.clone();
    let found = tokio::task::spawn_blocking(move || knowledge.version(&name)).await.map_err(|error| Problem::internal(&error))?;
    Ok(found?)
}

/// Leads to the version that was the newest at a time.
fn at(app: &App, time: &HeaderValue, uri: &Uri) -> Result<Response, Problem> {
    let Some(history) = app.knowledge.history() else { return Err(Problem::from(crate::history::HistoryError::Fixed)) };
    let time = time.to_str().ok().and_then(|text| httpdate::parse_http_date(text).ok()).ok_or_else(|| {
        let detail = "The Accept-Datetime header is no date of HTTP, such as Thu, 26 Nov 2026 09:30:00 GMT.";
        Problem::new(StatusCode::BAD_REQUEST, "malformed-datetime", detail)
    })?;
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let commit = history.at(seconds)?;
    let joint = if uri.query().is_some() { '&' } else { '?' };
    let location = format!("{uri}{joint}{PARAMETER}={}", commit.digest);
    let headers = [(header::LOCATION, location), (header::VARY, "accept-datetime".to_owned())];
    Ok((StatusCode::FOUND, headers).into_response())
}

/// Says of which version an answer is. One named in full never changes.
fn memento(app: &App, mut response: Response, generation: &Generation, in_full: bool, current: &str, own: &str) -> Response {
    let time = generation.commit.as_ref().and_then(|commit| app.knowledge.history()?.seconds(commit).ok());
    let headers = response.headers_mut();
    if let Some(seconds) = time {
        let date = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let base = app.options.base.trim_end_matches('/');
        let link = format!(
            "<{base}{current}>; rel=\"original timegate\", <{base}{own}>; rel=\"memento\", <{base}/api/history>; rel=\"timemap\""
        );
        for (name, value) in [(MEMENTO_DATETIME, date), (header::LINK, link)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
    }
    let kept = headers.get(header::CACHE_CONTROL).is_some_and(|value| value == "no-cache");
    if in_full && kept && app.gate.reading == super::Reading::Open {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    }
    write::versioned(response, &generation.version)
}
