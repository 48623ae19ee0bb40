//! What holds in the world, in the language's words.

use sigpost_engine::{Signal, SignalSet};
use sigpost_scenario::{Code, Condition, Name, Reference, Sender, State, Trouble};
use sigpost_sys::pidfd;

use super::LinuxWorld;
use super::actors::{InCall, Life};
use super::step::taken;
use crate::command::Operation;
use crate::memory::Taking;
use crate::proc_view::{Sight, ThreadView};

impl LinuxWorld {
    pub(super) fn what_holds(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        let slot = self.slot_of(subject.name)?;
        let as_thread = subject.main || !self.is_main(slot);
        Ok(match asked {
            Condition::State(_) | Condition::BlockedInCall if self.is_unseen(slot, asked) => {
                return Err(Trouble::Unseen(format!("the state of {subject}, of which nobody could tell")));
            }
            Condition::Pending(_) | Condition::Blocked(_) if self.sets_are_unseen(slot, asked) => {
                return Err(Trouble::Unseen(format!("the sets of {subject}, which could not report")));
            }
            Condition::State(_) if self.is_in_unknown_stop(slot) => {
                return Err(Trouble::Skipped("who waited for the stop has not told yet of which signal".to_owned()));
            }
            Condition::State(_) | Condition::BlockedInCall if as_thread && self.may_have_returned(slot) => {
                return Err(Trouble::Skipped(
                    "who stands still tells what its call came to when it goes on".to_owned(),
                ));
            }
            Condition::State(_) if self.is_gone_from_the_held(slot) => {
                return Err(Trouble::Skipped("a thread that is gone, of a process that its tracer holds".to_owned()));
            }
            Condition::State(state) => Some(self.state(slot, as_thread, *state)),
            Condition::BlockedInCall if self.is_blocked(slot) => Some(Condition::BlockedInCall),
            Condition::BlockedInCall => Some(self.state(slot, as_thread, State::Running)),
            Condition::SameSleep => return Err(Trouble::Skipped("engine only: same_sleep".to_owned())),
            Condition::Pending(_) => Some(Condition::Pending(self.pending(slot, as_thread))),
            Condition::Blocked(_) => Some(Condition::Blocked(self.mask(slot))),
            Condition::Handled(_) => {
                let from = self.told.insert(subject, self.memory.taken()).unwrap_or(0);
                let takings = self.takings(from, slot, as_thread).filter(|taking| !taking.accepted);
                let handled: Result<Vec<_>, Trouble> = takings.map(|taking| taken(&taking.received)).collect();
                Some(Condition::Handled(handled?))
            }
            Condition::Returned(_) => self.threads[slot].returned.map(Condition::Returned),
            Condition::Group(asked) => {
                self.view(slot).and_then(|view| self.named(view.group, *asked)).map(Condition::Group)
            }
            Condition::Session(asked) => {
                self.view(slot).and_then(|view| self.named(view.session, *asked)).map(Condition::Session)
            }
            Condition::Parent(asked) => {
                self.view(slot).and_then(|view| self.named(view.parent, *asked)).map(Condition::Parent)
            }
            Condition::Sender(asked) => {
                self.last_taking(slot, as_thread).map(|taking| Condition::Sender(self.sender(&taking, *asked)))
            }
            Condition::Code(_) => self.last_taking(slot, as_thread).map(|taking| Condition::Code(code(&taking))),
        })
    }

    /// What a thread looks like, if it is there.
    fn view(&self, slot: usize) -> Option<&ThreadView> {
        self.now.threads[slot].as_ref()
    }

    /// Whether the state of a thread is not known, as to what is asked.
    fn is_unseen(&self, slot: usize, asked: &Condition) -> bool {
        let index = self.threads[slot].process;
        let life = self.now.lives[index];
        if !self.by_reports() {
            // Who has been waited for is gone, and how it ended is not for an older kernel to say.
            let asks_how = matches!(asked, Condition::State(State::Exited(_) | State::Killed(_) | State::Dumped(_)));
            let is_untold = life == Life::Reaped && self.processes[index].ended.is_none();
            return asks_how && is_untold && !pidfd::tells_ends_of_reaped().unwrap_or(true);
        }
        if life != Life::Alive {
            let asks_end = !matches!(asked, Condition::State(State::Zombie | State::Reaped));
            return asks_end && self.processes[index].ended.is_none();
        }
        self.view(slot).is_some_and(|view| {
            view.sight == Sight::Nothing || view.is_stopped() && self.processes[index].stop.is_none()
        })
    }

