//! Reads the titles of jobs: which words say how far up a ladder somebody is, and which say what the job is. Enter at
//! [`Title::read`] and [`Titles`], which tells what a title given elsewhere on the page refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::markdown::pattern;

/// A title, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// The words that tell a step of a ladder, by their usual spelling.
    pub steps: BTreeSet<String>,
    /// The words that tell the job, cut to their stems, sorted; a word that stands twice is there twice.
    pub core: Vec<String>,
    /// All words, in their order.
    order: Vec<String>,
}

/// Which career a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Track {
    Individual,
    Management,
}

/// Spellings and how high they stand; steps of management have a track of their own.
const STEPS: &[(&str, &str, u32)] = &[
    ("intern", "intern", 0),
    ("internship", "intern", 0),
    ("apprentice", "apprentice", 2),
    ("trainee", "trainee", 4),
    ("graduate", "graduate", 6),
    ("entry", "junior", 10),
    ("junior", "junior", 10),
    ("jr", "junior", 10),
    ("associate", "associate", 12),
    ("intermediate", "intermediate", 20),
    ("mid", "intermediate", 20),
    ("midlevel", "intermediate", 20),
    ("senior", "senior", 30),
    ("sr", "senior", 30),
    ("expert", "expert", 36),
    ("lead", "lead", 40),
    ("staff", "staff", 45),
    ("principal", "principal", 50),
    ("distinguished", "distinguished", 60),
    ("fellow", "fellow", 70),
];

/// The same for management. A manager is one only beside the name of the job: a product manager manages no one.
const MANAGEMENT: &[(&str, u32)] = &[
    ("supervisor", 42),
    ("manager", 46),
    ("head", 64),
    ("director", 62),
    ("president", 75),
    ("chief", 90),
    ("ceo", 95),
    ("cto", 90),
    ("cfo", 90),
    ("ciso", 90),
    ("cio", 90),
    ("coo", 90),
];

const FILLERS: &[&str] = &[
    "a",
    "an",
    "and",
    "at",
    "corresponding",
    "for",
    "general",
    "global",
    "in",
    "individual",
    "level",
    "levels",
    "listed",
    "of",
    "other",
    "our",
    "position",
    "positions",
    "role",
    "roles",
    "team",
    "teams",
    "that",
    "the",
    "their",
    "to",
    "with",
    "vice",
];

/// What is called by its initials on this page: initials to words.
pub type Initials = BTreeMap<String, String>;

impl Title {
    /// Takes a title apart.
    pub fn read(text: &str, initials: &Initials) -> Self {
        let mut steps = BTreeSet::new();
        let mut core = Vec::new();
        let words = words(&without_remarks(text), initials);
        for word in words.iter().cloned() {
            if let Some((_, step, _)) = STEPS.iter().find(|(spelling, _, _)| *spelling == word) {
                steps.insert((*step).to_owned());
            } else if let Some(step) = numbered(&word) {
                steps.insert(step);
            } else if !FILLERS.contains(&word.as_str()) {
                core.push(stem(&word));
            }
        }
        core.sort();
        let order = words.iter().filter(|word| !FILLERS.contains(&word.as_str())).map(|word| stem(word)).collect();
        Self { steps, core, order }
    }

    /// How high it stands beside others of the same page, and on which track; `role` is the page's job.
    pub fn height(&self, role: &Self) -> (Track, u32) {
        let mut rest = self.core.clone();
        for word in &role.core {
            if let Some(at) = rest.iter().position(|other| other == word) {
                rest.remove(at);
            }
        }
        let manages = |word: &String| MANAGEMENT.iter().filter(|(step, _)| stem(step) == *word).map(|(_, height)| *height).max();
        let management = rest.iter().filter_map(manages).max();
        let step = |step: &String| {
            let worded = STEPS.iter().find(|(_, known, _)| known == step).map(|(_, _, height)| *height);
            worded
                .or_else(|| step.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok().map(|number| number * 10))
        };
        let steps = self.steps.iter().filter_map(step);
        match management {
            // A senior manager is above a manager, a junior or an associate one below.
            Some(height) => {
                let shift: i64 = steps
                    .map(|step| {
                        if step >= 30 {
                            6
                        } else if step < 20 {
                            -4
                        } else {
                            0
                        }
                    })
                    .sum();
                (Track::Management, u32::try_from(i64::from(height) + shift).unwrap_or_default())
            }
            None => {
                let steps: Vec<u32> = steps.collect();
                let highest = steps.iter().copied().max().unwrap_or(20);
                // A senior principal is above a principal.
                (Track::Individual, highest + if steps.len() > 1 && steps.contains(&30) { 2 } else { 0 })
            }
        }
    }

