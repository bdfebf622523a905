//! `/ladder?role=…`: the levels of a job family side by side: what each calls for, and whether that is its own, inherited, of the whole role, or
//! replaced by something stronger; with grades, reporting lines, specialties and hiring.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use oxigraph::model::{NamedNodeRef, NamedOrBlankNode, Quad};

use super::super::App;
use super::super::problem::Problem;
use super::answer::why;
use super::table::Table;
use super::{Ask, Frame, Shown, kept, rendered, url};
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

#[derive(Template)]
#[template(path = "ladder.html")]
struct Page {
    frame: Frame,
    role: Shown,
    /// All families, each with the page of its ladder.
    roles: Vec<(String, String, bool)>,
    policies: Vec<(String, String, bool)>,
    levels: Vec<Level>,
    themes: Vec<Theme>,
    kinds: Vec<Theme>,
    specialties: Vec<(Shown, String, String)>,
    hiring: Vec<Step>,
}

struct Level {
    iri: String,
    name: String,
    href: Option<String>,
    grade: String,
    follows: String,
    reports: Vec<Shown>,
    track: String,
    /// To what it is compared, with the level before it.
    compare: Option<String>,
}

/// Rows of one theme, with a cell for each level.
struct Theme {
    name: String,
    rows: Vec<Row>,
}

struct Row {
    thing: Shown,
    cells: Vec<Cell>,
}

/// How a level comes by something.
#[derive(Clone, Default)]
struct Cell {
    /// `own`, `inherited`, `role-wide` or `strengthened`; empty where the level has nothing of it.
    state: &'static str,
    mark: &'static str,
    /// In full, for who does not see the mark.
    says: String,
    why: String,
}

struct Step {
    order: String,
    name: Shown,
    minutes: String,
    with: String,
}

/// The marks by strength: of several, a cell shows the first.
const STATES: [(&str, &str); 4] = [("own", "●"), ("role-wide", "■"), ("inherited", "○"), ("strengthened", "▲")];

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    kept(app, headers, uri, written).await
}

fn written(mut ask: Ask<'_>) -> Result<String, Problem> {
    let (role, policy) = (ask.one("role"), ask.policy());
    ask.nothing_else("role and policy")?;
    let Ask { generation, base, .. } = ask;
    let names = &generation.names;
    let family = [format!("{}JobFamily", words::ONTOLOGY)];
    let mut families: Vec<&str> = names.instances(&family);
    families.sort_by_key(|iri| names.label(iri));
    let Some(role) = role.or_else(|| families.first().map(|iri| (*iri).to_owned())) else {
        return Err(Problem::new(axum::http::StatusCode::NOT_FOUND, "unknown-value", "There is no job family.")
            .hint("Bring one in by `competency ingest`."));
    };
    let facts = Table::ask(generation, "level-facts", &[("role", &role)])?;
    let role = facts.understood("role").map_or(role, |role| role.as_str().to_owned());
    let label = names.label(&role);
    let levels = levels(&facts, &label, &policy, names, &base);
    let holdings: Vec<Table> = levels
        .iter()
        .map(|level| Table::ask(generation, "requirements-of", &[("target", &level.iri), ("policy", &policy)]))
        .collect::<Result<_, _>>()?;
    let specialties = Table::ask(generation, "specialties-of", &[("role", &role)])?;
    let specialty = |at: usize| {
        let of = specialties.text(at, "levelLabel");
        (specialties.shown(at, "specialty", generation, &base), of, specialties.text(at, "statements"))
    };
    let mut of_specialties: Vec<_> = (0..specialties.len()).map(specialty).collect();
    of_specialties.dedup();
    // In the word of the ontology, however it was put.
    let policy = holdings.first().and_then(|table| table.answer.policy(names)).unwrap_or(policy);
    let ladder = |role: &str, policy: &str| url("/ladder", [("role", role), ("policy", policy)]);
    rendered(&Page {
        frame: Frame::of(generation, "/ladder", None),
        roles: families.iter().map(|iri| (names.label(iri), (*iri).to_owned(), *iri == role)).collect(),
        policies: ["strict", "cumulative"].map(|word| (word.to_owned(), ladder(&role, word), word == policy)).into(),
        themes: competencies(generation, &holdings, &levels, &base)?,
        kinds: statements(&holdings, generation, &base),
        specialties: of_specialties,
        hiring: hiring(generation, &role, &base)?,
        role: Shown::thing(&role, names, &base),
        levels,
    })
}

