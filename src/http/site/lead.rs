//! What the page of a thing begins with, by what kind of thing it is: where a competency is needed, who holds a statement, and the pages that
//! go on from a family, a level or a specialty.

use oxigraph::model::{NamedNode, NamedOrBlankNode};

use super::answer::why;
use super::table::Table;
use super::{Shown, url};
use crate::http::problem::Problem;
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

/// A list that says how the thing stands to others.
pub struct Part {
    pub title: String,
    pub rows: Vec<Row>,
}

pub struct Row {
    pub thing: Shown,
    pub detail: String,
    /// The page that proves it; none where it is stated outright.
    pub why: Option<String>,
}

/// The lists of a thing, and where to go on.
pub struct Lead {
    pub parts: Vec<Part>,
    pub links: Vec<(&'static str, String)>,
}

/// What is shown first of a thing.
///
/// # Errors
/// When the store fails.
pub fn lead(generation: &Generation, thing: &NamedNode, base: &str) -> Result<Lead, Problem> {
    let iri = thing.as_str();
    let is = |class: &str| generation.names.is(iri, &[format!("{}{class}", words::ONTOLOGY)]);
    let explore = ("Explore", url("/explore", [("thing", iri)]));
    let mut lead = Lead { parts: Vec::new(), links: Vec::new() };
    if is("JobFamily") {
        lead.links.push(("Ladder", url("/ladder", [("role", iri)])));
        lead.links.push(("Levels", url("/questions/level-facts", [("role", iri)])));
    }
    if is("Target") {
        lead.links.push(("What it requires", url("/questions/requirements-of", [("target", iri)])));
        lead.links.push(("Technologies", url("/questions/technologies-of", [("target", iri)])));
        lead.links.push(("Compare", url("/compare", [("a", iri)])));
        lead.links.push(("Find the gap", url("/gap", [("target", iri)])));
    }
    if is("Competency") {
        let part = |id: &str, title: &str, column: &str| -> Result<Part, Problem> {
            let table = Table::ask(generation, id, &[("competency", iri)])?;
            let row = |at: usize| Row {
                thing: table.shown(at, column, generation, base),
                detail: format!(
                    "{}, {}: {}",
                    table.text(at, "modality"),
                    table.text(at, "mention"),
                    table.text(at, "statementLabel")
                ),
                why: Some(why(&table.answer, at)),
            };
            Ok(Part { title: title.to_owned(), rows: (0..table.len()).map(row).collect() })
        };
        lead.parts.push(part("levels-requiring", "Levels that call for it", "level")?);
        lead.parts.push(part("specialties-requiring", "Specialties that call for it", "specialty")?);
        lead.parts.extend(hierarchy(generation, thing, base)?);
        lead.links.push(("Statements about it", url("/questions/statements-about", [("competency", iri)])));
        if is("Technology") {
            lead.links.push(("Where it is used", url("/questions/where-used", [("technology", iri)])));
        }
    }
    if is("Statement") {
        lead.parts.push(holders(generation, thing, base)?);
        lead.links.push(("Evidence", url("/questions/evidence", [("statement", iri)])));
    }
    lead.parts.retain(|part| !part.rows.is_empty());
    lead.links.push(explore);
    Ok(lead)
}

/// What lies directly above a competency, and what directly below.
fn hierarchy(generation: &Generation, competency: &NamedNode, base: &str) -> Result<[Part; 2], Problem> {
    let (mut above, mut below) = (Vec::new(), Vec::new());
    let row = |iri: &str| Row { thing: Shown::thing(iri, &generation.names, base), detail: String::new(), why: None };
    for quad in generation.store.matching(Some(competency.as_ref().into()), Some(words::other::BROADER), None) {
        above.push(row(&text(&quad?.object)));
    }
    for quad in generation.store.matching(None, Some(words::other::BROADER), Some(competency.as_ref().into())) {
        if let NamedOrBlankNode::NamedNode(narrower) = quad?.subject {
            below.push(row(narrower.as_str()));
        }
    }
    let part = |title: &str, mut rows: Vec<Row>| {
        rows.sort_by(|a, b| a.thing.text.cmp(&b.thing.text));
        Part { title: title.to_owned(), rows }
    };
    Ok([part("Part of", above), part("Below it", below)])
}

/// Who holds a statement, and under which policy.
fn holders(generation: &Generation, statement: &NamedNode, base: &str) -> Result<Part, Problem> {
    let mut rows: Vec<Row> = Vec::new();
    for (property, detail) in
        [(words::HOLDS, "under every policy"), (words::HOLDS_CUMULATIVELY, "only under the policy cumulative")]
    {
        for quad in generation.store.matching(None, Some(property), Some(statement.as_ref().into())) {
            let NamedOrBlankNode::NamedNode(holder) = quad?.subject else { continue };
            let thing = Shown::thing(holder.as_str(), &generation.names, base);
            if rows.iter().any(|row| row.thing == thing) {
                continue;
            }
            let triple = [("subject", holder.as_str()), ("predicate", property.as_str()), ("object", statement.as_str())];
            rows.push(Row { thing, detail: detail.to_owned(), why: Some(url("/explain", triple)) });
        }
    }
    rows.sort_by(|a, b| a.thing.text.cmp(&b.thing.text));
    Ok(Part { title: "Who holds it".to_owned(), rows })
}
