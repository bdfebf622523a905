//! RDF as an answer: its syntaxes by media type and by suffix, and the response that holds it.
//! Which triples are an answer is for others to say.

use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use oxigraph::io::RdfFormat;
use oxigraph::model::{GraphName, Quad, Triple};

use super::problem::Problem;
use crate::export;

/// The syntaxes, the server's favourite first, and for people a page.
pub const SYNTAXES_OR_PAGE: &[&str] = &[
    "text/turtle",
    "application/n-triples",
    "application/rdf+xml",
    "application/ld+json",
    "application/trig",
    "application/n-quads",
    PAGE,
];

/// The syntaxes alone.
pub const SYNTAXES: &[&str] = SYNTAXES_OR_PAGE.split_at(SYNTAXES_OR_PAGE.len() - 1).0;

/// The media type of a page.
pub const PAGE: &str = "text/html";

/// The media type that a suffix of a path stands for.
pub fn of_suffix(suffix: &str) -> Option<&'static str> {
    SYNTAXES_OR_PAGE.iter().copied().find(|media_type| self::suffix(media_type) == suffix)
}

/// The suffix of a media type.
pub fn suffix(media_type: &str) -> &'static str {
    if media_type == PAGE { "html" } else { RdfFormat::from_media_type(media_type).map_or("", |format| format.file_extension()) }
}

/// Triples in a syntax, sorted, so that the same triples are the same bytes.
pub fn response(triples: Vec<Triple>, media_type: &'static str) -> Result<Response, Problem> {
    let unknown = || Problem::new(axum::http::StatusCode::NOT_ACCEPTABLE, "not-acceptable", "That is no RDF syntax.");
    let format = RdfFormat::from_media_type(media_type).ok_or_else(unknown)?;
    let mut quads: Vec<Quad> = triples.into_iter().map(|triple| triple.in_graph(GraphName::DefaultGraph)).collect();
    quads.sort_by_cached_key(ToString::to_string);
    let mut body = Vec::new();
    export::write(&quads, format, &mut body).map_err(|error| Problem::internal(&error))?;
    let charset = if media_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    let content_type = HeaderValue::from_str(&format!("{media_type}{charset}")).map_err(|error| Problem::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
}

/// That the same URL gives another format to another client.
pub fn varying(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}
