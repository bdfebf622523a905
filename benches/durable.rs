//! What a commit costs in a durable store of 1,000 generated roles (`COMPETENCY_ROLES` says how many): one role's graph is patched over HTTP, and
//! the clock stops when a question of the catalogue and a SPARQL query show it. The floor is a row of the same size that SQLite puts on the same disk.
//! Run with `cargo bench --bench durable`. At the end the graph is held against one that is made anew from the log.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use oxigraph::io::{RdfFormat, RdfParser};
use oxigraph::model::{GraphName, NamedNode, NamedOrBlankNode, Quad, Term};

/// The role that is copied: a whole page of the ontology's examples.
const EXAMPLE: &str = "ontology/examples/valid/lighthouse-keeper.ttl";
const BASE: &str = "https://example.org/lighthouse/";

const COMMITS: usize = 31;

fn main() {
    let roles = std::env::var("COMPETENCY_ROLES").map_or(1000, |count| count.parse().expect("a number of roles"));
    let folder = tempfile::tempdir().expect("a folder");
    let quads = generate(roles, folder.path());
    let store = folder.path().join("kb.sqlite");
    let store = store.to_str().expect("a path of letters");
    let init = timed(|| competency(&["init", "--store", store, "--data", &folder.path().join("data").display().to_string()]));
    let token = competency(&["token", "--store", store, "add", "bench", "--role", "editor"]);
    let (server, start) = Server::start(store);
    println!("{roles} roles, {quads} quads, file of {} KiB", fs::metadata(store).expect("the store").len() >> 10);
    println!("  made and judged in {:.1} s, served after {:.1} s", init.as_secs_f64(), start.as_secs_f64());
    println!("  front end {} MiB, with its processes {} MiB", server.resident() >> 20, server.resident_of_all() >> 20);
    // The first change waits for the copy that changes are made on.
    let first = timed(|| drop(change(&server, token.trim(), roles, 0)));
    let mut seen: Vec<Duration> = Vec::new();
    let mut told: Vec<Duration> = Vec::new();
    for number in 1..=COMMITS {
        let start = Instant::now();
        change(&server, token.trim(), roles, number);
        told.push(start.elapsed());
        shows(&server, number);
        seen.push(start.elapsed());
    }
    let floor = floor(folder.path());
    println!("  the first change {:.1} ms", millis(first));
    println!(
        "  a change is acknowledged after {:.1} ms and seen after {:.1} ms (medians of {COMMITS}; slowest {:.1} ms)",
        millis(median(told)),
        millis(median(seen.clone())),
        millis(seen.iter().copied().max().unwrap_or_default())
    );
    println!(
        "  a row in SQLite, on disk: {:.2} ms; a change takes {:.0} times that",
        millis(floor),
        median(seen).as_secs_f64() / floor.as_secs_f64()
    );
    let live = get(&format!("{}/export/all.nq?inferred=true", server.url));
    let anew = competency(&["export", "--store", store, "--format", "nquads", "--inferred"]);
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert!(lines(&live) == lines(&anew), "the graph is another than one made anew");
    println!("  the graph is that which is made anew from the log: {} quads", live.lines().count());
}

