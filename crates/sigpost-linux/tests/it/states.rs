//! States that are easily taken for others: asleep in sigwait, stopped and held by a tracer at once, stopped twice, with
//! a main thread that has ended.

use rustix::process::{Resource, Rlimit, setrlimit};
use sigpost_engine::{Signal, SignalSet, Verdict, personality};
use sigpost_linux::hold::{self, Hold, Until};
use sigpost_linux::predict::{Prediction, Question, predict};
use sigpost_linux::proc_stat::State;
use sigpost_linux::snapshot::Waits;
use sigpost_linux::{Outcome, Scope, Snapshot};
use sigpost_sys::puppet::children::{Trace, Which, trace, wait};
use sigpost_sys::sigaction;

use crate::arena::inside;
use crate::puppet::{Puppet, block, log};

fn asked(target: &Snapshot, signal: Signal) -> Prediction {
    let own = Snapshot::of_caller().unwrap();
    predict(&own, &[target], &Question::on_linux(Scope::Process, Some(signal))).remove(0)
}

fn verdict(target: &Snapshot, signal: Signal) -> Outcome {
    asked(target, signal).outcome
}

const ACCEPTS: Outcome = Outcome::Verdict(Verdict::Accepts);

/// It blocks USR1, catches USR2, and waits for TERM and USR2.
fn waiter() -> Puppet {
    Puppet::acting(|| {
        log(&[Signal::USR2]);
        block(&[Signal::TERM, Signal::USR1, Signal::USR2]);
        || assert!(sigaction::wait_for(Signal::TERM.bit() | Signal::USR2.bit()).is_ok())
    })
}

#[test]
fn whoever_sleeps_in_sigwait_accepts_what_it_waits_for_and_nothing_else() {
    inside(|| {
        let puppet = waiter();
        let Some(snapshot) = puppet.in_sigwait() else { return };
        let set = SignalSet::of(&[Signal::TERM, Signal::USR2]);
        assert_eq!(snapshot.threads[0].waits, Waits::For(set));
        assert_eq!(verdict(&snapshot, Signal::TERM), ACCEPTS);
        assert_eq!(verdict(&snapshot, Signal::USR2), ACCEPTS, "that call comes before the handler");
        assert_eq!(verdict(&snapshot, Signal::USR1), Outcome::Verdict(Verdict::Pends));
        assert_eq!(verdict(&snapshot, Signal::HUP), Outcome::Verdict(Verdict::Terminates));
        let holds = hold::read(&puppet.open()).unwrap();
        assert!(holds.holds.contains(&Hold::Waits { threads: 1, of: 1, set: Some(set) }), "{:?}", holds.holds);
        puppet.child.send(12).unwrap();
        assert_eq!(puppet.child.wait().unwrap().code(), Some(0), "it was accepted, and no handler logged");
    });
}

/// Where the set cannot be read both ways are told, and neither is claimed.
#[test]
fn what_an_unknown_set_may_hold_is_unknown() {
    inside(|| {
        let puppet = waiter();
        let Some(mut snapshot) = puppet.in_sigwait() else { return };
        snapshot.threads[0].waits = Waits::Unknown;
        for (signal, otherwise) in [(Signal::TERM, "terminates"), (Signal::USR2, "handles"), (Signal::CHLD, "ignores")]
        {
            let prediction = asked(&snapshot, signal);
            assert_eq!(prediction.outcome, Outcome::Unknown, "{signal}");
            let both = format!("`accepts` if for {signal}, otherwise `{otherwise}`");
            assert!(prediction.reason.contains(&both), "{}", prediction.reason);
        }
        assert_eq!(verdict(&snapshot, Signal::USR1), Outcome::Verdict(Verdict::Pends), "it blocks that for certain");
        assert_eq!(verdict(&snapshot, Signal::KILL), Outcome::Verdict(Verdict::Terminates));
    });
}

