//! What a request must keep to before any handler sees it, and the headers that every answer bears. Enter at [`guard`].
//! The `Host` header is checked and then forgotten: links are made from [`super::Options::base`].

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Problem;
use super::{App, MOST_QUERY_BYTES, auth};

/// The longest URL: a question may take 200 values, and each may be an IRI.
const MOST_URL_BYTES: usize = 32 * 1024;
/// The most of all headers' names and values.
const MOST_HEADER_BYTES: usize = 16 * 1024;
/// The most headers.
const MOST_HEADERS: usize = 64;

/// A name under which the server is asked: with a port, at that port only.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

/// Whose pages may read answers in a browser.
#[derive(Clone, Debug, Default)]
pub enum Cors {
    /// Only the server's own.
    #[default]
    Nobody,
    Anybody,
    Listed(Vec<String>),
}

/// Lets a request in or tells why not; either way the answer gets its headers.
pub async fn guard(app: &App, request: Request, next: impl AsyncFnOnce(Request) -> Response) -> Response {
    let cors = app.options.cors.answer(&request);
    let mut response = match admitted(app, request).await {
        Ok(request) if cors.is_some() && asks_before(&request) => preflight(&request),
        Ok(request) => next(request).await,
        Err(problem) => refused(problem),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (CROSS_ORIGIN_RESOURCE_POLICY, if matches!(app.options.cors, Cors::Anybody) { "cross-origin" } else { "same-origin" }),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Some(origin) = cors {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    }
    if matches!(app.options.cors, Cors::Listed(_)) {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// [`guard`] around a route.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    guard(&app, request, async |request| next.run(request).await).await
}

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// The workbench's editor sets styles of its elements, adds one style sheet (by whose digest it is let in), and draws with images and fonts that
/// its style sheet holds.
pub const WORKBENCH_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self' 'sha256-zCK2EVMoPc04mRF/g5CotUvxbJPWS+8V0b+s9ptqQIk='; style-src-attr 'unsafe-inline'; connect-src 'self'; \
     img-src 'self' data:; font-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The request with its body read, if it keeps to all limits.
async fn admitted(app: &App, mut request: Request) -> Result<Request, Problem> {
    small_enough(&request)?;
    asked_by_name(&app.options.hosts, &request)?;
    plain(request.headers())?;
    auth::admitted(app, &mut request)?;
    if !app.knowledge.is_whole() && request.uri().path() != "/healthz" {
        return Err(Problem::elsewhere("somebody is bringing other data to the engine, or stopped half-way".to_owned()));
    }
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let is_graph = app.is_writable() && request.uri().path().starts_with("/graphs");
    let most = if is_graph { app.options.most_graph_bytes } else { MOST_QUERY_BYTES };
    let (parts, body) = request.into_parts();
    let body = read(body, most, app.options.patience).await?;
    Ok(Request::from_parts(parts, body))
}

fn small_enough(request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    let url = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if url > MOST_URL_BYTES {
        let detail = format!("The URL has {url} bytes; at most {MOST_URL_BYTES} are taken.");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "url-too-long", detail).hint("A long query can be sent by POST."));
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if headers.len() > MOST_HEADERS || bytes > MOST_HEADER_BYTES {
        let detail = format!(
            "There are {} headers of {bytes} bytes; at most {MOST_HEADERS} of {MOST_HEADER_BYTES} bytes are taken.",
            headers.len()
        );
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers-too-large", detail));
    }
    Ok(())
}

/// A page elsewhere can make its own name point here (DNS rebinding); a browser then sends that name, which is not listed.
fn asked_by_name(hosts: &[Host], request: &Request) -> Result<(), Problem> {
    let malformed = |detail: &str| Problem::new(StatusCode::BAD_REQUEST, "malformed-host", detail);
    let mut given = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (given.next(), given.next()) else {
        return Err(malformed("A request has one Host header."));
    };
    let host = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    let host = host.filter(|host| !host.as_str().contains('@')).ok_or_else(|| malformed("The Host header names no host."))?;
    // A first line may name the host as well, and then both count.
    for host in [Some(&host), request.uri().authority()].into_iter().flatten() {
        if !hosts.iter().any(|listed| listed.is(host)) {
            let detail = format!("This server is not known as `{}`.", host.host());
            let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown-host", detail);
            return Err(problem.hint("Whoever runs it can add a name by --allow-host."));
        }
    }
    Ok(())
}

/// A packed body could be far larger than it looks.
fn plain(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            let problem = Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-content-encoding",
                "The body is packed; the server unpacks none.",
            );
            Err(problem.hint("Send it without Content-Encoding."))
        }
        _ => Ok(()),
    }
}

