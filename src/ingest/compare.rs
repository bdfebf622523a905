//! Holds a document against its former version: which statements are added, removed, reworded or moved. Enter at [`changes`].
//! What that does to answers is for those who can ask.

use std::collections::BTreeSet;

use super::mint::SMALL;

/// One statement of a version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// What it is said of, in words: the title of a level, the name of a specialty, or that of the job.
    pub about: String,
    pub section: String,
    pub text: String,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Added(Item),
    Removed(Item),
    Reworded { from: Item, to: Item },
    Moved { from: Item, to: Item },
}

/// How alike two texts are at least, if one is the other reworded.
const ALIKE: f64 = 0.6;

/// The differences between two versions, in the order of the new one, what is removed at the end.
pub fn changes(old: &[Item], new: &[Item]) -> Vec<Change> {
    let mut left: Vec<Option<&Item>> = old.iter().map(Some).collect();
    let mut take = |fits: &dyn Fn(&Item) -> bool| left.iter_mut().find(|item| item.is_some_and(fits)).and_then(Option::take);
    let mut found: Vec<Option<Change>> = vec![None; new.len()];
    let mut open: Vec<usize> = Vec::new();
    for (at, item) in new.iter().enumerate() {
        if take(&|old| old == item).is_none() {
            open.push(at);
        }
    }
    open.retain(|at| {
        let item = &new[*at];
        let Some(from) = take(&|old| old.text == item.text) else { return true };
        found[*at] = Some(Change::Moved { from: from.clone(), to: item.clone() });
        false
    });
    for at in open {
        let item = &new[at];
        let best = left
            .iter()
            .enumerate()
            .filter_map(|(index, old)| {
                Some((index, likeness(&(*old)?.text, &item.text), old.is_some_and(|old| old.about == item.about)))
            })
            .filter(|(_, likeness, same)| *likeness >= if *same { ALIKE } else { 0.85 })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        found[at] = Some(match best.and_then(|(index, ..)| left[index].take()) {
            Some(from) => Change::Reworded { from: from.clone(), to: item.clone() },
            None => Change::Added(item.clone()),
        });
    }
    let removed = left.into_iter().flatten().cloned().map(Change::Removed);
    found.into_iter().flatten().chain(removed).collect()
}

/// The share of words that two texts have in common, 0 to 1; words that every other item has do not count.
pub fn likeness(a: &str, b: &str) -> f64 {
    const COMMON: [&str; 10] = [
        "experience",
        "knowledge",
        "ability",
        "strong",
        "good",
        "excellent",
        "understanding",
        "familiarity",
        "working",
        "skills",
    ];
    let counts = |word: &&str| !word.is_empty() && !SMALL.contains(word) && !COMMON.contains(word);
    let words = |text: &str| {
        text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(counts).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let (a, b) = (words(a), words(b));
    let common = a.intersection(&b).count();
    let all = a.len() + b.len();
    if all == 0 {
        1.0
    } else {
        2.0 * f64::from(u32::try_from(common).unwrap_or(u32::MAX)) / f64::from(u32::try_from(all).unwrap_or(u32::MAX))
    }
}

/// The statements of a former version, whose IRIs are kept where they are found again.
#[derive(Clone, Debug, Default)]
pub struct Former {
    /// IRI, what it is about, whole text.
    statements: Vec<(String, String, String)>,
}

impl Former {
    pub fn new(statements: Vec<(String, String, String)>) -> Self {
        Self { statements }
    }

    /// Takes the IRI that a statement had: one of the same text, or else one that reads alike and is not in the new version
    /// as it was (`texts` holds all of that).
    pub fn take(&mut self, about: &str, text: &str, texts: &BTreeSet<String>) -> Option<String> {
        let same = self.statements.iter().position(|(_, of, old)| of == about && old == text);
        let alike = || {
            let free = self.statements.iter().enumerate().filter(|(_, (_, of, old))| of == about && !texts.contains(old));
            let alike = free.map(|(at, (_, _, old))| (at, likeness(old, text))).filter(|(_, likeness)| *likeness >= ALIKE);
            alike.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
        };
        let at = same.or_else(alike)?;
        Some(self.statements.swap_remove(at).0)
    }
}
