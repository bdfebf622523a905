//! What one item says by its wording: what kind of statement it is, with which force, which quantities it gives. Enter at
//! [`statement_kind`], [`force`] and [`quantities`]. Each tells its reason; mentions are `mentions`' work.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::headings::{self, Part, Sense};
use super::markdown::pattern;

/// The three kinds of statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementKind {
    Requirement,
    Responsibility,
    Expectation,
}

/// With which force something is asked for, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Modality {
    Required,
    Preferred,
    Optional,
}

/// A number or range with its unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    pub minimum: Option<String>,
    pub maximum: Option<String>,
    pub unit: &'static str,
}

/// Beginnings that tell what a person must bring.
static BRINGS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)^(?:an?\ |some\ |the\ |has\ |have\ |having\ |is\ |are\ |be\ |being\ |minimum\ |you\ |you['’]re\ |you['’]ve\ (?:got\ )?|must\ |should\ |needs?\ )*
        (?:abilit|able\ to|can\ |capab|capacity|experienced?\b|expertise|knowledge|knowing|understanding|familiar|proficien|fluen|skilled|skills?\b
        |strong(?:ly)?\b|excellent|good\b|great\b|superb|exceptional\ (?:written|verbal|comm)|solid|deep(?:ly)?\b|in-depth|working\ knowledge|advanced|basic\b|broad\b
        |bachelor|master['’]?s|ba/|bs/|bsc|b\.|degree|college|university|enrolled|education|certif|licens|graduate|jd\b|cpa\b|phd
        |\d+\+?\s*(?:-|–|to|\+|or|plus)?\s*\d*\+?\s*(?:plus\ |or\ more\ )?(?:year|month)|at\ least|minimum|more\ than|over\ \d
        |comfort|passion|willing|desire|desiring|interest|enthusias|track\ record|background|highly\b|prior\b|previous|relevant|hands[-\ ]on|exposure
        |expert\ (?:in|with|at|on)\b|demonstrated\ (?:\w+\ ){0,2}(?:ability|understanding|knowledge|expertise|skill)|(?:very|deep)\ deep|self[-\ ](?:motiv|start|dir|dis)|inclination|curio|humble|detail|attention\ to|organi[sz]ed|analytic|team\ player|aptitude|ambitious|pragmatic
        |significant|extensive|considerable|professional|practical|technical(?:ly)?\ (?:skill|know|back|cred)|general\ knowledge|demonstrabl[ey]|flexib|adaptab|energetic|driven\b
        |effective\ comm|written|verbal|communication\ skills|positive|valid\ proof|legal\ right|eligib|located|based\ in|living|native|proven\ exp|proven\ abil|proven\ track
        |obsessed|motivated|independent|receptive|creative|resourceful|reliable|empath|growth\ mindset|engineer,\ not|people\ management|product\ company|computer\ science)",
    )
});

/// Beginnings that tell how somebody is seen to work.
static SHOWS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:is |are |be |being |has |have )?(?:widely |highly )?(?:sought\b|consistently sought\b|makes? an impact\b|demonstrat|proven|exhibit|exemplif|excels?\b|recogni[sz]ed|regarded|renowned|respected|trusted to|displays?\b|notable|outstanding|visible|known for|acknowledged|shows?\b|models?\b|sets? an example|seen as|communicates\b|positive and|division and|there should)",
    )
});

/// Nouns that show is an action meant: "Monitoring logs", "Mitigation of abuse".
static SECOND_PERSON: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:you (?:have|are|can|know|know|share|employ|enjoy|love|were|understand|bring|possess|want|thrive)|you['’](?:re|ve)|we expect you to have|possess(?:es)?\b|knows?\b)",
    )
});

