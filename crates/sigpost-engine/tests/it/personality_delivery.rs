//! Where the systems differ about who takes a signal, when, and what is taken first.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{Activity, Signal, SignalSet};

use crate::world::World;

/// The order in which handlers are entered; each is entered before the one before it has run.
fn order(world: &mut World) -> String {
    world.run().replace("a runs ", "")
}

#[test]
fn the_numbers_of_faults_come_first_on_linux_and_the_lowest_elsewhere() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        for signal in [Signal::HUP, Signal::INT, Signal::SYS, Signal::SEGV] {
            world.catch("a", signal);
            world.kill("sh", "a", signal);
        }
        let expected = if rules.name == "linux" { "SEGV, SYS, HUP, INT" } else { "HUP, INT, SEGV, SYS" };
        assert_eq!(order(&mut world), expected, "{}", rules.name);
    }
}

#[test]
fn the_threads_own_come_before_the_processes_on_linux() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        for signal in [Signal::HUP, Signal::TERM] {
            world.catch("a", signal);
        }
        world.tdsignal("a", Signal::TERM);
        world.psignal("a", Signal::HUP);
        let expected = if rules.name == "linux" { "TERM, HUP" } else { "HUP, TERM" };
        assert_eq!(order(&mut world), expected, "{}", rules.name);
    }
}

#[test]
fn a_fault_of_the_kernels_comes_before_the_same_numbers_sent_by_others() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for signal in [Signal::BUS, Signal::SEGV, Signal::TERM] {
        world.catch("a", signal);
    }
    world.tgkill("sh", "a", "a", Signal::TERM);
    world.tgkill("sh", "a", "a", Signal::BUS);
    world.tdsignal("a", Signal::SEGV);
    assert_eq!(order(&mut world), "SEGV, BUS, TERM");
}

#[test]
fn of_several_faults_of_the_kernels_the_one_that_came_first_is_taken_first() {
    for (first, second) in [(Signal::SEGV, Signal::ILL), (Signal::ILL, Signal::SEGV)] {
        let mut world = World::with_job(&LINUX, &["a"]);
        for signal in [Signal::HUP, first, second] {
            world.catch("a", signal);
            world.block("a", &[Signal::HUP, first, second]);
            world.tdsignal("a", signal);
        }
        world.block("a", &[]);
        assert_eq!(order(&mut world), format!("{first}, {second}, HUP"));
    }
}

#[test]
fn an_open_fault_brings_an_earlier_one_that_is_blocked_with_it() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for signal in [Signal::SEGV, Signal::ILL] {
        world.catch("a", signal);
        world.block("a", &[Signal::SEGV, Signal::ILL]);
        world.tdsignal("a", signal);
    }
    world.block("a", &[Signal::SEGV]);
    assert_eq!(order(&mut world), "SEGV, ILL");
}

#[test]
fn who_waits_for_faults_takes_the_lowest_number_first() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let faults = [Signal::SEGV, Signal::ILL];
    world.block("a", &faults);
    for signal in faults {
        world.tdsignal("a", signal);
    }
    let set = SignalSet::of(&faults);
    assert_eq!(world.takes("a", set).map(|info| info.signal), Some(Signal::ILL));
    assert_eq!(world.takes("a", set).map(|info| info.signal), Some(Signal::SEGV));
}

#[test]
fn realtime_signals_come_lowest_first_and_then_as_they_were_sent() {
    for rules in ALL.into_iter().filter(|rules| rules.highest_signal == 64) {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::RTMIN, Signal::RTMAX]);
        for (signal, value) in [(Signal::RTMAX, 1), (Signal::RTMIN, 2), (Signal::RTMAX, 3), (Signal::RTMIN, 4)] {
            assert_eq!(world.sigqueue("sh", "a", signal, value), "0: a pends");
        }
        let both = SignalSet::of(&[Signal::RTMIN, Signal::RTMAX]);
        let mut taken = Vec::new();
        while let Some(info) = world.takes("a", both) {
            taken.push(info.value);
        }
        assert_eq!(taken, [2, 4, 1, 3], "{}", rules.name);
    }
}

#[test]
fn a_fatal_signal_ends_the_process_when_it_is_sent_on_linux_and_when_it_is_taken_elsewhere() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        assert_eq!(world.kill("sh", "a", Signal::TERM), "0: a terminates");
        let at_once = rules.name == "linux";
        assert_eq!(!world.lives("a"), at_once, "{}", rules.name);
        assert_eq!(world.kill("sh", "a", Signal::USR1), if at_once { "0: a zombie" } else { "0: a handles" });
        let told = if at_once { "a ends by TERM" } else { "a runs USR1, a ends by TERM" };
        assert_eq!(world.run(), told, "{}", rules.name);
    }
}

#[test]
fn a_main_thread_beyond_reach_is_chosen_on_linux_and_passed_over_elsewhere() {
    for rules in ALL {
        let answer = if rules.name == "linux" { "defers" } else { "handles" };
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "worker");
        world.catch("a", Signal::USR1);
        world.sleeps("a", Activity::Uninterruptible);
        assert_eq!(world.psignal("a", Signal::USR1), answer, "{}", rules.name);
        assert_eq!(world.run(), if answer == "handles" { "worker runs USR1" } else { "a runs USR1" });
    }
}

#[test]
fn a_waiter_that_is_not_addressed_keeps_an_ignored_signal_but_not_on_linux() {
    for rules in ALL {
        let answer = if rules.name == "linux" { "ignores" } else { "accepts" };
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "waiter");
        let (thread, usr1) = (world.thread("waiter"), SignalSet::of(&[Signal::USR1]));
        world.ignore("a", Signal::USR1);
        world.block("waiter", &[Signal::USR1]);
        world.sleeps("a", Activity::Uninterruptible);
        world.system.sigwait_begin(thread, usr1).expect("it is there");
        assert_eq!(world.psignal("a", Signal::USR1), answer, "{}", rules.name);
        let taken = world.system.sigwait_poll(thread).expect("it is there");
        assert_eq!(taken.is_some(), answer == "accepts");
        world.check();
    }
}

#[test]
fn the_end_of_a_child_reaches_one_who_waits_for_what_it_ignores_but_not_on_linux() {
    for rules in ALL {
        let arrives = rules.name != "linux";
        let mut world = World::with_job(rules, &["a"]);
        let (sh, chld) = (world.thread("sh"), SignalSet::of(&[Signal::CHLD]));
        world.ignore("sh", Signal::CHLD);
        world.system.sigwait_begin(sh, chld).expect("it is there");
        world.ended("a");
        let taken = world.system.sigwait_poll(sh).expect("it is there");
        assert_eq!(taken.is_some(), arrives, "{}", rules.name);
        world.check();
    }
}

#[test]
fn what_a_thread_closes_itself_to_is_taken_by_the_next_after_it() {
    let mut world = World::with_job(&LINUX, &["a"]);
    for thread in ["t1", "t2", "t3"] {
        world.thread_of("a", thread);
    }
    for signal in [Signal::USR1, Signal::USR2] {
        world.catch("a", signal);
    }
    world.block("a", &[Signal::USR1, Signal::USR2]);
    world.block("t1", &[Signal::USR2]);
    world.block("t3", &[Signal::USR2]);
    // The search for a taker begins where the last one ended.
    world.kill("sh", "a", Signal::USR2);
    assert_eq!(world.run(), "t2 runs USR2");
    world.kill("sh", "a", Signal::USR1);
    world.block("t2", &[Signal::USR1]);
    assert_eq!(world.run(), "t3 runs USR1");
}
