//! Finds the grades of levels: in sentences, tables, brackets and headings; whole, decimal or not a number. Enter at [`read`].
//! A level that the page names only together with its grade is found here too.

use std::sync::LazyLock;

use regex::Regex;

use super::headings::{Part, Sense};
use super::markdown::pattern;
use super::outline::{BlockKind, Kind};
use super::sections::{Named, Page, Placed, Scope};
use super::titles::Title;

/// A grade that the page gives to a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    pub level: usize,
    pub value: String,
    pub place: Place,
}

/// Where something is said: a block by its number, or the heading of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Block(usize),
    Heading(usize),
}

/// Two places that do not agree, in words for the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub place: Place,
    pub what: String,
}

static STATED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?i:\b(?:job |pay |salary )?(?:grade|band)s?(?: level)?)\s*(?i:is|of|:|=|-)?\s*[\[(]?\s*(?i:level |grade )?)([A-Z]{0,3}-?\d{1,2}(?:\.\d{1,2})?[A-Za-z]?|[A-Z]\b|[IVX]{1,4}\b)",
    )
});
static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([A-Z]{0,3}-?\d{1,2}(?:\.\d{1,2})?)\b"));
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(?:The |An? )?\s*(.{3,90}?)(?: role| position)?,?\s+(?:is|are|has)\s+(?:not )?(?:an? |at |the |in )?(?:job |pay |salary )?(?i:grade|level|band)\b",
    )
});
static BRACKET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\s*[\[(]\s*(?i:(?:job |pay )?grade|band|level|g)\s*:?\s*([A-Z]{0,3}-?\d{1,2}(?:\.\d{1,2})?)\s*[\])]\s*$|\s*[\[(]\s*([A-Z]{1,2}-?\d{1,2})\s*[\])]\s*$|[\s,:–—-]+(?i:(?:job )?grade)\s*:?\s*([A-Z]{0,3}-?\d{1,2}(?:\.\d{1,2})?)\s*$",
    )
});

/// "IC3: Senior Engineer", "L4 - Staff Engineer".
static CODE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?P<grade>(?:IC|L|M|E|P|G|T)-?\d{1,2})\s*[:–—-]\s*(?P<title>\p{Alphabetic}.*)$"));
/// A line that gives the level of the whole page by its code: "Level: IC3".
static LEVEL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i:(?:job |career )?level)\s*:\s*([A-Z]{1,2}-?\d{1,2})\b"));

/// A heading without the grade that it gives at its end, and that grade.
pub fn without_grade(heading: &str) -> (String, Option<String>) {
    if let Some(found) = CODE.captures(heading) {
        return (found["title"].to_owned(), Some(found["grade"].to_owned()));
    }
    let Some(found) = BRACKET.captures(heading) else { return (heading.to_owned(), None) };
    let grade = found.iter().skip(1).flatten().next().map(|grade| grade.as_str().to_owned());
    let start = found.get(0).map_or(heading.len(), |whole| whole.start());
    (heading[..start].trim().to_owned(), grade)
}

/// Whether a block directly below a heading states a grade of what the heading names.
pub fn states_a_grade(page: &Page, section: usize) -> bool {
    let mut first = page.blocks_of(section).filter(|block| block.kind != BlockKind::Row).take(3);
    first.any(|block| block.element.text.len() < 160 && STATED.is_match(&block.element.text))
}

/// Whether a text states a grade.
pub fn states(text: &str) -> bool {
    STATED.is_match(text) || text.to_lowercase().contains("not aligned to a job grade")
}

/// Levels that a sentence or a table row names beside a grade, and no heading does.
pub fn levels_named_with_a_grade(page: &mut Page) {
    let role = page.role_title();
    let mut found = Vec::new();
    for block in &page.blocks {
        let section = &page.sections[block.section];
        let in_grade = matches!(section.sense, Sense::Part { part: Part::Grade, .. });
        if section.scope != Scope::Role || !(in_grade || block.kind == BlockKind::Row) {
            continue;
        }
        found.extend(titles_with_grades(block).into_iter().map(|(title, _)| (title, block.element.line)));
    }
    for (title, line) in found {
        let like = Title::read(&title, &page.titles.initials);
        let fits = page.levels.is_empty() || like.tells_a_step(&role) || like.is_of(&role);
        if page.titles.find(&title).is_empty() && fits {
            page.titles.add(page.levels.len(), &title);
            page.levels.push(Named { title, section: None, line, reason: "the page gives a grade to this title" });
        }
    }
}

