//! What a call returns, and what is known of a signal that was taken.

use core::fmt;

use sigpost_engine::{Errno, Signal, SignalSet};

/// The result of a call, as a scenario writes it after `=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0: success.
    Zero,
    /// -1 with this error number.
    Error(Errno),
    /// A set of signals (`sigpending`).
    Set(SignalSet),
    /// The call has not returned.
    Blocks,
    /// The signal that was accepted.
    Taken(Taken),
    /// News of a child (`wait`).
    Child(ChildNews),
}

impl Outcome {
    /// The error numbers that a result can be.
    pub const ERRORS: [Errno; 11] = [
        Errno::EPERM,
        Errno::ESRCH,
        Errno::EINVAL,
        Errno::EAGAIN,
        Errno::EINTR,
        Errno::ECHILD,
        Errno::EACCES,
        Errno::EIO,
        Errno::ENOTTY,
        Errno::EEXIST,
        Errno::ENOMEM,
    ];

    /// Whether an outcome that was observed is what this one asks for: equal, but a signal's value is compared
    /// only where it is written.
    pub fn admits(&self, observed: &Self) -> bool {
        match (self, observed) {
            (Self::Taken(wanted), Self::Taken(observed)) => wanted.admits(observed),
            _ => self == observed,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("0"),
            Self::Error(errno) => write!(f, "{errno}"),
            Self::Set(set) => write!(f, "{set}"),
            Self::Blocks => f.write_str("blocks"),
            Self::Taken(taken) => write!(f, "{taken}"),
            Self::Child(news) => write!(f, "{news}"),
        }
    }
}

/// A signal that was handled or accepted, with the value that came with it if that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The signal.
    pub signal: Signal,
    /// The value of `sigqueue`; `None` in a scenario: not compared.
    pub value: Option<i32>,
}

impl Taken {
    /// Whether a signal that was observed is what this one asks for.
    pub fn admits(&self, observed: &Self) -> bool {
        self.signal == observed.signal && (self.value.is_none() || self.value == observed.value)
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Some(value) => write!(f, "{}({value})", self.signal),
            None => write!(f, "{}", self.signal),
        }
    }
}

/// What `wait` tells of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildNews {
    /// It ended by itself, with this status.
    Exited(u8),
    /// A signal ended it.
    Killed(Signal),
    /// A signal whose default is a core dump ended it.
    Dumped(Signal),
    /// A signal stopped it.
    Stopped(Signal),
    /// It is traced and told its tracer of this signal.
    Trapped(Signal),
    /// It was continued.
    Continued,
    /// There are children, and no news of them.
    Nothing,
}

impl fmt::Display for ChildNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exited({status})"),
            Self::Killed(signal) => write!(f, "killed({signal})"),
            Self::Dumped(signal) => write!(f, "dumped({signal})"),
            Self::Stopped(signal) => write!(f, "stopped({signal})"),
            Self::Trapped(signal) => write!(f, "trapped({signal})"),
            Self::Continued => f.write_str("continued"),
            Self::Nothing => f.write_str("nothing"),
        }
    }
}

/// Why a signal was sent, as its information says (`si_code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// `kill` (`SI_USER`).
    User,
    /// `tkill`, `tgkill`, `raise` (`SI_TKILL`).
    Tkill,
    /// `sigqueue` (`SI_QUEUE`).
    Queue,
    /// The kernel (`SI_KERNEL`).
    Kernel,
    /// A timer (`SI_TIMER`).
    Timer,
    /// A child ended by itself (`CLD_EXITED`).
    Exited,
    /// A signal ended a child (`CLD_KILLED`).
    Killed,
    /// A signal ended a child and a core was written (`CLD_DUMPED`).
    Dumped,
    /// A child stopped (`CLD_STOPPED`).
    Stopped,
    /// A child continued (`CLD_CONTINUED`).
    Continued,
    /// A traced child told its tracer of a signal (`CLD_TRAPPED`).
    Trapped,
    /// Another number.
    Number(i32),
}

impl Code {
    /// The codes that have a word.
    pub const WORDS: [(&'static str, Self); 11] = [
        ("user", Self::User),
        ("tkill", Self::Tkill),
        ("queue", Self::Queue),
        ("kernel", Self::Kernel),
        ("timer", Self::Timer),
        ("exited", Self::Exited),
        ("killed", Self::Killed),
        ("dumped", Self::Dumped),
        ("stopped", Self::Stopped),
        ("continued", Self::Continued),
        ("trapped", Self::Trapped),
    ];

    /// The number, as Linux has it.
    pub const fn number(self) -> i32 {
        match self {
            Self::User => 0,
            Self::Tkill => -6,
            Self::Queue => -1,
            Self::Kernel => 0x80,
            Self::Timer => -2,
            Self::Exited => 1,
            Self::Killed => 2,
            Self::Dumped => 3,
            Self::Trapped => 4,
            Self::Stopped => 5,
            Self::Continued => 6,
            Self::Number(number) => number,
        }
    }

    /// The code with this number, by its word if it has one.
    pub fn from_number(number: i32) -> Self {
        let known = Self::WORDS.iter().find(|(_, code)| code.number() == number);
        known.map_or(Self::Number(number), |(_, code)| *code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, Self::WORDS.iter().find(|(_, code)| code == self)) {
            (Self::Number(number), _) => write!(f, "{number}"),
            (_, Some((word, _))) => f.write_str(word),
            (_, None) => Err(fmt::Error),
        }
    }
}
