//! Receipts from what was seen before and after a send. What was not seen has no verdict.

use sigpost_engine::{DefaultAction, Errno, Signal, Verdict};
use sigpost_linux::generated::Fate;
use sigpost_scenario::{Call, Code, KernelCall, ObservedReceipt, Outcome, PidfdScope, State, Target, Trouble};
use sigpost_sys::pty::Keyboard;

use super::actors::{Life, Snapshot, Stop};
use super::recorded::Word;
use super::{LinuxWorld, broken};
use crate::command::{Command, Operation};
use crate::proc_view::{Sight, ThreadView};

/// At whom a call is aimed.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    /// The processes, also those that have ended and were not waited for.
    processes: Vec<usize>,
    /// The thread, where one is addressed.
    thread: Option<usize>,
    /// The thread that the number named: a process may be signalled by a thread's.
    named: Option<usize>,
    /// Several, or one by way of a group: a success says of none that it was reached.
    is_group: bool,
    /// `None`: the null signal.
    signal: Option<Signal>,
    /// The information has a code that only the kernel may give another process.
    is_forged: bool,
    /// The code that its records have, where it is known.
    code: Option<i32>,
}

/// What is looked at for one target.
pub(super) struct Case<'a> {
    pub(super) process: usize,
    pub(super) signal: Signal,
    pub(super) aim: &'a Aim,
    sender: Option<usize>,
    pub(super) before: &'a Snapshot,
}

impl Aim {
    /// It reaches nobody.
    pub(super) const fn is_empty(&self) -> bool {
        self.processes.is_empty()
    }

    /// It reaches this process and no other.
    pub(super) fn is_only(&self, process: usize) -> bool {
        self.processes == [process]
    }

    /// The thread, where one is addressed.
    pub(super) const fn thread(&self) -> Option<usize> {
        self.thread
    }
}

/// What a step sends: of a signal that is pending it tells in which queue.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) processes: Vec<usize>,
    /// The thread that it is for alone.
    pub(super) thread: Option<usize>,
    pub(super) bit: u64,
}

pub(super) fn sent(process: usize, caller: usize, call: &Call, aim: Option<&Aim>) -> Option<Sent> {
    if let Call::Fault(signal) = call {
        let bit = Signal::new(signal.0)?.bit();
        return Some(Sent { processes: vec![process], thread: Some(caller), bit });
    }
    let aim = aim?;
    Some(Sent { processes: aim.processes.clone(), thread: aim.thread, bit: aim.signal?.bit() })
}

impl LinuxWorld {
    /// At whom a call is aimed; `None` where it is aimed at nobody, or its signal is none.
    pub(super) fn aim(&self, caller: usize, call: &Call) -> Option<Aim> {
        let code = match call {
            Call::Kill(..) | Call::Killpg(..) => Some(Code::User.number()),
            Call::Tkill(..) | Call::Tgkill(..) | Call::Raise(_) => Some(Code::Tkill.number()),
            Call::Sigqueue(..) => Some(Code::Queue.number()),
            Call::RtSigqueueinfo(_, _, code) => Some(code.number()),
            _ => None,
        };
        self.targets(caller, call).map(|aim| Aim { code, ..aim })
    }

    fn targets(&self, caller: usize, call: &Call) -> Option<Aim> {
        let (target, signal) = match *call {
            Call::Kill(target, signal)
            | Call::Sigqueue(target, signal, _)
            | Call::RtSigqueueinfo(target, signal, _) => (target, signal),
            Call::Killpg(target, signal) => return self.aim_at(caller, self.as_group(caller, target)?, signal.0),
            Call::Tkill(target, signal) | Call::Tgkill(_, target, signal) => {
                let number = self.number(caller, target).ok()?;
                return self.thread_aim(self.seen_by(caller, number)?, signal.0);
            }
            Call::Raise(signal) => return self.thread_aim(caller, signal.0),
            Call::PidfdSendSignal(reference, signal, scope) => {
                let slot = self.slot_of(reference.name).ok()?;
                return match scope {
                    Some(PidfdScope::Thread) => self.thread_aim(slot, signal.0),
                    Some(PidfdScope::Group) => {
                        let group = self.threads[slot].numbers[0];
                        self.group_aim(signal.0, |view| view.group == group)
                    }
                    _ => {
                        let aim = self.process_aim(self.threads[slot].process, signal.0)?;
                        Some(Aim { named: Some(slot), ..aim })
                    }
                };
            }
            _ => return None,
        };
        let mut aim = self.aim_at(caller, self.number(caller, target).ok()?, signal.0)?;
        aim.is_forged = matches!(call, Call::RtSigqueueinfo(_, _, code) if code.number() >= 0 || *code == Code::Tkill);
        Some(aim)
    }

