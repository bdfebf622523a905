//! An answer of the catalogue as pages read it: by row and column.

use oxigraph::model::{NamedNode, NamedNodeRef, Term};

use super::super::problem::Problem;
use super::Shown;
use crate::catalogue::answer::Answer;
use crate::knowledge::Generation;
use crate::store::text;

/// An answer to read by row and column.
pub struct Table {
    pub answer: Answer,
}

impl Table {
    pub fn ask(generation: &Generation, id: &str, arguments: &[(&str, &str)]) -> Result<Self, Problem> {
        let arguments: Vec<(String, String)> =
            arguments.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Ok(Self { answer: generation.ask(id, &arguments)? })
    }

    /// What was understood of a parameter.
    pub fn understood(&self, parameter: &str) -> Option<&NamedNode> {
        let (_, values) = self.answer.parameters.iter().find(|(name, _)| name == parameter)?;
        values.first().map(|value| &value.node)
    }

    /// The property by which the policy of the answer reads statements or competencies.
    pub fn reads(&self, generation: &Generation, by: NamedNodeRef<'_>) -> Result<Option<NamedNode>, Problem> {
        let Some(policy) = self.understood("policy") else { return Ok(None) };
        let read = generation.store.matching(Some(policy.as_ref().into()), Some(by), None).next().transpose()?;
        Ok(read.and_then(|quad| NamedNode::try_from(quad.object).ok()))
    }

    pub fn len(&self) -> usize {
        self.answer.rows.len()
    }

    pub fn cell(&self, at: usize, column: &str) -> Option<&Term> {
        let column = self.answer.columns.iter().position(|name| name == column)?;
        self.answer.rows[at][column].as_ref()
    }

    pub fn text(&self, at: usize, column: &str) -> String {
        self.cell(at, column).map(text).unwrap_or_default()
    }

    pub fn shown(&self, at: usize, column: &str, generation: &Generation, base: &str) -> Shown {
        self.cell(at, column).map(|term| Shown::term(term, &generation.names, base)).unwrap_or_default()
    }
}
