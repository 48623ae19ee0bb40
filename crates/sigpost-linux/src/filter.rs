//! `Filter`: what a process must be besides what it was named by. Everything that is given must hold; of several
//! values of one kind, one.

use core::time::Duration;
use std::os::fd::AsFd as _;

use rustix::fs::AtFlags;
use rustix::time::{ClockId, clock_gettime};
use sigpost_engine::{GroupId, Pid, SessionId};

use crate::proc_stat::{Stat, State};
use crate::process::{Process, ReadError};
use crate::selection::Facts;

/// What a process must be. Empty lists ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Its parent is one of these.
    pub parents: Vec<Pid>,
    /// It is in one of these process groups.
    pub groups: Vec<GroupId>,
    /// It is in one of these sessions.
    pub sessions: Vec<SessionId>,
    /// Its controlling terminal is one of these, by device number as `stat` tells it; 0: it has none.
    pub terminals: Vec<i32>,
    /// It started at least so long ago.
    pub older: Option<Duration>,
    /// Its main thread is in one of these states.
    pub states: Vec<State>,
    /// Its effective user is one of these.
    pub effective_users: Vec<u32>,
    /// Its real user is one of these.
    pub real_users: Vec<u32>,
    /// Its real group of users is one of these.
    pub real_user_groups: Vec<u32>,
    /// It is in one of these cgroups, of version 2: exactly there.
    pub cgroups: Vec<String>,
    /// It is in the same namespaces.
    pub namespaces: Option<Namespaces>,
    /// It was started with one of these variables in its environment: `NAME`, or `NAME=VALUE`.
    pub environment: Vec<Vec<u8>>,
}

/// The namespaces of a process, by what `/proc/PID/ns` shows of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespaces(Vec<Option<(u64, u64)>>);

const KINDS: [&str; 6] = ["ns/ipc", "ns/mnt", "ns/net", "ns/pid", "ns/user", "ns/uts"];

impl Namespaces {
    /// Reads those of a process.
    ///
    /// # Errors
    /// [`ReadError::Hidden`]: another user's process, for anyone but the superuser. [`ReadError::Gone`].
    pub fn of(process: &Process) -> Result<Self, ReadError> {
        let directory = process.directory()?;
        let identity = |file: &&str| match rustix::fs::statat(directory, *file, AtFlags::empty()) {
            Ok(about) => Ok(Some((about.st_dev, about.st_ino))),
            Err(rustix::io::Errno::NOENT) => Ok(None),
            Err(errno) => Err(ReadError::from(errno)),
        };
        KINDS.iter().map(identity).collect::<Result<_, _>>().map(Self)
    }
}

impl Filter {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the process is what is asked. What is cheap to read is asked first, and nothing is read that is not.
    ///
    /// # Errors
    /// [`ReadError`]; [`Hidden`](ReadError::Hidden) where it is not permitted to know.
    pub fn matches(&self, process: &Process) -> Result<bool, ReadError> {
        self.holds(&mut Facts::new(process))
    }

    pub(crate) fn holds(&self, facts: &mut Facts<'_>) -> Result<bool, ReadError> {
        Ok((!self.asks_stat() || self.by_stat(facts.stat()?))
            && (!self.asks_status() || self.by_status(facts)?)
            && (self.cgroups.is_empty() || self.by_cgroup(facts)?)
            && self.by_namespaces(facts)?
            && (self.environment.is_empty() || self.by_environment(facts)?))
    }

    fn asks_stat(&self) -> bool {
        let lists = [
            self.parents.is_empty(),
            self.groups.is_empty(),
            self.sessions.is_empty(),
            self.terminals.is_empty(),
            self.states.is_empty(),
        ];
        lists.contains(&false) || self.older.is_some()
    }

    fn by_stat(&self, stat: &Stat) -> bool {
        among(&self.parents, stat.parent.as_ref())
            && among(&self.groups, stat.group.as_ref())
            && among(&self.sessions, stat.session.as_ref())
            && among(&self.terminals, Some(&stat.terminal))
            && among(&self.states, Some(&stat.state))
            && self.older.is_none_or(|age| age_of(stat) >= age)
    }

    fn asks_status(&self) -> bool {
        !(self.effective_users.is_empty() && self.real_users.is_empty() && self.real_user_groups.is_empty())
    }

