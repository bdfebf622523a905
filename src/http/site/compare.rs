//! `/compare?a=…&b=…`: what two levels, two specialties, or a level with a specialty and another, have in common; what is stronger in the second, what
//! comes and what goes. Each side may be several at once.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::super::App;
use super::super::problem::Problem;
use super::answer::why;
use super::fields::Field;
use super::table::Table;
use super::{Ask, Frame, Shown, kept, or_problem, rendered};
use crate::catalogue::{Need, Parameter};
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

#[derive(Template)]
#[template(path = "compare.html")]
struct Page {
    frame: Frame,
    fields: Vec<Field>,
    problem: Option<Problem>,
    compared: Option<Compared>,
}

struct Compared {
    a: String,
    b: String,
    stronger: Vec<(Held, Vec<Held>)>,
    added: Vec<Held>,
    gone: Vec<Held>,
    shared: Vec<Held>,
    competencies: [(String, Vec<Shown>); 3],
}

/// A statement that a side holds, and the page that proves it.
#[derive(Clone)]
struct Held {
    thing: Shown,
    kind: String,
    why: String,
}

/// What one side holds.
struct Side {
    name: String,
    statements: BTreeMap<String, Held>,
    competencies: BTreeSet<String>,
}

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    kept(app, headers, uri, written).await
}

fn written(mut ask: Ask<'_>) -> Result<String, Problem> {
    let (a, b, policy) = (ask.take("a"), ask.take("b"), ask.policy());
    ask.nothing_else("a, b and policy")?;
    let Ask { generation, base, .. } = ask;
    let targets = vec![format!("{}Target", words::ONTOLOGY)];
    let field = |name: &str, meaning: &str, classes: &[String], need: Need, given: &[String]| {
        let parameter =
            Parameter { name: name.to_owned(), need, meaning: meaning.to_owned(), classes: classes.to_vec(), parts: Vec::new() };
        Field::of(&parameter, given, generation)
    };
    let policies = vec![format!("{}Policy", words::ONTOLOGY)];
    let fields = vec![
        field("a", "a level or specialty, or several at once", &targets, Need::Some, &a),
        field("b", "what it is compared with", &targets, Need::Some, &b),
        field(
            "policy",
            "how a level comes by the statements of the levels before it",
            &policies,
            Need::Default("strict".into()),
            std::slice::from_ref(&policy),
        ),
    ];
    let (mut compared, mut problem) = (None, None);
    if !a.is_empty() && !b.is_empty() {
        match compare(generation, &a, &b, &policy, &base) {
            Ok(found) => compared = Some(found),
            Err(wrong) => problem = Some(wrong),
        }
    }
    let page = Page { frame: Frame::of(generation, "/compare", None), fields, problem, compared };
    or_problem(rendered(&page)?, page.problem)
}

fn compare(generation: &Generation, a: &[String], b: &[String], policy: &str, base: &str) -> Result<Compared, Problem> {
    let (a, b) = (side(generation, a, policy, base)?, side(generation, b, policy, base)?);
    let mut weaker: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for quad in generation.store.matching(None, Some(words::STRENGTHENS), None) {
        let quad = quad?;
        if let (oxigraph::model::NamedOrBlankNode::NamedNode(strong), weak) = (&quad.subject, text(&quad.object)) {
            weaker.entry(strong.as_str().to_owned()).or_default().push(weak);
        }
    }
    let (mut stronger, mut added, mut shared) = (Vec::new(), Vec::new(), Vec::new());
    let mut replaced = BTreeSet::new();
    for (iri, held) in &b.statements {
        let before: Vec<&String> =
            weaker.get(iri).into_iter().flatten().filter(|weak| a.statements.contains_key(*weak)).collect();
        if a.statements.contains_key(iri) {
            shared.push(held.clone());
        } else if before.is_empty() {
            added.push(held.clone());
        } else {
            replaced.extend(before.iter().map(|weak| (*weak).clone()));
            stronger.push((held.clone(), before.iter().map(|weak| a.statements[*weak].clone()).collect()));
        }
    }
    let is_gone = |(iri, _): &(&String, &Held)| !b.statements.contains_key(*iri) && !replaced.contains(*iri);
    let gone = a.statements.iter().filter(is_gone).map(|(_, held)| held.clone()).collect();
    let shown = |iris: Vec<&String>| {
        let mut shown: Vec<Shown> = iris.into_iter().map(|iri| Shown::thing(iri, &generation.names, base)).collect();
        shown.sort_by(|a, b| a.text.cmp(&b.text));
        shown
    };
    let competencies = [
        (format!("Only {}", a.name), shown(a.competencies.difference(&b.competencies).collect())),
        ("Both".to_owned(), shown(a.competencies.intersection(&b.competencies).collect())),
        (format!("Only {}", b.name), shown(b.competencies.difference(&a.competencies).collect())),
    ];
    Ok(Compared { a: a.name, b: b.name, stronger, added, gone, shared, competencies })
}

/// What some levels and specialties hold together; what a stronger statement of theirs replaces is left out.
fn side(generation: &Generation, targets: &[String], policy: &str, base: &str) -> Result<Side, Problem> {
    let mut side = Side { name: String::new(), statements: BTreeMap::new(), competencies: BTreeSet::new() };
    let mut labels = Vec::new();
    for target in targets {
        let table = Table::ask(generation, "requirements-of", &[("target", target), ("policy", policy)])?;
        for at in (0..table.len()).filter(|at| table.cell(*at, "subsumedBy").is_none()) {
            let held = Held {
                thing: table.shown(at, "statement", generation, base),
                kind: table.text(at, "kind"),
                why: why(&table.answer, at),
            };
            side.statements.insert(table.text(at, "statement"), held);
        }
        let Some(target) = table.understood("target") else { continue };
        labels.push(generation.names.label(target.as_str()));
        let Some(requires) = table.reads(generation, words::READS_COMPETENCIES)? else { continue };
        for quad in generation.store.matching(Some(target.as_ref().into()), Some(requires.as_ref()), None) {
            side.competencies.insert(text(&quad?.object));
        }
    }
    side.name = labels.join(" + ");
    Ok(side)
}
