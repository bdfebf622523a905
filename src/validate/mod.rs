//! Judges data by the shapes (SHACL Core) and the checks (queries that must return no row).
//! Enter at [`Judge`]. Shapes see what people state: data, taxonomy and ontology together, not what is inferred;
//! checks see everything. What to do about a finding is the callers' matter.

mod narrowed;
mod report;
mod touched;

use std::collections::HashMap;
use std::fmt;

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{NamedNode, NamedOrBlankNode, Quad, Term};
use rudof_rdf::rdf_core::RDFFormat;
use rudof_rdf::rdf_core::term::Object;
use rudof_rdf::rdf_impl::OxigraphInMemory;
use shacl::ir::IRSchema;
use shacl::validator::processor::{GraphValidation, ShaclProcessor};
use shacl::validator::report::ValidationResult;
use shacl::validator::store::{Graph, ShaclDataManager};
use shacl::validator::{ShaclConfig, ShaclValidationMode};
use spargebra::Query;

use crate::files::{Files, Problem};
use crate::rq::Rq;
use crate::store::{Store, StoreError, text};
use crate::words;
pub use report::report;
pub use touched::Touch;

/// Shapes and checks, ready to judge.
pub struct Judge {
    shapes: IRSchema,
    /// What each shape says, by its IRI: the validator passes the words on for some constraints only.
    messages: HashMap<String, String>,
    checks: Vec<Check>,
    /// The properties that shapes follow backwards.
    backwards: Vec<NamedNode>,
}

/// A query that must return no row.
struct Check {
    id: String,
    says: String,
    remedy: String,
    rq: Rq,
}

/// One thing that is wrong, told to the owner of the data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// What it is about: an IRI, or a blank node or literal as Turtle writes it.
    pub thing: String,
    /// The shape or check that it breaks.
    pub broken: String,
    /// The property concerned, where there is one.
    pub property: Option<String>,
    /// The value concerned, where there is one.
    pub value: Option<String>,
    /// What was expected, and what to do.
    pub message: String,
}

