//! `/ask?q=…`: leads to the page that answers a question in plain words, or asks back. What is asked may be about somebody, and is kept nowhere.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::super::cache::arguments;
use super::super::{App, off_the_loop};
use super::{Ask, Frame, rendered, unkept, url};
use crate::ask::{Call, Doubt, MOST_CHARACTERS, Understanding};
use crate::knowledge::Generation;

#[derive(Template)]
#[template(path = "ask.html")]
struct Page {
    frame: Frame,
    text: String,
    choices: Vec<(String, String)>,
    why: Vec<String>,
    near: Vec<String>,
}

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    let text = arguments(uri.query()).into_iter().find(|(name, _)| name == "q").map(|(_, text)| text).unwrap_or_default();
    let text: String = text.trim().chars().take(MOST_CHARACTERS).collect();
    if text.is_empty() {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "/")]).into_response();
    }
    let (generation, asked) = (app.generation(), text.clone());
    let understood = off_the_loop(move || Ok(generation.understand(&asked))).await;
    match understood {
        Ok(Understanding::Certain(call)) => {
            let headers = [(header::LOCATION, address(&call)), (header::CACHE_CONTROL, "no-store".to_owned())];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
        Ok(Understanding::Unsure { calls, doubts }) => {
            unkept(app, headers, uri, move |ask: Ask<'_>| rendered(&unsure(ask.generation, text, &calls, &doubts))).await
        }
        Err(problem) => super::wrong(&app, problem),
    }
}

fn unsure(generation: &Generation, text: String, calls: &[Call], doubts: &[Doubt]) -> Page {
    let choice = |call: &Call| {
        let question = generation.catalogue.get(&call.question)?;
        Some((call.asked(question), address(call)))
    };
    Page {
        frame: Frame::of(generation, "", None),
        text,
        choices: calls.iter().filter_map(choice).collect(),
        why: doubts.iter().map(Doubt::to_string).collect(),
        near: doubts.iter().flat_map(Doubt::near).cloned().collect(),
    }
}

fn address(call: &Call) -> String {
    let arguments = call.arguments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    url(&format!("/questions/{}", call.question), arguments)
}
