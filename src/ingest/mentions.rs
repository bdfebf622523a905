//! Finds the competencies that a text names, by label and alias, with word boundaries and a sense of case: "Go" is not "go". Enter
//! at [`Lexicon::new`] and [`Lexicon::mentions`]. What the taxonomy lacks and is plainly a technology is found as a candidate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexSet, RegexSetBuilder};

use super::lists::{beside, manner, runs, said_twice};
use super::markdown::pattern;
use super::naming::is_meant;
use super::wording::{self, Modality, StatementKind};

/// All names that are looked for.
pub struct Lexicon {
    automaton: Option<AhoCorasick>,
    names: Vec<(String, usize)>,
    things: Vec<Thing>,
    /// Other ways to say what a thing is called.
    wordings: Vec<(Regex, usize)>,
    any_wording: Option<RegexSet>,
    /// The things that are broader than another, by their numbers.
    broader: BTreeSet<(usize, usize)>,
}

/// A competency of a taxonomy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    pub iri: String,
    pub label: String,
    pub aliases: Vec<String>,
    /// The IRIs of what lies directly above it.
    pub broader: Vec<String>,
    pub is_technology: bool,
}

/// A competency that has names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its IRI in the taxonomy; a candidate has none.
    pub iri: Option<String>,
    pub label: String,
    /// For a candidate: the local name of its kind of technology.
    pub technology: Option<String>,
    /// For a candidate: the local name of the class it is of.
    pub sort: &'static str,
}

/// The class of a candidate that is a technology.
pub const TECHNOLOGY: &str = "Technology";
const SKILL: &str = "Skill";
const BEHAVIOUR: &str = "Behaviour";

/// How a text names a competency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manner {
    Direct,
    Alternative,
    Example,
}

/// One naming of a competency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    pub thing: Thing,
    pub modality: Modality,
    pub manner: Manner,
    pub proficiency: &'static str,
    pub years: u32,
    /// Alternatives of one text that belong together have the same number.
    pub group: usize,
    pub span: Range<usize>,
}

const TECHNOLOGIES: &str = include_str!("technologies.txt");
/// The room that the wordings take as one automaton; with less of it, it is built anew over and over.
const DFA: usize = 64 * 1024 * 1024;
const WORDINGS: &str = include_str!("wordings.txt");

