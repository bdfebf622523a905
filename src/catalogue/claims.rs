//! What a row claims, and the absences it rests on: triple patterns over the columns and parameters of its question.
//! Enter at [`read`]. A question's header says them (`#+ explains:`, `#+ absent:`); proving them is `explain`'s matter.

use oxigraph::model::{Literal, NamedNode, Variable};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use crate::words;

/// A line of the header: patterns, and the rows they are for.
///
/// ```text
/// #+ explains: ?policy cg:reads ?holds . ?holder ?holds ?statement
/// #+           [change=strengthened] ?statement cg:strengthens ?replaces
/// #+ absent:   [change=added] ?from ?holds ?statement
/// ```
///
/// A line is for the rows with that word in that column (`[column=]`: with nothing in it) that have all columns it speaks of. The lines of
/// `explains` for a row are one pattern together; each line of `absent` is one absence. A variable that is neither column nor parameter
/// stands for whatever fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// A column, and the word that stands in it; an empty one for nothing.
    pub when: Option<(String, String)>,
    pub patterns: Vec<TriplePattern>,
}

/// Reads the lines of a header entry of a question with these columns.
///
/// # Errors
/// What is wrong with which line.
pub fn read(lines: &[String], columns: &[String]) -> Result<Vec<Claim>, String> {
    lines.iter().filter(|line| !line.is_empty()).map(|line| claim(line, columns)).collect()
}

/// The first variable that stands in one place only, and not in the query: misspelt, it would stand for whatever fits, and the claim
/// would say less than it seems to.
pub fn stray<'a>(claims: &'a [Claim], query: &str) -> Option<&'a str> {
    let stands =
        |name: &str| query.split(|c: char| !(c.is_alphanumeric() || "?_".contains(c))).any(|word| word == format!("?{name}"));
    let names: Vec<&str> = claims.iter().flat_map(|claim| &claim.patterns).flat_map(variables).collect();
    names.iter().copied().find(|name| !stands(name) && names.iter().filter(|other| *other == name).count() == 1)
}

fn claim(line: &str, columns: &[String]) -> Result<Claim, String> {
    let malformed =
        |what: String| format!("`{line}`: {what}; a claim reads `[column=word] ?subject prefix:property ?object . …`");
    let (when, rest) = match line.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((condition, rest))) => {
            let (column, word) = condition.split_once('=').ok_or_else(|| malformed(format!("[{condition}] has no `=`")))?;
            if !columns.iter().any(|known| known == column) {
                return Err(malformed(format!("{column} is no column")));
            }
            (Some((column.to_owned(), word.to_owned())), rest)
        }
        Some(None) => return Err(malformed("the `]` is missing".to_owned())),
        None => (None, line),
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let patterns = words
        .split(|word| *word == ".")
        .filter(|words| !words.is_empty())
        .map(|words| {
            let [subject, predicate, object] = words else {
                return Err(malformed(format!("`{}` is no triple", words.join(" "))));
            };
            pattern(subject, predicate, object).ok_or_else(|| malformed(format!("`{}` cannot be read", words.join(" "))))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if patterns.is_empty() {
        return Err(malformed("there is no triple".to_owned()));
    }
    Ok(Claim { when, patterns })
}

fn pattern(subject: &str, predicate: &str, object: &str) -> Option<TriplePattern> {
    let predicate = match term(predicate)? {
        TermPattern::NamedNode(node) => NamedNodePattern::NamedNode(node),
        TermPattern::Variable(variable) => NamedNodePattern::Variable(variable),
        _ => return None,
    };
    let subject = term(subject).filter(|subject| !matches!(subject, TermPattern::Literal(_)))?;
    Some(TriplePattern { subject, predicate, object: term(object)? })
}

/// `?variable`, `a`, `prefix:name`, a whole number, or a word in quotes.
fn term(word: &str) -> Option<TermPattern> {
    if let Some(name) = word.strip_prefix('?') {
        return Variable::new(name).ok().map(TermPattern::from);
    }
    if let Some(text) = word.strip_prefix('"') {
        return text.strip_suffix('"').map(|text| Literal::from(text).into());
    }
    if let Ok(number) = word.parse::<i64>() {
        return Some(Literal::from(number).into());
    }
    let iri = if word == "a" { words::other::TYPE.as_str().to_owned() } else { words::expand(word)? };
    NamedNode::new(iri).ok().map(TermPattern::from)
}

/// The names of a pattern's variables.
pub fn variables(pattern: &TriplePattern) -> impl Iterator<Item = &str> {
    let predicate = match &pattern.predicate {
        NamedNodePattern::Variable(variable) => Some(variable.as_str()),
        NamedNodePattern::NamedNode(_) => None,
    };
    [variable(&pattern.subject), predicate, variable(&pattern.object)].into_iter().flatten()
}

fn variable(term: &TermPattern) -> Option<&str> {
    if let TermPattern::Variable(variable) = term { Some(variable.as_str()) } else { None }
}
