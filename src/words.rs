//! Every IRI that the code names, and the prefixes it prints.
//! Meaning belongs to `ontology/competency.ttl`; a test holds [`TERMS`] against it.

use oxigraph::model::NamedNodeRef;

/// The ontology's namespace, `cg:`.
pub const ONTOLOGY: &str = "https://w3id.org/competency-graph/ontology#";
/// Where instances live; `ingest` may mint elsewhere.
pub const INSTANCES: &str = "https://w3id.org/competency-graph/id/";
/// Where named graphs live.
pub const GRAPHS: &str = "https://w3id.org/competency-graph/graph/";
/// What relative IRIs of a query are relative to, wherever it is asked.
pub const BASE: &str = "https://w3id.org/competency-graph/";
/// The graph that the question catalogue makes: its questions as examples of queries, and our prefixes.
pub const EXAMPLES: &str = "https://w3id.org/competency-graph/graph/examples";
/// The named graph of the ontology and its alignments.
pub const ONTOLOGY_GRAPH: &str = "https://w3id.org/competency-graph/graph/ontology";
/// What the names of the graphs that take what follows begin with.
pub const INFERRED: &str = "https://w3id.org/competency-graph/graph/inferred/";

/// The named graph, in an engine elsewhere, that tells the version of the data once all of it is there.
pub const SYSTEM: &str = "https://w3id.org/competency-graph/graph/system";

/// Whether the program makes a graph, so that nobody states anything in it.
pub fn is_made(graph: &str) -> bool {
    let is_below = |name: &str| graph.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    [EXAMPLES, ONTOLOGY_GRAPH].contains(&graph) || is_below(SYSTEM) || graph.starts_with(INFERRED)
}

