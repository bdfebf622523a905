//! Asks a question of the catalogue: arguments become terms, terms are bound in the algebra, rows come back.
//! Enter at [`ask`].

use std::collections::BTreeMap;
use std::io::{self, Write};

use oxigraph::model::Term;
use serde_json::{Map, Value, json};
use spargebra::term::GroundTerm;

use super::names::{Names, Unresolved, nearest};
use super::parameters::short;
use super::values::{Understood, Wrong, absent, understand};
use super::{Catalogue, MANY, Need, Parameter, Question};
use crate::rq::Values;
use crate::store::{Store, StoreError, Table, text};

/// What was asked, and the answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub question: String,
    /// What was given: the call, to repeat it.
    pub arguments: Vec<(String, String)>,
    /// The parameters as they were understood, in the question's order; absent filters are left out.
    pub parameters: Vec<(String, Vec<Understood>)>,
    /// Those of the parameters that are lists, however many values they have.
    pub lists: Vec<String>,
    pub caveat: Option<String>,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Option<Term>>>,
    /// How many rows were left out before these, by whoever shows a part.
    pub before: usize,
    /// The query that was evaluated, to run elsewhere.
    pub sparql: String,
}

/// Where the front end proves rows and triples: a part of every row as programs read it.
pub const EXPLAIN: &str = "/api/explain";

/// Why a question was not asked; all but [`AskError::Store`] are the asker's to mend.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error("there is no question `{id}`{}", did_you_mean(near))]
    UnknownQuestion { id: String, near: Vec<String> },
    #[error("`{question}` has no parameter `{name}`{}; it takes {}", did_you_mean(near), listed(takes))]
    UnknownParameter { question: String, name: String, near: Vec<String>, takes: Vec<String> },
    #[error("`{question}` needs `{name}` ({meaning}): add {name}=…")]
    Missing { question: String, name: String, meaning: String },
    #[error("`{name}` is given {count} times; it takes at most {most}")]
    TooMany { name: String, count: usize, most: usize },
    #[error("{name}=`{value}`: {}", explained(why, expected))]
    Value { name: String, value: String, expected: String, why: Unresolved },
    #[error("{name}=`{value}`: `{said}`: {why}{}", did_you_mean(near))]
    Beside { name: String, value: String, said: String, why: String, near: Vec<String> },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Asks a question by its id, with arguments as people give them.
///
/// # Errors
/// When question, parameter or value is unknown, missing or ambiguous; or when the store fails.
pub fn ask(
    catalogue: &Catalogue,
    names: &Names,
    store: &Store,
    id: &str,
    arguments: &[(String, String)],
) -> Result<Answer, AskError> {
    let unknown = || AskError::UnknownQuestion { id: id.to_owned(), near: catalogue.near(id) };
    let question = catalogue.get(id).ok_or_else(unknown)?;
    let given = given(question, arguments)?;
    let mut values = Values::new();
    let mut parameters = Vec::new();
    for parameter in &question.parameters {
        let understood = understood(question, parameter, given.get(parameter.name.as_str()), names)?;
        values.extend(bound(parameter, &understood, names)?);
        if !understood.is_empty() || parameter.need.is_list() {
            parameters.push((parameter.name.clone(), understood));
        }
    }
    let query = question.rq.bind(&values);
    let sparql = query.to_string();
    let Table { columns, rows } = store.select(query)?;
    // In the question's order, so that a call reads the same however it was put.
    let of = |parameter: &Parameter| arguments.iter().filter(|(name, _)| *name == parameter.name).cloned().collect::<Vec<_>>();
    let given = question.parameters.iter().flat_map(of).map(|(name, value)| (name, value.trim().to_owned()));
    let arguments = given.filter(|(_, value)| !value.is_empty()).collect();
    let lists = question.parameters.iter().filter(|parameter| parameter.need.is_list());
    Ok(Answer {
        question: question.id.clone(),
        arguments,
        parameters,
        lists: lists.map(|parameter| parameter.name.clone()).collect(),
        caveat: question.caveat.clone(),
        columns,
        rows,
        before: 0,
        sparql,
    })
}

