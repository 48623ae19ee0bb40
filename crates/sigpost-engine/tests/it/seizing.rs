//! Seized threads, as ptrace(2) on a running Linux 6.18 shows them.

use sigpost_engine::{
    Activity, ChildEvent, Children, Code, Errno, ExitStatus, Signal, SignalInfo, TraceError, WaitOptions,
    personality::{FREEBSD, LINUX},
};

use crate::world::World;

/// `sh` seizes its job `a`; `far`, a stranger, is there too.
fn seized() -> World {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.place("init", "far", 300, 300, 300);
    seize(&mut world, "sh", "a");
    world
}

fn seize(world: &mut World, tracer: &str, thread: &str) {
    world.system.seize(world.key(tracer), world.thread(thread)).unwrap();
    world.check();
}

fn told(world: &mut World, tracer: &str) -> String {
    let news = world.system.wait_for(world.key(tracer), Children::Any, WaitOptions::ALL);
    world.check();
    match news {
        Err(error) => error.errno().to_string(),
        Ok(None) => "nothing".to_owned(),
        Ok(Some((_, ChildEvent::Ended(ExitStatus::Exited(status))))) => format!("exited {status}"),
        Ok(Some((_, ChildEvent::Ended(ExitStatus::Killed(signal) | ExitStatus::Dumped(signal))))) => {
            format!("killed {signal}")
        }
        Ok(Some((_, ChildEvent::Stopped(signal)))) => format!("stopped {signal}"),
        Ok(Some((_, ChildEvent::Continued))) => "continued".to_owned(),
        Ok(Some((_, ChildEvent::Trapped(_, signal)))) => format!("trapped {signal}"),
    }
}

fn inject(world: &mut World, signal: Signal) -> String {
    world.trace_continue("sh", "a", Some(SignalInfo::kernel(signal)))
}

fn goes_on(world: &mut World) -> String {
    world.trace_continue("sh", "a", None)
}

fn listen(world: &mut World) -> Result<(), TraceError> {
    let outcome = world.system.trace_listen(world.key("sh"), world.thread("a"));
    world.check();
    outcome
}

fn interrupt(world: &mut World) {
    world.system.trace_interrupt(world.key("sh"), world.thread("a")).unwrap();
    world.check();
}

/// `a` is stopped by TSTP, which its tracer let through, and has shown that.
fn group_stopped() -> World {
    let mut world = seized();
    world.psignal("a", Signal::TSTP);
    assert_eq!(world.run(), "a shows TSTP");
    assert_eq!(told(&mut world, "sh"), "trapped TSTP");
    assert_eq!(inject(&mut world, Signal::TSTP), "a shows TSTP");
    world
}

#[test]
fn a_stop_let_through_stops_the_process_and_is_shown_once_more() {
    let mut world = group_stopped();
    assert!(world.is_stopped("a"));
    assert_eq!((told(&mut world, "sh"), told(&mut world, "sh")), ("trapped TSTP".to_owned(), "nothing".to_owned()));
}

#[test]
fn cont_to_a_running_tracee_is_announced_before_it_is_shown() {
    let mut world = seized();
    assert_eq!(world.psignal("a", Signal::CONT), "defers");
    assert_eq!(world.run(), "a shows TRAP");
    assert_eq!(goes_on(&mut world), "a shows CONT");
    assert_eq!(goes_on(&mut world), "");
}

#[test]
fn cont_never_lets_a_tracee_out_of_a_trace_stop() {
    let mut world = group_stopped();
    assert_eq!(world.psignal("a", Signal::CONT), "continues");
    assert_eq!(world.run(), "a stops", "it stands still");
    assert!(!world.is_stopped("a"));
    assert_eq!(goes_on(&mut world), "a shows TRAP", "the news comes once it is let go");
    assert_eq!(goes_on(&mut world), "a shows CONT");
}

#[test]
fn a_listening_tracee_shows_that_its_process_continues() {
    let mut world = group_stopped();
    listen(&mut world).unwrap();
    assert_eq!(world.psignal("a", Signal::USR1), "defers");
    assert_eq!(world.run(), "");
    let refused = world.system.trace_continue(world.key("sh"), world.thread("a"), None);
    assert_eq!(refused, Err(TraceError::NotHeld));
    assert_eq!(world.psignal("a", Signal::CONT), "continues");
    assert_eq!(world.run(), "a shows TRAP");
    assert_eq!((told(&mut world, "sh"), told(&mut world, "sh")), ("trapped TRAP".to_owned(), "continued".to_owned()));
    assert_eq!(goes_on(&mut world), "a shows USR1");
    assert_eq!(goes_on(&mut world), "a shows CONT");
}

