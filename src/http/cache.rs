//! Keeps answers that depend on the generation alone, ready to send: serialised, compressed, with the digest of their bytes.
//! Enter at [`Answers::respond`], or at [`Answers::again`] for a request that is spelt like an earlier one. An answer is of one version
//! of the generation, so a new one never gets old bytes. What an answer says is its handler's matter; so is the choice of the media type.

use std::hash::Hash;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use axum::body::{Body, Bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use sha2::{Digest, Sha256};

use super::problem::Problem;
use super::{App, accept};
use crate::knowledge::Generation;

/// The most bytes kept by what the answers say, and as many by how they were asked for: an answer may be held by one of both alone.
const MOST_BYTES: u64 = 32 << 20;

/// Fewer bytes than this fit into one packet with their headers: compressing saves nobody anything.
const WORTH_COMPRESSING: usize = 600;

/// Answers ready to send. What is asked for often stays, however many others are asked for once.
pub struct Answers {
    by_meaning: Cache<Key, Arc<Ready>, InBytes>,
    by_spelling: Cache<Spelling, Kept, InBytes>,
    given: [AtomicU64; WAYS.len()],
}

/// How an answer was come by.
pub const WAYS: [&str; 3] = ["by-spelling", "by-meaning", "made"];

/// An answer as it was given before, and the template of its route.
#[derive(Clone)]
pub struct Kept {
    pub ready: Arc<Ready>,
    pub template: MatchedPath,
}

/// What a handler makes for the first who asks.
pub struct Made {
    /// The content type, and what else is particular to the answer.
    pub headers: Vec<(HeaderName, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    version: String,
    /// Path and query in one canonical spelling.
    target: String,
    media_type: &'static str,
    coding: Coding,
    /// Whether the client refuses bytes as they are, so that they are packed even where that saves nothing.
    packed: bool,
}

/// URL and headers that select a representation, as a client sent them.
type Spelling = Box<[u8]>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Coding {
    Identity,
    Gzip,
    Zstd,
}

/// One representation: its bytes and the headers they are sent with.
pub struct Ready {
    version: String,
    headers: HeaderMap,
    etag: String,
    body: Bytes,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<Key, Arc<Ready>> for InBytes {
    fn weight(&self, key: &Key, ready: &Arc<Ready>) -> u64 {
        ready.weight() + key.target.len() as u64
    }
}

impl Weighter<Spelling, Kept> for InBytes {
    fn weight(&self, spelling: &Spelling, kept: &Kept) -> u64 {
        kept.ready.weight() + spelling.len() as u64
    }
}

impl Made {
    /// An answer of one content type and no other headers.
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { headers: vec![(header::CONTENT_TYPE, content_type.to_owned())], body: body.into() }
    }
}

impl Answers {
    pub fn new() -> Self {
        Self { by_meaning: bounded(), by_spelling: bounded(), given: Default::default() }
    }

    /// The bytes kept.
    pub fn weight(&self) -> u64 {
        self.by_meaning.weight() + self.by_spelling.weight()
    }

    /// The answers given, in the order of [`WAYS`].
    pub fn given(&self) -> [u64; WAYS.len()] {
        self.given.each_ref().map(|count| count.load(Relaxed))
    }

    /// The answer to an earlier request that was spelt just so, unless the data has changed since.
    pub fn again(&self, generation: &Generation, request: &Request) -> Option<Kept> {
        let kept = self.by_spelling.get(&spelling(request)?[..]);
        let kept = kept.filter(|kept| kept.ready.version == generation.version)?;
        self.given[0].fetch_add(1, Relaxed);
        Some(kept)
    }

    /// The kept answer, or the one that `make` gives on a thread that may block; who asks the same meanwhile waits for it.
    /// A client that has these very bytes is told so by 304.
    ///
    /// # Errors
    /// The problem that `make` meets; it is not kept. 406, when the client refuses every coding.
    pub async fn respond<E: From<Problem> + Send + 'static>(
        &self,
        request: &HeaderMap,
        generation: Arc<Generation>,
        target: String,
        media_type: &'static str,
        make: impl FnOnce(&Generation) -> Result<Made, E> + Send + 'static,
    ) -> Result<Response, E> {
        let (coding, packed) = Coding::liked(request)?;
        let key = Key { version: generation.version.clone(), target, media_type, coding, packed };
        let (way, ready) = match self.by_meaning.get(&key) {
            Some(ready) => (1, ready),
            None => (2, self.made(key, generation, make).await?),
        };
        self.given[way].fetch_add(1, Relaxed);
        let mut response = ready.response(request);
        response.extensions_mut().insert(ready);
        Ok(response)
    }

    /// An answer about somebody: made for who asks, and kept neither here nor, as it says, on the way.
    ///
    /// # Errors
    /// The problem that `make` meets.
    pub async fn unkept<E: From<Problem> + Send + 'static>(
        request: &HeaderMap,
        generation: Arc<Generation>,
        make: impl FnOnce(&Generation) -> Result<Made, E> + Send + 'static,
    ) -> Result<Response, E> {
        let ready = blocking(move || Ready::new(&generation.version, make(&generation)?).map_err(E::from)).await?;
        let mut response = ready.response(request);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    async fn made<E: From<Problem> + Send + 'static>(
        &self,
        key: Key,
        generation: Arc<Generation>,
        make: impl FnOnce(&Generation) -> Result<Made, E> + Send + 'static,
    ) -> Result<Arc<Ready>, E> {
        let plain = Key { coding: Coding::Identity, packed: false, ..key.clone() };
        let making = blocking(move || Ready::new(&generation.version, make(&generation)?).map_err(E::from));
        let ready = self.by_meaning.get_or_insert_async(&plain, making).await?;
        if key.coding == Coding::Identity || ready.body.len() < WORTH_COMPRESSING && !key.packed {
            return Ok(ready);
        }
        let (coding, packed) = (key.coding, key.packed);
        self.by_meaning.get_or_insert_async(&key, blocking(move || Ok(coding.of(ready, packed)?))).await
    }
}