    /// What the C library makes of killpg's argument.
    fn as_group(&self, caller: usize, target: Target) -> Option<i32> {
        let number = self.number(caller, target).ok()?;
        (number >= 0).then(|| -number)
    }

    /// At whom kill with this number is aimed.
    fn aim_at(&self, caller: usize, number: i32, signal: i32) -> Option<Aim> {
        match number {
            0 => {
                let own = self.now.threads[caller].as_ref()?.group;
                self.group_aim(signal, |view| view.group == own)
            }
            -1 => {
                let mut aim = self.group_aim(signal, |_| true)?;
                let own = self.threads[caller].process;
                aim.processes.retain(|process| {
                    let is_init = self.number_seen(caller, self.processes[*process].slot) == 1;
                    let seen = self.sees(caller, self.processes[*process].slot);
                    *process != own && !is_init && seen
                });
                Some(aim)
            }
            ..0 => {
                let leader = self.seen_by(caller, number.checked_neg()?)?;
                let group = self.threads[leader].numbers[0];
                self.group_aim(signal, |view| view.group == group)
            }
            _ => {
                let slot = self.seen_by(caller, number)?;
                let mut aim = self.process_aim(self.threads[slot].process, signal)?;
                aim.named = Some(slot);
                Some(aim)
            }
        }
    }

    /// The thread that another sees by this number; also one that is gone, whose group may still exist.
    fn seen_by(&self, caller: usize, number: i32) -> Option<usize> {
        (0..self.threads.len()).rfind(|slot| self.number_seen(caller, *slot) == number)
    }

    /// At whom a key is aimed that is typed at this terminal: the group in front.
    pub(super) fn aim_in_front(&self, keyboard: &Keyboard, call: &KernelCall) -> Result<Aim, Trouble> {
        let signal = match call {
            KernelCall::Intr(_) => Signal::INT,
            KernelCall::Quit(_) => Signal::QUIT,
            _ => Signal::TSTP,
        };
        let front = keyboard.foreground().map_err(broken)?;
        let aim = self.group_aim(signal.number().into(), |view| Some(view.group) == front);
        aim.ok_or_else(|| broken("a key without a signal"))
    }

    fn process_aim(&self, process: usize, signal: i32) -> Option<Aim> {
        let there = self.now.lives[process] != Life::Reaped;
        Self::valid(signal, if there { vec![process] } else { Vec::new() }, None, false)
    }

    fn thread_aim(&self, slot: usize, signal: i32) -> Option<Aim> {
        Self::valid(signal, vec![self.threads[slot].process], Some(slot), false)
    }

    fn group_aim(&self, signal: i32, is_member: impl Fn(&ThreadView) -> bool) -> Option<Aim> {
        let member = |process: &usize| {
            let view = self.now.threads[self.processes[*process].slot].as_ref();
            self.now.lives[*process] != Life::Reaped && view.is_some_and(&is_member)
        };
        Self::valid(signal, (0..self.processes.len()).filter(member).collect(), None, true)
    }

    fn valid(number: i32, processes: Vec<usize>, thread: Option<usize>, is_group: bool) -> Option<Aim> {
        let signal = Signal::new(number);
        (number == 0 || signal.is_some()).then_some(Aim {
            processes,
            thread,
            named: thread,
            is_group,
            signal,
            is_forged: false,
            code: None,
        })
    }

    /// A receipt for each target.
    pub(super) fn receipts(
        &mut self,
        sender: Option<usize>,
        aim: &Aim,
        result: Option<Outcome>,
        before: &Snapshot,
    ) -> Result<Vec<ObservedReceipt>, Trouble> {
        let all = match result {
            // The caller may not make up this code: nobody was asked.
            Some(Outcome::Error(Errno::EPERM)) if aim.is_forged => return Ok(Vec::new()),
            Some(Outcome::Error(Errno::EPERM)) => Some(Verdict::Refused),
            Some(Outcome::Error(Errno::EAGAIN)) if !aim.is_group => Some(Verdict::QueueFull),
            Some(Outcome::Error(_)) => return Ok(Vec::new()),
            _ => None,
        };
        let mut receipts = Vec::new();
        for process in aim.processes.clone() {
            let verdict = match all {
                Some(verdict) => Some(verdict),
                None => self.verdict(sender, aim, process, before)?,
            };
            receipts.push(ObservedReceipt { process: self.processes[process].name, verdict });
        }
        Ok(receipts)
    }

