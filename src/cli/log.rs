//! The log on standard error. Enter at [`start`].
//! A server writes a line for each request, and a quick answer would wait for a system call of the log's: lines are gathered for a moment and
//! written together. What went wrong is written at once, after all that came before it.

use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use clap::ValueEnum;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How the log is written: for people, or a JSON object a line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

/// How long a line may wait for others.
const MOMENT: Duration = Duration::from_millis(20);

/// The most bytes that wait.
const MOST_WAITING: usize = 64 * 1024;

/// Logs from now on; `gathering` takes a thread. What is gathered is written at the latest when the value is dropped.
pub fn start(format: Format, gathering: bool) -> impl Drop {
    let filter = EnvFilter::try_from_env("COMPETENCY_LOG").unwrap_or_else(|_| EnvFilter::new("warn,competency_graph=info"));
    // Its lines hold what agents say.
    let filter = match "rmcp=off".parse() {
        Ok(silence) => filter.add_directive(silence),
        Err(_) => filter,
    };
    let colours = io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let lines = Lines(Arc::default());
    if gathering {
        lines.gather();
    }
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines.clone()).with_target(false);
    match format {
        Format::Text => log.with_ansi(colours).init(),
        Format::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    Rest(lines)
}

/// Lines on their way.
#[derive(Clone)]
struct Lines(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Rung by the first line that waits; without it none does.
    bell: Option<SyncSender<()>>,
}

impl Lines {
    fn gather(&self) {
        let (bell, rung) = sync_channel(1);
        let lines = self.clone();
        let write = move || {
            while rung.recv().is_ok() {
                thread::sleep(MOMENT);
                lines.add(&[], true);
            }
        };
        if thread::Builder::new().name("log".to_owned()).spawn(write).is_ok() {
            self.waiting().bell = Some(bell);
        }
    }

    fn add(&self, line: &[u8], at_once: bool) {
        let mut waiting = self.waiting();
        let is_first = waiting.bytes.is_empty();
        waiting.bytes.extend_from_slice(line);
        match &waiting.bell {
            Some(bell) if !at_once && waiting.bytes.len() < MOST_WAITING => {
                if is_first {
                    // A bell that rings already is heard.
                    let _ = bell.try_send(());
                }
            }
            _ => {
                // Whoever adds a line meanwhile waits for the lock of standard error only if theirs is to be written too.
                let bytes = std::mem::take(&mut waiting.bytes);
                let mut out = io::stderr().lock();
                drop(waiting);
                // Who closed our standard error does not care to read it.
                let _ = out.write_all(&bytes);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One line.
struct Line<'a> {
    lines: &'a Lines,
    at_once: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { lines: self, at_once: true }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Line<'a> {
        Line { lines: self, at_once: *about.level() <= Level::WARN }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lines.add(bytes, self.at_once);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What waits when the program ends.
struct Rest(Lines);

impl Drop for Rest {
    fn drop(&mut self) {
        self.0.add(&[], true);
    }
}
