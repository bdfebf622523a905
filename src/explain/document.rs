//! An explanation as JSON, to hand on and to read again: what [`super::check`] verifies need not be a proof of ours.
//! Enter at [`Explanation::to_json`] and [`read`].

use std::collections::BTreeMap;
use std::sync::Arc;

use oxigraph::model::{BlankNode, GraphName, Literal, NamedNode, Term, Triple, Variable};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use super::{About, Absence, Evidence, Explanation, Proof, Reason, Row, Step, naming, say};
use crate::catalogue::names::Names;

/// Why a text is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    #[error("it is not the JSON of an explanation: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it is not the JSON of an explanation: {0}")]
    Part(String),
}

impl Explanation {
    /// The explanation as programs read it.
    pub fn to_json(&self, names: &Names) -> Value {
        serde_json::to_value(Document::of(self, names)).unwrap_or_default()
    }
}

/// Reads one explanation, or an array of them.
///
/// # Errors
/// What is wrong, and where.
pub fn read(text: &str) -> Result<Vec<Explanation>, DocumentError> {
    let documents = match text.trim_start().starts_with('[') {
        true => serde_json::from_str::<Vec<Document>>(text)?,
        false => vec![serde_json::from_str::<Document>(text)?],
    };
    if documents.is_empty() {
        return Err(DocumentError::Part("the array is empty, so that nothing is proved".to_owned()));
    }
    documents.into_iter().map(|document| document.explanation().map_err(DocumentError::Part)).collect()
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: String,
    #[serde(default)]
    triple: Option<TripleDocument>,
    #[serde(default)]
    question: Option<String>,
    /// A list parameter has several values.
    #[serde(default)]
    arguments: Option<BTreeMap<String, Vec<String>>>,
    #[serde(default)]
    policy: Option<String>,
    #[serde(default)]
    row: Option<usize>,
    #[serde(default)]
    cells: Option<Vec<CellDocument>>,
    proofs: Vec<ProofDocument>,
}

#[derive(Serialize, Deserialize)]
struct CellDocument {
    column: String,
    value: Option<TermDocument>,
}

#[derive(Serialize, Deserialize)]
struct ProofDocument {
    claims: Vec<StepDocument>,
    #[serde(default)]
    absent: Vec<AbsenceDocument>,
}

#[derive(Serialize, Deserialize)]
struct AbsenceDocument {
    #[serde(default, skip_deserializing)]
    says: String,
    patterns: Vec<TripleDocument>,
}

#[derive(Serialize, Deserialize)]
struct StepDocument {
    #[serde(default, skip_deserializing)]
    says: String,
    triple: TripleDocument,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    premises: Option<Vec<StepDocument>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stated: Option<StatedDocument>,
}

#[derive(Serialize, Deserialize)]
struct StatedDocument {
    /// The named graphs that state it; an empty name is the unnamed one.
    graphs: Vec<String>,
    #[serde(default)]
    source: Option<String>,
    evidence: Vec<EvidenceDocument>,
}

#[derive(Serialize, Deserialize)]
struct EvidenceDocument {
    entity: String,
    document: String,
    section: String,
    position: u32,
    block: String,
    digest: String,
}

#[derive(Serialize, Deserialize)]
struct TripleDocument {
    subject: TermDocument,
    predicate: TermDocument,
    object: TermDocument,
}

/// A term as the SPARQL results format has it, with a label for people.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum TermDocument {
    Uri {
        value: String,
        #[serde(default, skip_deserializing)]
        label: String,
    },
    Bnode {
        value: String,
    },
    Literal {
        value: String,
        #[serde(default, rename = "xml:lang", skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        datatype: Option<String>,
    },
    /// In a pattern of which there is no triple.
    Variable {
        value: String,
    },
}

impl Document {
    fn of(explanation: &Explanation, names: &Names) -> Self {
        let (mut document, proofs) = (Self::empty(explanation), explanation.proofs.iter());
        match &explanation.about {
            About::Triple(triple) => document.triple = Some(TripleDocument::of(triple, names)),
            About::Row(row) => {
                document.question = Some(row.question.clone());
                let mut arguments: BTreeMap<String, Vec<String>> = BTreeMap::new();
                for (name, value) in &row.arguments {
                    arguments.entry(name.clone()).or_default().push(value.clone());
                }
                document.arguments = Some(arguments);
                document.policy = row.policy.clone();
                document.row = Some(row.number);
                let cell = |(column, cell): (&String, &Option<Term>)| CellDocument {
                    column: column.clone(),
                    value: cell.as_ref().map(|term| TermDocument::of(term, names)),
                };
                document.cells = Some(row.columns.iter().zip(&row.cells).map(cell).collect());
            }
        }
        document.proofs = proofs.map(|proof| ProofDocument::of(proof, names)).collect();
        document
    }

