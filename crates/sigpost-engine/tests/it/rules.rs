//! The rules about signals that hold under every personality (docs/semantics.md), each tried under all six.

use sigpost_engine::personality::ALL;
use sigpost_engine::{
    Action, ActionFlags, Activity, Credentials, Delivery, Disposition, SigactionError, Signal, SignalMask, SignalSet,
};

use crate::world::{OTHER, World};

/// Rule 1.
#[test]
fn no_sequence_of_calls_blocks_catches_or_ignores_kill_and_stop() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        let (thread, process) = (world.thread("a"), world.key("a"));
        for signal in [Signal::KILL, Signal::STOP] {
            for to in [Disposition::Ignore, Disposition::Catch(Action::default()), Disposition::Default] {
                assert_eq!(world.system.sigaction(process, signal, to), Err(SigactionError::Uncatchable));
            }
        }
        let everything = SignalMask::new(SignalSet::ALL);
        world.catch_with("a", Signal::USR1, SignalSet::ALL, ActionFlags::NONE);
        world.system.set_mask(thread, everything).expect("it is there");
        world.system.set_mask_for_call(thread, SignalMask::NONE).expect("it is there");
        world.psignal("a", Signal::USR1);
        let Ok(Delivery::Handler(call)) = world.system.deliver(thread) else { panic!("the handler runs") };
        world.check(); // in the handler, under its sa_mask
        world.system.set_mask_for_call(thread, everything).expect("it is there");
        world.system.sigreturn(thread, call.saved_mask).expect("it is there");
        world.fork("a", "child");
        world.system.exec(world.thread("child")).expect("it is there");
        world.check();
        for name in ["child", "a"] {
            assert!(world.system.thread(world.thread(name)).expect("it is there").mask().blocks(Signal::TERM));
            assert_eq!(world.psignal(name, Signal::STOP), "stops", "{name} under {}", rules.name);
            world.run();
            assert_eq!(world.psignal(name, Signal::KILL), "terminates");
            assert!(world.run().contains("ends by KILL"));
        }
    }
}

/// Rule 2: in the process's queue and in every thread's.
#[test]
fn cont_and_stops_are_never_both_pending() {
    for rules in ALL {
        for stop in [Signal::TSTP, Signal::TTIN, Signal::TTOU] {
            let mut world = World::with_job(rules, &["a"]);
            world.thread_of("a", "worker");
            world.catch("a", Signal::CONT);
            for thread in ["a", "worker"] {
                world.block(thread, &[Signal::CONT, stop]);
            }
            world.psignal("a", stop);
            world.tdsignal("worker", stop);
            assert_eq!(world.pending("a"), SignalSet::of(&[stop]), "{}", rules.name);
            world.psignal("a", Signal::CONT);
            assert_eq!(world.pending("a"), SignalSet::of(&[Signal::CONT]), "{stop} under {}", rules.name);
            world.tdsignal("worker", Signal::CONT);
            world.psignal("a", stop);
            assert_eq!(world.pending("a"), SignalSet::of(&[stop]), "{stop} under {}", rules.name);
        }
    }
}

/// Rule 3.
#[test]
fn a_stopped_process_runs_nothing_until_cont() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        world.thread_of("a", "worker");
        world.stopped("a");
        assert_eq!(world.psignal("a", Signal::USR1), "defers", "{}", rules.name);
        assert_eq!(world.tdsignal("worker", Signal::USR1), "defers");
        assert_eq!(world.psignal("a", Signal::TERM), "defers");
        assert!(!world.run().contains("runs"));
        assert!(world.lives("a") && world.is_stopped("a"));
        world.dispose("a", Signal::TERM, Disposition::Ignore);
        assert_eq!(world.psignal("a", Signal::CONT), "continues");
        assert_eq!(world.run().matches("runs USR1").count(), 2, "{}", rules.name);
    }
}

/// Rule 4.
#[test]
fn kill_ends_a_process_from_every_state() {
    for rules in ALL {
        for state in
            ["running", "asleep", "killable", "uninterruptible", "stopped", "traced", "trace-stopped", "masked"]
        {
            let mut world = World::with_job(rules, &["a", "debugger"]);
            put(&mut world, state);
            let answer = world.kill("sh", "a", Signal::KILL);
            let waits = state == "uninterruptible";
            assert_eq!(answer, if waits { "0: a defers" } else { "0: a terminates" }, "{state} under {}", rules.name);
            world.sleeps("a", Activity::Running);
            assert_eq!(world.run(), "a ends by KILL", "{state} under {}", rules.name);
        }
    }
}

fn put(world: &mut World, state: &str) {
    match state {
        "asleep" => world.sleeps("a", Activity::Interruptible),
        "killable" => world.sleeps("a", Activity::Killable),
        "uninterruptible" => world.sleeps("a", Activity::Uninterruptible),
        "stopped" => world.stopped("a"),
        "masked" => world.block("a", &Signal::all().collect::<Vec<_>>()),
        "traced" | "trace-stopped" => {
            world.system.trace(world.key("debugger"), world.thread("a")).expect("it is not traced yet");
            if state == "trace-stopped" {
                world.psignal("a", Signal::USR1);
                assert_eq!(world.run(), "a shows USR1");
            }
        }
        _ => {}
    }
}

/// Rule 5; that a failed call changes nothing is shown under \[S3.10\].
#[test]
fn the_null_signal_changes_nothing_ever() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.sleeps("a", Activity::Interruptible);
        world.stopped("b");
        for target in ["a", "b", "-a", "-1", "0"] {
            let _ = world.kill("sh", target, 0);
        }
        let _ = world.killpg("sh", "a", 0);
        let _ = world.tgkill("sh", "a", "a", 0);
        assert_eq!(world.run(), "", "{}", rules.name);
        assert!(world.is_stopped("b") && world.pending("a").is_empty());
        assert_eq!(world.activity("a"), Activity::Interruptible);
    }
}

