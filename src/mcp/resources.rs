//! What agents can read: the ontology and the catalogue. Enter at [`all`] and [`read`].

use oxigraph::io::RdfFormat;
use rmcp::model::{ErrorData, Resource, ResourceContents};
use serde_json::{Value, json};

use crate::catalogue::Question;
use crate::catalogue::names::nearest;
use crate::export;
use crate::knowledge::Generation;
use crate::store::named;
use crate::words;

const ONTOLOGY: &str = "competency://ontology";
const CATALOGUE: &str = "competency://catalogue";

const TURTLE: &str = "text/turtle";
const JSON: &str = "application/json";

/// What there is to read.
pub fn all() -> Vec<Resource> {
    let ontology = Resource::new(ONTOLOGY, "ontology").with_title("The ontology").with_mime_type(TURTLE);
    let catalogue = Resource::new(CATALOGUE, "catalogue").with_title("The catalogue of questions").with_mime_type(JSON);
    vec![
        ontology.with_description("Every class, property and controlled word with its meaning, as Turtle."),
        catalogue.with_description("Every question that can be asked, with parameters, columns and an example call."),
    ]
}

/// Reads one of them.
///
/// # Errors
/// When there is no such resource, or the store fails.
pub fn read(generation: &Generation, uri: &str) -> Result<ResourceContents, ErrorData> {
    match uri {
        ONTOLOGY => Ok(ResourceContents::text(ontology(generation)?, uri).with_mime_type(TURTLE)),
        CATALOGUE => {
            let questions: Vec<Value> = generation.catalogue.questions().map(Question::to_json).collect();
            let catalogue = json!({ "version": generation.version, "questions": questions });
            Ok(ResourceContents::text(format!("{catalogue:#}"), uri).with_mime_type(JSON))
        }
        _ => {
            let near = nearest(uri, [ONTOLOGY, CATALOGUE].into_iter());
            let near = if near.is_empty() { vec![ONTOLOGY.to_owned(), CATALOGUE.to_owned()] } else { near };
            Err(ErrorData::resource_not_found(format!("there is no resource `{uri}`; there is {}", near.join(", ")), None))
        }
    }
}

fn ontology(generation: &Generation) -> Result<String, ErrorData> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "The ontology could not be written: {error}");
        ErrorData::internal_error("the server failed to answer", None)
    };
    let graph = format!("{}ontology", words::GRAPHS);
    let quads = generation.store.quads(Some(&named(&graph))).map_err(|error| failed(&error))?;
    let mut turtle = Vec::new();
    export::write(&quads, RdfFormat::Turtle, &mut turtle).map_err(|error| failed(&error))?;
    String::from_utf8(turtle).map_err(|error| failed(&error))
}
