//! Who may signal whom. Several users take the superuser.

use sigpost_engine::{Errno, Signal};
use sigpost_linux::kill::{kill, killpg, probe};
use sigpost_linux::{Refused, Target};
use sigpost_sys::credentials::{drop_kill_capability, drop_to, set_users};
use sigpost_sys::fork::fork_run;

use crate::arena::{inside_with_users, own_pid};
use crate::puppet::{Puppet, group_of, join, log};

/// What a child with these user IDs gets when it tries.
fn as_user(real: u32, effective: u32, saved: u32, attempt: impl FnOnce() -> Result<(), Refused>) -> Option<Errno> {
    let child = fork_run(|| {
        set_users(real, effective, saved).unwrap();
        attempt().err().map_or(0, |refused| refused.raw_os_error())
    });
    match child.unwrap().wait().unwrap().code() {
        Some(0) => None,
        Some(1) => Some(Errno::EPERM),
        Some(3) => Some(Errno::ESRCH),
        other => panic!("{other:?}"),
    }
}

fn puppet_of(real: u32, effective: u32, saved: u32) -> Puppet {
    Puppet::start(move || {
        log(&[Signal::USR1, Signal::USR2, Signal::CONT]);
        set_users(real, effective, saved).unwrap();
    })
}

/// \[S1.6\]
#[test]
fn the_real_or_effective_user_of_the_sender_has_to_be_the_targets_real_one() {
    inside_with_users(|| {
        let target = puppet_of(1000, 1000, 1000);
        let send = || kill(Target::Process(target.pid()), Signal::USR1);
        let sends = |real, effective, saved| {
            let errno = as_user(real, effective, saved, send);
            if errno.is_none() {
                assert_eq!(target.caught().signal, 10);
            }
            errno
        };
        assert_eq!(sends(1000, 1000, 1000), None);
        assert_eq!(sends(1000, 2000, 2000), None, "by its real user");
        assert_eq!(sends(2000, 1000, 2000), None, "by its effective user");
        assert_eq!(sends(2000, 2000, 1000), Some(Errno::EPERM), "not by its saved user");
        assert_eq!(sends(2000, 2000, 2000), Some(Errno::EPERM));
        target.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.7\]
#[test]
fn the_saved_user_of_the_target_counts_and_its_effective_one_does_not() {
    inside_with_users(|| {
        let saved = puppet_of(3000, 3000, 1000);
        let effective = puppet_of(3000, 1000, 3000);
        assert_eq!(as_user(1000, 1000, 1000, || kill(Target::Process(saved.pid()), Signal::USR1)), None);
        let refused = as_user(1000, 1000, 1000, || kill(Target::Process(effective.pid()), Signal::USR1));
        assert_eq!(refused, Some(Errno::EPERM));
    });
}

/// \[S1.6\]
#[test]
fn the_superuser_may_signal_anyone_unless_it_gave_the_right_up() {
    inside_with_users(|| {
        let target = puppet_of(1000, 1000, 1000);
        assert_eq!(as_user(0, 0, 0, || kill(Target::Process(target.pid()), Signal::USR1)), None);
        let without = || {
            drop_kill_capability().unwrap();
            kill(Target::Process(target.pid()), Signal::USR1)
        };
        assert_eq!(as_user(0, 0, 0, without), Some(Errno::EPERM));
    });
}

/// \[S1.8\]
#[test]
fn cont_is_free_within_a_session_and_only_there() {
    inside_with_users(|| {
        let target = puppet_of(1000, 1000, 1000);
        let cont = || kill(Target::Process(target.pid()), Signal::CONT);
        assert_eq!(as_user(2000, 2000, 2000, cont), None, "the same session");
        let elsewhere = || {
            rustix::process::setsid().unwrap();
            cont()
        };
        assert_eq!(as_user(2000, 2000, 2000, elsewhere), Some(Errno::EPERM));
        assert_eq!(as_user(2000, 2000, 2000, || probe(Target::Process(target.pid()))), Some(Errno::EPERM));
    });
}

/// \[S1.9\], \[S3.10\]
#[test]
fn the_null_signal_asks_for_permission_too() {
    inside_with_users(|| {
        let target = puppet_of(1000, 1000, 1000);
        let probe = || probe(Target::Process(target.pid()));
        assert_eq!(as_user(1000, 1000, 1000, probe), None);
        assert_eq!(as_user(2000, 2000, 2000, probe), Some(Errno::EPERM));
        target.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S3.5\]
#[test]
fn a_group_send_succeeds_if_one_member_may_be_signalled() {
    inside_with_users(|| {
        let mine = Puppet::start(|| {
            log(&[Signal::USR1, Signal::USR2]);
            join(None);
            drop_to(1000, 1000).unwrap();
        });
        let group = group_of(&mine);
        let other = Puppet::start(|| {
            log(&[Signal::USR1, Signal::USR2]);
            join(Some(group));
            drop_to(3000, 3000).unwrap();
        });
        assert_eq!(as_user(1000, 1000, 1000, || killpg(group, Signal::USR1)), None);
        assert_eq!(mine.caught().signal, 10);
        other.assert_caught_nothing_but(Signal::USR2);
        assert_eq!(as_user(2000, 2000, 2000, || killpg(group, Signal::USR1)), Some(Errno::EPERM), "all refuse");
        mine.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.6\]: whatever its IDs.
#[test]
fn a_process_may_always_signal_itself() {
    inside_with_users(|| {
        let own = || kill(Target::Process(own_pid()), Signal::WINCH);
        assert_eq!(as_user(1000, 2000, 3000, own), None);
    });
}
