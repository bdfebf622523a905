//! Judges what a change touches instead of everything. Enter at [`Judge::judge_touched`].
//! A finding is about a thing, so the shapes are held against the things that the change names and those that lead to them, with what is said
//! around them; the checks are asked about those things alone. A test holds this to judging everything.

use std::collections::{BTreeMap, HashSet};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, NamedNode, NamedOrBlankNode, Quad, Term};
use spargebra::Query;
use spargebra::algebra::GraphPattern;
use spargebra::term::{GroundTerm, NamedNodePattern, TriplePattern, Variable};

use super::narrowed::{bind, each_triple, grouped_by, inside, reads, ways};
use super::{Check, Finding, Judge, ValidateError};
use crate::files::Files;
use crate::patch::Patch;
use crate::rq::ground;
use crate::store::{Store, StoreError};
use crate::words;

/// Beyond so many things everything is judged: it takes no longer then.
const MOST_THINGS: usize = 5_000;

/// How far findings lead back: a check looks from its thing over at most so many steps.
const STEPS: usize = 2;

/// A change of what is stated with what followed, and the graphs that nobody states anything in.
pub struct Touch<'a> {
    pub stated: &'a Patch,
    pub inferred: &'a Patch,
    pub is_stated: &'a dyn Fn(&GraphName) -> bool,
}

impl Judge {
    /// What is wrong after a change with anything that it touches, sorted; `store` has the change.
    ///
    /// # Errors
    /// When the validator or the store fails.
    pub fn judge_touched(&self, touch: &Touch<'_>, store: &Store) -> Result<Vec<Finding>, ValidateError> {
        let Some(things) = self.things(touch, store)? else {
            let mut stated = store.quads(None)?;
            stated.retain(|quad| (touch.is_stated)(&quad.graph_name));
            return self.judge(&stated, store);
        };
        let names: HashSet<String> = things.iter().map(name).collect();
        let around = self.around(&things, touch, store)?;
        let mut findings = self.by_shapes(&around)?;
        findings.retain(|finding| names.contains(&finding.thing));
        let values: Vec<GroundTerm> = things.iter().filter_map(|thing| ground(thing.clone().into())).collect();
        // A query cannot name a blank node.
        let all = values.len() < things.len();
        for check in &self.checks {
            if all {
                findings.extend(check.findings(store)?);
            } else if check.is_concerned(touch) {
                findings.extend(check.findings_about(&values, store)?);
            }
        }
        findings.sort();
        findings.dedup();
        Ok(findings)
    }

    /// The things that the change names, and those that lead to its subjects; none if they are too many.
    fn things(&self, touch: &Touch<'_>, store: &Store) -> Result<Option<HashSet<NamedOrBlankNode>>, StoreError> {
        let mut things: HashSet<NamedOrBlankNode> = HashSet::new();
        // What the ontology says of its own words changes with no patch.
        let subjects: HashSet<NamedOrBlankNode> = touch.stated.quads().map(|quad| quad.subject.clone()).collect();
        let mut named: HashSet<NamedOrBlankNode> = HashSet::new();
        for quad in touch.stated.quads().chain(touch.inferred.quads()) {
            named.extend([Some(quad.predicate.clone().into()), node(&quad.object)].into_iter().flatten());
        }
        // A check may be about what the thing that changed speaks of, as one of facts is.
        for subject in &subjects {
            named.extend(store.said_of(subject.as_ref())?.iter().filter_map(|quad| node(&quad.object)));
        }
        let ontology = crate::store::named(words::ONTOLOGY_GRAPH);
        for thing in named {
            if !store.said_of(thing.as_ref())?.iter().any(|quad| quad.graph_name == ontology) {
                things.insert(thing);
            }
        }
        let mut reached = subjects;
        self.reach_ahead(&reached, &mut things, store)?;
        things.extend(touch.inferred.quads().map(|quad| quad.subject.clone()));
        for step in 0..=STEPS {
            let before = std::mem::take(&mut reached);
            for thing in before {
                if step < STEPS {
                    let leading = store.matching(None, None, Some(Term::from(thing.clone()).as_ref()));
                    for quad in leading.take(MOST_THINGS + 1) {
                        let quad = quad?;
                        if (touch.is_stated)(&quad.graph_name) {
                            reached.insert(quad.subject);
                        }
                    }
                }
                things.insert(thing);
            }
            if things.len() + reached.len() > MOST_THINGS {
                return Ok(None);
            }
        }
        Ok(Some(things))
    }

