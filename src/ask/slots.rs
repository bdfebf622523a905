//! Puts the things that a text names into the slots of a wording, in every way they fit. Enter at [`Filling::all`].
//! How likely a way is, is the matcher's to say.

use std::collections::BTreeSet;

use super::english::Word;
use super::mentions::Mention;
use super::wording::{Slot, Wording};
use crate::catalogue::names::Names;
use crate::catalogue::{Parameter, Question};

/// Values for the slots of a wording.
#[derive(Clone, Debug, Default)]
pub struct Filling {
    /// Parameter and thing, in the order of the text.
    pub values: Vec<(String, String)>,
    /// The mentions that are used.
    pub used: BTreeSet<usize>,
    /// How many slots follow the word that the wording has before them, or that is their name; less those that follow another's name.
    pub announced: i32,
    /// Whether the things stand in the order of the slots.
    pub in_order: bool,
    /// Whether one of the names may mean several things.
    pub is_ambiguous: bool,
}

/// More ways than this need not be tried.
const MOST_WAYS: usize = 100;

impl Filling {
    /// Every way to fill all slots of a wording with what is mentioned.
    pub fn all(wording: &Wording, question: &Question, mentions: &[&Mention], words: &[Word], names: &Names) -> Vec<Self> {
        let mut ways = vec![Self { in_order: true, ..Self::default() }];
        for slot in &wording.slots {
            let Some(parameter) = question.parameter(&slot.parameter) else { return Vec::new() };
            let mut longer = Vec::new();
            for way in &ways {
                for (at, mention) in mentions.iter().enumerate().filter(|(at, _)| !way.used.contains(at)) {
                    for run in runs(parameter, at, mentions, words, way, names) {
                        let before = mention.from.checked_sub(1).map(|before| words[before].plain.as_str());
                        let announced = announced(before, slot, question);
                        longer.extend(way.with(parameter, &run, mentions, announced, names));
                    }
                }
            }
            longer.truncate(MOST_WAYS);
            ways = longer;
        }
        ways
    }

    fn with(&self, parameter: &Parameter, run: &[usize], mentions: &[&Mention], announced: i32, names: &Names) -> Vec<Self> {
        let mut ways = vec![self.clone()];
        for at in run {
            let choices = choices(mentions[*at], parameter, names);
            let one = |way: &Self, thing: &String| {
                let mut way = way.clone();
                way.values.push((parameter.name.clone(), thing.clone()));
                way.is_ambiguous |= choices.len() > 1;
                way
            };
            ways = ways.iter().flat_map(|way| choices.iter().map(move |thing| one(way, thing))).collect();
        }
        for way in &mut ways {
            way.in_order &= self.used.iter().all(|used| run.iter().all(|at| used < at));
            way.used.extend(run);
            way.announced += announced;
        }
        ways
    }
}

/// Whether the word before a value speaks for its slot: "from" does for what the wording has behind "from", and for what is called so.
fn announced(before: Option<&str>, slot: &Slot, question: &Question) -> i32 {
    match before {
        Some(word) if slot.before.as_deref() == Some(word) || slot.parameter == word => 1,
        Some(word) if question.parameter(word).is_some() => -2,
        _ => 0,
    }
}

/// The mentions that a parameter may take beginning with one: that one, and for a list those joined to it.
fn runs(
    parameter: &Parameter,
    at: usize,
    mentions: &[&Mention],
    words: &[Word],
    way: &Filling,
    names: &Names,
) -> Vec<Vec<usize>> {
    let fits = |at: usize| !way.used.contains(&at) && !choices(mentions[at], parameter, names).is_empty();
    if !fits(at) {
        return Vec::new();
    }
    if !parameter.need.is_list() {
        return vec![vec![at]];
    }
    let joined = |left: usize, right: usize| {
        let between = &words[mentions[left].to..mentions[right].from];
        let links = between.iter().all(|word| ["and", "or", "plus", "with", "in", "also"].contains(&word.plain.as_str()));
        links && (!between.is_empty() || words[mentions[right].from].set_off)
    };
    let mut run = vec![at];
    let mut runs = vec![run.clone()];
    while let Some(next) = run.last().map(|last| last + 1).filter(|next| *next < mentions.len()) {
        if !fits(next) || !joined(next - 1, next) {
            break;
        }
        run.push(next);
        runs.push(run.clone());
    }
    runs.reverse();
    runs
}

/// The things of the parameter's classes that a mention may mean: a preferred label goes before an alias.
pub fn choices(mention: &Mention, parameter: &Parameter, names: &Names) -> Vec<String> {
    of_classes(mention, &parameter.classes, names)
}

/// The same for any classes.
pub fn of_classes(mention: &Mention, classes: &[String], names: &Names) -> Vec<String> {
    let mut things: Vec<String> = mention.things.iter().filter(|iri| names.is(iri, classes)).cloned().collect();
    if things.len() > 1
        && let Ok(thing) = names.resolve(&mention.name, classes)
        && things.iter().any(|iri| iri == thing.as_str())
    {
        things = vec![thing.into_string()];
    }
    things
}
