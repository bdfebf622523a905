//! Reads competency matrices: long ones, a row for each role, level and skill, and wide ones with the levels as columns. Enter at
//! [`read`], then [`write`]. What a column means is guessed from its header, shown, and can be laid down in a mapping file.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::vocab::{rdf, xsd};
use oxigraph::model::{GraphName, Literal, NamedNode, Quad, Term};
use serde::Deserialize;

use super::batch::{Options, stem};
use super::compare::Item;
use super::coverage::{self, Counts, Coverage, LeftOut};
use super::graph::{Written, cg};
use super::mentions::Lexicon;
use super::mint::segment;
use super::outline::digest;
use super::scale;
use super::sections::ARROW;
use super::table::{self, Table, TableError};
use super::titles::Title;
use crate::words;

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

/// Cells that say that there is nothing, whatever the mapping says.
const ABSENT: &[&str] =
    &["", "-", "–", "—", "n/a", "na", "none", "not in use", "missing", "not applicable", "tbc", "tbd", "null"];

/// A matrix, read.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    pub name: String,
    pub date: String,
    requirements: Vec<Requirement>,
    /// Skills by their name: the IRI of the taxonomy, or a definition.
    skills: BTreeMap<String, (Option<String>, Option<String>)>,
    proficiencies: Vec<String>,
    ordered: bool,
    guesses: Vec<String>,
    left: Vec<LeftOut>,
}

#[derive(Clone, Debug)]
struct Requirement {
    line: usize,
    role: String,
    level: Option<String>,
    skill: String,
    proficiency: Option<String>,
    says: Option<String>,
    text: String,
}

