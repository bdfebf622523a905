//! `competency serve`: answers over HTTP, and reads the files again when they change.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use notify::{RecursiveMode, Watcher};
use oxigraph::model::NamedNode;
use tokio::runtime::Runtime;
use tracing::{error, info};

use super::{Outcome, Sources};
use crate::access::Access;
use crate::http::{self, Connections, Cors, Gate, Host, Metrics, Options, Reading, Reload};
use crate::knowledge::{Generation, Knowledge, Origin};
use crate::pool::{self, Pool};
use crate::worker::Limits;

/// Answer questions and SPARQL over HTTP
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency serve
  competency serve --data data --bind 127.0.0.1:8080   edits below data show at once; a bad one changes nothing
  competency serve --store kb.sqlite                   a store that is written over HTTP, as `competency init` makes it
  competency serve --store http://localhost:8890/sparql --tokens tokens.sqlite    an engine elsewhere, which is written through here
  competency serve --bind 0.0.0.0:7878 --public-base https://kg.example.org/ --allow-host kg.example.org")]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7878", env = "COMPETENCY_BIND")]
    bind: SocketAddr,
    /// What absolute links begin with; needed to listen beyond this machine [default: http://HOST:PORT/]
    #[arg(long, value_name = "URL", env = "COMPETENCY_PUBLIC_BASE", value_parser = base)]
    public_base: Option<String>,
    /// A name under which the server may be asked, beside localhost and the address it listens on; needed to listen beyond this machine
    #[arg(long = "allow-host", value_name = "HOST", env = "COMPETENCY_ALLOW_HOST", value_delimiter = ',')]
    hosts: Vec<Host>,
    /// Origins whose pages may read answers, such as https://example.org, or * for all
    #[arg(long, value_name = "ORIGIN", env = "COMPETENCY_CORS", value_delimiter = ',')]
    cors: Vec<String>,
    /// The longest a SPARQL query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "COMPETENCY_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The most SPARQL queries at one time
    #[arg(long, value_name = "COUNT", default_value_t = 16, env = "COMPETENCY_CONCURRENCY", value_parser = clap::value_parser!(u64).range(1..=1024))]
    concurrency: u64,
    /// The most memory that a SPARQL query may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, env = "COMPETENCY_QUERY_MEMORY", value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    query_memory: u64,
    /// An endpoint that SERVICE may name, by its exact URL; without it, no query reaches another server
    #[arg(long = "allow-service", value_name = "URL", env = "COMPETENCY_ALLOW_SERVICE", value_delimiter = ',', value_parser = endpoint)]
    services: Vec<String>,
    /// The longest a client may take to send its headers, its body, or to take the next part of an answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 20, env = "COMPETENCY_CLIENT_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=3600))]
    client_timeout: u64,
    /// The most connections at one time; who comes later waits
    #[arg(long, value_name = "COUNT", default_value_t = 512, env = "COMPETENCY_MAX_CONNECTIONS", value_parser = clap::value_parser!(u64).range(1..=65536))]
    max_connections: u64,
    /// How long answers under way may go on when the server is asked to stop, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "COMPETENCY_SHUTDOWN_GRACE", value_parser = clap::value_parser!(u64).range(0..=3600))]
    shutdown_grace: u64,
    /// The most bytes of a graph that is sent to be kept, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 32, env = "COMPETENCY_MAX_GRAPH", value_parser = clap::value_parser!(u64).range(1..=128))]
    max_graph: u64,
    /// Whether everybody may read, or only who has a token
    #[arg(long, value_enum, default_value_t = Read::Open, env = "COMPETENCY_READ")]
    read: Read,
    /// The file with the tokens of who may write, where the store is an engine elsewhere, as `competency token --tokens FILE` makes it
    #[arg(long, value_name = "FILE", env = "COMPETENCY_TOKENS")]
    tokens: Option<PathBuf>,
    #[command(flatten)]
    sources: Sources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Read {
    /// Everybody
    Open,
    /// Who has a token of any role
    Closed,
}