    fn empty(explanation: &Explanation) -> Self {
        let version = explanation.version.clone();
        Self { version, triple: None, question: None, arguments: None, policy: None, row: None, cells: None, proofs: Vec::new() }
    }

    fn explanation(self) -> Result<Explanation, String> {
        let about = match (self.triple, self.question, self.row, self.cells) {
            (Some(triple), None, None, None) => About::Triple(triple.triple()?),
            (None, Some(question), Some(number), Some(cells)) => {
                let (columns, cells): (Vec<_>, Vec<_>) = cells.into_iter().map(|cell| (cell.column, cell.value)).unzip();
                let cells = cells.into_iter().map(|cell| cell.map(TermDocument::term).transpose()).collect::<Result<_, _>>()?;
                let several = |(name, values): (String, Vec<String>)| values.into_iter().map(move |value| (name.clone(), value));
                let arguments = self.arguments.unwrap_or_default().into_iter().flat_map(several).collect();
                About::Row(Row { question, arguments, policy: self.policy, number, columns, cells })
            }
            _ => return Err("it has either a `triple`, or `question`, `arguments`, `row` and `cells`".to_owned()),
        };
        let proofs = self.proofs.into_iter().map(ProofDocument::proof).collect::<Result<_, _>>()?;
        Ok(Explanation { version: self.version, about, proofs })
    }
}

impl ProofDocument {
    fn of(proof: &Proof, names: &Names) -> Self {
        let absence = |absence: &Absence| AbsenceDocument {
            says: say::patterns(&absence.patterns, names),
            patterns: absence.patterns.iter().map(|pattern| TripleDocument::of_pattern(pattern, names)).collect(),
        };
        let claims = proof.claims.iter().map(|step| StepDocument::of(step, names)).collect();
        Self { claims, absent: proof.absent.iter().map(absence).collect() }
    }

    fn proof(self) -> Result<Proof, String> {
        let claims = self.claims.into_iter().map(StepDocument::step).collect::<Result<_, _>>()?;
        let absence = |absence: AbsenceDocument| {
            let patterns = absence.patterns.into_iter().map(TripleDocument::pattern).collect::<Result<_, _>>()?;
            Ok::<_, String>(Absence { patterns })
        };
        Ok(Proof { claims, absent: self.absent.into_iter().map(absence).collect::<Result<_, _>>()? })
    }
}

impl StepDocument {
    fn of(step: &Step, names: &Names) -> Self {
        let mut document = Self {
            says: say::triple(&step.triple, names),
            triple: TripleDocument::of(&step.triple, names),
            rule: None,
            because: None,
            premises: None,
            stated: None,
        };
        match &step.reason {
            Reason::Derived { rule, because, premises } => {
                document.rule = Some(rule.clone());
                document.because = Some(because.clone());
                document.premises = Some(premises.iter().map(|premise| Self::of(premise, names)).collect());
            }
            Reason::Stated { graphs, source, evidence } => {
                let name = |graph: &GraphName| {
                    if let GraphName::NamedNode(name) = graph { name.as_str().to_owned() } else { String::new() }
                };
                document.stated = Some(StatedDocument {
                    graphs: graphs.iter().map(name).collect(),
                    source: source.as_ref().map(|source| source.as_str().to_owned()),
                    evidence: evidence.iter().map(EvidenceDocument::of).collect(),
                });
            }
        }
        document
    }

    fn step(self) -> Result<Arc<Step>, String> {
        let triple = self.triple.triple()?;
        let reason = match (self.rule, self.because, self.premises, self.stated) {
            (Some(rule), Some(because), Some(premises), None) => {
                let premises = premises.into_iter().map(Self::step).collect::<Result<_, _>>()?;
                Reason::Derived { rule, because, premises }
            }
            (None, None, None, Some(stated)) => stated.reason()?,
            _ => return Err(format!("the step of {triple} has either `rule`, `because` and `premises`, or `stated`")),
        };
        Ok(Arc::new(Step { triple, reason }))
    }
}

impl StatedDocument {
    fn reason(self) -> Result<Reason, String> {
        let name = |graph: String| if graph.is_empty() { Ok(GraphName::DefaultGraph) } else { node(graph).map(GraphName::from) };
        Ok(Reason::Stated {
            graphs: self.graphs.into_iter().map(name).collect::<Result<_, _>>()?,
            source: self.source.map(node).transpose()?,
            evidence: self.evidence.into_iter().map(EvidenceDocument::evidence).collect::<Result<_, _>>()?,
        })
    }
}

