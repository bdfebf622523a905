//! Answers kept ready to send: their tags, what a client that has them is told, and that new data never gets old bytes.

use std::io::{Read, Write};
use std::thread;

use sha2::{Digest, Sha256};

use crate::metrics::value;
use crate::support::{Bytes, Data, PAGE, Server, eventually, says};

const OAUTH: &str = "/api/questions/levels-requiring?competency=OAuth";

/// Answers of every kind that depend on nothing but the data.
const KEPT: &[&str] = &[
    "/",
    "/style.css",
    "/docs",
    "/openapi.json",
    "/api/questions",
    "/api/search?q=oauth",
    "/api/questions/weak-spots?format=csv",
    "/export/taxonomy.ttl",
    "/api/explain?question=levels-requiring&competency=OAuth&row=2",
    OAUTH,
];

fn tag(bytes: &[u8]) -> String {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digest}\"")
}

fn unpacked(answer: &Bytes) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "gzip" => flate2::read::GzDecoder::new(&answer.body[..]).read_to_end(&mut plain).unwrap(),
        "zstd" => zstd::stream::read::Decoder::new(&answer.body[..]).unwrap().read_to_end(&mut plain).unwrap(),
        other => panic!("{other}"),
    };
    plain
}

#[test]
fn the_tag_is_the_digest_of_the_bytes_sent_whatever_their_coding() {
    let server = Server::shared();
    for path in KEPT {
        let plain = server.send("GET", path, &[]);
        assert_eq!((plain.status, plain.header("content-encoding")), (200, ""), "{path}");
        assert_eq!(plain.header("etag"), tag(&plain.body), "{path}");
        assert_eq!(plain.header("vary"), "accept, accept-encoding", "{path}");
        assert_eq!(plain.header("cache-control"), "no-cache", "{path}");
        for coding in ["gzip", "zstd"] {
            let coded = server.send("GET", path, &[("accept-encoding", coding)]);
            assert_eq!((coded.status, coded.header("content-encoding")), (200, coding), "{path}");
            assert_eq!(coded.header("content-type"), plain.header("content-type"), "{path}");
            assert_eq!(coded.header("etag"), tag(&coded.body), "{path}");
            assert_ne!(coded.header("etag"), plain.header("etag"), "{path}");
            assert!(coded.body.len() < plain.body.len(), "{path}");
            assert_eq!(unpacked(&coded), plain.body, "{path}");
        }
    }
}

#[test]
fn the_coding_is_the_one_that_the_client_likes_best() {
    let server = Server::shared();
    let coding =
        |accepted: &str| server.send("GET", OAUTH, &[("accept-encoding", accepted)]).header("content-encoding").to_owned();
    for (accepted, expected) in [
        ("gzip, deflate, br, zstd", "zstd"),
        ("zstd;q=0.5, gzip", "gzip"),
        ("GZIP", "gzip"),
        ("*", "zstd"),
        ("zstd;q=0, *", "gzip"),
        ("gzip;q=0, zstd;q=0", ""),
        ("identity, gzip;q=0.5", ""),
        ("br, deflate", ""),
        ("", ""),
        (";;,q=,gzip;q=x", "gzip"),
    ] {
        assert_eq!(coding(accepted), expected, "{accepted}");
    }
}

#[test]
fn a_client_that_has_the_bytes_is_told_so_without_them() {
    let server = Server::shared();
    for path in KEPT {
        for coding in ["identity", "gzip", "zstd"] {
            let first = server.send("GET", path, &[("accept-encoding", coding)]);
            let etag = first.header("etag").to_owned();
            for held in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
                for method in ["GET", "HEAD"] {
                    let again = server.send(method, path, &[("accept-encoding", coding), ("if-none-match", &held)]);
                    assert_eq!((again.status, again.body.len()), (304, 0), "{method} {path} {held}");
                    assert_eq!(again.header("etag"), etag, "{path}");
                    assert_eq!(again.header("vary"), "accept, accept-encoding", "{path}");
                    assert_eq!(again.header("cache-control"), "no-cache", "{path}");
                }
            }
            let other = server.send("GET", path, &[("accept-encoding", coding), ("if-none-match", "\"other\"")]);
            assert_eq!((other.status, &other.body), (200, &first.body), "{path}");
        }
    }
}

