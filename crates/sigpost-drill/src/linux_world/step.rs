//! A step: an order to one puppet, what follows from it, and what was seen.

use sigpost_scenario::{Act, Call, ChildNews, Name, Observation, Outcome, Step, Taken, Trouble};

use sigpost_engine::{DefaultAction, Errno, Signal};
use sigpost_sys::puppet::Received;

use super::actors::{InCall, Life};
use super::receipts::{Aim, sent};
use super::{LinuxWorld, broken};
use crate::command::{Answer, Command, Operation};
use crate::proc_view::{self, Sight, ThreadView};

/// `CLD_TRAPPED` and `CLD_STOPPED`.
const TRAPPED: i32 = 4;
const STOPPED: i32 = 5;

/// The signals that the C library takes for itself when it makes a thread: 32 and 33.
const TAKEN_BY_THREADS: u64 = 0b11 << 31;
/// The signals whose dispositions a Rust program changes when it begins: BUS, SEGV, PIPE.
const TAKEN_BY_EXEC: u64 = 1 << 6 | 1 << 10 | 1 << 12;

impl LinuxWorld {
    /// Why a thread can make no call now, if it cannot.
    pub(super) fn why_not(&self, slot: usize) -> Option<&'static str> {
        let thread = &self.threads[slot];
        let Some(view) = self.now.threads[slot].as_ref() else { return Some("is gone") };
        if view.has_ended() {
            return Some("has ended");
        }
        if view.is_trace_stopped() {
            return Some("is held by its tracer");
        }
        if view.is_stopped() {
            return Some("is stopped");
        }
        let holds = self.memory.slot(slot).holds();
        if thread.calls.last().is_some_and(|call| call.holds == holds) {
            return Some("is in a call that has not returned");
        }
        None
    }

    pub(super) fn make_step(&mut self, step: &Step) -> Result<Observation, Trouble> {
        let (name, call) = match &step.act {
            Act::Call(name, call) => (*name, call),
            Act::Kernel(call) => return self.at_the_keyboard(call),
        };
        let slot = self.slot_of(name)?;
        self.refuse_unrunnable(name, slot, call)?;
        let command = self.command(slot, call)?;
        self.begun = super::recorded::now();
        let before = self.now.clone();
        let aim = if call.sends() { self.aim(slot, call) } else { None };
        self.refuse_empty_broadcast(call, aim.as_ref().is_none_or(Aim::is_empty))?;
        self.sent = sent(self.threads[slot].process, slot, call, aim.as_ref());
        self.threads[slot].returned = None;
        if *call == Call::Exec {
            self.memory.slot(self.processes[self.threads[slot].process].slot).forget();
        }
        let order = self.give(slot, command);
        let made = self.await_made(slot, order, call)?;
        if *call == Call::Exec {
            self.await_executed(slot, order)?;
        }
        self.await_ends(slot, call)?;
        self.change_users_of_others(slot, order, command)?;
        self.come_to_rest()?;
        self.note_records()?;
        let result = if made { Some(Outcome::Zero) } else { self.result(slot, order, command, call)? };
        let receipts = match aim {
            Some(aim) => self.receipts(Some(slot), &aim, result, &before)?,
            None => Vec::new(),
        };
        self.sent = None;
        self.reap_for_init()?;
        Ok(Observation { result, receipts })
    }

    /// Says of a call why it cannot be made here, or would show something else than the scenario asks for.
    fn refuse_unrunnable(&self, name: Name, slot: usize, call: &Call) -> Result<(), Trouble> {
        if *call == Call::Sigreturn && self.memory.slot(slot).holds() == 0 {
            return Err(Trouble::CannotAct(format!("{name} is in no handler")));
        }
        if matches!(call, Call::Setuid(_) | Call::Setresuid(..)) {
            self.refuse_partial_change(slot)?;
        }
        if *call == Call::Exec && self.has_pending(slot, TAKEN_BY_EXEC) {
            let why = "a program begins with dispositions of its own for PIPE, SEGV and BUS, and one is pending for";
            return Err(Trouble::Unsupported(format!("{why} {name}")));
        }
        if *call == Call::Exec && self.has_traced_thread_beside(slot) {
            let why = "exec waits until the tracers of other threads have asked about their ends, and";
            return Err(Trouble::Unsupported(format!("{why} {name} has such threads")));
        }
        let makes_thread = matches!(call, Call::Thread(_) | Call::Clone(_));
        if makes_thread && self.has_pending(slot, TAKEN_BY_THREADS) {
            let why =
                "the C library takes the signals 32 and 33 for itself when it makes a thread, and one is pending for";
            return Err(Trouble::Unsupported(format!("{why} {name}")));
        }
        if makes_thread && self.has_stopped_thread(slot) {
            let why = "a new thread of a stopped process stops before it begins, and others are stopped of that of";
            return Err(Trouble::Unsupported(format!("{why} {name}")));
        }
        Ok(())
    }

    /// Waits for those whom a call ends at once.
    fn await_ends(&self, slot: usize, call: &Call) -> Result<(), Trouble> {
        if self.ends_a_namespace(slot, call) {
            let process = self.threads[slot].process;
            let mut all = (0..self.threads.len()).filter(|other| self.threads[*other].process == process);
            all.try_for_each(|other| self.await_end(other))
        } else if matches!(call, Call::Exit(_) | Call::ThreadExit) {
            self.await_end(slot)
        } else {
            Ok(())
        }
    }

    /// Whether the process of a thread is stopped, and the thread is let run by its tracer all the same.
    fn has_stopped_thread(&self, slot: usize) -> bool {
        let process = self.threads[slot].process;
        self.processes[process].stop.is_some() || self.views(process, &self.now).any(|(_, view)| view.is_stopped())
    }

    /// Whether a call ends the first process of a namespace, whose last thread sleeps on its way out.
    fn ends_a_namespace(&self, slot: usize, call: &Call) -> bool {
        let leads = self.leads_namespace(self.threads[slot].process);
        let signal = match call {
            Call::Exit(_) => return leads,
            Call::Fault(signal) => signal.0,
            _ => return false,
        };
        let bit = Signal::new(signal).map_or(0, Signal::bit);
        let is_fatal = |view: &ThreadView| view.tracer == 0 && (view.caught & !view.blocked) & bit == 0;
        leads && self.now.threads[slot].as_ref().is_some_and(is_fatal)
    }

    fn has_pending(&self, slot: usize, signals: u64) -> bool {
        self.now.threads[slot].as_ref().is_some_and(|view| (view.pending | view.shared) & signals != 0)
    }

    /// Whether a tracer would keep a thread that exec is to end. Source: Linux `de_thread`.
    fn has_traced_thread_beside(&self, slot: usize) -> bool {
        let process = self.threads[slot].process;
        let main = self.processes[process].slot;
        let mut others = self.views(process, &self.now).filter(|(other, _)| *other != slot && *other != main);
        others.any(|(_, view)| view.tracer != 0)
    }

    fn give(&mut self, slot: usize, command: Command) -> u32 {
        let place = self.memory.slot(slot);
        let mask = self.now.threads[slot].as_ref().map_or(0, |view| view.blocked);
        let holds = place.holds();
        let order = self.tell(slot, command);
        if command.operation != Operation::Sigreturn {
            let blocked = false;
            self.threads[slot].calls.push(InCall { order, operation: command.operation, holds, blocked, mask });
        }
        order
    }

    /// Where a call makes a process or thread: waits until that has begun, and adds it. Whether it did.
    fn await_made(&mut self, slot: usize, order: u32, call: &Call) -> Result<bool, Trouble> {
        let Some(name) = call.declares() else { return Ok(false) };
        let child = self.threads.len();
        let holds = self.threads[slot].calls.last().map_or(0, |call| call.holds);
        let begun = crate::settle::until("a puppet to begin", || {
            if let Some(ids) = self.memory.slot(child).ids() {
                return Ok(Some(Some(ids)));
            }
            let failed = self.memory.slot(slot).answer(order).is_some_and(|answer| answer.errno != 0);
            // A handler that it stays in comes before the call, which is then begun anew.
            if !failed && (self.memory.slot(slot).holds() > holds || self.stands_or_is_gone(slot)?) {
                return Err(Trouble::Skipped("a signal that came before keeps the caller from making it".to_owned()));
            }
            Ok(failed.then_some(None))
        })?;
        let Some((_, thread)) = begun else { return Ok(false) };
        let process = self.threads[slot].process;
        if matches!(call, Call::Thread(_)) {
            self.add_thread_seen_as(name, process, child, thread)?;
        } else {
            self.add_child(name, slot, child, None)?;
        }
        Ok(matches!(call, Call::Vfork(_)))
    }

    /// Whether a thread will do nothing more by itself.
    fn stands_or_is_gone(&self, slot: usize) -> Result<bool, Trouble> {
        let stands = |view: &ThreadView| {
            // Where nobody could tell it may be at it.
            view.sight != Sight::Nothing && (view.has_ended() || view.is_stopped() || view.is_trace_stopped())
        };
        let view = self.see(slot)?;
        Ok(view.is_none_or(|view| stands(&view)))
    }

    /// Waits until a thread has ended. The init of a namespace, on its way out, sleeps until all inside are gone: that
    /// sleep looks like rest.
    fn await_end(&self, slot: usize) -> Result<(), Trouble> {
        crate::settle::until("a puppet to end", || {
            Ok(self.see(slot)?.is_none_or(|view| view.has_ended()).then_some(()))
        })
    }

    /// Waits until the program that a process executes has begun. Its other threads are gone, and so are its calls.
    fn await_executed(&mut self, slot: usize, order: u32) -> Result<(), Trouble> {
        let process = self.threads[slot].process;
        let main = self.processes[process].slot;
        crate::settle::until("an executed program to begin", || match self.memory.slot(slot).answer(order) {
            Some(answer) => Err(broken(std::io::Error::from_raw_os_error(answer.errno))),
            None => match self.memory.slot(main).ids() {
                // While a thread that is not the main one executes, it exists, and the main one has ended; asked in this
                // order, they are not both gone in between.
                None if self.stands_or_is_gone(slot)? && self.stands_or_is_gone(main)? => {
                    Err(Trouble::Skipped("a signal came before the executed program began".to_owned()))
                }
                ids => Ok(ids),
            },
        })?;
        for thread in self.threads.iter_mut().filter(|thread| thread.process == process) {
            thread.calls.clear();
        }
        Ok(())
    }

    /// Adds a child that has begun in place `child`, of the thread in place `parent`.
    pub(super) fn add_child(
        &mut self,
        name: Name,
        parent: usize,
        child: usize,
        number_for_parent: Option<i32>,
    ) -> Result<(), Trouble> {
        let process = self.threads[parent].process;
        let parent_number = self.processes[process].slot;
        let parent_number = self.threads[parent_number].numbers[0];
        let (_, own) = self.await_begin(child)?;
        let inside = number_for_parent.unwrap_or(own);
        let number = if self.is_alone() {
            Some(inside)
        } else {
            proc_view::child_outside(parent_number, inside).map_err(broken)?
        };
        let number = number.ok_or_else(|| Trouble::Broken(format!("{name} is not in /proc")))?;
        self.add_process(name, child, process, number)
    }

    pub(super) fn add_thread_seen_as(
        &mut self,
        name: Name,
        process: usize,
        slot: usize,
        inside: i32,
    ) -> Result<(), Trouble> {
        let number = self.threads[self.processes[process].slot].numbers[0];
        let thread =
            if self.is_alone() { Some(inside) } else { proc_view::thread_outside(number, inside).map_err(broken)? };
        let thread = thread.ok_or_else(|| Trouble::Broken(format!("{name} is not in /proc")))?;
        self.add_thread(name, process, slot, number, thread)
    }

    /// Takes down which calls have returned, and what the threads are in.
    pub(super) fn note_returns(&mut self) -> Result<(), Trouble> {
        for slot in 0..self.threads.len() {
            while let Some(call) = self.threads[slot].calls.last().copied() {
                let Some(answer) = self.memory.slot(slot).answer(call.order) else { break };
                self.threads[slot].calls.pop();
                self.note_news(slot, call.operation, &answer);
                if call.blocked {
                    self.threads[slot].returned = Some(Self::outcome(call.operation, &answer)?);
                }
            }
            let place = self.memory.slot(slot);
            let rests = self.now.threads[slot].as_ref().is_some_and(|view| matches!(view.state, b'S' | b'D'));
            let stopped = self.now.threads[slot].as_ref().is_some_and(ThreadView::is_stopped);
            if let Some(call) = self.threads[slot].calls.last_mut() {
                let held = self.now.threads[slot].as_ref().is_some_and(ThreadView::is_trace_stopped);
                let blocks = (rests || stopped || held) && can_block(call.operation);
                let waits = blocks || (stopped || held) && is_at_terminal(call.operation);
                call.blocked |= waits && call.holds == place.holds();
            }
            let in_call = self.threads[slot].calls.last().filter(|call| call.holds == place.holds()).copied();
            self.now.calls.push(in_call);
        }
        Ok(())
    }

    /// A parent or tracer that waits takes the signal of a stop before it could be seen: then its news tells it.
    fn note_news(&mut self, slot: usize, operation: Operation, answer: &Answer) {
        let number = answer.received.pid;
        let is_stop = matches!(answer.received.code, TRAPPED | STOPPED);
        if operation != Operation::Wait || answer.errno != 0 || number == 0 || !is_stop {
            return;
        }
        let Some(child) = (0..self.threads.len()).rfind(|other| self.number_seen(slot, *other) == number) else {
            return;
        };
        let signal = Signal::new(answer.received.value & 0x7f);
        let Some(view) = self.now.threads[child].as_ref() else { return };
        let process = self.threads[child].process;
        // A tracer may have let one of its threads run.
        let is_whole = (view.is_stopped() || view.has_ended()) && self.all_stand(process);
        if is_whole && self.processes[process].stop.is_none() {
            self.processes[process].stop = signal;
        }
        if view.is_trace_stopped() && self.threads[child].trace_stop.is_none() {
            self.threads[child].is_at_event = answer.received.value >> 8 & 0xff == super::actors::EVENT_STOP;
            self.threads[child].trace_stop = signal;
            if self.threads[child].shows_stop() && self.all_stand(process) {
                self.processes[process].stop = signal;
            }
        }
    }

    /// What the caller got from its call, if it has gone on.
    fn result(&self, slot: usize, order: u32, command: Command, call: &Call) -> Result<Option<Outcome>, Trouble> {
        use sigpost_scenario::Results;
        if call.results() == Results::None {
            return Ok(None);
        }
        let place = self.memory.slot(slot);
        if self.why_not(slot).is_some_and(|why| why != "is in a call that has not returned") {
            return Ok(None);
        }
        if let Some(answer) = place.answer(order) {
            return Self::outcome(command.operation, &answer).map(Some);
        }
        let Some(waiting) = self.threads[slot].calls.last().filter(|waiting| waiting.order == order) else {
            return Ok(None);
        };
        if waiting.holds == place.holds() {
            return Ok(Some(Outcome::Blocks));
        }
        // A handler holds the thread on its way out of the call.
        let returns = place.interrupted_returns();
        match command.operation {
            _ if can_block(command.operation) => Ok(None),
            _ if returns < 0 => Self::outcome(command.operation, &Answer::error(-returns)).map(Some),
            _ => Ok(Some(Outcome::Zero)),
        }
    }

    /// What an answer is in the language's words.
    fn outcome(operation: Operation, answer: &Answer) -> Result<Outcome, Trouble> {
        if answer.errno != 0 {
            let known = |errno: &Errno| errno.number() == answer.errno;
            return match Outcome::ERRORS.into_iter().find(known) {
                Some(errno) => Ok(Outcome::Error(errno)),
                None if answer.errno == rustix::io::Errno::NOSYS.raw_os_error() => {
                    Err(Trouble::Unsupported(format!("{operation:?} on this kernel")))
                }
                None => Err(broken(std::io::Error::from_raw_os_error(answer.errno))),
            };
        }
        Ok(match operation {
            Operation::Sigpending => Outcome::Set(sigpost_engine::SignalSet::from_bits(answer.value)),
            Operation::Sigtimedwait | Operation::Sigwaitinfo => Outcome::Taken(taken(&answer.received)?),
            Operation::Wait => Outcome::Child(news(&answer.received)?),
            _ => Outcome::Zero,
        })
    }

    /// Process 1 waits for whoever has ended.
    pub(super) fn reap_for_init(&mut self) -> Result<(), Trouble> {
        let init = self.threads[0].numbers[0];
        let is_its = |slot: usize| self.now.threads[slot].as_ref().is_some_and(|view| view.parent == init);
        let ended = (1..self.processes.len()).filter(|process| self.now.lives[*process] == Life::Zombie);
        let left: Vec<usize> = ended.map(|process| self.processes[process].slot).filter(|slot| is_its(*slot)).collect();
        if left.is_empty() || self.why_not(0).is_some() {
            return Ok(());
        }
        for slot in left {
            let number = self.number_seen(0, slot);
            self.ask(0, Command::with(Operation::Reap, [number, 0, 0, 0]))?;
        }
        self.come_to_rest()
    }
}

