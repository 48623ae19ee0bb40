//! Receipts of a process whose main thread stands apart, held by its tracer or in vfork, while another thread takes the
//! signal: the process as a whole shows less of it than one that runs. They need the kernel's record that the signal came,
//! and that no other did in the same step, which could have caused what is seen.

use sigpost_engine::{DefaultAction, Signal, Verdict};
use sigpost_scenario::State;

use super::LinuxWorld;
use super::actors::Life;
use super::receipts::Case;
use crate::proc_view::ThreadView;

impl LinuxWorld {
    /// What another thread did with a signal that the kernel has recorded as delivered.
    pub(super) fn taken_beside(&self, case: &Case<'_>) -> Option<Verdict> {
        if self.others_came(case.process, case.signal) || self.another_was_taken(case) {
            return None;
        }
        if self.now.lives[case.process] != Life::Alive {
            return self.ended_beside(case);
        }
        if self.is_traced(case.process, case.before) && !self.is_traced(case.process, &self.now) {
            // Its tracer has let it go meanwhile.
            return None;
        }
        if self.is_pending(case, &self.now) {
            return self.trapped_first(case);
        }
        if self.was_roused(case) {
            return None;
        }
        self.stopped_beside(case).or_else(|| self.dropped_beside(case))
    }

    /// Whether a thread stood in a stop, and none does any more.
    pub(super) fn left_stop(&self, case: &Case<'_>) -> bool {
        let stands = |snapshot| self.views(case.process, snapshot).any(|(_, view)| view.is_stopped());
        stands(case.before) && !stands(&self.now)
    }

    /// CONT has ended a stop that was in force: those who did not stand in it had been let run by their tracers. Of whom a
    /// tracer holds, and of a parent in vfork, it is not seen whether the stop had come to them yet.
    pub(super) fn continued_beside(&self, case: &Case<'_>) -> Option<Verdict> {
        let was_let_run = |view: &ThreadView| view.tracer != 0 && !view.is_trace_stopped() && view.state != b'D';
        let had_stood = |(_, view): (usize, &ThreadView)| view.has_ended() || view.is_stopped() || was_let_run(view);
        let all_had_stood = self.views(case.process, case.before).all(had_stood);
        (all_had_stood && !self.others_came(case.process, case.signal)).then_some(Verdict::Continues)
    }

    /// It ended by this signal and nothing else happened: neither its tracer's end nor that of a vfork's child, of which it
    /// would have been told.
    fn ended_beside(&self, case: &Case<'_>) -> Option<Verdict> {
        let is_alone = case.aim.is_only(case.process) && self.takers(case).next().is_some();
        match self.processes[case.process].ended.filter(|_| is_alone)? {
            State::Killed(by) if by == case.signal => Some(Verdict::Terminates),
            State::Dumped(by) if by == case.signal => Some(Verdict::Dumps),
            _ => None,
        }
    }

    /// A thread that ran stands in a stop now. The others cannot: the stop is begun.
    fn stopped_beside(&self, case: &Case<'_>) -> Option<Verdict> {
        let ran = |slot: usize| {
            let before = case.before.threads.get(slot).and_then(Option::as_ref);
            before.is_some_and(|view| !view.is_stopped() && !view.is_trace_stopped())
        };
        let mut now = self.views(case.process, &self.now);
        let has_stopped = now.any(|(slot, view)| view.is_stopped() && ran(slot));
        (case.signal.is_stop() && has_stopped).then_some(Verdict::Stops)
    }

    /// It does nothing, is in no queue any more, and no tracer was shown it.
    fn dropped_beside(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, before, .. } = *case;
        let was_held =
            |slot: usize| before.threads.get(slot).and_then(Option::as_ref).is_some_and(ThreadView::is_trace_stopped);
        if self.views(process, &self.now).any(|(slot, view)| view.is_trace_stopped() && !was_held(slot)) {
            return None;
        }
        if self.is_protected(case) {
            return Some(Verdict::Immune);
        }
        let does_nothing = matches!(signal.default_action(), DefaultAction::Ignore | DefaultAction::Continue);
        let (_, view) = self.views(process, before).find(|(_, view)| !view.has_ended())?;
        let is_ignored = view.ignored & signal.bit() != 0 || does_nothing && view.caught & signal.bit() == 0;
        is_ignored.then_some(Verdict::Ignores)
    }

    /// CONT has its tracer told first: each thread that could take it stands before the tracer now, and did not.
    fn trapped_first(&self, case: &Case<'_>) -> Option<Verdict> {
        let traps = |slot: usize, view: &ThreadView| {
            let now = self.now.threads[slot].as_ref();
            !view.is_trace_stopped() && self.threads[slot].is_at_event && now.is_some_and(ThreadView::is_trace_stopped)
        };
        let mut takers = self.takers(case).peekable();
        let is_new = case.signal == Signal::CONT && !self.is_pending(case, case.before) && takers.peek().is_some();
        (is_new && takers.all(|(slot, view)| traps(slot, view))).then_some(Verdict::Defers)
    }

    /// The threads that could take the signal when it came.
    pub(super) fn takers<'a>(&'a self, case: &'a Case<'_>) -> impl Iterator<Item = (usize, &'a ThreadView)> {
        let (bit, thread) = (case.signal.bit(), case.aim.thread());
        let could = move |(slot, view): &(usize, &ThreadView)| {
            !view.has_ended() && thread.is_none_or(|thread| thread == *slot) && view.blocked & bit == 0
        };
        self.views(case.process, case.before).filter(could)
    }
}
