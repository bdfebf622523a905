//! An engine elsewhere that speaks SPARQL 1.1: queries, updates, and what may go wrong on the way. Enter at [`Remote::new`].
//! Reads are tried again when the way fails, writes never; an engine that fails time after time is left alone for a while. Redirects are not
//! followed, and credentials stand in the environment, in no address, log or message.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use digest_auth::{AuthContext, WwwAuthenticateHeader};
use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Triple;
use oxigraph::sparql::results::{QueryResultsFormat, QueryResultsParser, ReaderQueryResultsParserOutput};
use oxigraph::sparql::{QueryEvaluationError, QueryResults, QuerySolutionIter, QueryTripleIter};
use serde::{Deserialize, Serialize};

use super::virtuoso;

/// Where an engine is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The query endpoint.
    pub query: String,
    /// The update endpoint; the query endpoint if it is not another.
    pub update: String,
    /// Where graphs are written by the Graph Store Protocol, which takes more at once than an update does; without it, updates bring all.
    #[serde(default)]
    pub graphs: Option<String>,
}

/// How an engine takes its default graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// The graphs to name in every query, where the engine's default graph is not the union of all.
    pub graphs: Option<Vec<String>>,
    /// Those that hold data of ours; an engine may hold others, Virtuoso some of its own.
    pub ours: BTreeSet<String>,
}

/// Who we are to the engine.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Name and password.
    user: Option<(String, String)>,
    token: Option<String>,
}

/// How an engine wants to be told name and password, which it is told when it asks.
#[derive(Default)]
enum Scheme {
    #[default]
    Unasked,
    Basic,
    Digest(WwwAuthenticateHeader),
}

/// Why an engine gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("the engine at {url} cannot be reached: {why}")]
    Unreachable { url: String, why: String },
    #[error("the engine at {url} has failed {failures} times in a row and is left alone for {seconds} s more")]
    Resting { url: String, failures: u32, seconds: u64 },
    #[error(
        "the engine at {url} does not let us in ({status}): set COMPETENCY_STORE_USER and COMPETENCY_STORE_PASSWORD, or COMPETENCY_STORE_TOKEN"
    )]
    Unauthorized { url: String, status: u16 },
    #[error("the engine at {url} answered {status}{}", said(.text))]
    Status { url: String, status: u16, text: String },
    #[error("the engine at {url} sent what is no result: {why}")]
    Unreadable { url: String, why: String },
    #[error("the engine at {url} cuts results off after {rows} rows: raise its limit (Virtuoso: ResultSetMaxRows)")]
    Cut { url: String, rows: String },
    #[error("the engine at {url} lacks something: {what}")]
    Lacks { url: String, what: String },
}

fn said(text: &str) -> String {
    let first: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
    if first.is_empty() { String::new() } else { format!(": {first}") }
}

/// An engine.
pub struct Remote {
    pub address: Address,
    pub dataset: Dataset,
    credentials: Credentials,
    agent: ureq::Agent,
    scheme: Mutex<Scheme>,
    /// Whether the engine is Virtuoso, as far as it has said by now.
    is_virtuoso: AtomicBool,
    /// Failures in a row.
    failures: AtomicU32,
    /// Until when the engine is left alone, in milliseconds since `born`.
    resting: AtomicU64,
    born: Instant,
}

const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(120);

/// So often a read is tried.
const ATTEMPTS: u32 = 3;
/// The wait before the second attempt; it doubles, and chance adds up to as much again.
const PAUSE: Duration = Duration::from_millis(100);
/// After so many failures in a row the engine is left alone.
const MOST_FAILURES: u32 = 6;
const REST: Duration = Duration::from_secs(5);

const JSON: &str = "application/sparql-results+json";
const N_TRIPLES: &str = "application/n-triples, text/turtle;q=0.5";

impl Address {
    /// Reads `https://host/sparql`, with `,update=https://host/update` and `,graphs=https://host/graphs` behind it where these are elsewhere.
    ///
    /// # Errors
    /// When it names no address, or something that is not known.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let query = parts.next().unwrap_or_default().to_owned();
        let (mut update, mut graphs) = (query.clone(), None);
        for part in parts {
            match part.split_once('=') {
                Some(("update", url)) => url.clone_into(&mut update),
                Some(("graphs", url)) => graphs = Some(url.to_owned()),
                _ => return Err(format!("`{part}` is not known behind the address: it takes update=URL and graphs=URL")),
            }
        }
        for url in [&query, &update].into_iter().chain(&graphs) {
            let plain = url.starts_with("http://") || url.starts_with("https://");
            if !plain || oxigraph::model::NamedNode::new(url.as_str()).is_err() || url.contains('@') {
                return Err(format!(
                    "`{url}` is no address of an engine, such as https://host/sparql; credentials stand in the environment"
                ));
            }
        }
        Ok(Self { query, update, graphs })
    }
}

