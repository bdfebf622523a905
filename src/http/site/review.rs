//! `/review`: the documents that the graph was read from, and for one of them each item in its order: placed as what, or left out and why.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use oxigraph::model::{NamedNode, NamedOrBlankNode, Quad, Term};

use super::super::App;
use super::super::problem::Problem;
use super::{Ask, Frame, Shown, kept, kind, rendered, url};
use crate::knowledge::Generation;
use crate::store::text;
use crate::words;

#[derive(Template)]
#[template(path = "review.html")]
struct Page {
    frame: Frame,
    documents: Vec<(String, String)>,
    document: Option<Document>,
}

struct Document {
    thing: Shown,
    iri: String,
    placed: usize,
    left_out: usize,
    sections: Vec<Section>,
}

struct Section {
    name: String,
    items: Vec<Item>,
}

/// A paragraph or an item of a list, and what became of it.
struct Item {
    block: String,
    position: u32,
    entity: Shown,
    kind: String,
    /// Why it is not placed.
    reason: Option<String>,
    quotation: String,
}

pub async fn page(State(app): State<App>, headers: HeaderMap, uri: Uri) -> Response {
    kept(app, headers, uri, written).await
}

fn written(mut ask: Ask<'_>) -> Result<String, Problem> {
    let wanted = ask.one("document");
    ask.nothing_else("document")?;
    let Ask { generation, base, .. } = ask;
    let names = &generation.names;
    let class = [format!("{}SourceDocument", words::ONTOLOGY)];
    let mut all: Vec<&str> = names.instances(&class);
    all.sort_by_key(|iri| names.label(iri));
    let documents = all.iter().map(|iri| (names.label(iri), url("/review", [("document", *iri)]))).collect();
    let wanted = wanted.or_else(|| (all.len() == 1).then(|| all[0].to_owned()));
    let document = wanted.map(|iri| {
        let known = names.resolve(&iri, &class).map_err(|_| {
            Problem::new(StatusCode::NOT_FOUND, "unknown-value", format!("No document is called `{iri}`."))
                .hint("/review lists them.")
        })?;
        read(generation, &known, &base)
    });
    rendered(&Page { frame: Frame::of(generation, "/review", None), documents, document: document.transpose()? })
}

fn read(generation: &Generation, document: &NamedNode, base: &str) -> Result<Document, Problem> {
    let names = &generation.names;
    let mut sections: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let (mut placed, mut left_out) = (0, 0);
    for quad in generation.store.matching(None, Some(words::SOURCE_DOCUMENT), Some(document.as_ref().into())) {
        let NamedOrBlankNode::NamedNode(entity) = quad?.subject else { continue };
        let said: Vec<Quad> = generation.store.said_of(entity.as_ref().into())?;
        let value = |property: oxigraph::model::NamedNodeRef<'_>| -> Option<&Term> {
            said.iter().find(|quad| quad.predicate == property).map(|quad| &quad.object)
        };
        let worded = |property| value(property).map(text).unwrap_or_default();
        let kind = kind(generation, entity.as_str());
        let reason = (kind == "Omission").then(|| worded(words::REASON));
        if reason.is_some() {
            left_out += 1
        } else {
            placed += 1
        }
        let quotation = worded(words::QUOTATION);
        let iri = entity.into_string();
        let mut entity = Shown::thing(&iri, names, base);
        // What is left out may have no label.
        if entity.text == words::shorten(&iri) {
            entity.text = if quotation.is_empty() { "an item that is not kept".to_owned() } else { quotation.clone() };
        }
        let item = Item {
            block: value(words::BLOCK_KIND).map(|block| names.label(&text(block))).unwrap_or_default(),
            position: worded(words::POSITION).parse().unwrap_or_default(),
            entity,
            kind,
            reason,
            quotation,
        };
        sections.entry(worded(words::SECTION)).or_default().push(item);
    }
    let ordered = |(name, mut items): (String, Vec<Item>)| {
        items.sort_by(|a, b| (&a.block, a.position, &a.entity.text).cmp(&(&b.block, b.position, &b.entity.text)));
        Section { name, items }
    };
    Ok(Document {
        thing: Shown::thing(document.as_str(), names, base),
        iri: document.as_str().to_owned(),
        placed,
        left_out,
        sections: sections.into_iter().map(ordered).collect(),
    })
}
