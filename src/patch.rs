//! What is to be changed, or was: quads to delete and quads to add, as an RDF patch (the format of Apache Jena) and in memory.
//! Enter at [`Patch`]. Deleting comes first, so that a quad that is in both is there afterwards.
//! Whether a patch can or may be applied is for others to judge.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{Quad, Term};

/// The media type of the text form.
pub const MEDIA_TYPE: &str = "application/rdf-patch";

/// Quads to delete and then to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    pub deleted: Vec<Quad>,
    pub added: Vec<Quad>,
}

/// A line of a patch that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct PatchError {
    pub line: usize,
    pub what: String,
}

/// Triple terms nest, and what reads them calls itself for each level.
const DEEPEST: usize = 8;

impl Patch {
    /// Reads an RDF patch: a line with `A` and a quad adds it, one with `D` deletes it; quads are written as in N-Quads. Header and
    /// transaction lines (`H`, `TX`, `TC`), comments and empty lines say nothing here.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn read(text: &str) -> Result<Self, PatchError> {
        let mut patch = Self::default();
        for (at, line) in text.lines().enumerate() {
            let malformed = |what: String| PatchError { line: at + 1, what };
            let (operation, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
            let place = match operation {
                "A" => &mut patch.added,
                "D" => &mut patch.deleted,
                "" | "H" | "TX" | "TC" => continue,
                comment if comment.starts_with('#') => continue,
                "TA" => return Err(malformed("the patch was given up (TA): there is nothing to apply".to_owned())),
                other => {
                    return Err(malformed(format!(
                        "`{other}` is no line of a patch that is read here: `A quad .` adds, `D quad .` deletes, with whole IRIs"
                    )));
                }
            };
            if opened(rest) > DEEPEST {
                return Err(malformed(format!("triple terms nest deeper than {DEEPEST} levels")));
            }
            let mut quads = RdfParser::from_format(RdfFormat::NQuads).for_slice(rest.as_bytes());
            match (quads.next(), quads.next()) {
                (Some(Ok(quad)), None) => place.push(quad),
                (Some(Err(error)), _) => return Err(malformed(format!("not a quad of N-Quads: {error}"))),
                _ => return Err(malformed("one quad stands behind A or D".to_owned())),
            }
        }
        Ok(patch)
    }

    /// What it takes to come from some quads to others.
    pub fn between(before: impl IntoIterator<Item = Quad>, after: impl IntoIterator<Item = Quad>) -> Self {
        let (mut before, mut after) = (sorted(before), sorted(after));
        let (deleted, added) = (before.clone(), after.clone());
        before.retain(|line, _| !added.contains_key(line));
        after.retain(|line, _| !deleted.contains_key(line));
        Self { deleted: before.into_values().collect(), added: after.into_values().collect() }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.added.is_empty()
    }

    /// What undoes it where all of it took effect.
    #[must_use]
    pub fn inverse(&self) -> Self {
        Self { deleted: self.added.clone(), added: self.deleted.clone() }
    }

    /// Both, one after the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let (added, deleted): (HashSet<&Quad>, HashSet<&Quad>) = (other.added.iter().collect(), other.deleted.iter().collect());
        self.deleted.retain(|quad| !added.contains(quad));
        self.added.retain(|quad| !deleted.contains(quad));
        self.deleted.extend(other.deleted);
        self.added.extend(other.added);
        self
    }

    /// All quads of it.
    pub fn quads(&self) -> impl Iterator<Item = &Quad> {
        self.deleted.iter().chain(&self.added)
    }

    /// Only what takes effect on quads of which `is_there` knows whether they are; each once, in an order that depends on nothing else.
    ///
    /// # Errors
    /// Those of `is_there`.
    pub fn effective<E>(self, is_there: impl Fn(&Quad) -> Result<bool, E>) -> Result<Self, E> {
        let added = sorted(self.added);
        let mut deleted = sorted(self.deleted);
        deleted.retain(|line, _| !added.contains_key(line));
        let keep = |quads: BTreeMap<String, Quad>, there: bool| {
            let kept = quads.into_values().map(|quad| Ok((is_there(&quad)? == there).then_some(quad)));
            kept.filter_map(Result::transpose).collect::<Result<Vec<_>, E>>()
        };
        Ok(Self { deleted: keep(deleted, true)?, added: keep(added, false)? })
    }
}

/// How many triple terms a quad's text opens; what stands in a string opens none.
fn opened(quad: &str) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for (at, byte) in quad.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'<' if !in_string && quad.as_bytes()[at..].starts_with(b"<<(") => count += 1,
            _ => {}
        }
    }
    count
}

/// As an RDF patch of one transaction.
impl fmt::Display for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "TX .")?;
        for (operation, quads) in [("D", &self.deleted), ("A", &self.added)] {
            for quad in quads {
                writeln!(f, "{operation} {quad} .")?;
            }
        }
        writeln!(f, "TC .")
    }
}

/// Each quad once, by graph and text.
fn sorted(quads: impl IntoIterator<Item = Quad>) -> BTreeMap<String, Quad> {
    let text = |quad: &Quad| format!("{} {} {} {}", quad.graph_name, quad.subject, quad.predicate, quad.object);
    quads.into_iter().map(|quad| (text(&quad), quad)).collect()
}

/// Whether a term nests triple terms deeper than they are read again.
pub fn nests_too_deep(term: &Term) -> bool {
    let mut at = term;
    for _ in 0..DEEPEST {
        match at {
            Term::Triple(triple) => at = &triple.object,
            _ => return false,
        }
    }
    true
}
