//! `killpg`, as the Berkeley library's page describes it: what holds everywhere, and what `aixrt` alone does.

use sigpost_engine::Signal;
use sigpost_engine::personality::{AIXRT, ALL};

use crate::world::{OTHER, World};

/// [S0.1] The whole group, nobody else, and the return value says how it went.
#[test]
fn killpg_reaches_every_member_of_the_group_and_nobody_else() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b", "c"]);
        world.fork("sh", "bystander");
        assert_eq!(world.killpg("sh", "a", Signal::TERM), "0: a terminates, b terminates, c terminates", "{rules:?}");
        assert_eq!(world.run(), "a ends by TERM, b ends by TERM, c ends by TERM");
        assert!(world.lives("sh") && world.lives("bystander"));
    }
}

/// [S0.2] One member of another effective user, and nobody gets anything.
#[test]
fn under_aixrt_one_member_of_another_user_refuses_the_whole_send() {
    let mut world = World::with_job(&AIXRT, &["a", "b", "c"]);
    world.user(OTHER, &["b"]);
    assert_eq!(world.killpg("sh", "a", Signal::TERM), "EPERM: a withheld, b EPERM, c withheld");
    assert_eq!(world.run(), "", "nobody has anything to look at");
    assert!(["a", "b", "c"].iter().all(|name| world.pending(name).is_empty()));
    world.user(0, &["sh"]);
    assert_eq!(world.killpg("sh", "a", Signal::TERM), "0: a terminates, b terminates, c terminates");
}

/// [S0.2] The effective user is what counts, not the real one.
#[test]
fn under_aixrt_members_of_another_real_user_do_not_refuse() {
    let mut world = World::with_job(&AIXRT, &["a", "b"]);
    world.ids("b", sigpost_engine::Credentials::ids(OTHER, crate::world::USER, OTHER));
    assert_eq!(world.killpg("sh", "a", Signal::TERM), "0: a terminates, b terminates");
    world.ids("b", sigpost_engine::Credentials::ids(crate::world::USER, OTHER, crate::world::USER));
    assert_eq!(world.killpg("sh", "a", Signal::USR1), "EPERM: a withheld, b EPERM");
}

/// [S0.3] At full width: no number of bits is cut off.
#[test]
fn a_number_that_is_no_signal_is_refused_by_killpg() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        let first_invalid = i32::from(rules.highest_signal) + 1;
        for number in [first_invalid, 65, 128, 256 + 9, 256 + 15, 65536 + 9, i32::MAX, -1, -15, i32::MIN] {
            assert_eq!(world.killpg("sh", "a", number), "EINVAL", "{number} under {}", rules.name);
        }
        assert_eq!(world.killpg("sh", "a", first_invalid - 2), "0: a terminates", "{}", rules.name);
    }
}

/// [S0.4] A number that is no group's, also if it is a process's.
#[test]
fn a_group_that_nobody_is_in_is_not_found() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        assert_eq!(world.killpg("sh", "4711", Signal::TERM), "ESRCH");
        assert_eq!(world.killpg("sh", "b", Signal::TERM), "ESRCH", "b is in a's group and leads none");
        assert!(world.lives("b"));
    }
}

/// [S0.5] 0 is the sender's own group, if it has one.
#[test]
fn under_aixrt_group_0_is_the_senders_own_or_none() {
    let mut world = World::with_job(&AIXRT, &["a", "b"]);
    assert_eq!(world.killpg("b", "0", Signal::USR1), "0: a terminates, b terminates");
    let session = sigpost_engine::SessionId::new(100).expect("positive");
    let credentials = sigpost_engine::Credentials::user(0);
    let alone = sigpost_engine::Placement { number: None, group: None, session, credentials };
    let init = world.key("init");
    let loner = world.system.place(init, &alone).expect("there is room");
    let answer = world.system.killpg(loner, 0, 15, &mut ()).map_err(sigpost_engine::KillError::errno);
    assert_eq!(answer, Err(sigpost_engine::Errno::ESRCH));
}

/// [S0.6] Not everyone who descends from init: those in group 1, init excepted.
#[test]
fn under_aixrt_group_1_is_its_members_without_init() {
    let mut world = World::with_job(&AIXRT, &["elsewhere"]);
    world.fork("init", "getty");
    world.fork("init", "cron");
    assert_eq!(world.killpg("getty", "1", Signal::TERM), "0: getty terminates, cron terminates");
    assert!(world.lives("init") && world.lives("sh") && world.lives("elsewhere"));
}

/// [S0.7] In return value, in receipts and in what happens.
#[test]
fn killpg_of_a_group_does_what_kill_of_its_negative_number_does() {
    for rules in ALL {
        for refused in [&[][..], &["b"], &["a", "b", "c"]] {
            for signal in [0, 1, 18, 19, 31, 99] {
                let make = || {
                    let mut world = World::with_job(rules, &["a", "b", "c"]);
                    world.user(OTHER, refused);
                    world.ignore("c", Signal::HUP);
                    world
                };
                let (mut by_killpg, mut by_kill) = (make(), make());
                let said = by_killpg.killpg("sh", "a", signal);
                assert_eq!(said, by_kill.kill("sh", "-a", signal), "{signal} under {}", rules.name);
                assert_eq!(by_killpg.run(), by_kill.run());
            }
        }
    }
}

/// [S3.8] Under its BSD name, and with what the BSD name promises: the group, 0, EINVAL, EPERM, ESRCH.
#[test]
fn killpg_is_there_for_programs_from_bsd() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a", "b"]);
        assert_eq!(world.killpg("sh", "a", 0), "0: a probed, b probed");
        assert_eq!(world.killpg("sh", "a", 65), "EINVAL");
        assert_eq!(world.killpg("sh", "99", Signal::HUP), "ESRCH");
        assert_eq!(world.killpg("sh", "a", Signal::HUP), "0: a terminates, b terminates", "{}", rules.name);
    }
}