    fn verdict(
        &self,
        sender: Option<usize>,
        aim: &Aim,
        process: usize,
        before: &Snapshot,
    ) -> Result<Option<Verdict>, Trouble> {
        let Some(signal) = aim.signal else {
            let refused = match sender {
                Some(sender) if aim.is_group => self.is_refused(sender, process, None)? == Some(true),
                _ => false,
            };
            return Ok(Some(if refused { Verdict::Refused } else { Verdict::Probed }));
        };
        let case = Case { process, signal, aim, sender, before };
        match self.word_on(process, signal, sender, aim.code) {
            Word::Unknown => self.concluded(&case),
            Word::Never => Ok(aim.is_group.then_some(Verdict::Refused)),
            Word::Became(fate) => Ok(self.confirmed(&case, fate)),
        }
    }

    /// What the kernel's record says, as far as it says it all; otherwise what was seen besides.
    fn confirmed(&self, case: &Case<'_>, fate: Fate) -> Option<Verdict> {
        let Case { process, signal, before, .. } = *case;
        let (was, is) = self.stops(case);
        let (was_stopped, goes_on) = (was == Stop::Complete, is != Stop::Complete);
        let was_held = self.views(process, before).any(|(_, view)| view.is_trace_stopped());
        match fate {
            Fate::Overflow => Some(Verdict::QueueFull),
            _ if before.lives[process] == Life::Zombie || self.was_ending(case) => Some(Verdict::Zombie),
            _ if signal == Signal::CONT && was_stopped && goes_on => Some(Verdict::Continues),
            // It may have stopped anew by what came after.
            _ if signal == Signal::CONT && was_stopped && !was_held && self.others_came(process, signal) => {
                Some(Verdict::Continues)
            }
            _ if signal == Signal::CONT && !was_stopped && self.left_stop(case) => self.continued_beside(case),
            // That the stop has ended is not seen of one that its tracer holds.
            _ if signal == Signal::CONT && (was == Stop::Unseen || was_stopped && was_held) => None,
            Fate::AlreadyPending if self.is_harmless(case) => Some(Verdict::Ignores),
            Fate::AlreadyPending => Some(Verdict::Merges),
            Fate::Ignored if self.is_protected(case) => Some(Verdict::Immune),
            Fate::Ignored => Some(Verdict::Ignores),
            Fate::Delivered | Fate::InfoLost if self.now.lives[process] != Life::Alive => {
                self.end(case).or_else(|| self.taken_beside(case))
            }
            Fate::Delivered | Fate::InfoLost => {
                let seen = self.change(case).or_else(|| self.stays(case)).or_else(|| self.no_change(case));
                seen.or_else(|| self.taken_beside(case))
            }
        }
    }

    /// Whether a stop was in force, and whether one is now.
    fn stops(&self, case: &Case<'_>) -> (Stop, Stop) {
        let is = |snapshot: &Snapshot| snapshot.stops.get(case.process).copied().unwrap_or_default();
        (is(case.before), is(&self.now))
    }

    /// What is concluded without a record.
    fn concluded(&self, case: &Case<'_>) -> Result<Option<Verdict>, Trouble> {
        let Case { process, signal, aim, sender, before } = *case;
        let was_held = self.views(process, before).any(|(_, view)| view.is_trace_stopped());
        if signal == Signal::CONT && was_held && self.stops(case).0 != Stop::No {
            return Ok(None);
        }
        if before.lives[process] == Life::Alive && self.now.lives[process] != Life::Alive {
            return Ok(self.end(case));
        }
        if let Some(verdict) = self.change(case) {
            return Ok(Some(verdict));
        }
        // Nothing changed: it may have been refused.
        if let Some(sender) = sender.filter(|sender| aim.is_group && process != self.threads[*sender].process) {
            match self.is_refused(sender, process, Some(signal))? {
                Some(true) => return Ok(Some(Verdict::Refused)),
                Some(false) => {}
                None => return Ok(None),
            }
        }
        if before.lives[process] == Life::Zombie {
            return Ok(Some(Verdict::Zombie));
        }
        Ok(self.stays(case).or_else(|| self.no_change(case)))
    }

