//! One test a row of the table: two systems or more that answer differently, and what each answers.

mod posting;
mod stopping;
mod targets;
mod verdicts;

use alloc::collections::BTreeSet;

use sigpost_engine::{Credentials, Errno, Signal, Verdict};

use crate::invariants::check;
use crate::table::Os::{self, AixRt, Bsd43, Bsd44, FreeBsd, Linux, Posix};
use crate::take::Next;
use crate::world::{Action, Activity, Entry, Index, Outcome, Stop, World};

const INIT: Index = 0;
const SH: Index = 1;
const A: Index = 2;
const B: Index = 3;

const NOBODY: i32 = 99;
const TERM: i32 = 15;
const USR1: i32 = 10;
const RTMIN: i32 = 34;

/// init; sh (2) of user 1000, which leads group 2 and session 2; a (3) and b (4), its children, in group 3.
fn family(os: Os) -> World {
    let mut world = World::new(os);
    let user = Credentials::user(1000);
    world.add(2, Some(INIT), Some(2), 2, user);
    world.add(3, Some(SH), Some(3), 2, user);
    world.add(4, Some(SH), Some(3), 2, user);
    world
}

fn with_users(os: Os, a: Credentials, b: Credentials) -> World {
    let mut world = family(os);
    world.processes[A].user = a;
    world.processes[B].user = b;
    world
}

fn ids(real: u32, effective: u32, saved: u32) -> Credentials {
    Credentials::ids(real, effective, saved).unprivileged()
}

/// The same question to all, and which systems give which answer.
fn answers<T: PartialEq + core::fmt::Debug>(question: impl Fn(Os) -> T, expected: &[(&[Os], T)]) {
    let mut asked = BTreeSet::new();
    for (systems, answer) in expected {
        for &os in *systems {
            assert_eq!(&question(os), answer, "{os:?}");
            asked.insert(os);
        }
    }
    assert_eq!(asked.len(), Os::ALL.len(), "every system is asked");
}

fn verdict(outcome: &Outcome) -> Verdict {
    check_one(outcome);
    outcome.receipts[0].verdict
}

fn check_one(outcome: &Outcome) {
    assert_eq!(outcome.receipts.len(), 1, "{outcome:?}");
}

fn result_and_verdicts(outcome: &Outcome) -> (Result<(), Errno>, Vec<(Index, Verdict)>) {
    (outcome.result, outcome.verdicts())
}

fn result(outcome: &Outcome) -> Result<(), Errno> {
    outcome.result
}

fn set(signals: &[Signal]) -> BTreeSet<Signal> {
    signals.iter().copied().collect()
}

fn block(world: &mut World, p: Index, signals: &[Signal]) {
    world.set_mask(p, 0, set(signals));
}

/// Lets every thread act until nothing more happens.
fn settle(world: &mut World) {
    loop {
        let before = world.clone();
        for p in 0..world.processes.len() {
            for t in 0..world.processes[p].threads.len() {
                world.take(p, t);
            }
        }
        check(world);
        if *world == before {
            return;
        }
    }
}

fn stop(world: &mut World, p: Index) {
    world.psignal(p, Signal::STOP);
    settle(world);
    assert_eq!(world.processes[p].stop, Stop::Stopped(Signal::STOP));
}

fn pending(world: &World, p: Index) -> Vec<Signal> {
    world.processes[p].pending.iter().map(|entry| entry.signal).collect()
}

fn handled(next: &Next) -> Option<Signal> {
    match next {
        Next::Handles(Entry { signal, .. }) => Some(*signal),
        _ => None,
    }
}

const ALL: &[Os] = &Os::ALL;
const BSD: &[Os] = &[Bsd43, Bsd44, AixRt];
const NEW: &[Os] = &[Linux, FreeBsd, Posix];
