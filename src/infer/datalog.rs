//! Evaluates Datalog rules to their fixpoint over triples held as numbers: semi-naive, each round joining what the round
//! before added with all that is known. Enter at [`fixpoint`]. It knows rules as patterns and nothing of SPARQL.
//!
//! Why not the SPARQL engine that is there? It can only evaluate each rule anew over everything in every round; this takes
//! a small part of the time, and a test holds both to the same result.

use std::collections::{HashMap, HashSet};

use oxigraph::model::{NamedNode, NamedOrBlankNode, Term, Triple};

/// A rule whose terms are numbers from a [`Terms`].
pub struct Program {
    pub body: Vec<Atom>,
    pub head: Vec<Atom>,
    pub filters: Vec<Filter>,
    pub variables: usize,
}

/// Subject, predicate and object of a pattern.
pub type Atom = [Slot; 3];

/// A place of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Term(u32),
    Variable(usize),
}

/// A condition on the bound terms.
pub enum Filter {
    Same(Slot, Slot),
    Not(Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

/// Terms, numbered.
#[derive(Default)]
pub struct Terms {
    numbers: HashMap<Term, u32>,
    terms: Vec<Term>,
}

/// A triple that follows, and the rule by which it first did.
pub struct Consequence {
    pub triple: Triple,
    pub rule: usize,
}

pub type Fact = [u32; 3];

/// What is known, found by predicate and by predicate with either end.
#[derive(Default)]
pub struct Known {
    facts: HashSet<Fact>,
    /// Removed, and still in the lists below: taking it out would mean to look through them.
    dead: HashSet<Fact>,
    by_predicate: HashMap<u32, Vec<Fact>>,
    by_subject: HashMap<(u32, u32), Vec<Fact>>,
    by_object: HashMap<(u32, u32), Vec<Fact>>,
}

impl Terms {
    /// The number of a term.
    pub fn number(&mut self, term: Term) -> u32 {
        if let Some(number) = self.numbers.get(&term) {
            return *number;
        }
        // More than four billion terms would not fit into memory either.
        let number = self.terms.len() as u32;
        self.terms.push(term.clone());
        self.numbers.insert(term, number);
        number
    }

    /// A fact as RDF, where RDF can say it: no literal as subject, no blank node as predicate.
    pub fn triple(&self, [subject, predicate, object]: Fact) -> Option<Triple> {
        let subject = match &self.terms[subject as usize] {
            Term::NamedNode(node) => NamedOrBlankNode::from(node.clone()),
            Term::BlankNode(node) => NamedOrBlankNode::from(node.clone()),
            _ => return None,
        };
        let predicate = NamedNode::try_from(self.terms[predicate as usize].clone()).ok()?;
        Some(Triple::new(subject, predicate, self.terms[object as usize].clone()))
    }
}

/// All that follows from the facts by the rules, and in how many rounds.
pub fn fixpoint(terms: &Terms, facts: impl IntoIterator<Item = Fact>, rules: &[Program]) -> (Vec<Consequence>, usize) {
    let mut known = Known::default();
    facts.into_iter().for_each(|fact| known.add(fact));
    let (found, rounds) = saturate(&mut known, None, rules);
    let consequence = |(rule, fact)| Some(Consequence { triple: terms.triple(fact)?, rule });
    (found.into_iter().filter_map(consequence).collect(), rounds)
}

/// Adds to what is known all that follows, each with the rule by which it first did; tells it in the order it was found, and in how many
/// rounds. Only what is new is followed up, where it is given: the rest has been before.
pub fn saturate(known: &mut Known, mut news: Option<Known>, rules: &[Program]) -> (Vec<(usize, Fact)>, usize) {
    let mut consequences = Vec::new();
    let mut rounds = 0;
    loop {
        let mut found: Vec<(usize, Fact)> = Vec::new();
        let mut seen: HashSet<Fact> = HashSet::new();
        for (index, rule) in rules.iter().enumerate() {
            let mut conclude = |bindings: &[Option<u32>]| {
                for fact in rule.conclusions(bindings) {
                    if !known.facts.contains(&fact) && seen.insert(fact) {
                        found.push((index, fact));
                    }
                }
                false
            };
            match &news {
                // Nothing is new in the first round because everything is.
                None => {
                    join(rule, known, &mut vec![None; rule.variables], &(0..rule.body.len()).collect::<Vec<_>>(), &mut conclude);
                }
                Some(news) => follow(rule, news, known, &mut conclude),
            }
        }
        if found.is_empty() {
            return (consequences, rounds);
        }
        let mut added = Known::default();
        for (_, fact) in &found {
            known.add(*fact);
            added.add(*fact);
        }
        consequences.append(&mut found);
        news = Some(added);
        rounds += 1;
    }
}

/// The conclusions of a rule in which one of some facts takes part.
pub fn follow(rule: &Program, news: &Known, known: &Known, conclude: &mut Conclude<'_>) {
    (0..rule.body.len()).for_each(|first| join_from(rule, first, news, known, conclude));
}

/// Whether a rule concludes a fact from what is known.
pub fn concludes(rule: &Program, fact: Fact, known: &Known) -> bool {
    let all: Vec<usize> = (0..rule.body.len()).collect();
    rule.head.iter().any(|atom| {
        let mut bindings = vec![None; rule.variables];
        bind(atom, fact, &mut bindings).is_some() && join(rule, known, &mut bindings, &all, &mut |_| true)
    })
}

/// Takes the bindings of a rule's variables, and tells whether that is enough.
pub type Conclude<'a> = dyn FnMut(&[Option<u32>]) -> bool + 'a;

impl Program {
    /// The facts that bindings make of the head.
    pub fn conclusions(&self, bindings: &[Option<u32>]) -> impl Iterator<Item = Fact> {
        self.head.iter().filter_map(|atom| ground(atom, bindings))
    }
}

/// Joins a rule's body where one of its atoms is something new.
fn join_from(rule: &Program, first: usize, news: &Known, known: &Known, conclude: &mut Conclude<'_>) {
    let mut bindings = vec![None; rule.variables];
    let rest: Vec<usize> = (0..rule.body.len()).filter(|at| *at != first).collect();
    for fact in news.candidates(&rule.body[first], &bindings) {
        if let Some(bound) = bind(&rule.body[first], *fact, &mut bindings) {
            join(rule, known, &mut bindings, &rest, conclude);
            bound.into_iter().flatten().for_each(|variable| bindings[variable] = None);
        }
    }
}

/// Joins the remaining atoms, the one with the fewest candidates first, until that is enough.
fn join(rule: &Program, known: &Known, bindings: &mut Vec<Option<u32>>, rest: &[usize], conclude: &mut Conclude<'_>) -> bool {
    let Some(next) = rest.iter().copied().min_by_key(|at| known.candidates(&rule.body[*at], bindings).len()) else {
        return rule.filters.iter().all(|filter| filter.holds(bindings)) && conclude(bindings);
    };
    let rest: Vec<usize> = rest.iter().copied().filter(|at| *at != next).collect();
    for fact in known.candidates(&rule.body[next], bindings) {
        if known.is_dead(fact) {
            continue;
        }
        if let Some(bound) = bind(&rule.body[next], *fact, bindings) {
            let enough = join(rule, known, bindings, &rest, conclude);
            bound.into_iter().flatten().for_each(|variable| bindings[variable] = None);
            if enough {
                return true;
            }
        }
    }
    false
}

/// Binds an atom's free variables to a fact and tells which; nothing is bound where they do not match.
fn bind(atom: &Atom, fact: Fact, bindings: &mut [Option<u32>]) -> Option<[Option<usize>; 3]> {
    let mut bound = [None; 3];
    for place in 0..3 {
        let matches = match atom[place] {
            Slot::Term(term) => term == fact[place],
            Slot::Variable(variable) => match bindings[variable] {
                Some(term) => term == fact[place],
                None => {
                    bindings[variable] = Some(fact[place]);
                    bound[place] = Some(variable);
                    true
                }
            },
        };
        if !matches {
            bound.into_iter().flatten().for_each(|variable| bindings[variable] = None);
            return None;
        }
    }
    Some(bound)
}

fn value(slot: Slot, bindings: &[Option<u32>]) -> Option<u32> {
    match slot {
        Slot::Term(term) => Some(term),
        Slot::Variable(variable) => bindings[variable],
    }
}

fn ground(atom: &Atom, bindings: &[Option<u32>]) -> Option<Fact> {
    Some([value(atom[0], bindings)?, value(atom[1], bindings)?, value(atom[2], bindings)?])
}

impl Filter {
    fn holds(&self, bindings: &[Option<u32>]) -> bool {
        match self {
            Self::Same(a, b) => value(*a, bindings) == value(*b, bindings),
            Self::Not(inner) => !inner.holds(bindings),
            Self::And(a, b) => a.holds(bindings) && b.holds(bindings),
            Self::Or(a, b) => a.holds(bindings) || b.holds(bindings),
        }
    }
}

impl Known {
    pub fn add(&mut self, fact: Fact) {
        if self.facts.insert(fact) && !self.dead.remove(&fact) {
            self.list(fact);
        }
    }

    fn list(&mut self, fact: Fact) {
        let [subject, predicate, object] = fact;
        self.by_predicate.entry(predicate).or_default().push(fact);
        self.by_subject.entry((predicate, subject)).or_default().push(fact);
        self.by_object.entry((predicate, object)).or_default().push(fact);
    }

    pub fn remove(&mut self, fact: Fact) {
        if self.facts.remove(&fact) {
            self.dead.insert(fact);
        }
    }

    pub fn contains(&self, fact: &Fact) -> bool {
        self.facts.contains(fact)
    }

    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// Takes out of the lists what was removed, once it is much.
    pub fn tidy(&mut self) {
        if self.dead.len() * 8 > self.facts.len() + 10_000 {
            *self = Self { facts: std::mem::take(&mut self.facts), ..Self::default() };
            let facts = std::mem::take(&mut self.facts);
            facts.iter().for_each(|fact| self.list(*fact));
            self.facts = facts;
        }
    }

    fn is_dead(&self, fact: &Fact) -> bool {
        !self.dead.is_empty() && self.dead.contains(fact)
    }

    /// Facts among which all that match an atom are, by the narrowest index; rules name their predicates.
    fn candidates(&self, atom: &Atom, bindings: &[Option<u32>]) -> &[Fact] {
        let Some(predicate) = value(atom[1], bindings) else { return &[] };
        let found = match (value(atom[0], bindings), value(atom[2], bindings)) {
            (Some(subject), None) => self.by_subject.get(&(predicate, subject)),
            (None, Some(object)) => self.by_object.get(&(predicate, object)),
            (Some(subject), Some(object)) => {
                let (a, b) = (self.by_subject.get(&(predicate, subject)), self.by_object.get(&(predicate, object)));
                if a.map_or(0, Vec::len) <= b.map_or(0, Vec::len) { a } else { b }
            }
            (None, None) => self.by_predicate.get(&predicate),
        };
        found.map_or(&[], Vec::as_slice)
    }
}
