//! Showing the engine what exists outside it: the state of a process as an observer read it.
//!
//! A host that wants to know what *would* happen on a running system places its processes in a
//! [`System`] ([`System::place`]), tells their state here, and asks.

use crate::disposition::Disposition;
use crate::queue::NIL;
use crate::run_state::{Activity, ExitStatus, Life, ProcessStop, Trace};
use crate::storage::Storage;
use crate::{Action, Gone, ProcessKey, Signal, SignalMask, SignalSet, System, ThreadKey};

/// The state of a process as an observer read it; the default is one that runs, with nothing out of the ordinary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessObservation {
    /// What it ignores.
    pub ignored: SignalSet,
    /// What it catches. The handlers are not known, and need not be.
    pub caught: SignalSet,
    /// What is pending for the process as a whole, without its information.
    pub pending: SignalSet,
    /// Whether it is stopped, and by which signal (any stop signal if that is not known).
    pub stopped: Option<Signal>,
    /// Whether it has ended and was not reaped.
    pub zombie: bool,
    /// Whether it is a process of the kernel's own.
    pub system: bool,
    /// Whether it is the init of a PID namespace.
    pub protected: bool,
}

/// The state of a thread as an observer read it; the default is one that runs and blocks nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThreadObservation {
    /// What it blocks.
    pub mask: SignalMask,
    /// What is pending for this thread alone, without its information.
    pub pending: SignalSet,
    /// What it waits for in the `sigwait` family.
    pub waiting: SignalSet,
    /// What it does.
    pub activity: Activity,
    /// Whether it is traced, and held by its tracer.
    pub trace: Trace,
}

impl<S: Storage> System<S> {
    /// Sets a process's state to what was observed. Observe its threads first.
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: proc(5), `/proc/PID/status`.
    pub fn observe_process(&mut self, process: ProcessKey, seen: &ProcessObservation) -> Result<(), Gone> {
        let index = self.live(process)?;
        let signals = &mut self.processes.at_mut(index).signals;
        for signal in Signal::all() {
            let disposition = if seen.ignored.contains(signal) {
                Disposition::Ignore
            } else if seen.caught.contains(signal) {
                Disposition::Catch(Action::default())
            } else {
                Disposition::Default
            };
            signals.dispositions.set(signal, &disposition);
        }
        for signal in seen.pending.iter() {
            signals.pending.push_bare(signal);
        }
        (signals.system, signals.protected) = (seen.system, seen.protected);
        if let Some(signal) = seen.stopped {
            signals.stop = ProcessStop::Stopped(signal);
        }
        let (main, rules) = (self.processes.at(index).main, self.rules);
        self.with_process(index, main, |signals, threads, _, _| {
            let (stopped, shared) = (signals.stop.is_stopped(), signals.pending.set());
            crate::post::each(threads, |thread| {
                thread.stopped = stopped;
                thread.kicked = thread.has_something(shared, rules);
            });
        });
        if seen.zombie {
            self.observe_end(index);
        }
        Ok(())
    }

    /// Sets a thread's state to what was observed.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: proc(5), `/proc/PID/task/TID/status`.
    pub fn observe_thread(&mut self, thread: ThreadKey, seen: &ThreadObservation) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        let thread = &mut self.threads.at_mut(index).signals;
        thread.mask = seen.mask;
        thread.waiting = seen.waiting - SignalSet::UNCATCHABLE;
        thread.activity = seen.activity;
        thread.trace = seen.trace;
        for signal in seen.pending.iter() {
            thread.pending.push_bare(signal);
        }
        Ok(())
    }

    /// The process has ended, how is not known; nobody is told.
    fn observe_end(&mut self, index: u32) {
        self.count_links(index, false);
        let mut at = self.processes.at(index).main;
        while at != NIL {
            self.threads.at_mut(at).signals.exited = true;
            self.threads.at_mut(at).signals.stopped = false;
            at = self.threads.at(at).next;
        }
        let entry = self.processes.at_mut(index);
        entry.threads = 0;
        entry.signals.life = Life::Zombie(ExitStatus::Exited(0));
        entry.signals.stop = ProcessStop::No;
        self.count_links(index, true);
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::{Counts, GroupId, Pid, Placement, SessionId, Tables, Verdict, personality};

    #[test]
    fn what_was_observed_decides_the_verdict() {
        let cases = [
            (ProcessObservation { zombie: true, ..ProcessObservation::default() }, Verdict::Zombie),
            (ProcessObservation { stopped: Some(Signal::STOP), ..ProcessObservation::default() }, Verdict::Defers),
            (
                ProcessObservation { ignored: SignalSet::of(&[Signal::TERM]), ..ProcessObservation::default() },
                Verdict::Ignores,
            ),
            (
                ProcessObservation { caught: SignalSet::of(&[Signal::TERM]), ..ProcessObservation::default() },
                Verdict::Handles,
            ),
            (ProcessObservation { protected: true, ..ProcessObservation::default() }, Verdict::Immune),
            (ProcessObservation { system: true, ..ProcessObservation::default() }, Verdict::Ignores),
            (ProcessObservation::default(), Verdict::Terminates),
        ];
        for (seen, expected) in cases {
            let mut system = System::new(&personality::LINUX, Tables::heap(8));
            let init = system.boot().unwrap();
            let (number, credentials) = (Pid::new(4711), crate::Credentials::user(1000));
            let placement =
                Placement { number, group: GroupId::new(4700), session: SessionId::new(4000).unwrap(), credentials };
            let target = system.place(init, &placement).unwrap();
            system.observe_process(target, &seen).unwrap();
            system.check_invariants().unwrap();
            let mut counts = Counts::default();
            system.kill(init, 4711, 15, &mut counts).unwrap();
            assert_eq!(counts.of(expected), 1, "{seen:?}");
            system.check_invariants().unwrap();
        }
    }
}
