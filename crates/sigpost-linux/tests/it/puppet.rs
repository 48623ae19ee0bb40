//! A puppet: a child that sets itself up, says so, and then sleeps, logging the signals it catches.

use std::os::fd::{AsFd, OwnedFd};

use rustix::pipe::{PipeFlags, pipe_with};
use sigpost_engine::{GroupId, Pid, Signal};
use sigpost_linux::proc_stat::State;
use sigpost_linux::{Process, Snapshot};
use sigpost_sys::fork::{Child, die_with_parent, fork_run, say};
use sigpost_sys::sigaction::{self, Action, Flags, Record};

pub(crate) struct Puppet {
    pub(crate) child: Child,
    log: OwnedFd,
}

impl Puppet {
    /// Starts one and waits until it has set itself up. It then sleeps until it is ended.
    pub(crate) fn start(setup: impl FnOnce()) -> Self {
        Self::acting(|| {
            setup();
            sleep_for_good
        })
    }

    /// Starts one whose setup returns what it does once its starter knows that it is ready.
    pub(crate) fn acting<A: FnOnce()>(setup: impl FnOnce() -> A) -> Self {
        let (log, log_writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let (ready, ready_writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let parent = std::process::id().cast_signed();
        let child = fork_run(|| {
            assert!(die_with_parent(parent).unwrap());
            sigaction::forget_inherited();
            sigaction::log_to(log_writer.try_clone().unwrap());
            let act = setup();
            rustix::io::write(&ready_writer, b"!").unwrap();
            act();
            0
        })
        .unwrap();
        drop((log_writer, ready_writer));
        assert_eq!(rustix::io::read(&ready, &mut [0; 1]), Ok(1), "the puppet did not get ready; its message is above");
        Self { child, log }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::new(self.child.pid()).unwrap()
    }

    pub(crate) fn open(&self) -> Process {
        Process::open(self.pid()).unwrap()
    }

    /// A snapshot of one that has nothing left to do but to wait in sigwait, once it does. `None`, which is said: the
    /// kernel does not tell where a thread sleeps.
    pub(crate) fn in_sigwait(&self) -> Option<Snapshot> {
        let look = || Snapshot::read(&self.open()).unwrap();
        // It is shown as asleep before it has left the processor, and in which call it sleeps only then.
        let call = || std::fs::read_to_string(format!("/proc/{}/syscall", self.pid()));
        while look().state != State::Sleeping || call().is_ok_and(|call| call == "running\n") {
            rustix::thread::sched_yield();
        }
        let found = Some(look()).filter(|snapshot| snapshot.threads[0].waits.is_some());
        if found.is_none() {
            say("skipped: the kernel does not say where a thread sleeps (wchan)");
        }
        found
    }

    /// The next signal that it caught; waits for it.
    pub(crate) fn caught(&self) -> Record {
        Record::read(self.log.as_fd()).unwrap().expect("the puppet ended")
    }

    /// Fails if it caught anything before it catches this, which is sent to it now.
    pub(crate) fn assert_caught_nothing_but(&self, signal: Signal) {
        self.child.send(i32::from(signal.number())).unwrap();
        assert_eq!(self.caught().signal, i32::from(signal.number()), "it caught another signal first");
    }

    /// Ends it and reaps it: its number is free.
    pub(crate) fn end(self) {
        let Self { child, .. } = self;
        child.send(9).unwrap();
        child.wait().unwrap();
    }
}

fn sleep_for_good() {
    loop {
        let mask = sigaction::set_mask(sigaction::How::Block, 0).unwrap();
        let _ = sigaction::suspend(mask);
    }
}

/// In a child: have it log these signals. Its mask is the same while a handler runs: who has read of one does not know
/// when that one has returned.
pub(crate) fn log(signals: &[Signal]) {
    for signal in signals {
        sigaction::set(i32::from(signal.number()), Action::Log { mask: 0, flags: Flags::NODEFER }).unwrap();
    }
}

/// In a child: begin a group of its own, or join one.
pub(crate) fn join(group: Option<GroupId>) {
    let group = group.and_then(|group| rustix::process::Pid::from_raw(group.get()));
    rustix::process::setpgid(None, group).unwrap();
}

pub(crate) fn block(signals: &[Signal]) {
    let set = signals.iter().fold(0, |set, signal| set | signal.bit());
    sigaction::set_mask(sigaction::How::Block, set).unwrap();
}

/// The group that a puppet leads.
pub(crate) fn group_of(leader: &Puppet) -> GroupId {
    GroupId::new(leader.child.pid()).unwrap()
}
