//! Verifies a proof without the code that found it, whoever made it: each step by running its rule's CONSTRUCT over a store that
//! holds nothing but its premises, each leaf by looking it up, each row by asking again. Enter at [`check`].
//! A proof passes only if every step needs every one of its premises, so that none is dropped, swapped or thrown in.

use std::collections::HashSet;

use oxigraph::model::{GraphName, Literal, NamedNode, NamedOrBlankNode, Term, Triple};
use spargebra::Query;
use spargebra::algebra::GraphPattern;
use spargebra::term::{GroundTerm, TriplePattern};

use super::demands::{Bindings, Demands, substituted};
use super::{About, Absence, Evidence, Explanation, Proof, Reason, Row, Step, say};
use crate::catalogue::answer::AskError;
use crate::knowledge::Generation;
use crate::rq::{Rq, RqError, Values, ground};
use crate::store::{Store, StoreError, Table};
use crate::words;

/// What was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub proofs: usize,
    /// Steps by a rule, each once.
    pub derived: usize,
    /// Stated triples, each once.
    pub stated: usize,
    pub absences: usize,
}

/// Why a proof is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("the proof is refused: {0}")]
    Refused(String),
    #[error("the proof is refused: its question cannot be asked: {0}")]
    Ask(AskError),
    #[error("ontology/evidence.rq: {0}")]
    Evidence(#[from] RqError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where an evidence is said to stand, as a question to the engine.
const EVIDENCE: &str = include_str!("../../ontology/evidence.rq");

/// Verifies every proof of an explanation against a generation.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(generation: &Generation, explanation: &Explanation) -> Result<Checked, CheckError> {
    Checker::new(generation)?.check(explanation)
}

/// Verifies explanations; steps that several have in common, once.
pub struct Checker<'a> {
    generation: &'a Generation,
    evidence: Rq,
    /// The steps that were found good, as they read.
    good: HashSet<String>,
    checked: Checked,
}

impl<'a> Checker<'a> {
    /// One that has verified nothing yet.
    ///
    /// # Errors
    /// When the query for evidence cannot be read.
    pub fn new(generation: &'a Generation) -> Result<Self, CheckError> {
        Ok(Self { generation, evidence: Rq::parse(EVIDENCE)?, good: HashSet::new(), checked: Checked::default() })
    }

    /// Verifies every proof of an explanation; tells what has been verified so far.
    ///
    /// # Errors
    /// The first thing that does not hold.
    pub fn check(&mut self, explanation: &Explanation) -> Result<Checked, CheckError> {
        if explanation.proofs.is_empty() {
            return refused("it has no proof".to_owned());
        }
        for (number, proof) in explanation.proofs.iter().enumerate() {
            if explanation.proofs[..number].contains(proof) {
                return refused(format!("proof {} is there twice", number + 1));
            }
            proof.claims.iter().try_for_each(|step| self.step(step))?;
            match &explanation.about {
                About::Triple(triple) => self.of_triple(triple, proof)?,
                About::Row(row) => self.of_row(row, proof)?,
            }
            self.checked.proofs += 1;
        }
        Ok(self.checked)
    }

