//! What the kernel does is seen, and what is not so is found.

use std::os::fd::AsFd;

use sigpost_scenario::Ending;
use sigpost_sys::fork::fork_run;
use sigpost_sys::pidfd::{self, Scope};

use crate::stage::{cannot_run, ending, finds, passes};

#[test]
fn a_group_is_signalled_and_nobody_else() {
    passes(
        "process sh\nprocess a parent=sh group\nprocess b parent=sh group=a catch=USR1\nprocess c parent=sh group\n\
         sh: killpg(a, USR1) = 0 -> a=terminates b=handles\n\
         expect a: killed(USR1) zombie\nexpect b: handled=[USR1] running sender=sh code=user\nexpect c: running\n\
         sh: wait(a) = killed(USR1)\nexpect a: reaped killed(USR1)",
    );
}

#[test]
fn a_broadcast_reaches_the_scenario_and_nothing_else() {
    let bystander = fork_run(|| {
        loop {
            let _ = sigpost_sys::sigaction::suspend(0);
        }
    });
    let bystander = bystander.unwrap();
    passes("process a\nprocess b\na: kill(-1, KILL) = 0 -> b=terminates\nexpect init: running\nexpect a: running");
    assert_eq!(pidfd::send(bystander.as_fd(), 0, None, Scope::Handle), Ok(()));
    assert!(!bystander.ends_within(core::time::Duration::ZERO).unwrap());
}

#[test]
fn stops_continues_and_what_waited_meanwhile_are_seen() {
    passes(
        "process a\nprocess b stopped\nprocess c catch=CHLD\nprocess d parent=c\n\
         a: kill(b, TERM) = 0 -> b=defers\nexpect b: stopped(STOP) pending={TERM}\n\
         a: kill(b, CONT) = 0 -> b=continues\nexpect b: killed(TERM)\n\
         a: kill(d, STOP) = 0 -> d=stops\nexpect d: stopped(STOP)\nexpect c: handled=[CHLD] code=stopped sender=d\n\
         c: wait(d) = stopped(STOP)\nexpect d: stopped(STOP)",
    );
}

#[test]
fn blocking_calls_stay_blocked_and_tell_later_what_they_returned() {
    passes(
        "process a\nprocess b catch=USR1\nprocess c block=USR2\n\
         b: pause() = blocks\nexpect b: sleeping blocked_in_call\n\
         c: sigwaitinfo({USR2}) = blocks\nexpect c: blocked_in_call\n\
         a: kill(b, USR1) = 0 -> b=handles\nexpect b: running returned(EINTR)\n\
         a: sigqueue(c, USR2, 7) = 0 -> c=accepts\nexpect c: running returned(USR2(7)) code=queue",
    );
}

#[test]
fn threads_take_what_is_theirs() {
    passes(
        "process a\nprocess b catch=USR1 block=USR1\nthread t of b\n\
         a: kill(b, USR1) = 0 -> b=handles\nexpect t: handled=[USR1]\n\
         a: tgkill(b, b, USR1) = 0 -> b=pends\nexpect b.main: pending={USR1}\nexpect b: pending={}",
    );
}

#[test]
fn a_handler_that_holds_lets_its_process_act_until_it_returns() {
    passes(
        "process a\na: sigaction(USR1, hold) = 0\na: raise(USR1) = 0 -> a=handles\n\
         expect a: blocked={USR1} handled=[USR1]\na: raise(USR1) = 0 -> a=pends\na: sigreturn()\n\
         expect a: handled=[USR1]\na: sigreturn()\nexpect a: blocked={}",
    );
}

#[test]
fn a_handler_that_comes_before_a_fork_and_does_not_return_keeps_the_child_from_being_made() {
    if cannot_run() {
        return;
    }
    for call in ["fork", "vfork"] {
        let text = format!(
            "process p\nthread t of p\n\np: sigaction(TERM, hold)\np: vfork(c)\ninit: kill(p, TERM)\nt: {call}(d)\n"
        );
        match ending(&text) {
            Ending::Skipped(why) => assert!(why.contains("keeps the caller from making it"), "{text}: {why}"),
            ending => panic!("{text}: {ending:?}"),
        }
    }
}

#[test]
fn a_tracer_is_told_first() {
    passes(
        "process a\nprocess b traced_by=a\na: kill(b, TERM) = 0 -> b=traces\nexpect b: trace_stopped(TERM)\n\
         a: wait(b) = trapped(TERM)\nexpect b: trace_stopped(TERM)\na: trace_continue(b) = 0\nexpect b: running",
    );
}

#[test]
fn faults_are_handled_once() {
    for signal in ["SEGV", "FPE", "ILL", "TRAP", "BUS"] {
        passes(&format!(
            "process a catch={signal}\nprocess b\na: fault({signal})\nexpect a: handled=[{signal}] running\n\
             b: fault({signal})\nexpect b: dumped({signal})"
        ));
    }
}

#[test]
fn init_is_immune_to_its_own_namespace() {
    passes("process a\na: kill(init, KILL) = 0 -> init=immune\nexpect init: running");
}

#[test]
fn the_end_of_init_is_the_end_of_everyone() {
    passes(
        "process a\nprocess b parent=a\ninit: exit(3)\nexpect a: killed(KILL)\nexpect b: killed(KILL)\n\
         expect init: exited(3) zombie",
    );
}

#[test]
fn threads_of_init_act() {
    passes(
        "process a\nthread t of init\nt: tgkill(init, init, 0) = 0 -> init=probed\nt: kill(a, TERM) = 0 -> a=terminates",
    );
}

#[test]
fn a_wrong_receipt_is_found() {
    finds("process a\nprocess b\na: kill(b, TERM) = 0 -> b=handles", "b=terminates");
}

#[test]
fn a_wrong_result_is_found() {
    finds("process a\na: kill(nobody, TERM) = 0", "= ESRCH");
}

#[test]
fn a_wrong_state_is_found() {
    finds("process a\nprocess b\na: kill(b, STOP)\nexpect b: running", "stopped(STOP)");
}

#[test]
fn a_wrong_order_of_handlers_is_found() {
    finds(
        "process a catch=HUP,USR1 block=HUP,USR1\na: raise(HUP)\na: raise(USR1)\n\
         a: sigprocmask(set, {})\nexpect a: handled=[HUP,USR1]",
        "handled=[USR1,HUP]",
    );
}

#[test]
fn who_is_stopped_cannot_act() {
    finds("process a\nprocess b stopped\nb: kill(a, 0)", "cannot act: b is stopped");
}
