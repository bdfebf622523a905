//! Writes a matrix as a graph: job families with their ladders, skills, degrees of proficiency in their order, and a requirement with
//! its evidence for each row. Enter at [`write`]. What the columns mean is settled by then.

use std::collections::{BTreeMap, BTreeSet};

use oxigraph::model::vocab::{rdf, xsd};
use oxigraph::model::{GraphName, Literal, NamedNode, Quad, Term};

use super::batch::{Options, stem};
use super::coverage::{self, Counts, Coverage};
use super::graph::{Written, cg};
use super::matrix::Matrix;
use super::mint::segment;
use super::outline::digest;
use super::sections::ARROW;
use super::titles::Title;
use crate::words;

/// Writes a matrix as a graph of its own.
pub fn write(
    matrix: &Matrix,
    options: &Options,
    skills: &BTreeMap<String, String>,
    declared: &dyn Fn(&str) -> bool,
) -> (Written, Vec<Quad>, Coverage) {
    let mint = &options.mint;
    let name = stem(&matrix.name);
    let graph = mint.graph(&name, "");
    let document = format!("{}/document", mint.family(&name));
    let shared = GraphName::NamedNode(node(&mint.shared_graph()));
    let mut writer = Writer { graph: shared, quads: Vec::new(), document: node(&document) };
    let proficiencies = writer.scale(matrix, &mint.proficiencies(), declared);
    writer.skills(matrix, &mint.skills(), skills, declared);
    let shared = std::mem::take(&mut writer.quads);
    writer.graph = GraphName::NamedNode(node(&graph));
    let about = node(&document);
    writer.thing(&about, "SourceDocument", &matrix.name);
    writer.add(&about, node("http://purl.org/dc/terms/title"), english(&matrix.name));
    let source = options.published.clone().unwrap_or_else(|| format!("{}source/{}", mint.base(), segment(&matrix.name)));
    writer.add(&about, node("http://purl.org/dc/terms/source"), node(&source));
    writer.add(&about, node("http://purl.org/dc/terms/license"), node(&options.licence));
    writer.add(&about, node("http://purl.org/dc/terms/date"), Literal::new_typed_literal(&matrix.date, xsd::DATE));
    let levels = writer.ladders(matrix, options, &about);
    writer.requirements(matrix, options, &levels, skills, &proficiencies);
    let coverage = covered(matrix, &levels);
    (Written { graph, document, family: mint.family(&name), quads: writer.quads, statements: Vec::new() }, shared, coverage)
}

/// The skills of a matrix with their IRIs: the taxonomy's, or that of a candidate which pages named before, or one of their own.
pub fn skills(matrix: &Matrix, options: &Options, label_of: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let iri = |(name, (known, _)): (&String, &(Option<String>, Option<String>))| {
        let candidate = options.mint.candidate(name);
        let own = || if label_of(&candidate).is_some() { candidate.clone() } else { options.mint.competency(name) };
        (name.clone(), known.clone().unwrap_or_else(own))
    };
    matrix.skills.iter().map(iri).collect()
}

type Levels = BTreeMap<String, Vec<(Option<String>, String, NamedNode)>>;

fn covered(matrix: &Matrix, levels: &Levels) -> Coverage {
    let rows = matrix.requirements.iter().map(|requirement| requirement.line).collect::<BTreeSet<_>>().len() + matrix.left.len();
    let level = |(rank, (_, title, _)): (usize, &(Option<String>, String, NamedNode))| coverage::Level {
        title: title.clone(),
        rank: rank + 1,
        grade: None,
        extends: Vec::new(),
        progression_of: None,
        line: 0,
        reason: "a level of the matrix".to_owned(),
    };
    let mut findings: Vec<coverage::Finding> = Vec::new();
    let mut find = |kind: &'static str, what: String| {
        findings.push(coverage::Finding { kind, line: 1, section: String::new(), what, strict: true })
    };
    if !matrix.ordered {
        find(
            "conflict",
            format!(
                "the order of {} is not known: give it in a mapping file, as proficiencies = [lowest, …, highest]",
                matrix.proficiencies.join(", ")
            ),
        );
    }
    for (skill, (iri, _)) in &matrix.skills {
        if iri.is_none() {
            find("candidate competency", skill.clone());
        }
    }
    Coverage {
        file: matrix.name.clone(),
        title: matrix.name.clone(),
        job_family: format!("{} job families", levels.len()),
        blocks: Counts { table_rows: rows, ..Counts::default() },
        placed: coverage::Placed {
            statements: matrix.requirements.len(),
            mentions: matrix.requirements.len(),
            ..coverage::Placed::default()
        },
        levels: levels.values().flat_map(|levels| levels.iter().enumerate().map(level)).collect(),
        left_out: matrix.left.clone(),
        mapping: matrix.guesses.clone(),
        findings,
        ..Coverage::default()
    }
}

