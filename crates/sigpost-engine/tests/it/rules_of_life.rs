//! The rules about the lives of processes and groups that hold under every personality, each tried under all six.

use sigpost_engine::personality::{ALL, LINUX};
use sigpost_engine::{
    ActionFlags, ChildNews, ChildStatus, Code, ExitStatus, ForkError, Gone, Pid, Signal, SignalInfo, SignalSet,
};

use crate::world::{USER, World};

const CHLD: SignalSet = SignalSet::of(&[Signal::CHLD]);

#[test]
fn the_threads_of_a_process_that_begins_to_end_end_one_by_one_with_its_status() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.thread_of("a", "t");
    let (a, t) = (world.key("a"), world.thread("t"));
    world.system.begin_exit(a, 7).unwrap();
    assert_eq!(world.system.begin_exit(a, 8), Err(Gone), "it is about to end");
    world.system.exit_thread(t).unwrap();
    assert!(!world.system.process(a).unwrap().life().is_zombie(), "a thread is left");
    world.run();
    assert_eq!(world.system.process(a).unwrap().life().status(), Some(ExitStatus::Exited(7)));
    world.check();
}

/// Rule 9.
#[test]
fn a_group_that_an_exit_orphans_with_a_stopped_member_is_hung_up_and_continued_once() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        for name in ["a", "b"] {
            world.catch(name, Signal::HUP);
            world.catch(name, Signal::CONT);
        }
        world.stopped("a");
        world.ended("sh");
        assert!(!world.is_stopped("a"), "{}", rules.name);
        let told = world.run();
        for name in ["a", "b"] {
            for signal in ["HUP", "CONT"] {
                assert_eq!(told.matches(&format!("{name} runs {signal}")).count(), 1, "{told} under {}", rules.name);
            }
        }
        world.ended("b");
        assert!(!world.run().contains("a runs"), "an orphaned group is not orphaned again");
    }
}

/// Rule 9: with nobody stopped, nothing is sent.
#[test]
fn a_group_that_an_exit_orphans_with_nobody_stopped_is_left_alone() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.catch("a", Signal::HUP);
        world.ended("sh");
        assert!(!world.run().contains("a runs"), "{}", rules.name);
        assert!(world.lives("a") && world.lives("b"));
    }
}

/// The group was orphaned when its last link became a zombie; its parent's exit makes nothing orphaned.
#[test]
fn the_exit_of_a_zombies_parent_hangs_up_an_orphaned_group_on_linux_alone() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.place("init", "c", 50, world.number("a"), 100);
        world.ended("a");
        world.run();
        world.stopped("c");
        world.ended("sh");
        assert_eq!(world.is_stopped("c"), rules.name != "linux", "{}", rules.name);
    }
}

/// Rule 10.
#[test]
fn processes_threads_groups_and_sessions_share_one_space_of_numbers() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.thread_of("a", "worker");
        let sh = world.thread("sh");
        let thread = world.system.thread_id(world.thread("worker")).expect("it is there").get();
        for (number, whose) in [(thread, "a thread's"), (world.number("b"), "a process's")] {
            let answer = world.system.fork_as(sh, Pid::new(number));
            assert_eq!(answer, Err(ForkError::NumberInUse), "{whose}, under {}", rules.name);
        }
        // The shell leads session 100; it goes, the session stays.
        world.ended("sh");
        world.run();
        world.system.reap(world.key("sh")).expect("it has ended");
        let (a, session) = (world.thread("a"), world.number("a"));
        assert_eq!(world.system.fork_as(a, Pid::new(100)), Err(ForkError::NumberInUse), "a session's");
        assert_eq!(world.system.fork_as(a, Pid::new(session)), Err(ForkError::NumberInUse), "a group's");
        world.check();
    }
}

