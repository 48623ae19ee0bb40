//! Where the systems differ about what is kept pending, a test a row of the table.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Code, Delivery, Disposition, Signal, SignalSet};

use crate::world::{USER, World};

const USR1: SignalSet = SignalSet::of(&[Signal::USR1]);
const RTMIN: SignalSet = SignalSet::of(&[Signal::RTMIN]);

#[test]
fn a_standard_signal_sent_twice_is_one_or_two() {
    for rules in ALL {
        let queues = rules.name == "freebsd";
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::USR1]);
        assert_eq!(world.sigqueue("sh", "a", Signal::USR1, 1), "0: a pends");
        let second = world.sigqueue("sh", "a", Signal::USR1, 2);
        assert_eq!(second, if queues { "0: a pends" } else { "0: a merges" }, "{}", rules.name);
        assert_eq!(world.takes("a", USR1).map(|info| info.value), Some(1), "the first one's information is kept");
        assert_eq!(world.takes("a", USR1).map(|info| info.value), queues.then_some(2));
    }
}

#[test]
fn the_process_and_each_thread_have_a_queue_of_their_own() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.block("a", &[Signal::USR1]);
    assert_eq!(world.kill("sh", "a", Signal::USR1), "0: a pends");
    assert_eq!(world.tgkill("sh", "a", "a", Signal::USR1), "0: a pends");
    assert_eq!(world.tgkill("sh", "a", "a", Signal::USR1), "0: a merges");
    assert_eq!(world.takes("a", USR1).map(|info| info.code), Some(Code::TKILL), "the thread's own comes first");
    assert_eq!(world.takes("a", USR1).map(|info| info.code), Some(Code::USER));
}

#[test]
fn what_is_ignored_and_blocked_is_kept_or_discarded() {
    for rules in ALL {
        let keeps = ["linux", "posix"].contains(&rules.name);
        // Set to be ignored, and without effect by default.
        for signal in [Signal::USR1, Signal::WINCH] {
            let mut world = World::with_job(rules, &["a"]);
            if signal == Signal::USR1 {
                world.ignore("a", signal);
            }
            world.block("a", &[signal]);
            let answer = world.kill("sh", "a", signal);
            assert_eq!(answer, if keeps { "0: a pends" } else { "0: a ignores" }, "{signal} under {}", rules.name);
            world.catch("a", signal);
            world.block("a", &[]);
            assert_eq!(world.run(), if keeps { format!("a runs {signal}") } else { String::new() });
        }
    }
}

#[test]
fn linux_does_not_even_send_an_ignored_end_of_a_child() {
    for (rules, sends) in [(&LINUX, false), (&POSIX, true)] {
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("sh", Signal::CHLD);
        world.block("sh", &[Signal::CHLD]);
        world.ended("a");
        assert_eq!(world.pending("sh").contains(Signal::CHLD), sends, "{}", rules.name);
    }
}

#[test]
fn the_limit_is_a_users_or_a_processes_own() {
    for (rules, limit, is_shared) in [(&LINUX, 3, true), (&FREEBSD, 128, false), (&POSIX, 32, false)] {
        let mut world = World::with_job(rules, &["a", "b"]);
        for name in ["a", "b"] {
            world.block(name, &[Signal::RTMIN]);
            if is_shared {
                world.system.set_queue_limit(world.key(name), limit).expect("it is there");
            }
        }
        for value in 0..limit.into() {
            assert_eq!(world.sigqueue("sh", "a", Signal::RTMIN, value), "0: a pends", "{}", rules.name);
        }
        assert_eq!(world.sigqueue("sh", "a", Signal::RTMIN, 0), "EAGAIN: a EAGAIN", "{}", rules.name);
        let other = world.sigqueue("sh", "b", Signal::RTMIN, 0);
        assert_eq!(other, if is_shared { "EAGAIN: b EAGAIN" } else { "0: b pends" }, "{}", rules.name);
        world.user(crate::world::OTHER, &["b"]);
        world.user(0, &["sh"]);
        assert_eq!(world.sigqueue("sh", "b", Signal::RTMIN, 0), "0: b pends", "another user pays for itself");
    }
    for rules in [&BSD43, &BSD44, &AIXRT] {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::USR1]);
        world.system.set_queue_limit(world.key("a"), 0).expect("it is there");
        assert_eq!(world.sigqueue("sh", "a", Signal::USR1, 0), "0: a pends", "there is no queue to fill");
        assert_eq!(world.sigqueue("sh", "a", Signal::USR1, 0), "0: a merges");
    }
}

/// A process `a` that blocks a standard and a realtime signal, with a full queue.
fn full(rules: &'static sigpost_engine::Personality) -> World {
    let mut world = World::with_job(rules, &["a"]);
    world.block("a", &[Signal::USR1, Signal::RTMIN, Signal::RTMAX]);
    if rules.name == "linux" {
        world.system.set_queue_limit(world.key("a"), 2).expect("it is there");
    }
    while world.sigqueue("sh", "a", Signal::RTMAX, 1) == "0: a pends" {}
    world
}

#[test]
fn on_linux_a_full_queue_is_told_to_some_calls_and_costs_others_the_information() {
    assert_eq!(full(&LINUX).kill("sh", "a", Signal::USR1), "0: a pends");
    assert_eq!(full(&LINUX).kill("sh", "a", Signal::RTMIN), "0: a pends without its information");
    assert_eq!(full(&LINUX).sigqueue("sh", "a", Signal::USR1, 1), "0: a pends without its information");
    assert_eq!(full(&LINUX).tgkill("sh", "a", "a", Signal::USR1), "0: a pends without its information");
    assert_eq!(full(&LINUX).sigqueue("sh", "a", Signal::RTMIN, 1), "EAGAIN: a EAGAIN");
    assert_eq!(full(&LINUX).tgkill("sh", "a", "a", Signal::RTMIN), "EAGAIN: a EAGAIN");
}