struct Writer {
    graph: GraphName,
    quads: Vec<Quad>,
    document: NamedNode,
}

fn node(iri: &str) -> NamedNode {
    NamedNode::new_unchecked(iri)
}

fn english(text: &str) -> Literal {
    Literal::new_language_tagged_literal_unchecked(text, "en")
}

fn skos(local: &str) -> NamedNode {
    node(&format!("http://www.w3.org/2004/02/skos/core#{local}"))
}

impl Writer {
    fn add(&mut self, subject: &NamedNode, predicate: NamedNode, object: impl Into<Term>) {
        self.quads.push(Quad::new(subject.clone(), predicate, object, self.graph.clone()));
    }

    fn thing(&mut self, subject: &NamedNode, class: &str, label: &str) {
        self.add(subject, rdf::TYPE.into_owned(), cg(class));
        self.add(subject, words::other::PREF_LABEL.into_owned(), english(label));
    }

    /// The degrees of proficiency as an ordered scheme of their own.
    fn scale(&mut self, matrix: &Matrix, base: &str, declared: &dyn Fn(&str) -> bool) -> BTreeMap<String, NamedNode> {
        let scheme = node(base);
        let iri = |name: &String| node(&format!("{}/{}", scheme.as_str(), segment(name)));
        if !matrix.proficiencies.is_empty() && !declared(base) {
            self.add(&scheme, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme, skos("prefLabel"), english("Degrees of proficiency"));
            self.add(&scheme, skos("definition"), english("The degrees of proficiency that a competency matrix uses."));
        }
        for (at, name) in matrix.proficiencies.iter().enumerate() {
            let degree = iri(name);
            for lower in matrix.proficiencies[..at].iter().filter(|_| matrix.ordered) {
                self.add(&degree, cg("higherThan"), iri(lower));
            }
            if declared(degree.as_str()) {
                continue;
            }
            self.thing(&degree, "Proficiency", name);
            self.add(&degree, skos("inScheme"), scheme.clone());
            self.add(&degree, skos("notation"), Literal::new_simple_literal(name.to_lowercase()));
        }
        matrix.proficiencies.iter().map(|name| (name.clone(), iri(name))).collect()
    }

    fn skills(&mut self, matrix: &Matrix, scheme: &str, skills: &BTreeMap<String, String>, declared: &dyn Fn(&str) -> bool) {
        let scheme_node = node(scheme);
        let own = format!("{scheme}/");
        let mut told: BTreeSet<&str> = BTreeSet::new();
        for (name, (_, definition)) in &matrix.skills {
            let Some(iri) = skills.get(name).filter(|iri| iri.starts_with(&own) && !declared(iri)) else { continue };
            if !told.insert(iri) {
                continue;
            }
            let skill = node(iri);
            self.thing(&skill, "Skill", name);
            let text = definition.clone().unwrap_or_else(|| "Named by a competency matrix, which does not define it.".to_owned());
            self.add(&skill, skos("definition"), english(&text));
            self.add(&skill, skos("inScheme"), scheme_node.clone());
            self.add(&skill, skos("topConceptOf"), scheme_node.clone());
        }
        if !told.is_empty() && !declared(scheme) {
            self.add(&scheme_node, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme_node, skos("prefLabel"), english("Skills of a competency matrix"));
            let text = "The skills that a competency matrix names and the taxonomy does not have.";
            self.add(&scheme_node, skos("definition"), english(text));
        }
    }

