//! Keeps what follows from some quads as they change, without inferring all of it anew: what rested on a deleted triple is taken back, what
//! still follows another way is put back, and then what is new is followed up (delete and rederive, Gupta, Mumick and Subrahmanian
//! 1993). Enter at [`Reasoner::new`]; [`Rules::infer`] gives the same at once, and a test holds both to it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use oxigraph::model::{GraphName, Quad, Term};
use spargebra::term::NamedNodePattern;

use super::datalog::{Fact, Known, Program, Terms, concludes, follow, saturate};
use super::{Inferred, Rules};
use crate::patch::Patch;

/// All that is stated and all that follows, ready to change.
pub struct Reasoner {
    terms: Terms,
    programs: Vec<Program>,
    /// By predicate: the graph that takes what is concluded with it.
    graphs: HashMap<u32, GraphName>,
    known: Known,
    /// In how many graphs a triple is stated.
    stated: HashMap<Fact, u32>,
    derived: usize,
}

impl Reasoner {
    /// Infers all that follows.
    pub fn new(rules: &Arc<Rules>, stated: &[Quad]) -> (Self, Inferred) {
        let mut terms = Terms::default();
        let mut counts: HashMap<Fact, u32> = HashMap::new();
        let mut known = Known::default();
        for quad in stated {
            let fact = number(&mut terms, quad);
            *counts.entry(fact).or_default() += 1;
            known.add(fact);
        }
        let programs: Vec<Program> = rules.0.iter().map(|rule| rule.compile(&mut terms)).collect();
        let mut graphs = HashMap::new();
        for (rule, triple) in rules.0.iter().flat_map(|rule| rule.head.iter().map(move |triple| (rule, triple))) {
            if let NamedNodePattern::NamedNode(predicate) = &triple.predicate {
                graphs.insert(terms.number(Term::from(predicate.clone())), rule.graph.clone());
            }
        }
        let (found, rounds) = saturate(&mut known, None, &programs);
        let mut reasoner = Self { terms, programs, graphs, known, stated: counts, derived: 0 };
        let quads: Vec<Quad> = found.iter().filter_map(|(_, fact)| reasoner.quad(*fact)).collect();
        reasoner.derived = quads.len();
        let inferred = Inferred { quads, stated: reasoner.stated.len(), rounds };
        (reasoner, inferred)
    }

    /// How many triples are stated, and how many follow.
    pub fn size(&self) -> (usize, usize) {
        (self.stated.len(), self.derived)
    }

    /// Takes over a change of what is stated, every quad of which takes effect, and tells how what follows changes.
    pub fn apply(&mut self, patch: &Patch) -> Patch {
        let gone: Vec<Fact> = patch.deleted.iter().filter_map(|quad| self.unstate(quad)).collect();
        let mut come = Vec::new();
        for quad in &patch.added {
            let fact = number(&mut self.terms, quad);
            let count = self.stated.entry(fact).or_default();
            *count += 1;
            if *count == 1 {
                come.push(fact);
            }
        }
        // A triple that went from one graph to another is stated as before.
        let moved: HashSet<Fact> = gone.iter().filter(|fact| come.contains(fact)).copied().collect();
        let gone: Vec<Fact> = gone.into_iter().filter(|fact| !moved.contains(fact)).collect();
        come.retain(|fact| !moved.contains(fact));

        let deleted = self.resting_on(&gone);
        deleted.iter().for_each(|fact| self.known.remove(*fact));
        let mut news = Known::default();
        for fact in &deleted {
            if self.programs.iter().any(|rule| concludes(rule, *fact, &self.known)) {
                self.known.add(*fact);
                news.add(*fact);
            }
        }
        let mut followed: HashSet<Fact> = HashSet::new();
        for fact in &come {
            if self.known.contains(fact) {
                followed.insert(*fact);
            }
            self.known.add(*fact);
            news.add(*fact);
        }
        let found = if news.is_empty() { Vec::new() } else { saturate(&mut self.known, Some(news), &self.programs).0 };
        self.known.tidy();
        self.changes(&gone, &deleted, &come, &followed, found.into_iter().map(|(_, fact)| fact))
    }

    /// What is no longer derived and what is now, from all the facts that may have changed.
    fn changes(
        &mut self,
        gone: &[Fact],
        deleted: &HashSet<Fact>,
        come: &[Fact],
        followed: &HashSet<Fact>,
        found: impl Iterator<Item = Fact>,
    ) -> Patch {
        let gone: HashSet<Fact> = gone.iter().copied().collect();
        let is_derived = |fact: &Fact| self.known.contains(fact) && !self.stated.contains_key(fact);
        let was_derived = |fact: &Fact| deleted.contains(fact) && !gone.contains(fact) || followed.contains(fact);
        let touched: HashSet<Fact> = deleted.iter().chain(come).copied().chain(found).collect();
        let of = |before: bool, after: bool| {
            let facts = touched.iter().filter(move |fact| was_derived(fact) == before && is_derived(fact) == after);
            facts.filter_map(|fact| self.quad(*fact)).collect::<Vec<Quad>>()
        };
        let patch = Patch { deleted: of(true, false), added: of(false, true) };
        self.derived = self.derived + patch.added.len() - patch.deleted.len();
        patch
    }

    /// The fact of a quad that is nowhere stated any more.
    fn unstate(&mut self, quad: &Quad) -> Option<Fact> {
        let fact = number(&mut self.terms, quad);
        let count = self.stated.get_mut(&fact)?;
        *count -= 1;
        if *count > 0 {
            return None;
        }
        self.stated.remove(&fact);
        Some(fact)
    }

    /// The facts, and all that was concluded with any of them and is not stated.
    fn resting_on(&self, gone: &[Fact]) -> HashSet<Fact> {
        let mut deleted: HashSet<Fact> = gone.iter().copied().collect();
        let mut news = Known::default();
        gone.iter().for_each(|fact| news.add(*fact));
        while !news.is_empty() {
            let mut next = Known::default();
            for rule in &self.programs {
                follow(rule, &news, &self.known, &mut |bindings| {
                    for fact in rule.conclusions(bindings) {
                        if !self.stated.contains_key(&fact) && deleted.insert(fact) {
                            next.add(fact);
                        }
                    }
                    false
                });
            }
            news = next;
        }
        deleted
    }

    fn quad(&self, fact: Fact) -> Option<Quad> {
        let graph = self.graphs.get(&fact[1])?.clone();
        Some(self.terms.triple(fact)?.in_graph(graph))
    }
}

fn number(terms: &mut Terms, quad: &Quad) -> Fact {
    let subject = terms.number(quad.subject.clone().into());
    let predicate = terms.number(quad.predicate.clone().into());
    [subject, predicate, terms.number(quad.object.clone())]
}
