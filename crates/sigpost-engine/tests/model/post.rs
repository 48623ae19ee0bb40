//! One signal at one process: the rows of the verdicts' table, first one that holds.

use alloc::collections::BTreeSet;

use sigpost_engine::{Signal, SignalSet, Verdict};

use crate::table::{self, Call, Full, OrphanStop, Queue};
use crate::world::{Action, Activity, Code, End, Entry, Index, Life, Sent, Stop, Told, World};

/// What a judgement asks to be done.
struct Judged {
    verdict: Verdict,
    also: BTreeSet<Verdict>,
    queued: bool,
    /// The thread that is to take it.
    taker: Option<usize>,
}

impl Judged {
    fn dropped(verdict: Verdict) -> Self {
        Self { verdict, also: BTreeSet::new(), queued: false, taker: None }
    }

    fn queued(verdict: Verdict) -> Self {
        Self { queued: true, ..Self::dropped(verdict) }
    }
}

impl World {
    /// Generates a signal for a process, or for one thread of it.
    pub(crate) fn post(&mut self, p: Index, to: Option<usize>, sent: Sent) -> Told {
        let told = |verdict, also, info_lost| Told { process: p, verdict, also, info_lost };
        if self.processes[p].life != Life::Alive || to.is_some_and(|t| !self.processes[p].threads[t].alive) {
            return told(Verdict::Zombie, BTreeSet::new(), false);
        }
        if self.would_fail(p, to, sent) {
            // A failed call changes nothing, so this is asked before CONT and stops discard each other.
            return told(Verdict::QueueFull, BTreeSet::new(), false);
        }
        if !self.is_dropped_on_arrival(p, to, sent.signal) {
            self.discard_opposites(p, sent.signal);
        }
        let whole = matches!(self.processes[p].stop, Stop::Stopped(_));
        let continued = self.is_continued(p, to, sent.signal);
        if continued {
            self.continue_process(p);
        }
        let full = self.is_full(p, sent);
        let mut judged = self.judge(p, to, sent);
        let info_lost = judged.queued && full == Some(Full::BitOnly);
        if judged.queued {
            self.enqueue(p, to, sent, !info_lost);
        }
        self.act(p, sent.signal, &judged);
        if continued && whole {
            judged = Judged::dropped(Verdict::Continues);
        }
        told(judged.verdict, judged.also, info_lost)
    }

    /// Which row of the verdicts holds, from row 5 on.
    fn judge(&self, p: Index, to: Option<usize>, sent: Sent) -> Judged {
        let signal = sent.signal;
        let unwanted = self.is_unwanted(p, to, signal);
        if self.is_immune(p, to, sent) {
            return Judged::dropped(Verdict::Immune);
        }
        if self.processes[p].system {
            return Judged::dropped(Verdict::Ignores);
        }
        if unwanted {
            let later = self.is_orphan_stop(p, signal) && table::orphan_stop(self.os) == OrphanStop::AtDelivery;
            let queued = later && !self.is_pending(p, to, signal);
            let taker = if queued { self.chosen(p, to, signal) } else { None };
            return Judged { verdict: Verdict::Ignores, also: BTreeSet::new(), queued, taker };
        }
        if self.merges(p, to, signal) {
            // Of a terminal's stop in an orphaned group it is as true that nothing comes of it.
            let judged = table::orphan_stop(self.os) == OrphanStop::AtDelivery && self.is_orphan_stop(p, signal);
            let also = judged.then_some(Verdict::Ignores).into_iter().collect();
            return Judged { also, ..Judged::dropped(Verdict::Merges) };
        }
        if signal == Signal::KILL {
            let stuck =
                self.live_threads(p).all(|t| self.processes[p].threads[t].activity == Activity::Uninterruptible);
            return Judged::dropped(if stuck { Verdict::Defers } else { Verdict::Terminates });
        }
        self.judge_takers(p, to, signal)
    }

    /// Row 8.
    fn merges(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        !signal.is_realtime() && table::coalesces(self.os) && self.is_pending(p, to, signal)
    }

