//! Cancelling a thread (`pthread_cancel`), for tests of what must be safe under cancellation.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io;

unsafe extern "C-unwind" {
    fn pthread_testcancel();
}

unsafe extern "C" {
    fn pthread_cancel(thread: libc::pthread_t) -> i32;
}

/// What the thread runs, and how often it has.
struct Loop {
    body: fn(),
    rounds: AtomicU32,
}

/// Runs `body` again and again on a thread of its own, cancels that thread once `body` has run so many times, and
/// waits for its end. How often `body` ran.
///
/// # Errors
/// Those of `pthread_create`; `Other` if the thread ended in another way than by cancellation.
pub fn cancel_in_loop(body: fn(), rounds: u32) -> io::Result<u32> {
    let shared = Loop { body, rounds: AtomicU32::new(0) };
    let argument = ptr::from_ref(&shared).cast_mut().cast::<c_void>();
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the function's last act is a cancellation, which it may be unwound for; `shared` outlives the thread,
    // which is waited for below.
    let created = unsafe { libc::pthread_create(thread.as_mut_ptr(), ptr::null(), entry(), argument) };
    if created != 0 {
        return Err(io::Error::from_raw_os_error(created));
    }
    // SAFETY: pthread_create has succeeded, and so filled it.
    let thread = unsafe { thread.assume_init() };
    while shared.rounds.load(Ordering::SeqCst) < rounds {
        rustix::thread::sched_yield();
    }
    // SAFETY: the thread has not been joined.
    unsafe { pthread_cancel(thread) };
    let mut result = ptr::null_mut();
    // SAFETY: the thread has not been joined or detached.
    unsafe { libc::pthread_join(thread, &raw mut result) };
    let cancelled = result.addr() == usize::MAX;
    let ran = shared.rounds.load(Ordering::SeqCst);
    if cancelled { Ok(ran) } else { Err(io::Error::other("the thread was not cancelled")) }
}

/// The thread's function with the type that the C library asks for, which does not speak of unwinding.
fn entry() -> extern "C" fn(*mut c_void) -> *mut c_void {
    let unwinding: extern "C-unwind" fn(*mut c_void) -> *mut c_void = run;
    // SAFETY: the two differ in whether an unwinding may leave the function. The C library's does, by design.
    unsafe { core::mem::transmute(unwinding) }
}

/// No frame here holds anything that would have to be dropped when the thread is unwound.
extern "C-unwind" fn run(argument: *mut c_void) -> *mut c_void {
    let shared = argument.cast::<Loop>();
    // SAFETY: `cancel_in_loop` waits for this thread before its `Loop` goes away.
    let shared = unsafe { &*shared };
    loop {
        (shared.body)();
        shared.rounds.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the frame owns nothing.
        unsafe { pthread_testcancel() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_in_a_loop_is_cancelled() {
        assert!(cancel_in_loop(|| (), 10).unwrap() >= 10);
    }
}