    /// The things whose shapes look back at others.
    fn reach_ahead(
        &self,
        from: &HashSet<NamedOrBlankNode>,
        things: &mut HashSet<NamedOrBlankNode>,
        store: &Store,
    ) -> Result<(), StoreError> {
        let mut from = from.clone();
        for _ in 0..STEPS {
            let mut ahead = HashSet::new();
            for (thing, predicate) in from.iter().flat_map(|thing| self.backwards.iter().map(move |predicate| (thing, predicate)))
            {
                for quad in store.matching(Some(thing.as_ref()), Some(predicate.as_ref()), None) {
                    ahead.extend(node(&quad?.object));
                }
            }
            things.extend(ahead.iter().cloned());
            from = ahead;
        }
        Ok(())
    }

    /// What is stated of the things, of what they lead to, and of what leads to them by a way that a shape takes backwards.
    fn around(&self, things: &HashSet<NamedOrBlankNode>, touch: &Touch<'_>, store: &Store) -> Result<Vec<Quad>, StoreError> {
        let mut quads: HashSet<Quad> = HashSet::new();
        let mut back: HashSet<NamedOrBlankNode> = things.clone();
        let mut said: HashSet<NamedOrBlankNode> = things.clone();
        for _ in 0..STEPS {
            let mut before = HashSet::new();
            for (thing, predicate) in back.iter().flat_map(|thing| self.backwards.iter().map(move |predicate| (thing, predicate)))
            {
                for quad in store.matching(None, Some(predicate.as_ref()), Some(Term::from(thing.clone()).as_ref())) {
                    before.insert(quad?.subject);
                }
            }
            said.extend(before.iter().cloned());
            back = before;
        }
        // A path of two steps ends at what is said of what they lead to.
        for step in 0..STEPS {
            let mut ahead = HashSet::new();
            for thing in &said {
                let mut about = store.said_of(thing.as_ref())?;
                about.retain(|quad| (touch.is_stated)(&quad.graph_name));
                ahead.extend(about.iter().filter_map(|quad| node(&quad.object)));
                quads.extend(about);
            }
            if step == 0 {
                said = ahead;
            }
        }
        // Targets and classes of values take in their subclasses.
        let subclasses = store.matching(None, Some(words::other::SUB_CLASS_OF), None).collect::<Result<Vec<_>, _>>()?;
        quads.extend(subclasses.into_iter().filter(|quad| (touch.is_stated)(&quad.graph_name)));
        Ok(quads.into_iter().collect())
    }
}

impl Check {
    /// Whether any triple of the change is of a kind that the check reads.
    fn is_concerned(&self, touch: &Touch<'_>) -> bool {
        let Query::Select { pattern, .. } = &self.rq.query else { return true };
        let mut concerned = false;
        each_triple(pattern, &mut |triple| {
            concerned = concerned || touch.stated.quads().chain(touch.inferred.quads()).any(|quad| reads(triple, quad));
        });
        concerned
    }

