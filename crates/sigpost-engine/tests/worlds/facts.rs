//! What a state is, for the search: everything that calls and deliveries depend on, read from the engine through its
//! public calls and from the model, in one form; and its canonical name, in which numbers are replaced by their order.

use alloc::vec::Vec;

use sigpost_engine::{GroupId, Pid, ProcessStop, SessionId, Signal, SignalSet};

use crate::engine::{Engine, end};
use crate::node::{Model, Pair};
use crate::world::{Action, End, Index, Life, Process, Stop};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProcessFacts {
    pub(crate) number: i32,
    pub(crate) parent: Option<Index>,
    pub(crate) group: i32,
    pub(crate) session: i32,
    pub(crate) life: Life,
    pub(crate) stop: Stop,
    /// Its parent has yet to be told that it goes on. Compared, but no part of a state's name: nobody here takes CHLD.
    pub(crate) untold: bool,
    pub(crate) ignored: SignalSet,
    pub(crate) caught: SignalSet,
    pub(crate) pending: SignalSet,
    /// A fork that it has begun, and whether it can still be finished.
    pub(crate) fork: Option<bool>,
    pub(crate) threads: Vec<ThreadFacts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a plain list of facts")]
pub(crate) struct ThreadFacts {
    pub(crate) exited: bool,
    pub(crate) mask: SignalSet,
    pub(crate) saved: Vec<SignalSet>,
    pub(crate) pending: SignalSet,
    pub(crate) parked: bool,
    pub(crate) traced: bool,
    pub(crate) held: bool,
}

/// A process that has ended is only its end; one that is ending, besides, which threads are left.
fn reduce(facts: &mut ProcessFacts) {
    if facts.life == Life::Alive {
        return;
    }
    (facts.stop, facts.untold) = (Stop::No, false);
    facts.fork = None;
    for set in [&mut facts.ignored, &mut facts.caught, &mut facts.pending] {
        *set = SignalSet::EMPTY;
    }
    for thread in &mut facts.threads {
        *thread = ThreadFacts::ended(thread.exited);
    }
    if let Life::Zombie(_) = facts.life {
        facts.threads.clear();
    }
}

impl ThreadFacts {
    const fn ended(exited: bool) -> Self {
        let (mask, pending) = (SignalSet::EMPTY, SignalSet::EMPTY);
        Self { exited, mask, saved: Vec::new(), pending, parked: false, traced: false, held: false }
    }
}

pub(crate) fn of_engine(pair: &Pair) -> Vec<ProcessFacts> {
    (0..pair.engine.processes.len()).map(|p| of_process(pair, p)).collect()
}

fn of_process(pair: &Pair, p: Index) -> ProcessFacts {
    let engine = &pair.engine;
    let (system, key) = (&engine.system, engine.processes[p]);
    let signals = system.process(key).unwrap();
    let parent = system.parent(key).and_then(|parent| engine.processes.iter().position(|&other| other == parent));
    let mut facts = ProcessFacts {
        number: system.pid(key).map_or(0, Pid::get),
        parent,
        group: system.group(key).and_then(|group| system.group_id(group)).map_or(0, GroupId::get),
        session: system.session(key).and_then(|session| system.session_id(session)).map_or(0, SessionId::get),
        life: life(signals.life()),
        stop: stop(signals.stop()),
        untold: signals.is_to_tell_that_it_goes_on(),
        ignored: signals.dispositions().ignored(),
        caught: signals.dispositions().caught(),
        pending: signals.pending(),
        fork: pair.tickets[p].map(|ticket| system.fork_begin(engine.threads[p][0]) == ticket),
        threads: (0..engine.threads[p].len()).map(|t| of_thread(engine, p, t)).collect(),
    };
    reduce(&mut facts);
    facts
}

fn life(theirs: sigpost_engine::Life) -> Life {
    match theirs {
        sigpost_engine::Life::Alive => Life::Alive,
        sigpost_engine::Life::Ending(status) => Life::Ending(end(status)),
        sigpost_engine::Life::Zombie(status) => Life::Zombie(end(status)),
    }
}

fn stop(theirs: ProcessStop) -> Stop {
    match theirs {
        ProcessStop::No => Stop::No,
        ProcessStop::Stopping(signal, _) => Stop::Stopping(signal),
        ProcessStop::Stopped(signal) => Stop::Stopped(signal),
    }
}

fn of_thread(engine: &Engine, p: Index, t: usize) -> ThreadFacts {
    let Some(thread) = engine.system.thread(engine.threads[p][t]).filter(|thread| !thread.has_exited()) else {
        return ThreadFacts::ended(true);
    };
    ThreadFacts {
        exited: false,
        mask: thread.mask().set(),
        saved: engine.saved[p][t].iter().map(|mask| mask.set()).collect(),
        pending: thread.pending(),
        parked: thread.is_stopped(),
        traced: thread.trace().is_traced(),
        held: thread.trace().is_stopped(),
    }
}

pub(crate) fn of_world(model: &Model) -> Vec<ProcessFacts> {
    model.world.processes.iter().zip(&model.forks).map(|(process, fork)| of_model_process(process, *fork)).collect()
}

fn of_model_process(process: &Process, fork: Option<bool>) -> ProcessFacts {
    let with = |action| process.actions.iter().filter(|(_, a)| **a == action).map(|(&s, _)| s).collect::<SignalSet>();
    let mut facts = ProcessFacts {
        number: process.number,
        parent: process.parent,
        group: process.group.unwrap_or(0),
        session: process.session,
        life: process.life,
        stop: process.stop,
        untold: process.untold,
        ignored: with(Action::Ignore),
        caught: with(Action::Catch),
        pending: process.pending.iter().map(|entry| entry.signal).collect(),
        fork: fork.map(|signalled| !signalled),
        threads: process.threads.iter().map(of_model_thread).collect(),
    };
    reduce(&mut facts);
    facts
}

fn of_model_thread(thread: &crate::world::Thread) -> ThreadFacts {
    if !thread.alive {
        return ThreadFacts::ended(true);
    }
    ThreadFacts {
        exited: false,
        mask: thread.mask.iter().copied().collect(),
        saved: thread.saved_masks.iter().map(|mask| mask.iter().copied().collect()).collect(),
        pending: thread.pending.iter().map(|entry| entry.signal).collect(),
        parked: thread.parked,
        traced: thread.traced,
        held: thread.trace_stopped,
    }
}

/// A state's name, and that of what else the engine keeps: two states have the same that differ only in the numbers
/// given out, or in the order in which their processes were made (init is the first in all).
pub(crate) fn canonical(facts: &[ProcessFacts], hidden: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    let own: Vec<_> = facts.iter().map(name_of_process).collect();
    let mut best = None;
    arrange(&own, &mut vec![0], &mut |order| {
        let name = name_in_order(facts, &own, order);
        let hidden = order.iter().filter_map(|&p| hidden.get(p)).flatten().copied().collect();
        let found = (name, hidden);
        if best.as_ref().is_none_or(|best| found < *best) {
            best = Some(found);
        }
    });
    best.unwrap()
}

/// Every order of the processes in which their own names ascend.
fn arrange(own: &[Vec<u8>], order: &mut Vec<Index>, show: &mut impl FnMut(&[Index])) {
    let left: Vec<_> = (0..own.len()).filter(|p| !order.contains(p)).collect();
    let Some(lowest) = left.iter().map(|&p| &own[p]).min() else { return show(order) };
    for p in left.iter().copied().filter(|&p| own[p] == *lowest) {
        order.push(p);
        arrange(own, order, show);
        order.pop();
    }
}

/// The processes' own names, each with its relations to the others.
fn name_in_order(facts: &[ProcessFacts], own: &[Vec<u8>], order: &[Index]) -> Vec<u8> {
    let mut numbers: Vec<i32> = order.iter().map(|&p| facts[p].number).collect();
    let mut name = Vec::with_capacity(64);
    for &p in order {
        for number in [facts[p].group, facts[p].session] {
            let known = numbers.iter().position(|&other| other == number);
            let place = known.unwrap_or_else(|| {
                numbers.push(number);
                numbers.len() - 1
            });
            name.push(byte(place));
        }
        let parent = facts[p].parent.and_then(|parent| order.iter().position(|&other| other == parent));
        name.push(parent.map_or(u8::MAX, byte));
        name.extend(&own[p]);
    }
    name
}

/// What a process is by itself.
fn name_of_process(process: &ProcessFacts) -> Vec<u8> {
    let mut name = vec![process.fork.map_or(2, u8::from)];
    name.extend(name_of_life(process.life));
    name.extend(name_of_stop(process.stop));
    for set in [process.ignored, process.caught, process.pending] {
        name.extend(name_of_set(set));
    }
    for thread in &process.threads {
        let facts = [thread.exited, thread.parked, thread.traced, thread.held];
        name.push(facts.into_iter().fold(0, |bits, fact| bits << 1 | u8::from(fact)));
        name.extend(name_of_set(thread.mask));
        name.extend(name_of_set(thread.pending));
        name.push(byte(thread.saved.len()));
        name.extend(thread.saved.iter().copied().flat_map(name_of_set));
    }
    name
}

fn byte(n: usize) -> u8 {
    u8::try_from(n).unwrap()
}

fn name_of_life(life: Life) -> [u8; 2] {
    let of = |end| match end {
        End::Exited(_) => 0,
        End::Killed(signal) | End::Dumped(signal) => signal.number(),
    };
    match life {
        Life::Alive => [0, 0],
        Life::Ending(end) => [1, of(end)],
        Life::Zombie(end) => [2, of(end)],
        Life::Reaped => [3, 0],
    }
}

fn name_of_stop(stop: Stop) -> [u8; 2] {
    match stop {
        Stop::No => [0, 0],
        Stop::Stopping(signal) => [1, signal.number()],
        Stop::Stopped(signal) => [2, signal.number()],
    }
}

/// The few signals that the small worlds know, a bit each.
fn name_of_set(set: SignalSet) -> [u8; 1] {
    const KNOWN: [Signal; 6] = [Signal::HUP, Signal::KILL, Signal::USR1, Signal::CONT, Signal::STOP, Signal::TSTP];
    assert!((set - SignalSet::of(&KNOWN)).is_empty(), "a signal that this world does not send: {set:?}");
    [KNOWN.iter().fold(0, |bits, &signal| bits << 1 | u8::from(set.contains(signal)))]
}