impl Credentials {
    /// A user with a password, or a bearer token.
    pub fn new(user: Option<(String, String)>, token: Option<String>) -> Self {
        Self { user, token }
    }
}

impl Remote {
    pub fn new(address: Address, dataset: Dataset, credentials: Credentials) -> Self {
        let config = ureq::Agent::config_builder().timeout_connect(Some(CONNECT)).timeout_global(Some(PATIENCE));
        let config = config.max_redirects(0).http_status_as_error(false).proxy(None);
        Self {
            address,
            dataset,
            credentials,
            agent: config.build().into(),
            scheme: Mutex::default(),
            is_virtuoso: AtomicBool::new(false),
            failures: AtomicU32::new(0),
            resting: AtomicU64::new(0),
            born: Instant::now(),
        }
    }

    /// The same engine, asked for other graphs.
    #[must_use]
    pub fn with_dataset(&self, dataset: Dataset) -> Self {
        let other = Self::new(self.address.clone(), dataset, self.credentials.clone());
        Self { is_virtuoso: AtomicBool::new(self.is_virtuoso()), ..other }
    }

    /// Whether the engine has said that it is Virtuoso, which needs a word more than others.
    pub fn is_virtuoso(&self) -> bool {
        self.is_virtuoso.load(Ordering::Relaxed)
    }

