//! The parts that the members of the demo's family play.

use sigpost_engine::{Signal, SignalSet};
use sigpost_sys::sigaction::{Action, Flags};

/// The signal that the family is sent: it has a default action (to end), and no other use.
pub(crate) const SIGNAL: Signal = Signal::USR1;

/// What a member does about the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Has a handler.
    Catches,
    /// Ignores it.
    Ignores,
    /// Blocks it.
    Blocks,
    /// Is stopped, and would end by it.
    Stopped,
    /// Does nothing about it, and ends by it.
    Default,
    /// Has exited, and was not waited for.
    Exited,
    /// Has a handler, and runs as another user than the sender.
    Stranger,
}

impl Role {
    /// The family, the leader of its group first. `swap` exchanges the first two. Strangers need a superuser to
    /// start them.
    pub(crate) fn family(swap: bool, with_stranger: bool) -> Vec<Self> {
        let (first, second) = if swap { (Self::Ignores, Self::Catches) } else { (Self::Catches, Self::Ignores) };
        let mut family = vec![first, second, Self::Blocks, Self::Stopped, Self::Default, Self::Exited];
        if with_stranger {
            family.push(Self::Stranger);
        }
        family
    }

    /// What the member was set up to do, in words.
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::Catches => "has a handler",
            Self::Ignores => "ignores it",
            Self::Blocks => "blocks it",
            Self::Stopped => "is stopped",
            Self::Default => "did nothing about it",
            Self::Exited => "has exited",
            Self::Stranger => "runs as root",
        }
    }

    /// The action that the member sets for the signal.
    pub(crate) const fn action(self) -> Action {
        match self {
            Self::Catches | Self::Stranger => Action::Log { mask: 0, flags: Flags::NONE },
            Self::Ignores => Action::Ignore,
            Self::Blocks | Self::Stopped | Self::Default | Self::Exited => Action::Default,
        }
    }

    /// The signals that the member blocks.
    pub(crate) const fn mask(self) -> SignalSet {
        match self {
            Self::Blocks => SignalSet::of(&[SIGNAL]),
            _ => SignalSet::EMPTY,
        }
    }
}