    fn of_triple(&self, triple: &Triple, proof: &Proof) -> Result<(), CheckError> {
        match (proof.claims.as_slice(), proof.absent.as_slice()) {
            ([step], []) if step.triple == *triple => Ok(()),
            _ => refused(format!("it does not prove {} and nothing else", self.says(triple))),
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), CheckError> {
        let (key, derived) = match &step.reason {
            Reason::Stated { graphs, source, evidence } => (format!("{} {graphs:?} {source:?} {evidence:?}", step.triple), false),
            Reason::Derived { rule, because, premises } => {
                premises.iter().try_for_each(|premise| self.step(premise))?;
                let premises: Vec<String> = premises.iter().map(|premise| premise.triple.to_string()).collect();
                (format!("{} {rule:?} {because:?} {premises:?}", step.triple), true)
            }
        };
        if self.good.contains(&key) {
            return Ok(());
        }
        match &step.reason {
            Reason::Stated { graphs, source, evidence } => self.stated(&step.triple, graphs, source.as_ref(), evidence)?,
            Reason::Derived { rule, because, premises } => {
                let premises: Vec<&Triple> = premises.iter().map(|premise| &premise.triple).collect();
                self.derived(&step.triple, rule, because, &premises)?;
            }
        }
        self.good.insert(key);
        *(if derived { &mut self.checked.derived } else { &mut self.checked.stated }) += 1;
        Ok(())
    }

    fn derived(&self, triple: &Triple, id: &str, because: &str, premises: &[&Triple]) -> Result<(), CheckError> {
        let says = self.says(triple);
        let Some(rule) = self.generation.rules.get(id) else {
            return refused(format!("{says}: there is no rule `{id}`"));
        };
        let store = of(premises)?;
        if !store.construct(rule.rq.query.clone())?.contains(triple) {
            return refused(format!("{says}: the rule `{id}` does not give it from these premises"));
        }
        let Query::Construct { pattern, dataset, base_iri, .. } = rule.rq.query.clone() else {
            return refused(format!("the rule `{id}` is no CONSTRUCT"));
        };
        let conclusion = TriplePattern::from(triple.clone());
        let mut found = solutions(&store, Query::Select { dataset, pattern, base_iri })?;
        found.retain(|solution| rule.head().iter().any(|head| substituted(head, solution) == conclusion));
        let Some(solution) = found.iter().find(|solution| spare(premises, rule.body(), solution).is_none()) else {
            let spare = found.first().and_then(|solution| spare(premises, rule.body(), solution));
            let spare = spare.map(|spare| self.says(spare)).unwrap_or_default();
            return refused(format!("{says}: the rule `{id}` has no need of the premise {spare}"));
        };
        let sentence = say::filled(&rule.because, solution, &self.generation.names);
        match sentence == because {
            true => Ok(()),
            false => refused(format!("{says}: it says `{because}`, where the rule `{id}` says `{sentence}`")),
        }
    }

    fn stated(
        &self,
        triple: &Triple,
        graphs: &[GraphName],
        source: Option<&NamedNode>,
        evidence: &[Evidence],
    ) -> Result<(), CheckError> {
        let (store, says) = (&self.generation.store, self.says(triple));
        if graphs.is_empty() {
            return refused(format!("{says}: it names no graph that states it"));
        }
        for graph in graphs {
            if self.generation.rules.fill(graph) || !store.contains(&triple.clone().in_graph(graph.clone()))? {
                return refused(format!("{says}: nobody states it in {graph}"));
            }
        }
        if let Some(document) = source {
            let mut its = false;
            for graph in graphs {
                its |= self.is_source(document, graph)?;
            }
            if !its {
                return refused(format!("{says}: {document} is not the source of its graph"));
            }
        }
        if evidence.is_empty() && self.is_evidenced(triple)? {
            return refused(format!("{says}: the graph has evidence of it, which is left out"));
        }
        for one in evidence {
            if !store.ask(self.evidence.bind(&asked(triple, Some(one))))? {
                let place = format!("{} at {} {}", one.section, words::shorten(one.block.as_str()), one.position);
                return refused(format!(
                    "{says}: the graph does not have {} as its evidence, in {place} with digest {}",
                    one.entity, one.digest
                ));
            }
        }
        Ok(())
    }

    /// Whether the graph has any evidence of a triple.
    fn is_evidenced(&self, triple: &Triple) -> Result<bool, StoreError> {
        let NamedOrBlankNode::NamedNode(subject) = &triple.subject else { return Ok(false) };
        let any = asked(triple, None);
        let mut itself = any.clone();
        itself.insert("entity".to_owned(), vec![Some(subject.clone().into())]);
        let store = &self.generation.store;
        Ok(store.ask(self.evidence.bind(&any))? || store.ask(self.evidence.bind(&itself))?)
    }

    /// Whether some graph says that a document is the source of a graph.
    fn is_source(&self, document: &NamedNode, graph: &GraphName) -> Result<bool, StoreError> {
        let GraphName::NamedNode(graph) = graph else { return Ok(false) };
        let pattern = TriplePattern {
            subject: document.clone().into(),
            predicate: words::NAMED_GRAPH.into_owned().into(),
            object: graph.clone().into(),
        };
        self.generation.store.ask(asking(vec![pattern]))
    }

    fn of_row(&mut self, row: &Row, proof: &Proof) -> Result<(), CheckError> {
        let generation = self.generation;
        let answer = generation.ask(&row.question, &row.arguments).map_err(|error| match error {
            AskError::Store(error) => CheckError::Store(error),
            other => CheckError::Ask(other),
        })?;
        let cells = row.number.checked_sub(1).and_then(|at| answer.rows.get(at));
        if answer.columns != row.columns || cells != Some(&row.cells) {
            return refused(format!("row {} of the answer does not read so in this version of the data", row.number));
        }
        if answer.policy(&generation.names) != row.policy {
            return refused("the answer is of another policy".to_owned());
        }
        let Some(question) = generation.catalogue.get(&answer.question) else {
            return refused(format!("there is no question `{}`", answer.question));
        };
        let demands = Demands::of(question, &answer, &row.cells);
        let pattern: Vec<TriplePattern> = demands.claims.iter().map(|pattern| substituted(pattern, &demands.bound)).collect();
        let claims: Vec<&Triple> = proof.claims.iter().map(|step| &step.triple).collect();
        let store = of(&claims)?;
        if !store.ask(asking(pattern.clone()))? {
            let wanted = say::patterns(&pattern, &generation.names);
            return refused(format!("its claims are not what row {} claims: {wanted}", row.number));
        }
        let mut found = solutions(&store, selecting(pattern.clone()))?;
        // A list parameter stands for what was asked about, and nothing else.
        let among = |(name, terms): (&String, &Vec<Term>), solution: &Bindings| {
            solution.get(name).is_none_or(|term| terms.contains(term))
        };
        found.retain(|solution| demands.among.iter().all(|listed| among(listed, solution)));
        let fitting: Vec<&Bindings> = found.iter().filter(|solution| spare(&claims, &pattern, solution).is_none()).collect();
        if fitting.is_empty() {
            let spare = found.first().and_then(|solution| spare(&claims, &pattern, solution));
            let spare = spare.map(|spare| self.says(spare)).unwrap_or_default();
            return refused(format!("row {} does not claim {spare}", row.number));
        }
        self.absences(&demands, &fitting, proof)
    }

    /// That the absences are those that the question's header asks for, and that the graph has nothing of the kind.
    fn absences(&mut self, demands: &Demands, solutions: &[&Bindings], proof: &Proof) -> Result<(), CheckError> {
        let expected = |solution: &&&Bindings| {
            let mut bound = demands.bound.clone();
            bound.extend((**solution).clone());
            demands.absences(&bound) == proof.absent
        };
        if solutions.iter().find(expected).is_none() {
            return refused("the absences are not those that the question rests on".to_owned());
        }
        for Absence { patterns } in &proof.absent {
            if self.generation.store.ask(asking(patterns.clone()))? {
                return refused(format!(
                    "it rests on the absence of what is there: {}",
                    say::patterns(patterns, &self.generation.names)
                ));
            }
            self.checked.absences += 1;
        }
        Ok(())
    }

    fn says(&self, triple: &Triple) -> String {
        say::triple(triple, &self.generation.names)
    }
}

fn refused<T>(why: String) -> Result<T, CheckError> {
    Err(CheckError::Refused(why))
}

/// A store of nothing but these.
fn of(triples: &[&Triple]) -> Result<Store, StoreError> {
    let store = Store::new()?;
    store.insert(triples.iter().map(|triple| (*triple).clone().in_graph(GraphName::DefaultGraph)))?;
    Ok(store)
}

fn solutions(store: &Store, query: Query) -> Result<Vec<Bindings>, StoreError> {
    let Table { columns, rows } = store.select(query)?;
    let bound =
        |row: Vec<Option<Term>>| columns.iter().cloned().zip(row).filter_map(|(name, term)| Some((name, term?))).collect();
    Ok(rows.into_iter().map(bound).collect())
}

/// The first of the triples that a solution of the patterns does without.
fn spare<'t>(triples: &[&'t Triple], patterns: &[TriplePattern], solution: &Bindings) -> Option<&'t Triple> {
    let used: Vec<TriplePattern> = patterns.iter().map(|pattern| substituted(pattern, solution)).collect();
    triples.iter().copied().find(|triple| !used.contains(&TriplePattern::from((*triple).clone())))
}

