//! `/gap?have=…&target=…`: what somebody lacks for a level, a specialty or both, one of a group as such. What is asked stands in the URL and
//! nowhere else: nothing of it is kept or logged.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::super::App;
use super::super::problem::Problem;
use super::answer::why;
use super::fields::Field;
use super::table::Table;
use super::{Ask, Frame, Shown, or_problem, rendered, unkept};
use crate::knowledge::Generation;

#[derive(Template)]
#[template(path = "gap.html")]
struct Page {
    frame: Frame,
    fields: Vec<Field>,
    problem: Option<Problem>,
    found: Option<Found>,
}

struct Found {
    targets: String,
    parts: Vec<Part>,
    optional: Vec<Demand>,
    more: String,
}

/// What is missing, partly there, or met.
struct Part {
    status: &'static str,
    title: &'static str,
    demands: Vec<Demand>,
}

/// One competency, or a group of which one does.
struct Demand {
    group: Option<String>,
    options: Vec<Shown>,
    statement: Shown,
    by: String,
    note: String,
    why: String,
}

const PARTS: [(&str, &str); 3] = [("missing", "Missing"), ("partly", "Partly there"), ("met", "Met")];

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    unkept(app, headers, uri, written).await
}

fn written(mut ask: Ask<'_>) -> Result<String, Problem> {
    let (have, target, policy) = (ask.take("have"), ask.take("target"), ask.policy());
    ask.nothing_else("have, target and policy")?;
    let Ask { generation, base, .. } = ask;
    let Some(question) = generation.catalogue.get("gap") else {
        return Err(Problem::new(axum::http::StatusCode::NOT_FOUND, "unknown-question", "The catalogue has no question `gap`."));
    };
    let given = |name: &str| match name {
        "have" => have.clone(),
        "target" => target.clone(),
        _ => vec![policy.clone()],
    };
    let fields = question.parameters.iter().map(|parameter| Field::of(parameter, &given(&parameter.name), generation)).collect();
    let (mut found, mut problem) = (None, None);
    if !target.is_empty() {
        let all = have.iter().map(|value| ("have", value.as_str())).chain(target.iter().map(|value| ("target", value.as_str())));
        let arguments: Vec<(&str, &str)> = all.chain([("policy", policy.as_str())]).collect();
        match Table::ask(generation, "gap", &arguments) {
            Ok(table) => found = Some(Found::of(&table, generation, &base, &arguments)),
            Err(wrong) => problem = Some(wrong),
        }
    }
    let page = Page { frame: Frame::of(generation, "/gap", None), fields, problem, found };
    or_problem(rendered(&page)?, page.problem)
}

impl Found {
    fn of(table: &Table, generation: &Generation, base: &str, arguments: &[(&str, &str)]) -> Self {
        let targets = table.answer.parameters.iter().find(|(name, _)| name == "target");
        let targets = targets.into_iter().flat_map(|(_, values)| values).map(|value| generation.names.label(value.node.as_str()));
        let (mut parts, mut optional) = (PARTS.map(|(status, title)| Part { status, title, demands: Vec::new() }), Vec::new());
        let mut seen: Vec<(String, String)> = Vec::new();
        for at in 0..table.len() {
            let status = table.text(at, "status");
            let is_optional = table.text(at, "modality") != "required";
            let list = if is_optional {
                &mut optional
            } else {
                match parts.iter_mut().find(|part| part.status == status) {
                    Some(part) => &mut part.demands,
                    None => continue,
                }
            };
            let group = table.text(at, "group");
            let competency = table.shown(at, "competency", generation, base);
            let is_group = table.text(at, "mention") == "alternative" && !group.is_empty();
            let known = seen.iter().position(|(known, of)| is_group && *known == group && *of == status);
            if known.is_some()
                && let Some(demand) = list.iter_mut().rev().find(|demand: &&mut Demand| demand.group.as_deref() == Some(&group))
            {
                if !demand.options.contains(&competency) {
                    demand.options.push(competency);
                }
                continue;
            }
            seen.push((group.clone(), status));
            list.push(Demand {
                group: is_group.then_some(group),
                options: vec![competency],
                statement: table.shown(at, "statement", generation, base),
                by: table.text(at, "byLabel"),
                note: table.text(at, "note"),
                why: why(&table.answer, at),
            });
        }
        let more = super::url("/questions/gap", arguments.iter().copied());
        Self { targets: targets.collect::<Vec<_>>().join(" + "), parts: parts.into(), optional, more }
    }
}
