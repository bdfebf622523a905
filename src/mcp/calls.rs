//! Calls of tools: arguments checked, the work done off the loop, answers as JSON. Enter at [`call`].

use std::error::Error;
use std::sync::Arc;

use rmcp::model::JsonObject;
use serde_json::{Value, json};

use super::tools::{MOST_RESULTS, MOST_ROWS, PROOFS, RESULTS};
use crate::ask::{Call, Doubt, MOST_CHARACTERS, Understanding};
use crate::catalogue::answer::AskError;
use crate::catalogue::names::nearest;
use crate::explain::{self, ExplainError, MOST_PROOFS};
use crate::knowledge::Generation;
use crate::pool::{Answer, Pool, Stopped};
use crate::words;
use crate::worker::{Job, Operation};

/// Why a call gives nothing.
pub enum Failure {
    /// The asker can mend it.
    Asker(String),
    UnknownTool(String),
    Ours(Box<dyn Error + Send + Sync>),
}

/// The tools that are no questions.
const OTHERS: [&str; 4] = ["ask", "explain", "search", "sparql"];

/// The most bytes of an answer to SPARQL: nobody reads more.
const MOST_BYTES: usize = 256 << 10;

/// Calls a tool.
///
/// # Errors
/// When there is no such tool, when it cannot take the arguments, or when it fails.
pub async fn call(generation: &Arc<Generation>, pool: &Pool, tool: &str, arguments: JsonObject) -> Result<Value, Failure> {
    if tool == "sparql" {
        return sparql(generation, pool, arguments).await;
    }
    let (generation, tool) = (generation.clone(), tool.to_owned());
    let work = move || match tool.as_str() {
        "ask" => ask(&generation, arguments),
        "search" => search(&generation, arguments),
        "explain" => explain(&generation, arguments),
        _ if generation.catalogue.get(&tool).is_some() => question(&generation, &tool, arguments),
        _ => {
            let tools = generation.catalogue.questions().map(|question| question.id.as_str()).chain(OTHERS);
            let near = nearest(&tool, tools);
            Err(Failure::UnknownTool(format!("there is no tool `{tool}`; the nearest are {}", near.join(", "))))
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Ours(error.into()))?
}

/// A question of the catalogue, whole or a part of its rows.
fn question(generation: &Generation, id: &str, mut arguments: JsonObject) -> Result<Value, Failure> {
    let limit = number(&mut arguments, "limit", 1, MOST_ROWS)?;
    let offset = number(&mut arguments, "offset", 0, usize::MAX)?.unwrap_or(0);
    let proofs = number(&mut arguments, "proofs", 0, MOST_ROWS)?.unwrap_or(PROOFS);
    let mut answer = generation.ask(id, &given(arguments)?)?;
    let total = answer.rows.len();
    let end = limit.map_or(total, |limit| offset.saturating_add(limit).min(total));
    let proof = |at: usize| Ok::<_, Failure>(explain::row(generation, &answer, at + 1, 1)?.to_json(&generation.names));
    let proved = (offset..end.min(offset.saturating_add(proofs))).map(proof).collect::<Result<Vec<_>, _>>()?;
    answer.rows = answer.rows.into_iter().take(end).skip(offset).collect();
    answer.before = offset;
    let mut json = answer.to_json(&generation.names, &generation.version);
    json["total"] = total.into();
    json["proofs"] = proved.into();
    json["next"] = if end < total { end.into() } else { Value::Null };
    Ok(json)
}

/// Why a row is in an answer, or why a triple holds.
fn explain(generation: &Generation, mut arguments: JsonObject) -> Result<Value, Failure> {
    let proofs = number(&mut arguments, "proofs", 1, MOST_PROOFS)?.unwrap_or(1);
    let explanation = if arguments.contains_key("question") {
        let id = text(&mut arguments, "question")?;
        let row = number(&mut arguments, "row", 1, usize::MAX)?.unwrap_or(1);
        let call = match arguments.remove("arguments") {
            None | Some(Value::Null) => JsonObject::new(),
            Some(Value::Object(call)) => call,
            Some(other) => return Err(Failure::Asker(format!("`arguments` is {other}; it takes what the tool {id} takes"))),
        };
        nothing_else(&arguments, &["question", "arguments", "row", "proofs"])?;
        explain::row(generation, &generation.ask(&id, &given(call)?)?, row, proofs)?
    } else {
        let [subject, predicate, object] = ["subject", "predicate", "object"].map(|name| text(&mut arguments, name));
        nothing_else(&arguments, &["subject", "predicate", "object", "proofs"])?;
        let triple = explain::naming::named(generation, &subject?, &predicate?, &object?)?;
        explain::triple(generation, &triple, proofs)?
    };
    Ok(explanation.to_json(&generation.names))
}

/// The arguments as texts; a list gives one for each of its values.
fn given(arguments: JsonObject) -> Result<Vec<(String, String)>, Failure> {
    let mut given = Vec::new();
    for (name, value) in arguments {
        let values = match value {
            Value::Array(values) => values,
            Value::Null => Vec::new(),
            value => vec![value],
        };
        for value in values {
            let Value::String(text) = value else {
                return Err(Failure::Asker(format!("`{name}` is {value}; it takes a text: a label, an alias or an IRI")));
            };
            given.push((name.clone(), text));
        }
    }
    Ok(given)
}

fn ask(generation: &Generation, mut arguments: JsonObject) -> Result<Value, Failure> {
    let text = text(&mut arguments, "question")?;
    nothing_else(&arguments, &["question"])?;
    let told = |call: &Call| {
        let understood = generation.catalogue.get(&call.question).map(|question| call.to_json(question, &generation.names));
        let understood = understood.unwrap_or_default();
        let call = json!({ "tool": call.question, "arguments": understood["arguments"] });
        json!({ "understood": understood, "call": call })
    };
    match generation.understand(&text) {
        Understanding::Certain(call) => {
            let mut told = told(&call);
            let answer = generation.ask(&call.question, &call.arguments)?;
            told["answer"] = answer.to_json(&generation.names, &generation.version);
            Ok(told)
        }
        Understanding::Unsure { calls, doubts } => Ok(json!({
            "unsure": calls.iter().map(told).collect::<Vec<_>>(),
            "why": doubts.iter().map(Doubt::to_string).collect::<Vec<_>>(),
            "near": doubts.iter().flat_map(Doubt::near).collect::<Vec<_>>(),
        })),
    }
}

fn search(generation: &Generation, mut arguments: JsonObject) -> Result<Value, Failure> {
    let text = text(&mut arguments, "text")?;
    let limit = number(&mut arguments, "limit", 1, MOST_RESULTS)?.unwrap_or(RESULTS);
    let class = match arguments.remove("class") {
        None | Some(Value::Null) => None,
        Some(class) => Some(known_class(generation, class.as_str().unwrap_or_default())?),
    };
    nothing_else(&arguments, &["text", "class", "limit"])?;
    let found = generation.names.search(&text, class.as_deref(), limit);
    let results: Vec<Value> = found
        .iter()
        .map(|hit| {
            json!({ "iri": hit.iri, "label": hit.label, "alias": hit.alias, "classes": hit.classes, "match": hit.fit.word() })
        })
        .collect();
    Ok(json!({ "results": results }))
}

/// The IRI of a class that things belong to.
fn known_class(generation: &Generation, class: &str) -> Result<String, Failure> {
    let classes = generation.names.classes();
    let iri = words::expand(class).filter(|iri| classes.contains(&words::shorten(iri)));
    iri.ok_or_else(|| {
        let near = nearest(class, classes.iter().map(String::as_str));
        Failure::Asker(format!("nothing is of a class `{class}`; the nearest are {}", near.join(", ")))
    })
}

async fn sparql(generation: &Generation, pool: &Pool, mut arguments: JsonObject) -> Result<Value, Failure> {
    let text = text_of_any_length(&mut arguments, "query")?;
    nothing_else(&arguments, &["query"])?;
    let job = Job {
        operation: Operation::Query,
        text,
        default_graphs: Vec::new(),
        named_graphs: Vec::new(),
        table: Some("application/sparql-results+json".to_owned()),
        graph: Some("text/turtle".to_owned()),
        graph_written: None,
    };
    let (media_type, bytes) = match pool.run(generation, &job, None).await? {
        Answer::Whole { media_type, bytes } => (media_type, bytes.to_vec()),
        Answer::Stream { media_type, first, mut rest } => {
            let mut bytes = first.to_vec();
            while let Some(more) = rest.recv().await {
                bytes.extend_from_slice(&more.map_err(|error| Failure::Ours(error.into()))?);
                if bytes.len() > MOST_BYTES {
                    break;
                }
            }
            (media_type, bytes)
        }
    };
    if bytes.len() > MOST_BYTES {
        let most = MOST_BYTES >> 10;
        return Err(Failure::Asker(format!("the answer has more than {most} KiB; ask for less at a time with LIMIT and OFFSET")));
    }
    if media_type == "text/turtle" {
        return Ok(json!({ "turtle": String::from_utf8_lossy(&bytes) }));
    }
    serde_json::from_slice(&bytes).map_err(|error| Failure::Ours(error.into()))
}

fn text(arguments: &mut JsonObject, name: &str) -> Result<String, Failure> {
    let text = text_of_any_length(arguments, name)?;
    if text.chars().count() > MOST_CHARACTERS {
        return Err(Failure::Asker(format!("`{name}` has more than {MOST_CHARACTERS} characters")));
    }
    Ok(text)
}

fn text_of_any_length(arguments: &mut JsonObject, name: &str) -> Result<String, Failure> {
    match arguments.remove(name) {
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(text),
        _ => Err(Failure::Asker(format!("`{name}` is missing: it takes a text"))),
    }
}

fn number(arguments: &mut JsonObject, name: &str, least: usize, most: usize) -> Result<Option<usize>, Failure> {
    let Some(value) = arguments.remove(name).filter(|value| !value.is_null()) else { return Ok(None) };
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| (least..=most).contains(number));
    let upto = if most == usize::MAX { String::new() } else { format!(" to {most}") };
    number.map(Some).ok_or_else(|| Failure::Asker(format!("`{name}` is {value}; it takes a whole number from {least}{upto}")))
}

fn nothing_else(arguments: &JsonObject, takes: &[&str]) -> Result<(), Failure> {
    let Some(name) = arguments.keys().next() else { return Ok(()) };
    Err(Failure::Asker(format!("there is no argument `{name}`; it takes {}", takes.join(", "))))
}

impl From<AskError> for Failure {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Store(error) => Self::Ours(error.into()),
            error => Self::Asker(error.to_string()),
        }
    }
}

impl From<ExplainError> for Failure {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::Store(error) => Self::Ours(error.into()),
            // What a question's file claims is no matter of the asker's.
            ExplainError::NoClaims { .. } | ExplainError::Unfounded { .. } => Self::Ours(error.into()),
            error => Self::Asker(error.to_string()),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Failed(error) => Self::Ours(error.into()),
            Stopped::Refused(refusal) => match refusal.told() {
                Some(why) => Self::Asker(why),
                None => Self::Ours(format!("{refusal:?}").into()),
            },
            stopped => Self::Asker(format!("there is no answer: {stopped}; narrow the query, or ask for less with LIMIT")),
        }
    }
}
