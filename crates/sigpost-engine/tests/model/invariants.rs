//! The rules that hold under every system, asked of a state and of a step.

use alloc::collections::BTreeSet;

use crate::table;
use sigpost_engine::{Errno, Signal, SignalSet};

use crate::table::Os;
use crate::world::{Action, Activity, Entry, Index, Life, Outcome, Stop, World};

/// Panics with the rule's number and what breaks it.
pub(crate) fn check(world: &World) {
    for p in 0..world.processes.len() {
        let process = &world.processes[p];
        kill_and_stop_are_untouchable(world, p);
        stops_and_continue_exclude_each_other(world, p);
        each_standard_signal_is_queued_once(world, p);
        if let Stop::Stopped(_) = process.stop {
            assert!(process.threads.iter().all(|t| t.parked || !t.alive), "rule 3: {p} is stopped, a thread runs");
        }
        assert!(!entries(world, p).any(|entry| entry.signal == Signal::KILL), "rule 4: KILL waits at {p}");
        nobody_sleeps_over_a_signal(world, p);
        let is_kept = table::queue(world.os) == table::Queue::PerUser && process.life != Life::Reaped;
        if !world.is_live(p) && !is_kept {
            assert_eq!(entries(world, p).count(), 0, "{p} has ended and something is pending");
        }
    }
    numbers_are_used_once(world);
}

fn entries(world: &World, p: Index) -> impl Iterator<Item = &Entry> {
    let process = &world.processes[p];
    process.pending.iter().chain(process.threads.iter().flat_map(|thread| &thread.pending))
}

fn kill_and_stop_are_untouchable(world: &World, p: Index) {
    let process = &world.processes[p];
    for signal in [Signal::KILL, Signal::STOP] {
        assert_eq!(world.action(p, signal), Action::Default, "rule 1: {p} catches or ignores {signal}");
        for thread in &process.threads {
            let masks = thread.saved_masks.iter().chain([&thread.mask]);
            assert!(masks.into_iter().all(|mask| !mask.contains(&signal)), "rule 1: {p} blocks {signal}");
        }
    }
}

fn stops_and_continue_exclude_each_other(world: &World, p: Index) {
    let signals: BTreeSet<_> = entries(world, p).map(|entry| entry.signal).collect();
    let both = signals.contains(&Signal::CONT) && signals.iter().any(|signal| signal.is_stop());
    assert!(!both, "rule 2: {p} has both pending: {signals:?}");
}

fn each_standard_signal_is_queued_once(world: &World, p: Index) {
    if world.os == Os::FreeBsd {
        return;
    }
    let process = &world.processes[p];
    for queue in process.threads.iter().map(|t| &t.pending).chain([&process.pending]) {
        let standard: Vec<_> = queue.iter().map(|entry| entry.signal).filter(|s| !s.is_realtime()).collect();
        assert_eq!(standard.len(), standard.iter().collect::<BTreeSet<_>>().len(), "{p}: twice in {standard:?}");
    }
}

fn nobody_sleeps_over_a_signal(world: &World, p: Index) {
    let process = &world.processes[p];
    if process.life != Life::Alive || process.stop != Stop::No {
        return;
    }
    for entry in &process.pending {
        let takers: Vec<_> = world.live_threads(p).filter(|&t| world.is_open(p, t, entry.signal)).collect();
        let sleeps =
            |&t: &usize| process.threads[t].activity == Activity::Interruptible && !process.threads[t].trace_stopped;
        assert!(takers.is_empty() || !takers.iter().all(sleeps), "rule 6: {p} sleeps over {entry:?}");
    }
}

fn numbers_are_used_once(world: &World) {
    let mut seen = BTreeSet::new();
    for process in world.processes.iter().filter(|process| process.life != Life::Reaped) {
        assert!(seen.insert(process.number), "rule 10: two processes have number {}", process.number);
        for thread in process.threads.iter().skip(1).filter(|thread| thread.alive) {
            assert!(seen.insert(thread.number), "rule 10: two threads have number {}", thread.number);
        }
    }
}

/// Whether a number may be given to a new process.
pub(crate) fn is_free(world: &World, number: i32) -> bool {
    world.processes.iter().filter(|process| process.life != Life::Reaped).all(|process| {
        process.number != number
            && process.group != Some(number)
            && process.session != number
            && process.threads.iter().all(|thread| thread.number != number || !thread.alive)
    })
}

/// What a call may not do to the state.
pub(crate) fn check_call(before: &World, after: &World, sender: Index, signal: i32, outcome: &Outcome) {
    let partial = after.os == Os::Bsd43 && outcome.result == Err(Errno::EPERM);
    if outcome.result.is_err() && !partial {
        assert_eq!(before, after, "rule 5: a failed call changed something");
    }
    if signal == 0 {
        assert_eq!(before, after, "rule 5: the null signal changed something");
    }
    let own = outcome.receipts.iter().find(|told| told.process == sender);
    assert!(own.is_none_or(|told| told.verdict.word() != "EPERM"), "rule 13: refused to itself");
    if outcome.result.is_ok() {
        assert!(!outcome.receipts.is_empty(), "rule 14: a call reached nobody and succeeded");
    }
}

/// What sigaction leaves behind.
pub(crate) fn check_action(world: &World, p: Index, signal: Signal) {
    let nothing = match world.action(p, signal) {
        Action::Ignore => true,
        Action::Default => SignalSet::DEFAULT_IGNORED.contains(signal),
        Action::Catch => false,
    };
    let left = entries(world, p).any(|entry| entry.signal == signal);
    assert!(!(nothing && left), "rule 7: {signal} is ignored from now on and still pending at {p}");
}

/// A group that an exit made orphaned, with a stopped member: it has been hung up and continued.
pub(crate) fn check_exit(before: &World, after: &World) {
    for group in before.groups() {
        let whole = |p: Index| matches!(before.processes[p].stop, Stop::Stopped(_));
        let stopped = before.members(group).into_iter().any(|p| whole(p) && after.is_live(p));
        if !before.is_orphaned(group) && after.is_orphaned(group) && stopped && after.os != Os::Bsd43 {
            let still = after.members(group).into_iter().any(|p| matches!(after.processes[p].stop, Stop::Stopped(_)));
            assert!(!still, "rule 9: group {group} is orphaned and has a stopped member");
        }
    }
}
