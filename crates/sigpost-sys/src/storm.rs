//! Hopping: a process forks and is gone, its child does the same, and so on: the lightest process that forks.
//!
//! What such a process costs is its address space. A child of fork(2) copies its parent's page tables, and a storm of
//! those is as fast as the machine has time for copying. The children here share the memory of the first hopper
//! (`CLONE_VM` without `CLONE_THREAD`): each is a process of its own, with its own number, in its parent's group and
//! cgroup, and nothing is copied. They also share its stack, so they may not have one: a hop is a few instructions
//! that keep everything in registers.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::namespace;

/// What bounds a hopper, and where it counts. The words are shared with whoever watches the storm.
#[derive(Clone, Copy, Debug)]
pub struct Hops<'a> {
    /// Counts the forks of all hoppers.
    pub forks: &'a AtomicU32,
    /// A hopper that finds so many forks counted ends.
    pub most: u32,
    /// A hopper that finds this word set ends.
    pub stop: &'a AtomicU32,
    /// When this hopper forked last: seconds and nanoseconds of [`since_boot`], 64 bits each, as four words.
    pub last: &'a [AtomicU32; 4],
    /// A hopper that finds this many seconds (of [`since_boot`]) gone by ends.
    pub until: u64,
}

/// The time that hoppers tell.
pub fn since_boot() -> Duration {
    let now = clock_gettime(ClockId::Monotonic);
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default())
}

/// The time in the words of [`Hops::last`]; zero if that hopper has not forked.
pub fn time_in(last: &[AtomicU32; 4]) -> Duration {
    let word = |place: usize| u64::from(last[place].load(Ordering::Relaxed));
    let (low, high) = if cfg!(target_endian = "little") { (0, 1) } else { (1, 0) };
    let nanos = u32::try_from(word(2 + low) | word(2 + high) << 32).unwrap_or_default();
    Duration::new(word(low) | word(high) << 32, nanos)
}

/// Hops until a bound is reached; a fork that fails is tried again. For a forked child whose SIGCHLD is ignored, so that
/// who has hopped is gone.
///
/// # Panics
/// Outside of a PID namespace that [`namespace`] made: nothing that forks so fast is let loose there.
pub fn hop(hops: &Hops<'_>) -> ! {
    namespace::assert_inside();
    hop_on(hops)
}

/// The flags of clone(2): the memory is shared, and the parent is told of the end by SIGCHLD, which it ignores: a child
/// with another signal, or none, would stay a zombie.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
const FLAGS: usize = libc::CLONE_VM as usize | libc::SIGCHLD as usize;

#[cfg(target_arch = "x86_64")]
fn hop_on(hops: &Hops<'_>) -> ! {
    // SAFETY: from the first instruction on neither the stack nor any memory but the words of `hops` is written, and
    // those outlive every hopper: they are borrowed, and nobody comes back from here to end the loan. The children run
    // the same instructions on the same (unused) stack pointer, so it does not matter that they share it. The registers
    // that hold the arguments are not among those that `syscall` changes (rax, rcx, r11). clock_gettime writes 16
    // bytes, the size of `last`. No signal has a handler that would need the stack: a forked child's are taken away
    // by `assert_inside`'s namespace, which sets all back to their default.
    unsafe {
        core::arch::asm!(
            "2:",
            "mov eax, 1",
            "lock xadd dword ptr [r12], eax", // one more fork, if it is allowed
            "cmp eax, r13d",
            "jae 3f",
            "cmp dword ptr [r14], 0",
            "jne 3f",
            "mov eax, {clock_gettime}",
            "mov edi, {monotonic}",
            "mov rsi, r15",
            "syscall",
            "cmp qword ptr [r15], r8",
            "jae 3f",
            "mov eax, {clone}",
            "mov edi, {flags}",
            "xor esi, esi",
            "xor edx, edx",
            "xor r10d, r10d",
            "syscall",
            "test eax, eax",
            "jle 2b", // the child goes on, and so does who could not fork; who has forked ends
            "3:",
            "xor edi, edi",
            "mov eax, {exit}",
            "syscall",
            "ud2",
            clock_gettime = const libc::SYS_clock_gettime,
            monotonic = const libc::CLOCK_MONOTONIC,
            clone = const libc::SYS_clone,
            flags = const FLAGS,
            exit = const libc::SYS_exit_group,
            in("r12") hops.forks.as_ptr(),
            in("r13") u64::from(hops.most),
            in("r14") hops.stop.as_ptr(),
            in("r15") hops.last.as_ptr(),
            in("r8") hops.until,
            options(noreturn),
        )
    }
}