    /// Row 9, where none of the rows 6 to 8 holds.
    fn would_fail(&self, p: Index, to: Option<usize>, sent: Sent) -> bool {
        let earlier = self.is_immune(p, to, sent)
            || self.processes[p].system
            || self.is_unwanted(p, to, sent.signal)
            || self.merges(p, to, sent.signal);
        !earlier && self.is_full(p, sent) == Some(Full::Fails)
    }

    /// Row 5: whether SIGCONT continues the process, be it stopped or just stopping.
    fn is_continued(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        let held = self.processes[p].threads[self.addressed(to)].blocks(signal);
        let ignored = self.action(p, signal) == Action::Ignore && !self.processes[p].threads[self.addressed(to)].traced;
        let prevented = (held || ignored) && !table::continues_though_ignored_or_blocked(self.os);
        signal == Signal::CONT && self.is_stopped(p) && !prevented
    }

    /// Rows 11 to 16.
    fn judge_takers(&self, p: Index, to: Option<usize>, signal: Signal) -> Judged {
        let takers = self.takers(p, to, signal);
        if takers.is_empty() {
            return Judged::queued(Verdict::Pends);
        }
        if self.is_spared_stop(p, signal) {
            return Judged::dropped(Verdict::Ignores);
        }
        let able: Vec<_> = takers.iter().copied().filter(|&t| self.is_able(p, t)).collect();
        let taker = self.first_choice(p, to, signal, &takers, &able);
        let ends = self.end_of(p, taker, signal) == Verdict::Terminates
            && table::ends_when_sent(self.os)
            && !self.stands_still(p, taker);
        match self.processes[p].stop {
            Stop::Stopped(_) => return Judged::queued(Verdict::Defers),
            Stop::Stopping(_) if !ends => return self.judge_stopping(p, taker, &able, signal),
            _ => {}
        }
        let mut also: BTreeSet<_> = able.iter().map(|&t| self.end_of(p, t, signal)).collect();
        if self.os == table::Os::Linux && able.len() < takers.len() {
            // It may be any of them that does not block the signal, be it asleep beyond reach.
            also.insert(Verdict::Defers);
        }
        if !able.contains(&taker) {
            let killable = self.processes[p].threads[taker].activity == Activity::Killable && !self.is_busy(p, taker);
            let verdict = if ends && killable { Verdict::Terminates } else { Verdict::Defers };
            return Judged { taker: Some(taker), also, ..Judged::queued(verdict) };
        }
        let verdict = self.end_of(p, taker, signal);
        let at_once = verdict == Verdict::Stops && table::sleeper_stops_in_place(self.os);
        Judged { verdict, also, queued: !at_once, taker: Some(taker) }
    }

    /// While the process is stopping its threads stop before they look: the signal stays. That it has not stopped yet
    /// is as true.
    fn judge_stopping(&self, p: Index, taker: usize, able: &[usize], signal: Signal) -> Judged {
        let also = able.iter().map(|&t| self.end_of(p, t, signal)).collect();
        Judged { also, taker: Some(taker), ..Judged::queued(Verdict::Defers) }
    }

    /// A stop that is dropped: the process is stopped, or its parent waits for it in vfork.
    fn is_spared_stop(&self, p: Index, signal: Signal) -> bool {
        let default = self.action(p, signal) == Action::Default;
        let vforked = self.processes[p].vforked && !table::vfork_child_stops(self.os) && default;
        signal.is_stop() && (vforked || (self.is_stopped(p) && !table::stop_pends_while_stopped(self.os)))
    }

    /// The thread that is to take the signal, if one does not block it.
    fn chosen(&self, p: Index, to: Option<usize>, signal: Signal) -> Option<usize> {
        let takers = self.takers(p, to, signal);
        let able: Vec<_> = takers.iter().copied().filter(|&t| self.is_able(p, t)).collect();
        (!takers.is_empty()).then(|| self.first_choice(p, to, signal, &takers, &able))
    }

    /// The addressed thread if it is able, another able one, any.
    fn first_choice(&self, p: Index, to: Option<usize>, signal: Signal, takers: &[usize], able: &[usize]) -> usize {
        let addressed = self.addressed(to);
        if self.os == table::Os::Linux {
            return self.first_wanted(p, addressed, takers);
        }
        let waits = |&&t: &&usize| self.processes[p].threads[t].waits_for(signal);
        if let Some(&t) = able.iter().find(waits) {
            return t;
        }
        if able.contains(&addressed) {
            return addressed;
        }
        able.first().or_else(|| takers.first()).copied().unwrap_or(addressed)
    }

