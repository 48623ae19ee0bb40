//! Expectations: what must hold between two steps.

use core::fmt;

use sigpost_engine::{Signal, SignalSet};

use crate::{Code, Name, Outcome, Reference, Span, Taken};

/// An `expect` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Of whom it is expected.
    pub subject: Reference,
    /// What must hold, at least one condition.
    pub conditions: Vec<Condition>,
    /// Where it stands.
    pub span: Span,
}

/// What must hold of a process or thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It is in this state.
    State(State),
    /// Its last call has not returned.
    BlockedInCall,
    /// The last step did not wake it.
    SameSleep,
    /// These signals are pending, and no other.
    Pending(SignalSet),
    /// These signals are blocked, and no other.
    Blocked(SignalSet),
    /// These handlers began to run since the last `handled=` of the same name, in this order.
    Handled(Vec<Taken>),
    /// Its last call that had blocked returned this.
    Returned(Outcome),
    /// It is in the group with this process's ID.
    Group(Name),
    /// It is in the session with this process's ID.
    Session(Name),
    /// Its parent is this process.
    Parent(Name),
    /// The last signal handled or accepted came from there.
    Sender(Sender),
    /// The last signal handled or accepted was sent for this reason.
    Code(Code),
}

impl Condition {
    /// Whether what was found is what is asked for: equal, but values of signals are compared only where they
    /// are written, and `blocked={all}` is everything that can be blocked.
    pub fn admits(&self, found: &Self) -> bool {
        match (self, found) {
            (Self::Handled(wanted), Self::Handled(found)) => {
                wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| wanted.admits(found))
            }
            (Self::Returned(wanted), Self::Returned(found)) => wanted.admits(found),
            (Self::Blocked(wanted), Self::Blocked(found)) => {
                *wanted - SignalSet::UNCATCHABLE == *found - SignalSet::UNCATCHABLE
            }
            _ => self == found,
        }
    }
}

/// The state of a process or thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can be told what to do.
    Running,
    /// It is in `pause`.
    Sleeping,
    /// It waits for the child of its vfork.
    Killable,
    /// It is in a sleep that nothing interrupts.
    Uninterruptible,
    /// It has ended and was not waited for.
    Zombie,
    /// It has ended and was waited for.
    Reaped,
    /// This signal stopped it.
    Stopped(Signal),
    /// This signal ended it.
    Killed(Signal),
    /// This signal, whose default is a core dump, ended it.
    Dumped(Signal),
    /// Its tracer holds it, having been told of this signal.
    TraceStopped(Signal),
    /// It ended by itself, with this status.
    Exited(u8),
}

/// Who sent a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// This process or thread.
    Of(Reference),
    /// The kernel.
    Kernel,
    /// Nobody whom the receiver can see, or the information is lost.
    Nobody,
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expect {}:", self.subject)?;
        self.conditions.iter().try_for_each(|condition| write!(f, " {condition}"))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => write!(f, "{state}"),
            Self::BlockedInCall => f.write_str("blocked_in_call"),
            Self::SameSleep => f.write_str("same_sleep"),
            Self::Pending(set) => write!(f, "pending={set}"),
            Self::Blocked(set) => write!(f, "blocked={set}"),
            Self::Handled(handled) => {
                f.write_str("handled=[")?;
                for (index, taken) in handled.iter().enumerate() {
                    write!(f, "{}{taken}", if index == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Returned(outcome) => write!(f, "returned({outcome})"),
            Self::Group(name) => write!(f, "group={name}"),
            Self::Session(name) => write!(f, "session={name}"),
            Self::Parent(name) => write!(f, "parent={name}"),
            Self::Sender(sender) => write!(f, "sender={sender}"),
            Self::Code(code) => write!(f, "code={code}"),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Sleeping => f.write_str("sleeping"),
            Self::Killable => f.write_str("killable"),
            Self::Uninterruptible => f.write_str("uninterruptible"),
            Self::Zombie => f.write_str("zombie"),
            Self::Reaped => f.write_str("reaped"),
            Self::Stopped(signal) => write!(f, "stopped({signal})"),
            Self::Killed(signal) => write!(f, "killed({signal})"),
            Self::Dumped(signal) => write!(f, "dumped({signal})"),
            Self::TraceStopped(signal) => write!(f, "trace_stopped({signal})"),
            Self::Exited(status) => write!(f, "exited({status})"),
        }
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(reference) => write!(f, "{reference}"),
            Self::Kernel => f.write_str("kernel"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}