/// The levels in their order; a level has a row for each of its facts.
fn levels(facts: &Table, role: &str, policy: &str, names: &crate::catalogue::names::Names, base: &str) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for at in 0..facts.len() {
        let iri = facts.text(at, "level");
        let reports = facts.cell(at, "reportsTo").map(|term| Shown::term(term, names, base));
        if let Some(level) = levels.iter_mut().find(|level| level.iri == iri) {
            level.reports.extend(reports.filter(|one| !level.reports.contains(one)));
            continue;
        }
        let compare = levels.last().map(|before| url("/compare", [("a", before.iri.as_str()), ("b", &iri), ("policy", policy)]));
        let Shown { text, href } = Shown::thing(&iri, names, base);
        let short = short(&text, role);
        levels.push(Level {
            name: short.to_owned(),
            href,
            grade: facts.text(at, "grade"),
            follows: facts.text(at, "relationLabel"),
            reports: reports.into_iter().collect(),
            track: facts.text(at, "trackLabel"),
            compare,
            iri,
        });
    }
    levels
}

/// What a level's title says beside the role's: `Senior` of `Senior Backend Engineer`.
fn short<'a>(title: &'a str, role: &str) -> &'a str {
    let is_apart = |c: char| c.is_whitespace() || ",-–(".contains(c);
    let before = title.strip_suffix(role).filter(|rest| rest.ends_with(is_apart));
    let behind = title.strip_prefix(role).filter(|rest| rest.starts_with(is_apart));
    before.or(behind).unwrap_or(title).trim_matches(is_apart)
}

/// The statements by their kind, in the order in which the levels bring them.
fn statements(holdings: &[Table], generation: &Generation, base: &str) -> Vec<Theme> {
    let mut kinds: BTreeMap<String, Vec<(String, Row)>> = BTreeMap::new();
    for (level, table) in holdings.iter().enumerate() {
        for at in 0..table.len() {
            let statement = table.text(at, "statement");
            let rows = kinds.entry(table.text(at, "kind")).or_default();
            let place = rows.iter().position(|(known, _)| *known == statement).unwrap_or_else(|| {
                let thing = table.shown(at, "statement", generation, base);
                rows.push((statement.clone(), Row { thing, cells: vec![Cell::default(); holdings.len()] }));
                rows.len() - 1
            });
            let is_own = table.understood("target").is_some_and(|target| target.as_str() == table.text(at, "origin"));
            let (state, says) = match (table.cell(at, "subsumedBy").is_some(), table.text(at, "scope").as_str(), is_own) {
                (true, _, _) => ("strengthened", format!("replaced by: {}", table.text(at, "subsumedByLabel"))),
                (_, "role-wide", _) => ("role-wide", "holds at every level of the role".to_owned()),
                (_, _, true) => ("own", "stated for this level".to_owned()),
                _ => ("inherited", format!("from {}", table.text(at, "originLabel"))),
            };
            let cell = &mut rows[place].1.cells[level];
            *cell = Cell { state, mark: mark(state), says, why: why(&table.answer, at) };
        }
    }
    let themes = kinds.into_iter().map(|(name, rows)| Theme { name, rows: rows.into_iter().map(|(_, row)| row).collect() });
    themes.collect()
}

/// The competencies that the statements mention, by what they lie below, each with the strongest of its mentions at each level.
fn competencies(generation: &Generation, holdings: &[Table], levels: &[Level], base: &str) -> Result<Vec<Theme>, Problem> {
    let mentions = Mentions::read(generation)?;
    let mut rows: BTreeMap<&str, Vec<Cell>> = BTreeMap::new();
    for (level, table) in holdings.iter().enumerate() {
        let Some(holds) = table.reads(generation, words::READS)? else { continue };
        for at in 0..table.len() {
            let statement = table.text(at, "statement");
            for mention in mentions.of.get(&statement).into_iter().flatten() {
                let Some(competency) = mentions.competency.get(mention) else { continue };
                let word = |words: &BTreeMap<String, String>| words.get(mention).cloned().unwrap_or_default();
                let (modality, kind) = (word(&mentions.modality), word(&mentions.kind));
                let state = match (modality.as_str(), kind.as_str()) {
                    ("required", "direct") => "required",
                    ("required", "alternative") => "one-of",
                    ("required", _) => "example",
                    ("preferred", _) => "preferred",
                    _ => "optional",
                };
                let cell = &mut rows.entry(competency).or_insert_with(|| vec![Cell::default(); levels.len()])[level];
                if strength(state) < strength(cell.state) {
                    let triple = [("subject", levels[level].iri.as_str()), ("predicate", holds.as_str()), ("object", &statement)];
                    let says = format!("{modality}, {kind}: {}", table.text(at, "statementLabel"));
                    *cell = Cell { state, mark: STRENGTHS[strength(state)].1, says, why: url("/explain", triple) };
                }
            }
        }
    }
    let mut below: BTreeMap<&str, usize> = BTreeMap::new();
    for competency in rows.keys() {
        *below.entry(mentions.root(competency).unwrap_or_default()).or_default() += 1;
    }
    let mut themes: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    let mut others = Vec::new();
    for (competency, cells) in rows {
        let root = mentions.root(competency).unwrap_or_default();
        // What lies below nothing and has nothing below it is no theme.
        if root.is_empty() || (root == competency && below[root] == 1) {
            others.push(Row { thing: Shown::thing(competency, &generation.names, base), cells });
            continue;
        }
        let theme = generation.names.label(root);
        let thing = Shown::thing(competency, &generation.names, base);
        themes.entry(theme).or_default().push(Row { thing, cells });
    }
    for rows in themes.values_mut() {
        rows.sort_by_key(|row| row.thing.text.to_lowercase());
    }
    others.sort_by_key(|row| row.thing.text.to_lowercase());
    let others = (!others.is_empty()).then(|| Theme { name: "others".to_owned(), rows: others });
    Ok(themes.into_iter().map(|(name, rows)| Theme { name, rows }).chain(others).collect())
}