#[test]
fn the_tag_of_one_coding_or_format_does_not_stand_for_another() {
    let server = Server::shared();
    let plain = server.send("GET", OAUTH, &[]).header("etag").to_owned();
    assert_eq!(server.send("GET", OAUTH, &[("accept-encoding", "gzip"), ("if-none-match", &plain)]).status, 200);
    let csv = server.send("GET", OAUTH, &[("accept", "text/csv"), ("if-none-match", &plain)]);
    assert_eq!(csv.status, 200);
    says(csv.header("content-type"), &["text/csv"]);
}

#[test]
fn head_tells_of_the_same_bytes_without_them() {
    let server = Server::shared();
    for path in KEPT {
        for coding in ["identity", "gzip", "zstd"] {
            let get = server.send("GET", path, &[("accept-encoding", coding)]);
            let head = server.send("HEAD", path, &[("accept-encoding", coding)]);
            assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
            assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
            for name in ["etag", "content-type", "content-encoding", "vary", "link"] {
                assert_eq!(head.header(name), get.header(name), "{path} {name}");
            }
        }
    }
}

#[test]
fn the_same_question_in_another_order_is_the_same_answer() {
    let server = Server::shared();
    let one = server.get("/api/questions/level-diff?from=Intermediate&to=Senior");
    let other = server.get("/api/questions/level-diff?to=Senior&from=%49ntermediate");
    assert_eq!((one.status, one.header("etag")), (200, other.header("etag")));
}

#[test]
fn a_mistake_is_told_each_time_and_never_kept() {
    let server = Server::shared();
    for _ in 0..2 {
        let answer = server.ask("levels-requiring", &[("competency", "OAuht")]);
        answer.problem(422, "unknown-value");
        assert_eq!(answer.header("etag"), "");
        // What differs from a good question only by what is wrong with it.
        assert_eq!(server.get(OAUTH).status, 200);
        server.get(&format!("{OAUTH}&colour=")).problem(400, "unknown-parameter");
        server.get("/api/questions/levels-requiring%3Fcompetency=OAuth").problem(404, "unknown-question");
    }
    let answer = server.send("GET", "/api/questions/roles?limit=0", &[("if-none-match", "*")]);
    assert_eq!(answer.status, 400, "what is wrong is not unchanged");
}

#[test]
fn new_data_never_gets_old_bytes_and_the_old_data_gets_its_tag_again() {
    let data = Data::copy();
    let server = Server::start(&["--data", data.path()]);
    let before: Vec<Bytes> = KEPT.iter().map(|path| server.send("GET", path, &[("accept-encoding", "gzip")])).collect();
    let good = data.read(PAGE);
    data.write(PAGE, &good.replace("\"Senior Security Engineer\"@en", "\"Seasoned Security Engineer\"@en"));
    eventually("the new label", || server.get(OAUTH).body.contains("Seasoned Security Engineer"));
    for (path, before) in KEPT.iter().zip(&before) {
        let etag = before.header("etag");
        let after = server.send("GET", path, &[("accept-encoding", "gzip"), ("if-none-match", etag)]);
        // These say nothing of a level, and may be the same bytes.
        let same = ["/style.css", "/export/taxonomy.ttl", "/api/questions/weak-spots?format=csv"].contains(path);
        let expected = if same && after.status == 304 { 304 } else { 200 };
        assert_eq!(after.status, expected, "{path}");
        let old = b"\"Senior Security Engineer\"";
        assert!(after.status == 304 || !unpacked(&after).windows(old.len()).any(|part| part == old), "{path}");
    }
    data.write(PAGE, &good);
    eventually("the old label again", || server.get(OAUTH).body.contains("Senior Security Engineer"));
    for (path, before) in KEPT.iter().zip(&before) {
        let again = server.send("GET", path, &[("accept-encoding", "gzip")]);
        assert_eq!(again.header("etag"), before.header("etag"), "{path}");
        assert_eq!(again.body, before.body, "{path}");
    }
}

