//! The engine held to the model: the same random steps in both, everything compared after each.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what is not as it should be ends the test")]

mod life;

use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use proptest::prelude::{TestCaseError, prop};
use sigpost_engine::{
    Code as TheirCode, Delivery, Disposition, KillError, Receipt, SigactionError, SignalInfo, SignalSet,
};

use crate::engine::{Engine, activity_for, end};
use crate::operation::{Operation, operation, set_of, small_world};
use crate::random::runner;
use crate::table::{self, Os};
use crate::take::{Next, has_threads};
use crate::world::{self, Code, Entry, Index, Life, Outcome, World};

struct Pair {
    world: World,
    engine: Engine,
}

impl Pair {
    fn new(os: Os) -> Self {
        let mut world = small_world(os);
        // The engine gives its threads numbers of its own choice.
        for process in &mut world.processes {
            process.threads.truncate(1);
        }
        let mut engine = Engine::of(&world);
        if has_threads(os) {
            for _ in 0..2 {
                let number = engine.add_thread(2, 0);
                world.add_thread(2, number);
            }
        }
        Self { world, engine }
    }

    fn step(&mut self, operation: &Operation) {
        self.world.forget_empty_groups();
        self.send_step(operation);
        self.engine.tell_who_woke(&mut self.world);
        while self.engine.system.next_work().is_some() {}
        self.engine.compare(&self.world);
        crate::invariants::check(&self.world);
    }

    fn send_step(&mut self, operation: &Operation) {
        let Self { world, engine } = self;
        let mut told: Vec<Receipt> = Vec::new();
        let mut note = |receipt: Receipt| told.push(receipt);
        let system = &mut engine.system;
        let theirs = match *operation {
            Operation::Kill(p, id, signal) => {
                let (p, id) = (world.pick_alive(p), world.number_of(id));
                system.kill(engine.processes[p], id, signal, &mut note)
            }
            Operation::Killpg(p, id, signal) => {
                let (p, id) = (world.pick_alive(p), world.killpg_number(id));
                system.killpg(engine.processes[p], id, signal, &mut note)
            }
            Operation::Raise(p, t, signal) => {
                let p = world.pick_alive(p);
                system.raise(engine.threads[p][world.pick_thread(p, t)], signal, &mut note)
            }
            Operation::Tgkill(p, to, t, signal) if has_threads(world.os) => {
                let (p, to) = (world.pick_alive(p), world.pick_alive(to));
                let (process, thread) = (&world.processes[to], world.pick_thread(to, t));
                let thread = process.threads[thread].number;
                system.tgkill(engine.processes[p], process.number, thread, signal, &mut note)
            }
            Operation::Sigqueue(p, id, signal, value) if table::queue(world.os) != table::Queue::None => {
                let (p, id) = (world.pick_alive(p), world.number_of(id));
                system.sigqueue(engine.processes[p], id, signal, value.into(), &mut note)
            }
            _ => return self.kernel_step(operation),
        };
        let (_, _, ours) = world.send_step(operation).unwrap();
        assert_eq!(theirs.map_err(KillError::errno), ours.result, "result");
        self.compare_receipts(&told, &ours);
    }

    /// The kernel's own sends.
    fn kernel_step(&mut self, operation: &Operation) {
        let Some(ours) = crate::random::kernel_step(&mut self.world.clone(), operation) else {
            return self.other_step(operation);
        };
        let Self { world, engine } = self;
        let mut told: Vec<Receipt> = Vec::new();
        let mut note = |receipt: Receipt| told.push(receipt);
        let system = &mut engine.system;
        match *operation {
            Operation::Psignal(p, signal) => {
                system.psignal(engine.processes[world.pick(p)], signal, &mut note).unwrap();
            }
            Operation::Tdsignal(p, t, signal) => {
                let p = world.pick_alive(p);
                system.tdsignal(engine.threads[p][world.pick_thread(p, t)], signal, &mut note).unwrap();
            }
            Operation::Gsignal(p, signal) => {
                let group = world.processes[world.pick(p)].group.unwrap_or(0);
                system.gsignal(group, signal, &mut note);
            }
            Operation::Pgsignal(p, signal, checkctty) => {
                let group = system.group(engine.processes[world.pick(p)]);
                system.pgsignal(group, signal, checkctty, &mut note).unwrap();
            }
            _ => {}
        }
        crate::random::kernel_step(world, operation);
        self.compare_receipts(&told, &ours);
    }

