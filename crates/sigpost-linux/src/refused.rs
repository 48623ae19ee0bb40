//! `Refused`: the error of everything that sends, with what the kernel said and what was tried.

use core::fmt;

use sigpost_engine::{Errno, GroupId, Pid, Signal};
use sigpost_sys::Errno as SystemErrno;

/// At whom a call was aimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// One process.
    Process(Pid),
    /// Every member of a process group.
    Group(GroupId),
    /// Every member of the caller's own group.
    OwnGroup,
    /// The calling thread.
    CallingThread,
    /// Everyone in the PID namespace but process 1 and the caller.
    Everyone,
}

/// How it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// kill(2) with a number.
    Kill,
    /// kill(2) with a negated group ID, or 0.
    Killpg,
    /// tgkill(2) to the calling thread.
    Raise,
    /// `pidfd_send_signal(2)` through the process's handle.
    Handle,
    /// `pidfd_send_signal(2)` with the group flag through the leader's handle.
    HandleGroup,
}

/// Nothing was sent, and why. `Copy`, without an allocation: a signal handler may hold one.
///
/// ```
/// use sigpost_engine::{Errno, Pid, Signal};
/// use sigpost_linux::{Target, kill};
///
/// let nobody = Target::Process(Pid::new(i32::MAX).unwrap());
/// let refused = kill::kill(nobody, Signal::TERM).unwrap_err();
/// assert_eq!(refused.errno(), Some(Errno::ESRCH));
/// assert_eq!(refused.to_string(), "TERM to process 2147483647 was refused: ESRCH, no such process or group");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    number: i32,
    /// At whom it was aimed.
    pub aim: Aim,
    /// The signal; `None` for the null signal.
    pub signal: Option<Signal>,
    /// How it was tried.
    pub call: Call,
}

impl Refused {
    pub(crate) fn new(errno: SystemErrno, aim: Aim, signal: Option<Signal>, call: Call) -> Self {
        Self { number: errno.raw_os_error(), aim, signal, call }
    }

    /// The kernel's error number where the engine knows it too: EPERM, ESRCH, EINVAL, EAGAIN, EACCES, ENOMEM.
    pub fn errno(&self) -> Option<Errno> {
        let known = [Errno::EPERM, Errno::ESRCH, Errno::EINVAL, Errno::EAGAIN, Errno::EACCES, Errno::ENOMEM];
        known.into_iter().find(|errno| errno.number() == self.number)
    }

    /// Whether the kernel has no call for it: to group 1 before Linux 6.9. The signal is a valid one, the flag of the call is
    /// what the kernel does not know.
    pub fn is_beyond_the_kernel(&self) -> bool {
        self.call == Call::HandleGroup && self.errno() == Some(Errno::EINVAL)
    }

    /// The kernel's error number, whatever it is (a security module or a seccomp filter may choose any).
    pub const fn raw_os_error(&self) -> i32 {
        self.number
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(pid) => write!(f, "process {pid}"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::OwnGroup => f.write_str("the caller's own group"),
            Self::CallingThread => f.write_str("the calling thread"),
            Self::Everyone => f.write_str("everyone"),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signal {
            Some(signal) => write!(f, "{signal}")?,
            None => f.write_str("the null signal")?,
        }
        write!(f, " to {} was refused: ", self.aim)?;
        match self.errno() {
            _ if self.is_beyond_the_kernel() => f.write_str(
                "this kernel signals a group by its number alone, and 1 would mean everyone: it takes Linux 6.9",
            ),
            Some(errno) => write!(f, "{errno}, {}", errno.meaning()),
            None => write!(f, "error {}", self.number),
        }
    }
}

impl core::error::Error for Refused {}

/// The number that the kernel takes for a signal: 0 for the null signal.
pub(crate) fn number(signal: Option<Signal>) -> i32 {
    signal.map_or(0, |signal| i32::from(signal.number()))
}
