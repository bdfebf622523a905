//! The questions that can be asked, each read from one `.rq` file that says all there is to know of it.
//! Enter at [`Catalogue`]; [`names`] and [`values`] turn what people type into terms, [`answer`] asks,
//! [`examples`] says the questions in RDF.
//! Nothing here knows a particular question.

pub mod answer;
pub mod claims;
pub mod examples;
pub mod names;
pub mod parameters;
pub mod search;
pub mod values;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use spargebra::Query;
use spargebra::algebra::GraphPattern;
use spargebra::term::GroundTerm;

pub use self::parameters::{MANY, Need, Parameter};
use self::values::{Understood, typed};
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
    /// Other wordings, as people put the question: with `{slots}` for parameters.
    pub asks: Vec<String>,
    /// The columns that hold things somebody may ask about by name, with the classes of these.
    pub about: Vec<(String, Vec<String>)>,
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

/// What a URL says beside a question's parameters; no parameter may be called so.
pub const RESERVED: &[&str] = &["limit", "offset", "format", "question", "row", "proofs", "version"];

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
        let parameters = parameters::read(rq.lines("params"))?;
        let names: Vec<String> = parameters.iter().flat_map(Parameter::variables).map(str::to_owned).collect();
        if let Some(name) = names.iter().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(format!(
                "a parameter cannot be called {name}: {} say which part of an answer or proof is wanted, and how",
                RESERVED.join(", ")
            ));
        }
        let example = rq.defaults(&names).map_err(|error| error.to_string())?;
        blocks_of_their_own(&rq, &parameters, &names)?;
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
        let asks: Vec<String> = rq.lines("asks").iter().filter(|line| !line.is_empty()).cloned().collect();
        if let Some(slot) = asks.iter().flat_map(|ask| slots(ask)).find(|slot| !names.iter().any(|name| name == slot)) {
            return Err(format!("`#+ asks:` has a slot {{{slot}}} that is no parameter"));
        }
        let about = rq.lines("about").iter().filter(|line| !line.is_empty()).map(|line| thing_column(line, &columns));
        let about = about.collect::<Result<_, _>>()?;
        Ok(Self {
            id: id.to_owned(),
            wording,
            asks,
            about,
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

    /// Whether it is asked about somebody, whose answers are nobody's to keep: its file has the tag `people`.
    pub fn is_about_people(&self) -> bool {
        self.tags.iter().any(|tag| tag == "people")
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
            "arguments": self.arguments_json(),
        })
    }

    /// The example call: a text for each parameter, several for a list.
    fn arguments_json(&self) -> Map<String, Value> {
        let given = self.example_values().into_iter().map(|(parameter, values)| {
            let typed: Vec<String> = values.iter().map(|value| typed(parameter, value)).collect();
            (parameter.name.clone(), if parameter.need.is_list() { json!(typed) } else { json!(typed.concat()) })
        });
        given.collect()
    }

    /// The question in words, with values in its slots; where there is none, the slot's name.
    pub fn asked(&self, value: impl Fn(&str) -> Option<String>) -> String {
        let none = |slot: &str| {
            let is_list = self.parameter(slot).is_some_and(|parameter| parameter.need.is_list());
            if is_list { "nothing".to_owned() } else { format!("any {slot}") }
        };
        let filled = |text: String, slot: &str| {
            text.replace(&format!("{{{slot}}}"), &value(slot).filter(|value| !value.is_empty()).unwrap_or_else(|| none(slot)))
        };
        slots(&self.wording).fold(self.wording.clone(), filled)
    }

    /// The values of the example call, by parameter in order; absent filters are left out.
    pub fn example_values(&self) -> Vec<(&Parameter, Vec<Understood>)> {
        let values = |parameter: &Parameter| -> Vec<Understood> {
            let rows = self.example.get(&parameter.name).map(Vec::as_slice).unwrap_or_default();
            let said = |row: usize| {
                let beside = parameter.parts.iter().filter_map(move |part| {
                    let term = self.example.get(&part.name)?.get(row)?.clone()?;
                    (!part.is_absent(&term)).then_some((part.name.clone(), term))
                });
                beside.collect()
            };
            let row = |(row, term): (usize, &Option<GroundTerm>)| match term {
                Some(GroundTerm::NamedNode(node)) => Some(Understood { node: node.clone(), parts: said(row) }),
                _ => None,
            };
            rows.iter().enumerate().filter_map(row).collect()
        };
        let given = self.parameters.iter().map(|parameter| (parameter, values(parameter)));
        given.filter(|(_, values)| !values.is_empty()).collect()
    }

    /// The arguments of the example call, in order, as one could type them; those of a list one by one.
    pub fn example_arguments(&self) -> Vec<(String, String)> {
        let given = self.example_values().into_iter();
        given
            .flat_map(|(parameter, values)| values.into_iter().map(|value| (parameter.name.clone(), typed(parameter, &value))))
            .collect()
    }
}

/// Refuses a list whose values stand in a row with those of another parameter: its rows are as many as its values.
fn blocks_of_their_own(rq: &Rq, parameters: &[Parameter], names: &[String]) -> Result<(), String> {
    for list in parameters.iter().filter(|parameter| parameter.need.is_list()) {
        let own: Vec<&str> = list.variables().collect();
        let mixed = |block: &Vec<String>| block.contains(&list.name) && block.iter().any(|name| !own.contains(&name.as_str()));
        if rq.blocks(names).iter().any(mixed) {
            return Err(format!("the list ?{} needs a VALUES block of its own, of {}", list.name, own.join(", ")));
        }
    }
    Ok(())
}

/// Reads `column (cg:Class or cg:Class)`.
fn thing_column(line: &str, columns: &[String]) -> Result<(String, Vec<String>), String> {
    let malformed = || format!("`{line}`: a column that things are asked about by reads `column  (cg:Class)`");
    let (column, classes) = line.split_once('(').ok_or_else(malformed)?;
    let column = column.trim().to_owned();
    if !columns.contains(&column) {
        return Err(format!("`#+ about:` names {column}, which is no column"));
    }
    let words = classes.trim_end_matches(')').split([',', ' ']).filter(|word| word.contains(':'));
    Ok((column, words.map(|word| words::expand(word).ok_or_else(malformed)).collect::<Result<_, _>>()?))
}

/// The names in braces of a wording.
pub fn slots(wording: &str) -> impl Iterator<Item = &str> {
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
