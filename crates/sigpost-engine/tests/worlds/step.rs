//! A step: what it is, and how the engine and the model make it.

use sigpost_engine::{
    ActionFlags, ChildStatus, Delivery, Disposition, KillError, Receipt, SetGroupError, Signal, SignalInfo,
};

use crate::engine::Engine;
use crate::node::{Model, Pair};
use crate::take::Next;
use crate::world::{self, Index, Outcome, World};

/// Processes and threads are meant by their order of creation; sends come from process 0, init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Kill(Index, Signal),
    KillGroup(i32, Signal),
    Tgkill(Index, usize, Signal),
    Block(Index, usize, Signal),
    Unblock(Index, usize, Signal),
    SetAction(Index, Signal, world::Action),
    /// The thread looks for signals, as it does before it goes back to its program.
    Look(Index, usize),
    /// The handler that began last returns.
    Return(Index, usize),
    /// init begins to trace every thread.
    Trace(Index),
    LetGo(Index, usize, Option<Signal>),
    /// init lets every thread go for good.
    Detach(Index),
    Fork(Index),
    ForkBegin(Index),
    ForkCommit(Index),
    Exit(Index),
    Wait(Index),
    Setpgid(Index, i32),
    Setsid(Index),
}

/// The engine's side of a step, as far as a caller sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Sent(Result<(), sigpost_engine::Errno>, Vec<Receipt>),
    Delivered(Delivery),
    Result(Result<(), ()>),
}

/// The model's side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Sent(Outcome),
    Does(Next),
    Result(Result<(), ()>),
}

pub(crate) fn in_engine(pair: &mut Pair, step: Step) -> Seen {
    let engine = &mut pair.engine;
    let mut receipts = Vec::new();
    let mut note = |receipt: Receipt| receipts.push(receipt);
    let (system, init) = (&mut engine.system, engine.processes[0]);
    let number_of = |signal: Signal| i32::from(signal.number());
    let result = match step {
        Step::Kill(p, signal) => {
            let number = system.pid(engine.processes[p]).unwrap().get();
            system.kill(init, number, number_of(signal), &mut note)
        }
        Step::KillGroup(group, signal) => {
            assert!(group > 1, "group {group} is not one of this world's");
            system.kill(init, -group, number_of(signal), &mut note)
        }
        Step::Tgkill(p, t, signal) => {
            let number = system.pid(engine.processes[p]).unwrap().get();
            let thread = system.thread_id(engine.threads[p][t]).unwrap().get();
            system.tgkill(init, number, thread, number_of(signal), &mut note)
        }
        Step::Fork(_) | Step::ForkBegin(_) | Step::ForkCommit(_) => return fork_in_engine(pair, step),
        _ => return call_engine(engine, step, pair.model.world.handlers_return),
    };
    Seen::Sent(result.map_err(KillError::errno), receipts)
}

