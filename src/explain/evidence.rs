//! Where a stated triple is from: the item of a page that says it, as far as the graph knows.
//! Enter at [`evidence`]; [`source`] is the document of a whole graph. Whether it is true is `check`'s matter.

use oxigraph::model::vocab::rdf;
use oxigraph::model::{GraphName, NamedNode, NamedNodeRef, NamedOrBlankNode, NamedOrBlankNodeRef, Term, TermRef, Triple};

use crate::store::{Store, StoreError, text};
use crate::words;

/// The place of an item in its document, and what verifies it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The statement or fact that was recorded from the item.
    pub entity: NamedNode,
    pub document: NamedNode,
    pub section: String,
    /// Counted from 1 among the items of its kind in the section.
    pub position: u32,
    /// Whether it is a list item or a paragraph, as a word of the ontology.
    pub block: NamedNode,
    /// The SHA-256 of the item as plain text, in lower-case hex; empty in a draft.
    pub digest: String,
}

/// The evidence of a stated triple: of the fact that records this very triple; else of the statement or fact that it is about;
/// else of the statement or fact that mentions, or gives, what it is about.
///
/// # Errors
/// When the store fails.
pub fn evidence(store: &Store, triple: &Triple) -> Result<Vec<Evidence>, StoreError> {
    let subject: Term = triple.subject.clone().into();
    let mut entities = Vec::new();
    for fact in subjects(store, rdf::OBJECT, triple.object.as_ref())? {
        let same = has(store, &fact, rdf::SUBJECT, subject.as_ref())?
            && has(store, &fact, rdf::PREDICATE, TermRef::NamedNode(triple.predicate.as_ref()))?;
        if same {
            entities.push(fact);
        }
    }
    if entities.is_empty() && place(store, &triple.subject)?.is_some() {
        entities.push(triple.subject.clone());
    }
    if entities.is_empty() {
        for part in [words::HAS_MENTION, words::HAS_QUANTITY] {
            entities.extend(subjects(store, part, subject.as_ref())?);
        }
        for fact in subjects(store, rdf::OBJECT, subject.as_ref())? {
            if has(store, &fact, rdf::PREDICATE, TermRef::NamedNode(words::HAS_QUANTITY))? {
                entities.push(fact);
            }
        }
    }
    entities.sort_by_key(ToString::to_string);
    entities.iter().filter_map(|entity| place(store, entity).transpose()).collect()
}

/// The document whose graph this is.
///
/// # Errors
/// When the store fails.
pub fn source(store: &Store, graph: &GraphName) -> Result<Option<NamedNode>, StoreError> {
    let GraphName::NamedNode(graph) = graph else { return Ok(None) };
    let documents = subjects(store, words::NAMED_GRAPH, TermRef::NamedNode(graph.as_ref()))?;
    Ok(documents.into_iter().find_map(|document| NamedNode::try_from(Term::from(document)).ok()))
}

/// Where an evidenced thing stands; none for any other.
fn place(store: &Store, entity: &NamedOrBlankNode) -> Result<Option<Evidence>, StoreError> {
    let NamedOrBlankNode::NamedNode(entity) = entity else { return Ok(None) };
    let of = |property| object(store, entity.as_ref().into(), property);
    let node = |term: Option<Term>| term.and_then(|term| NamedNode::try_from(term).ok());
    let (document, block) = (node(of(words::SOURCE_DOCUMENT)?), node(of(words::BLOCK_KIND)?));
    let (section, digest) = (of(words::SECTION)?, of(words::SOURCE_DIGEST)?);
    let position = of(words::POSITION)?.and_then(|position| text(&position).parse().ok());
    let (Some(document), Some(block), Some(section), Some(position), Some(digest)) = (document, block, section, position, digest)
    else {
        return Ok(None);
    };
    Ok(Some(Evidence { entity: entity.clone(), document, section: text(&section), position, block, digest: text(&digest) }))
}

fn object(store: &Store, subject: NamedOrBlankNodeRef<'_>, property: NamedNodeRef<'_>) -> Result<Option<Term>, StoreError> {
    store.matching(Some(subject), Some(property), None).next().map(|quad| Ok(quad?.object)).transpose()
}

fn subjects(store: &Store, property: NamedNodeRef<'_>, object: TermRef<'_>) -> Result<Vec<NamedOrBlankNode>, StoreError> {
    store.matching(None, Some(property), Some(object)).map(|quad| Ok(quad?.subject)).collect()
}

fn has(store: &Store, subject: &NamedOrBlankNode, property: NamedNodeRef<'_>, object: TermRef<'_>) -> Result<bool, StoreError> {
    Ok(store.matching(Some(subject.as_ref()), Some(property), Some(object)).next().transpose()?.is_some())
}
