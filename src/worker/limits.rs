//! What a fork may use of the machine. The address space is bounded, so that an allocation too many ends the fork that makes it; what is
//! resident is for the front end to watch, for a deep recursion takes its memory from the stack, which is set aside at once.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use rustix::process::{Resource, Rlimit, Signal, nice, set_parent_process_death_signal, setrlimit};

/// Recursion over a query's nesting is as deep as the query, whose length is bounded; this much stack bears it. Pages are taken from the
/// machine only when touched.
pub const STACK: u64 = 1 << 30;

/// What the allocator sets aside beyond what is asked of it.
const SLACK: u64 = 128 << 20;

/// Low: whoever asks a question of the catalogue goes before all queries. Not the lowest, at which queries would starve on a busy machine.
const NICENESS: i32 = 10;

/// Holds this process to its share from now on.
///
/// # Errors
/// When the system refuses.
pub fn restrict(memory: u64) -> io::Result<()> {
    // Forked by a worker that may be gone by now: then there is nobody to answer either.
    #[cfg(target_os = "linux")]
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if let Some(used) = Usage::of_this_process().and_then(|usage| usage.reserved()) {
        limit(Resource::As, used + STACK + SLACK + memory)?;
    }
    limit(Resource::Core, 0)?;
    nice(NICENESS)?;
    // Where the whole machine runs short, a fork goes before anything else. Not every system has this.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    Ok(())
}

fn limit(resource: Resource, most: u64) -> io::Result<()> {
    Ok(setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

/// What a process uses of the memory, where the system tells: Linux does.
#[derive(Debug)]
pub struct Usage {
    file: File,
}

impl Usage {
    pub fn of_this_process() -> Option<Self> {
        Some(Self { file: File::open("/proc/self/statm").ok()? })
    }

    pub fn of(process: u32) -> Option<Self> {
        Some(Self { file: File::open(format!("/proc/{process}/statm")).ok()? })
    }

    /// The bytes of its address space.
    fn reserved(&self) -> Option<u64> {
        self.field(0)
    }

    /// The bytes that are in memory.
    pub fn resident(&self) -> Option<u64> {
        self.field(1)
    }

    fn field(&self, number: usize) -> Option<u64> {
        let mut text = [0; 128];
        let length = self.file.read_at(&mut text, 0).ok()?;
        let pages = std::str::from_utf8(&text[..length]).ok()?.split(' ').nth(number)?.parse::<u64>().ok()?;
        Some(pages * rustix::param::page_size() as u64)
    }
}
