//! Dispositions, masks and the pending set, all 64 bits wide; a handler that logs what it was given to a pipe.
//!
//! For the demo, the drill's puppets and the tests: programs that play the part of a target. Sets are `u64`,
//! signal 1 in bit 0. See sigaction(2), sigprocmask(2), sigpending(2), sigtimedwait(2).

use core::cell::Cell;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicI32, Ordering};
use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::sync::{Mutex, PoisonError};

use rustix::io::Errno;

use crate::syscall::{call, int};

/// The number of the system call behind the `sigwait` family, as `/proc/PID/syscall` shows it.
pub const WAITING_CALL: i64 = libc::SYS_rt_sigtimedwait;

/// The size of the kernel's signal set, which its calls ask for.
const SET_SIZE: usize = size_of::<u64>();

/// Flags of a handler, to be joined with `|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(i32);

impl Flags {
    /// None.
    pub const NONE: Self = Self(0);
    /// `SA_RESTART`: interrupted calls start again.
    pub const RESTART: Self = Self(libc::SA_RESTART);
    /// `SA_NODEFER`: the signal is not blocked while its handler runs.
    pub const NODEFER: Self = Self(libc::SA_NODEFER);
    /// `SA_RESETHAND`: back to the default when the handler begins.
    pub const RESETHAND: Self = Self(libc::SA_RESETHAND);
    /// `SA_NOCLDSTOP`: no SIGCHLD when a child stops or continues.
    pub const NOCLDSTOP: Self = Self(libc::SA_NOCLDSTOP);
    /// `SA_NOCLDWAIT`: children leave no zombie.
    pub const NOCLDWAIT: Self = Self(libc::SA_NOCLDWAIT);
}

impl core::ops::BitOr for Flags {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a signal does to the calling process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `SIG_DFL`.
    Default,
    /// `SIG_IGN`.
    Ignore,
    /// A handler that writes one [`Record`] to the descriptor given to [`log_to`].
    Log {
        /// What is blocked besides while it runs.
        mask: u64,
        /// How it is installed (`SA_SIGINFO` is always set).
        flags: Flags,
    },
}

/// Sets what a signal does to the calling process.
///
/// # Errors
/// EINVAL: no such signal, KILL or STOP, or a signal (32, 33) that the C library keeps for itself.
pub fn set(signal: i32, action: Action) -> Result<(), Errno> {
    let (handler, mask, flags) = match action {
        Action::Default => (libc::SIG_DFL, 0, Flags::NONE),
        Action::Ignore => (libc::SIG_IGN, 0, Flags::NONE),
        Action::Log { mask, flags } => (log as *const () as usize, mask, flags),
    };
    install(signal, handler, mask, flags)
}

/// What whoever started the calling process ignores or blocks (`nohup` and shells do) is back at its default, and nothing is
/// blocked. PIPE excepted, which Rust's runtime ignores in every program.
pub fn forget_inherited() {
    for signal in (1..=64).filter(|signal| *signal != libc::SIGPIPE) {
        // KILL, STOP and the two that the C library keeps are not to be had.
        let _ = set(signal, Action::Default);
    }
    let _ = set_mask(How::Set, 0);
}

fn install(signal: i32, handler: usize, mask: u64, flags: Flags) -> Result<(), Errno> {
    // SAFETY: zeroes are a valid sigaction: default action, nothing blocked, no flags.
    let mut new: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    new.sa_sigaction = handler;
    new.sa_flags = libc::SA_SIGINFO | flags.0;
    let set = (&raw mut new.sa_mask).cast::<u64>();
    // SAFETY: the C library's set is larger than the kernel's and begins with it.
    unsafe { set.write_unaligned(mask) };
    // SAFETY: the struct lives through the call, and the handler has the signature that SA_SIGINFO asks for.
    let returned = unsafe { libc::sigaction(signal, &raw const new, ptr::null_mut()) };
    if returned == 0 { Ok(()) } else { Err(last_errno()) }
}

fn last_errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL)
}

/// What a handler was given, or what `sigtimedwait` took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The signal's number.
    pub signal: i32,
    /// Where it comes from: 0 kill, -1 sigqueue, -6 tgkill, positive the kernel.
    pub code: i32,
    /// The sender's (or the child's) process ID, where the code tells that there is one.
    pub pid: i32,
    /// The sender's real user ID.
    pub uid: u32,
    /// The value of sigqueue (or the child's status).
    pub value: i32,
    /// The thread that took it.
    pub thread: i32,
}

impl Record {
    const SIZE: usize = 24;

    fn new(info: &libc::siginfo_t) -> Self {
        // SAFETY: every byte of the kernel's siginfo_t is initialised; without a sender these are other fields.
        let pid = unsafe { info.si_pid() };
        // SAFETY: as above.
        let uid = unsafe { info.si_uid() };
        // SAFETY: as above.
        let value = unsafe { info.si_status() };
        let thread = rustix::thread::gettid().as_raw_nonzero().get();
        Self { signal: info.si_signo, code: info.si_code, pid, uid, value, thread }
    }

