//! The one door to the kernel for calls that rustix does not wrap.

use rustix::io::Errno;

/// Makes a system call and leaves the thread's `errno` as it was, so that a signal handler may call it.
///
/// # Safety
/// Pointers among the arguments must be valid for what this system call does with them.
pub(crate) unsafe fn call(number: libc::c_long, arguments: [usize; 6]) -> Result<usize, Errno> {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    // SAFETY: the C library gives every thread an `errno` that lives as long as the thread.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above; nothing else refers to it.
    let before = unsafe { *errno };
    // SAFETY: the caller vouches for the pointers among the arguments.
    let returned = unsafe { libc::syscall(number, first, second, third, fourth, fifth, sixth) };
    // SAFETY: as above.
    let after = unsafe { *errno };
    // SAFETY: as above.
    unsafe { *errno = before };
    if returned == -1 {
        return Err(Errno::from_raw_os_error(after));
    }
    usize::try_from(returned).map_err(|_| Errno::OVERFLOW)
}

/// A C `int` as a system call's argument.
pub(crate) const fn int(value: i32) -> usize {
    (value as isize).cast_unsigned()
}
