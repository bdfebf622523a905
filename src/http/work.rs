//! Runs synchronous work on a thread of its own and turns what it writes into a response body.
//! The status is decided by the first bytes: work that fails before them yields a problem, work that fails later aborts the body,
//! so that a cut answer never looks whole. A client that leaves ends the work.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use oxigraph::sparql::CancellationToken;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::App;
use super::problem::Problem;

/// Recursion over a query's nesting is as deep as the query; [`super::MOST_QUERY_BYTES`] bounds that, and this much stack bears it.
/// Pages are taken from the machine only when touched.
const STACK: usize = 1 << 30;

/// Bytes sent at once.
const CHUNK: usize = 32 * 1024;

/// What the work writes into; the other end is the response's body.
pub struct Out {
    sender: Sender<Result<Bytes, io::Error>>,
    buffer: Vec<u8>,
    cancel: CancellationToken,
    sent: bool,
}

/// Why the work did not end well.
pub enum Failure {
    /// Nothing was sent yet: the client is told.
    Problem(Problem),
    /// The body is cut off.
    Cut(io::Error),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Cut(error)
    }
}

impl Write for Out {
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

impl Out {
    fn send(&mut self) -> io::Result<()> {
        if self.cancel.is_cancelled() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let bytes = Bytes::from(std::mem::take(&mut self.buffer));
        self.sent = true;
        self.sender.blocking_send(Ok(bytes)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Runs the work under the deadline, as one of the bounded number at a time, and streams what it writes.
pub async fn stream<W>(app: &App, media_type: &'static str, work: W) -> Result<Response, Problem>
where
    W: FnOnce(&mut Out, CancellationToken) -> Result<(), Failure> + Send + 'static,
{
    let place = app.places.clone().try_acquire_owned().map_err(|_| busy())?;
    let (sender, receiver) = channel(4);
    let cancel = CancellationToken::new();
    let failed: Arc<std::sync::Mutex<Option<Problem>>> = Arc::default();
    let deadline = tokio::spawn(expire(app.options.timeout, sender.clone(), cancel.clone()));
    let (failed_there, cancel_there) = (failed.clone(), cancel.clone());
    let thread = std::thread::Builder::new().name("query".to_owned()).stack_size(STACK);
    let spawned = thread.spawn(move || {
        let mut out = Out { sender, buffer: Vec::new(), cancel: cancel_there.clone(), sent: false };
        let outcome = work(&mut out, cancel_there).and_then(|()| Ok(out.send()?));
        deadline.abort();
        match outcome {
            Ok(()) => {}
            Err(Failure::Problem(problem)) if !out.sent => {
                *failed_there.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(problem);
            }
            Err(Failure::Problem(problem)) => {
                problem.log();
                abort(&out, io::Error::other("the answer failed after it began"));
            }
            Err(Failure::Cut(error)) => abort(&out, error),
        }
        drop(place);
    });
    spawned.map_err(|error| Problem::internal(&error))?;
    let mut body = ReceiverStream::new(receiver);
    let Some(first) = body.next().await else {
        let problem = failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        return Err(problem.unwrap_or_else(|| Problem::internal(&io::Error::other("the work ended without an answer"))));
    };
    match first {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(too_slow(app.options.timeout)),
        Err(error) => Err(Problem::internal(&error)),
        Ok(first) => {
            let body = Body::from_stream(tokio_stream::once(Ok(first)).chain(body));
            Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response())
        }
    }
}

fn abort(out: &Out, error: io::Error) {
    // A client that left needs no news of it.
    let _ = out.sender.blocking_send(Err(error));
}

async fn expire(timeout: Duration, sender: Sender<Result<Bytes, io::Error>>, cancel: CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(timeout) => {}
        () = sender.closed() => {}
    }
    cancel.cancel();
    // The evaluation may not look at the token for a while; the client is told at once.
    let _ = sender.send(Err(io::ErrorKind::TimedOut.into())).await;
}

fn busy() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "As many queries as the server takes at one time are under way.")
        .hint("Try again in a moment.")
}

fn too_slow(timeout: Duration) -> Problem {
    let detail = format!("The query took longer than {} s and was ended.", timeout.as_secs_f32());
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail).hint("Narrow it, or ask for less at a time with LIMIT.")
}