/// What statements mention, and how; read a property at a time, since an engine elsewhere is asked for each.
struct Mentions {
    of: BTreeMap<String, Vec<String>>,
    competency: BTreeMap<String, String>,
    modality: BTreeMap<String, String>,
    kind: BTreeMap<String, String>,
    /// What competencies lie within.
    within: BTreeMap<String, Vec<String>>,
}

impl Mentions {
    fn read(generation: &Generation) -> Result<Self, Problem> {
        let pairs = |property: NamedNodeRef<'_>| -> Result<Vec<(String, String)>, Problem> {
            let quads = generation.store.matching(None, Some(property), None);
            let pair = |quad: Quad| match quad.subject {
                NamedOrBlankNode::NamedNode(subject) => Some((subject.into_string(), text(&quad.object))),
                NamedOrBlankNode::BlankNode(_) => None,
            };
            quads.filter_map(|quad| quad.map(pair).transpose()).map(|pair| Ok(pair?)).collect()
        };
        let lists = |property| -> Result<BTreeMap<String, Vec<String>>, Problem> {
            let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for (subject, object) in pairs(property)? {
                lists.entry(subject).or_default().push(object);
            }
            Ok(lists)
        };
        let words = |property| -> Result<BTreeMap<String, String>, Problem> {
            Ok(pairs(property)?.into_iter().map(|(mention, word)| (mention, generation.names.label(&word))).collect())
        };
        Ok(Self {
            of: lists(words::HAS_MENTION)?,
            competency: pairs(words::COMPETENCY)?.into_iter().collect(),
            modality: words(words::MODALITY)?,
            kind: words(words::MENTION_KIND)?,
            within: lists(words::WITHIN)?,
        })
    }

    /// What a competency lies below and that lies below nothing itself.
    fn root<'a>(&'a self, competency: &'a str) -> Option<&'a str> {
        let above = self.within.get(competency)?.iter().map(String::as_str);
        let is_root = |other: &&str| self.within.get(*other).is_some_and(|above| above.iter().all(|one| one == other));
        above.filter(is_root).min()
    }
}

/// How strongly a competency is called for, the strongest first, with its mark.
const STRENGTHS: [(&str, &str); 5] =
    [("required", "●"), ("one-of", "◐"), ("preferred", "◇"), ("example", "e.g."), ("optional", "○")];

fn strength(state: &str) -> usize {
    STRENGTHS.iter().position(|(known, _)| *known == state).unwrap_or(STRENGTHS.len())
}

fn mark(state: &str) -> &'static str {
    STATES.iter().find(|(known, _)| *known == state).map_or("", |(_, mark)| mark)
}

fn hiring(generation: &Generation, role: &str, base: &str) -> Result<Vec<Step>, Problem> {
    let table = Table::ask(generation, "hiring-process", &[("role", role)])?;
    let step = |at: usize| Step {
        order: table.text(at, "order"),
        name: table.shown(at, "step", generation, base),
        minutes: table.text(at, "minutes"),
        with: table.text(at, "withLabel"),
    };
    let mut steps: Vec<Step> = Vec::new();
    for next in (0..table.len()).map(step) {
        match steps.last_mut().filter(|last| last.name == next.name && last.order == next.order) {
            Some(last) => last.with = format!("{}, {}", last.with, next.with),
            None => steps.push(next),
        }
    }
    Ok(steps)
}
