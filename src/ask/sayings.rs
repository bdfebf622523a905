//! Finds things whose names are sentences by the words of them. Enter at [`Sayings::find`].

use std::collections::{BTreeMap, BTreeSet};

use super::english::{self, English};
use crate::catalogue::names::Names;

/// The sentences that things of some classes are called by.
#[derive(Clone, Debug, Default)]
pub struct Sayings {
    said: Vec<(String, BTreeSet<String>)>,
    /// In how many sentences each word occurs.
    with: BTreeMap<String, f64>,
}

/// A thing found by words.
#[derive(Clone, Debug)]
pub struct Saying {
    pub iri: String,
    /// The share of the words looked for that it says, each by its rarity.
    pub coverage: f64,
    /// The same, with a little for saying nothing else.
    pub likeness: f64,
}

/// Things with names of so many words, in the middle of them all, are called by sentences.
const SENTENCE: usize = 5;

impl Sayings {
    /// The sentences of the classes; none where things have names.
    pub fn new(names: &Names, classes: &[String], english: &English) -> Option<Self> {
        let called = names.names_of(classes);
        let mut lengths: Vec<usize> = called.iter().map(|spelling| spelling.text.split_whitespace().count()).collect();
        lengths.sort_unstable();
        if lengths.get(lengths.len() / 2).is_none_or(|middle| *middle < SENTENCE) {
            return None;
        }
        let mut sayings = Self::default();
        for spelling in called {
            let stems: BTreeSet<String> = content(english::words(&spelling.text).iter().map(|word| word.plain.as_str()), english);
            stems.iter().for_each(|stem| *sayings.with.entry(stem.clone()).or_default() += 1.0);
            sayings.said.push((spelling.iri, stems));
        }
        Some(sayings)
    }

    /// What says most of the words, best first.
    pub fn find<'a>(&self, words: impl Iterator<Item = &'a str>, english: &English) -> Vec<Saying> {
        let wanted = content(words, english);
        let weight = |stems: &mut dyn Iterator<Item = &String>| -> f64 {
            let rarity = |stem: &String| (1.0 + self.said.len() as f64 / self.with.get(stem).copied().unwrap_or(1.0)).ln();
            stems.map(rarity).sum()
        };
        let all = weight(&mut wanted.iter());
        if all == 0.0 {
            return Vec::new();
        }
        let found = self.said.iter().map(|(iri, stems)| {
            let both = weight(&mut wanted.intersection(stems));
            let coverage = both / all;
            Saying { iri: iri.clone(), coverage, likeness: 0.75 * coverage + 0.25 * both / weight(&mut stems.iter()).max(0.1) }
        });
        let mut found: Vec<Saying> = found.filter(|saying| saying.coverage > 0.4).collect();
        found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.iri.cmp(&b.iri)));
        found
    }
}

/// The stems of the words that say something.
fn content<'a>(words: impl Iterator<Item = &'a str>, english: &English) -> BTreeSet<String> {
    words.filter(|word| !english.is_filler(word)).map(english::stem).collect()
}
