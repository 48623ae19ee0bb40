//! Who may signal whom.

use sigpost_engine::personality::{ALL, BSD44, FREEBSD, LINUX, POSIX};
use sigpost_engine::{Code, Credentials, KillError, Signal};

use crate::world::{OTHER, USER, World};

/// A third user.
const THIRD: u32 = 3000;

fn answer(rules: &'static sigpost_engine::Personality, sender: Credentials, target: Credentials) -> String {
    let mut world = World::with_job(rules, &["a"]);
    world.ids("sh", sender);
    world.ids("a", target);
    world.kill("sh", "a", Signal::TERM)
}

/// [S1.6] The superuser may signal anyone; for others one of their two user IDs has to be one of the target's two.
#[test]
fn a_real_or_effective_user_in_common_is_enough() {
    let users = [USER, OTHER, THIRD];
    for (real, effective) in pairs(&users) {
        for (target_real, target_effective) in pairs(&users) {
            let sender = Credentials::ids(real, effective, THIRD + 1);
            let target = Credentials::ids(target_real, target_effective, THIRD + 2);
            let shared = [real, effective].iter().any(|user| [target_real, target_effective].contains(user));
            let expected = if shared { "0: a terminates" } else { "EPERM: a EPERM" };
            assert_eq!(answer(&BSD44, sender, target), expected, "{sender:?} to {target:?}");
        }
    }
    assert_eq!(answer(&BSD44, Credentials::user(0), Credentials::user(OTHER)), "0: a terminates");
    assert_eq!(answer(&BSD44, Credentials::user(OTHER), Credentials::user(0)), "EPERM: a EPERM");
}

/// [S1.7] The target's saved user ID in place of its effective one: who starts a set-user-ID program may still signal
/// it, and it is safe from the user it acts as.
#[test]
fn the_targets_saved_user_counts_and_its_effective_one_does_not() {
    for rules in [&LINUX, &FREEBSD, &POSIX] {
        let sender = Credentials::user(OTHER);
        assert_eq!(answer(rules, sender, Credentials::ids(THIRD, OTHER, THIRD)), "EPERM: a EPERM", "{}", rules.name);
        assert_eq!(answer(rules, sender, Credentials::ids(THIRD, THIRD, OTHER)), "0: a terminates");
        assert_eq!(answer(rules, sender, Credentials::ids(OTHER, THIRD, THIRD)), "0: a terminates");
        // Of the sender, the real and the effective one count, and the saved one does not.
        let target = Credentials::user(THIRD);
        assert_eq!(answer(rules, Credentials::ids(THIRD, OTHER, OTHER), target), "0: a terminates");
        assert_eq!(answer(rules, Credentials::ids(OTHER, THIRD, OTHER), target), "0: a terminates");
        assert_eq!(answer(rules, Credentials::ids(OTHER, OTHER, THIRD), target), "EPERM: a EPERM");
    }
}

/// [S1.8] A shell continues its jobs, whoever they have become.
#[test]
fn cont_passes_within_a_session_whatever_the_users() {
    for rules in [&LINUX, &FREEBSD, &POSIX, &BSD44] {
        let mut world = World::with_job(rules, &["a"]);
        world.place("init", "elsewhere", 200, 200, 200);
        world.user(OTHER, &["a", "elsewhere"]);
        world.stopped("a");
        assert_eq!(world.kill("sh", "a", Signal::TERM), "EPERM: a EPERM");
        assert_eq!(world.kill("sh", "elsewhere", Signal::CONT), "EPERM: elsewhere EPERM");
        assert_eq!(world.kill("sh", "a", 0), "EPERM: a EPERM", "the null signal is not CONT");
        assert_eq!(world.kill("sh", "a", Signal::CONT), "0: a continues", "{}", rules.name);
    }
}

/// Who queues a signal may say how it came to be, but not in the name of the kernel, of `kill` or of `tkill`.
#[test]
fn a_code_of_others_may_be_used_towards_oneself_only() {
    for rules in ALL {
        let mut world = World::with_job(rules, &["a"]);
        let (sh, a) = (world.key("sh"), world.number("a"));
        let caller = world.system.main_thread(sh).expect("it lives");
        for code in [Code::USER, Code::TKILL, Code::KERNEL, Code::EXITED] {
            let forged = world.system.sigqueue_as(caller, a, 10, code, 0, &mut ());
            assert_eq!(forged, Err(KillError::ForgedCode), "{code:?} under {}", rules.name);
            assert_eq!(world.system.sigqueue_as(caller, 100, 0, code, 0, &mut ()), Ok(()), "towards itself");
        }
        assert!(world.pending("a").is_empty());
        for code in [Code::QUEUE, Code::TIMER, Code::new(-60)] {
            assert_eq!(
                world.system.sigqueue_as(caller, a, 0, code, 0, &mut ()),
                Ok(()),
                "{code:?} under {}",
                rules.name
            );
        }
        world.check();
    }
}

fn pairs(users: &[u32]) -> impl Iterator<Item = (u32, u32)> {
    users.iter().flat_map(|one| users.iter().map(|other| (*one, *other)))
}

#[test]
fn the_users_of_a_process_are_those_that_were_set() {
    let mut world = World::with_job(&LINUX, &["a"]);
    let ids = Credentials::ids(1, 2, 3);
    world.ids("a", ids);
    assert_eq!(world.system.credentials(world.key("a")), Some(&ids));
    let key = world.key("a");
    world.ended("a");
    world.system.reap(key).unwrap();
    assert_eq!(world.system.credentials(key), None);
}
