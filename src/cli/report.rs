//! The coverage report: for people on a terminal, as an HTML page, and as JSON for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use askama::Template;

use crate::ingest::coverage::Coverage;

/// How a report is written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Html,
    Json,
}

#[derive(Template)]
#[template(path = "coverage.html")]
struct Page<'a> {
    documents: &'a [Coverage],
}

impl Kind {
    /// Told by the ending of the file.
    pub fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("html" | "htm") => Ok(Self::Html),
            Some("json") => Ok(Self::Json),
            _ => bail!("{}: a report ends in .html or .json", path.display()),
        }
    }

    pub fn write(self, documents: &[Coverage], path: &Path) -> Result<()> {
        let text = match self {
            Self::Html => Page { documents }.render()?,
            Self::Json => format!("{:#}\n", serde_json::json!({ "documents": documents })),
        };
        std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
    }
}

/// Prints a report. Without `all`, candidates and what is left out are counted, and the rest is listed.
pub fn terminal(documents: &[Coverage], all: bool, out: &mut dyn Write) -> io::Result<()> {
    for document in documents {
        let (blocks, placed) = (document.blocks, document.placed);
        writeln!(out, "{}: {}", document.file, document.job_family)?;
        let seen = [(blocks.list_items, "list items"), (blocks.paragraphs, "paragraphs"), (blocks.table_rows, "table rows")];
        let left = document.left_out.len();
        writeln!(
            out,
            "  {} → {} statements with {} mentions, {} facts, {} hiring steps, {left} left out",
            counted(&seen),
            placed.statements,
            placed.mentions,
            placed.facts,
            placed.hiring_steps
        )?;
        if !document.mapping.is_empty() {
            writeln!(out, "  columns: {}", document.mapping.join("; "))?;
        }
        if document.blocks.table_rows == 0 || all {
            levels(document, out)?;
        }
        let mut hidden: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &document.findings {
            if finding.kind == "candidate competency" && !all {
                *hidden.entry("candidate competencies").or_default() += 1;
                continue;
            }
            writeln!(out, "  {}{}: {}", finding.kind, place(finding.line), finding.what)?;
        }
        for (kind, count) in hidden {
            writeln!(out, "  {count} {kind} that the taxonomy does not have (--all lists them)")?;
        }
        for left in document.left_out.iter().filter(|_| all) {
            writeln!(out, "  left out{}: {}: {}", place(left.line), left.reason, left.text)?;
        }
    }
    Ok(())
}

fn levels(document: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    for level in &document.levels {
        let grade = level.grade.as_ref().map(|grade| format!(", grade {grade}")).unwrap_or_default();
        let above = match (&level.progression_of, level.extends.as_slice()) {
            (Some(before), _) => format!(", a progression of {before}"),
            (None, []) => String::new(),
            (None, extends) => format!(", extends {}", extends.join(" and ")),
        };
        writeln!(out, "  level {}: {}{grade}{above}", level.rank, level.title)?;
    }
    if !document.specialties.is_empty() {
        let names: Vec<&str> = document.specialties.iter().map(|specialty| specialty.title.as_str()).collect();
        writeln!(out, "  specialties: {}", names.join(", "))?;
    }
    Ok(())
}

fn place(line: usize) -> String {
    if line == 0 { String::new() } else { format!(", line {line}") }
}

fn counted(counts: &[(usize, &str)]) -> String {
    let some: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if some.is_empty() { "nothing".to_owned() } else { some.join(", ") }
}
