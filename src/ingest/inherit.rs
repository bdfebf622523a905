//! Finds what a level takes over from another, in the forms that pages use: prose with an anchor, a bullet, "all of the above", "the
//! same as", two parents, parents that are not there; and whom its holders report to. Enter at [`inheritance`] and [`reporting`].

use std::sync::LazyLock;

use regex::Regex;

use super::markdown::pattern;
use super::outline::Link;
use super::sections::{Page, Placed, Scope, slug};
use super::titles::Title;

/// What an item or a paragraph says about taking over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inheritance {
    /// The level that takes over.
    pub level: usize,
    pub from: Vec<usize>,
    /// Whether it takes all of them over (an extension) or is only the next step from them (a progression).
    pub extends: bool,
    /// What it points at that the page does not have.
    pub dangling: Vec<String>,
    /// Whether the text says nothing else, so that it is no statement.
    pub whole: bool,
}

static EXTENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?P<subject>(?:the |this )[^.;:]{0,90}?\s)?(?:also )?(?:extends?|builds? (?:up)?on|inherits?|expands? (?:up)?on|encompass(?:es)?|includes? everything in)\s+(?:from )?(?:that of |those of |all of |all )?(?P<what>[^.;:]+)",
    )
});
/// "Are Senior Engineers who meet the following criteria": what follows comes on top.
static ARE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\W*(?:they )?are (?P<what>[A-Z][^.;:]{3,60}?)s? (?:who|that) (?:also )?meet\b"));
static ALL_OF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:(?:the |an? )[^.;:,]{3,70}? (?:has|have|meets?|includes?|takes? on|fulfil?ls?) )?(?:this role includes |includes |must (?:meet|have) |meets? |has |have )?(?:all|everything)(?: of)?(?: in)?(?: the| an?)?\s+(?:(?:that is |that's )?(?:expected|required|asked|demanded) (?:of|from|at|for)\s+(?:the |an? )?)?(?:(?:the )?(?:responsibilities|requirements|qualifications|expectations|skills|duties|above)(?: and (?:responsibilities|requirements))?(?: (?:of|for|from|in|listed))?\s*(?:the |an? )?)?(?P<what>[^.;:,]*)",
    )
});
static SAME_AS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:the )?same (?:base |general |core )?(?:responsibilit\w*|requirements?|qualifications?|expectations?|duties)(?:(?:,)? (?:and|&) (?:responsibilit\w*|requirements?))?\s*(?:as|of|for|that|outlined|listed|described)?\s*(?:for |of |those of |that of |outlined |listed |as )*(?:a |an |the )?(?P<what>[^.;:,]*)",
    )
});
/// "Same as DS2, plus": what is meant is everything.
static SAME: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^\W*(?:the )?same as (?:for |at )?(?:a |an |the )?(?P<what>[^.;:,]+)"));
/// "The responsibilities of a Security Engineer, plus".
static THOSE_OF: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:the )?(?:same )?(?:responsibilities|requirements|qualifications|expectations|duties)(?: and (?:responsibilities|requirements))? of (?:a |an |the )?(?P<what>[^.;:]+?),? (?:plus|as well as|and the following|and additionally)\b",
    )
});
static ALSO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^\W*(?:in addition to|beyond|on top of|as well as|(?:the \w+ |candidates? |you )?must meet|meets?)\s+(?:all )?(?:of )?(?:the )?(?:responsibilities|requirements|qualifications|expectations|duties)(?: and (?:responsibilities|requirements))?\s+(?:of|for)\s+(?:a |an |the )?(?P<what>[^.;:,]+)",
    )
});
static PROGRESSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\bis (?:a |the )?(?:natural |next )?(?:progression|step up|step|evolution) (?:of|from|after) (?:the |an? )?(?P<what>(?:[^.;:]+?)(?:\brole\b|\band\b|\blevel\b|[.;:]|$))",
    )
});
static ABOVE: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:above|preceding|previous level)\b"));
static ONLY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^[\s,;:.()]*(?:(?:and |but )?(?:the (?:following|below)|plus|and include|including|in addition|and|in complexity and scope|as an individual contributor|the below|also|with)[\s\S]{0,40})?[\s,;:.]*$",
    )
});

