//! The kernel's ring buffer for records of programs (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8): one for all CPUs, in order.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;

/// The reader's end of a ring buffer. Polled, it is readable when there are records.
#[derive(Debug)]
pub struct Ring {
    map: OwnedFd,
    /// The page with the reader's position.
    reader: NonNull<u8>,
    /// The page with the kernel's position, then the data, twice, so that no record is cut in two.
    kernel: NonNull<u8>,
    page: usize,
    /// Bytes of data: a power of two.
    room: usize,
}

/// Before each record: its length, with two flags.
const HEADER: u64 = 8;
/// It is being written still.
const BUSY: u32 = 1 << 31;
/// It was given up.
const DISCARDED: u32 = 1 << 30;

/// After so many records the kernel is told that there is room again.
const GIVE_BACK: u32 = 256;

impl Ring {
    /// Makes a ring with room for so many bytes, rounded up to a power of two. The memory is taken at once.
    ///
    /// # Errors
    /// EPERM: no `CAP_BPF`, or the system does not allow it. ENOSYS, EINVAL: the kernel has no such rings. ENOMEM.
    pub fn new(bytes: usize) -> io::Result<Self> {
        let page = rustix::param::page_size();
        let room = bytes.clamp(page, 1 << 30).next_power_of_two();
        let map = super::ring_map(u32::try_from(room).map_err(|_| Errno::TOOBIG)?)?;
        let reader = super::map_memory(map.as_fd(), page, true, 0)?;
        match super::map_memory(map.as_fd(), page + 2 * room, false, page) {
            Ok(kernel) => Ok(Self { map, reader, kernel, page, room }),
            Err(error) => {
                // SAFETY: mapped above with this size, and nothing refers to it.
                unsafe { libc::munmap(reader.as_ptr().cast(), page) };
                Err(error)
            }
        }
    }

    /// How many bytes it has room for.
    pub const fn room(&self) -> usize {
        self.room
    }

    /// Takes records out of the ring, oldest first, until it is empty, or the function returns false for one, which
    /// is then taken as well. How many were taken.
    pub fn drain(&mut self, mut each: impl FnMut(&[u8]) -> bool) -> u64 {
        let mut position = self.read_to().load(Ordering::Relaxed);
        let mut taken = 0;
        let mut since = 0;
        'drained: loop {
            // Pairs with the kernel's release of its position, after it has written the header.
            let end = self.written_to().load(Ordering::Acquire);
            if position >= end {
                break;
            }
            while position < end {
                // Pairs with the kernel's exchange of the header, after the record is written.
                let header = self.header(position).load(Ordering::Acquire);
                if header & BUSY != 0 {
                    break 'drained;
                }
                let length = header & !DISCARDED;
                let goes_on = header & DISCARDED != 0 || {
                    taken += 1;
                    each(self.record(position, length))
                };
                position += (HEADER + u64::from(length)).next_multiple_of(8);
                since += 1;
                if since == GIVE_BACK {
                    self.read_to().store(position, Ordering::Release);
                    since = 0;
                }
                if !goes_on {
                    break 'drained;
                }
            }
        }
        // Pairs with the kernel's read of it: what was read is given back.
        self.read_to().store(position, Ordering::Release);
        taken
    }

    fn read_to(&self) -> &AtomicU64 {
        // SAFETY: the page begins with the position, which is aligned and changed in one piece; it outlives `self`.
        unsafe { AtomicU64::from_ptr(self.reader.cast().as_ptr()) }
    }

    fn written_to(&self) -> &AtomicU64 {
        // SAFETY: as above.
        unsafe { AtomicU64::from_ptr(self.kernel.cast().as_ptr()) }
    }

    /// Where in the kernel's mapping the data at a position begins.
    fn place(&self, position: u64) -> NonNull<u8> {
        #[expect(clippy::cast_possible_truncation, reason = "the remainder of a division by a usize")]
        let offset = (position % self.room as u64) as usize;
        // SAFETY: within the first copy of the data.
        unsafe { self.kernel.add(self.page + offset) }
    }

    fn header(&self, position: u64) -> &AtomicU32 {
        // SAFETY: records begin at multiples of 8 bytes, so the header is aligned and in one piece.
        unsafe { AtomicU32::from_ptr(self.place(position).cast().as_ptr()) }
    }

    /// A record that the kernel has finished, and leaves alone until the reader's position has passed it.
    fn record(&self, position: u64, length: u32) -> &[u8] {
        let length = (length as usize).min(self.room - 8);
        // SAFETY: after the header, within the two copies of the data.
        let start = unsafe { self.place(position).add(8) };
        // SAFETY: as above; nobody writes there while the slice lives, for `drain` has not moved the position yet.
        unsafe { core::slice::from_raw_parts(start.as_ptr(), length) }
    }
}

impl AsFd for Ring {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.as_fd()
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: `new` mapped it with this size, and no reference into it outlives `self`.
        unsafe { libc::munmap(self.reader.as_ptr().cast(), self.page) };
        // SAFETY: as above.
        unsafe { libc::munmap(self.kernel.as_ptr().cast(), self.page + 2 * self.room) };
    }
}

// SAFETY: the mappings are the ring's alone, and are not bound to a thread.
unsafe impl Send for Ring {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_ring_is_empty_and_has_the_room_that_was_asked_for() {
        match Ring::new(10_000) {
            Ok(mut ring) => {
                assert_eq!((ring.room(), ring.drain(|_| true)), (16_384, 0));
            }
            Err(error) => println!("skipped: a ring takes CAP_BPF: {error}"),
        }
    }
}
