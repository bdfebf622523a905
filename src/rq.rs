//! A `.rq` file: a SPARQL query whose leading `#+` comments say what it is for.
//! Enter at [`Rq::parse`]; [`Rq::bind`] swaps the `VALUES` rows of parameters in the parsed algebra.
//! Questions, rules and checks are all such files; what their headers mean is theirs to read.

use std::collections::BTreeMap;

use oxigraph::model::Term;
use spargebra::algebra::GraphPattern;
use spargebra::term::GroundTerm;
use spargebra::{Query, SparqlParser, SparqlSyntaxError};

/// A parsed `.rq` file.
#[derive(Clone, Debug)]
pub struct Rq {
    /// The file's text, as people edit it.
    pub text: String,
    /// The query below the header.
    pub query: Query,
    header: Vec<(String, Vec<String>)>,
}

/// Why a `.rq` file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RqError {
    #[error("not a SPARQL query: {0}")]
    Syntax(#[from] SparqlSyntaxError),
    #[error("line {line}: a header line reads `#+ key: value`, or `#+` and spaces to go on with the one before")]
    Header { line: usize },
    #[error("the parameter blocks differ: every VALUES block of ({variables}) must hold the same row")]
    BlocksDiffer { variables: String },
    #[error("no VALUES block holds the parameter ?{0}")]
    NoBlock(String),
}

/// The ground values a parameter takes: one for a single one, any number for a list, `None` for an absent filter.
pub type Values = BTreeMap<String, Vec<Option<GroundTerm>>>;

impl Rq {
    /// Reads header and query.
    ///
    /// # Errors
    /// When a header line is malformed or the rest is not SPARQL; the message has line and column.
    pub fn parse(text: &str) -> Result<Self, RqError> {
        Ok(Self { text: text.to_owned(), header: header(text)?, query: SparqlParser::new().parse_query(text)? })
    }

    /// The lines of a header entry, in order; empty if it is absent.
    pub fn lines(&self, key: &str) -> &[String] {
        self.header.iter().find(|(k, _)| k == key).map_or(&[], |(_, lines)| lines)
    }

    /// A header entry as one text.
    pub fn entry(&self, key: &str) -> Option<String> {
        let lines = self.lines(key);
        (!lines.is_empty()).then(|| lines.join(" "))
    }

    /// The example values of the parameters, as the file states them.
    ///
    /// # Errors
    /// When a parameter has no block, or two blocks of the same variables differ.
    pub fn defaults(&self, parameters: &[String]) -> Result<Values, RqError> {
        let mut blocks: Vec<(Vec<String>, Vec<Vec<Option<GroundTerm>>>)> = Vec::new();
        let mut query = self.query.clone();
        let mut differing = None;
        for_each_block(pattern_mut(&mut query), parameters, &mut |names, rows| {
            match blocks.iter().find(|(known, _)| known == names) {
                Some((_, known)) if known != rows => differing = Some(names.join(" ")),
                Some(_) => {}
                None => blocks.push((names.to_vec(), rows.clone())),
            }
        });
        if let Some(variables) = differing {
            return Err(RqError::BlocksDiffer { variables });
        }
        let column = |name: &String| {
            let (names, rows) = blocks.iter().find(|(names, _)| names.contains(name))?;
            let at = names.iter().position(|n| n == name)?;
            Some(rows.iter().map(|row| row[at].clone()).collect())
        };
        parameters
            .iter()
            .map(|name| Ok((name.clone(), column(name).ok_or_else(|| RqError::NoBlock(name.clone()))?)))
            .collect()
    }

    /// The query with every parameter block's rows replaced by the given values.
    pub fn bind(&self, values: &Values) -> Query {
        let parameters: Vec<String> = values.keys().cloned().collect();
        let mut query = self.query.clone();
        for_each_block(pattern_mut(&mut query), &parameters, &mut |names, rows| {
            *rows = combinations(names, values);
        });
        query
    }
}

/// The `#+` lines at the top of the file, grouped under their keys.
fn header(text: &str) -> Result<Vec<(String, Vec<String>)>, RqError> {
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(body) = line.strip_prefix("#+") else { break };
        let malformed = RqError::Header { line: number + 1 };
        if body.starts_with("  ") || body.trim().is_empty() {
            entries.last_mut().ok_or(malformed)?.1.push(body.trim().to_owned());
        } else {
            let (key, value) = body.split_once(':').ok_or(malformed)?;
            entries.push((key.trim().to_owned(), vec![value.trim().to_owned()]));
        }
    }
    Ok(entries)
}

fn pattern_mut(query: &mut Query) -> &mut GraphPattern {
    match query {
        Query::Select { pattern, .. }
        | Query::Construct { pattern, .. }
        | Query::Describe { pattern, .. }
        | Query::Ask { pattern, .. } => pattern,
    }
}

/// Visits each `VALUES` block whose variables are all parameters, in sub-SELECTs and branches too.
fn for_each_block(
    pattern: &mut GraphPattern,
    parameters: &[String],
    visit: &mut dyn FnMut(&[String], &mut Vec<Vec<Option<GroundTerm>>>),
) {
    use GraphPattern as P;
    match pattern {
        P::Values { variables, bindings } => {
            let names: Vec<String> = variables.iter().map(|v| v.as_str().to_owned()).collect();
            if !names.is_empty() && names.iter().all(|name| parameters.contains(name)) {
                visit(&names, bindings);
            }
        }
        P::Bgp { .. } | P::Path { .. } => {}
        P::Join { left, right }
        | P::LeftJoin { left, right, .. }
        | P::Lateral { left, right }
        | P::Union { left, right }
        | P::Minus { left, right } => {
            for_each_block(left, parameters, visit);
            for_each_block(right, parameters, visit);
        }
        P::Filter { inner, .. }
        | P::Graph { inner, .. }
        | P::Extend { inner, .. }
        | P::OrderBy { inner, .. }
        | P::Project { inner, .. }
        | P::Distinct { inner }
        | P::Reduced { inner }
        | P::Slice { inner, .. }
        | P::Group { inner, .. }
        | P::Service { inner, .. } => for_each_block(inner, parameters, visit),
    }
}

/// One row for single values; one row per element where a block holds a list.
fn combinations(names: &[String], values: &Values) -> Vec<Vec<Option<GroundTerm>>> {
    names.iter().fold(vec![Vec::new()], |rows, name| {
        rows.iter()
            .flat_map(|row| {
                values[name].iter().map(move |value| row.iter().cloned().chain([value.clone()]).collect::<Vec<_>>())
            })
            .collect()
    })
}

/// A term that a `VALUES` row can hold; blank nodes have no identity outside their document.
pub fn ground(term: Term) -> Option<GroundTerm> {
    match term {
        Term::NamedNode(node) => Some(node.into()),
        Term::Literal(literal) => Some(literal.into()),
        _ => None,
    }
}
