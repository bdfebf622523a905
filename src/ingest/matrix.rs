//! Reads competency matrices: long ones, a row for each role, level and skill, and wide ones with the levels as columns. Enter at
//! [`read`]. What a column means is guessed from its header, shown, and can be laid down in a mapping file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::batch::stem;
use super::compare::Item;
use super::coverage::LeftOut;
use super::mentions::Lexicon;
use super::outline::plain;
use super::scale;
use super::table::{Table, is_absent};

/// What the columns of a matrix mean, as a mapping file says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// The headers of the columns, by their meaning.
    pub columns: BTreeMap<String, String>,
    /// The job of a matrix that has no column for it.
    pub role: Option<String>,
    /// The columns that are levels, from the lowest to the highest; with it, the matrix is a wide one.
    pub levels: Vec<String>,
    /// The degrees of proficiency, from the lowest to the highest.
    pub proficiencies: Vec<String>,
    /// Cells that say that there is nothing.
    pub absent: Vec<String>,
}

/// What a column can mean, with the headers by which it is known.
const MEANINGS: &[(&str, &[&str])] = &[
    ("skill", &["skill name", "skill", "competency", "competency name", "competence", "capability", "skill area"]),
    (
        "proficiency",
        &[
            "skill level",
            "proficiency",
            "proficiency level",
            "required level",
            "level required",
            "expected level",
            "competency level",
            "target level",
            "rating",
        ],
    ),
    ("level", &["role level", "level", "job level", "seniority", "grade", "career level", "role level name"]),
    ("role", &["role", "job", "role name", "job title", "position", "job family name", "profession"]),
    ("family", &["role family", "job family", "family", "department", "discipline", "function"]),
    ("skill-definition", &["skill description", "competency description", "definition", "description", "skill definition"]),
    ("statement", &["skill level description", "proficiency description", "behaviour", "behavior", "indicator", "expectation"]),
    ("category", &["category", "skill category", "skill group", "group", "area", "theme"]),
];

/// A matrix, read.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    pub name: String,
    pub date: String,
    pub(super) requirements: Vec<Requirement>,
    /// Skills by their name: the IRI of the taxonomy, or a definition.
    pub(super) skills: BTreeMap<String, (Option<String>, Option<String>)>,
    pub(super) proficiencies: Vec<String>,
    pub(super) ordered: bool,
    pub(super) guesses: Vec<String>,
    pub(super) left: Vec<LeftOut>,
}

/// One skill that a level asks for.
#[derive(Clone, Debug)]
pub(super) struct Requirement {
    pub(super) line: usize,
    pub(super) role: String,
    pub(super) level: Option<String>,
    pub(super) skill: String,
    pub(super) proficiency: Option<String>,
    pub(super) says: Option<String>,
    pub(super) text: String,
}

/// Why a table is no matrix.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error("no column says which {what} a row is about; there are: {}. Name it in a mapping file, under [columns]: {what} = \"…\" (--mapping)", header.join(", "))]
    NoColumn { what: &'static str, header: Vec<String> },
    #[error("the mapping names a column “{column}”, which is not there{}; there are: {}", near.as_ref().map(|near| format!(" (did you mean “{near}”?)")).unwrap_or_default(), header.join(", "))]
    UnknownColumn { column: String, near: Option<String>, header: Vec<String> },
    #[error("the mapping gives a column the meaning “{meaning}”, which there is not: use one of {}", MEANINGS.iter().map(|(meaning, _)| *meaning).collect::<Vec<_>>().join(", "))]
    UnknownMeaning { meaning: String },
}

impl Matrix {
    /// With the date of the version that was read.
    pub fn dated(mut self, date: &str) -> Self {
        date.clone_into(&mut self.date);
        self
    }
}

/// Whether a file is a matrix, by the ending of its name.
pub fn is_matrix(name: &str) -> bool {
    let name = name.to_lowercase();
    [".csv", ".tsv", ".xlsx"].iter().any(|ending| name.ends_with(ending))
}

