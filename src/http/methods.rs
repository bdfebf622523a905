//! What resources that are only read say to OPTIONS and to methods they do not take.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

pub const READING: &str = "GET, HEAD, OPTIONS";

/// A resource that nobody writes.
pub async fn page(method: Method, uri: Uri) -> Response {
    if method == Method::OPTIONS { options(READING) } else { refused(&method, &uri, READING) }
}

/// Where updates go.
pub async fn update(method: Method, uri: Uri) -> Response {
    const WRITING: &str = "POST, OPTIONS";
    if method == Method::OPTIONS { options(WRITING) } else { refused(&method, &uri, WRITING) }
}

/// The answer to OPTIONS.
pub fn options(allow: &'static str) -> Response {
    allowing(StatusCode::NO_CONTENT.into_response(), allow)
}

/// 405, with the methods that are taken.
pub fn refused(method: &Method, uri: &Uri, allow: &'static str) -> Response {
    let problem =
        Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", format!("{} does not take {method}.", uri.path()));
    allowing(problem.hint(format!("It takes {allow}.")).into_response(), allow)
}

/// What would change a graph that is made from files.
pub fn read_only(detail: &str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "read-only", detail)
        .hint("A graph made from files is changed in the Turtle below --data and read again; a store is written over HTTP: serve it with --store FILE, or an engine's URL with --tokens.")
}

/// Names the methods that are taken; the router would leave out those it has no name for.
pub fn allowing(mut response: Response, allow: &'static str) -> Response {
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    response
}
