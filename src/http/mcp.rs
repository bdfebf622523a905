//! `/mcp`: the tools for agents over streamable HTTP. Each request stands for itself: there are no sessions to keep or to lose.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};

use super::guard::Cors;
use super::problem::Problem;
use super::{App, MOST_QUERY_BYTES};
use crate::mcp::Agents;

/// What answers the protocol.
pub type Service = StreamableHttpService<Agents, NeverSessionManager>;

/// The service; host names are checked before, by the guard, and origins by [`answer`].
pub fn service(agents: Agents) -> Service {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MOST_QUERY_BYTES)
        .disable_allowed_hosts();
    StreamableHttpService::new(move || Ok(agents.clone()), Arc::default(), config)
}

pub async fn answer(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    known_origin(request.headers(), &app.options.cors)?;
    Ok(app.agents.handle(request).await.map(Body::new))
}

/// A page elsewhere could have a browser call tools here: only our own pages may, and those that may read answers.
fn known_origin(headers: &HeaderMap, cors: &Cors) -> Result<(), Problem> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let authority = |text: &str| text.parse::<Authority>().ok();
    let text = origin.to_str().unwrap_or_default();
    let asked = headers.get(header::HOST).and_then(|host| authority(host.to_str().ok()?));
    let is_ours = text.split_once("://").and_then(|(_, host)| authority(host)).is_some_and(|host| Some(host) == asked);
    if is_ours || cors.allows(text) {
        return Ok(());
    }
    let problem = Problem::new(StatusCode::FORBIDDEN, "unknown-origin", "Pages of this origin may not call tools here.");
    Err(problem.hint("Whoever runs the server can allow an origin by --cors."))
}
