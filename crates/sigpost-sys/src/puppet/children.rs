//! A puppet's children: made by clone3(2), waited for by waitid(2), traced by ptrace(2); all raw.

use alloc::ffi::CString;
use core::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::Errno;

use crate::syscall::{call, int};

/// How a child is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// The caller waits until the child has ended or executed a program (`CLONE_VFORK`, with memory of its own).
    pub vfork: bool,
    /// It is process 1 of a PID namespace of its own (`CLONE_NEWPID`).
    pub namespace: bool,
    /// The process ID that it shall have; 0: any.
    pub id: i32,
}

/// The kernel's `struct clone_args`.
#[derive(Default)]
#[repr(C)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

/// Makes a child: its process ID, and 0 in the child, which has one thread and a copy of the memory.
///
/// No other thread of the caller may be in the C library's allocator: the child's copy would stay locked.
///
/// # Errors
/// EPERM: the ID or the namespace needs a privilege. EEXIST: the ID is in use. EAGAIN, ENOMEM. EINVAL.
pub fn make(kind: Kind) -> Result<i32, Errno> {
    let numbers = [kind.id];
    let mut arguments = CloneArguments { exit_signal: libc::SIGCHLD.cast_unsigned().into(), ..Default::default() };
    if kind.vfork {
        arguments.flags |= u64::from(libc::CLONE_VFORK.cast_unsigned());
    }
    if kind.namespace {
        arguments.flags |= u64::from(libc::CLONE_NEWPID.cast_unsigned());
    }
    if kind.id != 0 {
        arguments.set_tid = (&raw const numbers).expose_provenance() as u64;
        arguments.set_tid_size = 1;
    }
    let arguments_at = (&raw const arguments).expose_provenance();
    // SAFETY: the pointer is to the kernel's struct, which it only reads; without CLONE_VM and a stack the child
    // goes on here with a copy of everything, as after fork(2).
    let made = match unsafe { call(libc::SYS_clone3, [arguments_at, size_of::<CloneArguments>(), 0, 0, 0, 0]) } {
        Err(Errno::NOSYS) if kind.id == 0 => make_by_clone(arguments.flags | arguments.exit_signal),
        made => made,
    }?;
    i32::try_from(made).map_err(|_| Errno::OVERFLOW)
}

/// As clone3 where that is missing: by clone(2), and where that is too by fork(2).
fn make_by_clone(flags: u64) -> Result<usize, Errno> {
    let flags = usize::try_from(flags).map_err(|_| Errno::INVAL)?;
    // SAFETY: without CLONE_VM and a stack the child goes on here with a copy of everything, as after fork(2). The
    // pointers are null and not used without their flags, in whichever order the machine takes them.
    match unsafe { call(libc::SYS_clone, [flags, 0, 0, 0, 0, 0]) } {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: fork(2) takes no pointers.
        Err(Errno::NOSYS) if i32::try_from(flags) == Ok(libc::SIGCHLD) => unsafe { call(libc::SYS_fork, [0; 6]) },
        made => made,
    }
}

/// News of a child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The child.
    pub pid: i32,
    /// `CLD_EXITED` and so on.
    pub code: i32,
    /// The exit status, or the signal.
    pub status: i32,
}

/// Which news of a child to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Its end.
    Ends,
    /// Its end, and it stays a zombie.
    EndsKept,
    /// Stops.
    Stops,
    /// Everything.
    All,
    /// Everything, and it stays to be waited for.
    AllKept,
}

