//! English as questions use it: words of a text, what they stand for, and slips of the pen in them. Enter at [`words`] and [`English`].
//! What the words are is data in `english.txt`; which of them mean a question is in its file.

use std::collections::{BTreeMap, BTreeSet};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// As it stands there.
    pub text: String,
    /// In lower case, without what tells no words apart.
    pub plain: String,
    /// Whether a comma or a stop stands before it.
    pub set_off: bool,
}

/// The words that are known whatever is asked, and more that questions bring.
#[derive(Clone, Debug, Default)]
pub struct English {
    /// What a word stands for: the first of those that say the same, or its stem.
    concepts: BTreeMap<String, String>,
    by_stem: BTreeMap<String, String>,
    /// The words that `english.txt` says to say the same as others.
    grouped: BTreeSet<String>,
    fillers: BTreeSet<String>,
    negations: BTreeSet<String>,
    numbers: Vec<String>,
}

const LISTS: &str = include_str!("english.txt");

impl English {
    /// The words of `english.txt`.
    pub fn new() -> Self {
        let mut english = Self::default();
        for line in LISTS.lines() {
            let Some((list, listed)) = line.split_once(": ") else { continue };
            let listed: Vec<&str> = listed.split_whitespace().collect();
            match list {
                "filler" => english.fillers.extend(listed.iter().map(|word| (*word).to_owned())),
                "negation" => english.negations.extend(listed.iter().map(|word| (*word).to_owned())),
                "number" => english.numbers.extend(listed.iter().map(|word| (*word).to_owned())),
                "same" => {
                    english.grouped.extend(listed.iter().map(|word| (*word).to_owned()));
                    listed.iter().for_each(|word| english.learn(word, listed[0]));
                }
                _ => {}
            }
        }
        english
    }

    fn learn(&mut self, word: &str, concept: &str) {
        self.concepts.entry(word.to_owned()).or_insert_with(|| concept.to_owned());
        self.by_stem.entry(stem(word)).or_insert_with(|| concept.to_owned());
    }

    /// Makes a word one of those that may be meant by a misspelt one.
    pub fn add(&mut self, word: &str) {
        let concept = self.concept(word);
        self.learn(word, &concept);
    }

    /// What a word stands for.
    pub fn concept(&self, word: &str) -> String {
        let known = self.concepts.get(word).cloned();
        known.unwrap_or_else(|| {
            let stem = stem(word);
            self.by_stem.get(&stem).cloned().unwrap_or(stem)
        })
    }

    /// Whether a word can be left out without changing what is asked.
    pub fn is_filler(&self, word: &str) -> bool {
        self.fillers.contains(word)
    }

    /// Whether a wording is recognised by a word: a filler is none, unless it says the same as words that are.
    pub fn tells(&self, word: &str) -> bool {
        !self.is_filler(word) || self.grouped.contains(word)
    }

    /// Whether a word turns a question round.
    pub fn is_negation(&self, word: &str) -> bool {
        self.negations.contains(word)
    }

    /// The number that a word is, in digits or letters.
    pub fn number(&self, word: &str) -> Option<usize> {
        word.parse().ok().or_else(|| self.numbers.iter().position(|number| number == word))
    }

    /// Whether a word is known at all.
    pub fn knows(&self, word: &str) -> bool {
        self.is_filler(word)
            || self.is_negation(word)
            || self.concepts.contains_key(word)
            || self.by_stem.contains_key(&stem(word))
    }

    /// The known word that a misspelt one is nearest to, and by how many slips.
    pub fn nearest(&self, word: &str) -> Option<(String, usize)> {
        let known = self.concepts.keys().chain(&self.fillers).chain(&self.negations);
        let near = known.filter_map(|known| Some((slips(word, known)?, known)));
        near.min().map(|(slips, known)| (known.clone(), slips))
    }
}

/// The words of a text. Hyphens and slashes part words; `+` and `#` belong to them; of `don't` the `not` is a word of its own.
pub fn words(text: &str) -> Vec<Word> {
    let text: String = text.nfc().map(|c| if "\u{2019}\u{2018}`´".contains(c) { '\'' } else { c }).collect();
    let mut words = Vec::new();
    let (mut word, mut set_off) = (String::new(), false);
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '\'' || ("+#".contains(c) && !word.is_empty()) {
            word.push(c);
            continue;
        }
        push(&mut words, &std::mem::take(&mut word), &mut set_off);
        if c == '&' {
            push(&mut words, "and", &mut set_off);
        }
        set_off |= ",;:.?!".contains(c);
    }
    words
}

fn push(words: &mut Vec<Word>, text: &str, set_off: &mut bool) {
    let text = text.trim_matches('\'');
    let plain = text.to_lowercase();
    let (plain, negated) = match plain.strip_suffix("n't") {
        Some("ca") => ("can".to_owned(), true),
        Some("wo") => ("will".to_owned(), true),
        Some(verb) => (verb.to_owned(), true),
        None => (plain.split('\'').next().unwrap_or_default().to_owned(), false),
    };
    if !plain.is_empty() {
        words.push(Word { text: text.to_owned(), plain, set_off: std::mem::take(set_off) });
    }
    if negated {
        words.push(Word { text: "not".to_owned(), plain: "not".to_owned(), set_off: false });
    }
}

/// What is left of a word without its endings.
pub fn stem(word: &str) -> String {
    Stemmer::create(Algorithm::English).stem(word).into_owned()
}

/// A noun without the ending of its plural.
pub fn singular(word: &str) -> String {
    let ends = |ending: &str| word.len() > ending.len() + 2 && word.ends_with(ending);
    if ends("ies") {
        format!("{}y", &word[..word.len() - 3])
    } else if ["xes", "ches", "shes", "sses"].iter().any(|ending| ends(ending)) {
        word[..word.len() - 2].to_owned()
    } else if ends("s") && !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending)) {
        word[..word.len() - 1].to_owned()
    } else {
        word.to_owned()
    }
}

/// By how many slips of the pen one text can be meant by another; none if by too many for its length. Digits and, but for two letters
/// that changed places, the first letter are taken at their word: the shorter a name, the more likely that another one is meant.
pub fn slips(written: &str, meant: &str) -> Option<usize> {
    // Most pairs are told apart by their lengths alone.
    if written.len().abs_diff(meant.len()) > 8 {
        return None;
    }
    let (length, other) = (written.chars().count(), meant.chars().count());
    let shorter = length.min(other);
    let most = match shorter {
        0..=2 => return None,
        3 => 0,
        4..=7 => 1,
        8..=15 => 2,
        _ => 3,
    };
    if length.abs_diff(other) > most.max(1) {
        return None;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits(written) != digits(meant) {
        return None;
    }
    let slips = strsim::osa_distance(written, meant);
    let letters = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    let swapped = slips == 1 && letters(written) == letters(meant);
    // Of four letters one more or less can be a slip; another letter makes another word.
    let replaced = shorter <= 4 && length == other;
    let fits = slips <= most && !replaced && written.chars().next() == meant.chars().next();
    (swapped || fits).then_some(slips)
}