/// Writes as many roles as wanted, each into a graph of its own; all need the same competencies.
fn generate(roles: usize, folder: &Path) -> usize {
    let text = fs::read(EXAMPLE).expect("the example");
    let quads: Vec<Quad> =
        RdfParser::from_format(RdfFormat::Turtle).for_slice(&text).map(|quad| quad.expect("a triple")).collect();
    let shared: BTreeSet<String> =
        quads.iter().filter(|quad| quad.predicate.as_str().ends_with("inScheme")).map(|quad| quad.subject.to_string()).collect();
    let is_shared = |name: &str| shared.contains(&format!("<{name}>")) || name.ends_with("/competencies");
    fs::create_dir(folder.join("data")).expect("a folder");
    let mut out = BufWriter::new(File::create(folder.join("data/all.nq")).expect("a file"));
    let mut count = 0;
    for role in 0..roles {
        let named = |node: &NamedNode| match node.as_str().strip_prefix(BASE) {
            Some(local) if !is_shared(node.as_str()) => {
                NamedNode::new_unchecked(format!("https://example.org/role-{role}/{local}"))
            }
            _ => node.clone(),
        };
        for quad in &quads {
            let NamedOrBlankNode::NamedNode(subject) = &quad.subject else { continue };
            let of_all = is_shared(subject.as_str());
            if of_all && role > 0 {
                continue;
            }
            let object = match &quad.object {
                Term::NamedNode(node) => named(node).into(),
                other => other.clone(),
            };
            let graph = if of_all { "competencies".to_owned() } else { format!("role-{role}") };
            let graph = GraphName::from(NamedNode::new_unchecked(format!("https://example.org/graph/{graph}")));
            writeln!(out, "{} .", Quad::new(named(subject), quad.predicate.clone(), object, graph)).expect("room on the disk");
            count += 1;
        }
    }
    count
}

/// Puts a statement of one whole role in other words and says it of one level only, so that much of what followed does so no more.
fn change(server: &Server, token: &str, roles: usize, number: usize) -> String {
    let role = number * 7919 % roles;
    let query = format!(
        "DELETE {{ GRAPH ?g {{ ?statement skos:prefLabel ?old . ?statement cg:appliesTo ?of }} }}
         INSERT {{ GRAPH ?g {{ ?statement skos:prefLabel \"Changed {number}\"@en . ?statement cg:appliesTo ?other }} }}
         WHERE {{ {{ SELECT ?g ?statement ?old ?of ?other {{
           VALUES ?g {{ <https://example.org/graph/role-{role}> }}
           GRAPH ?g {{ ?statement cg:hasMention ?mention ; cg:appliesTo ?of ; skos:prefLabel ?old . ?other cg:levelOf ?of }} }} ORDER BY ?statement ?other LIMIT 1 }} }}"
    );
    let request = agent().post(format!("{}/update", server.url)).header("authorization", format!("Bearer {token}"));
    let mut answer = request.header("content-type", "application/sparql-update").send(&query).expect("a change");
    let told = answer.body_mut().read_to_string().expect("an answer");
    assert!(told.contains("\"deleted\":2"), "{told}");
    told
}

/// That a change is seen by a question and by a query.
fn shows(server: &Server, number: usize) {
    let label = format!("Changed {number}");
    let found = get(&format!("{}/api/search?q=Changed+{number}", server.url));
    assert!(found.contains(&label), "{found}");
    let asked = format!("ASK {{ ?s rdfs:label \"{label}\"@en }}");
    let asked: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    assert!(get(&format!("{}/sparql?query={asked}", server.url)).contains("true"));
}

/// The same number of bytes as a change, committed by SQLite as our log is.
fn floor(folder: &Path) -> Duration {
    let connection = rusqlite::Connection::open(folder.join("floor.sqlite")).expect("a file");
    connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (x BLOB);").expect("a table");
    median((0..COMMITS).map(|_| timed(|| connection.execute("INSERT INTO t VALUES (randomblob(400))", []))).collect())
}

fn competency(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_competency")).args(arguments).output().expect("the program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn get(url: &str) -> String {
    let mut answer = agent().get(url).call().expect("an answer");
    answer.body_mut().with_config().limit(1 << 31).read_to_string().expect("a body")
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(120))).http_status_as_error(false);
    config.build().into()
}

struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(store: &str) -> (Self, Duration) {
        let start = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
        command.args(["serve", "--store", store, "--bind", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let url = line.trim().trim_start_matches("Listening on ").trim_end_matches('/').to_owned();
        (Self { child, url }, start.elapsed())
    }

    fn resident(&self) -> u64 {
        resident(self.child.id())
    }

    fn resident_of_all(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).into_iter().flatten().flatten();
        let children: String = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect();
        self.resident() + children.split_whitespace().filter_map(|id| id.parse().ok()).map(resident).sum::<u64>()
    }
}

fn resident(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    drop(work());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
