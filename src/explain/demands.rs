//! What one row claims, as its question's header says it: the triple patterns, what is bound in them, what must be absent.
//! Enter at [`Demands::of`]. Prover and checker both read the header here; how each meets it is its own.

use std::collections::BTreeMap;

use oxigraph::model::{NamedNode, Term};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use super::Absence;
use crate::catalogue::Question;
use crate::catalogue::answer::Answer;
use crate::catalogue::claims::{Claim, variables};
use crate::store::text;

/// What variables stand for.
pub type Bindings = BTreeMap<String, Term>;

/// Variables that may stand for some terms only.
pub type Among = BTreeMap<String, Vec<Term>>;

/// What one row claims: the patterns that are for it, and what its columns and parameters stand for.
pub struct Demands {
    pub claims: Vec<TriplePattern>,
    pub bound: Bindings,
    /// The values of list parameters.
    pub among: Among,
    absent: Vec<Vec<TriplePattern>>,
}

impl Demands {
    pub fn of(question: &Question, answer: &Answer, cells: &[Option<Term>]) -> Self {
        let mut bound = Bindings::new();
        let mut among = Among::new();
        for (name, values) in &answer.parameters {
            match values.as_slice() {
                [one] => drop(bound.insert(name.clone(), one.node.clone().into())),
                several => drop(among.insert(name.clone(), several.iter().map(|value| value.node.clone().into()).collect())),
            }
        }
        let row: BTreeMap<&str, &Option<Term>> = answer.columns.iter().map(String::as_str).zip(cells).collect();
        for (name, cell) in &row {
            if let Some(value) = cell {
                bound.insert((*name).to_owned(), value.clone());
            }
        }
        let is_for_the_row = |claim: &&Claim| {
            let in_the_column = |column: &str| row.get(column).and_then(|cell| cell.as_ref()).map(text).unwrap_or_default();
            claim.when.as_ref().is_none_or(|(column, word)| in_the_column(column) == *word)
                // What is empty in the row is not spoken of.
                && claim.patterns.iter().flat_map(variables).all(|name| bound.contains_key(name) || !row.contains_key(name))
        };
        let mut claims: Vec<TriplePattern> = Vec::new();
        for pattern in question.explains.iter().filter(is_for_the_row).flat_map(|claim| &claim.patterns) {
            if !claims.contains(pattern) {
                claims.push(pattern.clone());
            }
        }
        let absent = question.absent.iter().filter(is_for_the_row).map(|claim| claim.patterns.clone()).collect();
        Self { claims, bound, among, absent }
    }

    /// The absences with what the claims' variables stand for; one for each value of a list that they speak of.
    pub fn absences(&self, solution: &Bindings) -> Vec<Absence> {
        let mut absences = Vec::new();
        for patterns in &self.absent {
            let listed = self.among.iter().filter(|(name, _)| {
                !solution.contains_key(*name) && patterns.iter().flat_map(variables).any(|variable| variable == name.as_str())
            });
            let cases = listed.fold(vec![solution.clone()], |cases, (name, terms)| {
                let with = |case: &Bindings, term: &Term| {
                    let mut case = case.clone();
                    case.insert(name.clone(), term.clone());
                    case
                };
                cases.iter().flat_map(|case| terms.iter().map(move |term| with(case, term))).collect()
            });
            for case in cases {
                absences.push(Absence { patterns: patterns.iter().map(|pattern| substituted(pattern, &case)).collect() });
            }
        }
        absences
    }
}

/// A pattern with what is bound put in.
pub fn substituted(pattern: &TriplePattern, bound: &Bindings) -> TriplePattern {
    let put = |end: &TermPattern| match end {
        TermPattern::Variable(name) => {
            bound.get(name.as_str()).map_or_else(|| end.clone(), |term| TermPattern::from(term.clone()))
        }
        _ => end.clone(),
    };
    let predicate = match &pattern.predicate {
        NamedNodePattern::Variable(name) => {
            let node = bound.get(name.as_str()).and_then(|term| NamedNode::try_from(term.clone()).ok());
            node.map_or_else(|| pattern.predicate.clone(), NamedNodePattern::NamedNode)
        }
        NamedNodePattern::NamedNode(_) => pattern.predicate.clone(),
    };
    TriplePattern { subject: put(&pattern.subject), predicate, object: put(&pattern.object) }
}