fn asking(patterns: Vec<TriplePattern>) -> Query {
    Query::Ask { dataset: None, pattern: GraphPattern::Bgp { patterns }, base_iri: None }
}

fn selecting(patterns: Vec<TriplePattern>) -> Query {
    let mut variables: Vec<_> = patterns.iter().flat_map(crate::catalogue::claims::variables).collect();
    variables.sort_unstable();
    variables.dedup();
    let variables = variables.into_iter().map(oxigraph::model::Variable::new_unchecked).collect();
    let inner = Box::new(GraphPattern::Bgp { patterns });
    Query::Select { dataset: None, pattern: GraphPattern::Project { inner, variables }, base_iri: None }
}

/// The values of the query for evidence; without one, any evidence is asked for. A blank node cannot be named in a query and stands for
/// any.
fn asked(triple: &Triple, evidence: Option<&Evidence>) -> Values {
    let subject = match &triple.subject {
        NamedOrBlankNode::NamedNode(node) => Some(GroundTerm::from(node.clone())),
        NamedOrBlankNode::BlankNode(_) => None,
    };
    let node = |node: &NamedNode| GroundTerm::from(node.clone());
    let text = |text: &str| GroundTerm::from(Literal::from(text));
    Values::from(
        [
            ("subject", subject),
            ("predicate", Some(node(&triple.predicate))),
            ("object", ground(triple.object.clone())),
            ("entity", evidence.map(|evidence| node(&evidence.entity))),
            ("document", evidence.map(|evidence| node(&evidence.document))),
            ("section", evidence.map(|evidence| text(&evidence.section))),
            ("position", evidence.map(|evidence| Literal::from(i64::from(evidence.position)).into())),
            ("block", evidence.map(|evidence| node(&evidence.block))),
            ("digest", evidence.map(|evidence| text(&evidence.digest))),
        ]
        .map(|(name, value)| (name.to_owned(), vec![value])),
    )
}
