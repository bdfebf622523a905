//! A commit infers and judges only what it touches, and the outcome is that of doing it all anew: held by random edits of the bundled data.

use std::collections::BTreeSet;
use std::fs;

use super::{Store, Writable};
use crate::support::run;

/// How many random edits; as many as `COMPETENCY_EDITS` says, for the long run.
fn edits() -> usize {
    std::env::var("COMPETENCY_EDITS").map_or(40, |count| count.parse().unwrap())
}

/// Numbers that look random and are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most
    }
}

fn lines(text: &str) -> BTreeSet<String> {
    text.lines().map(str::to_owned).collect()
}

/// The quads that people stated, of the data alone.
fn stated(store: &Writable) -> Vec<String> {
    let text = store.server.get("/export/all.nq").body;
    let of_data = |line: &&str| !line.contains("/graph/ontology> .") && !line.contains("/graph/examples> .");
    text.lines().filter(of_data).map(str::to_owned).collect()
}

#[test]
fn what_follows_and_what_is_refused_is_what_doing_it_all_anew_gives() {
    let store = Writable::new();
    let mut numbers = Numbers(20_261_126);
    let mut gone: Vec<String> = Vec::new();
    let (mut made, mut refused) = (0, 0);
    for edit in 0..edits() {
        let there = stated(&store);
        let pick = |numbers: &mut Numbers| there[numbers.below(there.len())].clone();
        let parts = |line: &str| line.splitn(3, ' ').map(str::to_owned).collect::<Vec<_>>();
        // Deleting, putting back, and giving one subject what another has.
        let (deleted, added): (Vec<String>, Vec<String>) = match numbers.below(5) {
            0 if !gone.is_empty() => (Vec::new(), vec![gone.swap_remove(numbers.below(gone.len()))]),
            1 | 2 => {
                let from = pick(&mut numbers);
                let same: Vec<&String> = there.iter().filter(|line| parts(line)[1] == parts(&from)[1]).collect();
                let other = parts(same[numbers.below(same.len())]);
                (vec![from.clone()], vec![format!("{} {} {}", parts(&from)[0], parts(&from)[1], other[2])])
            }
            3 => {
                // All that is said of a thing goes.
                let thing = parts(&pick(&mut numbers))[0].clone();
                (there.iter().filter(|line| line.starts_with(&format!("{thing} "))).cloned().collect(), Vec::new())
            }
            _ => (vec![pick(&mut numbers)], Vec::new()),
        };
        let patch = deleted
            .iter()
            .map(|line| format!("D {line}\n"))
            .chain(added.iter().map(|line| format!("A {line}\n")))
            .collect::<String>();
        let graph = deleted.iter().chain(&added).next().unwrap().rsplit('<').next().unwrap().trim_end_matches("> .").to_owned();
        if deleted.iter().chain(&added).any(|line| !line.ends_with(&format!("<{graph}> ."))) {
            continue;
        }
        let after: BTreeSet<String> = there.iter().filter(|line| !deleted.contains(line)).chain(&added).cloned().collect();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("all.nq"), after.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        let whole = run(&["validate", "--data", folder.path().to_str().unwrap()]);

        let path = format!("/graphs?graph={graph}");
        let answer = store.send("PATCH", &path, &[("content-type", "application/rdf-patch")], &patch);
        assert_eq!(answer.status == 422, whole.code == Some(2), "edit {edit}:\n{patch}\n{}\n{}", answer.body, whole.stdout);
        if answer.status == 422 {
            refused += 1;
            let found = answer.problem(422, "invalid-data");
            let about = |line: &str| {
                found["findings"].as_array().unwrap().iter().any(|found| line.contains(found["message"].as_str().unwrap()))
            };
            assert!(whole.stdout.lines().all(about), "edit {edit}:\n{patch}\n{}\n{}", answer.body, whole.stdout);
        } else {
            assert_eq!(answer.status, 204, "edit {edit}: {}", answer.body);
            made += 1;
            gone.extend(deleted);
            let live = store.server.get("/export/all.nq?inferred=true").body;
            let anew = run(&["export", "--store", store.store.path(), "--format", "nquads", "--inferred"]).succeeds();
            assert_eq!(lines(&live), lines(&anew), "edit {edit}:\n{patch}");
            let asked = |server: bool, question: &str| {
                if server {
                    store.server.get(&format!("/api/questions/{question}?format=csv")).body
                } else {
                    run(&["question", "--store", store.store.path(), question, "--format", "csv"]).succeeds()
                }
            };
            assert_eq!(
                asked(true, "weak-spots").replace('\r', ""),
                asked(false, "weak-spots").replace('\r', ""),
                "edit {edit}:\n{patch}"
            );
        }
    }
    println!("{made} edits made, {refused} refused");
    assert!(made > 0 && refused > 0);
    store.store.is_sound();
}

#[test]
fn every_invalid_example_of_the_ontology_is_refused_by_what_it_touches() {
    let store = Store::new().serve(&[]);
    let before = store.version();
    let mut count = 0;
    for file in fs::read_dir("ontology/examples/invalid").unwrap().map(Result::unwrap) {
        let text = fs::read_to_string(file.path()).unwrap();
        let put = store.send("PUT", "/graphs?graph=http://example.org/example", &[("content-type", "text/turtle")], &text);
        let broken = put.problem(422, "invalid-data")["findings"].to_string();
        let expected = text.lines().find_map(|line| line.split_once("breaks:")).map(|(_, shape)| shape.trim().to_owned());
        if let Some(expected) = expected {
            let name = expected.rsplit([':', '/']).next().unwrap();
            assert!(broken.contains(name), "{:?} breaks {expected}: {broken}", file.path());
        }
        count += 1;
    }
    assert!(count > 20);
    assert_eq!(store.version(), before);
}
