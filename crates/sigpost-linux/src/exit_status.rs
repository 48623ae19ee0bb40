//! `ExitStatus`: how a process ended, and `Ending`: what was seen of it.

use core::fmt;
use core::time::Duration;

use sigpost_engine::{Pid, Signal};

use crate::proc_stat;
use crate::process::{Process, ReadError};

/// How a process ended, as its parent learns it from wait(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// It called exit(3), or returned from its `main`, with this status.
    Exited(u8),
    /// A signal ended it.
    Signalled {
        /// Which one.
        signal: Signal,
        /// Whether a core image was written.
        core: bool,
    },
}

impl ExitStatus {
    /// The status in the form of wait(2). `None`: it is that of a process that has not ended.
    ///
    /// ```
    /// use sigpost_engine::Signal;
    /// use sigpost_linux::ExitStatus;
    ///
    /// assert_eq!(ExitStatus::from_wait(3 << 8), Some(ExitStatus::Exited(3)));
    /// assert_eq!(ExitStatus::from_wait(0x8B).unwrap().to_string(), "ended by SEGV, core dumped");
    /// assert_eq!(ExitStatus::from_wait(0x137F), None, "stopped");
    /// ```
    pub fn from_wait(status: i32) -> Option<Self> {
        match status & 0x7F {
            0 => u8::try_from((status >> 8) & 0xFF).ok().map(Self::Exited),
            number => Signal::new(number).map(|signal| Self::Signalled { signal, core: status & 0x80 != 0 }),
        }
    }

    /// Whether it ended by itself and well: exited with 0.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Exited(0))
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited {code}"),
            Self::Signalled { signal, core: false } => write!(f, "ended by {signal}"),
            Self::Signalled { signal, core: true } => write!(f, "ended by {signal}, core dumped"),
        }
    }
}

/// What was seen of a process's end. There is none before the kernel has told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How it ended, where the kernel told (see [`wait`](crate::wait)).
    pub status: Option<ExitStatus>,
    /// How long after the watch on it had begun.
    pub after: Duration,
    /// Whether it was a zombie still: nobody had waited for it.
    pub unreaped: bool,
    /// Of a zombie: its parent, who has to wait for it. `None` also where that is outside of our PID namespace.
    pub parent: Option<Pid>,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("ended; the kernel does not tell how")?,
        }
        match (self.unreaped, self.parent) {
            (false, _) => Ok(()),
            (true, Some(parent)) => write!(f, ", unreaped by {parent}"),
            (true, None) => f.write_str(", unreaped"),
        }
    }
}

/// What `stat` tells of a zombie: its parent, and its end. That is the last field, which is shown to those who may trace
/// the process.
///
/// # Errors
/// [`ReadError`].
pub(crate) fn of_zombie(process: &Process) -> Result<(Option<ExitStatus>, Option<Pid>), ReadError> {
    let mut buffer = Vec::new();
    let parent = process.stat_in(&mut buffer)?.parent;
    let status = proc_stat::wait_status(&buffer);
    // Whom it is not shown to reads 0. The link to its user namespace is shown to the same people, and to no others.
    let is_shown = || rustix::fs::readlinkat(process.directory().ok()?, "ns/user", Vec::new()).ok();
    let status = if status != 0 || is_shown().is_some() { ExitStatus::from_wait(status) } else { None };
    Ok((status, parent))
}
