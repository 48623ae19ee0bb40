//! The verdicts and the order in which they are decided: where two would do, the earlier one is told.

use super::*;

/// a of [`family`] as `prepare` leaves it, on Linux; the verdict of a signal that sh sends.
fn told(signal: i32, prepare: impl FnOnce(&mut World)) -> Verdict {
    let mut world = family(Linux);
    prepare(&mut world);
    verdict(&world.kill(SH, 3, signal))
}

fn ignore(world: &mut World, signal: Signal) {
    assert!(world.set_action(A, signal, Action::Ignore).is_ok());
}

fn catch(world: &mut World, signal: Signal) {
    assert!(world.set_action(A, signal, Action::Catch).is_ok());
}

#[test]
fn each_default_is_told() {
    assert_eq!(told(TERM, |_| {}), Verdict::Terminates);
    assert_eq!(told(3, |_| {}), Verdict::Dumps);
    assert_eq!(told(19, |_| {}), Verdict::Stops);
    assert_eq!(told(28, |_| {}), Verdict::Ignores);
    assert_eq!(told(18, |_| {}), Verdict::Ignores);
    assert_eq!(told(TERM, |world| catch(world, Signal::TERM)), Verdict::Handles);
}

#[test]
fn refused_comes_before_the_null_signal_and_zombies_after_it() {
    let foreign = |world: &mut World| world.processes[A].user = Credentials::user(3000);
    assert_eq!(told(0, foreign), Verdict::Refused);
    let dead = |world: &mut World| {
        foreign(world);
        world.exit(A, 0);
    };
    assert_eq!(told(TERM, dead), Verdict::Refused);
    assert_eq!(told(0, |world| world.exit(A, 0)), Verdict::Probed);
    assert_eq!(told(TERM, |world| world.exit(A, 0)), Verdict::Zombie);
}

#[test]
fn a_process_that_is_to_end_by_kill_is_told_as_a_zombie() {
    let ending = |world: &mut World| assert_eq!(verdict(&world.kill(SH, 3, 9)), Verdict::Terminates);
    assert_eq!(told(9, ending), Verdict::Zombie);
    assert_eq!(told(TERM, |world| drop(world.kill(SH, 3, TERM))), Verdict::Zombie);
    assert_eq!(told(USR1, ending), Verdict::Zombie);
}

#[test]
fn a_stopped_process_that_catches_cont_continues() {
    let stopped = |world: &mut World| {
        catch(world, Signal::CONT);
        stop(world, A);
    };
    assert_eq!(told(18, stopped), Verdict::Continues);
    assert_eq!(told(18, |world| catch(world, Signal::CONT)), Verdict::Handles);
}

#[test]
fn init_is_immune_but_not_to_what_it_catches_or_blocks_or_the_kernel_forces() {
    for os in Os::ALL {
        let root = |world: &mut World| world.processes[SH].user = Credentials::user(0);
        let sent = |signal: i32, prepare: &dyn Fn(&mut World)| {
            let mut world = family(os);
            root(&mut world);
            prepare(&mut world);
            verdict(&world.kill(SH, 1, signal))
        };
        assert_eq!(sent(TERM, &|_| {}), Verdict::Immune);
        assert_eq!(sent(9, &|_| {}), Verdict::Immune);
        assert_eq!(sent(19, &|_| {}), Verdict::Immune);
        assert_eq!(sent(TERM, &|world| world.set_action(INIT, Signal::TERM, Action::Catch).unwrap()), Verdict::Handles);
        assert_eq!(sent(TERM, &|world| block(world, INIT, &[Signal::TERM])), Verdict::Pends);
        assert_eq!(verdict(&family(os).psignal(INIT, Signal::STOP)), Verdict::Stops);
        assert_eq!(verdict(&family(os).psignal(INIT, Signal::KILL)), Verdict::Terminates);
        assert_eq!(verdict(&family(os).psignal(INIT, Signal::TERM)), Verdict::Immune);
    }
}

#[test]
fn what_init_blocked_is_dropped_once_unblocked() {
    let mut world = family(Linux);
    block(&mut world, INIT, &[Signal::TERM]);
    world.psignal(INIT, Signal::TERM);
    block(&mut world, INIT, &[]);
    assert_eq!(world.take(INIT, 0), Next::Ignores(Signal::TERM));
}