/// All grades of a page, the first for each level, and what contradicts them.
pub fn read(page: &Page) -> (Vec<Grade>, Vec<Conflict>) {
    let (mut grades, mut conflicts) = (Vec::new(), Vec::new());
    for (index, block) in page.blocks.iter().enumerate() {
        let place = Place::Block(index);
        for (level, value) in of_block(page, block, place, &mut conflicts) {
            add(page, Grade { level, value, place }, &mut grades, &mut conflicts);
        }
    }
    for (at, section) in page.sections.iter().enumerate().filter(|(_, section)| section.opens) {
        if let (Scope::Level(level), Some(value)) = (section.scope, without_grade(&section.heading).1) {
            add(page, Grade { level, value, place: Place::Heading(at) }, &mut grades, &mut conflicts);
        }
    }
    (grades, conflicts)
}

fn add(page: &Page, grade: Grade, grades: &mut Vec<Grade>, conflicts: &mut Vec<Conflict>) {
    match grades.iter().find(|other| other.level == grade.level) {
        None => grades.push(grade),
        Some(first) if first.value == grade.value => {}
        Some(first) => conflicts.push(Conflict {
            place: grade.place,
            what: format!(
                "{} has grade {} here and grade {} elsewhere; the first one counts",
                page.levels[grade.level].title, grade.value, first.value
            ),
        }),
    }
}

fn of_block(page: &Page, block: &Placed, place: Place, conflicts: &mut Vec<Conflict>) -> Vec<(usize, String)> {
    let section = &page.sections[block.section];
    let in_grade = section.part == Some(Part::Grade);
    let of_level = matches!(section.scope, Scope::Level(_));
    if !in_grade
        && block.kind != BlockKind::Row
        && !(of_level && (section.opens || block.element.text.len() < 120))
        && page.levels.len() > 1
    {
        return Vec::new();
    }
    let named = titles_with_grades(block);
    if let Scope::Level(level) = section.scope {
        let value = named.first().map(|(_, value)| value.clone()).or_else(|| grade_in(&block.element.text, in_grade));
        let Some(value) = value else { return Vec::new() };
        if let Some((title, _)) = named.first() {
            let others = page.titles.find(title);
            let says = Title::read(title, &page.titles.initials);
            if !others.is_empty() && !others.contains(&level) && !says.steps.is_empty() {
                let what = format!(
                    "the sentence gives the grade to {title}, the section belongs to {}; the section counts",
                    page.levels[level].title
                );
                conflicts.push(Conflict { place, what });
            }
        }
        return vec![(level, value)];
    }
    if !matches!(section.scope, Scope::Role) {
        return Vec::new();
    }
    let mut found: Vec<(usize, String)> = Vec::new();
    for (title, value) in named {
        found.extend(page.titles.find(&title).first().map(|level| (*level, value)));
    }
    if let (true, 1, Some(code)) = (found.is_empty(), page.levels.len(), LEVEL.captures(&block.element.text)) {
        found.push((0, code[1].to_owned()));
    }
    if found.is_empty() && page.levels.len() == 1 && in_grade {
        found.extend(grade_in(&block.element.text, true).map(|value| (0, value)));
    }
    found
}

/// The grade that a text states; in a section about the grade any number is one.
fn grade_in(text: &str, in_grade: bool) -> Option<String> {
    let stated = STATED.captures(text).map(|found| found[1].to_owned());
    let negated = text.contains(" not ") && stated.is_none();
    stated.or_else(|| {
        if in_grade && !negated && text.len() < 200 { NUMBER.captures(text).map(|found| found[1].to_owned()) } else { None }
    })
}

/// The titles that a block gives a grade to.
fn titles_with_grades(block: &Placed) -> Vec<(String, String)> {
    if let Kind::Row { header, cells } = &block.element.kind {
        return row(header, cells).into_iter().collect();
    }
    let mut found = Vec::new();
    for sentence in sentences(&block.element.text) {
        if let (Some(subject), Some(grade)) = (SUBJECT.captures(sentence), grade_in(sentence, true)) {
            let title = subject[1].trim_end_matches(',').trim().to_owned();
            let itself = ["this", "this role", "this position", "role", "position", "it", "this level", "level"];
            if !itself.contains(&title.to_lowercase().as_str()) {
                found.push((title, grade));
            }
        }
    }
    found
}

fn row(header: &[String], cells: &[String]) -> Option<(String, String)> {
    let column = |words: &[&str]| header.iter().position(|cell| words.iter().any(|word| cell.to_lowercase().contains(word)));
    // Where titles have a column, one called "Level" gives their grades.
    let titles = column(&["role", "title", "position", "job"]);
    let grade = column(&["grade", "band"]).or_else(|| titles.and(column(&["level"])))?;
    let title = titles.or_else(|| column(&["level"])).filter(|at| *at != grade).unwrap_or(usize::from(grade == 0));
    let grade = NUMBER.captures(cells.get(grade)?).map(|found| found[1].to_owned())?;
    Some((cells.get(title).filter(|title| !title.is_empty())?.clone(), grade))
}

/// A text sentence by sentence.
pub fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(". ").flat_map(|part| part.split("; ")).map(str::trim).filter(|part| !part.is_empty())
}