/// waitid(2): news of a child, or of any (0). `None`: there is none yet (only without `block`).
///
/// # Errors
/// ECHILD: no such child. EINTR: a handler ran.
pub fn wait(child: i32, which: Which, block: bool) -> Result<Option<News>, Errno> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let info_at = info.as_mut_ptr().expose_provenance();
    let kind = if child == 0 { libc::P_ALL } else { libc::P_PID };
    let options = libc::__WALL
        | if block { 0 } else { libc::WNOHANG }
        | match which {
            Which::Ends => libc::WEXITED,
            Which::EndsKept => libc::WEXITED | libc::WNOWAIT,
            Which::Stops => libc::WSTOPPED,
            Which::All => libc::WEXITED | libc::WSTOPPED | libc::WCONTINUED,
            Which::AllKept => libc::WEXITED | libc::WSTOPPED | libc::WCONTINUED | libc::WNOWAIT,
        };
    // SAFETY: the pointer is to room for a siginfo_t.
    unsafe { call(libc::SYS_waitid, [kind as usize, int(child), info_at, int(options), 0, 0]) }?;
    // SAFETY: zeroed, and then filled by the kernel.
    let info = unsafe { info.assume_init_ref() };
    // SAFETY: every byte is initialised.
    let pid = unsafe { info.si_pid() };
    // SAFETY: as above.
    let status = unsafe { info.si_status() };
    Ok((pid != 0).then_some(News { pid, code: info.si_code, status }))
}

/// What a tracer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trace {
    /// `PTRACE_SEIZE`.
    Seize,
    /// `PTRACE_INTERRUPT`.
    Interrupt,
    /// `PTRACE_LISTEN`.
    Listen,
    /// `PTRACE_CONT`.
    Continue,
    /// `PTRACE_DETACH`.
    Detach,
}

/// ptrace(2) on a thread, with the signal that the tracee gets where it goes on (0: none).
///
/// # Errors
/// ESRCH: not traced by the caller, or not stopped. EPERM: the caller may not trace it. EIO: no such signal.
pub fn trace(request: Trace, thread: i32, signal: i32) -> Result<(), Errno> {
    let number = match request {
        Trace::Seize => libc::PTRACE_SEIZE,
        Trace::Interrupt => libc::PTRACE_INTERRUPT,
        Trace::Listen => libc::PTRACE_LISTEN,
        Trace::Continue => libc::PTRACE_CONT,
        Trace::Detach => libc::PTRACE_DETACH,
    };
    // SAFETY: these requests read and write none of the caller's memory.
    unsafe { call(libc::SYS_ptrace, [number as usize, int(thread), 0, int(signal), 0, 0]) }.map(drop)
}

/// Executes the caller's own program anew, with these arguments and without an environment.
///
/// # Errors
/// Those of execve(2). It returns only then.
pub fn execute_self(arguments: &[CString]) -> Errno {
    let mut pointers: Vec<*const libc::c_char> = arguments.iter().map(|argument| argument.as_ptr()).collect();
    pointers.push(core::ptr::null());
    let none: [*const libc::c_char; 1] = [core::ptr::null()];
    // That of the thread: the main one may have ended.
    let mut program = c"/proc/thread-self/exe".as_ptr();
    // SAFETY: path, arguments and environment are null-terminated and live through the call.
    unsafe { libc::execve(program, pointers.as_ptr(), none.as_ptr()) };
    let errno = Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO);
    // SAFETY: it takes no pointers.
    let path = unsafe { libc::getauxval(libc::AT_EXECFN) };
    if errno != Errno::NOENT || path == 0 {
        return errno;
    }
    // Without /proc: by the path by which the program was started.
    program = core::ptr::with_exposed_provenance(usize::try_from(path).unwrap_or(0));
    // SAFETY: as above; the kernel has put this path, null-terminated, above the stack.
    unsafe { libc::execve(program, pointers.as_ptr(), none.as_ptr()) };
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// Takes a descriptor that the program was given by its number.
///
/// # Errors
/// EBADF: it is not open.
pub fn adopt(number: i32) -> Result<OwnedFd, Errno> {
    if number < 3 {
        return Err(Errno::BADF);
    }
    // SAFETY: the number is not -1, and the descriptor is only asked whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_getfd(borrowed)?;
    // SAFETY: it is open, and nothing else in a program that has just begun knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}
