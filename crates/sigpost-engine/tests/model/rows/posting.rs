//! What one process makes of a signal: the rows about queues, ignored signals, order, threads and tracers.

use super::*;

#[test]
fn a_standard_signal_sent_twice_is_one_but_two_on_freebsd() {
    let question = |os| {
        let mut world = family(os);
        block(&mut world, A, &[Signal::USR1]);
        world.kill(B, 3, USR1);
        let second = verdict(&world.kill(SH, 3, USR1));
        (second, world.processes[A].pending.iter().map(|entry| entry.sender).collect::<Vec<_>>())
    };
    let others = &[Linux, Posix, Bsd43, Bsd44, AixRt];
    answers(question, &[(&[FreeBsd], (Verdict::Pends, vec![4, 2])), (others, (Verdict::Merges, vec![4]))]);
}

#[test]
fn the_processes_queue_and_a_threads_are_two() {
    let mut world = family(Linux);
    block(&mut world, A, &[Signal::USR1]);
    world.kill(SH, 3, USR1);
    assert_eq!(verdict(&world.tgkill(SH, 3, 3, USR1)), Verdict::Pends);
    assert_eq!(verdict(&world.tgkill(SH, 3, 3, USR1)), Verdict::Merges);
}

#[test]
fn an_ignored_signal_is_kept_on_linux_if_the_addressed_thread_blocks_it() {
    let question = |os| {
        let mut world = family(os);
        world.set_action(A, Signal::USR1, Action::Ignore).unwrap();
        block(&mut world, A, &[Signal::USR1]);
        verdict(&world.kill(SH, 3, USR1))
    };
    answers(question, &[(&[Linux, Posix], Verdict::Pends), (&[FreeBsd, Bsd43, Bsd44, AixRt], Verdict::Ignores)]);
    let mut world = family(Linux);
    world.add_thread(A, 30);
    world.set_action(A, Signal::USR1, Action::Ignore).unwrap();
    world.set_mask(A, 1, set(&[Signal::USR1]));
    assert_eq!(verdict(&world.kill(SH, 3, USR1)), Verdict::Ignores, "the main thread does not block it");
}

#[test]
fn a_childs_end_is_not_even_sent_to_a_linux_parent_that_ignores_it() {
    let question = |os| {
        let mut world = family(os);
        world.set_action(SH, Signal::CHLD, Action::Ignore).unwrap();
        block(&mut world, SH, &[Signal::CHLD]);
        world.exit(A, 0);
        pending(&world, SH)
    };
    answers(question, &[(&[Posix], vec![Signal::CHLD]), (&[Linux, FreeBsd, Bsd43, Bsd44, AixRt], vec![])]);
}

#[test]
fn a_full_queue_loses_the_information_or_fails() {
    let question = |signal: i32, by_value: bool| {
        move |os| {
            let mut world = family(os);
            world.limit = 0;
            block(&mut world, A, &[Signal::USR1, Signal::RTMIN]);
            let outcome = if by_value { world.sigqueue(SH, 3, signal, 7) } else { world.kill(SH, 3, signal) };
            (outcome.result, outcome.receipts[0].info_lost)
        }
    };
    let (kept, lost, fails) = ((Ok(()), false), (Ok(()), true), (Err(Errno::EAGAIN), false));
    answers(question(USR1, false), &[(&[Linux], kept), (BSD, kept), (&[FreeBsd, Posix], lost)]);
    answers(question(USR1, true), &[(&[Linux], lost), (BSD, kept), (&[FreeBsd, Posix], fails)]);
    assert_eq!(question(RTMIN, false)(Linux), lost);
    assert_eq!(question(RTMIN, true)(Linux), fails);
    let mut world = family(Linux);
    world.limit = 0;
    assert_eq!(world.tgkill(SH, 3, 3, RTMIN).result, Err(Errno::EAGAIN));
    assert!(world.tgkill(SH, 3, 3, USR1).receipts[0].info_lost);
}

