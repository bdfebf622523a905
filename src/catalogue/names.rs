//! Turns what people type (an IRI, a label, an alias) into a term of the graph, or says what is nearest.
//! Enter at [`Names`]. Matching ignores case, hyphens and white space; where that leaves several, the exact spelling decides,
//! then a preferred label before an alias.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use oxigraph::model::{NamedNode, NamedOrBlankNode, Quad, Term};
use unicode_normalization::UnicodeNormalization;

use crate::patch::Patch;
use crate::words;

/// The names of all things of a graph.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// By the name as [`folded`].
    pub(super) by_name: BTreeMap<String, Vec<Name>>,
    pub(super) classes: HashMap<String, BTreeSet<String>>,
    labels: HashMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub iri: String,
    pub spelling: String,
    pub rank: Rank,
}

/// A way a thing is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    pub iri: String,
    pub text: String,
}

/// How good a name is; lower is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    Label,
    Alias,
    Segment,
}

/// Why a text names nothing, or not one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unresolved {
    /// Nothing is called so; the nearest names, best first.
    Unknown { near: Vec<String> },
    /// Several things are called so: their IRIs with what they are called in full.
    Ambiguous { candidates: Vec<String> },
    /// The thing exists but is of another kind.
    OtherKind { is: Vec<String> },
}