/// What kind of statement an item is, and why.
pub fn statement_kind(text: &str, part: Option<Part>) -> (StatementKind, &'static str) {
    let label = label_end(text);
    let said = text.get(label..).map_or(text, str::trim);
    let brings = SECOND_PERSON.is_match(said) || BRINGS.is_match(said);
    // "Skills: …" says what kind of section the item would be.
    let labelled = match headings::sense(text.get(..label).unwrap_or_default().trim_end_matches([':', ' '])) {
        Sense::Part { part, of, .. } if label > 0 && of.is_empty() => Some(part),
        _ => None,
    };
    match part {
        Some(Part::Requirements | Part::Preferred | Part::Optional) => {
            (StatementKind::Requirement, "it stands among the requirements")
        }
        Some(Part::Performance) => (StatementKind::Expectation, "it is an indicator of performance"),
        _ if labelled == Some(Part::Requirements) => (StatementKind::Requirement, "its first words say that it is a requirement"),
        _ if brings && !SHOWS.is_match(said) => (StatementKind::Requirement, "it begins with what a person must bring"),
        _ if SHOWS.is_match(said) => (StatementKind::Expectation, "it begins with how somebody is seen to work"),
        Some(Part::Expectations) => (StatementKind::Expectation, "it stands among the expectations"),
        _ => (StatementKind::Responsibility, "it says what is done"),
    }
}

/// Where the label ends that an item opens with: "Research: Conduct interviews".
fn label_end(text: &str) -> usize {
    text.find(": ").filter(|at| text[..*at].split_whitespace().count() <= 3 && *at < 40).map_or(0, |at| at + 2)
}

static OPTIONAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:nice[- ]to[- ]haves?|bonus(?: points)?|optional|(?:an? |added |big |huge |strong |definite |great |real |major )+(?:plus|bonus|advantage|asset)\b|is a plus|are a plus|a plus\b|advantageous|not (?:strictly )?(?:required|necessary|essential)|would be (?:great|nice|helpful|beneficial)|(?:is|are) (?:helpful|beneficial|welcome)|extra credit)",
    )
});
static PREFERRED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:prefer(?:red|ably|ence|able)?|ideal(?:ly)?|desired|desirable|recommended|highly regarded for|should also be time)\b",
    )
});

/// The force of a whole item by its section, if that tells one.
pub fn force_of_section(part: Option<Part>, heading: &str) -> Option<Modality> {
    match part {
        Some(Part::Preferred) => Some(Modality::Preferred),
        Some(Part::Optional) => Some(Modality::Optional),
        Some(Part::Requirements) if PREFERRED.is_match(heading) => Some(Modality::Preferred),
        _ => None,
    }
}

/// The stretches of a text that ask with less than full force.
pub fn force(text: &str) -> Vec<(Range<usize>, Modality)> {
    let cues = OPTIONAL
        .find_iter(text)
        .map(|cue| (cue.range(), Modality::Optional))
        .chain(PREFERRED.find_iter(text).map(|cue| (cue.range(), Modality::Preferred)));
    cues.map(|(cue, modality)| (reach(text, &cue), modality)).collect()
}

/// How far a word such as "preferred" reaches: its brackets, or the clause it stands in.
fn reach(text: &str, cue: &Range<usize>) -> Range<usize> {
    let before = &text[..cue.start];
    let opened = before.rfind('(').filter(|at| !before[*at..].contains(')'));
    if let Some(open) = opened {
        let close = text[cue.end..].find([')', ';']).map_or(text.len(), |at| cue.end + at);
        let open = before[open..].rfind(';').map_or(open, |at| open + at);
        return open..close;
    }
    let ends_clause = |from: usize| {
        [". ", "; "].iter().filter_map(|mark| text[from..].find(mark).map(|at| from + at)).min().unwrap_or(text.len())
    };
    let begins_clause = [". ", "; "].iter().filter_map(|mark| before.rfind(mark).map(|at| at + mark.len())).max().unwrap_or(0);
    let word = text[cue.clone()].to_lowercase();
    let leads = ["prefer", "ideal", "nice", "bonus"].iter().any(|start| word.starts_with(start))
        && word != "preferred"
        && word != "preferable";
    let at_start = text[begins_clause..cue.start].trim().is_empty();
    if leads && !at_start {
        // "preferably with Go" says it of what follows.
        return cue.start..ends_clause(cue.end);
    }
    let end = ends_clause(cue.end);
    // "Strong SQL, experience with dbt a plus" says it of what stands since the last comma that opens a phrase.
    let phrase = PHRASE.find_iter(&text[begins_clause..cue.start]).last().map(|found| begins_clause + found.start());
    phrase.unwrap_or(begins_clause)..end
}

static PHRASE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[,–—-]\s+(?:and |with |or )?(?:experience|familiarity|knowledge|understanding|some|open source|previous|prior|exposure)\b",
    )
});

