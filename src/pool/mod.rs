//! SPARQL from outside, run in worker processes within bounds of time, memory and number. Enter at [`Pool::run`].
//! One worker process holds one version of the data and forks ahead (`worker`); a fork that goes on too long, takes too much or is no
//! longer wanted is killed, and nothing else notices. How a client asked, and how it is told, is the callers' matter.

mod running;
mod worker;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::knowledge::Generation;
use crate::worker::{Job, Limits, Refusal};
use running::Running;
use worker::Worker;

/// What a pool may use.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program whose command `worker` a worker process is.
    pub program: PathBuf,
    /// The longest a job may take.
    pub timeout: Duration,
    /// The most jobs at one time.
    pub concurrency: usize,
    pub limits: Limits,
}

/// The workers of the newest version of the data, and the places for jobs.
pub struct Pool {
    options: Options,
    places: Arc<Semaphore>,
    /// For who waits for a place.
    queue: Semaphore,
    workers: Mutex<Workers>,
    stopped: [AtomicU64; HOWS.len()],
}

/// What a job gave.
pub enum Answer {
    Whole {
        media_type: String,
        bytes: Bytes,
    },
    /// The first bytes, and the rest as it comes; an error in it means that the rest will not come.
    Stream {
        media_type: String,
        first: Bytes,
        rest: Receiver<io::Result<Bytes>>,
    },
}

/// Why a job gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("as many queries as the server takes at one time are under way")]
    Busy,
    #[error("it took longer than {} s", .0.as_secs_f32())]
    Overdue(Duration),
    /// The limit, in bytes.
    #[error("it took more than {} MiB of memory", .0 >> 20)]
    Memory(u64),
    /// The process that ran it ended by itself: of a recursion too deep or an allocation too large.
    #[error("it ended the process that ran it, by signal {0}")]
    Crashed(u32),
    #[error("{0:?}")]
    Refused(Refusal),
    #[error("no worker process could run it: {0}")]
    Failed(#[from] io::Error),
}

/// The ends that are counted, as [`Pool::stopped`] names them.
const HOWS: [&str; 4] = ["busy", "overdue", "memory", "crashed"];

/// For each place, so many may wait for one.
const QUEUE: usize = 4;

/// So long, and no longer: whoever waits would rather be told.
const QUEUE_PATIENCE: Duration = Duration::from_secs(1);

impl Pool {
    /// A pool without workers yet.
    pub fn new(options: Options) -> Self {
        let (places, queue) = (Arc::new(Semaphore::new(options.concurrency)), Semaphore::new(options.concurrency * QUEUE));
        Self { options, places, queue, workers: Mutex::default(), stopped: Default::default() }
    }

    /// Starts a worker for this version of the data, unless there is one: whoever asks first need not wait for it then.
    ///
    /// # Errors
    /// When the worker cannot be started.
    pub fn warm(&self, generation: &Generation) -> io::Result<()> {
        self.worker(generation).map(|_| ())
    }

    /// Runs a job over this version of the data, for as long as the caller likes to wait, but no longer than the options say.
    /// The future may be dropped, and then the job ends.
    ///
    /// # Errors
    /// When there is no answer; what fails after an answer began comes as an error in the stream.
    pub async fn run(&self, generation: &Generation, job: &Job, at_most: Option<Duration>) -> Result<Answer, Stopped> {
        let time = at_most.unwrap_or(self.options.timeout).min(self.options.timeout);
        let deadline = Instant::now() + time;
        let mut outcome = self.attempt(generation, job, deadline, time).await;
        if matches!(outcome, Err(Stopped::Failed(_))) {
            // The system may have ended a worker for reasons of its own; the next one has done nothing yet to deserve it.
            outcome = self.attempt(generation, job, deadline, time).await;
        }
        if let Err(how) = &outcome {
            let how = match how {
                Stopped::Busy => Some(0),
                Stopped::Overdue(_) => Some(1),
                Stopped::Memory(_) => Some(2),
                Stopped::Crashed(_) => Some(3),
                Stopped::Refused(_) | Stopped::Failed(_) => None,
            };
            how.map(|how| self.stopped[how].fetch_add(1, Ordering::Relaxed));
        }
        outcome
    }

