//! Linked data: what the graph says of a thing, at the path its IRI ends in, in the syntax that the client likes or the suffix names.
//! A thing is answered for at its own address (200), and `Content-Location` names the document that says so: one trip, and
//! clients that follow the w3id.org redirect have been told already that a thing is not its document.

use axum::extract::State;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use oxigraph::model::Triple;
use oxigraph::model::vocab::rdfs;

use super::problem::Problem;
use super::{App, accept, places, rdf, terms, thing};
use crate::describe::{Description, describe};
use crate::knowledge::Generation;
use crate::store::named;
use crate::words;

/// `/id/…`: an instance.
pub async fn instance(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let generation = app.generation();
    super::off_the_loop(move || {
        let own = format!("{}id/", app.options.base);
        found(&app, &generation, &[words::INSTANCES, &own], "/id/", uri.path(), &headers)
    })
    .await
}

/// `/ontology/…`: a term of the ontology.
pub async fn term(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let generation = app.generation();
    super::off_the_loop(move || found(&app, &generation, &[words::ONTOLOGY], "/ontology/", uri.path(), &headers)).await
}

/// `/ontology`: all terms, each at an anchor of the page; with a suffix, in that syntax.
pub async fn ontology(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let named = uri.path().strip_prefix("/ontology.").map(|suffix| rdf::of_suffix(suffix).ok_or_else(|| no_such(suffix)));
    let named = named.transpose()?;
    let media_type = named.map_or_else(|| accept::choose(&headers, rdf::SYNTAXES_OR_PAGE), Ok)?;
    let generation = app.generation();
    super::off_the_loop(move || {
        let response = if media_type == rdf::PAGE {
            Html(terms::page(&generation)?).into_response()
        } else {
            rdf::response(all_terms(&generation)?, media_type)?
        };
        if named.is_some() { Ok(response) } else { located(response, "/ontology", media_type) }
    })
    .await
}

/// The things whose description a path may ask for, and the syntax if a suffix names it: first the path whole, then without a suffix.
fn found(
    app: &App,
    generation: &Generation,
    namespaces: &[&str],
    prefix: &str,
    path: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let local = path.trim_start_matches(prefix);
    if let Some(description) = first(generation, namespaces, local)? {
        let media_type = accept::choose(headers, rdf::SYNTAXES_OR_PAGE)?;
        return located(shown(app, generation, description, media_type)?, path, media_type);
    }
    if let Some((stem, suffix)) = local.rsplit_once('.')
        && let Some(media_type) = rdf::of_suffix(suffix)
        && let Some(description) = first(generation, namespaces, stem)?
    {
        return shown(app, generation, description, media_type);
    }
    Err(unknown(app, generation, namespaces, local))
}

fn first(generation: &Generation, namespaces: &[&str], local: &str) -> Result<Option<Description>, Problem> {
    for thing in namespaces.iter().flat_map(|namespace| places::candidates(namespace, local)) {
        if let Some(description) = describe(&generation.store, thing)? {
            return Ok(Some(description));
        }
    }
    Ok(None)
}

fn shown(app: &App, generation: &Generation, description: Description, media_type: &'static str) -> Result<Response, Problem> {
    if media_type == rdf::PAGE {
        return Ok(Html(thing::page(generation, &description, &app.options.base)?).into_response());
    }
    let mut triples = description.outgoing;
    triples.extend(description.incoming);
    rdf::response(triples, media_type)
}

fn no_such(suffix: &str) -> Problem {
    let there: Vec<String> = rdf::SYNTAXES_OR_PAGE.iter().map(|media_type| format!(".{}", rdf::suffix(media_type))).collect();
    let problem = Problem::new(StatusCode::NOT_FOUND, "not-found", format!("There is no syntax with the suffix .{suffix}."));
    problem.hint(format!("There are {}.", there.join(", ")))
}

/// Says which document the answer is.
fn located(mut response: Response, path: &str, media_type: &str) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(&format!("{path}.{}", rdf::suffix(media_type)));
    response.headers_mut().insert(header::CONTENT_LOCATION, location.map_err(|error| Problem::internal(&error))?);
    Ok(rdf::varying(response))
}

fn unknown(app: &App, generation: &Generation, namespaces: &[&str], local: &str) -> Problem {
    let iri = format!("{}{local}", namespaces.first().copied().unwrap_or_default());
    let near = generation.names.near_iris(&iri);
    let near = near.iter().filter_map(|iri| places::of(iri, &app.options.base)).collect();
    Problem::new(StatusCode::NOT_FOUND, "unknown-thing", format!("Nothing is known of {iri}."))
        .near(near)
        .hint("/ontology lists the terms, /graphs the graphs, and /api/questions what can be asked.")
}

/// The ontology's graph with the labels that follow.
fn all_terms(generation: &Generation) -> Result<Vec<Triple>, Problem> {
    let graph = named(&format!("{}ontology", words::GRAPHS));
    let mut triples: Vec<Triple> = generation.store.quads(Some(&graph))?.into_iter().map(Triple::from).collect();
    let labels: Vec<Triple> = triples
        .iter()
        .filter(|triple| triple.predicate == words::other::PREF_LABEL)
        .map(|triple| Triple { predicate: rdfs::LABEL.into_owned(), ..triple.clone() })
        .collect();
    triples.extend(labels);
    Ok(triples)
}
