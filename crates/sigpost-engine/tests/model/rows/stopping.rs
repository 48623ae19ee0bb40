//! Stopping and continuing: the rows about job control.

use super::*;

/// a and b alone: their parent has left their session.
fn orphans(os: Os) -> World {
    let mut world = family(os);
    world.processes[SH].session = 9;
    world.processes[B].user = Credentials::user(0);
    world
}

#[test]
fn sigcont_continues_though_ignored_or_blocked_but_not_on_bsd43() {
    let ignored = |os| {
        let mut world = family(os);
        world.set_action(A, Signal::CONT, Action::Ignore).unwrap();
        stop(&mut world, A);
        verdict(&world.kill(SH, 3, 18))
    };
    let others = &[Linux, FreeBsd, Posix, Bsd44, AixRt];
    answers(ignored, &[(&[Bsd43], Verdict::Ignores), (others, Verdict::Continues)]);
    let blocked = |os| {
        let mut world = family(os);
        block(&mut world, A, &[Signal::CONT]);
        stop(&mut world, A);
        let told = verdict(&world.kill(SH, 3, 18));
        (told, world.processes[A].stop == Stop::No)
    };
    answers(blocked, &[(&[Bsd43], (Verdict::Pends, false)), (others, (Verdict::Continues, true))]);
    let plain = |os| {
        let mut world = family(os);
        stop(&mut world, A);
        verdict(&world.kill(SH, 3, 18))
    };
    answers(plain, &[(ALL, Verdict::Continues)]);
}

#[test]
fn a_sleeper_is_woken_to_stop_on_linux_and_stops_in_place_elsewhere() {
    let question = |os| {
        let mut world = family(os);
        world.sleep(A, 0, Activity::Interruptible);
        assert_eq!(verdict(&world.kill(SH, 3, 20)), Verdict::Stops);
        (world.processes[A].threads[0].activity, world.processes[A].stop)
    };
    let in_place = (Activity::Interruptible, Stop::Stopped(Signal::TSTP));
    answers(question, &[(&[Linux], (Activity::Running, Stop::No)), (&[FreeBsd, Posix, Bsd43, Bsd44, AixRt], in_place)]);
}

#[test]
fn a_terminal_stop_kills_a_child_of_init_on_bsd43() {
    let question = |signal| {
        move |os| {
            let mut world = World::new(os);
            let daemon = world.add(5, Some(INIT), Some(5), 1, Credentials::user(0));
            let told = verdict(&world.kill(INIT, 5, signal));
            settle(&mut world);
            (told, world.is_stopped(daemon), world.is_live(daemon))
        }
    };
    let stops = (Verdict::Stops, true, true);
    let others = &[Linux, FreeBsd, Posix, Bsd44, AixRt];
    answers(question(20), &[(&[Bsd43], (Verdict::Terminates, false, false)), (others, stops)]);
    answers(question(19), &[(ALL, stops)]);
}

#[test]
fn a_vfork_child_stops_on_linux_and_not_on_bsd() {
    let question = |os| {
        let mut world = family(os);
        world.processes[A].vforked = true;
        let told = verdict(&world.kill(SH, 3, 19));
        settle(&mut world);
        (told, world.is_stopped(A))
    };
    let not = (Verdict::Ignores, false);
    answers(question, &[(&[Linux, Posix], (Verdict::Stops, true)), (&[FreeBsd, Bsd43, Bsd44, AixRt], not)]);
}

#[test]
fn a_vfork_parent_stops_after_its_child_is_gone_and_is_ended_at_once() {
    let mut world = family(Linux);
    world.fork(A, 0, 9, true);
    assert_eq!(verdict(&world.clone().kill(SH, 3, TERM)), Verdict::Terminates);
    assert_eq!(verdict(&world.kill(SH, 3, 19)), Verdict::Defers);
    // It was told to look before, and does not come to it.
    assert_eq!(verdict(&world.kill(SH, 3, TERM)), Verdict::Defers);
}

#[test]
fn a_terminal_stop_in_an_orphaned_group_stops_nothing_but_on_bsd43() {
    let question = |os| {
        let mut world = orphans(os);
        let told = verdict(&world.kill(B, 3, 20));
        let waits = !pending(&world, A).is_empty();
        settle(&mut world);
        (told, waits, world.is_stopped(A))
    };
    answers(
        question,
        &[
            (&[Linux], (Verdict::Ignores, true, false)),
            (&[FreeBsd, Posix, Bsd44, AixRt], (Verdict::Ignores, false, false)),
            (&[Bsd43], (Verdict::Stops, false, true)),
        ],
    );
}

#[test]
fn a_terminal_stop_in_an_orphaned_group_removes_a_pending_cont_but_on_freebsd_and_bsd44() {
    let question = |os| {
        let mut world = orphans(os);
        world.set_action(A, Signal::CONT, Action::Catch).unwrap();
        block(&mut world, A, &[Signal::CONT]);
        assert_eq!(verdict(&world.kill(B, 3, 18)), Verdict::Pends);
        world.kill(B, 3, 20);
        pending(&world, A).contains(&Signal::CONT)
    };
    answers(question, &[(&[FreeBsd, Bsd44], true), (&[Linux, Posix, Bsd43, AixRt], false)]);
}

#[test]
fn a_stop_to_a_stopped_process_pends_on_linux_and_is_dropped_elsewhere() {
    let question = |os| {
        let mut world = family(os);
        stop(&mut world, A);
        let told = verdict(&world.kill(SH, 3, 20));
        let kept = pending(&world, A).len();
        world.kill(SH, 3, 18);
        assert!(pending(&world, A).is_empty(), "SIGCONT discards it");
        (told, kept)
    };
    let dropped = (Verdict::Ignores, 0);
    answers(question, &[(&[Linux], (Verdict::Defers, 1)), (&[FreeBsd, Posix, Bsd43, Bsd44, AixRt], dropped)]);
}

#[test]
fn setsid_does_not_exist_on_bsd43_and_is_for_those_who_lead_no_group() {
    let question = |os| family(os).setsid(A);
    let leader = Err(Errno::EPERM);
    answers(question, &[(&[Bsd43], leader), (&[Linux, FreeBsd, Posix, Bsd44, AixRt], leader)]);
    let question = |os| family(os).setsid(B);
    answers(question, &[(&[Bsd43, AixRt], leader), (&[Linux, FreeBsd, Posix, Bsd44], Ok(()))]);
}

#[test]
fn a_continued_child_is_news_on_linux_freebsd_and_posix() {
    let question = |os| {
        let mut world = family(os);
        block(&mut world, SH, &[Signal::CHLD]);
        world.set_action(SH, Signal::CHLD, Action::Catch).unwrap();
        stop(&mut world, A);
        world.processes[SH].pending.clear();
        world.kill(SH, 3, 18);
        let at_once = pending(&world, SH).len();
        world.take(A, 0);
        (at_once, pending(&world, SH).len())
    };
    answers(question, &[(&[Linux], (0, 1)), (&[FreeBsd, Posix], (1, 1)), (BSD, (0, 0))]);
}
