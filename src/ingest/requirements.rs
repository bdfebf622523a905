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
pub fn write(matrix: &Matrix, options: &Options) -> (Written, Coverage) {
    let mint = &options.mint;
    let name = stem(&matrix.name);
    let graph = mint.graph(&name, "");
    let document = format!("{}/document", mint.family(&name));
    let mut writer = Writer { graph: GraphName::NamedNode(node(&graph)), quads: Vec::new(), document: node(&document) };
    let about = node(&document);
    writer.thing(&about, "SourceDocument", &matrix.name);
    writer.add(&about, node("http://purl.org/dc/terms/title"), english(&matrix.name));
    let source = options.published.clone().unwrap_or_else(|| format!("{}source/{}", mint.base(), segment(&matrix.name)));
    writer.add(&about, node("http://purl.org/dc/terms/source"), node(&source));
    writer.add(&about, node("http://purl.org/dc/terms/license"), node(&options.licence));
    writer.add(&about, node("http://purl.org/dc/terms/date"), Literal::new_typed_literal(&matrix.date, xsd::DATE));
    let proficiencies = writer.scale(matrix, &mint.proficiencies());
    let skills = writer.skills(matrix, options);
    let levels = writer.ladders(matrix, options, &about);
    writer.requirements(matrix, options, &levels, &skills, &proficiencies);
    let coverage = covered(matrix, &levels);
    (Written { graph, document, family: mint.family(&name), quads: writer.quads, statements: Vec::new() }, coverage)
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
    fn scale(&mut self, matrix: &Matrix, base: &str) -> BTreeMap<String, NamedNode> {
        let scheme = node(base);
        let iri = |name: &String| node(&format!("{}/{}", scheme.as_str(), segment(name)));
        if !matrix.proficiencies.is_empty() {
            self.add(&scheme, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme, skos("prefLabel"), english("Degrees of proficiency"));
            self.add(&scheme, skos("definition"), english("The degrees of proficiency that a competency matrix uses."));
        }
        for (at, name) in matrix.proficiencies.iter().enumerate() {
            let degree = iri(name);
            self.thing(&degree, "Proficiency", name);
            self.add(&degree, skos("inScheme"), scheme.clone());
            self.add(&degree, skos("notation"), Literal::new_simple_literal(name.to_lowercase()));
            for lower in matrix.proficiencies[..at].iter().filter(|_| matrix.ordered) {
                self.add(&degree, cg("higherThan"), iri(lower));
            }
        }
        matrix.proficiencies.iter().map(|name| (name.clone(), iri(name))).collect()
    }

    fn skills(&mut self, matrix: &Matrix, options: &Options) -> BTreeMap<String, NamedNode> {
        let scheme = node(&options.mint.skills());
        let mut told: BTreeSet<NamedNode> = BTreeSet::new();
        let mut iris = BTreeMap::new();
        for (name, (known, definition)) in &matrix.skills {
            let iri = known.as_ref().map_or_else(|| node(&options.mint.competency(name)), |known| node(known));
            iris.insert(name.clone(), iri.clone());
            if known.is_some() || !told.insert(iri.clone()) {
                continue;
            }
            self.thing(&iri, "Skill", name);
            let text = definition.clone().unwrap_or_else(|| "Named by a competency matrix, which does not define it.".to_owned());
            self.add(&iri, skos("definition"), english(&text));
            self.add(&iri, skos("inScheme"), scheme.clone());
            self.add(&iri, skos("topConceptOf"), scheme.clone());
        }
        if !told.is_empty() {
            self.add(&scheme, rdf::TYPE.into_owned(), skos("ConceptScheme"));
            self.add(&scheme, skos("prefLabel"), english("Skills of a competency matrix"));
            self.add(
                &scheme,
                skos("definition"),
                english("The skills that a competency matrix names and the taxonomy does not have."),
            );
        }
        iris
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
        skills: &BTreeMap<String, NamedNode>,
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
                self.add(&mention, cg("competency"), skill.clone());
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
