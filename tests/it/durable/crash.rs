//! What was acknowledged is there, whatever happens to the process, the disk and the file.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use std::{fs, thread};

use super::{Store, Writable};
use crate::support::{Server, run, says};

const WRITERS: usize = 4;

/// How many times the server is killed; as many as `COMPETENCY_KILLS` says, for the long run.
fn rounds() -> usize {
    std::env::var("COMPETENCY_KILLS").map_or(8, |count| count.parse().unwrap())
}

fn note(name: &str) -> String {
    format!("INSERT DATA {{ GRAPH <http://x.org/g> {{ <http://x.org/{name}> <http://x.org/is> \"here\" }} }}")
}

/// With some kilobytes that cannot be packed well.
fn large_note(number: usize) -> String {
    let mut state = number as u64;
    let digits: String = (0..1000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            format!("{state:016x}")
        })
        .collect();
    format!(
        "INSERT DATA {{ GRAPH <http://x.org/g> {{ <http://x.org/{number}> <http://x.org/is> \"here\" ; <http://x.org/has> \"{digits}\" }} }}"
    )
}

/// The notes that are there.
fn notes(server: &Server) -> BTreeSet<String> {
    let listed = server.query_as("SELECT ?n { GRAPH <http://x.org/g> { ?n <http://x.org/is> \"here\" } }", "text/csv").body;
    listed.lines().skip(1).map(|line| line.trim().trim_start_matches("http://x.org/").to_owned()).collect()
}

#[test]
fn every_acknowledged_commit_survives_kill_nine_at_any_moment_and_no_other_appears() {
    let store = Store::new();
    let token = store.token("ada", "editor");
    let (mut sent, mut acknowledged) = (BTreeSet::new(), BTreeSet::new());
    for round in 0..rounds() {
        let server = Server::start(&["--store", store.path()]);
        let there = notes(&server);
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
        let strange: Vec<_> = there.difference(&sent).collect();
        assert!(strange.is_empty(), "round {round}: nobody sent {strange:?}");

        let (now_sent, now_acknowledged) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
        let until = Instant::now() + Duration::from_millis(20 + (round as u64 + 1) * 7919 % 400);
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (server, token, now_sent, now_acknowledged) = (&server, &token, &now_sent, &now_acknowledged);
                scope.spawn(move || {
                    for number in 0.. {
                        let name = format!("{round}-{writer}-{number}");
                        now_sent.lock().unwrap().push(name.clone());
                        let client = crate::support::client();
                        let request =
                            client.post(format!("{}/update", server.url)).header("authorization", format!("Bearer {token}"));
                        match request.header("content-type", "application/sparql-update").send(&note(&name)) {
                            Ok(answer) if answer.status() == 200 => now_acknowledged.lock().unwrap().push(name),
                            Ok(answer) => panic!("{}", answer.status()),
                            Err(_) => return,
                        }
                    }
                });
            }
            thread::sleep(until.saturating_duration_since(Instant::now()));
            server.signal("-KILL");
        });
        sent.extend(now_sent.into_inner().unwrap());
        acknowledged.extend(now_acknowledged.into_inner().unwrap());
    }
    println!("{} rounds, {} commits acknowledged of {} sent", rounds(), acknowledged.len(), sent.len());
    assert!(!acknowledged.is_empty());
    store.is_sound();
    let server = Server::start(&["--store", store.path()]);
    assert!(acknowledged.is_subset(&notes(&server)));
}

#[test]
fn a_log_behind_the_file_that_is_cut_short_takes_nothing_acknowledged_with_it() {
    let store = Writable::new();
    for number in 0..5 {
        store.updated(&note(&number.to_string()));
    }
    store.server.signal("-KILL");
    let Writable { store: kept, editor } = store;
    drop(editor);
    let wal = format!("{}-wal", kept.path());
    let whole = fs::read(&wal).unwrap_or_default();
    for cut in [whole.len() / 2, 40, 0] {
        fs::write(&wal, &whole[..cut.min(whole.len())]).unwrap();
        kept.is_sound();
        assert_eq!(notes(&Server::start(&["--store", kept.path()])).len(), 5, "cut at {cut}");
    }
}

