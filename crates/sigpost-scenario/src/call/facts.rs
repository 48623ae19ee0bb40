//! What is known of each call without making it: its name, its results, whether it sends and blocks, and which
//! systems have it.

use sigpost_engine::Errno;

use super::Call;
use crate::{Outcome, PersonalityName};

/// Which results a call can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Results {
    /// None is told.
    None,
    /// 0 or an error number.
    Status,
    /// A set of signals.
    Set,
    /// A signal, or EAGAIN.
    TakenNow,
    /// A signal, EINTR, or it blocks.
    Taken,
    /// EINTR, or it blocks.
    Interrupted,
    /// News of a child, or ECHILD.
    News,
    /// News of a child, ECHILD, EINTR, or it blocks.
    NewsOrBlocks,
}

impl Results {
    /// Whether the call can have this result.
    pub fn allow(self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Zero => self == Self::Status,
            Outcome::Set(_) => self == Self::Set,
            Outcome::Taken(_) => matches!(self, Self::TakenNow | Self::Taken),
            Outcome::Child(_) => matches!(self, Self::News | Self::NewsOrBlocks),
            Outcome::Blocks => matches!(self, Self::Taken | Self::Interrupted | Self::NewsOrBlocks),
            Outcome::Error(errno) => self.allow_error(*errno),
        }
    }

    fn allow_error(self, errno: Errno) -> bool {
        match self {
            Self::None | Self::Set => false,
            Self::Status => true,
            Self::TakenNow => errno == Errno::EAGAIN,
            Self::Taken | Self::Interrupted => errno == Errno::EINTR,
            Self::News => errno == Errno::ECHILD,
            Self::NewsOrBlocks => matches!(errno, Errno::ECHILD | Errno::EINTR),
        }
    }

    /// What may be written, for an error message.
    pub const fn expected(self) -> &'static str {
        match self {
            Self::None => "no result",
            Self::Status => "`0` or an error number",
            Self::Set => "a set of signals: `{USR1,TERM}`",
            Self::TakenNow => "a signal or `EAGAIN`",
            Self::Taken => "a signal, `EINTR` or `blocks`",
            Self::Interrupted => "`EINTR` or `blocks`",
            Self::News => {
                "`exited(N)`, `killed(S)`, `dumped(S)`, `stopped(S)`, `trapped(S)`, `continued`, `nothing` or `ECHILD`"
            }
            Self::NewsOrBlocks => {
                "`exited(N)`, `killed(S)`, `dumped(S)`, `stopped(S)`, `trapped(S)`, `continued`, `ECHILD`, `EINTR` or `blocks`"
            }
        }
    }
}

impl Call {
    /// The names of all calls that a process or thread can make.
    pub const WORDS: [&'static str; 38] = [
        "kill",
        "killpg",
        "tkill",
        "tgkill",
        "raise",
        "sigqueue",
        "pidfd_send_signal",
        "rt_sigqueueinfo",
        "sigaction",
        "sigprocmask",
        "sigpending",
        "pause",
        "setsid",
        "exec",
        "thread_exit",
        "sigreturn",
        "read",
        "tty_read",
        "tty_write",
        "sigsuspend",
        "sigtimedwait",
        "sigwaitinfo",
        "setpgid",
        "tcsetpgrp",
        "setuid",
        "setresuid",
        "fork",
        "vfork",
        "clone",
        "thread",
        "exit",
        "fault",
        "wait",
        "trace",
        "trace_interrupt",
        "trace_listen",
        "trace_continue",
        "trace_detach",
    ];

    /// The name of the call.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Kill(..) => "kill",
            Self::Killpg(..) => "killpg",
            Self::Tkill(..) => "tkill",
            Self::Tgkill(..) => "tgkill",
            Self::Raise(..) => "raise",
            Self::Sigqueue(..) => "sigqueue",
            Self::PidfdSendSignal(..) => "pidfd_send_signal",
            Self::RtSigqueueinfo(..) => "rt_sigqueueinfo",
            Self::Sigaction(..) => "sigaction",
            Self::Sigprocmask(..) => "sigprocmask",
            Self::Sigpending => "sigpending",
            Self::Pause => "pause",
            Self::Setsid => "setsid",
            Self::Exec => "exec",
            Self::ThreadExit => "thread_exit",
            Self::Sigreturn => "sigreturn",
            Self::Read => "read",
            Self::TtyRead => "tty_read",
            Self::TtyWrite => "tty_write",
            Self::Sigsuspend(..) => "sigsuspend",
            Self::Sigtimedwait(..) => "sigtimedwait",
            Self::Sigwaitinfo(..) => "sigwaitinfo",
            Self::Setpgid(..) => "setpgid",
            Self::Tcsetpgrp(..) => "tcsetpgrp",
            Self::Setuid(..) => "setuid",
            Self::Setresuid(..) => "setresuid",
            Self::Fork(..) => "fork",
            Self::Vfork(..) => "vfork",
            Self::Clone(..) => "clone",
            Self::Thread(..) => "thread",
            Self::Exit(..) => "exit",
            Self::Fault(..) => "fault",
            Self::Wait(..) => "wait",
            Self::Trace(..) => "trace",
            Self::TraceInterrupt(..) => "trace_interrupt",
            Self::TraceListen(..) => "trace_listen",
            Self::TraceContinue(..) => "trace_continue",
            Self::TraceDetach(..) => "trace_detach",
        }
    }

    /// Which results it can have.
    pub const fn results(&self) -> Results {
        match self {
            Self::Thread(_) | Self::Exec | Self::Exit(_) | Self::ThreadExit | Self::Sigreturn | Self::Fault(_) => {
                Results::None
            }
            Self::Sigpending => Results::Set,
            Self::Sigtimedwait(_) => Results::TakenNow,
            Self::Sigwaitinfo(_) => Results::Taken,
            Self::Sigsuspend(_) | Self::Pause | Self::Read => Results::Interrupted,
            Self::Wait(_, false) => Results::News,
            Self::Wait(_, true) => Results::NewsOrBlocks,
            _ => Results::Status,
        }
    }

    /// Whether it sends a signal and so gives receipts.
    pub const fn sends(&self) -> bool {
        matches!(
            self,
            Self::Kill(..)
                | Self::Killpg(..)
                | Self::Tkill(..)
                | Self::Tgkill(..)
                | Self::Raise(_)
                | Self::Sigqueue(..)
                | Self::PidfdSendSignal(..)
                | Self::RtSigqueueinfo(..)
        )
    }

    /// Whether this system ever had the call.
    pub const fn exists_in(&self, personality: PersonalityName) -> bool {
        use PersonalityName::{Bsd43, FreeBsd, Linux};
        match self {
            Self::PidfdSendSignal(..) | Self::RtSigqueueinfo(..) | Self::TraceInterrupt(_) | Self::TraceListen(_) => {
                matches!(personality, Linux)
            }
            Self::Clone(_) => matches!(personality, Linux | FreeBsd),
            Self::Setsid => !matches!(personality, Bsd43),
            Self::Tkill(..)
            | Self::Tgkill(..)
            | Self::Thread(_)
            | Self::ThreadExit
            | Self::Sigqueue(..)
            | Self::Sigtimedwait(_)
            | Self::Sigwaitinfo(_)
            | Self::Setresuid(..) => personality.has_threads_and_queues(),
            _ => true,
        }
    }
}
