//! Finds the names of things in a text: labels and aliases as they are, in the plural, by their stems, or misspelt.
//! Enter at [`Lexicon::mentions`]; which of the things is meant, and whether a name is a name there, is the matcher's to say.

use std::collections::{BTreeMap, BTreeSet};

use super::english::{self, English, Word, slips};
use crate::catalogue::names::{Names, Spelling};

/// A place of a text that reads like a name.
#[derive(Clone, Debug)]
pub struct Mention {
    /// The words it takes: from, and up to but not including.
    pub from: usize,
    pub to: usize,
    /// What is called so.
    pub things: BTreeSet<String>,
    /// How the thing is called, as the graph spells it.
    pub name: String,
    /// Whether it is written with a slip of the pen.
    pub is_misspelt: bool,
    /// Whether the words may as well be words: they are known as such, or only their stems are those of the name.
    pub is_soft: bool,
}

/// The names that some words may be, and how sure that is.
struct Found {
    spellings: Vec<Spelling>,
    is_misspelt: bool,
    is_loose: bool,
}

/// The names that questions take values from.
#[derive(Clone, Debug, Default)]
pub struct Lexicon {
    /// By the words in the singular; and by their stems.
    plain: BTreeMap<Vec<String>, Vec<Spelling>>,
    stems: BTreeMap<Vec<String>, Vec<Spelling>>,
    /// The first as one text each, for comparing.
    joined: Vec<(String, Vec<String>)>,
    longest: usize,
}

/// Names of more words than this are sentences, which are found by what they say.
const MOST_WORDS: usize = 8;

impl Lexicon {
    /// The names of all things of the classes.
    pub fn new(names: &Names, classes: &[String]) -> Self {
        let mut lexicon = Self::default();
        for spelling in names.names_of(classes) {
            let words = english::words(&spelling.text);
            if words.is_empty() || words.len() > MOST_WORDS {
                continue;
            }
            lexicon.longest = lexicon.longest.max(words.len());
            let form = |form: fn(&str) -> String| words.iter().map(|word| form(&word.plain)).collect::<Vec<_>>();
            lexicon.plain.entry(form(english::singular)).or_default().push(spelling.clone());
            lexicon.stems.entry(form(english::stem)).or_default().push(spelling);
        }
        lexicon.joined = lexicon.plain.keys().map(|key| (key.join(" "), key.clone())).collect();
        lexicon
    }

    /// The names in a text, the longest first where they overlap.
    pub fn mentions(&self, words: &[Word], english: &English) -> Vec<Mention> {
        let form = |form: fn(&str) -> String| words.iter().map(|word| form(&word.plain)).collect::<Vec<_>>();
        let (singular, stems) = (form(english::singular), form(english::stem));
        let known: Vec<bool> = words.iter().map(|word| english.knows(&word.plain)).collect();
        let plainly = |from: usize, to: usize| {
            let spellings = self.plain.get(&singular[from..to])?.clone();
            Some(Found { spellings, is_misspelt: false, is_loose: false })
        };
        let by_stems = |from: usize, to: usize| {
            let spellings = self.stems.get(&stems[from..to])?.clone();
            Some(Found { spellings, is_misspelt: false, is_loose: true })
        };
        // Only where a word is not known: what is spelled right is meant as it stands.
        let misspelt = |from: usize, to: usize| {
            let unknown = known[from..to].contains(&false);
            if unknown { self.misspelt(&singular[from..to], english) } else { None }
        };
        let ways: [&dyn Fn(usize, usize) -> Option<Found>; 3] = [&plainly, &by_stems, &misspelt];
        let mut taken = vec![false; words.len()];
        let mut mentions = Vec::new();
        for way in ways {
            for length in (1..=self.longest.min(words.len())).rev() {
                for from in 0..=words.len() - length {
                    let to = from + length;
                    if taken[from..to].contains(&true) {
                        continue;
                    }
                    let Some(Found { spellings, is_misspelt, is_loose }) = way(from, to) else { continue };
                    taken[from..to].fill(true);
                    let is_soft = is_loose || !known[from..to].contains(&false);
                    let name = spellings.first().map(|spelling| spelling.text.clone()).unwrap_or_default();
                    let things = spellings.into_iter().map(|spelling| spelling.iri).collect();
                    mentions.push(Mention { from, to, things, name, is_misspelt, is_soft });
                }
            }
        }
        mentions.sort_by_key(|mention| mention.from);
        mentions
    }

    fn misspelt(&self, words: &[String], english: &English) -> Option<Found> {
        let written = words.join(" ");
        let near = self.joined.iter().filter_map(|(name, key)| Some((slips(&written, name)?, self.plain.get(key)?)));
        let mut near: Vec<_> = near.collect();
        let fewest = near.iter().map(|(slips, _)| *slips).min()?;
        // A word that is nearer to a word of the language is a slip of that.
        if let [word] = words
            && english.nearest(word).is_some_and(|(_, slips)| slips < fewest)
        {
            return None;
        }
        near.retain(|(slips, _)| *slips == fewest);
        let spellings = near.into_iter().flat_map(|(_, spellings)| spellings.iter().cloned()).collect();
        Some(Found { spellings, is_misspelt: true, is_loose: false })
    }
}
