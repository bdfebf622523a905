//! Tables whose columns or rows are levels: a competency in each row, and in the cells what it means at a level. Enter at [`unfold`],
//! which makes headings and cells of them, so that each cell is read like any other text that stands below its level.

use std::collections::BTreeSet;

use super::headings::{self, Part, Sense};
use super::outline::{Element, Kind, Outline, plain};
use super::table::{self, Table};
use super::titles::{Initials, Title};

/// The depth of a heading that was a column or a row about a level, and of those below it; no page marks headings so deep.
pub const LEVEL: u8 = 90;
/// What a row or a column is about, perhaps below a group of such.
const GROUP: u8 = 91;
const THEME: u8 = 92;

/// Whether a heading was made here.
pub const fn is_made(depth: u8) -> bool {
    depth >= LEVEL && depth <= THEME
}

/// What a heading means that was made here.
pub fn sense(depth: u8, text: &str) -> Option<Sense> {
    match depth {
        LEVEL => Some(Sense::Column),
        GROUP | THEME => Some(match headings::sense(text) {
            known @ Sense::Part {
                part: Part::Responsibilities | Part::Requirements | Part::Preferred | Part::Optional | Part::Expectations,
                weak: false,
                ..
            } => known,
            _ => Sense::Theme,
        }),
        _ => None,
    }
}

/// One table: its header, and its rows with their lines.
struct Rows<'a> {
    header: &'a [String],
    rows: Vec<(usize, &'a [String])>,
}

/// Which way a table is about levels.
enum Shape {
    /// These columns are levels.
    Columns(Vec<usize>),
    /// The cells of one column are levels, and the others say something of them.
    Rows { level: usize, themes: Vec<usize> },
}

/// Puts headings and cells in the place of each table about levels.
pub fn unfold(outline: &mut Outline) {
    let mut unfolded = Vec::with_capacity(outline.elements.len());
    let row = |element: &Element| match &element.kind {
        Kind::Row { header, cells } => Some((header.clone(), (element.line, cells.clone()))),
        _ => None,
    };
    let header = |element: &Element| row(element).map(|(header, _)| header);
    for chunk in outline.elements.chunk_by(|a, b| header(a).is_some() && header(a) == header(b)) {
        let rows: Vec<_> = chunk.iter().filter_map(row).collect();
        let cells: Vec<_> = rows.iter().map(|(_, (line, cells))| (*line, cells.as_slice())).collect();
        let table = rows.first().map(|(header, _)| Rows::new(header, cells));
        match table.and_then(|table| Some(table.unfolded(&table.shape()?))) {
            Some(elements) => unfolded.extend(elements),
            None => unfolded.extend_from_slice(chunk),
        }
    }
    outline.elements = unfolded;
}

/// A table of its own as a page, if what its cells say of levels is text: `title` is the page's, `levels` names the columns that are levels.
pub fn page(title: &str, table: &Table, levels: &[String]) -> Option<Outline> {
    let rows = Rows::new(&table.header, table.rows.iter().map(|(line, row)| (*line, row.as_slice())).collect());
    let is_named = |at: &usize| levels.iter().any(|level| level.eq_ignore_ascii_case(&table.header[*at]));
    let named: Vec<usize> = (0..table.header.len()).filter(is_named).collect();
    let shape = if named.is_empty() { rows.shape()? } else { Shape::Columns(named) };
    // Degrees make a matrix.
    if matches!(&shape, Shape::Columns(columns) if !rows.speaks(columns)) {
        return None;
    }
    let mut elements = vec![Element::new(Kind::Heading { depth: 1, anchors: Vec::new() }, title, 1)];
    elements.extend(rows.unfolded(&shape));
    Some(Outline { title: Some(title.to_owned()), elements, ..Outline::default() })
}

/// Whether a table is about levels.
pub fn is_about_levels(header: &[String], rows: &[Vec<String>]) -> bool {
    Rows::new(header, rows.iter().map(|row| (0, row.as_slice())).collect()).shape().is_some()
}