fn call_engine(engine: &mut Engine, step: Step, handlers_return: bool) -> Seen {
    let system = &mut engine.system;
    match step {
        Step::Block(p, t, signal) | Step::Unblock(p, t, signal) => {
            let key = engine.threads[p][t];
            let mut mask = system.thread(key).unwrap().mask().set();
            if matches!(step, Step::Block(..)) {
                mask.insert(signal);
            } else {
                mask.remove(signal);
            }
            system.set_mask(key, mask.into()).unwrap();
        }
        Step::SetAction(p, signal, action) => {
            let to = match action {
                world::Action::Default => Disposition::Default,
                world::Action::Ignore => Disposition::Ignore,
                world::Action::Catch => {
                    let flags = if handlers_return { ActionFlags::NODEFER } else { ActionFlags::NONE };
                    Disposition::Catch(sigpost_engine::Action { flags, ..sigpost_engine::Action::default() })
                }
            };
            system.sigaction(engine.processes[p], signal, to).unwrap();
        }
        Step::Look(p, t) => return Seen::Delivered(engine.deliver(p, t)),
        Step::Return(p, t) => {
            let mask = engine.saved[p][t].pop().unwrap();
            system.sigreturn(engine.threads[p][t], mask).unwrap();
        }
        Step::Trace(p) => {
            for &thread in &engine.threads[p] {
                system.trace(engine.processes[0], thread).unwrap();
            }
        }
        Step::LetGo(p, t, inject) => {
            let inject = inject.map(SignalInfo::kernel);
            let delivery = system.trace_continue(engine.processes[0], engine.threads[p][t], inject).unwrap();
            return Seen::Delivered(engine.obey(p, t, delivery));
        }
        Step::Detach(p) => {
            for t in 0..engine.threads[p].len() {
                let delivery = engine.system.trace_detach(engine.processes[0], engine.threads[p][t], None).unwrap();
                engine.obey(p, t, delivery);
            }
        }
        Step::Exit(p) => system.exit(engine.processes[p], 0).unwrap(),
        Step::Wait(child) => {
            let child = engine.processes[child];
            let parent = system.parent(child).unwrap();
            let news = system.wait(parent, Some(child)).unwrap();
            assert!(matches!(news, Some((_, ChildStatus::Ended(_)))), "wait says {news:?}");
        }
        Step::Setpgid(p, group) => {
            return Seen::Result(
                system.setpgid(engine.processes[p], 0, group).map_err(SetGroupError::errno).map_err(drop),
            );
        }
        Step::Setsid(p) => return Seen::Result(system.setsid(engine.processes[p]).map(drop).map_err(drop)),
        _ => panic!("no call: {step:?}"),
    }
    Seen::Result(Ok(()))
}

fn fork_in_engine(pair: &mut Pair, step: Step) -> Seen {
    let number = pair.free_number();
    let engine = &mut pair.engine;
    let child = match step {
        Step::ForkBegin(p) => {
            pair.tickets[p] = Some(engine.system.fork_begin(engine.threads[p][0]));
            return Seen::Result(Ok(()));
        }
        Step::ForkCommit(p) => engine.system.fork_commit(pair.tickets[p].take().unwrap(), number),
        Step::Fork(p) => engine.system.fork_as(engine.threads[p][0], number),
        _ => panic!("no fork: {step:?}"),
    };
    let Ok(child) = child else { return Seen::Result(Err(())) };
    engine.add_process(child);
    pair.tickets.push(None);
    Seen::Result(Ok(()))
}

pub(crate) fn in_model(model: &mut Model, step: Step) -> Told {
    let world = &mut model.world;
    let number_of = |signal: Signal| i32::from(signal.number());
    let outcome = match step {
        Step::Kill(p, signal) => world.kill(0, world.processes[p].number, number_of(signal)),
        Step::KillGroup(group, signal) => {
            for p in world.members(group) {
                model.forks[p] = model.forks[p].map(|_| true);
            }
            world.kill(0, -group, number_of(signal))
        }
        Step::Tgkill(p, t, signal) => {
            let process = &world.processes[p];
            world.tgkill(0, process.number, process.threads[t].number, number_of(signal))
        }
        Step::Fork(_) | Step::ForkBegin(_) | Step::ForkCommit(_) => return fork_in_model(model, step),
        _ => return call_model(world, step),
    };
    Told::Sent(outcome)
}

