//! `SignalSet`, 64 bits; and `SignalMask`, a set that cannot hold KILL or STOP.

use core::fmt;
use core::ops::{BitAnd, BitOr, Not, Sub};

use crate::Signal;

/// A set of signals, one bit each: signal 1 is bit 0.
///
/// ```
/// use sigpost_engine::{Signal, SignalSet};
///
/// let set = SignalSet::of(&[Signal::HUP, Signal::TERM]);
/// assert!(set.contains(Signal::TERM) && !set.contains(Signal::INT));
/// assert_eq!(set.iter().count(), 2);
/// assert_eq!(set.bits(), 0x4001);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct SignalSet(u64);

impl SignalSet {
    /// The set of none.
    pub const EMPTY: Self = Self(0);
    /// The set of all 64.
    pub const ALL: Self = Self(u64::MAX);
    /// KILL and STOP: no process may catch, ignore or block them.
    pub const UNCATCHABLE: Self = Self::of(&[Signal::KILL, Signal::STOP]);
    /// STOP, TSTP, TTIN, TTOU: SIGCONT removes them where they are pending.
    pub const STOPS: Self = Self::of(&[Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU]);
    /// TSTP, TTIN, TTOU: the stops that come from a terminal.
    pub(crate) const TERMINAL_STOPS: Self = Self::of(&[Signal::TSTP, Signal::TTIN, Signal::TTOU]);
    /// The signals that a program's own instruction causes; they are taken before others.
    pub const SYNCHRONOUS: Self =
        Self::of(&[Signal::SEGV, Signal::BUS, Signal::ILL, Signal::TRAP, Signal::FPE, Signal::SYS]);
    /// The signals whose default is to do nothing (CHLD, URG, WINCH) or nothing to a process that runs (CONT).
    pub const DEFAULT_IGNORED: Self = Self::of(&[Signal::CHLD, Signal::URG, Signal::WINCH, Signal::CONT]);

    /// The set with these 64 bits, signal 1 in bit 0 (the form of /proc/PID/status).
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The 64 bits.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The set of these signals.
    pub const fn of(signals: &[Signal]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < signals.len() {
            bits |= signals[index].bit();
            index += 1;
        }
        Self(bits)
    }

    /// Whether the signal is in the set.
    pub const fn contains(self, signal: Signal) -> bool {
        self.0 & signal.bit() != 0
    }

    /// Whether no signal is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the two sets share a signal.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Puts a signal in.
    pub const fn insert(&mut self, signal: Signal) {
        self.0 |= signal.bit();
    }

    /// Takes a signal out.
    pub const fn remove(&mut self, signal: Signal) {
        self.0 &= !signal.bit();
    }

    /// The lowest-numbered signal of the set.
    pub const fn first(self) -> Option<Signal> {
        #[expect(clippy::cast_possible_wrap, reason = "at most 64")]
        Signal::new(self.0.trailing_zeros() as i32 + 1)
    }

    /// The signals of the set, lowest number first.
    pub fn iter(self) -> impl Iterator<Item = Signal> {
        let mut rest = self;
        core::iter::from_fn(move || {
            let signal = rest.first()?;
            rest.remove(signal);
            Some(signal)
        })
    }
}

impl BitOr for SignalSet {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for SignalSet {
    type Output = Self;
    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for SignalSet {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl Not for SignalSet {
    type Output = Self;
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl FromIterator<Signal> for SignalSet {
    fn from_iter<I: IntoIterator<Item = Signal>>(signals: I) -> Self {
        signals.into_iter().fold(Self::EMPTY, |set, signal| Self(set.0 | signal.bit()))
    }
}

/// `{HUP,TERM}`, as the scenario language writes it.
impl fmt::Display for SignalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("{all}");
        }
        f.write_str("{")?;
        for (index, signal) in self.iter().enumerate() {
            write!(f, "{}{signal}", if index == 0 { "" } else { "," })?;
        }
        f.write_str("}")
    }
}

impl fmt::Debug for SignalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The signals that a thread blocks. KILL and STOP are never among them: the one way to make a mask drops
/// them, so no sequence of calls (`sigprocmask`, `sa_mask`, `sigreturn`, `sigsuspend`, fork, exec) can block
/// them.
///
/// Source: POSIX `pthread_sigmask` ("it is not possible to block those signals which cannot be ignored").
///
/// ```
/// use sigpost_engine::{Signal, SignalMask, SignalSet};
///
/// let mask = SignalMask::new(SignalSet::ALL);
/// assert!(mask.blocks(Signal::TERM));
/// assert!(!mask.blocks(Signal::KILL));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalMask(SignalSet);

impl SignalMask {
    /// The mask that blocks nothing.
    pub const NONE: Self = Self(SignalSet::EMPTY);

    /// The mask that blocks these signals, KILL and STOP left out.
    pub const fn new(set: SignalSet) -> Self {
        Self(SignalSet(set.0 & !SignalSet::UNCATCHABLE.0))
    }

    /// The blocked signals.
    pub const fn set(self) -> SignalSet {
        self.0
    }

    /// Whether the signal is blocked.
    pub const fn blocks(self, signal: Signal) -> bool {
        self.0.contains(signal)
    }
}

impl From<SignalSet> for SignalMask {
    fn from(set: SignalSet) -> Self {
        Self::new(set)
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn the_bits_are_those_of_proc_status() {
        assert_eq!(SignalSet::of(&[Signal::HUP]).bits(), 1);
        assert_eq!(SignalSet::of(&[Signal::RTMAX]).bits(), 1 << 63);
    }

    #[test]
    fn iteration_is_in_the_order_of_numbers_and_misses_none() {
        assert!(SignalSet::ALL.iter().eq(Signal::all()));
        assert_eq!(SignalSet::EMPTY.iter().next(), None);
    }

    #[test]
    fn printing_names_the_signals() {
        assert_eq!(SignalSet::of(&[Signal::TERM, Signal::HUP]).to_string(), "{HUP,TERM}");
        assert_eq!(SignalSet::EMPTY.to_string(), "{}");
    }
}
