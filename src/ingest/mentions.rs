//! Finds the competencies that a text names, by label and alias, with word boundaries and a sense of case: "Go" is not "go". Enter
//! at [`Lexicon::new`] and [`Lexicon::mentions`]. What the taxonomy lacks and is plainly a technology is found as a candidate.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::{Regex, RegexSet};

use super::markdown::pattern;
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

const TECHNOLOGY: &str = "Technology";
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
        let any_wording = RegexSet::new(wordings.iter().map(|(wording, _)| wording.as_str())).ok();
        Self { automaton, names, things, wordings, any_wording, broader }
    }

    /// The competencies that a text names, in its order; `own` is a name that the whole page is about, such as its organisation's,
    /// and counts only where the text speaks of using it.
    pub fn mentions(&self, text: &str, own: &[String]) -> Vec<Mention> {
        let mut spans: Vec<(Range<usize>, Thing)> =
            self.spans(text, own).into_iter().map(|(span, thing)| (span, self.things[thing].clone())).collect();
        said_twice(text, &mut spans);
        beside(text, &mut spans);
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
                !found
                    .iter()
                    .any(|(other, of)| of == thing || (names.contains(other) && other.start < span.end && span.start < other.end))
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
        found.retain(|(span, thing)| {
            !named.iter().any(|(other, narrower)| self.broader.contains(&(*thing, *narrower)) && near(span, other))
        });
        found.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        found
    }
}

/// "Google Cloud Platform (GCP)" names one thing once.
fn said_twice(text: &str, spans: &mut Vec<(Range<usize>, Thing)>) {
    let mut at = 1;
    while at < spans.len() {
        let gap = between(text, &spans[at - 1].0, &spans[at].0).map(str::trim);
        if spans[at - 1].1 == spans[at].1 && gap == Some("(") {
            let end = spans.remove(at).0.end;
            spans[at - 1].0.end = if text[end..].starts_with(')') { end + 1 } else { end };
        } else {
            at += 1;
        }
    }
}

static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:,\s*(?:and/or |and |or )?|\s*/\s*| and/or | and | or )([A-Z][\w.+#-]*\w(?: [A-Z][\w.+#-]*\w)?)(?:[,;.)/]|\s(?:and|or|and/or)\s|$)",
    )
});
static BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\(|\bwith |\busing |\bin |\blike |\bas |, |\bof |\bor |e\.g\.,? )([A-Z][\w.+#-]*\w)(?:,\s*(?:and/or |and |or )?|\s*/\s*| and/or | and | or )$",
    )
});

/// Words with a capital that are no product, though they stand beside one.
const NO_PRODUCTS: &[&str] = &[
    "Access",
    "Board",
    "Business",
    "Customer",
    "Data",
    "Design",
    "Director",
    "Engineering",
    "Engineers",
    "English",
    "Experience",
    "Finance",
    "Issues",
    "Knowledge",
    "Leadership",
    "Legal",
    "Manager",
    "Managers",
    "Marketing",
    "Operations",
    "People",
    "Product",
    "Quality",
    "Sales",
    "Security",
    "Support",
    "Team",
    "Teams",
    "Technical",
    "The",
    "We",
    "You",
];

/// A capitalised name in one list with technologies is one too, though nobody has heard of it.
fn beside(text: &str, spans: &mut Vec<(Range<usize>, Thing)>) {
    let mut at = 0;
    while let Some((span, thing)) = spans.get(at).cloned() {
        at += 1;
        let product =
            matches!(thing.technology.as_deref(), Some("tool" | "platform" | "framework" | "library" | "programming-language"));
        if !product {
            continue;
        }
        let next = NEXT
            .captures(&text[span.end..])
            .and_then(|found| found.get(1))
            .map(|name| span.end + name.start()..span.end + name.end());
        let before = BEFORE.captures(&text[..span.start]).and_then(|found| found.get(1)).map(|name| name.range());
        for place in [next, before].into_iter().flatten() {
            let name = &text[place.clone()];
            let taken = spans.iter().any(|(other, _)| other.start < place.end && place.start < other.end);
            if taken || NO_PRODUCTS.contains(&name.split(' ').next().unwrap_or_default()) {
                continue;
            }
            let found = Thing { iri: None, label: name.to_owned(), technology: Some("tool".to_owned()), sort: TECHNOLOGY };
            spans.push((place, found));
        }
    }
    spans.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
}

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

