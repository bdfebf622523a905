//! What tests of the program share: running it, a server of it, a copy of the data to spoil, and a small HTTP client.
//! Everything goes through the program's outside; nothing here calls the library.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program left.
pub struct Run {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// The program, untouched by the settings of whoever runs the tests.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_competency"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMPETENCY_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Run {
    let output = program().args(arguments).output().unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

impl Run {
    /// The output of a run that went well and had nothing to complain of.
    #[track_caller]
    pub fn succeeds(self) -> String {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""));
        self.stdout
    }

    /// The complaint of a run that could not do as told, and so printed no answer.
    #[track_caller]
    pub fn fails(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// That a text names each of the parts.
#[track_caller]
pub fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
}

/// A copy of the bundled data, for the test to change.
pub struct Data {
    folder: TempDir,
}

/// The role page of the bundled data.
pub const PAGE: &str = "gitlab/security-engineer.ttl";

impl Data {
    pub fn copy() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data"), folder.path());
        Self { folder }
    }

    pub fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.file(name), content).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Changes the one place of a file that reads so, and tells its line.
    #[track_caller]
    pub fn edit(&self, name: &str, from: &str, to: &str) -> usize {
        let content = self.read(name);
        assert_eq!(content.matches(from).count(), 1, "`{from}` stands once in {name}");
        self.write(name, &content.replace(from, to));
        1 + content[..content.find(from).unwrap()].matches('\n').count()
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// A server of the program on a port of its own; it ends when dropped.
pub struct Server {
    pub child: Child,
    /// `http://host:port`, without a slash behind.
    pub url: String,
    log: Arc<Mutex<String>>,
    reading: Vec<JoinHandle<()>>,
}

impl Server {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &[])
    }

    /// With environment variables of its own.
    pub fn start_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = program();
        command.envs(environment.iter().copied());
        command.env("COMPETENCY_BIND", "127.0.0.1:0").arg("serve").args(arguments);
        Self::of(command)
    }

    /// By a command that becomes one.
    pub fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let log: Arc<Mutex<String>> = Arc::default();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let filled = log.clone();
        let reading = thread::spawn(move || {
            let mut line = String::new();
            while matches!(errors.read_line(&mut line), Ok(1..)) {
                filled.lock().unwrap_or_else(PoisonError::into_inner).push_str(&std::mem::take(&mut line));
            }
        });
        let url = first.trim().strip_prefix("Listening on ").map(|url| url.trim_end_matches('/').to_owned());
        let mut server = Self { child, url: url.unwrap_or_default(), log, reading: vec![reading] };
        if server.url.is_empty() {
            server.stop();
            panic!("the server printed `{first}` and said: {}", server.log());
        }
        server
    }

    /// The server of the bundled data that tests share for as long as one of them holds it.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start(&[]));
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The host and port, as sockets take them.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_as(path, "*/*")
    }

    pub fn get_as(&self, path: &str, accept: &str) -> Answer {
        Answer::of(client().get(format!("{}{path}", self.url)).header("accept", accept).call())
    }

    /// Sends a method and headers of its own, and takes the bytes as they come: nothing is unpacked, no header added.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Bytes {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        // An empty value of these keeps the client from sending its own.
        for name in ["accept", "accept-encoding"] {
            if !headers.iter().any(|(given, _)| *given == name) {
                request = request.header(name, "");
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = client().run(request.body(()).unwrap()).unwrap();
        let mut body = Vec::new();
        response.body_mut().as_reader().read_to_end(&mut body).unwrap();
        Bytes { status: response.status().as_u16(), body, headers: response.headers().clone() }
    }

    pub fn post(&self, path: &str, content_type: &str, accept: &str, body: &str) -> Answer {
        let request = client().post(format!("{}{path}", self.url)).header("content-type", content_type);
        Answer::of(request.header("accept", accept).send(body))
    }

    /// A SPARQL query as the body.
    pub fn query(&self, query: &str) -> Answer {
        self.query_as(query, "*/*")
    }

    pub fn query_as(&self, query: &str, accept: &str) -> Answer {
        self.post("/sparql", "application/sparql-query", accept, query)
    }

    /// A question's answer.
    pub fn ask(&self, id: &str, arguments: &[(&str, &str)]) -> Answer {
        self.get(&format!("/api/questions/{id}?{}", form(arguments)))
    }

    /// Writes bytes to a connection of its own and hands it over.
    pub fn raw(&self, bytes: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream
    }

    /// A request as it stands on the wire, and the answer, head and body; empty if the connection is closed without one.
    pub fn wire(&self, bytes: &str) -> String {
        rest(&mut self.raw(bytes))
    }

    /// The same with headers and nothing else: `GET /` and lines such as `Host: x`.
    pub fn wire_head(&self, line: &str, headers: &[&str]) -> String {
        let headers = headers.iter().map(|header| format!("{header}\r\n")).collect::<String>();
        self.wire(&format!("{line} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n"))
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }

    /// The processes that it started, and those that these started, as far as the system tells.
    pub fn descendants(&self) -> Vec<u32> {
        let mut found = children(self.child.id());
        let mut at = 0;
        while at < found.len() {
            found.extend(children(found[at]));
            at += 1;
        }
        found
    }

    /// A request written out byte by byte: any method, and no header but those given.
    #[track_caller]
    pub fn exchange(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address());
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").unwrap();
        }
        if let Some(body) = body {
            write!(request, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        let mut stream = self.raw(&format!("{request}\r\n"));
        stream.write_all(body.unwrap_or_default()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer::parse(&answer)
    }

    #[track_caller]
    pub fn is_alive(&self) {
        assert_eq!(self.get("/healthz").status, 200);
        assert_eq!(self.query_as("ASK {}", "text/csv").body, "true");
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reading in self.reading.drain(..) {
            let _ = reading.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What a connection still has to say before it ends. A server that refuses may close before all was sent, so an error ends it as well.
pub fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Percent-encodes names and values.
pub fn form(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        text.bytes().fold(String::new(), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() {
                encoded.push(byte.into());
            } else {
                write!(encoded, "%{byte:02X}").unwrap();
            }
            encoded
        })
    };
    pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect::<Vec<_>>().join("&")
}

pub fn client() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
    config.build().into()
}

/// The processes that the threads of a process started.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().filter_map(Result::ok);
    let listed: String = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect();
    listed.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// An HTTP answer as its bytes.
pub struct Bytes {
    pub status: u16,
    pub body: Vec<u8>,
    pub headers: ureq::http::HeaderMap,
}

impl Bytes {
    /// A header's value, empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// An HTTP answer, read whole.
pub struct Answer {
    pub status: u16,
    pub body: String,
    headers: ureq::http::HeaderMap,
}

impl Answer {
    #[track_caller]
    fn of(outcome: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut response = outcome.unwrap();
        let mut body = String::new();
        response.body_mut().as_reader().read_to_string(&mut body).unwrap();
        Self { status: response.status().as_u16(), body, headers: response.headers().clone() }
    }

    /// Reads an answer as it came over the wire.
    #[track_caller]
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has headers");
        let (head, mut rest) = (std::str::from_utf8(&bytes[..end]).unwrap(), &bytes[end + 4..]);
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse().unwrap();
        let mut headers = ureq::http::HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            let name = ureq::http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, value.parse().unwrap());
        }
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked") {
            loop {
                let line = rest.windows(2).position(|window| window == b"\r\n").expect("a chunk has a length");
                let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
                body.extend_from_slice(&rest[line + 2..line + 2 + length]);
                rest = &rest[line + 2 + length + 2..];
                if length == 0 {
                    break;
                }
            }
        } else {
            body.extend_from_slice(rest);
        }
        Self { status, body: text(body), headers }
    }

    /// A header's value, empty if it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// That this is a problem of the kind, told as RFC 9457 has it; its parts.
    #[track_caller]
    pub fn problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!((self.status, self.header("content-type")), (status, "application/problem+json"), "{}", self.body);
        let problem: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["type"], format!("https://w3id.org/competency-graph/problem/{kind}"));
        assert_eq!(problem["status"], status);
        assert!(!problem["title"].as_str().unwrap().is_empty() && !problem["detail"].as_str().unwrap().is_empty());
        problem
    }
}

/// Whether a page holds a script, rather than loads one that is the server's.
pub fn has_script_of_its_own(page: &str) -> bool {
    page.split("<script").skip(1).any(|script| !script.starts_with(" type=\"module\" src=\"/assets/"))
}

/// The beginning of a text, for a message.
pub fn short(text: &str) -> String {
    text.chars().take(600).collect()
}

/// Looks again until something holds: what happens in the background takes the time it takes.
#[track_caller]
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not come about");
        thread::sleep(Duration::from_millis(50));
    }
}
