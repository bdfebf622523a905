//! The questions that can be asked, each read from one `.rq` file that says all there is to know of it.
//! Enter at [`Catalogue`]; [`names`] turns what people type into terms, [`answer`] asks,
//! [`examples`] says the questions in RDF.
//! Nothing here knows a particular question.

pub mod answer;
pub mod claims;
pub mod examples;
pub mod names;
pub mod search;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use spargebra::Query;
use spargebra::algebra::GraphPattern;

use crate::files::{Files, Problem};
use crate::rq::{Rq, Values};
use crate::words;
use claims::Claim;

/// All questions, by id.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    questions: BTreeMap<String, Question>,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Question {
    /// The file's name without its ending: also URL segment and tool name.
    pub id: String,
    /// In words, with `{slots}` for the parameters.
    pub wording: String,
    pub summary: String,
    pub tags: Vec<String>,
    pub parameters: Vec<Parameter>,
    /// What a row claims.
    pub explains: Vec<Claim>,
    /// What must be absent for a row to be there.
    pub absent: Vec<Claim>,
    /// What to keep in mind when reading the answer.
    pub caveat: Option<String>,
    pub columns: Vec<String>,
    /// The columns for people, by name; programs get all.
    pub shows: Vec<String>,
    /// The example call, as the file states it.
    pub example: Values,
    pub rq: Rq,
}

/// One parameter of a question.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub need: Need,
    pub meaning: String,
    /// The classes a value may belong to; none means any thing.
    pub classes: Vec<String>,
}

/// Whether and how often a parameter is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    Required,
    /// Takes this value when absent.
    Default(String),
    /// Means "any" when absent.
    Filter,
    /// A list, of at most [`MANY`] values.
    Many,
}

/// What a URL says beside a question's parameters; no parameter may be called so.
pub const RESERVED: &[&str] = &["limit", "offset", "format", "question", "row", "proofs"];

/// The most values of a list parameter.
pub const MANY: usize = 200;

impl Catalogue {
    /// Reads all `.rq` files of a folder.
    pub fn read(queries: &Files) -> (Self, Vec<Problem>) {
        let (mut catalogue, mut problems) = (Self::default(), Vec::new());
        for (path, content) in queries.below("", ".rq") {
            match Question::read(path.trim_end_matches(".rq"), &String::from_utf8_lossy(content)) {
                Ok(question) => {
                    catalogue.questions.insert(question.id.clone(), question);
                }
                Err(message) => problems.push(Problem { file: queries.shown(path), line: None, message }),
            }
        }
        (catalogue, problems)
    }

    /// The questions, by id.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.questions.values()
    }

    /// The question of an id.
    pub fn get(&self, id: &str) -> Option<&Question> {
        self.questions.get(id)
    }

    /// The ids nearest to one that is not there, best first.
    pub fn near(&self, id: &str) -> Vec<String> {
        names::nearest(id, self.questions.keys().map(String::as_str))
    }
}