/// What a block says about taking over, if it does; levels are named by their numbers on the page.
pub fn inheritance(page: &Page, block: &Placed) -> Option<Inheritance> {
    let Scope::Level(level) = page.sections[block.section].scope else { return None };
    let text = first_sentence(&block.element.text);
    let (found, extends) = [
        (&PROGRESSION, false),
        (&EXTENDS, true),
        (&ALSO, true),
        (&THOSE_OF, true),
        (&SAME_AS, true),
        (&SAME, true),
        (&ALL_OF, true),
        (&ARE, true),
    ]
    .into_iter()
    .find_map(|(pattern, extends)| pattern.captures(text).map(|found| (found, extends)))?;
    let whole = found.get(0)?;
    let subject = found.name("subject").map(|subject| subject.as_str().to_lowercase());
    if subject.is_some_and(|subject| {
        !["role", "responsib", "requirement", "expectation", "position", "level", "engineer", "manager"]
            .iter()
            .any(|word| subject.contains(word))
    }) {
        return None;
    }
    let what = found.name("what").map_or("", |what| what.as_str());
    if ABOVE.is_match(text) && !names_a_title(page, what, &block.element.links) {
        return above(page, level, block, text);
    }
    let mut inheritance = Inheritance { level, from: Vec::new(), extends, dangling: Vec::new(), whole: false };
    for target in targets(page, what, &block.element.links) {
        match resolve(page, level, &target) {
            Resolved::Levels(from) => inheritance.from.extend(from.into_iter().filter(|from| *from != level)),
            Resolved::RoleWide => {}
            Resolved::Nothing => inheritance.dangling.push(target.text),
        }
    }
    inheritance.from.dedup();
    let rest = block.element.text.get(whole.end()..).unwrap_or_default();
    inheritance.whole = extends && (ONLY.is_match(rest) || rest.trim_start().starts_with(','));
    let says_something = !inheritance.from.is_empty() || !inheritance.dangling.is_empty();
    (says_something || inheritance.whole).then_some(inheritance)
}

/// Whether a block says nothing but that something is taken over, whoever takes it.
pub fn takes_over(block: &Placed) -> bool {
    let text = first_sentence(&block.element.text);
    let found = [&EXTENDS, &ALSO, &SAME_AS, &SAME].into_iter().find_map(|pattern| pattern.captures(text));
    let short = text.split_whitespace().count() <= 14;
    found.is_some_and(|found| {
        found.get(0).is_some_and(|whole| short && ONLY.is_match(block.element.text.get(whole.end()..).unwrap_or_default()))
    })
}

/// "All of the above": the level before, or what is said of the whole role where there is none.
fn above(page: &Page, level: usize, block: &Placed, text: &str) -> Option<Inheritance> {
    let before = (0..page.levels.len())
        .filter(|other| page.levels[*other].line < page.levels[level].line)
        .max_by_key(|other| page.levels[*other].line);
    let of_role = text.to_lowercase().contains("section above");
    let from = before.filter(|_| !of_role).into_iter().collect();
    let whole = block.element.text.len() < text.len() + 40;
    Some(Inheritance { level, from, extends: true, dangling: Vec::new(), whole })
}

fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| !text[..*at].ends_with("Sr") && !text[..*at].ends_with("Jr"));
    text.get(..end.map_or(text.len(), |at| at + 1)).unwrap_or(text)
}

struct Target {
    text: String,
    anchor: Option<String>,
    elsewhere: bool,
}

fn names_a_title(page: &Page, what: &str, links: &[Link]) -> bool {
    links.iter().any(|link| what.contains(&link.text))
        || targets(page, what, links).iter().any(|target| !page.titles.find(&target.text).is_empty())
}

/// The titles that a phrase names, by its links where it has any.
fn targets(page: &Page, what: &str, links: &[Link]) -> Vec<Target> {
    let inside: Vec<&Link> = links.iter().filter(|link| !link.text.is_empty() && what.contains(link.text.as_str())).collect();
    if !inside.is_empty() {
        let target = |link: &&Link| Target {
            text: trimmed(&link.text),
            anchor: link.target.split_once('#').map(|(_, anchor)| anchor.to_owned()).filter(|_| link.target.starts_with('#')),
            elsewhere: !link.target.starts_with('#'),
        };
        return inside.iter().map(target).collect();
    }
    let whole = trimmed(what);
    if !page.titles.find(&whole).is_empty() || !whole.contains(" and ") {
        return if whole.is_empty() { Vec::new() } else { vec![Target { text: whole, anchor: None, elsewhere: false }] };
    }
    whole
        .split(" and ")
        .map(|text| Target { text: trimmed(text), anchor: None, elsewhere: false })
        .filter(|target| !target.text.is_empty())
        .collect()
}

