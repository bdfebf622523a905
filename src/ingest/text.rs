//! Reads plain text with `•` lists: lines that follow each other without a blank line or a new marker are one block, and
//! indentation nests items. Enter at [`outline`], or at [`blocks`] for the bare blocks.
//! Plain text does not mark headings; telling them from paragraphs is left to `headings`.

use super::outline::{Block, BlockKind, Element, Kind, Outline, plain};

/// Reads a page.
pub fn outline(page: &str) -> Outline {
    let mut elements: Vec<Element> = Vec::new();
    let mut open = false;
    let mut indents: Vec<usize> = Vec::new();
    for (number, line) in page.lines().enumerate() {
        let text = line.trim();
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if text.is_empty() {
            open = false;
        } else if let Some(item) = item(text) {
            while indents.last().is_some_and(|outer| *outer >= indent) {
                indents.pop();
            }
            indents.push(indent);
            let depth = u8::try_from(indents.len()).unwrap_or(u8::MAX);
            elements.push(Element::new(Kind::Item { depth }, item, number + 1));
            open = true;
        } else if let Some(last) = elements.last_mut().filter(|_| open) {
            last.text = plain(&format!("{} {text}", last.text));
        } else {
            indents.clear();
            elements.push(Element::new(Kind::Paragraph, text, number + 1));
            open = true;
        }
    }
    Outline { elements, ..Outline::default() }
}

/// Reads a page into bare blocks.
pub fn blocks(page: &str) -> Vec<Block> {
    let kind = |kind: &Kind| if matches!(kind, Kind::Item { .. }) { BlockKind::Item } else { BlockKind::Paragraph };
    let block = |element: Element| Block { kind: kind(&element.kind), text: element.text, line: element.line };
    outline(page).elements.into_iter().map(block).collect()
}

/// The text behind a list marker: `•`, `*`, `-`, `–`, `1.` or `1)` and a space.
fn item(line: &str) -> Option<&str> {
    let bullet = line.strip_prefix(['•', '◦', '▪', '‣', '●', '*', '-', '–']);
    let numbered = || {
        line.trim_start_matches(|c: char| c.is_ascii_digit())
            .strip_prefix(['.', ')'])
            .filter(|_| line.starts_with(|c: char| c.is_ascii_digit()))
    };
    bullet.or_else(numbered)?.strip_prefix(|c: char| c.is_whitespace())
}
