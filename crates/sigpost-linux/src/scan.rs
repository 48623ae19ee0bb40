//! Finding processes in `/proc`: all of them, or those of a command name.
//!
//! Numbers come first, then each is opened, then read through its handle: whatever is returned is held by handle
//! and is what it was selected for.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use sigpost_engine::Pid;

use crate::proc_files::{numbers, open_proc};
use crate::proc_stat::Comm;
use crate::process::{OpenError, Process, proc_is_ours};

/// The numbers of all processes, in the kernel's order (ascending).
///
/// # Errors
/// [`OpenError::ForeignProc`]: `/proc` cannot be read, or is another namespace's.
pub fn pids() -> Result<Vec<Pid>, OpenError> {
    open_numbers().map(|(_, pids)| pids)
}

fn open_numbers() -> Result<(OwnedFd, Vec<Pid>), OpenError> {
    proc_is_ours()?;
    let proc = open_proc().map_err(|_| OpenError::ForeignProc)?;
    let numbers = numbers(proc.as_fd()).map_err(|_| OpenError::ForeignProc)?;
    Ok((proc, numbers.into_iter().filter_map(Pid::new).collect()))
}

/// All processes, each opened when it is reached. Those that are gone by then are passed over.
///
/// # Errors
/// As [`pids`].
pub fn processes() -> Result<impl Iterator<Item = Process>, OpenError> {
    let (proc, pids) = open_numbers()?;
    Ok(pids.into_iter().filter_map(move |pid| Process::open_below(proc.as_fd(), pid).ok()))
}

/// The processes of exactly this command name. Only the name is read of those that have another one.
///
/// A command name holds at most 15 bytes. A longer name is compared with the base name of `argv[0]` as well.
///
/// # Errors
/// As [`pids`].
pub fn by_name(name: &[u8]) -> Result<Vec<Process>, OpenError> {
    let mut buffer = Vec::new();
    let mut matching = Vec::new();
    for process in processes()? {
        if has_name(&process, name, &mut buffer) {
            matching.push(process);
        }
    }
    Ok(matching)
}

/// Whether the process has exactly this command name, as [`by_name`] compares it. `buffer` is used again.
pub fn has_name(process: &Process, name: &[u8], buffer: &mut Vec<u8>) -> bool {
    if process.read("comm", buffer).is_err() {
        return false;
    }
    let comm = buffer.strip_suffix(b"\n").unwrap_or(buffer);
    if name.len() <= Comm::LONGEST || comm.len() > Comm::LONGEST {
        return comm == name;
    }
    if comm != &name[..Comm::LONGEST] || process.read("cmdline", buffer).is_err() {
        return false;
    }
    let program = buffer.split(|byte| *byte == 0).next().unwrap_or_default();
    base_name(program) == name
}

/// The calling process and its ancestors, itself first, as far up as its PID namespace reaches.
///
/// # Errors
/// As [`Process::open`].
pub fn own_line() -> Result<Vec<Process>, OpenError> {
    let mut line = Vec::new();
    let mut next = Pid::new(rustix::process::getpid().as_raw_nonzero().get());
    while let Some(pid) = next {
        let process = Process::open(pid)?;
        next = process.stat().ok().and_then(|stat| stat.parent).filter(|parent| *parent != pid);
        line.push(process);
    }
    Ok(line)
}

fn base_name(path: &[u8]) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    path.file_name().unwrap_or_default().as_bytes()
}
