//! Runs the rule files to a fixpoint: what follows from the data, into one named graph per kind of inference.
//! Enter at [`Rules`]. A rule is Datalog written as CONSTRUCT; [`Rules::read`] refuses anything else, so that every
//! inferred triple can be proved from its rule. Proving is `explain`'s matter.

use std::collections::{BTreeSet, HashSet};

use oxigraph::model::{GraphName, Quad, Triple};
use spargebra::Query;
use spargebra::algebra::{Expression, GraphPattern};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use crate::load::{Files, Problem};
use crate::rq::Rq;
use crate::store::{Store, StoreError, named};
use crate::words;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The file's name without its ending.
    pub id: String,
    /// The sentence that a proof shows.
    pub because: String,
    /// The named graph that takes what follows.
    pub graph: GraphName,
    rq: Rq,
    body: Vec<TriplePattern>,
    head: Vec<TriplePattern>,
}

/// All rules of an ontology.
#[derive(Clone, Debug, Default)]
pub struct Rules(pub Vec<Rule>);

/// What a run of the rules came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inferred {
    pub triples: usize,
    pub rounds: usize,
}

impl Rules {
    /// Reads `rules/*.rq` of an ontology folder.
    pub fn read(ontology: &Files) -> (Self, Vec<Problem>) {
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        for (path, content) in ontology.below("rules/", ".rq") {
            match Rule::read(path, &String::from_utf8_lossy(content)) {
                Ok(rule) => rules.push(rule),
                Err(message) => problems.push(Problem { file: ontology.shown(path), line: None, message }),
            }
        }
        (Self(rules), problems)
    }

    /// Adds to the store all that follows from it. A rule runs again only when the round before added
    /// a triple whose predicate its body reads.
    ///
    /// # Errors
    /// When the store fails.
    pub fn run(&self, store: &Store) -> Result<Inferred, StoreError> {
        let mut known: HashSet<Triple> = store.quads(None)?.into_iter().map(Triple::from).collect();
        let stated = known.len();
        let mut changed: Option<BTreeSet<String>> = None;
        let mut rounds = 0;
        loop {
            let due = self.0.iter().filter(|rule| changed.as_ref().is_none_or(|changed| rule.reads_any(changed)));
            let mut added: Vec<Quad> = Vec::new();
            for rule in due {
                // A literal cannot be a subject, nor a blank node a predicate: CONSTRUCT leaves such triples out.
                for triple in store.construct(rule.rq.query.clone())? {
                    if known.insert(triple.clone()) {
                        added.push(triple.in_graph(rule.graph.clone()));
                    }
                }
            }
            if added.is_empty() {
                return Ok(Inferred { triples: known.len() - stated, rounds });
            }
            changed = Some(added.iter().map(|quad| quad.predicate.as_str().to_owned()).collect());
            store.insert(added)?;
            rounds += 1;
        }
    }
}

impl Rule {
    fn read(path: &str, text: &str) -> Result<Self, String> {
        let rq = Rq::parse(text).map_err(|error| error.to_string())?;
        let entry = |key: &str| rq.entry(key).ok_or_else(|| format!("the header lacks `#+ {key}: …`"));
        let (because, kind) = (entry("because")?, entry("infers")?);
        let Query::Construct { template, pattern, dataset: None, .. } = &rq.query else {
            return Err("a rule is a CONSTRUCT query without FROM".to_owned());
        };
        // The parser puts a projection of all variables around the pattern of every CONSTRUCT.
        let pattern = if let GraphPattern::Project { inner, .. } = pattern { inner } else { pattern };
        let (mut body, head) = (Vec::new(), template.clone());
        datalog(pattern, &mut body)?;
        let bound: HashSet<String> = body.iter().flat_map(variables).collect();
        if let Some(free) = head.iter().flat_map(variables).find(|variable| !bound.contains(variable)) {
            return Err(format!("?{free} stands in the head and not in the body: a head takes its variables from the body"));
        }
        if body.iter().chain(&head).any(has_blank_node) {
            return Err("a rule has no blank nodes: name a variable in the body, an IRI in the head".to_owned());
        }
        let id = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rq").to_owned();
        let graph = named(&format!("{}inferred/{kind}", words::GRAPHS));
        Ok(Self { id, because, graph, body, head, rq })
    }

    /// The triple patterns that must hold.
    pub fn body(&self) -> &[TriplePattern] {
        &self.body
    }

    /// The triple patterns that then hold too.
    pub fn head(&self) -> &[TriplePattern] {
        &self.head
    }

    fn reads_any(&self, predicates: &BTreeSet<String>) -> bool {
        self.body.iter().any(|triple| match &triple.predicate {
            NamedNodePattern::NamedNode(predicate) => predicates.contains(predicate.as_str()),
            NamedNodePattern::Variable(_) => true,
        })
    }
}

/// Collects the triple patterns of a body made of these and simple FILTERs; anything else is refused by name.
fn datalog(pattern: &GraphPattern, body: &mut Vec<TriplePattern>) -> Result<(), String> {
    let refused = match pattern {
        GraphPattern::Bgp { patterns } => {
            body.extend(patterns.iter().cloned());
            return Ok(());
        }
        GraphPattern::Join { left, right } => {
            datalog(left, body)?;
            return datalog(right, body);
        }
        GraphPattern::Filter { expr, inner } => {
            simple(expr)?;
            return datalog(inner, body);
        }
        GraphPattern::Path { .. } => "a property path",
        GraphPattern::LeftJoin { .. } => "OPTIONAL",
        GraphPattern::Union { .. } => "UNION",
        GraphPattern::Graph { .. } => "GRAPH",
        GraphPattern::Extend { .. } => "BIND",
        GraphPattern::Minus { .. } => "MINUS",
        GraphPattern::Values { .. } => "VALUES",
        GraphPattern::Group { .. } => "an aggregate",
        GraphPattern::Service { .. } => "SERVICE",
        _ => "a sub-SELECT or solution modifier",
    };
    Err(format!("a rule is made of triple patterns and simple FILTERs; this one has {refused}: split it into rules without"))
}

fn simple(expression: &Expression) -> Result<(), String> {
    use Expression as E;
    match expression {
        E::NamedNode(_) | E::Literal(_) | E::Variable(_) => Ok(()),
        E::Or(a, b)
        | E::And(a, b)
        | E::Equal(a, b)
        | E::SameTerm(a, b)
        | E::Greater(a, b)
        | E::GreaterOrEqual(a, b)
        | E::Less(a, b)
        | E::LessOrEqual(a, b) => simple(a).and_then(|()| simple(b)),
        E::Not(inner) => simple(inner),
        E::FunctionCall(_, arguments) => arguments.iter().try_for_each(simple),
        _ => Err("a rule's FILTER compares terms; EXISTS, IN, IF and arithmetic are refused".to_owned()),
    }
}

fn variables(triple: &TriplePattern) -> Vec<String> {
    let term = |term: &TermPattern| match term {
        TermPattern::Variable(variable) => Some(variable.as_str().to_owned()),
        _ => None,
    };
    let predicate = match &triple.predicate {
        NamedNodePattern::Variable(variable) => Some(variable.as_str().to_owned()),
        NamedNodePattern::NamedNode(_) => None,
    };
    [term(&triple.subject), predicate, term(&triple.object)].into_iter().flatten().collect()
}

fn has_blank_node(triple: &TriplePattern) -> bool {
    matches!(triple.subject, TermPattern::BlankNode(_)) || matches!(triple.object, TermPattern::BlankNode(_))
}
