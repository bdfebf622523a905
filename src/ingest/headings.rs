//! What a heading means by its wording: a kind of section, perhaps of one level, or a title. Typed-over letters, prefixed titles
//! and clauses ("You will") are taken for what they mean. Enter at [`sense`]; where headings stand is `sections`' work.

use super::outline::plain;

/// What a section is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Introduction,
    Responsibilities,
    Requirements,
    /// Requirements of which the heading says that they are better met.
    Preferred,
    /// Requirements of which the heading says that nobody is turned down for want of them.
    Optional,
    Expectations,
    Performance,
    Hiring,
    Career,
    Grade,
    Organization,
    Initiative,
    /// Links and tables of contents.
    Links,
}

/// What a heading means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sense {
    /// A kind of section; what else the heading says, such as the title of a level.
    Part { part: Part, of: String, weak: bool },
    /// Levels stand below it.
    Levels,
    /// Specialties stand below it.
    Specialties,
    /// The column or row of a table that is a level.
    Column,
    /// What a row or column of such a table is about.
    Theme,
    /// A title, or a topic.
    Title,
    /// A clause that says nothing known.
    Clause,
}

impl Sense {
    /// Whether it is a heading that a table about levels gave.
    pub fn is_of_a_table(&self) -> bool {
        matches!(self, Self::Column | Self::Theme)
    }
}

/// Phrases in lower case. Those that are weak name a topic where they stand within a section that is known by a stronger one.
const PARTS: &[(&str, Part, bool)] = &[
    ("nice to haves", Part::Optional, false),
    ("nice to have", Part::Optional, false),
    ("nice to have requirements", Part::Optional, false),
    ("nice to have requirement", Part::Optional, false),
    ("bonus points", Part::Optional, false),
    ("bonus", Part::Optional, false),
    ("optional requirements", Part::Optional, false),
    ("optional skills", Part::Optional, false),
    ("preferred requirements", Part::Preferred, false),
    ("preferred qualifications", Part::Preferred, false),
    ("preferred skills", Part::Preferred, false),
    ("preferred experience", Part::Preferred, false),
    ("preferred", Part::Preferred, false),
    ("desired skills", Part::Preferred, false),
    ("desired qualifications", Part::Preferred, false),
    ("desirable", Part::Preferred, false),
    ("desirable skills", Part::Preferred, false),
    ("desirable criteria", Part::Preferred, false),
    ("responsibilities", Part::Responsibilities, false),
    ("responsibility", Part::Responsibilities, false),
    ("accountabilities", Part::Responsibilities, false),
    ("duties", Part::Responsibilities, false),
    ("tasks", Part::Responsibilities, true),
    ("requirements", Part::Requirements, false),
    ("requirement", Part::Requirements, false),
    ("qualifications", Part::Requirements, false),
    ("prerequisites", Part::Requirements, false),
    ("required skills", Part::Requirements, false),
    ("must haves", Part::Requirements, false),
    ("must have", Part::Requirements, false),
    ("essential", Part::Requirements, false),
    ("essentials", Part::Requirements, false),
    ("essential skills", Part::Requirements, false),
    ("essential criteria", Part::Requirements, false),
    ("skills", Part::Requirements, true),
    ("experience", Part::Requirements, true),
    ("knowledge", Part::Requirements, true),
    ("education", Part::Requirements, true),
    ("competencies", Part::Requirements, true),
    ("competences", Part::Requirements, true),
    ("expectations", Part::Expectations, false),
    ("success outcomes", Part::Expectations, false),
    ("outcomes", Part::Expectations, true),
    ("behaviours", Part::Expectations, true),
    ("behaviors", Part::Expectations, true),
    ("performance indicators", Part::Performance, false),
    ("performance indicator", Part::Performance, false),
    ("key performance indicators", Part::Performance, false),
    ("performance indicator for the role", Part::Performance, false),
    ("kpis", Part::Performance, false),
    ("success metrics", Part::Performance, false),
    ("performance metrics", Part::Performance, false),
    ("hiring process", Part::Hiring, false),
    ("interview process", Part::Hiring, false),
    ("recruitment process", Part::Hiring, false),
    ("application process", Part::Hiring, false),
    ("selection process", Part::Hiring, false),
    ("career ladder", Part::Career, false),
    ("career ladders", Part::Career, false),
    ("career path", Part::Career, false),
    ("career paths", Part::Career, false),
    ("career progression", Part::Career, false),
    ("career development", Part::Career, false),
    ("promotion", Part::Career, true),
    ("job grade", Part::Grade, false),
    ("job grades", Part::Grade, false),
    ("pay grade", Part::Grade, false),
    ("salary grade", Part::Grade, false),
    ("grade", Part::Grade, false),
    ("initiatives", Part::Initiative, true),
    ("project elements", Part::Initiative, true),
    ("relevant links", Part::Links, false),
    ("related links", Part::Links, false),
    ("useful links", Part::Links, false),
    ("references", Part::Links, false),
    ("resources", Part::Links, true),
    ("further reading", Part::Links, false),
    ("videos", Part::Links, false),
    ("on this page", Part::Links, false),
    ("table of contents", Part::Links, false),
    ("contents", Part::Links, false),
    ("overview", Part::Introduction, true),
    ("summary", Part::Introduction, true),
    ("the role", Part::Introduction, true),
    ("role", Part::Introduction, true),
    ("role description", Part::Introduction, true),
    ("job description", Part::Introduction, true),
    ("benefits", Part::Organization, true),
    ("perks", Part::Organization, true),
    ("perks and benefits", Part::Organization, false),
    ("benefits and perks", Part::Organization, false),
    ("compensation and benefits", Part::Organization, false),
    ("about us", Part::Organization, false),
];

