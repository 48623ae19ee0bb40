//! What parents are told of children that stop, continue or end.

use crate::post::ChildNews;
use crate::process::ProcessSignals;
use crate::process_table::{Process, Thread};
use crate::queue::NIL;
use crate::run_state::{ExitStatus, Life};
use crate::send::Aim;
use crate::storage::Storage;
use crate::{Code, Gone, Signal, SignalInfo, System, ThreadKey};

impl<S: Storage> System<S> {
    /// A child stopped or continued: the news is kept for `wait`, and its parent gets CHLD unless it asked not to.
    ///
    /// Source: POSIX `sigaction` (`SA_NOCLDSTOP`); Linux `do_notify_parent_cldstop`.
    pub(crate) fn tell_parent(&mut self, child: u32, news: ChildNews) {
        if news == ChildNews::Continued && !self.rules.has_continued_news {
            self.processes.at_mut(child).news = None;
            return;
        }
        self.processes.at_mut(child).news = Some(news);
        let parent = self.processes.at(child).parent;
        let tracer = self.tracer_of_main(child);
        let (code, value) = told(news);
        // A parent that seized its child is told of each thread's stop instead.
        let main = self.processes.at(child).main;
        let told_as_tracer = matches!(news, ChildNews::Stopped(_)) && self.threads.at(main).signals.seized;
        if parent != NIL && !(tracer == parent && told_as_tracer) {
            self.tell_of_change(main, parent, code, value);
        }
        if news == ChildNews::Continued && self.is_seized_or_ended(main) && tracer != parent {
            self.tell_of_change(main, tracer, code, value);
        }
    }

    /// A thread of a process that goes on after a stop tells so: the parent, and whoever has seized the process.
    ///
    /// Source: Linux `get_signal`, `do_notify_parent_cldstop`.
    pub(crate) fn tell_that_it_goes_on(&mut self, child: u32, news: ChildNews) {
        let (code, value) = told(news);
        let Process { parent, main, .. } = *self.processes.at(child);
        let tracer = self.tracer_of_main(child);
        if parent != NIL {
            self.tell_of_change(main, parent, code, value);
        }
        if self.is_seized_or_ended(main) && tracer != parent {
            self.tell_of_change(main, tracer, code, value);
        }
    }

    /// Whether a main thread is seized: one that has ended is its tracer's until that has asked. Source: Linux
    /// `ptrace_reparented`.
    fn is_seized_or_ended(&self, main: u32) -> bool {
        let signals = &self.threads.at(main).signals;
        signals.seized || signals.exited && signals.trace.is_traced()
    }

