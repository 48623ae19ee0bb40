//! Processes that share their dispositions: what one sets, all have.
//!
//! They stand in a ring. exec and the end of a process take it out of the ring; it keeps what was set until then.
//!
//! Source: clone(2) with `CLONE_SIGHAND`; Linux `copy_sighand`, `unshare_sighand`; FreeBSD `rfork(RFSIGSHARE)`.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{ForkError, Pid, ProcessKey, System, ThreadKey};

impl<S: Storage> System<S> {
    /// A new child with this number (`None`: the next free one) that shares the caller's dispositions from now on.
    /// Masks and pending signals are each one's own.
    ///
    /// # Errors
    /// As [`fork_as`](Self::fork_as).
    ///
    /// Source: clone(2); Linux `copy_sighand`.
    #[doc(alias = "CLONE_SIGHAND")]
    pub fn fork_sharing(&mut self, parent: ThreadKey, number: Option<Pid>) -> Result<ProcessKey, ForkError> {
        let child = self.fork_as(parent, number)?;
        let (index, thread) = (child.0.index, self.live_thread(parent).map_err(|_| ForkError::NoParent)?);
        let process = self.threads.at(thread).process;
        let next = self.processes.at(process).shares_with;
        self.processes.at_mut(index).shares_with = if next == NIL { process } else { next };
        self.processes.at_mut(process).shares_with = index;
        Ok(child)
    }

    /// Whether two processes share their dispositions.
    pub fn share_handlers(&self, one: ProcessKey, other: ProcessKey) -> bool {
        let (Ok(one), Ok(other)) = (self.live(one), self.live(other)) else { return false };
        let mut at = self.processes.at(one).shares_with;
        while at != NIL && at != one {
            if at == other {
                return true;
            }
            at = self.processes.at(at).shares_with;
        }
        one == other
    }

    /// How many processes use the same dispositions as this one, itself counted.
    pub(crate) fn sharers(&self, process: u32) -> u32 {
        let mut count = 1;
        let mut at = self.processes.at(process).shares_with;
        while at != NIL && at != process {
            count += 1;
            at = self.processes.at(at).shares_with;
        }
        count
    }

    /// Takes a process out of its ring: it has its dispositions for itself, as they are.
    pub(crate) fn share_no_more(&mut self, process: u32) {
        let next = core::mem::replace(&mut self.processes.at_mut(process).shares_with, NIL);
        if next == NIL {
            return;
        }
        let mut before = next;
        while self.processes.at(before).shares_with != process {
            before = self.processes.at(before).shares_with;
        }
        self.processes.at_mut(before).shares_with = if before == next { NIL } else { next };
    }

    /// The others of the ring take over what this one has just set.
    pub(crate) fn spread_dispositions(&mut self, process: u32) {
        let mut at = self.processes.at(process).shares_with;
        if at == NIL {
            return;
        }
        let set = self.processes.at(process).signals;
        let actions = self.processes.at(process).actions;
        while at != process {
            if self.processes.at(at).actions != actions {
                self.drop_actions(at);
                if self.actions.is_used(actions) {
                    self.actions.at_mut(actions).users += 1;
                }
            }
            let entry = self.processes.at_mut(at);
            entry.actions = actions;
            entry.signals.dispositions = set.dispositions;
            (entry.signals.no_child_stop, entry.signals.no_child_wait) = (set.no_child_stop, set.no_child_wait);
            at = entry.shares_with;
        }
    }
}
