//! Reads CSV, TSV and XLSX into rows of text. Enter at [`read`]. What the columns mean is `matrix`' work.
//! A spreadsheet is a zip: what it would unpack to is measured before anything of it is kept.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};

use super::bytes::{self, BytesError};
use super::outline::{lines, plain};

/// The most that the parts of a spreadsheet may unpack to.
pub const LARGEST_UNPACKED: u64 = 50 * 1024 * 1024;

/// Rows of text below a header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    pub header: Vec<String>,
    /// The line (or the row of the sheet) of each, and its cells: as many as the header has. A cell may hold several lines.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Cells that say that there is nothing.
const ABSENT: &[&str] =
    &["", "-", "–", "—", "n/a", "na", "none", "not in use", "missing", "not applicable", "tbc", "tbd", "null"];

/// Whether a cell says that there is nothing.
pub fn is_absent(cell: &str) -> bool {
    ABSENT.contains(&cell.to_lowercase().as_str())
}

/// Why a file is no table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error(transparent)]
    Bytes(#[from] BytesError),
    #[error(
        "the row has {found} cells, and the header has {expected}: give every row as many cells as the header, and put quotes around commas that stand within a cell"
    )]
    Ragged { line: u64, found: u64, expected: u64 },
    #[error("cannot be read as a table: {source}")]
    Csv { line: Option<u64>, source: csv::Error },
    #[error("is no XLSX file: {0}. Save the sheet as XLSX, or as CSV in UTF-8")]
    Xlsx(String),
    #[error("would unpack to more than {} MB, which no matrix needs: it may be damaged, or made to fill a disk", LARGEST_UNPACKED / 1024 / 1024)]
    Bomb,
    #[error("has no sheet with a header and rows below it")]
    NoRows,
}

impl TableError {
    /// The line concerned, where there is one.
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Bytes(error) => error.line(),
            Self::Ragged { line, .. } => Some(*line),
            Self::Csv { line, .. } => *line,
            _ => None,
        }
    }
}

/// Reads the tables of a file by the ending of its name: the sheets of a workbook by their names, or else one without a name. A sheet
/// that is not empty and no table has no rows.
///
/// # Errors
/// When the file is no table, or is not to be trusted.
pub fn read(name: &str, bytes: &[u8], encoding: Option<&str>) -> Result<Vec<(String, Table)>, TableError> {
    let lower = name.to_lowercase();
    let mut tables = if lower.ends_with(".xlsx") {
        sheets(bytes)?
    } else {
        vec![(String::new(), separated(&bytes::text(bytes, encoding, false)?, lower.ends_with(".tsv"))?)]
    };
    tables.retain(|(_, table)| table.header.iter().any(|cell| !cell.is_empty()));
    if tables.iter().all(|(_, table)| table.rows.is_empty()) { Err(TableError::NoRows) } else { Ok(tables) }
}

fn separated(text: &str, tabs: bool) -> Result<Table, TableError> {
    let first = text.lines().next().unwrap_or_default();
    let count = |c: char| first.matches(c).count();
    let delimiter = if tabs || count('\t') > count(',').max(count(';')) {
        b'\t'
    } else if count(';') > count(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let header = reader.headers().map_err(fault)?.iter().map(plain).collect();
    let mut table = Table { header, rows: Vec::new() };
    for record in reader.records() {
        let record = record.map_err(fault)?;
        let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or_default());
        if record.iter().any(|cell| !cell.trim().is_empty()) {
            table.rows.push((line, record.iter().map(lines).collect()));
        }
    }
    Ok(table)
}

fn fault(source: csv::Error) -> TableError {
    match source.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            TableError::Ragged { line: pos.as_ref().map_or(0, csv::Position::line), found: *len, expected: *expected_len }
        }
        _ => TableError::Csv { line: source.position().map(csv::Position::line), source },
    }
}

fn sheets(bytes: &[u8]) -> Result<Vec<(String, Table)>, TableError> {
    if bytes.is_empty() {
        return Err(BytesError::Empty.into());
    }
    if bytes.len() > bytes::LARGEST {
        return Err(BytesError::TooLarge { megabytes: bytes.len() / 1024 / 1024 }.into());
    }
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| TableError::Xlsx(error.to_string()))?;
    let mut tables = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|error| TableError::Xlsx(error.to_string()))?;
        let first = range.start().map_or(0, |(row, _)| row as usize);
        let mut rows = range.rows().enumerate().map(|(at, row)| (first + at + 1, row.iter().map(cell).collect::<Vec<_>>()));
        let Some((_, header)) = rows.find(|(_, row)| row.iter().filter(|cell| !cell.is_empty()).count() > 1) else {
            let first = range.rows().flatten().map(cell).find(|cell| !cell.is_empty());
            tables.extend(first.map(|first| (name, Table { header: vec![plain(&first)], rows: Vec::new() })));
            continue;
        };
        let rows = rows.filter(|(_, row)| row.iter().any(|cell| !cell.is_empty())).collect();
        tables.push((name, Table { header: header.iter().map(|cell| plain(cell)).collect(), rows }));
    }
    Ok(tables)
}

/// Unpacks every part into nothing, and stops at the limit: what a zip says of its sizes need not be true.
fn measure(bytes: &[u8]) -> Result<(), TableError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| TableError::Xlsx(error.to_string()))?;
    let said = archive.decompressed_size().unwrap_or_default();
    if said > u128::from(LARGEST_UNPACKED) {
        return Err(TableError::Bomb);
    }
    let mut left = LARGEST_UNPACKED;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| TableError::Xlsx(error.to_string()))?;
        let read =
            std::io::copy(&mut part.take(left + 1), &mut std::io::sink()).map_err(|error| TableError::Xlsx(error.to_string()))?;
        left = left.checked_sub(read).ok_or(TableError::Bomb)?;
    }
    Ok(())
}

fn cell(data: &Data) -> String {
    match data {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => lines(&other.to_string()),
    }
}