    /// Evaluates a query there, with the text as it is to be sent and the dataset, default and named graphs, that the protocol names; solutions and triples are read as they arrive.
    ///
    /// # Errors
    /// When the engine gives no answer.
    pub fn query(
        &self,
        text: &str,
        is_graph: bool,
        [default, named]: [&[String]; 2],
    ) -> Result<QueryResults<'static>, RemoteError> {
        let url = &self.address.query;
        let mut form = vec![("query", text)];
        form.extend(default.iter().map(|graph| ("default-graph-uri", graph.as_str())));
        form.extend(named.iter().map(|graph| ("named-graph-uri", graph.as_str())));
        let response = self.retried(|| self.send(url, &form, if is_graph { N_TRIPLES } else { JSON }))?;
        let header =
            |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let rows = header("x-sparql-maxrows");
        if !rows.is_empty() {
            return Err(RemoteError::Cut { url: url.clone(), rows });
        }
        let media_type = header("content-type");
        let unreadable = |why: String| RemoteError::Unreadable { url: url.clone(), why };
        let body = response.into_body().into_reader();
        if is_graph {
            let format = RdfFormat::from_media_type(media_type.split(';').next().unwrap_or_default().trim());
            let parser = RdfParser::from_format(format.unwrap_or(RdfFormat::NTriples)).for_reader(body);
            let triples =
                parser.map(|quad| quad.map(Triple::from).map_err(|error| QueryEvaluationError::Unexpected(error.into())));
            return Ok(QueryResults::Graph(QueryTripleIter::new(triples)));
        }
        let format = QueryResultsFormat::from_media_type(media_type.split(';').next().unwrap_or_default().trim());
        let format = format.ok_or_else(|| unreadable(format!("it is of type `{media_type}`, and JSON was asked for")))?;
        let body: Box<dyn Read + Send + Sync> =
            if self.is_virtuoso() { Box::new(virtuoso::Results::new(body)) } else { Box::new(body) };
        match QueryResultsParser::from_format(format).for_reader(body).map_err(|error| unreadable(error.to_string()))? {
            ReaderQueryResultsParserOutput::Boolean(value) => Ok(value.into()),
            ReaderQueryResultsParserOutput::Solutions(solutions) => {
                let variables = solutions.variables().into();
                let rows = solutions.map(|row| row.map_err(|error| QueryEvaluationError::Unexpected(error.into())));
                Ok(QueryResults::Solutions(QuerySolutionIter::new(variables, rows)))
            }
        }
    }

    /// Has an update made there, once.
    ///
    /// # Errors
    /// When the engine does not make it, or it is not known whether it did.
    pub fn update(&self, text: &str) -> Result<(), RemoteError> {
        self.rested()?;
        let made = self.send(&self.address.update, &[("update", text)], "*/*");
        self.note(&made);
        made.map(|_| ())
    }

    /// Adds triples to a graph, as N-Triples, once; `graphs` is the address to write graphs at.
    ///
    /// # Errors
    /// When the engine does not take them, or it is not known whether it did.
    pub fn add(&self, graphs: &str, graph: &str, triples: &str) -> Result<(), RemoteError> {
        self.rested()?;
        let joint = if graphs.contains('?') { '&' } else { '?' };
        let name: String = form_urlencoded::byte_serialize(graph.as_bytes()).collect();
        let url = format!("{graphs}{joint}graph={name}");
        let made = self.sent(&url, "application/n-triples", triples, "*/*");
        self.note(&made);
        made.map(|_| ())
    }

    /// Whether something new was learned of how the engine wants to be told who we are.
    fn learned(&self, response: &Response) -> bool {
        let mut said = response.headers().get_all("www-authenticate").iter().filter_map(|value| value.to_str().ok());
        let digest = said.find(|value| value.to_lowercase().starts_with("digest "));
        let next = match digest.map(digest_auth::parse) {
            Some(Ok(challenge)) => Scheme::Digest(challenge),
            _ => Scheme::Basic,
        };
        let mut scheme = self.scheme.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = self.credentials.user.is_some() && !matches!((&*scheme, &next), (Scheme::Basic, Scheme::Basic));
        if is_new {
            *scheme = next;
        }
        is_new
    }

    fn authorization(&self, url: &str) -> Option<String> {
        let Credentials { user, token } = &self.credentials;
        if let Some(token) = token {
            return Some(format!("Bearer {token}"));
        }
        let (user, password) = user.as_ref()?;
        match &mut *self.scheme.lock().unwrap_or_else(PoisonError::into_inner) {
            Scheme::Unasked => None,
            Scheme::Basic => Some(format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))),
            Scheme::Digest(challenge) => {
                let path = url.splitn(4, '/').nth(3).unwrap_or_default();
                let context = AuthContext::new_post::<_, _, _, &[u8]>(user, password, format!("/{path}"), None);
                challenge.respond(&context).ok().map(|answer| answer.to_header_string())
            }
        }
    }

    fn retried(&self, attempt: impl Fn() -> Result<Response, RemoteError>) -> Result<Response, RemoteError> {
        let (mut pause, mut attempts) = (PAUSE, 1);
        loop {
            self.rested()?;
            let answer = attempt();
            self.note(&answer);
            match answer {
                Err(error) if error.may_pass() && attempts < ATTEMPTS => {
                    thread::sleep(pause + pause.mul_f64(self.chance()));
                    pause *= 2;
                    attempts += 1;
                }
                other => return other,
            }
        }
    }

    /// Between 0 and 1, other each time: so that front ends that failed together do not try again together.
    fn chance(&self) -> f64 {
        f64::from(self.born.elapsed().subsec_nanos() % 1_000_003) / 1_000_003.0
    }

    fn rested(&self) -> Result<(), RemoteError> {
        let (now, until) = (self.now(), self.resting.load(Ordering::Relaxed));
        if now < until {
            let failures = self.failures.load(Ordering::Relaxed);
            let seconds = (until - now).div_ceil(1000);
            return Err(RemoteError::Resting { url: self.address.query.clone(), failures, seconds });
        }
        Ok(())
    }

    fn note<T>(&self, outcome: &Result<T, RemoteError>) {
        match outcome {
            Err(error) if error.may_pass() => {
                // One failure more after the rest, and it rests again.
                if self.failures.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_FAILURES {
                    let rest = u64::try_from(REST.as_millis()).unwrap_or(u64::MAX);
                    self.resting.store(self.now() + rest, Ordering::Relaxed);
                }
            }
            _ => self.failures.store(0, Ordering::Relaxed),
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn send(&self, url: &str, form: &[(&str, &str)], accept: &str) -> Result<Response, RemoteError> {
        let form: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.sent(url, "application/x-www-form-urlencoded", &form, accept)
    }

    fn sent(&self, url: &str, media_type: &str, body: &str, accept: &str) -> Result<Response, RemoteError> {
        let url = url.to_owned();
        let post = || {
            let mut request = self.agent.post(&url).header("accept", accept).header("content-type", media_type);
            if let Some(authorization) = self.authorization(&url) {
                request = request.header("authorization", authorization);
            }
            request.send(body).map_err(|error| RemoteError::Unreachable { url: url.clone(), why: error.to_string() })
        };
        let mut response = post()?;
        if [401, 403].contains(&response.status().as_u16()) && self.learned(&response) {
            response = post()?;
        }
        let name = response.headers().get("server").and_then(|name| name.to_str().ok()).unwrap_or_default();
        self.is_virtuoso.store(name.starts_with("Virtuoso"), Ordering::Relaxed);
        let status = response.status().as_u16();
        match status {
            200..=299 => Ok(response),
            401 | 403 => Err(RemoteError::Unauthorized { url, status }),
            _ => {
                let mut text = String::new();
                // What it says besides is for people to read; it may say nothing.
                let _ = response.into_body().into_reader().take(10_000).read_to_string(&mut text);
                Err(RemoteError::Status { url, status, text })
            }
        }
    }
}

type Response = ureq::http::Response<ureq::Body>;

impl RemoteError {
    /// Whether it may go better the next time.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Status { status, .. } => [502, 503, 504].contains(status),
            _ => false,
        }
    }
}
