//! Tables for people, and JSON, CSV and TSV for programs.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use oxigraph::model::Term;

use crate::store::text;
use crate::words;

/// How to print rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// The columns for reading
    Table,
    Json,
    Csv,
    Tsv,
}

/// Prints rows for people, as wide as the terminal: the columns named, under names without `Label` where that tells them apart.
pub fn table(columns: &[String], shows: &[String], rows: &[Vec<Option<Term>>], out: &mut impl Write) -> io::Result<()> {
    let shown: Vec<usize> = shows.iter().filter_map(|name| columns.iter().position(|column| column == name)).collect();
    let mut table = Table::new();
    table.load_preset(PRESET).set_content_arrangement(ContentArrangement::Dynamic);
    if !io::stdout().is_terminal() {
        table.set_width(WIDTH);
    }
    let bare = |name: &str| {
        name.strip_suffix("Label").filter(|bare| !shows.iter().any(|other| other == bare)).unwrap_or(name).to_owned()
    };
    table.set_header(shown.iter().map(|at| bare(&columns[*at])));
    for row in rows {
        table.add_row(shown.iter().map(|at| row[*at].as_ref().map(readable).unwrap_or_default()));
    }
    let widths = table.column_max_content_widths();
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_constraint(if width <= WHOLE {
            ColumnConstraint::ContentWidth
        } else {
            ColumnConstraint::LowerBoundary(Width::Fixed(NARROWEST))
        });
    }
    let lines = table.lines().collect::<Vec<_>>();
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// How many columns a line may have.
pub fn width() -> usize {
    let terminal = if io::stdout().is_terminal() { Table::new().width() } else { None };
    terminal.unwrap_or(WIDTH).into()
}

/// A line below the header and none between rows, nor around the table.
const PRESET: &str = "     ──            ";

/// The width of a table that goes into a file or a pipe.
const WIDTH: u16 = 140;

/// Columns up to this width are never broken.
const WHOLE: u16 = 32;

/// Wider columns are broken, but never below this: rather is the table wider than the terminal.
const NARROWEST: u16 = 20;

fn readable(term: &Term) -> String {
    match term {
        Term::NamedNode(node) => words::shorten(node.as_str()),
        other => text(other),
    }
}