/// Reads a matrix.
///
/// # Errors
/// When no column says what the rows are about.
pub fn read(name: &str, table: &Table, mapping: &Mapping, lexicon: &Lexicon) -> Result<Matrix, MatrixError> {
    let columns = Columns::find(table, mapping)?;
    let mut matrix = Matrix { name: name.to_owned(), guesses: columns.shown(table), ..Matrix::default() };
    for (line, row) in &table.rows {
        columns.requirements(*line, row, table, mapping, &stem(name), &mut matrix);
    }
    let names: BTreeSet<&String> = matrix.requirements.iter().map(|requirement| &requirement.skill).collect();
    matrix.skills = names.into_iter().map(|skill| (skill.clone(), (lexicon.iri_of(skill), None))).collect();
    for (_, row) in &table.rows {
        let (skill, text) = (columns.cell("skill", row, mapping), columns.cell("skill-definition", row, mapping));
        if let Some((_, definition @ None)) = skill.and_then(|skill| matrix.skills.get_mut(&skill)) {
            *definition = text;
        }
    }
    let used: BTreeSet<String> = matrix.requirements.iter().filter_map(|requirement| requirement.proficiency.clone()).collect();
    (matrix.proficiencies, matrix.ordered) = scale::order(used, &mapping.proficiencies);
    Ok(matrix)
}

/// Which column means what.
#[derive(Default)]
struct Columns {
    by_meaning: BTreeMap<String, usize>,
    /// The columns that are levels, in a wide matrix.
    levels: Vec<usize>,
}

