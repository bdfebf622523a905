//! A request's id, and the one line the log gets when its answer has ended. Enter at [`observe`], the outermost layer.
//! What a client asks about may describe a person: the line has the route's template in place of the path, nothing of the query
//! string, and of a query's text its length and fingerprint only.

use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use http_body::{Frame, SizeHint};
use sha2::{Digest, Sha256};
use tracing::info;

use super::App;
use super::metrics::{Held, Metrics};

/// Where a request's id stands.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client.
const LONGEST_ID: usize = 64;

tokio::task_local! {
    static CURRENT: Arc<Asked>;
}

/// What is known of a request beyond its first line.
#[derive(Debug)]
struct Asked {
    id: HeaderValue,
    query: OnceLock<Fingerprint>,
}

/// What may be told of a query's text.
#[derive(Debug)]
struct Fingerprint {
    length: usize,
    /// The first 16 digits of its SHA-256 in hex.
    digest: String,
}

/// The id of the request that the current task answers; none on other threads.
pub fn current() -> Option<String> {
    CURRENT.try_with(|asked| asked.id.to_str().unwrap_or_default().to_owned()).ok()
}

/// Lets the log recognise the text of a query again without telling it.
pub fn note_query(text: &str) {
    let fingerprint = || Fingerprint { length: text.len(), digest: format!("{:x}", Sha256::digest(text))[..16].to_owned() };
    // Without a request there is no line to write it in.
    let _ = CURRENT.try_with(|asked| asked.query.get_or_init(fingerprint).length);
}

/// Gives each request its id, and counts and logs it when its answer has ended.
pub async fn observe(
    app: &App,
    template: Option<MatchedPath>,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let asked = Arc::new(Asked { id: id(request.headers()), query: OnceLock::new() });
    let mut seen = Seen {
        _in_flight: app.metrics.request(),
        metrics: app.metrics.clone(),
        asked: asked.clone(),
        method: method(request.method()),
        template,
        started: Instant::now(),
        status: None,
        bytes: 0,
        whole: false,
    };
    let is_head = request.method() == Method::HEAD;
    let mut response = CURRENT.scope(asked.clone(), next(request)).await;
    response.headers_mut().insert(X_REQUEST_ID, asked.id.clone());
    seen.status = Some(response.status().as_u16());
    // The server never reads the body of an answer to HEAD.
    seen.whole = is_head || response.body().is_end_stream();
    response.map(|inner| Body::new(Watched { inner, seen }))
}

/// [`observe`] around a route.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let template = request.extensions().get::<MatchedPath>().cloned();
    observe(&app, template, request, async |request| next.run(request).await).await
}

/// The client's id, if it is fit to stand in a header, a log and a page; else one of our own.
fn id(headers: &HeaderMap) -> HeaderValue {
    let fit = |id: &&HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        (1..=LONGEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    headers.get(X_REQUEST_ID).filter(fit).cloned().unwrap_or_else(|| {
        /// Ids of two runs differ.
        static RUN: LazyLock<u32> = LazyLock::new(|| (RandomState::new().hash_one(std::process::id()) >> 32) as u32);
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let id = format!("{:08x}-{:x}", *RUN, COUNT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// A client may invent methods; the log need not repeat them.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        "QUERY" => "QUERY",
        _ => "other",
    }
}

/// A request on its way, told when dropped: whichever way its answer ends, that happens once.
struct Seen {
    _in_flight: Held,
    metrics: Arc<Metrics>,
    asked: Arc<Asked>,
    method: &'static str,
    template: Option<MatchedPath>,
    started: Instant,
    status: Option<u16>,
    bytes: u64,
    whole: bool,
}

impl Drop for Seen {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let path = self.template.as_ref().map_or("other", MatchedPath::as_str);
        self.metrics.answered(path, self.status, took);
        let milliseconds = took.as_micros() as f64 / 1000.0;
        let id = self.asked.id.to_str().unwrap_or_default();
        let query = self.asked.query.get();
        let end = if self.whole { "" } else { ", cut short" };
        info!(
            target: "competency_graph::request",
            method = self.method,
            path,
            status = self.status,
            duration_ms = milliseconds,
            bytes = self.bytes,
            whole = self.whole,
            request.id = id,
            query.length = query.map(|query| query.length),
            query.fingerprint = query.map(|query| query.digest.as_str()),
            "{} {path} {} in {milliseconds} ms{end}",
            self.method,
            self.status.map_or_else(|| "unanswered".to_owned(), |status| status.to_string()),
        );
    }
}

/// A body that is counted while it is sent.
struct Watched {
    inner: Body,
    seen: Seen,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                self.seen.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                self.seen.whole = self.inner.is_end_stream();
            }
            Some(Err(_)) => {}
            None => self.seen.whole = true,
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
