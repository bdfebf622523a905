//! The SPARQL 1.1 Graph Store Protocol: a graph by its name as a parameter, by a path of its own, or the unnamed one.
//! The standard leaves open what the store's own URL shows; here it lists the graphs. Writing is [`write`].

use axum::Extension;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use oxigraph::model::{GraphName, NamedNode, Triple};

use super::auth::{self, Asking};
use super::problem::Problem;
use super::write::{self, Wish};
use super::{App, accept, methods, places, rdf, void};
use crate::access::{Holder, Role};
use crate::catalogue::names::nearest;
use crate::knowledge::Generation;
use crate::patch;
use crate::store::graph_iri;
use crate::words;
use crate::worker::{GraphJob, Job, Operation};

/// `/graphs`, with `graph=…`, `default`, or neither.
pub async fn by_parameter(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let asked = asked(&query.unwrap_or_default(), |_, _| Ok(false))?;
    let media_type = accept::choose(&headers, rdf::SYNTAXES)?;
    let generation = app.generation();
    super::off_the_loop(move || {
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
    let generation = app.generation();
    super::off_the_loop(move || {
        let local = uri.path().trim_start_matches("/graphs/");
        let found = named(&generation, names(&app, local))?;
        let triples = found.ok_or_else(|| absent(&generation, &format!("{}{local}", words::GRAPHS)))?;
        Ok(rdf::varying(rdf::response(triples, media_type)?))
    })
    .await
}

/// The names that a path may stand for, the likeliest first.
fn names(app: &App, local: &str) -> Vec<NamedNode> {
    let own = format!("{}graphs/", app.options.base);
    [words::GRAPHS, &own].into_iter().flat_map(|namespace| places::candidates(namespace, local)).collect()
}

/// The graph that the parameters name; none if there are no parameters. `others` takes what is no name of a graph.
fn asked(query: &str, mut others: impl FnMut(&str, &str) -> Result<bool, Problem>) -> Result<Option<GraphName>, Problem> {
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
            other if others(other, &value)? => continue,
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

const WRITING: &str = "GET, HEAD, PUT, POST, DELETE, PATCH, OPTIONS";

/// PUT, POST, DELETE and PATCH; and the methods that are told or refused.
pub async fn write(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    asking: Option<Extension<Asking>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let allow = if app.is_writable() { WRITING } else { methods::READING };
    match method {
        Method::OPTIONS => methods::options(allow),
        Method::PUT | Method::POST | Method::DELETE | Method::PATCH if !app.is_writable() => {
            let problem = methods::read_only("This server shows its graphs and lets nobody write them.");
            methods::allowing(problem.into_response(), allow)
        }
        Method::PUT | Method::POST | Method::DELETE | Method::PATCH => {
            let holder = asking.and_then(|Extension(Asking(holder))| holder);
            methods::allowing(written(&app, &method, &uri, holder, &headers, body).await.into_response(), allow)
        }
        other => methods::refused(&other, &uri, allow),
    }
}

async fn written(
    app: &App,
    method: &Method,
    uri: &Uri,
    holder: Option<Holder>,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let holder = auth::needs(holder, Role::Editor)?;
    let mut wish = Wish::new(holder, format!("{method} /graphs"), headers)?;
    let asked = asked(uri.query().unwrap_or_default(), |name, value| wish.take(name, value))?;
    let (here, uri, wanted) = (app.clone(), uri.clone(), method.clone());
    let (graph, is_there) = super::off_the_loop(move || meant(&here, &wanted, &uri, asked)).await?;
    let parts = contents(method, headers, body).await?;
    let jobs = parts.into_iter().map(|(media_type, text)| job(app, method, &graph, &media_type, text));
    let jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    let dry_run = wish.dry_run;
    let outcome = write::commit(app, wish, &jobs).await?;
    if dry_run {
        return Ok(write::told(&outcome, true));
    }
    let status = if is_there || graph == GraphName::DefaultGraph { StatusCode::NO_CONTENT } else { StatusCode::CREATED };
    let mut response = status.into_response();
    if let Some(iri) = graph_iri(&graph).filter(|_| status == StatusCode::CREATED) {
        let own = format!("{}graphs/", app.options.base);
        let name: String = form_urlencoded::byte_serialize(iri.as_bytes()).collect();
        let location = if iri.starts_with(&own) { iri } else { format!("{}graphs?graph={name}", app.options.base) };
        let location = HeaderValue::from_str(&location).map_err(|error| Problem::internal(&error))?;
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(write::versioned(response, &outcome.version))
}

/// The graph to be written, and whether it is there.
fn meant(app: &App, method: &Method, uri: &Uri, asked: Option<GraphName>) -> Result<(GraphName, bool), Problem> {
    let generation = app.knowledge.current();
    let local = uri.path().strip_prefix("/graphs/");
    let graph = match (local, asked, method) {
        (None, Some(graph), _) => graph,
        (None, None, &Method::POST) => new_graph(app)?,
        (Some(local), None, _) => {
            let there = generation.store.graphs()?;
            let names = names(app, local);
            let found = names.iter().find(|name| there.contains(name.as_str())).or(names.first());
            found.cloned().ok_or_else(|| absent(&generation, local))?.into()
        }
        _ => {
            let problem = Problem::new(StatusCode::BAD_REQUEST, "missing-graph", "It is not said which graph to write.");
            return Err(problem
                .hint("/graphs?graph=IRI is a named graph, /graphs?default the unnamed one; POST /graphs makes a new one."));
        }
    };
    let is_there = !triples(&generation, &graph)?.is_empty();
    if method == Method::DELETE && !is_there {
        return Err(absent(&generation, &graph_iri(&graph).unwrap_or_else(|| "without a name".to_owned())));
    }
    Ok((graph, is_there))
}

/// A name for what is posted without one.
fn new_graph(app: &App) -> Result<GraphName, Problem> {
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| Problem::internal(&error))?;
    let local: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(NamedNode::new_unchecked(format!("{}graphs/{local}", app.options.base)).into())
}

/// The contents of a body, each with its media type: one, or the parts of a form, as pages send files.
async fn contents(
    method: &Method,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "unreadable-body", detail);
    let body = body.map_err(|_| unreadable("The body ended before it was read.".to_owned()))?;
    let given = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    if let Some(boundary) = given.filter(|_| method == Method::POST).and_then(|given| multer::parse_boundary(given).ok()) {
        let mut form = multer::Multipart::new(tokio_stream::once(Ok::<_, std::io::Error>(body)), boundary);
        let mut contents = Vec::new();
        while let Some(part) =
            form.next_field().await.map_err(|error| unreadable(format!("The form cannot be read: {error}.")))?
        {
            let media_type = part.content_type().map_or_else(|| "text/turtle".to_owned(), |given| given.essence_str().to_owned());
            contents
                .push((media_type, part.text().await.map_err(|error| unreadable(format!("The form cannot be read: {error}.")))?));
        }
        return Ok(contents);
    }
    let media_type = given.unwrap_or("text/turtle").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let text = String::from_utf8(body.to_vec()).map_err(|_| unreadable("The body is not UTF-8.".to_owned()))?;
    Ok(vec![(media_type, text)])
}

fn job(app: &App, method: &Method, graph: &GraphName, media_type: &str, text: String) -> Result<Job, Problem> {
    const UPDATE: &str = "application/sparql-update";
    let is_read = match *method {
        Method::DELETE => true,
        Method::PATCH => [UPDATE, patch::MEDIA_TYPE].contains(&media_type),
        _ => rdf::SYNTAXES.contains(&media_type),
    };
    if !is_read {
        let taken = if method == Method::PATCH { [UPDATE, patch::MEDIA_TYPE].join(", ") } else { rdf::SYNTAXES.join(", ") };
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            format!("`{media_type}` is not read here."),
        );
        return Err(problem.hint(format!("Send one of {taken}.")));
    }
    let graph = graph_iri(graph);
    let base = graph.clone().unwrap_or_else(|| format!("{}graphs?default", app.options.base));
    let graph_written = Some(GraphJob { method: method.to_string(), graph, media_type: media_type.to_owned(), base });
    let (default_graphs, named_graphs) = (Vec::new(), Vec::new());
    Ok(Job { operation: Operation::Change, text, default_graphs, named_graphs, table: None, graph: None, graph_written })
}