#[test]
fn the_limit_is_the_users_on_linux_and_the_processes_on_freebsd() {
    let question = |os| {
        let mut world = family(os);
        world.limit = 1;
        block(&mut world, A, &[Signal::RTMIN]);
        block(&mut world, B, &[Signal::RTMIN]);
        world.kill(SH, 3, RTMIN);
        world.sigqueue(SH, 4, RTMIN, 7).result
    };
    assert_eq!(question(Linux), Err(Errno::EAGAIN));
    assert_eq!(question(FreeBsd), Ok(()));
    assert_eq!(question(Posix), Ok(()));
}

#[test]
fn sigpending_tells_what_is_blocked_and_on_freebsd_all() {
    let question = |os| {
        let mut world = family(os);
        block(&mut world, A, &[Signal::USR1]);
        world.kill(SH, 3, USR1);
        world.kill(SH, 3, TERM);
        world.sigpending(A, 0)
    };
    let both = set(&[Signal::USR1, Signal::TERM]);
    let others = &[Linux, Posix, Bsd43, Bsd44, AixRt];
    answers(question, &[(&[FreeBsd], both), (others, set(&[Signal::USR1]))]);
}

#[test]
fn faults_numbers_come_first_on_linux_and_the_lowest_elsewhere() {
    let question = |os| {
        let mut world = family(os);
        let signals = [Signal::HUP, Signal::INT, Signal::SYS, Signal::SEGV];
        for signal in signals {
            world.set_action(A, signal, Action::Catch).unwrap();
            world.kill(SH, 3, i32::from(signal.number()));
        }
        (0..4).filter_map(|_| handled(&world.take(A, 0))).collect::<Vec<_>>()
    };
    let lowest = vec![Signal::HUP, Signal::INT, Signal::SEGV, Signal::SYS];
    let faults = vec![Signal::SEGV, Signal::SYS, Signal::HUP, Signal::INT];
    answers(question, &[(&[Linux], faults), (&[FreeBsd, Posix, Bsd43, Bsd44, AixRt], lowest)]);
}

#[test]
fn the_threads_queue_comes_before_the_processes_on_linux() {
    let question = |os| {
        let mut world = family(os);
        world.set_action(A, Signal::HUP, Action::Catch).unwrap();
        world.set_action(A, Signal::USR1, Action::Catch).unwrap();
        world.kill(SH, 3, 1);
        world.tgkill(SH, 3, 3, USR1);
        handled(&world.take(A, 0))
    };
    assert_eq!(question(Linux), Some(Signal::USR1));
    assert_eq!(question(FreeBsd), Some(Signal::HUP));
}

#[test]
fn raise_goes_to_the_calling_thread_or_to_the_process() {
    let question = |os| {
        let mut world = family(os);
        block(&mut world, A, &[Signal::USR1]);
        world.raise(A, 0, USR1);
        let own = &world.processes[A].threads[0].pending;
        (own.len(), pending(&world, A).len())
    };
    answers(question, &[(NEW, (1, 0)), (BSD, (0, 1))]);
}

#[test]
fn a_blocked_signal_to_a_traced_process_pends_or_is_told() {
    let question = |os| {
        let mut world = family(os);
        world.processes[A].threads[0].traced = true;
        block(&mut world, A, &[Signal::USR1]);
        verdict(&world.kill(SH, 3, USR1))
    };
    answers(question, &[(NEW, Verdict::Pends), (BSD, Verdict::Traces)]);
}

#[test]
fn exec_keeps_an_ignored_sigchld_but_on_freebsd_and_bsd44() {
    let question = |os| {
        let mut world = family(os);
        world.set_action(A, Signal::CHLD, Action::Ignore).unwrap();
        world.set_action(A, Signal::USR1, Action::Ignore).unwrap();
        world.set_action(A, Signal::USR2, Action::Catch).unwrap();
        world.exec(A);
        assert_eq!(world.action(A, Signal::USR1), Action::Ignore);
        assert_eq!(world.action(A, Signal::USR2), Action::Default);
        world.action(A, Signal::CHLD)
    };
    let kept = &[Linux, Posix, Bsd43, AixRt];
    answers(question, &[(&[FreeBsd, Bsd44], Action::Default), (kept, Action::Ignore)]);
}
