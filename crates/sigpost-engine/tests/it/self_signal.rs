//! `raise`, and signals that a process sends to itself.

use sigpost_engine::personality::{ALL, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Code, Delivery, Signal, SignalSet};

use crate::world::World;

/// [S1.5] With one thread it does what `kill(getpid(), …)` does.
#[test]
fn raise_of_a_process_with_one_thread_is_kill_of_itself() {
    for rules in ALL {
        for signal in [Signal::USR1, Signal::TERM, Signal::STOP, Signal::CHLD] {
            let (mut raised, mut killed) = (World::with_job(rules, &["a"]), World::with_job(rules, &["a"]));
            raised.catch("a", Signal::USR1);
            killed.catch("a", Signal::USR1);
            assert_eq!(raised.raise("a", signal), killed.kill("a", "a", signal), "{signal} under {}", rules.name);
            assert_eq!(raised.run(), killed.run());
        }
    }
}

/// [S1.5] With two threads it goes to the one that calls, and to no other.
#[test]
fn raise_goes_to_the_calling_thread() {
    for rules in [&LINUX, &FREEBSD, &POSIX] {
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "worker");
        world.catch("a", Signal::USR1);
        assert_eq!(world.raise("worker", Signal::USR1), "0: a handles");
        assert_eq!(world.run(), "worker runs USR1", "{}", rules.name);

        // Blocked, it stays with the thread, though another thread could take it.
        world.block("worker", &[Signal::USR1]);
        assert_eq!(world.raise("worker", Signal::USR1), "0: a pends");
        assert_eq!(world.run(), "");
        // The process's own takes the other way.
        assert_eq!(world.kill("a", "a", Signal::USR1), "0: a handles");
        assert_eq!(world.run(), "a runs USR1");
        assert!(world.pending("a").contains(Signal::USR1), "the raised one is still with the thread");
        world.block("worker", &[]);
        assert_eq!(world.run(), "worker runs USR1");
    }
}

/// [S1.12] Before the call returns, a signal is delivered to the sender: the one it sent.
#[test]
fn a_signal_to_oneself_is_taken_before_the_call_returns() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        assert_eq!(world.kill("a", "a", Signal::USR1), "0: a handles");
        let thread = world.thread("a");
        assert!(world.system.thread(thread).expect("it is there").is_kicked(), "it has to look on its way out");
        assert_eq!(world.returns_to_user_mode("a"), "a runs USR1");
    }
}

/// [S1.12] Or another one that was pending: here it comes first.
#[test]
fn another_pending_signal_may_come_first() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::HUP);
        world.catch("a", Signal::USR1);
        world.psignal("a", Signal::HUP);
        assert_eq!(world.kill("a", "a", Signal::USR1), "0: a handles");
        assert_eq!(world.returns_to_user_mode("a"), "a runs HUP, a runs USR1", "{}", rules.name);
    }
}

/// [S1.12] With several threads another one may take it.
#[test]
fn another_thread_takes_it_when_the_sender_blocks_it() {
    for rules in [&LINUX, &FREEBSD, &POSIX] {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        world.thread_of("a", "worker");
        world.block("a", &[Signal::USR1]);
        assert_eq!(world.kill("a", "a", Signal::USR1), "0: a handles");
        assert_eq!(world.returns_to_user_mode("a"), "");
        assert_eq!(world.run(), "worker runs USR1");
    }
}

/// [S3.4] The same for a signal that reaches the sender as one of its group, and for one that ends it.
#[test]
fn a_sender_that_is_one_of_several_targets_takes_it_too() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.catch("b", Signal::INT);
        assert_eq!(world.kill("b", "0", Signal::INT), "0: a terminates, b handles");
        assert_eq!(world.returns_to_user_mode("b"), "b runs INT", "{}", rules.name);
        assert_eq!(world.kill("b", "b", Signal::TERM), "0: b terminates");
        assert_eq!(world.returns_to_user_mode("b"), "b ends by TERM");
    }
}

/// [S3.4] While its handler runs the signal is blocked, so that a handler may send it again.
#[test]
fn a_handler_may_send_its_own_signal_again() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::USR1);
        world.kill("a", "a", Signal::USR1);
        let thread = world.thread("a");
        let Ok(Delivery::Handler(first)) = world.system.deliver(thread) else { panic!("a handler runs") };
        assert_eq!(world.kill("a", "a", Signal::USR1), "0: a pends", "{}", rules.name);
        assert_eq!(world.returns_to_user_mode("a"), "");
        world.system.sigreturn(thread, first.saved_mask).expect("it is there");
        assert_eq!(world.returns_to_user_mode("a"), "a runs USR1");
    }
}

/// [S1.5] What comes with it tells where it came from.
#[test]
fn a_raised_signal_names_its_sender() {
    for (rules, code) in [(&LINUX, Code::TKILL), (&sigpost_engine::personality::BSD43, Code::USER)] {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::USR1]);
        world.raise("a", Signal::USR1);
        let info = world.takes("a", SignalSet::of(&[Signal::USR1])).expect("it is pending");
        assert_eq!((info.code, info.pid, info.uid), (code, world.number("a"), crate::world::USER));
    }
}