impl Lexicon {
    /// Makes one of the names of the taxonomy, and of the technologies known to us.
    pub fn new(taxonomy: &[Known]) -> Self {
        let mut things = Vec::new();
        let mut names: Vec<(String, usize)> = Vec::new();
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for Known { iri, label, aliases, .. } in taxonomy {
            for name in std::iter::once(label).chain(aliases) {
                if taken.insert(name.to_lowercase()) {
                    names.push((name.clone(), things.len()));
                }
            }
            things.push(Thing { iri: Some(iri.clone()), label: label.clone(), technology: None, sort: SKILL });
        }
        for line in TECHNOLOGIES.lines().filter(|line| !line.starts_with('#')) {
            let Some((kind, rest)) = line.split_once(": ") else { continue };
            let (label, aliases) = rest.split_once(" = ").unwrap_or((rest, ""));
            if taken.contains(&label.to_lowercase()) {
                continue;
            }
            for name in std::iter::once(label).chain(aliases.split(", ").filter(|alias| !alias.is_empty())) {
                if !taken.contains(&name.to_lowercase()) || name.to_lowercase() == label.to_lowercase() {
                    taken.insert(name.to_lowercase());
                    names.push((name.to_owned(), things.len()));
                }
            }
            things.push(Thing { iri: None, label: label.to_owned(), technology: Some(kind.to_owned()), sort: TECHNOLOGY });
        }
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(names.iter().map(|(name, _)| name)).ok();
        let number = |iri: &String| taxonomy.iter().position(|known| known.iri == *iri);
        let skills = taxonomy.iter().enumerate().filter(|(_, known)| !known.is_technology);
        let broader =
            skills.flat_map(|(at, known)| known.broader.iter().filter_map(move |above| Some((number(above)?, at)))).collect();
        let lines = WORDINGS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": "));
        let thing = |label: &str| taxonomy.iter().position(|known| known.label == label);
        let wordings: Vec<(Regex, usize)> =
            lines.filter_map(|(label, words)| Some((pattern(&format!("(?i){words}")), thing(label)?))).collect();
        let any_wording =
            RegexSetBuilder::new(wordings.iter().map(|(wording, _)| wording.as_str())).dfa_size_limit(DFA).build().ok();
        Self { automaton, names, things, wordings, any_wording, broader }
    }

    /// The competencies that a text names, in its order; `own` is a name that the whole page is about, such as its organisation's,
    /// and counts only where the text speaks of using it.
    pub fn mentions(&self, text: &str, own: &[String]) -> Vec<Mention> {
        let mut spans: Vec<(Range<usize>, Thing)> =
            self.spans(text, own).into_iter().map(|(span, thing)| (span, self.things[thing].clone())).collect();
        standards(text, &mut spans);
        said_twice(text, &mut spans);
        beside(text, &mut spans);
        // A name that was found and not meant is not meant beside others either.
        let named = |label: &str| {
            self.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(label)).map(|(_, thing)| &self.things[*thing])
        };
        spans.retain(|(_, thing)| thing.iri.is_some() || named(&thing.label).is_none_or(|known| known == thing));
        let weak = wording::force(text);
        let runs = runs(text, &spans);
        let mut mentions: Vec<Mention> = Vec::new();
        for (group, run) in runs.iter().enumerate() {
            let manner = manner(text, &spans[run.clone()]);
            for (span, thing) in &spans[run.clone()] {
                if mentions.iter().any(|mention| mention.thing == *thing) {
                    continue;
                }
                let covers = |range: &Range<usize>| range.start <= span.start && span.end <= range.end;
                let modality = weak.iter().filter(|(range, _)| covers(range)).map(|(_, modality)| *modality).max();
                mentions.push(Mention {
                    thing: thing.clone(),
                    modality: modality.unwrap_or(Modality::Required),
                    manner,
                    proficiency: wording::proficiency(text, span.start, span.end),
                    years: wording::years(text, span.start),
                    group,
                    span: span.clone(),
                });
            }
        }
        lone_alternatives(&mut mentions);
        mentions
    }

    /// The label of what is called exactly so, whatever the case.
    pub fn label_of(&self, name: &str) -> Option<&str> {
        let found = self.names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, thing)| self.things[*thing].label.as_str())
    }

    /// The IRI of the competency that is called exactly so, whatever the case.
    pub fn iri_of(&self, name: &str) -> Option<String> {
        let found = self.names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.and_then(|(_, thing)| self.things[*thing].iri.clone())
    }

    /// The competency that a text is about as a whole, where it names none that is known.
    pub fn candidate(&self, text: &str, kind: StatementKind) -> Mention {
        let label = phrase(text);
        let known =
            self.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(&label)).map(|(_, thing)| self.things[*thing].clone());
        let sort = if kind == StatementKind::Expectation { BEHAVIOUR } else { SKILL };
        let thing = known.unwrap_or(Thing { iri: None, label, technology: None, sort });
        Mention {
            thing,
            modality: wording::force(text).into_iter().map(|(_, modality)| modality).max().unwrap_or(Modality::Required),
            manner: Manner::Direct,
            proficiency: wording::proficiency(text, text.len(), text.len()),
            years: wording::years(text, 0),
            group: 0,
            span: 0..text.len(),
        }
    }

    /// Adds what the row of a cell is about: a known competency always, else a candidate where the cell names nothing.
    pub fn add_theme(&self, theme: &str, kind: StatementKind, mentions: &mut Vec<Mention>) {
        let named = |mentions: &[Mention], thing: &Thing| mentions.iter().any(|mention| mention.thing == *thing);
        for mut mention in self.mentions(theme, &[]).into_iter().filter(|mention| mention.thing.iri.is_some()) {
            mention.manner = Manner::Direct;
            if !named(mentions, &mention.thing) {
                mention.group = mentions.iter().map(|other| other.group + 1).max().unwrap_or_default();
                mentions.push(mention);
            }
        }
        if mentions.is_empty() && !theme.is_empty() {
            mentions.push(self.candidate(theme, kind));
        }
    }

    /// An alias that lacks what qualifies its label says it only where the text does: "monitoring" is security monitoring only there.
    fn fits(&self, text: &str, name: &str, thing: usize) -> bool {
        let label = &self.things[thing].label;
        let field = label.split(' ').next().filter(|_| label.contains(' ')).unwrap_or_default();
        let stem: String = field.chars().take(5).collect();
        let says = |text: &str| text.to_lowercase().contains(&stem);
        !["security", "vulnerability", "threat"].contains(&field)
            || says(name)
            || says(text)
            || (field != "security" && text.to_lowercase().contains("secur"))
    }

    /// Where the names stand, each place once, the longest name first.
    fn spans(&self, text: &str, own: &[String]) -> Vec<(Range<usize>, usize)> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut found: Vec<(Range<usize>, usize)> = Vec::new();
        for hit in automaton.find_overlapping_iter(text) {
            let (name, thing) = &self.names[hit.pattern().as_usize()];
            let span = hit.start()..hit.end();
            if is_meant(text, &span, name, own) && self.fits(text, name, *thing) {
                found.push((span, *thing));
            }
        }
        longest(&mut found);
        let names: Vec<Range<usize>> = found.iter().map(|(span, _)| span.clone()).collect();
        for at in self.any_wording.iter().flat_map(|any| any.matches(text)) {
            let (wording, thing) = &self.wordings[at];
            let apart = |span: &Range<usize>| {
                // A name within what says a narrower thing does not stand in its way.
                let in_the_way = |other: &Range<usize>, of: &usize| {
                    names.contains(other)
                        && other.start < span.end
                        && span.start < other.end
                        && !self.broader.contains(&(*of, *thing))
                };
                !found.iter().any(|(other, of)| of == thing || in_the_way(other, of))
            };
            if let Some(span) = wording.find_iter(text).map(|hit| hit.range()).find(apart) {
                found.push((span, *thing));
            }
        }
        // What says the narrower thing does not ask for the broader one as well.
        let named = found.clone();
        let near = |one: &Range<usize>, other: &Range<usize>| {
            other.start.saturating_sub(one.end).max(one.start.saturating_sub(other.end)) < NEAR
        };
        // Names in one list are each meant, unless one is as general as it gets.
        let listed = |one: &Range<usize>, other: &Range<usize>, thing: usize| {
            let gap = if one.end <= other.start { text.get(one.end..other.start) } else { text.get(other.end..one.start) };
            gap.is_some_and(|gap| LISTED.is_match(gap)) && self.broader.iter().any(|(_, narrower)| *narrower == thing)
        };
        found.retain(|(span, thing)| {
            !named.iter().any(|(other, narrower)| {
                self.broader.contains(&(*thing, *narrower)) && near(span, other) && !listed(span, other, *thing)
            })
        });
        found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        found
    }
}

