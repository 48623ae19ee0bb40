//! What a call is aimed at: references to processes and threads, and IDs.

use core::fmt;

use crate::Name;

/// A process or thread by name. `NAME.main` is the main thread of a process *as a thread*; a process's name
/// alone is the process where something is expected of it, and its main thread where it acts or is an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The name.
    pub name: Name,
    /// Whether `.main` follows.
    pub main: bool,
}

impl Reference {
    /// The name alone.
    pub const fn to(name: Name) -> Self {
        Self { name, main: false }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name, if self.main { ".main" } else { "" })
    }
}

/// The ID that a call is given: of a process, a thread or a group, or one of the special integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// The ID of this process or thread.
    Id(Reference),
    /// Minus the ID of this process, whether or not it leads a group.
    Minus(Name),
    /// An ID that nothing has.
    Nobody,
    /// Minus an ID that nothing has.
    MinusNobody,
    /// 0.
    Zero,
    /// 1.
    One,
    /// -1.
    MinusOne,
    /// The lowest integer, which has no positive counterpart.
    IntMin,
    /// The highest integer.
    IntMax,
}

impl Target {
    /// The name that occurs in it.
    pub const fn name(self) -> Option<Name> {
        match self {
            Self::Id(reference) => Some(reference.name),
            Self::Minus(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(reference) => write!(f, "{reference}"),
            Self::Minus(name) => write!(f, "-{name}"),
            Self::Nobody => f.write_str("nobody"),
            Self::MinusNobody => f.write_str("-nobody"),
            Self::Zero => f.write_str("0"),
            Self::One => f.write_str("1"),
            Self::MinusOne => f.write_str("-1"),
            Self::IntMin => f.write_str("INT_MIN"),
            Self::IntMax => f.write_str("INT_MAX"),
        }
    }
}

/// The signal that a call is given: any integer, for a call may be given an invalid one. 0 is the null signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalNumber(pub i32);

impl SignalNumber {
    /// The signal, if the number is that of one.
    pub const fn signal(self) -> Option<sigpost_engine::Signal> {
        sigpost_engine::Signal::new(self.0)
    }
}

impl From<sigpost_engine::Signal> for SignalNumber {
    fn from(signal: sigpost_engine::Signal) -> Self {
        Self(i32::from(signal.number()))
    }
}

/// The signal's name, or the number if it is that of none.
impl fmt::Display for SignalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.signal() {
            Some(signal) => write!(f, "{signal}"),
            None => write!(f, "{}", self.0),
        }
    }
}