    fn findings_about(&self, things: &[GroundTerm], store: &Store) -> Result<Vec<Finding>, StoreError> {
        let mut query = self.rq.query.clone();
        let Query::Select { pattern, .. } = &mut query else { return self.findings(store) };
        let mut bound = std::mem::take(pattern);
        let entity = Variable::new_unchecked("entity");
        let mut keys = BTreeMap::new();
        ways(&bound, &entity, &mut keys);
        let grouped = grouped_by(&bound);
        keys.retain(|variable, _| grouped.contains(variable));
        // One of them is enough: that with the fewest to group.
        let mut fewest: Option<(usize, Variable, Vec<GroundTerm>)> = None;
        let mut found: Vec<(Variable, TriplePattern, Vec<GroundTerm>)> = Vec::new();
        for (variable, way) in keys {
            let values = values_of(store, way.clone(), &entity, &variable, things)?;
            found.push((variable, way, values));
        }
        // Things of the data tell more apart than words and numbers, which is only a guess: counting decides, and needs not go far then.
        let is_common =
            |value: &GroundTerm| !matches!(value, GroundTerm::NamedNode(node) if !node.as_str().starts_with(words::ONTOLOGY));
        found.sort_by_key(|(_, _, values)| values.iter().any(is_common));
        for (variable, way, values) in found {
            let most = fewest.as_ref().map_or(MOST_THINGS, |(fewer, ..)| *fewer);
            let count = having(store, &way, &values, most)?;
            if fewest.is_none() || count < most {
                fewest = Some((count, variable, values));
            }
        }
        if let Some((_, variable, values)) = fewest {
            // The query itself shows other columns; what it is about is known inside all the same.
            bind(inside(&mut bound), &variable, &values);
        }
        bind(&mut bound, &entity, things);
        *pattern = bound;
        let mut findings = self.findings_of(query, store)?;
        let names: HashSet<String> = things.iter().map(|thing| thing.to_string().trim_matches(['<', '>']).to_owned()).collect();
        findings.retain(|finding| names.contains(&finding.thing));
        Ok(findings)
    }
}

/// How many things have one of the values by a triple, counted to so many.
fn having(store: &Store, way: &TriplePattern, values: &[GroundTerm], most: usize) -> Result<usize, StoreError> {
    let NamedNodePattern::NamedNode(predicate) = &way.predicate else { return Ok(most) };
    let mut count = 0;
    for value in values {
        let having = store.matching(None, Some(predicate.as_ref()), Some(Term::from(value.clone()).as_ref()));
        count += having.take(most - count).count();
    }
    Ok(count)
}

/// The values that some things give a variable by a triple.
fn values_of(
    store: &Store,
    way: TriplePattern,
    entity: &Variable,
    variable: &Variable,
    things: &[GroundTerm],
) -> Result<Vec<GroundTerm>, StoreError> {
    let mut inner = GraphPattern::Bgp { patterns: vec![way] };
    bind(&mut inner, entity, things);
    let projected = GraphPattern::Project { inner: Box::new(inner), variables: vec![variable.clone()] };
    let pattern = GraphPattern::Distinct { inner: Box::new(projected) };
    let table = store.select(Query::Select { dataset: None, pattern, base_iri: None })?;
    Ok(table.rows.into_iter().filter_map(|mut row| ground(row.pop()??)).collect())
}

/// The properties that shapes follow backwards.
pub fn backwards(ontology: &Files) -> Vec<NamedNode> {
    let text = ontology.content.get("shapes.ttl").map(Vec::as_slice).unwrap_or_default();
    let quads = RdfParser::from_format(RdfFormat::Turtle).for_slice(text).map_while(Result::ok);
    let inverse = quads.filter(|quad| quad.predicate == words::sh::INVERSE_PATH);
    let mut found: Vec<NamedNode> = inverse.filter_map(|quad| NamedNode::try_from(quad.object).ok()).collect();
    found.sort();
    found.dedup();
    found
}

fn node(term: &Term) -> Option<NamedOrBlankNode> {
    match term {
        Term::NamedNode(node) => Some(node.clone().into()),
        Term::BlankNode(node) => Some(node.clone().into()),
        _ => None,
    }
}

/// As a finding names its thing.
fn name(thing: &NamedOrBlankNode) -> String {
    match thing {
        NamedOrBlankNode::NamedNode(node) => node.as_str().to_owned(),
        NamedOrBlankNode::BlankNode(node) => node.to_string(),
    }
}
