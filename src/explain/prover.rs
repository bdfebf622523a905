//! Finds out how triples follow: unifies each with the heads of the rules, runs their bodies bound, and goes on with what they rest
//! on. Enter at [`Prover`]; it remembers all it has met, so that proofs share what they have in common.
//! Nothing here knows a rule. Putting proofs together is the work of [`super::smallest`].

use std::collections::HashMap;
use std::sync::Arc;

use oxigraph::model::{GraphName, Triple};

use super::demands::{Among, Bindings};
use super::evidence::{evidence, source};
use super::smallest::{Choices, Support, smallest};
use super::solve::{solutions, triple, unify};
use super::{Reason, Step, say};
use crate::knowledge::Generation;
use crate::store::StoreError;

/// Proves triples of one generation.
pub struct Prover<'a> {
    generation: &'a Generation,
    numbers: HashMap<Triple, usize>,
    triples: Vec<Triple>,
    supports: Vec<Support>,
    /// Of a derived goal, the rule and what its variables stand for, for each derivation.
    derivations: Vec<Vec<(usize, Bindings)>>,
    least: Vec<Option<u64>>,
    stated: HashMap<usize, Arc<Step>>,
}

impl<'a> Prover<'a> {
    /// One that has met nothing yet.
    pub fn new(generation: &'a Generation) -> Self {
        Self {
            generation,
            numbers: HashMap::new(),
            triples: Vec::new(),
            supports: Vec::new(),
            derivations: Vec::new(),
            least: Vec::new(),
            stated: HashMap::new(),
        }
    }

    /// At most so many proofs of a triple, the smallest first; none if it does not hold.
    ///
    /// # Errors
    /// When the store fails.
    pub fn proofs(&mut self, triple: &Triple, limit: usize) -> Result<Vec<Arc<Step>>, StoreError> {
        let together = self.together(&[vec![triple.clone()]], limit)?;
        Ok(together.into_iter().flat_map(|(_, steps)| steps).collect())
    }

    /// At most so many proofs of all triples of one of the alternatives, the smallest first, each with the alternative's number.
    pub(super) fn together(
        &mut self,
        alternatives: &[Vec<Triple>],
        limit: usize,
    ) -> Result<Vec<(usize, Vec<Arc<Step>>)>, StoreError> {
        let goals: Vec<Vec<usize>> = alternatives
            .iter()
            .map(|triples| triples.iter().map(|triple| self.goal(triple)).collect())
            .collect::<Result<_, StoreError>>()?;
        let found = smallest(&self.supports, &self.least, &goals, limit);
        found.into_iter().map(|choices| Ok((choices.alternative, self.built(&goals[choices.alternative], &choices)?))).collect()
    }

    /// The number of a goal, with everything met that it can rest on.
    fn goal(&mut self, triple: &Triple) -> Result<usize, StoreError> {
        let first = self.supports.len();
        let goal = self.number(triple.clone());
        for next in first.. {
            let Some(triple) = self.triples.get(next).cloned() else { break };
            let (support, derivations) = self.support(&triple)?;
            self.supports.push(support);
            self.derivations.push(derivations);
        }
        self.weigh(first);
        Ok(goal)
    }

    fn number(&mut self, triple: Triple) -> usize {
        if let Some(number) = self.numbers.get(&triple) {
            return *number;
        }
        self.triples.push(triple.clone());
        self.numbers.insert(triple, self.triples.len() - 1);
        self.triples.len() - 1
    }