/// Rule 6.
#[test]
fn a_signal_finds_another_thread_when_its_taker_closes_itself_or_ends() {
    for rules in ALL {
        for how in ["mask", "exit"] {
            let mut world = World::with_job(rules, &["a"]);
            world.catch("a", Signal::USR1);
            world.thread_of("a", "first");
            world.thread_of("a", "second");
            for thread in ["a", "second"] {
                world.block(thread, &[Signal::USR1]);
            }
            world.sleeps("second", Activity::Interruptible);
            world.psignal("a", Signal::USR1);
            world.system.next_work(); // first is told, and has not looked yet
            world.block("second", &[]);
            world.sleeps("second", Activity::Interruptible);
            if how == "mask" {
                world.block("first", &[Signal::USR1]);
            } else {
                world.system.exit_thread(world.thread("first")).expect("it is there");
                world.check();
            }
            assert_eq!(world.run(), "second runs USR1", "{how} under {}", rules.name);
        }
    }
}

/// Rule 7, its first half.
#[test]
fn setting_a_pending_signal_to_be_ignored_discards_it() {
    for rules in ALL {
        for to in [Disposition::Ignore, Disposition::Default] {
            let mut world = World::with_job(rules, &["a"]);
            world.thread_of("a", "worker");
            world.catch("a", Signal::WINCH);
            for thread in ["a", "worker"] {
                world.block(thread, &[Signal::WINCH]);
            }
            world.psignal("a", Signal::WINCH);
            world.tdsignal("worker", Signal::WINCH);
            assert!(world.pending("a").contains(Signal::WINCH));
            world.dispose("a", Signal::WINCH, to);
            assert!(world.pending("a").is_empty(), "{to:?} under {}", rules.name);
        }
    }
}

/// Rule 7, its second half.
#[test]
fn exec_keeps_what_is_pending_for_the_process_and_the_caller() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "worker");
        for signal in [Signal::WINCH, Signal::USR1, Signal::USR2] {
            world.catch("a", signal);
        }
        for thread in ["a", "worker"] {
            world.block(thread, &[Signal::WINCH, Signal::USR1, Signal::USR2]);
        }
        world.psignal("a", Signal::WINCH);
        world.tdsignal("a", Signal::USR1);
        world.tdsignal("worker", Signal::USR2);
        world.system.exec(world.thread("a")).expect("it is there");
        world.check();
        assert_eq!(world.pending("a"), SignalSet::of(&[Signal::WINCH, Signal::USR1]), "{}", rules.name);
        assert_eq!(world.system.threads_of(world.key("a")).count(), 1);
    }
}

/// Rule 8.
#[test]
fn a_child_begins_with_nothing_pending_and_what_its_parent_had_set() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("a", Signal::HUP);
        world.catch("a", Signal::USR1);
        world.block("a", &[Signal::USR1, Signal::TERM]);
        world.psignal("a", Signal::USR1);
        world.fork("a", "child");
        assert!(world.pending("child").is_empty(), "{}", rules.name);
        assert_eq!(world.psignal("child", Signal::HUP), "ignores");
        assert_eq!(world.psignal("child", Signal::TERM), "pends");
        world.block("child", &[Signal::TERM]);
        assert_eq!(world.psignal("child", Signal::USR1), "handles");
        world.run();

        world.system.exec(world.thread("child")).expect("it is there");
        world.check();
        assert_eq!(world.pending("child"), SignalSet::of(&[Signal::TERM]), "exec keeps what is pending");
        assert_eq!(world.psignal("child", Signal::HUP), "ignores", "and what is ignored");
        assert_eq!(world.psignal("child", Signal::USR1), "terminates", "and resets what is caught");
    }
}

/// Rule 13.
#[test]
fn a_process_may_always_signal_itself() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.thread_of("a", "worker");
        world.catch("a", Signal::USR1);
        // No ID of the sender is one that is compared with it.
        world.ids("a", Credentials { changed_ids: true, ..Credentials::ids(1, 2, 3) });
        world.ids("b", Credentials::user(OTHER));
        assert!(world.kill("a", "a", Signal::USR1).starts_with("0: a "), "{}", rules.name);
        world.run();
        assert_eq!(world.raise("worker", Signal::USR1), "0: a handles", "{}", rules.name);
        world.run();
        assert_eq!(world.tgkill("a", "a", "worker", Signal::USR1), "0: a handles");
        world.run();
        let own_group = world.kill("a", "0", Signal::USR1);
        assert!(own_group.contains("a handles, b EPERM") || own_group.contains("a withheld, b EPERM"), "{own_group}");
    }
}

/// Rule 14.
#[test]
fn minus_one_with_nobody_to_reach_is_esrch() {
    for rules in ALL {
        assert_eq!(World::new(rules).kill("init", "-1", Signal::TERM), "ESRCH", "{}", rules.name);
        assert_eq!(World::new(rules).kill("init", "-1", 0), "ESRCH", "{}", rules.name);
        // Nor is a bad number looked at then, where targets come first.
        let bad = if rules.signal_checked_first { "EINVAL" } else { "ESRCH" };
        assert_eq!(World::new(rules).kill("init", "-1", 65), bad, "{}", rules.name);
        assert_eq!(World::with_job(rules, &["a"]).kill("sh", "-1", 65), "EINVAL", "{}", rules.name);
    }
}
