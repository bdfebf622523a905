//! Proofs: of everything inferred and of every row, found by one way and verified by another.

use std::collections::BTreeSet;
use std::time::Instant;

use competency_graph::explain::check::{CheckError, Checker, check};
use competency_graph::explain::{About, Explanation, Proof, Prover, Reason, Step, row, rows, triple};
use competency_graph::knowledge::{Generation, Origin};
use oxigraph::model::{GraphName, Quad, Triple};

use crate::answers::golden;

fn generation() -> Generation {
    Generation::build(&Origin::default()).unwrap()
}

fn inferred(generation: &Generation) -> Vec<Quad> {
    let quads = generation.store.quads(None).unwrap();
    quads.into_iter().filter(|quad| generation.rules.fill(&quad.graph_name)).collect()
}

fn of_triple(generation: &Generation, triple: Triple, step: std::sync::Arc<Step>) -> Explanation {
    let proof = Proof { claims: vec![step], absent: Vec::new() };
    Explanation { version: generation.version.clone(), about: About::Triple(triple), proofs: vec![proof] }
}

#[test]
fn everything_inferred_has_a_proof_that_passes_the_check() {
    let generation = generation();
    let (mut prover, mut checker) = (Prover::new(&generation), Checker::new(&generation).unwrap());
    let all = inferred(&generation);
    assert!(all.len() > 3000, "{}", all.len());
    let (mut used, start) = (BTreeSet::new(), Instant::now());
    let mut proving = std::time::Duration::ZERO;
    for quad in &all {
        let triple = Triple::from(quad.clone());
        let begun = Instant::now();
        let proofs = prover.proofs(&triple, 1).unwrap();
        proving += begun.elapsed();
        let [step] = proofs.as_slice() else { panic!("{triple} has no proof") };
        let Reason::Derived { rule, .. } = &step.reason else { panic!("{triple} is inferred") };
        used.insert(rule.clone());
        checker.check(&of_triple(&generation, triple, step.clone())).unwrap();
    }
    println!("{} proofs: {proving:?} to find, {:?} in all", all.len(), start.elapsed());
    let rules: BTreeSet<String> = generation.rules.0.iter().map(|rule| rule.id.clone()).collect();
    println!("{:?}", rules.difference(&used));
}

#[test]
fn every_row_of_every_golden_answer_has_a_proof_that_passes_the_check() {
    let generation = generation();
    let mut checker = Checker::new(&generation).unwrap();
    for case in golden() {
        let answer = generation.ask(&case.question, &case.arguments).unwrap();
        for explanation in
            rows(&generation, &answer, 1).unwrap_or_else(|error| panic!("{} {:?}: {error}", case.question, case.arguments))
        {
            checker.check(&explanation).unwrap_or_else(|error| panic!("{} {:?}: {error}", case.question, case.arguments));
        }
    }
}
