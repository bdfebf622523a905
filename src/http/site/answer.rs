//! The page of a question: a form for its parameters, what was understood, the answer with the reason for each row, a picture, what the other
//! policy would add, and the query.

use std::collections::HashSet;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use oxigraph::model::Term;

use super::super::App;
use super::super::problem::Problem;
use super::fields::{Field, worded};
use super::{Ask, Frame, Shown, kept, or_problem, rendered, unkept, url};
use crate::catalogue::answer::Answer;
use crate::catalogue::{Need, Question};
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

#[derive(Template)]
#[template(path = "answer.html")]
struct Page<'a> {
    frame: Frame,
    question: &'a Question,
    fields: Vec<Field>,
    /// What went wrong with what was given.
    problem: Option<Problem>,
    answered: Option<Answered>,
}

struct Answered {
    asked: String,
    columns: Vec<String>,
    rows: Vec<Row>,
    picture: Option<Picture>,
    json: String,
    csv: String,
    workbench: String,
    sparql: String,
    policy: Option<Policy>,
}

pub struct Row {
    pub cells: Vec<Shown>,
    pub why: String,
}

/// How the rows fall into groups.
struct Picture {
    column: String,
    bars: Vec<Bar>,
}

pub struct Bar {
    pub text: String,
    pub count: usize,
    /// Of 100.
    pub width: usize,
}

/// What the other policy would add.
struct Policy {
    current: String,
    other: String,
    href: String,
    more: Vec<Row>,
}

/// The columns whose words group rows, the likeliest first.
const GROUPING: [&str; 8] = ["status", "change", "where", "levelLabel", "modality", "scope", "kind", "roleLabel"];

pub async fn page(State(app): State<App>, Path(id): Path<String>, headers: HeaderMap, uri: Uri) -> Response {
    let is_about_people = app.generation().catalogue.get(&id).is_some_and(Question::is_about_people);
    let make = move |ask: Ask<'_>| written(ask, &id);
    if is_about_people { unkept(app, headers, uri, make).await } else { kept(app, headers, uri, make).await }
}

fn written(ask: Ask<'_>, id: &str) -> Result<String, Problem> {
    let Ask { generation, arguments, base } = ask;
    let question = generation.catalogue.get(id).ok_or_else(|| {
        let problem = Problem::new(StatusCode::NOT_FOUND, "unknown-question", format!("There is no question `{id}`."));
        problem.near(generation.catalogue.near(id)).hint("/questions lists the questions.")
    })?;
    let given = |name: &str| -> Vec<String> {
        let of = arguments.iter().filter(|(given, value)| given == name && !value.trim().is_empty());
        of.map(|(_, value)| value.trim().to_owned()).collect()
    };
    let fields = question.parameters.iter().map(|parameter| Field::of(parameter, &given(&parameter.name), generation)).collect();
    // Who opens the form without anything has not done anything wrong yet.
    let is_blank = arguments.is_empty() && question.parameters.iter().any(|parameter| parameter.need.is_required());
    let (answered, problem) = match (!is_blank).then(|| generation.ask(id, &arguments)) {
        None => (None, None),
        Some(Ok(answer)) => (Some(Answered::of(question, &answer, generation, &base)?), None),
        Some(Err(error)) => (None, Some(Problem::from(error))),
    };
    let page = Page { frame: Frame::of(generation, "/questions", None), question, fields, problem, answered };
    or_problem(rendered(&page)?, page.problem)
}

impl Answered {
    fn of(question: &Question, answer: &Answer, generation: &Generation, base: &str) -> Result<Self, Problem> {
        let call = || answer.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let api = format!("/api/questions/{}", question.id);
        Ok(Self {
            asked: answer.in_words(question, &generation.names),
            columns: question.shows.iter().map(|name| worded(name)).collect(),
            rows: (0..answer.rows.len()).map(|at| row(question, answer, at, generation, base)).collect(),
            picture: picture(question, answer, generation),
            json: url(&api, call()),
            csv: url(&api, call().chain([("format", "csv-safe")])),
            workbench: url("/sparql", [("edit", answer.sparql.as_str())]),
            sparql: answer.sparql.clone(),
            policy: policy(question, answer, generation, base)?,
        })
    }
}

