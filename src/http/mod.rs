//! The HTTP front end. Enter at [`app`], the table of contents, or [`serve`].
//! Only this module is async: evaluation happens on threads of its own, and results stream from there.
//! What an answer is belongs to `catalogue`; what is known, to `knowledge`.

mod accept;
mod cache;
mod docs;
mod export;
mod openapi;
mod pages;
mod paging;
mod problem;
mod questions;
mod schemas;
mod search;
mod sparql;
mod work;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
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
}

/// What every handler shares.
#[derive(Clone)]
pub struct App {
    knowledge: Arc<Knowledge>,
    options: Options,
    places: Arc<Semaphore>,
    /// Answers ready to send.
    answers: Arc<cache::Answers>,
    /// The large exports that may stream at one time.
    exports: Arc<Semaphore>,
}

/// The most bytes of a query, in the URL or the body.
pub const MOST_QUERY_BYTES: usize = 100_000;

/// The most large exports at one time: each holds its quads while its client reads.
const MOST_EXPORTS: usize = 4;

const PATHS: &[&str] =
    &["/", "/sparql", "/api/questions", "/api/search", "/openapi.json", "/docs", "/export/all.trig", "/healthz", "/readyz"];

/// All routes.
pub fn app(knowledge: Arc<Knowledge>, options: Options) -> Router {
    let places = Arc::new(Semaphore::new(options.concurrency));
    let (answers, exports) = (Arc::new(cache::Answers::new()), Arc::new(Semaphore::new(MOST_EXPORTS)));
    Router::new()
        .route("/", get(pages::home))
        .route("/style.css", get(pages::style))
        .route("/sparql", get(sparql::by_get).post(sparql::by_post))
        .route("/api/questions", get(questions::list))
        .route("/api/questions/{id}", get(questions::answer))
        .route("/api/search", get(search::search))
        .route("/openapi.json", get(openapi::document))
        .route("/docs", get(docs::page))
        .route("/export/{*file}", get(export::graph))
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
        .with_state(App { knowledge, options, places, answers, exports })
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
