//! What is here, for programs: the dataset (VoID, DCAT), the service (SPARQL Service Description), the prefixes and the example queries.
//! One description with two doors, `/.well-known/void` and `/sparql` when nothing is asked: the SIB's editor and agent tools
//! look for all of it in either, where the endpoint's own graphs do not hold it.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use oxigraph::model::vocab::rdf;
use oxigraph::model::{GraphName, Literal, NamedNode, NamedNodeRef, NamedOrBlankNode, Term, Triple};

use super::problem::Problem;
use super::{App, accept, places};
use crate::catalogue::examples;
use crate::knowledge::Generation;
use crate::load::SOURCES;
use crate::profile::Class;
use crate::store::{StoreError, named};
use crate::words::{self, dcat, dcterms, foaf, schema, sd, sh, void, void_ext};

/// `/.well-known/void`
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let media_type = accept::choose(&headers, super::rdf::SYNTAXES)?;
    let generation = app.generation();
    super::off_the_loop(move || {
        let described = described(&generation, &app.options.base)?;
        Ok(super::rdf::varying(super::rdf::response(described, media_type)?))
    })
    .await
}

/// The whole description.
pub fn described(generation: &Generation, base: &str) -> Result<Vec<Triple>, Problem> {
    let mut description = Description::new(base);
    description.dataset(generation)?;
    description.graphs(generation)?;
    description.service(generation.commit.is_some());
    description.partitions(&generation.profile()?.classes);
    description.examples(generation)?;
    Ok(description.triples)
}

/// The graphs alone.
pub fn graphs(generation: &Generation, base: &str) -> Result<Vec<Triple>, Problem> {
    let mut description = Description::new(base);
    description.graphs(generation)?;
    Ok(description.triples)
}

struct Description<'a> {
    base: &'a str,
    dataset: NamedNode,
    default_graph: NamedNode,
    service: NamedNode,
    triples: Vec<Triple>,
}

/// The results formats, and the RDF syntaxes, as the W3C names them.
const FORMATS: &[&str] = &[
    "SPARQL_Results_JSON",
    "SPARQL_Results_XML",
    "SPARQL_Results_CSV",
    "SPARQL_Results_TSV",
    "Turtle",
    "N-Triples",
    "RDF_XML",
    "JSON-LD",
    "TriG",
    "N-Quads",
];

