//! A `.rq` file: a SPARQL query whose leading `#+` comments say what it is for.
//! Enter at [`Rq::parse`]; [`Rq::bind`] swaps the `VALUES` rows of parameters in the parsed algebra.
//! Questions, rules and checks are all such files; what their headers mean is theirs to read.

use std::collections::BTreeMap;

use oxigraph::model::Term;
use spargebra::algebra::GraphPattern;
use spargebra::term::GroundTerm;
use spargebra::{Query, SparqlParser, SparqlSyntaxError, Update};

use crate::words;

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

/// Why a text is no query.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TextError {
    /// It would change the graph.
    #[error("this is an update, and the graph takes none")]
    Update,
    /// It is not SPARQL: what was found where.
    #[error("{0}")]
    Malformed(String),
}

/// Parses a query of somebody else's. The prefixes of [`words::PREFIXES`] need no PREFIX line; one in the text goes first.
///
/// # Errors
/// When the text is an update, or not SPARQL; the message has the line, the column and the place itself.
pub fn parse_query(text: &str) -> Result<Query, TextError> {
    parser().parse_query(text).map_err(|error| {
        // No operation at all is an update too, as the grammar has it.
        if parser().parse_update(text).is_ok_and(|update| !update.operations.is_empty()) {
            TextError::Update
        } else {
            TextError::Malformed(pointed_at(text, &error.to_string()))
        }
    })
}

/// Parses an update of somebody else's, as [`parse_query`] does a query.
///
/// # Errors
/// When the text is no update.
pub fn parse_update(text: &str) -> Result<Update, TextError> {
    parser().parse_update(text).map_err(|error| TextError::Malformed(pointed_at(text, &error.to_string())))
}

fn parser() -> SparqlParser {
    let with_prefixes = words::PREFIXES
        .iter()
        .try_fold(SparqlParser::new(), |parser, (prefix, namespace)| parser.with_prefix(*prefix, *namespace));
    // The base is the same wherever it is asked, and never what a client says the host is.
    with_prefixes.map(|parser| parser.with_base_iri(words::BASE).unwrap_or_default()).unwrap_or_default()
}

/// Makes the parser's message one that people can use: it lists every character it would have taken.
fn pointed_at(text: &str, message: &str) -> String {
    let (place, expected) = message.trim_start_matches("error at ").split_once(": ").unwrap_or(("", message));
    let mut numbers = place.split(':').map(str::parse::<usize>);
    let (Some(Ok(line)), Some(Ok(column))) = (numbers.next(), numbers.next()) else { return message.to_owned() };
    let shown: Vec<char> = text.lines().nth(line - 1).unwrap_or_default().chars().collect();
    let at = column.saturating_sub(1).min(shown.len());
    let before: String = shown[at.saturating_sub(30)..at].iter().collect();
    let found: String = shown[at..].iter().take(30).collect();
    let found = if found.trim().is_empty() { "the end of the line".to_owned() } else { format!("`{}`", found.trim()) };
    let what = if expected.contains("Prefix not found") {
        let known: Vec<&str> = words::PREFIXES.iter().map(|(prefix, _)| *prefix).collect();
        format!("the prefix is not declared; declare it with PREFIX, or use one of {}", known.join(", "))
    } else {
        format!("{found} is unexpected there")
    };
    format!("line {line}, column {column}, after `{}`: {what}", before.trim())
}

/// The ground values that each parameter variable takes: one for a single one, any number for a list, `None` for an absent filter.
/// What stands beside the values of a list has as many values, in the same order.
pub type Values = BTreeMap<String, Vec<Option<GroundTerm>>>;

/// The rows of a VALUES block.
type Rows = Vec<Vec<Option<GroundTerm>>>;

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
        let mut blocks: Vec<(Vec<String>, Rows)> = Vec::new();
        let mut query = self.query.clone();
        let mut differing = None;
        for_each_block(pattern_mut(&mut query), parameters, &mut |names, rows| match blocks
            .iter()
            .find(|(known, _)| known == names)
        {
            Some((_, known)) if known != rows => differing = Some(names.join(" ")),
            Some(_) => {}
            None => blocks.push((names.to_vec(), rows.clone())),
        });
        if let Some(variables) = differing {
            return Err(RqError::BlocksDiffer { variables });
        }
        let column = |name: &String| {
            let (names, rows) = blocks.iter().find(|(names, _)| names.contains(name))?;
            let at = names.iter().position(|n| n == name)?;
            Some(rows.iter().map(|row| row[at].clone()).collect())
        };
        parameters.iter().map(|name| Ok((name.clone(), column(name).ok_or_else(|| RqError::NoBlock(name.clone()))?))).collect()
    }

    /// The variables of each parameter block.
    pub fn blocks(&self, parameters: &[String]) -> Vec<Vec<String>> {
        let mut blocks = Vec::new();
        for_each_block(pattern_mut(&mut self.query.clone()), parameters, &mut |names, _| blocks.push(names.to_vec()));
        blocks
    }

    /// The query with every parameter block's rows replaced by the given values.
    pub fn bind(&self, values: &Values) -> Query {
        let parameters: Vec<String> = values.keys().cloned().collect();
        let mut query = self.query.clone();
        for_each_block(pattern_mut(&mut query), &parameters, &mut |names, rows| {
            *rows = side_by_side(names, values);
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
fn for_each_block(pattern: &mut GraphPattern, parameters: &[String], visit: &mut dyn FnMut(&[String], &mut Rows)) {
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

/// The first row has the first value of each variable, and so on: single values make one row, a list as many as it has values.
fn side_by_side(names: &[String], values: &Values) -> Rows {
    let count = names.iter().map(|name| values[name].len()).max().unwrap_or_default();
    (0..count).map(|row| names.iter().map(|name| values[name].get(row).cloned().flatten()).collect()).collect()
}

/// A term that a `VALUES` row can hold; blank nodes have no identity outside their document.
pub fn ground(term: Term) -> Option<GroundTerm> {
    match term {
        Term::NamedNode(node) => Some(node.into()),
        Term::Literal(literal) => Some(literal.into()),
        _ => None,
    }
}