/// Why a table is no matrix.
#[derive(Debug, thiserror::Error)]
pub enum MatrixError {
    #[error(transparent)]
    Table(#[from] TableError),
    #[error("no column says which {what} a row is about; there are: {}. Name it in a mapping file, under [columns]: {what} = \"…\" (--mapping)", header.join(", "))]
    NoColumn { what: &'static str, header: Vec<String> },
    #[error("the mapping names a column “{column}”, which is not there{}; there are: {}", near.as_ref().map(|near| format!(" (did you mean “{near}”?)")).unwrap_or_default(), header.join(", "))]
    UnknownColumn { column: String, near: Option<String>, header: Vec<String> },
    #[error("the mapping gives a column the meaning “{meaning}”, which there is not: use one of {}", MEANINGS.iter().map(|(meaning, _)| *meaning).collect::<Vec<_>>().join(", "))]
    UnknownMeaning { meaning: String },
}

impl MatrixError {
    /// The line concerned, where there is one.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Table(error) => error.line(),
            _ => Some(1),
        }
    }
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
/// When the file is no table, or no column says what the rows are about.
pub fn read(
    name: &str,
    bytes: &[u8],
    encoding: Option<&str>,
    mapping: &Mapping,
    lexicon: &Lexicon,
) -> Result<Matrix, MatrixError> {
    let table = table::read(name, bytes, encoding)?;
    let columns = Columns::find(&table, mapping)?;
    let mut matrix = Matrix { name: name.to_owned(), guesses: columns.shown(&table), ..Matrix::default() };
    for (line, row) in &table.rows {
        columns.requirements(*line, row, &table, mapping, &stem(name), &mut matrix);
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
    let lower = cell.to_lowercase();
    let absent = ABSENT.contains(&lower.as_str()) || mapping.absent.iter().any(|absent| absent.eq_ignore_ascii_case(cell));
    (!absent).then(|| cell.to_owned())
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

/// Writes a matrix as a graph of its own.
pub fn write(matrix: &Matrix, options: &Options) -> (Written, Coverage) {
    let mint = &options.mint;
    let name = stem(&matrix.name);
    let graph = mint.graph(&name, "");
    let document = format!("{}/document", mint.family(&name));
    let mut writer = Writer { graph: GraphName::NamedNode(node(&graph)), quads: Vec::new(), document: node(&document) };
    let about = node(&document);
    writer.thing(&about, "SourceDocument", &matrix.name);
    writer.add(&about, node("http://purl.org/dc/terms/title"), english(&matrix.name));
    let source = options.published.clone().unwrap_or_else(|| format!("{}source/{}", mint.base(), segment(&matrix.name)));
    writer.add(&about, node("http://purl.org/dc/terms/source"), node(&source));
    writer.add(&about, node("http://purl.org/dc/terms/license"), node(&options.licence));
    writer.add(&about, node("http://purl.org/dc/terms/date"), Literal::new_typed_literal(&matrix.date, xsd::DATE));
    let proficiencies = writer.scale(matrix, &mint.proficiencies());
    let skills = writer.skills(matrix, options);
    let levels = writer.ladders(matrix, options, &about);
    writer.requirements(matrix, options, &levels, &skills, &proficiencies);
    let coverage = covered(matrix, &levels);
    (Written { graph, document, family: mint.family(&name), quads: writer.quads, statements: Vec::new() }, coverage)
}

type Levels = BTreeMap<String, Vec<(Option<String>, String, NamedNode)>>;

fn covered(matrix: &Matrix, levels: &Levels) -> Coverage {
    let rows = matrix.requirements.iter().map(|requirement| requirement.line).collect::<BTreeSet<_>>().len() + matrix.left.len();
    let level = |(rank, (_, title, _)): (usize, &(Option<String>, String, NamedNode))| coverage::Level {
        title: title.clone(),
        rank: rank + 1,
        grade: None,
        extends: Vec::new(),
        progression_of: None,
        line: 0,
        reason: "a level of the matrix".to_owned(),
    };
    let mut findings: Vec<coverage::Finding> = Vec::new();
    let mut find = |kind: &'static str, what: String| {
        findings.push(coverage::Finding { kind, line: 1, section: String::new(), what, strict: true })
    };
    if !matrix.ordered {
        find(
            "conflict",
            format!(
                "the order of {} is not known: give it in a mapping file, as proficiencies = [lowest, …, highest]",
                matrix.proficiencies.join(", ")
            ),
        );
    }
    for (skill, (iri, _)) in &matrix.skills {
        if iri.is_none() {
            find("candidate competency", skill.clone());
        }
    }
    Coverage {
        file: matrix.name.clone(),
        title: matrix.name.clone(),
        job_family: format!("{} job families", levels.len()),
        blocks: Counts { table_rows: rows, ..Counts::default() },
        placed: coverage::Placed {
            statements: matrix.requirements.len(),
            mentions: matrix.requirements.len(),
            ..coverage::Placed::default()
        },
        levels: levels.values().flat_map(|levels| levels.iter().enumerate().map(level)).collect(),
        left_out: matrix.left.clone(),
        mapping: matrix.guesses.clone(),
        findings,
        ..Coverage::default()
    }
}

struct Writer {
    graph: GraphName,
    quads: Vec<Quad>,
    document: NamedNode,
}

fn node(iri: &str) -> NamedNode {
    NamedNode::new_unchecked(iri)
}

fn english(text: &str) -> Literal {
    Literal::new_language_tagged_literal_unchecked(text, "en")
}

fn skos(local: &str) -> NamedNode {
    node(&format!("http://www.w3.org/2004/02/skos/core#{local}"))
}

impl Writer {
    fn add(&mut self, subject: &NamedNode, predicate: NamedNode, object: impl Into<Term>) {
        self.quads.push(Quad::new(subject.clone(), predicate, object, self.graph.clone()));
    }

    fn thing(&mut self, subject: &NamedNode, class: &str, label: &str) {
        self.add(subject, rdf::TYPE.into_owned(), cg(class));
        self.add(subject, words::other::PREF_LABEL.into_owned(), english(label));
    }

    /// The degrees of proficiency as an ordered scheme of their own.
    fn scale(&mut self, matrix: &Matrix, base: &str) -> BTreeMap<String, NamedNode> {
        let scheme = node(base);
        let iri = |name: &String| node(&format!("{}/{}", scheme.as_str(), segment(name)));
        if !matrix.proficiencies.is_empty() {
            self.add(&scheme, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme, skos("prefLabel"), english("Degrees of proficiency"));
            self.add(&scheme, skos("definition"), english("The degrees of proficiency that a competency matrix uses."));
        }
        for (at, name) in matrix.proficiencies.iter().enumerate() {
            let degree = iri(name);
            self.thing(&degree, "Proficiency", name);
            self.add(&degree, skos("inScheme"), scheme.clone());
            self.add(&degree, skos("notation"), Literal::new_simple_literal(name.to_lowercase()));
            for lower in matrix.proficiencies[..at].iter().filter(|_| matrix.ordered) {
                self.add(&degree, cg("higherThan"), iri(lower));
            }
        }
        matrix.proficiencies.iter().map(|name| (name.clone(), iri(name))).collect()
    }

    fn skills(&mut self, matrix: &Matrix, options: &Options) -> BTreeMap<String, NamedNode> {
        let scheme = node(&options.mint.skills());
        let mut told: BTreeSet<NamedNode> = BTreeSet::new();
        let mut iris = BTreeMap::new();
        for (name, (known, definition)) in &matrix.skills {
            let iri = known.as_ref().map_or_else(|| node(&options.mint.competency(name)), |known| node(known));
            iris.insert(name.clone(), iri.clone());
            if known.is_some() || !told.insert(iri.clone()) {
                continue;
            }
            self.thing(&iri, "Skill", name);
            let text = definition.clone().unwrap_or_else(|| "Named by a competency matrix, which does not define it.".to_owned());
            self.add(&iri, skos("definition"), english(&text));
            self.add(&iri, skos("inScheme"), scheme.clone());
            self.add(&iri, skos("topConceptOf"), scheme.clone());
        }
        if !told.is_empty() {
            self.add(&scheme, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme, skos("prefLabel"), english("Skills of a competency matrix"));
            self.add(
                &scheme,
                skos("definition"),
                english("The skills that a competency matrix names and the taxonomy does not have."),
            );
        }
        iris
    }

    /// The job families with their levels, from the lowest to the highest.
    fn ladders(&mut self, matrix: &Matrix, options: &Options, document: &NamedNode) -> Levels {
        let mut levels: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        for requirement in &matrix.requirements {
            let of_role = levels.entry(requirement.role.clone()).or_default();
            if !of_role.contains(&requirement.level) {
                of_role.push(requirement.level.clone());
            }
        }
        let none = BTreeMap::new();
        let mut written = Levels::new();
        for (role, mut of_role) in levels {
            let family = node(&options.mint.family(&role));
            self.thing(&family, "JobFamily", &role);
            self.add(document, cg("describes"), family.clone());
            let title = Title::read(&role, &none);
            // Requirements without a level hold for the whole job; a job without levels is its own.
            let only = of_role.iter().all(Option::is_none);
            of_role.retain(|level| level.is_some() || only);
            of_role.sort_by_key(|level| level.as_ref().map(|level| Title::read(level, &none).height(&title)));
            for (rank, level) in of_role.into_iter().enumerate() {
                let name = level.clone().unwrap_or_else(|| role.clone());
                let iri = node(&format!("{}/level/{}", family.as_str(), segment(&name)));
                self.thing(&iri, "Level", &name);
                self.add(&iri, cg("levelOf"), family.clone());
                self.add(&iri, cg("rank"), Literal::new_typed_literal((rank + 1).to_string(), xsd::INTEGER));
                written.entry(role.clone()).or_default().push((level, name, iri));
            }
        }
        written
    }

    fn requirements(
        &mut self,
        matrix: &Matrix,
        options: &Options,
        levels: &Levels,
        skills: &BTreeMap<String, NamedNode>,
        degrees: &BTreeMap<String, NamedNode>,
    ) {
        let mut used: BTreeMap<String, usize> = BTreeMap::new();
        let mut positions: BTreeMap<String, usize> = BTreeMap::new();
        for requirement in &matrix.requirements {
            let family = options.mint.family(&requirement.role);
            let level = levels
                .get(&requirement.role)
                .and_then(|levels| levels.iter().find(|(level, ..)| *level == requirement.level && level.is_some()));
            let about = level.map_or_else(|| node(&family), |(_, _, iri)| iri.clone());
            let scope = level.map(|(_, name, _)| format!("{}.", segment(name))).unwrap_or_default();
            let mut segment_of = format!("{scope}{}", segment(&requirement.skill));
            let count = used.entry(format!("{family}{segment_of}")).or_default();
            *count += 1;
            if *count > 1 {
                segment_of = format!("{segment_of}-{count}");
            }
            let statement = node(&format!("{family}/statement/{segment_of}"));
            let mention = node(&format!("{family}/mention/{segment_of}"));
            let degree = requirement.proficiency.as_ref().map(|degree| format!(": {degree}")).unwrap_or_default();
            self.thing(&statement, "Requirement", &format!("{}{degree}", requirement.skill));
            self.add(&statement, cg("appliesTo"), about);
            self.add(&statement, cg("modality"), cg("required"));
            self.add(&statement, cg("hasMention"), mention.clone());
            let section = [Some(&requirement.role), requirement.level.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(ARROW);
            let position = positions.entry(section.clone()).or_default();
            *position += 1;
            let position = Literal::new_typed_literal(position.to_string(), xsd::INTEGER);
            let document = self.document.clone();
            self.add(&statement, cg("sourceDocument"), document);
            self.add(&statement, cg("section"), Literal::new_simple_literal(section));
            self.add(&statement, cg("sectionKind"), cg("requirements"));
            self.add(&statement, cg("blockKind"), cg("table-row"));
            self.add(&statement, cg("position"), position);
            self.add(&statement, cg("sourceDigest"), Literal::new_simple_literal(digest(&requirement.text)));
            self.add(
                &statement,
                cg("quotation"),
                Literal::new_simple_literal(requirement.says.clone().unwrap_or_else(|| requirement.text.clone())),
            );
            self.add(&mention, rdf::TYPE.into_owned(), cg("Mention"));
            if let Some(skill) = skills.get(&requirement.skill) {
                self.add(&mention, cg("competency"), skill.clone());
            }
            self.add(&mention, cg("modality"), cg("required"));
            self.add(&mention, cg("mentionKind"), cg("direct"));
            let degree = requirement.proficiency.as_ref().and_then(|degree| degrees.get(degree)).cloned();
            self.add(&mention, cg("proficiency"), degree.unwrap_or_else(|| cg("unstated")));
            self.add(&mention, cg("minimumYears"), Literal::new_typed_literal("0", xsd::INTEGER));
            self.add(&mention, cg("group"), mention.clone());
        }
    }
}
