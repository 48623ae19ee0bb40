//! What a process asked for, signal by signal: default, ignore, or catch.

use core::fmt;

use crate::{Errno, Personality, Signal, SignalMask, SignalSet};

/// What is to happen when a signal is delivered.
///
/// Source: POSIX `sigaction`, XSH 2.4.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposition {
    /// The signal's own default ([`Signal::default_action`]).
    #[default]
    Default,
    /// Nothing: the signal is thrown away.
    Ignore,
    /// A handler runs.
    Catch(Action),
}

/// A handler and how it is to be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// The host's name for the handler, an address for instance. The engine gives it back and never reads it.
    pub handler: u64,
    /// What is blocked besides the thread's mask while the handler runs (`sa_mask`).
    pub mask: SignalMask,
    /// `SA_RESTART` and its kin.
    pub flags: ActionFlags,
}

/// How a handler is called, and what is to become of children (`sa_flags`).
///
/// ```
/// use sigpost_engine::ActionFlags;
/// let flags = ActionFlags::RESTART | ActionFlags::NODEFER;
/// assert!(flags.contains(ActionFlags::RESTART) && !flags.contains(ActionFlags::RESETHAND));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ActionFlags(u8);

impl ActionFlags {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// `SA_RESTART`: a call that the handler interrupts is started again.
    pub const RESTART: Self = Self(1);
    /// `SA_NODEFER`: the signal is not blocked while its own handler runs.
    pub const NODEFER: Self = Self(2);
    /// `SA_RESETHAND`: the disposition is set back to the default as the handler begins.
    pub const RESETHAND: Self = Self(4);
    /// `SA_ONSTACK`: the handler runs on the alternate stack, if there is one.
    pub const ONSTACK: Self = Self(8);
    /// `SA_NOCLDSTOP`, with CHLD: do not tell of children that stop or continue.
    pub const NOCLDSTOP: Self = Self(16);
    /// `SA_NOCLDWAIT`, with CHLD: children that end leave no zombie.
    pub const NOCLDWAIT: Self = Self(32);
    /// `SA_SIGINFO`: the program's handler takes what comes with the signal. The engine gives it in any case.
    pub const SIGINFO: Self = Self(64);

    /// Each flag and its number in programs, as most of Linux's processors have it.
    const NUMBERS: [(Self, u32); 7] = [
        (Self::NOCLDSTOP, 1),
        (Self::NOCLDWAIT, 2),
        (Self::SIGINFO, 4),
        (Self::ONSTACK, 0x0800_0000),
        (Self::RESTART, 0x1000_0000),
        (Self::NODEFER, 0x4000_0000),
        (Self::RESETHAND, 0x8000_0000),
    ];

    /// The flags that a program's number asks for.
    ///
    /// ```
    /// use sigpost_engine::personality::{FREEBSD, LINUX};
    /// use sigpost_engine::{ActionFlags, UnknownFlags};
    /// const SA_RESTART: u32 = 0x1000_0000;
    /// const SA_UNSUPPORTED: u32 = 0x400;
    /// // A program that asks afterwards what it got learns that its kernel clears what it does not know.
    /// let flags = ActionFlags::of_number(SA_RESTART | SA_UNSUPPORTED, &LINUX)?;
    /// assert_eq!((flags, flags.number()), (ActionFlags::RESTART, SA_RESTART));
    /// assert_eq!(ActionFlags::of_number(SA_UNSUPPORTED, &FREEBSD), Err(UnknownFlags));
    /// # Ok::<(), UnknownFlags>(())
    /// ```
    ///
    /// # Errors
    /// [`UnknownFlags`] where the personality does not clear what it does not know.
    ///
    /// Source: sigaction(2), "Dynamically probing for flag bit support"; Linux `do_sigaction`, `UAPI_SA_FLAGS`; FreeBSD
    /// `kern_sigaction`.
    pub const fn of_number(number: u32, rules: &Personality) -> Result<Self, UnknownFlags> {
        let (mut flags, mut rest, mut at) = (Self::NONE, number, 0);
        while at < Self::NUMBERS.len() {
            let (flag, bit) = Self::NUMBERS[at];
            if number & bit != 0 {
                flags.0 |= flag.0;
            }
            rest &= !bit;
            at += 1;
        }
        if rest != 0 && !rules.clears_unknown_flags {
            return Err(UnknownFlags);
        }
        Ok(flags)
    }

    /// Their number, as a program reads it back.
    pub fn number(self) -> u32 {
        let bits = Self::NUMBERS.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, bit)| bit);
        bits.sum()
    }

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A number of `sigaction`'s flags has some that are not known, where that is an error: EINVAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFlags;

impl UnknownFlags {
    /// The error number: EINVAL.
    pub const fn errno(self) -> Errno {
        Errno::EINVAL
    }
}

