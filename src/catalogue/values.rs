//! Turns what people give for a parameter into terms: a thing, and in a list what is said beside it, as in `Linux: in-depth, 3 years`.
//! Enter at [`understand`]; [`typed`] is the way back. Which thing a name means is [`Names`]'s matter.

use oxigraph::model::{Literal, NamedNode};
use serde_json::{Map, Value, json};
use spargebra::term::GroundTerm;

use super::names::{Names, Unresolved};
use super::parameters::{Kind, MOST, Parameter, Part, short};
use crate::words;

/// A value as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    pub node: NamedNode,
    /// What was said beside it, by the part's name.
    pub parts: Vec<(String, GroundTerm)>,
}

/// Why a text is no value of a parameter; `said` is the part of it that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It should name a thing, and does not.
    Thing { said: String, why: Unresolved },
    /// It should say something beside a thing, and does not.
    Beside { said: String, why: String, near: Vec<String> },
}

/// Reads a value: a thing's name, or in a list with parts a name, a colon, and what is said of the thing, parted by commas.
///
/// # Errors
/// When a part of it cannot be understood; it is told which, and what is nearest.
pub fn understand(parameter: &Parameter, text: &str, names: &Names) -> Result<Understood, Wrong> {
    // The whole may be a name: some hold a colon.
    let why = match names.resolve(text, &parameter.classes) {
        Ok(node) => return Ok(Understood { node, parts: Vec::new() }),
        Err(why) => why,
    };
    let Some((name, said)) = apart(text).filter(|_| !parameter.parts.is_empty()) else {
        return Err(Wrong::Thing { said: text.to_owned(), why });
    };
    let node = names.resolve(name, &parameter.classes).map_err(|why| Wrong::Thing { said: name.to_owned(), why })?;
    let first = &parameter.classes[..parameter.classes.len().min(1)];
    if !names.is(node.as_str(), first) {
        let is = names.kinds(node.as_str()).join(", ");
        let why = format!("{name} is {is}, and nothing can be said beside it: that goes with {}", short(first).join(""));
        return Err(Wrong::Beside { said: said.trim().to_owned(), why, near: Vec::new() });
    }
    let mut parts: Vec<(String, GroundTerm)> = Vec::new();
    for piece in said.split(',') {
        for (part, term) in pieces(parameter, piece.trim(), names)? {
            if parts.iter().any(|(known, _)| *known == part.name) {
                let why = format!("{} is said twice", part.meaning);
                return Err(Wrong::Beside { said: piece.trim().to_owned(), why, near: Vec::new() });
            }
            parts.push((part.name.clone(), term));
        }
    }
    Ok(Understood { node, parts })
}

/// What holds of a part when nothing is said.
///
/// # Errors
/// When the question's file names nothing that is there.
pub fn absent(part: &Part, names: &Names) -> Result<GroundTerm, Wrong> {
    let said = || part.absent.clone();
    match &part.kind {
        Kind::Thing(classes) => {
            names.resolve(&part.absent, classes).map(GroundTerm::from).map_err(|why| Wrong::Thing { said: said(), why })
        }
        Kind::Number(_) => {
            let number = part.absent.parse::<u32>().map(|number| Literal::from(number).into());
            number.map_err(|error| Wrong::Beside { said: said(), why: error.to_string(), near: Vec::new() })
        }
    }
}

impl Understood {
    /// What was said of a part.
    pub fn said(&self, part: &Part) -> Option<&GroundTerm> {
        self.parts.iter().find(|(name, _)| *name == part.name).map(|(_, term)| term)
    }

    /// As people read it: `Linux (in-depth, 3 years)`.
    pub fn shown(&self, parameter: &Parameter, names: &Names) -> String {
        let said: Vec<String> = self.in_words(parameter, |iri| names.label(iri)).collect();
        let label = names.label(self.node.as_str());
        if said.is_empty() { label } else { format!("{label} ({})", said.join(", ")) }
    }

    /// As people type it: `Linux: in-depth, 3 years`.
    pub fn spelled(&self, parameter: &Parameter, names: &Names) -> String {
        joined(names.label(self.node.as_str()), self.in_words(parameter, |iri| names.label(iri)).collect())
    }

    /// As programs read it: the thing's IRI and label, and each part that was said, by its name.
    pub fn to_json(&self, names: &Names) -> Value {
        let part = |(name, term): &(String, GroundTerm)| {
            let value = match term {
                GroundTerm::NamedNode(node) => json!(names.label(node.as_str())),
                GroundTerm::Literal(literal) => literal.value().parse::<u32>().map_or(Value::Null, Value::from),
                GroundTerm::Triple(_) => Value::Null,
            };
            (name.clone(), value)
        };
        let mut entity = Map::new();
        entity.insert("iri".to_owned(), json!(self.node.as_str()));
        entity.insert("label".to_owned(), json!(names.label(self.node.as_str())));
        entity.extend(self.parts.iter().map(part));
        Value::Object(entity)
    }

