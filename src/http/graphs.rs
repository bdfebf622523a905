//! The reading half of the SPARQL 1.1 Graph Store Protocol: a graph by its name as a parameter, by a path of its own, or the unnamed one.
//! The standard leaves open what the store's own URL shows; here it lists the graphs.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use oxigraph::model::{GraphName, NamedNode, Triple};

use super::problem::Problem;
use super::{App, accept, places, rdf, void};
use crate::catalogue::names::nearest;
use crate::knowledge::Generation;
use crate::words;

/// `/graphs`, with `graph=…`, `default`, or neither.
pub async fn by_parameter(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = asked(&query.unwrap_or_default())?;
    let media_type = accept::choose(&headers, rdf::SYNTAXES)?;
    super::off_the_loop(move || {
        let generation = app.knowledge.current();
        let triples = match asked {
            None => void::graphs(&generation, &app.options.base)?,
            Some(GraphName::NamedNode(name)) => {
                named(&generation, [name.clone()])?.ok_or_else(|| absent(&generation, name.as_str()))?
            }
            Some(other) => triples(&generation, &other)?,
        };
        Ok(rdf::varying(rdf::response(triples, media_type)?))
    })
    .await
}

/// `/graphs/…`: the graph whose IRI ends so.
pub async fn by_path(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let media_type = accept::choose(&headers, rdf::SYNTAXES)?;
    super::off_the_loop(move || {
        let generation = app.knowledge.current();
        let local = uri.path().trim_start_matches("/graphs/");
        let own = format!("{}graphs/", app.options.base);
        let names = [words::GRAPHS, &own].into_iter().flat_map(|namespace| places::candidates(namespace, local));
        let found = named(&generation, names)?;
        let triples = found.ok_or_else(|| absent(&generation, &format!("{}{local}", words::GRAPHS)))?;
        Ok(rdf::varying(rdf::response(triples, media_type)?))
    })
    .await
}

/// The graph that the parameters name; none if there are no parameters.
fn asked(query: &str) -> Result<Option<GraphName>, Problem> {
    let bad = |kind, detail: &str| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, kind, detail);
        problem.hint("/graphs?graph=IRI is a named graph, /graphs?default the unnamed one, /graphs the list.")
    };
    let mut asked = None;
    // A plus sign in an IRI is one; a form's would be a space, which no IRI has.
    for (name, value) in form_urlencoded::parse(query.replace('+', "%2B").as_bytes()) {
        let graph = match name.as_ref() {
            "default" => GraphName::DefaultGraph,
            "graph" => {
                let name = NamedNode::new(value.as_ref());
                name.map_err(|error| bad("malformed-graph", &format!("`{value}` is no absolute IRI: {error}.")))?.into()
            }
            other => return Err(bad("unknown-parameter", &format!("There is no parameter `{other}`."))),
        };
        if asked.replace(graph).is_some() {
            return Err(bad("two-graphs", "More than one graph is named; ask for one at a time."));
        }
    }
    Ok(asked)
}

/// The triples of the first of the graphs that is there.
fn named(generation: &Generation, names: impl IntoIterator<Item = NamedNode>) -> Result<Option<Vec<Triple>>, Problem> {
    for name in names {
        let triples = triples(generation, &name.into())?;
        if !triples.is_empty() {
            return Ok(Some(triples));
        }
    }
    Ok(None)
}

fn triples(generation: &Generation, graph: &GraphName) -> Result<Vec<Triple>, Problem> {
    Ok(generation.store.quads(Some(graph))?.into_iter().map(Triple::from).collect())
}

fn absent(generation: &Generation, name: &str) -> Problem {
    let there = generation.store.graphs().unwrap_or_default();
    let near = nearest(name, there.iter().map(String::as_str));
    let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-graph", format!("There is no graph {name}."));
    problem.near(near).hint("/graphs lists the graphs.")
}
