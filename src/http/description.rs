//! What `/sparql` shows when nothing is asked: the service's description for programs, the workbench for people.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use super::site::{EXAMPLE, Frame};
use super::{App, accept, guard, rdf, void};
use crate::catalogue::examples::asked;
use crate::knowledge::Generation;
use crate::words;

/// A form to ask by, which needs no script.
#[derive(Template)]
#[template(path = "workbench.html")]
struct Workbench {
    query: String,
    examples: Vec<Example>,
    formats: &'static [(&'static str, &'static str)],
    frame: Frame,
    /// For the script: prefixes, examples and terms, as JSON.
    settings: String,
}

struct Example {
    id: String,
    asked: String,
}

/// What the form offers, by media type.
const FORMATS: &[(&str, &str)] = &[
    ("application/json", "JSON"),
    ("application/xml", "XML"),
    ("text/csv", "CSV"),
    ("text/tab-separated-values", "TSV"),
    ("text/turtle", "Turtle (CONSTRUCT, DESCRIBE)"),
    ("application/n-triples", "N-Triples (CONSTRUCT, DESCRIBE)"),
    ("application/rdf+xml", "RDF/XML (CONSTRUCT, DESCRIBE)"),
    ("application/ld+json", "JSON-LD (CONSTRUCT, DESCRIBE)"),
];

/// The description or the workbench, by what the client likes best; the workbench with the text of an example if one is named.
pub async fn show(app: App, headers: HeaderMap, example: Option<String>, edit: Option<String>) -> Result<Response, Problem> {
    let media_type = accept::choose(&headers, rdf::SYNTAXES_OR_PAGE)?;
    let generation = app.generation();
    super::off_the_loop(move || {
        let response = if media_type == rdf::PAGE {
            workbench(&generation, example, edit)?
        } else {
            rdf::response(void::described(&generation, &app.options.base)?, media_type)?
        };
        Ok(rdf::varying(response))
    })
    .await
}

fn workbench(generation: &Generation, example: Option<String>, edit: Option<String>) -> Result<Response, Problem> {
    let query = match example {
        None => edit.unwrap_or_else(|| EXAMPLE.to_owned()),
        Some(id) => match generation.catalogue.get(&id) {
            Some(question) => question.rq.text.clone(),
            None => {
                let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-question", format!("There is no example `{id}`."));
                return Err(problem.near(generation.catalogue.near(&id)).hint("/sparql lists the examples."));
            }
        },
    };
    let examples = generation.catalogue.questions();
    let examples = examples.map(|question| Example { id: question.id.clone(), asked: asked(question, &generation.names) });
    let frame = Frame::of(generation, "/sparql", Some("workbench.js"));
    let page = Workbench { query, examples: examples.collect(), formats: FORMATS, frame, settings: settings(generation)? };
    let headers = [(header::CONTENT_SECURITY_POLICY, guard::WORKBENCH_POLICY)];
    Ok((headers, Html(page.render().map_err(|error| Problem::internal(&error))?)).into_response())
}

/// What the workbench is told: our prefixes, and the classes and properties that are there, as the description of the data counts them.
fn settings(generation: &Generation) -> Result<String, Problem> {
    let profile = generation.profile()?;
    let prefixes: Map<String, Value> = words::PREFIXES.iter().map(|(name, iri)| ((*name).to_owned(), (*iri).into())).collect();
    let settings = json!({
        "prefixes": prefixes,
        "classes": profile.classes.keys().collect::<Vec<_>>(),
        "properties": profile.properties.keys().collect::<Vec<_>>(),
    });
    Ok(settings.to_string())
}
