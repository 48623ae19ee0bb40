//! The signal by which a process tells its parent of its end, where that is another one than CHLD, or none.
//!
//! Such children come of clone(2). They are no affair of those who wait for children in the ordinary way
//! ([`Clones`]), they are never reaped for a parent that ignores CHLD, and they become ordinary ones by a new program and by
//! a new parent.
//!
//! Source: clone(2), "the child termination signal"; wait(2), `__WCLONE`, `__WALL`; Linux `do_notify_parent`,
//! `eligible_child`, `de_thread`, `reparent_leader`; FreeBSD rfork(2), `RFTSIGNUM`.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{ForkError, Pid, ProcessKey, Signal, System, ThreadKey};

/// Whether `wait` asks about children that tell of their end by another signal than CHLD. What the caller traces is asked
/// about in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clones {
    /// It does not.
    #[default]
    Without,
    /// About them alone (`__WCLONE`).
    Only,
    /// About all (`__WALL`).
    With,
}

impl<S: Storage> System<S> {
    /// A new child with this number (`None`: the next free one) that tells of its end by this signal; `None`: by none.
    /// Stops and going on are told by CHLD all the same.
    ///
    /// # Errors
    /// As [`fork_as`](Self::fork_as).
    ///
    /// Source: clone(2); Linux `copy_process`.
    #[doc(alias = "clone")]
    pub fn fork_with_exit_signal(
        &mut self,
        parent: ThreadKey,
        number: Option<Pid>,
        signal: Option<Signal>,
    ) -> Result<ProcessKey, ForkError> {
        let child = self.fork_as(parent, number)?;
        let signals = &mut self.processes.at_mut(child.0.index).signals;
        (signals.exit_signal, signals.is_clone) = (signal, signal != Some(Signal::CHLD));
        Ok(child)
    }

    /// A process tells of its end as any other from now on: it has a new program, or a new parent.
    pub(crate) fn tell_end_by_chld(&mut self, process: u32) {
        let signals = &mut self.processes.at_mut(process).signals;
        (signals.exit_signal, signals.is_clone) = (Some(Signal::CHLD), false);
    }

    /// A parent has a new program, which has not asked for any signal but CHLD.
    ///
    /// Source: Linux `do_notify_parent`, `parent_exec_id`.
    pub(crate) fn let_children_tell_by_chld(&mut self, parent: u32) {
        let mut child = self.processes.at(parent).first_child;
        while child != NIL {
            let entry = self.processes.at_mut(child);
            (entry.signals.exit_signal, child) = (Some(Signal::CHLD), entry.next_sibling);
        }
    }

    /// Whether a call that asks so is about this child.
    pub(crate) fn is_of_sort(&self, child: u32, parent: u32, clones: Clones) -> bool {
        self.tracer_of_main(child) == parent
            || match clones {
                Clones::Without => !self.processes.at(child).signals.is_clone,
                Clones::Only => self.processes.at(child).signals.is_clone,
                Clones::With => true,
            }
    }
}
