//! Runs the rule files to a fixpoint: what follows from the data, into one named graph per kind of inference.
//! Enter at [`Rules`]. A rule is Datalog written as CONSTRUCT; [`Rules::read`] refuses anything else, so that every
//! inferred triple can be proved from its rule, and the same files run on an engine elsewhere.

mod datalog;
mod reasoner;

use std::collections::{BTreeMap, HashMap, HashSet};

use oxigraph::model::{GraphName, NamedNode, Quad, Term};
use spargebra::algebra::{Expression, GraphPattern, QueryDataset};
use spargebra::term::{GraphNamePattern, NamedNodePattern, QuadPattern, TermPattern, TriplePattern};
use spargebra::{GraphUpdateOperation, Query};

use crate::files::{Files, Problem};
use crate::rq::Rq;
use crate::store::named;
use crate::words;
use datalog::{Atom, Filter, Program, Slot, Terms};
pub use reasoner::Reasoner;

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The file's name without its ending.
    pub id: String,
    /// The sentence that a proof shows.
    pub because: String,
    /// The named graph that takes what follows.
    pub graph: GraphName,
    /// The CONSTRUCT query, for an engine that evaluates it itself.
    pub rq: Rq,
    body: Vec<TriplePattern>,
    head: Vec<TriplePattern>,
    filters: Vec<Expression>,
}

/// All rules of an ontology.
#[derive(Clone, Debug, Default)]
pub struct Rules(pub Vec<Rule>);