    fn sets_are_unseen(&self, slot: usize, asked: &Condition) -> bool {
        let is_pending = matches!(asked, Condition::Pending(_));
        self.view(slot)
            .is_some_and(|view| !view.has_ended() && (view.sight != Sight::Whole || is_pending && view.unsure != 0))
    }

    /// It stands still, and the signal was told to somebody who cannot tell it, because he stands still as well. Of a
    /// process whose main thread has ended the others tell.
    fn is_in_unknown_stop(&self, slot: usize) -> bool {
        let process = self.threads[slot].process;
        let complete = self.all_stand(process);
        self.view(slot).is_some_and(|view| {
            let is_of_it = view.is_stopped() || view.has_ended() && self.is_main(slot);
            is_of_it && complete && self.processes[process].stop.is_none()
                || view.is_trace_stopped() && self.threads[slot].trace_stop.is_none()
        })
    }

    /// A thread that is gone has no state but its process's, and whether that is stopped is not seen of whom a tracer holds.
    fn is_gone_from_the_held(&self, slot: usize) -> bool {
        let process = self.threads[slot].process;
        let is_alive = self.now.lives[process] == Life::Alive;
        let is_gone = self.view(slot).is_none_or(ThreadView::has_ended);
        is_gone && is_alive && self.views(process, &self.now).any(|(_, view)| view.is_trace_stopped())
    }

    /// A thread stands still while its process is not stopped as a whole, in a call that may have ended: it had what it waited
    /// for, or a handler is to run.
    fn may_have_returned(&self, slot: usize) -> bool {
        let call = self.now.calls.get(slot).copied().flatten().map(|call| call.operation);
        let waited =
            matches!(call, Some(Operation::Wait | Operation::Sigwaitinfo | Operation::Pause | Operation::Sigsuspend));
        let is_whole = self.processes[self.threads[slot].process].stop.is_some();
        waited && !is_whole && self.view(slot).is_some_and(ThreadView::is_stopped)
    }

    fn is_blocked(&self, slot: usize) -> bool {
        let alive = self.view(slot).is_some_and(|view| !view.has_ended());
        let blocks = |call: InCall| call.blocked || call.operation == Operation::Fork;
        alive && self.now.calls.get(slot).copied().flatten().is_some_and(blocks)
    }

    /// The state asked about if it holds, otherwise the one that tells most.
    fn state(&self, slot: usize, as_thread: bool, asked: State) -> Condition {
        let process = &self.processes[self.threads[slot].process];
        let life = self.now.lives[self.threads[slot].process];
        if life != Life::Alive {
            let gone = if life == Life::Zombie { State::Zombie } else { State::Reaped };
            return Condition::State(if asked == gone { gone } else { process.ended.unwrap_or(gone) });
        }
        if let Some(signal) = process.stop
            && self.threads[slot].trace_stop.is_none()
        {
            return Condition::State(State::Stopped(signal));
        }
        let main_has_ended = self.view(slot).is_none_or(ThreadView::has_ended);
        if main_has_ended && !as_thread {
            return Condition::State(State::Running);
        }
        if let Some(signal) = self.threads[slot].trace_stop {
            return Condition::State(State::TraceStopped(signal));
        }
        match self.now.calls.get(slot).copied().flatten() {
            Some(call) if call.operation == Operation::Pause => Condition::State(State::Sleeping),
            // One that is stopped waits for its child no more.
            Some(call) if call.operation == Operation::Fork && !self.view(slot).is_some_and(ThreadView::is_stopped) => {
                Condition::State(State::Killable)
            }
            Some(call) if call.operation == Operation::Fork => Condition::State(State::Running),
            Some(call) if call.blocked => Condition::BlockedInCall,
            _ => Condition::State(State::Running),
        }
    }