/// What `sources.ttl` says of a document that its graph's description repeats.
const OF_SOURCES: [NamedNodeRef<'static>; 5] =
    [dcterms::TITLE, dcterms::PUBLISHER, dcterms::SOURCE, dcterms::LICENSE, dcterms::DATE];

impl<'a> Description<'a> {
    fn new(base: &'a str) -> Self {
        let part = |name: &str| NamedNode::new_unchecked(format!("{base}.well-known/void#{name}"));
        let service = NamedNode::new_unchecked(format!("{base}sparql"));
        Self { base, dataset: part("dataset"), default_graph: part("default-graph"), service, triples: Vec::new() }
    }

    fn say(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, object: impl Into<Term>) {
        self.triples.push(Triple { subject: subject.clone().into(), predicate: predicate.into_owned(), object: object.into() });
    }

    fn count(&mut self, subject: &NamedNode, predicate: NamedNodeRef<'_>, count: usize) {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.say(subject, predicate, Literal::from(count));
    }

    fn part(&self, name: &str) -> NamedNode {
        NamedNode::new_unchecked(format!("{}.well-known/void#{name}", self.base))
    }

    fn dataset(&mut self, generation: &Generation) -> Result<(), StoreError> {
        let profile = generation.profile()?;
        let dataset = self.dataset.clone();
        let document = NamedNode::new_unchecked(format!("{}.well-known/void", self.base));
        self.say(&document, rdf::TYPE, void::DATASET_DESCRIPTION);
        self.say(&document, foaf::PRIMARY_TOPIC, dataset.clone());
        for class in [void::DATASET, dcat::DATASET, sd::DATASET] {
            self.say(&dataset, rdf::TYPE, class);
        }
        self.say(&dataset, dcterms::TITLE, english("competency-graph"));
        let about = "Job families, levels, specialties and the competencies they call for, with the evidence for each statement.";
        self.say(&dataset, dcterms::DESCRIPTION, english(about));
        self.say(&dataset, dcterms::IDENTIFIER, Literal::from(generation.version.as_str()));
        self.say(&dataset, void::SPARQL_ENDPOINT, self.service.clone());
        self.say(&dataset, void::URI_SPACE, Literal::from(words::INSTANCES));
        self.say(&dataset, void::VOCABULARY, NamedNode::new_unchecked(words::ONTOLOGY));
        self.say(&dataset, sd::DEFAULT_GRAPH, self.default_graph.clone());
        let default_graph = self.default_graph.clone();
        self.say(&default_graph, rdf::TYPE, sd::GRAPH_CLASS);
        self.say(&default_graph, rdf::TYPE, void::DATASET);
        for thing in [dataset, default_graph] {
            self.count(&thing, void::TRIPLES, profile.triples);
            self.count(&thing, void::CLASSES, profile.classes.len());
            self.count(&thing, void::PROPERTIES, profile.properties.len());
            self.count(&thing, void::DISTINCT_SUBJECTS, profile.subjects);
            self.count(&thing, void::DISTINCT_OBJECTS, profile.objects);
        }
        for (number, (property, triples)) in profile.properties.iter().enumerate() {
            let partition = self.part(&format!("property-{number}"));
            self.say(&self.dataset.clone(), void::PROPERTY_PARTITION, partition.clone());
            self.say(&partition, void::PROPERTY, NamedNode::new_unchecked(property));
            self.count(&partition, void::TRIPLES, *triples);
        }
        Ok(())
    }

    /// One subset for each named graph, with what `sources.ttl` says of where it is from.
    fn graphs(&mut self, generation: &Generation) -> Result<(), StoreError> {
        let sources = sources(generation)?;
        let dataset = self.dataset.clone();
        self.say(&dataset, rdf::TYPE, sd::DATASET);
        for (number, (name, triples)) in generation.profile()?.graphs.iter().enumerate() {
            let (entry, graph) = (self.part(&format!("named-graph-{number}")), self.part(&format!("graph-{number}")));
            let iri = NamedNode::new_unchecked(name);
            self.say(&dataset, sd::NAMED_GRAPH, entry.clone());
            self.say(&dataset, void::SUBSET, graph.clone());
            self.say(&entry, rdf::TYPE, sd::NAMED_GRAPH_CLASS);
            self.say(&entry, sd::NAME, iri);
            self.say(&entry, sd::GRAPH, graph.clone());
            self.say(&graph, rdf::TYPE, sd::GRAPH_CLASS);
            self.say(&graph, rdf::TYPE, void::DATASET);
            self.count(&graph, void::TRIPLES, *triples);
            let download = self.download(name);
            self.say(&graph, void::DATA_DUMP, download.clone());
            let distribution = self.part(&format!("distribution-{number}"));
            self.say(&dataset, dcat::DISTRIBUTION, distribution.clone());
            self.say(&distribution, rdf::TYPE, dcat::DISTRIBUTION_CLASS);
            self.say(&distribution, dcat::ACCESS_URL, download.clone());
            self.say(&distribution, dcat::DOWNLOAD_URL, download);
            let turtle = "https://www.iana.org/assignments/media-types/text/turtle";
            self.say(&distribution, dcat::MEDIA_TYPE, NamedNode::new_unchecked(turtle));
            for (predicate, object) in sources.get(name).into_iter().flatten() {
                self.say(&graph, predicate.as_ref(), object.clone());
                if predicate.as_ref() == dcterms::LICENSE {
                    self.say(&dataset, dcterms::LICENSE, object.clone());
                    self.say(&distribution, dcterms::LICENSE, object.clone());
                }
            }
        }
        Ok(())
    }

    /// Where a graph is had; Turtle, where a client does not say what it likes.
    fn download(&self, graph: &str) -> NamedNode {
        let path = places::of(graph, self.base).filter(|path| path.starts_with("/graphs/"));
        let path = path.unwrap_or_else(|| {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair("graph", graph).finish();
            format!("/graphs?{query}")
        });
        NamedNode::new_unchecked(format!("{}{}", self.base, path.trim_start_matches('/')))
    }

    fn service(&mut self, takes_updates: bool) {
        let (service, dataset) = (self.service.clone(), self.dataset.clone());
        self.say(&service, rdf::TYPE, sd::SERVICE);
        self.say(&service, rdf::TYPE, dcat::DATA_SERVICE);
        self.say(&service, sd::ENDPOINT, service.clone());
        self.say(&service, dcat::ENDPOINT_URL, service.clone());
        self.say(&service, dcat::SERVES_DATASET, dataset.clone());
        self.say(&service, sd::SUPPORTED_LANGUAGE, sd::SPARQL_11_QUERY);
        if takes_updates {
            self.say(&service, sd::SUPPORTED_LANGUAGE, sd::SPARQL_11_UPDATE);
        }
        self.say(&service, sd::FEATURE, sd::UNION_DEFAULT_GRAPH);
        self.say(&service, sd::DEFAULT_DATASET, dataset.clone());
        for format in FORMATS {
            let format = NamedNode::new_unchecked(format!("http://www.w3.org/ns/formats/{format}"));
            self.say(&service, sd::RESULT_FORMAT, format.clone());
            if !format.as_str().contains("SPARQL") {
                self.say(&dataset, void::FEATURE, format);
            }
        }
        let distribution = self.part("distribution-sparql");
        self.say(&dataset, dcat::DISTRIBUTION, distribution.clone());
        self.say(&distribution, rdf::TYPE, dcat::DISTRIBUTION_CLASS);
        self.say(&distribution, dcat::ACCESS_URL, service.clone());
        self.say(&distribution, dcat::ACCESS_SERVICE, service);
    }

    /// For each class: its members, and for each of their properties the classes and datatypes it leads to.
    fn partitions(&mut self, classes: &BTreeMap<String, Class>) {
        let dataset = self.dataset.clone();
        for (at, (class, counts)) in classes.iter().enumerate() {
            let partition = self.part(&format!("class-{at}"));
            self.say(&dataset, void::CLASS_PARTITION, partition.clone());
            self.say(&partition, void::CLASS, NamedNode::new_unchecked(class));
            self.count(&partition, void::ENTITIES, counts.members);
            for (number, (name, property)) in counts.properties.iter().enumerate() {
                let of_property = self.part(&format!("class-{at}-{number}"));
                self.say(&partition, void::PROPERTY_PARTITION, of_property.clone());
                self.say(&of_property, void::PROPERTY, NamedNode::new_unchecked(name));
                self.count(&of_property, void::TRIPLES, property.triples);
                for (last, (class, triples)) in property.classes.iter().enumerate() {
                    let object = self.part(&format!("class-{at}-{number}-{last}"));
                    self.say(&of_property, void::CLASS_PARTITION, object.clone());
                    self.say(&object, void::CLASS, NamedNode::new_unchecked(class));
                    self.count(&object, void::TRIPLES, *triples);
                }
                for (last, (datatype, triples)) in property.datatypes.iter().enumerate() {
                    let object = self.part(&format!("class-{at}-{number}-d{last}"));
                    self.say(&of_property, void_ext::DATATYPE_PARTITION, object.clone());
                    self.say(&object, void_ext::DATATYPE, NamedNode::new_unchecked(datatype));
                    self.count(&object, void::TRIPLES, *triples);
                }
            }
        }
    }

    /// The examples' graph, and that they are asked of this endpoint.
    fn examples(&mut self, generation: &Generation) -> Result<(), StoreError> {
        let quads = generation.store.quads(Some(&named(words::EXAMPLES)))?;
        self.triples.extend(quads.into_iter().map(Triple::from));
        for question in generation.catalogue.questions() {
            self.say(&examples::iri(&question.id), schema::TARGET, self.service.clone());
        }
        let prefixes = examples::prefixes();
        self.say(&self.service.clone(), sh::PREFIXES, prefixes);
        Ok(())
    }
}

type Said = Vec<(NamedNode, Term)>;

/// What is said of the documents of each named graph.
fn sources(generation: &Generation) -> Result<BTreeMap<String, Said>, StoreError> {
    let stem = SOURCES.trim_end_matches(".ttl");
    let quads = generation.store.quads(Some(&GraphName::from(NamedNode::new_unchecked(format!("{}{stem}", words::GRAPHS)))))?;
    let mut of_graph: BTreeMap<String, Said> = BTreeMap::new();
    for entry in quads.iter().filter(|quad| quad.predicate == words::NAMED_GRAPH) {
        let Term::NamedNode(graph) = &entry.object else { continue };
        let of_document = |subject: &NamedOrBlankNode| *subject == entry.subject;
        let said = quads.iter().filter(|quad| of_document(&quad.subject) && OF_SOURCES.contains(&quad.predicate.as_ref()));
        let said = said.map(|quad| (quad.predicate.clone(), quad.object.clone()));
        of_graph.entry(graph.as_str().to_owned()).or_default().extend(said);
    }
    Ok(of_graph)
}

fn english(text: &str) -> Literal {
    Literal::new_language_tagged_literal_unchecked(text, "en")
}
