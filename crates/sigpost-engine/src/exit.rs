//! The end: of a thread, of a process; orphans, zombies, reaping.
//!
//! **Heads up.** POSIX `_exit` ("Consequences of Process Termination"); Linux kernel/exit.c `exit_notify`,
//! `forget_original_parent`. The tree is changed first; signals follow.

use crate::personality::QueueLimit;
use crate::post::{Threads, Wake, end};
use crate::process_table::Process;
use crate::queue::NIL;
use crate::run_state::{ExitStatus, Life, ProcessStop, Trace};
use crate::storage::Storage;
use crate::{Activity, Gone, ProcessKey, SignalSet, System, ThreadKey};

impl<S: Storage> System<S> {
    /// A thread ends. What was meant for it gets another taker; the last thread takes the process with it, with the
    /// status that was decided ([`Delivery::End`](crate::Delivery::End)), or else `exit(0)`.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone, or has ended before.
    ///
    /// Source: POSIX `pthread_exit`; Linux `exit_signals`.
    pub fn exit_thread(&mut self, thread: ThreadKey) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        if self.threads.at(index).signals.exited {
            return Err(Gone);
        }
        self.end_thread(index);
        Ok(())
    }

    /// A process ends, all its threads at once: `exit`, `_exit`.
    ///
    /// # Errors
    /// [`Gone`], also if it has ended before.
    ///
    /// Source: POSIX `_exit`.
    pub fn exit(&mut self, process: ProcessKey, status: i32) -> Result<(), Gone> {
        let index = self.live(process)?;
        if self.processes.at(index).signals.life.is_zombie() {
            return Err(Gone);
        }
        self.begin_end(index, status);
        let mut at = self.processes.at(index).main;
        while at != NIL {
            let next = self.threads.at(at).next;
            if !self.threads.at(at).signals.exited {
                self.end_thread(at);
            }
            at = next;
        }
        Ok(())
    }

    /// A process begins to end with this status: each thread ends when it next looks, as [`deliver`](Self::deliver) tells
    /// it. For hosts whose threads end by themselves, in any order.
    ///
    /// # Errors
    /// [`Gone`], also if it has ended, or is about to, already.
    ///
    /// Source: Linux `do_group_exit`, `zap_other_threads`.
    pub fn begin_exit(&mut self, process: ProcessKey, status: i32) -> Result<(), Gone> {
        let index = self.live(process)?;
        if !self.processes.at(index).signals.life.is_alive() {
            return Err(Gone);
        }
        self.begin_end(index, status);
        self.follow(index, Wake::Everyone, None);
        Ok(())
    }

    fn begin_end(&mut self, process: u32, status: i32) {
        let main = self.processes.at(process).main;
        self.with_process(process, main, |signals, threads, _, _| {
            if signals.life == Life::Alive {
                end(signals, threads, ExitStatus::Exited(status));
            }
        });
    }

    fn end_thread(&mut self, index: u32) {
        let process = self.threads.at(index).process;
        self.drop_thread_work(index);
        let mut open = SignalSet::EMPTY;
        let mut had_stopped = false;
        let was_seized = self.threads.at(index).signals.seized;
        let rules = self.rules;
        self.with_process(process, index, |_, threads, queue, _| {
            let thread = threads.thread_mut(index);
            if thread.kicked {
                // What others were told of is theirs already. Source: Linux `exit_signals`.
                open = thread.open_set(rules);
            }
            had_stopped = thread.stopped || thread.freed;
            thread.exited = true;
            (thread.kicked, thread.stopped, thread.freed) = (false, false, false);
            thread.detach();
            if was_seized {
                // It is its tracer's until that has asked.
                thread.trace = Trace::Traced;
            }
            thread.waiting = SignalSet::EMPTY;
            thread.activity = Activity::Running;
            thread.pending.discard(queue, SignalSet::ALL);
        });
        self.pass_on_signals(index, open);
        let entry = self.processes.at_mut(process);
        entry.threads -= 1;
        let (left, is_main) = (entry.threads, entry.main == index);
        let told_to_tracer = was_seized && (!is_main || left > 0);
        if is_main && !was_seized {
            self.untrace(index);
        }
        let is_kept = is_main || was_seized && self.is_waited_for(index);
        if !is_kept {
            self.drop_thread(index);
        }
        if left > 0 {
            self.pass_on(process, index);
        }
        if told_to_tracer && left > 0 {
            self.tell_tracer_of_end(index);
        }
        if is_main {
            // Source: Linux `mm_release`, which the main thread alone does for its parent.
            self.release_vfork(process);
        }
        if left == 0 {
            self.end_process(process, told_to_tracer.then_some(index));
        } else if !had_stopped {
            self.stop_without(process);
        }
    }

    /// What a thread had to do for others is another's: its children's news go to the next thread that lives, and where
    /// the tracer is a thread its tracees go on.
    ///
    /// Source: Linux `forget_original_parent`, `find_alive_thread`, `exit_ptrace`.
    fn pass_on(&mut self, process: u32, thread: u32) {
        if self.rules.tracer_is_thread {
            self.detach_tracees(process, Some(thread));
        }
        if self.processes.at(process).first_child == NIL {
            return;
        }
        let mut heir = self.processes.at(process).main;
        while heir != NIL && self.threads.at(heir).signals.exited {
            heir = self.threads.at(heir).next;
        }
        let was_main = thread == self.processes.at(process).main;
        let is_its = |entry: &Process| entry.forked_by == thread || (was_main && entry.forked_by == NIL);
        self.move_children_last(process, heir, is_its);
    }

    /// Children become another thread's, where they come last. Source: Linux `forget_original_parent`.
    pub(crate) fn move_children_last(&mut self, process: u32, heir: u32, moves: impl Fn(&Process) -> bool) {
        let youngest = self.processes.at(process).first_child;
        let mut child = self.oldest_child(process);
        while child != NIL {
            let Process { previous_sibling: next, .. } = *self.processes.at(child);
            if moves(self.processes.at(child)) {
                self.disown(child);
                self.adopt(child, process);
                self.processes.at_mut(child).forked_by = heir;
            }
            child = if child == youngest { NIL } else { next };
        }
    }

    /// The list of children begins with the youngest.
    pub(crate) fn oldest_child(&self, process: u32) -> u32 {
        let (mut at, mut oldest) = (self.processes.at(process).first_child, NIL);
        while at != NIL {
            (oldest, at) = (at, self.processes.at(at).next_sibling);
        }
        oldest
    }

    /// A thread that was still to stop has ended instead: the others may now be all.
    fn stop_without(&mut self, process: u32) {
        if !matches!(self.processes.at(process).signals.stop, ProcessStop::Stopping(..)) {
            return;
        }
        let news = crate::post::acknowledge_stop(&mut self.processes.at_mut(process).signals);
        self.follow(process, Wake::Nobody, news);
    }

    /// Drops what is pending for a process. Of one that has ended it was charged to its user until now.
    ///
    /// Source: Linux `__exit_signal`, `flush_sigqueue`.
    pub(crate) fn drop_pending(&mut self, process: u32) {
        let main = self.processes.at(process).main;
        self.with_process(process, main, |signals, _, queue, _| {
            signals.pending.discard(queue, SignalSet::ALL);
        });
    }

    /// The last thread has ended. `shown`: it is not the main one, and a tracer is told of its own end.
    fn end_process(&mut self, process: u32, shown: Option<u32>) {
        let status = self.processes.at(process).signals.life.status().unwrap_or(ExitStatus::Exited(0));
        let leads = self.leads_session(process);
        let mut suspects = NIL;
        self.suspect_family(process, &mut suspects);
        self.count_links(process, false);
        let signals = &mut self.processes.at_mut(process).signals;
        signals.life = Life::Zombie(status);
        (signals.stop, signals.untold) = (ProcessStop::No, None);
        self.processes.at_mut(process).news = None;
        if self.rules.queue_limit != QueueLimit::PerUser {
            self.drop_pending(process);
        }
        // Before what it traced goes on. Source: Linux `do_exit`.
        if leads {
            self.hang_up_terminal(process);
        }
        self.detach_tracees(process, None);
        self.end_namespace_of(process);
        self.share_no_more(process);
        self.hand_over_children(process);
        self.hang_up_orphans(suspects);
        // Only now, when the tracer is no tracee of this one's any more. Source: Linux `exit_notify`.
        if let Some(thread) = shown {
            self.tell_tracer_of_end(thread);
        }
        self.tell_of_end(process, status);
    }

    fn suspect_family(&mut self, process: u32, suspects: &mut u32) {
        self.suspect(process, suspects);
        let mut child = self.processes.at(process).first_child;
        while child != NIL {
            self.suspect(child, suspects);
            child = self.processes.at(child).next_sibling;
        }
    }

    /// Orphans become children of the init of their parent's namespace.
    fn hand_over_children(&mut self, process: u32) {
        let init = self.namespaces.at(self.processes.at(process).namespace).init;
        let heir = if init == process { NIL } else { init };
        let mut next = self.oldest_child(process);
        while next != NIL {
            let child = next;
            next = self.processes.at(child).previous_sibling;
            self.disown(child);
            self.adopt(child, heir);
            self.tell_end_by_chld(child);
            self.count_link(child, true);
            self.tell_of_parent_death(child, process);
            let tracer = self.tracer_of_main(child);
            let is_held = tracer != NIL && tracer != heir;
            if let (Life::Zombie(status), false) = (self.processes.at(child).signals.life, is_held) {
                self.tell_of_end(child, status);
            }
        }
    }

    /// Takes a zombie out of the table: its parent has asked how it ended. Its number is free if no group or session
    /// has it; every key to it is stale.
    ///
    /// # Errors
    /// [`Gone`] if it is gone, has not ended, or is another's to ask about first, who had seized it.
    ///
    /// Source: POSIX `waitid`; Linux `wait_task_zombie`, `ptrace_reparented`.
    pub fn reap(&mut self, process: ProcessKey) -> Result<ExitStatus, Gone> {
        let index = self.live(process)?;
        let Life::Zombie(status) = self.processes.at(index).signals.life else { return Err(Gone) };
        let is_anothers = self.tracer_of_main(index) != NIL && !self.tracer_is_parent(index);
        if is_anothers || self.has_unasked_threads(index) {
            return Err(Gone);
        }
        self.erase(index);
        Ok(status)
    }
}
