//! Reads a plain-text role page into blocks: list items and paragraphs, each with its line.
//! Enter at [`blocks`]. Pure: it knows no graph. Plain text does not mark headings, so telling them from
//! paragraphs is left to those who know the page's sections.

use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

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
}

impl Block {
    /// The digest by which evidence names this block.
    pub fn digest(&self) -> String {
        digest(&self.text)
    }
}

/// Reads a page. Lines that follow each other without a blank line or a new marker are one block.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for (number, line) in page.lines().enumerate() {
        let text = line.trim();
        if text.is_empty() {
            open = false;
        } else if let Some(item) = item(text) {
            blocks.push(Block { kind: BlockKind::Item, text: plain(item), line: number + 1 });
            open = true;
        } else if let Some(last) = blocks.last_mut().filter(|_| open) {
            last.text = plain(&format!("{} {text}", last.text));
        } else {
            blocks.push(Block { kind: BlockKind::Paragraph, text: plain(text), line: number + 1 });
            open = true;
        }
    }
    blocks
}

/// The text behind a list marker: `•`, `*`, `-`, `–`, `1.` or `1)` and a space.
fn item(line: &str) -> Option<&str> {
    let bullet = line.strip_prefix(['•', '◦', '▪', '*', '-', '–']);
    let numbered = || {
        line.trim_start_matches(|c: char| c.is_ascii_digit())
            .strip_prefix(['.', ')'])
            .filter(|_| line.starts_with(|c: char| c.is_ascii_digit()))
    };
    bullet.or_else(numbered)?.strip_prefix(|c: char| c.is_whitespace())
}

/// Plain text: NFC, white space collapsed, trimmed.
pub fn plain(text: &str) -> String {
    let text: String = text.nfc().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lower-case hex SHA-256 of a block's plain text.
pub fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(plain(text).as_bytes()))
}
