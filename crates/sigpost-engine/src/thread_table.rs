//! The threads of processes: made, found, put to sleep, taken out of the table.

use crate::deliver::{made_anew, requeue};
use crate::process_table::{Process, Thread};
use crate::queue::NIL;
use crate::run_state::{ProcessStop, Trace};
use crate::storage::Storage;
use crate::{Activity, ForkError, ProcessKey, SignalSet, System, ThreadId, ThreadKey, ThreadSignals};

impl<S: Storage> System<S> {
    /// A new thread of a process, made by another of its threads, whose mask it inherits.
    ///
    /// # Errors
    /// [`ForkError::NoParent`] if the thread is gone or its process has ended, [`ForkError::NoMemory`].
    ///
    /// Source: POSIX `pthread_create`; clone(2) with `CLONE_THREAD`.
    pub fn new_thread(&mut self, creator: ThreadKey) -> Result<ThreadKey, ForkError> {
        let creator = self.live_thread(creator).map_err(|_| ForkError::NoParent)?;
        let Thread { process, signals, .. } = *self.threads.at(creator);
        let Process { namespace, last_thread, signals: shared, .. } = *self.processes.at(process);
        if !shared.life.is_alive() {
            return Err(ForkError::NoParent);
        }
        if !self.threads.reserve() {
            return Err(ForkError::NoMemory);
        }
        let number = self.enter_thread_numbers(namespace, None, false)?;
        // It joins a stop that is under way. Source: Linux `task_join_group_stop`.
        let (kicked, stopped) = (shared.stop != ProcessStop::No, shared.stop.is_stopped());
        let signals = ThreadSignals { mask: signals.mask, kicked, stopped, ..ThreadSignals::default() };
        let entry = Thread { signals, process, number, previous: last_thread, ..Thread::default() };
        let thread = self.threads.insert(entry).ok_or(ForkError::NoMemory)?.index;
        self.use_numbers(number, thread);
        self.threads.at_mut(last_thread).next = thread;
        let entry = self.processes.at_mut(process);
        entry.last_thread = thread;
        entry.threads += 1;
        if let ProcessStop::Stopping(signal, left) = entry.signals.stop {
            entry.signals.stop = ProcessStop::Stopping(signal, left + 1);
            self.list_thread(thread);
        }
        Ok(self.thread_key(thread))
    }

    /// Says which thread makes the calls that follow. It matters where a thread that was made to look already is passed
    /// over, unless it is the one that runs.
    ///
    /// Source: Linux `wants_signal`, `task_curr`.
    pub fn set_current(&mut self, thread: Option<ThreadKey>) {
        let before = core::mem::replace(&mut self.current, thread);
        for (key, is) in [(before, false), (thread, true)] {
            if let Some(index) = key.and_then(|key| self.live_thread(key).ok()) {
                self.threads.at_mut(index).signals.current = is;
            }
        }
    }

    /// The main thread of a process.
    pub fn main_thread(&self, process: ProcessKey) -> Option<ThreadKey> {
        let process = self.processes.find(process.0)?;
        Some(self.thread_key(self.processes.at(process).main))
    }

