//! Where the systems differ about stopping and continuing, a test a row of the table.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Activity, Delivery, Personality, Signal, SignalInfo, SignalSet};

use crate::world::World;

#[test]
fn cont_that_is_ignored_or_blocked_continues_but_not_on_4_3bsd() {
    for rules in ALL {
        let continues = rules.name != "bsd43";
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("a", Signal::CONT);
        world.stopped("a");
        world.psignal("a", Signal::CONT);
        assert_eq!(!world.is_stopped("a"), continues, "ignored, under {}", rules.name);

        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::CONT]);
        world.stopped("a");
        let answer = world.psignal("a", Signal::CONT);
        assert_eq!(!world.is_stopped("a"), continues, "blocked, under {}", rules.name);
        assert_eq!(answer, if continues { "continues" } else { "pends" });
    }
}

#[test]
fn a_stop_wakes_the_sleeper_or_finds_it_where_it_is() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.sleeps("a", Activity::Interruptible);
        world.psignal("a", Signal::TTOU);
        let wakes = rules.name == "linux";
        assert_eq!(world.activity("a") == Activity::Running, wakes, "{}", rules.name);
        assert_eq!(world.is_stopped("a"), !wakes, "{}", rules.name);
    }
}

#[test]
fn who_was_stopped_where_it_sleeps_sleeps_on_and_is_still_woken_in_place_of_another() {
    for rules in ALL.into_iter().filter(|rules| rules.name != "linux") {
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "sleeper");
        world.catch("a", Signal::USR1);
        world.sleeps("sleeper", Activity::Interruptible);
        world.stopped("a");
        world.psignal("a", Signal::CONT);
        assert_eq!(world.activity("sleeper"), Activity::Interruptible, "{}", rules.name);
        assert_eq!(world.psignal("a", Signal::USR1), "handles", "{}", rules.name);
        world.block("a", &[Signal::USR1]);
        assert_eq!(world.run(), "sleeper runs USR1", "{}", rules.name);
    }
}

#[test]
fn on_4_3bsd_a_stop_typed_at_the_terminal_ends_a_child_of_init() {
    for rules in ALL {
        let mut world = World::new(rules);
        world.place("init", "getty", 50, 50, 1); // in init's session and another group: not orphaned
        world.sleeps("getty", Activity::Interruptible);
        let answer = world.psignal("getty", Signal::TSTP);
        assert_eq!(answer, if rules.name == "bsd43" { "terminates" } else { "stops" }, "{}", rules.name);
    }
    // Also one that takes it later.
    for rules in ALL {
        let mut world = World::new(rules);
        world.place("init", "getty", 50, 50, 1);
        world.block("getty", &[Signal::TSTP]);
        assert_eq!(world.psignal("getty", Signal::TSTP), "pends");
        world.block("getty", &[]);
        let told = world.run();
        assert_eq!(told, if rules.name == "bsd43" { "getty ends by KILL" } else { "getty stops" }, "{}", rules.name);
    }
    let mut world = World::with_job(&BSD43, &["a"]);
    assert_eq!(world.psignal("a", Signal::TSTP), "stops", "whose parent is not init");
}

#[test]
fn a_child_whose_parent_waits_in_vfork_stops_or_not() {
    for rules in ALL {
        let stops = ["linux", "posix"].contains(&rules.name);
        if rules.name == "aixrt" {
            continue; // Its manual does not say.
        }
        let mut world = World::with_job(rules, &["a"]);
        world.system.set_vfork_child(world.key("a"), true).expect("it is there");
        let answer = world.psignal("a", Signal::TTIN);
        world.run();
        assert_eq!((answer == "stops", world.is_stopped("a")), (stops, stops), "{answer} under {}", rules.name);
    }
}

/// `a` is alone in its group and its session: orphaned.
fn orphan(rules: &'static Personality) -> World {
    let mut world = World::new(rules);
    world.place("init", "login", 40, 40, 40);
    world.place("login", "a", 50, 50, 50);
    assert!(world.system.is_orphaned(world.system.group(world.key("a")).expect("it has one")));
    world
}