static TRIM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:either |both |the |thet |an? |that of |those of |of |from |responsibilities of |requirements of |same )+|\s*\b(?:'s|’s)?\s*(?:role|roles|responsibilities|responsibilites|requirements|expectations|position|listed above|above|and includes?|as an individual contributor|in complexity and scope|but with .*|but .*|plus|well|level)\s*$",
    )
});

fn trimmed(text: &str) -> String {
    let mut text = text.trim().to_owned();
    loop {
        let next = TRIM.replace_all(&text, "").trim().trim_end_matches([',', ':', '.', ';']).to_owned();
        if next == text {
            return text;
        }
        text = next;
    }
}

enum Resolved {
    Levels(Vec<usize>),
    /// The job itself: what is said of it holds at every level anyway.
    RoleWide,
    Nothing,
}

fn resolve(page: &Page, level: usize, target: &Target) -> Resolved {
    let by_title: Vec<usize> = page.titles.find(&target.text).into_iter().filter(|found| *found != level).collect();
    // A page elsewhere may have a level of the same title; a title of this page means this page's.
    if !by_title.is_empty() {
        return Resolved::Levels(by_title);
    }
    if let Some(anchor) = &target.anchor
        && let Some(section) = page.sections.iter().find(|section| section.anchors.iter().any(|own| slug(own) == slug(anchor)))
    {
        return match section.scope {
            Scope::Level(found) if found != level => Resolved::Levels(vec![found]),
            Scope::Role => Resolved::RoleWide,
            _ => Resolved::Nothing,
        };
    }
    let title = Title::read(&target.text, &page.titles.initials);
    let role = page.role_title();
    let empty = title.core.is_empty() && title.steps.is_empty();
    if !target.elsewhere && (empty || (title.steps.is_empty() && title.is_of(&role))) {
        return Resolved::RoleWide;
    }
    Resolved::Nothing
}

/// How somebody reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reporting {
    Plainly,
    Typically,
    Directly,
}

static REPORTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[.;,]\s+|\band |\bwill |\b(?:role|position|engineers?|managers?|\)) )?(typically |usually |generally )?(?:reports?|reporting)( directly)? (?:in)?to (?:the |an? |our |your )?(?P<whom>[^.;]+)",
    )
});
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(?:role|position|engineers?|reports|report to a)\b"));

/// Whom a text says that holders report to.
pub fn reporting(text: &str) -> Option<(Reporting, Vec<String>)> {
    let guarded = text.replace("Sr. ", "Senior ").replace("Jr. ", "Junior ");
    let found = REPORTS.captures(&guarded)?;
    let whom = found.name("whom")?.as_str();
    let upper = whom.starts_with(|c: char| c.is_uppercase());
    if !upper || !SUBJECT.is_match(found.get(0)?.as_str()) {
        return None;
    }
    let manner = match (found.get(1), found.get(2)) {
        (_, Some(_)) => Reporting::Directly,
        (Some(_), None) => Reporting::Typically,
        (None, None) => Reporting::Plainly,
    };
    let end = ENDS.find(whom).map_or(whom.len(), |end| end.start());
    let positions = split_positions(&whom[..end]);
    (!positions.is_empty()).then_some((manner, positions))
}

static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:\s+(?:role )?at [A-Z]\w+|\s+(?:and|who|which|while|but|with|as)\s+(?:is|are|works?|collaborates?|leads?|manages?|will|has|the)\b.*|\s+working\b.*|\s+\(.*|\s+role\b.*|,? and collaborates.*|\s+in the [A-Z].*)$",
    )
});

/// "Director/Senior Director/VP", "Manager or Senior Manager", "Manager/Senior Manager, Sales".
fn split_positions(text: &str) -> Vec<String> {
    let text = text.trim().trim_end_matches([',', '.']);
    let (names, field) = match text.rsplit_once(", ") {
        Some((names, field)) if names.contains('/') && !field.contains(" or ") => (names, Some(field)),
        _ => (text, None),
    };
    let parts = names.split('/').flat_map(|part| part.split(" or ")).flat_map(|part| part.split(" and/or "));
    let name = |part: &str| {
        let part = part
            .trim()
            .trim_start_matches("the ")
            .trim_start_matches("a ")
            .trim_start_matches("an ")
            .trim_start_matches("to ")
            .trim();
        field.map_or_else(|| part.to_owned(), |field| format!("{part}, {field}"))
    };
    let is_position = |part: &String| part.starts_with(|c: char| c.is_uppercase()) && part.split_whitespace().count() <= 9;
    parts.map(name).map(|part| part.trim_end_matches(',').trim().to_owned()).filter(is_position).collect()
}
