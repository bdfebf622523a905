//! `competency serve`: answers over HTTP, and reads the files again when they change.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use notify::{RecursiveMode, Watcher};
use tracing::{error, info};

use super::{Outcome, Sources};
use crate::http::{self, Options};
use crate::knowledge::Knowledge;

/// Answer questions and SPARQL over HTTP
#[derive(Args)]
#[command(after_help = "\
Examples:
  competency serve
  competency serve --data data --bind 127.0.0.1:8080   edits below data show at once; a bad one changes nothing")]
pub struct Arguments {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7878", env = "COMPETENCY_BIND")]
    bind: SocketAddr,
    /// The longest a SPARQL query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "COMPETENCY_TIMEOUT", value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// The most SPARQL queries at one time
    #[arg(long, value_name = "COUNT", default_value_t = 16, env = "COMPETENCY_CONCURRENCY", value_parser = clap::value_parser!(u64).range(1..=1024))]
    concurrency: u64,
    #[command(flatten)]
    sources: Sources,
}

/// Editors write a file in several steps; what comes within this time is one edit.
const SETTLE: Duration = Duration::from_millis(150);

pub fn run(arguments: Arguments) -> Outcome {
    let knowledge = Arc::new(Knowledge::open(arguments.sources.into())?);
    let _watcher = watch(&knowledge)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(arguments.bind).await.with_context(|| {
            format!("listening on {}; --bind takes another address, such as 127.0.0.1:0 for a free port", arguments.bind)
        })?;
        let options = Options {
            timeout: Duration::from_secs(arguments.timeout),
            concurrency: usize::try_from(arguments.concurrency).context("a count this machine can hold")?,
            base: http::url(listener.local_addr()?),
        };
        // Whoever started us may not care to read it.
        let _ = writeln!(io::stdout(), "Listening on {}", options.base);
        http::serve(listener, http::app(knowledge, options), stopped()).await.context("serving")
    })?;
    // A query under way does not keep the program from ending.
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

/// Reloads in the background for as long as the watcher lives.
fn watch(knowledge: &Arc<Knowledge>) -> anyhow::Result<Option<impl Watcher + use<>>> {
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
    let knowledge = knowledge.clone();
    std::thread::Builder::new().name("reload".to_owned()).spawn(move || {
        while events.recv().is_ok() {
            while matches!(events.recv_timeout(SETTLE), Ok(())) {}
            if matches!(events.recv_timeout(Duration::ZERO), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
            reload(&knowledge);
        }
    })?;
    Ok(Some(watcher))
}

fn reload(knowledge: &Knowledge) {
    match knowledge.reload() {
        Ok(true) => {
            let version = knowledge.current().version.clone();
            info!(%version, "Files changed: now answering from version {version}");
        }
        Ok(false) => {}
        Err(reason) => error!(%reason, "Files changed, and the last good state is kept, because:\n{reason}"),
    }
}

/// Ready when the program is asked to stop.
async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else { return };
        tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    info!("Asked to stop: finishing the answers under way");
}