impl Names {
    /// Reads labels, aliases, notations and classes.
    pub fn read<'a>(quads: impl IntoIterator<Item = &'a Quad>) -> Self {
        let mut names = Self::default();
        quads.into_iter().for_each(|quad| names.say(quad));
        let things: Vec<String> = names.classes.keys().cloned().collect();
        things.into_iter().for_each(|iri| names.add_segment(iri));
        names
    }

    /// Takes over what a change says of labels, aliases, notations and classes; `said_of` tells what is said of a thing after it.
    ///
    /// # Errors
    /// Those of `said_of`.
    pub fn change<E>(&mut self, patch: &Patch, said_of: impl Fn(&NamedOrBlankNode) -> Result<Vec<Quad>, E>) -> Result<(), E> {
        patch.deleted.iter().for_each(|quad| self.unsay(quad));
        let things: HashSet<&NamedOrBlankNode> =
            patch.quads().filter(|quad| is_of_names(quad)).map(|quad| &quad.subject).collect();
        for thing in things {
            // Much of what is deleted is said in another graph as well, or in other words.
            said_of(thing)?.iter().for_each(|quad| self.say(quad));
            if let NamedOrBlankNode::NamedNode(thing) = thing
                && self.classes.contains_key(thing.as_str())
            {
                self.add_segment(thing.as_str().to_owned());
            }
        }
        Ok(())
    }

    fn say(&mut self, quad: &Quad) {
        let Some(iri) = iri_of(quad).map(str::to_owned) else { return };
        match &quad.object {
            Term::NamedNode(class) if quad.predicate == words::other::TYPE => {
                self.classes.entry(iri).or_default().insert(class.as_str().to_owned());
            }
            Term::Literal(literal) => {
                let Some(rank) = rank(quad) else { return };
                if rank == Rank::Label && literal.language().is_none_or(|language| language == "en") {
                    self.labels.insert(iri.clone(), literal.value().to_owned());
                }
                self.add(iri, literal.value(), rank);
            }
            _ => {}
        }
    }

    fn unsay(&mut self, quad: &Quad) {
        let Some(iri) = iri_of(quad) else { return };
        match &quad.object {
            Term::NamedNode(class) if quad.predicate == words::other::TYPE => {
                let Some(classes) = self.classes.get_mut(iri) else { return };
                classes.remove(class.as_str());
                if classes.is_empty() {
                    self.classes.remove(iri);
                    self.remove(iri, segment(iri), Rank::Segment);
                }
            }
            Term::Literal(literal) => {
                let Some(rank) = rank(quad) else { return };
                if rank == Rank::Label && self.labels.get(iri).is_some_and(|label| label == literal.value()) {
                    self.labels.remove(iri);
                }
                self.remove(iri, literal.value(), rank);
            }
            _ => {}
        }
    }

    fn add(&mut self, iri: String, spelling: &str, rank: Rank) {
        let name = Name { iri, spelling: spelling.to_owned(), rank };
        let called = self.by_name.entry(folded(spelling)).or_default();
        if let Err(place) = called.binary_search(&name) {
            called.insert(place, name);
        }
    }

    fn add_segment(&mut self, iri: String) {
        let segment = segment(&iri).to_owned();
        self.add(iri, &segment, Rank::Segment);
    }

    fn remove(&mut self, iri: &str, spelling: &str, rank: Rank) {
        let folded = folded(spelling);
        if let Some(called) = self.by_name.get_mut(&folded) {
            called.retain(|name| (name.iri.as_str(), name.spelling.as_str(), name.rank) != (iri, spelling, rank));
            if called.is_empty() {
                self.by_name.remove(&folded);
            }
        }
    }

    /// The thing of one of the classes (or of any) that a text names.
    ///
    /// # Errors
    /// When it names nothing, several things, or a thing of another kind.
    pub fn resolve(&self, text: &str, classes: &[String]) -> Result<NamedNode, Unresolved> {
        if let Some(iri) = words::expand(text).filter(|iri| self.classes.contains_key(iri) || iri.contains("://")) {
            return self.known(iri, classes);
        }
        let called: Vec<&Name> = self.by_name.get(&folded(text)).into_iter().flatten().collect();
        let fitting: Vec<&Name> = called.iter().filter(|name| self.is(&name.iri, classes)).copied().collect();
        let exact = |name: &&&Name| name.spelling == text;
        let best = |names: &[&Name]| -> BTreeSet<String> {
            let rank = names.iter().map(|name| name.rank).min();
            names.iter().filter(|name| Some(name.rank) == rank).map(|name| name.iri.clone()).collect()
        };
        let mut candidates = best(&fitting);
        if candidates.len() > 1 {
            let exact: Vec<&Name> = fitting.iter().filter(exact).copied().collect();
            candidates = Some(best(&exact)).filter(|exact| !exact.is_empty()).unwrap_or(candidates);
        }
        match candidates.len() {
            1 => Ok(candidates.into_iter().map(NamedNode::new_unchecked).next().unwrap_or_else(|| words::UNSTATED.into_owned())),
            0 if called.is_empty() => Err(Unresolved::Unknown { near: self.near(text, classes) }),
            0 => Err(Unresolved::OtherKind {
                is: called.iter().flat_map(|name| self.kinds(&name.iri)).collect::<BTreeSet<_>>().into_iter().collect(),
            }),
            _ => Err(Unresolved::Ambiguous {
                candidates: candidates.iter().map(|iri| format!("{} ({})", words::shorten(iri), self.label(iri))).collect(),
            }),
        }
    }

    fn known(&self, iri: String, classes: &[String]) -> Result<NamedNode, Unresolved> {
        if !self.classes.contains_key(&iri) {
            return Err(Unresolved::Unknown {
                near: nearest(&iri, self.of(classes)).iter().map(|iri| words::shorten(iri)).collect(),
            });
        }
        if !self.is(&iri, classes) {
            return Err(Unresolved::OtherKind { is: self.kinds(&iri) });
        }
        Ok(NamedNode::new_unchecked(iri))
    }

    /// The names nearest to a text among things of the classes, as they are spelled, one of each thing.
    fn near(&self, text: &str, classes: &[String]) -> Vec<String> {
        let among = |ranks: &[Rank]| {
            let fitting = |name: &&Name| ranks.contains(&name.rank) && self.is(&name.iri, classes);
            let names: Vec<&Name> = self.by_name.values().flatten().filter(fitting).collect();
            let mut told: BTreeSet<&str> = BTreeSet::new();
            let ordered = ranked(text, names.iter().map(|name| name.spelling.as_str()));
            let new = ordered.into_iter().filter(|spelling| {
                let named = names.iter().find(|name| name.spelling == *spelling);
                named.is_some_and(|name| told.insert(&name.iri))
            });
            new.take(NEAR).map(str::to_owned).collect::<Vec<_>>()
        };
        // Statements are called by the end of their IRI rather than by a whole sentence.
        Some(among(&[Rank::Label, Rank::Alias])).filter(|near| !near.is_empty()).unwrap_or_else(|| among(&[Rank::Segment]))
    }

    /// Whether a thing is of one of the classes; of none, everything is.
    pub fn is(&self, iri: &str, classes: &[String]) -> bool {
        let of = self.classes.get(iri);
        classes.is_empty() || of.is_some_and(|of| classes.iter().any(|class| of.contains(class)))
    }

    /// What the things of the classes are called, labels and aliases, in an order that is always the same.
    pub fn names_of(&self, classes: &[String]) -> Vec<Spelling> {
        let named = self.by_name.values().flatten().filter(|name| name.rank < Rank::Segment && self.is(&name.iri, classes));
        named.map(|name| Spelling { iri: name.iri.clone(), text: name.spelling.clone() }).collect()
    }

    /// How many things each class has.
    pub fn members(&self) -> BTreeMap<String, usize> {
        let mut members = BTreeMap::new();
        self.classes.values().flatten().for_each(|class| *members.entry(class.clone()).or_default() += 1);
        members
    }

    /// The model's classes that have one thing only, each with it: naming it tells nothing apart.
    pub fn lone(&self) -> BTreeMap<String, String> {
        let mut things: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (iri, class) in self.classes.iter().flat_map(|(iri, classes)| classes.iter().map(move |class| (iri, class))) {
            things.entry(class).or_default().push(iri);
        }
        let lone = things.into_iter().filter(|(class, _)| class.starts_with(words::ONTOLOGY));
        lone.filter_map(|(class, things)| matches!(things[..], [_]).then(|| (class.clone(), things[0].clone()))).collect()
    }

    fn of<'a>(&'a self, classes: &'a [String]) -> impl Iterator<Item = &'a str> {
        self.classes.keys().map(String::as_str).filter(|iri| self.is(iri, classes))
    }

    /// The labels of the things of the classes, sorted.
    pub fn labels(&self, classes: &[String]) -> Vec<String> {
        let mut labels: Vec<String> = self.of(classes).map(|iri| self.label(iri)).collect();
        labels.sort_unstable();
        labels
    }

    /// The classes that a thing belongs to.
    pub fn classes_of(&self, iri: &str) -> impl Iterator<Item = &String> {
        self.classes.get(iri).into_iter().flatten()
    }

    /// What a thing is, in the model's words.
    pub(super) fn kinds(&self, iri: &str) -> Vec<String> {
        let classes = self.classes.get(iri).into_iter().flatten();
        classes.filter(|class| class.starts_with(words::ONTOLOGY)).map(|class| words::shorten(class)).collect()
    }

    /// The things of the classes, sorted.
    pub fn instances(&self, classes: &[String]) -> Vec<&str> {
        let things = self.classes.keys().map(String::as_str);
        let mut things: Vec<&str> = things.filter(|iri| self.is(iri, classes)).collect();
        things.sort_unstable();
        things
    }

    /// The things with the IRIs nearest to one that is not there, best first.
    pub fn near_iris(&self, iri: &str) -> Vec<String> {
        nearest(iri, self.classes.keys().map(String::as_str))
    }

    /// What a thing is called: its labels, aliases and notations, and the end of its IRI.
    pub fn called(&self, iri: &str) -> Vec<&str> {
        let names = self.by_name.values().flatten();
        names.filter(|name| name.iri == iri).map(|name| name.spelling.as_str()).collect()
    }

    /// A thing's label, or its IRI in short.
    pub fn label(&self, iri: &str) -> String {
        self.labels.get(iri).cloned().unwrap_or_else(|| words::shorten(iri))
    }
}

