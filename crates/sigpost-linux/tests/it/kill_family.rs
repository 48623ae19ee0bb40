//! kill, killpg, raise and the null signal.

use std::os::fd::AsFd;

use rustix::pipe::{PipeFlags, pipe_with};
use sigpost_engine::{Errno, GroupId, Pid, Signal};
use sigpost_linux::everyone::kill_everyone;
use sigpost_linux::kill::{kill, killpg, probe, raise};
use sigpost_linux::{BadTarget, Target};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::sigaction::{self, Record};

use crate::arena::{inside, own_pid};
use crate::puppet::{Puppet, block, group_of, join, log};

const HUP: i32 = 1;
const USR1: i32 = 10;
const USR2: i32 = 12;

fn catches_usr() {
    log(&[Signal::USR1, Signal::USR2]);
}

/// \[S1.1\], \[S3.2\]
#[test]
fn kill_reaches_the_named_process_and_no_other() {
    inside(|| {
        let (named, other) = (Puppet::start(catches_usr), Puppet::start(catches_usr));
        kill(Target::Process(named.pid()), Signal::USR1).unwrap();
        let record = named.caught();
        assert_eq!((record.signal, record.code, record.pid), (USR1, 0, 1));
        other.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.2\]
#[test]
fn the_own_group_is_reached_with_the_sender_in_it_and_nobody_else() {
    inside(|| {
        let outsider = Puppet::start(catches_usr);
        let leader = Puppet::start(|| {
            catches_usr();
            join(None);
        });
        let group = group_of(&leader);
        let sender = Puppet::acting(|| {
            catches_usr();
            join(Some(group));
            || {
                assert_inside();
                kill(Target::own_group(), Signal::USR1).unwrap();
            }
        });
        assert_eq!(leader.caught().pid, sender.child.pid());
        assert_eq!(sender.caught().pid, sender.child.pid());
        outsider.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.3\], \[S0.1\], \[S3.8\]
#[test]
fn a_group_is_reached_by_kill_and_killpg_alike_and_nobody_else() {
    inside(|| {
        let outsider = Puppet::start(catches_usr);
        let leader = Puppet::start(|| {
            catches_usr();
            join(None);
        });
        let group = group_of(&leader);
        let member = Puppet::start(|| {
            catches_usr();
            join(Some(group));
        });
        for send in [|group| kill(Target::Group(group), Signal::USR1), |group| killpg(group, Signal::USR1)] {
            send(group).unwrap();
            assert_eq!((leader.caught().signal, member.caught().signal), (USR1, USR1));
        }
        outsider.assert_caught_nothing_but(Signal::USR2);
    });
}

/// \[S1.4\], \[S3.3\]
#[test]
fn everyone_is_everyone_but_the_sender_and_process_one() {
    inside(|| {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        sigaction::log_to(writer);
        catches_usr();
        let (one, two) = (Puppet::start(catches_usr), Puppet::start(catches_usr));
        let sender = Puppet::acting(|| {
            catches_usr();
            || {
                assert_inside();
                kill_everyone(Signal::USR1).unwrap();
                raise(Signal::USR2).unwrap();
            }
        });
        assert_eq!((one.caught().signal, two.caught().signal), (USR1, USR1));
        assert_eq!(sender.caught().signal, USR2, "the sender was left out of its own broadcast");
        let mine = Record::read(reader.as_fd()).map_err(|error| error.kind());
        assert_eq!(mine, Err(std::io::ErrorKind::WouldBlock), "process 1 was left out");
    });
}

/// \[S1.4\]
#[test]
fn everyone_is_esrch_where_there_is_nobody_else() {
    inside(|| {
        assert_inside();
        assert_eq!(kill_everyone(Signal::USR1).unwrap_err().errno(), Some(Errno::ESRCH));
    });
}

/// \[S1.5\]
#[test]
fn raise_goes_to_the_calling_thread_and_kill_of_oneself_to_any() {
    inside(|| {
        let puppet = Puppet::acting(|| {
            catches_usr();
            || {
                let second = std::thread::spawn(|| {
                    raise(Signal::USR1).unwrap();
                    block(&[Signal::USR1]);
                    raise(Signal::USR1).unwrap();
                    assert_eq!(sigaction::pending(), Ok(Signal::USR1.bit()), "its own: the main thread could take it");
                    kill(Target::Process(own_pid()), Signal::USR1).unwrap();
                });
                second.join().unwrap();
                raise(Signal::USR2).unwrap();
            }
        });
        let raised = puppet.caught();
        assert_eq!((raised.signal, raised.code), (USR1, -6));
        assert_ne!(raised.thread, puppet.child.pid(), "in the thread that raised it");
        let sent = puppet.caught();
        assert_eq!((sent.signal, sent.code, sent.thread), (USR1, 0, puppet.child.pid()), "in the main thread");
        assert_eq!((puppet.caught().signal, puppet.child.wait().unwrap().code()), (USR2, Some(0)));
    });
}

/// \[S1.9\], \[S3.1\], \[S3.7\]
#[test]
fn the_null_signal_finds_the_living_and_the_zombie_and_not_the_reaped() {
    inside(|| {
        let puppet = Puppet::start(catches_usr);
        let target = Target::Process(puppet.pid());
        probe(target).unwrap();
        puppet.assert_caught_nothing_but(Signal::USR2);
        puppet.child.send(9).unwrap();
        puppet.child.wait_zombie().unwrap();
        probe(target).unwrap();
        kill(target, Signal::TERM).unwrap();
        puppet.end();
        let refused = probe(target).unwrap_err();
        assert_eq!((refused.errno(), refused.signal), (Some(Errno::ESRCH), None));
    });
}

/// \[S0.4\], \[S3.7\]
#[test]
fn a_group_without_members_is_esrch() {
    inside(|| {
        let puppet = Puppet::start(|| join(None));
        let group = group_of(&puppet);
        puppet.end();
        assert_eq!(killpg(group, Signal::TERM).unwrap_err().errno(), Some(Errno::ESRCH));
    });
}

/// \[S1.12\], \[S3.4\]
#[test]
fn a_signal_to_oneself_is_delivered_before_the_call_returns() {
    inside(|| {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        sigaction::log_to(writer);
        catches_usr();
        for send in [|| kill(Target::Process(own_pid()), Signal::USR1), || raise(Signal::USR1)] {
            send().unwrap();
            let record = Record::read(reader.as_fd()).unwrap().unwrap();
            assert_eq!(record.signal, USR1, "caught by now, not later");
        }
    });
}

/// Both are pending when the mask is lifted; HUP, the lower, has its frame laid first and so runs last.
/// \[S1.12\]
#[test]
fn of_two_pending_signals_both_are_delivered_before_the_call_that_unblocks_them_returns() {
    inside(|| {
        let (reader, writer) = pipe_with(PipeFlags::NONBLOCK).unwrap();
        sigaction::log_to(writer);
        log(&[Signal::HUP, Signal::USR1]);
        block(&[Signal::HUP, Signal::USR1]);
        kill(Target::Process(own_pid()), Signal::USR1).unwrap();
        kill(Target::Process(own_pid()), Signal::HUP).unwrap();
        let blocked = Record::read(reader.as_fd()).map_err(|error| error.kind());
        assert_eq!(blocked, Err(std::io::ErrorKind::WouldBlock));
        sigaction::set_mask(sigaction::How::Set, 0).unwrap();
        let next = || Record::read(reader.as_fd()).unwrap().unwrap().signal;
        assert_eq!((next(), next()), (USR1, HUP));
    });
}

/// \[S3.10\]
#[test]
fn numbers_that_mean_everyone_or_oneself_are_no_targets() {
    assert_eq!(Target::from_raw(0), Err(BadTarget::OwnGroup));
    assert_eq!(Target::from_raw(-1), Err(BadTarget::Everyone));
    assert_eq!(Target::from_raw(i32::MIN), Err(BadTarget::NoGroup));
    assert_eq!(Target::group(1), Err(BadTarget::Everyone));
    assert_eq!(Target::group(-5), Err(BadTarget::NoGroup));
    assert_eq!(Target::from_raw(-2), Ok(Target::Group(GroupId::new(2).unwrap())));
    assert_eq!(Target::from_raw(1), Ok(Target::Process(Pid::new(1).unwrap())));
}

/// \[S3.10\]
#[test]
fn group_one_is_refused_before_the_kernel_could_read_it_as_everyone() {
    inside(|| {
        let puppet = Puppet::start(catches_usr);
        assert_inside();
        let refused = killpg(GroupId::new(1).unwrap(), Signal::USR1).unwrap_err();
        assert_eq!(refused.errno(), Some(Errno::EINVAL));
        puppet.assert_caught_nothing_but(Signal::USR2);
    });
}
