//! Sessions, trees and cgroups of the library: nobody escapes by forking, nobody gets a signal twice, and nothing
//! stays frozen.

use std::fs;

use rustix::pipe::{PipeFlags, pipe_with};
use sigpost_engine::{SessionId, Signal, Verdict};
use sigpost_linux::send::{Addressee, Order, SendError, send};
use sigpost_linux::session::SessionError;
use sigpost_linux::{Cgroup, OpenError, Outcome, Process, Receipt, Session, Tree, Via};
use sigpost_sys::fork::{Forked, fork, fork_run, say};
use sigpost_sys::{pidfd, sigaction};

use crate::arena::inside;
use crate::cgroup_fixture::TestCgroup;
use crate::puppet::{Puppet, block, join, log};
use crate::storm::{HOPPERS, assert_nobody_survived, hop, storm};

/// Too many open files.
const EMFILE: i32 = 24;
const CHILDREN: usize = 60;

fn child_that_sleeps() {
    match fork().unwrap() {
        Forked::Child => sleep(),
        Forked::Parent(child) => child.let_go(),
    }
}

fn sleep() -> ! {
    loop {
        let _ = sigaction::suspend(0);
    }
}

fn order(signal: Signal) -> Order {
    Order { signal: Some(signal), inodes: true, ..Order::default() }
}

fn sent(addressee: Addressee, signal: Signal) -> Vec<Receipt> {
    send(&[addressee], &order(signal)).unwrap()
}

/// KILL in one call, other signals while it is frozen: in both ways no child that is forked meanwhile escapes.
#[test]
fn no_child_forked_while_a_cgroup_is_signalled_escapes() {
    inside(|| {
        for (signal, way) in [(Signal::KILL, Via::CgroupKill), (Signal::TERM, Via::CgroupFreeze)] {
            let Some(cgroup) = TestCgroup::make("storm") else { return };
            let reader = storm(|| cgroup.take(0));
            let receipts = sent(Addressee::Cgroup(Cgroup::open(&cgroup.path()).unwrap()), signal);
            assert!(receipts.iter().all(|receipt| receipt.via.is_none_or(|via| via == way)), "{receipts:?}");
            assert!(receipts.iter().any(|receipt| receipt.sent), "{receipts:?}");
            assert_nobody_survived(&reader);
        }
    });
}

