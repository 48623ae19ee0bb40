//! Finding processes in `/proc`: all of them, or those of a command name.
//!
//! Numbers come first, then each is opened, then read through its handle: whatever is returned is held by handle
//! and is what it was selected for.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::process::{Resource, Rlimit};
use sigpost_engine::Pid;
use sigpost_sys::Errno;

use crate::proc_files::{numbers, open_proc};
use crate::proc_stat::Comm;
use crate::process::{OpenError, Process, ReadError, proc_is_ours};

/// The numbers of all processes, in the kernel's order (ascending).
///
/// # Errors
/// [`OpenError::ForeignProc`]: `/proc` cannot be read, or is another namespace's.
pub fn pids() -> Result<Vec<Pid>, OpenError> {
    open_numbers().map(|(_, pids)| pids)
}

/// `/proc` held open, and the numbers of all processes.
pub(crate) fn open_numbers() -> Result<(OwnedFd, Vec<Pid>), OpenError> {
    proc_is_ours()?;
    let proc = open_proc().map_err(|_| OpenError::ForeignProc)?;
    let numbers = numbers(proc.as_fd()).map_err(|_| OpenError::ForeignProc)?;
    Ok((proc, numbers.into_iter().filter_map(Pid::new).collect()))
}

/// All processes, each opened when it is reached, for a look at one after the other. Those that are gone by then
/// are passed over, and so are those that cannot be opened; [`all`] is for keeping them.
///
/// # Errors
/// As [`pids`].
pub fn processes() -> Result<impl Iterator<Item = Process>, OpenError> {
    Ok(opened(open_numbers()?).flatten())
}

/// All processes, held by handle.
///
/// # Errors
/// As [`pids`]; [`OpenError::System`] with EMFILE: more processes than the caller may have open files
/// ([`allow_many_handles`]), on a kernel that gives processes no inodes to hold the others by (before Linux 6.9).
/// None is silently left out.
pub fn all() -> Result<Vec<Process>, OpenError> {
    processes_if(|_| true)
}

/// The processes whose numbers the test likes, opened. What was tested is a number: test the handle as well.
pub(crate) fn processes_if(likes: impl Fn(Pid) -> bool) -> Result<Vec<Process>, OpenError> {
    let (proc, mut pids) = open_numbers()?;
    pids.retain(|pid| likes(*pid));
    let room = room();
    opened((proc, pids)).filter_map(|process| process.and_then(|process| kept(process, room)).transpose()).collect()
}

/// All processes, each opened when it is reached, to be kept or not; one that is there and cannot be opened is an
/// error, and those that are gone by then are passed over.
///
/// # Errors
/// As [`pids`].
pub fn each_opened() -> Result<impl Iterator<Item = Result<Process, OpenError>>, OpenError> {
    Ok(opened(open_numbers()?))
}

/// Opens each; who is gone by then is passed over.
fn opened((proc, pids): (OwnedFd, Vec<Pid>)) -> impl Iterator<Item = Result<Process, OpenError>> {
    pids.into_iter().filter_map(move |pid| open_one(proc.as_fd(), pid).transpose())
}

/// Opens one below `/proc`; `None` if it is gone.
///
/// # Errors
/// [`OpenError::System`]: it is there and cannot be opened.
pub(crate) fn open_one(proc: BorrowedFd<'_>, pid: Pid) -> Result<Option<Process>, OpenError> {
    match Process::open_below(proc, pid) {
        Ok(process) => Ok(Some(process)),
        Err(Errno::NOENT | Errno::SRCH) => Ok(None),
        Err(errno) => Err(OpenError::System(pid, errno.raw_os_error())),
    }
}

/// How many file descriptors the caller may have.
pub(crate) fn room() -> usize {
    let limit = rustix::process::getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Whether a file descriptor is one of the last so many that the caller may have.
pub(crate) fn is_one_of_the_last(spare: usize, descriptor: &impl AsRawFd, room: usize) -> bool {
    usize::try_from(descriptor.as_raw_fd()).is_ok_and(|number| number + spare >= room)
}

/// One that is kept beside many others: where file descriptors run short it gives its own back, and is held by its number
/// and its inode, which nobody else gets. `None` if it has gone meanwhile.
///
/// # Errors
/// [`OpenError::System`] with EMFILE: the kernel gives processes no inodes (before Linux 6.9).
pub fn keep(process: Process) -> Result<Option<Process>, OpenError> {
    kept(process, room())
}

/// As [`keep`], of a caller who knows how many file descriptors there may be.
pub(crate) fn kept(process: Process, room: usize) -> Result<Option<Process>, OpenError> {
    if !process.takes_the_last_room(room) {
        return Ok(Some(process));
    }
    match process.park() {
        Ok(process) => Ok(Some(process)),
        Err(OpenError::Gone(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Raises the soft limit of open files to the hard one: each process that is held takes a file or two.
///
/// # Errors
/// Those of setrlimit(2); the limit is then what it was.
pub fn allow_many_handles() -> std::io::Result<()> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    rustix::process::setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    Ok(())
}

/// The processes of exactly this command name. Only the name is read of those that have another one.
///
/// A command name holds at most 15 bytes. A longer name is compared with the base name of `argv[0]` as well.
///
/// # Errors
/// As [`all`].
pub fn by_name(name: &[u8]) -> Result<Vec<Process>, OpenError> {
    let mut buffer = Vec::new();
    let (mut matching, room) = (Vec::new(), room());
    for process in opened(open_numbers()?) {
        let process = process?;
        match has_name(&process, name, &mut buffer) {
            Ok(true) => matching.extend(kept(process, room)?),
            Err(ReadError::System(number)) => return Err(OpenError::System(process.pid(), number)),
            // Gone, or hidden from this user.
            Ok(false) | Err(_) => {}
        }
    }
    Ok(matching)
}

/// Whether the process has exactly this command name, as [`by_name`] compares it. `buffer` is used again.
///
/// # Errors
/// [`ReadError`].
pub fn has_name(process: &Process, name: &[u8], buffer: &mut Vec<u8>) -> Result<bool, ReadError> {
    process.read("comm", buffer)?;
    let comm = buffer.strip_suffix(b"\n").unwrap_or(buffer);
    if name.len() <= Comm::LONGEST || comm.len() > Comm::LONGEST {
        return Ok(comm == name);
    }
    if comm != &name[..Comm::LONGEST] {
        return Ok(false);
    }
    process.read("cmdline", buffer)?;
    let program = buffer.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(base_name(program) == name)
}

/// The calling process and its ancestors, itself first, as far up as its PID namespace reaches; or as far as the first
/// whom `/proc` hides from this user, who is the last.
///
/// # Errors
/// As [`Process::open`].
pub fn own_line() -> Result<Vec<Process>, OpenError> {
    proc_is_ours()?;
    let proc = open_proc().map_err(|_| OpenError::ForeignProc)?;
    let mut line = Vec::new();
    let mut next = Pid::new(rustix::process::getpid().as_raw_nonzero().get());
    while let Some(pid) = next {
        // Parents are processes, never threads: nothing has to be declined.
        let process = match open_one(proc.as_fd(), pid)? {
            Some(process) => process,
            // Gone, or hidden: a pidfd tells.
            None => Process::open(pid)?,
        };
        next = process.stat().ok().and_then(|stat| stat.parent).filter(|parent| *parent != pid);
        line.push(process);
    }
    Ok(line)
}

pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    path.file_name().unwrap_or_default().as_bytes()
}
