//! What the tools are called, take and give, made from the catalogue. Enter at [`all`].

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use crate::ask::MOST_CHARACTERS;
use crate::catalogue::examples::arguments;
use crate::catalogue::values::takes;
use crate::catalogue::{MANY, Need, Parameter, Question};
use crate::explain::MOST_PROOFS;
use crate::knowledge::Generation;

/// Things that have few names are listed.
const FEW: usize = 40;

/// What names a version.
pub const VERSION: &str = "version";

/// The most rows of a part of an answer.
pub const MOST_ROWS: usize = 1000;
/// How many rows come with their proofs unless told.
pub const PROOFS: usize = 1;
/// The most things that a search gives, and how many it gives unless told.
pub const MOST_RESULTS: usize = 100;
pub const RESULTS: usize = 10;

/// A tool for each question, and those that are none.
pub fn all(generation: &Generation) -> Vec<Tool> {
    let questions = generation.catalogue.questions().map(|question| of_question(generation, question));
    let tools = questions.chain([ask(), explain(), search(), sparql()]);
    let has_versions = generation.has_versions();
    tools.map(|tool| if has_versions { of_any_version(tool) } else { tool }).collect()
}

/// A tool that can be asked of an earlier version of the data too.
fn of_any_version(mut tool: Tool) -> Tool {
    let version = json!({
        "type": "string", "minLength": 1,
        "description": "The version of the data to answer from: a commit's number, or the first eight digits of its digest or more; the newest unless told.",
    });
    let schema = Arc::make_mut(&mut tool.input_schema);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(VERSION.to_owned(), version);
    }
    tool
}

fn of_question(generation: &Generation, question: &Question) -> Tool {
    let mut properties: Map<String, Value> = Map::new();
    for parameter in &question.parameters {
        properties.insert(parameter.name.clone(), taken(generation, question, parameter));
    }
    properties.insert("limit".to_owned(), json!({
        "type": "integer", "minimum": 1, "maximum": MOST_ROWS, "description": "The most rows; without it the answer is whole.",
    }));
    properties.insert(
        "offset".to_owned(),
        json!({
            "type": "integer", "minimum": 0, "description": "The rows to leave out before the first.",
        }),
    );
    properties.insert("proofs".to_owned(), json!({
        "type": "integer", "minimum": 0, "maximum": MOST_ROWS, "default": PROOFS, "description": "How many of the rows come with their proofs.",
    }));
    let required: Vec<&str> = question
        .parameters
        .iter()
        .filter(|parameter| parameter.need.is_required())
        .map(|parameter| parameter.name.as_str())
        .collect();
    let input = json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let description = [Some(question.wording.as_str()), Some(question.summary.as_str()), question.caveat.as_deref()];
    let description: Vec<&str> = description.into_iter().flatten().collect();
    tool(&question.id, &question.wording, &description.join(" "), input, answer(question))
}

/// What a parameter takes, with the example call's value.
fn taken(generation: &Generation, question: &Question, parameter: &Parameter) -> Value {
    let mut one = json!({ "type": "string", "minLength": 1 });
    let labels = generation.names.labels(&parameter.classes);
    if (1..=FEW).contains(&labels.len()) {
        one["description"] = format!("One of {}; or an alias or IRI of it.", labels.join(", ")).into();
    }
    let mut schema = if parameter.need.is_list() { json!({ "type": "array", "maxItems": MANY, "items": one }) } else { one };
    let said = schema["description"].as_str().map(|listed| format!(" {listed}")).unwrap_or_default();
    schema["description"] = format!("{}.{said}", takes(parameter)).into();
    if let Need::Default(word) = &parameter.need {
        schema["default"] = word.as_str().into();
    }
    let example: Vec<String> = arguments(question, &generation.names)
        .into_iter()
        .filter(|(name, _)| *name == parameter.name)
        .map(|(_, value)| value)
        .collect();
    if !example.is_empty() {
        schema["examples"] = if parameter.need.is_list() { json!([example]) } else { json!(example) };
    }
    schema
}

/// What a question answers.
fn answer(question: &Question) -> Value {
    let cell = json!({ "type": ["string", "number", "boolean", "null"] });
    let cells: Map<String, Value> = question.columns.iter().map(|column| (column.clone(), cell.clone())).collect();
    json!({
        "type": "object",
        "properties": {
            "question": { "const": question.id },
            "parameters": { "type": "object", "description": "The parameters as they were understood, with IRI and label." },
            "policy": { "type": ["string", "null"] },
            "version": { "type": "string", "description": "The version of the data." },
            "caveat": { "type": ["string", "null"], "description": "What to keep in mind when reading the answer." },
            "columns": { "type": "array", "items": { "type": "string" } },
            "rows": { "type": "array", "items": { "type": "object", "properties": cells, "required": question.columns } },
            "total": { "type": "integer", "description": "How many rows the whole answer has." },
            "proofs": {
                "type": "array", "items": { "type": "object" },
                "description": "For the first rows, why each is there: rules and premises, down to what is stated and where on which page.",
            },
            "sparql": { "type": "string", "description": "The query that was evaluated." },
            "next": { "type": ["integer", "null"], "description": "The offset of the next part; null at the end." },
        },
        "required": ["question", "parameters", "policy", "version", "caveat", "columns", "rows", "total", "proofs", "sparql", "next"],
    })
}

