//! W3: up to four processes of one group, forks in two steps, and the group's KILL, CONT and STOP in between. No child
//! escapes: after the group's KILL nobody in it lives on, nor is born.

use alloc::vec::Vec;

use sigpost_engine::{Credentials, Signal};

use crate::bounds::{count, is_deep};
use crate::facts::ProcessFacts;
use crate::step::Step;
use crate::table::Os;
use crate::world::{Life, Stop, World};

const GROUP: i32 = 2;

fn steps(facts: &[ProcessFacts], processes: usize, signals: &[Signal]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (p, process) in facts.iter().enumerate().skip(1) {
        match process.life {
            Life::Zombie(_) => steps.push(Step::Wait(p)),
            Life::Reaped => {}
            Life::Ending(_) => steps.push(Step::Look(p, 0)),
            Life::Alive => add_fork(&mut steps, facts, p, processes),
        }
    }
    if facts.iter().any(|process| process.group == GROUP) {
        steps.extend(signals.iter().map(|&signal| Step::KillGroup(GROUP, signal)));
    }
    steps
}

/// The second step of a fork is made also while its process is stopped: the host may have come so far.
fn add_fork(steps: &mut Vec<Step>, facts: &[ProcessFacts], p: usize, processes: usize) {
    let process = &facts[p];
    if !process.threads[0].parked {
        steps.push(Step::Look(p, 0));
    }
    let runs = process.stop == Stop::No;
    if runs {
        steps.push(Step::Exit(p));
    }
    match process.fork {
        None if runs => steps.push(Step::ForkBegin(p)),
        Some(_) if facts.len() <= processes => steps.push(Step::ForkCommit(p)),
        _ => {}
    }
}

/// init, and the group's first process.
fn world(os: Os) -> World {
    let mut world = World::new(os);
    world.add(GROUP, Some(0), Some(GROUP), 1, Credentials::user(1000));
    world
}

fn explore(os: Os, processes: usize, signals: &[Signal], pinned: [usize; 3]) {
    count(&world(os), 1, pinned, |facts| steps(facts, processes, signals));
}

#[test]
fn no_child_of_a_fork_in_two_steps_escapes_when_its_group_is_killed() {
    explore(Os::Linux, 4, &[Signal::KILL, Signal::CONT], [3065, 3065, 30151]);
}

#[test]
fn no_child_of_a_fork_in_two_steps_escapes_when_its_group_is_stopped() {
    let signals = [Signal::KILL, Signal::CONT, Signal::STOP];
    explore(Os::Linux, 3, &signals, [4719, 6348, 43604]);
}

/// W3: four at once, and the group is stopped, too.
#[test]
fn w3_four_whose_group_is_stopped_continued_and_killed() {
    if is_deep() {
        explore(Os::Linux, 4, &[Signal::KILL, Signal::CONT, Signal::STOP], [81801, 107_073, 851_497]);
    }
}

#[test]
fn w3_four_under_freebsd() {
    if is_deep() {
        explore(Os::FreeBsd, 4, &[Signal::KILL, Signal::CONT, Signal::STOP], [9977, 35249, 370_305]);
    }
}
