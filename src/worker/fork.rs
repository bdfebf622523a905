//! The worker process: it loads the dataset, then forks when it is told to, ends forks when it is told to, and tells how they ended.
//! It has one thread and runs nothing of a query itself, so that every fork begins whole. It ends, and its forks with it, when the front
//! end is gone.

use std::any::Any;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::Arc;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use rustix::stdio::{dup2_stderr, dup2_stdin, dup2_stdout};

use super::control::{self, Message};
use super::evaluate::{self, Failure};
use super::limits::{STACK, Usage, restrict};
use super::reply::Out;
use super::{Job, Limits, Operation, Refusal};
use crate::patch::Patch;
use crate::store::Store;
use crate::store::remote::Remote;

/// A fork that holds this much more than it began with is not worth keeping.
const GROWN: u64 = 16 << 20;

/// The forks that live, by number.
type Forks = BTreeMap<u32, Fork>;

struct Fork {
    process: Pid,
    /// Its other end is the fork's alone, so that it is closed when the fork has ended.
    alive: PipeReader,
}

/// Runs the worker: the dataset comes as N-Quads on standard input, and there must be so many, unless it is elsewhere; then it does as the control socket says,
/// which is standard output.
///
/// # Errors
/// When the dataset is not whole, or the system refuses what a worker needs.
pub fn run(quads: usize, elsewhere: Option<Remote>, limits: &Limits) -> io::Result<()> {
    leave_stopping_to_the_front_end();
    let (dataset, control) = (io::stdin().lock(), io::stdout());
    let control = control.as_fd();
    let store = match elsewhere {
        Some(remote) => Store::elsewhere(Arc::new(remote)),
        None => Store::read(dataset).map_err(io::Error::other)?,
    };
    if store.remote().is_none() && store.len().map_err(io::Error::other)? != quads {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the dataset is not whole"));
    }
    let mut forks = Forks::new();
    loop {
        let (asked, ended) = events(control, &forks)?;
        for number in ended {
            if let Some(fork) = forks.remove(&number) {
                control::send(control, Message::Ended { number, signal: signal_that_ended(fork.process)? }, None)?;
            }
        }
        if !asked {
            continue;
        }
        match control::receive(control)? {
            Some((Message::Fork { number }, _)) => fork(number, &mut forks, &store, control, limits)?,
            Some((Message::Kill { number }, _)) => kill(&forks, number),
            Some((Message::Patch { bytes }, _)) => patch(&store, control, bytes)?,
            Some(_) => {}
            // The front end is gone. Forks notice by their own socket, unless they compute.
            None => {
                forks.keys().for_each(|number| kill(&forks, *number));
                return Ok(());
            }
        }
    }
}

