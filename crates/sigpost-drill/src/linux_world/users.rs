//! A change of users in a process with several threads.
//!
//! To the kernel each thread has users of its own; to POSIX they are the process's, and C libraries have every thread make
//! the call. So do the puppets: once the caller's call has succeeded, each other thread is told to make it. Source:
//! nptl(7), Linux `commit_creds`.

use sigpost_scenario::Trouble;

use super::{LinuxWorld, broken};
use crate::command::{Command, Operation};
use crate::settle;

impl LinuxWorld {
    /// The other threads of a thread's process that live.
    fn others_beside(&self, slot: usize) -> impl Iterator<Item = usize> {
        let views = self.views(self.threads[slot].process, &self.now);
        views.filter(move |(other, view)| *other != slot && !view.has_ended()).map(|(other, _)| other)
    }

    /// Says why not all threads of the caller's process can change their users with it.
    pub(super) fn refuse_partial_change(&self, slot: usize) -> Result<(), Trouble> {
        let unsupported = |why: String| Err(Trouble::Unsupported(format!("a change of users by all threads: {why}")));
        if let Some((other, why)) = self.others_beside(slot).find_map(|other| Some((other, self.why_not(other)?))) {
            // A C library would interrupt it by a signal of its own.
            return unsupported(format!("{} {why}", self.threads[other].name));
        }
        let main = self.processes[self.threads[slot].process].slot;
        if self.why_not(main).is_some_and(|_| main != slot) {
            // Who may signal the process is asked of its main thread, which keeps the users that it ended with.
            return unsupported(format!("{} has ended", self.threads[main].name));
        }
        Ok(())
    }

    /// Has the other threads change their users as the caller has.
    pub(super) fn change_users_of_others(&self, slot: usize, order: u32, command: Command) -> Result<(), Trouble> {
        if !matches!(command.operation, Operation::Setuid | Operation::Setresuid) {
            return Ok(());
        }
        let answer = settle::answer(self.memory.slot(slot), order, "a puppet to change its users")?;
        if answer.errno != 0 {
            return Ok(());
        }
        for other in self.others_beside(slot).collect::<Vec<_>>() {
            if self.ask(other, command)?.errno != 0 {
                return Err(broken("threads of one process that may not become the same user"));
            }
        }
        Ok(())
    }
}