/// Whatever ends who froze it: the guardian thaws.
#[test]
fn a_cgroup_is_thawed_when_who_froze_it_is_killed() {
    inside(|| {
        let Some(cgroup) = TestCgroup::make("guarded") else { return };
        let member = Puppet::start(|| {
            cgroup.take(0);
            log(&[Signal::USR1]);
        });
        let (ready, ready_writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let freezer = fork_run(|| {
            let cgroup = Cgroup::open(&cgroup.path()).unwrap();
            let _frozen = cgroup.freeze().unwrap();
            rustix::io::write(&ready_writer, b"!").unwrap();
            sleep()
        })
        .unwrap();
        assert_eq!(rustix::io::read(&ready, &mut [0; 1]), Ok(1));
        cgroup.wait_until("frozen 1");
        freezer.send(9).unwrap();
        freezer.wait().unwrap();
        cgroup.wait_until("frozen 0");
        member.assert_caught_nothing_but(Signal::USR1);
        drop(member);
    });
}

/// A cgroup that somebody else froze stays frozen, and its members have the signal when he thaws it.
#[test]
fn a_cgroup_that_was_frozen_before_stays_frozen() {
    inside(|| {
        let Some(cgroup) = TestCgroup::make("before") else { return };
        let member = Puppet::start(|| {
            cgroup.take(0);
            log(&[Signal::USR1]);
        });
        fs::write(cgroup.0.join("cgroup.freeze"), "1").unwrap();
        cgroup.wait_until("frozen 1");
        let receipts = sent(Addressee::Cgroup(Cgroup::open(&cgroup.path()).unwrap()), Signal::USR1);
        assert_eq!(receipts.iter().map(|receipt| receipt.via).collect::<Vec<_>>(), [Some(Via::CgroupFreeze)]);
        assert_eq!(fs::read_to_string(cgroup.0.join("cgroup.freeze")).unwrap(), "1\n");
        fs::write(cgroup.0.join("cgroup.freeze"), "0").unwrap();
        assert_eq!(member.caught().signal, 10);
        drop(member);
    });
}

/// Rounds are bounded, and a process gets the signal once: its number with its start is never on two receipts
/// that were sent.
#[test]
fn a_tree_that_grows_meanwhile_comes_to_an_end_and_nobody_gets_it_twice() {
    inside(|| {
        let root = Puppet::acting(|| {
            join(None);
            block(&[Signal::USR1]);
            (0..CHILDREN).for_each(|_| child_that_sleeps());
            // Each signal makes one child more, while the others are still being sent to.
            || {
                for _ in 0..CHILDREN {
                    let _ = sigaction::wait_for(Signal::USR1.bit());
                    child_that_sleeps();
                }
            }
        });
        let tree = Tree::of(root.open()).unwrap();
        let receipts = sent(Addressee::Tree(tree), Signal::USR1);
        let mut names: Vec<_> = receipts.iter().filter(|receipt| receipt.sent).map(|r| (r.pid, r.start)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "{receipts:?}");
        assert_eq!(receipts[0].pid, root.pid());
        assert!(receipts[0].sent);
    });
}

/// A process with the number of a member's parent is not the parent unless it was there when the child began.
#[test]
fn a_tree_holds_its_members_by_handle() {
    inside(|| {
        let root = Puppet::start(|| join(None));
        let stranger = Puppet::start(|| ());
        let tree = Tree::of(root.open()).unwrap();
        assert_eq!(tree.members().unwrap().iter().map(Process::pid).collect::<Vec<_>>(), [root.pid()]);
        let pid = root.pid();
        root.end();
        let receipts = sent(Addressee::Tree(tree), Signal::USR1);
        assert_eq!(receipts.iter().map(|r| (r.pid, r.outcome)).collect::<Vec<_>>(), [(pid, Outcome::Gone)]);
        drop(stranger);
    });
}

/// A session's storm, in groups of its own making: each group is signalled in one call.
#[test]
fn no_child_forked_while_a_session_is_killed_escapes() {
    inside(|| {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let leader = Puppet::start(|| {
            rustix::process::setsid().unwrap();
            for place in 0..HOPPERS {
                let hopper = fork_run(|| {
                    if place % 2 == 0 {
                        join(None);
                    }
                    hop(&writer)
                });
                hopper.unwrap().wait().unwrap();
            }
        });
        drop(writer);
        let session = Session::open(SessionId::new(leader.pid().get()).unwrap()).unwrap();
        // Where they have no inodes, each zombie of the storm takes a descriptor.
        let receipts = match send(&[Addressee::Session(session)], &order(Signal::KILL)) {
            Err(SendError::Scan(OpenError::System(_, EMFILE))) if !pidfd::has_inodes() => {
                return say("skipped: before Linux 6.9 it takes as many descriptors as there are processes");
            }
            sent => sent.unwrap(),
        };
        let dies = |receipt: &Receipt| receipt.outcome == Outcome::Verdict(Verdict::Terminates);
        assert!(receipts.iter().any(|receipt| receipt.pid == leader.pid() && dies(receipt)), "{receipts:?}");
        assert_nobody_survived(&reader);
        leader.child.wait_zombie().unwrap();
    });
}

#[test]
fn an_empty_session_cannot_be_opened() {
    let nobody = SessionId::new(i32::MAX).unwrap();
    assert_eq!(Session::open(nobody).unwrap_err(), SessionError::Empty(nobody));
}
