//! Finds things by what they are called: the exact name first, then names that begin so, then words in them, then what is spelled
//! nearly so. Enter at [`Names::search`]; turning one name into one thing is [`Names::resolve`]'s work.

use std::collections::BTreeMap;

use super::names::{Names, Rank, folded, likeness};
use crate::words;

/// A thing found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub iri: String,
    pub label: String,
    /// The name that matched, where it is not the label.
    pub alias: Option<String>,
    /// What the thing is, in the model's words.
    pub classes: Vec<String>,
    pub fit: Fit,
}

/// How a name matches; the better one is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    Exact,
    Prefix,
    Word,
    Fuzzy,
}

impl Fit {
    /// All, the best first.
    pub const ALL: &[Self] = &[Self::Exact, Self::Prefix, Self::Word, Self::Fuzzy];

    /// As programs read it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Prefix => "prefix",
            Self::Word => "word",
            Self::Fuzzy => "fuzzy",
        }
    }
}

/// Names less alike than this are not worth showing.
const ALIKE: f64 = 0.85;

/// How well a name fits: by kind, label before alias, then by how little else it says or how unlike it is.
type Score<'a> = (Fit, Rank, u64, &'a str);

impl Names {
    /// The things of a class (or of any) that a text finds, best first, in an order that is always the same.
    pub fn search(&self, text: &str, class: Option<&str>, limit: usize) -> Vec<Hit> {
        let wanted = folded(text);
        // Every name begins with nothing.
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut best: BTreeMap<&str, Score> = BTreeMap::new();
        for (name, called) in &self.by_name {
            let Some((fit, score)) = fit(&wanted, name) else { continue };
            for named in called.iter().filter(|named| named.rank < Rank::Segment) {
                if class.is_none_or(|class| self.classes.get(&named.iri).is_some_and(|of| of.contains(class))) {
                    let found = (fit, named.rank, score, named.spelling.as_str());
                    let so_far = best.entry(&named.iri).or_insert(found);
                    *so_far = found.min(*so_far);
                }
            }
        }
        let mut ordered: Vec<(Score, &str)> = best.into_iter().map(|(iri, score)| (score, iri)).collect();
        ordered.sort();
        ordered.into_iter().take(limit).map(|((fit, rank, _, spelling), iri)| self.hit(iri, fit, rank, spelling)).collect()
    }

    fn hit(&self, iri: &str, fit: Fit, rank: Rank, spelling: &str) -> Hit {
        let alias = (rank == Rank::Alias).then(|| spelling.to_owned());
        Hit { iri: iri.to_owned(), label: self.label(iri), alias, classes: self.kinds(iri), fit }
    }

    /// The model's classes that anything belongs to, written short, sorted.
    pub fn classes(&self) -> Vec<String> {
        let all = self.classes.values().flatten().filter(|class| class.starts_with(words::ONTOLOGY));
        let mut classes: Vec<String> = all.map(|class| words::shorten(class)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// All spellings that name one thing of the classes: labels, aliases, IRIs, IRIs written short. Sorted.
    pub fn spellings(&self, classes: &[String]) -> Vec<String> {
        let iris = self.classes.keys().filter(|iri| self.is(iri, classes));
        let mut spellings: Vec<String> = iris.flat_map(|iri| [iri.clone(), words::shorten(iri)]).collect();
        let called = self.by_name.values().flatten().filter(|named| named.rank < Rank::Segment);
        spellings.extend(called.filter(|named| self.is(&named.iri, classes)).map(|named| named.spelling.clone()));
        spellings.sort_unstable();
        spellings.dedup();
        spellings.retain(|spelling| self.resolve(spelling, classes).is_ok());
        spellings
    }
}

/// How a folded name fits a folded text, and a number that is less for the better one of a kind.
fn fit(wanted: &str, name: &str) -> Option<(Fit, u64)> {
    let rest = (name.len() - wanted.len().min(name.len())) as u64;
    if name == wanted {
        return Some((Fit::Exact, 0));
    }
    if name.starts_with(wanted) {
        return Some((Fit::Prefix, rest));
    }
    // "C++", "C#" and "Node.js" are one word each.
    let between = |c: char| !c.is_alphanumeric() && !"+#.".contains(c);
    let begins = |word: &str| name.split(between).any(|part| part.starts_with(word));
    if wanted.split_whitespace().all(begins) {
        return Some((Fit::Word, rest));
    }
    let alike = likeness(wanted, name);
    // Milli-units of unlikeness: whole numbers have a total order.
    (alike > ALIKE).then_some((Fit::Fuzzy, ((1.0 - alike) * 1000.0) as u64))
}
