//! Says honestly what of a document was placed and what was not, and why. Enter at [`Coverage::of`]; it serialises to JSON, and the
//! command line and an HTML page show it.

use serde::Serialize;

use super::draft::Draft;
use super::findings::{self, Sort};
use super::outline::BlockKind;
use super::sections::Scope;
use super::wording::StatementKind;

/// What became of one document.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Coverage {
    pub file: String,
    pub title: String,
    pub job_family: String,
    pub blocks: Counts,
    pub placed: Placed,
    pub levels: Vec<Level>,
    pub specialties: Vec<Specialty>,
    /// Every block that states nothing the model holds, with the reason; and what is no text of the page.
    pub left_out: Vec<LeftOut>,
    pub findings: Vec<Finding>,
    /// Of a matrix: what its columns were taken for.
    pub mapping: Vec<String>,
    pub sections: Vec<Section>,
    pub statements: Vec<Statement>,
}

/// How many blocks there are, by kind; all of them are placed or left out.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Counts {
    pub list_items: usize,
    pub paragraphs: usize,
    pub table_rows: usize,
}

/// What was read from how many blocks.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Placed {
    pub statements: usize,
    pub facts: usize,
    pub hiring_steps: usize,
    pub mentions: usize,
}

/// A level as it was understood.
#[derive(Clone, Debug, Serialize)]
pub struct Level {
    pub title: String,
    pub rank: usize,
    pub grade: Option<String>,
    pub extends: Vec<String>,
    pub progression_of: Option<String>,
    pub line: usize,
    pub reason: String,
}

/// A specialty as it was understood.
#[derive(Clone, Debug, Serialize)]
pub struct Specialty {
    pub title: String,
    pub line: usize,
    pub reason: String,
}

/// Something that is not in the graph.
#[derive(Clone, Debug, Serialize)]
pub struct LeftOut {
    pub line: usize,
    pub section: String,
    pub text: String,
    pub reason: String,
}

/// Something to look at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub kind: &'static str,
    pub line: usize,
    pub section: String,
    pub what: String,
    /// Whether `--strict` fails on it.
    pub strict: bool,
}

/// What a section was taken for.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    pub path: String,
    pub line: usize,
    pub kind: String,
    pub about: String,
    pub reason: String,
}

/// What a statement was taken for.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    pub line: usize,
    pub about: String,
    pub text: String,
    pub kind: &'static str,
    pub reason: String,
    pub competencies: Vec<String>,
}

/// How long a text is shown.
const SHOWN: usize = 100;

impl Coverage {
    /// Sums up what became of a document.
    pub fn of(draft: &Draft, file: &str, left: &[super::outline::Left]) -> Self {
        let page = &draft.page;
        let count = |kind: BlockKind| page.blocks.iter().filter(|block| block.kind == kind).count();
        let about = |scope: Scope| match scope {
            Scope::Role => draft.family.clone(),
            Scope::Level(at) => page.levels.get(at).map(|level| level.title.clone()).unwrap_or_default(),
            Scope::Specialty(at) => page.specialties.get(at).map(|specialty| specialty.title.clone()).unwrap_or_default(),
        };
        let title = |number: usize| page.levels.get(number).map(|level| level.title.clone()).unwrap_or_default();
        let elsewhere = draft.statements.len() + draft.omissions.len() + draft.steps.len();
        let facts = page.blocks.len().saturating_sub(elsewhere);
        let omitted = draft.omissions.iter().map(|omission| {
            let block = &page.blocks[omission.block];
            LeftOut {
                line: block.element.line,
                section: page.sections[block.section].path.clone(),
                text: shown(&block.element.text),
                reason: omission.reason.to_owned(),
            }
        });
        let outside = left.iter().map(|left| LeftOut {
            line: left.line,
            section: String::new(),
            text: shown(&left.what),
            reason: left.reason.clone(),
        });
        let level = |(rank, level): (usize, &super::draft::Level)| Level {
            title: level.title.clone(),
            rank: rank + 1,
            grade: level.grade.as_ref().map(|(grade, _)| grade.clone()),
            extends: level.extends.iter().map(|(from, _)| title(*from)).collect(),
            progression_of: level.progression_of.map(|(from, _)| title(from)),
            line: page.levels[level.number].line,
            reason: page.levels[level.number].reason.to_owned(),
        };
        Self {
            file: file.to_owned(),
            title: page.title.clone(),
            job_family: draft.family.clone(),
            blocks: Counts {
                list_items: count(BlockKind::Item),
                paragraphs: count(BlockKind::Paragraph),
                table_rows: count(BlockKind::Row),
            },
            placed: Placed {
                statements: draft.statements.len(),
                facts,
                hiring_steps: draft.steps.len(),
                mentions: draft.statements.iter().map(|statement| statement.mentions.len()).sum(),
            },
            levels: draft.levels.iter().enumerate().map(level).collect(),
            specialties: page
                .specialties
                .iter()
                .map(|s| Specialty { title: s.title.clone(), line: s.line, reason: s.reason.to_owned() })
                .collect(),
            left_out: omitted.chain(outside).collect(),
            findings: draft.findings.iter().map(finding).collect(),
            mapping: Vec::new(),
            sections: page
                .sections
                .iter()
                .map(|section| Section {
                    path: section.path.clone(),
                    line: section.line,
                    kind: section.part.map_or_else(|| "none".to_owned(), |part| format!("{part:?}").to_lowercase()),
                    about: about(section.scope),
                    reason: section.reason.to_owned(),
                })
                .collect(),
            statements: draft
                .statements
                .iter()
                .map(|statement| Statement {
                    line: page.blocks[statement.block].element.line,
                    about: about(statement.scope),
                    text: shown(&page.blocks[statement.block].element.text),
                    kind: match statement.kind {
                        StatementKind::Requirement => "requirement",
                        StatementKind::Responsibility => "responsibility",
                        StatementKind::Expectation => "expectation",
                    },
                    reason: statement.reason.to_owned(),
                    competencies: statement.mentions.iter().map(|mention| mention.thing.label.clone()).collect(),
                })
                .collect(),
        }
    }

    /// The findings that a strict run does not accept.
    pub fn strict(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.strict)
    }
}

fn finding(finding: &findings::Finding) -> Finding {
    let kind = match finding.sort {
        Sort::UnresolvedInheritance => "unresolved inheritance",
        Sort::UnknownSection => "unknown section",
        Sort::Candidate => "candidate competency",
        Sort::Conflict => "conflict",
        Sort::Unread => "unread content",
    };
    Finding { kind, line: finding.line, section: finding.section.clone(), what: finding.what.clone(), strict: true }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
