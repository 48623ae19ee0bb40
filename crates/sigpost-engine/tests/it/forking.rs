//! No child escapes a signal to its group: forks in two steps, sends in slices.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{Counts, ForkError, GroupSend, KillError, Personality, Signal, Verdict};

use crate::world::World;

/// A job of four, whose members catch USR1.
fn job() -> World {
    job_under(&LINUX)
}

fn job_under(rules: &'static Personality) -> World {
    let mut world = World::with_job(rules, &["a", "b", "c", "d"]);
    for name in ["a", "b", "c", "d"] {
        world.catch(name, Signal::USR1);
    }
    world
}

fn begin(world: &mut World, signal: Signal) -> GroupSend {
    let group = world.number("a");
    let send = world.system.group_send_begin(world.key("sh"), group, signal.number().into()).unwrap();
    world.check();
    send
}

fn step(world: &mut World, send: &mut GroupSend, budget: u32, counts: &mut Counts) -> Option<Result<(), KillError>> {
    let done = world.system.group_send_step(send, budget, counts);
    world.check();
    done
}

#[test]
fn a_fork_that_nothing_disturbs_makes_a_child() {
    let mut world = job();
    let ticket = world.system.fork_begin(world.thread("a"));
    assert_eq!(world.kill("sh", "b", Signal::USR1), "0: b handles", "a signal to another alone disturbs nobody");
    let child = world.system.fork_commit(ticket, None).unwrap();
    world.check();
    assert_eq!(world.system.group(child), world.system.group(world.key("a")));
}

#[test]
fn a_signal_to_the_group_or_to_everyone_interrupts_the_fork() {
    let sends: [fn(&mut World); 4] = [
        |world| drop(world.kill("sh", "-a", Signal::USR1)),
        |world| drop(world.kill("sh", "-1", Signal::USR1)),
        |world| drop(world.pgsignal("a", Signal::USR1, false)),
        |world| {
            let number = world.number("a");
            drop(world.gsignal(number, Signal::USR1));
        },
    ];
    for (send, rules) in sends.iter().flat_map(|send| ALL.map(|rules| (send, rules))) {
        let mut world = job_under(rules);
        let ticket = world.system.fork_begin(world.thread("a"));
        send(&mut world);
        assert_eq!(world.system.fork_commit(ticket, None), Err(ForkError::Interrupted), "{}", rules.name);
        world.run();
        let again = world.system.fork_begin(world.thread("a"));
        assert!(world.system.fork_commit(again, None).is_ok(), "{}", rules.name);
        world.check();
    }
}

#[test]
fn a_parent_with_a_signal_to_take_forks_only_when_it_has_taken_it() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        let ticket = world.system.fork_begin(world.thread("a"));
        world.psignal("a", Signal::USR1);
        assert_eq!(world.system.fork(world.key("a")), Err(ForkError::Interrupted), "{}", rules.name);
        assert_eq!(world.system.fork_commit(ticket, None), Err(ForkError::Interrupted), "{}", rules.name);
        assert_eq!(world.run(), "a runs USR1");
        assert!(world.system.fork(world.key("a")).is_ok(), "{}", rules.name);
        world.check();
    }
}

#[test]
fn what_the_parent_blocks_is_no_hindrance_and_its_stop_is_one() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.block("a", &[Signal::TERM]);
    assert_eq!(world.kill("sh", "a", Signal::TERM), "0: a pends");
    assert!(world.system.fork(world.key("a")).is_ok());
    world.psignal("a", Signal::STOP);
    world.run();
    assert_eq!(world.system.fork(world.key("a")), Err(ForkError::Interrupted), "it is stopped");
    world.check();
}

#[test]
fn a_parent_moved_to_another_group_meanwhile_forks_again() {
    let mut world = job();
    let ticket = world.system.fork_begin(world.thread("d"));
    let d = world.number("d");
    world.system.setpgid(world.key("sh"), d, d).unwrap();
    assert_eq!(world.system.fork_commit(ticket, None), Err(ForkError::Interrupted));
    world.check();
}

#[test]
fn the_parent_ends_and_the_fork_comes_to_nothing() {
    let mut world = job();
    let ticket = world.system.fork_begin(world.thread("a"));
    world.ended("a");
    assert_eq!(world.system.fork_commit(ticket, None), Err(ForkError::NoParent));
    world.check();
}

