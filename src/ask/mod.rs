//! Understands questions in plain words: which question of the catalogue is asked, and of what. Enter at [`Asker::understand`].
//! The wordings come from the questions' files, the names from the graph; a text that is not explained to its last word is
//! never answered as if it were certain, but asked back. No query is written here, and nothing of a text is kept.

mod amounts;
mod drafts;
mod english;
mod mentions;
mod sayings;
mod slots;
mod told;
mod wording;

use std::collections::{BTreeMap, BTreeSet};

use drafts::{Draft, Text};
use english::English;
use mentions::Lexicon;
use sayings::Sayings;
use wording::{Weights, Wording};

use crate::catalogue::Catalogue;
use crate::catalogue::names::Names;
use crate::words;

/// Understands questions about one state of knowledge.
#[derive(Debug)]
pub struct Asker {
    english: English,
    lexicon: Lexicon,
    wordings: Vec<Wording>,
    weights: Weights,
    /// What parameters and classes are called, as words.
    called: BTreeMap<String, String>,
    /// How many things each class has.
    members: BTreeMap<String, usize>,
    /// The classes that have one thing only, with it.
    lone: BTreeMap<String, String>,
    /// By question and parameter, where things are called by sentences.
    sayings: BTreeMap<(String, String), Sayings>,
}

/// What came of a text.
#[derive(Clone, Debug)]
pub enum Understanding {
    /// It asks this.
    Certain(Call),
    /// It may ask one of these, the likeliest first; none, if nothing was understood.
    Unsure { calls: Vec<Call>, doubts: Vec<Doubt> },
}

/// A question with its arguments, as one could type them.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub question: String,
    pub arguments: Vec<(String, String)>,
    /// The parameters that the text leaves open and that can have one value only.
    pub assumed: Vec<String>,
    /// The things that the text asks about beside the arguments: the column they stand in, and their IRIs.
    pub about: Vec<(String, String)>,
    /// The words that were misspelt, and what they were taken for.
    pub corrected: Vec<(String, String)>,
    /// What is said beside things of a list, by their IRIs: "2 years".
    said: BTreeMap<String, String>,
}

/// Why a text is not certain.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Nothing is called so; the nearest names.
    Unknown { text: String, near: Vec<String> },
    /// It says that something is not so, and no question asks that.
    Negation(String),
    /// Names that have no place in the question.
    Beside(Vec<String>),
    /// A name, or the whole, may mean several things.
    Ambiguous,
    /// Nothing like it can be asked, or it is too short to tell.
    Unlike,
}

/// The most characters of a question.
pub const MOST_CHARACTERS: usize = 500;

/// What is as likely as this may be answered at once.
const CERTAIN: f64 = 0.55;
/// How much may be left unexplained then, beside what is.
const UNEXPLAINED: f64 = 0.3;
/// How much of a wording may be lacking then, of its words.
const LACKING: f64 = 0.48;
/// What is less likely than this is not even asked back.
const ASKED_BACK: f64 = 0.3;
/// Calls that are nearer to each other than this are as likely as each other.
const CLOSE: f64 = 0.06;
/// How many calls are asked back.
const CHOICE: usize = 3;

