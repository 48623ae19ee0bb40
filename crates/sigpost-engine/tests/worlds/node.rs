//! One state of the search: the model's world, alone or with the engine's system beside it.

use alloc::vec::Vec;

use sigpost_engine::{ForkTicket, GroupId, Pid, Placement, SessionId, System, Tables, ThreadSignals};

use crate::engine::{Engine, personality};
use crate::facts::{self, ProcessFacts};
use crate::invariants;
use crate::step::{self, Step, Told};
use crate::table::Os;
use crate::world::{Index, Life, Process, Thread, World};

/// What the search walks through.
pub(crate) trait Node: Sized {
    /// The state as the choice of steps and the pinned number see it.
    fn facts(&self) -> &[ProcessFacts];

    /// What else the state depends on, for each process.
    fn hidden(&self) -> Vec<Vec<u8>>;

    /// The state after a step; panics where a rule is broken on the way.
    fn after(&self, step: Step) -> Self;

    /// Panics where the state breaks a rule.
    fn check(&self);
}

/// The model, and for each process whether it has begun a fork, and whether its group was signalled since.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) world: World,
    pub(crate) forks: Vec<Option<bool>>,
    /// Its picture, once it was taken.
    facts: Vec<ProcessFacts>,
}

impl Model {
    pub(crate) fn new(world: World) -> Self {
        let forks = vec![None; world.processes.len()];
        Self { world, forks, facts: Vec::new() }.pictured()
    }

    fn pictured(mut self) -> Self {
        self.facts = facts::of_world(&self);
        self
    }

    /// The lowest number that nothing uses.
    pub(crate) fn free_number(&self) -> i32 {
        (2..100).find(|&number| invariants::is_free(&self.world, number)).unwrap()
    }

    fn make(&mut self, before: &World, step: Step) -> Told {
        let told = step::in_model(self, step);
        if !before.terminals.is_empty() {
            self.world.forget_empty_groups();
        }
        check_step(before, &self.world, step, &told);
        told
    }

    /// Forgets the process that is reaped, so that worlds do not grow.
    fn forget(&mut self, step: Step) {
        let Step::Wait(p) = step else { return };
        self.world.processes.remove(p);
        self.forks.remove(p);
        for parent in self.world.processes.iter_mut().filter_map(|process| process.parent.as_mut()) {
            *parent -= usize::from(*parent > p);
        }
    }
}

fn check_step(before: &World, after: &World, step: Step, told: &Told) {
    let number = match step {
        Step::Kill(_, signal) | Step::KillGroup(_, signal) | Step::Tgkill(_, _, signal) => signal.number(),
        _ => 0,
    };
    if let Told::Sent(outcome) = told {
        invariants::check_call(before, after, 0, i32::from(number), outcome);
    }
    if matches!(step, Step::Exit(_) | Step::Look(..)) {
        invariants::check_exit(before, after);
    }
    if let Step::KillGroup(group, sigpost_engine::Signal::KILL) = step {
        let survives = |&p: &Index| after.processes[p].life == Life::Alive;
        assert!(!after.members(group).iter().any(survives), "rule 15: a member of the killed group {group} lives on");
    }
    assert_eq!(after.processes[0].life, Life::Alive, "rule 12: init ended");
}

impl Node for Model {
    fn facts(&self) -> &[ProcessFacts] {
        &self.facts
    }

    /// On Linux, who was told to look.
    fn hidden(&self) -> Vec<Vec<u8>> {
        let told = |thread: &Thread| self.world.os == Os::Linux && thread.alive && thread.told;
        let from = |thread: &Thread| u8::from(told(thread)) << 1 | shown(thread);
        self.world.processes.iter().map(|process| process.threads.iter().map(from).collect()).collect()
    }

    fn after(&self, step: Step) -> Self {
        let mut next = self.clone();
        next.make(&self.world, step);
        next.forget(step);
        next.pictured()
    }

    fn check(&self) {
        invariants::check(&self.world);
    }
}

