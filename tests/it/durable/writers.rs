//! Many writers at once: the log stays one line, and each change is made once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::Writable;
use crate::support::run;

/// How many commits all writers make together; as many as `COMPETENCY_COMMITS` says, for the long run.
fn commits() -> usize {
    std::env::var("COMPETENCY_COMMITS").map_or(200, |count| count.parse().unwrap())
}

#[test]
fn commits_of_eight_writers_with_if_match_make_one_line_and_each_is_applied_once() {
    let (store, all) = (Writable::new(), commits());
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= all {
                        return;
                    }
                    // Each adds one to a counter that it has read: two at once would count one.
                    loop {
                        let read = store.server.get("/graphs?graph=http://x.org/counter");
                        let version =
                            if read.status == 404 { store.version() } else { read.header("competency-version").to_owned() };
                        let count = read
                            .body
                            .split("count> ")
                            .nth(1)
                            .map_or(0, |rest| rest.split(' ').next().unwrap().parse::<usize>().unwrap());
                        let body = format!("<http://x.org/all> <http://x.org/count> {} .", count + 1);
                        let tag = format!("\"{version}\"");
                        let path = format!("/graphs?graph=http://x.org/counter&message={number}");
                        let answer = store.send("PUT", &path, &[("content-type", "text/turtle"), ("if-match", &tag)], &body);
                        match answer.status {
                            201 | 204 => break,
                            412 => refused.fetch_add(1, Ordering::Relaxed),
                            other => panic!("{other}: {}", answer.body),
                        };
                    }
                }
            });
        }
    });
    println!("{all} commits, {} refused for another version", refused.load(Ordering::Relaxed));
    let counted = store.server.get("/graphs?graph=http://x.org/counter").body;
    assert!(counted.contains(&format!("count> {all} .")), "{counted}");
    let log = run(&["history", "--store", store.store.path(), "--limit", "100000", "--json"]).succeeds();
    let log: Vec<serde_json::Value> = serde_json::from_str(&log).unwrap();
    assert_eq!(log.len(), all + 1);
    for pair in log.windows(2) {
        assert_eq!(pair[0]["parent"], pair[1]["digest"]);
        assert_eq!(pair[0]["number"].as_u64().unwrap(), pair[1]["number"].as_u64().unwrap() + 1);
    }
    let messages: BTreeSet<&str> = log[..all].iter().map(|commit| commit["message"].as_str().unwrap()).collect();
    assert_eq!(messages.len(), all, "each was made once");
    store.store.is_sound();
}

#[test]
fn what_another_process_commits_shows_and_nothing_is_lost_between() {
    let store = Writable::new();
    let note =
        |text: &str| format!("INSERT DATA {{ GRAPH <http://x.org/g> {{ <http://x.org/a> <http://x.org/b> \"{text}\" }} }}");
    store.updated(&note("one"));
    run(&["revert", "--store", store.store.path(), "2"]).succeeds();
    // The next write comes after the other process's, whether or not that was noticed.
    store.updated(&note("two"));
    assert!(!store.says("ASK { GRAPH <http://x.org/g> { ?a ?b \"one\" } }"));
    assert!(store.says("ASK { GRAPH <http://x.org/g> { ?a ?b \"two\" } }"));
    run(&["revert", "--store", store.store.path(), "4"]).succeeds();
    crate::support::eventually("the other's commit", || !store.says("ASK { GRAPH <http://x.org/g> { ?a ?b \"two\" } }"));
    store.store.is_sound();
}
