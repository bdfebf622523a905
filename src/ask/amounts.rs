//! Finds what is said beside a thing of a list: "two years of incident response", "Linux for 3 years". Enter at [`amounts`].

use std::collections::{BTreeMap, BTreeSet};

use super::english::{English, Word};
use super::mentions::Mention;
use super::slots::{Filling, choices};
use crate::catalogue::names::Names;
use crate::catalogue::parameters::Kind;
use crate::catalogue::{Parameter, Question};

/// What is said beside things.
#[derive(Debug, Default)]
pub struct Amounts {
    /// By the thing, as a value of a parameter has it: "2 years".
    pub beside: BTreeMap<String, String>,
    /// The words that say it.
    pub words: BTreeSet<usize>,
}

/// Reads the numbers beside the things that fill the lists of a question.
pub fn amounts(
    question: &Question,
    filling: &Filling,
    mentions: &[&Mention],
    words: &[Word],
    english: &English,
    names: &Names,
) -> Amounts {
    let mut amounts = Amounts::default();
    for parameter in &question.parameters {
        for unit in units(parameter, names) {
            for mention in filling.used.iter().map(|at| mentions[*at]) {
                let Some((number, said)) = beside(mention, &unit, words, english) else { continue };
                let given = filling.values.iter().filter(|(name, _)| *name == parameter.name).map(|(_, thing)| thing);
                let things = choices(mention, parameter, names);
                for thing in given.filter(|thing| things.contains(thing)) {
                    amounts.beside.insert(thing.clone(), format!("{number} {unit}s"));
                    amounts.words.extend(said.iter().copied());
                }
            }
        }
    }
    amounts
}

/// What the numbers beside a parameter's values count.
fn units(parameter: &Parameter, names: &Names) -> Vec<String> {
    let unit = |kind: &Kind| if let Kind::Number(unit) = kind { Some(names.label(unit.as_str())) } else { None };
    parameter.parts.iter().filter_map(|part| unit(&part.kind)).collect()
}

/// The number before or behind a name, and the words that say so.
fn beside(mention: &Mention, unit: &str, words: &[Word], english: &English) -> Option<(usize, Vec<usize>)> {
    let is_unit = |at: &usize| words.get(*at).is_some_and(|word| english.concept(&word.plain) == english.concept(unit));
    let number = |at: usize| words.get(at).and_then(|word| english.number(&word.plain));
    // Between the unit and the name may stand "of experience in".
    let links = |at: &usize| ["of", "in", "with", "experience", "on", "doing"].contains(&words[*at].plain.as_str());
    let before = (0..mention.from).rev().find(|at| !links(at)).filter(|at| *at > 0 && is_unit(at));
    if let Some((at, number)) = before.and_then(|at| Some((at, number(at - 1)?))) {
        return Some((number, (at - 1..mention.from).collect()));
    }
    let at = mention.to + usize::from(words.get(mention.to).is_some_and(|word| word.plain == "for"));
    let number = number(at).filter(|_| is_unit(&(at + 1)))?;
    Some((number, (mention.to..=at + 1).collect()))
}