/// Editors write a file in several steps; what comes within this time is one edit.
const SETTLE: Duration = Duration::from_millis(150);

/// How often it is looked whether another process has committed.
const FOLLOW: Duration = Duration::from_millis(500);

pub fn run(arguments: Arguments) -> Outcome {
    arguments.dare_to_be_public()?;
    let cors = Cors::new(&arguments.cors).map_err(|error| anyhow::anyhow!("--cors: {error}"))?;
    let patience = Duration::from_secs(arguments.client_timeout);
    let count = |count: u64| usize::try_from(count).context("a count this machine can hold");
    let connections =
        Connections { most: count(arguments.max_connections)?, patience, grace: Duration::from_secs(arguments.shutdown_grace) };
    let origin = Origin::from(arguments.sources);
    let reading = match arguments.read {
        Read::Closed if origin.store.is_none() && arguments.tokens.is_none() => {
            bail!("--read closed needs tokens, which are kept in a store: add --store FILE, or --tokens FILE beside an engine")
        }
        Read::Closed => Reading::Closed,
        Read::Open => Reading::Open,
    };
    let most_graph_bytes = count(arguments.max_graph << 20)?;
    let knowledge = Arc::new(Knowledge::open(origin)?);
    let tokens = arguments.tokens.as_deref().or(knowledge.origin().store.as_deref());
    let access = tokens.map(Access::open).transpose()?.map(Arc::new);
    let gate = Gate { access, reading };
    let metrics: Arc<Metrics> = Arc::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let pool = Arc::new(Pool::new(pool::Options {
        program: std::env::current_exe().context("finding the program, which evaluates queries in processes of its own")?,
        timeout: Duration::from_secs(arguments.timeout),
        concurrency: count(arguments.concurrency)?,
        limits: Limits { memory: arguments.query_memory << 20, services: arguments.services },
    }));
    let warm = warmer(&runtime, &pool);
    warm(&knowledge.current());
    knowledge.listen(warm);
    let _watcher = watch(&knowledge, &metrics)?;
    follow(&knowledge)?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(arguments.bind).await.with_context(|| {
            format!("listening on {}; --bind takes another address, such as 127.0.0.1:0 for a free port", arguments.bind)
        })?;
        let bound = listener.local_addr()?;
        let options = Options {
            patience,
            base: arguments.public_base.unwrap_or_else(|| http::url(bound)),
            hosts: Host::of_machine(bound).into_iter().chain(arguments.hosts).collect(),
            cors,
            most_graph_bytes,
        };
        let stop = stopped()?;
        // Whoever started us may not care to read it.
        let _ = writeln!(io::stdout(), "Listening on {}", http::url(bound));
        http::serve(listener, http::app(knowledge, pool, options, gate, metrics.clone()), &connections, &metrics, stop).await;
        anyhow::Ok(())
    })?;
    // A query under way does not keep the program from ending.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    /// What listens beyond this machine was told under which names, so that no client can make it believe another.
    fn dare_to_be_public(&self) -> anyhow::Result<()> {
        let missing = match (&self.public_base, self.hosts.is_empty()) {
            _ if self.bind.ip().is_loopback() => return Ok(()),
            (Some(_), false) => return Ok(()),
            (None, false) => "--public-base URL",
            (Some(_), true) => "--allow-host HOST",
            (None, true) => "--public-base URL and --allow-host HOST",
        };
        bail!(
            "--bind {} can be reached from other machines: add {missing}, such as \
             --public-base https://kg.example.org/ --allow-host kg.example.org",
            self.bind
        );
    }
}

