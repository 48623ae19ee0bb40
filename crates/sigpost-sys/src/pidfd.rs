//! Process handles (pidfd): open, send with a scope, information, inode.
//!
//! A handle names one process for as long as it is held: when that process is gone the handle answers ESRCH,
//! whoever has its number by then. See `pidfd_open(2)`, `pidfd_send_signal(2)`, `PIDFD_GET_INFO` in `ioctl_pidfd(2)`.

use core::num::NonZeroU64;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::OnceLock;

use rustix::io::Errno;

use crate::fork::{self, Forked};
use crate::kill::QueuedInfo;
use crate::syscall::{call, int};

/// To whom a signal goes that is sent through a handle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The process, or the thread if the handle was opened for a thread. All kernels.
    #[default]
    Handle,
    /// The thread. Linux 6.9.
    Thread,
    /// The process, also through a thread's handle. Linux 6.9.
    Process,
    /// The process group that has the handle's process as leader, in one call. Linux 6.9.
    Group,
}

impl Scope {
    const fn flags(self) -> u32 {
        match self {
            Self::Handle => 0,
            Self::Thread => libc::PIDFD_SIGNAL_THREAD,
            Self::Process => libc::PIDFD_SIGNAL_THREAD_GROUP,
            Self::Group => libc::PIDFD_SIGNAL_PROCESS_GROUP,
        }
    }
}

/// Opens a handle to a process.
///
/// # Errors
/// EINVAL: not positive, or (before Linux 6.9) a thread's ID. ESRCH: no such process. ENOENT: a thread's ID.
/// EMFILE, ENFILE, ENOMEM. ENOSYS before Linux 5.3.
pub fn open(pid: i32) -> Result<OwnedFd, Errno> {
    open_with(pid, 0)
}

/// Opens a handle to a thread. Linux 6.9.
///
/// # Errors
/// As [`open`]; EINVAL on older kernels.
pub fn open_thread(thread: i32) -> Result<OwnedFd, Errno> {
    open_with(thread, libc::PIDFD_THREAD)
}

/// Whether the kernel knows handles of threads, and with them the scopes of [`send`]: Linux 6.9.
pub fn has_scopes() -> bool {
    open_thread(rustix::thread::gettid().as_raw_nonzero().get()).is_ok()
}

fn open_with(id: i32, flags: u32) -> Result<OwnedFd, Errno> {
    // SAFETY: pidfd_open(2) takes no pointers.
    let fd = unsafe { call(libc::SYS_pidfd_open, [int(id), flags as usize, 0, 0, 0, 0]) }?;
    let fd = i32::try_from(fd).map_err(|_| Errno::BADF)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Sends a signal (0: the null signal) through a handle, which may also be an open `/proc/PID` directory.
///
/// # Errors
/// ESRCH: the process has been reaped (or leads no group). EPERM. EINVAL: no such signal, the information is
/// for another signal, or the kernel does not know the scope. EAGAIN: queue full. EBADF: not a process's handle.
pub fn send(handle: impl AsFd, signal: i32, info: Option<&QueuedInfo>, scope: Scope) -> Result<(), Errno> {
    let info_at = info.map_or(0, |info| core::ptr::from_ref(info).expose_provenance());
    let fd = int(handle.as_fd().as_raw_fd());
    let arguments = [fd, int(signal), info_at, scope.flags() as usize, 0, 0];
    // SAFETY: the pointer is null or to a whole siginfo_t, which the kernel only reads, during the call.
    unsafe { call(libc::SYS_pidfd_send_signal, arguments) }.map(drop)
}

/// Has the kernel give back the memory of a process that a signal is ending, without waiting for it to run:
/// `process_mrelease`(2). Linux 5.15.
///
/// # Errors
/// EINVAL: it is not ending. ESRCH: it has ended. EAGAIN: some memory is left. EPERM, ENOSYS.
pub fn release_memory(pidfd: BorrowedFd<'_>) -> Result<(), Errno> {
    // SAFETY: process_mrelease(2) takes no pointers.
    unsafe { call(libc::SYS_process_mrelease, [int(pidfd.as_raw_fd()), 0, 0, 0, 0, 0]) }.map(drop)
}

/// Whether the process behind a handle has ended.
///
/// # Errors
/// Those of poll(2).
pub fn has_ended(pidfd: BorrowedFd<'_>) -> Result<bool, Errno> {
    let mut polled = [rustix::event::PollFd::new(&pidfd, rustix::event::PollFlags::IN)];
    let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
    rustix::event::poll(&mut polled, Some(&now)).map(|ready| ready > 0)
}

/// What `PIDFD_GET_INFO` tells. Linux 6.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Info {
    /// The process's number in the namespace of the caller.
    pub pid: i32,
    /// Its parent's number; 0 if the parent is outside of the caller's namespace.
    pub parent: i32,
    /// Its real, effective and saved user IDs.
    pub uids: [u32; 3],
    /// The wait status it ended with; only once it has been reaped (Linux 6.15).
    pub exit_status: Option<i32>,
    /// Its cgroup's ID, if the kernel told.
    pub cgroup: Option<NonZeroU64>,
}

/// The kernel's struct, in the second of its sizes (older kernels fill less of it).
#[derive(Default)]
#[repr(C)]
struct RawInfo {
    mask: u64,
    cgroup: u64,
    pid: u32,
    process: u32,
    parent: u32,
    real_uid: u32,
    real_gid: u32,
    effective_uid: u32,
    effective_gid: u32,
    saved_uid: u32,
    saved_gid: u32,
    fs_uid: u32,
    fs_gid: u32,
    exit_status: i32,
    core: u32,
    spare: u32,
}

