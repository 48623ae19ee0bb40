//! Who is meant, and may the sender: the rows about permission, groups, numbers and what a call returns.

use super::*;

#[test]
fn realtime_numbers_are_valid_where_there_are_any() {
    answers(|os| result(&family(os).kill(SH, 3, RTMIN)), &[(NEW, Ok(())), (BSD, Err(Errno::EINVAL))]);
    answers(|os| result(&family(os).kill(SH, 3, 65)), &[(ALL, Err(Errno::EINVAL))]);
    answers(|os| result(&family(os).kill(SH, 3, 265)), &[(ALL, Err(Errno::EINVAL))]);
}

#[test]
fn the_targets_saved_id_counts_on_linux_its_effective_one_on_bsd() {
    let may = |target: Credentials| move |os| result(&with_users(os, target, target).kill(SH, 3, TERM)).is_ok();
    answers(may(ids(3000, 2000, 1000)), &[(NEW, true), (BSD, false)]);
    answers(may(ids(3000, 1000, 2000)), &[(NEW, false), (BSD, true)]);
    answers(may(ids(1000, 2000, 2000)), &[(NEW, true), (&[Bsd44, AixRt], true), (&[Bsd43], false)]);
}

#[test]
fn a_target_that_changed_its_ids_is_sent_a_few_signals_only_on_freebsd() {
    let changed = Credentials { changed_ids: true, ..ids(1000, 1000, 1000) };
    let may = |signal| move |os| result(&with_users(os, changed, changed).kill(SH, 3, signal)).is_ok();
    answers(may(TERM), &[(ALL, true)]);
    answers(may(1), &[(ALL, true)]);
    answers(may(14), &[(ALL, true)]);
    answers(may(13), &[(&[FreeBsd], false), (&[Linux, Posix, Bsd43, Bsd44, AixRt], true)]);
}

#[test]
fn privilege_is_a_right_of_its_own_on_linux_and_effective_user_0_on_bsd() {
    let question = |user: Credentials| {
        move |os| {
            let mut world = with_users(os, ids(2000, 2000, 2000), ids(2000, 2000, 2000));
            world.processes[SH].user = user;
            result(&world.kill(SH, 3, TERM)).is_ok()
        }
    };
    answers(question(Credentials::user(0).unprivileged()), &[(NEW, false), (BSD, true)]);
    answers(question(Credentials { privileged: true, ..ids(1000, 1000, 1000) }), &[(NEW, true), (BSD, false)]);
}

#[test]
fn sigcont_goes_to_the_session_or_on_bsd43_to_descendants_in_groups() {
    let other = ids(2000, 2000, 2000);
    let question = |group: bool, sender: Index| {
        move |os| {
            let mut world = with_users(os, other, other);
            world.processes[B].user = ids(1000, 1000, 1000);
            world.processes[B].group = Some(4);
            let id = if group { -3 } else { 3 };
            world.kill(sender, id, 18).result.is_ok()
        }
    };
    answers(question(false, B), &[(NEW, true), (&[Bsd44], true), (&[Bsd43, AixRt], false)]);
    answers(question(false, SH), &[(NEW, true), (&[Bsd44], true), (&[Bsd43, AixRt], false)]);
    answers(question(true, SH), &[(NEW, true), (&[Bsd44, Bsd43], true), (&[AixRt], false)]);
    answers(question(true, B), &[(NEW, true), (&[Bsd44], true), (&[Bsd43, AixRt], false)]);
}

#[test]
fn kill_everyone_leaves_out_init_and_mostly_the_sender() {
    let question = |os| {
        let mut world = family(os);
        world.processes[B].system = true;
        world.kill(SH, -1, 0).verdicts().into_iter().map(|(p, _)| p).collect::<Vec<_>>()
    };
    answers(question, &[(&[Linux], vec![A, B]), (&[FreeBsd, Bsd43, Bsd44], vec![A]), (&[Posix, AixRt], vec![SH, A])]);
}

