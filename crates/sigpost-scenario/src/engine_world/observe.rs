//! What holds in the engine, in the language's words.

use alloc::collections::BTreeMap;

use sigpost_engine::{Activity, ExitStatus, ProcessStop, Signal, SignalSet, Trace};

use super::EngineWorld;
use super::actors::{Actor, Blocking};
use crate::{Condition, Name, Reference, Sender, Standing, State, Taken, Trouble};

impl EngineWorld {
    /// What every process does, by its main thread; also of those that have ended.
    pub fn standings(&self) -> BTreeMap<Name, Standing> {
        let mains = self.actors.values().filter(|actor| actor.is_main());
        mains.map(|actor| (actor.name, Standing::of(&self.state(actor, State::Running)))).collect()
    }

    pub(super) fn what_holds(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        let actor = self.actor(subject.name)?;
        Ok(match asked {
            Condition::State(state) => Some(self.state(actor, *state)),
            Condition::BlockedInCall => {
                let blocked = actor.is_in_a_call() && self.system.thread(actor.thread).is_some() && !actor.gone;
                Some(if blocked { Condition::BlockedInCall } else { self.state(actor, State::Running) })
            }
            Condition::SameSleep => (!actor.woken && !actor.gone).then_some(Condition::SameSleep),
            Condition::Pending(_) => Some(Condition::Pending(self.pending(actor, subject))),
            Condition::Blocked(_) => {
                let mask = self.system.thread(actor.thread).map(|thread| thread.mask().set());
                Some(Condition::Blocked(self.nameable(mask.filter(|_| !actor.gone).unwrap_or(SignalSet::EMPTY))))
            }
            Condition::Handled(_) => Some(Condition::Handled(self.handled(subject)?)),
            Condition::Returned(_) => actor.returned.filter(|_| actor.late.is_none()).map(Condition::Returned),
            // Of a thread that is gone nobody can ask.
            Condition::Group(_) | Condition::Session(_) | Condition::Parent(_) if actor.gone && !actor.is_main() => {
                None
            }
            Condition::Group(name) => self.group_name(actor, *name).map(Condition::Group),
            Condition::Session(name) => self.session_name(actor, *name).map(Condition::Session),
            Condition::Parent(_) => {
                let parent = self.system.parent(actor.process);
                parent.and_then(|parent| self.name_of_process(parent)).map(Condition::Parent)
            }
            Condition::Sender(asked) => {
                self.last(actor, subject).map(|(sender, _)| Condition::Sender(as_asked(sender, *asked)))
            }
            Condition::Code(_) => self.last(actor, subject).map(|(_, code)| Condition::Code(code)),
        })
    }

    /// A mask without what the personality has no signals for; everything that can be blocked is `{all}`.
    fn nameable(&self, mask: SignalSet) -> SignalSet {
        let highest = self.personality.highest_signal();
        let all: SignalSet = Signal::all().filter(|signal| *signal <= highest && signal.is_catchable()).collect();
        if mask & all == all { SignalSet::ALL } else { mask & all }
    }

    /// The state asked about if it holds, otherwise the one that tells most.
    fn state(&self, actor: &Actor, asked: State) -> Condition {
        let ended = self.families.get(&actor.family).and_then(|family| family.ended);
        match (self.system.process(actor.process), ended) {
            (None, Some(status)) if asked != State::Reaped => Condition::State(end(status)),
            (None, _) => Condition::State(State::Reaped),
            (Some(process), Some(status)) if process.life().is_zombie() => {
                Condition::State(if asked == State::Zombie { State::Zombie } else { end(status) })
            }
            (Some(process), _) => {
                // Whom its tracer holds shows that, also where its process is stopped.
                let is_held = !actor.gone && self.system.thread(actor.thread).is_some_and(|it| it.trace().is_stopped());
                // A tracer may have let one of its threads run all the same.
                let stands = |thread| self.system.thread(thread).is_none_or(sigpost_engine::ThreadSignals::is_stopped);
                let stopped = match process.stop() {
                    ProcessStop::Stopped(signal) if !is_held && self.system.threads_of(actor.process).all(stands) => {
                        Some(State::Stopped(signal))
                    }
                    _ => None,
                };
                stopped.map_or_else(|| self.activity(actor), Condition::State)
            }
        }
    }