/// Beginnings of clauses, in lower case, and what stands below them.
const CLAUSES: &[(&str, Part)] = &[
    // Before those that are their beginnings.
    ("you'll bring", Part::Requirements),
    ("you will bring", Part::Requirements),
    ("you'll need", Part::Requirements),
    ("you will need", Part::Requirements),
    ("what you'll do", Part::Responsibilities),
    ("what you will do", Part::Responsibilities),
    ("what you can expect", Part::Responsibilities),
    ("what you'll be doing", Part::Responsibilities),
    ("you will", Part::Responsibilities),
    ("you'll", Part::Responsibilities),
    ("in this role", Part::Responsibilities),
    ("projects you", Part::Responsibilities),
    ("your day", Part::Responsibilities),
    ("day to day", Part::Responsibilities),
    ("about you", Part::Requirements),
    ("you bring", Part::Requirements),
    ("what we offer", Part::Organization),
    ("we offer", Part::Organization),
    ("what you'll get", Part::Organization),
    ("what you get", Part::Organization),
    ("why join", Part::Organization),
    ("who you are", Part::Requirements),
    ("what you'll bring", Part::Requirements),
    ("what you bring", Part::Requirements),
    ("what you'll need", Part::Requirements),
    ("what you need", Part::Requirements),
    ("what we're looking for", Part::Requirements),
    ("what we are looking for", Part::Requirements),
    ("we're looking for", Part::Requirements),
    ("you should apply if", Part::Requirements),
    ("you may be a fit", Part::Requirements),
    ("you might be a fit", Part::Requirements),
    ("you're a", Part::Requirements),
    ("you are", Part::Requirements),
    ("you have", Part::Requirements),
    ("you've got", Part::Requirements),
    ("you'll be able to thrive", Part::Requirements),
    ("how you'll be measured", Part::Performance),
    ("how success is measured", Part::Performance),
    ("how you'll grow", Part::Career),
    ("how you will grow", Part::Career),
    ("moving to", Part::Career),
    ("moving from", Part::Career),
    ("how we hire", Part::Hiring),
    ("preparing for your interview", Part::Hiring),
    ("what it's like to work", Part::Organization),
    ("what's it like to work", Part::Organization),
    ("why work", Part::Organization),
    ("why you'll love", Part::Organization),
    ("how to apply", Part::Hiring),
];

const LEVELS: &[&str] = &[
    "levels",
    "level",
    "leveling",
    "levelling",
    "job levels",
    "role levels",
    "in role levels",
    "seniority levels",
    "grades and levels",
];

const SPECIALTIES: &[&str] = &[
    "specialties",
    "specialities",
    "specialisms",
    "specializations",
    "specialisations",
    "specialty",
    "speciality",
    "specialization",
    "specialisation",
    "focus areas",
    "areas of focus",
];

/// Words beside the name of a section that say nothing of a level.
const GENERAL: &[&str] = &[
    "additional",
    "across",
    "all",
    "and",
    "any",
    "at",
    "base",
    "basic",
    "common",
    "core",
    "for",
    "general",
    "in",
    "indicators",
    "job",
    "key",
    "levels",
    "main",
    "minimum",
    "of",
    "other",
    "our",
    "pi",
    "position",
    "primary",
    "role",
    "roles",
    "s",
    "shared",
    "specific",
    "team",
    "the",
    "this",
    "to",
    "your",
    "these",
    "every",
    "each",
    "typical",
    "overall",
];

