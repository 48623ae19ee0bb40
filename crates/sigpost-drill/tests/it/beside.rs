//! What another thread does with a signal while the main one is held or in vfork is seen, where the kernel's records are.

use sigpost_drill::{Comparison, Ledger, LinuxWorld, Records, compare};
use sigpost_sys::fork::say;

use crate::stage::{cannot_run, scenario};

/// Compares, and wants every receipt seen.
fn is_seen(text: &str) {
    if cannot_run() {
        return;
    }
    let records = match Records::open() {
        Ok(records) => records,
        Err(missing) => return say(&format!("not run: without the kernel's records: {missing}")),
    };
    let world = || Ok(LinuxWorld::new()?.witnessed_by(&records));
    match compare(&scenario(text), &world, &mut Ledger::default()) {
        Comparison::Agrees { unchecked, .. } => assert_eq!(unchecked, 0, "{text}"),
        other => panic!("{text}: {other}"),
    }
}

#[test]
fn an_end_with_core_is_seen() {
    is_seen("process a block=QUIT\nthread w of a\nprocess q\na: vfork(c)\nq: kill(a, QUIT)");
    is_seen("process a\nthread w of a\nprocess q\nq: trace(a)\nq: trace_interrupt(a)\nq: kill(a, QUIT)");
}

#[test]
fn the_beginning_of_a_stop_is_seen() {
    is_seen("process a\nthread w of a\nprocess q\na: vfork(c)\nq: tkill(w, STOP)");
    is_seen("process a\nthread w of a\nprocess q\nq: trace(a)\nq: trace_interrupt(a)\nq: kill(a, STOP)");
}

#[test]
fn what_is_dropped_for_a_held_main_thread_is_seen() {
    is_seen(
        "process a group ignore=USR1\nthread w of a\nprocess q\nq: trace(a)\nq: trace_interrupt(a)\nq: killpg(a, USR1)",
    );
}

#[test]
fn a_cont_that_waits_for_its_tracer_is_seen() {
    is_seen("process a\nthread w of a\nprocess q\nq: trace(a)\na: raise(CONT)");
}

#[test]
fn the_end_of_a_stop_in_which_a_tracer_let_a_thread_run_is_seen() {
    let stopped = "process a\nthread w of a\nprocess q\nq: trace(a)\nq: kill(a, STOP)\nq: trace_continue(a, STOP)\n";
    is_seen(&format!("{stopped}q: trace_continue(a)\nq: kill(a, CONT)"));
    is_seen(&format!("{stopped}q: trace_continue(a)\na: pause()\nq: kill(a, CONT)"));
}

#[test]
fn what_another_signal_may_have_caused_is_not_guessed() {
    agrees_unseen(&[
        // The stop is that of the TTIN that had waited.
        "process a group catch=TSTP\nthread w of a\nprocess q\na: vfork(c)\nq: kill(a, TTIN)\nq: killpg(a, TSTP)",
        // The waiting thread took it, the main one has CHLD besides.
        "process a group block=WINCH\nthread w of a\nprocess b parent=a traced_by=a\nprocess q\n\
         w: sigwaitinfo({WINCH})\na: vfork(c)\nq: killpg(a, WINCH)",
    ]);
}

#[test]
fn whether_the_stop_of_one_whom_a_tracer_holds_was_complete_is_not_guessed() {
    agrees_unseen(&[
        "process a group\nthread w of a\nprocess q\nq: trace(a)\nq: trace_interrupt(a)\nq: tkill(w, TSTP)\nq: kill(a, CONT)",
        "process a\nprocess q\nq: trace(a)\nq: kill(a, STOP)\nq: trace_continue(a, STOP)\nq: trace_continue(a)\na: raise(CONT)",
        "process a stopped\nthread w of a\nprocess q\nq: trace(w)\nq: trace(a)\nq: trace_continue(w)\nq: kill(a, CONT)",
        "process a stopped\nprocess q\nq: trace(a)\nq: kill(a, STOP)\nq: trace_continue(a, STOP)\nq: kill(a, CONT)",
    ]);
}

/// Compares, and wants one receipt of each not to be seen.
fn agrees_unseen(texts: &[&str]) {
    if cannot_run() {
        return;
    }
    let Ok(records) = Records::open() else { return say("not run: without the kernel's records") };
    let world = || Ok(LinuxWorld::new()?.witnessed_by(&records));
    for text in texts {
        match compare(&scenario(text), &world, &mut Ledger::default()) {
            Comparison::Agrees { unchecked, .. } => assert_eq!(unchecked, 1, "{text}"),
            other => panic!("{text}: {other}"),
        }
    }
}