    /// Linux takes a thread that stands still for nobody and was not told to look before, the addressed one if it is such a
    /// one, though it sleep uninterruptibly; if there is none, the addressed one if it does not block the signal.
    fn first_wanted(&self, p: Index, addressed: usize, takers: &[usize]) -> usize {
        let is_wanted = |t: usize| !self.stands_still(p, t) && !self.processes[p].threads[t].told;
        let open = takers.contains(&addressed);
        if open && is_wanted(addressed) {
            return addressed;
        }
        let second = if open { Some(addressed) } else { takers.first().copied() };
        takers.iter().copied().find(|&t| is_wanted(t)).or(second).unwrap_or(addressed)
    }

    /// It is stopped with its process, or held by its tracer.
    fn stands_still(&self, p: Index, t: usize) -> bool {
        self.processes[p].threads[t].parked || self.processes[p].threads[t].trace_stopped
    }

    /// Rows 13 to 16: what becomes of the signal in this thread's hands.
    fn end_of(&self, p: Index, t: usize, signal: Signal) -> Verdict {
        let process = &self.processes[p];
        let fatal = self.action(p, signal) == Action::Default
            && !signal.is_stop()
            && !SignalSet::DEFAULT_IGNORED.contains(signal)
            && !dumps(signal);
        if self.os == table::Os::Linux
            && fatal
            && !self.is_init(p)
            && !process.threads.iter().any(|t| t.traced)
            && !process.threads[t].blocks(signal)
        {
            return Verdict::Terminates;
        }
        if process.threads[t].waits_for(signal) {
            return Verdict::Accepts;
        }
        if process.threads[t].traced {
            return Verdict::Traces;
        }
        match self.action(p, signal) {
            Action::Catch => Verdict::Handles,
            Action::Ignore => Verdict::Ignores,
            Action::Default if self.is_init(p) && signal.is_catchable() => Verdict::Immune,
            Action::Default if signal.is_stop() => self.end_of_stop(p, signal),
            Action::Default if SignalSet::DEFAULT_IGNORED.contains(signal) => Verdict::Ignores,
            Action::Default if dumps(signal) => Verdict::Dumps,
            Action::Default => Verdict::Terminates,
        }
    }

    fn end_of_stop(&self, p: Index, signal: Signal) -> Verdict {
        let child_of_init = self.processes[p].parent == Some(0);
        if signal == Signal::TSTP && child_of_init && table::terminal_stop_kills_child_of_init(self.os) {
            Verdict::Terminates
        } else if self.is_orphan_stop(p, signal) {
            Verdict::Ignores
        } else {
            Verdict::Stops
        }
    }

    /// Carries out what was judged, beyond queueing.
    fn act(&mut self, p: Index, signal: Signal, judged: &Judged) {
        let killed = signal == Signal::KILL && matches!(judged.verdict, Verdict::Terminates | Verdict::Defers);
        let idles = |t: usize| !self.is_busy(p, t) && !self.stands_still(p, t);
        let ends = |t: usize| self.end_of(p, t, signal) == Verdict::Terminates && idles(t);
        let fatal = judged.taker.is_some_and(ends);
        match judged.verdict {
            Verdict::Terminates if signal.is_stop() => {
                self.processes[p].pending.retain(|entry| entry.signal != signal);
                self.psignal(p, Signal::KILL);
            }
            _ if killed => self.begin_end(p, End::Killed(Signal::KILL)),
            Verdict::Terminates | Verdict::Defers if fatal && table::ends_when_sent(self.os) => {
                self.begin_end(p, End::Killed(signal));
            }
            Verdict::Stops if !judged.queued => self.begin_stop(p, None, signal),
            _ => {
                if let Some(t) = judged.taker {
                    self.wake(p, t);
                }
            }
        }
    }

    /// It sleeps where it cannot look, and was told to look before: Linux does not end a process by way of such a thread.
    fn is_busy(&self, p: Index, t: usize) -> bool {
        let thread = &self.processes[p].threads[t];
        thread.told && matches!(thread.activity, Activity::Killable | Activity::Uninterruptible)
    }