#[cfg(target_arch = "aarch64")]
fn hop_on(hops: &Hops<'_>) -> ! {
    // SAFETY: as on x86-64. `svc` changes x0 only; what is kept is in x20 to x24.
    unsafe {
        core::arch::asm!(
            "2:",
            "ldaxr w9, [x20]",
            "add w10, w9, #1",
            "stlxr w11, w10, [x20]",
            "cbnz w11, 2b",
            "cmp w9, w21",
            "b.hs 3f",
            "ldr w9, [x22]",
            "cbnz w9, 3f",
            "mov x8, {clock_gettime}",
            "mov x0, {monotonic}",
            "mov x1, x23",
            "svc 0",
            "ldr x9, [x23]",
            "cmp x9, x24",
            "b.hs 3f",
            "mov x8, {clone}",
            "mov x0, {flags}",
            "mov x1, xzr",
            "mov x2, xzr",
            "mov x3, xzr",
            "mov x4, xzr",
            "svc 0",
            "cmp x0, #0",
            "b.le 2b",
            "3:",
            "mov x0, xzr",
            "mov x8, {exit}",
            "svc 0",
            "brk 1",
            clock_gettime = const libc::SYS_clock_gettime,
            monotonic = const libc::CLOCK_MONOTONIC,
            clone = const libc::SYS_clone,
            flags = const FLAGS,
            exit = const libc::SYS_exit_group,
            in("x20") hops.forks.as_ptr(),
            in("x21") u64::from(hops.most),
            in("x22") hops.stop.as_ptr(),
            in("x23") hops.last.as_ptr(),
            in("x24") hops.until,
            options(noreturn),
        )
    }
}

/// Elsewhere: the same with fork(2), page tables and all.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn hop_on(hops: &Hops<'_>) -> ! {
    loop {
        let now = since_boot();
        let is_over = hops.forks.fetch_add(1, Ordering::SeqCst) >= hops.most
            || hops.stop.load(Ordering::SeqCst) != 0
            || now.as_secs() >= hops.until;
        // SAFETY: fork takes no pointers. In the child nothing but memory of its own is used.
        if is_over || unsafe { libc::fork() } > 0 {
            crate::fork::exit_now(0);
        }
        let (seconds, nanos) = (now.as_secs().to_ne_bytes(), u64::from(now.subsec_nanos()).to_ne_bytes());
        for (word, bytes) in hops.last.iter().zip(seconds.chunks_exact(4).chain(nanos.chunks_exact(4))) {
            let bytes = bytes.try_into().unwrap_or_default();
            word.store(u32::from_ne_bytes(bytes), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use core::num::NonZeroUsize;

    use super::*;
    use crate::fork::{fork_run, say};
    use crate::shared::{Words, sleep_on, wake};
    use crate::sigaction::{Action, set};

    #[test]
    fn a_hopper_forks_as_often_as_it_may_and_leaves_nobody() {
        const MOST: u32 = 200;
        let words = Words::map(NonZeroUsize::new(7).unwrap()).unwrap();
        let storm = || {
            set(libc::SIGCHLD, Action::Ignore).unwrap();
            let hop_in_child = || {
                // Not before it is held: once it is gone there is nothing to hold.
                while words[6].load(Ordering::SeqCst) == 0 {
                    let _ = sleep_on(&words[6], 0);
                }
                let last = words[2..].first_chunk().unwrap();
                hop(&Hops { forks: &words[0], most: MOST, stop: &words[1], last, until: since_boot().as_secs() + 60 })
            };
            fork_run(hop_in_child).unwrap().let_go();
            words[6].store(1, Ordering::SeqCst);
            wake(&words[6]);
            // Whoever has hopped is reaped by the kernel: this returns when the last one is gone.
            let wait = rustix::process::waitid(rustix::process::WaitId::All, rustix::process::WaitIdOptions::EXITED);
            i32::from(wait.map(drop) != Err(rustix::io::Errno::CHILD))
        };
        match namespace::in_private_pid_namespace(storm) {
            Ok(status) => {
                assert_eq!(status.code(), Some(0));
                assert!(words[0].load(Ordering::SeqCst) > MOST);
                let last = time_in(words[2..].first_chunk().unwrap());
                assert!(last > Duration::ZERO && last <= since_boot(), "{last:?}");
            }
            Err(error) => say(&error.to_string()),
        }
    }
}
