//! A way to put a question, and how well a text keeps to it. Enter at [`Wording::new`] and [`Wording::fit`].
//! Words count by how few questions they occur in; which values fill the slots is [`super::slots`]'s work.

use std::collections::{BTreeMap, BTreeSet};

use super::english::{self, English, Word};
use crate::catalogue::{Question, slots};

/// One wording of a question, of those its file gives.
#[derive(Clone, Debug)]
pub struct Wording {
    pub question: String,
    /// What its words stand for, fillers left out.
    pub concepts: BTreeSet<String>,
    pub slots: Vec<Slot>,
}

/// A place for a value.
#[derive(Clone, Debug)]
pub struct Slot {
    pub parameter: String,
    /// The word before it, which tells `from` and `to` apart.
    pub before: Option<String>,
}

/// A word of a text, where it is no part of a name.
#[derive(Clone, Debug)]
pub struct Term {
    /// Which word of the text it is.
    pub at: usize,
    pub word: Word,
    pub concept: String,
    pub is_known: bool,
    /// Whether it is spelled otherwise in the text.
    pub is_misspelt: bool,
}

/// How much each word counts.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    questions: f64,
    of: BTreeMap<String, f64>,
    /// By question, the words of any of its wordings.
    said: BTreeMap<String, BTreeSet<String>>,
}

/// How a text fits a wording.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// From 0 to 1: the share of what is said, and of what the wording says, that both say.
    pub score: f64,
    /// What the text says and the question does not, beside what both say.
    pub unexplained: f64,
    /// The share of the wording's words that the text lacks.
    pub lacking: f64,
}

/// What a filled slot counts.
pub const SLOT: f64 = 2.5;
/// What it counts where its name may as well be words.
pub const SOFT_SLOT: f64 = 1.3;
/// What a word counts that names what is asked about anyway.
pub const IDLE: f64 = 0.4;
/// What a word counts that no question uses: whoever says it wants something else.
const UNKNOWN: f64 = 4.0;
/// How much of a word counts that another wording of the same question has.
const ELSEWHERE: f64 = 0.15;
/// How much of a word of the wording counts that the text lacks.
const LACKING: f64 = 0.45;

impl Wording {
    /// All wordings of a question: those its file lists, and its own.
    pub fn all(question: &Question, english: &mut English) -> Vec<Self> {
        let texts = question.asks.iter().chain([&question.wording]);
        texts.map(|text| Self::new(question, text, english)).collect()
    }

    fn new(question: &Question, text: &str, english: &mut English) -> Self {
        let mut wording = Self { question: question.id.clone(), concepts: BTreeSet::new(), slots: Vec::new() };
        let mut rest = text;
        let mut before = None;
        for parameter in slots(text) {
            let (words, after) = rest.split_once(&format!("{{{parameter}}}")).unwrap_or((rest, ""));
            before = wording.say(words, english).or(before.filter(|_| words.trim().is_empty()));
            wording.slots.push(Slot { parameter: parameter.to_owned(), before: before.take() });
            rest = after;
        }
        wording.say(rest, english);
        wording
    }

    /// Adds words, and gives the last one.
    fn say(&mut self, text: &str, english: &mut English) -> Option<String> {
        let words = english::words(text);
        for word in &words {
            english.add(&word.plain);
            if english.tells(&word.plain) {
                self.concepts.insert(english.concept(&word.plain));
            }
        }
        words.last().map(|word| word.plain.clone())
    }

    /// How well words fit that stand beside slots whose values count so much. `idle` are words that need little reason: they name the
    /// parameters or the kinds of what fills them.
    pub fn fit(&self, terms: &[Term], filled: f64, idle: &BTreeSet<&str>, weights: &Weights, english: &English) -> Fit {
        let said: BTreeSet<&str> = terms.iter().map(|term| term.concept.as_str()).collect();
        let both: f64 = self.concepts.iter().filter(|concept| said.contains(concept.as_str())).map(|c| weights.of(c)).sum();
        let lacking: f64 = self.concepts.iter().filter(|concept| !said.contains(concept.as_str())).map(|c| weights.of(c)).sum();
        let unexplained = |term: &Term| {
            if self.concepts.contains(&term.concept) || english.is_filler(&term.word.plain) {
                0.0
            } else if idle.contains(term.concept.as_str()) {
                IDLE
            } else if !term.is_known {
                UNKNOWN
            } else if weights.is_said(&self.question, &term.concept) {
                ELSEWHERE * weights.of(&term.concept)
            } else {
                weights.of(&term.concept)
            }
        };
        let unexplained: f64 = terms.iter().map(unexplained).sum();
        let heaviest = |is_said: bool| {
            let concepts = self.concepts.iter().filter(|concept| said.contains(concept.as_str()) == is_said);
            concepts.map(|concept| weights.of(concept)).fold(0.0, f64::max)
        };
        // Without a name in it, a text that lacks the word which tells most is of something else.
        let is_other = filled == 0.0 && heaviest(false) > heaviest(true);
        let share = if lacking == 0.0 { 0.0 } else { lacking / (both + lacking) };
        let share = if is_other { 1.0 } else { share };
        let both = both + filled;
        let all = both + unexplained + LACKING * lacking;
        let score = if all == 0.0 { 0.0 } else { both / all };
        Fit { score, unexplained: unexplained / both.max(0.1), lacking: share }
    }
}

impl Weights {
    /// Counts in how many questions each word occurs.
    pub fn new(wordings: &[Wording]) -> Self {
        let mut weights = Self::default();
        for wording in wordings {
            weights.said.entry(wording.question.clone()).or_default().extend(wording.concepts.iter().cloned());
        }
        weights.questions = weights.said.len() as f64;
        let mut questions_with: BTreeMap<&String, f64> = BTreeMap::new();
        weights.said.values().flatten().for_each(|concept| *questions_with.entry(concept).or_default() += 1.0);
        let weight = |with: f64| (1.0 + weights.questions / with).ln();
        weights.of = questions_with.into_iter().map(|(concept, with)| (concept.clone(), weight(with))).collect();
        weights
    }

    fn of(&self, concept: &str) -> f64 {
        // A word that no question uses but the language does counts as one that a single question uses.
        self.of.get(concept).copied().unwrap_or((1.0 + self.questions).ln())
    }

    /// Whether any wording of a question has a word.
    pub fn is_said(&self, question: &str, concept: &str) -> bool {
        self.said.get(question).is_some_and(|said| said.contains(concept))
    }
}