impl fmt::Display for UnknownFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flags that this system does not know")
    }
}

impl core::error::Error for UnknownFlags {}

impl core::ops::BitOr for ActionFlags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for ActionFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActionFlags({:#x})", self.0)
    }
}

/// Which signals a process ignores and which it catches; what is in neither set has its default.
///
/// The handlers themselves are in an [`ActionTable`], which processes share after fork until one of them
/// changes it. Ignoring, going back to the default and `SA_RESETHAND` touch these sets only, and so never
/// need memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispositions {
    ignored: SignalSet,
    caught: SignalSet,
}

impl Dispositions {
    /// The ignored signals (`SIG_IGN`), as `SigIgn` of /proc/PID/status.
    pub const fn ignored(&self) -> SignalSet {
        self.ignored
    }

    /// The caught signals, as `SigCgt` of /proc/PID/status.
    pub const fn caught(&self) -> SignalSet {
        self.caught
    }

    /// Whether the signal has its default disposition.
    pub const fn is_default(&self, signal: Signal) -> bool {
        !self.ignored.contains(signal) && !self.caught.contains(signal)
    }

    /// Whether delivery would do nothing: ignored, or default where the default does nothing. A default CONT
    /// counts: what it does, it does when it is generated.
    ///
    /// Source: Linux `sig_handler_ignored`.
    pub const fn does_nothing(&self, signal: Signal) -> bool {
        self.ignored.contains(signal) || (SignalSet::DEFAULT_IGNORED.contains(signal) && !self.caught.contains(signal))
    }

    /// Sets one signal; KILL and STOP keep their default whatever is asked.
    pub(crate) const fn set(&mut self, signal: Signal, to: &Disposition) {
        self.ignored.remove(signal);
        self.caught.remove(signal);
        if signal.is_catchable() {
            match to {
                Disposition::Default => {}
                Disposition::Ignore => self.ignored.insert(signal),
                Disposition::Catch(_) => self.caught.insert(signal),
            }
        }
    }

    /// What exec leaves: caught signals go back to the default, ignored ones stay ignored.
    ///
    /// Source: POSIX `exec`.
    pub(crate) const fn exec(&mut self) {
        self.caught = SignalSet::EMPTY;
    }
}

/// The handlers of a process, by signal. Read only for signals that [`Dispositions::caught`] has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionTable([Action; Signal::COUNT as usize]);

impl Default for ActionTable {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl ActionTable {
    /// A table of no handlers.
    pub const EMPTY: Self = {
        let none = Action { handler: 0, mask: SignalMask::NONE, flags: ActionFlags::NONE };
        Self([none; Signal::COUNT as usize])
    };

    /// The handler for a signal.
    pub const fn get(&self, signal: Signal) -> &Action {
        &self.0[signal.number() as usize - 1]
    }

    /// Sets the handler for a signal.
    pub const fn set(&mut self, signal: Signal, action: Action) {
        self.0[signal.number() as usize - 1] = action;
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;

    use super::*;
    use crate::personality;

    #[test]
    fn kill_and_stop_keep_their_default() {
        let mut dispositions = Dispositions::default();
        for signal in [Signal::KILL, Signal::STOP] {
            dispositions.set(signal, &Disposition::Ignore);
            dispositions.set(signal, &Disposition::Catch(Action::default()));
            assert!(dispositions.is_default(signal));
        }
    }

    #[test]
    fn exec_resets_what_is_caught_and_keeps_what_is_ignored() {
        let mut dispositions = Dispositions::default();
        dispositions.set(Signal::INT, &Disposition::Catch(Action::default()));
        dispositions.set(Signal::HUP, &Disposition::Ignore);
        dispositions.exec();
        assert!(dispositions.is_default(Signal::INT) && dispositions.ignored().contains(Signal::HUP));
    }

    #[test]
    fn an_unknown_flag_is_cleared_or_on_freebsd_an_error() {
        for rules in personality::ALL {
            for bit in 0..u32::BITS {
                let number = 1 << bit;
                let is_known = [0, 1, 2, 27, 28, 30, 31].contains(&bit);
                let flags = ActionFlags::of_number(number, rules).map(ActionFlags::number);
                let expected = match (is_known, rules.name) {
                    (true, _) => Ok(number),
                    (false, "freebsd") => Err(UnknownFlags),
                    (false, _) => Ok(0),
                };
                assert_eq!(flags, expected, "bit {bit} under {}", rules.name);
            }
        }
    }

    #[test]
    fn a_flag_that_is_set_twice_is_set() {
        let flags = ActionFlags::RESTART | ActionFlags::ONSTACK;
        assert_eq!(flags | ActionFlags::RESTART, flags);
        assert_eq!(alloc::format!("{flags:?}"), "ActionFlags(0x9)");
    }
}
