//! One CPU, one after the other: the calling thread, and all that it makes from then on, on one CPU and ahead of
//! whoever else is there.
//!
//! Among themselves they run in turns: one that yields, or waits, lets the next one run until that waits in its turn.
//! So who looks after others by yielding does not look in vain, however busy the machine is.

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::syscall::{call, int};

/// `SCHED_RR`: in turns of some 100 milliseconds at most, so that one which never waits does not keep out the others.
const TURNS: i32 = 2;

/// Keeps the calling thread, and what it makes, on this CPU.
///
/// # Errors
/// EINVAL: there is no such CPU, or the caller may not use it.
pub fn stay_on(cpu: usize) -> Result<(), Errno> {
    if cpu >= CpuSet::MAX_CPU {
        return Err(Errno::INVAL);
    }
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set)
}

/// Puts the calling thread, and what it makes, ahead of all ordinary ones, at the lowest real-time priority.
///
/// # Errors
/// EPERM: the caller has no `CAP_SYS_NICE`, or `RLIMIT_RTPRIO` is 0.
pub fn go_first() -> Result<(), Errno> {
    let priority: i32 = 1;
    let arguments = [0, int(TURNS), (&raw const priority).expose_provenance(), 0, 0, 0];
    // SAFETY: the pointer is to a `struct sched_param`, whose one field is an int; the kernel only reads it.
    unsafe { call(libc::SYS_sched_setscheduler, arguments) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_that_is_not_there_is_refused() {
        assert_eq!(stay_on(usize::MAX), Err(Errno::INVAL));
    }
}
