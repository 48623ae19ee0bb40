//! `ProcessSignals`: the signal state that the threads of one process share.

use crate::disposition::{Disposition, Dispositions};
use crate::pending::PendingSignals;
use crate::post::ChildNews;
use crate::queue::Charge;
use crate::run_state::{Life, ProcessStop};
use crate::{Signal, SignalSet};

/// The signal state that the threads of one process share. A kernel with its own processes keeps one in each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, one bit each")]
pub struct ProcessSignals {
    pub(crate) pending: PendingSignals,
    pub(crate) dispositions: Dispositions,
    pub(crate) life: Life,
    pub(crate) stop: ProcessStop,
    /// It goes on after a stop, and none of its threads has told its parent yet.
    pub(crate) untold: Option<ChildNews>,
    pub(crate) charge: Charge,
    /// The init of a PID namespace: default actions of signals from inside do not touch it.
    pub(crate) protected: bool,
    /// A process of the kernel's own: it never returns to user mode, so no signal reaches it.
    pub(crate) system: bool,
    /// Its parent waits in vfork until it calls exec or ends.
    pub(crate) vfork_child: bool,
    pub(crate) no_child_stop: bool,
    pub(crate) no_child_wait: bool,
    /// The signal by which its parent is told of its end, and whether `wait` takes it for a clone.
    pub(crate) exit_signal: Option<Signal>,
    pub(crate) is_clone: bool,
    /// Somebody may read its signals from a descriptor, and wants to be told of new ones.
    pub(crate) is_watched: bool,
    /// What its parent was last told by CHLD is to be read off itself: there was no entry for it.
    pub(crate) keeps_news: bool,
}

impl ProcessSignals {
    /// A process with nothing pending and every disposition its default, whose queue is charged so.
    pub fn new(charge: Charge) -> Self {
        Self {
            pending: PendingSignals::default(),
            dispositions: Dispositions::default(),
            life: Life::Alive,
            stop: ProcessStop::No,
            untold: None,
            charge,
            protected: false,
            system: false,
            vfork_child: false,
            no_child_stop: false,
            no_child_wait: false,
            exit_signal: Some(Signal::CHLD),
            is_clone: false,
            is_watched: false,
            keeps_news: false,
        }
    }

    /// The pending signals of the process, those of its threads not counted in.
    pub const fn pending(&self) -> SignalSet {
        self.pending.set()
    }

    /// What it ignores and what it catches.
    pub const fn dispositions(&self) -> &Dispositions {
        &self.dispositions
    }

    /// Whether it is alive.
    pub const fn life(&self) -> Life {
        self.life
    }

    /// Whether it is stopped.
    pub const fn stop(&self) -> ProcessStop {
        self.stop
    }

    /// Whether it goes on after a stop, and has not told its parent: its next look for signals does.
    pub const fn is_to_tell_that_it_goes_on(&self) -> bool {
        self.untold.is_some()
    }

    /// Says what is to happen when a signal is delivered; the handler itself goes into an
    /// [`ActionTable`](crate::ActionTable). KILL and STOP keep their default. What is pending stays:
    /// [`System::sigaction`](crate::System::sigaction) also throws away what would do nothing now.
    pub const fn set_disposition(&mut self, signal: Signal, to: &Disposition) {
        self.dispositions.set(signal, to);
    }

    /// Makes it the init of a PID namespace: signals from inside whose action is the default one do not touch it.
    pub const fn protect(&mut self) {
        self.protected = true;
    }
}
