//! aarch64: every instruction has four bytes, and none of whole numbers faults by FPE.

use crate::syscall::int;

/// None besides `SA_SIGINFO`: the kernel brings a way for handlers to return.
pub(in crate::puppet) const SIGACTION_FLAGS: u64 = 0;

/// Not asked for.
pub(in crate::puppet) extern "C" fn restorer() {}

/// clone(2) onto a stack: the child's number, or a negative error number.
///
/// # Safety
/// The child, which shares the caller's memory, calls the function with the argument; the function never returns, and
/// may be called so.
pub(in crate::puppet) unsafe fn clone(
    flags: i32,
    stack: usize,
    storage: usize,
    function: unsafe extern "C" fn(usize) -> !,
    argument: usize,
) -> i64 {
    let mut returned = int(flags).cast_signed() as i64;
    // SAFETY: the caller goes on behind the block as after any system call. The child has the registers of the caller
    // and a stack of its own, aligned as a call wants it, and never leaves the function that it calls.
    unsafe {
        core::arch::asm!(
            "svc 0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, {argument}",
            "blr {function}",
            "brk 1",
            "2:",
            argument = in(reg) argument,
            function = in(reg) function,
            inlateout("x0") returned,
            in("x1") stack,
            in("x2") 0,
            in("x3") storage,
            in("x4") 0,
            in("x8") libc::SYS_clone,
        );
    }
    returned
}

/// The address of the caller's thread-local storage.
pub(in crate::puppet) fn own_storage() -> usize {
    let own;
    // SAFETY: user mode may read the register.
    unsafe { core::arch::asm!("mrs {}, tpidr_el0", out(reg) own, options(nomem, nostack, pure)) };
    own
}

/// What the interrupted system call returns, from the registers that the handler goes back to.
///
/// # Safety
/// The kernel passed the handler this `ucontext_t`.
#[expect(clippy::unnecessary_wraps, reason = "on other machines it is not known")]
pub(in crate::puppet) unsafe fn returns(context: *const libc::c_void) -> Option<i64> {
    let context = context.cast::<libc::ucontext_t>();
    // SAFETY: the caller vouches for it.
    Some(unsafe { (*context).uc_mcontext.regs[0] }.cast_signed())
}

/// Has the handler go back to so many bytes further on.
///
/// # Safety
/// As [`returns`]; whole instructions are skipped.
pub(in crate::puppet) unsafe fn step_over(length: u32, context: *mut libc::c_void) {
    let context = context.cast::<libc::ucontext_t>();
    // SAFETY: the caller vouches for it, and the handler may change it.
    unsafe { (*context).uc_mcontext.pc += u64::from(length) };
}

/// How much a handler has to step over, of the instruction by which [`fail`] causes the signal; `None`: it knows none.
pub(in crate::puppet) const fn fault_length(signal: i32) -> Option<u32> {
    match signal {
        libc::SIGILL | libc::SIGBUS | libc::SIGSEGV | libc::SIGTRAP => Some(4),
        _ => None,
    }
}

/// Executes an instruction that fails by this signal, of those that are known; BUS by reading the page, which has no
/// memory.
pub(in crate::puppet) fn fail(signal: i32, page: usize) {
    match signal {
        // SAFETY: an undefined instruction; the handler goes on behind it.
        libc::SIGILL => unsafe { core::arch::asm!("udf #0") },
        // SAFETY: a breakpoint; the handler goes on behind it.
        libc::SIGTRAP => unsafe { core::arch::asm!("brk #0") },
        // SAFETY: a read of a page that has no memory, or of address 0, where nothing is; the register that it could
        // change is told.
        _ => unsafe { core::arch::asm!("ldrb {0:w}, [{0}]", inout(reg) page => _) },
    }
}
