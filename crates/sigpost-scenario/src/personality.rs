//! The systems under which a scenario holds.

use core::fmt;

use sigpost_engine::Signal;

/// A system whose rules a scenario can be run under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonalityName {
    /// Linux.
    Linux,
    /// FreeBSD.
    FreeBsd,
    /// POSIX.1-2024, where it decides.
    Posix,
    /// 4.3BSD of 1986.
    Bsd43,
    /// 4.4BSD-Lite2.
    Bsd44,
    /// AIX/RT 2.2.1.
    AixRt,
}

impl PersonalityName {
    /// All six, in the order in which they are printed.
    pub const ALL: [Self; 6] = [Self::Linux, Self::FreeBsd, Self::Posix, Self::Bsd43, Self::Bsd44, Self::AixRt];

    /// The word for it in a scenario; the engine's personality of this name holds its rules.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Linux => "linux",
            Self::FreeBsd => "freebsd",
            Self::Posix => "posix",
            Self::Bsd43 => "bsd43",
            Self::Bsd44 => "bsd44",
            Self::AixRt => "aixrt",
        }
    }

    /// The personality with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word() == word)
    }

    /// Whether a process can have several threads, and signals can be queued with a value.
    pub const fn has_threads_and_queues(self) -> bool {
        matches!(self, Self::Linux | Self::FreeBsd | Self::Posix)
    }

    /// The highest signal that can be named: the older systems have no realtime signals.
    pub const fn highest_signal(self) -> Signal {
        if self.has_threads_and_queues() { Signal::RTMAX } else { Signal::SYS }
    }
}

impl fmt::Display for PersonalityName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A set of personalities, never empty where it comes from a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Personalities(u8);

impl Personalities {
    /// The set of none, to add to.
    pub const EMPTY: Self = Self(0);
    /// All six.
    pub const ALL: Self = Self(0b11_1111);
    /// Linux alone: what a file without a `personality` line holds under.
    pub const LINUX: Self = Self(1);

    /// The set of one.
    pub const fn only(name: PersonalityName) -> Self {
        Self(1 << name as u8)
    }

    /// Adds one; false if it was there.
    pub const fn insert(&mut self, name: PersonalityName) -> bool {
        let new = !self.contains(name);
        self.0 |= 1 << name as u8;
        new
    }

    /// Whether the set holds this one.
    pub const fn contains(self, name: PersonalityName) -> bool {
        self.0 & (1 << name as u8) != 0
    }

    /// Whether the set holds none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members, in the order in which they are printed.
    pub fn iter(self) -> impl Iterator<Item = PersonalityName> {
        PersonalityName::ALL.into_iter().filter(move |name| self.contains(*name))
    }
}

/// `linux posix`, or `all`.
impl fmt::Display for Personalities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::ALL {
            return f.write_str("all");
        }
        for (index, name) in self.iter().enumerate() {
            write!(f, "{}{name}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Personalities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
