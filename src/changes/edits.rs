//! What is to be changed: quads to add and to delete, from an RDF patch or from a statement and its new scope.
//! Enter at [`Edits::read`] or [`Edits::moved`]. What comes of it is the work of [`super::what_if`].

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::Quad;

use super::ChangeError;
use crate::catalogue::answer::explained;
use crate::knowledge::Generation;
use crate::words;

/// Quads to delete and then to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    pub added: Vec<Quad>,
    pub deleted: Vec<Quad>,
}

impl Edits {
    /// Reads an RDF patch: a line with `A` and a quad adds it, one with `D` deletes it; quads are written as in N-Quads. Header and
    /// transaction lines (`H`, `TX`, `TC`), comments and empty lines say nothing here.
    ///
    /// # Errors
    /// What is wrong with which line.
    pub fn read(file: &str, text: &str) -> Result<Self, ChangeError> {
        let mut edits = Self::default();
        for (at, line) in text.lines().enumerate() {
            let malformed = |what: String| ChangeError::Patch { file: file.to_owned(), line: at + 1, what };
            let (operation, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
            let place = match operation {
                "A" => &mut edits.added,
                "D" => &mut edits.deleted,
                "" | "H" | "TX" | "TC" => continue,
                comment if comment.starts_with('#') => continue,
                "TA" => return Err(malformed("the patch was given up (TA): there is nothing to apply".to_owned())),
                other => {
                    return Err(malformed(format!(
                        "`{other}` is no line of a patch that is read here: `A quad .` adds, `D quad .` deletes, with whole IRIs"
                    )));
                }
            };
            let mut quads = RdfParser::from_format(RdfFormat::NQuads).for_slice(rest.as_bytes());
            match (quads.next(), quads.next()) {
                (Some(Ok(quad)), None) => place.push(quad),
                (Some(Err(error)), _) => return Err(malformed(format!("not a quad of N-Quads: {error}"))),
                _ => return Err(malformed("one quad stands behind A or D".to_owned())),
            }
        }
        Ok(edits)
    }

    /// Says a statement of something else: of the job family, of a level, or of a specialty.
    ///
    /// # Errors
    /// When a name is unknown or ambiguous, or the statement is said of that already.
    pub fn moved(generation: &Generation, statement: &str, scope: &str) -> Result<Self, ChangeError> {
        let thing = |part: &'static str, text: &str, classes: &[&str]| {
            let classes: Vec<String> = classes.iter().map(|class| (*class).to_owned()).collect();
            generation.names.resolve(text, &classes).map_err(|why| {
                let expected: Vec<String> = classes.iter().map(|class| words::shorten(class)).collect();
                ChangeError::Name { part, text: text.to_owned(), why: explained(&why, &expected.join(" or ")) }
            })
        };
        let statement = thing("statement", statement, &[words::STATEMENT.as_str()])?;
        let scope = thing("scope", scope, &[words::JOB_FAMILY.as_str(), words::TARGET.as_str()])?;
        let said = generation.store.matching(Some(statement.as_ref().into()), Some(words::APPLIES_TO), None);
        let deleted: Vec<Quad> = said.collect::<Result<_, _>>()?;
        let added: Vec<Quad> = deleted.iter().map(|quad| Quad { object: scope.clone().into(), ..quad.clone() }).collect();
        if added == deleted {
            let label = |iri: &str| generation.names.label(iri);
            let (statement, scope) = (label(statement.as_str()), label(scope.as_str()));
            return Err(ChangeError::NoMove { statement, scope });
        }
        Ok(Self { added, deleted })
    }

    /// Both, one after the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.added.extend(other.added);
        self.deleted.extend(other.deleted);
        self
    }

    /// Makes the changes, if they can be made.
    ///
    /// # Errors
    /// When a quad to delete is not stated, or one to add stands where only rules write.
    pub(super) fn check(&self, generation: &Generation) -> Result<(), ChangeError> {
        let is_made =
            |quad: &Quad| generation.rules.fill(&quad.graph_name) || quad.graph_name == crate::store::named(words::EXAMPLES);
        if let Some(quad) = self.added.iter().chain(&self.deleted).find(|quad| is_made(quad)) {
            return Err(ChangeError::Made { quad: quad.to_string() });
        }
        for quad in &self.deleted {
            if !generation.store.contains(quad)? {
                let (subject, predicate) = (quad.subject.as_ref(), quad.predicate.as_ref());
                let elsewhere: Vec<String> = generation
                    .store
                    .matching(Some(subject), Some(predicate), None)
                    .take(3)
                    .map(|quad| Ok(quad?.to_string()))
                    .collect::<Result<_, crate::store::StoreError>>()?;
                let hint = if elsewhere.is_empty() { String::new() } else { format!("; there is: {}", elsewhere.join(" | ")) };
                return Err(ChangeError::Absent { quad: quad.to_string(), hint });
            }
        }
        Ok(())
    }

    pub(super) fn apply(&self, quads: &mut Vec<Quad>) {
        quads.retain(|quad| !self.deleted.contains(quad));
        for quad in &self.added {
            if !quads.contains(quad) {
                quads.push(quad.clone());
            }
        }
    }
}
