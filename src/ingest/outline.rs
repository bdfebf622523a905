//! What a page is made of, whatever it was written in: headings with their depth, list items with their nesting, paragraphs and
//! table rows, each with its line. Enter at [`Outline`]; the readers beside this module make one.
//! Pure: it knows no graph, and not what a heading means.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

pub use super::text::blocks;

/// A page, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// What the page calls itself outside of its headings: front matter, or the title of an HTML page.
    pub title: Option<String>,
    /// Where it says it is published: an address or a path.
    pub address: Option<String>,
    pub elements: Vec<Element>,
    /// What stands on the page and is no text of it: a template call, a script, a diagram.
    pub left: Vec<Left>,
}

/// One part of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    pub kind: Kind,
    /// Plain text: mark-up and marker removed, NFC, white space collapsed, trimmed.
    pub text: String,
    /// Where it starts, from 1; 0 where the syntax does not tell.
    pub line: usize,
    pub links: Vec<Link>,
    /// The words in bold that it begins with, if it does.
    pub bold: Option<String>,
}

/// What sort of part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Depth 1 is the outermost. Plain text has no depths: there every heading is found by its wording, and has depth 0.
    Heading { depth: u8, anchors: Vec<String> },
    /// Depth 1 is an item of an outermost list.
    Item { depth: u8 },
    #[default]
    Paragraph,
    /// A row of a table below its header; the header's cells are repeated in each. A cell may hold several lines.
    Row { header: Vec<String>, cells: Vec<String> },
    /// What a table about levels says of one of them, all of a cell or one of its points.
    Cell,
}

/// A link within a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub text: String,
    pub target: String,
}

/// Something on a page that is no text of it, with the reason why it is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    pub line: usize,
    pub what: String,
    pub reason: String,
    /// Whether it may have held content that is missed now.
    pub content: bool,
}

impl Kind {
    /// The kind of block that such a part is; a heading is a paragraph.
    pub fn of_block(&self) -> BlockKind {
        match self {
            Self::Heading { .. } | Self::Paragraph => BlockKind::Paragraph,
            Self::Item { .. } => BlockKind::Item,
            Self::Row { .. } | Self::Cell => BlockKind::Row,
        }
    }
}

impl Element {
    /// An element of plain text.
    pub fn new(kind: Kind, text: &str, line: usize) -> Self {
        Self { kind, text: plain(text), line, links: Vec::new(), bold: None }
    }
}

/// One list item or paragraph, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    pub kind: BlockKind,
    /// Plain text: marker removed, NFC, white space collapsed, trimmed.
    pub text: String,
    /// Where it starts, from 1.
    pub line: usize,
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BlockKind {
    /// An item of a bulleted or numbered list.
    Item,
    /// Anything else between blank lines.
    Paragraph,
    /// A row of a table, or a cell of one about levels.
    Row,
}

impl Block {
    /// The digest by which evidence names this block.
    pub fn digest(&self) -> String {
        digest(&self.text)
    }
}

impl Outline {
    /// The page as blocks, headings among the paragraphs.
    pub fn blocks(&self) -> Vec<Block> {
        self.elements
            .iter()
            .map(|element| Block { kind: element.kind.of_block(), text: element.text.clone(), line: element.line })
            .collect()
    }
}

/// Plain text: NFC, white space collapsed, trimmed.
pub fn plain(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Plain text line by line, without empty lines: what a cell of a table holds.
pub fn lines(text: &str) -> String {
    text.lines().map(plain).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The lower-case hex SHA-256 of a block's plain text.
pub fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(plain(text).as_bytes()))
}
