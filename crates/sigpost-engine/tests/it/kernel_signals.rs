//! The calls that a kernel makes of itself: `psignal`, `pgsignal`, `gsignal`, `tdsignal`.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Activity, Gone, Signal, SignalInfo, SignalSet, Work};

use crate::world::{OTHER, World};

/// [S2.1] Any signal to any process; it comes from nobody.
#[test]
fn psignal_posts_any_signal_without_asking_for_permission() {
    for rules in ALL {
        for signal in Signal::all().filter(|signal| signal.is_catchable()) {
            let mut world = World::with_job(rules, &["a"]);
            world.user(OTHER, &["a"]);
            world.catch("a", signal);
            world.block("a", &[signal]);
            assert_eq!(world.psignal("a", signal), "pends", "{signal} under {}", rules.name);
            let expected = SignalInfo::kernel(signal);
            assert_eq!(world.takes("a", SignalSet::of(&[signal])), Some(expected));
        }
        let mut world = World::with_job(rules, &["a"]);
        assert_eq!(world.psignal("a", Signal::KILL), "terminates");
        assert_eq!(world.run(), "a ends by KILL");
    }
}

/// [S2.2] Every member in turn, whoever they are; without a group, nobody.
#[test]
fn pgsignal_posts_to_each_member_and_without_a_group_to_nobody() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b", "c"]);
        world.user(OTHER, &["b"]);
        world.ignore("c", Signal::HUP);
        assert_eq!(world.system.pgsignal(None, Signal::HUP, false, &mut ()), Ok(0));
        assert_eq!(world.run(), "");
        assert_eq!(world.pgsignal("a", Signal::HUP, false), "3: a terminates, b terminates, c ignores");
        assert_eq!(world.run(), "a ends by HUP, b ends by HUP");
    }
}

/// [S2.3] Where the kernel tests it: no terminal, no signal.
#[test]
fn checkctty_leaves_out_members_without_a_controlling_terminal() {
    for rules in [&FREEBSD, &BSD44] {
        let mut world = World::with_job(rules, &["a", "b"]);
        assert_eq!(world.pgsignal("a", Signal::INT, true), "0", "{}", rules.name);
        assert!(world.pending("a").is_empty() && world.lives("b"));
        world.system.set_terminal(world.key("sh"), true).expect("it is there");
        assert_eq!(world.pgsignal("a", Signal::INT, true), "2: a terminates, b terminates");
        world.place("init", "daemon", 50, 50, 50);
        assert_eq!(world.pgsignal("daemon", Signal::INT, true), "0");
        assert_eq!(world.pgsignal("daemon", Signal::INT, false), "1: daemon terminates");
    }
}

/// [S2.4] By number, and without a look at terminals.
#[test]
fn gsignal_finds_the_group_and_does_nothing_for_0() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        let group = world.number("a");
        for number in [0, -1, -group, 4711, world.number("b")] {
            assert_eq!(world.gsignal(number, Signal::HUP), "0", "group {number}");
        }
        assert_eq!(world.run(), "");
        assert_eq!(world.gsignal(group, Signal::HUP), "2: a terminates, b terminates");
    }
}

/// [S2.5] The thread that is meant, even if others could take it sooner.
#[test]
fn tdsignal_posts_to_one_thread() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "worker");
        world.catch("a", Signal::USR1);
        world.block("worker", &[Signal::USR1]);
        assert_eq!(world.tdsignal("worker", Signal::USR1), "pends", "{}", rules.name);
        assert_eq!(world.run(), "");
        world.block("worker", &[]);
        assert_eq!(world.run(), "worker runs USR1");
        assert_eq!(world.tdsignal("a", Signal::USR1), "handles");
        assert_eq!(world.run(), "a runs USR1");
    }
}

/// [S2.6] The sleeper is made to run and listed as work; its handler has to wait until it does.
#[test]
fn a_post_makes_the_target_runnable_and_does_not_run_it() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        world.sleeps("a", Activity::Interruptible);
        assert_eq!(world.psignal("a", Signal::USR1), "handles");
        assert_eq!(world.activity("a"), Activity::Running, "{}", rules.name);
        assert!(world.pending("a").contains(Signal::USR1), "nobody has taken it yet");
        let thread = world.thread("a");
        assert_eq!(world.system.next_work(), Some(Work::Thread(thread)));
        assert_eq!(world.system.next_work(), None, "one target, one piece of work");
        assert_eq!(world.returns_to_user_mode("a"), "a runs USR1");
    }
}

/// [S2.7] It sleeps on, and finds the signal on its way back to user mode.
#[test]
fn an_uninterruptible_sleeper_is_not_made_runnable() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        world.sleeps("a", Activity::Uninterruptible);
        assert_eq!(world.psignal("a", Signal::USR1), "defers", "{}", rules.name);
        assert_eq!(world.activity("a"), Activity::Uninterruptible);
        assert!(world.pending("a").contains(Signal::USR1));
        world.sleeps("a", Activity::Running);
        assert_eq!(world.returns_to_user_mode("a"), "a runs USR1");
    }
}

