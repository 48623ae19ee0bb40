//! Signals read from a descriptor: what a read finds, and who is told that there is something to read.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{Code, Signal, SignalInfo, SignalSet, Work};

use crate::world::World;

const SET: SignalSet = SignalSet::of(&[Signal::USR1, Signal::USR2, Signal::CHLD]);

fn is_ready(world: &World, thread: &str) -> bool {
    world.system.signalfd_poll(world.thread(thread), SET).expect("it is there")
}

fn read(world: &mut World, thread: &str, set: SignalSet) -> Option<SignalInfo> {
    let taken = world.system.signalfd_read(world.thread(thread), set).expect("it is there");
    world.check();
    taken
}

/// What the host is told, threads left out.
fn told(world: &mut World) -> Vec<Work> {
    let mut told = Vec::new();
    while let Some(work) = world.system.next_work() {
        if !matches!(work, Work::Thread(_)) {
            told.push(work);
        }
    }
    told
}

/// `a`, which is watched and blocks what it reads.
fn reader(rules: &'static sigpost_engine::Personality) -> World {
    let mut world = World::with_job(rules, &["a"]);
    world.block("a", &[Signal::USR1, Signal::USR2, Signal::CHLD]);
    world.system.signalfd_watch(world.key("a"), true).expect("it is there");
    world
}

#[test]
fn a_read_takes_what_is_pending_for_the_thread_and_for_its_process() {
    for rules in ALL {
        let mut world = reader(rules);
        assert!(!is_ready(&world, "a"));
        assert_eq!(read(&mut world, "a", SET), None, "{}", rules.name);
        assert_eq!(world.sigqueue("sh", "a", Signal::USR2, 7), "0: a pends");
        world.tdsignal("a", Signal::USR1);
        assert!(is_ready(&world, "a"), "{}", rules.name);
        let taken = [read(&mut world, "a", SET), read(&mut world, "a", SET)].map(|info| info.map(|info| info.signal));
        assert_eq!(taken, [Some(Signal::USR1), Some(Signal::USR2)], "{}", rules.name);
        assert!(!is_ready(&world, "a") && world.pending("a").is_empty());
    }
}

/// A descriptor reads for whoever reads from it. Source: signalfd(2).
#[test]
fn a_thread_reads_nothing_of_another_threads_own() {
    let mut world = reader(&LINUX);
    world.thread_of("a", "t"); // it inherits the mask
    world.tdsignal("a", Signal::USR1);
    assert!(is_ready(&world, "a") && !is_ready(&world, "t"));
    assert_eq!(read(&mut world, "t", SET), None);
    world.psignal("a", Signal::USR2);
    assert!(is_ready(&world, "t"));
    assert_eq!(read(&mut world, "t", SET).map(|info| info.signal), Some(Signal::USR2));
}

#[test]
fn neither_kill_nor_stop_is_read_nor_what_the_descriptor_is_not_for() {
    for rules in ALL {
        let mut world = reader(rules);
        world.psignal("a", Signal::USR1);
        assert_eq!(read(&mut world, "a", SignalSet::of(&[Signal::USR2])), None, "{}", rules.name);
        world.psignal("a", Signal::STOP);
        assert_eq!(read(&mut world, "a", SignalSet::UNCATCHABLE), None);
        assert!(!world.system.signalfd_poll(world.thread("a"), SignalSet::UNCATCHABLE).expect("it is there"));
        assert_eq!(world.run(), "a stops", "{}", rules.name);
    }
}

#[test]
fn whoever_reads_is_told_once_of_what_became_pending() {
    for rules in ALL {
        let mut world = reader(rules);
        let a = world.key("a");
        world.psignal("a", Signal::USR1);
        world.psignal("a", Signal::USR2);
        assert_eq!(told(&mut world), [Work::Readable(a)], "{}", rules.name);
        assert_eq!(told(&mut world), []);
        world.ignore("a", Signal::HUP);
        world.psignal("a", Signal::HUP);
        assert_eq!(told(&mut world), [], "what is ignored cannot be read, under {}", rules.name);
        world.system.signalfd_watch(a, false).expect("it is there");
        read(&mut world, "a", SET);
        world.psignal("a", Signal::USR1);
        assert_eq!(told(&mut world), [], "nobody watches any more");
    }
}

#[test]
fn the_end_of_a_child_is_news_and_can_be_read() {
    for rules in ALL {
        let mut world = reader(rules);
        world.catch("a", Signal::CHLD);
        let a = world.key("a");
        world.fork("a", "b");
        world.psignal("b", Signal::USR2);
        world.ended("b");
        assert_eq!(told(&mut world), [Work::ChildNews(a), Work::Readable(a)], "b is not watched, under {}", rules.name);
        assert_eq!(read(&mut world, "a", SET).map(|info| (info.signal, info.code)), Some((Signal::CHLD, Code::EXITED)));
    }
}

#[test]
fn what_a_tracer_puts_back_can_be_read() {
    let mut world = reader(&LINUX);
    let a = world.key("a");
    world.system.seize(world.key("sh"), world.thread("a")).expect("it is not traced yet");
    world.tdsignal("a", Signal::TERM);
    assert_eq!(world.run(), "a shows TERM");
    assert_eq!(world.trace_continue("sh", "a", Some(SignalInfo::kernel(Signal::USR1))), "");
    assert!(told(&mut world).contains(&Work::Readable(a)));
    assert_eq!(read(&mut world, "a", SET).map(|info| info.signal), Some(Signal::USR1));
}
