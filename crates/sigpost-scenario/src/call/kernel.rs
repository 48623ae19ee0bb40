//! What the kernel does by itself.

use core::fmt;

use crate::{Name, Reference, SignalNumber, Target};

/// An act of the kernel. Nobody's permission is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelCall {
    /// `psignal(process, signal)`: posts to one process.
    Psignal(Name, SignalNumber),
    /// `tdsignal(thread, signal)`: posts to one thread.
    Tdsignal(Reference, SignalNumber),
    /// `timer(target, signal)`: a timer of a process or thread runs out.
    Timer(Reference, SignalNumber),
    /// `pgsignal(group, signal, checkctty)`: posts to each member, or to those with a terminal; `None`: no group.
    Pgsignal(Option<Target>, SignalNumber, bool),
    /// `gsignal(group, signal)`: looks the group up and posts to each member.
    Gsignal(Target, SignalNumber),
    /// `wakes(process)`: what the process waits for in its sleep has come.
    Wakes(Name),
    /// `hangup(process)`: the terminal of its session is closed.
    Hangup(Name),
    /// `intr(process)`: the interrupt character is typed at the terminal of its session.
    Intr(Name),
    /// `quit(process)`: the quit character is typed.
    Quit(Name),
    /// `susp(process)`: the suspend character is typed.
    Susp(Name),
}

impl KernelCall {
    /// The names of all acts of the kernel.
    pub const WORDS: [&'static str; 10] =
        ["psignal", "tdsignal", "timer", "pgsignal", "gsignal", "wakes", "hangup", "intr", "quit", "susp"];

    /// The name of the call.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Psignal(..) => "psignal",
            Self::Tdsignal(..) => "tdsignal",
            Self::Timer(..) => "timer",
            Self::Pgsignal(..) => "pgsignal",
            Self::Gsignal(..) => "gsignal",
            Self::Wakes(_) => "wakes",
            Self::Hangup(_) => "hangup",
            Self::Intr(_) => "intr",
            Self::Quit(_) => "quit",
            Self::Susp(_) => "susp",
        }
    }

    /// The names among the arguments.
    pub(crate) fn mentions(&self) -> [Option<Name>; 2] {
        match *self {
            Self::Tdsignal(reference, _) | Self::Timer(reference, _) => [Some(reference.name), None],
            Self::Pgsignal(group, ..) => [group.and_then(Target::name), None],
            Self::Gsignal(group, _) => [group.name(), None],
            Self::Psignal(name, _)
            | Self::Wakes(name)
            | Self::Hangup(name)
            | Self::Intr(name)
            | Self::Quit(name)
            | Self::Susp(name) => [Some(name), None],
        }
    }

    /// Whether it sends a signal and so gives receipts.
    pub const fn sends(&self) -> bool {
        !matches!(self, Self::Wakes(_) | Self::Hangup(_))
    }

    /// Whether only the engine can do it: a real kernel offers no way to make it.
    pub const fn is_engine_only(&self) -> bool {
        !matches!(self, Self::Hangup(_) | Self::Intr(_) | Self::Quit(_) | Self::Susp(_))
    }
}

impl fmt::Display for KernelCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.word();
        match self {
            Self::Psignal(process, signal) => write!(f, "{word}({process}, {signal})"),
            Self::Tdsignal(target, signal) | Self::Timer(target, signal) => write!(f, "{word}({target}, {signal})"),
            Self::Pgsignal(group, signal, check) => {
                let check = if *check { ", checkctty" } else { "" };
                match group {
                    Some(group) => write!(f, "{word}({group}, {signal}{check})"),
                    None => write!(f, "{word}(none, {signal}{check})"),
                }
            }
            Self::Gsignal(group, signal) => write!(f, "{word}({group}, {signal})"),
            Self::Wakes(process)
            | Self::Hangup(process)
            | Self::Intr(process)
            | Self::Quit(process)
            | Self::Susp(process) => write!(f, "{word}({process})"),
        }
    }
}
