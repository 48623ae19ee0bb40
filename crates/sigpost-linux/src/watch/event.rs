//! What is seen: signals that are generated, and taken; processes that end.

use core::fmt;

use sigpost_engine::{Signal, Verdict};

use crate::ExitStatus;
use crate::generated::Fate;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A signal was generated.
    Generated(Generated),
    /// A signal was taken off the queue, by a thread that acts on it now.
    Taken(Taken),
    /// A process ended.
    Ended(Ended),
}

/// A signal at one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub time: u64,
    /// The signal.
    pub signal: Signal,
    /// Where it came from.
    pub how: How,
    /// `si_code`.
    pub code: i32,
    /// Who sent it. `None` where nobody did: a fault, a timer, a key of a terminal, the kernel itself.
    pub sender: Option<Party>,
    /// To whom.
    pub target: Party,
    /// Whether it is for the process, not for this thread of it.
    pub for_process: bool,
    /// What the kernel says that it did with it.
    pub fate: Fate,
    /// What becomes of it there, by what the target had set at that moment. `None`: that was not to be read.
    pub verdict: Option<Verdict>,
}

/// A signal that is acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub time: u64,
    /// The signal.
    pub signal: Signal,
    /// The process, and the thread of it.
    pub process: u32,
    /// See `process`.
    pub thread: u32,
    /// Whether a handler is called; otherwise it acts by default.
    pub by_handler: bool,
}

/// A process that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub time: u64,
    /// Who.
    pub who: Party,
    /// How.
    pub status: ExitStatus,
}

/// A process, as the machine's first PID namespace numbers it, read at that very moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The process.
    pub pid: u32,
    /// The thread of it that sent, or that was addressed.
    pub thread: u32,
    /// Its number in the PID namespace of its own, where that is not the first one.
    pub inner: Option<u32>,
    /// Its real user.
    pub user: Option<u32>,
    /// Its command name.
    pub comm: Name,
    /// The number of its control group of version 2, if that is known.
    pub cgroup: Option<u64>,
}

/// A short name in the kernel: at most 15 bytes, ended by a zero byte.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Name(pub [u8; 16]);

impl Name {
    /// The bytes before the zero.
    pub fn as_bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// The first 15 of these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        let mut name = [0; 16];
        name.iter_mut().zip(bytes.iter().take(15)).for_each(|(to, from)| *to = *from);
        Self(name)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_bytes().escape_ascii())
    }
}

/// Where a signal came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// kill(2), or a send through a handle.
    Kill,
    /// tgkill(2), tkill(2): to a thread.
    Tgkill,
    /// sigqueue(3) and its relatives, with this value.
    Sigqueue(i32),
    /// A timer of the target's: alarm(2), setitimer(2), `timer_create(2)`.
    Timer,
    /// A message queue of POSIX (`mq_notify(3)`).
    MessageQueue,
    /// Input or output: asynchronous, or a descriptor with `O_ASYNC`.
    Io,
    /// An instruction of the target's own, with the address that the kernel tells.
    Fault(Option<u64>),
    /// A system call that a filter (seccomp) forbids, by its number.
    Seccomp(i32),
    /// The target wrote to a pipe or socket that nobody reads.
    Pipe,
    /// A child of the target's ended, stopped or continued.
    Child,
    /// The parent that it asked to be told of (`PR_SET_PDEATHSIG`) ended.
    ParentDeath,
    /// A key that was typed at the terminal.
    Key(Name),
    /// The terminal was hung up. Where the sender was not the target's own session, it closed the other end.
    HangUp(Option<Name>),
    /// The leader of the terminal's session ended.
    LeaderEnd(Option<Name>),
    /// The target used the terminal from the background.
    Background(Name),
    /// The terminal's size changed.
    Resize(Name),
    /// The group was left without a parent in the session, with members stopped.
    Orphaned,
    /// A write to `cgroup.kill`.
    CgroupKill,
    /// Memory was short, and the target was chosen.
    OutOfMemory,
    /// The init of its PID namespace ended.
    NamespaceEnd,
    /// Its tracer ended (`PTRACE_O_EXITKILL`).
    TracerEnd,
    /// A limit of time or size was reached (`RLIMIT_CPU`, `RLIMIT_FSIZE`).
    Limit,
    /// The kernel, for a reason that it does not tell.
    Kernel,
}

impl How {
    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Tgkill => "tgkill",
            Self::Sigqueue(_) => "sigqueue",
            Self::Timer => "timer",
            Self::MessageQueue => "message-queue",
            Self::Io => "io",
            Self::Fault(_) => "fault",
            Self::Seccomp(_) => "seccomp",
            Self::Pipe => "pipe",
            Self::Child => "child",
            Self::ParentDeath => "parent-death",
            Self::Key(_) => "key",
            Self::HangUp(_) => "hang-up",
            Self::LeaderEnd(_) => "leader-end",
            Self::Background(_) => "background",
            Self::Resize(_) => "resize",
            Self::Orphaned => "orphaned",
            Self::CgroupKill => "cgroup.kill",
            Self::OutOfMemory => "out-of-memory",
            Self::NamespaceEnd => "namespace-end",
            Self::TracerEnd => "tracer-end",
            Self::Limit => "limit",
            Self::Kernel => "kernel",
        }
    }

    /// The terminal that it has to do with.
    pub const fn terminal(&self) -> Option<&Name> {
        match self {
            Self::Key(name)
            | Self::Background(name)
            | Self::Resize(name)
            | Self::HangUp(Some(name))
            | Self::LeaderEnd(Some(name)) => Some(name),
            _ => None,
        }
    }
}
