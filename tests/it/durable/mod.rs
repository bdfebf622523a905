//! A store that is written over HTTP and keeps every version.

mod access;
mod crash;
mod history;
mod incremental;
mod write;
mod writers;

use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Answer, Server, run};

/// A durable store in a folder of its own.
pub struct Store {
    pub folder: TempDir,
    path: String,
}

/// A server, and a token to write with.
pub struct Editor {
    pub server: Server,
    pub token: String,
}

/// A durable store that is served.
pub struct Writable {
    pub store: Store,
    pub editor: Editor,
}

impl std::ops::Deref for Writable {
    type Target = Editor;

    fn deref(&self) -> &Editor {
        &self.editor
    }
}

impl Store {
    /// With the bundled data.
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Self { path: folder.path().join("kb.sqlite").display().to_string(), folder };
        run(&[&["init", "--store", store.path()], arguments].concat()).succeeds();
        store
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn token(&self, name: &str, role: &str) -> String {
        let made = run(&["token", "--store", self.path(), "add", name, "--role", role]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        made.stdout.trim().to_owned()
    }

    pub fn serve(self, arguments: &[&str]) -> Writable {
        let token = self.token("ada", "editor");
        let server = Server::start(&[&["--store", self.path()], arguments].concat());
        Writable { store: self, editor: Editor { server, token } }
    }

    /// What the whole log looks like when it is walked.
    #[track_caller]
    pub fn is_sound(&self) -> String {
        run(&["check", "--store", self.path()]).succeeds()
    }
}

impl Writable {
    pub fn new() -> Self {
        Store::new().serve(&[])
    }
}

impl Editor {
    /// A request with the token.
    #[track_caller]
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = headers.to_vec();
        headers.push(("authorization", &bearer));
        let body = (!body.is_empty() || method != "DELETE").then_some(body.as_bytes());
        self.server.exchange(method, path, &headers, body)
    }

    #[track_caller]
    pub fn update(&self, update: &str) -> Answer {
        self.send("POST", "/update", &[("content-type", "application/sparql-update")], update)
    }

    /// An update that is made; its answer.
    #[track_caller]
    pub fn updated(&self, update: &str) -> Value {
        self.update(update).json()
    }

    pub fn version(&self) -> String {
        self.server.get("/readyz").body.trim().strip_prefix("ready: ").unwrap().to_owned()
    }

    #[track_caller]
    pub fn says(&self, ask: &str) -> bool {
        match self.server.query_as(ask, "text/csv").body.as_str() {
            "true" => true,
            "false" => false,
            other => panic!("{ask}: {other}"),
        }
    }
}
