//! Whether a name that stands in a text is meant there: as a word of its own, in its case, and not as part of another name. Enter at
//! [`is_meant`].

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::markdown::pattern;

/// Names that are everyday words too.
static EVERYDAY: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| include_str!("everyday.txt").lines().filter(|line| !line.starts_with('#')).collect());

/// General words that name a competency only where they stand alone: a development team is no software development.
const BEFORE_OTHERS: &[&str] = &[
    "team",
    "teams",
    "manager",
    "managers",
    "department",
    "departments",
    "group",
    "groups",
    "member",
    "members",
    "engineer",
    "engineers",
    "leader",
    "leaders",
    "lead",
    "leads",
    "staff",
    "professional",
    "professionals",
    "specialist",
    "specialists",
    "partner",
    "partners",
    "plan",
    "plans",
    "organization",
    "organisation",
    "director",
    "function",
    "functions",
    "colleagues",
    "peers",
    "office",
    "cycle",
    "process",
    "processes",
    "committee",
    "company",
    "companies",
];

const AFTER_OTHERS: &[&str] = &[
    "business",
    "career",
    "professional",
    "personal",
    "product",
    "leadership",
    "curriculum",
    "content",
    "talent",
    "team",
    "market",
    "account",
    "program",
    "workforce",
    "capacity",
    "financial",
    "event",
];

/// Whether a name stands at a place as a word of its own, in its case.
pub fn is_meant(text: &str, span: &Range<usize>, name: &str, own: &[String]) -> bool {
    let (before, after) = (text[..span.start].chars().next_back(), text[span.end..].chars().next());
    let said = &text[span.clone()];
    let symbol = |c: char| "+#".contains(c);
    if before
        .is_some_and(|c| c.is_alphanumeric() || "_@/.".contains(c) && name.starts_with(|c: char| c.is_alphanumeric()) && c != '/')
    {
        return false;
    }
    if after.is_some_and(|c| (c.is_alphanumeric() || c == '_' || symbol(c)) && !plural(text, span.end, name)) {
        return false;
    }
    let next_word = |from: usize| text[from..].chars().nth(1).is_some_and(char::is_alphanumeric);
    // "GitLab.com" and "Go-to-market" are other names.
    if after.is_some_and(|c| c == '.' || c == '-') && next_word(span.end) && (after == Some('.') || name.len() <= 4) {
        return false;
    }
    let capital = name.chars().any(char::is_uppercase);
    if capital && !in_its_case(said, name) {
        return false;
    }
    let everyday = EVERYDAY.contains(&name.to_lowercase().as_str());
    if capital && everyday && begins_a_sentence(text, span.start) && goes_on_lower(text, span.end) {
        return false;
    }
    if own.iter().any(|own| own == name) && !is_used(text, span) {
        return false;
    }
    // "De-escalating" is the opposite.
    if before == Some('-') && text[..span.start].to_lowercase().ends_with("de-") {
        return false;
    }
    if name == "R" && !is_the_language(text, span) {
        return false;
    }
    if !capital && !name.contains([' ', '-']) {
        let word_after = text[span.end..].split_whitespace().next().map(folded).unwrap_or_default();
        let word_before = text[..span.start].split_whitespace().next_back().map(folded).unwrap_or_default();
        let compound = after == Some(' ') && BEFORE_OTHERS.contains(&word_after.as_str());
        let other = name == "development" && AFTER_OTHERS.contains(&word_before.as_str());
        return !compound && !other && !too_general(name, &word_before, &word_after);
    }
    true
}

/// Words that are names in the taxonomy and mean something else more often than not.
fn too_general(name: &str, before: &str, after: &str) -> bool {
    let skill = ["skills", "skill", "experience", "abilities", "expertise"].contains(&after);
    match name {
        "development" => !(skill || ["software", "application", "web", "backend", "frontend"].contains(&before)),
        "planning" | "writing" | "presentation" | "presentations" | "strategy" | "builder" | "flexible" | "technology"
        | "technologies" | "behavior" | "behaviour" | "attitude" | "behaviours" | "metrics" | "emails" | "email"
        | "administration" | "diagnosis" | "independence" | "programming" => !skill,
        "leadership" => {
            !(skill || ["strong", "proven", "demonstrated", "people", "progressive", "provide", "personal"].contains(&before))
        }
        "hiring" | "recruitment" | "recruiting" => {
            ["process", "processes", "panel", "software", "page", "decision", "decisions"].contains(&after)
        }
        "integrity" => before == "data",
        // Communications are a trade.
        "communication" => after == "s",
        _ => false,
    }
}

fn folded(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn plural(text: &str, end: usize, name: &str) -> bool {
    let mut rest = text[end..].chars();
    name.len() > 2 && rest.next() == Some('s') && rest.next().is_none_or(|c| !c.is_alphanumeric())
}

/// Short names and those in capitals are written so; of the others, the first letter counts, unless the word is no everyday one.
fn in_its_case(said: &str, name: &str) -> bool {
    let all_capitals = !name.chars().any(char::is_lowercase);
    if name.chars().count() <= 3 || all_capitals {
        return said == name;
    }
    if name.len() >= 6 && !EVERYDAY.contains(&name.to_lowercase().as_str()) {
        return true;
    }
    let first = |text: &str| text.chars().find(|c| c.is_alphabetic()).map(char::is_uppercase);
    first(said) == first(name) || name.contains(' ') || name.contains('-')
}

static LISTS_R: LazyLock<(Regex, Regex)> = LazyLock::new(|| {
    let before = pattern(r"(?:\b(?:in|with|using|or|and|like|as|of)\s|[,/(]\s?)$");
    (before, pattern(r"^(?:[,;)/.]|$|\s(?:and|or|and/or|programming|for|\()\b)"))
});

/// One letter is the language in a list of such, and not "R&D".
fn is_the_language(text: &str, span: &Range<usize>) -> bool {
    LISTS_R.0.is_match(&text[..span.start]) && LISTS_R.1.is_match(&text[span.end..])
}

fn begins_a_sentence(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.is_empty() || before.ends_with(['.', ':', ';', '!', '?', '•', '-', '–'])
}

fn goes_on_lower(text: &str, at: usize) -> bool {
    let next = text[at..].split_whitespace().next().unwrap_or_default();
    let joins = ["and", "or", "and/or", "experience", "skills", "knowledge", "expertise", "development", "programming"];
    text[at..].starts_with(' ') && next.starts_with(|c: char| c.is_lowercase()) && !joins.contains(&next)
}

static USED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:us(?:e|es|ing|er|ers)(?: and contribut\w+)?|experience (?:with|using|in)|knowledge of|familiar(?:ity)? with|work(?:ing)? with|learn(?: and use)?|contribut\w+ to(?: code to)?|development of|proficien\w+ (?:in|with)|understanding of|running)\s+(?:the |of |our |and use )?$",
    )
});

/// Whether a text speaks of using what the page's own organisation makes.
fn is_used(text: &str, span: &Range<usize>) -> bool {
    let after = folded(text[span.end..].split_whitespace().next().unwrap_or_default());
    let another = ["team", "teams", "values", "community", "customers", "inc"].contains(&after.as_str())
        || text[span.end..].starts_with(['\'', '’']);
    USED.is_match(&text[..span.start]) && !another
}