/// An absolute URL to put paths behind, with its slash.
fn base(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let (host, path) = rest.map(|rest| rest.split_once('/').unwrap_or((rest, ""))).unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/%".contains(c);
    if host.parse::<Host>().is_err() || !path.chars().all(is_plain) {
        return Err("it is an absolute URL without query, such as https://kg.example.org/".to_owned());
    }
    Ok(format!("{}/", text.trim_end_matches('/')))
}

/// An endpoint, which is compared letter by letter.
fn endpoint(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).and_then(|rest| rest.split('/').next());
    if host.is_none_or(|host| host.parse::<Host>().is_err()) || NamedNode::new(text).is_err() {
        return Err("it is the URL of a SPARQL endpoint, such as https://query.example.org/sparql".to_owned());
    }
    Ok(text.to_owned())
}

/// What makes worker processes ready for the newest data, so that the first query need not wait for them.
fn warmer(runtime: &Runtime, pool: &Arc<Pool>) -> impl Fn(&Generation) + Send + Sync + use<> {
    let (runtime, pool) = (runtime.handle().clone(), pool.clone());
    move |generation| {
        let _inside = runtime.enter();
        if let Err(error) = pool.warm(generation) {
            error!(%error, "No worker process could be started, and the first query will try again: {error}");
        }
    }
}

/// Reloads in the background for as long as the watcher lives.
fn watch(knowledge: &Arc<Knowledge>, metrics: &Arc<Metrics>) -> anyhow::Result<Option<impl Watcher + use<>>> {
    let folders = knowledge.origin().watched();
    if folders.is_empty() {
        return Ok(None);
    }
    let (sender, events) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // The receiver is gone only when the program ends.
            let _ = sender.send(());
        }
    })?;
    for folder in &folders {
        watcher.watch(folder, RecursiveMode::Recursive).with_context(|| format!("watching {}", folder.display()))?;
    }
    let (knowledge, metrics) = (knowledge.clone(), metrics.clone());
    std::thread::Builder::new().name("reload".to_owned()).spawn(move || {
        while events.recv().is_ok() {
            while matches!(events.recv_timeout(SETTLE), Ok(())) {}
            if matches!(events.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
            metrics.reloaded(reload(&knowledge));
        }
    })?;
    Ok(Some(watcher))
}

/// Takes over what other processes commit to a durable store, and makes ready for changes.
fn follow(knowledge: &Arc<Knowledge>) -> anyhow::Result<()> {
    if knowledge.history().is_none() && knowledge.origin().engine.is_none() {
        return Ok(());
    }
    let knowledge = Arc::downgrade(knowledge);
    std::thread::Builder::new().name("follow".to_owned()).spawn(move || {
        if let Some(Err(error)) = knowledge.upgrade().map(|knowledge| knowledge.prepare()) {
            error!(%error, "The first change will take longer: {error}");
        }
        let mut told = None;
        while let Some(knowledge) = knowledge.upgrade() {
            let failed = knowledge.reload().err().map(|error| error.to_string());
            if failed.is_some() && failed != told {
                error!("What others write to the store cannot be taken over: {}", failed.as_deref().unwrap_or_default());
            }
            told = failed;
            drop(knowledge);
            std::thread::sleep(FOLLOW);
        }
    })?;
    Ok(())
}

fn reload(knowledge: &Knowledge) -> Reload {
    match knowledge.reload() {
        Ok(true) => {
            let version = knowledge.current().version.clone();
            info!(%version, "Files changed: now answering from version {version}");
            Reload::Published
        }
        Ok(false) => Reload::Unchanged,
        Err(reason) => {
            error!(%reason, "Files changed, and the last good state is kept, because:\n{reason}");
            Reload::Refused
        }
    }
}

/// Ready when the program is asked to stop; from now on that no longer ends it at once.
fn stopped() -> io::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    #[cfg(unix)]
    let mut interrupted = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
    Ok(async move {
        #[cfg(unix)]
        tokio::select! { _ = interrupted.recv() => {}, _ = terminated.recv() => {} }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        info!("Asked to stop: finishing the answers under way");
    })
}