const INFO_PID: u64 = 1;
const INFO_CREDENTIALS: u64 = 1 << 1;
const INFO_CGROUP: u64 = 1 << 2;
const INFO_EXIT: u64 = 1 << 3;

/// Asks what the kernel knows of the process behind a handle (a pidfd, not a `/proc` directory).
///
/// # Errors
/// ESRCH: it has been reaped, and the kernel keeps no exit status. ENOTTY, EINVAL: the kernel is too old.
pub fn info(pidfd: BorrowedFd<'_>) -> Result<Info, Errno> {
    // _IOWR(0xFF, 11, 72 bytes): direction, size, type, number.
    const GET_INFO: usize = (3 << 30) | (size_of::<RawInfo>() << 16) | (0xFF << 8) | 0x0B;
    let mut raw = RawInfo { mask: INFO_PID | INFO_CREDENTIALS | INFO_CGROUP | INFO_EXIT, ..RawInfo::default() };
    let raw_at = (&raw mut raw).expose_provenance();
    let arguments = [int(pidfd.as_raw_fd()), GET_INFO, raw_at, 0, 0, 0];
    // SAFETY: the pointer is to a struct of the size that the request number says, which the kernel fills.
    unsafe { call(libc::SYS_ioctl, arguments) }?;
    let raw = core::hint::black_box(raw);
    Ok(Info {
        pid: raw.process.cast_signed(),
        parent: raw.parent.cast_signed(),
        uids: [raw.real_uid, raw.effective_uid, raw.saved_uid],
        exit_status: (raw.mask & INFO_EXIT != 0).then_some(raw.exit_status),
        cgroup: (raw.mask & INFO_CGROUP != 0).then(|| NonZeroU64::new(raw.cgroup)).flatten(),
    })
}

/// Whether [`info`] tells how a process ended that has been reaped: Linux 6.15. The kernel is asked once, by a child that
/// ends at once.
///
/// # Errors
/// Those of fork(2), waitid(2) and [`open`].
pub fn tells_ends_of_reaped() -> io::Result<bool> {
    static TELLS: OnceLock<bool> = OnceLock::new();
    if let Some(known) = TELLS.get() {
        return Ok(*known);
    }
    let child = match fork::fork()? {
        Forked::Child => fork::exit_now(0),
        Forked::Parent(child) => child,
    };
    let handle = open(child.pid())?;
    child.wait()?;
    Ok(*TELLS.get_or_init(|| info(handle.as_fd()).is_ok_and(|info| info.exit_status.is_some())))
}

/// The inode of a pidfd: an identity of the process that no other process gets until the machine restarts.
/// `None` before Linux 6.9, where all pidfds share one inode.
///
/// # Errors
/// EBADF and the like: never with a pidfd that [`open`] gave.
pub fn inode(pidfd: BorrowedFd<'_>) -> Result<Option<u64>, Errno> {
    const PIDFS_MAGIC: i64 = 0x5049_4446;
    /// Whether pidfds have a file system of their own: one answer for all of them.
    static HAVE_INODES: OnceLock<bool> = OnceLock::new();
    let have_inodes = if let Some(known) = HAVE_INODES.get() {
        *known
    } else {
        let filesystem = rustix::fs::fstatfs(pidfd)?;
        *HAVE_INODES.get_or_init(|| filesystem.f_type == PIDFS_MAGIC)
    };
    if have_inodes { Ok(Some(rustix::fs::fstat(pidfd)?.st_ino)) } else { Ok(None) }
}

/// Whether the kernel gives processes inodes: Linux 6.9.
pub fn has_inodes() -> bool {
    open(std::process::id().cast_signed()).is_ok_and(|own| inode(own.as_fd()).is_ok_and(|inode| inode.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> i32 {
        std::process::id().cast_signed()
    }

    #[test]
    fn two_handles_of_one_process_share_an_inode() {
        let (first, second) = (open(own()).unwrap(), open(own()).unwrap());
        assert_eq!(inode(first.as_fd()), inode(second.as_fd()));
    }

    #[test]
    fn the_information_names_the_process_and_its_users() {
        let handle = open(own()).unwrap();
        match info(handle.as_fd()) {
            Ok(info) => {
                assert_eq!(info.pid, own());
                assert_eq!(info.uids[0], rustix::process::getuid().as_raw());
                assert_eq!(info.exit_status, None);
            }
            Err(errno) => println!("skipped: PIDFD_GET_INFO: {errno}"),
        }
    }

    #[test]
    fn a_kernel_that_tells_how_reaped_ones_ended_tells_it_of_each() {
        let tells = tells_ends_of_reaped().unwrap();
        let child = fork::fork_run(|| 7).unwrap();
        let handle = open(child.pid()).unwrap();
        child.wait().unwrap();
        let told = info(handle.as_fd()).ok().and_then(|info| info.exit_status);
        assert_eq!(told, tells.then_some(7 << 8));
        if !tells {
            println!("skipped: before Linux 6.15 nobody tells how a process ended that has been reaped");
        }
    }

    #[test]
    fn the_null_signal_passes_through_a_handle_and_an_invalid_one_does_not() {
        let handle = open(own()).unwrap();
        assert_eq!(send(&handle, 0, None, Scope::Handle), Ok(()));
        assert_eq!(send(&handle, 65, None, Scope::Handle), Err(Errno::INVAL));
    }
}