    /// The job families with their levels, from the lowest to the highest.
    fn ladders(&mut self, matrix: &Matrix, options: &Options, document: &NamedNode) -> Levels {
        let mut levels: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
        for requirement in &matrix.requirements {
            let of_role = levels.entry(requirement.role.clone()).or_default();
            if !of_role.contains(&requirement.level) {
                of_role.push(requirement.level.clone());
            }
        }
        let none = BTreeMap::new();
        let mut written = Levels::new();
        for (role, mut of_role) in levels {
            let family = node(&options.mint.family(&role));
            self.thing(&family, "JobFamily", &role);
            self.add(document, cg("describes"), family.clone());
            let title = Title::read(&role, &none);
            // Requirements without a level hold for the whole job; a job without levels is its own.
            let only = of_role.iter().all(Option::is_none);
            of_role.retain(|level| level.is_some() || only);
            of_role.sort_by_key(|level| level.as_ref().map(|level| Title::read(level, &none).height(&title)));
            for (rank, level) in of_role.into_iter().enumerate() {
                let name = level.clone().unwrap_or_else(|| role.clone());
                let iri = node(&format!("{}/level/{}", family.as_str(), segment(&name)));
                self.thing(&iri, "Level", &name);
                self.add(&iri, cg("levelOf"), family.clone());
                self.add(&iri, cg("rank"), Literal::new_typed_literal((rank + 1).to_string(), xsd::INTEGER));
                written.entry(role.clone()).or_default().push((level, name, iri));
            }
        }
        written
    }

    fn requirements(
        &mut self,
        matrix: &Matrix,
        options: &Options,
        levels: &Levels,
        skills: &BTreeMap<String, String>,
        degrees: &BTreeMap<String, NamedNode>,
    ) {
        let mut used: BTreeMap<String, usize> = BTreeMap::new();
        let mut positions: BTreeMap<String, usize> = BTreeMap::new();
        for requirement in &matrix.requirements {
            let family = options.mint.family(&requirement.role);
            let level = levels
                .get(&requirement.role)
                .and_then(|levels| levels.iter().find(|(level, ..)| *level == requirement.level && level.is_some()));
            let about = level.map_or_else(|| node(&family), |(_, _, iri)| iri.clone());
            let scope = level.map(|(_, name, _)| format!("{}.", segment(name))).unwrap_or_default();
            let mut segment_of = format!("{scope}{}", segment(&requirement.skill));
            let count = used.entry(format!("{family}{segment_of}")).or_default();
            *count += 1;
            if *count > 1 {
                segment_of = format!("{segment_of}-{count}");
            }
            let statement = node(&format!("{family}/statement/{segment_of}"));
            let mention = node(&format!("{family}/mention/{segment_of}"));
            let degree = requirement.proficiency.as_ref().map(|degree| format!(": {degree}")).unwrap_or_default();
            self.thing(&statement, "Requirement", &format!("{}{degree}", requirement.skill));
            self.add(&statement, cg("appliesTo"), about);
            self.add(&statement, cg("modality"), cg("required"));
            self.add(&statement, cg("hasMention"), mention.clone());
            let section = [Some(&requirement.role), requirement.level.as_ref()]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(ARROW);
            let position = positions.entry(section.clone()).or_default();
            *position += 1;
            let position = Literal::new_typed_literal(position.to_string(), xsd::INTEGER);
            let document = self.document.clone();
            self.add(&statement, cg("sourceDocument"), document);
            self.add(&statement, cg("section"), Literal::new_simple_literal(section));
            self.add(&statement, cg("sectionKind"), cg("requirements"));
            self.add(&statement, cg("blockKind"), cg("table-row"));
            self.add(&statement, cg("position"), position);
            self.add(&statement, cg("sourceDigest"), Literal::new_simple_literal(digest(&requirement.text)));
            self.add(
                &statement,
                cg("quotation"),
                Literal::new_simple_literal(requirement.says.clone().unwrap_or_else(|| requirement.text.clone())),
            );
            self.add(&mention, rdf::TYPE.into_owned(), cg("Mention"));
            if let Some(skill) = skills.get(&requirement.skill) {
                self.add(&mention, cg("competency"), node(skill));
            }
            self.add(&mention, cg("modality"), cg("required"));
            self.add(&mention, cg("mentionKind"), cg("direct"));
            let degree = requirement.proficiency.as_ref().and_then(|degree| degrees.get(degree)).cloned();
            self.add(&mention, cg("proficiency"), degree.unwrap_or_else(|| cg("unstated")));
            self.add(&mention, cg("minimumYears"), Literal::new_typed_literal("0", xsd::INTEGER));
            self.add(&mention, cg("group"), mention.clone());
        }
    }
}
