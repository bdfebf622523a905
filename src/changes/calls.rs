//! The calls by which two states are compared: of each question, every thing that it can be asked about. Enter at [`of`].

use std::collections::BTreeSet;

use crate::catalogue::{Need, Parameter, Question};
use crate::knowledge::Generation;

/// A question and what it is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub question: String,
    pub arguments: Vec<(String, String)>,
}

/// More calls than this of one question are not made: its parameters are then varied one at a time around its example.
const MOST_CALLS: usize = 2_000;

/// The same for combinations of things, such as where a way begins and where it ends: they are many, and a change that shows in one of
/// them shows around the example too, or in a question about one thing.
const MOST_COMBINATIONS: usize = 100;

/// All calls that make sense of either state. A required parameter takes each thing of its classes, one with a default each word that
/// it can be; a filter is left out, a list is that of the example.
pub fn of(before: &Generation, after: &Generation) -> Vec<Call> {
    after.catalogue.questions().flat_map(|question| of_question(question, [before, after])).collect()
}

fn of_question(question: &Question, states: [&Generation; 2]) -> Vec<Call> {
    let example = question.example_arguments();
    let values: Vec<(&Parameter, Vec<String>)> =
        question.parameters.iter().map(|parameter| (parameter, values(parameter, &example, states))).collect();
    let call = |arguments: Vec<(String, String)>| Call { question: question.id.clone(), arguments };
    let lists: Vec<(String, String)> = example.iter().filter(|(name, _)| is_list(question, name)).cloned().collect();
    let varied: Vec<&(&Parameter, Vec<String>)> = values.iter().filter(|(_, values)| !values.is_empty()).collect();
    let combinations = |counted: &dyn Fn(&Parameter) -> bool| {
        let counts = varied.iter().filter(|(parameter, _)| counted(parameter)).map(|(_, values)| values.len());
        counts.fold(1usize, usize::saturating_mul)
    };
    let things = |parameter: &Parameter| parameter.need == Need::Required;
    let several = varied.iter().filter(|(parameter, _)| things(parameter)).count() > 1;
    if combinations(&|_| true) > MOST_CALLS || several && combinations(&things) > MOST_COMBINATIONS {
        let vary = |(parameter, values): &&(&Parameter, Vec<String>)| -> Vec<Call> {
            let others: Vec<(String, String)> = example.iter().filter(|(name, _)| *name != parameter.name).cloned().collect();
            let with = |value: &String| call(others.iter().cloned().chain([(parameter.name.clone(), value.clone())]).collect());
            values.iter().map(with).collect()
        };
        return varied.iter().flat_map(vary).collect();
    }
    varied
        .iter()
        .fold(vec![lists], |calls, (parameter, values)| {
            let with = |call: &Vec<(String, String)>, value: &String| {
                call.iter().cloned().chain([(parameter.name.clone(), value.clone())]).collect()
            };
            calls.iter().flat_map(|call| values.iter().map(move |value| with(call, value))).collect()
        })
        .into_iter()
        .filter(|arguments| !asks_twice(question, arguments))
        .map(call)
        .collect()
}

/// Whether two required parameters have the same value: nobody compares a thing with itself.
fn asks_twice(question: &Question, arguments: &[(String, String)]) -> bool {
    let is_required = |name: &str| question.parameter(name).is_some_and(|parameter| parameter.need == Need::Required);
    let required: Vec<&String> = arguments.iter().filter(|(name, _)| is_required(name)).map(|(_, value)| value).collect();
    required.iter().enumerate().any(|(at, value)| required[..at].contains(value))
}

fn is_list(question: &Question, name: &str) -> bool {
    question.parameter(name).is_some_and(|parameter| parameter.need == Need::Many)
}

/// What a parameter is asked with; none for one that is left out, or that is a list.
fn values(parameter: &Parameter, example: &[(String, String)], states: [&Generation; 2]) -> Vec<String> {
    match parameter.need {
        Need::Filter | Need::Many => Vec::new(),
        // Anything at all: there is no end of it.
        _ if parameter.classes.is_empty() => {
            example.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.clone()).collect()
        }
        _ => {
            let things: BTreeSet<&str> = states.iter().flat_map(|state| state.names.instances(&parameter.classes)).collect();
            things.into_iter().map(str::to_owned).collect()
        }
    }
}
