//! `Process`: a process held by handle.
//!
//! The order is the whole matter: **open first**, then read through the handle, then send through it. What was
//! read then belongs to the process that is sent to, whoever has its number by now \[S1.10\], \[S1.11\]. The
//! handle is the `/proc/PID` directory, which is cheaper to open than a pidfd and as safe; a pidfd is opened
//! when something needs it (waiting, the inode), or where `/proc` hides the process.
//!
//! The promise begins when the handle is opened. A number that a person typed may be stale already; a number
//! with its inode ([`Process::open_exact`]) is not.

use core::fmt;
use core::sync::atomic::{AtomicI32, Ordering};
use core::time::Duration;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::{CWD, Mode, OFlags};
use sigpost_engine::{Pid, Signal, ThreadId};
use sigpost_sys::Errno;
use sigpost_sys::kill::QueuedInfo;
use sigpost_sys::pidfd::{self, Scope};

use crate::proc_files::{numbers, open_directory, read_into, read_piece};
use crate::proc_stat::{Comm, Malformed, Stat};
use crate::proc_status::Status;
use crate::refused::{Aim, Call, Refused, number};
use crate::scan::is_one_of_the_last;

/// One process, for as long as this value lives. See the [module](self).
///
/// ```
/// use sigpost_engine::Pid;
/// use sigpost_linux::Process;
///
/// let own = Pid::new(std::process::id().cast_signed()).unwrap();
/// let process = Process::open(own)?;
/// assert_eq!(process.stat()?.pid, own);
/// process.probe()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    /// `/proc/PID`, where it can be seen.
    directory: Option<OwnedFd>,
    pidfd: OnceLock<OwnedFd>,
    /// The inode of one that is held by number and inode alone: it is opened again each time, and compared.
    parked: Option<u64>,
    /// What was read when it was selected, until somebody makes use of it.
    look: Mutex<Option<Look>>,
}

/// A file of a process that was read while it was selected, and that whoever selected it is going to need.
#[derive(Debug)]
pub(crate) enum Look {
    Stat(Stat),
    Status(Box<Status>),
}

impl Look {
    pub(crate) fn into_comm(self) -> Comm {
        match self {
            Self::Stat(stat) => stat.comm,
            Self::Status(status) => status.comm,
        }
    }
}

/// Why a process could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// No process has this number, or it has been reaped meanwhile. ESRCH.
    Gone(Pid),
    /// The process with this number is another one: its inode is the second, not the first.
    AnotherProcess {
        /// The number.
        pid: Pid,
        /// The inode that was asked for.
        wanted: u64,
        /// The inode of the process that has the number now.
        found: u64,
    },
    /// The kernel gives processes no inodes (before Linux 6.9).
    NoInodes,
    /// `/proc` is not mounted, or shows another PID namespace than the caller's: numbers would mean others.
    ForeignProc,
    /// The number is that of a thread, and of no main thread.
    Thread(ThreadNumber),
    /// Another error of the kernel: EMFILE, ENFILE, ENOMEM.
    System(Pid, i32),
}

/// A number that is a thread's and no process's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadNumber {
    /// The number.
    pub number: Pid,
    /// The process the thread is of; `None` where `/proc` hides it.
    pub process: Option<Pid>,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(pid) => write!(f, "no process {pid}"),
            Self::AnotherProcess { pid, wanted, found } => {
                write!(f, "process {pid} is another one now: its inode is {found}, not {wanted}")
            }
            Self::NoInodes => f.write_str("this kernel gives processes no inodes: it takes Linux 6.9"),
            Self::ForeignProc => f.write_str("/proc shows another PID namespace: mount the caller's own there"),
            Self::Thread(ThreadNumber { number, process: Some(process) }) => {
                write!(f, "{number} is a thread of process {process}: name the process")
            }
            Self::Thread(ThreadNumber { number, process: None }) => {
                write!(f, "{number} is a thread of a process that /proc hides: name the process")
            }
            Self::System(pid, number) => {
                write!(f, "process {pid} cannot be opened: {}", std::io::Error::from_raw_os_error(*number))
            }
        }
    }
}

impl core::error::Error for OpenError {}

/// Why something could not be read of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The process (or thread) is gone.
    Gone,
    /// `/proc` does not show this process to the caller (`hidepid`).
    Hidden,
    /// The number is that of a thread of this process.
    Thread(Pid),
    /// The file was not in the form that the kernel writes.
    Malformed(Malformed),
    /// Another error of the kernel, by number.
    System(i32),
}