    /// Whether it was on its way out when the signal came: what ends a process ends each thread by a KILL of its own.
    fn was_ending(&self, case: &Case<'_>) -> bool {
        let has_ended = |slot: usize| case.before.threads[slot].as_ref().is_none_or(ThreadView::has_ended);
        if case.aim.thread.is_some_and(has_ended) {
            return true;
        }
        let alive = |view: &ThreadView| !view.has_ended();
        let mut threads = self.views(case.process, case.before).filter(|(_, view)| alive(view));
        threads.any(|(_, view)| view.pending & Signal::KILL.bit() != 0)
    }

    /// Whether it is the init of a namespace, and the signal has its default action there.
    pub(super) fn is_protected(&self, case: &Case<'_>) -> bool {
        let Case { process, signal, aim, before, .. } = *case;
        let slot = aim.named.unwrap_or(self.processes[process].slot);
        let has_default = |view: &ThreadView| (view.ignored | view.caught) & signal.bit() == 0;
        self.leads_namespace(process) && before.threads[slot].as_ref().is_some_and(has_default)
    }

    /// Whether it is a terminal stop that will do nothing, because the group is orphaned: that is found when it is
    /// taken, so the kernel queues it.
    fn is_harmless(&self, case: &Case<'_>) -> bool {
        let Case { process, signal, aim, before, .. } = *case;
        let slot = aim.named.unwrap_or(self.processes[process].slot);
        let acts =
            |view: &ThreadView| view.tracer != 0 || (view.ignored | view.caught | view.blocked) & signal.bit() != 0;
        let kept = before.threads[slot].as_ref().is_some_and(acts);
        signal.is_terminal_stop() && !kept && self.is_orphaned(process)
    }

    /// Whether the sender may not signal a process: its null signal is refused. CONT may go to its whole session.
    /// `None`: it cannot be asked any more.
    fn is_refused(&self, sender: usize, process: usize, signal: Option<Signal>) -> Result<Option<bool>, Trouble> {
        let target = self.processes[process].slot;
        let session = |slot: usize| self.now.threads[slot].as_ref().map(|view| view.session);
        if signal == Some(Signal::CONT) && session(sender).is_some() && session(sender) == session(target) {
            return Ok(Some(false));
        }
        if self.why_not(sender).is_some() {
            return Ok(None);
        }
        let number = self.number_seen(sender, target);
        let answer = self.ask(sender, Command::with(Operation::Kill, [number, 0, 0, 0]))?;
        let is = |errno: Errno| answer.errno == errno.number();
        Ok(if is(Errno::ESRCH) { None } else { Some(is(Errno::EPERM)) })
    }

