//! Whom the first argument of `kill` means.

use sigpost_engine::Signal;
use sigpost_engine::personality::{ALL, FREEBSD, LINUX};

use crate::world::{OTHER, World};

/// [S1.1] One process, not those around it; ESRCH if there is none.
#[test]
fn a_positive_number_is_that_one_process() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b", "c"]);
        assert_eq!(world.kill("sh", "b", Signal::TERM), "0: b terminates");
        assert_eq!(world.kill("sh", "4711", Signal::TERM), "ESRCH");
        assert_eq!(world.kill("sh", "2147483647", Signal::TERM), "ESRCH");
        assert_eq!(world.run(), "b ends by TERM");
        assert!(world.lives("a") && world.lives("c") && world.lives("sh"));
    }
}

/// [S1.2] The sender is in it; those who refuse are left alone and named.
#[test]
fn zero_is_the_senders_own_group_as_far_as_it_may() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    world.user(OTHER, &["c"]);
    assert_eq!(world.kill("b", "0", Signal::USR1), "0: a terminates, b terminates, c EPERM");
    assert_eq!(world.run(), "a ends by USR1, b ends by USR1");
    assert!(world.lives("sh") && world.lives("c"));
}

/// [S1.2] What the kernel has for itself is no target; on Linux it is one that takes no notice.
#[test]
fn system_processes_of_the_group_come_to_no_harm() {
    for (rules, answer) in
        [(&LINUX, "0: init immune, shepherd terminates, swapper ignores"), (&FREEBSD, "0: shepherd terminates")]
    {
        let mut world = World::new(rules);
        world.fork("init", "shepherd");
        world.fork("init", "swapper");
        world.system.set_system_process(world.key("swapper")).expect("it is there");
        assert_eq!(world.kill("shepherd", "0", Signal::TERM), answer);
        assert_eq!(world.run(), "shepherd ends by TERM");
    }
}

/// [S1.3] The group whose number it is without the sign.
#[test]
fn a_number_below_minus_one_is_that_group_as_far_as_the_sender_may() {
    let mut world = World::with_job(&LINUX, &["a", "b", "c"]);
    world.fork("sh", "bystander");
    world.user(OTHER, &["a"]);
    assert_eq!(world.kill("sh", "-a", Signal::INT), "0: a EPERM, b terminates, c terminates");
    assert_eq!(world.kill("sh", "-4711", Signal::INT), "ESRCH");
    assert_eq!(world.kill("sh", "-b", Signal::INT), "ESRCH", "b leads no group");
    assert_eq!(world.run(), "b ends by INT, c ends by INT");
    assert!(world.lives("sh") && world.lives("bystander"));
}

/// [S1.4] Everyone whom the sender may signal: not init, not what is the kernel's own.
#[test]
fn minus_one_is_everyone_whom_the_sender_may_signal() {
    let mut world = World::with_job(&FREEBSD, &["a"]);
    for name in ["stranger", "pagedaemon", "getty"] {
        world.fork("init", name);
    }
    world.user(OTHER, &["stranger"]);
    world.system.set_system_process(world.key("pagedaemon")).expect("it is there");
    world.user(crate::world::USER, &["getty", "pagedaemon"]);
    let answer = world.kill("sh", "-1", Signal::TERM);
    assert_eq!(answer, "0: a terminates, stranger EPERM, getty terminates");
    assert_eq!(world.run(), "a ends by TERM, getty ends by TERM");
    assert!(world.lives("init") && world.lives("stranger") && world.lives("pagedaemon"));
}

/// [S1.4] [S3.3] On Linux, too, init and the sender are left out.
#[test]
fn minus_one_leaves_out_init_and_the_sender_on_linux() {
    let mut world = World::with_job(&LINUX, &["a", "b"]);
    world.user(0, &["sh"]);
    assert_eq!(world.kill("sh", "-1", Signal::KILL), "0: a terminates, b terminates");
    assert!(world.lives("init") && world.lives("sh"));
}

/// [S3.2] The three forms, side by side.
#[test]
fn the_sign_of_the_number_chooses_between_process_own_group_and_group() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        world.fork("sh", "c");
        assert_eq!(world.kill("c", "a", 0), "0: a probed");
        assert_eq!(world.kill("c", "0", 0), "0: sh probed, c probed");
        assert_eq!(world.kill("c", "-a", 0), "0: a probed, b probed");
        assert_eq!(world.kill("c", "-2147483648", 0), "ESRCH");
    }
}

/// [S3.3] A privileged sender reaches everyone but init, an ordinary one its own user's processes.
#[test]
fn minus_one_is_everyone_to_the_privileged_and_their_own_to_others() {
    for (user, answer) in [
        (0, "0: a probed, b probed, stranger probed"),
        (crate::world::USER, "0: a probed, b probed, stranger EPERM"),
        (OTHER, "0: a EPERM, b EPERM, stranger probed"),
    ] {
        for rules in [&LINUX, &FREEBSD] {
            let mut world = World::with_job(rules, &["a", "b"]);
            world.fork("init", "stranger");
            world.user(OTHER, &["stranger"]);
            world.user(user, &["sh"]);
            assert_eq!(world.kill("sh", "-1", 0), answer, "user {user} under {}", rules.name);
        }
    }
}

#[test]
fn who_has_no_group_sends_to_nobody_with_zero() {
    let mut world = World::with_job(&LINUX, &["a"]);
    world.place("init", "loner", 50, 0, 50);
    assert_eq!(world.kill("loner", "0", Signal::TERM), "ESRCH");
    assert!(world.lives("a") && world.lives("loner"));
}

#[test]
fn everyone_with_a_bad_signal_is_a_missing_target_only_where_nobody_is_reached() {
    let mut world = World::new(&LINUX);
    assert_eq!(world.kill("init", "-1", 999), "ESRCH");
    world.place("init", "sh", 100, 100, 100);
    assert_eq!(world.kill("init", "-1", 999), "EINVAL");
    assert_eq!(world.kill("sh", "-1", 999), "ESRCH", "init and the sender are left out");
}
