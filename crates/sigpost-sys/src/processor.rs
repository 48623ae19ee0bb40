//! Whose turn it is on the processor: where one process always goes before another, the other sees by its own turn
//! that the first has nothing to do. See sched(7).

use rustix::io::Errno;
use rustix::thread::{CpuSet, sched_setaffinity};

use crate::syscall::{call, int};

/// Keeps the calling thread, and whom it makes from now on, on the processor that it is on (or, unknown, the first).
///
/// # Errors
/// EINVAL: it may not be there. ENOSYS.
pub fn stay() -> Result<(), Errno> {
    let mut only = CpuSet::new();
    only.set(rustix::thread::sched_getcpu());
    sched_setaffinity(None, &only)
}

/// Puts the calling thread, and whom it makes from now on, before all ordinary ones: it runs whenever it can
/// (`SCHED_FIFO`, the lowest priority).
///
/// # Errors
/// EPERM: not the superuser. ENOSYS.
pub fn go_first() -> Result<(), Errno> {
    schedule(libc::SCHED_FIFO, 1)
}

/// Takes [`go_first`] back.
///
/// # Errors
/// None where it succeeded.
pub fn go_along() -> Result<(), Errno> {
    schedule(libc::SCHED_OTHER, 0)
}

/// How long a process has been on a processor in all, in nanoseconds, as its clock says (`clock_getcpuclockid(3)`): if
/// it is the same as before it has not run.
///
/// # Errors
/// EINVAL: no such process, or the kernel has no such clocks.
pub fn time_of(process: i32) -> Result<u64, Errno> {
    // Of a process, by the scheduler's account: what the C library makes of the number.
    const SCHEDULED: i32 = 2;
    let mut time = [0_u64; 2];
    let time_at = (&raw mut time).expose_provenance();
    // SAFETY: the pointer is to two 64-bit words, which is the kernel's struct timespec here.
    unsafe { call(libc::SYS_clock_gettime, [int((!process << 3) | SCHEDULED), time_at, 0, 0, 0, 0]) }?;
    let [seconds, nanoseconds] = core::hint::black_box(time);
    Ok(seconds * 1_000_000_000 + nanoseconds)
}

fn schedule(policy: i32, priority: i32) -> Result<(), Errno> {
    let priority_at = (&raw const priority).expose_provenance();
    // SAFETY: the pointer is to the kernel's struct sched_param, which is one int, and which it only reads.
    unsafe { call(libc::SYS_sched_setscheduler, [0, int(policy), priority_at, 0, 0, 0]) }.map(drop)
}
