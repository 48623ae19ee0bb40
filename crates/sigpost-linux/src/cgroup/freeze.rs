//! Freezing, by a guardian that thaws when its pipe to us closes.

use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::pipe::{PipeFlags, pipe_with};
use sigpost_sys::Errno;
use sigpost_sys::fork::{Child, Forked, exit_now, fork};
use sigpost_sys::sigaction::{How, set_mask};

use super::events::Events;
use super::{Cgroup, CgroupError, write_to};

/// How long a cgroup may take to come to rest. Only an uninterruptible sleep takes longer.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// A cgroup in which nobody runs. Dropped, it is thawed, unless it was frozen by somebody else already.
#[derive(Debug)]
pub struct Frozen<'a> {
    cgroup: &'a Cgroup,
    guardian: Option<Guardian>,
}

#[derive(Debug)]
struct Guardian {
    /// Its end closes with us, whatever ends us.
    pipe: OwnedFd,
    child: Child,
}

impl<'a> Frozen<'a> {
    pub(super) fn new(cgroup: &'a Cgroup) -> Result<Self, CgroupError> {
        let mut buffer = Vec::new();
        crate::proc_files::read_into(cgroup.directory.as_fd(), "cgroup.freeze", &mut buffer)
            .map_err(|errno| cgroup.refused("cgroup.freeze", errno))?;
        let guardian = if buffer.starts_with(b"1") { None } else { Some(start_guardian(cgroup)?) };
        // From here on dropping thaws.
        let frozen = Self { cgroup, guardian };
        let rests =
            Events::open(cgroup.directory.as_fd()).and_then(|events| events.say_within(b"frozen 1", TIME_LIMIT));
        match rests {
            Ok(true) => Ok(frozen),
            Ok(false) => Err(CgroupError::NotFrozen(cgroup.path.clone())),
            Err(errno) => Err(cgroup.refused("cgroup.events", errno)),
        }
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        if let Some(Guardian { pipe, child }) = self.guardian.take() {
            drop(pipe);
            if !child.wait().is_ok_and(|status| status.success()) {
                // Somebody ended the guardian: then it is ours to do. Nobody is left to tell of an error.
                let _ = self.cgroup.write("cgroup.freeze", b"0");
            }
        }
    }
}

fn start_guardian(cgroup: &Cgroup) -> Result<Guardian, CgroupError> {
    let refused = |errno| cgroup.refused("the guardian", errno);
    let (reader, pipe) = pipe_with(PipeFlags::CLOEXEC).map_err(refused)?;
    let (answer, its_answer) = pipe_with(PipeFlags::CLOEXEC).map_err(refused)?;
    let forked = fork().map_err(|error| refused(Errno::from_io_error(&error).unwrap_or(Errno::AGAIN)))?;
    let child = match forked {
        Forked::Child => {
            drop((pipe, answer));
            exit_now(guard(cgroup.directory.as_fd(), &reader, its_answer));
        }
        Forked::Parent(child) => child,
    };
    drop((reader, its_answer));
    let mut number = [0; 4];
    match rustix::io::read(&answer, &mut number) {
        Ok(4) if number == [0; 4] => Ok(Guardian { pipe, child }),
        Ok(4) => Err(refused_by_kernel(cgroup, i32::from_ne_bytes(number))),
        _ => Err(refused(Errno::CHILD)),
    }
}

fn refused_by_kernel(cgroup: &Cgroup, number: i32) -> CgroupError {
    CgroupError::Refused(cgroup.path.clone(), "cgroup.freeze", number)
}

/// In the guardian. It is out of reach of the terminal and of our group, and takes no signal that can be blocked.
fn guard(folder: BorrowedFd<'_>, reader: &OwnedFd, answer: OwnedFd) -> i32 {
    let _ = set_mask(How::Set, u64::MAX);
    let _ = rustix::process::setsid();
    let frozen = write_to(folder, "cgroup.freeze", b"1");
    let number = frozen.err().map_or(0, Errno::raw_os_error);
    let told = rustix::io::write(&answer, &number.to_ne_bytes());
    drop(answer);
    if number != 0 {
        return 0;
    }
    if told.is_ok() {
        while rustix::io::read(reader, &mut [0_u8; 1]) == Err(Errno::INTR) {}
    }
    i32::from(write_to(folder, "cgroup.freeze", b"0").is_err())
}
