//! Mistakes that other implementations have made, each as a test that this one does not make it.

use sigpost_engine::personality::{ALL, GroupRefusal};
use sigpost_engine::{ActionFlags, Activity, ChildNews, ChildStatus, Code, Counts, Pid, Signal, SignalSet};

use crate::world::{OTHER, World};

/// Two kernels written in Rust cut the number off to 8 bits.
#[test]
fn signal_265_is_not_kill() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        for number in [256, 265, 256 * 256 + 9, 9 - 256] {
            assert_eq!(world.kill("sh", "a", number), "EINVAL", "{number} under {}", rules.name);
        }
        assert!(world.lives("a"));
    }
}

/// gVisor returned EPERM after it had reached someone, if the last member refused. Where one that refuses is an error by
/// rule (4.3BSD, AIX/RT), it is one whoever is last.
#[test]
fn a_group_send_does_not_return_what_the_last_member_said() {
    for rules in ALL {
        let succeeds = rules.group_some_refused == GroupRefusal::Succeeds;
        for stranger in ["a", "b", "c"] {
            let mut world = World::with_job(rules, &["a", "b", "c"]);
            world.user(OTHER, &[stranger]);
            let answer = world.kill("sh", "-a", Signal::TERM);
            assert!(answer.starts_with(if succeeds { "0: " } else { "EPERM: " }), "{answer} under {}", rules.name);
            assert!(answer.contains(&format!("{stranger} EPERM")), "{answer} under {}", rules.name);
        }
    }
}

/// Two kernels written in Rust returned 0 though every member refused.
#[test]
fn a_group_that_refuses_altogether_is_an_error() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.user(OTHER, &["a", "b"]);
        assert!(world.kill("sh", "-a", Signal::TERM).starts_with('E'), "{}", rules.name);
    }
}

/// starry-signal let a handler's mask hold KILL: a process that nothing could end.
#[test]
fn kill_ends_a_process_inside_a_handler_that_blocks_everything() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch_with("a", Signal::USR1, SignalSet::ALL, ActionFlags::NONE);
        world.psignal("a", Signal::USR1);
        assert!(matches!(world.system.deliver(world.thread("a")), Ok(sigpost_engine::Delivery::Handler(_))));
        assert_eq!(world.psignal("a", Signal::TERM), "pends");
        assert_eq!(world.kill("sh", "a", Signal::KILL), "0: a terminates", "{}", rules.name);
        assert_eq!(world.run(), "a ends by KILL");
    }
}

/// Asterinas did not continue a process that caught or blocked CONT. (4.3BSD leaves one stopped that blocks it: a row of
/// the table.)
#[test]
fn a_caught_or_blocked_cont_continues() {
    for (rules, blocks) in ALL.into_iter().flat_map(|rules| [(rules, false), (rules, true)]) {
        if blocks && !rules.cont_always_continues {
            continue;
        }
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::CONT);
        world.block("a", if blocks { &[Signal::CONT] } else { &[] });
        world.stopped("a");
        assert_eq!(world.kill("sh", "a", Signal::CONT), "0: a continues");
        assert!(!world.is_stopped("a") && world.pending("a").contains(Signal::CONT), "{}", rules.name);
        world.block("a", &[]);
        assert_eq!(world.run(), "a runs CONT", "{}", rules.name);
    }
}

/// `StarryOS` stopped only the thread that took the stop signal.
#[test]
fn a_stop_stops_every_thread() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "first");
        world.thread_of("a", "second");
        world.sleeps("second", Activity::Interruptible);
        world.psignal("a", Signal::STOP);
        for thread in ["a", "first"] {
            assert_eq!(world.news_of("a"), None, "a thread has yet to stop, under {}", rules.name);
            world.returns_to_user_mode(thread);
        }
        world.run();
        assert_eq!(world.news_of("a"), Some(ChildStatus::Changed(ChildNews::Stopped(Signal::STOP))), "{}", rules.name);
        let threads = world.system.threads_of(world.key("a")).collect::<Vec<_>>();
        assert_eq!(threads.len(), 3);
        for thread in threads {
            assert!(world.system.thread(thread).expect("it is there").is_stopped(), "{}", rules.name);
        }
    }
}

