//! A member of the demo's family: a child of ours, held by handle, that answers when it is asked.

use core::time::Duration;
use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use rustix::process::{Pid, Signal as SystemSignal, WaitId, WaitIdOptions, WaitIdStatus};
use sigpost_sys::fork::{self, Child};
use sigpost_sys::sigaction::{self, How, Record};
use sigpost_sys::{Errno, credentials};

use super::role::{Role, SIGNAL};

/// How long a member may take for anything. None takes a thousandth of it where it has a processor; a defect must not hang
/// the demo.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// The user that members and sender become when a superuser runs the demo: nobody's.
pub(crate) const NOBODY: u32 = 65534;

/// A member, as its parent holds it.
pub(crate) struct Member {
    /// Its part.
    pub(crate) role: Role,
    child: Child,
    line: UnixStream,
    log: PipeReader,
}

/// What became of a member's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It runs: whatever was pending for it and not blocked has been taken.
    Runs,
    /// It has ended.
    Ended,
    /// It said nothing in time.
    Silent,
}

impl Member {
    /// Starts a member in the group of `leader`, or in a new one that it leads. `unprivileged` makes it nobody's.
    /// When this returns it is as its part asks: handler set, stopped, or exited.
    ///
    /// # Errors
    /// Those of fork(2) and pipe(2); the member did not get ready.
    pub(crate) fn start(role: Role, leader: Option<i32>, unprivileged: bool) -> io::Result<Self> {
        let (line, its_line) = UnixStream::pair()?;
        let (log, its_log) = io::pipe()?;
        rustix::io::ioctl_fionbio(&log, true)?;
        line.set_read_timeout(Some(LIMIT))?;
        let parent = rustix::process::getpid();
        let child = fork::fork_run(|| {
            let ready = prepare(role, leader, unprivileged && role != Role::Stranger, parent, its_log);
            match ready {
                Ok(()) if role == Role::Exited => 0,
                Ok(()) => answer(its_line),
                Err(_) => 1,
            }
        })?;
        let member = Self { role, child, line, log };
        member.wait_until_ready()?;
        Ok(member)
    }

    fn wait_until_ready(&self) -> io::Result<()> {
        if self.role == Role::Exited {
            return match (self.child.ends_within(LIMIT)?, self.ending()?.and_then(|status| status.exit_status())) {
                (true, Some(0)) => Ok(()),
                _ => Err(io::Error::other("the member that exits did not")),
            };
        }
        if self.ask() != Answer::Runs {
            return Err(io::Error::other(format!("the member that {} did not start", self.role.description())));
        }
        if self.role == Role::Stopped {
            self.child.send(SystemSignal::STOP.as_raw())?;
            self.child.wait_stopped()?;
        }
        Ok(())
    }

    /// Its process ID, its own until the member is dropped.
    pub(crate) const fn pid(&self) -> i32 {
        self.child.pid()
    }

    /// Asks it to answer. An answer proves that every signal sent before, and not blocked, has been taken.
    pub(crate) fn ask(&self) -> Answer {
        let asked = (&self.line).write_all(&[1]);
        match asked.and_then(|()| (&self.line).read(&mut [0])) {
            Ok(1..) => Answer::Runs,
            Ok(0) => Answer::Ended,
            Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
                Answer::Ended
            }
            Err(_) => Answer::Silent,
        }
    }

    /// How it has ended, if it has: it stays to be waited for.
    ///
    /// # Errors
    /// Those of waitid(2).
    pub(crate) fn ending(&self) -> io::Result<Option<WaitIdStatus>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(rustix::process::waitid(WaitId::PidFd(self.child.as_fd()), options)?)
    }

    /// Waits for an end that has begun.
    ///
    /// # Errors
    /// Those of poll(2).
    pub(crate) fn ends_soon(&self) -> io::Result<bool> {
        self.child.ends_within(LIMIT)
    }

    /// What its handler has logged since it was last asked.
    ///
    /// # Errors
    /// Those of read(2).
    pub(crate) fn logged(&self) -> io::Result<Vec<Record>> {
        let mut records = Vec::new();
        loop {
            match Record::read(self.log.as_fd()) {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return Ok(records),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(records),
                Err(error) => return Err(error),
            }
        }
    }
}

/// In the child: everything that must be so before it says that it is ready.
fn prepare(role: Role, leader: Option<i32>, unprivileged: bool, parent: Pid, log: PipeWriter) -> Result<(), Errno> {
    rustix::process::setpgid(None, leader.and_then(Pid::from_raw))?;
    if unprivileged {
        become_nobody()?;
    }
    die_with(parent)?;
    sigaction::log_to(log.into());
    sigaction::set_mask(How::Set, role.mask().bits())?;
    sigaction::set(i32::from(SIGNAL.number()), role.action())
}

/// In a child: gives up every right of the superuser.
pub(crate) fn become_nobody() -> Result<(), Errno> {
    credentials::set_group(NOBODY)?;
    credentials::set_users(NOBODY, NOBODY, NOBODY)
}

/// In a child: ends when its parent does. Changing users undoes this, so it comes after that.
pub(crate) fn die_with(parent: Pid) -> Result<(), Errno> {
    rustix::process::set_parent_process_death_signal(Some(SystemSignal::KILL))?;
    // It may have ended just before.
    if rustix::process::getppid() == Some(parent) { Ok(()) } else { Err(Errno::SRCH) }
}

/// In the child: a byte for every byte, until the other end is closed.
fn answer(mut line: UnixStream) -> i32 {
    loop {
        match line.read(&mut [0]) {
            Ok(0) => return 0,
            Ok(_) if line.write_all(&[1]).is_err() => return 0,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return 1,
        }
    }
}
