//! W2: up to three processes in up to two groups, {TSTP CONT KILL HUP}, with fork, exit, wait, setpgid and setsid.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use sigpost_engine::{Credentials, Signal};

use crate::bounds::{count, is_deep};
use crate::facts::ProcessFacts;
use crate::step::Step;
use crate::table::Os;
use crate::world::{Index, Life, Stop, World};

#[derive(Clone, Copy)]
struct Size<'a> {
    /// How many processes there are at once, init not counted.
    processes: usize,
    /// Signals sent to one process, and to a group.
    single: &'a [Signal],
    group: &'a [Signal],
}

fn steps(facts: &[ProcessFacts], size: &Size<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for p in 1..facts.len() {
        match facts[p].life {
            Life::Zombie(_) if can_call(&facts[facts[p].parent.unwrap()]) => steps.push(Step::Wait(p)),
            Life::Zombie(_) | Life::Reaped => {}
            Life::Ending(_) => steps.push(Step::Look(p, 0)),
            Life::Alive => add_life(&mut steps, facts, p, size),
        }
    }
    for group in groups(&facts[1..]) {
        steps.extend(size.group.iter().map(|&signal| Step::KillGroup(group, signal)));
    }
    steps
}

/// A stopped process makes no calls.
fn can_call(process: &ProcessFacts) -> bool {
    process.life == Life::Alive && process.stop == Stop::No
}

fn groups(facts: &[ProcessFacts]) -> BTreeSet<i32> {
    facts.iter().map(|process| process.group).collect()
}

fn add_life(steps: &mut Vec<Step>, facts: &[ProcessFacts], p: Index, size: &Size<'_>) {
    steps.extend(size.single.iter().map(|&signal| Step::Kill(p, signal)));
    if !facts[p].threads[0].parked {
        steps.push(Step::Look(p, 0));
    }
    if !can_call(&facts[p]) {
        return;
    }
    steps.push(Step::Exit(p));
    if facts.len() <= size.processes {
        steps.push(Step::Fork(p));
    }
    let others: Vec<_> = facts[1..].iter().filter(|other| other.number != facts[p].number).cloned().collect();
    let mut wanted = groups(&others);
    wanted.insert(facts[p].number);
    if groups(&others).len() < 2 || groups(&others).contains(&facts[p].number) {
        steps.push(Step::Setsid(p));
    } else {
        wanted.remove(&facts[p].number);
    }
    steps.extend(wanted.into_iter().map(|group| Step::Setpgid(p, group)));
}

/// init, a shell that leads a session, and so many children of it in a group of their own.
fn world(os: Os, children: i32) -> World {
    let mut world = World::new(os);
    world.add(2, Some(0), Some(2), 2, Credentials::user(1000));
    for child in 0..children {
        world.add(3 + child, Some(1), Some(3), 2, Credentials::user(1000));
    }
    world
}

const ALL: [Signal; 4] = [Signal::TSTP, Signal::CONT, Signal::KILL, Signal::HUP];

/// One process after the other may be born and end.
fn explore_with_forks(os: Os, processes: usize, single: &[Signal], pinned: [usize; 3]) {
    let size = Size { processes, single, group: &ALL };
    count(&world(os, 0), 1, pinned, |facts| steps(facts, &size));
}

/// A shell and two jobs: nobody is born, all the rest happens.
fn explore_three(os: Os, single: &[Signal], group: &[Signal], pinned: [usize; 3]) {
    let size = Size { processes: 0, single, group };
    count(&world(os, 2), 1, pinned, |facts| steps(facts, &size));
}

#[test]
fn a_shell_and_two_jobs_that_stop_go_on_and_are_killed() {
    let signals = [Signal::TSTP, Signal::CONT, Signal::KILL];
    explore_three(Os::Linux, &[], &signals, [1634, 2268, 28656]);
}

#[test]
fn a_shell_and_two_jobs_that_stop_and_are_hung_up() {
    explore_three(Os::Linux, &[], &[Signal::TSTP, Signal::HUP], [1445, 1445, 14939]);
}

#[test]
fn two_processes_at_a_time_in_two_groups() {
    explore_with_forks(Os::Linux, 2, &ALL, [1381, 1739, 27352]);
    explore_with_forks(Os::FreeBsd, 2, &ALL, [907, 1193, 18861]);
    explore_with_forks(Os::Posix, 2, &ALL, [907, 1193, 18861]);
}

/// W2: a shell and two jobs that exit, are waited for, and move between groups and sessions, every signal to each process
/// and each group.
#[test]
fn w2_a_shell_and_two_jobs() {
    if is_deep() {
        explore_three(Os::Linux, &ALL, &ALL, [4057, 5556, 113_045]);
        explore_three(Os::FreeBsd, &ALL, &ALL, [2272, 2857, 53214]);
        explore_three(Os::Posix, &ALL, &ALL, [2272, 2857, 53214]);
    }
}
