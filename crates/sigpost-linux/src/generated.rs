//! What the kernel itself says became of a signal: its tracepoint `signal:signal_generate`.
//!
//! The kernel passes it once for every target of every send, group sends included, and names the outcome: a member
//! whose disposition or mask was read a moment too early is told from one that was read in time. It takes
//! `CAP_PERFMON` and a tracefs that can be read; where these are missing, [`Unavailable`] says which.
//!
//! What it does not tell: members that *refuse* the signal leave no record, nor does the null signal; and processes
//! are named by their numbers in the machine's **first** PID namespace, whatever namespace they or the reader are in.
//!
//! Source: Linux `include/trace/events/signal.h`, `__send_signal_locked`.

mod confirm;
mod format;
mod stream;

use sigpost_engine::{Pid, Signal, ThreadId};

use crate::proc_stat::Comm;

pub(crate) use confirm::{Watch, confirm};
pub use format::Format;
pub use stream::{OwnStream, Records, SystemStream, Unavailable};

/// Whether the caller's PID namespace is the machine's first one, by whose numbers processes are named here: it has a
/// fixed inode. `None` where `/proc` does not say.
///
/// Source: Linux `include/linux/proc_ns.h`, `PROC_PID_INIT_INO`.
pub fn is_first_namespace() -> Option<bool> {
    let name = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(name.as_os_str() == "pid:[4026531836]")
}

/// One signal at one target, as the kernel recorded it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub time: u64,
    /// The thread that was running when it was generated, as the first PID namespace numbers it: for what a process
    /// sent, the sender. `None`: an idle CPU, in an interrupt.
    pub sender: Option<ThreadId>,
    /// The signal.
    pub signal: Signal,
    /// `si_errno`.
    pub errno: i32,
    /// `si_code`: 0 for kill(2), 128 for the kernel itself.
    pub code: i32,
    /// The target thread's name, at most 15 bytes.
    pub comm: Comm,
    /// The target, as the first PID namespace numbers it: for a signal to a process or a group, the main thread.
    pub pid: Pid,
    /// Whether it was for the process, not for this thread of it.
    pub group: bool,
    /// What the kernel did with it.
    pub fate: Fate,
}

/// What the kernel did with a signal at a target: the record's `result`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Queued: to be handled, to act by default, or to stay pending while it is blocked.
    Delivered,
    /// Dropped: ignored, without effect by default, or the target is ending or a protected process 1.
    Ignored,
    /// Dropped: a standard signal that was pending already.
    AlreadyPending,
    /// Refused with EAGAIN: the queue was full.
    Overflow,
    /// Queued without its information: the queue was full.
    InfoLost,
}

impl Fate {
    /// The kernel's number for it (`TRACE_SIGNAL_*`); `None` for one that a newer kernel may have.
    pub const fn from_number(number: i32) -> Option<Self> {
        match number {
            0 => Some(Self::Delivered),
            1 => Some(Self::Ignored),
            2 => Some(Self::AlreadyPending),
            3 => Some(Self::Overflow),
            4 => Some(Self::InfoLost),
            _ => None,
        }
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Ignored => "ignored",
            Self::AlreadyPending => "already_pending",
            Self::Overflow => "overflow",
            Self::InfoLost => "info_lost",
        }
    }
}
