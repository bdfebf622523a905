//! Page against data: every item is accounted for, a change is named exactly, and digests are filled in place.
//! The small page is ours; the real one runs where `COMPETENCY_PAGE` names it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use competency_graph::ingest::outline::{self, BlockKind};
use competency_graph::knowledge::{Generation, Origin};
use competency_graph::verify::{self, Discrepancy, Known};
use sha2::{Digest, Sha256};

const PAGE: &str = "tests/it/cases/page/page.txt";

/// A copy of the small data whose digests are filled from the small page.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in ["sources.ttl", "keeper.ttl"] {
        fs::copy(format!("tests/it/cases/page/data/{file}"), folder.path().join(file)).unwrap();
    }
    let output = verify(Path::new(PAGE), folder.path(), &["--fill"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
}

fn verify(page: &Path, data: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
    command.args(["verify", "--source"]).arg(page).arg("--data").arg(data).args(more).output().unwrap()
}

/// The lines of a report on an edited page, and the exit code.
#[track_caller]
fn report(edit: impl Fn(&str) -> String) -> (Vec<String>, i32) {
    let data = filled();
    let page = data.path().join("edited.txt");
    fs::write(&page, edit(&fs::read_to_string(PAGE).unwrap())).unwrap();
    let output = verify(&page, data.path(), &[]);
    let lines = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    (lines, output.status.code().unwrap())
}

#[test]
fn a_digest_is_the_sha_256_of_the_item_as_plain_text() {
    let data = filled();
    let turtle = fs::read_to_string(data.path().join("keeper.ttl")).unwrap();
    for text in ["Sound the horn, twice a minute", "Polish the lens", "A junior keeper is paid by the night."] {
        let digest = format!("{:x}", Sha256::digest(text.as_bytes()));
        assert!(turtle.contains(&digest), "{text}");
    }
    assert_eq!(outline::digest("  Cafe\u{301}\n au\tlait "), outline::digest("Caf\u{e9} au lait"));
}

#[test]
fn filling_changes_digests_and_nothing_else() {
    let data = filled();
    let (before, after) = (
        fs::read_to_string("tests/it/cases/page/data/keeper.ttl").unwrap(),
        fs::read_to_string(data.path().join("keeper.ttl")).unwrap(),
    );
    let blank = |turtle: &str| {
        let line = |line: &str| match line.split_once("cg:sourceDigest \"") {
            Some((head, tail)) if !line.starts_with('#') => {
                format!("{head}{}", tail.trim_start_matches(|c: char| c.is_ascii_hexdigit()))
            }
            _ => line.to_owned(),
        };
        turtle.lines().map(line).collect::<Vec<_>>()
    };
    assert_ne!(before, after);
    assert_eq!(blank(&before), blank(&after));
    assert!(after.starts_with("# What the page says of keepers; cg:sourceDigest \"\" in a comment"));
}

#[test]
fn a_page_that_is_as_it_was_is_accounted_for() {
    let (lines, code) = report(str::to_owned);
    assert_eq!(lines[0], "10 list items and 3 paragraphs matched, 10 headings, 1 boilerplate paragraphs.");
    assert_eq!((lines.len(), code), (2, 0), "{lines:?}");
}

#[test]
fn a_changed_word_names_its_item_and_no_other() {
    let (lines, code) = report(|page| page.replace("Polish the lens", "Polish the glass"));
    assert_eq!(code, 1);
    assert!(lines[0].starts_with("9 list items"), "{lines:?}");
    assert!(lines[1].starts_with("changed: “Ranks › Junior Keeper” item 1, line 20:"), "{lines:?}");
    assert!(lines[1].contains("Polish the glass") && lines[1].contains("Cleans the glass"), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn of_two_items_that_read_the_same_the_changed_one_is_named() {
    let (lines, code) = report(|page| page.replacen("Write up the log", "Write up the diary", 1));
    assert_eq!(code, 1);
    assert!(lines[1].starts_with("changed: “What keepers do” item 2, line 8:"), "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn a_new_item_is_unknown_and_a_lost_one_missing() {
    let (lines, code) = report(|page| page.replace("  • Be patient with visitors\n", ""));
    assert_eq!(code, 1);
    assert!(
        lines[1].starts_with("missing: “Ranks › Junior Keeper” item 2: ") && lines[1].contains("Has time for guests"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 3, "{lines:?}");

    let (lines, code) =
        report(|page| page.replace("  • Be patient with visitors\n", "  • Be patient with visitors\n  • Swim well\n"));
    assert_eq!(code, 1);
    assert!(
        lines[1].starts_with("unknown: “Ranks › Junior Keeper” item 3, line 24: ") && lines[1].contains("Swim well"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 3, "{lines:?}");
}

#[test]
fn an_item_put_in_front_is_the_only_one_unknown() {
    let (lines, _) = report(|page| page.replace("  • Trim the lamp", "  • Swim well\n  • Trim the lamp"));
    let unknown: Vec<&String> =
        lines.iter().filter(|line| line.starts_with("unknown:") || line.starts_with("changed:")).collect();
    assert_eq!(unknown.len(), 1, "{lines:?}");
    assert!(unknown[0].contains("Swim well"), "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("moved: 2 blocks of “What keepers do”")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("missing:")), "{lines:?}");
}

#[test]
fn a_reworded_heading_is_named_and_what_stands_below_it_is_matched() {
    let (lines, code) = report(|page| page.replace("Senior Keeper\n", "Chief Keeper\n"));
    assert_eq!(code, 1);
    let heading: Vec<&String> = lines.iter().filter(|line| line.starts_with("heading:")).collect();
    assert!(heading.iter().any(|line| line.contains("“Ranks › Senior Keeper”") && line.contains("“Chief Keeper”")), "{lines:?}");
    assert!(
        lines.iter().all(|line| !line.starts_with("missing:") && !line.starts_with("unknown:") && !line.starts_with("changed:")),
        "{lines:?}"
    );
}

#[test]
fn a_page_that_is_no_text_is_refused() {
    let data = filled();
    let page = data.path().join("page.bin");
    fs::write(&page, [0xff, 0xfe, 0x00]).unwrap();
    let output = verify(&page, data.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("not UTF-8"));
    fs::write(&page, "\n\n").unwrap();
    assert_eq!(verify(&page, data.path(), &[]).status.code(), Some(2));
    assert_eq!(verify(&data.path().join("absent.txt"), data.path(), &[]).status.code(), Some(2));
}

fn real_page() -> Option<PathBuf> {
    let page = std::env::var_os("COMPETENCY_PAGE").map(PathBuf::from);
    if page.is_none() {
        println!("skipped: COMPETENCY_PAGE names no page");
    }
    page
}

fn bundled() -> Known {
    let generation = Generation::draft(&Origin::default()).unwrap();
    let document = verify::documents(&generation.store).unwrap();
    verify::known(&generation.store, &document[0]).unwrap()
}

#[test]
fn the_real_page_is_accounted_for_whole() {
    let Some(page) = real_page() else { return };
    let report = verify::verify(&bundled(), outline::blocks(&fs::read_to_string(page).unwrap()));
    assert_eq!(report.problems, []);
    assert_eq!(report.items, 188, "178 items with a bullet and 10 with a number; 4 more are headings");
    assert!(report.boilerplate.len() <= 12);
    assert!(report.boilerplate.iter().all(|(place, reason)| place.kind == BlockKind::Paragraph && !reason.is_empty()));
}

#[test]
fn a_change_of_any_block_of_the_real_page_names_that_block_alone() {
    let Some(page) = real_page() else { return };
    let known = bundled();
    let blocks = outline::blocks(&fs::read_to_string(page).unwrap());
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for at in 0..blocks.len() {
        let mut changed = blocks.clone();
        changed[at].text.push_str(" indeed");
        let line = blocks[at].line;
        let problems = verify::verify(&known, changed).problems;
        for problem in &problems {
            let (named, kind) = match problem {
                Discrepancy::Changed { line, .. } => (*line, "changed"),
                Discrepancy::Heading { line, .. } => (line.unwrap_or_default(), "heading"),
                Discrepancy::Unknown { line, .. } => (*line, "unknown"),
                other => panic!("line {line}, “{}”: {other:?}", blocks[at].text),
            };
            assert_eq!(named, line, "“{}”: {problem:?}", blocks[at].text);
            kinds.insert(kind);
        }
        assert_eq!(problems.len(), 1, "line {line}, “{}”: {problems:?}", blocks[at].text);
    }
    assert!(kinds.contains("changed") && kinds.contains("heading"), "{kinds:?}");
}
