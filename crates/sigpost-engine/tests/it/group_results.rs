//! What a call returns, of one target and of several.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Activity, Personality, Signal, SignalSet};

use crate::world::{OTHER, USER, World};

#[test]
fn a_host_may_have_the_youngest_member_signalled_first() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    assert_eq!(world.kill("sh", "-a", Signal::URG), "0: a ignores, b ignores");
    world.system.set_youngest_member_first(true);
    assert_eq!(world.kill("sh", "-a", Signal::URG), "0: b ignores, a ignores");
}

/// [S3.5] Wherever in the group it stands.
#[test]
fn one_member_that_could_be_signalled_makes_the_call_a_success() {
    for rules in [&LINUX, &FREEBSD, &POSIX, &BSD44] {
        let names = ["a", "b", "c"];
        for reached in names {
            let mut world = World::with_job(rules, &names);
            world.user(OTHER, &names);
            world.user(USER, &[reached]);
            let answer = world.kill("sh", "-a", Signal::TERM);
            assert!(answer.starts_with("0: "), "{answer} under {}", rules.name);
            assert_eq!(world.run(), format!("{reached} ends by TERM"));
        }
    }
}

/// [S3.7] Each error where it is due, at the width of the whole number.
#[test]
fn einval_eperm_and_esrch_each_where_it_is_due() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["a", "b"]);
        assert_eq!(world.kill("sh", "a", 65), "EINVAL");
        assert_eq!(world.kill("sh", "a", -1), "EINVAL");
        assert_eq!(world.kill("sh", "-a", 265), "EINVAL");
        assert_eq!(world.kill("sh", "a", Signal::TERM), "EPERM: a EPERM");
        assert_eq!(world.kill("sh", "4711", Signal::TERM), "ESRCH");
        assert_eq!(world.kill("sh", "-4711", Signal::TERM), "ESRCH");
        let none = if rules.name == "bsd44" { "ESRCH" } else { "EPERM" };
        assert_eq!(world.kill("sh", "-a", Signal::TERM), format!("{none}: a EPERM, b EPERM"), "{}", rules.name);
    }
}

/// [S3.7] A realtime number where there are no realtime signals is no signal.
#[test]
fn an_unsupported_signal_is_as_invalid_as_one_that_cannot_be() {
    for (rules, answer) in [(&LINUX, "0: a pends"), (&FREEBSD, "0: a pends"), (&POSIX, "0: a pends")] {
        assert_eq!(send_rtmin(rules), answer, "{}", rules.name);
    }
    for rules in [&BSD43, &BSD44, &AIXRT] {
        assert_eq!(send_rtmin(rules), "EINVAL", "{}", rules.name);
    }
}

fn send_rtmin(rules: &'static Personality) -> String {
    let mut world = World::with_job(rules, &["a"]);
    world.block("a", &[Signal::RTMIN]);
    world.kill("sh", "a", Signal::RTMIN)
}

/// [S3.10] Whatever the error: nothing is pending, nobody woke, nothing is to be done.
#[test]
fn a_call_that_fails_has_sent_nothing() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["a", "b"]);
        world.fork("sh", "mine");
        for name in ["a", "b", "mine"] {
            world.sleeps(name, Activity::Interruptible);
        }
        let calls = [
            world.kill("sh", "a", Signal::KILL),
            world.kill("sh", "-a", Signal::KILL),
            world.killpg("sh", "a", Signal::STOP),
            world.kill("sh", "mine", 265),
            world.kill("sh", "mine", -9),
            world.kill("sh", "-mine", Signal::KILL),
            world.sigqueue("sh", "a", Signal::USR1, 1),
            world.sigqueue("sh", "mine", 65, 1),
        ];
        assert!(calls.iter().all(|answer| !answer.starts_with('0')), "{calls:?} under {}", rules.name);
        assert_eq!(world.system.next_work(), None, "{}", rules.name);
        for name in ["a", "b", "mine", "sh"] {
            assert!(world.lives(name) && world.pending(name).is_empty());
        }
        assert!(["a", "b", "mine"].iter().all(|name| world.activity(name) == Activity::Interruptible));
    }
}

/// [S3.10] With one member that may be signalled and one that may not: all or nothing where the call fails.
#[test]
fn a_group_send_that_fails_has_reached_nobody() {
    for rules in ALL.into_iter().filter(|rules| rules.name != "bsd43") {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["b"]);
        let failed = !world.killpg("sh", "a", Signal::USR1).starts_with('0');
        assert_eq!(failed, world.lives("a") && world.pending("a").is_empty(), "{}", rules.name);
    }
}

/// [S3.10] A queue that is full: EAGAIN, and neither CONT nor a stop has had an effect.
#[test]
fn a_call_that_fails_for_a_full_queue_has_changed_nothing() {
    for rules in [&FREEBSD, &POSIX] {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::RTMIN, Signal::TSTP]);
        world.catch("a", Signal::CONT);
        assert_eq!(world.kill("sh", "a", Signal::TSTP), "0: a pends");
        world.stopped("a");
        while world.sigqueue("sh", "a", Signal::RTMIN, 1) == "0: a pends" {}
        assert_eq!(world.sigqueue("sh", "a", Signal::CONT, 1), "EAGAIN: a EAGAIN", "{}", rules.name);
        assert!(world.is_stopped("a"));
        assert_eq!(world.pending("a"), SignalSet::of(&[Signal::TSTP, Signal::RTMIN]));
    }
}