    /// Whether it tells a step of a ladder. Degrees of proficiency are called intermediate or expert too, and are numbered; a ladder
    /// has a step or names a job that they have not.
    pub fn is_on_a_ladder(&self) -> bool {
        let worded = ["apprentice", "junior", "associate", "senior", "staff", "principal", "distinguished", "fellow", "lead"];
        let lettered = |step: &String| {
            let letters = step.trim_end_matches(|c: char| c.is_ascii_digit());
            letters.len() < step.len() && !letters.is_empty() && !["step-", "level", "lvl", "grade", "band"].contains(&letters)
        };
        let job = !self.core.is_empty() && self.core.iter().all(|word| word.len() > 2);
        self.steps.iter().any(|step| worded.contains(&step.as_str()) || lettered(step)) || (job && !self.steps.is_empty())
    }

    /// Whether it tells a step, be it by a word of a ladder or by one of management beside the job.
    pub fn tells_a_step(&self, role: &Self) -> bool {
        !self.steps.is_empty() || self.height(role).0 == Track::Management
    }

    fn without_the_middle(&self) -> BTreeSet<&str> {
        self.steps.iter().map(String::as_str).filter(|step| *step != "intermediate").collect()
    }

    /// How well two titles agree, 0 not at all, 100 word by word.
    pub fn likeness(&self, other: &Self) -> u32 {
        if self.order == other.order {
            return 100;
        }
        if self.without_the_middle() != other.without_the_middle() {
            return 0;
        }
        if self.core == other.core {
            return 95;
        }
        let (less, more) = if self.core.len() < other.core.len() { (&self.core, &other.core) } else { (&other.core, &self.core) };
        let missing = more.len() - less.len();
        // A manager of engineers is no engineer, however much of the title is the same.
        let manages =
            |words: &[String]| words.iter().filter(|word| MANAGEMENT.iter().any(|(step, _)| stem(step) == **word)).count();
        if !contains_all(more, less) || (!less.is_empty() && manages(more) != manages(less)) {
            return 0;
        }
        match less.len() {
            0 if self.without_the_middle().is_empty() && self.steps.is_empty() == other.steps.is_empty() => 0,
            0 => 70,
            1 if missing > 1 || self.without_the_middle().is_empty() => 0,
            _ => 90_u32.saturating_sub(u32::try_from(missing).unwrap_or(9) * 5),
        }
    }

    /// Whether the job is the same, whatever the step.
    pub fn is_of(&self, role: &Self) -> bool {
        self.core.is_empty() || contains_all(&role.core, &self.core) || contains_all(&self.core, &role.core)
    }
}

/// Whether each of the parts is in the whole, as often as it is in the parts.
fn contains_all(whole: &[String], parts: &[String]) -> bool {
    let mut rest = whole.to_vec();
    parts.iter().all(|part| rest.iter().position(|word| word == part).map(|at| rest.swap_remove(at)).is_some())
}

static YEARS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\s*\([^()]*\b(?:years?|yrs|yoe)\b[^()]*\)"));
static NUMBERED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^level\s+[0-9IVX]{1,3}\s*[:–—-]\s*(?P<title>\p{Alphabetic}.*)$"));

/// A title without remarks in brackets, which are longer than a qualifier or tell years, and without its number before a colon.
pub fn without_remarks(text: &str) -> String {
    let text = YEARS.replace_all(text, "");
    let text = NUMBERED.captures(&text).map_or_else(|| text.to_string(), |found| found["title"].to_owned());
    let mut kept = String::new();
    for part in text.split_inclusive(')') {
        let remark = part.rfind('(').filter(|at| part.ends_with(')') && part[*at..].split_whitespace().count() > 3);
        kept.push_str(remark.map_or(part, |at| &part[..at]));
    }
    kept
}