/// A terminal and a service manager ask every process to stop; the answers under way are finished all the same, and then the front end
/// closes the control socket.
#[allow(unsafe_code)]
fn leave_stopping_to_the_front_end() {
    for signal in [libc::SIGINT, libc::SIGTERM] {
        // SAFETY: no handler is installed, so that there is nothing for it to do wrong.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Waits until the front end says something or a fork ends.
fn events(control: BorrowedFd<'_>, forks: &Forks) -> io::Result<(bool, Vec<u32>)> {
    let mut watched = vec![PollFd::new(&control, PollFlags::IN)];
    watched.extend(forks.values().map(|fork| PollFd::new(&fork.alive, PollFlags::IN)));
    match poll(&mut watched, None) {
        Err(rustix::io::Errno::INTR) => return Ok((false, Vec::new())),
        other => other?,
    };
    let happened = |watched: &PollFd<'_>| !watched.revents().is_empty();
    let ended = forks.keys().zip(&watched[1..]).filter(|(_, watched)| happened(watched)).map(|(number, _)| *number);
    Ok((happened(&watched[0]), ended.collect()))
}

/// Takes over a change of the data. One that cannot be read leaves the worker behind the front end, and then it is better gone.
fn patch(store: &Store, control: BorrowedFd<'_>, bytes: u32) -> io::Result<()> {
    let mut text = Vec::new();
    File::from(control.try_clone_to_owned()?).take(bytes.into()).read_to_end(&mut text)?;
    let text = String::from_utf8(text).map_err(io::Error::other)?;
    store.apply(&Patch::read(&text).map_err(io::Error::other)?).map_err(io::Error::other)
}

fn kill(forks: &Forks, number: u32) {
    if let Some(fork) = forks.get(&number) {
        // It cannot have been another process's id yet: nobody has waited for this one.
        let _ = kill_process(fork.process, Signal::KILL);
    }
}

fn signal_that_ended(process: Pid) -> io::Result<u32> {
    let status = waitpid(Some(process), WaitOptions::empty())?;
    let signal = status.and_then(|(_, status)| status.terminating_signal());
    Ok(signal.and_then(|signal| u32::try_from(signal).ok()).unwrap_or(0))
}

fn fork(number: u32, forks: &mut Forks, store: &Store, control: BorrowedFd<'_>, limits: &Limits) -> io::Result<()> {
    let (ours, theirs) = UnixStream::pair()?;
    let (alive, life) = io::pipe()?;
    match fork_process()? {
        None => {
            // What belongs to the others: with these open, they would not be seen to end.
            forks.clear();
            drop((ours, alive));
            let ended = answer_jobs(store, theirs, limits);
            drop(life);
            exit(i32::from(ended.is_err()));
        }
        Some(process) => {
            forks.insert(number, Fork { process, alive });
            let id = process.as_raw_nonzero().get().unsigned_abs();
            control::send(control, Message::Forked { number, process: id }, Some(&ours))
        }
    }
}

/// None in the fork.
#[allow(unsafe_code)]
fn fork_process() -> io::Result<Option<Pid>> {
    // SAFETY: this process has one thread, so no lock is held by another one that the fork would lack.
    match unsafe { libc::fork() } {
        -1 => Err(io::Error::last_os_error()),
        process => Ok(Pid::from_raw(process)),
    }
}

/// The life of a fork: job by job, until it has grown or nobody is there.
fn answer_jobs(store: &Store, mut socket: UnixStream, limits: &Limits) -> io::Result<()> {
    // The worker's own pipes, with its control socket among them, are not for queries.
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&nothing)?;
    dup2_stdout(&nothing)?;
    dup2_stderr(&nothing)?;
    restrict(limits.memory)?;
    let usage = Usage::of_this_process();
    let resident = || usage.as_ref().and_then(Usage::resident).unwrap_or(0);
    let most = resident() + GROWN;
    let jobs = || {
        while let Some(job) = Job::read(&mut socket)? {
            if !answer(store, &job, &limits.services, &socket, || resident() < most)? {
                break;
            }
        }
        Ok(())
    };
    let stack = usize::try_from(STACK).unwrap_or(usize::MAX);
    thread::scope(|scope| {
        let running = thread::Builder::new().stack_size(stack).spawn_scoped(scope, jobs)?;
        running.join().unwrap_or_else(|_| Err(io::Error::other("a job panicked")))
    })
}

/// Answers one job; whether the fork is fit for another.
fn answer(store: &Store, job: &Job, allowed: &[String], socket: &UnixStream, is_fit: impl Fn() -> bool) -> io::Result<bool> {
    let mut out = Out::new(socket);
    let ended = catch_unwind(AssertUnwindSafe(|| evaluate::answer(store, job, allowed, &mut out)));
    let stays = ended.is_ok() && is_fit() && job.operation != Operation::Change;
    match ended.unwrap_or_else(|panic| Err(Failure::Refused(Refusal::Internal(message(&*panic))))) {
        Ok(()) => out.finish(stays)?,
        Err(Failure::Refused(why)) if !out.has_begun() => out.refuse(&why, stays)?,
        Err(Failure::Refused(why)) => out.break_off(&format!("{why:?}"))?,
        // Nobody listens any more.
        Err(Failure::Io(error)) => return Err(error),
    }
    Ok(stays)
}

fn message(panic: &dyn Any) -> String {
    let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    format!("a query made the evaluation panic: {}", text.unwrap_or_default())
}
