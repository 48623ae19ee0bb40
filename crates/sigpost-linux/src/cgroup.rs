//! `Cgroup`: a control group (version 2), which no child escapes by forking, or by `setsid`.
//!
//! KILL is a write to `cgroup.kill`, made again until nobody is left. For every other signal the cgroup is frozen, its
//! members are sent to one by one, and it is thawed. A guardian, a process of its own, does the freezing, and thaws as
//! soon as its pipe to us closes: whatever ends us, nothing stays frozen. So we must not be inside ourselves.
//!
//! Source: `Documentation/admin-guide/cgroup-v2.rst` (`cgroup.kill` since Linux 5.14, `cgroup.freeze` since 5.2).

mod events;
mod freeze;
mod kill;
pub(crate) mod mount;

use core::fmt;
use std::collections::HashSet;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{CWD, Mode, OFlags};
use sigpost_engine::Pid;
use sigpost_sys::Errno;

use crate::proc_files::{decimal, open_directory, read_into};
use crate::process::{OpenError, Process};
use crate::scan;

pub use freeze::Frozen;

/// The type of the file system of cgroups, version 2.
const CGROUP2_MAGIC: i64 = 0x6367_7270;

/// A cgroup, held by handle. See the [module](self).
#[derive(Debug)]
pub struct Cgroup {
    path: String,
    directory: OwnedFd,
}

/// Why something could not be done with a cgroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CgroupError {
    /// No cgroup file system of version 2 is mounted.
    NoMount,
    /// The path does not begin with `/`, or goes up (`..`).
    BadPath(String),
    /// There is no such cgroup. ENOENT.
    NotThere(String),
    /// Its members are threads, not processes (a threaded cgroup). EOPNOTSUPP.
    Threaded(String),
    /// It did not come to rest in the time allowed: something in it sleeps uninterruptibly.
    NotFrozen(String),
    /// The kernel refused: what was tried, and the error number.
    Refused(String, &'static str, i32),
    /// One of its members could not be opened.
    Member(OpenError),
}