impl From<Errno> for ReadError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::SRCH | Errno::NOENT => Self::Gone,
            Errno::ACCESS | Errno::PERM => Self::Hidden,
            other => Self::System(other.raw_os_error()),
        }
    }
}

impl From<OpenError> for ReadError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::System(_, number) => Self::System(number),
            OpenError::Thread(ThreadNumber { process: Some(process), .. }) => Self::Thread(process),
            OpenError::ForeignProc => Self::Hidden,
            _ => Self::Gone,
        }
    }
}

impl From<Malformed> for ReadError {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("the process is gone"),
            Self::Hidden => f.write_str("/proc hides the process from this user"),
            Self::Thread(process) => write!(f, "the number is that of a thread of process {process}: name that"),
            Self::Malformed(malformed) => fmt::Display::fmt(malformed, f),
            Self::System(number) => fmt::Display::fmt(&std::io::Error::from_raw_os_error(*number), f),
        }
    }
}

impl core::error::Error for ReadError {}

impl Process {
    /// Opens the process that has this number now. The number of a thread opens nothing: kill(2) would signal the
    /// whole process, and waiting for the one or the other are two things.
    ///
    /// # Errors
    /// [`OpenError`]: [`Gone`](OpenError::Gone), [`ForeignProc`](OpenError::ForeignProc),
    /// [`Thread`](OpenError::Thread), [`System`](OpenError::System).
    pub fn open(pid: Pid) -> Result<Self, OpenError> {
        proc_is_ours()?;
        match open_directory(CWD, &format!("/proc/{pid}")) {
            Ok(directory) => {
                let process = Self::with_directory(pid, directory);
                process.decline_thread()?;
                Ok(process)
            }
            // Reaped while its directory was looked up.
            Err(Errno::SRCH) => Err(OpenError::Gone(pid)),
            // Hidden (hidepid) or gone: a pidfd tells.
            Err(Errno::NOENT | Errno::ACCESS | Errno::PERM) => {
                let handle = open_pidfd(pid)?;
                Ok(Self { pid, directory: None, pidfd: OnceLock::from(handle), parked: None, look: Mutex::new(None) })
            }
            Err(errno) => Err(OpenError::System(pid, errno.raw_os_error())),
        }
    }

    /// `/proc` opens a directory for the number of any thread; a pidfd opens only for a process's.
    fn decline_thread(&self) -> Result<(), OpenError> {
        match pidfd::open(self.pid.get()) {
            // What the directory stands for may have been reaped meanwhile: whatever asks it is told.
            Ok(_) | Err(Errno::SRCH) => Ok(()),
            // EINVAL is also the answer for a process that has just been reaped.
            Err(Errno::INVAL | Errno::NOENT | Errno::NOSYS) => match self.status() {
                Ok(status) if status.process == self.pid => Ok(()),
                Ok(status) => Err(thread(self.pid, Some(status.process))),
                Err(ReadError::Gone) => Err(OpenError::Gone(self.pid)),
                Err(_) => Err(thread(self.pid, None)),
            },
            Err(errno) => Err(OpenError::System(self.pid, errno.raw_os_error())),
        }
    }

    /// Opens a process below an open `/proc` directory, of which the caller knows that it is its own namespace's.
    pub(crate) fn open_below(proc: BorrowedFd<'_>, pid: Pid) -> Result<Self, Errno> {
        Ok(Self::with_directory(pid, open_directory(proc, &pid.to_string())?))
    }

    fn with_directory(pid: Pid, directory: OwnedFd) -> Self {
        Self { pid, directory: Some(directory), pidfd: OnceLock::new(), parked: None, look: Mutex::new(None) }
    }

    /// Whether its file descriptor is one of the last that the caller may have.
    pub(crate) fn takes_the_last_room(&self, room: usize) -> bool {
        let is_last = |descriptor: &OwnedFd| is_one_of_the_last(SPARE_DESCRIPTORS, descriptor, room);
        self.directory.as_ref().is_some_and(is_last)
    }

