//! What a thread does next, before it goes back to its program.

use sigpost_engine::{Signal, SignalSet, Verdict};

use crate::table::{self, First, Os};
use crate::world::{Action, Activity, Code, End, Entry, Index, Life, Stop, World};

/// What a thread does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It goes on as it was, or cannot do anything now.
    Nothing,
    /// It runs the signal's handler.
    Handles(Entry),
    /// Its wait for a signal returns this one.
    Accepts(Entry),
    /// Nothing came of a signal that it took.
    Ignores(Signal),
    /// It stops as its process does.
    Stops,
    /// It is held until its tracer has decided.
    Tells(Signal),
    /// The thread ends with its process.
    Ends(End),
}

impl World {
    /// One step of a thread.
    pub(crate) fn take(&mut self, p: Index, t: usize) -> Next {
        let process = &self.processes[p];
        let thread = &process.threads[t];
        let asleep =
            matches!(thread.activity, Activity::Uninterruptible | Activity::Killable | Activity::Interruptible);
        if !thread.alive || asleep {
            return Next::Nothing;
        }
        match process.life {
            Life::Ending(end) => return self.end_thread(p, t, end),
            Life::Zombie(_) | Life::Reaped => return Next::Nothing,
            Life::Alive => {}
        }
        if thread.trace_stopped || thread.parked {
            return Next::Nothing;
        }
        if core::mem::take(&mut self.processes[p].untold) {
            self.tell_parent_of_stop(p);
        }
        if self.processes[p].stop != Stop::No {
            self.park(p, t);
            return Next::Stops;
        }
        if let Some((own, at)) = self.choose(p, t) {
            return self.deliver(p, t, own, at);
        }
        self.processes[p].threads[t].told = false;
        Next::Nothing
    }

    fn end_thread(&mut self, p: Index, t: usize, end: End) -> Next {
        self.processes[p].threads[t].alive = false;
        self.processes[p].threads[t].pending.clear();
        if self.live_threads(p).next().is_none() {
            self.finish_end(p, end);
        }
        Next::Ends(end)
    }

    /// Which queue (the thread's own?) and which place in it comes next.
    fn choose(&self, p: Index, t: usize) -> Option<(bool, usize)> {
        let (own, shared) = (&self.processes[p].threads[t].pending, &self.processes[p].pending);
        let accepted = |entry: &Entry| self.processes[p].threads[t].waits_for(entry.signal);
        let open = |entry: &Entry| self.is_open(p, t, entry.signal);
        let waited = own.iter().chain(shared).any(accepted);
        let next = |entry: &Entry| if waited { accepted(entry) } else { open(entry) };
        match table::first(self.os) {
            First::ThreadThenFaults => {
                let fault = |entry: &Entry| entry.code == Code::Kernel && is_fault(entry.signal);
                // If one is open the first of them is taken, though it be blocked (live).
                let opens = own.iter().any(|entry| next(entry) && is_fault(entry.signal));
                if !waited
                    && opens
                    && let Some(at) = own.iter().position(fault)
                {
                    return Some((true, at));
                }
                let in_own = lowest(own, next, true).map(|at| (true, at));
                in_own.or_else(|| lowest(shared, next, true).map(|at| (false, at)))
            }
            First::Lowest => {
                let (a, b) = (lowest(own, next, false), lowest(shared, next, false));
                match (a, b) {
                    (Some(a), Some(b)) if own[a].signal <= shared[b].signal => Some((true, a)),
                    (_, Some(b)) => Some((false, b)),
                    (a, None) => a.map(|a| (true, a)),
                }
            }
        }
    }

    fn deliver(&mut self, p: Index, t: usize, own: bool, at: usize) -> Next {
        let entry =
            if own { self.processes[p].threads[t].pending.remove(at) } else { self.processes[p].pending.remove(at) };
        if self.processes[p].threads[t].waits_for(entry.signal) {
            let waited = self.processes[p].threads[t].waits.take();
            self.retarget(p, t, |signal| waited.as_ref().is_some_and(|waited| waited.contains(&signal)));
            // It need not look any more, unless something else is there.
            self.processes[p].threads[t].told &= self.has_to_look(p, t);
            return Next::Accepts(entry);
        }
        // Anything else that it takes ends its wait.
        self.processes[p].threads[t].waits = None;
        if self.processes[p].threads[t].traced {
            self.processes[p].threads[t].trace_stopped = true;
            self.processes[p].threads[t].shown = Some(entry.signal);
            self.processes[p].threads[t].shown_of_process = !own;
            return Next::Tells(entry.signal);
        }
        self.obey(p, t, entry)
    }

