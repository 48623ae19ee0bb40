//! Where the systems differ about what is delivered first.

use sigpost_engine::Signal;
use sigpost_engine::personality::{ALL, LINUX};

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
    for signal in [Signal::BUS, Signal::SEGV] {
        world.catch("a", signal);
    }
    world.tgkill("sh", "a", "a", Signal::BUS);
    world.tdsignal("a", Signal::SEGV);
    assert_eq!(order(&mut world), "SEGV, BUS");
}

#[test]
fn realtime_signals_come_lowest_first_and_then_as_they_were_sent() {
    for rules in ALL.into_iter().filter(|rules| rules.highest_signal == 64) {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::RTMIN, Signal::RTMAX]);
        for (signal, value) in [(Signal::RTMAX, 1), (Signal::RTMIN, 2), (Signal::RTMAX, 3), (Signal::RTMIN, 4)] {
            assert_eq!(world.sigqueue("sh", "a", signal, value), "0: a pends");
        }
        let both = sigpost_engine::SignalSet::of(&[Signal::RTMIN, Signal::RTMAX]);
        let mut taken = Vec::new();
        while let Some(info) = world.takes("a", both) {
            taken.push(info.value);
        }
        assert_eq!(taken, [2, 4, 1, 3], "{}", rules.name);
    }
}
