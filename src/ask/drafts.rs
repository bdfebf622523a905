//! The calls that a text may make, each with how likely it is meant: every way to read the text against every wording.
//! Enter at [`Text::new`] and [`Text::drafts`]; which of them is certain is decided above.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::amounts::amounts;
use super::mentions::Mention;
use super::sayings::{Saying, Sayings};
use super::slots::{self, Filling};
use super::wording::{Fit, IDLE, SLOT, SOFT_SLOT, Term, Wording};
use super::{Asker, CHOICE, Call, Doubt, english};
use crate::catalogue::names::{Names, Unresolved};
use crate::catalogue::{Catalogue, Parameter, Question};
use crate::words;

/// A call and how likely it is meant.
#[derive(Clone, Debug)]
pub struct Draft {
    pub call: Call,
    pub score: f64,
    pub unexplained: f64,
    pub lacking: f64,
    pub doubts: BTreeSet<Doubt>,
    /// How many things could fill its slots: the fewer, the more it is about just these.
    pub breadth: usize,
}

/// The most names that may as well be words; each doubles the ways to read a text.
const MOST_SOFT: usize = 4;
/// Labels above this many characters are no shorter to type than an IRI.
const LONGEST_LABEL: usize = 40;
/// A text of more names than this is a list of names.
const MOST_MENTIONS: usize = 16;
/// The most names beside those in slots: a text of more asks too much at once, and trying them all takes long.
const MOST_BESIDE: usize = 3;
/// What a name costs that has no place.
const BESIDE: f64 = 0.2;

/// A text that is being understood.
pub struct Text<'a> {
    asker: &'a Asker,
    catalogue: &'a Catalogue,
    names: &'a Names,
    words: &'a [english::Word],
    /// The words as terms, slips of the pen put right.
    terms: Vec<Term>,
    /// The names nearest to a text, by text and classes: looking for them takes long.
    near: RefCell<Near>,
}

/// Names by the text and the classes they are near to.
type Near = BTreeMap<(String, Vec<String>), Vec<String>>;

/// One way to read it: which of its words are names.
struct Reading<'a> {
    mentions: Vec<&'a Mention>,
    terms: Vec<Term>,
    corrected: Vec<(String, String)>,
    /// What may be a name and is taken for words.
    as_words: Vec<&'a Mention>,
    /// Whether no name is taken for one: what somebody quotes is words, whatever else they may name.
    is_quote: bool,
}

impl<'a> Text<'a> {
    pub fn new(asker: &'a Asker, catalogue: &'a Catalogue, names: &'a Names, words: &'a [english::Word]) -> Self {
        let term = |(at, word): (usize, &english::Word)| {
            let is_known = asker.english.knows(&word.plain);
            let meant = asker.english.nearest(&word.plain).filter(|_| !is_known).map(|(meant, _)| meant);
            let plain = meant.clone().unwrap_or_else(|| word.plain.clone());
            let concept = asker.english.concept(&plain);
            let (is_known, is_misspelt) = (is_known || meant.is_some(), meant.is_some());
            Term { at, word: english::Word { plain, ..word.clone() }, concept, is_known, is_misspelt }
        };
        Self { asker, catalogue, names, words, terms: words.iter().enumerate().map(term).collect(), near: RefCell::default() }
    }

    /// Every call that the text may mean, once, at its likeliest.
    pub fn drafts(&self) -> Vec<Draft> {
        let mentions = self.asker.lexicon.mentions(self.words, &self.asker.english);
        if mentions.len() > MOST_MENTIONS {
            return Vec::new();
        }
        let mut best: BTreeMap<(String, Vec<(String, String)>), Draft> = BTreeMap::new();
        for reading in self.readings(&mentions) {
            for wording in &self.asker.wordings {
                let Some(question) = self.catalogue.get(&wording.question) else { continue };
                for draft in self.fitted(&reading, wording, question) {
                    let key = (draft.call.question.clone(), draft.call.arguments.clone());
                    let known = best.get(&key).is_some_and(|known| known.score >= draft.score);
                    if !known {
                        best.insert(key, draft);
                    }
                }
            }
        }
        best.into_values().collect()
    }

