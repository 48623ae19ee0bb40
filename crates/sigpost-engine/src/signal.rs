//! `Signal`: a valid signal number, checked once at full width.
//!
//! A number that comes from outside is an `i32`. It becomes a [`Signal`] here or nowhere: after that no
//! code asks again whether it is valid, and no narrower integer can turn 265 into 9.

mod facts;
mod name;

pub use facts::DefaultAction;
pub use name::ParseSignalError;

use core::fmt;
use core::num::NonZeroU8;

/// A signal: a number from 1 to 64 (Linux's numbering under every personality).
///
/// 1 to 31 are the standard signals; 32 to 64 are realtime signals, which queue. Programs see the realtime
/// range as `RTMIN` (34) to `RTMAX` (64), because the C library keeps 32 and 33 for itself; the kernel does
/// not, so neither does this type.
///
/// Source: POSIX `<signal.h>`, signal(7).
///
/// ```
/// use sigpost_engine::Signal;
///
/// assert_eq!(Signal::new(15), Some(Signal::TERM));
/// assert_eq!(Signal::new(265), None); // not 265 mod 256, which would be KILL
/// assert_eq!("RTMIN+1".parse(), Ok(Signal::new(35).unwrap()));
/// assert_eq!(Signal::TERM.to_string(), "TERM");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signal(NonZeroU8);

/// The error of [`Signal::try_from`]: the number is not between 1 and 64. EINVAL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignal(pub i32);

impl Signal {
    /// How many signals there are: numbers run from 1 to this one.
    pub const COUNT: u8 = 64;

    /// The first realtime number that programs may use (`SIGRTMIN`), 34.
    pub const RTMIN: Self = Self::known(34);
    /// The last realtime number (`SIGRTMAX`), 64.
    pub const RTMAX: Self = Self::known(64);

    /// The signal with this number; `None` unless it is between 1 and 64. 0, the null signal, is none.
    pub const fn new(number: i32) -> Option<Self> {
        if number < 1 || number > Self::COUNT as i32 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked: 1 to 64")]
        match NonZeroU8::new(number as u8) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// A signal whose number is known to be valid when the program is compiled.
    const fn known(number: i32) -> Self {
        match Self::new(number) {
            Some(signal) => signal,
            None => Self(NonZeroU8::MIN),
        }
    }

    /// The number, 1 to 64.
    pub const fn number(self) -> u8 {
        self.0.get()
    }

    /// This signal's bit in a 64-bit set: signal 1 is bit 0, as in /proc/PID/status and `sigset_t`.
    pub const fn bit(self) -> u64 {
        1 << (self.number() - 1)
    }

    /// Whether several instances queue, each with its own information (32 and above).
    pub const fn is_realtime(self) -> bool {
        self.number() >= 32
    }

    /// Whether it can be caught, ignored and blocked: every signal but KILL and STOP.
    pub const fn is_catchable(self) -> bool {
        !matches!(self, Self::KILL | Self::STOP)
    }

    /// Whether its default action stops the process: STOP, TSTP, TTIN, TTOU.
    pub const fn is_stop(self) -> bool {
        matches!(self, Self::STOP | Self::TSTP | Self::TTIN | Self::TTOU)
    }

    /// Whether it is a stop that comes from a terminal (TSTP, TTIN, TTOU), which an orphaned group is spared.
    pub const fn is_terminal_stop(self) -> bool {
        matches!(self, Self::TSTP | Self::TTIN | Self::TTOU)
    }

    /// Every signal, lowest number first.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> {
        (1..=i32::from(Self::COUNT)).filter_map(Self::new)
    }
}

impl TryFrom<i32> for Signal {
    type Error = InvalidSignal;

    fn try_from(number: i32) -> Result<Self, InvalidSignal> {
        Self::new(number).ok_or(InvalidSignal(number))
    }
}

impl fmt::Display for InvalidSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no signal: signals are numbered 1 to 64", self.0)
    }
}

impl core::error::Error for InvalidSignal {}

impl fmt::Debug for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