    /// A process's own set; of a thread its own with its process's.
    fn pending(&self, slot: usize, as_thread: bool) -> SignalSet {
        let process = self.threads[slot].process;
        let alive = self.now.lives[process] == Life::Alive;
        let shared = self.views(process, &self.now).map(|(_, view)| view.shared).fold(0, |all, set| all | set);
        let own = self.view(slot).filter(|_| as_thread).map_or(0, |view| view.pending);
        SignalSet::from_bits(if alive { shared | own } else { 0 })
    }

    /// The mask, as the thread knows it: while it waits for signals the kernel shows them as not blocked. Where
    /// everything is blocked that can be, it is `{all}`.
    fn mask(&self, slot: usize) -> SignalSet {
        let Some(view) = self.view(slot).filter(|view| !view.has_ended()) else { return SignalSet::EMPTY };
        let waiting = self.now.calls.get(slot).copied().flatten();
        let mask = match waiting {
            Some(call) if call.operation == Operation::Sigwaitinfo => view.blocked | call.mask,
            _ => view.blocked,
        };
        let all = !SignalSet::UNCATCHABLE.bits();
        SignalSet::from_bits(if mask & all == all { u64::MAX } else { mask })
    }

    /// What a process or thread took since so many were taken in all.
    fn takings(&self, from: usize, slot: usize, as_thread: bool) -> impl Iterator<Item = Taking> {
        let process = self.threads[slot].process;
        self.memory.takings(from).filter(move |taking| {
            let theirs = self.threads.get(taking.slot).is_some_and(|thread| thread.process == process);
            if as_thread { taking.slot == slot } else { theirs }
        })
    }

    fn last_taking(&self, slot: usize, as_thread: bool) -> Option<Taking> {
        self.takings(0, slot, as_thread).last()
    }

    /// Whose number it is, as the runner sees it: of the one asked about if it is his, also if he is gone.
    fn named(&self, number: i32, asked: Name) -> Option<Name> {
        let has = |slot: usize| self.threads[slot].numbers.first() == Some(&number);
        if self.slot_of(asked).is_ok_and(has) {
            return Some(asked);
        }
        (0..self.threads.len()).rfind(|slot| has(*slot)).map(|slot| self.threads[slot].name)
    }

    /// Who sent a signal, as its receiver saw it.
    fn sender(&self, taking: &Taking, asked: Sender) -> Sender {
        let receiver = taking.slot;
        // A thread that stops for its tracer tells its own number.
        let has = |slot: usize| self.number_seen(receiver, slot) == taking.received.pid;
        let named = if tells_sender(taking) { (0..self.threads.len()).rfind(|slot| has(*slot)) } else { None };
        match (named, asked) {
            (Some(slot), Sender::Of(reference)) if self.threads[slot].name == reference.name => Sender::Of(reference),
            (Some(slot), _) => Sender::Of(Reference::to(self.threads[slot].name)),
            (None, _) if taking.received.code > 0 => Sender::Kernel,
            (None, _) => Sender::Nobody,
        }
    }
}

/// Whether the field of the sender means one: not in what the machine causes, which tells an address there.
fn tells_sender(taking: &Taking) -> bool {
    taking.received.code <= 0 || !is_of_the_machine(taking)
}

/// Whether it is a fault, or news of a file.
fn is_of_the_machine(taking: &Taking) -> bool {
    let theirs = |signal| signal == Signal::IO || SignalSet::SYNCHRONOUS.contains(signal);
    Signal::new(taking.received.signal).is_some_and(theirs)
}

/// Why it was sent. Which fault it was has a number of its own on each machine: the language knows that it was the
/// kernel.
fn code(taking: &Taking) -> Code {
    let is_fault = taking.received.code > 0 && is_of_the_machine(taking);
    if is_fault { Code::Kernel } else { Code::from_number(taking.received.code) }
}
