//! Keeps answers that depend on the generation alone, ready to send: serialised, compressed, with the digest of their bytes.
//! Enter at [`Answers::respond`]. The version of the generation is part of the key, so a new one never gets old bytes.
//! What an answer says is its handler's matter; so is the choice of the media type.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::knowledge::Generation;

/// The most bytes kept.
const MOST_BYTES: u64 = 64 << 20;

/// Fewer bytes than this fit into one packet with their headers: compressing saves nobody anything.
const WORTH_COMPRESSING: usize = 600;

/// Answers ready to send.
pub struct Answers {
    kept: Cache<Key, Arc<Ready>, InBytes>,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Coding {
    Identity,
    Gzip,
    Zstd,
}

/// One representation: its bytes and the headers they are sent with.
struct Ready {
    headers: HeaderMap,
    etag: String,
    body: Bytes,
}

#[derive(Clone)]
struct InBytes;

impl Weighter<Key, Arc<Ready>> for InBytes {
    fn weight(&self, key: &Key, ready: &Arc<Ready>) -> u64 {
        // Headers and bookkeeping take some hundred bytes.
        (key.version.len() + key.target.len() + ready.body.len() + 512) as u64
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
        Self { kept: Cache::with_weighter(4096, MOST_BYTES, InBytes) }
    }

    /// The kept answer, or the one that `make` gives on a thread that may block; who asks the same meanwhile waits for it.
    /// A client that has these very bytes is told so by 304.
    ///
    /// # Errors
    /// The problem that `make` meets; it is not kept.
    pub async fn respond<E: From<Problem> + Send + 'static>(
        &self,
        request: &HeaderMap,
        generation: Arc<Generation>,
        target: String,
        media_type: &'static str,
        make: impl FnOnce(&Generation) -> Result<Made, E> + Send + 'static,
    ) -> Result<Response, E> {
        let key = Key { version: generation.version.clone(), target, media_type, coding: Coding::liked(request) };
        let ready = match self.kept.get(&key) {
            Some(ready) => ready,
            None => self.made(key, generation, make).await?,
        };
        Ok(ready.response(request)?)
    }

    async fn made<E: From<Problem> + Send + 'static>(
        &self,
        key: Key,
        generation: Arc<Generation>,
        make: impl FnOnce(&Generation) -> Result<Made, E> + Send + 'static,
    ) -> Result<Arc<Ready>, E> {
        let plain = Key { coding: Coding::Identity, ..key.clone() };
        let making = blocking(move || Ready::new(make(&generation)?).map_err(E::from));
        let ready = self.kept.get_or_insert_async(&plain, making).await?;
        if key.coding == Coding::Identity || ready.body.len() < WORTH_COMPRESSING {
            return Ok(ready);
        }
        let coding = key.coding;
        self.kept.get_or_insert_async(&key, blocking(move || Ok(coding.of(ready)?))).await
    }
}

async fn blocking<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Problem> + Send + 'static,
{
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

impl Ready {
    fn new(made: Made) -> Result<Arc<Self>, Problem> {
        let mut headers = HeaderMap::new();
        for (name, value) in made.headers {
            headers.insert(name, text(&value)?);
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Self::tagged(headers, made.body)
    }

    /// With the digest of the bytes as they are sent.
    fn tagged(mut headers: HeaderMap, body: Vec<u8>) -> Result<Arc<Self>, Problem> {
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let etag = format!("\"{digest}\"");
        headers.insert(header::ETAG, text(&etag)?);
        Ok(Arc::new(Self { headers, etag, body: body.into() }))
    }

    fn response(&self, request: &HeaderMap) -> Result<Response, Problem> {
        let mut response = Response::new(Body::empty());
        response.headers_mut().clone_from(&self.headers);
        if self.is_held_by(request) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            for of_the_body in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
                response.headers_mut().remove(of_the_body);
            }
        } else {
            *response.body_mut() = Body::from(self.body.clone());
        }
        Ok(response)
    }

    /// Whether `If-None-Match` names these bytes: weakly compared, as RFC 9110 has it for reading.
    fn is_held_by(&self, request: &HeaderMap) -> bool {
        let lines = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}

fn text(value: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(value).map_err(|error| Problem::internal(&error))
}

impl Coding {
    /// The coding that the client likes best; the smaller one where it has no preference.
    fn liked(request: &HeaderMap) -> Self {
        let lines = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let listed: Vec<(String, f32)> = lines.flat_map(|line| line.split(',')).map(preference).collect();
        let quality = |names: &[&str]| {
            let named = listed.iter().find(|(name, _)| names.contains(&name.as_str()));
            named.or_else(|| listed.iter().find(|(name, _)| name == "*")).map_or(0.0, |(_, quality)| *quality)
        };
        let (zstd, gzip) = (quality(&["zstd"]), quality(&["gzip", "x-gzip"]));
        let stated = listed.iter().find(|(name, _)| name == "identity").map_or(0.0, |(_, quality)| *quality);
        if zstd > 0.0 && zstd >= gzip && zstd >= stated {
            Self::Zstd
        } else if gzip > 0.0 && gzip >= stated {
            Self::Gzip
        } else {
            // Also for a client that takes nothing we have: bytes as they are serve it better than a refusal.
            Self::Identity
        }
    }

    /// The same answer in this coding; as it was, if that is not smaller.
    fn of(self, plain: Arc<Ready>) -> Result<Arc<Ready>, Problem> {
        let (name, body) = match self {
            Self::Identity => return Ok(plain),
            Self::Gzip => ("gzip", gzip(&plain.body)),
            Self::Zstd => ("zstd", zstd::stream::encode_all(&plain.body[..], 9)),
        };
        let body = body.map_err(|error| Problem::internal(&error))?;
        if body.len() >= plain.body.len() {
            return Ok(plain);
        }
        let mut headers = plain.headers.clone();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        Ready::tagged(headers, body)
    }
}

fn preference(part: &str) -> (String, f32) {
    let mut parts = part.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let quality = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse().ok()).unwrap_or(1.0);
    (name, quality)
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
