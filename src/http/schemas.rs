//! What the answers of the API look like, as JSON Schema: the parts of `/openapi.json` that no question changes, and an answer's frame.

use serde_json::{Map, Value, json};

use super::paging::{MOST_OFFSET, MOST_ROWS};
use super::questions::FORMATS;
use crate::catalogue::parameters::Kind;
use crate::catalogue::search::Fit;
use crate::catalogue::{Parameter, Question};

/// What any operation answers: what was asked for, nothing new, or what went wrong.
pub fn responses(content: &Value) -> Value {
    let problem = |description: &str| json!({ "description": description, "content": problem_content() });
    json!({
        "200": { "description": "The answer.", "headers": headers(), "content": content },
        "304": { "description": "Nothing changed since the answer that `If-None-Match` names." },
        "400": problem("A parameter is missing, unknown or malformed."),
        "404": problem("There is no such thing; `near` names what may be meant."),
        "406": problem("No format of the answer is in the `Accept` header."),
        "422": problem("A value names nothing, several things, or a thing of another kind."),
        "default": problem("What went wrong, and the way out."),
    })
}

fn problem_content() -> Value {
    json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
}

fn headers() -> Value {
    let text = |description: &str| json!({ "description": description, "schema": { "type": "string" } });
    json!({
        "ETag": text("The digest of the bytes sent, where the answer is kept."),
        "Link": text("The pages beside this one: first, prev, next."),
        "Vary": text("What the answer depends on beside the URL."),
    })
}