/// A cache in one piece: cut up as the crate would do by the number of cores, a piece may have room for so few large answers that what is
/// asked often goes when its turn comes.
fn bounded<K: Eq + Hash, V: Clone>() -> Cache<K, V, InBytes>
where
    InBytes: Weighter<K, V>,
{
    let options = OptionsBuilder::new().estimated_items_capacity(4096).weight_capacity(MOST_BYTES).shards(1).build();
    // All that is to be said is said, so that nothing is missing.
    match options {
        Ok(options) => Cache::with_options(options, InBytes, DefaultHashBuilder::default(), DefaultLifecycle::default()),
        Err(_) => Cache::with_weighter(4096, MOST_BYTES, InBytes),
    }
}

/// Around a route: an answer that is kept is kept under the spelling of its request as well.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = spelling(&request).zip(request.extensions().get::<MatchedPath>().cloned());
    let response = next.run(request).await;
    if let (Some((spelling, template)), Some(ready)) = (asked, response.extensions().get::<Arc<Ready>>()) {
        // One that fills much of the cache would push many out, and costs little more to be looked up.
        if ready.weight() < MOST_BYTES / 64 {
            app.answers.by_spelling.insert(spelling.into(), Kept { ready: ready.clone(), template });
        }
    }
    response
}

/// None for what is no reading.
fn spelling(request: &Request) -> Option<Vec<u8>> {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return None;
    }
    // No URL and no header holds these marks.
    let mut spelling = request.uri().path_and_query()?.as_str().as_bytes().to_vec();
    for name in [header::ACCEPT, header::ACCEPT_ENCODING] {
        spelling.push(b'\n');
        for line in request.headers().get_all(name) {
            spelling.extend_from_slice(line.as_bytes());
            spelling.push(0);
        }
    }
    Some(spelling)
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Problem> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

