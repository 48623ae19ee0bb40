//! Any other: what is not known there is said.

use rustix::io::Errno;

/// None besides `SA_SIGINFO`.
pub(in crate::puppet) const SIGACTION_FLAGS: u64 = 0;

/// Not asked for.
pub(in crate::puppet) extern "C" fn restorer() {}

/// Not known: ENOSYS.
///
/// # Safety
/// It does nothing.
pub(in crate::puppet) unsafe fn clone(
    _: i32,
    _: usize,
    _: usize,
    _: unsafe extern "C" fn(usize) -> !,
    _: usize,
) -> i64 {
    -i64::from(Errno::NOSYS.raw_os_error())
}

/// Not known: 0.
pub(in crate::puppet) fn own_storage() -> usize {
    0
}

/// Not known.
///
/// # Safety
/// It does nothing.
pub(in crate::puppet) unsafe fn returns(_: *const libc::c_void) -> Option<i64> {
    None
}

/// Never asked: no fault is known.
///
/// # Safety
/// It does nothing.
pub(in crate::puppet) unsafe fn step_over(_: u32, _: *mut libc::c_void) {}

/// None is known.
pub(in crate::puppet) const fn fault_length(_: i32) -> Option<u32> {
    None
}

/// Never asked: no fault is known.
pub(in crate::puppet) fn fail(_: i32, _: usize) {}