    /// A thread that sleeps interruptibly gets up.
    pub(crate) fn wake(&mut self, p: Index, t: usize) {
        let thread = &mut self.processes[p].threads[t];
        thread.told = true;
        if thread.activity == Activity::Interruptible && !thread.parked && !thread.trace_stopped {
            thread.activity = Activity::Running;
        }
    }

    fn enqueue(&mut self, p: Index, to: Option<usize>, sent: Sent, complete: bool) {
        let Sent { signal, code, sender, value, .. } = sent;
        if !complete && self.is_pending(p, to, signal) {
            return;
        }
        // A bare bit and an entry are one signal.
        self.queue_mut(p, to).retain(|entry| entry.signal != signal || entry.complete);
        self.queue_mut(p, to).push(Entry { signal, sender, code, value, complete });
    }

    pub(crate) fn queue_mut(&mut self, p: Index, to: Option<usize>) -> &mut Vec<Entry> {
        match to {
            Some(t) => &mut self.processes[p].threads[t].pending,
            None => &mut self.processes[p].pending,
        }
    }

    pub(crate) fn is_pending(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        let queue = match to {
            Some(t) => &self.processes[p].threads[t].pending,
            None => &self.processes[p].pending,
        };
        queue.iter().any(|entry| entry.signal == signal)
    }

    /// What a full queue does to this call; `None` while there is room, and for KILL and the news of a child, which need
    /// none.
    fn is_full(&self, p: Index, sent: Sent) -> Option<Full> {
        let complete = |process: &crate::world::Process| {
            let own = process.threads.iter().flat_map(|thread| &thread.pending);
            process.pending.iter().chain(own).filter(|entry| entry.complete).count()
        };
        let used = match table::queue(self.os) {
            Queue::None => return None,
            Queue::PerProcess => complete(&self.processes[p]),
            Queue::PerUser => {
                let user = self.processes[p].user.real;
                let there = self.processes.iter().filter(|process| process.life != Life::Reaped);
                there.filter(|process| process.user.real == user).map(complete).sum()
            }
        };
        let of_child = sent.signal == Signal::CHLD && sent.call == Call::Kernel;
        let is_full = used >= self.limit && sent.signal != Signal::KILL && !of_child;
        is_full.then(|| table::queue_full(self.os, sent.call, sent.signal.is_realtime()))
    }

    /// CONT removes pending stops, a stop removes a pending CONT.
    pub(crate) fn discard_opposites(&mut self, p: Index, signal: Signal) {
        if signal == Signal::CONT {
            self.discard(p, Signal::is_stop);
        } else if signal.is_stop() {
            self.discard(p, |pending| pending == Signal::CONT);
        }
    }

    /// The two cases in which the opposites are left where they are.
    fn is_dropped_on_arrival(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        let ignored = self.action(p, signal) == Action::Ignore && self.os == table::Os::Bsd43;
        let orphan = self.is_orphan_stop(p, signal) && table::orphan_stop(self.os) == OrphanStop::DiscardedOnArrival;
        (ignored || orphan) && self.is_unwanted(p, to, signal)
    }

    /// Row 7: nobody wants it.
    fn is_unwanted(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        let nothing = match self.action(p, signal) {
            Action::Catch => false,
            Action::Ignore => signal.is_catchable(),
            // Where a blocked SIGCONT leaves a process stopped, there is something for it to do later.
            Action::Default if signal == Signal::CONT && !table::continues_though_ignored_or_blocked(self.os) => {
                !(self.is_stopped(p) && self.addressed_blocks(p, to, signal))
            }
            Action::Default => SignalSet::DEFAULT_IGNORED.contains(signal) || self.is_orphan_stop(p, signal),
        };
        let kept = table::ignored_kept_when_blocked(self.os) && self.addressed_blocks(p, to, signal);
        // A terminal's stop is no signal whose default is to be ignored: the addressed thread may wait for it (live).
        let waits = |t: usize| self.processes[p].threads[t].waits_for(signal);
        let awaited = table::orphan_stop(self.os) == OrphanStop::AtDelivery
            && self.is_orphan_stop(p, signal)
            && self.chosen(p, to, signal).is_some_and(waits);
        nothing
            && !kept
            && !awaited
            && !self.processes[p].threads[self.addressed(to)].traced
            && !self.somebody_waits(p, to, signal)
    }