#[test]
fn a_terminal_stop_in_an_orphaned_group_is_judged_late_early_or_never() {
    for (rules, answer, cancels_cont, interrupts) in [
        (&LINUX, "ignores", true, true),
        (&FREEBSD, "ignores", false, false),
        (&POSIX, "ignores", true, false),
        (&BSD44, "ignores", false, false),
        (&AIXRT, "ignores", true, false),
    ] {
        let mut world = orphan(rules);
        world.catch("a", Signal::CONT);
        world.block("a", &[Signal::CONT]);
        assert_eq!(world.psignal("a", Signal::CONT), "pends");
        world.sleeps("a", Activity::Interruptible);
        assert_eq!(world.psignal("a", Signal::TSTP), answer, "{}", rules.name);
        assert_eq!(world.pending("a").contains(Signal::CONT), !cancels_cont, "{}", rules.name);
        assert_eq!(world.activity("a") == Activity::Running, interrupts, "{}", rules.name);
        assert_eq!(world.run(), "", "{}", rules.name);
        assert!(!world.is_stopped("a") && !world.pending("a").contains(Signal::TSTP), "it stops nothing");
        assert_eq!(world.psignal("a", Signal::STOP), "stops", "STOP is no terminal's");
    }
    let mut world = orphan(&BSD43);
    assert_eq!(world.psignal("a", Signal::TSTP), "stops", "4.3BSD knows no orphaned groups");
}

#[test]
fn a_stop_to_a_stopped_process_waits_for_cont_or_is_dropped() {
    for rules in ALL {
        let waits = rules.name == "linux";
        let mut world = World::with_job(rules, &["a"]);
        world.stopped("a");
        let answer = world.psignal("a", Signal::TTIN);
        assert_eq!(answer, if waits { "defers" } else { "ignores" }, "{}", rules.name);
        assert_eq!(world.pending("a").contains(Signal::TTIN), waits);
        assert_eq!(world.psignal("a", Signal::CONT), "continues");
        assert!(!world.pending("a").intersects(SignalSet::STOPS), "CONT has discarded it");
    }
}