#[test]
fn many_who_ask_the_same_at_once_get_the_same_bytes() {
    let server = Server::start(&[]);
    let asked: Vec<_> = thread::scope(|scope| {
        let ask = || server.send("GET", "/api/questions/weak-spots", &[("accept-encoding", "zstd")]);
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(asked.iter().all(|answer| answer.status == 200 && answer.body == asked[0].body));
    assert_eq!(asked[0].header("etag"), tag(&asked[0].body));
}

#[test]
fn many_different_pages_are_all_answered_and_disturb_no_other() {
    let server = Server::shared();
    // Each is kept under its own URL.
    for offset in 0..300 {
        let page = server.get(&format!("/api/questions/weak-spots?limit=1000&offset={offset}"));
        assert_eq!(page.status, 200);
    }
    assert_eq!(server.get(OAUTH).json()["rows"].as_array().unwrap().len(), 5);
}

/// How many answers were come by in a way.
fn given(server: &Server, way: &str) -> f64 {
    value(server, &format!("competency_answers_total{{found=\"{way}\"}}"))
}

#[test]
fn a_question_asked_again_is_found_by_its_spelling_and_differs_in_nothing_but_its_id() {
    let server = Server::start(&["--cors", "https://app.example", "--allow-host", "kg.example.org"]);
    for path in KEPT {
        for headers in [
            &[][..],
            &[("accept-encoding", "zstd")],
            &[("origin", "https://app.example")],
            &[("origin", "https://evil.example")],
            &[("if-none-match", "*")],
            &[("if-match", "\"another\"")],
            &[("host", "evil.example")],
            &[("x-long", &"x".repeat(16_400))],
        ] {
            for method in ["GET", "HEAD"] {
                let [first, again] = [0; 2].map(|_| {
                    let mut answer = server.send(method, path, headers);
                    for own in ["date", "x-request-id"] {
                        assert!(answer.headers.remove(own).is_some(), "{method} {path} {headers:?}");
                    }
                    answer
                });
                assert_eq!(
                    (first.status, &first.headers, &first.body),
                    (again.status, &again.headers, &again.body),
                    "{method} {path} {headers:?}"
                );
            }
        }
    }
    assert!(given(&server, "by-spelling") > given(&server, "by-meaning") + given(&server, "made"));
    for method in ["POST", "DELETE"] {
        assert_eq!(server.send(method, OAUTH, &[]).status, 405, "{method}");
    }
}

#[test]
fn endless_spellings_neither_grow_the_memory_nor_push_out_what_is_asked_often() {
    const LARGE: &str = "/openapi.json";
    let server = Server::start(&["--client-timeout", "60"]);
    for _ in 0..10 {
        server.send("GET", LARGE, &[]);
    }
    // Twice as many bytes as are kept.
    let body = server.send("GET", LARGE, &[]).body.len();
    let mut flood = server.raw("");
    let request = |number: usize, more: &str| {
        format!("GET {LARGE} HTTP/1.1\r\nHost: localhost\r\nAccept: */*, flood/{number}\r\n{more}\r\n")
    };
    let count = 2 * (64 << 20) / body;
    let mut sink = flood.try_clone().unwrap();
    let reading = thread::spawn(move || std::io::copy(&mut sink, &mut std::io::sink()).unwrap());
    for number in 0..count {
        flood.write_all(request(number, if number + 1 < count { "" } else { "Connection: close\r\n" }).as_bytes()).unwrap();
    }
    assert!(reading.join().unwrap() > (count * body) as u64);
    let kept = value(&server, "competency_answers_kept_bytes");
    assert!((1e6..=f64::from(64 << 20)).contains(&kept), "{kept}");
    let before = given(&server, "by-spelling");
    assert_eq!(server.send("GET", LARGE, &[]).status, 200);
    assert_eq!(given(&server, "by-spelling"), before + 1.0, "it was pushed out");
}
