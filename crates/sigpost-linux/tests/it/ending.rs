//! Waiting for many at once, what they ended with, and ending them.

use core::time::Duration;
use std::time::Instant;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use sigpost_engine::{Errno, Pid, Signal};
use sigpost_linux::end::end_all;
use sigpost_linux::wait::wait_all;
use sigpost_linux::{End, ExitStatus, Group, Process, Wait, scan};
use sigpost_sys::credentials::set_users;
use sigpost_sys::fork::{Child, exit_now, fork_run, say};
use sigpost_sys::sigaction::{self, Action, suspend};

use crate::arena::{inside, inside_with_users, own_pid};
use crate::puppet::{Puppet, block, group_of, join, log};

const SECOND: Duration = Duration::from_secs(1);

/// Time enough to obey, on a machine that does much else.
const GRACE: Duration = Duration::from_secs(5);

fn ignore(signal: Signal) {
    sigaction::set(i32::from(signal.number()), Action::Ignore).unwrap();
}

#[expect(clippy::unnecessary_wraps, reason = "what it is compared with may be unknown")]
fn signalled(signal: Signal) -> Option<ExitStatus> {
    Some(ExitStatus::Signalled { signal, core: false })
}

fn status(end: &End) -> Option<ExitStatus> {
    end.ending.unwrap().status
}

fn pid_of(child: &Child) -> Pid {
    Pid::new(child.pid()).unwrap()
}

#[test]
fn the_ends_of_own_children_are_seen_and_they_are_left_to_be_reaped() {
    inside(|| {
        let exits = fork_run(|| 3).unwrap();
        let ends = fork_run(|| {
            let _ = suspend(0);
            0
        })
        .unwrap();
        let processes = [&exits, &ends].map(|child| Process::open(pid_of(child)).unwrap());
        processes[1].send(Signal::USR1).unwrap();
        let endings = wait_all(&processes, None).unwrap();
        let statuses: Vec<_> = endings.iter().map(|ending| ending.unwrap().status).collect();
        assert_eq!(statuses, [Some(ExitStatus::Exited(3)), signalled(Signal::USR1)]);
        assert!(endings.iter().flatten().all(|ending| ending.unreaped && ending.parent == Some(own_pid())));
        assert_eq!(exits.wait().unwrap().code(), Some(3));
    });
}

/// What a parent of others does when its child has ended.
#[derive(Clone, Copy)]
enum Parent {
    Reaps,
    LetsItLie,
}

/// A child of a child of ours, which waits for a signal; and its parent.
fn grandchild(parent: Parent) -> (Child, Process) {
    let (its_pid, writer) = rustix::pipe::pipe().unwrap();
    let child = fork_run(move || {
        let grandchild = fork_run(|| {
            let _ = suspend(0);
            0
        })
        .unwrap();
        rustix::io::write(&writer, &grandchild.pid().to_ne_bytes()).unwrap();
        match parent {
            Parent::Reaps => drop(grandchild.wait()),
            Parent::LetsItLie => {
                let _ = suspend(0);
            }
        }
        exit_now(0)
    })
    .unwrap();
    let mut bytes = [0; 4];
    assert_eq!(rustix::io::read(&its_pid, &mut bytes), Ok(4));
    let pid = Pid::new(i32::from_ne_bytes(bytes)).unwrap();
    (child, Process::open(pid).unwrap())
}

#[test]
fn the_end_of_one_that_its_own_parent_reaps_is_told_by_the_kernel() {
    inside(|| {
        let (parent, process) = grandchild(Parent::Reaps);
        let mut wait = Wait::new().unwrap();
        wait.add(&process).unwrap();
        process.send(Signal::TERM).unwrap();
        // It has reaped it when it has ended itself, however long that takes: some time later it would not be waited for.
        parent.wait().unwrap();
        let (_, ending) = wait.next(None).unwrap().unwrap();
        assert!(!ending.unreaped && ending.parent.is_none());
        // PIDFD_GET_INFO tells since Linux 6.15.
        assert!(ending.status.is_none() || ending.status == signalled(Signal::TERM), "{ending}");
        if ending.status.is_none() {
            say("skipped: this kernel does not tell how a process ended that was reaped");
        }
    });
}

/// Its parent has a moment for that, which a busy machine may not grant it.
#[test]
fn one_that_is_reaped_while_it_is_waited_for_is_told_once() {
    inside(|| {
        let (parent, process) = grandchild(Parent::Reaps);
        let mut wait = Wait::new().unwrap();
        wait.add(&process).unwrap();
        process.send(Signal::TERM).unwrap();
        let (_, ending) = wait.next(None).unwrap().unwrap();
        assert_eq!(ending.unreaped, ending.parent == Some(pid_of(&parent)), "{ending}");
        parent.wait().unwrap();
        assert_eq!(wait.next(None).unwrap(), None);
    });
}

#[test]
fn a_zombie_that_its_parent_lets_lie_is_told_as_such_with_its_status() {
    inside(|| {
        let (parent, process) = grandchild(Parent::LetsItLie);
        let end = process.end(60 * SECOND).unwrap();
        let ending = end.ending.unwrap();
        assert_eq!((ending.unreaped, ending.parent), (true, Some(pid_of(&parent))));
        assert_eq!(ending.status, signalled(Signal::TERM));
        assert_eq!(ending.to_string(), format!("ended by TERM, unreaped by {}", parent.pid()));
        // A zombie from the start: nothing is sent that could be taken, and nothing is waited for.
        let began = Instant::now();
        let end = process.end(60 * SECOND).unwrap();
        assert_eq!(status(&end), signalled(Signal::TERM));
        assert!(began.elapsed() < 30 * SECOND);
    });
}

