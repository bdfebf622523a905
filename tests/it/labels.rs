//! How well pages are understood, measured against labels that were made by hand and blind before anything was tuned. The labels
//! are facts and stand in `cases/ingest/labels`; the pages are read where `COMPETENCY_PAGE` says where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use competency_graph::ingest::batch::{self, Source};
use competency_graph::ingest::draft::Draft;
use competency_graph::ingest::mentions::Lexicon;
use competency_graph::ingestion::Folder;
use toml::Table;

const LABELS: &str = "tests/it/cases/ingest/labels";

/// What was found beside what is there.
#[derive(Default)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Score {
    fn add(&mut self, expected: Vec<String>, found: Vec<String>) {
        let mut left = expected;
        for one in found {
            match left.iter().position(|other| *other == one) {
                Some(at) => {
                    left.swap_remove(at);
                    self.right += 1;
                }
                None => self.wrong += 1,
            }
        }
        self.missed += left.len();
    }

    fn precision(&self) -> f64 {
        share(self.right, self.right + self.wrong)
    }

    fn recall(&self) -> f64 {
        share(self.right, self.right + self.missed)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn pages() -> Option<PathBuf> {
    let folder =
        std::env::var_os("COMPETENCY_PAGE").and_then(|page| Some(Path::new(&page).parent()?.join("gitlab-job-families")));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "the labelled pages are required here and missing");
        println!("skipped: the labelled pages are not here; COMPETENCY_PAGE names a page that they stand beside");
    }
    folder
}

#[test]
fn pages_are_understood_as_people_labelled_them() {
    let Some(pages) = pages() else { return };
    let lexicon = Lexicon::new(&Folder::taxonomy().competencies(""));
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    let mut labelled: Vec<PathBuf> = fs::read_dir(LABELS).unwrap().map(|entry| entry.unwrap().path()).collect();
    labelled.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    assert_eq!(labelled.len(), 10);
    for path in labelled {
        let labels: Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let name = format!("{}.md", labels["page"].as_str().unwrap());
        let source = Source { bytes: fs::read(pages.join(&name)).unwrap(), name, date: "2022-11-01".to_owned() };
        let draft = Draft::read(batch::outline(&source, None).unwrap(), &source.name, &lexicon);
        measure(&labels, &draft, &lexicon, &mut scores);
    }
    let mut told = String::new();
    for (kind, score) in &scores {
        writeln!(told, "{kind}: precision {:.3}, recall {:.3}", score.precision(), score.recall()).unwrap();
    }
    println!("{told}");
    for (kind, precision, recall) in [
        ("levels", 0.95, 0.95),
        ("grades", 0.95, 0.95),
        ("inheritance", 0.95, 0.95),
        ("specialties", 0.9, 0.9),
        ("statements", 0.95, 0.95),
        ("kinds", 0.9, 0.9),
        ("modalities", 0.9, 0.9),
        ("mentions", 0.9, 0.85),
    ] {
        let score = &scores[kind];
        assert!(score.precision() >= precision && score.recall() >= recall, "{kind}\n{told}");
    }
}

fn measure(labels: &Table, draft: &Draft, lexicon: &Lexicon, scores: &mut BTreeMap<&'static str, Score>) {
    let page = &draft.page;
    let mut score =
        |kind: &'static str, expected: Vec<String>, found: Vec<String>| scores.entry(kind).or_default().add(expected, found);
    let levels = tables(labels, "level");
    let own = |title: &str| own_name(title, &levels);
    let of_page = |number: usize| own(&page.levels[number].title);
    // A role with a grade and no levels is labelled so, and read as its only level.
    if !levels.is_empty() {
        score(
            "levels",
            levels.iter().map(|level| name(text(level, "title"))).collect(),
            draft.levels.iter().map(|level| own(&level.title)).collect(),
        );
    }
    let graded = |level: &&&Table| level.contains_key("grade");
    let mut grades: Vec<String> =
        levels.iter().filter(graded).map(|level| format!("{} {}", name(text(level, "title")), text(level, "grade"))).collect();
    let mut found: Vec<String> =
        draft.levels.iter().filter_map(|level| Some(format!("{} {}", own(&level.title), level.grade.as_ref()?.0))).collect();
    if let (true, Some(grade)) = (levels.is_empty(), labels.get("grade").and_then(|grade| grade.as_str())) {
        grades = vec![grade.to_owned()];
        found = draft.levels.iter().filter_map(|level| Some(level.grade.as_ref()?.0.clone())).collect();
    }
    score("grades", grades, found);
    let takes = levels.iter().flat_map(|level| {
        strings(level, "extends").into_iter().map(|from| format!("{} < {}", name(text(level, "title")), own(&from)))
    });
    let read = draft.levels.iter().flat_map(|level| {
        let from = level.extends.iter().map(|(from, _)| *from).chain(level.above.iter().copied());
        from.map(|from| format!("{} < {}", own(&level.title), of_page(from))).collect::<Vec<_>>()
    });
    score("inheritance", takes.collect(), read.collect());
    let specialties = tables(labels, "specialty").into_iter().map(|specialty| name(text(specialty, "name")));
    score("specialties", specialties.collect(), page.specialties.iter().map(|specialty| name(&specialty.title)).collect());
    statements(labels, draft, lexicon, &mut score);
}