/// From which queue its tracer was shown what it holds a thread for.
fn shown(thread: &Thread) -> u8 {
    u8::from(thread.trace_stopped && thread.shown_of_process)
}

/// The engine, with the tickets of forks that have begun, and the model.
pub(crate) struct Pair {
    pub(crate) engine: Engine,
    pub(crate) tickets: Vec<Option<ForkTicket>>,
    pub(crate) model: Model,
    facts: Vec<ProcessFacts>,
}

impl Pair {
    pub(crate) fn new(mut world: World, threads: usize) -> Self {
        let mut engine = engine_of(&world);
        for _ in 1..threads {
            let number = engine.add_thread(1, 0);
            world.add_thread(1, number);
        }
        let tickets = vec![None; world.processes.len()];
        let mut pair = Self { engine, tickets, model: Model::new(world), facts: Vec::new() };
        pair.facts = facts::of_engine(&pair);
        pair
    }

    pub(crate) fn free_number(&self) -> Option<Pid> {
        Pid::new(self.model.free_number())
    }

    fn copy(&self) -> Self {
        let Engine { system, processes, threads, saved } = &self.engine;
        let engine = Engine {
            system: system.clone(),
            processes: processes.clone(),
            threads: threads.clone(),
            saved: saved.clone(),
        };
        let Model { world, forks, .. } = &self.model;
        let model = Model { world: world.clone(), forks: forks.clone(), facts: Vec::new() };
        Self { engine, tickets: self.tickets.clone(), model, facts: Vec::new() }
    }

    fn forget(&mut self, step: Step) {
        let Step::Wait(p) = step else { return };
        self.engine.processes.remove(p);
        self.engine.threads.remove(p);
        self.engine.saved.remove(p);
        self.tickets.remove(p);
    }
}

/// The engine's picture of a small world, in tables small enough to be copied often.
fn engine_of(world: &World) -> Engine {
    let mut system = System::new(personality(world.os), Tables::heap(16));
    let init = system.boot().unwrap();
    let main = system.main_thread(init).unwrap();
    let mut engine = Engine { system, processes: vec![init], threads: vec![vec![main]], saved: vec![vec![Vec::new()]] };
    for process in &world.processes[1..] {
        let placement = Placement {
            number: Pid::new(process.number),
            group: process.group.and_then(GroupId::new),
            session: SessionId::new(process.session).unwrap(),
            credentials: process.user,
        };
        let parent = engine.processes[process.parent.unwrap()];
        let key = engine.system.place(parent, &placement).unwrap();
        engine.add_process(key);
    }
    engine
}

impl Node for Pair {
    fn facts(&self) -> &[ProcessFacts] {
        &self.facts
    }

    /// Who has been told to look, which is the engine's own choice.
    fn hidden(&self) -> Vec<Vec<u8>> {
        let kicked = |&key: &_| self.engine.system.thread(key).is_some_and(ThreadSignals::is_kicked);
        let of_process = |keys: &Vec<_>| keys.iter().map(kicked).map(u8::from).collect::<Vec<_>>();
        let kicked = self.engine.threads.iter().map(of_process);
        let of_process = |process: &Process| process.threads.iter().map(shown).collect::<Vec<_>>();
        let shown = self.model.world.processes.iter().map(of_process);
        kicked.zip(shown).map(|(kicked, shown)| [kicked, shown].concat()).collect()
    }

    fn after(&self, step: Step) -> Self {
        let mut next = self.copy();
        let seen = step::in_engine(&mut next, step);
        let told = next.model.make(&self.model.world, step);
        step::compare(&next.engine, &seen, &told);
        while next.engine.system.next_work().is_some() {}
        next.forget(step);
        next.model.forget(step);
        if next.model.world.handlers_return {
            next.engine.saved.iter_mut().flatten().for_each(Vec::clear);
        }
        next.facts = facts::of_engine(&next);
        assert_eq!(next.facts, facts::of_world(&next.model), "the engine (left) and the model after {step:?}");
        next
    }

    fn check(&self) {
        self.engine.compare(&self.model.world);
        self.model.check();
    }
}
