//! What the process argument of `kill` and `killpg` means, and how a send can fail.

use crate::personality::{BroadcastExclusion, KillpgOne, KillpgZero, Personality};
use crate::queue::NIL;
use crate::storage::Storage;
use crate::{Errno, Signal, System};

/// Whom a raw number addresses.
///
/// ```
/// use sigpost_engine::personality::{AIXRT, LINUX};
/// use sigpost_engine::Target;
///
/// assert_eq!(Target::of_kill(4711, &LINUX), Ok(Target::Process(4711)));
/// assert_eq!(Target::of_kill(-4711, &LINUX), Ok(Target::Group(4711)));
/// assert_eq!(Target::of_killpg(1, &LINUX), Ok(Target::Everyone));
/// assert_eq!(Target::of_killpg(1, &AIXRT), Ok(Target::Group(1)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// One process.
    Process(i32),
    /// The sender's own group.
    OwnGroup,
    /// The group with this number.
    Group(i32),
    /// Everyone.
    Everyone,
}

/// Why a send failed. Nothing was sent then, except where [`Refused`](Self::Refused) says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillError {
    /// The signal number is not valid: EINVAL.
    InvalidSignal,
    /// The process, thread or group number cannot be one: EINVAL.
    InvalidTarget,
    /// The sender forged a code that is not its to use: EPERM.
    ForgedCode,
    /// No such process, group or thread: ESRCH.
    NoSuchTarget,
    /// The sender may not signal the target, or none of them: EPERM. Under `bsd43` also when only some members of
    /// a group refused; then the others were signalled.
    Refused,
    /// The target's queue is full: EAGAIN.
    QueueFull,
}

impl KillError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::InvalidSignal | Self::InvalidTarget => Errno::EINVAL,
            Self::ForgedCode | Self::Refused => Errno::EPERM,
            Self::NoSuchTarget => Errno::ESRCH,
            Self::QueueFull => Errno::EAGAIN,
        }
    }
}

impl core::fmt::Display for KillError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::InvalidSignal => "not a valid signal number",
            Self::InvalidTarget => "not a valid process or group number",
            Self::ForgedCode => "the code is not the sender's to use",
            Self::NoSuchTarget => "no such process or group",
            Self::Refused => "the sender may not signal the target",
            Self::QueueFull => "the target's queue is full",
        })
    }
}

impl core::error::Error for KillError {}

impl Target {
    /// What `kill` means by a number \[S1.1\] \[S1.2\] \[S1.3\] \[S1.4\] \[S3.2\].
    ///
    /// # Errors
    /// The magnitude of `INT_MIN` is no number: the personality's error.
    pub const fn of_kill(number: i32, rules: &Personality) -> Result<Self, KillError> {
        match number {
            1.. => Ok(Self::Process(number)),
            0 => Ok(Self::OwnGroup),
            -1 => Ok(Self::Everyone),
            i32::MIN => Err(error_of(rules.kill_int_min)),
            _ => Ok(Self::Group(-number)),
        }
    }

    /// What `killpg` means by a number: 2 and above are groups, the rest is the personality's \[S0.5\] \[S0.6\].
    ///
    /// # Errors
    /// A negative number: the personality's error. 0 and 1 where they are no groups: ESRCH.
    pub const fn of_killpg(number: i32, rules: &Personality) -> Result<Self, KillError> {
        match (number, rules.killpg_zero, rules.killpg_one) {
            (2.., _, _) => Ok(Self::Group(number)),
            (0, KillpgZero::OwnGroup, _) => Ok(Self::OwnGroup),
            (1, _, KillpgOne::Everyone) => Ok(Self::Everyone),
            (1, _, KillpgOne::GroupOne) => Ok(Self::Group(1)),
            (0 | 1, _, _) => Err(KillError::NoSuchTarget),
            _ => Err(error_of(rules.killpg_negative)),
        }
    }
}

const fn error_of(errno: Errno) -> KillError {
    match errno {
        Errno::EINVAL => KillError::InvalidTarget,
        _ => KillError::NoSuchTarget,
    }
}

/// A signal number checked at full width: `Ok(None)` is the null signal.
#[inline]
pub(crate) fn checked(number: i32, rules: &Personality) -> Result<Option<Signal>, KillError> {
    match Signal::new(number) {
        Some(signal) if signal.number() <= rules.highest_signal => Ok(Some(signal)),
        None if number == 0 => Ok(None),
        _ => Err(KillError::InvalidSignal),
    }
}

impl<S: Storage> System<S> {
    /// The main thread of process 1 as the sender sees it; NIL: there is none.
    pub(crate) fn first_thread_seen_by(&self, sender: u32) -> u32 {
        let one = self.numbers.find(self.processes.at(sender).namespace, 1);
        one.map_or(NIL, |number| self.numbers.at(number).thread)
    }

    /// Whether kill(-1) of this sender reaches a process at all. `first` is [`first_thread_seen_by`] it.
    ///
    /// [`first_thread_seen_by`]: Self::first_thread_seen_by
    ///
    /// Source: Linux `kill_something_info`; FreeBSD, 4.4BSD and 4.3BSD `killpg1`; AIX/RT kill(2).
    #[inline]
    pub(crate) fn is_reached_by_broadcast(&self, sender: u32, first: u32, process: u32) -> bool {
        let entry = self.processes.at(process);
        if !self.lies_in(entry.namespace, self.processes.at(sender).namespace) {
            return false;
        }
        if !self.rules.zombie_is_found && !entry.signals.life.is_alive() {
            return false;
        }
        if entry.main == first || (self.rules.system_processes_left_out && entry.signals.system) {
            return false;
        }
        let own = sender == process;
        match self.rules.broadcast_leaves_out {
            BroadcastExclusion::InitAndSender => !own,
            BroadcastExclusion::ChildrenOfProcessZeroAndSender => !own && entry.parent != NIL,
            BroadcastExclusion::Init => true,
            BroadcastExclusion::InitAndOtherUsers => {
                let sender = &self.processes.at(sender).credentials;
                let mine = entry.credentials.real == sender.effective;
                mine || super::is_privileged(sender, self.rules.privilege)
            }
        }
    }
}
