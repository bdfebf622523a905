//! Puts proofs together out of derivations, the smallest first, each once, none that rests on itself.
//! Enter at [`smallest`]: a best-first search over unfinished proofs. What is still to prove counts with the size of its smallest
//! proof, which is known, so the search goes straight to the first and on to the next best.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// Something to prove, by number.
pub enum Support {
    /// It is stated.
    Stated,
    /// Each way to come by it, as what that rests on.
    Derived(Vec<Vec<usize>>),
}

/// A proof as decisions: which alternative to begin with, then which derivation of each derived goal, in the order in which
/// one meets them reading from the conclusion down.
#[derive(Debug, PartialEq, Eq)]
pub struct Choices {
    pub alternative: usize,
    pub derivations: Vec<usize>,
}

/// The most unfinished proofs looked at: data made to have a great many must not keep anyone waiting.
const MOST_LOOKED_AT: usize = 20_000;

/// An unfinished proof; the goals still open are a stack, each with what it was opened for.
struct Unfinished {
    choices: Choices,
    open: Vec<(usize, Option<Rc<Above>>)>,
}

struct Above {
    goal: usize,
    next: Option<Rc<Above>>,
}

/// At most so many proofs of all goals of one of the alternatives.
///
/// `least` is the size of the smallest proof of each goal; none where there is no proof.
pub fn smallest(supports: &[Support], least: &[Option<u64>], alternatives: &[Vec<usize>], limit: usize) -> Vec<Choices> {
    let size = |goals: &[usize]| goals.iter().try_fold(0u64, |sum, goal| Some(sum.saturating_add(least[*goal]?)));
    let mut queue = BinaryHeap::new();
    let mut waiting: Vec<Option<Unfinished>> = Vec::new();
    // Among proofs of one size the earlier found goes first, so that the same question has the same answer.
    let wait = |queue: &mut BinaryHeap<_>, size: u64, unfinished: Unfinished, waiting: &mut Vec<_>| {
        queue.push(Reverse((size, waiting.len())));
        waiting.push(Some(unfinished));
    };
    for (alternative, goals) in alternatives.iter().enumerate() {
        let Some(size) = size(goals) else { continue };
        let open = goals.iter().rev().map(|goal| (*goal, None)).collect();
        wait(&mut queue, size, Unfinished { choices: Choices { alternative, derivations: Vec::new() }, open }, &mut waiting);
    }
    let mut found = Vec::new();
    for _ in 0..MOST_LOOKED_AT {
        let Some(Reverse((so_far, at))) = queue.pop() else { break };
        let Some(Unfinished { choices, mut open }) = waiting[at].take() else { continue };
        let derived = loop {
            match open.pop() {
                Some((goal, above)) => {
                    if let Support::Derived(derivations) = &supports[goal] {
                        break Some((goal, above, derivations));
                    }
                }
                None => break None,
            }
        };
        let Some((goal, above, derivations)) = derived else {
            found.push(choices);
            if found.len() == limit {
                break;
            }
            continue;
        };
        let path = Rc::new(Above { goal, next: above });
        for (at, premises) in derivations.iter().enumerate() {
            let Some(below) = size(premises) else { continue };
            if premises.iter().any(|premise| path.contains(*premise)) {
                continue;
            }
            let mut derivations = choices.derivations.clone();
            derivations.push(at);
            let mut open = open.clone();
            open.extend(premises.iter().rev().map(|premise| (*premise, Some(path.clone()))));
            let size = (so_far - least[goal].unwrap_or(0)).saturating_add(1).saturating_add(below);
            let choices = Choices { alternative: choices.alternative, derivations };
            wait(&mut queue, size, Unfinished { choices, open }, &mut waiting);
        }
    }
    found
}

impl Above {
    fn contains(&self, goal: usize) -> bool {
        let mut at = Some(self);
        while let Some(above) = at {
            if above.goal == goal {
                return true;
            }
            at = above.next.as_deref();
        }
        false
    }
}