#[test]
fn a_tracer_may_let_a_thread_run_though_its_process_is_stopped() {
    let mut world = group_stopped();
    assert_eq!(goes_on(&mut world), "");
    assert!(world.is_stopped("a"), "the process still counts as stopped");
    assert_eq!(world.psignal("a", Signal::USR1), "traces");
    assert_eq!(world.run(), "a shows USR1");
    goes_on(&mut world);
    world.psignal("a", Signal::STOP);
    assert_eq!(world.run(), "a shows STOP");
    assert_eq!(inject(&mut world, Signal::STOP), "a shows TSTP", "it stands with its process again");
}

#[test]
fn what_is_injected_where_no_signal_was_shown_is_dropped() {
    let mut world = group_stopped();
    world.catch("a", Signal::USR1);
    assert_eq!(inject(&mut world, Signal::USR1), "");
    assert!(world.pending("a").is_empty());
}

#[test]
fn an_interrupted_tracee_stops_without_a_signal_and_wakes_for_it() {
    let mut world = seized();
    world.sleeps("a", Activity::Interruptible);
    interrupt(&mut world);
    assert_eq!(world.activity("a"), Activity::Running);
    assert_eq!(world.run(), "a shows TRAP");
    assert_eq!(told(&mut world, "sh"), "trapped TRAP");
    interrupt(&mut world);
    assert_eq!(world.run(), "", "it is held already");
    assert_eq!(goes_on(&mut world), "a shows TRAP", "and stops once more");
    interrupt(&mut world);
    listen(&mut world).unwrap();
    assert_eq!(world.run(), "", "what was asked for has been had");
    assert_eq!(world.returns_to_user_mode("a"), "a stops");
    interrupt(&mut world);
    assert_eq!(world.run(), "a shows TRAP", "a listening one stops anew");
    assert_eq!(goes_on(&mut world), "");
}

#[test]
fn only_a_seized_thread_that_shows_its_process_can_be_left_to_listen() {
    let mut world = seized();
    assert_eq!(listen(&mut world), Err(TraceError::NotHeld));
    world.psignal("a", Signal::USR1);
    world.run();
    assert_eq!(listen(&mut world).map_err(TraceError::errno), Err(Errno::EIO));
    let mut world = World::with_job(&LINUX, &["a"]);
    world.system.trace(world.key("sh"), world.thread("a")).unwrap();
    let refused = world.system.trace_interrupt(world.key("sh"), world.thread("a"));
    assert_eq!(refused, Err(TraceError::Unsuited));
}

#[test]
fn a_stopped_process_that_is_seized_shows_its_stop() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.stopped("a");
    seize(&mut world, "sh", "a");
    assert_eq!(world.run(), "a shows STOP");
}

#[test]
fn detached_in_a_group_stop_it_stays_stopped_and_its_parent_learns_of_it() {
    let mut world = group_stopped();
    told(&mut world, "sh");
    let delivery = world.system.trace_detach(world.key("sh"), world.thread("a"), None).unwrap();
    world.check();
    assert_eq!(delivery, sigpost_engine::Delivery::Stop);
    assert_eq!(told(&mut world, "sh"), "stopped TSTP");
    assert_eq!(world.psignal("a", Signal::CONT), "continues");
    assert_eq!(world.run(), "");
}

#[test]
fn a_tracee_let_run_stops_again_when_its_tracer_ends() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    seize(&mut world, "b", "a");
    world.psignal("a", Signal::STOP);
    world.run();
    let stop = Some(SignalInfo::kernel(Signal::STOP));
    assert_eq!(world.trace_continue("b", "a", stop), "a shows STOP");
    assert_eq!(world.trace_continue("b", "a", None), "");
    world.ended("b");
    assert!(world.run().contains("a stops"));
    assert!(world.system.tracer(world.thread("a")).is_none());
}