    /// Does what the disposition says.
    pub(crate) fn obey(&mut self, p: Index, t: usize, entry: Entry) -> Next {
        let signal = entry.signal;
        match self.outcome(p, signal) {
            Verdict::Handles => {
                if !self.handlers_return {
                    let thread = &mut self.processes[p].threads[t];
                    thread.saved_masks.push(thread.mask.clone());
                    thread.mask.insert(signal);
                    self.retarget(p, t, |closed| closed == signal);
                    self.wake_takers(p);
                }
                // As after what it waited for.
                self.processes[p].threads[t].told &= self.has_to_look(p, t);
                Next::Handles(entry)
            }
            Verdict::Stops => {
                self.begin_stop(p, Some(t), signal);
                Next::Stops
            }
            Verdict::Terminates => {
                let end = if signal.is_stop() { Signal::KILL } else { signal };
                self.begin_end(p, End::Killed(end));
                self.end_thread(p, t, End::Killed(end))
            }
            Verdict::Dumps => {
                self.begin_end(p, End::Dumped(signal));
                self.end_thread(p, t, End::Dumped(signal))
            }
            _ => Next::Ignores(signal),
        }
    }

    /// What the disposition makes of a signal, nobody waiting and nobody tracing.
    fn outcome(&self, p: Index, signal: Signal) -> Verdict {
        let orphan = self.is_orphan_stop(p, signal);
        let vforked = self.processes[p].vforked && !table::vfork_child_stops(self.os);
        match self.action(p, signal) {
            Action::Catch => Verdict::Handles,
            Action::Ignore => Verdict::Ignores,
            Action::Default if self.is_init(p) && signal.is_catchable() => Verdict::Immune,
            Action::Default if orphan || SignalSet::DEFAULT_IGNORED.contains(signal) => Verdict::Ignores,
            Action::Default if signal.is_stop() && vforked => Verdict::Ignores,
            Action::Default
                if signal == Signal::TSTP
                    && table::terminal_stop_kills_child_of_init(self.os)
                    && self.processes[p].parent == Some(0) =>
            {
                Verdict::Terminates
            }
            Action::Default if signal.is_stop() => Verdict::Stops,
            Action::Default if crate::post::dumps(signal) => Verdict::Dumps,
            Action::Default => Verdict::Terminates,
        }
    }

    /// A thread's tracer lets it go on, with a signal or without.
    pub(crate) fn resume_tracee(&mut self, p: Index, t: usize, inject: Option<Signal>) -> Next {
        let thread = &mut self.processes[p].threads[t];
        if !thread.alive || !thread.trace_stopped {
            return Next::Nothing;
        }
        thread.trace_stopped = false;
        match inject {
            Some(signal) if self.processes[p].life == Life::Alive => {
                let entry = made_anew(signal);
                if self.processes[p].threads[t].blocks(signal) {
                    self.requeue(p, t, entry);
                    return Next::Nothing;
                }
                self.obey(p, t, entry)
            }
            _ => Next::Nothing,
        }
    }

    /// What a tracer lets through and the thread blocks is generated anew, in the queue that the shown signal came from:
    /// the rules of generation hold (CONT and stops remove each other, a standard signal is queued once, a taker wakes).
    pub(crate) fn requeue(&mut self, p: Index, t: usize, entry: Entry) {
        self.discard_opposites(p, entry.signal);
        let queued_once = table::coalesces(self.os) && !entry.signal.is_realtime();
        let to = if self.processes[p].threads[t].shown_of_process { None } else { Some(t) };
        if !(queued_once && self.is_pending(p, to, entry.signal)) {
            self.queue_mut(p, to).push(entry);
        }
        self.wake_takers(p);
    }

    /// The handler that began last returns.
    pub(crate) fn sigreturn(&mut self, p: Index, t: usize) {
        if let Some(mask) = self.processes[p].threads[t].saved_masks.pop() {
            self.set_mask(p, t, mask);
        }
    }
}

/// What a tracer was shown and lets through, as if nobody had sent it: its information was the tracer's.
pub(crate) const fn made_anew(signal: Signal) -> Entry {
    Entry { signal, sender: 0, code: Code::User, value: 0, complete: true }
}

fn is_fault(signal: Signal) -> bool {
    matches!(signal, Signal::SEGV | Signal::BUS | Signal::ILL | Signal::TRAP | Signal::FPE | Signal::SYS)
}

/// The place of the first entry with the lowest number, the faults' numbers before the others if asked for.
fn lowest(queue: &[Entry], wanted: impl Fn(&Entry) -> bool, faults_first: bool) -> Option<usize> {
    let rank = |signal: Signal| (faults_first && !is_fault(signal), signal);
    let candidates = queue.iter().enumerate().filter(|(_, entry)| wanted(entry));
    candidates.min_by_key(|(at, entry)| (rank(entry.signal), *at)).map(|(at, _)| at)
}

/// Systems on which a process has more than one thread.
pub(crate) fn has_threads(os: Os) -> bool {
    !matches!(os, Os::Bsd43 | Os::Bsd44 | Os::AixRt)
}