/// `DragonOS` gave up at the first process that failed.
#[test]
fn minus_one_goes_on_after_a_refusal() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b", "c"]);
        world.user(OTHER, &["a", "b"]);
        let answer = world.kill("sh", "-1", Signal::USR1);
        assert!(answer.starts_with("0: ") && answer.ends_with("c terminates"), "{answer} under {}", rules.name);
    }
}

/// gVisor gave a number out again while a group had it (its issue 355). Here the next free one is another.
#[test]
fn a_new_process_does_not_get_the_number_of_a_group() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        let number = world.number("a");
        world.ended("a");
        world.system.reap(world.key("a")).expect("it has ended");
        for name in ["c", "d", "e"] {
            world.fork("sh", name);
            assert_ne!(world.number(name), number, "{}", rules.name);
        }
        assert!(world.system.fork_as(world.thread("sh"), Pid::new(number)).is_err(), "nor by wish");
    }
}

/// gVisor let a process inside end init (its issue 11836).
#[test]
fn nobody_inside_ends_init() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.user(0, &["a"]);
        for signal in [Signal::KILL, Signal::TERM, Signal::SEGV, Signal::STOP, Signal::RTMIN] {
            let exists = signal.number() <= rules.highest_signal;
            let answer = if exists { "0: init immune" } else { "EINVAL" };
            assert_eq!(world.kill("a", "init", signal), answer, "{signal} under {}", rules.name);
        }
        assert!(world.run().is_empty() && world.lives("init"), "{}", rules.name);
    }
}

/// gVisor's setsid waited for itself where handlers are shared (its issue 14275): the tree has changed by the time
/// somebody is told.
#[test]
fn those_who_are_told_of_an_end_find_the_tree_changed() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("sh", Signal::HUP);
        let child = world.system.fork_sharing(world.thread("sh"), None).expect("there is room");
        if rules.has_setsid {
            assert!(world.system.setsid(child).is_ok());
            world.check();
            let mut group = Counts::default();
            world.system.kill(child, 0, 0, &mut group).expect("its own group");
            assert_eq!(group.total(), 1, "it is alone there, under {}", rules.name);
        }
        world.catch("a", Signal::HUP);
        world.stopped("a");
        world.ended("sh");
        let group = world.system.group(world.key("a")).expect("it has one");
        assert!(world.system.is_orphaned(group), "{}", rules.name);
        assert_eq!(world.system.parent(world.key("a")), Some(world.key("init")));
        assert!(world.run().contains("a runs HUP"));
    }
}

/// rcore-os dropped a CHLD that was blocked and ignored by default: who waited for it waited for ever.
#[test]
fn a_default_chld_reaches_the_one_who_waits_for_it() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        let (sh, chld) = (world.thread("sh"), SignalSet::of(&[Signal::CHLD]));
        world.block("sh", &[Signal::CHLD]);
        world.system.sigwait_begin(sh, chld).expect("it is there");
        assert_eq!(world.system.sigwait_poll(sh), Ok(None));
        world.sleeps("sh", Activity::Interruptible);
        world.ended("a");
        assert_eq!(world.activity("sh"), Activity::Running, "{}", rules.name);
        let info = world.system.sigwait_poll(sh).expect("it is there");
        assert_eq!(info.map(|info| (info.signal, info.code)), Some((Signal::CHLD, Code::EXITED)));
        world.check();
    }
}

/// rcore-os lost a fault to a signal with a lower number.
#[test]
fn a_fault_is_not_lost_to_a_lower_number() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::HUP);
        world.catch("a", Signal::SEGV);
        world.psignal("a", Signal::HUP);
        assert_eq!(world.tdsignal("a", Signal::SEGV), "handles");
        let told = world.run();
        assert!(told.contains("a runs SEGV") && told.contains("a runs HUP"), "{told} under {}", rules.name);
    }
}

/// RT-Thread woke uninterruptible sleepers (its issue 11723).
#[test]
fn no_signal_wakes_an_uninterruptible_sleeper() {
    for rules in ALL {
        for signal in [Signal::USR1, Signal::CONT, Signal::TSTP, Signal::STOP, Signal::KILL] {
            let mut world = World::with_job(rules, &["a"]);
            world.sleeps("a", Activity::Uninterruptible);
            world.psignal("a", signal);
            assert_eq!(world.activity("a"), Activity::Uninterruptible, "{signal} under {}", rules.name);
        }
    }
}