/// What the variables of a parameter stand for: an absent filter for anything, what is not said beside a value for what holds then.
fn bound(parameter: &Parameter, understood: &[Understood], names: &Names) -> Result<Values, AskError> {
    let mut nodes: Vec<Option<GroundTerm>> = understood.iter().map(|value| Some(value.node.clone().into())).collect();
    if parameter.need == Need::Filter && nodes.is_empty() {
        nodes.push(None);
    }
    let mut values = Values::from([(parameter.name.clone(), nodes)]);
    for part in &parameter.parts {
        let absent = absent(part, names).map_err(|wrong| AskError::wrong(parameter, &part.absent, wrong))?;
        let term = |value: &Understood| Some(value.said(part).unwrap_or(&absent).clone());
        values.insert(part.name.clone(), understood.iter().map(term).collect());
    }
    Ok(values)
}

/// The arguments by parameter; a value may hold several, one per repetition.
fn given<'a>(question: &'a Question, arguments: &'a [(String, String)]) -> Result<BTreeMap<&'a str, Vec<&'a str>>, AskError> {
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in arguments {
        let Some(parameter) = question.parameter(name) else {
            let takes: Vec<String> = question.parameters.iter().map(|parameter| parameter.name.clone()).collect();
            let near = nearest(name, takes.iter().map(String::as_str));
            return Err(AskError::UnknownParameter { question: question.id.clone(), name: name.clone(), near, takes });
        };
        // A form sends an empty text for a field left alone.
        if !value.trim().is_empty() {
            given.entry(&parameter.name).or_default().push(value.trim());
        }
    }
    Ok(given)
}

/// The values of a parameter; none for an absent filter and an empty list.
fn understood(
    question: &Question,
    parameter: &Parameter,
    given: Option<&Vec<&str>>,
    names: &Names,
) -> Result<Vec<Understood>, AskError> {
    let default = match &parameter.need {
        Need::Default(word) => vec![word.as_str()],
        _ => Vec::new(),
    };
    let texts = given.unwrap_or(&default);
    let most = if parameter.need.is_list() { MANY } else { 1 };
    if texts.len() > most {
        return Err(AskError::TooMany { name: parameter.name.clone(), count: texts.len(), most });
    }
    if texts.is_empty() && parameter.need.is_required() {
        let (name, meaning) = (parameter.name.clone(), parameter.meaning.clone());
        return Err(AskError::Missing { question: question.id.clone(), name, meaning });
    }
    let value = |text: &&str| understand(parameter, text, names).map_err(|wrong| AskError::wrong(parameter, text, wrong));
    texts.iter().map(value).collect()
}

impl AskError {
    /// A value of a parameter that cannot be understood.
    fn wrong(parameter: &Parameter, value: &str, wrong: Wrong) -> Self {
        let name = parameter.name.clone();
        match wrong {
            Wrong::Thing { said, why } => Self::Value { name, value: said, expected: expected(parameter), why },
            Wrong::Beside { said, why, near } => Self::Beside { name, value: value.to_owned(), said, why, near },
        }
    }
}

impl Answer {
    /// The word of the policy that decided, where the question has one.
    pub fn policy(&self, names: &Names) -> Option<String> {
        let (_, values) = self.parameters.iter().find(|(name, _)| name == "policy")?;
        values.first().map(|policy| names.label(policy.node.as_str()))
    }

    /// The question with what was understood in its slots, and the other parameters behind it.
    pub fn in_words(&self, question: &Question, names: &Names) -> String {
        let label = |name: &str| {
            let (_, values) = self.parameters.iter().find(|(parameter, _)| parameter == name)?;
            let parameter = question.parameter(name)?;
            Some(values.iter().map(|value| value.shown(parameter, names)).collect::<Vec<_>>().join(", "))
        };
        let unslotted = |(name, _): &&(String, _)| !question.wording.contains(&format!("{{{name}}}"));
        let others: Vec<String> =
            self.parameters.iter().filter(unslotted).filter_map(|(name, _)| Some(format!("{name}: {}", label(name)?))).collect();
        let asked = question.asked(label);
        if others.is_empty() { asked } else { format!("{asked} ({})", others.join(", ")) }
    }

    /// The URL path of the proof of one of the rows, by its place among them.
    fn explained_at(&self, at: usize) -> String {
        let mut call = form_urlencoded::Serializer::new(format!("{EXPLAIN}?"));
        call.append_pair("question", &self.question).append_pair("row", &(self.before + at + 1).to_string());
        call.extend_pairs(&self.arguments).finish()
    }