#[test]
fn detached_with_a_signal_it_takes_that() {
    let mut world = seized();
    world.catch("a", Signal::USR2);
    world.psignal("a", Signal::USR1);
    world.run();
    let other = Some(SignalInfo::kernel(Signal::USR2));
    let delivery = world.system.trace_detach(world.key("sh"), world.thread("a"), other).unwrap();
    assert!(matches!(delivery, sigpost_engine::Delivery::Handler(call) if call.info.signal == Signal::USR2));
    world.check();
}

#[test]
fn kill_passes_by_from_every_trace_stop() {
    let stops: [fn(&mut World); 4] = [
        |world| drop(world.psignal("a", Signal::USR1)),
        interrupt,
        |world| {
            interrupt(world);
            world.run();
            listen(world).unwrap();
        },
        |world| world.sleeps("a", Activity::Interruptible),
    ];
    for stop in stops {
        let mut world = seized();
        stop(&mut world);
        world.run();
        assert_eq!(world.psignal("a", Signal::KILL), "terminates");
        assert_eq!(world.run(), "a ends by KILL");
        assert_eq!(told(&mut world, "sh"), "killed KILL");
    }
    let mut world = group_stopped();
    world.psignal("a", Signal::KILL);
    assert_eq!(world.run(), "a ends by KILL");
}

#[test]
fn the_parent_learns_of_the_stop_and_a_stranger_that_traces_of_each_thread() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.thread_of("a", "t");
    seize(&mut world, "b", "a");
    seize(&mut world, "b", "t");
    world.psignal("a", Signal::STOP);
    assert_eq!(world.run(), "a shows STOP");
    let stop = Some(SignalInfo::kernel(Signal::STOP));
    assert_eq!(world.trace_continue("b", "a", stop), "a shows STOP");
    assert_eq!(told(&mut world, "sh"), "nothing", "a thread has yet to stop");
    assert_eq!(world.run(), "t shows STOP");
    assert_eq!(told(&mut world, "sh"), "stopped STOP");
    let tracer = |world: &mut World| told(world, "b");
    assert_eq!((tracer(&mut world), tracer(&mut world)), ("trapped STOP".to_owned(), "trapped STOP".to_owned()));
}

#[test]
fn the_end_of_a_tracee_is_told_to_its_tracer_first() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    seize(&mut world, "b", "a");
    world.catch("sh", Signal::CHLD);
    world.ended("a");
    assert_eq!((world.run(), told(&mut world, "sh")), (String::new(), "nothing".to_owned()));
    assert_eq!(told(&mut world, "b"), "exited 0");
    assert_eq!(world.run(), "sh runs CHLD");
    assert_eq!(told(&mut world, "b"), "ECHILD");
    assert_eq!(told(&mut world, "sh"), "exited 0");
}

#[test]
fn the_end_of_a_tracer_gives_an_ended_tracee_to_its_parent() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    seize(&mut world, "b", "a");
    world.ended("a");
    world.ended("b");
    assert_eq!((told(&mut world, "sh"), told(&mut world, "sh")), ("exited 0".to_owned(), "exited 0".to_owned()));
    assert_eq!(told(&mut world, "sh"), "ECHILD");
}

#[test]
fn the_tracer_gets_a_chld_that_says_what_it_is_about() {
    let mut world = seized();
    world.catch("sh", Signal::CHLD);
    let mut codes = Vec::new();
    world.psignal("a", Signal::CONT);
    for _ in 0..2 {
        if codes.is_empty() {
            let delivery = world.system.deliver(world.thread("a")).unwrap();
            assert!(matches!(delivery, sigpost_engine::Delivery::TraceStop(_)));
        } else {
            assert_eq!(goes_on(&mut world), "a shows CONT");
        }
        if let sigpost_engine::Delivery::Handler(call) = world.system.deliver(world.thread("sh")).unwrap() {
            codes.push((call.info.code, call.info.value));
            world.system.sigreturn(world.thread("sh"), call.saved_mask).unwrap();
        }
    }
    assert_eq!(codes, [(Code::STOPPED, 0), (Code::TRAPPED, i64::from(Signal::CONT.number()))]);
}

