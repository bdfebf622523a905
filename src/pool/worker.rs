//! One worker process as the front end sees it: it is given the data, asked for forks, and told which of them to kill.
//! What it says is read on a thread of its own. What forks are used for is `running`'s matter.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufWriter, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::BytesMut;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tracing::{error, warn};

use crate::knowledge::Generation;
use crate::patch::Patch;
use crate::worker::control::{self, Message};
use crate::worker::limits::Usage;
use crate::worker::{Elsewhere, Limits};

/// Forks that are ready before anybody asks.
const SPARES: usize = 2;

/// A worker process. It ends, with its forks, when this is dropped.
pub struct Worker {
    control: Mutex<UnixStream>,
    state: Arc<Mutex<State>>,
}

/// A process that answers jobs.
pub struct Fork {
    pub number: u32,
    pub stream: tokio::net::UnixStream,
    /// What has arrived and was not read.
    pub arrived: BytesMut,
    /// What it uses, and what it used before its first job: the data it shares with the worker.
    pub usage: Option<Usage>,
    pub shared: u64,
    /// The signal that ended it, or 0, once it has ended.
    pub ended: oneshot::Receiver<u32>,
}

#[derive(Default)]
struct State {
    /// The number of the last fork asked for.
    last: u32,
    /// Forks up to this number have data from before the last change.
    stale: u32,
    /// Asked for and not yet here, with who listens for their end.
    coming: BTreeMap<u32, oneshot::Receiver<u32>>,
    living: BTreeMap<u32, oneshot::Sender<u32>>,
    idle: Vec<Fork>,
    waiting: VecDeque<oneshot::Sender<Fork>>,
    gone: bool,
}

impl Worker {
    /// Starts the process and begins to give it the data. Must be called where tokio's runtime is.
    pub fn start(program: &Path, limits: &Limits, generation: &Generation) -> io::Result<Arc<Self>> {
        let (ours, theirs) = UnixStream::pair()?;
        let mut command = Command::new(program);
        let remote = generation.store.remote();
        let quads = if remote.is_some() { 0 } else { generation.store.len().map_err(io::Error::other)? };
        command.arg("worker").args(["--quads", &quads.to_string(), "--memory", &(limits.memory >> 20).to_string()]);
        if let Some(remote) = remote {
            let elsewhere = Elsewhere { address: remote.address.clone(), dataset: remote.dataset.clone() };
            command.args(["--elsewhere", &serde_json::to_string(&elsewhere)?]);
        }
        limits.services.iter().for_each(|service| {
            command.args(["--service", service]);
        });
        let mut child = command.stdin(Stdio::piped()).stdout(OwnedFd::from(theirs)).spawn()?;
        let dataset = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // A snapshot of the data as it is now, whatever becomes of the store.
        let data = generation.store.snapshot();
        // The worker counts what it gets, and what is not whole it says itself.
        thread::Builder::new().name("dataset".to_owned()).spawn(move || data.write(BufWriter::new(dataset)))?;
        let worker = Arc::new(Self { control: Mutex::new(ours.try_clone()?), state: Arc::default() });
        let (state, runtime) = (worker.state.clone(), Handle::current());
        thread::Builder::new().name("worker".to_owned()).spawn(move || listen(&ours, child, &state, &runtime))?;
        worker.ask_ahead(&mut worker.state());
        Ok(worker)
    }

    /// Whether it still does as told.
    pub fn is_there(&self) -> bool {
        !self.state().gone
    }

    /// A fork that is free, as soon as there is one.
    pub async fn take(&self) -> io::Result<Fork> {
        let coming = {
            let mut state = self.state();
            let idle = state.idle.pop();
            if let Some(fork) = idle {
                self.ask_ahead(&mut state);
                return Ok(fork);
            }
            if state.gone {
                return Err(gone());
            }
            let (sender, receiver) = oneshot::channel();
            state.waiting.push_back(sender);
            self.ask_ahead(&mut state);
            receiver
        };
        coming.await.map_err(|_| gone())
    }

    /// Takes back a fork that is fit for another job.
    pub fn give_back(&self, fork: Fork) {
        let number = fork.number;
        if !self.state().offer(fork) {
            self.kill(number);
        }
    }