    /// How many rows have a thing in a column.
    pub fn rows_about(&self, column: &str, iri: &str) -> usize {
        let at = self.columns.iter().position(|name| name == column);
        let is_it = |row: &&Vec<Option<Term>>| at.and_then(|at| row[at].as_ref()).is_some_and(|cell| text(cell) == iri);
        self.rows.iter().filter(is_it).count()
    }

    /// The answer as programs read it.
    pub fn to_json(&self, names: &Names, version: &str) -> Value {
        let one = |value: &Understood| value.to_json(names);
        let given = |(name, values): &(String, Vec<Understood>)| {
            let shown = match values.as_slice() {
                [value] if !self.lists.contains(name) => one(value),
                values => values.iter().map(one).collect(),
            };
            (name.clone(), shown)
        };
        let parameters: Map<String, Value> = self.parameters.iter().map(given).collect();
        let row = |(at, row): (usize, &Vec<Option<Term>>)| -> Map<String, Value> {
            let cells = row.iter().map(|cell| cell.as_ref().map_or(Value::Null, value));
            self.columns.iter().cloned().zip(cells).chain([("explain".to_owned(), self.explained_at(at).into())]).collect()
        };
        json!({
            "question": self.question,
            "parameters": parameters,
            "policy": self.policy(names),
            "version": version,
            "caveat": self.caveat,
            "columns": self.columns,
            "rows": self.rows.iter().enumerate().map(row).collect::<Vec<_>>(),
            "sparql": self.sparql,
            // The answer is whole; who shows it by pages says where the next one is.
            "next": null,
        })
    }
}

/// A term as JSON has it: numbers and truth values as such, all else as text.
fn value(term: &Term) -> Value {
    let Term::Literal(literal) = term else { return Value::String(text(term)) };
    let typed = match literal.datatype().as_str().strip_prefix("http://www.w3.org/2001/XMLSchema#") {
        Some("integer") => literal.value().parse::<i64>().ok().map(Value::from),
        Some("decimal" | "double" | "float") => literal.value().parse::<f64>().ok().map(Value::from),
        Some("boolean") => literal.value().parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::String(text(term)))
}

/// Writes rows as CSV or TSV with plain values.
///
/// # Errors
/// When the writer fails.
pub fn separated(columns: &[String], rows: &[Vec<Option<Term>>], delimiter: u8, out: impl Write) -> io::Result<()> {
    let plain = |row: &Vec<Option<Term>>| row.iter().map(|cell| cell.as_ref().map(text).unwrap_or_default()).collect::<Vec<_>>();
    records(columns, rows.iter().map(plain), delimiter, out)
}

/// Writes rows as CSV that a spreadsheet opens without running anything: a cell that it would take for a formula begins with an
/// apostrophe, and a byte order mark says that the text is UTF-8.
///
/// # Errors
/// When the writer fails.
pub fn spreadsheet_safe(columns: &[String], rows: &[Vec<Option<Term>>], mut out: impl Write) -> io::Result<()> {
    let safe = |cell: &Option<Term>| {
        let plain = cell.as_ref().map(text).unwrap_or_default();
        if plain.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{plain}") } else { plain }
    };
    out.write_all("\u{feff}".as_bytes())?;
    records(columns, rows.iter().map(|row| row.iter().map(safe).collect()), b',', out)
}

/// Writes records as CSV or TSV.
///
/// # Errors
/// When the writer fails.
pub fn records<S: AsRef<str>>(
    header: &[S],
    records: impl IntoIterator<Item = Vec<String>>,
    delimiter: u8,
    out: impl Write,
) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    writer.write_record(header.iter().map(AsRef::as_ref)).map_err(cause)?;
    for record in records {
        writer.write_record(record).map_err(cause)?;
    }
    writer.flush()
}

/// What went wrong below: `?` would wrap it so that nobody can tell a closed pipe.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn expected(parameter: &Parameter) -> String {
    let kinds = short(&parameter.classes);
    if kinds.is_empty() { "a thing of the graph".to_owned() } else { kinds.join(" or ") }
}

/// Why a text names nothing, where `expected` was.
pub fn explained(why: &Unresolved, expected: &str) -> String {
    match why {
        Unresolved::Unknown { near } => format!("no {expected} is called that{}", did_you_mean(near)),
        Unresolved::Ambiguous { candidates } => format!("several are called that; name one of {}", candidates.join(", ")),
        Unresolved::OtherKind { is } => format!("is {}, and {expected} is expected", is.join(", ")),
    }
}

fn did_you_mean(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