static STANDARD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b(ISO(?:/IEC)?|IEC|ASC|IFRS|IAS|NIST(?: SP)?|FIPS|RFC|IEEE|SSAE|ISAE|ANSI)[- ]?(\d{1,5}(?:[-.:]\d+)*)\b")
});

/// Standards that are called by a body and a number, whatever the number.
fn standards(text: &str, spans: &mut Vec<(Range<usize>, Thing)>) {
    for found in STANDARD.captures_iter(text) {
        let Some(range) = found.get(0).map(|whole| whole.range()) else { continue };
        // The list of technologies knows some of them, and the body by itself.
        if spans.iter().any(|(other, _)| other.start <= range.start && range.end <= other.end) {
            continue;
        }
        spans.retain(|(other, _)| other.end <= range.start || range.end <= other.start);
        let label = format!("{} {}", &found[1], &found[2]);
        spans.push((range, Thing { iri: None, label, technology: Some("standard".to_owned()), sort: TECHNOLOGY }));
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
}

static LISTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)^,? (?:and|or|&) $|^, $"));

/// So many bytes apart at most, words belong to one naming.
const NEAR: usize = 24;

/// Keeps the longest name at each place.
fn longest(found: &mut Vec<(Range<usize>, usize)>) {
    found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    found.retain(|(span, _)| {
        let free = span.start >= end;
        if free {
            end = span.end;
        }
        free
    });
}

/// One alternative is no choice.
fn lone_alternatives(mentions: &mut [Mention]) {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for mention in mentions.iter().filter(|mention| mention.manner == Manner::Alternative) {
        *counts.entry(mention.group).or_default() += 1;
    }
    for mention in mentions.iter_mut().filter(|mention| counts.get(&mention.group) == Some(&1)) {
        if mention.manner == Manner::Alternative {
            mention.manner = Manner::Direct;
        }
    }
}

static LEADS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:you (?:have|are|can|will)|you['’](?:re|ve)|an?|the|some|strong|excellent|good|great|proven|demonstrated|solid|deep|significant|extensive|outstanding|ability to|able to|experienced? (?:with|in|using|of)?|knowledge of|understanding of|familiar(?:ity)? with|proficien\w+ (?:in|with|to)|willingness to|desire to|capacity to|comfortable (?:with|using|in)|comfort with|\d+\+?(?: ?(?:-|–|to) ?\d+)?\+? ?(?:plus |or more )?years?(?: of)?|at least|minimum(?: of)?|experience)\s+",
    )
});

/// The words by which to call what a text is about: its beginning without what only says how well.
fn phrase(text: &str) -> String {
    let mut rest = text.trim_matches(|c: char| !c.is_alphanumeric() && !"(\"“".contains(c));
    while let Some(lead) = LEADS.find(rest) {
        rest = &rest[lead.end()..];
    }
    let end = [". ", "; ", " (", ", ", ": ", " - ", " – "]
        .iter()
        .filter_map(|mark| rest.find(mark))
        .filter(|at| *at > 12)
        .min()
        .unwrap_or(rest.len());
    let words: Vec<&str> = rest[..end].split_whitespace().take(8).collect();
    let phrase = words.join(" ");
    let phrase = phrase.trim_matches(|c: char| !c.is_alphanumeric() && !")+#".contains(c));
    if phrase.is_empty() { text.trim().to_owned() } else { phrase.to_owned() }
}
