//! x86-64.

use crate::syscall::int;

/// Besides `SA_SIGINFO`: `SA_RESTORER`, without which no handler returns.
pub(in crate::puppet) const SIGACTION_FLAGS: u64 = 0x0400_0000;

/// The function through which a handler returns.
#[unsafe(naked)]
pub(in crate::puppet) extern "C" fn restorer() {
    // rt_sigreturn, number 15: the kernel takes the interrupted state from the stack.
    core::arch::naked_asm!("mov eax, 15", "syscall")
}

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
    let mut returned = libc::SYS_clone;
    // SAFETY: the caller goes on behind the block as after any system call. The child has the registers of the caller
    // and a stack of its own, aligned as a call wants it, and never leaves the function that it calls.
    unsafe {
        core::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, {argument}",
            "call {function}",
            "ud2",
            "2:",
            argument = in(reg) argument,
            function = in(reg) function,
            inlateout("rax") returned,
            in("rdi") int(flags),
            in("rsi") stack,
            in("rdx") 0,
            in("r10") 0,
            in("r8") storage,
            out("rcx") _,
            out("r11") _,
        );
    }
    returned
}

/// The address of the caller's thread-local storage.
pub(in crate::puppet) fn own_storage() -> usize {
    let own;
    // SAFETY: the first word of the storage is its address: the psABI's.
    unsafe { core::arch::asm!("mov {}, fs:0", out(reg) own, options(nostack, pure, readonly)) };
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
    Some(unsafe { (*context).uc_mcontext.gregs[libc::REG_RAX as usize] })
}

/// Has the handler go back to so many bytes further on.
///
/// # Safety
/// As [`returns`]; whole instructions are skipped.
pub(in crate::puppet) unsafe fn step_over(length: u32, context: *mut libc::c_void) {
    let context = context.cast::<libc::ucontext_t>();
    // SAFETY: the caller vouches for it, and the handler may change it.
    unsafe { (*context).uc_mcontext.gregs[libc::REG_RIP as usize] += i64::from(length) };
}

/// How much a handler has to step over, of the instruction by which [`fail`] causes the signal; `None`: it knows none.
pub(in crate::puppet) const fn fault_length(signal: i32) -> Option<u32> {
    match signal {
        libc::SIGILL | libc::SIGFPE | libc::SIGBUS => Some(2),
        libc::SIGSEGV => Some(1),
        // The kernel goes on behind it by itself.
        libc::SIGTRAP => Some(0),
        _ => None,
    }
}

/// Executes an instruction that fails by this signal, of those that are known; BUS by reading the page, which has no
/// memory.
pub(in crate::puppet) fn fail(signal: i32, page: usize) {
    match signal {
        // SAFETY: a read of a page that has no memory, two bytes; the register that it could change is told.
        libc::SIGBUS => unsafe { core::arch::asm!("mov al, byte ptr [rax]", inout("rax") page => _) },
        // SAFETY: an undefined instruction, two bytes; the handler goes on behind it.
        libc::SIGILL => unsafe { core::arch::asm!("ud2") },
        // SAFETY: division by zero, two bytes, all registers that it could change are told.
        libc::SIGFPE => unsafe {
            core::arch::asm!("idiv ecx", in("ecx") 0, inout("eax") 1 => _, inout("edx") 0 => _);
        },
        // SAFETY: an instruction that user mode may not use, one byte.
        libc::SIGSEGV => unsafe { core::arch::asm!("hlt") },
        // SAFETY: a breakpoint; the kernel goes on behind it by itself.
        _ => unsafe { core::arch::asm!("int3") },
    }
}