impl Asker {
    /// Learns the wordings of the questions and the names of the things.
    pub fn new(catalogue: &Catalogue, names: &Names) -> Self {
        let mut english = English::new();
        for parameter in catalogue.questions().flat_map(|question| &question.parameters) {
            english.add(&parameter.name.to_lowercase());
        }
        let wordings: Vec<Wording> = catalogue.questions().flat_map(|question| Wording::all(question, &mut english)).collect();
        let parameters = catalogue.questions().flat_map(|question| &question.parameters);
        let mut classes: Vec<String> = parameters.flat_map(|parameter| parameter.classes.iter().cloned()).collect();
        classes
            .extend(catalogue.questions().flat_map(|question| &question.about).flat_map(|(_, classes)| classes.iter().cloned()));
        let lone = names.lone();
        classes.extend(lone.keys().cloned());
        let lexicon = Lexicon::new(names, &classes);
        let weights = Weights::new(&wordings);
        let mut sayings = BTreeMap::new();
        for question in catalogue.questions() {
            for parameter in question.parameters.iter().filter(|parameter| parameter.need.is_required()) {
                if let Some(said) = Sayings::new(names, &parameter.classes, &english) {
                    sayings.insert((question.id.clone(), parameter.name.clone()), said);
                }
            }
        }
        let members = names.members();
        let ours = members.keys().filter(|class| class.starts_with(words::ONTOLOGY));
        let mut called: BTreeMap<String, String> =
            ours.map(|class| (class.clone(), english.concept(&class[words::ONTOLOGY.len()..].to_lowercase()))).collect();
        for parameter in catalogue.questions().flat_map(|question| &question.parameters) {
            called.insert(parameter.name.clone(), english.concept(&parameter.name.to_lowercase()));
        }
        Self { english, lexicon, wordings, weights, called, members, lone, sayings }
    }

    /// Tells what a text asks. `has_rows` decides between calls that are as likely: one that has an answer is meant rather than one
    /// that has none.
    pub fn understand(
        &self,
        text: &str,
        catalogue: &Catalogue,
        names: &Names,
        has_rows: &dyn Fn(&Call) -> bool,
    ) -> Understanding {
        let words = english::words(text);
        if words.is_empty() || text.chars().count() > MOST_CHARACTERS {
            return Understanding::Unsure { calls: Vec::new(), doubts: vec![Doubt::Unlike] };
        }
        let text = Text::new(self, catalogue, names, &words);
        let mut drafts = text.drafts();
        drafts.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| key(&a.call).cmp(&key(&b.call))));
        let Some(best) = drafts.first().filter(|best| best.score >= ASKED_BACK).cloned() else {
            return Understanding::Unsure { calls: Vec::new(), doubts: vec![Doubt::Unlike] };
        };
        let is_certain = |draft: &&Draft| {
            draft.doubts.is_empty()
                && draft.score >= CERTAIN
                && draft.unexplained <= UNEXPLAINED
                && draft.lacking <= LACKING
                && words.len() > 1
        };
        let is_close = |draft: &&Draft| draft.call.question == best.call.question || draft.score + CLOSE >= best.score;
        let likely: Vec<&Draft> = drafts.iter().filter(is_close).filter(is_certain).collect();
        if is_certain(&&best) {
            let others = likely.iter().filter(|draft| draft.call.question != best.call.question).count();
            if others == 0 {
                return Understanding::Certain(text.typed(best.call));
            }
            let mut questions = BTreeSet::new();
            let of_each: Vec<&Draft> = likely.into_iter().filter(|draft| questions.insert(&draft.call.question)).collect();
            // A question of levels is meant before one of levels and specialties, where two levels are named.
            let narrowest = of_each.iter().map(|draft| draft.breadth).min();
            let narrow = of_each.into_iter().filter(|draft| Some(draft.breadth) == narrowest || draft.breadth == 0);
            let answered: Vec<&Draft> = narrow.filter(|draft| has_rows(&draft.call)).collect();
            if let [only] = answered[..] {
                return Understanding::Certain(text.typed(only.call.clone()));
            }
        }
        let doubts = if best.doubts.is_empty() { vec![Doubt::Ambiguous] } else { best.doubts.iter().cloned().collect() };
        let asked_back = drafts.into_iter().filter(|draft| draft.score >= ASKED_BACK.max(best.score - 0.3));
        Understanding::Unsure { calls: asked_back.take(CHOICE).map(|draft| text.typed(draft.call)).collect(), doubts }
    }
}

fn key(call: &Call) -> (&str, &[(String, String)]) {
    (&call.question, &call.arguments)
}
