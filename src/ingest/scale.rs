//! Puts the degrees of proficiency that a matrix uses in their order: by number, by the words people use for them, or as a mapping
//! says. Enter at [`order`].

use std::collections::BTreeSet;

/// Words for degrees, lowest first; those of one line mean about the same.
const DEGREES: &[&[&str]] = &[
    &["none", "no knowledge"],
    &[
        "awareness",
        "aware",
        "basic",
        "novice",
        "beginner",
        "foundation",
        "foundational",
        "entry",
        "follow",
        "learning",
        "familiar",
        "low",
        "elementary",
        "fundamental",
    ],
    &["assist", "developing", "advanced beginner"],
    &["working", "intermediate", "competent", "apply", "capable", "medium", "knowledge", "practical"],
    &["practitioner", "proficient", "advanced", "skilled", "enable", "strong", "high", "experienced"],
    &["ensure", "advise", "leading", "lead"],
    &["expert", "mastery", "master", "authority", "specialist", "thought leader", "initiate"],
];

/// The degrees from the lowest to the highest, and whether their order is known.
pub fn order(used: BTreeSet<String>, given: &[String]) -> (Vec<String>, bool) {
    let place = |degree: &String| given.iter().position(|other| other.eq_ignore_ascii_case(degree));
    let number = |degree: &String| {
        let digits: String =
            degree.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        digits.parse::<f64>().ok()
    };
    let word = |degree: &String| {
        let lower = degree.to_lowercase();
        DEGREES.iter().position(|words| {
            words
                .iter()
                .any(|word| lower == *word || lower.starts_with(&format!("{word} ")) || lower.ends_with(&format!(" {word}")))
        })
    };
    let mut degrees: Vec<String> = used.into_iter().collect();
    if !given.is_empty() && degrees.iter().all(|degree| place(degree).is_some()) {
        degrees.sort_by_key(place);
        return (degrees, true);
    }
    if !degrees.is_empty() && degrees.iter().all(|degree| number(degree).is_some()) {
        degrees.sort_by(|a, b| number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default()));
        return (degrees, true);
    }
    let places: Vec<Option<usize>> = degrees.iter().map(word).collect();
    let known = places.iter().all(Option::is_some) && places.iter().collect::<BTreeSet<_>>().len() == degrees.len();
    if known {
        degrees.sort_by_key(word);
    }
    let ordered = known || degrees.len() < 2;
    (degrees, ordered)
}