    fn compare_receipts(&self, theirs: &[Receipt], ours: &Outcome) {
        let mut left: Vec<_> = theirs.iter().collect();
        for told in &ours.receipts {
            let at = left.iter().position(|receipt| self.engine.index_of(receipt) == told.process);
            let receipt = left.remove(at.unwrap_or_else(|| panic!("no receipt for {}", told.process)));
            let agreed = receipt.verdict == told.verdict || told.also.contains(&receipt.verdict);
            assert!(agreed, "at {}: the engine says {}, the model {told:?}", told.process, receipt.verdict);
            assert_eq!(receipt.info_lost, told.info_lost, "information lost at {}", told.process);
        }
        assert!(left.is_empty(), "receipts that the model does not give: {left:?}");
    }

    fn other_step(&mut self, operation: &Operation) {
        let Self { world, engine } = self;
        let system = &mut engine.system;
        match operation {
            Operation::SetAction(p, signal, action) => {
                let p = world.pick_alive(*p);
                if i32::from(signal.number()) > table::highest_signal(world.os) {
                    return;
                }
                let to = match action {
                    world::Action::Default => Disposition::Default,
                    world::Action::Ignore => Disposition::Ignore,
                    world::Action::Catch => Disposition::Catch(sigpost_engine::Action::default()),
                };
                let theirs = system.sigaction(engine.processes[p], *signal, to).map(drop);
                assert_eq!(theirs.map_err(SigactionError::errno), world.set_action(p, *signal, *action));
            }
            Operation::SetMask(p, t, mask) => {
                let p = world.pick_alive(*p);
                let t = world.pick_thread(p, *t);
                if world.can_call(p, t) {
                    let set: SignalSet = mask.iter().copied().collect();
                    system.set_mask(engine.threads[p][t], set.into()).unwrap();
                    world.set_mask(p, t, set_of(mask));
                }
            }
            Operation::Sigreturn(p, t) => {
                let p = world.pick_alive(*p);
                let t = world.pick_thread(p, *t);
                if world.can_call(p, t) {
                    if let Some(mask) = engine.saved[p][t].pop() {
                        system.sigreturn(engine.threads[p][t], mask).unwrap();
                    }
                    world.sigreturn(p, t);
                }
            }
            Operation::Take(p, t) => {
                let p = world.pick(*p);
                self.take(p, self.world.pick_thread(p, *t));
            }
            // sigwait came with threads.
            Operation::WaitFor(..) if !has_threads(world.os) => {}
            Operation::Sleep(p, t, _) | Operation::WakeUp(p, t) | Operation::WaitFor(p, t, _) => {
                let p = world.pick_alive(*p);
                let t = world.pick_thread(p, *t);
                if world.can_call(p, t) || matches!(operation, Operation::WakeUp(..)) {
                    self.sleep_step(p, t, operation);
                }
            }
            _ => self.trace_step(operation),
        }
    }

    fn sleep_step(&mut self, p: Index, t: usize, operation: &Operation) {
        let Self { world, engine } = self;
        let key = engine.threads[p][t];
        let system = &mut engine.system;
        match operation {
            Operation::Sleep(_, _, activity) => {
                system.set_activity(key, activity_for(*activity)).unwrap();
                world.sleep(p, t, *activity);
            }
            Operation::WaitFor(_, _, set) => {
                system.sigwait_begin(key, set.iter().copied().collect()).unwrap();
                world.wait_for(p, t, set_of(set));
                // As a host does: poll at once, and sleep only if nothing is there.
                if world.has_waited_signal(p, t) {
                    system.set_activity(key, sigpost_engine::Activity::Running).unwrap();
                    self.take(p, t);
                } else {
                    system.set_activity(key, sigpost_engine::Activity::Interruptible).unwrap();
                }
            }
            _ => {
                system.set_activity(key, sigpost_engine::Activity::Running).unwrap();
                if world.processes[p].threads[t].waits.is_some() {
                    system.sigwait_end(key).unwrap();
                }
                world.wake_up(p, t);
            }
        }
    }

