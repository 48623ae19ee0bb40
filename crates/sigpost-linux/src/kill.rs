//! The C family as plain functions: `kill`, `killpg`, `raise`, and `probe` for the null signal.
//!
//! They are async-signal-safe and thread-safe, and safe where a thread may be cancelled \[S3.9\]: each is one
//! system call, with no lock and no allocation, and leaves the thread's `errno` alone. None of them is a
//! cancellation point.
//!
//! A number names whoever has it *now*: between learning it and sending, its process may have ended and another
//! may have got it \[S1.10\]. [`Process`](crate::Process) does not have this flaw.

use core::fmt;

use sigpost_engine::{GroupId, Pid, Signal};
use sigpost_sys::kill as sys;

use crate::refused::{Aim, Call, Refused, number};

/// At whom [`kill`] aims.
///
/// Everyone is not among them: see [`everyone`](crate::everyone).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "pid_t")]
pub enum Target {
    /// One process \[S1.1\].
    Process(Pid),
    /// Every member of a group that the caller may signal \[S1.3\]. Group 1 is refused with EINVAL when sent to:
    /// its number negated would mean everyone.
    Group(GroupId),
    /// Every member of the caller's own group that it may signal, the caller included \[S1.2\].
    OwnGroup,
}

impl Target {
    /// The caller's own group: what the integer 0 means to kill(2), said aloud.
    pub const fn own_group() -> Self {
        Self::OwnGroup
    }

    /// Reads a number as kill(2) does: positive a process, below -1 a group.
    ///
    /// ```
    /// use sigpost_linux::{BadTarget, Target};
    ///
    /// assert!(matches!(Target::from_raw(4711), Ok(Target::Process(_))));
    /// assert!(matches!(Target::from_raw(-4711), Ok(Target::Group(_))));
    /// assert_eq!(Target::from_raw(-1), Err(BadTarget::Everyone));
    /// ```
    ///
    /// # Errors
    /// [`BadTarget`]: 0, -1 and `i32::MIN`, which too often come from an empty variable or a failed call.
    pub const fn from_raw(number: i32) -> Result<Self, BadTarget> {
        match number {
            0 => return Err(BadTarget::OwnGroup),
            -1 => return Err(BadTarget::Everyone),
            i32::MIN => return Err(BadTarget::NoGroup),
            _ => {}
        }
        if let Some(pid) = Pid::new(number) {
            return Ok(Self::Process(pid));
        }
        match GroupId::new(-number) {
            Some(group) => Ok(Self::Group(group)),
            None => Err(BadTarget::NoGroup),
        }
    }

    /// A group by its positive number.
    ///
    /// # Errors
    /// [`BadTarget`]: not positive, or 1, whose negation means everyone.
    pub const fn group(number: i32) -> Result<Self, BadTarget> {
        match GroupId::new(number) {
            Some(_) if number == 1 => Err(BadTarget::Everyone),
            Some(group) => Ok(Self::Group(group)),
            None if number == 0 => Err(BadTarget::OwnGroup),
            None => Err(BadTarget::NoGroup),
        }
    }
}

/// Why a number is no [`Target`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadTarget {
    /// 0 means the caller's own group: [`Target::own_group`].
    OwnGroup,
    /// -1 means everyone: [`kill_everyone`](crate::everyone::kill_everyone).
    Everyone,
    /// No group can have such a number.
    NoGroup,
}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OwnGroup => "0 means the sender's own group, which has to be named: use Target::own_group",
            Self::Everyone => "-1 (and group 1, negated) means everyone, which has to be named: use kill_everyone",
            Self::NoGroup => "no process or group has such a number: use one from 1 to 2147483647",
        })
    }
}

impl core::error::Error for BadTarget {}

/// Sends a signal \[S1.1\], \[S1.2\], \[S1.3\].
///
/// # Errors
/// ESRCH: no such process or group. EPERM: none of them may be signalled. EAGAIN: never for a process or a group
/// on Linux (a full queue loses the information, not the signal). EINVAL: group 1.
///
/// Source: POSIX `kill`, kill(2).
pub fn kill(target: Target, signal: Signal) -> Result<(), Refused> {
    deliver(target, Some(signal))
}

/// The null signal: whether the target exists and may be signalled; nothing is sent \[S1.9\].
///
/// A zombie exists. The answer may be outdated when it arrives \[S1.11\];
/// [`Process::probe`](crate::Process::probe) stays with one process.
///
/// # Errors
/// As [`kill`].
pub fn probe(target: Target) -> Result<(), Refused> {
    deliver(target, None)
}

/// Sends to every member of a process group \[S0.1\], \[S3.8\]; it succeeds if one member could be sent to \[S3.5\].
///
/// # Errors
/// As [`kill`].
///
/// Source: POSIX `killpg`.
pub fn killpg(group: GroupId, signal: Signal) -> Result<(), Refused> {
    deliver(Target::Group(group), Some(signal))
}

/// Sends to the calling thread \[S1.5\]. If the signal is not blocked, its handler has run (or the process has
/// ended or stopped) before this returns.
///
/// # Errors
/// EAGAIN: a realtime signal, and the queue is full.
///
/// Source: POSIX `raise` (`pthread_kill(pthread_self(), …)`); on Linux it is tgkill(2).
pub fn raise(signal: Signal) -> Result<(), Refused> {
    sys::calling_thread(i32::from(signal.number()))
        .map_err(|errno| Refused::new(errno, Aim::CallingThread, Some(signal), Call::Raise))
}

fn deliver(target: Target, signal: Option<Signal>) -> Result<(), Refused> {
    let number = number(signal);
    let (result, aim, call) = match target {
        Target::Process(pid) => (sys::process(pid.get(), number), Aim::Process(pid), Call::Kill),
        Target::Group(group) => (sys::group(group.get(), number), Aim::Group(group), Call::Killpg),
        Target::OwnGroup => (sys::own_group(number), Aim::OwnGroup, Call::Killpg),
    };
    result.map_err(|errno| Refused::new(errno, aim, signal, call))
}