    fn to_bytes(self) -> [u8; Self::SIZE] {
        let fields = [self.signal, self.code, self.pid, self.uid.cast_signed(), self.value, self.thread];
        let mut bytes = [0; Self::SIZE];
        for (place, field) in bytes.chunks_exact_mut(4).zip(fields) {
            place.copy_from_slice(&field.to_ne_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let mut fields = [0; 6];
        for (field, place) in fields.iter_mut().zip(bytes.chunks_exact(4)) {
            *field = i32::from_ne_bytes([place[0], place[1], place[2], place[3]]);
        }
        let [signal, code, pid, uid, value, thread] = fields;
        Self { signal, code, pid, uid: uid.cast_unsigned(), value, thread }
    }

    /// Reads the next record from the other end of the pipe; `None` at its end.
    ///
    /// # Errors
    /// Those of read(2).
    pub fn read(log: BorrowedFd<'_>) -> io::Result<Option<Self>> {
        let mut bytes = [0; Self::SIZE];
        loop {
            match rustix::io::read(log, &mut bytes) {
                Ok(Self::SIZE) => return Ok(Some(Self::from_bytes(bytes))),
                Ok(0) => return Ok(None),
                Ok(_) => return Err(io::ErrorKind::InvalidData.into()),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
}

static LOG: AtomicI32 = AtomicI32::new(-1);

/// Where [`Action::Log`] writes from now on. The descriptor stays open for good.
///
/// A record is written whole (it is shorter than `PIPE_BUF`). When the pipe is full the handler waits for the
/// reader.
pub fn log_to(descriptor: OwnedFd) {
    LOG.store(descriptor.into_raw_fd(), Ordering::SeqCst);
}

extern "C" fn log(_: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let descriptor = LOG.load(Ordering::SeqCst);
    // SAFETY: with SA_SIGINFO the kernel passes a siginfo_t that lives as long as the handler runs.
    let info = unsafe { &*info };
    if descriptor < 0 {
        return;
    }
    // SAFETY: `log_to` gave the descriptor away for good, so it is open.
    let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
    // There is nobody to tell of an error, and rustix leaves the thread's errno alone.
    let _ = rustix::io::write(descriptor, &Record::new(info).to_bytes());
}

/// How [`set_mask`] changes the mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Adds to it.
    Block,
    /// Takes from it.
    Unblock,
    /// Replaces it.
    Set,
}

/// Changes the calling thread's mask and returns what it was. KILL and STOP are left out by the kernel.
///
/// # Errors
/// None with these arguments.
pub fn set_mask(how: How, set: u64) -> Result<u64, Errno> {
    let how = match how {
        How::Block => libc::SIG_BLOCK,
        How::Unblock => libc::SIG_UNBLOCK,
        How::Set => libc::SIG_SETMASK,
    };
    let mut old = 0_u64;
    let (new_at, old_at) = ((&raw const set).expose_provenance(), (&raw mut old).expose_provenance());
    // SAFETY: both pointers are to 64-bit sets, the second writable, that live through the call.
    unsafe { call(libc::SYS_rt_sigprocmask, [int(how), new_at, old_at, SET_SIZE, 0, 0]) }?;
    Ok(old)
}

/// The signals that are blocked and pending for the calling thread.
///
/// # Errors
/// None with these arguments.
pub fn pending() -> Result<u64, Errno> {
    let mut set = 0_u64;
    let set_at = (&raw mut set).expose_provenance();
    // SAFETY: the pointer is to a writable 64-bit set that lives through the call.
    unsafe { call(libc::SYS_rt_sigpending, [set_at, SET_SIZE, 0, 0, 0, 0]) }?;
    Ok(set)
}

/// A descriptor that is readable while a signal of the set is pending (`signalfd`). They must be blocked, and stay
/// pending for as long as nobody reads it.
///
/// # Errors
/// EMFILE, ENFILE, ENOMEM.
pub fn descriptor(set: u64) -> Result<OwnedFd, Errno> {
    let set_at = (&raw const set).expose_provenance();
    let arguments = [int(-1), set_at, SET_SIZE, usize::try_from(libc::SFD_CLOEXEC).unwrap_or(0), 0, 0];
    // SAFETY: the pointer is to a 64-bit set that lives through the call.
    let fd = unsafe { call(libc::SYS_signalfd4, arguments) }?;
    let fd = i32::try_from(fd).map_err(|_| Errno::BADF)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Waits until a signal of the set comes, and takes it: `sigwaitinfo`.
///
/// # Errors
/// EINTR: a handler for another signal ran, or the thread was stopped and continued.
pub fn wait_for(set: u64) -> Result<Record, Errno> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let (set_at, info_at) = ((&raw const set).expose_provenance(), info.as_mut_ptr().expose_provenance());
    // SAFETY: the pointers are to a 64-bit set and to room for a siginfo_t; without a timeout it waits.
    unsafe { call(libc::SYS_rt_sigtimedwait, [set_at, info_at, 0, SET_SIZE, 0, 0]) }?;
    // SAFETY: zeroed, and then filled by the kernel.
    Ok(Record::new(unsafe { info.assume_init_ref() }))
}

/// Sleeps until a handler has run, with this mask meanwhile: `sigsuspend`.
///
/// # Errors
/// EINTR, always: that is how it ends.
pub fn suspend(mask: u64) -> Result<(), Errno> {
    let mask_at = (&raw const mask).expose_provenance();
    // SAFETY: the pointer is to a 64-bit set that lives through the call.
    unsafe { call(libc::SYS_rt_sigsuspend, [mask_at, SET_SIZE, 0, 0, 0, 0]) }.map(drop)
}

thread_local! {
    static IN_HANDLER: Cell<Option<*mut (dyn FnMut() + 'static)>> = const { Cell::new(None) };
}

extern "C" fn run_closure(_: i32, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    let Some(closure) = IN_HANDLER.take() else { return };
    // SAFETY: `run_in_handler` put it there for this thread, and does not return before it has been taken.
    let closure = unsafe { &mut *closure };
    closure();
}

/// Held by the thread whose closure a handler is to run: the action is its process's, and who is done sets it back.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs the closure inside a handler for the signal, on the calling thread, before it returns. The signal's
/// action is the default one afterwards.
///
/// The handler interrupts nothing but this very call, so the closure may do whatever other code may, but call this
/// function. Other threads that call it meanwhile wait.
///
/// # Errors
/// EINVAL: the signal cannot be caught. EAGAIN: it is blocked, or another thread took it: the closure did not run.
pub fn run_in_handler(signal: i32, closure: &mut dyn FnMut()) -> Result<(), Errno> {
    let _mine = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    install(signal, run_closure as *const () as usize, 0, Flags::NONE)?;
    let pointer: *mut (dyn FnMut() + '_) = closure;
    #[expect(clippy::transmute_ptr_to_ptr, reason = "a cast cannot change the lifetime")]
    // SAFETY: only the lifetime changes; the pointer is taken back below, before the closure can go away.
    let pointer: *mut (dyn FnMut() + 'static) = unsafe { core::mem::transmute(pointer) };
    IN_HANDLER.set(Some(pointer));
    let sent = crate::kill::calling_thread(signal);
    let left = IN_HANDLER.take();
    install(signal, libc::SIG_DFL, 0, Flags::NONE)?;
    sent?;
    if left.is_some() { Err(Errno::AGAIN) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_the_pipe() {
        let record = Record { signal: 10, code: -1, pid: 5, uid: u32::MAX, value: -7, thread: 9 };
        assert_eq!(Record::from_bytes(record.to_bytes()), record);
    }

    #[test]
    fn the_closure_runs_in_the_handler_before_the_call_returns() {
        let mut runs = 0;
        run_in_handler(libc::SIGURG, &mut || runs += 1).unwrap();
        assert_eq!(runs, 1);
    }

    /// The action is the process's: who is done first takes it from the others.
    #[test]
    fn threads_that_run_closures_in_handlers_do_not_take_them_from_each_other() {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        run_in_handler(libc::SIGURG, &mut || ()).unwrap();
                    }
                });
            }
        });
    }

    #[test]
    fn a_blocked_signal_is_pending_and_can_be_waited_for() {
        let bit = 1 << (libc::SIGWINCH - 1);
        let before = set_mask(How::Block, bit).unwrap();
        crate::kill::calling_thread(libc::SIGWINCH).unwrap();
        assert_eq!(pending().unwrap() & bit, bit);
        let descriptor = descriptor(bit).unwrap();
        let mut polled = [rustix::event::PollFd::new(&descriptor, rustix::event::PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        assert_eq!(rustix::event::poll(&mut polled, Some(&now)), Ok(1));
        assert_eq!(wait_for(bit).unwrap().signal, libc::SIGWINCH);
        assert_eq!(pending().unwrap() & bit, 0);
        set_mask(How::Set, before).unwrap();
    }

    #[test]
    fn kill_and_stop_take_no_action_and_no_mask() {
        assert_eq!(set(libc::SIGKILL, Action::Ignore), Err(Errno::INVAL));
        let before = set_mask(How::Block, u64::MAX).unwrap();
        let now = set_mask(How::Set, before).unwrap();
        assert_eq!(now & (1 << (libc::SIGKILL - 1) | 1 << (libc::SIGSTOP - 1)), 0);
    }
}
