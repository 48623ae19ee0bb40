//! Rings of the kernel's tracepoint records: `perf_event_open(2)` with `PERF_TYPE_TRACEPOINT` and `PERF_SAMPLE_RAW`.
//!
//! Takes `CAP_PERFMON` (before Linux 5.8 `CAP_SYS_ADMIN`) in the machine's own user namespace.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU64, Ordering};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use rustix::io::Errno;

use crate::syscall::{call, int};

/// Mounts tracefs at `place` in a mount namespace of the caller's own: nobody else sees it there.
///
/// # Errors
/// EPERM: the caller may make no mount namespace. ENOENT: there is no such place. ENODEV: the kernel has no tracefs.
pub fn mount_tracefs(place: &str) -> Result<(), Errno> {
    use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
    // SAFETY: without CLONE_FILES no descriptor table is unshared, which is what makes the call unsafe.
    unsafe { rustix::thread::unshare_unsafe(rustix::thread::UnshareFlags::NEWNS) }?;
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    mount("tracefs", place, "tracefs", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, None)
}

/// Whose passing of the tracepoint is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The calling thread's, on whatever CPU it runs. Interrupts that it is running under count as its own.
    Caller,
    /// Everybody's, on this CPU.
    Cpu(u32),
}

/// One passing of the tracepoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub time: u64,
    /// The tracepoint's own bytes, laid out as its `format` file says, and up to 7 bytes of padding.
    pub raw: &'a [u8],
}

/// The kernel's `struct perf_event_attr` in the size that came with the clock (Linux 4.1).
#[derive(Default)]
#[repr(C)]
struct Attributes {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup_events: u32,
    breakpoint_type: u32,
    unused: [u64; 4],
    stack: u32,
    clock: i32,
    unused_too: [u32; 4],
}

/// The size of [`Attributes`].
const SIZE: u32 = 112;
const TRACEPOINT: u32 = 2;
const SAMPLE_TIME: u64 = 1 << 2;
const SAMPLE_RAW: u64 = 1 << 10;
const DISABLED: u64 = 1;
const USE_CLOCK: u64 = 1 << 25;
const CLOSE_ON_EXEC: usize = 8;
const ENABLE: usize = 0x2400;
const DISABLE: usize = 0x2401;

const RECORD_LOST: u32 = 2;
const RECORD_SAMPLE: u32 = 9;
/// `struct perf_event_header`: kind (4 bytes), flags (2), size of the whole record (2).
const HEADER: usize = 8;

/// Where `struct perf_event_mmap_page` has the words that the kernel and the reader share.
const HEAD_AT: usize = 1024;
const TAIL_AT: usize = 1032;

/// A ring that the kernel writes a tracepoint's records to. It is closed when dropped, for which the kernel waits
/// until every CPU has passed a quiet state: tens of milliseconds for the last ring of a tracepoint.
#[derive(Debug)]
pub struct Ring {
    event: OwnedFd,
    /// The page of shared words, then the data.
    start: NonNull<u8>,
    page: usize,
    /// Bytes of data: a power of two.
    room: usize,
    lost: Lost,
}

/// What it takes to know how many samples were lost.
#[derive(Clone, Copy, Debug, Default)]
struct Lost {
    /// Samples drained.
    seen: u64,
    /// The tracepoint's own count less those drained, as of the last drain.
    missing: u64,
    /// What the kernel's records of losses add up to; it writes one with the next sample that fits, if any.
    told: u64,
    /// Drained, and not to be read.
    malformed: u64,
}