/// A row as people see it: labels lead to the things they name.
pub fn row(question: &Question, answer: &Answer, at: usize, generation: &Generation, base: &str) -> Row {
    let cell = |name: &str| -> Option<&Term> {
        let column = answer.columns.iter().position(|column| column == name)?;
        answer.rows[at][column].as_ref()
    };
    let shown = |name: &String| {
        let Some(value) = cell(name) else { return Shown::default() };
        let thing = name.strip_suffix("Label").and_then(cell);
        match thing {
            Some(Term::NamedNode(node)) => {
                Shown { text: text(value), href: Shown::thing(node.as_str(), &generation.names, base).href }
            }
            _ => Shown::term(value, &generation.names, base),
        }
    };
    Row { cells: question.shows.iter().map(shown).collect(), why: why(answer, at) }
}

/// The page that proves a row.
pub fn why(answer: &Answer, at: usize) -> String {
    let number = (at + 1).to_string();
    let call = [("question", answer.question.as_str()), ("row", number.as_str())];
    url("/explain", call.into_iter().chain(answer.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// The rows counted by the first column that groups them.
fn picture(question: &Question, answer: &Answer, generation: &Generation) -> Option<Picture> {
    let groups = |name: &&&str| {
        let values: HashSet<String> = values(answer, name).into_iter().collect();
        question.shows.iter().any(|shown| shown == **name) && (2..=12).contains(&values.len())
    };
    let column = GROUPING.iter().find(groups).filter(|_| answer.rows.len() > 2)?;
    let mut bars: Vec<Bar> = Vec::new();
    for value in values(answer, column) {
        match bars.iter_mut().find(|bar| bar.text == value) {
            Some(bar) => bar.count += 1,
            None => bars.push(Bar { text: value, count: 1, width: 0 }),
        }
    }
    if *column == "levelLabel" {
        // A level that is not in the answer says as much as one that is.
        let levels = generation.names.labels(&[format!("{}Level", words::ONTOLOGY)]);
        let absent = levels.into_iter().filter(|level| bars.iter().all(|bar| bar.text != *level)).collect::<Vec<_>>();
        if bars.len() + absent.len() <= 12 {
            bars.extend(absent.into_iter().map(|text| Bar { text, count: 0, width: 0 }));
        }
    }
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or(1);
    bars.iter_mut().for_each(|bar| bar.width = bar.count * 100 / most);
    Some(Picture { column: worded(column).to_lowercase(), bars })
}

fn values(answer: &Answer, name: &str) -> Vec<String> {
    let Some(at) = answer.columns.iter().position(|column| column == name) else { return Vec::new() };
    answer.rows.iter().map(|row| row[at].as_ref().map_or_else(|| "none".to_owned(), text)).collect()
}

/// The rows that the other policy would add.
fn policy(question: &Question, answer: &Answer, generation: &Generation, base: &str) -> Result<Option<Policy>, Problem> {
    let Some(parameter) = question.parameter("policy").filter(|parameter| matches!(parameter.need, Need::Default(_))) else {
        return Ok(None);
    };
    let Some(current) = answer.policy(&generation.names) else { return Ok(None) };
    let Some(other) = generation.names.labels(&parameter.classes).into_iter().find(|name| *name != current) else {
        return Ok(None);
    };
    let mut arguments: Vec<(String, String)> = answer.arguments.iter().filter(|(name, _)| name != "policy").cloned().collect();
    arguments.push(("policy".to_owned(), other.clone()));
    let wider = generation.ask(&question.id, &arguments)?;
    let told: HashSet<Vec<Option<&Term>>> = answer.rows.iter().map(|row| without_policy(answer, row)).collect();
    let new = (0..wider.rows.len()).filter(|at| !told.contains(&without_policy(&wider, &wider.rows[*at])));
    let more = new.map(|at| row(question, &wider, at, generation, base)).collect();
    let call = arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    Ok(Some(Policy { current, other, href: url(&format!("/questions/{}", question.id), call), more }))
}

fn without_policy<'a>(answer: &Answer, row: &'a [Option<Term>]) -> Vec<Option<&'a Term>> {
    let cells = answer.columns.iter().zip(row).filter(|(name, _)| !name.starts_with("policy"));
    cells.map(|(_, cell)| cell.as_ref()).collect()
}
