//! `/openapi.json`: the API for programs to read (OpenAPI 3.1), made from the catalogue and the names of things.
//! What an operation answers beside its rows is in [`super::schemas`].

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::cache::Made;
use super::problem::Problem;
use super::{App, MOST_QUERY_BYTES, explain, schemas, search};
use crate::ask::MOST_CHARACTERS;
use crate::catalogue::answer::EXPLAIN;
use crate::catalogue::parameters::{Kind, Part, short};
use crate::catalogue::values::{Understood, takes, typed};
use crate::catalogue::{MANY, Need, Parameter, Question};
use crate::explain::MOST_PROOFS;
use crate::export::FORMATS;
use crate::knowledge::Generation;
use crate::words;

/// More spellings than this are not listed in the document: a description is no directory.
const MOST_SPELLINGS: usize = 4_000;

pub async fn document(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let make = |generation: &Generation| Ok(Made::new("application/json", described(generation)?.to_string()));
    app.answers.respond(&headers, app.generation(), "/openapi.json".to_owned(), "application/json", make).await
}

fn described(generation: &Generation) -> Result<Value, Problem> {
    let mut paths = Map::new();
    let mut values = Map::new();
    paths.insert("/api/questions".to_owned(), json!({ "get": list() }));
    for question in generation.catalogue.questions() {
        let operation = asked(generation, question, &mut values);
        paths.insert(format!("/api/questions/{}", question.id), json!({ "get": operation }));
    }
    paths.insert("/api/ask".to_owned(), json!({ "get": asked_in_words() }));
    paths.insert("/api/search".to_owned(), json!({ "get": searched(generation) }));
    paths.insert("/api/neighbours".to_owned(), json!({ "get": next_to() }));
    paths.insert(EXPLAIN.to_owned(), json!({ "get": explained() }));
    paths.insert("/export/{graph}.{ext}".to_owned(), json!({ "get": exported(generation)? }));
    paths.insert("/sparql".to_owned(), sparql());
    for (path, id, summary, media_type) in [
        ("/", "home", "The start page, with all questions by topic.", "text/html"),
        ("/docs", "docs", "The API for people to read.", "text/html"),
        ("/healthz", "healthz", "Whether the server lives.", "text/plain"),
        ("/readyz", "readyz", "Whether the server is ready, and the version of the data.", "text/plain"),
    ] {
        paths.insert(path.to_owned(), json!({ "get": plain(id, summary, media_type) }));
    }
    let mut components = schemas::components();
    if let Some(schemas) = components["schemas"].as_object_mut() {
        schemas.extend(values);
    }
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "competency-graph",
            "summary": env!("CARGO_PKG_DESCRIPTION"),
            "description": "One operation for each question of the catalogue, search by name, proofs, exports and SPARQL. A name of a thing \
                            is a label, an alias or an IRI; case, hyphens and white space do not matter. The lists of names are \
                            those of this version of the data.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
            "x-data-version": generation.version,
        },
        // Relative: the server is wherever this document was found.
        "servers": [{ "url": "/" }],
        "tags": [
            { "name": "questions", "description": "The catalogue of questions, and their answers." },
            { "name": "search", "description": "Things by what they are called." },
            { "name": "proofs", "description": "Why rows and triples hold." },
            { "name": "graph", "description": "The graph itself." },
            { "name": "server", "description": "Pages and health." },
        ],
        "paths": paths,
        "components": components,
    }))
}

fn list() -> Value {
    json!({
        "operationId": "list-questions",
        "tags": ["questions"],
        "summary": "The catalogue: what can be asked, with parameters, columns and an example call each.",
        "responses": schemas::responses(&json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Catalogue" } } })),
    })
}

/// The operation of a question.
fn asked(generation: &Generation, question: &Question, values: &mut Map<String, Value>) -> Value {
    let own = question.parameters.iter().map(|parameter| taken(generation, question, parameter, values));
    let mut parameters: Vec<Value> = own.collect();
    parameters.extend(["limit", "offset", "format"].map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })));
    let content = json!({
        "application/json": { "schema": schemas::answer(question) },
        "text/csv": { "schema": { "type": "string", "description": format!("The columns {}.", question.columns.join(", ")) } },
    });
    let description =
        [Some(question.summary.clone()), question.caveat.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    json!({
        "operationId": question.id,
        "tags": ["questions"],
        "summary": question.wording,
        "description": description,
        "parameters": parameters,
        "responses": schemas::responses(&content),
    })
}