macro_rules! terms {
    ($($name:ident = $local:literal,)*) => {
        $(
            #[doc = concat!("`cg:", $local, "`")]
            pub const $name: NamedNodeRef<'static> =
                NamedNodeRef::new_unchecked(concat!("https://w3id.org/competency-graph/ontology#", $local));
        )*
        /// All terms of the ontology that the code relies on.
        pub const TERMS: &[NamedNodeRef<'static>] = &[$($name,)*];
    };
}

terms! {
    APPLIES_TO = "appliesTo",
    BLOCK_KIND = "blockKind",
    COMPETENCY = "competency",
    DESCRIBES = "describes",
    FILE = "file",
    HAS_MENTION = "hasMention",
    HAS_QUANTITY = "hasQuantity",
    HOLDS = "holds",
    HOLDS_CUMULATIVELY = "holdsCumulatively",
    JOB_FAMILY = "JobFamily",
    LIST_ITEM = "list-item",
    MENTION_KIND = "mentionKind",
    MODALITY = "modality",
    NAMED_GRAPH = "namedGraph",
    OMISSION = "Omission",
    PARAGRAPH = "paragraph",
    POSITION = "position",
    QUOTATION = "quotation",
    READS = "reads",
    READS_COMPETENCIES = "readsCompetencies",
    REASON = "reason",
    SECTION = "section",
    SECTION_KIND = "sectionKind",
    SOURCE_DIGEST = "sourceDigest",
    SOURCE_DOCUMENT = "sourceDocument",
    SOURCE_DOCUMENT_CLASS = "SourceDocument",
    STATEMENT = "Statement",
    STRENGTHENS = "strengthens",
    TARGET = "Target",
    UNSTATED = "unstated",
    WITHIN = "within",
}

/// Words for datasets, services and examples of queries, each vocabulary in a module of its own.
macro_rules! vocabularies {
    ($($vocabulary:ident $namespace:literal { $($name:ident = $local:literal,)* })*) => {
        $(
            #[doc = concat!("`", $namespace, "`")]
            pub mod $vocabulary {
                use super::NamedNodeRef;
                $(
                    #[doc = concat!("`", $local, "`")]
                    pub const $name: NamedNodeRef<'static> = NamedNodeRef::new_unchecked(concat!($namespace, $local));
                )*
            }
        )*
    };
}

vocabularies! {
    dcat "http://www.w3.org/ns/dcat#" {
        ACCESS_SERVICE = "accessService",
        ACCESS_URL = "accessURL",
        DATASET = "Dataset",
        DATA_SERVICE = "DataService",
        DISTRIBUTION = "distribution",
        DISTRIBUTION_CLASS = "Distribution",
        DOWNLOAD_URL = "downloadURL",
        ENDPOINT_URL = "endpointURL",
        MEDIA_TYPE = "mediaType",
        SERVES_DATASET = "servesDataset",
    }
    dcterms "http://purl.org/dc/terms/" {
        DATE = "date",
        DESCRIPTION = "description",
        HAS_PART = "hasPart",
        IDENTIFIER = "identifier",
        IS_PART_OF = "isPartOf",
        LICENSE = "license",
        PROVENANCE = "provenance",
        PUBLISHER = "publisher",
        SOURCE = "source",
        TITLE = "title",
    }
    owl "http://www.w3.org/2002/07/owl#" {
        DATATYPE_PROPERTY = "DatatypeProperty",
        OBJECT_PROPERTY = "ObjectProperty",
    }
    prov "http://www.w3.org/ns/prov#" {
        ENTITY = "Entity",
        HAD_PRIMARY_SOURCE = "hadPrimarySource",
        WAS_DERIVED_FROM = "wasDerivedFrom",
    }
    foaf "http://xmlns.com/foaf/0.1/" {
        PRIMARY_TOPIC = "primaryTopic",
    }
    rdf "http://www.w3.org/1999/02/22-rdf-syntax-ns#" {
        OBJECT = "object",
        PREDICATE = "predicate",
        SUBJECT = "subject",
    }
    schema "https://schema.org/" {
        KEYWORDS = "keywords",
        TARGET = "target",
    }
    sd "http://www.w3.org/ns/sparql-service-description#" {
        DATASET = "Dataset",
        DEFAULT_DATASET = "defaultDataset",
        DEFAULT_GRAPH = "defaultGraph",
        ENDPOINT = "endpoint",
        FEATURE = "feature",
        GRAPH = "graph",
        GRAPH_CLASS = "Graph",
        NAME = "name",
        NAMED_GRAPH = "namedGraph",
        NAMED_GRAPH_CLASS = "NamedGraph",
        RESULT_FORMAT = "resultFormat",
        SERVICE = "Service",
        SPARQL_11_QUERY = "SPARQL11Query",
        SPARQL_11_UPDATE = "SPARQL11Update",
        SUPPORTED_LANGUAGE = "supportedLanguage",
        UNION_DEFAULT_GRAPH = "UnionDefaultGraph",
    }
    sh "http://www.w3.org/ns/shacl#" {
        CONFORMS = "conforms",
        CONSTRUCT = "construct",
        DECLARE = "declare",
        FOCUS_NODE = "focusNode",
        INVERSE_PATH = "inversePath",
        NAMESPACE = "namespace",
        PREFIX = "prefix",
        PREFIXES = "prefixes",
        RESULT = "result",
        RESULT_MESSAGE = "resultMessage",
        RESULT_PATH = "resultPath",
        RESULT_SEVERITY = "resultSeverity",
        SELECT = "select",
        SOURCE_RULE = "sourceRule",
        SOURCE_SHAPE = "sourceShape",
        SPARQL_EXECUTABLE = "SPARQLExecutable",
        SPARQL_RULE = "SPARQLRule",
        SPARQL_SELECT_EXECUTABLE = "SPARQLSelectExecutable",
        VALIDATION_REPORT = "ValidationReport",
        VALIDATION_RESULT = "ValidationResult",
        VALUE = "value",
        VIOLATION = "Violation",
    }
    void "http://rdfs.org/ns/void#" {
        CLASS = "class",
        CLASSES = "classes",
        CLASS_PARTITION = "classPartition",
        DATASET = "Dataset",
        DATASET_DESCRIPTION = "DatasetDescription",
        DATA_DUMP = "dataDump",
        DISTINCT_OBJECTS = "distinctObjects",
        DISTINCT_SUBJECTS = "distinctSubjects",
        ENTITIES = "entities",
        FEATURE = "feature",
        PROPERTIES = "properties",
        PROPERTY = "property",
        PROPERTY_PARTITION = "propertyPartition",
        SPARQL_ENDPOINT = "sparqlEndpoint",
        SUBSET = "subset",
        TRIPLES = "triples",
        URI_SPACE = "uriSpace",
        VOCABULARY = "vocabulary",
    }
    void_ext "http://ldf.fi/void-ext#" {
        DATATYPE = "datatype",
        DATATYPE_PARTITION = "datatypePartition",
    }
}

/// Terms of other vocabularies.
pub mod other {
    use super::NamedNodeRef;

    pub const TYPE: NamedNodeRef<'static> = oxigraph::model::vocab::rdf::TYPE;
    pub const SUB_CLASS_OF: NamedNodeRef<'static> = oxigraph::model::vocab::rdfs::SUB_CLASS_OF;
    pub const BROADER: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#broader");
    pub const CHANGE_NOTE: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#changeNote");
    pub const PREF_LABEL: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#prefLabel");
    pub const ALT_LABEL: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#altLabel");
    pub const MESSAGE: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/ns/shacl#message");
    pub const NOTATION: NamedNodeRef<'static> = NamedNodeRef::new_unchecked("http://www.w3.org/2004/02/skos/core#notation");
}

/// Prefixes for reading parameter values and for writing Turtle, TriG, RDF/XML and JSON-LD.
pub const PREFIXES: &[(&str, &str)] = &[
    ("cg", ONTOLOGY),
    ("competency", "https://w3id.org/competency-graph/id/competency/"),
    ("gitlab", "https://w3id.org/competency-graph/id/gitlab/"),
    ("graph", GRAPHS),
    ("ceterms", "https://purl.org/ctdl/terms/"),
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("esco", "http://data.europa.eu/esco/model#"),
    ("org", "http://www.w3.org/ns/org#"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("schema", "http://schema.org/"),
    ("sd", "http://www.w3.org/ns/sparql-service-description#"),
    ("sh", "http://www.w3.org/ns/shacl#"),
    ("shape", "https://w3id.org/competency-graph/shapes#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("void", "http://rdfs.org/ns/void#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

/// Writes an IRI the short way people read it, where a prefix or the instance base covers it.
pub fn shorten(iri: &str) -> String {
    let (prefix, namespace) = PREFIXES
        .iter()
        .filter(|(_, namespace)| iri.starts_with(namespace) && iri.len() > namespace.len())
        .max_by_key(|(_, namespace)| namespace.len())
        .copied()
        .unwrap_or_default();
    if namespace.is_empty() { iri.to_owned() } else { format!("{prefix}:{}", &iri[namespace.len()..]) }
}

/// Reads `prefix:local` or `<iri>` or an absolute IRI; `None` if the text is none of these.
pub fn expand(text: &str) -> Option<String> {
    if let Some(iri) = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        return Some(iri.to_owned());
    }
    let (scheme, local) = text.split_once(':')?;
    if local.starts_with("//") || matches!(scheme, "urn" | "mailto") {
        return Some(text.to_owned());
    }
    let (_, namespace) = PREFIXES.iter().find(|(prefix, _)| *prefix == scheme)?;
    Some(format!("{namespace}{local}"))
}
