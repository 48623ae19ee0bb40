//! Random steps on the model alone: the rules that hold everywhere are asked after each.

use proptest::prelude::{ProptestConfig, prop};
use proptest::test_runner::RngSeed;
use proptest::test_runner::TestRunner;

use sigpost_engine::Verdict;

use crate::invariants::{check, check_action, check_call, check_exit};
use crate::operation::{Operation, operation, set_of, small_world};
use crate::table::Os;
use crate::take::{Next, has_threads};
use crate::world::{Life, Outcome, World};

/// How many sequences: `SIGPOST_CASES`, or so many.
pub(crate) fn cases(otherwise: u32) -> u32 {
    std::env::var("SIGPOST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

pub(crate) fn runner(otherwise: u32) -> TestRunner {
    // The same steps every time, so that a red test is a change of the code; more cases (SIGPOST_CASES) come with
    // steps of their own.
    let cases = cases(otherwise);
    let rng_seed = if cases == otherwise { RngSeed::Fixed(0x5167_9057) } else { RngSeed::Random };
    TestRunner::new(ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() })
}

/// One step, with the rules that are about a step.
pub(crate) fn step(world: &mut World, operation: &Operation) -> Option<Outcome> {
    world.forget_empty_groups();
    let before = world.clone();
    if let Some((sender, signal, outcome)) = world.send_step(operation) {
        check_call(&before, world, sender, signal, &outcome);
        check_immunity(&before, world);
        return Some(outcome);
    }
    let outcome = kernel_step(world, operation);
    if outcome.is_none() {
        other_step(world, operation);
    }
    if matches!(operation, Operation::Exit(_) | Operation::Take(..)) {
        check_exit(&before, world);
    }
    check_immunity(&before, world);
    outcome
}

fn check_immunity(before: &World, after: &World) {
    assert_eq!(after.processes[0].life, Life::Alive, "rule 12: init ended");
    assert_eq!(after.processes[0].stop, before.processes[0].stop, "rule 12: init stopped");
}

/// The kernel's own sends.
pub(crate) fn kernel_step(world: &mut World, operation: &Operation) -> Option<Outcome> {
    match *operation {
        Operation::Psignal(p, signal) => {
            let p = world.pick(p);
            (!world.is_spared(p, signal)).then(|| world.psignal(p, signal))
        }
        Operation::Tdsignal(p, t, signal) => {
            let p = world.pick_alive(p);
            let t = world.pick_thread(p, t);
            (!world.is_spared(p, signal)).then(|| world.tdsignal(p, t, signal))
        }
        Operation::Gsignal(p, signal) => {
            let group = world.processes[world.pick(p)].group.unwrap_or(0);
            (signal.is_catchable() || group != world.processes[0].group.unwrap_or(0))
                .then(|| world.gsignal(group, signal))
        }
        Operation::Pgsignal(p, signal, checkctty) => {
            let group = world.processes[world.pick(p)].group;
            (signal.is_catchable() || group != world.processes[0].group)
                .then(|| world.pgsignal(group, signal, checkctty))
        }
        _ => None,
    }
}

/// A step that sends nothing itself.
fn other_step(world: &mut World, operation: &Operation) {
    match operation {
        Operation::SetAction(p, signal, action) => {
            let p = world.pick_alive(*p);
            if world.set_action(p, *signal, *action).is_ok() {
                check_action(world, p, *signal);
            }
        }
        Operation::SetMask(p, t, mask) => {
            let p = world.pick_alive(*p);
            let t = world.pick_thread(p, *t);
            if world.can_call(p, t) {
                world.set_mask(p, t, set_of(mask));
            }
        }
        Operation::Take(p, t) => {
            let p = world.pick(*p);
            let (t, stopped) = (world.pick_thread(p, *t), world.is_stopped(p));
            let next = world.take(p, t);
            assert!(!stopped || !matches!(next, Next::Handles(_)), "rule 3: a stopped process ran {next:?}");
        }
        Operation::Sigreturn(p, t) => {
            let p = world.pick_alive(*p);
            let t = world.pick_thread(p, *t);
            if world.can_call(p, t) {
                world.sigreturn(p, t);
            }
        }
        // sigwait came with threads.
        Operation::WaitFor(..) if !has_threads(world.os) => {}
        Operation::Sleep(p, t, _) | Operation::WakeUp(p, t) | Operation::WaitFor(p, t, _) => {
            let p = world.pick_alive(*p);
            let t = world.pick_thread(p, *t);
            if world.can_call(p, t) || matches!(operation, Operation::WakeUp(..)) {
                sleep_step(world, p, t, operation);
            }
        }
        _ => life_step(world, operation),
    }
}

fn sleep_step(world: &mut World, p: usize, t: usize, operation: &Operation) {
    match operation {
        Operation::Sleep(_, _, activity) => world.sleep(p, t, *activity),
        Operation::WaitFor(_, _, set) => world.wait_for(p, t, set_of(set)),
        _ => world.wake_up(p, t),
    }
}

fn life_step(world: &mut World, operation: &Operation) {
    match *operation {
        Operation::Trace(p, traced) => {
            let p = world.pick_alive(p);
            let held = world.processes[p].threads.iter().any(|thread| thread.trace_stopped);
            if p != 0 && !held {
                for t in 0..world.processes[p].threads.len() {
                    world.set_traced(p, t, traced);
                }
            }
        }
        Operation::ResumeTracee(p, t, signal) => {
            let p = world.pick(p);
            world.resume_tracee(p, world.pick_thread(p, t), signal);
        }
        Operation::Fork(p, t, ..) if world.cannot_fork(p, t) => {}
        Operation::Fork(p, t, number, vfork) if world.may_be_given(number) && !world.forks_in_vain(p, t) => {
            let p = world.pick_alive(p);
            world.fork(p, world.pick_thread(p, t), number, vfork);
        }
        Operation::NewThread(p, number) if world.may_be_given(number) && has_threads(world.os) => {
            let p = world.pick_alive(p);
            if world.may_have_another_thread(p) {
                world.add_thread(p, number);
            }
        }
        _ => end_step(world, operation),
    }
}

fn end_step(world: &mut World, operation: &Operation) {
    match *operation {
        Operation::ExitThread(p, t) => {
            let p = world.pick_alive(p);
            let t = world.pick_thread(p, t);
            if t != 0 && world.can_end(p, t) {
                world.exit_thread(p, t);
            }
        }
        Operation::Exec(p) => {
            let p = world.pick_alive(p);
            if world.can_call(p, 0) {
                world.exec(p);
            }
        }
        Operation::Exit(p) => {
            let p = world.pick_alive(p);
            if p != 0 {
                world.exit(p, 0);
            }
        }
        Operation::Reap(p) => {
            let child = world.pick(p);
            if let Some(parent) = world.processes[child].parent {
                let zombie = matches!(world.processes[child].life, Life::Zombie(_));
                assert_eq!(world.reap(parent, child).is_ok(), zombie);
            }
        }
        Operation::Setpgid(p, group) => {
            let p = world.pick_alive(p);
            let group = world.processes[world.pick(group)].group.unwrap_or(0);
            let _ = world.setpgid(p, p, group);
        }
        Operation::Setsid(p) => {
            let p = world.pick_alive(p);
            let _ = world.setsid(p);
        }
        _ => {}
    }
}

#[test]
fn the_rules_hold_after_every_random_step_of_the_model() {
    let sequences = prop::collection::vec(operation(), 1..60);
    runner(100)
        .run(&sequences, |operations| {
            for os in Os::ALL {
                let mut world = small_world(os);
                for operation in &operations {
                    step(&mut world, operation);
                    check(&world);
                }
            }
            Ok(())
        })
        .unwrap();
}

/// A guard against an idle generator: random steps reach every verdict.
#[test]
fn random_steps_reach_every_verdict() {
    let mut seen = alloc::collections::BTreeSet::new();
    let sequences = prop::collection::vec(operation(), 60);
    let counted = core::cell::RefCell::new(&mut seen);
    runner(250)
        .run(&sequences, |operations| {
            for os in Os::ALL {
                let mut world = small_world(os);
                for operation in &operations {
                    let outcome = step(&mut world, operation);
                    counted.borrow_mut().extend(outcome.into_iter().flat_map(|o| o.receipts).map(|t| t.verdict));
                }
            }
            Ok(())
        })
        .unwrap();
    let missing: Vec<_> = Verdict::ALL.into_iter().filter(|verdict| !seen.contains(verdict)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}