impl<'a> Rows<'a> {
    /// A table without a header of its own has it in its first row.
    fn new(header: &'a [String], mut rows: Vec<(usize, &'a [String])>) -> Self {
        let bare = header.iter().all(String::is_empty) && !rows.is_empty();
        let header = if bare { rows.remove(0).1 } else { header };
        Self { header, rows }
    }

    /// Whether the table is about levels, and which way.
    fn shape(&self) -> Option<Shape> {
        let columns = self.level_columns();
        if !columns.is_empty() && (self.speaks(&columns) || self.gives_degrees(&columns)) {
            return Some(Shape::Columns(columns));
        }
        let level = self.level_of_rows()?;
        let themes: Vec<usize> = (0..self.header.len()).filter(|at| *at != level && self.is_prose(*at)).collect();
        (!themes.is_empty()).then_some(Shape::Rows { level, themes })
    }

    fn unfolded(&self, shape: &Shape) -> Vec<Element> {
        match shape {
            Shape::Columns(columns) => self.by_columns(columns),
            Shape::Rows { level, themes } => self.by_rows(*level, themes),
        }
    }

    /// The columns that are levels: most of those behind the first, and each tells another step.
    fn level_columns(&self) -> Vec<usize> {
        let titles: Vec<(usize, Title)> =
            (1..self.header.len()).filter(|at| !self.header[*at].is_empty()).map(|at| (at, title(&self.header[at]))).collect();
        let telling: Vec<&Title> = titles.iter().map(|(_, title)| title).filter(|title| !title.steps.is_empty()).collect();
        let different: BTreeSet<_> = telling.iter().map(|title| (&title.steps, &title.core)).collect();
        let among: Vec<usize> =
            titles.iter().filter(|(_, title)| is_among(title, telling.iter().copied())).map(|(at, _)| *at).collect();
        let enough = telling.len() >= 2 && among.len() * 2 > titles.len() && different.len() == telling.len();
        if enough && telling.iter().any(|title| title.is_on_a_ladder()) { among } else { Vec::new() }
    }

    /// The column whose cells are levels, where each row is about one.
    fn level_of_rows(&self) -> Option<usize> {
        (0..self.header.len().min(2)).find(|at| {
            let cells: Vec<&str> = self.said(*at);
            let titles = cells.iter().filter(|cell| words(cell) <= 8).map(|cell| title(cell));
            let titles: Vec<Title> = titles.filter(|title| !title.steps.is_empty()).collect();
            // In a long matrix each level has many rows.
            let different: BTreeSet<_> = titles.iter().map(|title| (&title.steps, &title.core)).collect();
            different.len() == titles.len()
                && titles.len() >= 2
                && titles.len() * 2 > cells.len()
                && titles.iter().any(Title::is_on_a_ladder)
        })
    }

    fn cell(&self, row: &'a [String], at: usize) -> &'a str {
        row.get(at).map_or("", |cell| if is_absent(cell) { "" } else { cell })
    }

    /// The cells of a column that say something.
    fn said(&self, at: usize) -> Vec<&'a str> {
        self.rows.iter().map(|(_, row)| self.cell(row, at)).filter(|cell| !cell.is_empty()).collect()
    }

    /// Whether cells of these columns are texts, and not only degrees.
    fn speaks(&self, columns: &[usize]) -> bool {
        columns.iter().any(|at| self.is_prose(*at))
    }

    /// Whether the cells are degrees: few different ones, such as "2", "expert" or a mark.
    fn gives_degrees(&self, columns: &[usize]) -> bool {
        let said: Vec<&str> = columns.iter().flat_map(|at| self.said(*at)).collect();
        let degree = |cell: &&str| {
            let number = cell.chars().all(|c| c.is_ascii_digit()) && cell.len() <= 2;
            number || is_yes(cell) || (words(cell) <= 3 && !cell.contains(|c: char| c.is_ascii_digit() || "$€£%".contains(c)))
        };
        let different: BTreeSet<String> = said.iter().map(|cell| cell.to_lowercase()).collect();
        said.len() >= 4 && different.len() <= 8 && different.len() * 2 <= said.len() && said.iter().all(degree)
    }

    fn is_prose(&self, at: usize) -> bool {
        let said = self.said(at);
        let prose = said.iter().filter(|cell| is_prose(cell)).count();
        prose > 0 && prose * 2 >= said.len()
    }

    fn by_columns(&self, columns: &[usize]) -> Vec<Element> {
        // Texts before the levels define the competency, and do not name it.
        let before: Vec<usize> = (0..columns[0]).filter(|at| *at == 0 || !self.is_prose(*at)).collect();
        let (theme, group) = (before.last().copied().unwrap_or(0), before.len().checked_sub(2).map(|at| before[at]));
        let beside: Vec<usize> = (0..self.header.len()).filter(|at| !columns.contains(at) && !before.contains(at)).collect();
        let degrees = !self.speaks(columns);
        let mut elements = Vec::new();
        // What is said of the competency itself, and of no level.
        for (line, row) in &self.rows {
            let said = beside.iter().map(|at| self.cell(row, *at)).filter(|cell| !cell.is_empty());
            elements.extend(said.map(|text| Element::new(Kind::Paragraph, text, *line)));
        }
        for column in columns {
            elements.push(heading(LEVEL, &self.header[*column], self.rows.first().map_or(0, |(line, _)| *line)));
            let mut last = String::new();
            for (line, row) in &self.rows {
                let named = group.map_or("", |at| self.cell(row, at));
                let all_empty = columns.iter().all(|at| self.cell(row, *at).is_empty());
                let begins = if all_empty { self.cell(row, theme) } else { named };
                if !begins.is_empty() && begins != last {
                    begins.clone_into(&mut last);
                    elements.push(heading(GROUP, begins, *line));
                }
                let said = self.cell(row, *column);
                if !said.is_empty() {
                    let about = self.cell(row, theme);
                    elements.push(heading(THEME, about, *line));
                    // A degree says nothing without what it is a degree of.
                    let said = if degrees {
                        if is_yes(said) { about.to_owned() } else { format!("{about}: {said}") }
                    } else {
                        said.to_owned()
                    };
                    elements.extend(parts(&said).map(|text| Element::new(Kind::Cell, &text, *line)));
                }
            }
        }
        elements
    }

    fn by_rows(&self, level: usize, themes: &[usize]) -> Vec<Element> {
        let mut elements = Vec::new();
        let titles: Vec<Title> = self.rows.iter().map(|(_, row)| title(self.cell(row, level))).collect();
        for ((line, row), own) in self.rows.iter().zip(&titles) {
            let named = self.cell(row, level);
            let depth = if is_among(own, titles.iter()) { LEVEL } else { GROUP };
            if !named.is_empty() {
                elements.push(heading(depth, named, *line));
            }
            // The other columns may give the grade.
            let rest: Vec<usize> = (0..self.header.len()).filter(|at| !themes.contains(at)).collect();
            let of = |cells: &[String]| rest.iter().map(|at| cells.get(*at).cloned().unwrap_or_default()).collect::<Vec<_>>();
            if rest.iter().any(|at| *at != level && !self.cell(row, *at).is_empty()) {
                let cells = of(row);
                let text = cells.join(" | ");
                elements.push(Element::new(Kind::Row { header: of(self.header), cells }, &text, *line));
            }
            for theme in themes {
                elements.push(heading(THEME, &self.header[*theme], *line));
                elements.extend(parts(self.cell(row, *theme)).map(|text| Element::new(Kind::Cell, &text, *line)));
            }
        }
        elements
    }
}