/// The words of a title in lower case, initials spelt out.
fn words(text: &str, initials: &Initials) -> Vec<String> {
    let spelt = |word: &str| initials.get(word.trim_end_matches('s')).cloned().unwrap_or_else(|| word.to_owned());
    let split = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut words = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    for word in split(text) {
        let long = spelt(&word);
        // "Customer Success Manager (CSM)" says it once.
        let again = long != word && split(&long).iter().all(|part| seen.contains(part));
        if !again {
            seen.extend(split(&long));
            words.extend(split(&long));
        }
    }
    let lower = words.into_iter().map(|word| word.to_lowercase());
    let lower = lower.map(|word| word.trim_end_matches("'s").trim_end_matches("’s").to_owned());
    lower
        .flat_map(|word| {
            if word == "vp" {
                vec!["president".to_owned()]
            } else if word == "svp" {
                vec!["senior".to_owned(), "president".to_owned()]
            } else {
                vec![word]
            }
        })
        .collect()
}

/// `IC3`, `L4`, `II`: a step by number.
fn numbered(word: &str) -> Option<String> {
    let roman = ["i", "ii", "iii", "iv", "v", "vi", "vii"].iter().position(|roman| *roman == word);
    if let Some(at) = roman {
        return Some(format!("step-{}", at + 1));
    }
    let at = word.find(|c: char| c.is_ascii_digit())?;
    let (letters, digits) = word.split_at(at);
    let known = ["ic", "l", "e", "g", "p", "m", "t", "lvl", "level", "band", "grade", "swe", ""].contains(&letters);
    (known && digits.len() < 3 && digits.chars().all(|c| c.is_ascii_digit())).then(|| format!("{letters}{digits}"))
}

/// Words that begin alike are one word: engineer and engineering, recruiter and recruiting.
fn stem(word: &str) -> String {
    let word = if word.len() > 3 { word.trim_end_matches('s') } else { word };
    word.chars().take(6).collect()
}

/// The titles that a page gives to its levels.
#[derive(Clone, Debug, Default)]
pub struct Titles {
    pub initials: Initials,
    known: Vec<(usize, Title)>,
}

impl Titles {
    pub fn add(&mut self, index: usize, text: &str) {
        self.known.push((index, Title::read(text, &self.initials)));
    }

    /// Those that a title given elsewhere refers to: the best, all of them where several are as good.
    pub fn find(&self, text: &str) -> Vec<usize> {
        let title = Title::read(text, &self.initials);
        let likeness: Vec<(usize, u32)> = self.known.iter().map(|(index, known)| (*index, title.likeness(known))).collect();
        let best = likeness.iter().map(|(_, likeness)| *likeness).max().unwrap_or_default();
        let mut found: Vec<usize> =
            likeness.into_iter().filter(|(_, l)| *l == best && best >= 70).map(|(index, _)| index).collect();
        found.dedup();
        found
    }
}

/// Collects what a page calls by its initials: "Customer Success Manager (CSM)".
pub fn initials(text: &str, into: &mut Initials) {
    for (at, _) in text.match_indices('(') {
        let Some(short) = text[at + 1..].split(')').next() else { continue };
        let letters = short.chars().all(|c| c.is_ascii_uppercase()) && (2..=6).contains(&short.len());
        if !letters {
            continue;
        }
        let before: Vec<&str> = text[..at].split_whitespace().collect();
        let long = before.iter().rev().take(short.len()).rev().copied().collect::<Vec<_>>();
        let first = |words: &[&str]| words.iter().filter_map(|word| word.chars().next()).collect::<String>().to_uppercase();
        if first(&long) == short {
            into.insert(short.to_owned(), long.join(" "));
        } else if let Some(from) = before.iter().position(|word| word.chars().next() == short.chars().next()) {
            // "Solution Architecture (SA)" and others whose small words have no letter of their own.
            let long: Vec<&str> =
                before[from..].iter().copied().filter(|word| !FILLERS.contains(&word.to_lowercase().as_str())).collect();
            if first(&long) == short {
                into.insert(short.to_owned(), long.join(" "));
            }
        }
    }
}

/// The initials of the words of a job, by which pages call it without saying so.
pub fn initials_of(role: &str, into: &mut Initials) {
    let long: Vec<&str> = role.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).collect();
    let short: String = long.iter().filter_map(|word| word.chars().next()).collect::<String>().to_uppercase();
    if long.len() >= 2 && long.len() == role.split_whitespace().count() {
        into.entry(short).or_insert_with(|| role.to_owned());
    }
}
