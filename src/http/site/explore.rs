//! `/explore?thing=…`: a thing and what is next to it, as a list and, where scripts run, as a graph to walk through.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use oxigraph::model::{NamedNode, NamedOrBlankNode, Term, Triple};
use serde_json::{Value, json};

use super::super::App;
use super::super::cache::{Made, arguments, canonical};
use super::super::problem::Problem;
use super::{Ask, Frame, Shown, kept, kind, rendered, url};
use crate::catalogue::names::Unresolved;
use crate::describe::describe;
use crate::knowledge::Generation;
use crate::words;

#[derive(Template)]
#[template(path = "explore.html")]
struct Page {
    frame: Frame,
    thing: Shown,
    iri: String,
    kind: String,
    groups: Vec<Group>,
    more: bool,
    known: Vec<String>,
    has_script: bool,
}

/// What one property leads to.
struct Group {
    property: String,
    is_inverse: bool,
    things: Vec<Shown>,
}

/// A thing next to another.
struct Neighbour {
    property: String,
    is_inverse: bool,
    iri: String,
}

/// What the page begins with, where nothing is named.
const FIRST: &str = "OAuth";

/// What is true of too many things to be worth a line: the list has it.
const UNDRAWN: [&str; 2] = ["rdf:type", "skos:inScheme"];

/// The most neighbours that are drawn at once, of one property and direction.
const MOST: usize = 12;

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    kept(app, headers, uri, written).await
}

/// `/api/neighbours?thing=…`: the same for scripts.
pub async fn neighbours(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    let arguments = arguments(uri.query());
    let target = format!("/api/neighbours?{}", canonical(&arguments));
    let base = app.options.base.clone();
    let make = move |generation: &Generation| {
        let mut ask = Ask { generation, arguments, base };
        if !ask.arguments.iter().any(|(name, value)| name == "thing" && !value.trim().is_empty()) {
            let problem = Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "`thing` is missing.");
            return Err(problem.hint("Name it by label, alias or IRI, such as /api/neighbours?thing=OAuth."));
        }
        let thing = named(&mut ask)?;
        ask.nothing_else("thing")?;
        Ok(Made::new("application/json", told(&ask, &thing)?.to_string()))
    };
    app.answers.respond(&headers, app.generation(), target, "application/json", make).await
}

fn written(mut ask: Ask<'_>) -> Result<String, Problem> {
    let thing = named(&mut ask)?;
    ask.nothing_else("thing")?;
    let (found, more) = around(ask.generation, &thing)?;
    let names = &ask.generation.names;
    let mut groups: BTreeMap<(bool, String), Vec<Shown>> = BTreeMap::new();
    for Neighbour { property, is_inverse, iri } in &found {
        let to = Shown { text: names.label(iri), href: Some(url("/explore", [("thing", iri.as_str())])) };
        groups.entry((*is_inverse, property.clone())).or_default().push(to);
    }
    let groups = groups.into_iter().map(|((is_inverse, property), things)| Group { property, is_inverse, things });
    let frame = Frame::of(ask.generation, "/explore", Some("explorer.js"));
    rendered(&Page {
        has_script: frame.scripts.len() > 1,
        frame,
        thing: Shown::thing(thing.as_str(), names, &ask.base),
        iri: thing.as_str().to_owned(),
        kind: kind(ask.generation, thing.as_str()),
        groups: groups.collect(),
        more,
        known: names.labels(&[format!("{}Competency", words::ONTOLOGY), format!("{}Target", words::ONTOLOGY)]),
    })
}

/// The thing that is named, by IRI, label or alias.
fn named(ask: &mut Ask<'_>) -> Result<NamedNode, Problem> {
    let names = &ask.generation.names;
    let given = ask.arguments.extract_if(.., |(name, _)| name == "thing").map(|(_, value)| value).last();
    let text = given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let first = || names.resolve(FIRST, &[]).is_ok().then(|| FIRST.to_owned());
    let any = || names.instances(&[format!("{}JobFamily", words::ONTOLOGY)]).first().map(|iri| (*iri).to_owned());
    let text = text.or_else(first).or_else(any).unwrap_or_default();
    let problem = |detail: String| Problem::new(StatusCode::NOT_FOUND, "unknown-value", detail);
    names.resolve(&text, &[]).map_err(|why| match why {
        Unresolved::Unknown { near } => problem(format!("Nothing is called `{text}`.")).near(near),
        Unresolved::Ambiguous { candidates } => problem(format!("Several things are called `{text}`.")).near(candidates),
        Unresolved::OtherKind { .. } => problem(format!("`{text}` is of another kind.")),
    })
}

/// What is next to a thing, without what is only text.
fn around(generation: &Generation, thing: &NamedNode) -> Result<(Vec<Neighbour>, bool), Problem> {
    let Some(description) = describe(&generation.store, thing.clone())? else { return Ok((Vec::new(), false)) };
    let property = |triple: &Triple| generation.names.label(triple.predicate.as_str());
    let outgoing = description.outgoing.iter().filter_map(|triple| match &triple.object {
        Term::NamedNode(node) if matches!(&triple.subject, NamedOrBlankNode::NamedNode(subject) if subject == thing) => {
            Some(Neighbour { property: property(triple), is_inverse: false, iri: node.as_str().to_owned() })
        }
        _ => None,
    });
    let incoming = description.incoming.iter().filter_map(|triple| match &triple.subject {
        NamedOrBlankNode::NamedNode(node) => {
            Some(Neighbour { property: property(triple), is_inverse: true, iri: node.as_str().to_owned() })
        }
        NamedOrBlankNode::BlankNode(_) => None,
    });
    Ok((outgoing.chain(incoming).filter(|one| one.iri != thing.as_str()).collect(), description.more))
}

fn told(ask: &Ask<'_>, thing: &NamedNode) -> Result<Value, Problem> {
    let Ask { generation, base, .. } = ask;
    let node = |iri: &str| {
        let Shown { text, href } = Shown::thing(iri, &generation.names, base);
        json!({ "iri": iri, "label": text, "kind": kind(generation, iri), "page": href })
    };
    let (found, more) = around(generation, thing)?;
    let mut counts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let mut left_out = 0;
    let mut edges = Vec::new();
    for one in found.iter().filter(|one| !UNDRAWN.contains(&one.property.as_str())) {
        let count = counts.entry((one.is_inverse, &one.property)).or_default();
        *count += 1;
        if *count > MOST {
            left_out += 1;
            continue;
        }
        edges.push(json!({ "property": one.property, "inverse": one.is_inverse, "node": node(&one.iri) }));
    }
    Ok(json!({ "thing": node(thing.as_str()), "neighbours": edges, "leftOut": left_out, "more": more }))
}