/// What follows from some quads, none of which says it already.
#[derive(Clone, Debug, Default)]
pub struct Inferred {
    pub quads: Vec<Quad>,
    /// How many triples it follows from; one that is stated twice counts once.
    pub stated: usize,
    /// How many rounds it took; a premise is always from a round before its conclusion's.
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
        problems.extend(Self::two_graphs(&rules).map(|message| Problem { file: ontology.shown("rules"), line: None, message }));
        (Self(rules), problems)
    }

    /// What follows is kept by predicate: whichever rule concludes it, it stands in one graph.
    fn two_graphs(rules: &[Rule]) -> Option<String> {
        let mut graphs: HashMap<&NamedNodePattern, &Rule> = HashMap::new();
        rules.iter().flat_map(|rule| rule.head.iter().map(move |triple| (&triple.predicate, rule))).find_map(
            |(predicate, rule)| {
                let first = *graphs.entry(predicate).or_insert(rule);
                let told =
                    || format!("{} and {} conclude {predicate} into two graphs: give both the same `infers`", first.id, rule.id);
                (first.graph != rule.graph).then(told)
            },
        )
    }

    /// The rule of an id.
    pub fn get(&self, id: &str) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.id == id)
    }

    /// Whether a graph takes what follows, so that nothing in it is stated.
    pub fn fill(&self, graph: &GraphName) -> bool {
        self.0.iter().any(|rule| rule.graph == *graph)
    }

    /// All that follows from quads, whatever their graphs.
    pub fn infer(&self, stated: &[Quad]) -> Inferred {
        let mut terms = Terms::default();
        let facts: Vec<[u32; 3]> = stated
            .iter()
            .map(|quad| {
                let subject = terms.number(quad.subject.clone().into());
                let predicate = terms.number(quad.predicate.clone().into());
                [subject, predicate, terms.number(quad.object.clone())]
            })
            .collect();
        let programs: Vec<Program> = self.0.iter().map(|rule| rule.compile(&mut terms)).collect();
        let stated = facts.iter().collect::<HashSet<_>>().len();
        let (consequences, rounds) = datalog::fixpoint(&terms, facts, &programs);
        let quads = consequences.into_iter().map(|found| found.triple.in_graph(self.0[found.rule].graph.clone())).collect();
        Inferred { quads, stated, rounds }
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
        let (mut body, mut filters, head) = (Vec::new(), Vec::new(), template.clone());
        datalog_only(pattern, &mut body, &mut filters)?;
        if body.iter().chain(&head).any(|triple| matches!(triple.predicate, NamedNodePattern::Variable(_))) {
            return Err("a rule names its predicates: a variable there would join everything".to_owned());
        }
        let bound: HashSet<&str> = body.iter().flat_map(variables).collect();
        if let Some(free) = head.iter().flat_map(variables).find(|variable| !bound.contains(variable)) {
            return Err(format!("?{free} stands in the head and not in the body: a head takes its variables from the body"));
        }
        if body.iter().chain(&head).any(has_blank_node) {
            return Err("a rule has no blank nodes: name a variable in the body, an IRI in the head".to_owned());
        }
        filters.iter().try_for_each(|filter| comparison(filter, &bound))?;
        let id = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rq").to_owned();
        let graph = named(&format!("{}{kind}", words::INFERRED));
        Ok(Self { id, because, graph, rq, body, head, filters })
    }

    /// The triple patterns that must hold.
    pub fn body(&self) -> &[TriplePattern] {
        &self.body
    }

    /// The triple patterns that then hold too.
    pub fn head(&self) -> &[TriplePattern] {
        &self.head
    }

    /// Whether the FILTERs let a solution of the body pass.
    pub fn admits(&self, bound: &BTreeMap<String, Term>) -> bool {
        self.filters.iter().all(|filter| admits(filter, bound))
    }

    /// The rule as updates for an engine elsewhere, one for each conclusion: it adds what follows at once and is not there. An engine whose
    /// default graph is not the union of all graphs is told which they are.
    pub fn updates(&self, graphs: Option<&[NamedNode]>) -> Vec<GraphUpdateOperation> {
        let graph_name = match &self.graph {
            GraphName::NamedNode(name) => name.clone().into(),
            _ => GraphNamePattern::DefaultGraph,
        };
        let body = GraphPattern::Bgp { patterns: self.body.clone() };
        let filtered = |inner, expr| GraphPattern::Filter { expr, inner: Box::new(inner) };
        let body = self.filters.iter().cloned().fold(body, filtered);
        let update = |conclusion: &TriplePattern| {
            let there = Expression::Exists(Box::new(GraphPattern::Bgp { patterns: vec![conclusion.clone()] }));
            let TriplePattern { subject, predicate, object } = conclusion.clone();
            GraphUpdateOperation::DeleteInsert {
                delete: Vec::new(),
                insert: vec![QuadPattern { subject, predicate, object, graph_name: graph_name.clone() }],
                using: graphs.map(|graphs| QueryDataset { default: graphs.to_vec(), named: None }),
                pattern: Box::new(filtered(body.clone(), Expression::Not(Box::new(there)))),
            }
        };
        self.head.iter().map(update).collect()
    }

    fn compile(&self, terms: &mut Terms) -> Program {
        let mut names: Vec<String> = Vec::new();
        let mut variable = |name: &str| {
            let at = names.iter().position(|known| known == name);
            at.unwrap_or_else(|| {
                names.push(name.to_owned());
                names.len() - 1
            })
        };
        let mut slot = |term: Result<Term, &str>| match term {
            Ok(term) => Slot::Term(terms.number(term)),
            Err(name) => Slot::Variable(variable(name)),
        };
        let mut atom = |triple: &TriplePattern| -> Atom {
            let predicate = match &triple.predicate {
                NamedNodePattern::NamedNode(node) => Ok(Term::from(node.clone())),
                NamedNodePattern::Variable(variable) => Err(variable.as_str()),
            };
            [slot(side(&triple.subject)), slot(predicate), slot(side(&triple.object))]
        };
        let (body, head) = (self.body.iter().map(&mut atom).collect(), self.head.iter().map(&mut atom).collect());
        let filters = self.filters.iter().map(|filter| condition(filter, &mut slot)).collect();
        Program { body, head, filters, variables: names.len() }
    }
}