/// Names that are everyday words too; where a sentence begins with them, they are those.
const EVERYDAY: &[&str] = &[
    "access",
    "apex",
    "beam",
    "chef",
    "dash",
    "excel",
    "express",
    "flask",
    "fluent",
    "gong",
    "go",
    "greenhouse",
    "helm",
    "lever",
    "miro",
    "mural",
    "node",
    "notion",
    "oracle",
    "puppet",
    "rally",
    "react",
    "rest",
    "rust",
    "salt",
    "segment",
    "shell",
    "sketch",
    "slack",
    "spark",
    "spring",
    "stitch",
    "swift",
    "vale",
    "vault",
    "word",
    "workday",
    "zoom",
    "git",
    "consul",
    "lambda",
    "windows",
    "outreach",
    "sentry",
    "envoy",
    "fortify",
    "hugo",
    "julia",
    "dart",
];

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
fn is_meant(text: &str, span: &Range<usize>, name: &str, own: &[String]) -> bool {
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
    if !capital && !name.contains(' ') {
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

/// Short names and those in capitals are written so; of the others, the first letter counts.
fn in_its_case(said: &str, name: &str) -> bool {
    let all_capitals = !name.chars().any(char::is_lowercase);
    if name.chars().count() <= 3 || all_capitals {
        return said == name;
    }
    let first = |text: &str| text.chars().find(|c| c.is_alphabetic()).map(char::is_uppercase);
    first(said) == first(name) || name.contains(' ') || name.contains('-')
}

fn begins_a_sentence(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end();
    before.is_empty() || before.ends_with(['.', ':', ';', '!', '?', '•', '-', '–'])
}

fn goes_on_lower(text: &str, at: usize) -> bool {
    let next = text[at..].trim_start().split_whitespace().next().unwrap_or_default();
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

static JOINS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\s*(?:\([^()]{0,60}\)\s*)?(?:,\s*(?:and/or|and|or|&)?|/|\band/or\b|\band\b|\bor\b|&|\()\s*(?:the |an? |other |similar |even |some )?$",
    )
});
static CHOICE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(?:\bor\b|\band/or\b|/)"));
static ONE_OF: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:one or more|at least one|one of|either|any of|any one)\b[^.;]*$"));
static SUCH_AS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\bsuch as\b,?|\be\.?\s?g\.?,?|\bfor example\b,?:?|\bfor instance\b,?|\b(?:tools?|technologies|languages?|systems?|platforms?|frameworks?|software|services|products|databases?|solutions?|providers?|applications?) like\b|\bsimilar to\b|\bexamples include\b|\bexamples?:)[^.;)]*$",
    )
});
static AFTER_RUN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^\s*,?\s*(?:and/or|or)\s+(?:an? )?(?:other|similar|equivalent|comparable|related|others|any|another)\b")
});
static KINDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:tools?|technologies|languages?|systems|platforms?|frameworks?|software|services|databases|solutions|providers|applications|protocols|methods|measures|medium)\s*\($",
    )
});

/// Mentions that stand in one list.
fn runs(text: &str, spans: &[(Range<usize>, Thing)]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in 0..spans.len() {
        let gap = at.checked_sub(1).and_then(|before| between(text, &spans[before].0, &spans[at].0));
        let joined = gap.is_some_and(|gap| JOINS.is_match(gap) && !gap.trim_end().ends_with('('));
        match runs.last_mut().filter(|_| joined) {
            Some(run) => run.end = at + 1,
            None => runs.push(at..at + 1),
        }
    }
    runs
}

/// What stands between two places; nothing, if one reaches into the other.
fn between<'a>(text: &'a str, first: &Range<usize>, second: &Range<usize>) -> Option<&'a str> {
    text.get(first.end..second.start)
}

/// How a list of mentions names them.
fn manner(text: &str, run: &[(Range<usize>, Thing)]) -> Manner {
    let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else { return Manner::Direct };
    let before = &text[..first.start];
    if SUCH_AS.is_match(before) {
        return Manner::Example;
    }
    let gaps = run.windows(2).filter_map(|pair| between(text, &pair[0].0, &pair[1].0)).any(|gap| CHOICE.is_match(gap));
    let choice = gaps || AFTER_RUN.is_match(&text[last.end..]) || (run.len() > 1 && ONE_OF.is_match(before));
    if choice {
        return Manner::Alternative;
    }
    if KINDS.is_match(before) && run.len() > 1 { Manner::Example } else { Manner::Direct }
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