    /// A terminal's stop at its default, in a group where nobody could continue it.
    pub(crate) fn is_orphan_stop(&self, p: Index, signal: Signal) -> bool {
        signal.is_terminal_stop()
            && self.action(p, signal) == Action::Default
            && table::orphan_stop(self.os) != OrphanStop::Stops
            && self.in_orphaned_group(p)
    }

    /// Row 6.
    fn is_immune(&self, p: Index, to: Option<usize>, sent: Sent) -> bool {
        let forced = sent.code == Code::Kernel && !sent.signal.is_catchable();
        self.is_init(p)
            && self.action(p, sent.signal) == Action::Default
            && !self.addressed_blocks(p, to, sent.signal)
            && !forced
    }

    /// The addressed thread blocks it; that it waits for it does not count (live kernel).
    fn addressed_blocks(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        self.processes[p].threads[self.addressed(to)].blocks(signal)
    }

    /// The thread that is asked whether it blocks the signal and whether it is traced.
    fn addressed(&self, to: Option<usize>) -> usize {
        to.or(self.through).unwrap_or(0)
    }

    fn somebody_waits(&self, p: Index, to: Option<usize>, signal: Signal) -> bool {
        match to {
            _ if !table::any_waiter_keeps_ignored(self.os) => false,
            Some(t) => self.processes[p].threads[t].waits_for(signal),
            None => self.processes[p].threads.iter().any(|thread| thread.waits_for(signal)),
        }
    }

    pub(crate) fn live_threads(&self, p: Index) -> impl Iterator<Item = usize> {
        (0..self.processes[p].threads.len()).filter(move |&t| self.processes[p].threads[t].alive)
    }

    /// Threads that do not block it or that wait for it.
    fn takers(&self, p: Index, to: Option<usize>, signal: Signal) -> Vec<usize> {
        self.live_threads(p).filter(|&t| to.is_none_or(|to| to == t) && self.is_open(p, t, signal)).collect()
    }

    fn takers_once_continued(&self, p: Index, to: Option<usize>, signal: Signal) -> Vec<usize> {
        let able = |t: &usize| self.is_able(p, *t);
        self.takers(p, to, signal).into_iter().filter(able).collect()
    }

    /// The thread does not block the signal, or waits for it, or its tracer is told anyway.
    pub(crate) fn is_open(&self, p: Index, t: usize, signal: Signal) -> bool {
        let process = &self.processes[p];
        !process.threads[t].blocks(signal)
            || process.threads[t].waits_for(signal)
            || (process.threads[t].traced && table::tracer_is_told_of_blocked(self.os))
    }

    /// The thread would act on a signal at once, were its process not stopped.
    fn is_able(&self, p: Index, t: usize) -> bool {
        let thread = &self.processes[p].threads[t];
        matches!(thread.activity, Activity::Running | Activity::Interruptible) && !thread.trace_stopped
    }

    /// Wakes a taker for each pending signal that has none awake: after a mask change, a thread's exit, a stop.
    pub(crate) fn wake_takers(&mut self, p: Index) {
        if self.processes[p].life != Life::Alive || self.processes[p].stop != Stop::No {
            return;
        }
        let mut all: Vec<_> = self.processes[p].pending.iter().map(|entry| (None, entry.signal)).collect();
        for t in self.live_threads(p) {
            all.extend(self.processes[p].threads[t].pending.iter().map(|entry| (Some(t), entry.signal)));
        }
        for (to, signal) in all {
            let able = self.takers_once_continued(p, to, signal);
            let awake = able.iter().any(|&t| self.processes[p].threads[t].activity == Activity::Running);
            if let (false, Some(&t)) = (awake, able.first()) {
                self.wake(p, t);
            }
        }
    }
}

/// Default actions that ask for a core image.
pub(crate) fn dumps(signal: Signal) -> bool {
    matches!(
        signal,
        Signal::QUIT
            | Signal::ILL
            | Signal::TRAP
            | Signal::ABRT
            | Signal::BUS
            | Signal::FPE
            | Signal::SEGV
            | Signal::XCPU
            | Signal::XFSZ
            | Signal::SYS
    )
}