/// A pattern's term, or the name of its variable; blank nodes were refused.
fn side(term: &TermPattern) -> Result<Term, &str> {
    match term {
        TermPattern::NamedNode(node) => Ok(node.clone().into()),
        TermPattern::Literal(literal) => Ok(literal.clone().into()),
        TermPattern::Variable(variable) => Err(variable.as_str()),
        TermPattern::BlankNode(node) => Ok(node.clone().into()),
        #[allow(unreachable_patterns, reason = "triple terms are a feature of the parser that another crate may turn on")]
        _ => Err(""),
    }
}

/// Collects the parts of a body made of triple patterns and FILTERs; anything else is refused by name.
fn datalog_only(pattern: &GraphPattern, body: &mut Vec<TriplePattern>, filters: &mut Vec<Expression>) -> Result<(), String> {
    let refused = match pattern {
        GraphPattern::Bgp { patterns } => {
            body.extend(patterns.iter().cloned());
            return Ok(());
        }
        GraphPattern::Join { left, right } => {
            datalog_only(left, body, filters)?;
            return datalog_only(right, body, filters);
        }
        GraphPattern::Filter { expr, inner } => {
            filters.push(expr.clone());
            return datalog_only(inner, body, filters);
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

/// Whether a FILTER only compares terms that the body binds.
fn comparison(expression: &Expression, bound: &HashSet<&str>) -> Result<(), String> {
    use Expression as E;
    match expression {
        E::NamedNode(_) => Ok(()),
        E::Variable(variable) if bound.contains(variable.as_str()) => Ok(()),
        E::Variable(variable) => Err(format!("?{} stands in a FILTER and not in a triple pattern", variable.as_str())),
        E::Or(a, b) | E::And(a, b) | E::Equal(a, b) | E::SameTerm(a, b) => {
            comparison(a, bound).and_then(|()| comparison(b, bound))
        }
        E::Not(inner) => comparison(inner, bound),
        _ => Err("a rule's FILTER compares variables and IRIs by = and !=, joined by && and ||; nothing else".to_owned()),
    }
}

/// A FILTER as the evaluator has it; [`comparison`] has refused all else.
fn condition(expression: &Expression, slot: &mut dyn FnMut(Result<Term, &str>) -> Slot) -> Filter {
    use Expression as E;
    let mut term = |expression: &Expression| match expression {
        E::NamedNode(node) => slot(Ok(node.clone().into())),
        E::Variable(variable) => slot(Err(variable.as_str())),
        _ => slot(Err("")),
    };
    match expression {
        E::Equal(a, b) | E::SameTerm(a, b) => Filter::Same(term(a), term(b)),
        E::And(a, b) => Filter::And(Box::new(condition(a, slot)), Box::new(condition(b, slot))),
        E::Or(a, b) => Filter::Or(Box::new(condition(a, slot)), Box::new(condition(b, slot))),
        E::Not(inner) => Filter::Not(Box::new(condition(inner, slot))),
        other => {
            let both = term(other);
            Filter::Same(both, both)
        }
    }
}

/// Whether a FILTER holds of bound terms; [`comparison`] has refused what this does not know.
fn admits(expression: &Expression, bound: &BTreeMap<String, Term>) -> bool {
    use Expression as E;
    let term = |expression: &Expression| match expression {
        E::NamedNode(node) => Some(node.clone().into()),
        E::Variable(variable) => bound.get(variable.as_str()).cloned(),
        _ => None,
    };
    match expression {
        E::Equal(a, b) | E::SameTerm(a, b) => term(a) == term(b),
        E::And(a, b) => admits(a, bound) && admits(b, bound),
        E::Or(a, b) => admits(a, bound) || admits(b, bound),
        E::Not(inner) => !admits(inner, bound),
        _ => true,
    }
}

fn variables(triple: &TriplePattern) -> Vec<&str> {
    [side(&triple.subject), side(&triple.object)].into_iter().filter_map(Result::err).collect()
}

fn has_blank_node(triple: &TriplePattern) -> bool {
    matches!(triple.subject, TermPattern::BlankNode(_)) || matches!(triple.object, TermPattern::BlankNode(_))
}
