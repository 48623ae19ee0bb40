//! `rt_sigaction(2)`, raw, with handlers that report; and faults, after which a handler may return.

use core::cell::Cell;
use std::os::fd::AsRawFd;

use rustix::io::Errno;

use super::{ON_SIGNAL, Received, machine};
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

/// Runs the closure, and puts back what these signals did before: the C library takes some of them for itself.
///
/// # Errors
/// EINVAL: no such signal.
pub fn preserving<T>(signals: [i32; 2], closure: impl FnOnce() -> T) -> Result<T, Errno> {
    let before = [get(signals[0])?, get(signals[1])?];
    let result = closure();
    for (signal, action) in signals.into_iter().zip(before) {
        install(signal, &action)?;
    }
    Ok(result)
}

fn get(signal: i32) -> Result<KernelAction, Errno> {
    let mut action = KernelAction { handler: 0, flags: 0, restorer: 0, mask: 0 };
    let action_at = (&raw mut action).expose_provenance();
    // SAFETY: the pointer is to the kernel's struct, which it fills.
    unsafe { call(libc::SYS_rt_sigaction, [int(signal), 0, action_at, size_of::<u64>(), 0, 0]) }?;
    Ok(core::hint::black_box(action))
}

/// Which signals the calling process ignores, and which it catches, asked one by one.
///
/// # Errors
/// None but ENOSYS.
pub fn dispositions() -> Result<[u64; 2], Errno> {
    let (mut ignored, mut caught) = (0, 0);
    for signal in 1..=64 {
        let bit = 1 << (signal - 1);
        match get(signal)?.handler {
            libc::SIG_DFL => {}
            libc::SIG_IGN => ignored |= bit,
            _ => caught |= bit,
        }
    }
    Ok([ignored, caught])
}

fn install(signal: i32, action: &KernelAction) -> Result<(), Errno> {
    let action_at = core::ptr::from_ref(action).expose_provenance();
    let arguments = [int(signal), action_at, 0, size_of::<u64>(), 0, 0];
    // SAFETY: the pointer is to the kernel's struct, which it only reads; handlers have the signature of SA_SIGINFO,
    // or were there before.
    unsafe { call(libc::SYS_rt_sigaction, arguments) }.map(drop)
}

/// The kernel's struct, which the C library's is not.
#[repr(C)]
struct KernelAction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

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
    let flags = flags | u64::from(libc::SA_SIGINFO.cast_unsigned()) | machine::SIGACTION_FLAGS;
    let restorer = machine::restorer as *const () as usize;
    let action = KernelAction { handler, flags, restorer, mask };
    install(signal, &action)
}

extern "C" fn catch(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    step_over_fault(signal, context);
    report(info, false, None);
}

extern "C" fn hold(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    step_over_fault(signal, context);
    // SAFETY: the kernel passes a ucontext_t.
    report(info, true, unsafe { machine::returns(context) });
}

fn report(info: *const libc::siginfo_t, hold: bool, returns: Option<i64>) {
    // SAFETY: with SA_SIGINFO the kernel passes a siginfo_t that lives as long as the handler runs.
    let received = Received::new(unsafe { &*info });
    if let Some(function) = ON_SIGNAL.get() {
        function(received, hold, returns);
    }
}

thread_local! {
    /// How long the instruction is that [`fault`] is about to fail at; the handler of its signal steps over it, or it
    /// would be tried again for ever. Each thread's own: who ends by a fault may have shared its memory with others.
    /// Plain memory without a destructor: handlers may read it.
    static FAULT_LENGTH: Cell<u32> = const { Cell::new(0) };
    /// The signal that it causes.
    static FAULT_SIGNAL: Cell<i32> = const { Cell::new(0) };
}

fn step_over_fault(signal: i32, context: *mut libc::c_void) {
    if FAULT_SIGNAL.get() == signal {
        // SAFETY: the kernel passes a ucontext_t. What is skipped is the instruction that failed, once.
        unsafe { machine::step_over(FAULT_LENGTH.replace(0), context) };
    }
}

/// Whether [`fault`] knows an instruction for this signal.
pub const fn can_fault(signal: i32) -> bool {
    machine::fault_length(signal).is_some()
}

/// A page that is mapped, but lies behind the end of its file: whoever reads it gets BUS.
fn page_without_memory() -> Result<usize, Errno> {
    let file = rustix::fs::memfd_create("nothing", rustix::fs::MemfdFlags::CLOEXEC)?;
    // SAFETY: a new mapping at a place that the kernel chooses touches nothing that is there. It is never unmapped.
    let page =
        unsafe { libc::mmap(core::ptr::null_mut(), 4096, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    if page == libc::MAP_FAILED { Err(Errno::NOMEM) } else { Ok(page.expose_provenance()) }
}

/// Executes an instruction for which the kernel sends the caller this signal: ILL, TRAP, FPE, SEGV or BUS.
///
/// # Errors
/// ENOSYS: it knows none for this signal, or on this machine.
pub fn fault(signal: i32) -> Result<(), Errno> {
    let length = machine::fault_length(signal).ok_or(Errno::NOSYS)?;
    let page = if signal == libc::SIGBUS { page_without_memory()? } else { 0 };
    FAULT_SIGNAL.set(signal);
    FAULT_LENGTH.set(length);
    machine::fail(signal, page);
    FAULT_LENGTH.set(0);
    Ok(())
}