    fn in_words(&self, parameter: &Parameter, called: impl Fn(&str) -> String) -> impl Iterator<Item = String> {
        self.parts.iter().filter_map(move |(name, term)| {
            let part = parameter.parts.iter().find(|part| part.name == *name)?;
            match (&part.kind, term) {
                (Kind::Thing(_), GroundTerm::NamedNode(node)) => Some(called(node.as_str())),
                (Kind::Number(unit), GroundTerm::Literal(number)) => Some(counted(number.value(), &called(unit.as_str()))),
                _ => None,
            }
        })
    }
}

/// A value as one could type it where no name is at hand: IRIs written short, what is said beside them by its last segment.
pub fn typed(parameter: &Parameter, value: &Understood) -> String {
    let segment = |iri: &str| iri.rsplit(['/', '#']).next().unwrap_or_default().to_owned();
    joined(words::shorten(value.node.as_str()), value.in_words(parameter, segment).collect())
}

fn joined(thing: String, said: Vec<String>) -> String {
    if said.is_empty() { thing } else { format!("{thing}: {}", said.join(", ")) }
}

/// What a parameter takes, for people to read.
pub fn takes(parameter: &Parameter) -> String {
    let mut text = format!("{} ({})", parameter.meaning, short(&parameter.classes).join(" or "));
    if !parameter.parts.is_empty() {
        let beside: Vec<String> = parameter.parts.iter().map(sayable).collect();
        text += &format!("; behind a colon, {}", beside.join(", and "));
    }
    text
}

/// What can be said beside a value, for people to read.
pub fn sayable(part: &Part) -> String {
    match &part.kind {
        Kind::Thing(classes) => format!("{} ({})", part.meaning, short(classes).join(" or ")),
        Kind::Number(unit) => {
            let unit = words::shorten(unit.as_str());
            let unit = unit.rsplit(':').next().unwrap_or_default();
            format!("{} (a whole number, as in `3 {unit}s`)", part.meaning)
        }
    }
}

/// Parts a value at its last colon, unless that is the colon of an IRI.
fn apart(text: &str) -> Option<(&str, &str)> {
    let (name, said) = text.rsplit_once(':')?;
    let of_an_iri = said.starts_with("//") || words::expand(&format!("{name}:x")).is_some_and(|_| !name.contains(':'));
    (!of_an_iri).then_some((name.trim(), said))
}

/// What one piece says: a number, a thing, or a number and then a thing, as in `3 years of experience`.
fn pieces<'a>(parameter: &'a Parameter, piece: &str, names: &Names) -> Result<Vec<(&'a Part, GroundTerm)>, Wrong> {
    let mut found = Vec::new();
    let mut rest = piece;
    if let Some(end) =
        piece.find(|c: char| !c.is_ascii_digit()).or((!piece.is_empty()).then_some(piece.len())).filter(|end| *end > 0)
    {
        let (unit, after) = split(piece[end..].trim_start_matches('+').trim_start());
        let number = numbered(parameter, &piece[..end], unit.trim_end_matches('+'), names);
        found.push(number.ok_or_else(|| not_sayable(parameter, piece, Vec::new()))?);
        rest = after.strip_prefix("of ").unwrap_or(after);
    }
    if rest.is_empty() && !found.is_empty() {
        return Ok(found);
    }
    let mut near = Vec::new();
    for part in &parameter.parts {
        let Kind::Thing(classes) = &part.kind else { continue };
        match names.resolve(rest, classes) {
            Ok(node) => {
                found.push((part, node.into()));
                return Ok(found);
            }
            Err(Unresolved::Unknown { near: more }) => near.extend(more),
            Err(_) => {}
        }
    }
    Err(not_sayable(parameter, rest, near))
}

/// The part that counts in a unit, or the only one that counts at all where none is named.
fn numbered<'a>(parameter: &'a Parameter, digits: &str, unit: &str, names: &Names) -> Option<(&'a Part, GroundTerm)> {
    let number = digits.parse::<u32>().ok().filter(|number| *number <= MOST)?;
    let counts = |part: &&Part| {
        let Kind::Number(own) = &part.kind else { return false };
        let named = [unit, unit.trim_end_matches('s')].map(|unit| names.resolve(unit, &[]));
        unit.is_empty() || named.iter().flatten().any(|node| node == own)
    };
    let mut counting = parameter.parts.iter().filter(counts);
    let part = counting.next().filter(|_| counting.next().is_none())?;
    Some((part, Literal::from(number).into()))
}

fn not_sayable(parameter: &Parameter, said: &str, near: Vec<String>) -> Wrong {
    let takes: Vec<String> = parameter.parts.iter().map(sayable).collect();
    Wrong::Beside { said: said.to_owned(), why: format!("what can be said there is {}", takes.join(", and ")), near }
}

/// The first word, and what comes after it.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn counted(number: &str, unit: &str) -> String {
    if number == "1" { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
