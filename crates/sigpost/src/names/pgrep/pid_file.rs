//! `-F` and `-L`: the number that a pid file begins with, and whether somebody holds a lock on the file, as a daemon
//! does that is alive.

use std::fs::File;
use std::io::Read as _;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{CWD, FlockOperation, Mode, OFlags, fcntl_lock, flock};
use rustix::io::Errno;

/// Reads a pid file; `-` is standard input. `None`: it is not valid, or not locked where it has to be.
pub(super) fn read(path: &Path, must_be_locked: bool) -> Option<i64> {
    if path == Path::new("-") {
        return first_number(std::io::stdin().lock());
    }
    // A pipe in its place must not make us wait.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::openat(CWD, path, flags, Mode::empty()).ok()?);
    if !file.metadata().ok()?.is_file() || must_be_locked && !is_locked(file.as_fd()) {
        return None;
    }
    first_number(file)
}

/// A number at the beginning, and then nothing or white space: some files hold more on other lines.
fn first_number(source: impl std::io::Read) -> Option<i64> {
    let mut bytes = Vec::new();
    source.take(64).read_to_end(&mut bytes).ok()?;
    let text = bytes.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends = text.get(digits).is_none_or(u8::is_ascii_whitespace);
    let number = core::str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    (ends && number >= 1).then_some(number)
}

/// Whether a shared lock cannot be had, of either of the two kinds.
fn is_locked(file: BorrowedFd<'_>) -> bool {
    let refused = |result| matches!(result, Err(Errno::WOULDBLOCK | Errno::ACCESS));
    refused(flock(file, FlockOperation::NonBlockingLockShared))
        || refused(fcntl_lock(file, FlockOperation::NonBlockingLockShared))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_begins_with_a_number() {
        for (text, expected) in [
            ("12\n", Some(12)),
            (" 12 x\n", Some(12)),
            ("12\n13\n", Some(12)),
            ("12x", None),
            ("0\n", None),
            ("-5\n", None),
            ("\n", None),
            ("", None),
        ] {
            assert_eq!(first_number(text.as_bytes()), expected, "{text:?}");
        }
    }
}
