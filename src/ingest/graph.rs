//! Writes what was understood as statements of the model, each with its evidence and the quotation. Enter at [`write`].
//! IRIs are minted from words that stay when a page is edited; a former version's IRIs are kept where its items are found again.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::vocab::{rdf, xsd};
use oxigraph::model::{GraphName, Literal, NamedNode, Quad, Term};

use super::draft::{Draft, Statement};
use super::grades::Place;
use super::inherit::Reporting;
use super::mentions::{Manner, Thing};
use super::mint::{Mint, keywords, segment};
use super::outline::{BlockKind, digest};
use super::phrases::{
    english, full_title, grade_literal, label, level_name, modality, number, one_of, quantity_label, section_kind,
};
use super::roles;
use super::sections::Scope;
use super::shared::Shared;
use super::wording::{Quantity, StatementKind};
use crate::words;

/// What is said of a document besides what it says itself.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The file, as the user named it.
    pub file: String,
    /// Where the document was found, as an IRI.
    pub source: Option<String>,
    pub licence: String,
    /// `2026-01-31`
    pub date: String,
}

/// A document as a named graph.
#[derive(Clone, Debug)]
pub struct Written {
    pub graph: String,
    pub document: String,
    pub family: String,
    pub quads: Vec<Quad>,
    /// Statements as a later version finds them again: IRI, what it is about, and the whole text.
    pub statements: Vec<(String, String, String)>,
}

/// A family that several documents describe between them, one level each.
#[derive(Clone, Debug)]
pub struct InFamily<'a> {
    pub first: bool,
    /// The rank of the document's first level.
    pub rank: usize,
    pub family: &'a str,
    /// What tells the documents of one family apart.
    pub suffix: &'a str,
}

/// Writes one document. `former` finds the IRI that a statement had before.
pub fn write(
    draft: &Draft,
    mint: &Mint,
    about: &About,
    place: &InFamily<'_>,
    shared: &mut Shared,
    former: &mut dyn FnMut(&str, &str) -> Option<String>,
) -> Written {
    let family = mint.family(place.family);
    let graph = mint.graph(place.family, place.suffix);
    let document =
        if place.suffix.is_empty() { format!("{family}/document") } else { format!("{family}/document/{}", place.suffix) };
    let mut writer = Writer {
        draft,
        mint,
        shared,
        family: family.clone(),
        prefix: if place.suffix.is_empty() { String::new() } else { format!("{}.", place.suffix) },
        document: node(&document),
        graph: GraphName::NamedNode(node(&graph)),
        quads: Vec::new(),
        used: BTreeSet::new(),
        levels: BTreeMap::new(),
        specialties: Vec::new(),
        statements: Vec::new(),
    };
    writer.document(about);
    writer.ladder(place);
    writer.specialties();
    writer.relations(place);
    let mut statements = Vec::new();
    for statement in &draft.statements {
        writer.statement(statement, former, &mut statements);
    }
    writer.involved();
    writer.hiring();
    writer.omissions();
    let quads = std::mem::take(&mut writer.quads);
    Written { graph, document, family, quads, statements }
}

struct Writer<'a> {
    draft: &'a Draft,
    mint: &'a Mint,
    shared: &'a mut Shared,
    family: String,
    /// What tells the names of this document's things from those of the family's other documents.
    prefix: String,
    document: NamedNode,
    graph: GraphName,
    quads: Vec<Quad>,
    used: BTreeSet<String>,
    levels: BTreeMap<usize, NamedNode>,
    specialties: Vec<NamedNode>,
    statements: Vec<String>,
}

/// An ontology term by its local name.
pub fn cg(local: &str) -> NamedNode {
    node(&format!("{}{local}", words::ONTOLOGY))
}

/// An IRI as a node.
pub fn node(iri: &str) -> NamedNode {
    NamedNode::new_unchecked(iri)
}

fn dcterms(local: &str) -> NamedNode {
    node(&format!("http://purl.org/dc/terms/{local}"))
}