/// Calls that a terminal answers by stopping the caller.
fn is_at_terminal(operation: Operation) -> bool {
    matches!(operation, Operation::TtyRead | Operation::TtyWrite | Operation::Tcsetpgrp)
}

pub(super) fn can_block(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::Pause | Operation::Read | Operation::Sigsuspend | Operation::Sigwaitinfo | Operation::Wait
    )
}

/// A signal as a scenario writes it: with its value where it was sent with one.
pub(super) fn taken(received: &Received) -> Result<Taken, Trouble> {
    const TKILL: i32 = -6;
    let signal = Signal::new(received.signal).ok_or_else(|| broken("a signal without a number"))?;
    let has_value = received.code < 0 && received.code != TKILL;
    Ok(Taken { signal, value: has_value.then_some(received.value) })
}

/// News of a child, as waitid tells them.
fn news(received: &Received) -> Result<ChildNews, Trouble> {
    if received.pid == 0 {
        return Ok(ChildNews::Nothing);
    }
    let signal = || Signal::new(received.value & 0x7f).ok_or_else(|| broken("news of a child without a signal"));
    Ok(match received.code {
        1 => ChildNews::Exited(u8::try_from(received.value & 0xff).unwrap_or(0)),
        2 | 3 if signal()?.default_action() == DefaultAction::Dump => ChildNews::Dumped(signal()?),
        2 | 3 => ChildNews::Killed(signal()?),
        TRAPPED => ChildNews::Trapped(signal()?),
        STOPPED => ChildNews::Stopped(signal()?),
        6 => ChildNews::Continued,
        code => return Err(broken(format!("news of a child with the code {code}"))),
    })
}
