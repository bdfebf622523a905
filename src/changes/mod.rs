//! What an edit changes: it is made on a copy, what follows is inferred anew, and every question is asked of both states.
//! Enter at [`what_if`]; [`between`] compares any two generations. Nothing is kept.

mod calls;
mod edits;
pub mod statements;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use oxigraph::model::{Quad, Term};
use serde_json::{Map, Value, json};

use crate::catalogue::answer::{Answer, AskError};
use crate::catalogue::names::Names;
use crate::knowledge::{Generation, KnowledgeError, Located, Origin};
use crate::patch::{Patch, PatchError};
use crate::store::{StoreError, text};
pub use calls::Call;
pub use edits::moved;

/// What differs between two states of knowledge.
#[derive(Clone, Debug)]
pub struct Changes {
    pub stated: Difference,
    pub inferred: Difference,
    /// What shapes and checks find wrong with the later state.
    pub findings: Vec<Located>,
    /// How many calls were asked of both states.
    pub asked: usize,
    /// Those with another answer now.
    pub answers: Vec<Changed>,
}

/// How many triples came and went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    pub added: usize,
    pub removed: usize,
}

/// A call with another answer than before. Rows have the columns of the question; each stands as often as it came or went.
#[derive(Clone, Debug)]
pub struct Changed {
    pub call: Call,
    /// The question in words, with what it was asked about.
    pub asked: String,
    pub columns: Vec<String>,
    pub rows_before: usize,
    pub rows_after: usize,
    pub added: Vec<Vec<Option<Term>>>,
    pub removed: Vec<Vec<Option<Term>>>,
}

/// Why changes cannot be told; all but the last two are the asker's to mend.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error("{file}:{}: {}", .error.line, .error.what)]
    Patch { file: String, error: PatchError },
    #[error("{part} `{text}`: {why}")]
    Name { part: &'static str, text: String, why: String },
    #[error("`{statement}` is said of {scope} already")]
    NoMove { statement: String, scope: String },
    #[error("{quad} is not stated, so it cannot be deleted{hint}")]
    Absent { quad: String, hint: String },
    #[error("{quad} stands in a graph that is made, not stated: change what it follows from")]
    Made { quad: String },
    #[error("there is nothing to change")]
    Nothing,
    #[error(transparent)]
    Knowledge(#[from] KnowledgeError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What the edits would change in the data of an origin, of which `before` is the state now; in the answers to one question, or to all.
/// `progress` is told how many calls of how many are being asked.
///
/// # Errors
/// When the edits cannot be made.
pub fn what_if(
    origin: &Origin,
    before: &Generation,
    edits: &Patch,
    question: Option<&str>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Changes, ChangeError> {
    if edits.is_empty() {
        return Err(ChangeError::Nothing);
    }
    edits::check(edits, before)?;
    let mut stated = before.stated()?;
    edits::apply(edits, &mut stated);
    let (after, findings) = Generation::altered(origin, |quads| *quads = stated)?;
    Ok(Changes { findings, ..between(before, &after, question, progress)? })
}

/// What differs between two generations, without judging the later.
///
/// # Errors
/// When a store fails.
pub fn between(
    before: &Generation,
    after: &Generation,
    question: Option<&str>,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Changes, ChangeError> {
    let inferred = |generation: &Generation| {
        let mut quads = generation.store.quads(None)?;
        quads.retain(|quad| generation.rules.fill(&quad.graph_name));
        Ok::<_, StoreError>(quads)
    };
    let stated = difference(before.stated()?, after.stated()?);
    let inferred = difference(inferred(before)?, inferred(after)?);
    let mut calls = calls::of(before, after);
    calls.retain(|call| question.is_none_or(|question| call.question == question));
    let done = AtomicUsize::new(0);
    let compared = |call: &Call| {
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, calls.len());
        Ok::<_, StoreError>(changed(call, asked(before, call)?, asked(after, call)?, [before, after]))
    };
    // Every nth call to each thread: neighbours cost alike, so all end at about the same time.
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = |first: usize| calls.iter().enumerate().skip(first).step_by(threads).map(|(at, call)| Ok((at, compared(call)?)));
    let shares = thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|first| scope.spawn(move || share(first).collect::<Result<Vec<_>, StoreError>>())).collect();
        running
            .into_iter()
            .map(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect::<Result<Vec<_>, StoreError>>()
    })?;
    let mut answers: Vec<(usize, Changed)> =
        shares.into_iter().flatten().filter_map(|(at, changed)| Some((at, changed?))).collect();
    answers.sort_by_key(|(at, _)| *at);
    let answers = answers.into_iter().map(|(_, changed)| changed).collect();
    Ok(Changes { stated, inferred, findings: Vec::new(), asked: calls.len(), answers })
}

fn difference(before: Vec<Quad>, after: Vec<Quad>) -> Difference {
    let (before, after): (HashSet<Quad>, HashSet<Quad>) = (before.into_iter().collect(), after.into_iter().collect());
    Difference { added: after.difference(&before).count(), removed: before.difference(&after).count() }
}

/// The answer to a call; none where a thing it asks about is not there.
fn asked(generation: &Generation, call: &Call) -> Result<Option<Answer>, StoreError> {
    match generation.ask(&call.question, &call.arguments) {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::Store(error)) => Err(error),
        Err(_) => Ok(None),
    }
}