/// Why judging itself failed.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    #[error("the shapes or the data could not be handed to the SHACL validator: {0}")]
    Shacl(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Judge {
    /// Reads `shapes.ttl` and `checks/*.rq` of an ontology folder.
    pub fn read(ontology: &Files) -> (Option<Self>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut problem =
            |path: &str, message: String| problems.push(Problem { file: ontology.shown(path), line: None, message });
        let mut checks = Vec::new();
        for (path, content) in ontology.below("checks/", ".rq") {
            match Check::read(path, &String::from_utf8_lossy(content)) {
                Ok(check) => checks.push(check),
                Err(message) => problem(path, message),
            }
        }
        let shapes = match ontology.content.get("shapes.ttl") {
            None => Err("is not there: the ontology folder needs it".to_owned()),
            Some(text) if contains(text, b"sh:sparql") || contains(text, b"shacl#sparql") => {
                Err("uses sh:sparql, which the validator would silently ignore: write a check in checks/ instead".to_owned())
            }
            Some(text) => ShaclDataManager::load(&mut text.as_slice(), "shapes.ttl", &RDFFormat::Turtle, None)
                .map_err(|error| error.to_string()),
        };
        match shapes {
            Ok(shapes) => {
                (Some(Self { shapes, messages: messages(ontology), checks, backwards: touched::backwards(ontology) }), problems)
            }
            Err(message) => {
                problem("shapes.ttl", message);
                (None, problems)
            }
        }
    }

    /// All that is wrong, sorted: `stated` by the shapes, `store` (with what is inferred) by the checks.
    ///
    /// # Errors
    /// When the validator or the store fails.
    pub fn judge(&self, stated: &[Quad], store: &Store) -> Result<Vec<Finding>, ValidateError> {
        let mut findings = self.by_shapes(stated)?;
        for check in &self.checks {
            findings.extend(check.findings(store)?);
        }
        findings.sort();
        findings.dedup();
        Ok(findings)
    }

    fn finding(&self, result: &ValidationResult) -> Finding {
        let component = shown(result.constraint_component());
        let broken = result.source().map_or_else(|| component.clone(), shown);
        let told = || result.message().iter().map(|(_, text)| text.clone()).min();
        Finding {
            thing: shown(result.focus_node()),
            property: result.path().map(|path| path.to_string()),
            value: result.value().map(shown),
            message: self.messages.get(&broken).cloned().or_else(told).unwrap_or(component),
            broken,
        }
    }

    fn by_shapes(&self, stated: &[Quad]) -> Result<Vec<Finding>, ValidateError> {
        let mut graph = OxigraphInMemory::new();
        for quad in stated {
            graph
                .add_triple_ref(quad.subject.as_ref(), quad.predicate.as_ref(), quad.object.as_ref())
                .map_err(|error| ValidateError::Shacl(error.to_string()))?;
        }
        let report = GraphValidation::new(Graph::from(graph))
            .validate(&self.shapes, &ShaclValidationMode::Native, &ShaclConfig::default())
            .map_err(|error| ValidateError::Shacl(error.to_string()))?;
        Ok(report.results().iter().map(|result| self.finding(result)).collect())
    }
}

fn messages(ontology: &Files) -> HashMap<String, String> {
    let text = ontology.content.get("shapes.ttl").map(Vec::as_slice).unwrap_or_default();
    let quads = RdfParser::from_format(RdfFormat::Turtle).for_slice(text).map_while(Result::ok);
    let said = quads.filter(|quad| quad.predicate == words::other::MESSAGE);
    said.filter_map(|quad| match (quad.subject, quad.object) {
        (NamedOrBlankNode::NamedNode(shape), Term::Literal(message)) => Some((shape.into_string(), message.value().to_owned())),
        _ => None,
    })
    .collect()
}

fn shown(object: &Object) -> String {
    match object {
        Object::Iri(iri) => iri.as_str().to_owned(),
        other => other.to_string(),
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

impl Check {
    fn read(path: &str, text: &str) -> Result<Self, String> {
        let rq = Rq::parse(text).map_err(|error| error.to_string())?;
        let entry = |key: &str| rq.entry(key).ok_or_else(|| format!("the header lacks `#+ {key}: …`"));
        let id = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rq").to_owned();
        Ok(Self { id, says: entry("check")?, remedy: entry("remedy")?, rq })
    }

    fn findings(&self, store: &Store) -> Result<Vec<Finding>, StoreError> {
        self.findings_of(self.rq.query.clone(), store)
    }

    fn findings_of(&self, query: Query, store: &Store) -> Result<Vec<Finding>, StoreError> {
        let table = store.select(query)?;
        let column = |name: &str| table.columns.iter().position(|column| column == name);
        let (entity, detail) = (column("entity"), column("detail"));
        let cell = |row: &[Option<Term>], at: Option<usize>| at.and_then(|at| row[at].as_ref()).map(text);
        let finding = |row: &Vec<Option<Term>>| Finding {
            thing: cell(row, entity).unwrap_or_else(|| "the data".to_owned()),
            broken: self.id.clone(),
            property: None,
            value: cell(row, detail),
            message: format!("{} {}", self.says, self.remedy),
        };
        Ok(table.rows.iter().map(finding).collect())
    }
}

impl Finding {
    /// The thing, if it has an IRI.
    pub fn node(&self) -> Option<NamedNode> {
        NamedNode::new(&self.thing).ok()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", words::shorten(&self.thing), self.message)?;
        if let Some(property) = &self.property {
            write!(f, " [property {}]", words::shorten(property.trim_matches(['<', '>'])))?;
        }
        if let Some(value) = &self.value {
            write!(f, " [found {}]", words::shorten(value))?;
        }
        write!(f, " ({})", words::shorten(&self.broken))
    }
}
