//! `SignalInfo`: who sent a signal, how, and with what value.

use core::fmt;

use crate::{Signal, UserId};

/// How a signal came to be: the `si_code` of POSIX `siginfo_t`, with Linux's numbers.
///
/// ```
/// use sigpost_engine::Code;
/// assert_eq!(Code::TKILL.number(), -6);
/// assert!(Code::USER.is_from_user() && !Code::KERNEL.is_from_user());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(i32);

impl Code {
    /// `kill`, and `raise` where there are no threads (`SI_USER`).
    pub const USER: Self = Self(0);
    /// `sigqueue` (`SI_QUEUE`).
    pub const QUEUE: Self = Self(-1);
    /// A timer ran out (`SI_TIMER`).
    pub const TIMER: Self = Self(-2);
    /// `tkill`, `tgkill`, `raise` of a program with threads (`SI_TKILL`).
    pub const TKILL: Self = Self(-6);
    /// The kernel (`SI_KERNEL`).
    pub const KERNEL: Self = Self(0x80);
    /// With CHLD: the child exited (`CLD_EXITED`).
    pub const EXITED: Self = Self(1);
    /// With CHLD: a signal ended the child (`CLD_KILLED`).
    pub const KILLED: Self = Self(2);
    /// With CHLD: a signal ended the child, and a core image was written (`CLD_DUMPED`).
    pub const DUMPED: Self = Self(3);
    /// With CHLD: the traced child stopped for its tracer (`CLD_TRAPPED`).
    pub const TRAPPED: Self = Self(4);
    /// With CHLD: the child stopped (`CLD_STOPPED`).
    pub const STOPPED: Self = Self(5);
    /// With CHLD: the child continued (`CLD_CONTINUED`).
    pub const CONTINUED: Self = Self(6);

    /// A seized thread stopped for its tracer without having taken a signal (`PTRACE_EVENT_STOP`): its process is
    /// stopped, by that signal; or, with TRAP, the tracer asked for it or the process continued.
    pub const EVENT_STOP: Self = Self(128 << 8);

    /// The code with this number, whatever it means.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Whether a process made the signal (0 and below), not the kernel. Source: `SI_FROMUSER`.
    pub const fn is_from_user(self) -> bool {
        self.0 <= 0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({})", self.0)
    }
}

/// What comes with a signal: the parts of POSIX `siginfo_t` that belong to every sort of signal.
///
/// Numbers are as the *receiver* sees them: `pid` is 0 where the sender is the kernel, or lives in a PID
/// namespace that the receiver cannot see into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalInfo {
    /// The signal.
    pub signal: Signal,
    /// How it came to be.
    pub code: Code,
    /// The sending process; of a CHLD, the child. 0: the kernel, or nobody the receiver can see.
    pub pid: i32,
    /// The sending process's real user; of a CHLD, the child's; of a timer's signal, the [overruns](Self::overruns)
    /// (`siginfo_t` keeps both in one place).
    pub uid: UserId,
    /// The value of `sigqueue`; of a CHLD, the exit status or the signal; otherwise 0.
    pub value: i64,
}

impl SignalInfo {
    /// What the kernel sends of itself: no process, no value.
    pub const fn kernel(signal: Signal) -> Self {
        Self { signal, code: Code::KERNEL, pid: 0, uid: 0, value: 0 }
    }

    /// How often the timer ran out again while its signal was pending; 0 for what no timer sent.
    ///
    /// Source: POSIX `timer_getoverrun`.
    pub const fn overruns(&self) -> u32 {
        if self.code.number() == Code::TIMER.number() { self.uid } else { 0 }
    }

    /// What is left of a signal whose information was lost: it looks like a `kill` by nobody.
    ///
    /// Source: Linux `collect_signal`.
    pub const fn lost(signal: Signal) -> Self {
        Self { signal, code: Code::USER, pid: 0, uid: 0, value: 0 }
    }
}
