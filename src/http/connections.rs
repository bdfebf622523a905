//! Connections: accepted up to a bound, given up when their client sends or takes nothing for too long, finished when the server stops.
//! Enter at [`serve`]. What is answered on them is the matter of `front`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Sleep, sleep, timeout};
use tracing::warn;

use super::front::Front;
use super::metrics::Metrics;

/// How connections are treated.
#[derive(Clone, Debug)]
pub struct Connections {
    /// The most at one time; who comes later waits.
    pub most: usize,
    /// How long a client may take to send its headers, and how long to take the next part of an answer.
    pub patience: Duration,
    /// How long answers may go on once the server is asked to stop.
    pub grace: Duration,
}

/// First line and headers together; what is longer is refused before it is a request. It leaves room above the limits of `guard`,
/// which tells more.
const MOST_HEAD_BYTES: usize = 128 * 1024;

/// Serves until `stop` is ready, then lets the answers under way end, for as long as the grace lasts.
pub async fn serve(
    listener: TcpListener,
    front: Front,
    connections: &Connections,
    metrics: &Arc<Metrics>,
    stop: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(connections.patience).max_buf_size(MOST_HEAD_BYTES);
    let (front, places) = (Arc::new(front), Arc::new(Semaphore::new(connections.most)));
    let running = GracefulShutdown::new();
    let accept = async {
        // The semaphore is never closed.
        while let Ok(place) = places.clone().acquire_owned().await {
            let stream = Patient::new(accepted(&listener).await, connections.patience);
            let front = front.clone();
            let service = service_fn(move |request| front.clone().answer(request));
            let connection = running.watch(http.serve_connection(TokioIo::new(stream), service));
            let held = metrics.connection();
            tokio::spawn(async move {
                // A connection that breaks is its client's matter; what it asked is in the log.
                let _ = connection.await;
                drop((place, held));
            });
        }
    };
    tokio::select! { () = accept => {}, () = stop => {} }
    metrics.stop();
    drop(listener);
    if timeout(connections.grace, running.shutdown()).await.is_err() {
        warn!("Not all answers ended within {} s; the rest is cut off", connections.grace.as_secs_f32());
    }
}

/// The next connection. Without free file descriptors there is none until another ends.
async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are small and whole: waiting to fill a packet only delays them. A stream that cannot is as good.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted || error.kind() == io::ErrorKind::ConnectionReset => {}
            Err(error) => {
                warn!(%error, "No connection could be accepted: {error}");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// A stream whose writes fail when the other side takes nothing for too long, so that a client that stops reading holds nothing for ever.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, stalled: None }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch(cx, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
