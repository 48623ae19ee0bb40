//! Fork in two steps, while groups are signalled: no child escapes.
//!
//! A host copies the parent's memory without its locks held. A signal that is sent meanwhile to the parent's group, or
//! to everyone, reaches the parent and not the child, which is not there yet: sent to end a whole job, it would miss
//! one. So [`fork_begin`](System::fork_begin) notes how often the group and everyone were signalled, and
//! [`fork_commit`](System::fork_commit) makes the child only if that has not changed. Otherwise the parent first takes
//! the signal, and then forks again.
//!
//! Source: Linux `copy_process` (`ERESTARTNOINTR`), `multiprocess_signals`; FreeBSD `pg_killsx`.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{ForkError, GroupKey, Pid, ProcessKey, System, ThreadKey};

/// A fork that has begun. Dropping it gives the fork up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the child is there only after `fork_commit`"]
pub struct ForkTicket {
    parent: ThreadKey,
    group: Option<GroupKey>,
    sends: u32,
    broadcasts: u32,
}

impl<S: Storage> System<S> {
    /// Begins a fork by this thread. Nothing changes yet.
    ///
    /// ```
    /// # use sigpost_engine::{personality, ForkError, System, Tables};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let shell = system.fork(init)?;
    /// let thread = system.main_thread(shell).unwrap();
    /// let ticket = system.fork_begin(thread);
    /// // Here the host copies the memory, and someone sends to the group.
    /// system.kill(init, 0, 1, &mut ())?;
    /// assert_eq!(system.fork_commit(ticket, None), Err(ForkError::Interrupted));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: Linux `copy_process`, which collects what is sent meanwhile (`multiprocess_signals`).
    pub fn fork_begin(&self, parent: ThreadKey) -> ForkTicket {
        let process = self.threads.find(parent.0).map(|thread| self.threads.at(thread).process);
        let group = process.map_or(NIL, |process| self.processes.at(process).membership.group);
        let (group, sends) =
            if group == NIL { (None, 0) } else { (Some(self.group_key(group)), self.groups.at(group).sends) };
        ForkTicket { parent, group, sends, broadcasts: self.broadcasts }
    }

    /// Makes the child, with this number (`None`: the next free one).
    ///
    /// # Errors
    /// [`ForkError::Interrupted`] if the parent has a signal to take, or its group, or everyone, was signalled since the
    /// fork began, or is being signalled still, or if the parent is in another group by now: let the parent take what is
    /// there for it, and begin again. Otherwise as [`fork`](System::fork).
    ///
    /// Source: Linux `copy_process` (`ERESTARTNOINTR`); FreeBSD `fork1`.
    pub fn fork_commit(&mut self, ticket: ForkTicket, number: Option<Pid>) -> Result<ProcessKey, ForkError> {
        self.live_thread(ticket.parent).map_err(|_| ForkError::NoParent)?;
        if self.fork_begin(ticket.parent) != ticket {
            return Err(ForkError::Interrupted);
        }
        self.fork_as(ticket.parent, number)
    }

    /// Whether a child of this process would escape a send that is not finished.
    pub(crate) fn is_being_signalled(&self, process: u32) -> bool {
        let group = self.processes.at(process).membership.group;
        group != NIL && self.groups.at(group).cursor.is_some()
    }

    /// Notes that everyone in a group is signalled.
    pub(crate) fn count_send(&mut self, group: u32) {
        let sends = &mut self.groups.at_mut(group).sends;
        *sends = sends.wrapping_add(1);
    }
}