/// A parameter of a question: what it is called, whether it must be given, and what it takes.
fn taken(generation: &Generation, question: &Question, parameter: &Parameter, values: &mut Map<String, Value>) -> Value {
    let (name, listed) = spellings(generation, &parameter.classes);
    let is_word = listed.as_ref().is_some_and(|listed| listed.iter().all(|spelling| !spelling.contains(':')));
    let one = if parameter.parts.is_empty() {
        values.entry(name.clone()).or_insert_with(|| match &listed {
            Some(listed) => json!({ "type": "string", "enum": listed }),
            None => json!({ "type": "string", "minLength": 1, "pattern": "\\S" }),
        });
        json!({ "$ref": format!("#/components/schemas/{name}") })
    } else {
        json!({ "type": "string", "pattern": with_parts(generation, parameter) })
    };
    let schema = match &parameter.need {
        Need::Required => one,
        Need::Default(word) => json!({ "$ref": format!("#/components/schemas/{name}"), "default": word }),
        // A form sends an empty text for a field left alone.
        Need::Filter => json!({ "anyOf": [one, { "const": "" }] }),
        Need::Many => json!({ "type": "array", "maxItems": MANY, "items": one }),
        Need::Some => json!({ "type": "array", "minItems": 1, "maxItems": MANY, "items": one }),
    };
    let example = question.example_values().into_iter().find(|(known, _)| known.name == parameter.name).map(|(_, values)| {
        let by_name = is_word || !parameter.parts.is_empty();
        let typed = |value: &Understood| {
            if by_name { value.spelled(parameter, &generation.names) } else { typed(parameter, value) }
        };
        values.iter().map(typed).collect::<Vec<_>>()
    });
    let mut described = json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.need.is_required(),
        "description": takes(parameter),
        "schema": schema,
    });
    if let Some(example) = example {
        described["example"] = if parameter.need.is_list() { json!(example) } else { json!(example.concat()) };
    }
    described
}

/// A value of a list as a regular expression: a name, and behind a colon what can be said of a thing of the first class, in order.
fn with_parts(generation: &Generation, parameter: &Parameter) -> String {
    let one_of = |classes: &[String]| {
        let names = generation.names.spellings(classes).into_iter().filter(|name| !name.contains(':'));
        names.map(|name| literally(&name)).collect::<Vec<_>>().join("|")
    };
    let part = |part: &Part| match &part.kind {
        Kind::Thing(classes) => format!("(?:{})", one_of(classes)),
        Kind::Number(unit) => format!("[1-9][0-9]? {}s", literally(&generation.names.label(unit.as_str()))),
    };
    let said = parameter.parts.iter().rev().map(part).reduce(|after, part| format!("(?:{part}(?:, {after})?|{after})"));
    let (first, others) = parameter.classes.split_at(parameter.classes.len().min(1));
    let mut spelled = vec![format!("(?:{})(?:: {})?", one_of(first), said.unwrap_or_default())];
    spelled.extend(Some(one_of(others)).filter(|_| !others.is_empty()));
    format!("^(?:{})$", spelled.join("|"))
}

/// A text as a regular expression that matches just that.
fn literally(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        if "\\^$.|?*+()[]{}".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    })
}

/// A name for the things of the classes, and all that they go by; only the words, where the things are words of the ontology.
fn spellings(generation: &Generation, of: &[String]) -> (String, Option<Vec<String>>) {
    if of.is_empty() {
        return ("Thing".to_owned(), None);
    }
    let mut listed = generation.names.spellings(of);
    if listed.iter().filter(|spelling| spelling.contains("://")).all(|iri| iri.starts_with(words::ONTOLOGY)) {
        listed.retain(|spelling| !spelling.contains(':'));
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: Vec<String> = short(of).iter().map(|class| class.trim_start_matches("cg:").chars().map(plain).collect()).collect();
    (format!("{}-name", name.join("-or-")), Some(listed).filter(|listed| (1..=MOST_SPELLINGS).contains(&listed.len())))
}

fn asked_in_words() -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS, "pattern": "\\S" });
    json!({
        "operationId": "ask",
        "tags": ["questions"],
        "summary": "A question in plain words: what was understood, and the answer; or what may have been meant.",
        "parameters": [{
            "name": "q", "in": "query", "required": true, "description": "The question.", "schema": text,
            "example": "which levels need to know oauth2?",
        }],
        "responses": schemas::responses(&json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Asked" } } })),
    })
}

fn searched(generation: &Generation) -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": search::MOST_CHARACTERS, "pattern": "\\S" });
    let limit = json!({ "type": "integer", "minimum": 1, "maximum": search::MOST_RESULTS, "default": search::RESULTS });
    json!({
        "operationId": "search",
        "tags": ["search"],
        "summary": "Things by label and alias: the exact name first, then names that begin so, words in them, and near misses.",
        "parameters": [
            { "name": "q", "in": "query", "required": true, "description": "What to look for.", "schema": text, "example": "oauth" },
            {
                "name": "class", "in": "query", "description": "Only things of this class.",
                "schema": { "type": "string", "enum": generation.names.classes() }, "example": "cg:Competency",
            },
            { "name": "limit", "in": "query", "description": "The most results.", "schema": limit },
        ],
        "responses": schemas::responses(&json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Found" } } })),
    })
}