#[test]
fn kill_everyone_of_an_unprivileged_sender_leaves_out_foreigners_on_aixrt() {
    let question = |os| {
        let world = &mut with_users(os, ids(1000, 2000, 2000), ids(2000, 1000, 2000));
        world.processes[SH].system = true;
        world.kill(SH, -1, 0).verdicts()
    };
    let (probed, refused) = (Verdict::Probed, Verdict::Refused);
    let (a, both) = (vec![(A, probed)], vec![(A, probed), (B, probed)]);
    let b = vec![(A, refused), (B, probed)];
    answers(question, &[(NEW, vec![(A, probed), (B, refused)]), (&[Bsd44], both), (&[Bsd43], b), (&[AixRt], a)]);
}

#[test]
fn kill_everyone_refused_by_all_is_success_on_linux() {
    let question = |os| {
        let mut world = with_users(os, ids(2000, 2000, 2000), ids(2000, 2000, 2000));
        world.processes[SH].system = true;
        result(&world.kill(SH, -1, TERM))
    };
    answers(question, &[(&[Linux], Ok(())), (&[FreeBsd, Posix], Err(Errno::EPERM)), (BSD, Err(Errno::ESRCH))]);
}

#[test]
fn kill_everyone_with_nobody_to_reach_is_esrch() {
    let question = |os| {
        let mut world = World::new(os);
        result(&world.kill(INIT, -1, TERM))
    };
    answers(question, &[(ALL, Err(Errno::ESRCH))]);
}

#[test]
fn a_group_with_some_refused_succeeds_fails_or_is_withheld() {
    let question = |os| {
        let mut world = with_users(os, ids(1000, 1000, 1000), ids(2000, 2000, 2000));
        result_and_verdicts(&world.killpg(SH, 3, TERM))
    };
    let sent = vec![(A, Verdict::Terminates), (B, Verdict::Refused)];
    answers(
        question,
        &[
            (&[Linux, FreeBsd, Posix, Bsd44], (Ok(()), sent.clone())),
            (&[Bsd43], (Err(Errno::EPERM), sent)),
            (&[AixRt], (Err(Errno::EPERM), vec![(A, Verdict::Withheld), (B, Verdict::Refused)])),
        ],
    );
}

#[test]
fn a_group_with_all_refused_is_eperm_but_esrch_on_bsd44() {
    let other = ids(2000, 2000, 2000);
    let question = |os| result(&with_users(os, other, other).kill(SH, -3, TERM));
    answers(question, &[(&[Bsd44], Err(Errno::ESRCH)), (&[Linux, FreeBsd, Posix, Bsd43, AixRt], Err(Errno::EPERM))]);
}

#[test]
fn init_receives_as_a_member_on_linux_and_is_left_out_on_bsd() {
    let question = |os| {
        let mut world = family(os);
        world.processes[INIT].group = Some(3);
        world.processes[SH].user = Credentials::user(0);
        world.kill(SH, -3, TERM).verdicts().contains(&(INIT, Verdict::Immune))
    };
    answers(question, &[(&[Linux, Posix], true), (&[FreeBsd, Bsd43, Bsd44, AixRt], false)]);
}

#[test]
fn killpg_0_is_the_own_group_but_on_bsd43_and_without_one() {
    answers(
        |os| result(&family(os).killpg(SH, 0, 0)),
        &[(&[Linux, FreeBsd, Posix, Bsd44, AixRt], Ok(())), (&[Bsd43], Err(Errno::ESRCH))],
    );
    let mut world = family(AixRt);
    world.processes[SH].group = None;
    assert_eq!(world.killpg(SH, 0, 0).result, Err(Errno::ESRCH));
    assert_eq!(world.kill(SH, 0, 0).result, Err(Errno::ESRCH));
}

#[test]
fn killpg_1_is_everyone_or_nobody_or_group_1() {
    let question = |os| {
        let mut world = family(os);
        world.processes[B].group = Some(1);
        let outcome = world.killpg(SH, 1, 0);
        (outcome.result, outcome.verdicts().into_iter().map(|(p, _)| p).collect::<Vec<_>>())
    };
    answers(
        question,
        &[
            (&[Linux], (Ok(()), vec![A, B])),
            (&[FreeBsd, Posix, Bsd44], (Err(Errno::ESRCH), vec![])),
            (&[Bsd43, AixRt], (Ok(()), vec![B])),
        ],
    );
}

