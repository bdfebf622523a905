//! `/api/ask`: a question in plain words. Answers are made for each request and kept nowhere, for a text may speak of people.

use axum::extract::{RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::cache::arguments;
use super::problem::Problem;
use super::{App, off_the_loop, questions};
use crate::ask::{Call, Doubt, MOST_CHARACTERS, Understanding};
use crate::catalogue::names::nearest;
use crate::knowledge::Generation;

pub async fn ask(State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let text = text(arguments(query.as_deref()))?;
    let generation = app.generation();
    off_the_loop(move || {
        let body = understood(&generation, &text)?;
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
        Ok((headers, body.to_string()).into_response())
    })
    .await
}

/// The one text there is.
fn text(arguments: Vec<(String, String)>) -> Result<String, Problem> {
    let mut text = None;
    for (name, value) in arguments {
        if name != "q" {
            let problem = bad("unknown-parameter", format!("There is no parameter `{name}`; it takes q."));
            return Err(problem.near(nearest(&name, ["q"].into_iter())));
        }
        if text.replace(value).is_some() {
            return Err(bad("too-many-values", "`q` is given more than once.".to_owned()));
        }
    }
    let text = text.filter(|text: &String| !text.trim().is_empty()).ok_or_else(|| {
        let hint = "Say what in q, for instance /api/ask?q=which+levels+require+OAuth%3F";
        bad("missing-parameter", "There is no question.".to_owned()).hint(hint)
    })?;
    if text.chars().count() > MOST_CHARACTERS {
        return Err(bad("too-long", format!("`q` has more than {MOST_CHARACTERS} characters.")).hint("Ask one thing at a time."));
    }
    Ok(text)
}

fn understood(generation: &Generation, text: &str) -> Result<Value, Problem> {
    Ok(match generation.understand(text) {
        Understanding::Certain(call) => {
            let answer = generation.ask(&call.question, &call.arguments)?;
            let told = told(&call, generation);
            let answer = answer.to_json(&generation.names, &generation.version);
            json!({ "understood": told["understood"], "call": told["call"], "answer": answer })
        }
        Understanding::Unsure { calls, doubts } => {
            let near: Vec<&String> = doubts.iter().flat_map(Doubt::near).collect();
            json!({
                "unsure": calls.iter().map(|call| told(call, generation)).collect::<Vec<_>>(),
                "why": doubts.iter().map(Doubt::to_string).collect::<Vec<_>>(),
                "near": near,
            })
        }
    })
}

fn told(call: &Call, generation: &Generation) -> Value {
    let understood = generation.catalogue.get(&call.question).map(|question| call.to_json(question, &generation.names));
    json!({ "understood": understood, "call": questions::url(&call.question, &call.arguments) })
}

fn bad(kind: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, kind, detail)
}
