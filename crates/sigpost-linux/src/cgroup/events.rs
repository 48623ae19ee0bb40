//! `cgroup.events`: what a cgroup says of itself, and the wait for it to say something else.

use core::time::Duration;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use sigpost_sys::Errno;

/// The file, held open.
#[derive(Debug)]
pub(super) struct Events(OwnedFd);

impl Events {
    pub(super) fn open(folder: BorrowedFd<'_>) -> Result<Self, Errno> {
        rustix::fs::openat(folder, "cgroup.events", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).map(Self)
    }

    /// Whether it says this now: `frozen 1`, `populated 0`.
    pub(super) fn say(&self, wanted: &[u8]) -> Result<bool, Errno> {
        let mut text = [0; 256];
        let length = rustix::io::pread(&self.0, &mut text, 0)?;
        Ok(text[..length].split(|byte| *byte == b'\n').any(|line| line == wanted))
    }

    /// Waits until it says something new, at most so long.
    pub(super) fn change_within(&self, limit: Duration) -> Result<(), Errno> {
        let limit = Timespec { tv_sec: limit.as_secs().cast_signed(), tv_nsec: i64::from(limit.subsec_nanos()) };
        match rustix::event::poll(&mut [PollFd::new(&self.0, PollFlags::PRI)], Some(&limit)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(errno),
        }
    }

    /// Waits until it says this; `false` if that takes longer.
    pub(super) fn say_within(&self, wanted: &[u8], limit: Duration) -> Result<bool, Errno> {
        let end = Instant::now() + limit;
        loop {
            if self.say(wanted)? {
                return Ok(true);
            }
            match end.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return Ok(false),
                left => self.change_within(left)?,
            }
        }
    }
}