#[test]
fn a_stop_that_its_tracer_lets_through_after_a_cont_stops_nothing() {
    let mut world = seized();
    world.psignal("a", Signal::TSTP);
    assert_eq!(world.run(), "a shows TSTP");
    assert_eq!(world.psignal("a", Signal::CONT), "defers");
    assert_eq!(inject(&mut world, Signal::TSTP), "a shows TRAP");
    assert!(!world.is_stopped("a"));
}

#[test]
fn a_parent_that_traces_is_told_of_a_stop_once() {
    let mut world = World::with_job(&FREEBSD, &["a"]);
    seize(&mut world, "sh", "a");
    world.psignal("a", Signal::TSTP);
    assert_eq!(world.run(), "a shows TSTP");
    world.catch("sh", Signal::CHLD);
    assert_eq!(inject(&mut world, Signal::TSTP), "a shows TSTP");
    assert_eq!(world.run(), "sh runs CHLD", "where each would be queued");
}

#[test]
fn what_a_tracer_lets_through_and_the_thread_blocks_stays_pending() {
    let mut world = seized();
    world.catch("a", Signal::USR2);
    world.psignal("a", Signal::USR1);
    assert_eq!(world.run(), "a shows USR1");
    world.block("a", &[Signal::USR2]);
    assert_eq!(inject(&mut world, Signal::USR2), "");
    assert!(world.pending("a").contains(Signal::USR2));
    world.block("a", &[]);
    assert_eq!(world.run(), "a shows USR2", "its tracer decides again");
}

#[test]
fn a_signal_that_the_tracer_had_not_asked_about_takes_effect_when_it_ends() {
    for (asked, told_of, alive) in [(false, "a ends by RTMIN+2", false), (true, "", true)] {
        let mut world = World::with_job(&LINUX, &["a", "b"]);
        seize(&mut world, "b", "a");
        let signal = Signal::new(i32::from(Signal::RTMIN.number()) + 2).unwrap();
        assert_eq!(world.psignal("a", signal), "traces");
        assert_eq!(world.run(), "a shows RTMIN+2");
        if asked {
            assert_eq!(told(&mut world, "b"), "trapped RTMIN+2");
        }
        world.ended("b");
        assert_eq!((world.run().as_str(), world.lives("a")), (told_of, alive));
    }
}

/// `a` catches USR1; its tracer was shown one, and has ended before it asked about it.
fn left_undecided() -> World {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.catch("a", Signal::USR1);
    seize(&mut world, "b", "a");
    world.psignal("a", Signal::USR1);
    world.run();
    world.ended("b");
    world
}

/// It looks like a `kill` by nobody: its information was the tracer's.
#[test]
fn what_its_tracer_had_not_asked_about_runs_its_handler() {
    let mut world = left_undecided();
    let delivery = world.system.deliver(world.thread("a")).unwrap();
    let sigpost_engine::Delivery::Handler(call) = delivery else { panic!("a handler runs") };
    assert_eq!((call.info.signal, call.info.code, call.info.pid), (Signal::USR1, Code::USER, 0));
    world.check();
}

#[test]
fn a_stop_that_the_tracer_had_not_asked_about_stops_the_process_unless_a_cont_came() {
    for continued in [false, true] {
        let mut world = World::with_job(&LINUX, &["a", "b"]);
        seize(&mut world, "b", "a");
        world.psignal("a", Signal::TSTP);
        world.run();
        if continued {
            world.psignal("a", Signal::CONT);
            world.run();
        }
        world.ended("b");
        world.run();
        assert_eq!(world.is_stopped("a"), !continued);
    }
}

#[test]
fn a_tracee_that_showed_no_signal_takes_none_when_its_tracer_ends() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    seize(&mut world, "b", "a");
    world.system.trace_interrupt(world.key("b"), world.thread("a")).unwrap();
    assert_eq!(world.run(), "a shows TRAP");
    world.ended("b");
    assert_eq!(world.run(), "");
    assert!(world.lives("a"));
}

#[test]
fn kill_leaves_nothing_of_an_undecided_signal() {
    let mut world = left_undecided();
    world.psignal("a", Signal::KILL);
    assert_eq!(world.run(), "a ends by KILL");
}

#[test]
fn the_parent_cannot_reap_what_another_has_seized_and_not_asked_about() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    seize(&mut world, "b", "a");
    world.ended("a");
    assert!(world.system.reap(world.key("a")).is_err());
    assert_eq!(told(&mut world, "b"), "exited 0");
    assert_eq!(world.system.reap(world.key("a")), Ok(ExitStatus::Exited(0)));
    world.check();
}