/// The parts that operations refer to.
pub fn components() -> Value {
    let formats: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
    let parameter = |name: &str, description: &str, schema: Value| json!({ "name": name, "in": "query", "description": description, "schema": schema });
    json!({
        "parameters": {
            "limit": parameter(
                "limit", "The most rows; without it the answer is whole.",
                json!({ "type": "integer", "minimum": 1, "maximum": MOST_ROWS }),
            ),
            "offset": parameter(
                "offset", "The rows to leave out before the first.",
                json!({ "type": "integer", "minimum": 0, "maximum": MOST_OFFSET, "default": 0 }),
            ),
            "format": parameter(
                "format", "Goes before the `Accept` header. csv-safe is for spreadsheets: no cell is taken for a formula.",
                json!({ "type": "string", "enum": formats }),
            ),
        },
        "schemas": {
            "Cell": {
                "description": "An IRI, a word or a text; a number; true or false; null where there is nothing.",
                "type": ["string", "number", "boolean", "null"],
            },
            "Entity": thing(),
            "Problem": problem(),
            "Catalogue": object(&[
                ("version", json!({ "type": "string" })),
                ("questions", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Question" } })),
            ]),
            "Question": question(),
            "Found": found(),
            "Neighbours": neighbours(),
            "Explanation": explanation(),
            "Step": step(),
            "Triple": triple(),
            "Term": term(),
            "Asked": asked(),
            "Understood": understood(),
        },
    })
}

/// An object with exactly these properties.
fn object(properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": names, "additionalProperties": false })
}

/// Where a thing opens for people.
fn page() -> Value {
    json!({ "type": ["string", "null"], "description": "Where it opens for people: here, or at a web address of its own." })
}

/// What is next to a thing.
fn neighbours() -> Value {
    let text = || json!({ "type": "string" });
    let node = || object(&[("iri", text()), ("label", text()), ("kind", text()), ("page", page())]);
    let inverse = json!({ "type": "boolean", "description": "Whether the property leads from the neighbour to the thing." });
    let edge = object(&[("property", text()), ("inverse", inverse), ("node", node())]);
    object(&[
        ("thing", node()),
        ("neighbours", json!({ "type": "array", "items": edge })),
        ("leftOut", json!({ "type": "integer", "description": "How many more there are than are told of one property." })),
        ("more", json!({ "type": "boolean", "description": "Whether more things point at it than were looked at." })),
    ])
}

fn thing() -> Value {
    object(&[("iri", json!({ "type": "string", "format": "uri" })), ("label", json!({ "type": "string" }))])
}

/// RFC 9457; a kind of problem may come to say more.
fn problem() -> Value {
    let mut schema = object(&[
        ("type", json!({ "type": "string", "format": "uri", "description": "The kind of problem; stable." })),
        ("title", json!({ "type": "string" })),
        ("status", json!({ "type": "integer", "minimum": 400, "maximum": 599 })),
        ("detail", json!({ "type": "string" })),
        ("hint", json!({ "type": ["string", "null"], "description": "The way out." })),
        ("near", json!({ "type": "array", "items": { "type": "string" }, "description": "What may have been meant." })),
    ]);
    schema["additionalProperties"] = true.into();
    schema
}

fn question() -> Value {
    let text = || json!({ "type": "string" });
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    let part = object(&[
        ("name", text()),
        ("meaning", text()),
        ("absent", text()),
        ("classes", texts()),
        ("unit", json!({ "type": ["string", "null"] })),
    ]);
    let parameter = object(&[
        ("name", text()),
        ("need", json!({ "enum": ["required", "default", "filter", "many", "some"] })),
        ("default", json!({ "type": ["string", "null"] })),
        ("meaning", text()),
        ("classes", texts()),
        ("parts", json!({ "type": "array", "items": part })),
    ]);
    object(&[
        ("id", text()),
        ("question", text()),
        ("summary", text()),
        ("tags", texts()),
        ("parameters", json!({ "type": "array", "items": parameter })),
        ("columns", texts()),
        ("caveat", json!({ "type": ["string", "null"] })),
        ("arguments", json!({ "type": "object", "additionalProperties": { "anyOf": [text(), texts()] } })),
        ("example", json!({ "type": "string", "format": "uri-reference" })),
    ])
}

fn found() -> Value {
    let fits: Vec<&str> = Fit::ALL.iter().map(|fit| fit.word()).collect();
    let result = object(&[
        ("iri", json!({ "type": "string", "format": "uri" })),
        ("page", page()),
        ("label", json!({ "type": "string" })),
        ("alias", json!({ "type": ["string", "null"], "description": "The name that matched, where it is not the label." })),
        ("classes", json!({ "type": "array", "items": { "type": "string" } })),
        ("match", json!({ "enum": fits, "description": "How the name fits; the best come first." })),
    ]);
    object(&[
        ("query", json!({ "type": "string" })),
        ("version", json!({ "type": "string" })),
        ("results", json!({ "type": "array", "items": result })),
    ])
}

/// What comes of a question in plain words: what was understood with its answer, or what may have been meant.
fn asked() -> Value {
    let understood = json!({ "$ref": "#/components/schemas/Understood" });
    let call = json!({ "type": "string", "format": "uri-reference", "description": "The URL path that asks the same." });
    let texts = |description: &str| json!({ "type": "array", "items": { "type": "string" }, "description": description });
    let candidate = object(&[("understood", understood.clone()), ("call", call.clone())]);
    let answer = json!({ "type": "object", "description": "As the call answers." });
    json!({ "oneOf": [
        object(&[("understood", understood), ("call", call), ("answer", answer)]),
        object(&[
            ("unsure", json!({ "type": "array", "items": candidate, "description": "What may be meant, the likeliest first." })),
            ("why", texts("Why it is not certain.")),
            ("near", texts("The names nearest to one that nothing bears.")),
        ]),
    ] })
}

fn understood() -> Value {
    let text = || json!({ "type": "string" });
    let about = object(&[("column", text()), ("iri", json!({ "type": "string", "format": "uri" })), ("label", text())]);
    let one_or_several = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] });
    object(&[
        ("question", json!({ "type": "string", "description": "The question's id." })),
        ("asked", json!({ "type": "string", "description": "The question in words." })),
        ("arguments", json!({ "type": "object", "additionalProperties": one_or_several })),
        (
            "assumed",
            json!({ "type": "array", "items": text(), "description": "The parameters that were left open and can have one value only." }),
        ),
        ("about", json!({ "type": "array", "items": about, "description": "The rows that are asked about." })),
        ("corrected", json!({ "type": "array", "items": object(&[("written", text()), ("meant", text())]) })),
    ])
}

/// A value as it was understood: a thing, and what was said beside it.
fn entity(parameter: &Parameter) -> Value {
    if parameter.parts.is_empty() {
        return json!({ "$ref": "#/components/schemas/Entity" });
    }
    let mut schema = thing();
    for part in &parameter.parts {
        let kind = if let Kind::Number(_) = part.kind { "integer" } else { "string" };
        schema["properties"][&part.name] = json!({ "type": kind, "description": part.meaning });
    }
    schema
}