    /// The threads of a process that have not ended, the main thread first.
    pub fn threads_of(&self, process: ProcessKey) -> impl Iterator<Item = ThreadKey> + '_ {
        let mut at = self.processes.find(process.0).map_or(NIL, |index| self.processes.at(index).main);
        core::iter::from_fn(move || {
            while at != NIL {
                let thread = self.threads.at(at);
                let key = self.thread_key(at);
                at = thread.next;
                if !thread.signals.exited {
                    return Some(key);
                }
            }
            None
        })
    }

    /// The process that a thread belongs to.
    pub fn process_of(&self, thread: ThreadKey) -> Option<ProcessKey> {
        let thread = self.threads.find(thread.0)?;
        Some(self.process_key(self.threads.at(thread).process))
    }

    /// A thread's number in its own namespace.
    pub fn thread_id(&self, thread: ThreadKey) -> Option<ThreadId> {
        let thread = self.threads.at(self.threads.find(thread.0)?);
        ThreadId::new(self.numbers.at(thread.number).value)
    }

    /// Says what a thread does, when it goes to sleep or a wait ends by itself. A thread that goes into an
    /// interruptible sleep with something to take does not: it stays running.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the thread is gone.
    ///
    /// Source: Linux `signal_pending_state`, which is asked on the way into such a sleep.
    pub fn set_activity(&mut self, thread: ThreadKey, activity: Activity) -> Result<(), crate::Gone> {
        let index = self.live_thread(thread)?;
        let thread = &mut self.threads.at_mut(index).signals;
        let stays = activity == Activity::Interruptible && thread.kicked && !thread.stopped;
        thread.activity = if stays { Activity::Running } else { activity };
        if thread.kicked && activity == Activity::Running {
            self.list_thread(index);
        }
        Ok(())
    }

    /// A number for a new thread; a number that only a group or a session still uses is taken over when the host
    /// places what exists already.
    pub(crate) fn enter_thread_numbers(
        &mut self,
        namespace: u32,
        number: Option<i32>,
        takes_over: bool,
    ) -> Result<u32, ForkError> {
        let used = number.and_then(|number| self.numbers.find(namespace, number));
        match used {
            Some(entry) if takes_over && self.numbers.at(entry).thread == NIL => Ok(entry),
            Some(_) => Err(ForkError::NumberInUse),
            None => self.enter_numbers(namespace, number).ok_or(ForkError::NoMemory),
        }
    }

    pub(crate) fn use_numbers(&mut self, entry: u32, thread: u32) {
        self.numbers.each_level(entry, |number| number.thread = thread);
    }

    /// Ends every thread but one, which takes the main thread's place and number.
    pub(crate) fn leave_alone(&mut self, process: u32, survivor: u32) {
        let main = self.processes.at(process).main;
        if self.rules.exec_gives_back_undecided {
            self.give_back_undecided(process, survivor);
        }
        self.leave_tracees_to(process, survivor, main);
        if survivor != main && self.threads.at(main).signals.seized && !self.threads.at(main).signals.exited {
            self.tell_tracer_of_end(main);
        }
        if survivor != main {
            let Thread { signals, tracer, trace_order, .. } = *self.threads.at(survivor);
            let old = core::mem::replace(&mut self.threads.at_mut(main).signals, signals);
            self.threads.at_mut(survivor).signals = old;
            self.threads.at_mut(main).trace_order = trace_order;
            // Each keeps its own tracer, whose tracees are counted.
            let tracer_of_main = core::mem::replace(&mut self.threads.at_mut(main).tracer, tracer);
            self.threads.at_mut(survivor).tracer = tracer_of_main;
            let tracing = core::mem::replace(&mut self.threads.at_mut(main).traced_by, NIL);
            let own = core::mem::replace(&mut self.threads.at_mut(survivor).traced_by, tracing);
            self.threads.at_mut(main).traced_by = own;
        }
        let mut at = self.threads.at(main).next;
        while at != NIL {
            let next = self.threads.at(at).next;
            self.drop_thread(at);
            at = next;
        }
        let entry = self.processes.at_mut(process);
        (entry.last_thread, entry.hint, entry.threads) = (main, main, 1);
        self.threads.at_mut(main).next = NIL;
        let thread = self.threads.at(main).signals;
        let stop = &mut self.processes.at_mut(process).signals.stop;
        if let ProcessStop::Stopping(signal, _) = *stop {
            // The others will not stop any more.
            let has_stopped = thread.stopped || thread.freed;
            *stop = if has_stopped { ProcessStop::Stopped(signal) } else { ProcessStop::Stopping(signal, 1) };
        }
        // What the others were to take is its to take.
        let shared = self.processes.at(process).signals.pending.set();
        if thread.kicked || thread.has_something(shared, self.rules) {
            self.threads.at_mut(main).signals.kicked = true;
            self.list_thread(main);
        }
    }

    /// All threads but one are ended. What was their process's, and their tracers were shown and had not asked about yet,
    /// is pending for the process again.
    ///
    /// Source: Linux `ptrace_signal`, `fatal_signal_pending`.
    fn give_back_undecided(&mut self, process: u32, survivor: u32) {
        let rules = self.rules;
        let mut at = self.processes.at(process).main;
        while at != NIL {
            let Thread { next, signals, .. } = *self.threads.at(at);
            let is_undecided = signals.untold && signals.decided_by_tracer && signals.shown_of_process;
            if let (Trace::Stopped(Some(signal)), true) = (signals.trace, is_undecided && at != survivor) {
                let info = made_anew(signal);
                self.with_process(process, at, |signals, threads, queue, _| {
                    // Who is left looks for it.
                    let _ = requeue(signals, threads, queue, &info, rules);
                });
            }
            at = next;
        }
    }

    /// Takes a thread that has ended, and is not the main one, out of the table.
    pub(crate) fn drop_thread(&mut self, index: u32) {
        self.drop_thread_work(index);
        self.untrace(index);
        let Thread { process, next, previous, number, .. } = *self.threads.at(index);
        self.with_process(process, index, |_, threads, queue, _| {
            crate::post::Threads::thread_mut(threads, index).pending.discard(queue, SignalSet::ALL);
        });
        if previous != NIL {
            self.threads.at_mut(previous).next = next;
        }
        if next == NIL {
            self.processes.at_mut(process).last_thread = previous;
        } else {
            self.threads.at_mut(next).previous = previous;
        }
        let entry = self.processes.at_mut(process);
        if entry.hint == index {
            entry.hint = entry.main;
        }
        self.use_numbers(number, NIL);
        self.numbers.release(number);
        self.threads.remove(index);
    }
}