    /// The jobs under way.
    pub fn under_way(&self) -> usize {
        self.options.concurrency - self.places.available_permits()
    }

    /// How many jobs were given up, by how.
    pub fn stopped(&self) -> impl Iterator<Item = (&'static str, u64)> {
        HOWS.into_iter().zip(self.stopped.iter().map(|count| count.load(Ordering::Relaxed)))
    }

    async fn attempt(&self, generation: &Generation, job: &Job, deadline: Instant, time: Duration) -> Result<Answer, Stopped> {
        let place = self.place().await?;
        let worker = self.worker(generation)?;
        let taken = timeout_at(deadline, worker.take()).await.map_err(|_| Stopped::Overdue(time))?;
        let memory = self.options.limits.memory;
        Running { worker, fork: Some(taken?), deadline, time, memory, _place: place }.answer(job).await
    }

    /// A place, waited for if need be, but not for long and not by many.
    async fn place(&self) -> Result<OwnedSemaphorePermit, Stopped> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Ok(place);
        }
        let _waiting = self.queue.try_acquire().map_err(|_| Stopped::Busy)?;
        let place = timeout(QUEUE_PATIENCE, self.places.clone().acquire_owned()).await.map_err(|_| Stopped::Busy)?;
        place.map_err(|_| Stopped::Busy)
    }

    /// The worker of a version of the data, or of a newer one; one for another version ends when its last job has.
    fn worker(&self, generation: &Generation) -> io::Result<Arc<Worker>> {
        let start = || Worker::start(&self.options.program, &self.options.limits, generation);
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        if generation.is_former {
            return workers.former(&generation.version, start);
        }
        let number = generation.commit.as_ref().map_or(0, |commit| commit.number);
        let Workers { current, elsewhere, .. } = &mut *workers;
        let slot = if generation.store.remote().is_some() { elsewhere } else { current };
        if let Some(current) = slot.as_mut().filter(|current| current.worker.is_there()) {
            if current.version == generation.version || current.number > number {
                return Ok(current.worker.clone());
            }
            if let Some(since) = generation.since.as_ref().filter(|since| since.version == current.version)
                && current.worker.patch(&since.change).is_ok()
            {
                (current.version, current.number) = (generation.version.clone(), number);
                return Ok(current.worker.clone());
            }
        }
        let worker = start()?;
        *slot = Some(Current { version: generation.version.clone(), number, worker: worker.clone() });
        Ok(worker)
    }
}

/// The worker of the newest data, and those of former versions that were asked for lately.
#[derive(Default)]
struct Workers {
    current: Option<Current>,
    /// The one whose data is in an engine; `current` then has the copy on which changes are worked out.
    elsewhere: Option<Current>,
    former: Vec<(String, Arc<Worker>)>,
}

struct Current {
    version: String,
    /// The place of its commit in the log, where there is one.
    number: u64,
    worker: Arc<Worker>,
}

/// So many former versions have workers: each holds a whole graph.
const MOST_FORMER: usize = 2;

impl Workers {
    fn former(&mut self, version: &str, start: impl FnOnce() -> io::Result<Arc<Worker>>) -> io::Result<Arc<Worker>> {
        self.former.retain(|(_, worker)| worker.is_there());
        let at = self.former.iter().position(|(former, _)| former == version);
        let worker = match at {
            Some(at) => self.former.remove(at).1,
            None => start()?,
        };
        if self.former.len() >= MOST_FORMER {
            self.former.remove(0);
        }
        self.former.push((version.to_owned(), worker.clone()));
        Ok(worker)
    }
}