    /// A process that goes on after a stop tells its parent now, if it has not yet: for hosts that let the parent run
    /// before the child does anything else. Otherwise [`deliver`](Self::deliver) does it.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    pub fn tell_parent_that_it_goes_on(&mut self, thread: ThreadKey) -> Result<bool, Gone> {
        let index = self.live_thread(thread)?;
        let Thread { process, signals, .. } = *self.threads.at(index);
        if signals.stands() || signals.exited {
            return Ok(false);
        }
        let Some(news) = self.processes.at_mut(process).signals.untold.take() else { return Ok(false) };
        self.tell_that_it_goes_on(process, news);
        Ok(true)
    }

    /// A thread has stopped for its tracer, which gets CHLD unless it asked not to. A tracer of the older sort is told
    /// by its `wait` alone.
    ///
    /// Source: Linux `do_notify_parent_cldstop`, `for_ptracer`.
    pub(crate) fn tell_tracer(&mut self, thread: u32, shown: &SignalInfo) {
        let tracer = self.threads.at(thread).tracer;
        if tracer == NIL {
            return;
        }
        self.list_process(tracer);
        if !self.threads.at(thread).signals.seized {
            return;
        }
        let entry = self.processes.at(self.threads.at(thread).process);
        let stop = entry.signals.stop.signal().map_or(0, Signal::number);
        let (code, value) = match shown.code {
            Code::EVENT_STOP => (Code::STOPPED, stop),
            _ => (Code::TRAPPED, shown.signal.number()),
        };
        self.tell_of_change(thread, tracer, code, value.into());
    }

    /// Someone is told that a thread, or its process, stopped or continued.
    fn tell_of_change(&mut self, thread: u32, whom: u32, code: Code, value: i64) {
        self.list_process(whom);
        let signals = &self.processes.at(whom).signals;
        let silenced = signals.no_child_stop && self.rules.has_nocldstop;
        if !silenced && !signals.dispositions.ignored().contains(Signal::CHLD) {
            self.send_child_signal(thread, whom, code, value);
        }
    }

    /// A process has ended. Its parent is told, and it is taken out of the table if nobody wants to know how; but if
    /// another process has seized it, that one is told first, and the parent when it has asked.
    ///
    /// Source: Linux `exit_notify`, `ptrace_reparented`.
    pub(crate) fn tell_of_end(&mut self, process: u32, status: ExitStatus) {
        let tracer = self.tracer_of_main(process);
        if tracer != NIL && tracer != self.processes.at(process).parent {
            self.list_process(tracer);
            let (code, value) = parts(status);
            let main = self.processes.at(process).main;
            self.send_child_signal(main, tracer, code, value);
        } else if !self.has_unasked_threads(process) && self.tell_parent_of_end(process, status) {
            self.erase(process);
        }
    }

    /// A seized thread has ended before its process: its tracer gets CHLD.
    ///
    /// Source: Linux `exit_notify`, for whom any traced thread that ends is news.
    pub(crate) fn tell_tracer_of_end(&mut self, thread: u32) {
        let Thread { tracer, process, .. } = *self.threads.at(thread);
        let status = self.processes.at(process).signals.life.status().unwrap_or(ExitStatus::Exited(0));
        self.list_process(tracer);
        let (code, value) = parts(status);
        self.send_child_signal(thread, tracer, code, value);
    }

    /// The tracer of an ended process has asked, or is gone: now its parent is told.
    pub(crate) fn release_held_end(&mut self, process: u32) {
        if let Life::Zombie(status) = self.processes.at(process).signals.life {
            self.tell_of_end(process, status);
        }
    }

    /// Whether a seized thread that has ended stays for its tracer to ask about it, even one that wants no zombies.
    ///
    /// Source: Linux `do_notify_parent`, which asks for `!tsk->ptrace`.
    pub(crate) fn is_waited_for(&self, thread: u32) -> bool {
        self.threads.at(thread).tracer != NIL
    }

    /// Whether a process has said that it will not ask about its children.
    pub(crate) fn wants_no_zombies(&self, parent: u32) -> bool {
        let signals = &self.processes.at(parent).signals;
        let ignored = signals.dispositions.ignored().contains(Signal::CHLD);
        (ignored || signals.no_child_wait) && self.rules.has_nocldwait
    }

    pub(crate) fn tracer_of_main(&self, process: u32) -> u32 {
        self.threads.at(self.processes.at(process).main).tracer
    }

    pub(crate) fn tracer_is_parent(&self, process: u32) -> bool {
        self.tracer_of_main(process) == self.processes.at(process).parent
    }

    /// A child has ended: its parent gets CHLD, or the child's own [exit signal](crate::exit_signal). Whether the child is to
    /// leave no zombie.
    ///
    /// Source: POSIX `_exit`, `SA_NOCLDWAIT`; Linux `do_notify_parent`.
    fn tell_parent_of_end(&mut self, child: u32, status: ExitStatus) -> bool {
        let parent = self.processes.at(child).parent;
        if parent == NIL {
            return self.has_lost_init(child);
        }
        self.list_process(parent);
        let Process { main, signals: ProcessSignals { exit_signal, .. }, .. } = *self.processes.at(child);
        let is_ordinary = exit_signal == Some(Signal::CHLD) && self.tracer_of_main(child) == NIL;
        let ignored = self.processes.at(parent).signals.dispositions.ignored().contains(Signal::CHLD);
        let is_silent = is_ordinary && ignored && self.rules.ignored_child_end_is_not_sent;
        if let (Some(signal), false) = (exit_signal, is_silent) {
            let (code, value) = parts(status);
            self.send_news(signal, main, parent, code, value);
        }
        is_ordinary && self.wants_no_zombies(parent)
    }

    fn send_child_signal(&mut self, thread: u32, whom: u32, code: Code, value: i64) {
        self.send_news(Signal::CHLD, thread, whom, code, value);
    }

    /// Sends the signal that tells of a child or a traced thread.
    fn send_news(&mut self, signal: Signal, thread: u32, whom: u32, code: Code, value: i64) {
        let namespace = self.processes.at(whom).namespace;
        let entry = self.threads.at(thread);
        let pid = self.numbered_in(entry.number, namespace).unwrap_or(0);
        let uid = self.processes.at(entry.process).credentials.real;
        let info = SignalInfo { signal, code, pid, uid, value };
        // Source: Linux `do_notify_parent`, whose parent is a thread.
        let entry = self.processes.at(entry.process);
        let traced = self.threads.at(thread).tracer == whom;
        let told = if traced { self.threads.at(thread).traced_by } else { entry.forked_by };
        let is_there = told != NIL && self.threads.at(told).process == whom && !self.threads.at(told).signals.exited;
        let aim = if is_there { Aim::Through(told) } else { Aim::Process };
        let process = self.threads.at(thread).process;
        let is_first = !self.processes.at(whom).signals.pending.set().contains(Signal::CHLD);
        let posted = self.post_to(whom, aim, &info, NIL);
        if posted.info_lost && is_first && signal == Signal::CHLD && self.processes.at(process).parent == whom {
            self.processes.at_mut(process).signals.keeps_news = true;
        }
    }

    /// What a process has taken; of a CHLD for which there was no entry, what the child itself keeps, as long as it has not
    /// been reaped: so the news of a child needs no entry.
    ///
    /// Source: FreeBSD `p_ksi`, an entry in each process for this.
    pub(crate) fn whole(&mut self, process: u32, info: SignalInfo) -> SignalInfo {
        if info != SignalInfo::lost(Signal::CHLD) {
            return info;
        }
        let mut child = self.processes.at(process).first_child;
        while child != NIL {
            let entry = self.processes.at_mut(child);
            let next = entry.next_sibling;
            if core::mem::take(&mut entry.signals.keeps_news) {
                return self.news_kept_by(child, process);
            }
            child = next;
        }
        info
    }

    /// What a child's own state says to its parent.
    fn news_kept_by(&self, child: u32, parent: u32) -> SignalInfo {
        let entry = self.processes.at(child);
        let (code, value) = match (entry.signals.life.status(), entry.signals.stop.signal()) {
            (Some(status), _) => parts(status),
            (None, Some(signal)) => told(ChildNews::Stopped(signal)),
            (None, None) => told(ChildNews::Continued),
        };
        let pid = self.number_seen(child, self.processes.at(parent).namespace).map_or(0, crate::Pid::get);
        SignalInfo { signal: Signal::CHLD, code, pid, uid: entry.credentials.real, value }
    }
}

/// How a change is told in a CHLD.
fn told(news: ChildNews) -> (Code, i64) {
    match news {
        ChildNews::Stopped(signal) => (Code::STOPPED, signal.number().into()),
        ChildNews::Continued => (Code::CONTINUED, Signal::CONT.number().into()),
    }
}

/// How an end is told in a CHLD.
const fn parts(status: ExitStatus) -> (Code, i64) {
    match status {
        ExitStatus::Exited(status) => (Code::EXITED, status as i64),
        ExitStatus::Killed(signal) => (Code::KILLED, signal.number() as i64),
        ExitStatus::Dumped(signal) => (Code::DUMPED, signal.number() as i64),
    }
}