#[test]
fn killpg_of_a_negative_number_is_einval_or_esrch() {
    let question = |os| result(&family(os).killpg(SH, -3, TERM));
    answers(question, &[(&[Linux, FreeBsd, Posix, AixRt], Err(Errno::EINVAL)), (&[Bsd43, Bsd44], Err(Errno::ESRCH))]);
}

#[test]
fn kill_of_the_least_integer_is_esrch() {
    answers(|os| result(&family(os).kill(SH, i32::MIN, TERM)), &[(ALL, Err(Errno::ESRCH))]);
}

#[test]
fn a_bad_signal_to_nobody_is_esrch_on_linux_and_einval_elsewhere() {
    let bad = Err(Errno::EINVAL);
    answers(
        |os| result(&family(os).kill(SH, NOBODY, 999)),
        &[(&[Linux], Err(Errno::ESRCH)), (&[FreeBsd, Posix, Bsd43, Bsd44, AixRt], bad)],
    );
    answers(|os| result(&family(os).kill(SH, 3, 999)), &[(ALL, bad)]);
}

#[test]
fn a_zombie_takes_signals_in_silence_or_is_not_found() {
    let question = |os| {
        let mut world = family(os);
        world.exit(A, 0);
        result_and_verdicts(&world.kill(SH, 3, TERM))
    };
    answers(question, &[(NEW, (Ok(()), vec![(A, Verdict::Zombie)])), (BSD, (Err(Errno::ESRCH), vec![]))]);
    let probe = |os| {
        let mut world = family(os);
        world.exit(A, 0);
        result_and_verdicts(&world.kill(SH, 3, 0))
    };
    answers(probe, &[(NEW, (Ok(()), vec![(A, Verdict::Probed)])), (BSD, (Err(Errno::ESRCH), vec![]))]);
}

#[test]
fn a_group_of_zombies_only_succeeds_or_is_not_found() {
    let question = |os| {
        let mut world = family(os);
        world.exit(A, 0);
        world.exit(B, 0);
        result(&world.killpg(SH, 3, TERM))
    };
    answers(question, &[(NEW, Ok(())), (BSD, Err(Errno::ESRCH))]);
}

#[test]
fn checkctty_asks_members_for_a_terminal_on_freebsd_and_bsd44() {
    let question = |os| {
        let mut world = family(os);
        world.terminals.insert(9, 3);
        world.processes[B].session = 9;
        world.pgsignal(Some(3), Signal::WINCH, true).receipts.len()
    };
    answers(question, &[(&[FreeBsd, Bsd44], 1), (&[Linux, Posix, Bsd43, AixRt], 2)]);
    let question = |os| family(os).pgsignal(None, Signal::TERM, true).receipts.len();
    answers(question, &[(ALL, 0)]);
    answers(|os| family(os).gsignal(0, Signal::TERM).receipts.len(), &[(ALL, 0)]);
}

#[test]
fn a_threads_id_given_to_kill_is_its_process_on_linux() {
    for (os, expected) in [(Linux, Ok(())), (FreeBsd, Err(Errno::ESRCH)), (Posix, Err(Errno::ESRCH))] {
        let mut world = family(os);
        world.add_thread(A, 30);
        assert_eq!(world.kill(SH, 30, TERM).result, expected, "{os:?}");
        assert_eq!(world.tgkill(SH, 4, 30, TERM).result, Err(Errno::ESRCH));
        assert_eq!(world.tgkill(SH, 3, 0, TERM).result, Err(Errno::EINVAL));
    }
}

#[test]
fn kill_of_a_negative_group_is_as_killpg() {
    let question = |os| {
        let mut world = with_users(os, ids(1000, 1000, 1000), ids(2000, 2000, 2000));
        let mut again = world.clone();
        world.kill(SH, -3, TERM) == again.killpg(SH, 3, TERM) && world == again
    };
    answers(question, &[(ALL, true)]);
}

#[test]
fn a_raise_in_a_thread_and_a_kill_of_oneself_differ_with_two_threads() {
    let mut world = family(Linux);
    world.add_thread(A, 30);
    block(&mut world, A, &[Signal::USR1]);
    world.set_action(A, Signal::USR1, Action::Catch).unwrap();
    assert_eq!(verdict(&world.raise(A, 0, USR1)), Verdict::Pends);
    assert_eq!(verdict(&world.kill(A, 3, USR1)), Verdict::Handles);
}