impl Question {
    fn read(id: &str, text: &str) -> Result<Self, String> {
        let rq = Rq::parse(text).map_err(|error| error.to_string())?;
        let needed = |key: &str| rq.entry(key).ok_or_else(|| format!("the header lacks `#+ {key}: …`"));
        let lines = rq.lines("params").iter().filter(|line| !line.is_empty());
        let parameters = lines.map(|line| Parameter::read(line)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<String> = parameters.iter().map(|parameter| parameter.name.clone()).collect();
        if let Some(name) = names.iter().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(format!(
                "a parameter cannot be called {name}: {} say which part of an answer or proof is wanted, and how",
                RESERVED.join(", ")
            ));
        }
        let example = rq.defaults(&names).map_err(|error| error.to_string())?;
        let Query::Select { pattern, dataset: None, .. } = &rq.query else {
            return Err("a question is a SELECT query without FROM".to_owned());
        };
        let wording = needed("question")?;
        if let Some(slot) = slots(&wording).find(|slot| !names.iter().any(|name| name == slot)) {
            return Err(format!("the question has a slot {{{slot}}} that is no parameter"));
        }
        let columns = columns(pattern).ok_or("a question selects its columns by name")?;
        if columns.iter().any(|column| column == "explain") {
            return Err("a column cannot be called explain: that is where a row says how it is proved".to_owned());
        }
        let claims = |key: &str| claims::read(rq.lines(key), &columns).map_err(|error| format!("`#+ {key}:` {error}"));
        let (explains, absent) = (claims("explains")?, claims("absent")?);
        if let Some(name) = claims::stray(&explains, &rq.query.to_string()) {
            return Err(format!("`#+ explains:` names ?{name}, which stands nowhere else, neither there nor in the query"));
        }
        let listed = |key: &str| -> Vec<String> {
            rq.entry(key).unwrap_or_default().split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let shows = Some(listed("shows")).filter(|shows| !shows.is_empty()).unwrap_or_else(|| columns.clone());
        if let Some(absent) = shows.iter().find(|column| !columns.contains(column)) {
            return Err(format!("`#+ shows:` names {absent}, which is no column"));
        }
        Ok(Self {
            id: id.to_owned(),
            wording,
            summary: needed("summary")?,
            tags: listed("tags"),
            shows,
            explains,
            absent,
            caveat: rq.entry("caveat"),
            columns,
            parameters,
            example,
            rq,
        })
    }

    /// The parameter of a name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// All about the question, as programs read it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "question": self.wording,
            "summary": self.summary,
            "tags": self.tags,
            "parameters": self.parameters.iter().map(Parameter::to_json).collect::<Vec<_>>(),
            "columns": self.columns,
            "caveat": self.caveat,
            "arguments": self.example_arguments().into_iter().collect::<BTreeMap<_, _>>(),
        })
    }

    /// The question in words, with values in its slots; where there is none, the slot's name.
    pub fn asked(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let filled = |text: String, slot: &str| {
            let value = value(slot).unwrap_or_else(|| format!("any {slot}"));
            text.replace(&format!("{{{slot}}}"), &value)
        };
        slots(&self.wording).fold(self.wording.clone(), filled)
    }

    /// The arguments of the example call, in order, as one could type them.
    pub fn example_arguments(&self) -> Vec<(String, String)> {
        let shown = |name: &str| {
            let term = self.example.get(name)?.first()?.as_ref()?;
            Some(match term {
                spargebra::term::GroundTerm::NamedNode(node) => words::shorten(node.as_str()),
                spargebra::term::GroundTerm::Literal(literal) => literal.value().to_owned(),
                other => other.to_string(),
            })
        };
        let typed = |parameter: &Parameter| Some((parameter.name.clone(), shown(&parameter.name)?));
        self.parameters.iter().filter_map(typed).collect()
    }
}

impl Parameter {
    fn to_json(&self) -> Value {
        let (need, default) = match &self.need {
            Need::Required => ("required", None),
            Need::Default(value) => ("default", Some(value)),
            Need::Filter => ("filter", None),
            Need::Many => ("many", None),
        };
        let classes: Vec<String> = self.classes.iter().map(|class| words::shorten(class)).collect();
        json!({ "name": self.name, "need": need, "default": default, "meaning": self.meaning, "classes": classes })
    }

    /// Reads `name need meaning (cg:Class or cg:Class)`.
    fn read(line: &str) -> Result<Self, String> {
        let malformed = || format!("`{line}`: a parameter reads `name  required|filter|many|= default  meaning (cg:Class)`");
        let (name, rest) = line.split_once(char::is_whitespace).ok_or_else(malformed)?;
        let (rest, classes) = match rest.trim().strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            Some((rest, classes)) => (rest.trim(), classes),
            None => (rest.trim(), ""),
        };
        let (need, meaning) = match rest.strip_prefix('=') {
            Some(rest) => {
                let rest = rest.trim_start();
                let (value, meaning) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (Need::Default(value.to_owned()), meaning)
            }
            None => {
                let (need, meaning) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                let need = match need {
                    "required" => Need::Required,
                    "filter" => Need::Filter,
                    "many" => Need::Many,
                    _ => return Err(malformed()),
                };
                (need, meaning)
            }
        };
        let words = classes.split([',', ' ']).filter(|word| word.contains(':'));
        let classes = words.map(|word| words::expand(word).ok_or_else(malformed)).collect::<Result<_, _>>()?;
        Ok(Self { name: name.to_owned(), need, meaning: meaning.trim().to_owned(), classes })
    }
}

/// The names in braces of a wording.
fn slots(wording: &str) -> impl Iterator<Item = &str> {
    wording.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(slot, _)| slot)
}

/// The variables of the outermost projection.
fn columns(pattern: &GraphPattern) -> Option<Vec<String>> {
    match pattern {
        GraphPattern::Project { variables, .. } => Some(variables.iter().map(|v| v.as_str().to_owned()).collect()),
        GraphPattern::Distinct { inner } | GraphPattern::Reduced { inner } | GraphPattern::Slice { inner, .. } => columns(inner),
        _ => None,
    }
}
