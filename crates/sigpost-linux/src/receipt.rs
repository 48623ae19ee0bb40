//! `Receipt`: what became of a signal at one process of a live host.

use core::fmt;

use sigpost_engine::{GroupId, Pid, SessionId, Signal, UserId, Verdict};

use crate::generated::Fate;
use crate::proc_stat::Comm;
use crate::process_group::Via;

/// One target's receipt \[S3.6\]. What could not be read is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The process.
    pub pid: Pid,
    /// Its inode: with the number, a name for it that nobody else gets.
    pub inode: Option<u64>,
    /// When it started, in clock ticks since the machine did. As the inode, only where it was asked for.
    pub start: Option<u64>,
    /// Its command name.
    pub comm: Option<Comm>,
    /// Its real user ID, where it was asked for, or was read because it decides.
    pub uid: Option<UserId>,
    /// Its process group.
    pub pgid: Option<GroupId>,
    /// Its session.
    pub sid: Option<SessionId>,
    /// The signal; `None` for the null signal.
    pub signal: Option<Signal>,
    /// To what it was sent.
    pub scope: Scope,
    /// By which way it went; `None` where nothing was sent.
    pub via: Option<Via>,
    /// What becomes of the signal there.
    pub outcome: Outcome,
    /// How that is known.
    pub evidence: Evidence,
    /// What the kernel recorded of the send, where its records could be had: sends to several at once only.
    pub kernel: Option<Fate>,
    /// The kernel's error number, where it refused.
    pub errno: Option<i32>,
    /// The signal is there, and the information that came with it is not: the queue was full.
    pub info_lost: bool,
    /// Whether it was sent: not in a dry run, and not where it was refused.
    pub sent: bool,
    /// Why, in one sentence.
    pub reason: String,
}

/// To what a signal was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One process.
    Process,
    /// A process group, in one call.
    Group(GroupId),
    /// Everyone in the PID namespace but process 1 and the sender, in one call.
    Everyone,
    /// A session: each of its groups in one call.
    Session(SessionId),
    /// A process and all its descendants, one by one.
    Tree(Pid),
    /// A cgroup: in one call, or one by one while it is frozen.
    Cgroup,
}

/// What becomes of a signal: one of the engine's verdicts, or what only a live host knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The engine's verdict.
    Verdict(Verdict),
    /// The process was gone between selection and sending. `ESRCH`.
    Gone,
    /// Not sent: a filter, a refusal to confirm, a limit.
    Skipped,
    /// Not sent: it belonged to what was signalled, and left it before it was reached.
    Escaped,
    /// Sent, and nothing could be read of the target.
    Unknown,
}

impl Outcome {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.word(),
            Self::Gone => "ESRCH",
            Self::Skipped => "skipped",
            Self::Escaped => "escaped",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the kernel took (or, in a dry run, would take) the signal for this target.
    pub const fn is_sent(self) -> bool {
        match self {
            Self::Verdict(verdict) => verdict.is_sent(),
            Self::Gone | Self::Skipped | Self::Escaped => false,
            Self::Unknown => true,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How a verdict is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// The engine says so, from what was read before.
    Predicted,
    /// The kernel said so: an error number, or its record of the send.
    Confirmed,
    /// It was seen afterwards: an exit, a stop, a pending bit.
    Observed,
}

impl Evidence {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Predicted => "predicted",
            Self::Confirmed => "confirmed",
            Self::Observed => "observed",
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
