//! Where the systems differ about targets and numbers, a test a row of the table.

use sigpost_engine::personality::{AIXRT, ALL, BSD43, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Credentials, Personality, Signal};

use crate::world::{OTHER, USER, World};

/// A set-user-ID program of the sender's, whose saved user is another.
fn acts_as(rules: &'static Personality, target: Credentials) -> String {
    let mut world = World::with_job(rules, &["a"]);
    world.user(OTHER, &["sh"]);
    world.ids("a", target);
    world.kill("sh", "a", Signal::TERM)
}

#[test]
fn the_highest_signal_is_64_or_31() {
    for (rules, highest) in [(&LINUX, 64), (&FREEBSD, 64), (&POSIX, 64), (&BSD43, 31), (&BSD44, 31), (&AIXRT, 31)] {
        let mut world = World::with_job(rules, &["a"]);
        world.catch("a", Signal::SYS);
        world.catch("a", Signal::RTMAX);
        assert_eq!(world.kill("sh", "a", highest), "0: a handles", "{}", rules.name);
        assert_eq!(world.kill("sh", "a", highest + 1), "EINVAL", "{}", rules.name);
    }
}

#[test]
fn the_targets_saved_or_its_effective_user_counts() {
    let acting = Credentials::ids(3000, OTHER, 3000);
    let saved = Credentials::ids(3000, 3000, OTHER);
    let real = Credentials::ids(OTHER, 3000, 3000);
    for (rules, of_acting, of_saved, of_real) in [
        (&LINUX, false, true, true),
        (&FREEBSD, false, true, true),
        (&POSIX, false, true, true),
        (&BSD43, true, false, false),
        (&BSD44, true, false, true),
        (&AIXRT, true, false, true),
    ] {
        for (target, may) in [(acting, of_acting), (saved, of_saved), (real, of_real)] {
            let expected = if may { "0: a terminates" } else { "EPERM: a EPERM" };
            assert_eq!(acts_as(rules, target), expected, "{target:?} under {}", rules.name);
        }
    }
}

#[test]
fn in_a_group_4_3bsd_and_aixrt_compare_the_effective_users_alone() {
    for (rules, answer) in [
        (&LINUX, "0: a terminates"),
        (&BSD44, "0: a terminates"),
        (&BSD43, "EPERM: a EPERM"),
        (&AIXRT, "EPERM: a EPERM"),
    ] {
        let mut world = World::with_job(rules, &["a"]);
        world.ids("a", Credentials::ids(USER, OTHER, USER));
        assert_eq!(world.killpg("sh", "a", Signal::TERM), answer, "{}", rules.name);
    }
}

#[test]
fn a_freebsd_target_that_changed_its_users_takes_only_some_signals() {
    for (rules, answer) in [(&FREEBSD, "EPERM: a EPERM"), (&LINUX, "0: a dumps")] {
        let mut world = World::with_job(rules, &["a"]);
        world.ids("a", Credentials { changed_ids: true, ..Credentials::user(USER) });
        assert_eq!(world.kill("sh", "a", Signal::SEGV), answer, "{}", rules.name);
        assert_eq!(world.kill("sh", "a", 0), "0: a probed");
    }
}

#[test]
fn privilege_is_a_capability_or_effective_user_0() {
    let (plain_root, capable) =
        (Credentials::user(0).unprivileged(), Credentials { privileged: true, ..Credentials::user(USER) });
    for (rules, root_may, capable_may) in [
        (&LINUX, false, true),
        (&FREEBSD, false, true),
        (&POSIX, false, true),
        (&BSD43, true, false),
        (&BSD44, true, false),
        (&AIXRT, true, false),
    ] {
        for (sender, may) in [(plain_root, root_may), (capable, capable_may)] {
            let mut world = World::with_job(rules, &["a"]);
            world.user(OTHER, &["a"]);
            world.ids("sh", sender);
            let expected = if may { "0: a terminates" } else { "EPERM: a EPERM" };
            assert_eq!(world.kill("sh", "a", Signal::TERM), expected, "{}", rules.name);
        }
    }
}

#[test]
fn cont_is_exempt_in_the_session_among_descendants_or_nowhere() {
    for (rules, to_one, to_group) in [
        (&LINUX, true, true),
        (&FREEBSD, true, true),
        (&POSIX, true, true),
        (&BSD43, false, true),
        (&BSD44, true, true),
        (&AIXRT, false, false),
    ] {
        let mut world = World::with_job(rules, &["a"]);
        world.user(OTHER, &["a"]);
        let said = |may| if may { "0: a ignores" } else { "EPERM: a EPERM" };
        assert_eq!(world.kill("sh", "a", Signal::CONT), said(to_one), "{}", rules.name);
        assert_eq!(world.kill("sh", "-a", Signal::CONT), said(to_group), "{}", rules.name);
    }
}