#[test]
fn the_end_of_a_seized_thread_is_told_to_its_tracer_by_chld() {
    for which in ["t", "a"] {
        let mut world = World::with_job(&LINUX, &["a", "b"]);
        world.thread_of("a", "t");
        seize(&mut world, "b", which);
        world.catch("b", Signal::CHLD);
        let (thread, tracer) = (world.thread(which), world.thread("b"));
        let number = world.system.thread_id(thread).unwrap().get();
        world.system.exit_thread(thread).unwrap();
        world.check();
        let sigpost_engine::Delivery::Handler(call) = world.system.deliver(tracer).unwrap() else {
            panic!("{which} has ended, and b is not told")
        };
        assert_eq!((call.info.signal, call.info.code, call.info.pid), (Signal::CHLD, Code::EXITED, number));
        world.check();
    }
}

#[test]
fn a_tracer_that_ignores_chld_is_sent_one_for_a_threads_end_all_the_same() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.thread_of("a", "t");
    seize(&mut world, "b", "t");
    world.ignore("b", Signal::CHLD);
    world.block("b", &[Signal::CHLD]);
    world.system.exit_thread(world.thread("t")).unwrap();
    world.check();
    assert_eq!(
        world.pending("b"),
        sigpost_engine::SignalSet::of(&[Signal::CHLD]),
        "it blocks it, so it is kept (live)"
    );
}

#[test]
fn a_tracer_sees_each_signal_and_lets_it_through_or_another_or_none() {
    for (lets, becomes) in [(None, ""), (Some(Signal::USR1), "a runs USR1"), (Some(Signal::USR2), "a runs USR2")] {
        let mut world = seized();
        world.catch("a", Signal::USR1);
        world.catch("a", Signal::USR2);
        assert_eq!(world.kill("far", "a", Signal::USR1), "0: a traces");
        assert_eq!(world.run(), "a shows USR1");
        assert_eq!(told(&mut world, "sh"), "trapped USR1");
        let inject = lets.map(SignalInfo::kernel);
        assert_eq!(world.trace_continue("sh", "a", inject), becomes, "{lets:?}");
        assert!(world.pending("a").is_empty());
    }
    let mut world = seized();
    world.ignore("a", Signal::USR1);
    assert_eq!(world.psignal("a", Signal::USR1), "traces", "also what would be ignored");
    assert_eq!(world.run(), "a shows USR1");
    assert_eq!(inject(&mut world, Signal::TERM), "a ends by TERM");
}

/// Source: Linux `ptrace_signal`, which requeues in the queue that the signal was taken from.
#[test]
fn what_was_sent_to_the_process_goes_back_into_its_queue_and_another_thread_takes_it() {
    for (to_process, becomes) in [(true, "t runs USR2"), (false, "")] {
        let mut world = seized();
        world.thread_of("a", "t");
        world.catch("a", Signal::USR2);
        world.block("a", &[Signal::USR2]);
        if to_process {
            world.psignal("a", Signal::USR1)
        } else {
            world.tdsignal("a", Signal::USR1)
        };
        assert_eq!(world.run(), "a shows USR1");
        assert_eq!(inject(&mut world, Signal::USR2), "");
        let shared = world.system.process(world.key("a")).unwrap().pending();
        assert_eq!(shared.contains(Signal::USR2), to_process);
        assert_eq!(world.run(), becomes);
        world.block("a", &[]);
        assert_eq!(world.run(), if to_process { "" } else { "a shows USR2" });
    }
}

#[test]
fn what_a_tracer_lets_through_and_is_pending_already_is_queued_once() {
    let mut world = seized();
    world.block("a", &[Signal::USR2]);
    world.tdsignal("a", Signal::USR2);
    for _ in 0..3 {
        world.tdsignal("a", Signal::USR1);
        assert_eq!(world.run(), "a shows USR1");
        assert_eq!(inject(&mut world, Signal::USR2), "");
    }
    let usr2 = sigpost_engine::SignalSet::of(&[Signal::USR2]);
    assert_eq!(world.takes("a", usr2).map(|info| info.code), Some(Code::KERNEL), "the first one's information");
    assert_eq!(world.takes("a", usr2), None);
}