fn statements(labels: &Table, draft: &Draft, lexicon: &Lexicon, score: &mut impl FnMut(&'static str, Vec<String>, Vec<String>)) {
    let items = tables(labels, "item");
    let line = |item: &Table| item["line"].as_integer().unwrap().to_string();
    let of = |statement: &competency_graph::ingest::draft::Statement| draft.page.blocks[statement.block].element.line.to_string();
    score("statements", items.iter().map(|item| line(item)).collect(), draft.statements.iter().map(of).collect());
    let mut sections: BTreeMap<usize, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for item in items {
        let Some(statement) = draft.statements.iter().find(|statement| of(statement) == line(item)) else { continue };
        if item.contains_key("doubtful") {
            continue;
        }
        score("kinds", vec![text(item, "kind").to_owned()], vec![format!("{:?}", statement.kind).to_lowercase()]);
        score("modalities", vec![text(item, "modality").to_owned()], vec![format!("{:?}", statement.modality).to_lowercase()]);
        // A name counts once a section: which competencies it calls for.
        let (labelled, found) = sections.entry(draft.page.blocks[statement.block].section).or_default();
        // Labels name a thing as the page does; an alias names the same.
        let called = |mention: &&Table| name(lexicon.label_of(text(mention, "name")).unwrap_or(text(mention, "name")));
        labelled.extend(tables(item, "mentions").iter().map(called));
        let known = statement.mentions.iter().filter(|mention| mention.thing.iri.is_some() || mention.thing.technology.is_some());
        found.extend(known.map(|mention| name(&mention.thing.label)));
    }
    for (mut labelled, mut found) in sections.into_values() {
        for names in [&mut labelled, &mut found] {
            names.sort();
            names.dedup();
        }
        score("mentions", labelled, found);
    }
}

fn tables<'a>(table: &'a Table, key: &str) -> Vec<&'a Table> {
    table.get(key).and_then(|value| value.as_array()).into_iter().flatten().filter_map(|value| value.as_table()).collect()
}

fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table[key].as_str().unwrap()
}

fn strings(table: &Table, key: &str) -> Vec<String> {
    table
        .get(key)
        .and_then(|value| value.as_array())
        .into_iter()
        .flatten()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

/// A name in small letters, without brackets and marks.
fn name(text: &str) -> String {
    let bare = text.split(" (").next().unwrap_or(text).to_lowercase();
    bare.split(|c: char| !c.is_alphanumeric() && !"+#&".contains(c)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The labelled title that a title stands for: labels have some in short.
fn own_name(title: &str, levels: &[&Table]) -> String {
    let own = name(title);
    let same = |level: &&&Table| {
        name(text(level, "title")) == own
            || level.get("full_title").and_then(|full| full.as_str()).is_some_and(|full| name(full) == own)
    };
    levels.iter().find(same).map_or(own.clone(), |level| name(text(level, "title")))
}

#[test]
fn the_page_that_was_read_by_hand_reads_the_same() {
    let Some(page) = std::env::var_os("COMPETENCY_PAGE") else {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "the real page is required here and missing");
        println!("skipped: the real page is not here; COMPETENCY_PAGE names it");
        return;
    };
    let lexicon = Lexicon::new(&Folder::taxonomy().competencies(""));
    let source =
        Source { bytes: fs::read(page).unwrap(), name: "security-engineer.txt".to_owned(), date: "2026-11-22".to_owned() };
    let draft = Draft::read(batch::outline(&source, None).unwrap(), &source.name, &lexicon);
    let page = &draft.page;
    let levels: Vec<String> = draft
        .levels
        .iter()
        .map(|level| {
            let title = |number: usize| page.levels[number].title.as_str();
            let grade = &level.grade.as_ref().unwrap().0;
            let extends = level.extends.iter().map(|(from, _)| format!(" extends {}", title(*from))).collect::<String>();
            let follows = level.progression_of.map(|(from, _)| format!(" progression of {}", title(from))).unwrap_or_default();
            format!("{} {grade}{extends}{follows}", level.title)
        })
        .collect();
    assert_eq!(
        levels,
        [
            "Intermediate Security Engineer 6",
            "Senior Security Engineer 7 extends Intermediate Security Engineer",
            "Staff Security Engineer 8 progression of Senior Security Engineer",
            "Principal Security Engineer 9 progression of Staff Security Engineer",
            "Distinguished Security Engineer 10 progression of Principal Security Engineer",
        ]
    );
    let specialties: Vec<&str> = page.specialties.iter().map(|specialty| specialty.title.split(" - ").next().unwrap()).collect();
    assert_eq!(
        specialties,
        [
            "Application Security",
            "Product Security Engineering",
            "SIRT",
            "Trust & Safety",
            "Security Assurance",
            "Security Architect"
        ]
    );
    assert_eq!(draft.statements.len(), 164);
    let turtle = fs::read_to_string("data/gitlab/security-engineer.ttl").unwrap();
    let digest = |text: &str| text.split('"').next().unwrap().to_owned();
    let by_hand: BTreeSet<String> = turtle.split("cg:sourceDigest \"").skip(1).map(digest).collect();
    let read: BTreeSet<String> =
        page.blocks.iter().map(|block| competency_graph::ingest::outline::digest(&block.element.text)).collect();
    assert_eq!(read, by_hand);
}
