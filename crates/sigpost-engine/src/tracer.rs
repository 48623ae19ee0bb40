//! Who traces whom. On Linux the tracer is a thread: another thread of its process cannot decide in its place, and what it
//! traced goes on when it ends, though its process lives.
//!
//! Source: ptrace(2), "the tracer"; Linux `ptrace_check_attach`, `exit_ptrace`.

use crate::process_table::Process;
use crate::queue::NIL;
use crate::run_state::Trace;
use crate::storage::Storage;
use crate::thread::Resumed;
use crate::{ProcessKey, System, ThreadKey, TraceError};

/// Who traces, or asks as a tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracer {
    /// A process, by its main thread.
    Process(ProcessKey),
    /// This thread.
    Thread(ThreadKey),
}

impl From<ProcessKey> for Tracer {
    fn from(process: ProcessKey) -> Self {
        Self::Process(process)
    }
}

impl From<ThreadKey> for Tracer {
    fn from(thread: ThreadKey) -> Self {
        Self::Thread(thread)
    }
}

impl<S: Storage> System<S> {
    /// The process that traces a thread.
    pub fn tracer(&self, thread: ThreadKey) -> Option<ProcessKey> {
        let tracer = self.threads.at(self.threads.find(thread.0)?).tracer;
        (tracer != NIL).then(|| self.process_key(tracer))
    }

    /// Whether this tracer holds the thread, and has not left it to listen.
    pub fn is_held_by(&self, tracer: impl Into<Tracer>, thread: ThreadKey) -> bool {
        self.held(tracer.into(), thread).is_ok()
    }

    /// A tracer's process and thread.
    pub(crate) fn find_tracer(&self, tracer: Tracer) -> Result<(u32, u32), TraceError> {
        Ok(match tracer {
            Tracer::Process(process) => {
                let process = self.live(process)?;
                (process, self.processes.at(process).main)
            }
            Tracer::Thread(thread) => {
                let thread = self.live_thread(thread)?;
                (self.threads.at(thread).process, thread)
            }
        })
    }

    /// A thread that this tracer traces.
    pub(crate) fn traced_by(&self, tracer: Tracer, thread: ThreadKey) -> Result<u32, TraceError> {
        let ((process, by), index) = (self.find_tracer(tracer)?, self.live_thread(thread)?);
        let entry = self.threads.at(index);
        let is_its = entry.tracer == process && (entry.traced_by == by || !self.rules.tracer_is_thread);
        if is_its && !entry.signals.exited { Ok(index) } else { Err(TraceError::NotHeld) }
    }

    /// Whether a thread that this tracer traces has ended, and waits for it to ask.
    pub(crate) fn has_ended_before(&self, tracer: Tracer, thread: ThreadKey) -> bool {
        let (Ok((process, by)), Ok(index)) = (self.find_tracer(tracer), self.live_thread(thread)) else { return false };
        let entry = self.threads.at(index);
        entry.tracer == process && entry.traced_by == by && entry.signals.exited
    }

    /// A thread has its tracer no more.
    pub(crate) fn untrace(&mut self, thread: u32) {
        let entry = self.threads.at_mut(thread);
        entry.traced_by = NIL;
        let tracer = core::mem::replace(&mut entry.tracer, NIL);
        if tracer != NIL {
            self.processes.at_mut(tracer).tracees -= 1;
        }
    }

    /// A tracer has ended, or the thread `by` of it: what it traced goes on, and what had ended while it was traced is the
    /// parent's again.
    pub(crate) fn detach_tracees(&mut self, tracer: u32, by: Option<u32>) {
        if self.processes.at(tracer).tracees == 0 {
            return;
        }
        for thread in 0..self.threads.end() {
            let is_its = self.threads.is_used(thread) && self.threads.at(thread).tracer == tracer;
            if is_its && by.is_none_or(|by| self.threads.at(thread).traced_by == by) {
                self.lose_tracer(thread);
            }
        }
    }

    /// All threads of a process end but one, which becomes the main one: it keeps what it traced and whom it forked.
    pub(crate) fn leave_tracees_to(&mut self, process: u32, survivor: u32, main: u32) {
        let own = |entry: &Process| entry.forked_by == survivor || (survivor == main && entry.forked_by == NIL);
        self.move_children_last(process, main, |entry| !own(entry));
        let mut child = self.processes.at(process).first_child;
        while child != NIL {
            let entry = self.processes.at_mut(child);
            (entry.forked_by, child) = (main, entry.next_sibling);
        }
        if self.processes.at(process).tracees == 0 {
            return;
        }
        for thread in 0..self.threads.end() {
            if !self.threads.is_used(thread) || self.threads.at(thread).tracer != process {
                continue;
            }
            if self.threads.at(thread).traced_by == survivor || !self.rules.tracer_is_thread {
                self.threads.at_mut(thread).traced_by = main;
            } else {
                self.lose_tracer(thread);
            }
        }
    }

    fn lose_tracer(&mut self, thread: u32) {
        let tracer = self.threads.at(thread).tracer;
        self.untrace(thread);
        let entry = self.threads.at_mut(thread);
        if entry.signals.exited {
            let process = entry.process;
            let is_parent = self.processes.at(process).parent == tracer && self.processes.at(process).main == thread;
            if is_parent && self.processes.at(tracer).signals.life.is_alive() {
                // A thread of its parent: the parent was told.
                self.keep_zombie(thread);
            } else {
                self.drop_ended(thread);
            }
        } else {
            // Who ran goes on as it was. Source: Linux `__ptrace_unlink`.
            let stood = entry.signals.trace.is_stopped() || entry.signals.freed;
            let before = entry.signals.open_set(self.rules);
            entry.signals.lose_tracer();
            if stood {
                (entry.signals.kicked, entry.signals.resumed) = (true, Resumed::ByTracersEnd);
                self.list_thread(thread);
            }
            self.pass_on_closed(thread, before);
        }
    }

    /// A zombie whose parent traced it, by a thread that has ended, is the parent's to ask about as any other.
    ///
    /// Source: Linux `__ptrace_detach`.
    fn keep_zombie(&mut self, main: u32) {
        let entry = self.threads.at_mut(main);
        entry.signals.trace = Trace::No;
        let process = entry.process;
        if self.wants_no_zombies(self.processes.at(process).parent) && !self.has_unasked_threads(process) {
            self.erase(process);
        }
    }

    /// A thread that ended is no tracer's any more: if it was its process's last one to be asked about, the parent is told
    /// of the end.
    ///
    /// Source: Linux `release_task`, `delay_group_leader`.
    pub(crate) fn drop_ended(&mut self, thread: u32) {
        let process = self.threads.at(thread).process;
        if self.processes.at(process).main == thread {
            self.threads.at_mut(thread).signals.trace = Trace::No;
        } else {
            self.drop_thread(thread);
        }
        self.release_held_end(process);
    }

    /// Whether a thread that has ended, other than the main one, waits for its tracer to ask about it.
    pub(crate) fn has_unasked_threads(&self, process: u32) -> bool {
        let mut at = self.threads.at(self.processes.at(process).main).next;
        while at != NIL {
            let thread = self.threads.at(at);
            if thread.signals.exited {
                return true;
            }
            at = thread.next;
        }
        false
    }
}