    /// Gives its file descriptors back. From here on it is held by its number and its inode, which nobody else gets:
    /// whatever is asked of it opens it again, and compares.
    ///
    /// # Errors
    /// [`OpenError::System`] with EMFILE: the kernel gives processes no inodes (before Linux 6.9), so it cannot be
    /// held in this way. [`Gone`](OpenError::Gone).
    pub(crate) fn park(self) -> Result<Self, OpenError> {
        let Some(inode) = self.inode()? else {
            return Err(OpenError::System(self.pid, Errno::MFILE.raw_os_error()));
        };
        Ok(Self { directory: None, pidfd: OnceLock::new(), parked: Some(inode), ..self })
    }

    /// Opens a pidfd for its number, and declines that of another process.
    fn reopened(&self, inode: u64) -> Result<OwnedFd, OpenError> {
        let handle = open_pidfd(self.pid)?;
        match pidfd::inode(handle.as_fd()) {
            Ok(Some(found)) if found == inode => Ok(handle),
            Ok(_) => Err(OpenError::Gone(self.pid)),
            Err(errno) => Err(OpenError::System(self.pid, errno.raw_os_error())),
        }
    }

    /// Its `/proc` directory, opened again if it is parked.
    fn seen(&self) -> Result<Handle<'_>, ReadError> {
        let Some(inode) = self.parked else { return self.directory().map(Handle::Held) };
        let directory = open_directory(CWD, &format!("/proc/{}", self.pid))?;
        // It had the number before the directory was opened; if it has it now, the directory is its.
        match self.reopened(inode) {
            Ok(_) => Ok(Handle::Opened(directory)),
            Err(OpenError::System(_, number)) => Err(ReadError::System(number)),
            Err(_) => Err(ReadError::Gone),
        }
    }

    /// Keeps what was read of it for whoever takes it first.
    pub(crate) fn keep_look(&self, look: Look) {
        *self.look.lock().unwrap_or_else(PoisonError::into_inner) = Some(look);
    }

    /// What was read of it when it was selected; once only, since later it is stale.
    pub(crate) fn take_look(&self) -> Option<Look> {
        self.look.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Opens the very process that has this number *and* this inode: never another one that got its number.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`AnotherProcess`](OpenError::AnotherProcess), [`NoInodes`](OpenError::NoInodes).
    pub fn open_exact(pid: Pid, inode: u64) -> Result<Self, OpenError> {
        let process = Self::open(pid)?;
        match process.inode()? {
            Some(found) if found == inode => Ok(process),
            Some(found) => Err(OpenError::AnotherProcess { pid, wanted: inode, found }),
            None => Err(OpenError::NoInodes),
        }
    }

    /// The number it had when it was opened.
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// The inode of its pidfd: its identity until the machine restarts. `None` before Linux 6.9. No descriptor stays open
    /// for it: where many are held, there is none to spare.
    ///
    /// # Errors
    /// [`OpenError`], as of [`pidfd`](Self::pidfd).
    pub fn inode(&self) -> Result<Option<u64>, OpenError> {
        if self.parked.is_some() {
            return Ok(self.parked);
        }
        let of = |handle: BorrowedFd<'_>| {
            pidfd::inode(handle).map_err(|errno| OpenError::System(self.pid, errno.raw_os_error()))
        };
        match self.pidfd.get() {
            Some(handle) => of(handle.as_fd()),
            None => of(self.new_pidfd()?.as_fd()),
        }
    }

    /// A pidfd of it, opened at the first call.
    ///
    /// # Errors
    /// [`Gone`](OpenError::Gone): it was reaped before a pidfd was opened. [`Thread`](OpenError::Thread).
    pub fn pidfd(&self) -> Result<BorrowedFd<'_>, OpenError> {
        if let Some(handle) = self.pidfd.get() {
            return Ok(handle.as_fd());
        }
        let handle = self.new_pidfd()?;
        Ok(self.pidfd.get_or_init(|| handle).as_fd())
    }

    /// A pidfd that the caller keeps; errors as of [`pidfd`](Self::pidfd).
    pub(crate) fn new_pidfd(&self) -> Result<OwnedFd, OpenError> {
        if let Some(handle) = self.pidfd.get() {
            let copy = handle.try_clone().map_err(|error| error.raw_os_error().unwrap_or_default());
            return copy.map_err(|number| OpenError::System(self.pid, number));
        }
        if let Some(inode) = self.parked {
            return self.reopened(inode);
        }
        let handle = open_pidfd(self.pid)?;
        // The number is its own until it is reaped. So if it has not been by now, the pidfd is its.
        if let Some(directory) = &self.directory
            && let Err(errno) = pidfd::send(directory, 0, None, Scope::Handle)
            && errno == Errno::SRCH
        {
            return Err(OpenError::Gone(self.pid));
        }
        Ok(handle)
    }

    /// What its `stat` file tells.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn stat(&self) -> Result<Stat, ReadError> {
        let mut buffer = Vec::new();
        self.stat_in(&mut buffer)
    }

    /// As [`stat`](Self::stat), with a buffer that is used again for the next process.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn stat_in(&self, buffer: &mut Vec<u8>) -> Result<Stat, ReadError> {
        self.read_piece("stat", buffer)?;
        Ok(Stat::parse(buffer)?)
    }

    /// What its `status` file tells: that of its main thread.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn status(&self) -> Result<Status, ReadError> {
        self.status_in(&mut Vec::new())
    }

    /// As [`status`](Self::status), with a buffer that is used again for the next process.
    pub(crate) fn status_in(&self, buffer: &mut Vec<u8>) -> Result<Status, ReadError> {
        self.read_piece("status", buffer)?;
        Ok(Status::parse(buffer)?)
    }

    /// Its threads, the main one included.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn threads(&self) -> Result<Vec<ThreadId>, ReadError> {
        let tasks = open_directory(self.seen()?.as_fd(), "task")?;
        Ok(numbers(tasks.as_fd())?.into_iter().filter_map(ThreadId::new).collect())
    }

    /// What the status of one of its threads tells.
    ///
    /// # Errors
    /// [`ReadError`]; [`Gone`](ReadError::Gone) also when only the thread is gone.
    pub fn thread_status(&self, thread: ThreadId) -> Result<Status, ReadError> {
        let mut buffer = Vec::new();
        self.read_piece(&format!("task/{thread}/status"), &mut buffer)?;
        Ok(Status::parse(&buffer)?)
    }

    /// Reads any file of its `/proc` directory, by a path relative to it, into the buffer.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn read(&self, file: &str, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        read_into(self.seen()?.as_fd(), file, buffer)?;
        Ok(())
    }

    /// Reads its memory from this address on, as much as the buffer holds. It takes the right to trace the process.
    ///
    /// # Errors
    /// [`ReadError`]: also where nothing, or not so much, is there.
    pub(crate) fn read_memory(&self, address: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let memory = rustix::fs::openat(self.seen()?.as_fd(), "mem", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        match rustix::io::pread(&memory, &mut *buffer, address)? {
            length if length == buffer.len() => Ok(()),
            _ => Err(ReadError::Gone),
        }
    }

    /// As [`read`](Self::read), for a file that the kernel writes in one piece.
    pub(crate) fn read_piece(&self, file: &str, buffer: &mut Vec<u8>) -> Result<(), ReadError> {
        read_piece(self.seen()?.as_fd(), file, buffer)?;
        Ok(())
    }

    /// The effective user it runs as: the owner of its `/proc` directory, which costs no file.
    ///
    /// # Errors
    /// [`ReadError`].
    ///
    /// Source: Linux `task_dump_owner`, which makes an exception for the directory itself.
    pub(crate) fn effective_user(&self) -> Result<u32, ReadError> {
        Ok(rustix::fs::fstat(self.seen()?.as_fd())?.st_uid)
    }

    /// Its `/proc` directory, where that can be seen.
    ///
    /// # Errors
    /// [`ReadError::Hidden`]: also of one that is held without a file descriptor, because the caller may have no more.
    pub fn directory(&self) -> Result<BorrowedFd<'_>, ReadError> {
        self.directory.as_ref().map(AsFd::as_fd).ok_or(ReadError::Hidden)
    }

    /// Sends it a signal: to this very process, or to nobody.
    ///
    /// # Errors
    /// ESRCH: it has been reaped. EPERM.
    pub fn send(&self, signal: Signal) -> Result<(), Refused> {
        self.deliver(Some(signal), None)
    }

    /// Sends it a signal with a value, as `sigqueue` does.
    ///
    /// # Errors
    /// ESRCH, EPERM; EAGAIN: a realtime signal, and its queue is full.
    pub fn send_value(&self, signal: Signal, value: i32) -> Result<(), Refused> {
        self.deliver(Some(signal), Some(&QueuedInfo::new(i32::from(signal.number()), value)))
    }

    /// The null signal: whether it exists and may be signalled, asked of this very process \[S1.11\].
    ///
    /// # Errors
    /// ESRCH: it has been reaped. EPERM.
    pub fn probe(&self) -> Result<(), Refused> {
        self.deliver(None, None)
    }

    fn deliver(&self, signal: Option<Signal>, info: Option<&QueuedInfo>) -> Result<(), Refused> {
        pidfd::send(self.handle(signal)?, number(signal), info, Scope::Handle)
            .map_err(|errno| Refused::new(errno, Aim::Process(self.pid), signal, Call::Handle))
    }

    /// Sends to the group that it leads, in one call.
    pub(crate) fn send_to_group(&self, signal: Option<Signal>) -> Result<(), Errno> {
        let handle = self.handle(signal).map_err(|_| Errno::SRCH)?;
        pidfd::send(handle, number(signal), None, Scope::Group)
    }

    /// Either handle: both stand for the process.
    fn handle(&self, signal: Option<Signal>) -> Result<Handle<'_>, Refused> {
        let refused = |errno| Refused::new(errno, Aim::Process(self.pid), signal, Call::Handle);
        if let Some(inode) = self.parked {
            return self.reopened(inode).map(Handle::Opened).map_err(|error| match error {
                OpenError::System(_, number) => refused(Errno::from_raw_os_error(number)),
                _ => refused(Errno::SRCH),
            });
        }
        let either = self.directory.as_ref().or_else(|| self.pidfd.get());
        either.map(|handle| Handle::Held(handle.as_fd())).ok_or_else(|| refused(Errno::SRCH))
    }

    /// Waits until it has ended (as a zombie, or reaped).
    ///
    /// # Errors
    /// [`OpenError`] if no pidfd can be opened; [`Gone`](OpenError::Gone) means that it has ended as well.
    pub fn wait(&self) -> Result<(), OpenError> {
        self.ends(None).map(drop)
    }

    /// Waits at most so long until it has ended; whether it has.
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub fn wait_for(&self, limit: Duration) -> Result<bool, OpenError> {
        let tv_sec = i64::try_from(limit.as_secs()).unwrap_or(i64::MAX);
        self.ends(Some(Timespec { tv_sec, tv_nsec: i64::from(limit.subsec_nanos()) }))
    }

    fn ends(&self, limit: Option<Timespec>) -> Result<bool, OpenError> {
        let handle = self.pidfd()?;
        let mut polled = [PollFd::new(&handle, PollFlags::IN)];
        loop {
            match rustix::event::poll(&mut polled, limit.as_ref()) {
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(OpenError::System(self.pid, errno.raw_os_error())),
            }
        }
    }

    /// The wait status it ended with, once its parent has reaped it, if a pidfd was opened before (Linux 6.15).
    pub fn exit_status(&self) -> Option<i32> {
        pidfd::info(self.pidfd.get()?.as_fd()).ok()?.exit_status
    }
}

