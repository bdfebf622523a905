//! Engines of a test's own. One that is not installed is skipped, unless it is required.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::durable::Editor;
use crate::support::{Server, run, says};

/// An engine of a test's own, on this machine only; it ends when dropped.
pub struct Engine {
    pub child: Child,
    /// As `--store` takes it.
    pub store: String,
    pub folder: TempDir,
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Whether a program is there; if not, the test is skipped, or fails where the part is required.
fn is_there(program: &str, argument: &str) -> bool {
    let there = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        assert!(std::env::var_os("COMPETENCY_REQUIRE_PARTS").is_none(), "{program} is required here and missing");
        println!("skipped: {program} is not installed");
    }
    there
}

fn wait_for(url: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    while ureq::get(url).config().http_status_as_error(false).build().call().is_err() {
        assert!(Instant::now() < until, "{url} did not come up");
        thread::sleep(Duration::from_millis(100));
    }
}

impl Engine {
    pub fn oxigraph(options: &[&str]) -> Option<Self> {
        is_there("oxigraph", "--version").then(|| {
            let folder = tempfile::tempdir().unwrap();
            let port = free_port();
            let mut command = Command::new("oxigraph");
            command.args(["serve", "--bind", &format!("127.0.0.1:{port}"), "--location"]).arg(folder.path()).args(options);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let url = format!("http://127.0.0.1:{port}");
            wait_for(&url);
            Self { child, store: format!("{url}/query,update={url}/update,graphs={url}/store"), folder }
        })
    }

    pub fn virtuoso() -> Option<Self> {
        is_there("virtuoso-t", "-?").then(|| {
            let folder = tempfile::tempdir().unwrap();
            let (sql, http) = (free_port(), free_port());
            let at = folder.path().display();
            let settings = format!(
                "[Database]\nDatabaseFile = {at}/v.db\nErrorLogFile = {at}/v.log\nLockFile = {at}/v.lck\nTransactionFile = {at}/v.trx\n\
                 xa_persistent_file = {at}/v.pxa\n[TempDatabase]\nDatabaseFile = {at}/t.db\nTransactionFile = {at}/t.trx\n\
                 [Parameters]\nServerPort = 127.0.0.1:{sql}\nNumberOfBuffers = 20000\n[HTTPServer]\nServerPort = 127.0.0.1:{http}\n[SPARQL]\n"
            );
            fs::write(folder.path().join("virtuoso.ini"), settings).unwrap();
            let mut command = Command::new("virtuoso-t");
            command.args(["+configfile", "virtuoso.ini", "+foreground"]).current_dir(&folder);
            let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let engine = Self { child, store: format!("http://127.0.0.1:{http}/sparql"), folder };
            wait_for(&engine.store);
            let grants = "GRANT SPARQL_UPDATE TO \"SPARQL\";\nDB.DBA.RDF_DEFAULT_USER_PERMS_SET ('nobody', 7);\n\
                          DB.DBA.USER_CREATE ('grace', 'a secret');\nGRANT SPARQL_UPDATE TO \"grace\";\n";
            let grant = engine.folder.path().join("grant.sql");
            fs::write(&grant, grants).unwrap();
            let isql = if Path::new("/usr/bin/isql-vt").exists() { "isql-vt" } else { "isql" };
            let done = Command::new(isql).args([&format!("127.0.0.1:{sql}"), "dba", "dba"]).arg(&grant).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            engine
        })
    }

    pub fn filled(self) -> Self {
        let said = run(&["init", "--store", &self.store]);
        assert_eq!(said.code, Some(0), "{}", said.stderr);
        says(&said.stdout, &["holds version"]);
        self
    }

    /// Changes its data past our program.
    pub fn update(&self, text: &str) {
        let update = self.store.split("update=").nth(1).unwrap_or(&self.store).split(',').next().unwrap();
        let sent = ureq::post(update).header("content-type", "application/sparql-update").send(text).unwrap();
        assert!(sent.status().is_success());
    }

    /// A server of it that takes changes, with a token.
    pub fn serve(&self) -> Editor {
        let tokens = self.folder.path().join("tokens.sqlite").display().to_string();
        let name = format!("ada-{}", free_port());
        let made = run(&["token", "--tokens", &tokens, "add", &name, "--role", "editor"]);
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let server = Server::start(&["--store", &self.store, "--tokens", &tokens]);
        Editor { server, token: made.stdout.trim().to_owned() }
    }
}