fn explanation() -> Value {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    let absence = object(&[
        ("says", json!({ "type": "string" })),
        ("patterns", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Triple" } })),
    ]);
    let proof = object(&[
        ("claims", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Step" }, "minItems": 1 })),
        (
            "absent",
            json!({ "type": "array", "items": absence, "description": "Patterns of which the graph has no triples; the proof rests on that." }),
        ),
    ]);
    let cell = object(&[
        ("column", json!({ "type": "string" })),
        ("value", json!({ "anyOf": [{ "$ref": "#/components/schemas/Term" }, { "type": "null" }] })),
    ]);
    object(&[
        ("version", json!({ "type": "string" })),
        ("triple", json!({ "anyOf": [{ "$ref": "#/components/schemas/Triple" }, { "type": "null" }] })),
        ("question", json!({ "type": ["string", "null"] })),
        ("arguments", json!({ "type": ["object", "null"], "additionalProperties": texts })),
        ("policy", json!({ "type": ["string", "null"] })),
        ("row", json!({ "type": ["integer", "null"] })),
        ("cells", json!({ "type": ["array", "null"], "items": cell })),
        ("proofs", json!({ "type": "array", "items": proof, "minItems": 1, "description": "The smallest first." })),
    ])
}

/// A triple that follows by a rule from premises, or that is stated.
fn step() -> Value {
    let text = || json!({ "type": "string" });
    let said = |rest: &[(&str, Value)]| {
        object(&[&[("says", text()), ("triple", json!({ "$ref": "#/components/schemas/Triple" }))], rest].concat())
    };
    let evidence = object(&[
        ("entity", json!({ "type": "string", "format": "uri", "description": "The statement or fact recorded from the item." })),
        ("document", json!({ "type": "string", "format": "uri" })),
        ("section", text()),
        ("position", json!({ "type": "integer", "minimum": 1 })),
        ("block", json!({ "type": "string", "format": "uri", "description": "A list item or a paragraph." })),
        ("digest", json!({ "type": "string", "description": "The SHA-256 of the item." })),
    ]);
    let stated = object(&[
        ("graphs", json!({ "type": "array", "items": text(), "minItems": 1 })),
        ("source", json!({ "type": ["string", "null"], "description": "The document whose graph that is." })),
        ("evidence", json!({ "type": "array", "items": evidence })),
    ]);
    json!({
        "description": "A triple, and why it holds: by a rule from premises, or because it is stated.",
        "anyOf": [
            said(&[
                ("rule", text()),
                ("because", text()),
                ("premises", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Step" }, "minItems": 1 })),
            ]),
            said(&[("stated", stated)]),
        ],
    })
}

fn triple() -> Value {
    let part = |name| (name, json!({ "$ref": "#/components/schemas/Term" }));
    object(&[part("subject"), part("predicate"), part("object")])
}

fn term() -> Value {
    json!({
        "description": "A term as SPARQL results have it; an IRI with its label. In what is absent, also a variable.",
        "type": "object",
        "properties": {
            "type": { "enum": ["uri", "literal", "bnode", "variable"] },
            "value": { "type": "string" },
            "label": { "type": "string" },
            "xml:lang": { "type": "string" },
            "datatype": { "type": "string", "format": "uri" },
        },
        "required": ["type", "value"],
        "additionalProperties": false,
    })
}

/// The answer of a question.
pub fn answer(question: &Question) -> Value {
    let understood = |parameter: &Parameter| {
        let one = entity(parameter);
        let schema = if parameter.need.is_list() { json!({ "type": "array", "items": one }) } else { one };
        (parameter.name.clone(), schema)
    };
    let understood: Map<String, Value> = question.parameters.iter().map(understood).collect();
    let cells: Vec<(&str, Value)> =
        question.columns.iter().map(|column| (column.as_str(), json!({ "$ref": "#/components/schemas/Cell" }))).collect();
    let text_or_null = || json!({ "type": ["string", "null"] });
    let mut row = object(&cells);
    row["properties"]["explain"] = json!({
        "type": "string", "format": "uri-reference", "description": "The URL path of the row's proof.",
    });
    let mut answer = object(&[
        ("question", json!({ "const": question.id })),
        ("parameters", json!({ "type": "object", "properties": understood, "additionalProperties": false })),
        ("policy", text_or_null()),
        ("version", json!({ "type": "string" })),
        ("caveat", text_or_null()),
        ("columns", json!({ "const": question.columns })),
        ("rows", json!({ "type": "array", "items": row })),
        ("sparql", json!({ "type": "string" })),
        (
            "next",
            json!({ "type": ["string", "null"], "format": "uri-reference", "description": "The URL path of the next page." }),
        ),
    ]);
    answer["properties"]["permalink"] = json!({
        "type": "string", "format": "uri", "description": "In a durable store: the URL that gives the same rows for ever.",
    });
    answer
}
