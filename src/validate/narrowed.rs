//! Narrows a query, in its algebra, to some values of a variable: what its patterns say of the variable, and where the values go.
//! Which values those are is `touched`'s matter.

use std::collections::BTreeMap;

use oxigraph::model::{Quad, Term};
use spargebra::algebra::GraphPattern;
use spargebra::term::{GroundTerm, NamedNodePattern, TermPattern, TriplePattern, Variable};

/// By which triple the thing of a finding gives a variable its value. What a sub-SELECT groups by such a variable need be grouped for those
/// values only.
pub fn ways(pattern: &GraphPattern, entity: &Variable, found: &mut BTreeMap<Variable, TriplePattern>) {
    match pattern {
        GraphPattern::Bgp { patterns } => {
            for triple in patterns.iter().filter(|triple| is(&triple.subject, entity)) {
                if let TermPattern::Variable(variable) = &triple.object {
                    found.entry(variable.clone()).or_insert_with(|| triple.clone());
                }
            }
        }
        GraphPattern::Join { left, right } => {
            ways(left, entity, found);
            ways(right, entity, found);
        }
        GraphPattern::Project { inner, .. }
        | GraphPattern::Filter { inner, .. }
        | GraphPattern::Extend { inner, .. }
        | GraphPattern::OrderBy { inner, .. }
        | GraphPattern::Distinct { inner } => ways(inner, entity, found),
        _ => {}
    }
}

/// What the sub-SELECTs group by.
pub fn grouped_by(pattern: &GraphPattern) -> Vec<Variable> {
    match pattern {
        GraphPattern::Group { variables, .. } => variables.clone(),
        GraphPattern::Join { left, right } => [grouped_by(left), grouped_by(right)].concat(),
        GraphPattern::Project { inner, .. }
        | GraphPattern::Filter { inner, .. }
        | GraphPattern::Extend { inner, .. }
        | GraphPattern::OrderBy { inner, .. }
        | GraphPattern::Distinct { inner } => grouped_by(inner),
        _ => Vec::new(),
    }
}

/// Puts a variable's values before every pattern that has it, wherever it is the same variable.
pub fn bind(pattern: &mut GraphPattern, variable: &Variable, values: &[GroundTerm]) {
    match pattern {
        GraphPattern::Bgp { .. } | GraphPattern::Path { .. } => {
            let mut has = false;
            each_triple(pattern, &mut |triple| has = has || mentions(triple, variable));
            if let GraphPattern::Path { subject, object, .. } = pattern {
                has = is(subject, variable) || is(object, variable);
            }
            if let GraphPattern::Bgp { patterns } = pattern {
                // The engine takes patterns in the order they are written.
                patterns.sort_by_key(|triple| !mentions(triple, variable));
            }
            if has {
                let bindings = values.iter().map(|value| vec![Some(value.clone())]).collect();
                let left = Box::new(GraphPattern::Values { variables: vec![variable.clone()], bindings });
                *pattern = GraphPattern::Join { left, right: Box::new(std::mem::take(pattern)) };
            }
        }
        GraphPattern::Join { left, right }
        | GraphPattern::LeftJoin { left, right, .. }
        | GraphPattern::Union { left, right }
        | GraphPattern::Minus { left, right } => {
            bind(left, variable, values);
            bind(right, variable, values);
        }
        GraphPattern::Project { inner, variables } | GraphPattern::Group { inner, variables, .. }
            if variables.contains(variable) =>
        {
            bind(inner, variable, values);
        }
        GraphPattern::Filter { inner, .. }
        | GraphPattern::Graph { inner, .. }
        | GraphPattern::Extend { inner, .. }
        | GraphPattern::OrderBy { inner, .. }
        | GraphPattern::Distinct { inner }
        | GraphPattern::Reduced { inner } => bind(inner, variable, values),
        _ => {}
    }
}

/// What a query's columns are taken from.
pub fn inside(pattern: &mut GraphPattern) -> &mut GraphPattern {
    match pattern {
        GraphPattern::Project { inner, .. } => inner,
        GraphPattern::OrderBy { inner, .. } | GraphPattern::Distinct { inner } | GraphPattern::Reduced { inner } => inside(inner),
        other => other,
    }
}

/// Every triple pattern, in expressions too; a path counts as a pattern of any predicate.
pub fn each_triple(pattern: &GraphPattern, visit: &mut dyn FnMut(&TriplePattern)) {
    use spargebra::algebra::Expression as E;
    fn in_expression(expression: &E, visit: &mut dyn FnMut(&TriplePattern)) {
        match expression {
            E::Exists(inner) => each_triple(inner, visit),
            E::Not(inner) => in_expression(inner, visit),
            E::And(a, b) | E::Or(a, b) => {
                in_expression(a, visit);
                in_expression(b, visit);
            }
            _ => {}
        }
    }
    match pattern {
        GraphPattern::Bgp { patterns } => patterns.iter().for_each(visit),
        GraphPattern::Path { subject, object, .. } => visit(&TriplePattern {
            subject: subject.clone(),
            predicate: Variable::new_unchecked("any").into(),
            object: object.clone(),
        }),
        GraphPattern::Join { left, right } | GraphPattern::Union { left, right } | GraphPattern::Minus { left, right } => {
            each_triple(left, visit);
            each_triple(right, visit);
        }
        GraphPattern::LeftJoin { left, right, expression } => {
            each_triple(left, visit);
            each_triple(right, visit);
            expression.iter().for_each(|expression| in_expression(expression, visit));
        }
        GraphPattern::Filter { expr, inner } => {
            in_expression(expr, visit);
            each_triple(inner, visit);
        }
        GraphPattern::Project { inner, .. }
        | GraphPattern::Group { inner, .. }
        | GraphPattern::Graph { inner, .. }
        | GraphPattern::Extend { inner, .. }
        | GraphPattern::OrderBy { inner, .. }
        | GraphPattern::Distinct { inner }
        | GraphPattern::Reduced { inner }
        | GraphPattern::Slice { inner, .. }
        | GraphPattern::Service { inner, .. } => each_triple(inner, visit),
        _ => {}
    }
}

fn is(term: &TermPattern, variable: &Variable) -> bool {
    matches!(term, TermPattern::Variable(other) if other == variable)
}

fn mentions(triple: &TriplePattern, variable: &Variable) -> bool {
    is(&triple.subject, variable)
        || is(&triple.object, variable)
        || matches!(&triple.predicate, NamedNodePattern::Variable(other) if other == variable)
}

/// Whether a quad matches a triple pattern, whatever its variables are bound to.
pub fn reads(triple: &TriplePattern, quad: &Quad) -> bool {
    let fits = |pattern: &TermPattern, term: &Term| match pattern {
        TermPattern::NamedNode(node) => *term == Term::from(node.clone()),
        TermPattern::Literal(literal) => *term == Term::from(literal.clone()),
        _ => true,
    };
    let predicate = match &triple.predicate {
        NamedNodePattern::NamedNode(node) => *node == quad.predicate,
        NamedNodePattern::Variable(_) => true,
    };
    predicate && fits(&triple.subject, &quad.subject.clone().into()) && fits(&triple.object, &quad.object)
}