#[test]
fn a_sliced_send_reaches_everyone_once_and_says_when_it_is_done() {
    let mut world = job();
    let mut send = begin(&mut world, Signal::USR1);
    let mut counts = Counts::default();
    assert_eq!(step(&mut world, &mut send, 3, &mut counts), None);
    assert_eq!(counts.of(Verdict::Handles), 3);
    assert_eq!(step(&mut world, &mut send, 3, &mut counts), Some(Ok(())));
    assert_eq!(step(&mut world, &mut send, 3, &mut counts), Some(Ok(())));
    assert_eq!((counts.of(Verdict::Handles), counts.total()), (4, 4));
}

/// Rule 15.
#[test]
fn nobody_in_the_group_forks_before_a_sliced_send_is_done() {
    for rules in ALL {
        let mut world = job_under(rules);
        let before = world.system.fork_begin(world.thread("d"));
        let mut send = begin(&mut world, Signal::USR1);
        let during = world.system.fork_begin(world.thread("a"));
        let mut counts = Counts::default();
        assert_eq!(step(&mut world, &mut send, 2, &mut counts), None);
        for parent in ["a", "d"] {
            assert_eq!(world.system.fork(world.key(parent)), Err(ForkError::Interrupted), "{}", rules.name);
        }
        assert!(world.system.fork(world.key("sh")).is_ok(), "another group forks");
        assert!(step(&mut world, &mut send, 9, &mut counts).is_some());
        for ticket in [before, during] {
            assert_eq!(world.system.fork_commit(ticket, None), Err(ForkError::Interrupted), "{}", rules.name);
        }
        world.run();
        assert!(world.system.fork(world.key("d")).is_ok(), "{}", rules.name);
        world.check();
    }
}

#[test]
fn who_leaves_is_not_reached_and_who_joins_is() {
    let mut world = job();
    world.fork("sh", "e");
    let mut send = begin(&mut world, Signal::USR1);
    let mut counts = Counts::default();
    assert_eq!(step(&mut world, &mut send, 1, &mut counts), None);
    let (b, e, group) = (world.number("b"), world.number("e"), world.number("a"));
    world.system.setpgid(world.key("sh"), b, b).unwrap();
    world.system.setpgid(world.key("sh"), e, group).unwrap();
    world.catch("e", Signal::USR1);
    assert_eq!(step(&mut world, &mut send, 9, &mut counts), Some(Ok(())));
    assert_eq!(world.run(), "a runs USR1, c runs USR1, d runs USR1, e runs USR1");
}

#[test]
fn a_sliced_send_outlives_its_group_and_can_be_given_up() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let mut send = begin(&mut world, Signal::TERM);
    let again = world.system.group_send_begin(world.key("sh"), world.number("a"), 15);
    assert_eq!(again.err(), Some(KillError::QueueFull), "one at a time");
    world.ended("a");
    world.system.reap(world.key("a")).unwrap();
    let mut counts = Counts::default();
    assert_eq!(step(&mut world, &mut send, 1, &mut counts), Some(Err(KillError::NoSuchTarget)));
    let mut world = job();
    let send = begin(&mut world, Signal::TERM);
    world.system.group_send_abandon(send);
    assert!(world.system.fork(world.key("a")).is_ok());
    world.check();
}

#[test]
fn who_joins_after_the_last_left_is_reached() {
    let mut world = job();
    world.fork("sh", "e");
    world.catch("e", Signal::USR1);
    let mut send = begin(&mut world, Signal::USR1);
    let mut counts = Counts::default();
    assert_eq!(step(&mut world, &mut send, 3, &mut counts), None);
    let (d, e, group) = (world.number("d"), world.number("e"), world.number("a"));
    world.system.setpgid(world.key("sh"), d, d).unwrap();
    world.system.setpgid(world.key("sh"), e, group).unwrap();
    world.check();
    assert_eq!(step(&mut world, &mut send, 9, &mut counts), Some(Ok(())));
    assert_eq!(world.run(), "a runs USR1, b runs USR1, c runs USR1, e runs USR1");
}

#[test]
fn a_send_that_is_done_has_no_hand_in_the_next() {
    let mut world = job();
    let mut counts = Counts::default();
    let mut first = begin(&mut world, Signal::USR1);
    assert_eq!(step(&mut world, &mut first, 9, &mut counts), Some(Ok(())));
    world.run();
    let mut second = begin(&mut world, Signal::TERM);
    assert_eq!(step(&mut world, &mut first, 9, &mut counts), Some(Ok(())), "it says what it said");
    assert_eq!(counts.total(), 4);
    world.system.group_send_abandon(first);
    assert_eq!(world.system.fork(world.key("a")), Err(ForkError::Interrupted), "the second goes on");
    assert_eq!(step(&mut world, &mut second, 9, &mut counts), Some(Ok(())));
    assert_eq!(counts.of(Verdict::Terminates), 4);
}
