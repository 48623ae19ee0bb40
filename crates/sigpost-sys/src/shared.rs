//! Memory that a process and everyone forked from it share: words that are atomic, and can be slept on (futex).

use core::num::NonZeroUsize;
use core::ops::Deref;
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::MemfdFlags;
use rustix::io::Errno;
use rustix::thread::futex::{self, Flags};

/// A piece of shared memory, zeroed. Children of fork see the same words, and so does a program that one of them
/// executes and that is given the file. It is unmapped when dropped.
#[derive(Debug)]
pub struct Words {
    start: NonNull<AtomicU32>,
    count: NonZeroUsize,
    /// None on a kernel that makes no files without a name (`memfd_create`): then no program can be given it.
    file: Option<OwnedFd>,
}

impl Words {
    /// Makes so many words.
    ///
    /// # Errors
    /// ENOMEM, EMFILE.
    pub fn map(count: NonZeroUsize) -> io::Result<Self> {
        let file = match rustix::fs::memfd_create("sigpost", MemfdFlags::CLOEXEC) {
            Ok(file) => file,
            Err(Errno::NOSYS) => return Self::map_file(None, count),
            Err(errno) => return Err(errno.into()),
        };
        let bytes = count.get().saturating_mul(size_of::<AtomicU32>());
        rustix::fs::ftruncate(&file, bytes.try_into().map_err(io::Error::other)?)?;
        Self::of(file, count)
    }

    /// Maps words that another process made.
    ///
    /// # Errors
    /// EBADF, EACCES: not such a file. `InvalidInput`: it has another size. ENOMEM.
    pub fn of(file: OwnedFd, count: NonZeroUsize) -> io::Result<Self> {
        let bytes = count.get().saturating_mul(size_of::<AtomicU32>());
        if usize::try_from(rustix::fs::fstat(&file)?.st_size) != Ok(bytes) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        Self::map_file(Some(file), count)
    }

    fn map_file(file: Option<OwnedFd>, count: NonZeroUsize) -> io::Result<Self> {
        let bytes = count.get().saturating_mul(size_of::<AtomicU32>());
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let (kind, descriptor) = match &file {
            Some(file) => (libc::MAP_SHARED, file.as_raw_fd()),
            None => (libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1),
        };
        // SAFETY: a new mapping, where the kernel chooses, touches nothing that is there.
        let start = unsafe { libc::mmap(core::ptr::null_mut(), bytes, access, kind, descriptor, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { start, count, file })
    }

    /// The file, to be passed on to a program; `None` where the kernel makes none.
    pub fn file(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(AsFd::as_fd)
    }
}

impl Deref for Words {
    type Target = [AtomicU32];

    fn deref(&self) -> &[AtomicU32] {
        // SAFETY: the mapping has so many words, aligned to a page, all initialised (zero), and lives as long as
        // `self`; other processes change them only as atomics.
        unsafe { core::slice::from_raw_parts(self.start.as_ptr(), self.count.get()) }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        let bytes = self.count.get().saturating_mul(size_of::<AtomicU32>());
        // SAFETY: it was mapped by `map` with this size, and no reference into it outlives `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), bytes) };
    }
}

// SAFETY: what it points to is atomics.
unsafe impl Send for Words {}
// SAFETY: as above.
unsafe impl Sync for Words {}

/// Sleeps until somebody wakes the word, unless it is no longer the expected one. A signal's handler runs during
/// the sleep, and ends it.
///
/// # Errors
/// EAGAIN: it has another value. EINTR: a handler ran.
pub fn sleep_on(word: &AtomicU32, expected: u32) -> Result<(), Errno> {
    futex::wait(word, Flags::empty(), expected, None)
}

/// Wakes everyone who sleeps on the word.
pub fn wake(word: &AtomicU32) {
    // It fails for addresses that are not mapped only.
    let _ = futex::wake(word, Flags::empty(), u32::MAX >> 1);
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::Ordering;

    use super::*;

    #[test]
    fn a_child_writes_and_its_parent_reads() {
        let words = Words::map(NonZeroUsize::MIN).unwrap();
        let child = crate::fork::fork_run(|| {
            words[0].store(7, Ordering::SeqCst);
            wake(&words[0]);
            0
        });
        let child = child.unwrap();
        while words[0].load(Ordering::SeqCst) == 0 {
            let _ = sleep_on(&words[0], 0);
        }
        assert_eq!(words[0].load(Ordering::SeqCst), 7);
        child.wait().unwrap();
    }

    #[test]
    fn a_word_that_has_changed_is_not_slept_on() {
        let words = Words::map(NonZeroUsize::MIN).unwrap();
        assert_eq!(sleep_on(&words[0], 1), Err(Errno::AGAIN));
    }
}
