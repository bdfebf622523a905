//! `/explain`: why a row is in an answer, or a triple holds, as a chain to read, down to the place on the page.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use oxigraph::model::{GraphName, Term};

use super::super::App;
use super::super::explain::{about_people, explanation};
use super::super::problem::Problem;
use super::fields::worded;
use super::{Ask, Frame, Shown, kept, rendered, unkept, url};
use crate::explain::{About, Evidence, Explanation, Proof, Reason, Step, say};
use crate::knowledge::Generation;

#[derive(Template)]
#[template(path = "proof.html")]
struct Page {
    frame: Frame,
    title: String,
    /// The row's cells, by column.
    cells: Vec<(String, Shown)>,
    /// Back to the answer.
    answer: Option<String>,
    proofs: Vec<Chain>,
    json: String,
}

struct Chain {
    claims: Vec<Link>,
    /// What only says how words are meant.
    meanings: Vec<Link>,
    absent: Vec<String>,
}

/// A step of a proof with those it rests on.
#[derive(Template)]
#[template(path = "step.html")]
struct Link {
    says: String,
    because: String,
    rule: String,
    premises: Vec<Link>,
    places: Vec<Place>,
    graphs: Vec<Shown>,
}

/// An item of a page.
struct Place {
    statement: Shown,
    document: Shown,
    section: String,
    block: String,
    position: u32,
    digest: String,
}

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let json = format!("/api/explain?{}", uri.query().unwrap_or_default());
    let make = move |ask: Ask<'_>| written(ask, json);
    if about_people(&app.generation(), uri.query()) {
        unkept(app, headers, uri, make).await
    } else {
        kept(app, headers, uri, make).await
    }
}

fn written(ask: Ask<'_>, json: String) -> Result<String, Problem> {
    let Ask { generation, arguments, base } = ask;
    let explanation = explanation(generation, arguments)?;
    let names = &generation.names;
    let (title, cells, answer) = match &explanation.about {
        About::Triple(triple) => (say::triple(triple, names), Vec::new(), None),
        About::Row(row) => {
            let question = generation.catalogue.get(&row.question);
            let is_shown = |column: &&String| question.is_none_or(|question| question.shows.contains(*column));
            let cells = row.columns.iter().zip(&row.cells).filter(|(column, _)| is_shown(column));
            let cells = cells.filter_map(|(column, cell)| Some((worded(column), Shown::term(cell.as_ref()?, names, &base))));
            let call = row.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let answer = url(&format!("/questions/{}", row.question), call);
            let given = |name: &str| {
                let values = row.arguments.iter().filter(|(given, _)| given == name).map(|(_, value)| value.as_str());
                Some(values.collect::<Vec<_>>().join(", ")).filter(|values| !values.is_empty())
            };
            let asked = question.map(|question| question.asked(given)).unwrap_or_default();
            (format!("Row {} of “{asked}”", row.number), cells.collect(), Some(answer))
        }
    };
    let proofs = chains(generation, &explanation, &base);
    rendered(&Page { frame: Frame::of(generation, "", None), title, cells, answer, proofs, json })
}

fn chains(generation: &Generation, explanation: &Explanation, base: &str) -> Vec<Chain> {
    let is_meaning = |claim: &&Arc<Step>| !is_derived(claim) && !has_place(claim);
    let links = |claims: &mut dyn Iterator<Item = &Arc<Step>>| claims.map(|claim| link(generation, claim, base)).collect();
    let chain = |proof: &Proof| Chain {
        // What had to be inferred says most.
        claims: [true, false]
            .into_iter()
            .flat_map(|first| -> Vec<Link> {
                links(
                    &mut proof
                        .claims
                        .iter()
                        .filter(|claim| !is_meaning(claim) && (is_derived(claim) && has_place(claim)) == first),
                )
            })
            .collect(),
        meanings: links(&mut proof.claims.iter().filter(is_meaning)),
        absent: proof.absent.iter().map(|absence| say::patterns(&absence.patterns, &generation.names)).collect(),
    };
    explanation.proofs.iter().map(chain).collect()
}

fn is_derived(step: &Step) -> bool {
    matches!(step.reason, Reason::Derived { .. })
}

/// Whether it rests on an item of a page.
fn has_place(step: &Step) -> bool {
    match &step.reason {
        Reason::Stated { evidence, .. } => !evidence.is_empty(),
        Reason::Derived { premises, .. } => premises.iter().any(|premise| has_place(premise)),
    }
}

fn link(generation: &Generation, step: &Step, base: &str) -> Link {
    let names = &generation.names;
    let says = say::triple(&step.triple, names);
    let none = Link { says, because: String::new(), rule: String::new(), premises: vec![], places: vec![], graphs: vec![] };
    match &step.reason {
        Reason::Derived { rule, because, premises } => Link {
            because: because.clone(),
            rule: rule.clone(),
            premises: premises.iter().map(|premise| link(generation, premise, base)).collect(),
            ..none
        },
        Reason::Stated { graphs, evidence, source } => {
            let place = |evidence: &Evidence| Place {
                statement: Shown::thing(evidence.entity.as_str(), names, base),
                document: Shown::thing(evidence.document.as_str(), names, base),
                section: evidence.section.clone(),
                block: names.label(evidence.block.as_str()),
                position: evidence.position,
                digest: evidence.digest.clone(),
            };
            let graph = |graph: &GraphName| match (source, graph) {
                (Some(source), _) => Shown::thing(source.as_str(), names, base),
                (None, GraphName::NamedNode(node)) => Shown::term(&Term::from(node.clone()), names, base),
                _ => Shown { text: "the graph without a name".to_owned(), href: None },
            };
            let graphs = if evidence.is_empty() { graphs.iter().map(graph).collect() } else { Vec::new() };
            Link { places: evidence.iter().map(place).collect(), graphs, ..none }
        }
    }
}
