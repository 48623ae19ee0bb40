//! `vfork`: the parent's thread waits, killably, until the child calls exec or ends.
//!
//! Source: vfork(2); Linux `wait_for_vfork_done`, `mm_release`.

use crate::run_state::Activity;
use crate::storage::Storage;
use crate::{ForkError, Pid, ProcessKey, System, ThreadKey};

impl<S: Storage> System<S> {
    /// A new child with this number (`None`: the next free one). The calling thread sleeps until the child calls
    /// [`exec`](Self::exec) or ends; then work names it. Only a signal that ends its process ends that sleep; a stop
    /// takes effect after it.
    ///
    /// # Errors
    /// As [`fork_as`](Self::fork_as).
    ///
    /// Source: vfork(2); Linux `wait_for_vfork_done`.
    pub fn vfork(&mut self, parent: ThreadKey, number: Option<Pid>) -> Result<ProcessKey, ForkError> {
        let thread = self.live_thread(parent).map_err(|_| ForkError::NoParent)?;
        let child = self.fork_as(parent, number)?;
        self.threads.at_mut(thread).signals.activity = Activity::Killable;
        let entry = self.processes.at_mut(child.0.index);
        entry.signals.vfork_child = true;
        entry.vfork_parent = Some(parent);
        Ok(child)
    }

    /// The child has called exec or ended: who waits for that in vfork goes on.
    pub(crate) fn release_vfork(&mut self, child: u32) {
        let entry = self.processes.at_mut(child);
        entry.signals.vfork_child = false;
        let Some(parent) = entry.vfork_parent.take() else { return };
        let Ok(thread) = self.live_thread(parent) else { return };
        let signals = &mut self.threads.at_mut(thread).signals;
        if signals.activity == Activity::Killable && !signals.exited {
            signals.activity = Activity::Running;
            self.list_thread(thread);
        }
    }
}