#[test]
fn a_tracer_is_told_of_a_blocked_signal_by_the_old_bsds() {
    for rules in ALL {
        let told = ["bsd43", "bsd44", "aixrt"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a", "debugger"]);
        world.system.trace(world.key("debugger"), world.thread("a")).expect("it is not traced yet");
        world.block("a", &[Signal::USR1]);
        let answer = world.psignal("a", Signal::USR1);
        assert_eq!(answer, if told { "traces" } else { "pends" }, "{}", rules.name);
        assert_eq!(world.run(), if told { "a shows USR1" } else { "" });
    }
}

/// `a` has a second thread, `w`, that sleeps. These of the two are traced, and block USR1; the main thread is told of one
/// for the process where its tracer is to be shown it, and has not looked yet.
fn told_of_what_they_block(rules: &'static Personality, tracees: &[&str]) -> World {
    let mut world = World::with_job(rules, &["a", "debugger"]);
    world.thread_of("a", "w");
    world.catch("a", Signal::USR1);
    world.sleeps("w", Activity::Interruptible);
    for &tracee in tracees {
        world.block(tracee, &[Signal::USR1]);
        world.system.trace(world.key("debugger"), world.thread(tracee)).expect("it is not traced yet");
    }
    world.psignal("a", Signal::USR1);
    world
}

#[test]
fn what_only_a_tracer_was_to_see_is_anothers_once_there_is_none() {
    let ways: [fn(&mut World); 3] = [
        |world| {
            let left = world.system.trace_detach(world.key("debugger"), world.thread("a"), None);
            assert_eq!(left, Ok(Delivery::Nothing));
        },
        |world| world.ended("debugger"),
        |world| world.system.exit_thread(world.thread("a")).expect("it lives"),
    ];
    for rules in ALL {
        for (way, leave) in ways.iter().enumerate() {
            let mut world = told_of_what_they_block(rules, &["a"]);
            leave(&mut world);
            world.check();
            assert_eq!(world.run(), "w runs USR1", "{} {way}", rules.name);
        }
    }
}

#[test]
fn a_tracee_that_ends_leaves_what_both_block_to_another_tracee_where_tracers_see_it() {
    for rules in [&BSD43, &BSD44, &AIXRT] {
        let mut world = told_of_what_they_block(rules, &["a", "w"]);
        world.system.exit_thread(world.thread("a")).expect("it lives");
        world.check();
        assert_eq!(world.run(), "w shows USR1", "{}", rules.name);
    }
}

#[test]
fn what_a_thread_closes_itself_to_is_shown_by_a_tracee_that_blocks_it() {
    for rules in [&BSD43, &BSD44, &AIXRT] {
        let mut world = told_of_what_they_block(rules, &["w"]);
        world.block("a", &[Signal::USR1]);
        assert_eq!(world.run(), "w shows USR1", "{}", rules.name);
    }
}

#[test]
fn a_tracee_that_stops_has_still_to_look_at_what_it_blocks() {
    for rules in [&BSD43, &BSD44, &AIXRT] {
        let mut world = told_of_what_they_block(rules, &["a"]);
        world.block("w", &[Signal::USR1]);
        world.sleeps("w", Activity::Running);
        assert_eq!(world.run(), "a shows USR1", "{}", rules.name);
        assert_eq!(world.psignal("a", Signal::USR1), "defers", "{}", rules.name);
        let stops = world.trace_continue("debugger", "a", Some(SignalInfo::kernel(Signal::STOP)));
        assert_eq!(stops, "a stops", "{}", rules.name);
    }
}

#[test]
fn another_thread_of_the_tracer_decides_in_its_place_or_cannot() {
    for rules in ALL {
        let is_thread = ["linux", "posix"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a", "debugger"]);
        world.thread_of("debugger", "other");
        world.system.trace(world.thread("debugger"), world.thread("a")).expect("it is not traced yet");
        world.psignal("a", Signal::USR1);
        assert_eq!(world.run(), "a shows USR1");
        let answer = world.system.trace_continue(world.thread("other"), world.thread("a"), None);
        world.check();
        assert_eq!(answer.is_err(), is_thread, "{}", rules.name);
    }
}

#[test]
fn what_a_thread_traced_goes_on_when_the_thread_ends_or_when_its_process_does() {
    for rules in ALL {
        let is_thread = ["linux", "posix"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a", "debugger"]);
        world.thread_of("debugger", "other");
        world.catch("debugger", Signal::CHLD);
        world.system.seize(world.thread("other"), world.thread("a")).expect("it is not traced yet");
        world.system.exit_thread(world.thread("other")).expect("it lives");
        world.check();
        assert_eq!(world.system.tracer(world.thread("a")).is_none(), is_thread, "{}", rules.name);
        world.psignal("a", Signal::USR1);
        let told = world.run();
        assert_eq!(
            told,
            if is_thread { "a ends by USR1" } else { "a shows USR1, debugger runs CHLD" },
            "{}",
            rules.name
        );
        world.ended("debugger");
        assert_eq!(world.system.tracer(world.thread("a")), None, "{}", rules.name);
    }
}

#[test]
fn a_blocked_terminal_stop_ends_a_child_of_init_when_it_is_taken_on_4_3bsd() {
    for rules in ALL {
        let mut world = World::new(rules);
        world.place("init", "sh", 100, 100, 100);
        world.place("init", "c", 50, 50, 100);
        world.place("sh", "d", 51, 50, 100);
        for name in ["c", "d"] {
            world.block(name, &[Signal::TSTP]);
            world.psignal(name, Signal::TSTP);
            world.block(name, &[]);
        }
        let of_init = if rules.name == "bsd43" { "c ends by KILL" } else { "c stops" };
        assert!(world.run().starts_with(of_init), "{}", rules.name);
        assert!(world.lives("d"), "{}", rules.name);
    }
}
