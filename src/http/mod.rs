//! The HTTP front end. Enter at [`app`], the table of contents, or [`serve`].
//! Only this module is async: evaluation happens on threads of its own, and results stream from there.
//! What an answer is belongs to `catalogue`; what is known, to `knowledge`.

mod accept;
mod description;
mod graphs;
mod methods;
mod pages;
mod places;
mod problem;
mod questions;
mod rdf;
mod resource;
mod sparql;
mod thing;
mod void;
mod work;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use crate::catalogue::names::nearest;
use crate::knowledge::Knowledge;
use problem::Problem;

/// How the front end behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// The longest a query may take.
    pub timeout: Duration,
    /// The most queries at one time.
    pub concurrency: usize,
    /// What the addresses that we tell begin with, a slash at the end. It is the operator's to say and never the `Host` header's.
    pub base: String,
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    knowledge: Arc<Knowledge>,
    options: Options,
    places: Arc<Semaphore>,
}

/// The most bytes of a query, in the URL or the body.
pub const MOST_QUERY_BYTES: usize = 100_000;

const PATHS: &[&str] =
    &["/", "/sparql", "/update", "/graphs", "/ontology", "/.well-known/void", "/api/questions", "/healthz", "/readyz"];

/// All routes.
pub fn app(knowledge: Arc<Knowledge>, options: Options) -> Router {
    let places = Arc::new(Semaphore::new(options.concurrency));
    Router::new()
        .route("/", get(pages::home))
        .route("/style.css", get(pages::style))
        .route("/sparql", get(sparql::by_get).post(sparql::by_post).fallback(sparql::by_other))
        .route("/update", post(sparql::update).fallback(methods::update))
        .route("/graphs", get(graphs::by_parameter).fallback(methods::graph))
        .route("/graphs/{*name}", get(graphs::by_path).fallback(methods::graph))
        .route("/id/{*name}", get(resource::instance).fallback(methods::page))
        .route("/ontology", get(resource::ontology).fallback(methods::page))
        .route("/ontology.{suffix}", get(resource::ontology).fallback(methods::page))
        .route("/ontology/{*name}", get(resource::term).fallback(methods::page))
        .route("/.well-known/void", get(void::show).fallback(methods::page))
        .route("/api/questions", get(questions::list))
        .route("/api/questions/{id}", get(questions::answer))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .fallback(no_such_page)
        .method_not_allowed_fallback(wrong_method)
        .layer(axum::extract::DefaultBodyLimit::max(MOST_QUERY_BYTES))
        .layer(constant_header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(constant_header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ))
        .layer(constant_header(header::REFERRER_POLICY, "no-referrer"))
        .layer(TraceLayer::new_for_http())
        .with_state(App { knowledge, options, places })
}

/// Serves until `stop` is ready, then lets the answers under way end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}

/// The address as people open it.
pub fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

fn constant_header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// Runs what reads the graph, which is quick but not async.
async fn off_the_loop(work: impl FnOnce() -> Result<Response, Problem> + Send + 'static) -> Result<Response, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

async fn readyz(State(app): State<App>) -> String {
    format!("ready: {}\n", app.knowledge.current().version)
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
