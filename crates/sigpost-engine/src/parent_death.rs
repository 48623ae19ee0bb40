//! The signal that a process gets when its parent ends, if it asked for one.
//!
//! Source: prctl(2) `PR_SET_PDEATHSIG`; FreeBSD procctl(2) `PROC_PDEATHSIG_CTL`; Linux `reparent_leader`.

use crate::queue::NIL;
use crate::send::Aim;
use crate::storage::Storage;
use crate::{Code, Gone, ProcessKey, Signal, SignalInfo, System};

impl<S: Storage> System<S> {
    /// Asks for a signal when the parent ends; `None` takes the wish back. A forked child has no such wish, and a new
    /// program keeps it (one that changes its user IDs loses it: the host then takes it back).
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: prctl(2); FreeBSD procctl(2).
    #[doc(alias = "PR_SET_PDEATHSIG")]
    pub fn set_parent_death_signal(&mut self, process: ProcessKey, signal: Option<Signal>) -> Result<(), Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).parent_death = signal;
        Ok(())
    }

    /// The parent of a process has ended: it is told if it asked for that. The signal looks like the parent's `kill`.
    pub(crate) fn tell_of_parent_death(&mut self, child: u32, parent: u32) {
        let Some(signal) = self.processes.at(child).parent_death else { return };
        let namespace = self.processes.at(child).namespace;
        let pid = self.number_seen(parent, namespace).map_or(0, crate::Pid::get);
        let uid = self.processes.at(parent).credentials.real;
        let _ = self.post_to(child, Aim::Process, &SignalInfo { signal, code: Code::USER, pid, uid, value: 0 }, NIL);
    }
}