#[test]
fn a_full_disk_and_a_file_that_may_not_be_written_are_told_and_lose_nothing() {
    let store = Store::new();
    let token = store.token("ada", "editor");
    let bearer = format!("Bearer {token}");
    let update = |server: &Server, text: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/sparql-update")];
        server.exchange("POST", "/update", &headers, Some(text.as_bytes()))
    };
    // No file of this process may grow beyond so many blocks of 1 KiB: the system refuses to write, as on a disk that is full.
    let blocks = fs::metadata(store.path()).unwrap().len() / 1024 + 60;
    let server = limited(&format!("ulimit -f {blocks}; trap '' XFSZ; exec \"$0\" \"$@\""), &store);
    let mut last = 0;
    let refused = (0..200).find_map(|number| {
        let answer = update(&server, &large_note(number));
        last = number;
        (answer.status != 200).then_some(answer)
    });
    let refused = refused.expect("the disk fills up");
    says(refused.problem(503, "store-read-only")["detail"].as_str().unwrap(), &["nothing was changed"]);
    assert_eq!(notes(&server).len(), last, "what is not on disk is not shown");
    server.is_alive();
    drop(server);
    store.is_sound();
    let server = Server::start(&["--store", store.path()]);
    assert_eq!(notes(&server).len(), last);
    assert_eq!(update(&server, &note("more")).status, 200);
    drop(server);

    // Somebody who may read the file and not write it, nor look into the folder that the program was built in.
    let program = store.file("competency");
    fs::copy(env!("CARGO_BIN_EXE_competency"), &program).unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    mode(store.folder.path(), 0o555);
    mode(Path::new(store.path()), 0o444);
    let as_somebody = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.env_clear();
        if is_root() {
            command.uid(65_534).gid(65_534);
        }
        let output = command.args(arguments).env("COMPETENCY_STORE", store.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    says(&as_somebody(&["revert", "2"]), &["cannot be written", "nothing was changed"]);
    says(&as_somebody(&["token", "add", "eve", "--role", "editor"]), &["file with the tokens"]);
    mode(store.folder.path(), 0o755);
    mode(Path::new(store.path()), 0o644);
    says(&store.is_sound(), &["Sound"]);
}

#[test]
fn a_disk_that_is_full_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(folder.path()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("a file system of its own cannot be mounted here; the limit on file sizes stands for it in another test");
        return;
    }
    let _unmounted = Mounted(folder.path().to_owned());
    let path = folder.path().join("kb.sqlite");
    let path = path.to_str().unwrap();
    run(&["init", "--store", path]).succeeds();
    let token = run(&["token", "--store", path, "add", "ada", "--role", "editor"]).stdout;
    let server = Server::start(&["--store", path]);
    let update = |text: &str| {
        let headers =
            [("authorization", format!("Bearer {}", token.trim())), ("content-type", "application/sparql-update".to_owned())];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        server.exchange("POST", "/update", &headers, Some(text.as_bytes()))
    };
    let made = (0..500).take_while(|number| {
        let answer = update(&large_note(*number));
        if answer.status != 200 {
            answer.problem(507, "disk-full");
        }
        answer.status == 200
    });
    let made = made.count();
    assert!(made < 500, "the disk fills up");
    assert_eq!(notes(&server).len(), made, "what is not on disk is not shown");
    server.is_alive();
    drop(server);
    run(&["check", "--store", path]).succeeds();
}

struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// A server started by a shell that limits it first.
fn limited(script: &str, store: &Store) -> Server {
    let mut command = Command::new("bash");
    command.args(["-c", script, env!("CARGO_BIN_EXE_competency"), "serve", "--store", store.path(), "--bind", "127.0.0.1:0"]);
    command.env_clear().env("PATH", std::env::var("PATH").unwrap()).stdin(Stdio::null());
    Server::of(command)
}
