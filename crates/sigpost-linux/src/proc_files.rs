//! Reading small files of `/proc` through a directory handle.

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags};
use sigpost_sys::Errno;

/// Opens a directory.
pub(crate) fn open_directory(at: BorrowedFd<'_>, path: &str) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(at, path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Opens `/proc` itself.
pub(crate) fn open_proc() -> Result<OwnedFd, Errno> {
    open_directory(CWD, "/proc")
}

/// Reads a whole file into the buffer, which is emptied first and keeps its room for the next one.
pub(crate) fn read_into(at: BorrowedFd<'_>, path: &str, buffer: &mut Vec<u8>) -> Result<(), Errno> {
    let file = rustix::fs::openat(at, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    buffer.clear();
    loop {
        buffer.reserve(2048);
        match rustix::io::read(&file, rustix::buffer::spare_capacity(buffer)) {
            Ok(0) => return Ok(()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// As [`read_into`], for a file that the kernel writes in one piece (`comm`, `stat`, `status`, `wchan`): once a read
/// leaves room over there is no more, so nobody asks again.
pub(crate) fn read_piece(at: BorrowedFd<'_>, path: &str, buffer: &mut Vec<u8>) -> Result<(), Errno> {
    let file = rustix::fs::openat(at, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
    buffer.clear();
    loop {
        buffer.reserve(4096);
        let room = buffer.capacity() - buffer.len();
        match rustix::io::read(&file, rustix::buffer::spare_capacity(buffer)) {
            Ok(count) if count < room => return Ok(()),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// The numbers among the entries of a directory, in the kernel's order: processes, or threads.
pub(crate) fn numbers(directory: BorrowedFd<'_>) -> Result<Vec<i32>, Errno> {
    let mut room = Vec::with_capacity(32 * 1024);
    let mut entries = rustix::fs::RawDir::new(directory, room.spare_capacity_mut());
    let mut numbers = Vec::new();
    while let Some(entry) = entries.next() {
        let name = entry?;
        if let Some(number) = decimal(name.file_name().to_bytes()) {
            numbers.push(number);
        }
    }
    Ok(numbers)
}

/// A number of decimal digits and nothing else, if it is one that fits.
pub(crate) fn decimal<T: TryFrom<u64>>(text: &[u8]) -> Option<T> {
    let add = |sum: u64, byte: &u8| match byte.wrapping_sub(b'0') {
        digit @ 0..=9 => sum.checked_mul(10)?.checked_add(u64::from(digit)),
        _ => None,
    };
    if text.is_empty() { None } else { T::try_from(text.iter().try_fold(0, add)?).ok() }
}
