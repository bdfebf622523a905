//! Tables for people, and JSON, CSV and TSV for programs.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use oxigraph::model::Term;

use crate::catalogue::answer::text;
use crate::words;

/// How to print rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// Columns for reading; IRIs that have a label beside them are left out
    Table,
    Json,
    Csv,
    Tsv,
}

/// Prints rows for people: as wide as the terminal, or as wide as they are when there is none.
pub fn table(columns: &[String], rows: &[Vec<Option<Term>>], wide: bool, out: &mut impl Write) -> io::Result<()> {
    let labelled = |column: &String| columns.contains(&format!("{column}Label"));
    let shown: Vec<usize> = (0..columns.len()).filter(|at| wide || !labelled(&columns[*at])).collect();
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Disabled);
    }
    table.set_header(shown.iter().map(|at| columns[*at].trim_end_matches("Label")));
    for row in rows {
        table.add_row(shown.iter().map(|at| row[*at].as_ref().map(readable).unwrap_or_default()));
    }
    let lines = table.lines().collect::<Vec<_>>();
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn readable(term: &Term) -> String {
    match term {
        Term::NamedNode(node) => words::shorten(node.as_str()),
        other => text(other),
    }
}

/// Prints rows as CSV or TSV with plain values.
pub fn separated(columns: &[String], rows: &[Vec<Option<Term>>], delimiter: u8, out: impl Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    writer.write_record(columns)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| cell.as_ref().map(text).unwrap_or_default()))?;
    }
    writer.flush()
}
