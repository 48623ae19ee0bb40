//! Pid files: a number that was written down, believed only if the process that has it now was there then.

use core::fmt;
use core::time::Duration;
use std::io::Read as _;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags};
use rustix::time::{ClockId, clock_gettime};
use sigpost_engine::Pid;

use crate::process::{OpenError, Process};

/// A process may have started so long after its file was written, and no longer: clocks are read in ticks, and
/// some daemons write the file before they fork for the last time.
pub const TOLERANCE: Duration = Duration::from_secs(2);

/// Why a pid file names no process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PidFileError {
    /// It cannot be read: the error number.
    Unreadable(i32),
    /// It is no plain file.
    NotAFile,
    /// Its first word is no number of a process.
    NoNumber,
    /// The process that has the number now started this long after the file was written: it is another one.
    StartedLater(Pid, Duration),
    /// The process cannot be opened or read; [`OpenError::Gone`] among them.
    Process(OpenError),
}

impl fmt::Display for PidFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(number) => fmt::Display::fmt(&std::io::Error::from_raw_os_error(*number), f),
            Self::NotAFile => f.write_str("it is no plain file"),
            Self::NoNumber => f.write_str("it does not begin with the number of a process"),
            Self::StartedLater(pid, by) => {
                write!(f, "process {pid} started {} s after it was written, so it is another one", by.as_secs())
            }
            Self::Process(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for PidFileError {}

/// Opens the process that a pid file names.
///
/// # Errors
/// [`PidFileError`].
pub fn open(path: &Path) -> Result<Process, PidFileError> {
    let unreadable = |errno: rustix::io::Errno| PidFileError::Unreadable(errno.raw_os_error());
    // A pipe in its place must not make us wait.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(unreadable)?;
    let about = rustix::fs::fstat(&file).map_err(unreadable)?;
    if !rustix::fs::FileType::from_raw_mode(about.st_mode).is_file() {
        return Err(PidFileError::NotAFile);
    }
    let mut text = Vec::new();
    let read = std::fs::File::from(file).take(64).read_to_end(&mut text);
    read.map_err(|error| PidFileError::Unreadable(error.raw_os_error().unwrap_or_default()))?;
    let pid = number(&text).ok_or(PidFileError::NoNumber)?;
    let process = Process::open(pid).map_err(PidFileError::Process)?;
    let start = process.stat().map_err(|_| PidFileError::Process(OpenError::Gone(pid)))?.start;
    let written = i128::from(about.st_mtime) * 1_000_000_000 + i128::from(about.st_mtime_nsec);
    let later = started(start) - written;
    match u64::try_from(later).map(Duration::from_nanos) {
        Ok(later) if later > TOLERANCE => Err(PidFileError::StartedLater(pid, later)),
        _ => Ok(process),
    }
}

/// The number that a pid file begins with.
pub(crate) fn number(text: &[u8]) -> Option<Pid> {
    let word = text.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()).unwrap_or_default();
    crate::proc_files::decimal(word).and_then(Pid::new)
}

/// When a process started, by the clock on the wall, in nanoseconds.
fn started(ticks: u64) -> i128 {
    let nanoseconds = |clock| {
        let time = clock_gettime(clock);
        i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
    };
    let boot = nanoseconds(ClockId::Realtime) - nanoseconds(ClockId::Boottime);
    boot + i128::from(ticks) * 1_000_000_000 / i128::from(rustix::param::clock_ticks_per_second().max(1))
}