fn changed(call: &Call, was: Option<Answer>, is: Option<Answer>, states: [&Generation; 2]) -> Option<Changed> {
    let (answer, generation) = match (&is, &was) {
        (Some(answer), _) => (answer, states[1]),
        (None, Some(answer)) => (answer, states[0]),
        (None, None) => return None,
    };
    // Nearly all calls end here.
    if was.as_ref().map(|answer| &answer.rows) == is.as_ref().map(|answer| &answer.rows) {
        return None;
    }
    let question = generation.catalogue.get(&call.question)?;
    let (asked, columns) = (answer.in_words(question, &generation.names), answer.columns.clone());
    let (was, is) = (was.map(|answer| answer.rows).unwrap_or_default(), is.map(|answer| answer.rows).unwrap_or_default());
    let (rows_before, rows_after) = (was.len(), is.len());
    let (added, removed) = (without(&is, &was), without(&was, &is));
    let differs = !added.is_empty() || !removed.is_empty();
    differs.then(|| Changed { call: call.clone(), asked, columns, rows_before, rows_after, added, removed })
}

type Rows = Vec<Vec<Option<Term>>>;

/// The rows of one answer that are not in the other, as often as they are more.
fn without(rows: &Rows, others: &Rows) -> Rows {
    let key = |row: &Vec<Option<Term>>| format!("{row:?}");
    let mut there: BTreeMap<String, usize> = BTreeMap::new();
    others.iter().for_each(|row| *there.entry(key(row)).or_default() += 1);
    let is_more = |row: &&Vec<Option<Term>>| match there.get_mut(&key(row)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let mut is_more = is_more;
    rows.iter().filter(|row| is_more(row)).cloned().collect()
}

impl Changes {
    /// The changes as programs read them; the names are those of either state.
    pub fn to_json(&self, names: &Names) -> Value {
        let count = |difference: Difference| json!({ "added": difference.added, "removed": difference.removed });
        json!({
            "stated": count(self.stated),
            "inferred": count(self.inferred),
            "findings": self.findings.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "asked": self.asked,
            "answers": self.answers.iter().map(|changed| changed.to_json(names)).collect::<Vec<_>>(),
        })
    }
}

impl Changed {
    fn to_json(&self, names: &Names) -> Value {
        let row = |row: &Vec<Option<Term>>| -> Value {
            let cell = |cell: &Option<Term>| cell.as_ref().map_or(Value::Null, |term| text(term).into());
            self.columns.iter().cloned().zip(row.iter().map(cell)).collect::<Map<_, _>>().into()
        };
        let arguments: Map<String, Value> = self
            .call
            .arguments
            .iter()
            .map(|(name, value)| (name.clone(), json!({ "value": value, "label": names.label(value) })))
            .collect();
        json!({
            "question": self.call.question,
            "arguments": arguments,
            "asked": self.asked,
            "rowsBefore": self.rows_before,
            "rowsAfter": self.rows_after,
            "columns": self.columns,
            "added": self.added.iter().map(row).collect::<Vec<_>>(),
            "removed": self.removed.iter().map(row).collect::<Vec<_>>(),
        })
    }
}