impl Writer<'_> {
    fn add(&mut self, subject: &NamedNode, predicate: &NamedNode, object: impl Into<Term>) {
        self.quads.push(Quad::new(subject.clone(), predicate.clone(), object, self.graph.clone()));
    }

    fn is_a(&mut self, subject: &NamedNode, class: &str) {
        self.add(subject, &rdf::TYPE.into_owned(), cg(class));
    }

    fn labelled(&mut self, subject: &NamedNode, class: &str, text: &str) {
        self.is_a(subject, class);
        self.add(subject, &words::other::PREF_LABEL.into_owned(), label(text));
    }

    /// An IRI that nothing of this document has yet.
    fn fresh(&mut self, iri: String) -> NamedNode {
        let mut unique = iri.clone();
        let mut count = 1;
        while !self.used.insert(unique.clone()) {
            count += 1;
            unique = format!("{iri}-{count}");
        }
        node(&unique)
    }

    fn document(&mut self, about: &About) {
        let document = self.document.clone();
        self.is_a(&document, "SourceDocument");
        let title = self.draft.page.title.clone();
        self.add(&document, &words::other::PREF_LABEL.into_owned(), label(&title));
        self.add(&document, &dcterms("title"), english(&title));
        let source = about.source.clone().unwrap_or_else(|| format!("{}source/{}", self.mint.base(), segment(&about.file)));
        self.add(&document, &dcterms("source"), node(&source));
        self.add(&document, &dcterms("license"), node(&about.licence));
        self.add(&document, &dcterms("date"), Literal::new_typed_literal(&about.date, xsd::DATE));
        self.add(&document, &cg("describes"), node(&self.family.clone()));
    }

    fn ladder(&mut self, place: &InFamily<'_>) {
        let family = node(&self.family);
        if place.first {
            self.labelled(&family, "JobFamily", place.family);
            let title = roles::without_steps(&self.draft.page.role);
            if place.suffix.is_empty() && title != place.family && !title.is_empty() {
                self.add(&family, &words::other::ALT_LABEL.into_owned(), english(&title));
            }
        }
        for (rank, level) in self.draft.levels.iter().enumerate() {
            let name = level_name(&level.title, place.family);
            let iri = self.fresh(format!("{}/level/{}", self.family, segment(&name)));
            let title = full_title(&level.title, place.family);
            self.labelled(&iri, "Level", &title);
            for alias in [&name, &level.title].into_iter().filter(|alias| **alias != title).collect::<BTreeSet<_>>() {
                self.add(&iri, &words::other::ALT_LABEL.into_owned(), english(alias));
            }
            self.add(&iri, &cg("levelOf"), family.clone());
            self.add(&iri, &cg("rank"), number(rank + place.rank));
            self.levels.insert(level.number, iri);
        }
    }

    fn specialties(&mut self) {
        for specialty in &self.draft.page.specialties {
            let short = specialty.title.split(" - ").next().unwrap_or_default().trim().to_owned();
            let iri = self.fresh(format!("{}/specialty/{}", self.family, segment(&short)));
            self.labelled(&iri, "Specialty", &specialty.title);
            if short != specialty.title {
                self.add(&iri, &words::other::ALT_LABEL.into_owned(), english(&short));
            }
            self.add(&iri, &cg("specialtyOf"), node(&self.family.clone()));
            self.specialties.push(iri);
        }
    }

    fn thing(&self, scope: Scope) -> NamedNode {
        match scope {
            // What a document about one step says of the job, it says of that step.
            Scope::Role => {
                self.levels.values().next().filter(|_| !self.prefix.is_empty()).cloned().unwrap_or_else(|| node(&self.family))
            }
            Scope::Level(number) => self.levels.get(&number).cloned().unwrap_or_else(|| node(&self.family)),
            Scope::Specialty(at) => self.specialties.get(at).cloned().unwrap_or_else(|| node(&self.family)),
        }
    }

    /// The evidence of something, at a block or a heading.
    fn evidence(&mut self, subject: &NamedNode, place: Place) {
        let page = &self.draft.page;
        let (section, kind, position, text) = match place {
            Place::Block(at) => {
                let block = &page.blocks[at];
                let kind = match block.kind {
                    BlockKind::Item => "list-item",
                    BlockKind::Paragraph => "paragraph",
                    BlockKind::Row => "table-row",
                };
                (block.section, kind, block.position, block.element.text.clone())
            }
            Place::Heading(section) => (section, "heading", 1, page.sections[section].heading.clone()),
        };
        let section = &page.sections[section];
        let (path, part) = (section.path.clone(), section_kind(section.part, section.scope, section.reason));
        let document = self.document.clone();
        self.add(subject, &cg("sourceDocument"), document);
        self.add(subject, &cg("section"), Literal::new_simple_literal(path));
        self.add(subject, &cg("sectionKind"), cg(part));
        self.add(subject, &cg("blockKind"), cg(kind));
        self.add(subject, &cg("position"), number(position));
        self.add(subject, &cg("sourceDigest"), Literal::new_simple_literal(digest(&text)));
        self.add(subject, &cg("quotation"), Literal::new_simple_literal(text));
    }

    /// A triple and the fact that says where the page has it.
    fn fact(&mut self, name: &str, says: &str, subject: &NamedNode, property: &str, object: impl Into<Term>, place: Place) {
        let object = object.into();
        let fact = self.fresh(format!("{}/fact/{}{}", self.family, self.prefix, segment(name)));
        self.add(subject, &cg(property), object.clone());
        self.labelled(&fact, "Fact", says);
        self.add(&fact, &rdf::SUBJECT.into_owned(), subject.clone());
        self.add(&fact, &rdf::PREDICATE.into_owned(), cg(property));
        self.add(&fact, &rdf::OBJECT.into_owned(), object);
        self.evidence(&fact, place);
    }

    fn relations(&mut self, place: &InFamily<'_>) {
        let draft = self.draft;
        let rank = |number: usize| draft.levels.iter().position(|level| level.number == number);
        for level in &draft.levels {
            let Some(iri) = self.levels.get(&level.number).cloned() else { continue };
            let name = level_name(&level.title, place.family);
            if let Some((grade, at)) = &level.grade {
                let says = format!("{} has grade {grade}", level.title);
                self.fact(&format!("{name}-grade"), &says, &iri, "grade", grade_literal(grade), *at);
            }
            let takes = level
                .extends
                .iter()
                .map(|link| ("extends", *link))
                .chain(level.progression_of.map(|link| ("progressionOf", link)));
            for (property, (from, block)) in takes.filter(|(_, (from, _))| rank(*from) < rank(level.number)) {
                let (Some(other), Some(title)) =
                    (self.levels.get(&from).cloned(), draft.page.levels.get(from).map(|level| level.title.clone()))
                else {
                    continue;
                };
                let says =
                    format!("{} {} {title}", level.title, if property == "extends" { "extends" } else { "is a progression of" });
                self.fact(
                    &format!("{name}-{property}-{}", level_name(&title, place.family)),
                    &says,
                    &iri,
                    property,
                    other,
                    Place::Block(block),
                );
            }
        }
        let mut told: BTreeSet<(NamedNode, String)> = BTreeSet::new();
        for reports in &draft.reports {
            let subject = self.thing(reports.scope);
            let property = if reports.manner == Reporting::Directly { "reportsDirectlyTo" } else { "typicallyReportsTo" };
            for position in &reports.to {
                let iri = self.position(position);
                if told.insert((subject.clone(), iri.as_str().to_owned())) {
                    let name = subject.as_str().rsplit('/').next().unwrap_or_default().to_owned();
                    let says = format!("Reports to {position}");
                    self.fact(
                        &format!("{name}-reports-to-{position}"),
                        &says,
                        &subject,
                        property,
                        iri,
                        Place::Block(reports.block),
                    );
                }
            }
        }
    }

    fn position(&mut self, title: &str) -> NamedNode {
        let iri = self.mint.position(title);
        self.shared.positions.entry(iri.clone()).or_insert_with(|| title.to_owned());
        node(&iri)
    }

    fn competency(&mut self, thing: &Thing) -> NamedNode {
        match &thing.iri {
            Some(iri) => node(iri),
            None if self.shared.skills.contains_key(&segment(&thing.label)) => node(&self.shared.skills[&segment(&thing.label)]),
            None => {
                let iri = self.mint.candidate(&thing.label);
                self.shared.things.entry(iri.clone()).or_insert_with(|| thing.clone());
                node(&iri)
            }
        }
    }

    fn statement(
        &mut self,
        statement: &Statement,
        former: &mut dyn FnMut(&str, &str) -> Option<String>,
        known: &mut Vec<(String, String, String)>,
    ) {
        let text = self.draft.page.blocks[statement.block].element.text.clone();
        let about = self.thing(statement.scope);
        let scope = if about.as_str() == self.family {
            String::new()
        } else {
            format!("{}.", about.as_str().rsplit('/').next().unwrap_or_default())
        };
        let iri = match former(about.as_str(), &text) {
            Some(kept) if self.used.insert(kept.clone()) => node(&kept),
            _ => self.fresh(format!("{}/statement/{scope}{}", self.family, keywords(&text))),
        };
        let name = iri.as_str().rsplit('/').next().unwrap_or_default().to_owned();
        let class = match statement.kind {
            StatementKind::Requirement => "Requirement",
            StatementKind::Responsibility => "Responsibility",
            StatementKind::Expectation => "Expectation",
        };
        self.labelled(&iri, class, &text);
        self.add(&iri, &cg("appliesTo"), about.clone());
        self.add(&iri, &cg("modality"), cg(modality(statement.modality)));
        self.evidence(&iri, Place::Block(statement.block));
        self.mentions(&iri, &name, statement);
        for quantity in &statement.quantities {
            self.quantity(&iri, &name, quantity);
        }
        self.statements.push(iri.as_str().to_owned());
        known.push((iri.as_str().to_owned(), about.as_str().to_owned(), text));
    }

    fn mentions(&mut self, statement: &NamedNode, name: &str, from: &Statement) {
        let mut groups: BTreeMap<usize, NamedNode> = BTreeMap::new();
        let mut named: BTreeSet<NamedNode> = BTreeSet::new();
        for mention in &from.mentions {
            let competency = self.competency(&mention.thing);
            if !named.insert(competency.clone()) {
                continue;
            }
            let segment = competency.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            let iri = self.fresh(format!("{}/mention/{name}.{segment}", self.family));
            self.add(statement, &cg("hasMention"), iri.clone());
            self.is_a(&iri, "Mention");
            self.add(&iri, &cg("competency"), competency);
            self.add(&iri, &cg("modality"), cg(modality(mention.modality)));
            let manner = match mention.manner {
                Manner::Direct => "direct",
                Manner::Alternative => "alternative",
                Manner::Example => "example",
            };
            self.add(&iri, &cg("mentionKind"), cg(manner));
            self.add(&iri, &cg("proficiency"), cg(mention.proficiency));
            self.add(&iri, &cg("minimumYears"), number(mention.years));
            let group = match (mention.manner, groups.get(&mention.group)) {
                (Manner::Alternative, Some(group)) => group.clone(),
                (Manner::Alternative, None) => {
                    let group = self.fresh(format!("{}/group/{name}", self.family));
                    self.labelled(&group, "AlternativeGroup", &one_of(from, mention.group));
                    groups.insert(mention.group, group.clone());
                    group
                }
                _ => iri.clone(),
            };
            self.add(&iri, &cg("group"), group);
        }
    }

    fn quantity(&mut self, thing: &NamedNode, name: &str, quantity: &Quantity) {
        let iri = self.fresh(format!("{}/quantity/{name}.{}", self.family, quantity.unit));
        self.add(thing, &cg("hasQuantity"), iri.clone());
        self.labelled(&iri, "Quantity", &quantity_label(quantity));
        for (property, value) in [("minimum", &quantity.minimum), ("maximum", &quantity.maximum)] {
            if let Some(value) = value {
                self.add(
                    &iri,
                    &cg(property),
                    Literal::new_typed_literal(value, if value.contains('.') { xsd::DECIMAL } else { xsd::INTEGER }),
                );
            }
        }
        self.add(&iri, &cg("unit"), cg(quantity.unit));
    }

    fn involved(&mut self) {
        let draft = self.draft;
        let mut told: BTreeSet<(NamedNode, NamedNode)> = BTreeSet::new();
        for involved in &draft.involved {
            let (subject, competency) = (self.thing(involved.scope), self.competency(&involved.thing));
            let again = !told.insert((subject.clone(), competency.clone()));
            let name = subject.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            let says = format!("The work involves {}", involved.thing.label);
            let fact = format!("{name}-involves-{}", involved.thing.label);
            if again {
                // The triple stands already; this is a second place that says it.
                let graph = self.quads.len();
                self.fact(&fact, &says, &subject, "involves", competency, Place::Block(involved.block));
                self.quads.remove(graph);
            } else {
                self.fact(&fact, &says, &subject, "involves", competency, Place::Block(involved.block));
            }
        }
    }

    fn hiring(&mut self) {
        let draft = self.draft;
        let Some(first) = draft.steps.first() else { return };
        let (family, process) = (node(&self.family), node(&format!("{}/hiring-process", self.family)));
        self.labelled(&process, "HiringProcess", &format!("Hiring process for {}", draft.family));
        self.fact(
            "hiring-process",
            "The job family has a hiring process of its own",
            &family,
            "hasHiringProcess",
            process.clone(),
            Place::Block(first.block),
        );
        for (at, step) in draft.steps.iter().enumerate() {
            let (place, text) = (Place::Block(step.block), draft.page.blocks[step.block].element.text.clone());
            let iri = self.fresh(format!("{}/hiring-step/{}{}", self.family, self.prefix, keywords(&text)));
            let name = iri.as_str().rsplit('/').next().unwrap_or_default().to_owned();
            self.labelled(&iri, "HiringStep", &text);
            self.fact(&format!("step-{name}"), "A step of the hiring process", &process, "hasHiringStep", iri.clone(), place);
            self.fact(&format!("order-of-{name}"), "Its place in the process", &iri, "order", number(at + 1), place);
            for position in &step.with {
                let position_iri = self.position(position);
                self.fact(
                    &format!("{name}-with-{position}"),
                    &format!("A step with {position}"),
                    &iri,
                    "conductedWith",
                    position_iri,
                    place,
                );
            }
            for minutes in &step.minutes {
                self.quantity(&iri, &name, minutes);
            }
        }
    }

    fn omissions(&mut self) {
        let draft = self.draft;
        for omission in &draft.omissions {
            let text = &draft.page.blocks[omission.block].element.text;
            let iri = self.fresh(format!("{}/omission/{}{}", self.family, self.prefix, &digest(text)[..12]));
            self.is_a(&iri, "Omission");
            self.add(&iri, &cg("reason"), english(omission.reason));
            self.evidence(&iri, Place::Block(omission.block));
        }
    }
}