#[test]
fn polite_stubborn_stopped_and_vanished_ones_end_side_by_side() {
    inside(|| {
        let polite = Puppet::start(|| {});
        let stubborn = Puppet::start(|| ignore(Signal::TERM));
        let stopped = Puppet::start(|| {});
        stopped.child.send(19).unwrap();
        stopped.child.wait_stopped().unwrap();
        let vanished = Puppet::start(|| {});
        let processes = [&polite, &stubborn, &stopped, &vanished].map(Puppet::open);
        vanished.end();
        let ends = end_all(&processes, GRACE).unwrap();
        assert_eq!(status(&ends[0]), signalled(Signal::TERM));
        assert_eq!(status(&ends[1]), signalled(Signal::KILL));
        assert_eq!(status(&ends[2]), signalled(Signal::TERM), "CONT lets it take the TERM");
        assert_eq!((status(&ends[3]), ends[3].ending.unwrap().unreaped), (None, false));
        assert!(ends[3].sent.is_empty(), "it was gone before anything was sent");
        let sent: Vec<_> = ends[1].sent.iter().map(|sent| sent.signal).collect();
        assert_eq!(sent, [Signal::TERM, Signal::CONT, Signal::KILL]);
        assert!(ends[1].ending.unwrap().after >= GRACE, "not before its time was over");
        assert!(ends[0].ending.unwrap().after < GRACE, "KILL was not needed");
    });
}

#[test]
fn a_thousand_that_ignore_term_take_one_grace_and_not_a_thousand() {
    inside(|| {
        scan::allow_many_handles().unwrap();
        if getrlimit(Resource::Nofile).current.is_some_and(|limit| limit < 3200) {
            say("skipped: a thousand children take 3200 file descriptors");
            return;
        }
        ignore(Signal::TERM);
        let sleep = || {
            let _ = suspend(0);
            0
        };
        let children: Vec<Child> = (0..1000).map(|_| fork_run(sleep).unwrap()).collect();
        let processes: Vec<Process> = children.iter().map(|child| Process::open(pid_of(child)).unwrap()).collect();
        let began = Instant::now();
        let ends = end_all(&processes, SECOND).unwrap();
        let took = began.elapsed();
        say(&format!("1000 that ignore TERM, grace 1 s: {took:.2?}"));
        assert!(ends.iter().all(|end| status(end) == signalled(Signal::KILL)));
        assert!(took >= SECOND && took < 20 * SECOND, "{took:?}");
    });
}

#[test]
fn a_group_ends_with_the_members_that_are_forked_meanwhile() {
    inside(|| {
        let leader = Puppet::acting(|| {
            join(None);
            ignore(Signal::TERM);
            log(&[Signal::CONT]);
            block(&[Signal::CONT]);
            || {
                // Woken by the CONT that follows the TERM, it forks.
                let _ = suspend(0);
                fork_run(|| {
                    let _ = suspend(0);
                    0
                })
                .unwrap()
                .let_go();
                loop {
                    let _ = suspend(0);
                }
            }
        });
        let ends = Group::open(group_of(&leader)).unwrap().end(GRACE).unwrap();
        assert_eq!(ends.len(), 2, "{ends:?}");
        assert!(ends.iter().all(|end| status(end) == signalled(Signal::KILL)));
    });
}

/// \[S1.6\]: it is not waited for in vain, and not said to have ended.
#[test]
fn one_that_refuses_is_told_as_alive_at_once() {
    inside_with_users(|| {
        let roots = Puppet::start(|| {});
        let tries = fork_run(|| {
            let process = roots.open();
            set_users(1000, 1000, 1000).unwrap();
            let began = Instant::now();
            let end = process.end(60 * SECOND).unwrap();
            assert!(end.ending.is_none() && began.elapsed() < 30 * SECOND);
            let errno = end.sent[0].refused.unwrap().errno();
            assert_eq!((end.sent.len(), errno), (1, Some(Errno::EPERM)));
            0
        });
        assert_eq!(tries.unwrap().wait().unwrap().code(), Some(0));
    });
}

#[test]
fn those_without_a_file_descriptor_of_their_own_are_waited_for_as_well() {
    inside(|| {
        ignore(Signal::TERM);
        let puppets: Vec<Child> = (0..40)
            .map(|_| {
                fork_run(|| {
                    let _ = suspend(0);
                    0
                })
                .unwrap()
            })
            .collect();
        let processes: Vec<Process> = puppets.iter().map(|child| Process::open(pid_of(child)).unwrap()).collect();
        let next = rustix::io::dup(rustix::stdio::stdin()).unwrap();
        let room = u64::try_from(std::os::fd::AsRawFd::as_raw_fd(&next)).unwrap() + 20;
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(room), ..limit }).unwrap();
        let ends = end_all(&processes, Duration::from_millis(300)).unwrap();
        setrlimit(Resource::Nofile, limit).unwrap();
        assert_eq!(ends.len(), 40);
        assert!(ends.iter().all(|end| status(end) == signalled(Signal::KILL)), "{ends:?}");
    });
}

#[test]
fn who_is_alive_at_the_end_of_the_wait_has_no_ending() {
    inside(|| {
        let puppet = Puppet::start(|| {});
        let process = puppet.open();
        assert_eq!(process.wait_for_ending(Some(Duration::from_millis(20))).unwrap(), None);
        puppet.child.send(15).unwrap();
        assert_eq!(process.wait_for_ending(None).unwrap().unwrap().status, signalled(Signal::TERM));
    });
}