    /// A thread that runs takes what it finds.
    fn take(&mut self, p: Index, t: usize) {
        let thread = &self.world.processes[p].threads[t];
        let awake = thread.alive && thread.activity == world::Activity::Running;
        let ending = matches!(self.world.processes[p].life, Life::Ending(_));
        let alive = self.world.processes[p].life == Life::Alive;
        let looks = ending || (alive && !thread.parked && !thread.trace_stopped);
        if !(awake && looks) {
            return;
        }
        let waited = alive && thread.waits.is_some() && !self.world.is_stopped(p);
        let next = self.take_in_model(p, t);
        let key = self.engine.threads[p][t];
        if let Next::Accepts(entry) = &next {
            let info = self.engine.system.sigwait_poll(key).unwrap();
            return compare_info(entry, &info.expect("the model accepts a signal"));
        }
        if waited {
            assert_eq!(self.engine.system.sigwait_poll(key).unwrap(), None, "the engine accepts a signal");
        }
        let delivery = self.engine.deliver(p, t);
        if waited && self.world.processes[p].threads[t].waits.is_none() && self.engine.system.thread(key).is_some() {
            self.engine.system.sigwait_end(key).unwrap();
        }
        compare_next(&next, &delivery);
    }

    /// The engine passes over signals of which nothing comes.
    fn take_in_model(&mut self, p: Index, t: usize) -> Next {
        loop {
            let next = self.world.take(p, t);
            if !matches!(next, Next::Ignores(_)) {
                return next;
            }
        }
    }
}

fn compare_next(ours: &Next, theirs: &Delivery) {
    match (ours, theirs) {
        (Next::Nothing, Delivery::Nothing) | (Next::Stops, Delivery::Stop) => {}
        (Next::Handles(entry), Delivery::Handler(call)) => compare_info(entry, &call.info),
        (Next::Tells(signal), Delivery::TraceStop(info)) => assert_eq!(*signal, info.signal, "told to the tracer"),
        (Next::Ends(ours), Delivery::End(theirs)) => assert_eq!(*ours, end(*theirs), "end"),
        _ => panic!("the engine delivers {theirs:?}, the model {ours:?}"),
    }
}

fn compare_info(ours: &Entry, theirs: &SignalInfo) {
    assert_eq!(ours.signal, theirs.signal, "signal delivered");
    let (code, sender, value) = if ours.complete {
        let code = match ours.code {
            Code::User => Some(TheirCode::USER),
            Code::Tkill => Some(TheirCode::TKILL),
            Code::Queue => Some(TheirCode::QUEUE),
            Code::Kernel => Some(TheirCode::KERNEL),
            Code::Child => None,
        };
        (code, ours.sender, ours.value)
    } else {
        (Some(TheirCode::USER), 0, 0)
    };
    assert!(code.is_none_or(|code| code == theirs.code), "code of {ours:?}: {theirs:?}");
    assert_eq!(sender, theirs.pid, "sender of {ours:?}");
    assert!(code.is_none() || i64::from(value) == theirs.value, "value of {ours:?}: {theirs:?}");
}

fn run(os: Os, operations: &[Operation]) -> Result<(), TestCaseError> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut pair = Pair::new(os);
        pair.engine.compare(&pair.world);
        for operation in operations {
            pair.step(operation);
        }
    }));
    outcome.map_err(|cause| {
        let text = cause.downcast_ref::<String>().cloned();
        let text = text.or_else(|| cause.downcast_ref::<&str>().map(ToString::to_string));
        TestCaseError::fail(format!("{os:?}: {}", text.unwrap_or_default()))
    })
}

fn the_engine_does_as_the_model(os: Os) {
    let sequences = prop::collection::vec(operation(), 1..80);
    runner(100).run(&sequences, |operations| run(os, &operations)).unwrap();
}

#[test]
fn under_linux_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::Linux);
}

#[test]
fn under_freebsd_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::FreeBsd);
}

#[test]
fn under_posix_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::Posix);
}

#[test]
fn under_bsd43_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::Bsd43);
}

#[test]
fn under_bsd44_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::Bsd44);
}

#[test]
fn under_aixrt_the_engine_does_as_the_model() {
    the_engine_does_as_the_model(Os::AixRt);
}
