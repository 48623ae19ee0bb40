//! `rt_sigaction(2)`, raw, with handlers that report; and faults, after which a handler may return.

use core::sync::atomic::{AtomicU32, Ordering};

use rustix::io::Errno;

use super::{ON_SIGNAL, Received};
use crate::syscall::{call, int};

/// What a signal does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// `SIG_DFL`.
    Default,
    /// `SIG_IGN`.
    Ignore,
    /// A handler that calls the function of [`on_signal`](super::on_signal) and returns.
    Catch,
    /// As `Catch`, with true: the function stays inside until it is told to return.
    Hold,
}

/// The kernel's struct, which the C library's is not.
#[repr(C)]
struct KernelAction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

/// `SA_SIGINFO`, and where the architecture wants it the function through which a handler returns.
#[cfg(target_arch = "x86_64")]
const ALWAYS: u64 = libc::SA_SIGINFO.cast_unsigned() as u64 | 0x0400_0000;
#[cfg(not(target_arch = "x86_64"))]
const ALWAYS: u64 = libc::SA_SIGINFO.cast_unsigned() as u64;

#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn restorer() {
    // rt_sigreturn, number 15: the kernel takes the interrupted state from the stack.
    core::arch::naked_asm!("mov eax, 15", "syscall")
}
#[cfg(not(target_arch = "x86_64"))]
extern "C" fn restorer() {}

/// Sets what a signal does to the calling process, with `SA_` flags besides `SA_SIGINFO`.
///
/// # Errors
/// EINVAL: no such signal, or KILL or STOP.
pub fn set(signal: i32, handling: Handling, flags: u64, mask: u64) -> Result<(), Errno> {
    let handler = match handling {
        Handling::Default => libc::SIG_DFL,
        Handling::Ignore => libc::SIG_IGN,
        Handling::Catch => catch as *const () as usize,
        Handling::Hold => hold as *const () as usize,
    };
    let action = KernelAction { handler, flags: flags | ALWAYS, restorer: restorer as *const () as usize, mask };
    let action_at = (&raw const action).expose_provenance();
    let arguments = [int(signal), action_at, 0, size_of::<u64>(), 0, 0];
    // SAFETY: the pointer is to the kernel's struct, which it only reads; handlers have the signature of SA_SIGINFO.
    unsafe { call(libc::SYS_rt_sigaction, arguments) }.map(drop)
}

extern "C" fn catch(_: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    step_over_fault(context);
    report(info, false, None);
}

extern "C" fn hold(_: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    step_over_fault(context);
    report(info, true, returns(context));
}

fn report(info: *const libc::siginfo_t, hold: bool, returns: Option<i64>) {
    // SAFETY: with SA_SIGINFO the kernel passes a siginfo_t that lives as long as the handler runs.
    let received = Received::new(unsafe { &*info });
    if let Some(function) = ON_SIGNAL.get() {
        function(received, hold, returns);
    }
}

/// What the interrupted system call returns, from the registers that the handler goes back to.
#[cfg(target_arch = "x86_64")]
fn returns(context: *const libc::c_void) -> Option<i64> {
    let context = context.cast::<libc::ucontext_t>();
    // SAFETY: the kernel passes a ucontext_t.
    Some(unsafe { (*context).uc_mcontext.gregs[libc::REG_RAX as usize] })
}
#[cfg(not(target_arch = "x86_64"))]
fn returns(_: *const libc::c_void) -> Option<i64> {
    None
}

/// How long the instruction is that [`fault`] is about to fail at; a handler steps over it, or it would be tried
/// again for ever.
static FAULT_LENGTH: AtomicU32 = AtomicU32::new(0);

#[cfg(target_arch = "x86_64")]
fn step_over_fault(context: *mut libc::c_void) {
    let length = FAULT_LENGTH.swap(0, Ordering::SeqCst);
    if length != 0 {
        let context = context.cast::<libc::ucontext_t>();
        // SAFETY: the kernel passes a ucontext_t, and the handler may change it.
        unsafe { (*context).uc_mcontext.gregs[libc::REG_RIP as usize] += i64::from(length) };
    }
}
#[cfg(not(target_arch = "x86_64"))]
fn step_over_fault(_: *mut libc::c_void) {}

/// Executes an instruction for which the kernel sends the caller this signal: ILL, TRAP, FPE or SEGV.
///
/// # Errors
/// ENOSYS: it knows none for this signal, or on this machine.
#[cfg(target_arch = "x86_64")]
pub fn fault(signal: i32) -> Result<(), Errno> {
    let length = match signal {
        libc::SIGILL | libc::SIGFPE => 2,
        libc::SIGSEGV => 1,
        libc::SIGTRAP => 0,
        _ => return Err(Errno::NOSYS),
    };
    FAULT_LENGTH.store(length, Ordering::SeqCst);
    match signal {
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
    FAULT_LENGTH.store(0, Ordering::SeqCst);
    Ok(())
}

/// Elsewhere none is known.
///
/// # Errors
/// ENOSYS.
#[cfg(not(target_arch = "x86_64"))]
pub fn fault(_: i32) -> Result<(), Errno> {
    FAULT_LENGTH.store(0, Ordering::SeqCst);
    Err(Errno::NOSYS)
}