    fn support(&mut self, goal: &Triple) -> Result<(Support, Vec<(usize, Bindings)>), StoreError> {
        if !stated_in(self.generation, goal)?.is_empty() {
            return Ok((Support::Stated, Vec::new()));
        }
        let mut found: Vec<(Vec<Triple>, usize, Bindings)> = Vec::new();
        for (number, rule) in self.generation.rules.0.iter().enumerate() {
            for head in rule.head() {
                let Some(bound) = unify(head, goal, Bindings::new()) else { continue };
                for solution in solutions(&self.generation.store, rule.body(), &bound, &Among::new())? {
                    let premises: Option<Vec<Triple>> = rule.body().iter().map(|pattern| triple(pattern, &solution)).collect();
                    if let Some(premises) = premises.filter(|_| rule.admits(&solution))
                        && !found.iter().any(|(known, rule, _)| *rule == number && *known == premises)
                    {
                        found.push((premises, number, solution));
                    }
                }
            }
        }
        // The store has no order that stays.
        found.sort_by_cached_key(|(premises, rule, _)| (*rule, premises.iter().map(ToString::to_string).collect::<Vec<_>>()));
        let rests_on =
            found.iter().map(|(premises, ..)| premises.iter().map(|premise| self.number(premise.clone())).collect()).collect();
        Ok((Support::Derived(rests_on), found.into_iter().map(|(_, rule, bound)| (rule, bound)).collect()))
    }

    /// Finds the size of the smallest proof of each goal from `first` on. All before have theirs, and rest on none of these.
    fn weigh(&mut self, first: usize) {
        self.least.resize(self.supports.len(), None);
        let mut changed = true;
        while changed {
            changed = false;
            for goal in (first..self.supports.len()).rev() {
                let least = match &self.supports[goal] {
                    Support::Stated => Some(1),
                    Support::Derived(derivations) => {
                        let size = |premises: &Vec<usize>| {
                            premises.iter().try_fold(1u64, |sum, premise| Some(sum.saturating_add(self.least[*premise]?)))
                        };
                        derivations.iter().filter_map(size).min()
                    }
                };
                changed |= least != self.least[goal];
                self.least[goal] = least;
            }
        }
    }

    fn built(&mut self, goals: &[usize], choices: &Choices) -> Result<Vec<Arc<Step>>, StoreError> {
        let mut derivations = choices.derivations.iter();
        goals.iter().map(|goal| self.step(*goal, &mut derivations)).collect()
    }

    fn step(&mut self, goal: usize, choices: &mut std::slice::Iter<'_, usize>) -> Result<Arc<Step>, StoreError> {
        let Support::Derived(derivations) = &self.supports[goal] else { return self.stated(goal) };
        let chosen = choices.next().copied().unwrap_or_default();
        let premises = derivations[chosen].clone();
        let (rule, bound) = &self.derivations[goal][chosen];
        let rule = &self.generation.rules.0[*rule];
        let because = say::filled(&rule.because, bound, &self.generation.names);
        let rule = rule.id.clone();
        let premises = premises.into_iter().map(|premise| self.step(premise, choices)).collect::<Result<_, _>>()?;
        Ok(Arc::new(Step { triple: self.triples[goal].clone(), reason: Reason::Derived { rule, because, premises } }))
    }

    fn stated(&mut self, goal: usize) -> Result<Arc<Step>, StoreError> {
        if let Some(step) = self.stated.get(&goal) {
            return Ok(step.clone());
        }
        let triple = self.triples[goal].clone();
        let graphs = stated_in(self.generation, &triple)?;
        let store = &self.generation.store;
        let evidence = evidence(store, &triple)?;
        let source = graphs.first().map(|graph| source(store, graph)).transpose()?.flatten();
        let step = Arc::new(Step { triple, reason: Reason::Stated { graphs, source, evidence } });
        self.stated.insert(goal, step.clone());
        Ok(step)
    }
}

/// The graphs that state a triple, sorted: all but those that the rules fill.
fn stated_in(generation: &Generation, triple: &Triple) -> Result<Vec<GraphName>, StoreError> {
    let (subject, predicate) = (triple.subject.as_ref(), triple.predicate.as_ref());
    let found = generation.store.matching(Some(subject), Some(predicate), Some(triple.object.as_ref()));
    let mut graphs: Vec<GraphName> = found.map(|quad| Ok(quad?.graph_name)).collect::<Result<_, StoreError>>()?;
    graphs.retain(|graph| !generation.rules.fill(graph));
    graphs.sort_by_key(ToString::to_string);
    Ok(graphs)
}