/// The whole body: all of it within the time, so that one that trickles in holds nothing for long.
async fn read(body: Body, most: usize, patience: Duration) -> Result<Body, Problem> {
    let too_large = || {
        let detail = format!("The body has more than {most} bytes.");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "query-too-large", detail)
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(patience, Limited::new(body, most).collect()).await {
        Ok(Ok(whole)) => Ok(Body::from(whole.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", "The body ended before it was read.")),
        Err(_) => {
            let detail = format!("The body did not arrive within {} s.", patience.as_secs_f32());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request-timeout", detail))
        }
    }
}

/// What is left of a refused request is not read.
fn refused(problem: Problem) -> Response {
    let mut response = problem.into_response();
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

impl Host {
    /// The names by which this machine calls itself, and the address the server listens on.
    pub fn of_machine(bound: SocketAddr) -> Vec<Self> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "[::1]".to_owned()];
        // The address that stands for all addresses is nobody's name.
        if !bound.ip().is_unspecified() {
            names.push(match bound.ip() {
                IpAddr::V4(address) => address.to_string(),
                IpAddr::V6(address) => format!("[{address}]"),
            });
        }
        names.into_iter().map(|name| Self { name, port: None }).collect()
    }

    fn is(&self, asked: &Authority) -> bool {
        let name = asked.host().strip_suffix('.').unwrap_or(asked.host());
        name.eq_ignore_ascii_case(&self.name) && self.port.is_none_or(|port| asked.port_u16() == Some(port))
    }
}

impl std::str::FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected =
            || format!("`{text}` is no host; it is a name or an address, such as kg.example.org, with :PORT if only that counts");
        let authority: Authority = text.parse().map_err(|_| expected())?;
        let port = authority.port_u16();
        let name = authority.host().to_ascii_lowercase();
        let whole = port.map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte));
        if name.is_empty() || !is_plain || !whole.eq_ignore_ascii_case(text) {
            return Err(expected());
        }
        Ok(Self { name, port })
    }
}

/// What browsers let a page of another origin see.
const EXPOSED: &str = "etag, link, location, content-location, retry-after, x-request-id";

impl Cors {
    /// From what was listed: `*`, or origins.
    ///
    /// # Errors
    /// When one is no origin.
    pub fn new(listed: &[String]) -> Result<Self, String> {
        if listed.is_empty() {
            return Ok(Self::Nobody);
        }
        if listed == ["*"] {
            return Ok(Self::Anybody);
        }
        for origin in listed {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            if host.is_none_or(|host| host.parse::<Host>().is_err() || origin.to_ascii_lowercase() != *origin) {
                return Err(format!("`{origin}` is no origin; it is * alone, or such as https://example.org"));
            }
        }
        Ok(Self::Listed(listed.to_vec()))
    }

    /// Whether pages of an origin may read answers.
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Nobody => false,
            Self::Anybody => true,
            Self::Listed(origins) => origins.iter().any(|listed| listed == origin),
        }
    }

    /// The origin to allow, for requests that only read.
    fn answer(&self, request: &Request) -> Option<HeaderValue> {
        let reads = match *request.method() {
            Method::GET | Method::HEAD | Method::OPTIONS => true,
            ref method => is_query(method.as_str(), request.uri().path()),
        };
        let origin = request.headers().get(header::ORIGIN).filter(|_| reads)?;
        match self {
            Self::Nobody => None,
            Self::Anybody => Some(HeaderValue::from_static("*")),
            Self::Listed(_) => self.allows(origin.to_str().ok()?).then(|| origin.clone()),
        }
    }
}

/// POST reads at these places only.
fn is_query(method: &str, path: &str) -> bool {
    ["POST", "QUERY"].contains(&method) && path == "/sparql" || method == "POST" && path == "/mcp"
}

/// Whether a browser asks before it sends what a page wants sent.
fn asks_before(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn preflight(request: &Request) -> Response {
    let methods = if is_query("POST", request.uri().path()) { "GET, HEAD, POST, QUERY" } else { "GET, HEAD" };
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "accept, content-type, if-none-match, x-request-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
