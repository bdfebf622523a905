//! An explanation as RDF: a reifier (RDF 1.2) for each triple that stands in a proof, tied to its premises and its document by PROV, and to
//! its rule by `sh:sourceRule`. Enter at [`quads`].
//! What is the same is called the same: a reifier's name is made from what it says and rests on, so proofs share steps.

use std::collections::BTreeSet;

use oxigraph::model::vocab::{rdf, rdfs};
use oxigraph::model::{GraphName, Literal, NamedNode, NamedNodeRef, Quad, Term};
use sha2::{Digest, Sha256};

use super::{About, Evidence, Explanation, Proof, Reason, Step, say};
use crate::catalogue::examples;
use crate::knowledge::Generation;
use crate::words::{self, dcterms, prov, sh};

/// The quads of some explanations, each once, in an order that stays.
pub fn quads(generation: &Generation, explanations: &[Explanation]) -> Vec<Quad> {
    let mut writing = Writing { generation, quads: Vec::new(), written: BTreeSet::new() };
    explanations.iter().for_each(|explanation| writing.explanation(explanation));
    let mut quads = writing.quads;
    quads.sort_by_cached_key(ToString::to_string);
    quads.dedup();
    quads
}

struct Writing<'a> {
    generation: &'a Generation,
    quads: Vec<Quad>,
    written: BTreeSet<String>,
}

impl Writing<'_> {
    fn say(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, object: impl Into<Term>) {
        self.quads.push(Quad::new(subject.clone(), predicate.into_owned(), object, GraphName::DefaultGraph));
    }

    fn explanation(&mut self, explanation: &Explanation) {
        for proof in &explanation.proofs {
            let claims: Vec<NamedNode> = proof.claims.iter().map(|step| self.step(step)).collect();
            if let About::Row(row) = &explanation.about {
                let answer = called("row", &[&explanation.version, &format!("{row:?}"), &format!("{claims:?}")]);
                self.say(&answer, rdf::TYPE, prov::ENTITY);
                self.say(&answer, prov::WAS_DERIVED_FROM, examples::iri(&row.question));
                self.say(&answer, rdfs::LABEL, english(&format!("Row {} of the answer to {}", row.number, row.question)));
                self.say(&answer, dcterms::SOURCE, Literal::from(explanation.version.as_str()));
                claims.iter().for_each(|claim| self.say(&answer, prov::WAS_DERIVED_FROM, claim.clone()));
                self.absences(&answer, proof);
            }
        }
    }

    /// There is no RDF for what is not there but words.
    fn absences(&mut self, answer: &NamedNode, proof: &Proof) {
        for absence in &proof.absent {
            let says = say::patterns(&absence.patterns, &self.generation.names);
            self.say(answer, rdfs::COMMENT, english(&format!("Rests on the absence of: {says}")));
        }
    }

    /// Writes a step and what it rests on, and gives its reifier.
    fn step(&mut self, step: &Step) -> NamedNode {
        let premises: Vec<NamedNode> = match &step.reason {
            Reason::Derived { premises, .. } => premises.iter().map(|premise| self.step(premise)).collect(),
            Reason::Stated { .. } => Vec::new(),
        };
        let rests_on = match &step.reason {
            Reason::Derived { rule, .. } => format!("{rule} {premises:?}"),
            Reason::Stated { graphs, .. } => format!("{graphs:?}"),
        };
        let reifier = called("proof", &[&step.triple.to_string(), &rests_on]);
        if !self.written.insert(reifier.as_str().to_owned()) {
            return reifier;
        }
        self.say(&reifier, rdf::REIFIES, step.triple.clone());
        self.say(&reifier, rdf::TYPE, prov::ENTITY);
        match &step.reason {
            Reason::Derived { rule, because, .. } => {
                let rule = self.rule(rule);
                self.say(&reifier, sh::SOURCE_RULE, rule);
                self.say(&reifier, rdfs::COMMENT, english(because));
                premises.into_iter().for_each(|premise| self.say(&reifier, prov::WAS_DERIVED_FROM, premise));
            }
            Reason::Stated { graphs, source, evidence } => {
                for graph in graphs {
                    if let GraphName::NamedNode(graph) = graph {
                        self.say(&reifier, dcterms::IS_PART_OF, graph.clone());
                    }
                }
                if let Some(source) = source {
                    self.say(&reifier, prov::HAD_PRIMARY_SOURCE, source.clone());
                }
                evidence.iter().for_each(|evidence| self.evidence(&reifier, evidence));
            }
        }
        reifier
    }

    fn evidence(&mut self, reifier: &NamedNode, evidence: &Evidence) {
        let entity = &evidence.entity;
        self.say(reifier, prov::WAS_DERIVED_FROM, entity.clone());
        self.say(reifier, prov::HAD_PRIMARY_SOURCE, evidence.document.clone());
        self.say(entity, words::SOURCE_DOCUMENT, evidence.document.clone());
        self.say(entity, words::SECTION, Literal::from(evidence.section.as_str()));
        self.say(entity, words::POSITION, Literal::from(i64::from(evidence.position)));
        self.say(entity, words::BLOCK_KIND, evidence.block.clone());
        self.say(entity, words::SOURCE_DIGEST, Literal::from(evidence.digest.as_str()));
    }

    fn rule(&mut self, id: &str) -> NamedNode {
        let rule = NamedNode::new_unchecked(format!("{}rule/{id}", words::INSTANCES));
        if self.written.insert(rule.as_str().to_owned())
            && let Some(found) = self.generation.rules.get(id)
        {
            self.say(&rule, rdf::TYPE, sh::SPARQL_RULE);
            self.say(&rule, rdfs::LABEL, english(&id.replace('-', " ")));
            self.say(&rule, rdfs::COMMENT, english(&found.because));
            self.say(&rule, sh::CONSTRUCT, Literal::from(found.rq.text.as_str()));
        }
        rule
    }
}

/// A name made from what is said.
fn called(kind: &str, parts: &[&str]) -> NamedNode {
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    let digest: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    NamedNode::new_unchecked(format!("{}{kind}/{digest}", words::INSTANCES))
}

fn english(text: &str) -> Literal {
    Literal::new_language_tagged_literal_unchecked(text, "en")
}