/// Rule 11: what the parent's CHLD says, and what `wait` says.
#[test]
fn every_end_of_a_child_is_announced_with_its_cause() {
    for rules in ALL {
        for (signal, code, value, status) in [
            (None, Code::EXITED, 7, ExitStatus::Exited(7)),
            (Some(Signal::TERM), Code::KILLED, 15, ExitStatus::Killed(Signal::TERM)),
            (Some(Signal::QUIT), Code::DUMPED, 3, ExitStatus::Dumped(Signal::QUIT)),
        ] {
            let mut world = World::with_job(rules, &["a"]);
            world.catch("sh", Signal::CHLD);
            world.block("sh", &[Signal::CHLD]);
            let number = world.number("a");
            match signal {
                Some(signal) => assert!(world.kill("sh", "a", signal).starts_with('0')),
                None => world.system.exit(world.key("a"), 7).expect("it lives"),
            }
            world.run();
            let expected = SignalInfo { signal: Signal::CHLD, code, pid: number, uid: USER, value };
            assert_eq!(world.takes("sh", CHLD), Some(expected), "{}", rules.name);
            assert_eq!(world.news_of("a"), Some(ChildStatus::Ended(status)));
        }
    }
}

/// Rule 11: stops, and going on where that is news at all.
#[test]
fn stops_of_a_child_are_announced_and_going_on_where_it_is_news() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("sh", Signal::CHLD);
        world.block("sh", &[Signal::CHLD]);
        world.psignal("a", Signal::TTIN);
        world.run();
        let code = world.takes("sh", CHLD).map(|info| (info.code, info.value));
        assert_eq!(code, Some((Code::STOPPED, 21)), "{}", rules.name);
        assert_eq!(world.news_of("a"), Some(ChildStatus::Changed(ChildNews::Stopped(Signal::TTIN))));
        assert_eq!(world.news_of("a"), None, "told once");
        world.psignal("a", Signal::CONT);
        world.run();
        let code = world.takes("sh", CHLD).map(|info| (info.code, info.value));
        assert_eq!(code, rules.has_continued_news.then_some((Code::CONTINUED, 18)), "{}", rules.name);
    }
}

/// Rule 11: two changes before the first is taken are one CHLD (where signals that wait are one).
#[test]
fn a_stop_and_a_continue_in_a_row_are_one_chld() {
    for rules in ALL.into_iter().filter(|rules| rules.coalesces) {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("sh", Signal::CHLD);
        world.block("sh", &[Signal::CHLD]);
        world.psignal("a", Signal::STOP);
        world.run();
        world.psignal("a", Signal::CONT);
        world.run();
        assert_eq!(world.takes("sh", CHLD).map(|info| info.code), Some(Code::STOPPED), "{}", rules.name);
        assert_eq!(world.takes("sh", CHLD), None);
    }
}

/// Rule 11: `SA_NOCLDSTOP` and `SA_NOCLDWAIT`, where they exist.
#[test]
fn a_parent_can_ask_for_no_news_of_stops_and_for_no_zombies() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        let flags = ActionFlags::NOCLDSTOP | ActionFlags::NOCLDWAIT;
        world.catch_with("sh", Signal::CHLD, SignalSet::EMPTY, flags);
        world.psignal("a", Signal::STOP);
        let told = world.run();
        world.psignal("a", Signal::CONT);
        let told = told + &world.run();
        assert_eq!(told.contains("sh runs"), ["bsd43", "aixrt"].contains(&rules.name), "{told} under {}", rules.name);
        let key = world.key("a");
        world.psignal("a", Signal::KILL);
        assert_eq!(world.run(), "a ends by KILL, sh runs CHLD", "{}", rules.name);
        let leaves_none = ["linux", "freebsd", "posix"].contains(&rules.name);
        assert_eq!(world.system.process(key).is_none(), leaves_none, "a zombie under {}", rules.name);
    }
}

/// Rule 11: a parent that ignores CHLD wants no zombies either, where that is the custom.
#[test]
fn a_parent_that_ignores_chld_has_no_zombies_but_on_the_old_bsds() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.ignore("sh", Signal::CHLD);
        let key = world.key("a");
        world.ended("a");
        let leaves_none = ["linux", "freebsd", "posix"].contains(&rules.name);
        assert_eq!(world.system.process(key).is_none(), leaves_none, "{}", rules.name);
    }
}