fn ask() -> Tool {
    let call = json!({ "type": "object", "properties": { "tool": { "type": "string" }, "arguments": { "type": "object" } } });
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let output = json!({
        "type": "object",
        "properties": {
            "understood": { "type": "object", "description": "What is asked; absent where that is not certain." },
            "call": call,
            "answer": { "type": "object", "description": "As the tool answers." },
            "unsure": { "type": "array", "items": { "type": "object" }, "description": "What may be meant, the likeliest first, each with its call." },
            "why": texts,
            "near": texts,
        },
    });
    let question = json!({ "type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS, "examples": ["which levels need to know oauth2?"] });
    let description = "Answers a question in plain words, and names the tool and the arguments that do. Where it is not certain what is \
                       asked, it answers nothing and says in `unsure` what may be meant.";
    let input = json!({ "type": "object", "properties": { "question": question }, "required": ["question"], "additionalProperties": false });
    tool("ask", "Ask in plain words", description, input, output)
}

fn explain() -> Tool {
    let text = |description: &str| json!({ "type": "string", "minLength": 1, "description": description });
    let input = json!({
        "type": "object",
        "properties": {
            "question": text("The tool whose answer has the row."),
            "arguments": { "type": "object", "description": "What that tool was given." },
            "row": { "type": "integer", "minimum": 1, "default": 1, "description": "Which row, counted from 1." },
            "subject": text("Of a triple: a name, an IRI or a prefixed name."),
            "predicate": text("Of a triple."),
            "object": text("Of a triple."),
            "proofs": { "type": "integer", "minimum": 1, "maximum": MOST_PROOFS, "default": 1, "description": "The most proofs; the smallest comes first." },
        },
        "additionalProperties": false,
    });
    let output = json!({
        "type": "object",
        "properties": { "version": { "type": "string" }, "proofs": { "type": "array", "items": { "type": "object" } } },
        "required": ["version", "proofs"],
    });
    let description = "Proves a row of an answer (question, arguments, row) or a triple (subject, predicate, object): the rules and their premises, \
                       down to statements with document, section, position and digest.";
    tool("explain", "Explain why", description, input, output)
}

fn search() -> Tool {
    let input = json!({
        "type": "object",
        "properties": {
            "text": { "type": "string", "minLength": 1, "maxLength": MOST_CHARACTERS, "examples": ["oauth"] },
            "class": { "type": "string", "description": "Only things of this class.", "examples": ["cg:Competency"] },
            "limit": { "type": "integer", "minimum": 1, "maximum": MOST_RESULTS, "default": RESULTS },
        },
        "required": ["text"],
        "additionalProperties": false,
    });
    let found = json!({ "type": "object", "properties": {
        "iri": { "type": "string" }, "label": { "type": "string" }, "alias": { "type": ["string", "null"] },
        "classes": { "type": "array", "items": { "type": "string" } }, "match": { "type": "string" },
    } });
    let output =
        json!({ "type": "object", "properties": { "results": { "type": "array", "items": found } }, "required": ["results"] });
    tool(
        "search",
        "Search by name",
        "Things by label and alias: exact names first, then beginnings, words and near misses.",
        input,
        output,
    )
}

fn sparql() -> Tool {
    let input = json!({
        "type": "object",
        "properties": { "query": {
            "type": "string", "minLength": 1,
            "examples": ["SELECT ?level { ?level a cg:Level ; cg:requires ?c . ?c rdfs:label \"OAuth\"@en }"],
        } },
        "required": ["query"],
        "additionalProperties": false,
    });
    let output = json!({ "type": "object", "properties": {
        "head": { "type": "object" }, "results": { "type": "object" }, "boolean": { "type": "boolean" },
        "turtle": { "type": "string", "description": "The triples of a CONSTRUCT or DESCRIBE." },
    } });
    let description = "Reads the graph by any SPARQL query; its default graph is the union of all graphs. The prefixes cg:, competency:, \
                       gitlab:, rdfs: and skos: need no PREFIX line. Time, memory and the size of an answer are bounded: use LIMIT.";
    tool("sparql", "Query by SPARQL", description, input, output)
}

/// Nothing here changes anything, and nothing outside the graph is asked.
fn tool(name: &str, title: &str, description: &str, input: Value, output: Value) -> Tool {
    let harmless = ToolAnnotations::with_title(title).read_only(true).destructive(false).idempotent(true).open_world(false);
    let tool = Tool::new(name.to_owned(), description.to_owned(), object(input)).with_title(title);
    tool.with_raw_output_schema(object(output)).with_annotations(harmless)
}

fn object(schema: Value) -> Arc<JsonObject> {
    Arc::new(match schema {
        Value::Object(object) => object,
        _ => JsonObject::default(),
    })
}
