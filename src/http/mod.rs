//! The HTTP front end. Enter at [`app`], the table of contents, or [`serve`].
//! Only this module is async: evaluation happens on threads of its own, and results stream from there.
//! What an answer is belongs to `catalogue`; what is known, to `knowledge`.

mod accept;
mod ask;
mod assets;
mod auth;
mod cache;
mod connections;
mod description;
mod docs;
mod explain;
mod export;
mod front;
mod graphs;
mod guard;
mod history;
mod ids;
mod mcp;
mod methods;
mod metrics;
mod openapi;
mod paging;
mod places;
mod problem;
mod questions;
mod rdf;
mod resource;
mod schemas;
mod search;
mod site;
mod sparql;
mod terms;
mod thing;
mod versions;
mod void;
mod write;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tokio::sync::Semaphore;

use crate::catalogue::names::nearest;
use crate::knowledge::{Generation, Knowledge};
use crate::mcp::Agents;
use crate::pool::Pool;
pub use auth::{Gate, Reading};
pub use connections::{Connections, serve};
pub use front::Front;
pub use guard::{Cors, Host};
pub use metrics::{Metrics, Reload};
use problem::Problem;

/// How the front end behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest a client may take to send its body, or to take the next part of an export.
    pub patience: Duration,
    /// What absolute links begin with, a slash at its end; never made from what a client says.
    pub base: String,
    /// The names under which the server may be asked.
    pub hosts: Vec<Host>,
    /// Whose pages may read answers.
    pub cors: Cors,
    /// The most bytes of a graph that is sent to be kept.
    pub most_graph_bytes: usize,
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    knowledge: Arc<Knowledge>,
    options: Arc<Options>,
    /// Where SPARQL from outside is evaluated.
    pool: Arc<Pool>,
    metrics: Arc<Metrics>,
    /// The tools for agents.
    agents: mcp::Service,
    /// Answers ready to send.
    answers: Arc<cache::Answers>,
    /// The large exports that may stream at one time.
    exports: Arc<Semaphore>,
    /// Who may do what.
    gate: Gate,
    /// Held by who changes the data.
    writing: Arc<tokio::sync::Mutex<()>>,
    /// For who compares the answers of two versions, which takes all cores.
    comparing: Arc<Semaphore>,
}

impl App {
    /// The generation to answer from: the one that the request names, or the newest.
    fn generation(&self) -> Arc<Generation> {
        versions::named().unwrap_or_else(|| self.knowledge.current())
    }

    /// Whether the data can be changed over HTTP.
    fn is_writable(&self) -> bool {
        self.gate.access.is_some() && self.knowledge.takes_changes()
    }
}

/// The most bytes of a query, in the URL or the body.
pub const MOST_QUERY_BYTES: usize = 100_000;

const PATHS: &[&str] = &[
    "/",
    "/ask",
    "/questions",
    "/explain",
    "/ladder",
    "/compare",
    "/gap",
    "/explore",
    "/review",
    "/history",
    "/sparql",
    "/update",
    "/graphs",
    "/ontology",
    "/.well-known/void",
    "/api/questions",
    "/api/ask",
    "/api/search",
    "/api/explain",
    "/api/history",
    "/openapi.json",
    "/docs",
    "/export/all.trig",
    "/mcp",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// The most large exports at one time: each holds its quads while its client reads.
const MOST_EXPORTS: usize = 4;

/// The front end: what it answers, behind what every request and answer passes.
pub fn app(knowledge: Arc<Knowledge>, pool: Arc<Pool>, options: Options, gate: Gate, metrics: Arc<Metrics>) -> Front {
    let (answers, exports) = (Arc::new(cache::Answers::new()), Arc::new(Semaphore::new(MOST_EXPORTS)));
    let agents = mcp::service(Agents::new(knowledge.clone(), pool.clone()));
    let (options, writing, comparing) = (Arc::new(options), Arc::default(), Arc::new(Semaphore::new(1)));
    let app = App { knowledge, options, pool, metrics, agents, answers, exports, gate, writing, comparing };
    Front::new(layers(routes(), &app).with_state(app.clone()), app)
}

/// All routes.
fn routes() -> Router<App> {
    Router::new()
        .merge(site::routes())
        .route("/assets/{name}", get(assets::asset))
        .route("/sparql", get(sparql::by_get).post(sparql::by_post).fallback(sparql::by_other))
        .route("/update", post(sparql::update).fallback(methods::update))
        .route("/graphs", get(graphs::by_parameter).fallback(graphs::write))
        .route("/graphs/{*name}", get(graphs::by_path).fallback(graphs::write))
        .route("/id/{*name}", get(resource::instance).fallback(methods::page))
        .route("/ontology", get(resource::ontology).fallback(methods::page))
        .route("/ontology.{suffix}", get(resource::ontology).fallback(methods::page))
        .route("/ontology/{*name}", get(resource::term).fallback(methods::page))
        .route("/.well-known/void", get(void::show).fallback(methods::page))
        .route("/api/questions", get(questions::list))
        .route("/api/questions/{id}", get(questions::answer))
        .route("/api/ask", get(ask::ask))
        .route("/api/search", get(search::search))
        .route("/api/explain", get(explain::explain))
        .route("/api/history", get(history::list))
        .route("/api/history/difference", get(history::difference))
        .route("/api/history/{version}", get(history::commit))
        .route("/api/history/{version}/patch", get(history::patch))
        .route("/api/history/{version}/revert", post(history::revert))
        .route("/api/audit", get(history::trail))
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(docs::page))
        .route("/export/{*file}", get(export::graph))
        .route("/mcp", any(mcp::answer))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics::text))
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
}

/// What every request passes, the last named first.
fn layers(routes: Router<App>, app: &App) -> Router<App> {
    routes
        .layer(from_fn_with_state(app.clone(), versions::layer))
        .layer(from_fn_with_state(app.clone(), cache::layer))
        .layer(from_fn_with_state(app.clone(), guard::layer))
        .layer(from_fn_with_state(app.clone(), ids::layer))
}

/// The address as people open it.
pub fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// Ready to be asked: from the first generation on, until the server is asked to stop.
async fn readyz(State(app): State<App>) -> Result<String, Problem> {
    if app.metrics.is_stopping() {
        let detail = "The server finishes what runs and then ends.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail));
    }
    Ok(format!("ready: {}\n", app.knowledge.current().version))
}

/// Runs what reads the graph, which is quick but not async.
async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> Result<T, Problem> + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

async fn no_such_page(request: Request) -> Response {
    let path = request.uri().path();
    let near = nearest(path, PATHS.iter().copied());
    let problem = Problem::new(StatusCode::NOT_FOUND, "not-found", format!("There is nothing at {path}."));
    problem.near(near).hint("The start page / lists what is here.").into_response()
}

async fn wrong_method(request: Request) -> Response {
    let detail = format!("{} does not take {}.", request.uri().path(), request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail).into_response()
}