/// Tells what a heading means by its wording.
pub fn sense(heading: &str) -> Sense {
    let bare = bare(heading);
    let lower = bare.to_lowercase().replace('’', "'");
    let after_as = lower.strip_prefix("as a").and_then(|rest| rest.split_once("you will")).map(|_| "you will");
    let clause = after_as.unwrap_or(&lower);
    if let Some((_, part)) = CLAUSES.iter().find(|(clause_start, _)| clause.starts_with(clause_start)) {
        return Sense::Part { part: *part, of: String::new(), weak: false };
    }
    let words: Vec<&str> = bare.split_whitespace().collect();
    let folded: Vec<String> = words.iter().map(|word| fold(word)).collect();
    let about = lower.strip_prefix("about ").is_some_and(|rest| rest.split_whitespace().count() <= 3);
    if about || lower.contains("reasons to work") {
        return Sense::Part { part: Part::Organization, of: String::new(), weak: true };
    }
    if names(&folded, LEVELS) {
        return Sense::Levels;
    }
    if names(&folded, SPECIALTIES) {
        return Sense::Specialties;
    }
    if let Some((part, of, weak)) = part(&words, &folded) {
        return Sense::Part { part, of, weak };
    }
    if lower.contains(" roles at ") {
        return Sense::Part { part: Part::Introduction, of: String::new(), weak: true };
    }
    if is_clause(&lower) { Sense::Clause } else { Sense::Title }
}

/// A heading without what decorates it.
pub fn bare(heading: &str) -> String {
    let text = plain(heading);
    let text = text.trim_matches(|c: char| !c.is_alphanumeric() && !"(){}[]+#'\"’".contains(c));
    plain(text.trim_start_matches("#").trim())
}

fn fold(word: &str) -> String {
    word.to_lowercase().replace(['-', '–'], " ").trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
}

/// Whether the heading is one of the phrases, or begins or ends with one and says of which job.
fn names(folded: &[String], phrases: &[&str]) -> bool {
    let text = folded.join(" ");
    phrases.iter().any(|phrase| {
        let alike = text == *phrase || (folded.len() == 1 && phrase.len() > 6 && strsim::osa_distance(&text, phrase) <= 2);
        let begins = [" of ", " for "].iter().any(|word| text.starts_with(&format!("{phrase}{word}")));
        let ends = phrase.len() > 6 && text.ends_with(&format!(" {phrase}")) && phrase.ends_with('s');
        alike
            || begins
            || ends
            || (*phrase == "levels" && text.ends_with(" levels") && folded.len() <= 4 && !text.contains("all"))
    })
}

/// The part that a heading names at its end, or at its beginning before "for", "of" or another part; and what else it says.
fn part(words: &[&str], folded: &[String]) -> Option<(Part, String, bool)> {
    let found = PARTS.iter().filter_map(|(phrase, part, weak)| {
        let length = phrase.split(' ').count();
        let spread: Vec<&str> = folded.iter().flat_map(|word| word.split(' ')).collect();
        let at = (0..spread.len().saturating_sub(length - 1)).rev().find(|at| like(&spread[*at..at + length], phrase))?;
        let (before, after) = (at, spread.len() - at - length);
        let joins = |word: Option<&&str>| {
            word.is_none_or(|word| ["for", "of", "in", "to", "and", "across", "the", "at", "from", "pi", ""].contains(word))
        };
        let fits =
            after == 0 || (before == 0 && joins(spread.get(length))) || (before > 0 && !*weak && joins(spread.get(at + length)));
        fits.then_some((length, at, *part, *weak, spread.len() == folded.len()))
    });
    let (length, at, part, weak, aligned) = found.max_by_key(|(length, at, ..)| (*length, *at))?;
    let rest: Vec<&str> = if aligned { [&words[..at], &words[at + length..]].concat() } else { Vec::new() };
    // Two parts in one heading: what is below is told apart by its wording.
    let rest: Vec<&str> =
        rest.into_iter().filter(|word| !PARTS.iter().any(|(phrase, ..)| like(&[fold(word).as_str()], phrase))).collect();
    let says = rest.iter().any(|word| !GENERAL.contains(&fold(word).as_str()) && !fold(word).is_empty());
    let of = if says {
        plain(rest.join(" ").trim_matches(|c: char| !c.is_alphanumeric() && !"()".contains(c)))
    } else {
        String::new()
    };
    Some((part, of, weak))
}

/// Whether words read like a phrase; a long word may have two letters wrong.
fn like(words: &[&str], phrase: &str) -> bool {
    words.iter().zip(phrase.split(' ')).all(|(word, wanted)| {
        *word == wanted || (wanted.len() >= 10 && word.len() >= 9 && strsim::osa_distance(word, wanted) <= 2)
    })
}

/// Questions, addresses to the reader and sentences are no titles.
fn is_clause(lower: &str) -> bool {
    let first = lower.split_whitespace().next().unwrap_or_default();
    let asks = [
        "what", "what's", "how", "why", "when", "where", "who", "you", "you're", "you've", "you'll", "we", "our", "as", "if",
        "at", "in", "from", "for",
    ];
    let inside = [" you ", " you'll ", " we ", " your ", " our ", " should ", " could ", " must ", " will "];
    asks.contains(&first) || lower.ends_with('?') || inside.iter().any(|word| format!(" {lower} ").contains(word))
}