#[test]
fn a_4_3bsd_cont_is_exempt_for_descendants_and_not_for_the_session() {
    for (rules, answer) in [(&BSD43, "EPERM: sh EPERM"), (&BSD44, "0: sh ignores")] {
        let mut world = World::with_job(rules, &["a"]);
        world.user(OTHER, &["sh"]);
        assert_eq!(world.kill("a", "-sh", Signal::CONT), answer, "up the tree, under {}", rules.name);
    }
}

#[test]
fn minus_one_leaves_out_init_the_sender_the_kernel_or_other_users() {
    for (rules, answer) in [
        (&LINUX, "0: a probed, stranger EPERM, pagedaemon EPERM"),
        (&FREEBSD, "0: a probed, stranger EPERM"),
        (&POSIX, "0: sh probed, a probed, stranger EPERM"),
        (&BSD43, "0: a probed, stranger EPERM"),
        (&BSD44, "0: a probed, stranger EPERM"),
        (&AIXRT, "0: sh probed, a probed"),
    ] {
        let mut world = World::with_job(rules, &["a"]);
        for name in ["stranger", "pagedaemon"] {
            world.fork("init", name);
            world.user(OTHER, &[name]);
        }
        world.system.set_system_process(world.key("pagedaemon")).expect("it is there");
        assert_eq!(world.kill("sh", "-1", 0), answer, "{}", rules.name);
    }
}

#[test]
fn minus_one_with_everyone_refused_succeeds_on_linux_alone() {
    for (rules, answer) in [
        (&LINUX, "0: stranger EPERM"),
        (&FREEBSD, "EPERM: stranger EPERM"),
        (&BSD43, "ESRCH: stranger EPERM"),
        (&BSD44, "ESRCH: stranger EPERM"),
    ] {
        let mut world = World::with_job(rules, &[]);
        world.fork("init", "stranger");
        world.user(OTHER, &["stranger"]);
        assert_eq!(world.kill("sh", "-1", Signal::TERM), answer, "{}", rules.name);
    }
}

#[test]
fn a_bad_signal_number_is_found_before_or_after_the_missing_process() {
    for rules in ALL {
        let expected = if rules.name == "linux" { "ESRCH" } else { "EINVAL" };
        let mut world = World::with_job(rules, &["a"]);
        for target in ["4711", "-4711", "-2147483648"] {
            assert_eq!(world.kill("sh", target, 65), expected, "{target} under {}", rules.name);
        }
        // No part of a number is a signal: these are KILL, TERM and nothing in their lowest 8, 16 and 6 bits.
        for signal in [256 + 9, 0x1_0000 + 15, 64 * 4, -247, i32::MIN + 9] {
            assert_eq!(world.kill("sh", "a", signal), "EINVAL", "{signal} under {}", rules.name);
        }
        assert!(world.lives("a") && world.run().is_empty());
        assert_eq!(world.sigqueue("sh", "4711", 65, 0), expected);
    }
}

#[test]
fn the_smallest_number_is_no_group_anywhere() {
    for rules in ALL {
        assert_eq!(World::with_job(rules, &["a"]).kill("sh", "-2147483648", Signal::TERM), "ESRCH", "{}", rules.name);
    }
}

#[test]
fn a_zombie_is_signalled_without_effect_or_not_found() {
    for rules in ALL {
        let is_found = ["linux", "freebsd", "posix"].contains(&rules.name);
        let mut world = World::with_job(rules, &["a", "b"]);
        world.ended("b");
        assert_eq!(world.kill("sh", "b", Signal::TERM), if is_found { "0: b zombie" } else { "ESRCH" });
        assert_eq!(world.kill("sh", "b", 0), if is_found { "0: b probed" } else { "ESRCH" }, "{}", rules.name);
    }
}

#[test]
fn a_threads_number_means_its_process_on_linux_alone() {
    for rules in ALL {
        let answer = if rules.name == "linux" { "0: a handles" } else { "ESRCH" };
        let mut world = World::with_job(rules, &["a"]);
        world.thread_of("a", "worker");
        world.catch("a", Signal::USR1);
        let number = world.system.thread_id(world.thread("worker")).expect("it is there").to_string();
        assert_eq!(world.kill("sh", &number, Signal::USR1), answer, "{}", rules.name);
        assert_eq!(
            world.tgkill("sh", "a", "worker", Signal::USR1),
            "0: a handles",
            "addressed as a thread it is found"
        );
    }
}

#[test]
fn raise_is_for_the_thread_or_for_the_process() {
    for (rules, is_kept_by_thread) in
        [(&LINUX, true), (&FREEBSD, true), (&POSIX, true), (&BSD43, false), (&BSD44, false), (&AIXRT, false)]
    {
        let mut world = World::with_job(rules, &["a"]);
        world.block("a", &[Signal::USR1]);
        assert_eq!(world.raise("a", Signal::USR1), "0: a pends");
        let thread = world.system.thread(world.thread("a")).expect("it is there");
        assert_eq!(thread.pending().contains(Signal::USR1), is_kept_by_thread, "{}", rules.name);
    }
}
