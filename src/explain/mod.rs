//! Proves what was not stated: why a triple holds, why a row is in an answer, down to the items of the pages that say so.
//! Enter at [`row`], [`rows`] or [`triple`]; [`check`] verifies a proof without the code that found it.
//! How a proof is shown is for others: [`Explanation::to_json`], [`rdf`] and [`tree`] are its forms.

pub mod check;
mod demands;
pub mod document;
pub mod evidence;
pub mod naming;
mod prover;
pub mod rdf;
pub mod say;
mod smallest;
mod solve;
pub mod tree;

use std::sync::Arc;

use oxigraph::model::{GraphName, NamedNode, Term, Triple};
use spargebra::term::TriplePattern;

use crate::catalogue::answer::Answer;
use crate::catalogue::names::Unresolved;
use crate::knowledge::Generation;
use crate::store::StoreError;
use demands::{Among, Bindings, Demands};
pub use evidence::Evidence;
pub use prover::Prover;
use solve::solutions;

/// The most proofs of one thing.
pub const MOST_PROOFS: usize = 20;

/// What was asked about, and its proofs: at least one, the smallest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The version of the data that it was found in.
    pub version: String,
    pub about: About,
    pub proofs: Vec<Proof>,
}

/// What is explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Triple(Triple),
    Row(Row),
}

/// A row of an answer, and the call that gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub question: String,
    pub arguments: Vec<(String, String)>,
    /// The word of the policy that decided, where the question has one.
    pub policy: Option<String>,
    /// Counted from 1.
    pub number: usize,
    pub columns: Vec<String>,
    pub cells: Vec<Option<Term>>,
}

/// One proof: of all triples that are claimed, and the absences they come with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub claims: Vec<Arc<Step>>,
    pub absent: Vec<Absence>,
}

/// One triple, and why it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub triple: Triple,
    pub reason: Reason,
}

/// Why a triple holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody says so.
    Stated {
        graphs: Vec<GraphName>,
        /// The document whose graph that is.
        source: Option<NamedNode>,
        evidence: Vec<Evidence>,
    },
    /// It follows by a rule.
    Derived {
        rule: String,
        /// The rule's sentence about this very case.
        because: String,
        /// In the order of the rule's body.
        premises: Vec<Arc<Step>>,
    },
}

/// That no triples of the graph look so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub patterns: Vec<TriplePattern>,
}