#[test]
fn a_waiting_thread_accepts_what_it_blocks_even_if_ignored() {
    let only_waits = |world: &mut World| world.wait_for(A, 0, set(&[Signal::USR1]));
    assert_eq!(told(USR1, only_waits), Verdict::Terminates, "to wait is not to block");
    let waits = |world: &mut World| {
        block(world, A, &[Signal::USR1]);
        world.wait_for(A, 0, set(&[Signal::USR1]));
    };
    assert_eq!(told(USR1, waits), Verdict::Accepts);
    let ignores_and_waits = |world: &mut World| {
        ignore(world, Signal::USR1);
        waits(world);
    };
    assert_eq!(told(USR1, ignores_and_waits), Verdict::Accepts);
}

#[test]
fn a_tracer_is_told_even_of_what_is_ignored() {
    let traced = |world: &mut World| {
        world.processes[A].threads[0].traced = true;
        ignore(world, Signal::USR1);
    };
    assert_eq!(told(USR1, traced), Verdict::Traces);
    let held = |world: &mut World| {
        traced(world);
        world.processes[A].threads[0].trace_stopped = true;
    };
    assert_eq!(told(USR1, held), Verdict::Defers);
    assert_eq!(told(9, held), Verdict::Terminates);
}

#[test]
fn merging_comes_before_pending() {
    let twice = |world: &mut World| {
        block(world, A, &[Signal::USR1]);
        world.kill(SH, 3, USR1);
    };
    assert_eq!(told(USR1, twice), Verdict::Merges);
}

#[test]
fn an_uninterruptible_sleep_defers_and_kill_needs_one_thread_that_can_end() {
    let asleep = |world: &mut World| world.sleep(A, 0, Activity::Uninterruptible);
    assert_eq!(told(TERM, asleep), Verdict::Defers);
    assert_eq!(told(9, asleep), Verdict::Defers);
    let with_another = |world: &mut World| {
        world.add_thread(A, 30);
        asleep(world);
    };
    assert_eq!(told(9, with_another), Verdict::Terminates);
}

#[test]
fn kill_ends_the_sleeper_once_its_sleep_has_ended() {
    for os in Os::ALL {
        let mut world = family(os);
        world.sleep(A, 0, Activity::Uninterruptible);
        world.kill(SH, 3, 9);
        settle(&mut world);
        assert!(world.is_live(A));
        world.wake_up(A, 0);
        settle(&mut world);
        assert!(!world.is_live(A), "{os:?}");
    }
}

#[test]
fn all_threads_stop_before_the_process_has() {
    let mut world = family(Linux);
    world.add_thread(A, 30);
    world.kill(SH, 3, 19);
    assert_eq!(world.take(A, 0), Next::Stops);
    assert_eq!(world.processes[A].stop, Stop::Stopping(Signal::STOP));
    assert_eq!(world.take(A, 1), Next::Stops);
    assert_eq!(world.processes[A].stop, Stop::Stopped(Signal::STOP));
}

#[test]
fn a_signal_to_oneself_may_have_another_delivered_first() {
    let mut world = family(Linux);
    catch(&mut world, Signal::HUP);
    catch(&mut world, Signal::USR1);
    block(&mut world, A, &[Signal::HUP]);
    world.kill(A, 3, 1);
    block(&mut world, A, &[]);
    world.kill(A, 3, USR1);
    assert_eq!(handled(&world.take(A, 0)), Some(Signal::HUP));
    assert_eq!(handled(&world.take(A, 0)), Some(Signal::USR1));
}

#[test]
fn an_exit_that_orphans_a_stopped_group_hangs_it_up_and_continues_it() {
    for os in Os::ALL {
        let mut world = family(os);
        catch(&mut world, Signal::HUP);
        stop(&mut world, A);
        world.exit(SH, 0);
        assert_eq!(world.processes[A].stop, Stop::No, "{os:?}");
        assert_eq!(handled(&world.take(A, 0)), Some(Signal::HUP), "{os:?}");
    }
}

#[test]
fn a_setpgid_that_orphans_a_stopped_group_sends_nothing() {
    let mut world = family(Linux);
    stop(&mut world, A);
    world.processes[SH].group = Some(3);
    assert!(world.is_orphaned(3) && world.is_stopped(A));
    assert!(pending(&world, A).is_empty());
}

#[test]
fn when_a_woken_thread_exits_another_wakes_for_its_signal() {
    let mut world = family(Linux);
    let second = world.add_thread(A, 30);
    catch(&mut world, Signal::USR1);
    world.sleep(A, 0, Activity::Interruptible);
    world.sleep(A, second, Activity::Interruptible);
    world.set_mask(A, 0, set(&[Signal::USR1]));
    world.kill(SH, 3, USR1);
    assert_eq!(world.processes[A].threads[second].activity, Activity::Running);
    world.set_mask(A, 0, set(&[]));
    world.exit_thread(A, second);
    assert_eq!(world.processes[A].threads[0].activity, Activity::Running, "no lost wakeup");
}
