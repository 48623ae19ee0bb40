//! What the host is given to do: who is named, once, and that nobody is named for nothing.

use sigpost_engine::personality::LINUX;
use sigpost_engine::{Activity, Signal, ThreadKey, Work};

use crate::world::World;

/// The threads that are named, until nothing is left to do.
fn named(world: &mut World) -> Vec<ThreadKey> {
    let mut threads = Vec::new();
    while let Some(work) = world.system.next_work() {
        if let Work::Thread(thread) = work {
            threads.push(thread);
        }
    }
    threads
}

/// Process `a` with two threads more.
fn three_threads() -> World {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.thread_of("a", "u");
    world
}

#[test]
fn what_continues_is_named_thread_by_thread() {
    let mut world = three_threads();
    world.stopped("a");
    assert!(named(&mut world).is_empty());
    world.psignal("a", Signal::CONT);
    let all = ["a", "t", "u"].map(|name| world.thread(name));
    assert_eq!(named(&mut world), all);
}

#[test]
fn what_stops_or_ends_is_named_thread_by_thread_and_once() {
    for signal in [Signal::KILL, Signal::TERM, Signal::STOP] {
        let mut world = three_threads();
        world.psignal("a", signal);
        world.psignal("a", signal);
        let all = ["a", "t", "u"].map(|name| world.thread(name));
        if signal == Signal::STOP {
            assert_eq!(named(&mut world), all[..1], "the one that takes it");
            assert_eq!(world.returns_to_user_mode("a"), "a stops");
            assert_eq!(named(&mut world), all[1..], "and the others, but not that one again");
        } else {
            assert_eq!(named(&mut world), all, "{signal}");
        }
    }
}

#[test]
fn who_wakes_is_named_if_there_is_something_for_it() {
    let mut world = three_threads();
    world.sleeps("a", Activity::Uninterruptible);
    world.catch("a", Signal::USR1);
    world.tdsignal("a", Signal::USR1);
    named(&mut world);
    world.sleeps("t", Activity::Interruptible);
    world.sleeps("t", Activity::Running);
    assert!(named(&mut world).is_empty(), "nothing is there for t");
    world.sleeps("a", Activity::Running);
    assert_eq!(named(&mut world), [world.thread("a")]);
    assert_eq!(world.run(), "");
    assert_eq!(world.returns_to_user_mode("a"), "a runs USR1");
    world.sleeps("a", Activity::Interruptible);
    assert_eq!(world.activity("a"), Activity::Interruptible);
}

#[test]
fn a_new_program_is_named_only_if_something_is_there_for_it() {
    let mut world = three_threads();
    world.system.exec(world.thread("t")).unwrap();
    world.check();
    assert!(named(&mut world).is_empty());
    let mut world = three_threads();
    world.catch("a", Signal::USR1);
    for thread in ["a", "t"] {
        world.block(thread, &[Signal::USR1]);
    }
    world.psignal("a", Signal::USR1);
    named(&mut world); // u is told, and has not looked yet
    world.system.set_mask(world.thread("a"), sigpost_engine::SignalMask::NONE).unwrap();
    named(&mut world);
    world.system.exec(world.thread("a")).unwrap();
    world.check();
    assert_eq!(named(&mut world), [world.system.main_thread(world.key("a")).unwrap()]);
}

#[test]
fn a_thread_made_in_a_stopping_process_stops_with_it() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    world.psignal("a", Signal::STOP);
    assert_eq!(world.returns_to_user_mode("a"), "a stops");
    world.thread_of("t", "late");
    let late = world.thread("late");
    assert!(named(&mut world).contains(&late));
    assert_eq!(world.returns_to_user_mode("t"), "t stops");
    assert!(!world.is_stopped("a"), "one has yet to stop");
    assert_eq!(world.returns_to_user_mode("late"), "late stops");
    assert!(world.is_stopped("a"));
}

#[test]
fn a_vfork_parent_that_woke_by_itself_is_not_named_when_its_child_goes() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let child = world.system.vfork(world.thread("a"), None).unwrap();
    world.sleeps("a", Activity::Running);
    world.system.exec(world.system.main_thread(child).unwrap()).unwrap();
    world.check();
    assert!(named(&mut world).is_empty());
}

/// Source: Linux `wants_signal`, which passes over a thread that has something to look at and does not run.
#[test]
fn a_main_thread_beyond_reach_that_has_something_already_is_passed_over() {
    let mut world = three_threads();
    for signal in [Signal::USR1, Signal::USR2] {
        world.catch("a", signal);
    }
    world.sleeps("a", Activity::Uninterruptible);
    assert_eq!(world.psignal("a", Signal::USR1), "defers", "the main thread is chosen");
    assert_eq!(named(&mut world), [world.thread("a")]);
    assert_eq!(world.psignal("a", Signal::USR2), "handles");
    assert_eq!(named(&mut world), [world.thread("t")]);
    assert_eq!(world.psignal("a", Signal::TERM), "terminates");
}

#[test]
fn a_thread_that_stopped_and_ends_is_not_counted_twice() {
    let mut world = three_threads();
    world.psignal("a", Signal::STOP);
    assert_eq!(world.returns_to_user_mode("a"), "a stops");
    assert_eq!(world.returns_to_user_mode("t"), "t stops");
    world.system.exit_thread(world.thread("t")).unwrap();
    world.check();
    assert!(!world.is_stopped("a"), "u has yet to stop");
    assert_eq!(world.returns_to_user_mode("u"), "u stops");
    assert!(world.is_stopped("a"));
}

#[test]
fn the_last_thread_that_was_to_stop_ends_and_the_parent_is_told_of_the_stop() {
    let mut world = three_threads();
    world.psignal("a", Signal::STOP);
    for thread in ["a", "t"] {
        world.returns_to_user_mode(thread);
    }
    world.system.exit_thread(world.thread("u")).unwrap();
    world.check();
    assert!(world.is_stopped("a"));
    assert_eq!(world.news_of("a").map(|news| format!("{news:?}")), Some("Changed(Stopped(STOP))".to_owned()));
}
