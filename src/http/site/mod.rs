//! The pages for people: each is made from the same answers that programs get, works without a script, and is kept like any answer.
//! Enter at [`routes`]. What all pages share is [`Frame`]; what a page shows of the graph is its own module's matter.

mod answer;
mod ask;
mod compare;
mod explore;
mod fields;
mod gap;
mod home;
mod ladder;
pub mod lead;
mod proof;
mod review;
mod table;
mod versions;

use askama::Template;
use axum::Router;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use oxigraph::model::Term;

use super::assets::{self, Bundle};
use super::cache::{Answers, Made, arguments, canonical};
use super::problem::Problem;
use super::{App, places};
use crate::catalogue::names::Names;
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;
pub use home::EXAMPLE;

/// The routes of all pages that are only pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(home::page))
        .route("/style.css", get(home::style))
        .route("/ask", get(ask::page))
        .route("/questions", get(home::questions))
        .route("/questions/{id}", get(answer::page))
        .route("/explain", get(proof::page))
        .route("/ladder", get(ladder::page))
        .route("/compare", get(compare::page))
        .route("/gap", get(gap::page))
        .route("/explore", get(explore::page))
        .route("/api/neighbours", get(explore::neighbours))
        .route("/review", get(review::page))
        .route("/history", get(versions::page))
        .route("/history/difference", get(versions::difference))
}

/// What stands around every page.
pub struct Frame {
    pub icon: &'static str,
    pub styles: Vec<String>,
    pub scripts: Vec<String>,
    pub nav: Vec<Entry>,
    pub version: String,
}

/// A link of the navigation.
pub struct Entry {
    pub text: &'static str,
    pub href: &'static str,
    pub is_here: bool,
}

const NAV: &[(&str, &str)] = &[
    ("Questions", "/questions"),
    ("Ladder", "/ladder"),
    ("Compare", "/compare"),
    ("Gap", "/gap"),
    ("Explore", "/explore"),
    ("SPARQL", "/sparql"),
    ("Ontology", "/ontology"),
    ("Sources", "/review"),
];

impl Frame {
    /// The frame of the page at a path, with a script of its own beside that of all pages.
    pub fn of(generation: &Generation, here: &str, script: Option<&str>) -> Self {
        let bundles: Vec<Bundle> = ["site.js"].into_iter().chain(script).map(Bundle::of).collect();
        let nav = NAV.iter().chain(generation.has_versions().then_some(&("History", "/history")));
        Self {
            icon: &assets::ICON,
            styles: [assets::STYLE.clone()].into_iter().chain(bundles.iter().flat_map(|bundle| bundle.styles.clone())).collect(),
            scripts: bundles.iter().flat_map(|bundle| bundle.scripts.clone()).collect(),
            nav: nav.map(|&(text, href)| Entry { text, href, is_here: href == here }).collect(),
            version: generation.version.clone(),
        }
    }
}

/// A text that may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub text: String,
    pub href: Option<String>,
}

impl Shown {
    /// A thing by its label, leading to its page.
    pub fn thing(iri: &str, names: &Names, base: &str) -> Self {
        Self { text: names.label(iri), href: places::of(iri, base) }
    }

    /// A term: a thing by its label, else its text.
    pub fn term(term: &Term, names: &Names, base: &str) -> Self {
        match term {
            Term::NamedNode(node) => Self::thing(node.as_str(), names, base),
            other => Self { text: text(other), href: None },
        }
    }
}

/// The classes that say most of a thing, the likeliest first.
const KINDS: [&str; 15] = [
    "JobFamily",
    "Level",
    "Specialty",
    "Skill",
    "Knowledge",
    "Technology",
    "Behaviour",
    "Requirement",
    "Responsibility",
    "Expectation",
    "Mention",
    "Fact",
    "HiringStep",
    "Omission",
    "SourceDocument",
];

/// What kind of thing it is, by the class that says most.
fn kind(generation: &Generation, iri: &str) -> String {
    let classes: Vec<&str> = generation.names.classes_of(iri).filter_map(|class| class.strip_prefix(words::ONTOLOGY)).collect();
    let best = KINDS.iter().find(|kind| classes.contains(kind));
    best.or(classes.first()).map_or_else(|| "Thing".to_owned(), |kind| (*kind).to_owned())
}