impl Ring {
    /// Opens a ring for a tracepoint (the number in its `format` file), with the recording off. It has room for so
    /// many pages of records, rounded up to a power of two: fewer where the limit for locked memory is lower.
    ///
    /// # Errors
    /// EACCES, EPERM: the caller has no `CAP_PERFMON`, or the limit for locked memory (`perf_event_mlock_kb`,
    /// `RLIMIT_MEMLOCK`) leaves no page. ENODEV: the CPU is not running. ENOENT, EINVAL: no such tracepoint, or the
    /// kernel knows none. ENOSYS: it has no perf events. EMFILE, ENOMEM.
    pub fn open(tracepoint: u64, target: Target, pages: usize) -> io::Result<Self> {
        let event = open_event(tracepoint, target)?;
        let page = page_size();
        let mut pages = pages.clamp(1, 1 << 16).next_power_of_two();
        loop {
            match map(&event, page + pages * page) {
                Ok(start) => return Ok(Self { event, start, page, room: pages * page, lost: Lost::default() }),
                Err(Errno::PERM | Errno::NOMEM) if pages > 1 => pages /= 2,
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    /// Begins to record.
    ///
    /// # Errors
    /// None with an open ring.
    pub fn enable(&self) -> io::Result<()> {
        self.control(ENABLE)
    }

    /// Ends recording. What was recorded stays.
    ///
    /// # Errors
    /// None with an open ring.
    pub fn disable(&self) -> io::Result<()> {
        self.control(DISABLE)
    }

    fn control(&self, request: usize) -> io::Result<()> {
        // SAFETY: these two requests take no pointers.
        unsafe { call(libc::SYS_ioctl, [int(self.event.as_raw_fd()), request, 0, 0, 0, 0]) }?;
        Ok(())
    }

    /// Takes every sample out of the ring, oldest first.
    pub fn drain(&mut self, mut each: impl FnMut(Sample<'_>)) {
        // Counted first: a sample that comes meanwhile is not called lost.
        let passed = self.passed();
        let mut tail = self.word(TAIL_AT).load(Ordering::Relaxed);
        // Pairs with the kernel's barrier between writing a record and moving the head.
        let head = self.word(HEAD_AT).load(Ordering::Acquire);
        let mut record = Vec::new();
        while head.wrapping_sub(tail) >= HEADER as u64 {
            self.copy(tail, HEADER, &mut record);
            let Some((kind, size)) = header(&record) else { break };
            if size < HEADER || size as u64 > head.wrapping_sub(tail) {
                // Nothing that the kernel writes: what follows cannot be told apart.
                tail = head;
                break;
            }
            self.copy(tail, size, &mut record);
            tail = tail.wrapping_add(size as u64);
            self.take(kind, record.get(HEADER..).unwrap_or_default(), &mut each);
        }
        // Pairs with the kernel's read of the tail: the records were copied before their room is given back.
        self.word(TAIL_AT).store(tail, Ordering::Release);
        self.lost.missing = passed.unwrap_or(0).saturating_sub(self.lost.seen);
    }

    /// How many passings of the tracepoint were not drained because the ring was full, as of the last drain.
    pub fn lost(&self) -> u64 {
        self.lost.missing.max(self.lost.told) + self.lost.malformed
    }

    fn take(&mut self, kind: u32, body: &[u8], each: &mut impl FnMut(Sample<'_>)) {
        match kind {
            RECORD_SAMPLE => {
                self.lost.seen += 1;
                match sample(body) {
                    Some(sample) => each(sample),
                    None => self.lost.malformed += 1,
                }
            }
            // The event's number, then how many.
            RECORD_LOST => {
                let count = body.get(8..16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_ne_bytes);
                self.lost.told += count;
            }
            _ => {}
        }
    }

    /// How often the tracepoint was passed since the first [`enable`](Self::enable), whether or not it fitted.
    fn passed(&self) -> Option<u64> {
        let mut count = [0; 8];
        match rustix::io::read(&self.event, &mut count) {
            Ok(8) => Some(u64::from_ne_bytes(count)),
            _ => None,
        }
    }

    fn word(&self, at: usize) -> &AtomicU64 {
        // SAFETY: both offsets are within the first page of the mapping, which outlives `self`.
        let word = unsafe { self.start.add(at) }.cast();
        // SAFETY: aligned to 8 bytes, initialised by the kernel, changed by it in one piece, as an atomic is.
        unsafe { AtomicU64::from_ptr(word.as_ptr()) }
    }

    /// Copies bytes of the data, which the kernel leaves alone from the tail up to the head.
    fn copy(&self, from: u64, size: usize, record: &mut Vec<u8>) {
        record.clear();
        record.resize(size.min(self.room), 0);
        #[expect(clippy::cast_possible_truncation, reason = "the remainder of a division by a usize")]
        let offset = (from % self.room as u64) as usize;
        let first = record.len().min(self.room - offset);
        let (before_the_end, wrapped) = record.split_at_mut(first);
        self.copy_piece(offset, before_the_end);
        self.copy_piece(0, wrapped);
    }

    /// `offset + into.len()` is at most `room`.
    fn copy_piece(&self, offset: usize, into: &mut [u8]) {
        debug_assert!(offset + into.len() <= self.room);
        // SAFETY: the data begins one page into the mapping and has `room` bytes.
        let data = unsafe { self.start.add(self.page + offset) };
        // SAFETY: as above, and `into` is memory of our own.
        unsafe { core::ptr::copy_nonoverlapping(data.as_ptr(), into.as_mut_ptr(), into.len()) };
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: `open` mapped it with this size, and no reference into it outlives `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.page + self.room) };
    }
}

// SAFETY: the mapping is the ring's alone, and is not bound to a thread.
unsafe impl Send for Ring {}

fn open_event(tracepoint: u64, target: Target) -> io::Result<OwnedFd> {
    let attributes = Attributes {
        kind: TRACEPOINT,
        size: SIZE,
        config: tracepoint,
        sample_period: 1,
        sample_type: SAMPLE_TIME | SAMPLE_RAW,
        flags: DISABLED | USE_CLOCK,
        clock: libc::CLOCK_MONOTONIC,
        ..Attributes::default()
    };
    let (process, cpu) = match target {
        Target::Caller => (0, -1),
        Target::Cpu(cpu) => (-1, i32::try_from(cpu).map_err(|_| Errno::NODEV)?),
    };
    let attributes_at = (&raw const attributes).expose_provenance();
    let arguments = [attributes_at, int(process), int(cpu), int(-1), CLOSE_ON_EXEC, 0];
    // SAFETY: the pointer is to a struct of the size that it names itself, which the kernel only reads.
    let event = unsafe { call(libc::SYS_perf_event_open, arguments) }?;
    let event = i32::try_from(event).map_err(|_| Errno::BADF)?;
    // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(event) })
}

fn map(event: &OwnedFd, bytes: usize) -> Result<NonNull<u8>, Errno> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping touches nothing that is there.
    let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, access, libc::MAP_SHARED, event.as_raw_fd(), 0) };
    if start == libc::MAP_FAILED {
        return Err(Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::INVAL));
    }
    NonNull::new(start.cast()).ok_or(Errno::NOMEM)
}

fn page_size() -> usize {
    // SAFETY: sysconf(3) takes no pointers.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).unwrap_or(4096)
}

/// Kind and size of a record.
fn header(bytes: &[u8]) -> Option<(u32, usize)> {
    let (kind, rest) = bytes.split_first_chunk::<4>()?;
    let (_, size) = rest.split_last_chunk::<2>()?;
    Some((u32::from_ne_bytes(*kind), usize::from(u16::from_ne_bytes(*size))))
}

/// The body of a sample: the time, then the size of the tracepoint's own bytes, then these.
fn sample(body: &[u8]) -> Option<Sample<'_>> {
    let (time, rest) = body.split_first_chunk::<8>()?;
    let (size, rest) = rest.split_first_chunk::<4>()?;
    let raw = rest.get(..usize::try_from(u32::from_ne_bytes(*size)).ok()?)?;
    Some(Sample { time: u64::from_ne_bytes(*time), raw })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attributes_have_the_size_that_the_kernel_knows() {
        assert_eq!(size_of::<Attributes>(), SIZE as usize);
        assert_eq!(core::mem::offset_of!(Attributes, clock), 92);
    }

    #[test]
    fn a_sample_that_says_it_is_longer_than_its_record_is_none() {
        let mut body = vec![0; 16];
        assert_eq!(sample(&body), Some(Sample { time: 0, raw: &[] }));
        body[8] = 5;
        assert_eq!(sample(&body), None);
        body[8] = 4;
        assert_eq!(sample(&body), Some(Sample { time: 0, raw: &[0; 4] }));
        assert_eq!(sample(&body[..11]), None);
    }

    #[test]
    fn a_tracepoint_that_nobody_has_is_refused() {
        let opened = Ring::open(u64::from(u32::MAX), Target::Caller, 1);
        assert!(opened.is_err());
    }
}