    fn by_status(&self, facts: &mut Facts<'_>) -> Result<bool, ReadError> {
        let status = facts.status()?;
        let users =
            among(&self.effective_users, Some(&status.uids[1])) && among(&self.real_users, Some(&status.uids[0]));
        if !users || self.real_user_groups.is_empty() {
            return Ok(users);
        }
        Ok(among(&self.real_user_groups, facts.real_user_group()?.as_ref()))
    }

    fn by_cgroup(&self, facts: &mut Facts<'_>) -> Result<bool, ReadError> {
        let path = unified(facts.file("cgroup")?);
        Ok(self.cgroups.iter().any(|asked| asked.as_bytes() == path))
    }

    fn by_namespaces(&self, facts: &Facts<'_>) -> Result<bool, ReadError> {
        self.namespaces.as_ref().map_or(Ok(true), |asked| Ok(Namespaces::of(facts.process)? == *asked))
    }

    fn by_environment(&self, facts: &mut Facts<'_>) -> Result<bool, ReadError> {
        let environment = facts.file("environ")?;
        Ok(self.environment.iter().any(|asked| has_variable(environment, asked)))
    }
}

/// The path of the cgroup of version 2 in the bytes of `/proc/PID/cgroup`; empty where there is none.
pub(crate) fn unified(lines: &[u8]) -> &[u8] {
    lines.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"0::")).unwrap_or_default()
}

/// Whether the bytes of `/proc/PID/environ` hold a variable, with its value if one is asked for (`NAME=VALUE`).
pub(crate) fn has_variable(environment: &[u8], asked: &[u8]) -> bool {
    let mut variables = environment.split(|byte| *byte == 0);
    variables
        .any(|variable| variable == asked || variable.strip_prefix(asked).is_some_and(|rest| rest.starts_with(b"=")))
}

fn among<T: PartialEq>(asked: &[T], found: Option<&T>) -> bool {
    asked.is_empty() || found.is_some_and(|found| asked.contains(found))
}

/// How long ago the process started.
fn age_of(stat: &Stat) -> Duration {
    let now = clock_gettime(ClockId::Boottime);
    let now = Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or_default());
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    let part = u32::try_from(stat.start % ticks * 1_000_000_000 / ticks).unwrap_or_default();
    now.saturating_sub(Duration::new(stat.start / ticks, part))
}

/// The name of a terminal by its device number, as `stat` tells it; of those that are common.
///
/// ```
/// use sigpost_linux::filter::terminal_name;
///
/// assert_eq!(terminal_name(0x8803).as_deref(), Some("pts/3"));
/// assert_eq!(terminal_name(0x0401).as_deref(), Some("tty1"));
/// assert_eq!(terminal_name(0), None);
/// ```
pub fn terminal_name(device: i32) -> Option<String> {
    let device = device.cast_unsigned();
    let (major, minor) = (device >> 8 & 0xFFF, device & 0xFF | device >> 12 & 0xF_FF00);
    match major {
        4 if minor < 64 => Some(format!("tty{minor}")),
        4 => Some(format!("ttyS{}", minor - 64)),
        136..=143 => Some(format!("pts/{}", (major - 136) << 20 | minor)),
        _ => None,
    }
}

/// The device number of a terminal (`tty1`, `pts/0`, or its path) as `stat` tells it.
///
/// # Errors
/// It is not there, or no terminal: the error number.
pub fn terminal(name: &str) -> Result<i32, i32> {
    let path = if name.starts_with('/') { name.to_owned() } else { format!("/dev/{name}") };
    let about = rustix::fs::stat(path.as_str()).map_err(rustix::io::Errno::raw_os_error)?;
    if !rustix::fs::FileType::from_raw_mode(about.st_mode).is_char_device() {
        return Err(rustix::io::Errno::NOTTY.raw_os_error());
    }
    let (major, minor) = (rustix::fs::major(about.st_rdev), rustix::fs::minor(about.st_rdev));
    // The kernel's own encoding of a device number in 32 bits.
    Ok(((minor & 0xFF) | (major << 8) | ((minor & !0xFF) << 12)).cast_signed())
}

/// Whether this is the executable's file that the process runs.
pub(crate) fn runs(process: &Process, file: (u64, u64)) -> Result<bool, ReadError> {
    let about = rustix::fs::statat(process.directory()?.as_fd(), "exe", AtFlags::empty())?;
    Ok((about.st_dev, about.st_ino) == file)
}