/// Rule 12: the default action of what comes from inside.
#[test]
fn init_is_neither_ended_nor_stopped_by_default_from_inside() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.user(0, &["a"]);
        for signal in [Signal::TERM, Signal::QUIT, Signal::TSTP, Signal::STOP, Signal::KILL] {
            assert_eq!(world.kill("a", "init", signal), "0: init immune", "{signal} under {}", rules.name);
        }
        assert_eq!(world.run(), "");
        assert!(world.lives("init") && world.pending("init").is_empty());

        world.block("init", &[Signal::TERM]);
        assert_eq!(world.kill("a", "init", Signal::TERM), "0: init pends");
        world.block("init", &[]);
        assert_eq!(world.run(), "", "dropped when unblocked, under {}", rules.name);
        assert!(world.lives("init") && world.pending("init").is_empty());

        world.catch("init", Signal::HUP);
        assert_eq!(world.kill("a", "init", Signal::HUP), "0: init handles");
        assert_eq!(world.run(), "init runs HUP");
    }
}

/// Rule 12: what the kernel forces on it.
#[test]
fn init_is_stopped_and_ended_by_the_kernel() {
    for rules in ALL {
        let mut world = World::new(rules);
        assert_eq!(world.psignal("init", Signal::STOP), "stops", "{}", rules.name);
        world.run();
        assert!(world.is_stopped("init"));
        assert_eq!(world.psignal("init", Signal::KILL), "terminates", "{}", rules.name);
    }
}

/// Rule 12, where the signal is not dropped on arrival because a tracer is to see it, and another thread takes it.
#[test]
fn a_stop_that_init_takes_beside_its_traced_main_thread_stops_it() {
    let mut world = World::with_job(&LINUX, &["debugger"]);
    world.user(0, &["debugger"]);
    world.thread_of("init", "worker");
    world.system.trace(world.key("debugger"), world.thread("init")).unwrap();
    assert_eq!(world.psignal("init", Signal::TSTP), "traces");
    assert_eq!(world.run(), "init shows TSTP");
    assert_eq!(world.kill("debugger", "init", Signal::TERM), "0: init immune");
    assert_eq!(world.run(), "");
    assert_eq!(world.kill("debugger", "init", Signal::STOP), "0: init stops");
    assert!(world.run().contains("worker stops"));
}

/// Rule 15: a child is in the group when the send begins, or its parent is gone.
#[test]
fn no_child_escapes_a_send_to_its_group() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.fork("a", "early");
        assert_eq!(world.killpg("sh", "a", Signal::KILL), "0: a terminates, early terminates");
        let (a, early) = (world.key("a"), world.key("early"));
        for parent in [a, early] {
            assert_eq!(world.system.fork(parent), Err(ForkError::NoParent), "{}", rules.name);
        }
        assert_eq!(world.run(), "a ends by KILL, early ends by KILL");
    }
}

/// A parent ends whose children are a zombie alone in its group, which nobody will ask about, and a stopped job: the
/// zombie's group goes, the job is hung up.
#[test]
fn a_group_that_goes_with_its_last_zombie_does_not_keep_the_others_from_being_hung_up() {
    for order in [["z", "a"], ["a", "z"]] {
        let mut world = World::new(&LINUX);
        world.place("init", "sh", 100, 100, 100);
        for name in order {
            world.fork("sh", name);
            let number = world.number(name);
            world.system.setpgid(world.key("sh"), number, number).expect("its child");
            world.check();
        }
        world.ignore("init", Signal::CHLD);
        world.stopped("a");
        let zombie = world.key("z");
        world.ended("z");
        assert!(world.system.process(zombie).is_some());
        world.ended("sh");
        assert!(world.system.process(zombie).is_none(), "init wants no zombies");
        assert_eq!(world.run(), "a ends by HUP", "{order:?}");
    }
}