/// A handle that is held, or was opened for this once.
enum Handle<'a> {
    Held(BorrowedFd<'a>),
    Opened(OwnedFd),
}

impl AsFd for Handle<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Held(handle) => *handle,
            Self::Opened(handle) => handle.as_fd(),
        }
    }
}

/// So many file descriptors are left for other things than holding processes.
const SPARE_DESCRIPTORS: usize = 32;

const fn thread(number: Pid, process: Option<Pid>) -> OpenError {
    OpenError::Thread(ThreadNumber { number, process })
}

fn open_pidfd(pid: Pid) -> Result<OwnedFd, OpenError> {
    pidfd::open(pid.get()).map_err(|errno| match errno {
        Errno::SRCH => OpenError::Gone(pid),
        Errno::NOENT | Errno::INVAL => thread(pid, None),
        other => OpenError::System(pid, other.raw_os_error()),
    })
}

/// Checks that the numbers in `/proc` are those of the caller's PID namespace. Asked once in each process.
pub(crate) fn proc_is_ours() -> Result<(), OpenError> {
    static CHECKED_BY: AtomicI32 = AtomicI32::new(0);
    let own = rustix::process::getpid().as_raw_nonzero().get();
    if CHECKED_BY.load(Ordering::Relaxed) == own {
        return Ok(());
    }
    let shown = rustix::fs::readlinkat(CWD, "/proc/self", Vec::new()).map_err(|_| OpenError::ForeignProc)?;
    if crate::proc_files::decimal(shown.to_bytes()) != Some(own) {
        return Err(OpenError::ForeignProc);
    }
    CHECKED_BY.store(own, Ordering::Relaxed);
    Ok(())
}
