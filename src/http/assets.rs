//! What pages load: the style sheet, and the scripts where they were bundled. A file's name changes with what is in it, so it is kept for ever.

use std::sync::LazyLock;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::App;
use super::cache::Made;
use super::problem::Problem;
use crate::knowledge::Generation;

static FILES: Dir<'static> = include_dir!("$OUT_DIR/assets");

const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The file of the style sheet, and that of the icon.
pub static STYLE: LazyLock<String> = LazyLock::new(|| hashed("style-"));
pub static ICON: LazyLock<String> = LazyLock::new(|| hashed("icon-"));

fn hashed(stem: &str) -> String {
    let mut names = FILES.files().filter_map(|file| file.path().to_str());
    names.find(|name| name.starts_with(stem)).map(path).unwrap_or_default()
}

/// What Vite made of the sources.
static MADE: LazyLock<serde_json::Map<String, serde_json::Value>> = LazyLock::new(|| {
    let manifest = FILES.get_file("manifest.json").map(include_dir::File::contents).unwrap_or_default();
    serde_json::from_slice(manifest).unwrap_or_default()
});

#[derive(Deserialize)]
struct Chunk {
    file: String,
    #[serde(default)]
    css: Vec<String>,
    #[serde(default)]
    imports: Vec<String>,
}

/// What a page loads for a script; nothing where scripts were not bundled.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    pub scripts: Vec<String>,
    pub styles: Vec<String>,
}

impl Bundle {
    /// What a source in `web/src` was made into, with what it imports.
    pub fn of(source: &str) -> Self {
        let mut bundle = Self::default();
        bundle.take(&format!("src/{source}"));
        bundle
    }

    fn take(&mut self, key: &str) {
        let Some(chunk) = MADE.get(key).and_then(|made| Chunk::deserialize(made).ok()) else { return };
        chunk.imports.iter().for_each(|import| self.take(import));
        self.styles.extend(chunk.css.iter().map(|name| path(name)));
        if key.starts_with("src/") {
            self.scripts.push(path(&chunk.file));
        }
    }
}

fn path(name: &str) -> String {
    format!("/assets/{name}")
}

/// `/assets/…`.
pub async fn asset(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = FILES.get_file(&name).filter(|_| name != "manifest.json").ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "not-found", format!("There is nothing at /assets/{name}."))
            .hint("Pages name what they load; a newer server has other names.")
    })?;
    let media_type = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let make = move |_: &Generation| Ok::<_, Problem>(Made::new(media_type, file.contents()));
    let mut response = app.answers.respond(&headers, app.generation(), path(&name), media_type, make).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER);
    Ok(response)
}
