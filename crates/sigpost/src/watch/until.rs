//! `--until-exit PID`: the process is held by handle, and its end is told with who did it.

use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use sigpost_engine::Pid;
use sigpost_linux::watch::{Ended, How, Name, Party};
use sigpost_linux::{ExitStatus, Process};
use sigpost_sys::pidfd;

use crate::failure::Failure;

/// The process whose end is waited for.
pub(super) struct Until {
    pub(super) pid: u32,
    comm: Name,
    /// Its terminal, which it has no more when that is closed.
    pub(super) terminal: Option<Name>,
    handle: OwnedFd,
    /// Its end was not seen by a program in the kernel: the handle tells.
    by_handle: bool,
}

impl Until {
    /// Opens it. `None`: there is no such process, or it has ended already.
    ///
    /// # Errors
    /// Exit 3: it cannot be opened.
    pub(super) fn open(pid: Pid, by_handle: bool) -> Result<Option<Self>, Failure> {
        let Ok(process) = Process::open(pid) else { return Ok(None) };
        let handle = match pidfd::open(pid.get()) {
            Ok(handle) => handle,
            Err(sigpost_sys::Errno::SRCH) => return Ok(None),
            Err(errno) => return Err(Failure::internal(format!("process {pid} cannot be opened: {errno}"))),
        };
        let Ok(stat) = process.stat() else { return Ok(None) };
        let has_ended = super::ready(&[handle.as_fd()], Some(Duration::ZERO))?[0];
        let terminal = sigpost_linux::filter::terminal_name(stat.terminal).map(|name| Name::new(name.as_bytes()));
        let comm = Name::new(stat.comm.as_bytes());
        let pid = pid.get().cast_unsigned();
        Ok((!has_ended).then_some(Self { pid, comm, terminal, handle, by_handle }))
    }

    /// What becomes readable when it ends, where nothing else tells.
    pub(super) fn readable(&self) -> Option<BorrowedFd<'_>> {
        self.by_handle.then(|| self.handle.as_fd())
    }

    /// Its end, where the handle has to tell it; `None` while it lives.
    pub(super) fn ended(&self, now: u64) -> Option<Ended> {
        let has_ended = self.by_handle && super::ready(&[self.handle.as_fd()], Some(Duration::ZERO)).ok()?[0];
        let party = Party { pid: self.pid, thread: self.pid, inner: None, user: None, comm: self.comm, cgroup: None };
        let status = if has_ended { self.status().and_then(ExitStatus::from_wait)? } else { return None };
        Some(Ended { time: now, who: party, status })
    }

    /// How it ended, in the form of wait(2): from the zombie, which keeps its number, or else from the handle, which
    /// knows once it has been reaped. In between it is asked again.
    fn status(&self) -> Option<i32> {
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok();
        let of_handle = || pidfd::info(self.handle.as_fd()).ok().and_then(|info| info.exit_status);
        let zombie = stat().filter(|stat| stat.rsplit(')').next().is_some_and(|rest| rest.starts_with(" Z")));
        match of_handle() {
            Some(status) => Some(status),
            // Reaped meanwhile, the number may be another's: the handle knows.
            None => zombie?.split_whitespace().next_back()?.parse().ok().filter(|_| of_handle().is_none()),
        }
    }

    /// A hang-up takes the terminal away before it signals: its name is known from before.
    pub(super) fn with_terminal(&self, how: How) -> How {
        match how {
            How::HangUp(None) => How::HangUp(self.terminal),
            How::LeaderEnd(None) => How::LeaderEnd(self.terminal),
            other => other,
        }
    }
}
