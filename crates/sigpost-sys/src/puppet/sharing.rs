//! Whoever shares a puppet's memory beside its ordinary threads: a process that shares its dispositions, and a thread
//! that keeps another asleep. Made by clone(2), raw: no C library makes them.
//!
//! Such a child needs a stack, and a thread-local storage if it is to use the C library. The latter is that of a thread
//! which the C library made for this, and which has ended the raw way, so that nothing of it was freed.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use alloc::sync::Arc;
use rustix::io::Errno;

use super::{action, machine};
use crate::shared::sleep_on;
use crate::sigaction::{How, set_mask};
use crate::syscall::call;

/// What all of them share with the caller.
const MEMORY_AND_HANDLERS: i32 = libc::CLONE_VM | libc::CLONE_SIGHAND;
/// What a thread shares besides.
const THREAD: i32 = MEMORY_AND_HANDLERS | libc::CLONE_THREAD | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SYSVSEM;
/// Whoever serves orders on it nests handlers.
const STACK: usize = 256 * 1024;

type Entry = Box<dyn FnOnce()>;

/// Makes a child process that shares the caller's memory and dispositions (`CLONE_SIGHAND`); the rest, such as
/// descriptors, mask and pending signals, is its own as after fork(2). It runs the closure and exits.
///
/// The C library is made to make a thread, with all that this changes: see [`action::preserving`].
///
/// # Errors
/// ENOSYS: not known how on this machine. EAGAIN, ENOMEM.
pub fn make_process(closure: impl FnOnce() + 'static) -> Result<i32, Errno> {
    // The thread that lends its storage inherits this: it takes nothing.
    let mask = set_mask(How::Set, u64::MAX)?;
    let storage = action::preserving([32, 33], local_storage).and_then(core::convert::identity);
    set_mask(How::Set, mask)?;
    make(MEMORY_AND_HANDLERS | libc::CLONE_SETTLS | libc::SIGCHLD, storage?, Box::new(closure))
}

/// Puts the caller to sleep, so that only its end wakes it: the kernel has it wait, as the parent of a vfork, for a
/// thread that it makes, which blocks everything and ends with the process. `begun` is told that thread's ID once it
/// does so. It returns only if it fails.
///
/// # Errors
/// ENOSYS: not known how on this machine. EAGAIN, ENOMEM.
pub fn sleep_killably(begun: impl FnOnce(i32) + 'static) -> Result<(), Errno> {
    let entry = move || {
        if set_mask(How::Set, u64::MAX).is_err() {
            return;
        }
        begun(rustix::thread::gettid().as_raw_nonzero().get());
        loop {
            let _ = super::pause();
        }
    };
    // Who sleeps uses its thread-local storage no more, and the thread may.
    make(THREAD | libc::CLONE_VFORK, 0, Box::new(entry)).map(drop)
}

/// Makes a child that runs the entry on a stack of its own.
fn make(flags: i32, storage: usize, entry: Entry) -> Result<i32, Errno> {
    let stack = stack()?;
    let entry = Box::into_raw(Box::new(entry));
    match clone(flags, stack, storage, entry) {
        Ok(child) => Ok(child),
        Err(errno) => {
            // SAFETY: it comes from `into_raw`, and no child was made that would take it.
            drop(unsafe { Box::from_raw(entry) });
            Err(errno)
        }
    }
}

/// The upper end of a new stack. It is never unmapped: nobody sees when its child is done with it.
fn stack() -> Result<usize, Errno> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_STACK;
    // SAFETY: a new mapping at a place that the kernel chooses touches nothing that is there.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), STACK, access, kind, -1, 0) };
    if start == libc::MAP_FAILED { Err(Errno::NOMEM) } else { Ok(start.expose_provenance() + STACK) }
}

/// Where a child begins.
///
/// # Safety
/// The address is one of `into_raw`, and nobody else takes it.
unsafe extern "C" fn enter(entry: usize) -> ! {
    // SAFETY: the caller vouches for it.
    let entry: Box<Entry> = unsafe { Box::from_raw(core::ptr::with_exposed_provenance_mut(entry)) };
    entry();
    crate::fork::exit_now(1)
}

/// clone(2) onto a stack: the child's number.
fn clone(flags: i32, stack: usize, storage: usize, entry: *mut Entry) -> Result<i32, Errno> {
    // SAFETY: `enter` never returns, and it alone takes the entry.
    let returned = unsafe { machine::clone(flags, stack, storage, enter, entry.expose_provenance()) };
    match i32::try_from(returned) {
        Ok(errno) if errno < 0 => Err(Errno::from_raw_os_error(-errno)),
        Ok(child) => Ok(child),
        Err(_) => Err(Errno::OVERFLOW),
    }
}

/// The address of a thread-local storage that nobody uses.
fn local_storage() -> Result<usize, Errno> {
    /// What the thread tells before it ends; the kernel clears the second word when it has.
    #[derive(Default)]
    struct Told {
        storage: AtomicUsize,
        is_there: AtomicU32,
    }
    let told = Arc::new(Told::default());
    told.is_there.store(1, Ordering::SeqCst);
    let tells = Arc::clone(&told);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(move || {
        tells.storage.store(machine::own_storage(), Ordering::SeqCst);
        let word = (&raw const tells.is_there).expose_provenance();
        // SAFETY: the word is never freed: the thread, which holds it, ends without letting go of it.
        let told = unsafe { call(libc::SYS_set_tid_address, [word, 0, 0, 0, 0, 0]) };
        if told.is_err() {
            tells.storage.store(0, Ordering::SeqCst);
            tells.is_there.store(0, Ordering::SeqCst);
            crate::shared::wake(&tells.is_there);
        }
        super::exit_thread(0);
    });
    thread.map_err(|_| Errno::AGAIN)?;
    while told.is_there.load(Ordering::SeqCst) != 0 {
        let _ = sleep_on(&told.is_there, 1);
    }
    match told.storage.load(Ordering::SeqCst) {
        0 => Err(Errno::NOSYS),
        storage => Ok(storage),
    }
}