impl Columns {
    fn find(table: &Table, mapping: &Mapping) -> Result<Self, MatrixError> {
        let position = |name: &str| table.header.iter().position(|header| header.eq_ignore_ascii_case(name));
        let named = |name: &str| {
            position(name).ok_or_else(|| {
                let near = table.header.iter().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name))).cloned();
                MatrixError::UnknownColumn { column: name.to_owned(), near, header: table.header.clone() }
            })
        };
        let mut columns = Self::default();
        for (meaning, column) in &mapping.columns {
            if !MEANINGS.iter().any(|(known, _)| known == meaning) {
                return Err(MatrixError::UnknownMeaning { meaning: meaning.clone() });
            }
            columns.by_meaning.insert(meaning.clone(), named(column)?);
        }
        columns.levels = mapping.levels.iter().map(|level| named(level)).collect::<Result<_, _>>()?;
        for (meaning, headers) in MEANINGS {
            let guess = headers
                .iter()
                .find_map(|header| table.header.iter().position(|own| own.to_lowercase().replace(['_', '-'], " ") == *header));
            if let Some(at) =
                guess.filter(|at| !columns.by_meaning.values().any(|taken| taken == at) && !columns.levels.contains(at))
            {
                columns.by_meaning.entry((*meaning).to_owned()).or_insert(at);
            }
        }
        if columns.levels.is_empty() && !columns.by_meaning.contains_key("proficiency") {
            columns.levels = columns.wide(table);
        }
        if !columns.levels.is_empty() {
            // The first column of a wide matrix names the skills, whatever it is called.
            let taken: BTreeSet<usize> = columns.by_meaning.values().copied().collect();
            let free = (0..table.header.len()).find(|at| !taken.contains(at) && !columns.levels.contains(at));
            if let (false, Some(free)) = (columns.by_meaning.contains_key("skill"), free) {
                columns.by_meaning.insert("skill".to_owned(), free);
            }
        }
        let needed = |what: &'static str| MatrixError::NoColumn { what, header: table.header.clone() };
        if !columns.by_meaning.contains_key("skill") {
            return Err(needed("skill"));
        }
        if columns.levels.is_empty() && !columns.by_meaning.contains_key("proficiency") {
            return Err(needed("proficiency"));
        }
        if !columns.by_meaning.contains_key("role") && columns.by_meaning.contains_key("level") && mapping.role.is_none() {
            let family = columns.by_meaning.get("family").copied();
            family.map(|at| columns.by_meaning.insert("role".to_owned(), at));
        }
        Ok(columns)
    }

    /// The columns of a wide matrix that are levels: those whose cells take few values, over and over.
    fn wide(&self, table: &Table) -> Vec<usize> {
        let taken: BTreeSet<usize> = self.by_meaning.values().copied().collect();
        let free = (0..table.header.len()).filter(|at| !taken.contains(at) && !table.header[*at].is_empty());
        let short = |at: &usize| {
            table
                .rows
                .iter()
                .filter_map(|(_, row)| row.get(*at))
                .all(|cell| cell.split_whitespace().count() <= 3 && cell.len() <= 24)
        };
        let columns: Vec<usize> = free.filter(short).collect();
        let values: BTreeSet<String> = columns
            .iter()
            .flat_map(|at| table.rows.iter().filter_map(|(_, row)| row.get(*at).map(|cell| cell.to_lowercase())))
            .collect();
        // A first column of short names is the skills.
        let skip = usize::from(!self.by_meaning.contains_key("skill") && columns.first() == Some(&0));
        if columns.len() > skip + 1 && values.len() <= 12 + table.rows.len() * skip {
            columns[skip..].to_vec()
        } else {
            Vec::new()
        }
    }

    fn shown(&self, table: &Table) -> Vec<String> {
        let mut shown: Vec<String> =
            self.by_meaning.iter().map(|(meaning, at)| format!("{meaning} = “{}”", table.header[*at])).collect();
        if !self.levels.is_empty() {
            let levels: Vec<&str> = self.levels.iter().map(|at| table.header[*at].as_str()).collect();
            shown.push(format!("levels = {}", levels.join(", ")));
        }
        let read: BTreeSet<usize> = self.by_meaning.values().chain(&self.levels).copied().collect();
        let unread: Vec<&str> =
            (0..table.header.len()).filter(|at| !read.contains(at)).map(|at| table.header[at].as_str()).collect();
        if !unread.is_empty() {
            shown.push(format!("not read: {}", unread.join(", ")));
        }
        shown
    }

    /// What a cell says, if it says anything.
    fn cell(&self, meaning: &str, row: &[String], mapping: &Mapping) -> Option<String> {
        said(row.get(*self.by_meaning.get(meaning)?)?, mapping)
    }

    fn requirements(&self, line: usize, row: &[String], table: &Table, mapping: &Mapping, name: &str, matrix: &mut Matrix) {
        let role =
            self.cell("role", row, mapping).or_else(|| mapping.role.clone()).unwrap_or_else(|| name.replace(['-', '_'], " "));
        let Some(skill) = self.cell("skill", row, mapping) else {
            let reason = "a row that names no skill".to_owned();
            matrix.left.push(LeftOut { line, section: role, text: row.join(" | ").chars().take(100).collect(), reason });
            return;
        };
        let says = self.cell("statement", row, mapping);
        let requirement = |level: Option<String>, proficiency: Option<String>, text: String| Requirement {
            line,
            role: role.clone(),
            level,
            skill: skill.clone(),
            proficiency,
            says: says.clone(),
            text,
        };
        if self.levels.is_empty() {
            let (level, proficiency) = (self.cell("level", row, mapping), self.cell("proficiency", row, mapping));
            matrix.requirements.push(requirement(level, proficiency, row.join(" | ")));
        }
        for at in &self.levels {
            if let Some(proficiency) = row.get(*at).and_then(|cell| said(cell, mapping)) {
                let level = table.header[*at].clone();
                let text = format!("{skill} | {level} | {proficiency}");
                matrix.requirements.push(requirement(Some(level), Some(proficiency), text));
            }
        }
    }
}

fn said(cell: &str, mapping: &Mapping) -> Option<String> {
    let absent = is_absent(cell) || mapping.absent.iter().any(|absent| absent.eq_ignore_ascii_case(cell));
    (!absent).then(|| plain(cell))
}

/// The requirements of a matrix, to be held against another version.
pub fn items(matrix: &Matrix) -> Vec<Item> {
    let item = |requirement: &Requirement| Item {
        about: requirement.level.clone().unwrap_or_else(|| requirement.role.clone()),
        section: requirement.role.clone(),
        text: format!("{}: {}", requirement.skill, requirement.proficiency.as_deref().unwrap_or("no degree given")),
    };
    matrix.requirements.iter().map(item).collect()
}
