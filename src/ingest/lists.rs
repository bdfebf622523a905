//! What the list that a name stands in tells: which names belong together, whether one of them is enough, whether they are examples.
//! Enter at [`runs`] and [`manner`]; [`said_twice`] and [`beside`] mend what was found before.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::markdown::pattern;
use super::mentions::{Manner, TECHNOLOGY, Thing};

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
pub fn runs(text: &str, spans: &[(Range<usize>, Thing)]) -> Vec<Range<usize>> {
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
pub fn manner(text: &str, run: &[(Range<usize>, Thing)]) -> Manner {
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

/// "Google Cloud Platform (GCP)" names one thing once.
pub fn said_twice(text: &str, spans: &mut Vec<(Range<usize>, Thing)>) {
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
pub fn beside(text: &str, spans: &mut Vec<(Range<usize>, Thing)>) {
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