fn next_to() -> Value {
    let text = json!({ "type": "string", "minLength": 1, "pattern": "\\S" });
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Neighbours" } } });
    json!({
        "operationId": "neighbours",
        "tags": ["graph"],
        "summary": "What is next to a thing, as the graph view draws it.",
        "parameters": [
            { "name": "thing", "in": "query", "required": true, "description": "A label, an alias or an IRI.", "schema": text, "example": "OAuth" },
        ],
        "responses": schemas::responses(&content),
    })
}

/// The triple's form only: no schema can say that a question's parameters go with the question alone.
fn explained() -> Value {
    let part = |name: &str, description: &str, example: &str| {
        let schema = json!({ "type": "string", "minLength": 1, "pattern": "\\S" });
        json!({ "name": name, "in": "query", "required": true, "description": description, "schema": schema, "example": example })
    };
    let proofs = json!({ "type": "integer", "minimum": 1, "maximum": MOST_PROOFS, "default": 1 });
    let rdf = explain::MEDIA_TYPES.iter().skip(1).map(|media_type| ((*media_type).to_owned(), json!({ "schema": {} })));
    let json = json!({ "schema": { "$ref": "#/components/schemas/Explanation" } });
    let content: Map<String, Value> = [(explain::MEDIA_TYPES[0].to_owned(), json)].into_iter().chain(rdf).collect();
    json!({
        "operationId": "explain",
        "tags": ["proofs"],
        "summary": "Why a triple holds: the rules, their premises and the items of the pages.",
        "description": "A row of an answer is explained by the same path with question=…, row=… (counted from 1) and the question's own \
                        parameters in place of the triple: each row has the path in its `explain`.",
        "parameters": [
            part("subject", "A label, an alias or an IRI.", "Senior"),
            part("predicate", "A property's label or IRI.", "cg:requires"),
            part("object", "A label, an alias or an IRI; a text in double quotes, a number, or a word that stands there.", "OAuth"),
            { "name": "proofs", "in": "query", "description": "The most proofs, the smallest first.", "schema": proofs },
            {
                "name": "format", "in": "query", "description": "Goes before the `Accept` header.",
                "schema": { "type": "string", "enum": explain::formats() },
            },
        ],
        "responses": schemas::responses(&json!(content)),
    })
}

fn exported(generation: &Generation) -> Result<Value, Problem> {
    let graphs = generation.store.graphs()?;
    let mut names: Vec<&str> = graphs.iter().map(|graph| graph.strip_prefix(words::GRAPHS).unwrap_or(graph)).collect();
    names.insert(0, super::export::ALL);
    let extensions: Vec<&str> = FORMATS.iter().map(|format| format.rdf.file_extension()).collect();
    let content: Map<String, Value> =
        FORMATS.iter().map(|format| (format.rdf.media_type().to_owned(), json!({ "schema": {} }))).collect();
    Ok(json!({
        "operationId": "export",
        "tags": ["graph"],
        "summary": "A graph as a file; `all` is everything stated.",
        "parameters": [
            { "name": "graph", "in": "path", "required": true, "description": "The graph's name; slashes may stand as they are.",
              "schema": { "type": "string", "enum": names }, "example": super::export::ALL },
            { "name": "ext", "in": "path", "required": true, "description": "The syntax.",
              "schema": { "type": "string", "enum": extensions }, "example": "trig" },
            { "name": "inferred", "in": "query", "description": "Whether to add what follows by the rules.",
              "schema": { "type": "boolean", "default": false } },
        ],
        "responses": schemas::responses(&json!(content)),
    }))
}

/// Named without operations: no JSON Schema can tell a query from a text that is none, and the protocol describes itself.
fn sparql() -> Value {
    let description = format!(
        "GET with `query=…`, POST of a form with `query=…`, or POST of `application/sparql-query`, of at most {MOST_QUERY_BYTES} bytes, \
         as <https://www.w3.org/TR/sparql11-protocol/> has it. SELECT and ASK give JSON, XML, CSV or TSV; CONSTRUCT and DESCRIBE any \
         RDF syntax; problems are told as everywhere here."
    );
    json!({ "summary": "The SPARQL endpoint.", "description": description })
}

fn plain(id: &str, summary: &str, media_type: &str) -> Value {
    json!({
        "operationId": id,
        "tags": ["server"],
        "summary": summary,
        "responses": schemas::responses(&json!({ media_type: { "schema": { "type": "string" } } })),
    })
}
