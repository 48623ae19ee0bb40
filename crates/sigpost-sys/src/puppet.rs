//! What puppets do: the calls under test, raw, with any argument; for processes inside a scenario's namespace only.
//!
//! The C library changes some of them on the way (it keeps two signals for itself, changes the users of all
//! threads at once, folds codes); here they reach the kernel as they are. The calls that send exist only behind
//! [`Inside`], the proof that the process is in a PID namespace made for it.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use rustix::io::Errno;

use crate::alone::NotAlone;
use crate::syscall::{call, int};

pub mod action;
pub mod children;
mod machine;
pub mod sharing;

/// The inode of the PID namespace in which process 1 verified itself; inherited by its children. 0: never did.
static NAMESPACE: AtomicU64 = AtomicU64::new(0);

/// The proof that the process lives in a PID namespace made for a scenario. Whatever it sends stays in there.
#[derive(Clone, Copy, Debug)]
pub struct Inside(());

/// The inode of the PID namespace that the caller is in.
///
/// # Errors
/// ENOENT and the like: no `/proc`.
pub fn namespace_inode() -> Result<u64, Errno> {
    let inode = fs::metadata("/proc/self/ns/pid").map(|file| file.ino());
    inode.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}

impl Inside {
    /// For process 1 of a new namespace, once: verifies that it is process 1, and that its namespace is not the
    /// one with this inode, from which it was made.
    ///
    /// # Errors
    /// EPERM: it is not so; nothing may be sent.
    pub fn verify(outside: u64) -> Result<Self, Errno> {
        let inode = namespace_inode()?;
        if rustix::process::getpid().as_raw_nonzero().get() != 1 || inode == outside || inode == 0 {
            return Err(Errno::PERM);
        }
        NAMESPACE.store(inode, Ordering::SeqCst);
        Ok(Self(()))
    }

    /// For process 1 without a namespace made for it: verifies that it is process 1, leads session 1, and that nobody
    /// is there but it (and threads of the kernel's own).
    ///
    /// # Errors
    /// [`NotAlone`]: nothing may be sent.
    pub fn alone() -> Result<Self, NotAlone> {
        crate::alone::check().map(|()| Self(()))
    }

    /// For process 1 that was [`alone`](Self::alone): verifies that it is so again.
    ///
    /// # Errors
    /// [`NotAlone`]: nothing may be sent any more.
    pub fn alone_again(self) -> Result<(), NotAlone> {
        crate::alone::check_again()
    }

    /// The inode of the namespace, to be passed on to a program. 0: it is a machine that is alone.
    pub fn namespace(self) -> u64 {
        NAMESPACE.load(Ordering::SeqCst)
    }

    /// For a program that a puppet has executed which was alone: `has_proof` says that it was given the memory of one
    /// that had been verified.
    ///
    /// # Errors
    /// EPERM: it was not.
    pub fn after_exec_alone(has_proof: bool) -> Result<Self, Errno> {
        if has_proof { Ok(Self(())) } else { Err(Errno::PERM) }
    }

    /// For a program that a puppet has executed, which was told the inode of its namespace: verifies that it is in
    /// that one, and that the one of `/proc` lies around it.
    ///
    /// # Errors
    /// EPERM: it is not so; nothing may be sent.
    pub fn after_exec(told: u64) -> Result<Self, Errno> {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let levels = numbers.map_or(0, |numbers| numbers.split_ascii_whitespace().count());
        if told == 0 || levels < 2 || namespace_inode()? != told {
            return Err(Errno::PERM);
        }
        NAMESPACE.store(told, Ordering::SeqCst);
        Ok(Self(()))
    }

    /// kill(2) with any ID: everyone (-1), groups, nobody.
    ///
    /// # Errors
    /// Those of kill(2).
    pub fn kill(self, id: i32, signal: i32) -> Result<(), Errno> {
        // SAFETY: kill(2) takes no pointers.
        unsafe { call(libc::SYS_kill, [int(id), int(signal), 0, 0, 0, 0]) }.map(drop)
    }

    /// tkill(2).
    ///
    /// # Errors
    /// Those of tkill(2).
    pub fn tkill(self, thread: i32, signal: i32) -> Result<(), Errno> {
        // SAFETY: tkill(2) takes no pointers.
        unsafe { call(libc::SYS_tkill, [int(thread), int(signal), 0, 0, 0, 0]) }.map(drop)
    }

    /// tgkill(2).
    ///
    /// # Errors
    /// Those of tgkill(2).
    pub fn tgkill(self, process: i32, thread: i32, signal: i32) -> Result<(), Errno> {
        // SAFETY: tgkill(2) takes no pointers.
        unsafe { call(libc::SYS_tgkill, [int(process), int(thread), int(signal), 0, 0, 0]) }.map(drop)
    }