#[test]
fn on_freebsd_a_full_queue_is_told_to_sigqueue_alone() {
    assert_eq!(full(&FREEBSD).kill("sh", "a", Signal::USR1), "0: a pends without its information");
    assert_eq!(full(&FREEBSD).sigqueue("sh", "a", Signal::USR1, 1), "EAGAIN: a EAGAIN");
    assert_eq!(full(&FREEBSD).tgkill("sh", "a", "a", Signal::RTMIN), "0: a pends without its information");
}

#[test]
fn under_posix_a_full_queue_is_told_to_every_call_but_kill() {
    assert_eq!(full(&POSIX).kill("sh", "a", Signal::USR1), "0: a pends without its information");
    assert_eq!(full(&POSIX).sigqueue("sh", "a", Signal::USR1, 1), "EAGAIN: a EAGAIN");
    assert_eq!(full(&POSIX).tgkill("sh", "a", "a", Signal::RTMIN), "EAGAIN: a EAGAIN");
}

#[test]
fn what_lost_its_information_looks_like_a_kill_by_nobody() {
    let mut world = full(&LINUX);
    world.kill("sh", "a", Signal::RTMIN);
    let info = world.takes("a", RTMIN).expect("the signal itself is there");
    assert_eq!(info, sigpost_engine::SignalInfo::lost(Signal::RTMIN));
}

#[test]
fn sigpending_reports_what_is_blocked_or_all_that_is_pending() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::HUP);
        world.block("a", &[Signal::USR1]);
        world.psignal("a", Signal::HUP);
        world.psignal("a", Signal::USR1);
        let all = rules.name == "freebsd";
        let expected = if all { SignalSet::of(&[Signal::HUP, Signal::USR1]) } else { USR1 };
        assert_eq!(world.system.sigpending(world.thread("a")), Some(expected), "{}", rules.name);
    }
}

#[test]
fn exec_keeps_an_ignored_chld_or_resets_it() {
    for rules in ALL {
        let resets = ["freebsd", "bsd44"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("a", Signal::CHLD);
        world.ignore("a", Signal::HUP);
        world.catch("a", Signal::USR1);
        world.system.exec(world.thread("a")).expect("it is there");
        world.check();
        let expected = if resets { Disposition::Default } else { Disposition::Ignore };
        assert_eq!(world.system.disposition(world.key("a"), Signal::CHLD), Some(expected), "{}", rules.name);
        assert_eq!(world.system.disposition(world.key("a"), Signal::HUP), Some(Disposition::Ignore));
        assert_eq!(world.system.disposition(world.key("a"), Signal::USR1), Some(Disposition::Default));
    }
}

#[test]
fn news_of_a_child_arrives_whole_when_the_queue_is_full() {
    for rules in [&LINUX, &FREEBSD, &POSIX] {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("sh", Signal::CHLD);
        world.block("sh", &[Signal::CHLD, Signal::RTMIN]);
        world.system.set_queue_limit(world.key("sh"), 1).expect("it is there");
        assert_eq!(world.sigqueue("sh", "sh", Signal::RTMIN, 0), "0: sh pends");
        assert_eq!(world.sigqueue("sh", "sh", Signal::RTMIN, 0), "EAGAIN: sh EAGAIN", "{}", rules.name);
        let number = world.number("a");
        world.ended("a");
        let info = world.takes("sh", SignalSet::of(&[Signal::CHLD]));
        assert_eq!(info.map(|info| (info.code, info.pid)), Some((Code::EXITED, number)), "{}", rules.name);
    }
}

/// The queue has room for nothing: what a child has to tell lies in its own slot. What others send has lost its information.
#[test]
fn news_of_a_child_arrives_whole_when_no_entry_is_left() {
    for rules in ALL {
        let mut world = World::with_room(rules, 0);
        world.place("init", "sh", 100, 100, 100);
        world.catch("sh", Signal::CHLD);
        world.block("sh", &[Signal::CHLD]);
        for name in ["a", "b"] {
            world.fork("sh", name);
        }
        let chld = SignalSet::of(&[Signal::CHLD]);
        let (a, b) = (world.number("a"), world.number("b"));
        let news = |world: &mut World| world.takes("sh", chld).map(|info| (info.code, info.pid, info.uid, info.value));
        assert_eq!(world.kill("a", "sh", Signal::CHLD), "0: sh pends without its information");
        assert_eq!(news(&mut world), Some((Code::USER, 0, 0, 0)), "{}", rules.name);

        world.psignal("a", Signal::STOP);
        world.run();
        assert_eq!(news(&mut world), Some((Code::STOPPED, a, USER, 19)), "{}", rules.name);
        world.psignal("a", Signal::CONT);
        world.run();
        let continued = rules.has_continued_news.then_some((Code::CONTINUED, a, USER, 18));
        assert_eq!(news(&mut world), continued, "{}", rules.name);
        world.system.exit(world.key("b"), 7).expect("it lives");
        world.psignal("a", Signal::KILL);
        world.run();
        assert_eq!(news(&mut world), Some((Code::EXITED, b, USER, 7)), "the first of two, under {}", rules.name);
        world.fork("sh", "c");
        let c = world.number("c");
        world.kill("c", "sh", Signal::CHLD);
        assert_eq!(news(&mut world), Some((Code::USER, 0, 0, 0)), "no child's, under {}", rules.name);
        world.block("sh", &[]);
        world.ended("c");
        let delivery = world.system.deliver(world.thread("sh")).expect("it is there");
        assert!(matches!(delivery, Delivery::Handler(call) if call.info.pid == c), "{delivery:?} under {}", rules.name);
        world.check();
    }
}