/// Why there is no explanation; all but [`ExplainError::Store`] are the asker's to mend, or the question file's.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    #[error("{}", no_such_row(*number, *rows))]
    NoRow { number: usize, rows: usize },
    #[error("{proofs} proofs are asked for; between 1 and {MOST_PROOFS} are given")]
    Proofs { proofs: usize },
    #[error("{part} `{text}`: {}", naming::explained(why))]
    Name { part: &'static str, text: String, why: Unresolved },
    #[error("`{text}` does not read as subject, predicate and object{hint}")]
    Shape { text: String, hint: String },
    #[error("nothing states `{triple}`, and no rule gives it{hint}")]
    Unknown { triple: String, hint: String },
    #[error("`{question}` does not say what its rows claim (`#+ explains:`)")]
    NoClaims { question: String },
    #[error("row {number} of `{question}` claims what does not hold: {what}")]
    Unfounded { question: String, number: usize, what: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Explains a row of an answer of the generation, counted from 1, with at most `limit` proofs.
///
/// # Errors
/// When there is no such row, or its question claims what does not hold.
pub fn row(generation: &Generation, answer: &Answer, number: usize, limit: usize) -> Result<Explanation, ExplainError> {
    explained_row(&mut Prover::new(generation), generation, answer, number, limit)
}

/// Explains every row of an answer.
///
/// # Errors
/// As [`row`].
pub fn rows(generation: &Generation, answer: &Answer, limit: usize) -> Result<Vec<Explanation>, ExplainError> {
    let mut prover = Prover::new(generation);
    (1..=answer.rows.len()).map(|number| explained_row(&mut prover, generation, answer, number, limit)).collect()
}

/// Explains a triple with at most `limit` proofs.
///
/// # Errors
/// When it does not hold.
pub fn triple(generation: &Generation, triple: &Triple, limit: usize) -> Result<Explanation, ExplainError> {
    within_bounds(limit)?;
    let proofs = Prover::new(generation).proofs(triple, limit)?;
    if proofs.is_empty() {
        return Err(naming::unknown(generation, triple)?);
    }
    let proofs = proofs.into_iter().map(|step| Proof { claims: vec![step], absent: Vec::new() }).collect();
    Ok(Explanation { version: generation.version.clone(), about: About::Triple(triple.clone()), proofs })
}

fn within_bounds(limit: usize) -> Result<(), ExplainError> {
    if (1..=MOST_PROOFS).contains(&limit) { Ok(()) } else { Err(ExplainError::Proofs { proofs: limit }) }
}

fn no_such_row(number: usize, rows: usize) -> String {
    match rows {
        0 => format!("there is no row {number}: the answer is empty"),
        1 => format!("there is no row {number}: the answer has one row"),
        _ => format!("there is no row {number}: the rows are 1 to {rows}"),
    }
}

fn explained_row(
    prover: &mut Prover<'_>,
    generation: &Generation,
    answer: &Answer,
    number: usize,
    limit: usize,
) -> Result<Explanation, ExplainError> {
    within_bounds(limit)?;
    let cells = number.checked_sub(1).and_then(|at| answer.rows.get(at));
    let cells = cells.ok_or(ExplainError::NoRow { number, rows: answer.rows.len() })?;
    let no_claims = || ExplainError::NoClaims { question: answer.question.clone() };
    let question = generation.catalogue.get(&answer.question).ok_or_else(no_claims)?;
    let demands = Demands::of(question, answer, cells);
    if demands.claims.is_empty() {
        return Err(no_claims());
    }
    let unfounded = |what: &[TriplePattern]| ExplainError::Unfounded {
        question: question.id.clone(),
        number,
        what: say::patterns(what, &generation.names),
    };
    let mut alternatives = Vec::new();
    let mut present = None;
    for solution in solutions(&generation.store, &demands.claims, &demands.bound, &demands.among)? {
        let triples: Option<Vec<Triple>> = demands.claims.iter().map(|pattern| solve::triple(pattern, &solution)).collect();
        let Some(triples) = triples else { continue };
        let absent = demands.absences(&solution);
        let mut there = None;
        for absence in &absent {
            if !solutions(&generation.store, &absence.patterns, &Bindings::new(), &Among::new())?.is_empty() {
                there = Some(unfounded(&absence.patterns));
            }
        }
        match there {
            Some(error) => present = Some(error),
            None => alternatives.push((triples, absent)),
        }
    }
    alternatives.sort_by_cached_key(|(triples, _)| triples.iter().map(ToString::to_string).collect::<Vec<_>>());
    alternatives.dedup_by(|a, b| a.0 == b.0);
    let goals: Vec<Vec<Triple>> = alternatives.iter().map(|(triples, _)| triples.clone()).collect();
    let proofs: Vec<Proof> = prover
        .together(&goals, limit)?
        .into_iter()
        .map(|(alternative, claims)| Proof { claims, absent: alternatives[alternative].1.clone() })
        .collect();
    if proofs.is_empty() {
        return Err(present.unwrap_or_else(|| unfounded(&demands.claims)));
    }
    let about = About::Row(Row {
        question: question.id.clone(),
        arguments: answer.arguments.clone(),
        policy: answer.policy(&generation.names),
        number,
        columns: answer.columns.clone(),
        cells: cells.clone(),
    });
    Ok(Explanation { version: generation.version.clone(), about, proofs })
}
