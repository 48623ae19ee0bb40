//! kill(2) and its relatives. Async-signal-safe: each is one system call, with no lock and no allocation, and
//! the thread's `errno` is left alone.
//!
//! IDs and signal numbers are plain integers here. A number that cannot be meant is EINVAL *before* the call:
//! the kernel reads 0 and negative IDs as groups and as everyone, so none of them reaches it by accident.
//! Signal 0 is the null signal: all checks, nothing sent.

use rustix::io::Errno;

use crate::syscall::{call, int};

/// What `rt_sigqueueinfo` and its relatives carry to the receiver: a `siginfo_t` as `sigqueue` fills it.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub struct QueuedInfo {
    signal: i32,
    errno: i32,
    code: i32,
    #[cfg(target_pointer_width = "64")]
    padding: i32,
    pid: i32,
    uid: u32,
    value: i32,
    value_high: i32,
    rest: [u8; 96],
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<QueuedInfo>() == size_of::<libc::siginfo_t>());

impl QueuedInfo {
    /// The information of `sigqueue(…, signal, value)` by this process: code `SI_QUEUE`, the sender's process
    /// and real user ID, the value.
    pub fn new(signal: i32, value: i32) -> Self {
        Self {
            signal,
            errno: 0,
            code: libc::SI_QUEUE,
            #[cfg(target_pointer_width = "64")]
            padding: 0,
            pid: rustix::process::getpid().as_raw_nonzero().get(),
            uid: rustix::process::getuid().as_raw(),
            value,
            value_high: 0,
            rest: [0; 96],
        }
    }

    /// The signal it is for.
    pub const fn signal(&self) -> i32 {
        self.signal
    }
}

fn checked_kill(id: i32, signal: i32) -> Result<(), Errno> {
    // SAFETY: kill(2) takes no pointers.
    unsafe { call(libc::SYS_kill, [int(id), int(signal), 0, 0, 0, 0]) }.map(drop)
}

/// Sends to one process: kill(2) with a positive ID.
///
/// # Errors
/// EINVAL: the ID is not positive, or no such signal. EPERM, ESRCH: kill(2).
pub fn process(pid: i32, signal: i32) -> Result<(), Errno> {
    if pid < 1 {
        return Err(Errno::INVAL);
    }
    checked_kill(pid, signal)
}

/// Sends to every member of a process group: kill(2) with the negated ID.
///
/// The only function that negates a group ID. Group 1 negated is -1, everyone: it cannot be reached this way.
///
/// # Errors
/// EINVAL: the ID is below 2, or no such signal. EPERM: no member may be signalled. ESRCH: no such group.
pub fn group(group: i32, signal: i32) -> Result<(), Errno> {
    if group <= 1 {
        return Err(Errno::INVAL);
    }
    checked_kill(-group, signal)
}

/// Sends to every member of the caller's own group, the caller included: kill(2) with 0.
///
/// # Errors
/// EINVAL: no such signal. EPERM: no member may be signalled.
pub fn own_group(signal: i32) -> Result<(), Errno> {
    checked_kill(0, signal)
}

/// Sends to **everyone** in the caller's PID namespace that it may signal, but process 1 and itself: kill(2)
/// with -1. As the superuser, with KILL and outside a namespace made for it, this ends the machine.
///
/// # Errors
/// EINVAL: no such signal. ESRCH: there is nobody else.
pub fn everyone(signal: i32) -> Result<(), Errno> {
    const EVERYONE: i32 = -1;
    checked_kill(EVERYONE, signal)
}

/// Sends to one thread of a process: tgkill(2).
///
/// # Errors
/// EINVAL: an ID is not positive, or no such signal. ESRCH: the process has no such thread. EPERM. EAGAIN: a
/// realtime signal, and the queue is full.
pub fn thread(process: i32, thread: i32, signal: i32) -> Result<(), Errno> {
    if process < 1 || thread < 1 {
        return Err(Errno::INVAL);
    }
    // SAFETY: tgkill(2) takes no pointers.
    unsafe { call(libc::SYS_tgkill, [int(process), int(thread), int(signal), 0, 0, 0]) }.map(drop)
}

/// Sends to the calling thread: what `raise` is on Linux.
///
/// # Errors
/// EINVAL: no such signal. EAGAIN: a realtime signal, and the queue is full.
pub fn calling_thread(signal: i32) -> Result<(), Errno> {
    let pid = rustix::process::getpid().as_raw_nonzero().get();
    thread(pid, rustix::thread::gettid().as_raw_nonzero().get(), signal)
}

/// Sends to one process with a value: `rt_sigqueueinfo`.
///
/// # Errors
/// EINVAL: the ID is not positive, or no such signal. EAGAIN: the receiver's queue is full. EPERM, ESRCH.
pub fn queue(pid: i32, info: &QueuedInfo) -> Result<(), Errno> {
    if pid < 1 {
        return Err(Errno::INVAL);
    }
    let info_at = core::ptr::from_ref(info).expose_provenance();
    let arguments = [int(pid), int(info.signal), info_at, 0, 0, 0];
    // SAFETY: the pointer is to a whole siginfo_t, which the kernel only reads, during the call.
    unsafe { call(libc::SYS_rt_sigqueueinfo, arguments) }.map(drop)
}

/// Sends to one thread with a value: `rt_tgsigqueueinfo`.
///
/// # Errors
/// As [`queue`]; ESRCH also if the process has no such thread.
pub fn queue_thread(process: i32, thread: i32, info: &QueuedInfo) -> Result<(), Errno> {
    if process < 1 || thread < 1 {
        return Err(Errno::INVAL);
    }
    let info_at = core::ptr::from_ref(info).expose_provenance();
    let arguments = [int(process), int(thread), int(info.signal), info_at, 0, 0];
    // SAFETY: the pointer is to a whole siginfo_t, which the kernel only reads, during the call.
    unsafe { call(libc::SYS_rt_tgsigqueueinfo, arguments) }.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_the_kernel_would_read_as_groups_are_refused_before_the_call() {
        for id in [0, -1, -2, i32::MIN] {
            assert_eq!(process(id, 0), Err(Errno::INVAL));
            assert_eq!(thread(id, 1, 0), Err(Errno::INVAL));
            assert_eq!(thread(1, id, 0), Err(Errno::INVAL));
            assert_eq!(queue(id, &QueuedInfo::new(0, 0)), Err(Errno::INVAL));
        }
        for id in [1, 0, -1, -2, i32::MIN] {
            assert_eq!(group(id, 0), Err(Errno::INVAL));
        }
    }

    #[test]
    fn a_failed_call_leaves_errno_alone() {
        let before = std::io::Error::last_os_error().raw_os_error();
        assert_eq!(process(i32::MAX, 0), Err(Errno::SRCH));
        assert_eq!(std::io::Error::last_os_error().raw_os_error(), before);
    }
}