impl Ready {
    fn new(version: &str, made: Made) -> Result<Arc<Self>, Problem> {
        // With room for what every answer gets, so that no copy has to grow.
        let mut headers = HeaderMap::with_capacity(12);
        for (name, value) in made.headers {
            headers.insert(name, text(&value)?);
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Self::tagged(version, headers, made.body)
    }

    /// With the digest of the bytes as they are sent.
    fn tagged(version: &str, mut headers: HeaderMap, body: Vec<u8>) -> Result<Arc<Self>, Problem> {
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{digest}\"");
        headers.insert(header::ETAG, text(&etag)?);
        Ok(Arc::new(Self { version: version.to_owned(), headers, etag, body: body.into_boxed_slice().into() }))
    }

    /// A client that has these very bytes is told so by 304; one that wants others only, by 412.
    pub fn response(&self, request: &HeaderMap) -> Response {
        if request.contains_key(header::IF_MATCH) && !self.is_named(request, &header::IF_MATCH, "") {
            let detail = "The answer is none of those that the If-Match header names.";
            return Problem::new(StatusCode::PRECONDITION_FAILED, "precondition-failed", detail).into_response();
        }
        let mut response = Response::new(Body::empty());
        response.headers_mut().clone_from(&self.headers);
        if self.is_named(request, &header::IF_NONE_MATCH, "W/") {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            for of_the_body in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
                response.headers_mut().remove(of_the_body);
            }
        } else {
            *response.body_mut() = Body::from(self.body.clone());
        }
        response
    }

    /// Headers and bookkeeping take some hundred bytes.
    fn weight(&self) -> u64 {
        (self.version.len() + self.body.len() + 1024) as u64
    }

    /// Whether a condition names these bytes. RFC 9110 compares weakly for `If-None-Match`, passing over the mark of weak tags, and
    /// strongly for `If-Match`.
    fn is_named(&self, request: &HeaderMap, condition: &HeaderName, passed_over: &str) -> bool {
        let lines = request.get_all(condition).iter().filter_map(|value| value.to_str().ok());
        let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix(passed_over).unwrap_or(tag) == self.etag)
    }
}

fn text(value: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(value).map_err(|error| Problem::internal(&error))
}

impl Coding {
    /// The coding that the client likes best, the smaller one where it has no preference; and whether it refuses bytes as they are.
    fn liked(request: &HeaderMap) -> Result<(Self, bool), Problem> {
        let listed = accept::preferences(request, &header::ACCEPT_ENCODING);
        let listed = |names: &[&str]| listed.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, weight)| *weight);
        let weight = |names: &[&str]| listed(names).or_else(|| listed(&["*"]));
        let (zstd, gzip) = (weight(&["zstd"]).unwrap_or(0.0), weight(&["gzip", "x-gzip"]).unwrap_or(0.0));
        // Bytes as they are need no mention to be taken, and come last then.
        let identity = weight(&["identity"]);
        let packed = identity == Some(0.0);
        let identity = identity.unwrap_or(0.0);
        if zstd > 0.0 && zstd >= gzip && zstd >= identity {
            Ok((Self::Zstd, packed))
        } else if gzip > 0.0 && gzip >= identity {
            Ok((Self::Gzip, packed))
        } else if packed {
            let detail = "No coding of this answer is in the Accept-Encoding header, and it refuses to have none.";
            Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not-acceptable", detail).hint("Take gzip, zstd or identity."))
        } else {
            Ok((Self::Identity, false))
        }
    }

    /// The same answer in this coding; as it was, if that is not smaller and may be.
    fn of(self, plain: Arc<Ready>, packed: bool) -> Result<Arc<Ready>, Problem> {
        let (name, body) = match self {
            Self::Identity => return Ok(plain),
            Self::Gzip => ("gzip", gzip(&plain.body)),
            Self::Zstd => ("zstd", zstd::stream::encode_all(&plain.body[..], 9)),
        };
        let body = body.map_err(|error| Problem::internal(&error))?;
        if body.len() >= plain.body.len() && !packed {
            return Ok(plain);
        }
        let mut headers = plain.headers.clone();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        Ready::tagged(&plain.version, headers, body)
    }
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// One spelling for all queries that say the same: by name, with repetitions in their order.
pub fn canonical(arguments: &[(String, String)]) -> String {
    let mut sorted: Vec<&(String, String)> = arguments.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(sorted).finish()
}

/// The parameters of a URL's query.
pub fn arguments(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}
