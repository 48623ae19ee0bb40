//! A handle never hits a process that got the number of the one it was opened for.

use core::time::Duration;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;

use sigpost_engine::{Errno, GroupId, Pid, Signal};
use sigpost_linux::process_group::GroupError;
use sigpost_linux::{Group, OpenError, Process, ThreadNumber};
use sigpost_sys::namespace::assert_inside;
use sigpost_sys::pidfd;
use sigpost_sys::sigaction::{self, Record};

use sigpost_sys::fork::say;

use crate::arena::{inside, own_pid};
use crate::puppet::{Puppet, group_of, join, log};

const ROUNDS: u32 = 300;

/// Has the kernel give out this number next.
fn give_out_next(pid: Pid) -> bool {
    assert_inside();
    let file = std::fs::OpenOptions::new().write(true).open("/proc/sys/kernel/ns_last_pid");
    file.and_then(|mut file| file.write_all((pid.get() - 1).to_string().as_bytes())).is_ok()
}

/// Ends the puppet and starts another one that gets its number; `None` where the kernel does not let us.
fn recycle(puppet: Puppet, setup: impl FnOnce()) -> Option<Puppet> {
    let pid = puppet.pid();
    puppet.end();
    if !give_out_next(pid) {
        say("skipped: ns_last_pid cannot be written here");
        return None;
    }
    let next = Puppet::start(setup);
    assert_eq!(next.pid(), pid, "the number was given out again");
    Some(next)
}

fn catches() {
    log(&[Signal::USR1, Signal::USR2]);
}

/// \[S1.10\], \[S1.11\]
#[test]
fn a_handle_never_hits_the_next_process_with_its_number() {
    inside(|| {
        let mut puppet = Puppet::start(catches);
        for round in 0..ROUNDS {
            let old = puppet.open();
            // Half of them hold a pidfd as well.
            let inode = if round % 2 == 0 { old.inode().unwrap() } else { None };
            let Some(next) = recycle(puppet, catches) else { return };
            assert_eq!(old.send(Signal::USR1).unwrap_err().errno(), Some(Errno::ESRCH));
            assert_eq!(old.probe().unwrap_err().errno(), Some(Errno::ESRCH));
            assert!(old.stat().is_err(), "nor is the next one read through it");
            if let Some(inode) = inode {
                let opened = Process::open_exact(old.pid(), inode);
                assert!(matches!(opened, Err(OpenError::AnotherProcess { wanted, .. }) if wanted == inode));
            } else {
                assert!(old.inode().is_err(), "no pidfd of the next one is taken for its");
            }
            next.assert_caught_nothing_but(Signal::USR2);
            puppet = next;
        }
    });
}

/// \[S1.10\]
#[test]
fn a_group_handle_never_hits_the_next_group_with_its_number() {
    inside(|| {
        let leads = || {
            catches();
            join(None);
        };
        let mut puppet = Puppet::start(leads);
        for _ in 0..ROUNDS / 10 {
            let old = Group::open(group_of(&puppet)).unwrap();
            let Some(next) = recycle(puppet, leads) else { return };
            assert_eq!(old.send(Signal::USR1, &[]).unwrap_err().errno(), Some(Errno::ESRCH));
            next.assert_caught_nothing_but(Signal::USR2);
            puppet = next;
        }
    });
}

/// \[S1.11\]
#[test]
fn the_inode_opens_the_very_process() {
    let inode = Process::open(own_pid()).unwrap().inode().unwrap();
    let Some(inode) = inode else { return say("skipped: this kernel has no pidfs inodes") };
    assert!(Process::open_exact(own_pid(), inode).is_ok());
    let other = Process::open_exact(own_pid(), inode + 1).unwrap_err();
    assert_eq!(other, OpenError::AnotherProcess { pid: own_pid(), wanted: inode + 1, found: inode });
}

/// Not even the process it is a thread of, which kill(2) would signal.
#[test]
fn the_number_of_a_thread_opens_nothing_and_names_its_process() {
    std::thread::scope(|scope| {
        let (told, number) = std::sync::mpsc::channel();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || {
            told.send(rustix::thread::gettid().as_raw_nonzero().get()).unwrap();
            // Until the other end is dropped.
            let _ = ended.recv();
        });
        let number = Pid::new(number.recv().unwrap()).unwrap();
        let error = Process::open(number).unwrap_err();
        assert_eq!(error, OpenError::Thread(ThreadNumber { number, process: Some(own_pid()) }));
        assert_eq!(error.to_string(), format!("{number} is a thread of process {}: name the process", own_pid()));
        drop(end);
    });
}

#[test]
fn nobody_is_gone() {
    let pid = Pid::new(i32::MAX).unwrap();
    assert_eq!(Process::open(pid).unwrap_err(), OpenError::Gone(pid));
}

#[test]
fn waiting_ends_with_the_process_and_tells_how_it_ended() {
    let puppet = Puppet::start(catches);
    let process = puppet.open();
    assert_eq!(process.wait_for(Duration::ZERO), Ok(false));
    process.send(Signal::TERM).unwrap();
    process.wait().unwrap();
    assert_eq!(process.exit_status(), None, "not before it was reaped");
    assert_eq!(puppet.child.wait().unwrap().signal(), Some(15));
    match process.exit_status() {
        Some(status) => assert_eq!(status & 0x7F, 15),
        None => say("skipped: this kernel keeps no exit status"),
    }
}

#[test]
fn a_value_arrives_with_the_signal() {
    let puppet = Puppet::start(catches);
    puppet.open().send_value(Signal::USR1, -7).unwrap();
    let record = puppet.caught();
    assert_eq!((record.signal, record.code, record.value), (10, -1, -7));
    assert_eq!(record.pid, own_pid().get());
}

#[test]
fn group_one_has_to_be_named() {
    inside(|| {
        assert_eq!(Group::open(GroupId::new(1).unwrap()).unwrap_err(), GroupError::OfInit);
        let puppet = Puppet::start(catches);
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        sigaction::log_to(writer);
        catches();
        let sent = Group::open_of_init().unwrap().send(Signal::USR1, &[]);
        if !pidfd::has_scopes() {
            let told = sent.unwrap_err().to_string();
            assert!(told.starts_with("USR1 to group 1 was refused: ") && told.contains("Linux 6.9"), "{told}");
            return say("skipped: before Linux 6.9 nobody reaches group 1");
        }
        sent.unwrap();
        assert_eq!(Record::read(reader.as_fd()).unwrap().unwrap().signal, 10);
        assert_eq!(puppet.caught().signal, 10, "it was in process 1's group");
    });
}
