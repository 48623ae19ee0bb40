//! An allocator that counts, so that a test can show that a call does not allocate.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use std::alloc::System;

thread_local! {
    static COUNT: Cell<u64> = const { Cell::new(0) };
    static HELD: Cell<i64> = const { Cell::new(0) };
}

/// The system's allocator, counting how often the calling thread has allocated. A test binary makes it its own:
///
/// ```
/// use sigpost_sys::allocations::{self, Counting};
///
/// #[global_allocator]
/// static ALLOCATOR: Counting = Counting;
///
/// let before = allocations::so_far();
/// drop(vec![1]);
/// assert!(allocations::so_far() > before);
/// ```
#[derive(Debug)]
pub struct Counting;

/// How often the calling thread has allocated (or grown an allocation) since it began.
pub fn so_far() -> u64 {
    COUNT.get()
}

/// How many bytes the calling thread has allocated and not freed, less those of others that it freed.
pub fn held() -> i64 {
    HELD.get()
}

fn hold(more: usize, less: usize) {
    HELD.set(HELD.get().wrapping_add_unsigned(more as u64).wrapping_sub_unsigned(less as u64));
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        hold(layout.size(), 0);
        // SAFETY: the caller keeps the contract of `alloc`, which is the same one.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        hold(0, layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.set(COUNT.get() + 1);
        hold(size, layout.size());
        // SAFETY: as in `alloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}