fn call_model(world: &mut World, step: Step) -> Told {
    match step {
        Step::Block(p, t, signal) | Step::Unblock(p, t, signal) => {
            let mut mask = world.processes[p].threads[t].mask.clone();
            if matches!(step, Step::Block(..)) {
                mask.insert(signal);
            } else {
                mask.remove(&signal);
            }
            world.set_mask(p, t, mask);
        }
        Step::SetAction(p, signal, action) => {
            world.set_action(p, signal, action).unwrap();
            crate::invariants::check_action(world, p, signal);
        }
        Step::Look(p, t) => return Told::Does(look(world, p, t)),
        Step::Return(p, t) => world.sigreturn(p, t),
        Step::Trace(p) => {
            for thread in &mut world.processes[p].threads {
                thread.traced = true;
            }
            world.wake_takers(p);
        }
        Step::LetGo(p, t, inject) => return Told::Does(go_on(world, p, t, inject)),
        Step::Detach(p) => {
            for t in 0..world.processes[p].threads.len() {
                world.processes[p].threads[t].traced = false;
                if world.processes[p].threads[t].trace_stopped {
                    go_on(world, p, t, None);
                }
            }
            world.wake_takers(p);
        }
        Step::Exit(p) => world.exit(p, 0),
        Step::Wait(child) => {
            let parent = world.processes[child].parent.unwrap();
            world.reap(parent, child).unwrap();
        }
        Step::Setpgid(p, group) => return Told::Result(world.setpgid(p, p, group).map_err(drop)),
        Step::Setsid(p) => return Told::Result(world.setsid(p).map_err(drop)),
        _ => panic!("no call: {step:?}"),
    }
    Told::Result(Ok(()))
}

/// A fork that has begun goes on if the group was not signalled since, and the parent has nothing to take and is not
/// about to end.
fn fork_in_model(model: &mut Model, step: Step) -> Told {
    let (p, signalled) = match step {
        Step::ForkBegin(p) => {
            model.forks[p] = Some(false);
            return Told::Result(Ok(()));
        }
        Step::ForkCommit(p) => (p, model.forks[p].take().unwrap()),
        Step::Fork(p) => (p, false),
        _ => panic!("no fork: {step:?}"),
    };
    if signalled || model.world.processes[p].life != world::Life::Alive || model.world.has_to_look(p, 0) {
        return Told::Result(Err(()));
    }
    let number = model.free_number();
    model.world.fork(p, 0, number, false);
    model.forks.push(None);
    Told::Result(Ok(()))
}

/// The engine passes over signals of which nothing comes.
fn look(world: &mut World, p: Index, t: usize) -> Next {
    loop {
        let next = world.take(p, t);
        if !matches!(next, Next::Ignores(_)) {
            return next;
        }
    }
}

fn go_on(world: &mut World, p: Index, t: usize, inject: Option<Signal>) -> Next {
    match world.resume_tracee(p, t, inject) {
        Next::Nothing | Next::Ignores(_) => look(world, p, t),
        next => next,
    }
}

/// Panics where the two sides of a step differ.
pub(crate) fn compare(engine: &Engine, seen: &Seen, told: &Told) {
    match (seen, told) {
        (Seen::Sent(result, receipts), Told::Sent(outcome)) => {
            assert_eq!(*result, outcome.result, "result");
            assert_eq!(receipts.len(), outcome.receipts.len(), "as many receipts: {receipts:?}, {outcome:?}");
            for ours in &outcome.receipts {
                let theirs = receipts.iter().find(|receipt| engine.index_of(receipt) == ours.process).unwrap();
                let agreed = theirs.verdict == ours.verdict || ours.also.contains(&theirs.verdict);
                assert!(agreed, "at {}: the engine says {}, the model {ours:?}", ours.process, theirs.verdict);
            }
        }
        (Seen::Result(theirs), Told::Result(ours)) => assert_eq!(theirs, ours, "result"),
        (Seen::Delivered(theirs), Told::Does(ours)) => compare_delivery(theirs, ours),
        _ => panic!("{seen:?} is no answer like {told:?}"),
    }
}

fn compare_delivery(theirs: &Delivery, ours: &Next) {
    let agreed = match (theirs, ours) {
        (Delivery::Nothing, Next::Nothing) | (Delivery::Stop, Next::Stops) => true,
        (Delivery::Handler(call), Next::Handles(entry)) => call.info.signal == entry.signal,
        (Delivery::TraceStop(info), Next::Tells(signal)) => info.signal == *signal,
        (Delivery::End(theirs), Next::Ends(ours)) => crate::engine::end(*theirs) == *ours,
        _ => false,
    };
    assert!(agreed, "the engine delivers {theirs:?}, the model {ours:?}");
}
