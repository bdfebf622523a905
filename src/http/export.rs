//! `/export/{graph}.{ext}`: the graphs as files. A small one is kept ready like any answer; a large one streams, as much at a time
//! as the client takes, and is cut off where it cannot be finished.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oxigraph::model::Quad;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use super::App;
use super::cache::{Made, arguments, canonical};
use super::problem::Problem;
use crate::catalogue::names::nearest;
use crate::export::{self, ExportError, FORMATS, Format, Selection};
use crate::knowledge::Generation;

/// Exports of more quads than this stream; below it they are kept, which is some hundred kilobytes.
const KEPT_QUADS: usize = 5_000;

/// The name that stands for everything stated.
pub const ALL: &str = "all";

/// Bytes sent at once.
const CHUNK: usize = 64 * 1024;

/// Why an export is not kept.
enum Unkept {
    Problem(Problem),
    /// It is large: these are its quads.
    Large(Vec<Quad>),
}

impl From<Problem> for Unkept {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

pub async fn graph(
    State(app): State<App>,
    file: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // What is not UTF-8 is no graph's name.
    let file = file.map_or_else(|_| "\u{fffd}".to_owned(), |Path(file)| file);
    let (name, format) = parts(&file)?;
    let arguments = arguments(query.as_deref());
    let graphs = if name == ALL { Vec::new() } else { vec![name.to_owned()] };
    let selection = Selection { graphs, inferred: inferred(&arguments)? };
    let target = format!("/export/{name}?{}", canonical(&arguments));
    let make = move |generation: &Generation| {
        let quads = export::select(&generation.store, &selection).map_err(Problem::from)?;
        if quads.len() > KEPT_QUADS {
            return Err(Unkept::Large(quads));
        }
        let mut body = Vec::new();
        export::write(&quads, format.rdf, &mut body).map_err(|error| Problem::internal(&error))?;
        Ok(Made::new(&content_type(format), body))
    };
    match app.answers.respond(&headers, app.generation(), target, format.rdf.media_type(), make).await {
        Ok(response) => Ok(response),
        Err(Unkept::Problem(problem)) => Err(problem),
        Err(Unkept::Large(quads)) => streamed(&app, quads, format),
    }
}

/// The graph and the syntax of a file's name; a graph's name may hold slashes and dots.
fn parts(file: &str) -> Result<(&str, Format), Problem> {
    let extensions = || FORMATS.iter().map(|format| format.rdf.file_extension());
    let found = file
        .rsplit_once('.')
        .and_then(|(name, extension)| Some((name, *FORMATS.iter().find(|format| format.rdf.file_extension() == extension)?)));
    found.ok_or_else(|| {
        let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-syntax", format!("`{file}` ends with no RDF syntax."));
        problem.hint(format!("End it with one of .{}.", extensions().collect::<Vec<_>>().join(", .")))
    })
}

/// Whether the inferred graphs come along.
fn inferred(arguments: &[(String, String)]) -> Result<bool, Problem> {
    match arguments {
        [] => Ok(false),
        [(name, value)] if name == "inferred" && value == "true" => Ok(true),
        [(name, value)] if name == "inferred" && value == "false" => Ok(false),
        _ => {
            let problem = Problem::new(StatusCode::BAD_REQUEST, "unknown-parameter", "An export takes nothing but `inferred`.");
            Err(problem.hint("Add inferred=true for what follows by the rules, or leave it out."))
        }
    }
}

fn content_type(format: Format) -> String {
    let media_type = format.rdf.media_type();
    if media_type.starts_with("text/") { format!("{media_type}; charset=utf-8") } else { media_type.to_owned() }
}

/// Writes on a thread that may block, as one of few at a time: each holds its quads for as long as its client reads.
fn streamed(app: &App, quads: Vec<Quad>, format: Format) -> Result<Response, Problem> {
    let place = app.exports.clone().try_acquire_owned().map_err(|_| {
        let detail = "As many exports as the server takes at one time are under way.";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).hint("Try again in a moment.").retry()
    })?;
    let (sender, receiver) = channel(2);
    let mut out = Sent { sender, buffer: Vec::new(), runtime: Handle::current(), patience: app.options.patience };
    tokio::task::spawn_blocking(move || {
        let written = export::write(&quads, format.rdf, &mut out).and_then(|()| out.send());
        if let Err(error) = written {
            // Cut off, so that it does not look whole; a client that left needs no news of it.
            let _ = out.give(Err(error));
        }
        drop(place);
    });
    let headers = [(header::CONTENT_TYPE, content_type(format)), (header::CACHE_CONTROL, "no-cache".to_owned())];
    Ok((headers, Body::from_stream(ReceiverStream::new(receiver))).into_response())
}

/// The writing end of a body: waits for the client to take what was sent, but not for ever.
struct Sent {
    sender: Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
    runtime: Handle,
    patience: Duration,
}

impl Sent {
    fn send(&mut self) -> io::Result<()> {
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        self.give(Ok(bytes))
    }

    fn give(&self, chunk: io::Result<Bytes>) -> io::Result<()> {
        let taken = self.runtime.block_on(tokio::time::timeout(self.patience, self.sender.send(chunk)));
        taken.map_err(|_| io::ErrorKind::TimedOut)?.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Sent {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.send()?;
        }
        Ok(bytes.len())
    }

    /// Serializers flush when they please; what is written is sent when there is enough of it, and at the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::UnknownGraph { name, known } => {
                let near = nearest(&name, known.iter().map(String::as_str));
                Self::new(StatusCode::NOT_FOUND, "unknown-graph", format!("There is no graph `{name}`."))
                    .near(near)
                    .hint(format!("There are {ALL} (everything stated), {}.", known.join(", ")))
            }
            ExportError::Store(error) => Self::from(error),
            ExportError::Write(error) => Self::internal(&error),
        }
    }
}
