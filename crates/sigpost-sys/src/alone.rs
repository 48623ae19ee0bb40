//! Being alone: process 1, and nobody else is there whom a signal could harm.
//!
//! A scenario may broadcast. Where it runs without a namespace made for it, the proof that it harms nobody is that
//! there is nobody: the caller is process 1, has no child, and whoever answers the null signal is a thread of the
//! kernel's own, or a zombie: it has no memory. That holds for the machine's process 1 and for the one of any PID
//! namespace, which look the same from inside. It is not read from `/proc`, which may be missing.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};

use rustix::io::Errno;

use crate::puppet::children::{self, Kind, Which};
use crate::syscall::{call, int};
use crate::{identity, kill};

/// Numbers above this are given to no process unless the kernel was told so.
const USUAL: i32 = 1 << 15;
/// Numbers above this are given to no process.
const HIGHEST: i32 = 1 << 22;

/// Whether somebody without memory answers a broadcast: the kernel's own threads.
static KERNEL_ANSWERS: AtomicBool = AtomicBool::new(false);

/// Why somebody is not alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAlone {
    /// The caller is not process 1 but this one.
    NotProcessOne(i32),
    /// The caller has a child already.
    HasChild,
    /// This process is there too.
    Somebody(i32),
    /// Somebody was there when asked for a broadcast's sake, who was not there before.
    SomebodyNew,
    /// Process 1 could not be made the leader of session 1 and group 1.
    NoSession,
    /// The kernel refuses what has to be asked: the call, and how.
    CannotTell(&'static str, Errno),
}

impl fmt::Display for NotAlone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotProcessOne(number) => write!(f, "this is process {number}, not process 1"),
            Self::HasChild => f.write_str("process 1 has a child already"),
            Self::Somebody(number) => write!(f, "process {number} is there too"),
            Self::SomebodyNew => f.write_str("somebody has come in since"),
            Self::NoSession => f.write_str("process 1 does not lead session 1 and group 1"),
            Self::CannotTell(what, errno) => write!(f, "it cannot be told who else is there: {what}: {errno}"),
        }
    }
}

impl core::error::Error for NotAlone {}

/// Whether the kernel's own threads are among those that a broadcast reaches (it does nothing to them). Known once
/// [`Inside::alone`](crate::puppet::Inside::alone) has succeeded.
pub fn kernel_answers() -> bool {
    KERNEL_ANSWERS.load(Ordering::SeqCst)
}

/// Checks that the caller is process 1, and that nobody else is there.
pub(crate) fn check() -> Result<(), NotAlone> {
    let own = rustix::process::getpid().as_raw_nonzero().get();
    if own != 1 {
        return Err(NotAlone::NotProcessOne(own));
    }
    lead_session()?;
    check_children()?;
    match kill::everyone(0) {
        Err(Errno::SRCH) => return Ok(()),
        Ok(()) | Err(Errno::PERM) => {}
        Err(errno) => return Err(NotAlone::CannotTell("kill(-1, 0)", errno)),
    }
    for number in 2..=highest_number()? {
        if let Some(somebody) = who_is(number)? {
            return Err(NotAlone::Somebody(somebody));
        }
    }
    KERNEL_ANSWERS.store(true, Ordering::SeqCst);
    Ok(())
}

/// Checks once more, quickly: nobody has come since [`check`].
pub(crate) fn check_again() -> Result<(), NotAlone> {
    check_children()?;
    match kill::everyone(0) {
        Ok(()) | Err(Errno::PERM) if !kernel_answers() => Err(NotAlone::SomebodyNew),
        _ => Ok(()),
    }
}

fn lead_session() -> Result<(), NotAlone> {
    // One that leads them already is refused, and that is fine.
    let _ = crate::puppet::setsid();
    let leads = identity::session_of(0) == Ok(1) && identity::group_of(0) == Ok(1);
    if leads { Ok(()) } else { Err(NotAlone::NoSession) }
}

fn check_children() -> Result<(), NotAlone> {
    match children::wait(0, Which::EndsKept, false) {
        Err(Errno::CHILD) => Ok(()),
        Ok(_) => Err(NotAlone::HasChild),
        Err(errno) => Err(NotAlone::CannotTell("waitid", errno)),
    }
}

/// The highest number that somebody may have: the kernel's limit, or where it is not told what has been given out so far.
fn highest_number() -> Result<i32, NotAlone> {
    let told = std::fs::read_to_string("/proc/sys/kernel/pid_max");
    if let Some(limit) = told.ok().and_then(|text| text.trim().parse::<i32>().ok()) {
        return Ok(limit.min(HIGHEST));
    }
    // Numbers are given out in order: the next one is a child's.
    let refused = |errno| NotAlone::CannotTell("fork", errno);
    let next = children::make(Kind::default()).map_err(refused)?;
    if next == 0 {
        crate::fork::exit_now(0);
    }
    children::wait(next, Which::Ends, true).map_err(refused)?;
    Ok(next.clamp(USUAL, HIGHEST))
}

/// The number, if somebody with memory of his own has it.
fn who_is(number: i32) -> Result<Option<i32>, NotAlone> {
    match kill::process(number, 0) {
        Err(Errno::SRCH) => return Ok(None),
        Ok(()) | Err(Errno::PERM) => {}
        Err(errno) => return Err(NotAlone::CannotTell("kill", errno)),
    }
    match read_memory(number) {
        // What the kernel says of its own threads and of zombies.
        Err(Errno::SRCH) => Ok(None),
        Err(Errno::NOSYS) => Err(NotAlone::CannotTell("process_vm_readv", Errno::NOSYS)),
        _ => Ok(Some(number)),
    }
}

/// Reads a byte of a process's memory, where none is: a process that has memory says EFAULT or EPERM.
fn read_memory(number: i32) -> Result<(), Errno> {
    let mut byte = 0_u8;
    let own = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let other = libc::iovec { iov_base: core::ptr::without_provenance_mut(1), iov_len: 1 };
    let (own_at, other_at) = ((&raw const own).expose_provenance(), (&raw const other).expose_provenance());
    // SAFETY: both pointers are to one iovec; the one of the caller names a byte that may be written.
    unsafe { call(libc::SYS_process_vm_readv, [int(number), own_at, 1, other_at, 1, 0]) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_who_is_not_process_one_is_not_alone() {
        assert_eq!(check(), Err(NotAlone::NotProcessOne(std::process::id().cast_signed())));
    }

    #[test]
    fn a_process_has_memory_and_a_zombie_has_none() {
        let child = crate::fork::fork_run(|| 0).unwrap();
        child.wait_zombie().unwrap();
        assert_eq!(who_is(child.pid()), Ok(None));
        assert_eq!(who_is(std::process::id().cast_signed()), Ok(Some(std::process::id().cast_signed())));
    }
}