static YEARS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(\bup to |\bless than |\bat most )?(\d+(?:\.\d+)?)\s*(?:\(\d+\)\s*)?(\+|plus|or more)?\s*(?:(?:-|–|—|to)\s*(\d+(?:\.\d+)?))?\s*(\+|plus|or more)?[\s-]*(years?|yrs?|months?|weeks?|minutes?|mins?|%|percent)\b?",
    )
});

/// The quantities that a text gives.
pub fn quantities(text: &str) -> Vec<Quantity> {
    let mut found: Vec<Quantity> = YEARS.captures_iter(text).map(|found| quantity(&found)).collect();
    found.sort();
    found.dedup();
    found
}

fn quantity(found: &regex::Captures<'_>) -> Quantity {
    let unit = match found[6].to_lowercase().chars().next() {
        Some('y') => "year",
        Some('w') => "week",
        Some('%' | 'p') => "percent",
        _ if found[6].to_lowercase().starts_with("mo") => "month",
        _ => "minute",
    };
    let number = found.get(2).map(|number| number.as_str().to_owned());
    let second = found.get(4).map(|number| number.as_str().to_owned());
    let open = found.get(3).is_some() || found.get(5).is_some();
    let least = unit == "year" || open || unit == "month" && found.get(1).is_none();
    match (found.get(1), second) {
        (Some(_), _) => Quantity { minimum: None, maximum: number, unit },
        (None, Some(second)) if rises(number.as_deref(), &second) => {
            Quantity { minimum: number, maximum: (!open).then_some(second), unit }
        }
        (None, _) => Quantity { maximum: if least { None } else { number.clone() }, minimum: number, unit },
    }
}

fn rises(first: Option<&str>, second: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    matches!((first.and_then(number), number(second)), (Some(first), Some(second)) if first <= second)
}

/// The years asked for in the stretch of a text that a mention stands in; 0 where none are.
pub fn years(text: &str, at: usize) -> u32 {
    let start = [". ", "; "].iter().filter_map(|mark| text[..at].rfind(mark)).max().unwrap_or(0);
    let end = [". ", "; "].iter().filter_map(|mark| text[at..].find(mark).map(|found| at + found)).min().unwrap_or(text.len());
    let years =
        YEARS.captures_iter(&text[start..end]).filter(|found| found[6].to_lowercase().starts_with('y') && found.get(1).is_none());
    let near = years.min_by_key(|found| found.get(0).map_or(0, |whole| (start + whole.start()).abs_diff(at)));
    near.and_then(|found| found[2].split('.').next().and_then(|number| number.parse().ok())).unwrap_or(0)
}

static PROFICIENCY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(expert(?:ise|-level)?\b|mastery|unparalleled|guru)|(in-depth|deep(?:ly|er)?\b|extensive knowledge|thorough(?:ly)?\b|profound|advanced knowledge)|(familiar\w*)|(understand\w*|grasp)|(knowledge|knows?\b|literacy)|(experienced?\b|background|track record)|(abilit\w*|able to|proficien\w*|fluen\w*|skilled|competen\w*|capab\w*))",
    )
});

/// The degree of command that the words before a mention ask for, by the local name of the ontology's word.
pub fn proficiency(text: &str, at: usize, after: usize) -> &'static str {
    const WORDS: [&str; 7] = ["expert", "in-depth", "familiar", "understanding", "knowledge", "experience", "ability"];
    let start = [". ", "; "].iter().filter_map(|mark| text[..at].rfind(mark)).max().unwrap_or(0);
    let word = |found: &regex::Captures<'_>| {
        WORDS.iter().enumerate().find(|(group, _)| found.get(group + 1).is_some()).map(|(_, word)| *word)
    };
    let before = PROFICIENCY.captures_iter(&text[start..at]).filter_map(|found| word(&found)).collect::<Vec<_>>();
    if let Some(last) = before.last() {
        // "Deep understanding", "expert knowledge": the adjective tells the degree.
        let strong = before.iter().rev().nth(1).filter(|word| ["expert", "in-depth"].contains(*word));
        return strong.copied().unwrap_or(last);
    }
    // "Ruby experience", "SQL skills"
    let end = text[after..].char_indices().nth(28).map_or(text.len(), |(at, _)| after + at);
    let next = text[after..end].split(['.', ';', ',']).next().unwrap_or_default();
    PROFICIENCY.captures(next).and_then(|found| word(&found)).unwrap_or("unstated")
}
