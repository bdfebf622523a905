//! The parameters of a question, as its `#+ params:` lines say them.
//! Enter at [`read`]. What a value means is [`super::values`]'s matter.

use oxigraph::model::NamedNode;
use serde_json::{Value, json};
use spargebra::term::GroundTerm;

use crate::words;

/// One parameter of a question.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub need: Need,
    pub meaning: String,
    /// The classes a value may belong to; none means any thing.
    pub classes: Vec<String>,
    /// What can be said beside each value of a list, if it belongs to the first of the classes.
    pub parts: Vec<Part>,
}

/// Whether and how often a parameter is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    /// Takes this value when absent.
    Default(String),
    /// Means "any" when absent.
    Filter,
    /// A list, which may be empty, of at most [`MANY`] values.
    Many,
    /// A list of one to [`MANY`] values.
    Some,
}

/// What can be said beside a value of a list: of a competency one has, how well, or for how many years.
#[derive(Clone, Debug)]
pub struct Part {
    /// The variable beside that of the list.
    pub name: String,
    pub meaning: String,
    /// What holds when nothing is said: a thing's name or a number.
    pub absent: String,
    pub kind: Kind,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A thing of one of the classes.
    Thing(Vec<String>),
    /// A whole number of a unit.
    Number(NamedNode),
}

/// The most values of a list parameter.
pub const MANY: usize = 200;

/// The most that a number beside a value can be.
pub const MOST: u32 = 1_000;

/// Reads the lines of a header: `name need meaning (cg:Class or cg:Class)`, and below a list, what can be said beside its values:
/// `name of LIST = ABSENT meaning (cg:Class)`, or `(xsd:integer, cg:unit)` for a number.
///
/// # Errors
/// When a line is malformed, or belongs to no list.
pub fn read(lines: &[String]) -> Result<Vec<Parameter>, String> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let said = Line::read(line)?;
        match said.rest.strip_prefix("of ") {
            Some(rest) => {
                let (list, rest) = split(rest);
                let owner = parameters.iter_mut().find(|parameter| parameter.name == list && parameter.need.is_list());
                owner.ok_or_else(|| format!("`{line}`: no list above is called {list}"))?.parts.push(said.part(rest)?);
            }
            None => parameters.push(said.parameter()?),
        }
    }
    Ok(parameters)
}

impl Need {
    /// Whether several values can be given.
    pub fn is_list(&self) -> bool {
        matches!(self, Self::Many | Self::Some)
    }

    /// Whether there is no answer without a value.
    pub fn is_required(&self) -> bool {
        matches!(self, Self::Required | Self::Some)
    }

    /// As programs read it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Default(_) => "default",
            Self::Filter => "filter",
            Self::Many => "many",
            Self::Some => "some",
        }
    }

    /// As people read it.
    pub fn in_words(&self) -> String {
        match self {
            Self::Required => "required".to_owned(),
            Self::Default(value) => format!("{value} if absent"),
            Self::Filter => "any if absent".to_owned(),
            Self::Many => format!("repeated, up to {MANY} times"),
            Self::Some => format!("required; repeated, up to {MANY} times"),
        }
    }
}

impl Parameter {
    /// The variables that its values bind: its own, then those of its parts.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.parts.iter().map(|part| part.name.as_str()))
    }

    /// All about the parameter, as programs read it.
    pub fn to_json(&self) -> Value {
        let default = if let Need::Default(value) = &self.need { Some(value) } else { None };
        json!({
            "name": self.name,
            "need": self.need.word(),
            "default": default,
            "meaning": self.meaning,
            "classes": short(&self.classes),
            "parts": self.parts.iter().map(Part::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Part {
    /// Whether a term is what holds when nothing is said.
    pub fn is_absent(&self, term: &GroundTerm) -> bool {
        match term {
            GroundTerm::NamedNode(node) => node.as_str().rsplit(['/', '#']).next() == Some(&self.absent),
            GroundTerm::Literal(literal) => literal.value() == self.absent,
            GroundTerm::Triple(_) => false,
        }
    }

    fn to_json(&self) -> Value {
        let (classes, unit) = match &self.kind {
            Kind::Thing(classes) => (short(classes), None),
            Kind::Number(unit) => (Vec::new(), Some(words::shorten(unit.as_str()))),
        };
        json!({ "name": self.name, "meaning": self.meaning, "absent": self.absent, "classes": classes, "unit": unit })
    }
}

/// IRIs as people read them.
pub fn short(iris: &[String]) -> Vec<String> {
    iris.iter().map(|iri| words::shorten(iri)).collect()
}

/// A line of the header, taken apart where all lines are alike.
struct Line<'a> {
    whole: &'a str,
    name: &'a str,
    rest: &'a str,
    classes: Vec<String>,
}

impl<'a> Line<'a> {
    fn read(whole: &'a str) -> Result<Self, String> {
        let (name, rest) = split(whole);
        let (rest, classes) = match rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            Some((rest, classes)) => (rest.trim(), classes),
            None => (rest, ""),
        };
        let words = classes.split([',', ' ']).filter(|word| word.contains(':'));
        let classes = words.map(|word| words::expand(word).ok_or_else(|| malformed(whole))).collect::<Result<_, _>>()?;
        if rest.is_empty() { Err(malformed(whole)) } else { Ok(Self { whole, name, rest, classes }) }
    }

    fn parameter(self) -> Result<Parameter, String> {
        let (need, meaning) = match self.rest.strip_prefix('=') {
            Some(rest) => {
                let (value, meaning) = split(rest.trim_start());
                (Need::Default(value.to_owned()), meaning)
            }
            None => match split(self.rest) {
                ("required", meaning) => (Need::Required, meaning),
                ("filter", meaning) => (Need::Filter, meaning),
                ("many", meaning) => (Need::Many, meaning),
                ("some", meaning) => (Need::Some, meaning),
                _ => return Err(malformed(self.whole)),
            },
        };
        let (name, meaning) = (self.name.to_owned(), meaning.to_owned());
        Ok(Parameter { name, need, meaning, classes: self.classes, parts: Vec::new() })
    }

    fn part(self, rest: &str) -> Result<Part, String> {
        let (absent, meaning) = split(rest.strip_prefix('=').ok_or_else(|| malformed(self.whole))?.trim_start());
        let kind = match self.classes.as_slice() {
            [number, unit] if *number == oxigraph::model::vocab::xsd::INTEGER.as_str() => {
                Kind::Number(NamedNode::new_unchecked(unit))
            }
            [] => return Err(malformed(self.whole)),
            _ => Kind::Thing(self.classes),
        };
        Ok(Part { name: self.name.to_owned(), meaning: meaning.to_owned(), absent: absent.to_owned(), kind })
    }
}

/// The first word, and what comes after it.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn malformed(line: &str) -> String {
    format!(
        "`{line}`: a parameter reads `name  required|filter|many|some|= default  meaning (cg:Class)`, and what can be said beside \
         a value of a list `name  of list = absent  meaning (cg:Class)`, or `(xsd:integer, cg:unit)` for a number"
    )
}
