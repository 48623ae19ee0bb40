//! Asking for IDs that may be 0: those of groups and sessions outside of the caller's PID namespace, and of the
//! kernel's own threads.

use rustix::io::Errno;

use crate::syscall::{call, int};

/// The process group of a process, by number: getpgid(2). 0: one outside of the caller's PID namespace.
///
/// # Errors
/// ESRCH: no such process.
pub fn group_of(pid: i32) -> Result<i32, Errno> {
    // SAFETY: getpgid(2) takes no pointers.
    let group = unsafe { call(libc::SYS_getpgid, [int(pid), 0, 0, 0, 0, 0]) }?;
    i32::try_from(group).map_err(|_| Errno::OVERFLOW)
}

/// The session of a process, by number: getsid(2). 0: one outside of the caller's PID namespace.
///
/// # Errors
/// ESRCH: no such process.
pub fn session_of(pid: i32) -> Result<i32, Errno> {
    // SAFETY: getsid(2) takes no pointers.
    let session = unsafe { call(libc::SYS_getsid, [int(pid), 0, 0, 0, 0, 0]) }?;
    i32::try_from(session).map_err(|_| Errno::OVERFLOW)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_outside_of_the_namespace_is_zero_and_not_an_error() {
        // The kernel's thread 2 is in group 0; in a namespace it may be anybody, or nobody.
        assert!(matches!(group_of(2), Ok(_) | Err(Errno::SRCH)));
        assert!(group_of(std::process::id().cast_signed()).is_ok());
    }
}
