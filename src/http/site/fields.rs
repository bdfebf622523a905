//! A question's parameters as the fields of a form.

use crate::catalogue::parameters::short;
use crate::catalogue::values::sayable;
use crate::catalogue::{Need, Parameter};
use crate::knowledge::Generation;

/// A field of a form.
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: String,
    pub required: bool,
    pub is_list: bool,
    /// What can be chosen; empty where a text is typed.
    pub options: Vec<Choice>,
    /// What completes a text that is typed; where there are too many names, a search for things of the classes does.
    pub known: Vec<String>,
    pub classes: String,
    /// What stands in it; a list has empty ones for more.
    pub values: Vec<String>,
}

/// One of what can be chosen.
pub struct Choice {
    pub value: String,
    pub text: String,
    pub chosen: bool,
}

/// So many names are sent with a page.
const MOST_KNOWN: usize = 600;

/// So many can be chosen from a list.
const MOST_OPTIONS: usize = 12;

impl Field {
    /// The field of a parameter, filled with what was given.
    pub fn of(parameter: &Parameter, given: &[String], generation: &Generation) -> Self {
        let names = if parameter.classes.is_empty() { Vec::new() } else { generation.names.labels(&parameter.classes) };
        let default = match &parameter.need {
            Need::Default(value) => Some(value.as_str()),
            _ => None,
        };
        let mut values = given.to_vec();
        if values.is_empty() {
            values.extend(default.map(str::to_owned));
        }
        let is_list = parameter.need.is_list();
        let by_label = |value: &str| names.iter().any(|name| name.eq_ignore_ascii_case(value));
        let chosen = !is_list && (2..=MOST_OPTIONS).contains(&names.len()) && values.iter().all(|value| by_label(value));
        let options =
            if chosen { choices(&names, &values, default.is_some() || parameter.need.is_required()) } else { Vec::new() };
        if is_list {
            values.push(String::new());
        }
        if values.is_empty() {
            values.push(String::new());
        }
        let kinds = short(&parameter.classes).join(" or ").replace("cg:", "");
        let parts: Vec<String> = parameter.parts.iter().map(sayable).collect();
        let beside = if parts.is_empty() { String::new() } else { format!("; behind a colon, {}", parts.join(", and ")) };
        Self {
            name: parameter.name.clone(),
            label: worded(&parameter.name),
            hint: format!("{}{}{beside}", parameter.meaning, if kinds.is_empty() { kinds } else { format!(" ({kinds})") })
                .replace("cg:", "")
                .replace('`', "\""),
            required: parameter.need.is_required(),
            is_list,
            options,
            classes: short(&parameter.classes).join(" "),
            known: if names.len() <= MOST_KNOWN { names } else { Vec::new() },
            values,
        }
    }
}

fn choices(names: &[String], values: &[String], is_needed: bool) -> Vec<Choice> {
    let chosen = |name: &str| values.iter().any(|value| value.eq_ignore_ascii_case(name));
    let any = (!is_needed).then(|| Choice { value: String::new(), text: "any".to_owned(), chosen: values.is_empty() });
    let choice = |name: &String| Choice { value: name.clone(), text: name.clone(), chosen: chosen(name) };
    any.into_iter().chain(names.iter().map(choice)).collect()
}

/// `levelLabel` and `minimumYears` as people write them.
pub fn worded(name: &str) -> String {
    let mut worded = String::new();
    for (at, c) in name.strip_suffix("Label").unwrap_or(name).chars().enumerate() {
        if c.is_uppercase() {
            worded.push(' ');
        }
        worded.extend(if at == 0 { c.to_uppercase().collect::<Vec<_>>() } else { c.to_lowercase().collect() });
    }
    worded
}