    /// What is concluded from the end of the target.
    fn end(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, before, .. } = *case;
        if self.is_traced(process, before) {
            // Its tracer may have let it go by its own end: what happened then is not what the send did.
            return (signal == Signal::KILL).then_some(Verdict::Terminates);
        }
        if signal != Signal::KILL && self.takers(case).next().is_none() {
            // It was let in by what has come meanwhile.
            return None;
        }
        let was_stopped = self.views(process, before).any(|(_, view)| view.is_stopped());
        let asleep = self.views(process, before).any(|(_, view)| view.state == b'D');
        if (asleep || was_stopped) && !matches!(signal, Signal::KILL | Signal::CONT) {
            // What it slept for (a vfork's child), or what let it go on, has come meanwhile.
            return None;
        }
        match self.processes[process].ended {
            // It has gone on, and met what had waited for that.
            _ if signal == Signal::CONT && was_stopped => Some(Verdict::Continues),
            Some(State::Killed(by)) if by == signal => Some(Verdict::Terminates),
            Some(State::Dumped(by)) if by == signal => Some(Verdict::Dumps),
            _ => None,
        }
    }

    /// What is concluded from a change at the target.
    fn change(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, before, .. } = *case;
        let now = &self.processes[process];
        // Its tracer has let it go meanwhile (by its end): what happened then is not what the send did.
        if self.is_traced(process, before) && !self.is_traced(process, &self.now) {
            return None;
        }
        if before.lives[process] != Life::Alive || self.was_roused(case) {
            return None;
        }
        let threads = self.views(process, before).filter(|(_, view)| !view.has_ended()).count();
        let blocks = |view: &ThreadView| view.has_ended() || view.blocked & signal.bit() != 0;
        let was_blocked = self.views(process, before).all(|(_, view)| blocks(view));
        let uneven = was_blocked || threads > 1 && (self.sleeps(process, before) || self.is_traced(process, before));
        if uneven && self.others_came(process, signal) {
            // Another signal has made another thread look, or changed the mask: this one may have been taken after it.
            return None;
        }
        match self.stops(case) {
            (Stop::Complete, Stop::Complete) => {}
            (Stop::Complete, _) if signal == Signal::CONT => return Some(Verdict::Continues),
            // Something else has let it go on meanwhile.
            (Stop::Complete, _) => return None,
            (Stop::No, Stop::Complete) if now.stop == Some(signal) => return Some(Verdict::Stops),
            // It may be this one's, or one that had begun before.
            (Stop::Unseen, Stop::Complete) if signal.is_stop() => return None,
            _ => {}
        }
        let taken = self.taken_by(case);
        if taken == Some(Verdict::Handles) && self.waited(case) && self.others_came(process, signal) {
            // Another may have ended the wait first, by which this one would have been accepted.
            return None;
        }
        let seen = taken.or_else(|| self.told_tracer(case));
        seen.or_else(|| if self.is_pending(case, before) { None } else { self.stays(case) })
    }

    /// Whether a thread sleeps where no signal but KILL wakes it.
    fn sleeps(&self, process: usize, snapshot: &Snapshot) -> bool {
        self.views(process, snapshot).any(|(_, view)| view.state == b'D')
    }

    /// What a thread slept for (a vfork's child) has come meanwhile.
    pub(super) fn was_roused(&self, case: &Case<'_>) -> bool {
        self.sleeps(case.process, case.before) && !self.sleeps(case.process, &self.now)
    }

    pub(super) fn is_traced(&self, process: usize, snapshot: &Snapshot) -> bool {
        self.views(process, snapshot).any(|(_, view)| view.tracer != 0)
    }

    /// Whether the log grew by this signal with this sender.
    fn taken_by(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, sender, before, .. } = *case;
        let number_of = |sender: usize| {
            let own = self.processes[self.threads[sender].process].slot;
            self.number_seen(self.processes[process].slot, own)
        };
        let by = sender.map_or(0, number_of);
        let takings: Vec<_> = self.memory.takings(before.taken).collect();
        let found = takings.iter().find(|taking| {
            let theirs = self.threads.get(taking.slot).is_some_and(|thread| thread.process == process);
            // Where the queue was full the information is lost, and names nobody.
            let from = taking.received.pid == by || taking.received.pid == 0;
            theirs && taking.received.signal == i32::from(signal.number()) && from
        })?;
        Some(if found.accepted { Verdict::Accepts } else { Verdict::Handles })
    }

    /// Whether a thread of the target waited for signals when this one came.
    fn waited(&self, case: &Case<'_>) -> bool {
        let waits = |slot: usize| {
            let call = case.before.calls.get(slot).copied().flatten();
            call.is_some_and(|call| call.operation == Operation::Sigwaitinfo)
        };
        self.views(case.process, case.before).any(|(slot, _)| waits(slot))
    }

    /// Whether a thread now stands before its tracer with this signal.
    fn told_tracer(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, before, .. } = *case;
        let newly_held = |(slot, view): (usize, &ThreadView)| {
            let was = before.threads.get(slot).and_then(Option::as_ref).is_some_and(ThreadView::is_trace_stopped);
            let thread = &self.threads[slot];
            view.is_trace_stopped() && !was && !thread.is_at_event && thread.trace_stop == Some(signal)
        };
        self.views(process, &self.now).any(newly_held).then_some(Verdict::Traces)
    }

    /// Whether the signal is in the queue that it was sent to.
    pub(super) fn is_pending(&self, case: &Case<'_>, snapshot: &Snapshot) -> bool {
        let bit = case.signal.bit();
        match case.aim.thread {
            Some(slot) => snapshot.threads[slot].as_ref().is_some_and(|view| view.pending & bit != 0),
            None => self.views(case.process, snapshot).any(|(_, view)| view.shared & bit != 0),
        }
    }

    /// Whether the sets of the target's threads were seen, before and after.
    fn was_seen(&self, case: &Case<'_>) -> bool {
        let is_whole = |view: &ThreadView| view.sight == Sight::Whole && view.unsure & case.signal.bit() == 0;
        let whole = |snapshot: &Snapshot| {
            self.views(case.process, snapshot).all(|(_, view)| view.has_ended() || is_whole(view))
        };
        whole(case.before) && whole(&self.now)
    }

    /// Whether it is in the pending set, and why it stays there.
    fn stays(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, aim, before, .. } = *case;
        if !self.was_seen(case) {
            return None;
        }
        let bit = signal.bit();
        let is_pending = |snapshot: &Snapshot| self.is_pending(case, snapshot);
        if !is_pending(&self.now) {
            return None;
        }
        if self.is_harmless(case) {
            return Some(Verdict::Ignores);
        }
        if !signal.is_realtime() && is_pending(before) {
            return Some(Verdict::Merges);
        }
        // As they were when it came: who is held now may be so by another signal of the same moment.
        let takers: Vec<(usize, &ThreadView)> = self
            .views(process, before)
            .filter(|(slot, view)| !view.has_ended() && aim.thread.is_none_or(|thread| thread == *slot))
            .collect();
        if takers.iter().all(|(_, view)| view.blocked & bit != 0) {
            return Some(Verdict::Pends);
        }
        let held = |view: &ThreadView| view.is_stopped() || view.is_trace_stopped() || view.state == b'D';
        let open: Vec<_> = takers.iter().filter(|(_, view)| view.blocked & bit == 0).collect();
        let addressed = aim.named.unwrap_or(self.processes[process].slot);
        let deferred =
            open.iter().all(|(_, view)| held(view)) || open.iter().any(|(slot, view)| *slot == addressed && held(view));
        // Another that was taken first is what keeps this one.
        (deferred && !self.another_was_taken(case)).then_some(Verdict::Defers)
    }

    /// Whether another signal was taken in this step, which had waited for a thread that does not run.
    pub(super) fn another_was_taken(&self, case: &Case<'_>) -> bool {
        let waited =
            |snapshot: &Snapshot| self.views(case.process, snapshot).fold(0, |all, (_, view)| all | view.shared);
        waited(case.before) & !waited(&self.now) & !case.signal.bit() != 0
    }

    /// What is concluded from the absence of a change: by the disposition, process 1, a zombie.
    fn no_change(&self, case: &Case<'_>) -> Option<Verdict> {
        let Case { process, signal, aim, before, .. } = *case;
        if self.now.lives[process] != Life::Alive || !self.was_seen(case) {
            return None;
        }
        if self.was_roused(case) || self.taken_by(case).or_else(|| self.told_tracer(case)).is_some() {
            return None;
        }
        let slot = aim.named.unwrap_or(self.processes[process].slot);
        let view = before.threads[slot].as_ref()?;
        if view.tracer != 0 || view.has_ended() || self.is_pending(case, &self.now) {
            return None;
        }
        let bit = signal.bit();
        let default = view.ignored & bit == 0 && view.caught & bit == 0;
        // Also where the addressed thread blocks it: another has thrown it away.
        if self.is_protected(case) {
            return Some(Verdict::Immune);
        }
        let does_nothing = matches!(signal.default_action(), DefaultAction::Ignore | DefaultAction::Continue);
        let orphaned = signal.is_terminal_stop() && self.is_orphaned(process);
        (view.ignored & bit != 0 || default && (does_nothing || orphaned)).then_some(Verdict::Ignores)
    }

    /// Whether nobody outside the process's group but in its session is a parent of a member.
    fn is_orphaned(&self, process: usize) -> bool {
        let main = |process: usize| self.now.threads[self.processes[process].slot].as_ref();
        let Some(group) = main(process).map(|view| view.group) else { return true };
        let members = (0..self.processes.len()).filter(|other| {
            self.now.lives[*other] == Life::Alive && main(*other).is_some_and(|view| view.group == group)
        });
        let mut members = members.filter_map(main);
        !members.any(|member| {
            let parent = self.threads.iter().position(|thread| thread.numbers.first() == Some(&member.parent));
            let parent = parent.and_then(|slot| self.now.threads[slot].as_ref());
            parent.is_some_and(|parent| parent.group != group && parent.session == member.session)
        })
    }
}
