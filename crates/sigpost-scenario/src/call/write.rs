//! How calls are written.

use core::fmt;

use sigpost_engine::SignalSet;

use super::{Action, Call, Flags, MaskChange, PidfdScope};
use crate::SignalNumber;

/// The word that stands for a value in a table of words.
fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    words.iter().find(|(_, listed)| listed == value).map_or("", |(word, _)| word)
}

impl fmt::Display for PidfdScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&Self::WORDS, self))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&Self::WORDS, self))
    }
}

impl fmt::Display for MaskChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(word(&Self::WORDS, self))
    }
}

/// As arguments after others: `, RESTART, NODEFER`.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::WORDS.iter().filter(|(_, flag)| self.contains(*flag)).try_for_each(|(word, _)| write!(f, ", {word}"))
    }
}

/// A user ID of `setresuid`: -1 leaves it as it is.
struct Id(Option<u32>);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, "{id}"),
            None => f.write_str("-1"),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.word())?;
        self.write_arguments(f)?;
        f.write_str(")")
    }
}

impl Call {
    fn write_arguments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(target, signal) | Self::Killpg(target, signal) | Self::Tkill(target, signal) => {
                write!(f, "{target}, {signal}")
            }
            Self::Tgkill(process, thread, signal) => write!(f, "{process}, {thread}, {signal}"),
            Self::Raise(signal) | Self::Fault(signal) => write!(f, "{signal}"),
            Self::Sigqueue(target, signal, value) => write!(f, "{target}, {signal}, {value}"),
            Self::PidfdSendSignal(handle, signal, None) => write!(f, "{handle}, {signal}"),
            Self::PidfdSendSignal(handle, signal, Some(scope)) => write!(f, "{handle}, {signal}, {scope}"),
            Self::RtSigqueueinfo(target, signal, code) => write!(f, "{target}, {signal}, {code}"),
            Self::Sigaction(signal, action, flags, mask) => write_action(f, *signal, *action, *flags, *mask),
            Self::Sigprocmask(how, set) => write!(f, "{how}, {set}"),
            Self::Sigsuspend(set) | Self::Sigtimedwait(set) | Self::Sigwaitinfo(set) => write!(f, "{set}"),
            Self::Setpgid(process, group) => write!(f, "{process}, {group}"),
            Self::Tcsetpgrp(group) => write!(f, "{group}"),
            Self::Setuid(user) => write!(f, "{user}"),
            Self::Setresuid(real, effective, saved) => write!(f, "{}, {}, {}", Id(*real), Id(*effective), Id(*saved)),
            Self::Fork(name, Some(id)) => write!(f, "{name}, id={id}"),
            Self::Clone(name) => write!(f, "{name}, sighand"),
            Self::Fork(name, None) | Self::Vfork(name) | Self::Thread(name) => write!(f, "{name}"),
            Self::Exit(status) => write!(f, "{status}"),
            Self::Wait(child, block) => write_wait(f, child.as_ref().map_or("any", |name| name.as_str()), *block),
            Self::Trace(tracee)
            | Self::TraceInterrupt(tracee)
            | Self::TraceListen(tracee)
            | Self::TraceContinue(tracee, None)
            | Self::TraceDetach(tracee, None) => write!(f, "{tracee}"),
            Self::TraceContinue(tracee, Some(signal)) | Self::TraceDetach(tracee, Some(signal)) => {
                write!(f, "{tracee}, {signal}")
            }
            _ => Ok(()),
        }
    }
}

fn write_action(
    f: &mut fmt::Formatter<'_>,
    signal: SignalNumber,
    action: Action,
    flags: Flags,
    mask: SignalSet,
) -> fmt::Result {
    write!(f, "{signal}, {action}{flags}")?;
    if mask.is_empty() { Ok(()) } else { write!(f, ", mask={mask}") }
}

fn write_wait(f: &mut fmt::Formatter<'_>, child: &str, block: bool) -> fmt::Result {
    write!(f, "{child}{}", if block { ", block" } else { "" })
}
