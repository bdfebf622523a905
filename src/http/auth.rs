//! Who asks, and whether they may: tokens as bearers of a role, refused where they do not reach, each refused write on the trail.
//! Enter at [`admitted`]. What a token is and where it is kept is `access`'s matter.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
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
    let writes = writes(request.method(), path) && app.is_writable();
    let action = format!("{} {path}", request.method());
    let who = asking(app, request.headers());
    let allowed = who.and_then(|who| {
        let holder = who.0.as_ref();
        if writes {
            own_page(app, request.headers())?;
            needs(holder, Role::Editor)?;
        } else if app.gate.reading == Reading::Closed {
            needs(holder, Role::Reader)?;
        }
        Ok(who)
    });
    match allowed {
        Ok(who) => {
            request.extensions_mut().insert(who);
            Ok(())
        }
        Err(problem) if writes => {
            let who = asking(app, request.headers()).ok().and_then(|who| who.0);
            record(app, who.as_ref(), &action, problem.status(), problem.kind(), None);
            Err(problem)
        }
        Err(problem) => Err(problem),
    }
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

/// That somebody may do what takes a role.
///
/// # Errors
/// 401 or 403.
pub fn needs(holder: Option<&Holder>, role: Role) -> Result<(), Problem> {
    match holder {
        Some(holder) if holder.role >= role => Ok(()),
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
pub fn own_page(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
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
fn asking(app: &App, headers: &HeaderMap) -> Result<Asking, Problem> {
    let (Some(access), Some(given)) = (&app.gate.access, headers.get(header::AUTHORIZATION)) else { return Ok(Asking(None)) };
    let scheme = |name: &str| {
        let text = given.to_str().ok()?;
        let (scheme, rest) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case(name).then(|| rest.trim())
    };
    let Some(token) = scheme("bearer") else {
        return Err(unauthorized("The Authorization header holds no bearer token.".to_owned()));
    };
    let holder = access.holder(token).map_err(|error| Problem::internal(&error))?;
    let holder = holder.ok_or_else(|| unauthorized("The token is unknown, or was revoked.".to_owned()))?;
    Ok(Asking(Some(holder)))
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
    if let Err(error) = access.record(&entry) {
        error!(%error, action, "The audit trail could not be written: {error}");
    }
}

fn unauthorized(detail: String) -> Problem {
    let problem = Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail);
    problem
        .hint("Send it as `Authorization: Bearer TOKEN`; `competency token add` makes one.")
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"competency-graph\""))
}