fn heading(depth: u8, text: &str, line: usize) -> Element {
    Element::new(Kind::Heading { depth, anchors: Vec::new() }, text, line)
}

fn title(text: &str) -> Title {
    Title::read(text, &Initials::new())
}

/// Whether a title is that of a level among others: "Software Engineer" between a junior and a senior one tells no step by itself.
fn is_among<'a>(own: &Title, mut others: impl Iterator<Item = &'a Title>) -> bool {
    !own.steps.is_empty() || (!own.core.is_empty() && others.any(|title| !title.steps.is_empty() && title.core == own.core))
}

/// Whether a cell says something: fewer words, or only such as begin with a capital, give a degree, a grade or a name.
pub fn is_prose(cell: &str) -> bool {
    words(cell) >= 4 && cell.split_whitespace().any(|word| word.len() > 3 && word.starts_with(char::is_lowercase))
}

fn is_yes(cell: &str) -> bool {
    ["x", "✓", "✔", "✅", "yes", "y", "•", "●"].contains(&cell.trim().to_lowercase().as_str())
}

/// In a table of marks or numbers, what says no says nothing.
fn is_absent(cell: &str) -> bool {
    table::is_absent(cell) || ["no", "0", "✗", "❌"].contains(&cell.to_lowercase().as_str())
}

/// The points of a cell, which stand on lines of their own.
fn parts(cell: &str) -> impl Iterator<Item = String> {
    cell.lines().map(|line| plain(line.trim().trim_start_matches(['-', '*', '•', '–', '·']))).filter(|line| !line.is_empty())
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
