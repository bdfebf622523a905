//! Finds the headings that a page does not mark as such: bold text, a line that reads like a heading, a short item with items
//! below it. Enter at [`promote`]. What it changes keeps its text and its line.

use super::headings::{Sense, sense};
use super::outline::{Element, Kind, Outline};

/// The depth of a heading that was found by its wording.
pub const WORDED: u8 = 0;
/// The depth of a heading in bold, which stands below the marked one before it.
pub const BOLD: u8 = 99;
/// An item as heading: this and the item's depth.
pub const TOPIC: u8 = 100;

/// Makes headings of what is meant as such.
pub fn promote(outline: &mut Outline) {
    let marked = outline.elements.iter().any(|element| matches!(element.kind, Kind::Heading { .. }));
    let mut elements: Vec<Element> = Vec::with_capacity(outline.elements.len());
    let old = std::mem::take(&mut outline.elements);
    let mut index = 0;
    while let Some(element) = old.get(index) {
        let (before, next) = (index.checked_sub(1).and_then(|at| old.get(at)), old.get(index + 1));
        match heading(element, before, next, marked) {
            Some((depth, Some(rest))) => {
                elements.push(titled(element, depth, element.bold.as_deref().unwrap_or(&element.text)));
                elements.push(Element { text: rest, bold: None, ..element.clone() });
            }
            Some((depth, None)) => elements.push(titled(element, depth, &element.text)),
            None => elements.push(element.clone()),
        }
        index += 1;
    }
    outline.elements = elements;
}

fn titled(element: &Element, depth: u8, text: &str) -> Element {
    Element {
        kind: Kind::Heading { depth, anchors: Vec::new() },
        text: text.trim_end_matches(':').trim().to_owned(),
        ..element.clone()
    }
}

/// The depth of the heading that an element is, and what follows it in the same paragraph.
fn heading(element: &Element, before: Option<&Element>, next: Option<&Element>, marked: bool) -> Option<(u8, Option<String>)> {
    let next = next?;
    match element.kind {
        Kind::Item { depth } => {
            let nested = matches!(next.kind, Kind::Item { depth: below } if below > depth);
            (nested && is_topic(&element.text)).then_some((TOPIC.saturating_add(depth), None))
        }
        Kind::Paragraph => {
            let bold = element.bold.as_deref().filter(|bold| words(bold) <= 10 && !bold.ends_with(['.', ',']));
            if let Some(bold) = bold {
                let rest = element.text.get(bold.len()..).unwrap_or_default().trim_start_matches(':').trim();
                if rest.is_empty() && !matches!(next.kind, Kind::Heading { .. }) {
                    return Some((BOLD, None));
                }
                let introduces = matches!(next.kind, Kind::Item { .. }) && words(rest) <= 20 && !rest.ends_with([':', '.', ',']);
                if introduces && !rest.is_empty() {
                    return Some((BOLD, Some(rest.to_owned())));
                }
            }
            if element.links.is_empty() && reads_like_a_heading(element, before, next, marked) {
                Some((WORDED, None))
            } else {
                None
            }
        }
        _ => None,
    }
}

/// A line of plain text, or one between marked headings, that is a heading by its words.
fn reads_like_a_heading(element: &Element, before: Option<&Element>, next: &Element, marked: bool) -> bool {
    let text = element.text.as_str();
    let says = [" are ", " is ", " following"].iter().any(|word| text.contains(word));
    let short = words(text) <= 9 && !says && !text.ends_with(['.', ',', ';', '!']) && !text.contains(". ") && starts_high(text);
    if !short {
        return false;
    }
    let sense = sense(text);
    let known = match &sense {
        Sense::Part { weak, of, .. } => !weak && words(text) <= 7 && !of.contains(" the "),
        Sense::Levels | Sense::Specialties => true,
        Sense::Title | Sense::Clause | Sense::Column | Sense::Theme => false,
    };
    if known && (!text.ends_with(':') || words(text) <= 3 || !marked) {
        return true;
    }
    if marked || sense == Sense::Clause {
        return false;
    }
    // In a page without marked headings, a title stands above something that is no title itself.
    let next_known = !matches!(self::sense(&next.text), Sense::Title | Sense::Clause);
    let next_is_title =
        next.kind == Kind::Paragraph && words(&next.text) <= 9 && !next.text.ends_with(['.', ':', '!']) && !next_known;
    let under_a_container = before
        .is_none_or(|before| words(&before.text) <= 9 && !matches!(self::sense(&before.text), Sense::Title | Sense::Clause));
    !next_is_title || under_a_container
}

/// Words that begin an item which says something itself.
const VERBS: &[&str] = &[
    "act",
    "be",
    "build",
    "can",
    "coach",
    "communicate",
    "contribute",
    "coordinate",
    "create",
    "define",
    "deliver",
    "demonstrate",
    "develop",
    "drive",
    "enable",
    "ensure",
    "establish",
    "has",
    "have",
    "help",
    "identify",
    "implement",
    "improve",
    "is",
    "know",
    "lead",
    "maintain",
    "make",
    "manage",
    "mentor",
    "must",
    "own",
    "perform",
    "plan",
    "provide",
    "review",
    "run",
    "serve",
    "set",
    "show",
    "support",
    "take",
    "teach",
    "understand",
    "use",
    "work",
    "write",
];

/// A short item with items below it that names them: "Technical Skills".
fn is_topic(text: &str) -> bool {
    let bare = text.trim_end_matches(':');
    let verb = ["experience in", "experience with", "ability to", "including", "such as"]
        .iter()
        .any(|word| text.to_lowercase().contains(word));
    let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
    let acts = VERBS
        .iter()
        .any(|verb| first == *verb || first.strip_suffix('s') == Some(verb) || first.strip_suffix("es") == Some(verb));
    words(bare) <= 5
        && !acts
        && !text.ends_with(['.', ',', ';'])
        && !text.contains(|c: char| c.is_ascii_digit())
        && starts_high(text)
        && !verb
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

fn starts_high(text: &str) -> bool {
    text.starts_with(|c: char| c.is_uppercase() || c.is_numeric())
}
