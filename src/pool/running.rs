//! One job under way: it is watched while anybody waits for it, and its fork is killed unless it ended well.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Sender, channel};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tracing::warn;

use super::worker::{Fork, Worker};
use super::{Answer, Stopped};
use crate::worker::limits::Usage;
use crate::worker::{Job, Refusal, Reply};

/// How often memory is looked at. The address space is bounded by the system; this is for the stack, which is set aside at once.
const LOOK: Duration = Duration::from_millis(20);

/// How long an end is waited for once the connection to a fork has closed.
const FUNERAL: Duration = Duration::from_secs(2);

/// Chunks under way to a client that reads slowly.
const AHEAD: usize = 2;

pub struct Running {
    pub worker: Arc<Worker>,
    /// Until it is given back.
    pub fork: Option<Fork>,
    pub deadline: Instant,
    /// How far away the deadline was.
    pub time: Duration,
    /// The most that the fork may use beyond what it shares, in bytes.
    pub memory: u64,
    pub _place: OwnedSemaphorePermit,
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(fork) = &self.fork {
            self.worker.kill(fork.number);
        }
    }
}

impl Running {
    /// Sends the job and waits for the beginning of its answer; the rest is waited for by a task of its own.
    pub async fn answer(mut self, job: &Job) -> Result<Answer, Stopped> {
        self.send(&job.frame()).await?;
        match self.next().await? {
            Reply::Whole { media_type, bytes, stays } => {
                self.finish(stays);
                Ok(Answer::Whole { media_type, bytes })
            }
            Reply::Refused { why, stays } => {
                self.finish(stays);
                Err(Stopped::Refused(why))
            }
            Reply::Begin { media_type, bytes: first } => {
                let (sender, rest) = channel(AHEAD);
                tokio::spawn(self.pass_on(sender));
                Ok(Answer::Stream { media_type, first, rest })
            }
            Reply::More(_) | Reply::End { .. } | Reply::Broken(_) => Err(out_of_turn().into()),
        }
    }

    async fn send(&mut self, frame: &[u8]) -> Result<(), Stopped> {
        let (deadline, time) = (self.deadline, self.time);
        let fork = self.fork.as_mut().ok_or_else(out_of_turn)?;
        timeout_at(deadline, fork.stream.write_all(frame)).await.map_err(|_| Stopped::Overdue(time))?.map_err(Stopped::Failed)
    }

    /// The next that the fork says; or why it will say nothing more.
    async fn next(&mut self) -> Result<Reply, Stopped> {
        loop {
            let fork = self.fork.as_mut().ok_or_else(out_of_turn)?;
            if let Some(reply) = Reply::take(&mut fork.arrived)? {
                return Ok(reply);
            }
            let look = self.deadline.min(Instant::now() + LOOK);
            let read = tokio::select! {
                biased;
                read = fork.stream.read_buf(&mut fork.arrived) => Some(read),
                () = sleep_until(look) => None,
            };
            match read {
                Some(Ok(1..)) => {}
                Some(Ok(0) | Err(_)) => return Err(self.ended().await),
                None if self.used() > self.memory => return Err(Stopped::Memory(self.memory)),
                None if Instant::now() >= self.deadline => return Err(Stopped::Overdue(self.time)),
                None => {}
            }
        }
    }

    /// What the job uses beyond what its fork shares with the worker.
    fn used(&self) -> u64 {
        let used = |fork: &Fork| fork.usage.as_ref().and_then(Usage::resident).map(|bytes| bytes.saturating_sub(fork.shared));
        self.fork.as_ref().and_then(used).unwrap_or(0)
    }

    /// Why the fork closed its connection.
    async fn ended(&mut self) -> Stopped {
        let Some(mut fork) = self.fork.take() else { return out_of_turn().into() };
        match timeout(FUNERAL, &mut fork.ended).await {
            Ok(Ok(signal @ 1..)) => Stopped::Crashed(signal),
            Ok(_) => io::Error::new(io::ErrorKind::UnexpectedEof, "its process ended without an answer").into(),
            Err(_) => {
                self.fork = Some(fork);
                io::Error::new(io::ErrorKind::TimedOut, "its process closed the connection and went on").into()
            }
        }
    }

    fn finish(&mut self, stays: bool) {
        // One that does not stay is ended when this is dropped; it has nothing left to do.
        if let Some(fork) = self.fork.take_if(|_| stays) {
            self.worker.give_back(fork);
        }
    }

    /// Passes on what the fork says, as much at a time as is taken. An end that is not the job's own is an error in the stream.
    async fn pass_on(mut self, to: Sender<io::Result<Bytes>>) {
        let why = loop {
            let reply = tokio::select! { reply = self.next() => reply, () = to.closed() => return };
            match reply {
                Ok(Reply::More(bytes)) => match timeout_at(self.deadline, to.send(Ok(bytes))).await {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return,
                    Err(_) => break Stopped::Overdue(self.time),
                },
                Ok(Reply::End { stays }) => return self.finish(stays),
                Ok(Reply::Broken(why)) => break Stopped::Refused(Refusal::Internal(why)),
                Ok(_) => break out_of_turn().into(),
                Err(why) => break why,
            }
        };
        // The place is free before the client takes notice, which may never be.
        drop(self);
        warn!(reason = %why, "An answer was cut off after it began: {why}");
        let _ = to.send(Err(io::Error::other(why))).await;
    }
}

fn out_of_turn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the worker spoke out of turn")
}