    /// The ways to read the text: each name that may as well be words is, or is not.
    fn readings<'m>(&self, mentions: &'m [Mention]) -> Vec<Reading<'m>> {
        let soft: Vec<usize> = (0..mentions.len()).filter(|at| mentions[*at].is_soft).take(MOST_SOFT).collect();
        let reading = |bits: usize| {
            let as_words = |at: usize| soft.iter().position(|soft| *soft == at).is_some_and(|bit| bits & (1 << bit) != 0);
            let (words, names): (Vec<usize>, Vec<usize>) = (0..mentions.len()).partition(|at| as_words(*at));
            let named = |places: Vec<usize>| places.into_iter().map(|at| &mentions[at]).collect();
            Reading { as_words: named(words), ..self.reading(named(names)) }
        };
        let quote = Reading { is_quote: true, ..self.reading(Vec::new()) };
        (0..1 << soft.len()).map(reading).chain([quote]).collect()
    }

    fn reading<'m>(&self, mentions: Vec<&'m Mention>) -> Reading<'m> {
        let named = |at: usize| mentions.iter().any(|mention| (mention.from..mention.to).contains(&at));
        let spelled = |mention: &&Mention| {
            let written: Vec<&str> = self.words[mention.from..mention.to].iter().map(|word| word.text.as_str()).collect();
            (written.join(" "), mention.name.clone())
        };
        let terms: Vec<Term> = (0..self.terms.len()).filter(|at| !named(*at)).map(|at| self.terms[at].clone()).collect();
        let mut corrected: Vec<_> = mentions.iter().filter(|mention| mention.is_misspelt).map(spelled).collect();
        let misspelt = terms.iter().filter(|term| term.is_misspelt);
        corrected.extend(misspelt.map(|term| (term.word.text.clone(), term.word.plain.clone())));
        Reading { mentions, terms, corrected, as_words: Vec::new(), is_quote: false }
    }

    /// The calls that a wording makes of a reading.
    fn fitted(&self, reading: &Reading<'_>, wording: &Wording, question: &Question) -> Vec<Draft> {
        if let [slot] = wording.slots.as_slice()
            && let Some(sayings) = self.asker.sayings.get(&(question.id.clone(), slot.parameter.clone()))
        {
            return if reading.is_quote { self.quoted(reading, wording, question, &slot.parameter, sayings) } else { Vec::new() };
        }
        if reading.is_quote {
            return Vec::new();
        }
        let ways = Filling::all(wording, question, &reading.mentions, self.words, self.names);
        if ways.is_empty() {
            return self.with_unknown(reading, wording, question);
        }
        let few_beside = |filling: &Filling| filling.used.len() + MOST_BESIDE >= reading.mentions.len();
        ways.into_iter().filter(few_beside).filter_map(|filling| self.drafted(reading, wording, question, filling)).collect()
    }

    /// The call of a filled wording, with what else the text names put where it belongs.
    fn drafted(&self, reading: &Reading<'_>, wording: &Wording, question: &Question, filling: Filling) -> Option<Draft> {
        let mut values = filling.values.clone();
        let worth = |mention: &Mention| if mention.is_soft { SOFT_SLOT } else { SLOT };
        let mut filled: f64 = filling.used.iter().map(|at| worth(reading.mentions[*at])).sum();
        let (mut about, mut beside, mut needless) = (Vec::new(), Vec::new(), 0.0);
        let mut is_ambiguous = filling.is_ambiguous;
        for (at, mention) in reading.mentions.iter().enumerate() {
            if filling.used.contains(&at) {
                continue;
            }
            let open = question.parameters.iter().filter(|parameter| !values.iter().any(|(name, _)| *name == parameter.name));
            let mut places = open.filter(|parameter| !parameter.need.is_list()).filter_map(|parameter| {
                let choices = slots::choices(mention, parameter, self.names);
                choices.first().map(|thing| (parameter.name.clone(), thing.clone(), choices.len()))
            });
            let column = question.about.iter().find_map(|(column, classes)| {
                let choices = slots::of_classes(mention, classes, self.names);
                choices.first().map(|thing| (column.clone(), thing.clone()))
            });
            if let Some((parameter, thing, choices)) = places.next() {
                is_ambiguous |= choices > 1;
                values.push((parameter, thing));
                filled += worth(mention);
            } else if let Some(column) = column {
                about.push(column);
                filled += worth(mention);
            } else if mention.things.iter().any(|thing| self.asker.lone.values().any(|lone| lone == thing)) {
                needless += IDLE;
            } else {
                beside.push(mention.name.clone());
            }
        }
        // A name is read as words only where the question has these words.
        beside.extend(
            reading.as_words.iter().filter(|mention| !self.is_said(mention, question)).map(|mention| mention.name.clone()),
        );
        let mut assumed = Vec::new();
        for parameter in question.parameters.iter().filter(|parameter| parameter.need.is_required()) {
            if !values.iter().any(|(name, _)| *name == parameter.name) {
                values.push((parameter.name.clone(), self.only(&parameter.classes)?));
                assumed.push(parameter.name.clone());
            }
        }
        let things = values.iter().chain(&about).map(|(_, thing)| thing);
        let kinds = things.flat_map(|thing| self.names.classes_of(thing)).filter_map(|class| self.asker.called.get(class));
        let parameters = values.iter().filter_map(|(name, _)| self.asker.called.get(name));
        let idle = parameters.chain(kinds).map(String::as_str).collect();
        let said = amounts(question, &filling, &reading.mentions, self.words, &self.asker.english, self.names);
        let terms: Vec<Term> = reading.terms.iter().filter(|term| !said.words.contains(&term.at)).cloned().collect();
        let fit = wording.fit(&terms, filled, &idle, &self.asker.weights, &self.asker.english);
        let mut doubts = self.doubts(&terms, wording);
        if is_ambiguous {
            doubts.insert(Doubt::Ambiguous);
        }
        let things: BTreeSet<&String> = values.iter().map(|(_, thing)| thing).collect();
        if things.len() < values.len() && question.parameters.iter().all(|parameter| !parameter.need.is_list()) {
            doubts.insert(Doubt::Ambiguous);
        }
        let order = 0.03 * f64::from(filling.announced) + if filling.in_order { 0.01 } else { 0.0 };
        let score = fit.score + order - BESIDE * beside.len() as f64 - 0.1 * needless;
        if !beside.is_empty() {
            doubts.insert(Doubt::Beside(beside));
        }
        let call = Call { said: said.beside, ..self.call(question, &values, assumed, about, reading) };
        Some(Draft {
            call,
            score,
            unexplained: fit.unexplained,
            lacking: fit.lacking,
            doubts,
            breadth: self.breadth(wording, question),
        })
    }

    /// The calls of a wording whose slot is filled by what a thing says: by the words behind those that the wording has itself.
    fn quoted(
        &self,
        reading: &Reading<'_>,
        wording: &Wording,
        question: &Question,
        parameter: &str,
        sayings: &Sayings,
    ) -> Vec<Draft> {
        let framed = |concept: &String| reading.terms.iter().any(|term| term.concept == *concept);
        if wording.concepts.is_empty() || !wording.concepts.iter().all(framed) {
            return Vec::new();
        }
        let mut frame = wording.concepts.clone();
        let (own, said): (Vec<&Term>, Vec<&Term>) = reading.terms.iter().partition(|term| frame.remove(&term.concept));
        let found = sayings.find(said.iter().map(|term| term.word.plain.as_str()), &self.asker.english);
        let own: Vec<Term> = own.into_iter().cloned().collect();
        let Fit { score, unexplained, lacking } =
            wording.fit(&own, SLOT, &BTreeSet::new(), &self.asker.weights, &self.asker.english);
        let first = found.first().map_or(0.0, |saying| saying.likeness);
        let second = found.get(1).map_or(0.0, |saying| saying.likeness);
        let draft = |saying: &Saying| {
            let mut doubts = BTreeSet::new();
            if saying.coverage < 0.7 || first - second < 0.05 {
                doubts.insert(Doubt::Ambiguous);
            }
            let values = [(parameter.to_owned(), saying.iri.clone())];
            let call = self.call(question, &values, Vec::new(), Vec::new(), reading);
            Draft { call, score: score * (0.5 + 0.5 * saying.likeness), unexplained, lacking, doubts, breadth: 0 }
        };
        found.iter().take(CHOICE).map(draft).collect()
    }

    /// The calls of a wording for whose one slot the text has a name that nothing bears: with the nearest names.
    fn with_unknown(&self, reading: &Reading<'_>, wording: &Wording, question: &Question) -> Vec<Draft> {
        let unknown = unknown(&reading.terms);
        let ([slot], false) = (wording.slots.as_slice(), unknown.is_empty()) else { return Vec::new() };
        let Some(parameter) = question.parameter(&slot.parameter) else { return Vec::new() };
        let near = self.near(&unknown, parameter);
        let known: Vec<Term> = reading.terms.iter().filter(|term| term.is_known).cloned().collect();
        let fit = wording.fit(&known, SLOT, &BTreeSet::new(), &self.asker.weights, &self.asker.english);
        let draft = |name: &String| {
            let thing = self.names.resolve(name, &parameter.classes).ok()?;
            let values = [(parameter.name.clone(), thing.into_string())];
            let doubts = BTreeSet::from([Doubt::Unknown { text: unknown.clone(), near: near.clone() }]);
            let call = self.call(question, &values, Vec::new(), Vec::new(), reading);
            Some(Draft { call, score: fit.score - 0.01, unexplained: fit.unexplained, lacking: fit.lacking, doubts, breadth: 0 })
        };
        near.iter().filter_map(draft).collect()
    }

    /// Whether the words of a mention are words of a question, or say nothing.
    fn is_said(&self, mention: &Mention, question: &Question) -> bool {
        let mut words = self.terms[mention.from..mention.to].iter();
        let filler = |term: &Term| self.asker.english.is_filler(&term.word.plain);
        words.all(|term| filler(term) || self.asker.weights.is_said(&question.id, &term.concept))
    }

    /// The names of a parameter's things nearest to a text that names none of them.
    fn near(&self, text: &str, parameter: &Parameter) -> Vec<String> {
        let look = || match self.names.resolve(text, &parameter.classes) {
            Err(Unresolved::Unknown { near }) => near,
            _ => Vec::new(),
        };
        self.near.borrow_mut().entry((text.to_owned(), parameter.classes.clone())).or_insert_with(look).clone()
    }

    /// How many things could fill the slots of a wording.
    fn breadth(&self, wording: &Wording, question: &Question) -> usize {
        let classes =
            wording.slots.iter().filter_map(|slot| question.parameter(&slot.parameter)).flat_map(|parameter| &parameter.classes);
        classes.map(|class| self.asker.members.get(class).copied().unwrap_or_default()).sum()
    }

    /// The one thing of the classes, if there is only one.
    fn only(&self, classes: &[String]) -> Option<String> {
        let [class] = classes else { return None };
        self.asker.lone.get(class).cloned()
    }

    /// What is doubtful about a reading, whatever fills the slots.
    fn doubts(&self, terms: &[Term], wording: &Wording) -> BTreeSet<Doubt> {
        let mut doubts = BTreeSet::new();
        let unknown = unknown(terms);
        if !unknown.is_empty() {
            doubts.insert(Doubt::Unknown { text: unknown, near: Vec::new() });
        }
        for term in terms {
            if self.asker.english.is_negation(&term.word.plain) && !wording.concepts.contains(&term.concept) {
                doubts.insert(Doubt::Negation(term.word.text.clone()));
            }
        }
        doubts
    }

    fn call(
        &self,
        question: &Question,
        values: &[(String, String)],
        assumed: Vec<String>,
        about: Vec<(String, String)>,
        reading: &Reading<'_>,
    ) -> Call {
        let of = |parameter: &Parameter| values.iter().filter(|(name, _)| *name == parameter.name).cloned().collect::<Vec<_>>();
        let arguments = question.parameters.iter().flat_map(of).collect();
        Call {
            question: question.id.clone(),
            arguments,
            assumed,
            about,
            corrected: reading.corrected.clone(),
            said: BTreeMap::new(),
        }
    }

    /// The call with its arguments as one can type them: a thing's label where that is short and its own, its IRI else.
    pub fn typed(&self, mut call: Call) -> Call {
        let Some(question) = self.catalogue.get(&call.question) else { return call };
        for (name, thing) in &mut call.arguments {
            let classes = question.parameter(name).map(|parameter| parameter.classes.as_slice()).unwrap_or_default();
            let label = self.names.label(thing);
            let names_it = self.names.resolve(&label, classes).is_ok_and(|named| named.as_str() == thing);
            let beside = call.said.get(thing).map(|said| format!(": {said}")).unwrap_or_default();
            *thing = if names_it && label.chars().count() <= LONGEST_LABEL { label } else { words::shorten(thing) };
            thing.push_str(&beside);
        }
        call
    }
}

/// The words that are no words of questions and no names.
fn unknown(terms: &[Term]) -> String {
    terms.iter().filter(|term| !term.is_known).map(|term| term.word.text.as_str()).collect::<Vec<_>>().join(" ")
}