    /// Takes over a change of the data: forks that are taken from now on have it. Waits for the worker, but not for its forks.
    pub fn patch(&self, patch: &Patch) -> io::Result<()> {
        let text = patch.to_string();
        let bytes = u32::try_from(text.len()).map_err(io::Error::other)?;
        let mut state = self.state();
        {
            let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
            control::send(&*control, Message::Patch { bytes }, None)?;
            control.write_all(text.as_bytes())?;
        }
        state.stale = state.last;
        std::mem::take(&mut state.idle).iter().for_each(|fork| self.kill(fork.number));
        self.ask_ahead(&mut state);
        Ok(())
    }

    /// Ends a fork, whatever it does.
    pub fn kill(&self, number: u32) {
        // If the worker is gone, its forks are.
        let _ = self.say(Message::Kill { number });
    }

    fn say(&self, message: Message) -> io::Result<()> {
        control::send(&*self.control.lock().unwrap_or_else(PoisonError::into_inner), message, None)
    }

    /// So that there is a fork for all who wait, and some for who comes next.
    fn ask_ahead(&self, state: &mut State) {
        while !state.gone && state.idle.len() + state.coming.len() < state.waiting.len() + SPARES {
            state.last += 1;
            let number = state.last;
            let (sender, receiver) = oneshot::channel();
            state.living.insert(number, sender);
            state.coming.insert(number, receiver);
            // If the worker is gone, the thread that listens to it says so to all who wait.
            let _ = self.say(Message::Fork { number });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.control.lock().unwrap_or_else(PoisonError::into_inner).shutdown(Shutdown::Both);
    }
}

impl State {
    /// To the first who still waits, or to who comes next; nobody takes one whose data is from before a change.
    fn offer(&mut self, fork: Fork) -> bool {
        let mut fork = fork;
        if fork.number <= self.stale {
            return false;
        }
        while let Some(waiting) = self.waiting.pop_front() {
            match waiting.send(fork) {
                Ok(()) => return true,
                Err(back) => fork = back,
            }
        }
        self.idle.push(fork);
        true
    }

    /// Whether anybody takes it.
    fn came(&mut self, number: u32, process: u32, socket: OwnedFd) -> io::Result<bool> {
        let ended = self.coming.remove(&number).ok_or(io::ErrorKind::InvalidData)?;
        let stream = UnixStream::from(socket);
        stream.set_nonblocking(true)?;
        let usage = Usage::of(process);
        let shared = usage.as_ref().and_then(Usage::resident).unwrap_or(0);
        let stream = tokio::net::UnixStream::from_std(stream)?;
        Ok(self.offer(Fork { number, stream, arrived: BytesMut::new(), usage, shared, ended }))
    }

    fn ended(&mut self, number: u32, signal: u32) {
        self.idle.retain(|fork| fork.number != number);
        if let Some(listener) = self.living.remove(&number) {
            // Whoever killed it does not listen.
            let _ = listener.send(signal);
        }
    }
}

/// Reads what the worker says until it ends.
fn listen(control: &UnixStream, mut child: Child, state: &Mutex<State>, runtime: &Handle) {
    let _inside = runtime.enter();
    let lock = || state.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = loop {
        let came = match control::receive(control) {
            // One that nobody takes reads the end of its socket, and ends.
            Ok(Some((Message::Forked { number, process }, Some(socket)))) => lock().came(number, process, socket).map(|_| ()),
            Ok(Some((Message::Ended { number, signal }, _))) => {
                lock().ended(number, signal);
                Ok(())
            }
            Ok(Some(_)) => Ok(()),
            Ok(None) => break None,
            Err(error) => Err(error),
        };
        if let Err(error) = came {
            break Some(error);
        }
    };
    // A socket that cannot be taken leaves the worker in doubt: better a new one.
    let _ = control.shutdown(Shutdown::Both);
    if let Some(error) = failed {
        error!(%error, "A worker process was given up: {error}");
    }
    {
        let mut state = lock();
        state.gone = true;
        state.waiting.clear();
        state.idle.clear();
    }
    match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => warn!(%status, "A worker process ended: {status}"),
        Err(error) => warn!(%error, "A worker process cannot be waited for: {error}"),
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the worker process is gone")
}