/// [S2.8] Neither what is set to be ignored nor what does nothing by default: a default CONT to one that is not stopped is
/// of that kind.
#[test]
fn a_target_that_ignores_the_signal_is_not_made_runnable() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("a", Signal::USR1);
        world.sleeps("a", Activity::Interruptible);
        for signal in [Signal::USR1, Signal::WINCH, Signal::URG, Signal::CHLD, Signal::CONT] {
            assert_eq!(world.psignal("a", signal), "ignores", "{signal} under {}", rules.name);
        }
        assert_eq!(world.system.next_work(), None);
        assert!(world.pending("a").is_empty() && world.activity("a") == Activity::Interruptible);
    }
}

/// [S2.9] It is stopped as it sleeps: stopped at once, and still asleep.
#[test]
fn a_sleeper_is_stopped_without_being_woken() {
    for rules in [&FREEBSD, &POSIX, &BSD43, &BSD44, &AIXRT] {
        for signal in [Signal::STOP, Signal::TTIN] {
            let mut world = World::with_job(rules, &["a"]);
            world.sleeps("a", Activity::Interruptible);
            assert_eq!(world.psignal("a", signal), "stops", "{signal} under {}", rules.name);
            assert!(world.is_stopped("a"), "without having run");
            assert_eq!(world.activity("a"), Activity::Interruptible);
        }
    }
}

/// [S2.9] Linux wakes it, so that it stops itself.
#[test]
fn on_linux_a_sleeper_is_woken_to_stop() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.sleeps("a", Activity::Interruptible);
    assert_eq!(world.psignal("a", Signal::STOP), "stops");
    assert!(!world.is_stopped("a") && world.activity("a") == Activity::Running);
    assert_eq!(world.run(), "a stops");
    assert!(world.is_stopped("a"));
}

/// [S2.10] Whatever its action, and back into the sleep it was in.
#[test]
fn cont_continues_whatever_its_action() {
    for rules in [&LINUX, &FREEBSD, &POSIX, &BSD44, &AIXRT] {
        for case in ["default", "ignored", "blocked", "caught and blocked"] {
            let mut world = World::with_job(rules, &["a"]);
            match case {
                "ignored" => world.ignore("a", Signal::CONT),
                "caught and blocked" => world.catch("a", Signal::CONT),
                _ => {}
            }
            if case.ends_with("blocked") {
                world.block("a", &[Signal::CONT]);
            }
            world.stopped("a");
            assert_eq!(world.psignal("a", Signal::CONT), "continues", "{case} under {}", rules.name);
            world.run();
            assert!(!world.is_stopped("a"), "{case} under {}", rules.name);
        }
    }
}

/// [S2.10] A sleeper that was stopped in its sleep sleeps on.
#[test]
fn cont_puts_a_sleeper_back_to_sleep() {
    for rules in [&FREEBSD, &POSIX, &BSD43, &BSD44, &AIXRT] {
        let mut world = World::with_job(rules, &["a"]);
        world.sleeps("a", Activity::Interruptible);
        world.stopped("a");
        assert_eq!(world.psignal("a", Signal::CONT), "continues", "{}", rules.name);
        assert_eq!(world.run(), "");
        assert!(!world.is_stopped("a") && world.activity("a") == Activity::Interruptible);
    }
}

/// [S2.11] As if there were neither handler nor `SIG_IGN`: the tracer is shown the signal.
#[test]
fn a_traced_target_shows_the_signal_to_its_tracer() {
    for rules in ALL {
        for ignores in [false, true] {
            let mut world = World::with_job(rules, &["a", "debugger"]);
            if ignores {
                world.ignore("a", Signal::USR1);
            } else {
                world.catch("a", Signal::USR1);
            }
            world.system.trace(world.key("debugger"), world.thread("a")).expect("it is not traced yet");
            assert_eq!(world.psignal("a", Signal::USR1), "traces", "{}", rules.name);
            assert_eq!(world.run(), "a shows USR1");
            let then = world.trace_continue("debugger", "a", Some(SignalInfo::kernel(Signal::USR1)));
            assert_eq!(then, if ignores { "" } else { "a runs USR1" }, "what the tracer lets through takes effect");
        }
    }
}

/// [S2.1] [S2.5] A key whose owner is gone is refused.
#[test]
fn the_kernels_calls_refuse_stale_keys() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    let (process, thread, group) = (world.key("a"), world.thread("a"), world.system.group(world.key("a")));
    for name in ["a", "b"] {
        world.ended(name);
        world.system.reap(world.key(name)).expect("it has ended");
    }
    assert_eq!(world.system.psignal(process, Signal::TERM, &mut ()), Err(Gone));
    assert_eq!(world.system.tdsignal(thread, Signal::TERM, &mut ()), Err(Gone));
    assert_eq!(world.system.pgsignal(group, Signal::TERM, false, &mut ()), Err(Gone));
}

#[test]
fn the_parent_of_a_sleeper_that_is_stopped_where_it_is_is_told_at_once() {
    for rules in [&FREEBSD, &POSIX, &BSD43, &BSD44, &AIXRT] {
        let mut world = World::with_job(rules, &["a"]);
        world.sleeps("a", Activity::Interruptible);
        assert_eq!(world.psignal("a", Signal::STOP), "stops", "{}", rules.name);
        let news = world.news_of("a").map(|news| format!("{news:?}"));
        assert_eq!(news.as_deref(), Some("Changed(Stopped(STOP))"), "{}", rules.name);
    }
}