/// Names are for things with an IRI.
fn iri_of(quad: &Quad) -> Option<&str> {
    match &quad.subject {
        NamedOrBlankNode::NamedNode(subject) => Some(subject.as_str()),
        NamedOrBlankNode::BlankNode(_) => None,
    }
}

/// How good a name a quad gives, if it gives one.
fn rank(quad: &Quad) -> Option<Rank> {
    let predicate = quad.predicate.as_ref();
    let alias = [words::other::ALT_LABEL, words::other::NOTATION].contains(&predicate);
    (predicate == words::other::PREF_LABEL).then_some(Rank::Label).or(alias.then_some(Rank::Alias))
}

/// Whether a quad says how a thing is called or what it is.
fn is_of_names(quad: &Quad) -> bool {
    rank(quad).is_some() || quad.predicate == words::other::TYPE
}

/// The end of an IRI.
fn segment(iri: &str) -> &str {
    iri.rsplit(['/', '#']).next().unwrap_or_default()
}

/// Case, hyphens and white space do not tell names apart.
pub(super) fn folded(name: &str) -> String {
    let spaced: String = name.nfc().map(|c| if "-_\u{2010}\u{2011}\u{2013}".contains(c) { ' ' } else { c }).collect();
    spaced.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many near names are worth telling.
const NEAR: usize = 3;

/// The most bytes of a text that may be a name misspelt.
const LONGEST: usize = 500;

/// The few names that are near enough to be meant, best first.
pub fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    ranked(text, names).into_iter().take(NEAR).map(str::to_owned).collect()
}

fn ranked<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // A text far longer than any name is near to none, and comparing costs as much as it is long.
    if text.len() > LONGEST {
        return Vec::new();
    }
    let wanted = folded(text);
    let mut scored: Vec<(f64, &str)> =
        names.map(|name| (likeness(&wanted, &folded(name)), name)).filter(|(score, _)| *score > 0.7).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().map(|(_, name)| name).collect()
}

pub(super) fn likeness(wanted: &str, name: &str) -> f64 {
    let contained = wanted.len() > 2 && (name.contains(wanted) || wanted.contains(name) && name.len() > 2);
    strsim::jaro_winkler(wanted, name).max(if contained { 0.8 } else { 0.0 })
}