    /// `rt_sigqueueinfo` with this code and value; the caller's process and real user ID are the sender's.
    ///
    /// # Errors
    /// Those of `rt_sigqueueinfo(2)`.
    pub fn queue(self, process: i32, signal: i32, code: i32, value: i32) -> Result<(), Errno> {
        let mut info = [0_u32; 32];
        let sender = rustix::process::getpid().as_raw_nonzero().get();
        info[0] = signal.cast_unsigned();
        info[2] = code.cast_unsigned();
        info[4] = sender.cast_unsigned();
        info[5] = rustix::process::getuid().as_raw();
        info[6] = value.cast_unsigned();
        let info_at = (&raw const info).expose_provenance();
        // SAFETY: the pointer is to 128 bytes, the size of a siginfo_t, which the kernel only reads.
        unsafe { call(libc::SYS_rt_sigqueueinfo, [int(process), int(signal), info_at, 0, 0, 0]) }.map(drop)
    }
}

/// The information that came with a signal, as the raw kernel gives it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// The signal.
    pub signal: i32,
    /// `si_code`.
    pub code: i32,
    /// `si_pid`: the sender, or the child.
    pub pid: i32,
    /// `si_uid`.
    pub uid: u32,
    /// `si_value`, or the child's status.
    pub value: i32,
}

impl Received {
    fn new(info: &libc::siginfo_t) -> Self {
        // SAFETY: every byte of the kernel's siginfo_t is initialised; without a sender these are other fields.
        let pid = unsafe { info.si_pid() };
        // SAFETY: as above.
        let uid = unsafe { info.si_uid() };
        // SAFETY: as above.
        let value = unsafe { info.si_status() };
        Self { signal: info.si_signo, code: info.si_code, pid, uid, value }
    }
}

static ON_SIGNAL: OnceLock<OnSignal> = OnceLock::new();

/// What a handler calls: what came, whether to stay inside, and what the interrupted system call is about to return
/// (on machines where the handler can tell).
pub type OnSignal = fn(Received, bool, Option<i64>);

/// What the handlers of [`action::set`] do from now on: they call this function, with true where the handler is to
/// stay inside. It may do what a signal handler may. The first call wins.
pub fn on_signal(function: OnSignal) {
    let _ = ON_SIGNAL.set(function);
}

/// `rt_sigtimedwait`: takes a signal of the set; without `wait` only one that is pending already.
///
/// # Errors
/// EAGAIN: none is pending. EINTR: a handler ran, or a stop ended the wait.
pub fn take(set: u64, wait: bool) -> Result<Received, Errno> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let no_time = [0_u64; 2];
    let (set_at, info_at) = ((&raw const set).expose_provenance(), info.as_mut_ptr().expose_provenance());
    let time_at = if wait { 0 } else { (&raw const no_time).expose_provenance() };
    // SAFETY: the pointers are to a 64-bit set, room for a siginfo_t, and a time of zero or none.
    unsafe { call(libc::SYS_rt_sigtimedwait, [set_at, info_at, time_at, size_of::<u64>(), 0, 0]) }?;
    // SAFETY: zeroed, and then filled by the kernel.
    Ok(Received::new(unsafe { info.assume_init_ref() }))
}

/// pause(2): sleeps until a handler has run.
///
/// # Errors
/// EINTR, always.
pub fn pause() -> Result<(), Errno> {
    // SAFETY: ppoll(2) with no descriptors, no time and no mask reads no memory; it sleeps and restarts as pause does.
    unsafe { call(libc::SYS_ppoll, [0, 0, 0, 0, size_of::<u64>(), 0]) }.map(drop)
}

/// setsid(2).
///
/// # Errors
/// EPERM: the caller leads a group.
pub fn setsid() -> Result<(), Errno> {
    // SAFETY: setsid(2) takes no pointers.
    unsafe { call(libc::SYS_setsid, [0; 6]) }.map(drop)
}

/// setpgid(2) with any numbers.
///
/// # Errors
/// Those of setpgid(2).
pub fn setpgid(process: i32, group: i32) -> Result<(), Errno> {
    // SAFETY: setpgid(2) takes no pointers.
    unsafe { call(libc::SYS_setpgid, [int(process), int(group), 0, 0, 0, 0]) }.map(drop)
}

/// setuid(2) of the calling thread.
///
/// # Errors
/// Those of setuid(2).
pub fn setuid(user: u32) -> Result<(), Errno> {
    // SAFETY: setuid(2) takes no pointers.
    unsafe { call(libc::SYS_setuid, [user as usize, 0, 0, 0, 0, 0]) }.map(drop)
}

/// setresuid(2) of the calling thread; `u32::MAX` leaves one as it is.
///
/// # Errors
/// Those of setresuid(2).
pub fn setresuid(real: u32, effective: u32, saved: u32) -> Result<(), Errno> {
    // SAFETY: setresuid(2) takes no pointers.
    unsafe { call(libc::SYS_setresuid, [real as usize, effective as usize, saved as usize, 0, 0, 0]) }.map(drop)
}

/// Ends the calling thread only; the last one ends the process with this status.
pub fn exit_thread(status: i32) -> ! {
    loop {
        // SAFETY: exit(2) takes no pointers. What the thread owned is never freed; its process is short-lived.
        let _ = unsafe { call(libc::SYS_exit, [int(status), 0, 0, 0, 0, 0]) };
    }
}