/// What a page is made from.
pub struct Ask<'a> {
    pub generation: &'a Generation,
    pub arguments: Vec<(String, String)>,
    pub base: String,
}

impl Ask<'_> {
    /// Takes out what is given for a parameter, without what is empty, as forms send fields left alone.
    pub fn take(&mut self, name: &str) -> Vec<String> {
        let given = self.arguments.extract_if(.., |(given, _)| given == name).map(|(_, value)| value.trim().to_owned());
        given.filter(|value| !value.is_empty()).collect()
    }

    /// The one value of a parameter, the last if it is given several times.
    pub fn one(&mut self, name: &str) -> Option<String> {
        self.take(name).pop()
    }

    /// The policy that is asked for, by its word.
    pub fn policy(&mut self) -> String {
        self.one("policy").unwrap_or_else(|| "strict".to_owned())
    }

    /// Makes sure that nothing else was given.
    ///
    /// # Errors
    /// 400, when something was.
    pub fn nothing_else(&self, takes: &str) -> Result<(), Problem> {
        let Some((name, _)) = self.arguments.first() else { return Ok(()) };
        let detail = format!("This page has no parameter `{name}`; it takes {takes}.");
        Err(Problem::new(axum::http::StatusCode::BAD_REQUEST, "unknown-parameter", detail))
    }
}

/// Answers with a page that depends on the graph and its URL alone.
async fn kept(
    app: App,
    headers: HeaderMap,
    uri: Uri,
    make: impl FnOnce(Ask<'_>) -> Result<String, Problem> + Send + 'static,
) -> Response {
    let target = format!("{}?{}", uri.path(), canonical(&arguments(uri.query())));
    let made = app.answers.respond(&headers, app.generation(), target, "text/html", made(&app, &uri, make)).await;
    made.unwrap_or_else(|problem| wrong(&app, problem))
}

/// Answers with a page that may be about somebody, which is kept nowhere.
async fn unkept(
    app: App,
    headers: HeaderMap,
    uri: Uri,
    make: impl FnOnce(Ask<'_>) -> Result<String, Problem> + Send + 'static,
) -> Response {
    let made = Answers::unkept(&headers, app.generation(), made(&app, &uri, make)).await;
    made.unwrap_or_else(|problem| wrong(&app, problem))
}

/// What makes the page of a URL from a generation.
fn made<F>(app: &App, uri: &Uri, make: F) -> impl FnOnce(&Generation) -> Result<Made, Problem> + use<F>
where
    F: FnOnce(Ask<'_>) -> Result<String, Problem>,
{
    let (arguments, base) = (arguments(uri.query()), app.options.base.clone());
    move |generation| Ok(Made::new("text/html; charset=utf-8", make(Ask { generation, arguments, base })?))
}

/// A template as text.
fn rendered(template: &impl Template) -> Result<String, Problem> {
    template.render().map_err(|error| Problem::internal(&error))
}

/// A page, or with a problem on it that problem, shown as the page.
fn or_problem(page: String, problem: Option<Problem>) -> Result<String, Problem> {
    match problem {
        None => Ok(page),
        Some(problem) => Err(problem.shown_as(Html(page).into_response())),
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Wrong<'a> {
    frame: Frame,
    title: &'static str,
    problem: &'a Problem,
}

/// A problem as a page.
fn wrong(app: &App, problem: Problem) -> Response {
    if problem.is_shown() {
        return problem.into_response();
    }
    let title = problem.status().canonical_reason().unwrap_or("Problem");
    let page = Wrong { frame: Frame::of(&app.generation(), "", None), title, problem: &problem }.render();
    match page {
        Ok(page) => problem.shown_as(Html(page).into_response()).into_response(),
        Err(_) => problem.into_response(),
    }
}

/// A URL of this server: a path with a query.
pub fn url<'a>(path: &str, arguments: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(arguments).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