    fn activity(&self, actor: &Actor) -> Condition {
        let Some(thread) = self.system.thread(actor.thread).filter(|_| !actor.gone) else {
            return Condition::State(State::Running);
        };
        if let Trace::Stopped(signal) = thread.trace() {
            // Held for no signal, it shows TRAP.
            return Condition::State(State::TraceStopped(signal.unwrap_or(Signal::TRAP)));
        }
        let in_call = actor.calls.last().filter(|_| actor.is_in_a_call()).map(|waiting| waiting.what);
        match (in_call, thread.activity()) {
            (Some(Blocking::Pause), _) => Condition::State(State::Sleeping),
            (Some(Blocking::Vfork(_)), _) | (None, Activity::Killable) => Condition::State(State::Killable),
            (Some(_), _) => Condition::BlockedInCall,
            (None, Activity::Uninterruptible) => Condition::State(State::Uninterruptible),
            (None, Activity::Running | Activity::Interruptible) => Condition::State(State::Running),
        }
    }

    /// A process's own set; of a thread its own with its process's.
    fn pending(&self, actor: &Actor, subject: Reference) -> SignalSet {
        let process = self.system.process(actor.process).filter(|process| !process.life().is_zombie());
        let Some(process) = process else { return SignalSet::EMPTY };
        let as_thread = subject.main || !actor.is_main();
        let thread = self.system.thread(actor.thread).filter(|_| as_thread && !actor.gone);
        process.pending() | thread.map_or(SignalSet::EMPTY, sigpost_engine::ThreadSignals::pending)
    }

    /// The handlers that began since this was last asked of the same subject.
    fn handled(&mut self, subject: Reference) -> Result<Vec<Taken>, Trouble> {
        let actor = self.actor(subject.name)?;
        let (family, as_thread) = (actor.family, subject.main || !actor.is_main());
        let all = self.families.get(&family).map_or(&[][..], |family| &family.handled);
        let from = self.told.insert(subject, all.len()).unwrap_or(0);
        let mine = |(by, _): &&(Name, Taken)| !as_thread || *by == subject.name;
        Ok(all.iter().skip(from).filter(mine).map(|(_, taken)| *taken).collect())
    }

    fn last(&self, actor: &Actor, subject: Reference) -> Option<(Sender, crate::Code)> {
        if subject.main || !actor.is_main() {
            return actor.last;
        }
        self.families.get(&actor.family).and_then(|family| family.last)
    }

    fn group_name(&self, actor: &Actor, asked: Name) -> Option<Name> {
        let number = self.system.group_id(self.system.group(actor.process)?)?.get();
        self.named(actor, number, asked)
    }

    fn session_name(&self, actor: &Actor, asked: Name) -> Option<Name> {
        let number = self.system.session_id(self.system.session(actor.process)?)?.get();
        self.named(actor, number, asked)
    }

    /// Whose number it is: of the one asked about if it is his, also if he is gone.
    fn named(&self, actor: &Actor, number: i32, asked: Name) -> Option<Name> {
        let is_asked = self.actors.get(&asked).is_some_and(|actor| actor.number == number);
        if is_asked { Some(asked) } else { self.name_of_number(actor.name, number) }
    }
}

/// The sender in the words of the question: a process's ID is its main thread's.
fn as_asked(sender: Sender, asked: Sender) -> Sender {
    match (sender, asked) {
        (Sender::Of(found), Sender::Of(wanted)) if found.name == wanted.name => asked,
        _ => sender,
    }
}

/// How a process ended.
fn end(status: ExitStatus) -> State {
    match status {
        ExitStatus::Exited(status) => State::Exited(u8::try_from(status & 0xff).unwrap_or(0)),
        ExitStatus::Killed(signal) => State::Killed(signal),
        ExitStatus::Dumped(signal) => State::Dumped(signal),
    }
}