/// Seized by this test, then stopped by a signal: state `t`, as of one that is held for another reason.
#[test]
fn one_that_is_stopped_and_held_by_its_tracer_continues_by_cont() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        let pid = puppet.child.pid();
        trace(Trace::Seize, pid, 0).unwrap();
        puppet.child.send(19).unwrap();
        wait(pid, Which::Stops, true).unwrap();
        trace(Trace::Continue, pid, 19).unwrap();
        wait(pid, Which::Stops, true).unwrap();
        trace(Trace::Listen, pid, 0).unwrap();
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        assert_eq!(snapshot.state, State::TraceStopped);
        assert!(snapshot.stopped);
        assert_eq!(verdict(&snapshot, Signal::CONT), Outcome::Verdict(Verdict::Continues));
        assert_eq!(verdict(&snapshot, Signal::TERM), Outcome::Verdict(Verdict::Defers));
        puppet.child.send(10).unwrap();
        let holds = hold::read(&puppet.open()).unwrap().holds;
        let pending = Hold::Pending { set: SignalSet::of(&[Signal::USR1]), until: Until::Continued };
        assert!(holds.contains(&Hold::Stopped) && holds.contains(&pending), "{holds:?}");
        // The kernel: CONT lets it out of the stop, and its tracer is told.
        puppet.child.send(18).unwrap();
        wait(pid, Which::Stops, true).unwrap();
        let stat = puppet.open().stat().unwrap();
        assert_eq!(stat.state, State::TraceStopped);
        assert!(!Snapshot::read(&puppet.open()).unwrap().stopped);
    });
}

#[test]
fn one_that_is_held_for_another_reason_is_not_stopped() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        trace(Trace::Seize, puppet.child.pid(), 0).unwrap();
        trace(Trace::Interrupt, puppet.child.pid(), 0).unwrap();
        wait(puppet.child.pid(), Which::Stops, true).unwrap();
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        assert_eq!((snapshot.state, snapshot.stopped), (State::TraceStopped, false));
        assert_eq!(verdict(&snapshot, Signal::CONT), Outcome::Verdict(Verdict::Defers));
    });
}

#[test]
fn a_stop_for_a_stopped_one_is_discarded_when_it_continues() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        puppet.child.send(19).unwrap();
        puppet.child.wait_stopped().unwrap();
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        for signal in [Signal::STOP, Signal::TSTP, Signal::TTIN] {
            let prediction = asked(&snapshot, signal);
            assert_eq!(prediction.outcome, Outcome::Verdict(Verdict::Defers));
            assert_eq!(prediction.reason, "it is stopped already, and the CONT that lets it go on discards this");
        }
        puppet.child.send(20).unwrap();
        puppet.child.send(18).unwrap();
        puppet.child.wait_continued().unwrap();
        assert!(Snapshot::read(&puppet.open()).unwrap().all_pending().is_empty());
    });
}

/// As `pthread_exit` in `main` does; the others go on.
#[test]
fn a_process_whose_main_thread_has_ended_is_no_zombie() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            log(&[Signal::USR1]);
            let (ready, set_up) = std::sync::mpsc::channel();
            std::thread::spawn(move || {
                ready.send(()).unwrap();
                loop {
                    let _ = sigaction::suspend(0);
                }
            });
            set_up.recv().unwrap();
            || sigpost_sys::puppet::exit_thread(0)
        });
        while puppet.open().stat().unwrap().state != State::Zombie {
            rustix::thread::sched_yield();
        }
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        assert!(!snapshot.is_zombie());
        assert!(!snapshot.state.has_ended(), "{:?}", snapshot.state);
        assert_eq!(verdict(&snapshot, Signal::USR1), Outcome::Verdict(Verdict::Handles));
        puppet.child.send(19).unwrap();
        puppet.child.wait_stopped().unwrap();
        let snapshot = Snapshot::read(&puppet.open()).unwrap();
        assert_eq!((snapshot.state, snapshot.stopped), (State::Stopped, true));
        assert_eq!(verdict(&snapshot, Signal::USR1), Outcome::Verdict(Verdict::Defers));
    });
}

/// \[S3.6\]: the signal gets there, and what came with it does not.
#[test]
fn a_full_queue_is_told_in_the_reason() {
    inside(|| {
        let puppet = Puppet::start(|| {
            block(&[Signal::RTMIN]);
            setrlimit(Resource::Sigpending, Rlimit { current: Some(0), maximum: Some(0) }).unwrap();
        });
        let prediction = asked(&Snapshot::read(&puppet.open()).unwrap(), Signal::RTMIN);
        assert_eq!((prediction.outcome, prediction.info_lost), (Outcome::Verdict(Verdict::Pends), true));
        assert!(prediction.reason.ends_with("arrives without its information (info_lost)"), "{}", prediction.reason);
    });
}

/// \[S3.7\]
#[test]
fn a_system_without_the_signal_says_so() {
    let own = Snapshot::of_caller().unwrap();
    let question = Question { rules: &personality::BSD44, ..Question::on_linux(Scope::Process, Some(Signal::RTMIN)) };
    let prediction = predict(&own, &[&own], &question).remove(0);
    assert_eq!(prediction.outcome, Outcome::Skipped);
    assert_eq!(prediction.reason, "bsd44 has no RTMIN: the call fails with EINVAL");
}