impl EvidenceDocument {
    fn of(evidence: &Evidence) -> Self {
        let Evidence { entity, document, section, position, block, digest } = evidence.clone();
        let (entity, document, block) = (entity.into_string(), document.into_string(), block.into_string());
        Self { entity, document, section, position, block, digest }
    }

    fn evidence(self) -> Result<Evidence, String> {
        let (entity, document, block) = (node(self.entity)?, node(self.document)?, node(self.block)?);
        Ok(Evidence { entity, document, section: self.section, position: self.position, block, digest: self.digest })
    }
}

impl TripleDocument {
    fn of(triple: &Triple, names: &Names) -> Self {
        let term = |term: Term| TermDocument::of(&term, names);
        Self {
            subject: term(triple.subject.clone().into()),
            predicate: term(triple.predicate.clone().into()),
            object: term(triple.object.clone()),
        }
    }

    fn of_pattern(pattern: &TriplePattern, names: &Names) -> Self {
        let end = |end: &TermPattern| match end {
            TermPattern::NamedNode(node) => TermDocument::of(&node.clone().into(), names),
            TermPattern::Literal(literal) => TermDocument::of(&literal.clone().into(), names),
            TermPattern::Variable(variable) => TermDocument::Variable { value: variable.as_str().to_owned() },
            other => TermDocument::Bnode { value: other.to_string().trim_start_matches("_:").to_owned() },
        };
        let predicate = match &pattern.predicate {
            NamedNodePattern::NamedNode(node) => TermDocument::of(&node.clone().into(), names),
            NamedNodePattern::Variable(variable) => TermDocument::Variable { value: variable.as_str().to_owned() },
        };
        Self { subject: end(&pattern.subject), predicate, object: end(&pattern.object) }
    }

    fn triple(self) -> Result<Triple, String> {
        let subject = naming::subject(self.subject.term()?).ok_or("a literal is no subject")?;
        let predicate = NamedNode::try_from(self.predicate.term()?).map_err(|_| "a predicate is an IRI")?;
        Ok(Triple::new(subject, predicate, self.object.term()?))
    }

    fn pattern(self) -> Result<TriplePattern, String> {
        let end = |term: TermDocument| match term {
            TermDocument::Variable { value } => Variable::new(value).map(TermPattern::from).map_err(|error| error.to_string()),
            term => Ok(TermPattern::from(term.term()?)),
        };
        let predicate = match self.predicate {
            TermDocument::Variable { value } => {
                Variable::new(value).map(NamedNodePattern::from).map_err(|error| error.to_string())?
            }
            term => NamedNode::try_from(term.term()?).map_err(|_| "a predicate is an IRI")?.into(),
        };
        Ok(TriplePattern { subject: end(self.subject)?, predicate, object: end(self.object)? })
    }
}

impl TermDocument {
    fn of(term: &Term, names: &Names) -> Self {
        match term {
            Term::NamedNode(node) => Self::Uri { value: node.as_str().to_owned(), label: names.label(node.as_str()) },
            Term::BlankNode(node) => Self::Bnode { value: node.as_str().to_owned() },
            Term::Literal(literal) => {
                let language = literal.language().map(str::to_owned);
                let plain = language.is_some() || literal.datatype() == oxigraph::model::vocab::xsd::STRING;
                let datatype = (!plain).then(|| literal.datatype().as_str().to_owned());
                Self::Literal { value: literal.value().to_owned(), language, datatype }
            }
            #[allow(unreachable_patterns, reason = "triple terms are a feature of the model that another crate may turn on")]
            other => Self::Bnode { value: other.to_string() },
        }
    }

    fn term(self) -> Result<Term, String> {
        Ok(match self {
            Self::Uri { value, .. } => node(value)?.into(),
            Self::Bnode { value } => BlankNode::new(value).map_err(|error| error.to_string())?.into(),
            Self::Literal { value, language: Some(language), .. } => {
                Literal::new_language_tagged_literal(value, language).map_err(|error| error.to_string())?.into()
            }
            Self::Literal { value, datatype: Some(datatype), .. } => Literal::new_typed_literal(value, node(datatype)?).into(),
            Self::Literal { value, .. } => Literal::from(value).into(),
            Self::Variable { value } => return Err(format!("?{value} is a variable, and a triple has none")),
        })
    }
}

fn node(iri: String) -> Result<NamedNode, String> {
    NamedNode::new(iri.as_str()).map_err(|error| format!("`{iri}` is no IRI: {error}"))
}