impl fmt::Display for CgroupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMount => f.write_str("no cgroup file system of version 2 is mounted"),
            Self::BadPath(path) => {
                write!(f, "c:{path} is no cgroup: its path begins with / and goes down only, as in c:/system.slice")
            }
            Self::NotThere(path) => write!(f, "there is no cgroup {path}"),
            Self::Threaded(path) => write!(f, "cgroup {path} holds threads, not processes: name the one above it"),
            Self::NotFrozen(path) => write!(f, "cgroup {path} could not be frozen in time: nothing was sent to it"),
            Self::Refused(path, what, number) => {
                write!(f, "{what} of cgroup {path}: {}", std::io::Error::from_raw_os_error(*number))
            }
            Self::Member(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for CgroupError {}

impl Cgroup {
    /// Opens the cgroup at this path, as `/proc/PID/cgroup` shows it after `0::`.
    ///
    /// # Errors
    /// [`CgroupError`]: [`NoMount`](CgroupError::NoMount), [`BadPath`](CgroupError::BadPath),
    /// [`NotThere`](CgroupError::NotThere), [`Refused`](CgroupError::Refused).
    pub fn open(path: &str) -> Result<Self, CgroupError> {
        let goes_up = path.split('/').any(|part| part == ".." || part == ".");
        if !path.starts_with('/') || goes_up || path.contains('\0') {
            return Err(CgroupError::BadPath(path.to_owned()));
        }
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let path = format!("/{}", names.join("/"));
        let mount = mount::point().ok_or(CgroupError::NoMount)?;
        let directory = open_directory(CWD, &format!("{mount}{path}")).map_err(|errno| match errno {
            Errno::NOENT | Errno::NOTDIR => CgroupError::NotThere(path.clone()),
            other => CgroupError::Refused(path.clone(), "the folder", other.raw_os_error()),
        })?;
        // Whatever is mounted there besides is no cgroup.
        match rustix::fs::fstatfs(&directory) {
            Ok(filesystem) if filesystem.f_type == CGROUP2_MAGIC => Ok(Self { path, directory }),
            _ => Err(CgroupError::NotThere(path)),
        }
    }

    /// Its path, without a `/` at its end.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it is the topmost one that can be seen from here.
    pub fn is_root(&self) -> bool {
        self.path == "/"
    }

    /// Its processes and those of the cgroups below it, each held by handle.
    ///
    /// # Errors
    /// [`CgroupError`].
    pub fn members(&self) -> Result<Vec<Process>, CgroupError> {
        let mut members = Vec::new();
        for pid in self.pids()? {
            match Process::open(pid).and_then(scan::keep) {
                Ok(process) => members.extend(process),
                Err(OpenError::Gone(_)) => {}
                Err(error) => return Err(CgroupError::Member(error)),
            }
        }
        // Opened first, then found in the cgroup, and there after that: then it was the one in the cgroup.
        let still: HashSet<Pid> = self.pids()?.into_iter().collect();
        members.retain(|process| still.contains(&process.pid()) && process.stat().is_ok());
        Ok(members)
    }

    /// Whether a process of this number is in it or below it.
    ///
    /// # Errors
    /// [`CgroupError`].
    pub fn has(&self, pid: Pid) -> Result<bool, CgroupError> {
        Ok(self.pids()?.contains(&pid))
    }

    /// The numbers of its processes; those outside of our PID namespace have none.
    fn pids(&self) -> Result<Vec<Pid>, CgroupError> {
        let mut pids = Vec::new();
        let mut buffer = Vec::new();
        let mut folders = vec![(self.try_clone()?, true)];
        while let Some((folder, is_ours)) = folders.pop() {
            match read_into(folder.as_fd(), "cgroup.procs", &mut buffer) {
                Ok(()) => {}
                // A cgroup below may have been removed, or hold threads: those are of processes further up.
                Err(_) if !is_ours => continue,
                Err(Errno::NODEV | Errno::NOENT) => return Err(CgroupError::NotThere(self.path.clone())),
                Err(Errno::OPNOTSUPP) => return Err(CgroupError::Threaded(self.path.clone())),
                Err(errno) => return Err(self.refused("cgroup.procs", errno)),
            }
            pids.extend(buffer.split(|byte| *byte == b'\n').filter_map(decimal).filter_map(Pid::new));
            folders.extend(below(folder.as_fd()).map_err(|errno| self.refused("the folder", errno))?);
        }
        pids.sort_unstable();
        pids.dedup();
        Ok(pids)
    }

    /// The kernel's numbers of it and of the cgroups below it. Those that are removed meanwhile may be missing.
    pub fn numbers(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut folders: Vec<OwnedFd> = self.try_clone().into_iter().collect();
        while let Some(folder) = folders.pop() {
            numbers.extend(rustix::fs::fstat(&folder).map(|status| status.st_ino));
            folders.extend(below(folder.as_fd()).unwrap_or_default().into_iter().map(|(child, _)| child));
        }
        numbers
    }

    /// KILL to every process in it and below it, and to whoever is forked meanwhile. It returns when nobody is left, or
    /// after a second: those that are there then sleep uninterruptibly, or have much to give back.
    ///
    /// # Errors
    /// [`CgroupError::Refused`]: EACCES; ENOENT before Linux 5.14, and of the root.
    pub fn kill(&self) -> Result<(), CgroupError> {
        kill::kill(self)
    }

    /// Freezes it: when this returns nobody in it runs, until the result is dropped.
    ///
    /// # Errors
    /// [`CgroupError`]: [`NotFrozen`](CgroupError::NotFrozen), [`Refused`](CgroupError::Refused) (EACCES; ENOENT of
    /// the root). It is thawed again then.
    pub fn freeze(&self) -> Result<Frozen<'_>, CgroupError> {
        Frozen::new(self)
    }

    fn write(&self, file: &'static str, text: &[u8]) -> Result<(), CgroupError> {
        write_to(self.directory.as_fd(), file, text).map_err(|errno| self.refused(file, errno))
    }

    fn refused(&self, what: &'static str, errno: Errno) -> CgroupError {
        CgroupError::Refused(self.path.clone(), what, errno.raw_os_error())
    }

    fn try_clone(&self) -> Result<OwnedFd, CgroupError> {
        let copy = rustix::io::fcntl_dupfd_cloexec(&self.directory, 0);
        copy.map_err(|errno| self.refused("the folder", errno))
    }
}

/// Writes to one of a cgroup's files. No allocation: the guardian calls it.
fn write_to(folder: BorrowedFd<'_>, file: &str, text: &[u8]) -> Result<(), Errno> {
    let file = rustix::fs::openat(folder, file, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(file, text).map(drop)
}

/// The cgroups right below; one that is removed meanwhile is passed over.
fn below(folder: BorrowedFd<'_>) -> Result<Vec<(OwnedFd, bool)>, Errno> {
    let listed = open_directory(folder, ".")?;
    let mut folders = Vec::new();
    for entry in rustix::fs::Dir::new(listed)? {
        let entry = entry?;
        let name = entry.file_name();
        if entry.file_type() != rustix::fs::FileType::Directory || matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(folder, name, flags, Mode::empty()) {
            Ok(child) => folders.push((child, false)),
            Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(folders)
}
