//! Where the systems differ about groups and sessions, a test a row of the table.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{ActionFlags, ChildNews, ChildStatus, SetSessionError, Signal, SignalSet};

use crate::world::{OTHER, World};

#[test]
fn a_group_with_some_refused_succeeds_fails_afterwards_or_reaches_nobody() {
    for (rules, answer, ran) in [
        (&LINUX, "0: a terminates, b EPERM", "a ends by TERM"),
        (&FREEBSD, "0: a terminates, b EPERM", "a ends by TERM"),
        (&POSIX, "0: a terminates, b EPERM", "a ends by TERM"),
        (&BSD43, "EPERM: a terminates, b EPERM", "a ends by TERM"),
        (&BSD44, "0: a terminates, b EPERM", "a ends by TERM"),
        (&AIXRT, "EPERM: a withheld, b EPERM", ""),
    ] {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["b"]);
        assert_eq!(world.killpg("sh", "a", Signal::TERM), answer, "{}", rules.name);
        assert_eq!(world.run(), ran);
    }
}

#[test]
fn kill_of_a_negative_number_is_all_or_nothing_where_killpg_is() {
    for (rules, answer) in [(&AIXRT, "EPERM: a withheld, b EPERM"), (&LINUX, "0: a terminates, b EPERM")] {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["b"]);
        assert_eq!(world.kill("sh", "-a", Signal::TERM), answer, "{}", rules.name);
    }
}

#[test]
fn a_group_with_everyone_refused_is_eperm_or_on_4_4bsd_esrch() {
    for rules in ALL {
        let expected = if rules.name == "bsd44" { "ESRCH: a EPERM" } else { "EPERM: a EPERM" };
        let mut world = World::with_job(rules, &["a"]);
        world.user(OTHER, &["a"]);
        assert_eq!(world.killpg("sh", "a", Signal::TERM), expected, "{}", rules.name);
    }
}

#[test]
fn init_in_a_group_receives_or_is_left_out() {
    for rules in ALL {
        let receives = ["linux", "posix"].contains(&rules.name);
        let mut world = World::new(rules);
        world.fork("init", "getty");
        let expected = if receives { "0: init immune, getty terminates" } else { "0: getty terminates" };
        assert_eq!(world.kill("getty", "0", Signal::TERM), expected, "{}", rules.name);
    }
}

#[test]
fn killpg_0_is_the_own_group_or_on_4_3bsd_none() {
    for rules in ALL {
        let expected = if rules.name == "bsd43" { "ESRCH" } else { "0: a probed, b probed" };
        assert_eq!(World::with_job(rules, &["a", "b"]).killpg("b", "0", 0), expected, "{}", rules.name);
    }
}

#[test]
fn killpg_1_is_everyone_nobody_or_group_1() {
    for (rules, answer) in [
        (&LINUX, "0: sh probed, a probed"),
        (&FREEBSD, "ESRCH"),
        (&POSIX, "ESRCH"),
        (&BSD43, "0: getty probed"),
        (&BSD44, "ESRCH"),
        (&AIXRT, "0: getty probed"),
    ] {
        let mut world = World::with_job(rules, &["a"]);
        world.fork("init", "getty");
        assert_eq!(world.killpg("getty", "1", 0), answer, "{}", rules.name);
    }
}

#[test]
fn killpg_of_a_negative_number_is_invalid_or_not_found() {
    for rules in ALL {
        let expected = if ["bsd43", "bsd44"].contains(&rules.name) { "ESRCH" } else { "EINVAL" };
        for group in ["-1", "-2", "-2147483648"] {
            assert_eq!(
                World::with_job(rules, &["a"]).killpg("sh", group, 15),
                expected,
                "{group} under {}",
                rules.name
            );
        }
    }
}

#[test]
fn a_group_of_zombies_is_signalled_without_effect_or_not_found() {
    for rules in ALL {
        let is_found = ["linux", "freebsd", "posix"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a", "b"]);
        world.ended("a");
        world.ended("b");
        let expected = if is_found { "0: a zombie, b zombie" } else { "ESRCH" };
        assert_eq!(world.killpg("sh", "a", Signal::TERM), expected, "{}", rules.name);
    }
}

#[test]
fn checkctty_is_tested_by_the_kernel_or_left_to_the_terminal() {
    for (rules, answer) in [(&FREEBSD, "0"), (&BSD44, "0"), (&LINUX, "1: a terminates"), (&BSD43, "1: a terminates")] {
        let mut world = World::with_job(rules, &["a"]);
        assert_eq!(world.pgsignal("a", Signal::INT, true), answer, "{}", rules.name);
    }
}

#[test]
fn setsid_does_not_exist_on_4_3bsd() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        let answer = world.system.setsid(world.key("b"));
        world.check();
        if ["bsd43", "aixrt"].contains(&rules.name) {
            assert_eq!(answer, Err(SetSessionError::NotKnown), "{}", rules.name);
        } else {
            assert_eq!(world.system.session(world.key("b")), answer.ok(), "{}", rules.name);
            assert_eq!(world.kill("b", "0", 0), "0: b probed", "it leads a group of its own");
        }
    }
}

#[test]
fn nocldstop_silences_stops_where_it_exists() {
    for (rules, silences) in [(&LINUX, true), (&FREEBSD, true), (&POSIX, true), (&BSD43, false), (&BSD44, true)] {
        let mut world = World::with_job(rules, &["a"]);
        world.catch_with("sh", Signal::CHLD, SignalSet::EMPTY, ActionFlags::NOCLDSTOP);
        world.psignal("a", Signal::STOP);
        let told = world.run();
        assert_eq!(!told.contains("sh runs CHLD"), silences, "{told} under {}", rules.name);
    }
}

#[test]
fn news_that_a_child_continued_exists_or_not() {
    for rules in ALL {
        let exists = ["linux", "freebsd", "posix"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a"]);
        world.stopped("a");
        world.psignal("a", Signal::CONT);
        world.run();
        let expected = exists.then_some(ChildStatus::Changed(ChildNews::Continued));
        assert_eq!(world.news_of("a"), expected, "{}", rules.name);
    }
}

#[test]
fn an_init_that_was_placed_in_a_group_is_left_out_like_any_other() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.system.set_protected(world.key("a")).expect("it is there");
        let receives = ["linux", "posix"].contains(&rules.name);
        let expected = if receives { "0: a probed, b probed" } else { "0: b probed" };
        assert_eq!(world.kill("sh", "-a", 0), expected, "{}", rules.name);
    }
}

/// The group is orphaned since its leader ended, when nobody was stopped. The leader is a zombie still when its parent ends.
#[test]
fn the_end_of_a_zombies_parent_hangs_up_a_stopped_group_or_does_not() {
    for rules in ALL {
        let hangs_up = rules.name == "linux";
        let mut world = World::with_job(rules, &["leader"]);
        world.fork("leader", "a");
        world.catch("a", Signal::HUP);
        world.ended("leader");
        world.stopped("a");
        world.ended("sh");
        assert_eq!(!world.is_stopped("a"), hangs_up, "{}", rules.name);
        assert_eq!(world.run().contains("a runs HUP"), hangs_up, "{}", rules.name);
    }
}
