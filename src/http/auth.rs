//! Who asks, and whether they may: tokens as bearers of a role, refused where they do not reach, each refused write on the trail.
//! Enter at [`admitted`]. What a token is and where it is kept is `access`'s matter.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use tokio::task::block_in_place;
use tracing::error;

use super::problem::Problem;
use super::{App, ids};
use crate::access::{Access, Entry, Holder, Role};

/// Whether everybody may read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    #[default]
    Open,
    /// Only who has a token.
    Closed,
}

/// Tokens and trail, and who may read; a server that takes no writes and lets all read needs none.
#[derive(Clone, Default)]
pub struct Gate {
    pub access: Option<Arc<Access>>,
    pub reading: Reading,
}

/// Who asks, as a request's handlers are told; none without a token.
#[derive(Clone, Debug)]
pub struct Asking(pub Option<Holder>);

/// Lets a request in by its token, before its body is read.
///
/// # Errors
/// 401 without a fit token where one is needed, 403 with one of too low a role or for a page of another origin.
pub fn admitted(app: &App, request: &mut Request) -> Result<(), Problem> {
    let path = request.uri().path();
    if ["/healthz", "/readyz"].contains(&path) || request.method() == Method::OPTIONS {
        return Ok(());
    }
    let role = if writes(request.method(), path) && app.is_writable() {
        Some(Role::Editor)
    } else {
        (app.gate.reading == Reading::Closed).then_some(Role::Reader)
    };
    let action = format!("{} {path}", request.method());
    let who = match (asking(app, request.headers()), role) {
        (Ok(who), Some(Role::Editor)) => editor(app, &action, who, request.headers()).map(Some),
        (Ok(who), Some(role)) => needs(who, role).map(Some),
        (Ok(who), None) => Ok(who),
        (Err(problem), Some(Role::Editor)) => Err(refused(app, None, &action, problem)),
        (Err(problem), _) => Err(problem),
    };
    request.extensions_mut().insert(Asking(who?));
    Ok(())
}

/// Who may change the data, and does not by way of a page elsewhere; a refusal is written down.
///
/// # Errors
/// 401 or 403.
pub fn editor(app: &App, action: &str, who: Option<Holder>, headers: &HeaderMap) -> Result<Holder, Problem> {
    let named = who.clone();
    own_page(app, headers)
        .and_then(|()| needs(who, Role::Editor))
        .map_err(|problem| refused(app, named.as_ref(), action, problem))
}

fn refused(app: &App, who: Option<&Holder>, action: &str, problem: Problem) -> Problem {
    record(app, who, action, problem.status(), problem.kind(), None);
    problem
}

/// Whether a request is for what changes the data. What `/sparql` is sent shows when it is parsed.
fn writes(method: &Method, path: &str) -> bool {
    let is_graph = path == "/graphs" || path.starts_with("/graphs/");
    match method.as_str() {
        "PUT" | "PATCH" | "DELETE" => is_graph,
        "POST" => is_graph || path == "/update" || path.starts_with("/api/history/"),
        _ => false,
    }
}

/// Who may do what takes a role.
///
/// # Errors
/// 401 or 403.
pub fn needs(holder: Option<Holder>, role: Role) -> Result<Holder, Problem> {
    match holder {
        Some(holder) if holder.role >= role => Ok(holder),
        Some(holder) => {
            let detail = format!("This takes the role {role}, and the token `{}` has the role {}.", holder.name, holder.role);
            Err(Problem::new(StatusCode::FORBIDDEN, "role-too-low", detail))
        }
        None => Err(unauthorized(format!("This takes a token of the role {role}."))),
    }
}

/// A page elsewhere must not have a browser write here.
///
/// # Errors
/// 403 for what a page of another origin sends.
fn own_page(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    let elsewhere = text(&SEC_FETCH_SITE).is_some_and(|site| !["same-origin", "none"].contains(&site));
    let base = app.options.base.trim_end_matches('/');
    let is_own = |origin: &str| {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let of_base = base == origin || base.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'));
        of_base || origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    };
    if elsewhere || text(&header::ORIGIN).is_some_and(|origin| !is_own(origin)) {
        let detail = "A page of another origin may not change the data.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross-site", detail)
            .hint("Send it from a program, or from a page of this server."));
    }
    Ok(())
}

/// Who holds the token of a request, if it has one.
///
/// # Errors
/// 401, when what it has opens nothing.
fn asking(app: &App, headers: &HeaderMap) -> Result<Option<Holder>, Problem> {
    let (Some(access), Some(given)) = (&app.gate.access, headers.get(header::AUTHORIZATION)) else { return Ok(None) };
    let parts = given.to_str().ok().and_then(|text| text.split_once(' '));
    let Some((_, token)) = parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Err(unauthorized("The Authorization header holds no bearer token.".to_owned()));
    };
    let holder = block_in_place(|| access.holder(token.trim())).map_err(|error| Problem::internal(&error))?;
    holder.map(Some).ok_or_else(|| unauthorized("The token is unknown, or was revoked.".to_owned()))
}

/// Writes down what somebody tried.
pub fn record(app: &App, who: Option<&Holder>, action: &str, status: StatusCode, reason: &str, version: Option<&str>) {
    let Some(access) = &app.gate.access else { return };
    let entry = Entry {
        who: who.map(|holder| holder.name.clone()),
        action: action.to_owned(),
        status: status.as_u16(),
        reason: reason.to_owned(),
        request: ids::current().unwrap_or_default(),
        version: version.map(str::to_owned),
        ..Entry::default()
    };
    if let Err(error) = block_in_place(|| access.record(&entry)) {
        error!(%error, action, "The audit trail could not be written: {error}");
    }
}

fn unauthorized(detail: String) -> Problem {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
    problem
        .hint("Send it as `Authorization: Bearer TOKEN`; `competency token add` makes one.")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"competency-graph\""))
}
