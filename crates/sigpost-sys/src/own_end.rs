//! Signals that a process gets without anybody sending them: for tests of what is told about them.

use core::ptr::null_mut;
use core::time::Duration;
use std::io;

use rustix::io::Errno;

use crate::syscall::{call, int};

/// Reads memory that may not be read, which is a fault: SEGV. Returns only where that is caught and stepped over.
///
/// # Errors
/// ENOMEM: there is no such memory to be had.
pub fn fault() -> io::Result<()> {
    const PAGE: usize = 4096;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping touches nothing that is there.
    let page = unsafe { libc::mmap(null_mut(), PAGE, libc::PROT_NONE, kind, -1, 0) };
    if page == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is mapped, aligned, and nobody else's; that the processor refuses the access is what this is for.
    unsafe { page.cast::<u8>().read_volatile() };
    Ok(())
}

/// Has the kernel send ALRM to the calling process after this time, once: `setitimer(2)`.
///
/// # Errors
/// EINVAL: the time is too long.
pub fn alarm(after: Duration) -> Result<(), Errno> {
    let seconds = i64::try_from(after.as_secs()).map_err(|_| Errno::INVAL)?;
    // An interval of none, then the time: two `struct timeval` of 64-bit words.
    let timer = [0, 0, seconds, i64::from(after.subsec_micros())];
    let timer_at = (&raw const timer).expose_provenance();
    // SAFETY: the pointer is to two timevals, which the kernel only reads; the other one is null.
    unsafe { call(libc::SYS_setitimer, [int(libc::ITIMER_REAL), timer_at, 0, 0, 0, 0]) }.map(drop)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;
    use crate::fork::fork_run;

    #[test]
    fn a_fault_ends_by_segv_and_an_alarm_by_alrm() {
        let child = fork_run(|| i32::from(fault().is_err())).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGSEGV));
        let child = fork_run(|| {
            alarm(Duration::from_millis(1)).unwrap();
            loop {
                rustix::thread::sched_yield();
            }
        })
        .unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGALRM));
    }
}
