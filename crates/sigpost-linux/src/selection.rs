//! `Query`: which processes are meant, asked of all of them in one scan.
//!
//! Each is opened first and then read through its handle, so what was selected is what is held. The cheap is read
//! before the dear: the command name, then `stat`, then `status` and the rest, and of each only what is asked for.
//!
//! Where names are all that is asked, a look at `/proc/PID/comm` by number passes over those of another name; nobody
//! is selected by it. Whom it does not pass over is opened, and asked again through the handle. After one who was
//! meant the next one likely is too, and is opened at once.

use std::os::fd::{AsFd, BorrowedFd};

use sigpost_engine::Pid;

use crate::filter::{Filter, runs};
use crate::pattern::Pattern;
use crate::proc_files::read_piece;
use crate::proc_stat::{Comm, Stat};
use crate::proc_status::Status;
use crate::process::{Look, OpenError, Process, ReadError};
use crate::scan;

/// By what a process is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// By its exact command name; over 15 bytes also by the base name of `argv[0]`.
    Name {
        /// The name.
        name: Vec<u8>,
        /// `a` is also `A`, in ASCII.
        ignore_case: bool,
    },
    /// By a regular expression on its name, or on its command line.
    Pattern(Pattern),
    /// By the file that it runs: device and inode.
    Executable(u64, u64),
}

/// Of several, only this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The one that started last.
    Newest,
    /// The one that started first.
    Oldest,
}

/// Which processes are meant.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// One of these names it; empty: any process.
    pub matchers: Vec<Matcher>,
    /// And it is all of this.
    pub filter: Filter,
    /// Everything but those.
    pub inverse: bool,
}

/// What is going to be read of those who are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing that tells the name as well.
    Nothing,
    /// `stat`.
    Stat,
    /// `status`.
    Status,
}

/// What a [`Query`] found.
#[derive(Debug, Default)]
pub struct Found {
    /// The processes, each held by handle, by ascending number.
    pub processes: Vec<Process>,
    /// For each of them, which of the matchers named it.
    pub named_by: Vec<Vec<usize>>,
    /// How many could not be read, and so were not found: hidden, or another user's.
    pub hidden: usize,
}

impl Query {
    /// Asks every process.
    ///
    /// # Errors
    /// [`OpenError`]: `/proc` cannot be read; [`OpenError::System`] with EMFILE: more are meant than the caller may
    /// have open files ([`scan::allow_many_handles`]), before Linux 6.9. None is silently left out.
    pub fn select(&self) -> Result<Found, OpenError> {
        self.select_for(Next::Nothing)
    }

    /// As [`select`](Self::select), by the file that will be needed next of those who are meant: it tells the name as
    /// well, and is kept for the first [`Snapshot`](crate::Snapshot) that is made of it, or the first receipt.
    ///
    /// # Errors
    /// As [`select`](Self::select).
    pub fn select_for(&self, next: Next) -> Result<Found, OpenError> {
        let (proc, pids) = scan::open_numbers()?;
        let (mut found, mut buffer) = (Found::default(), Vec::new());
        let (room, mut was_meant) = (scan::room(), !self.asks_names_only());
        for pid in pids {
            if !was_meant && !self.may_name(proc.as_fd(), pid, &mut buffer) {
                continue;
            }
            let Some(process) = scan::open_one(proc.as_fd(), pid)? else { continue };
            let mut facts = Facts::with_buffer(&process, core::mem::take(&mut buffer));
            let answer = facts.look(if self.asks_names_only() { next } else { Next::Nothing });
            let answer = answer.and_then(|()| self.names(&mut facts));
            let look = facts.into_look(&mut buffer);
            was_meant = !self.asks_names_only() || matches!(answer, Ok(Some(_)));
            match answer {
                Ok(Some(named_by)) => {
                    if let Some(look) = look {
                        process.keep_look(look);
                    }
                    if let Some(process) = scan::kept(process, room)? {
                        found.processes.push(process);
                        found.named_by.push(named_by);
                    }
                }
                Ok(None) | Err(ReadError::Gone) => {}
                Err(ReadError::System(number)) => return Err(OpenError::System(process.pid(), number)),
                Err(_) => found.hidden += 1,
            }
        }
        Ok(found)
    }

    /// Whether the name decides, so that whoever has another one is not meant.
    fn asks_names_only(&self) -> bool {
        let is_name = |matcher: &Matcher| matches!(matcher, Matcher::Name { .. });
        !self.inverse && !self.matchers.is_empty() && self.matchers.iter().all(is_name)
    }

    /// Whether the process that has this number now may be one of these names, as far as its command name tells.
    /// What cannot be read is for whoever opens it to tell.
    fn may_name(&self, proc: BorrowedFd<'_>, pid: Pid, buffer: &mut Vec<u8>) -> bool {
        if read_piece(proc, &format!("{pid}/comm"), buffer).is_err() {
            return true;
        }
        let comm = buffer.strip_suffix(b"\n").unwrap_or(buffer);
        self.matchers.iter().any(|matcher| match matcher {
            Matcher::Name { name, ignore_case } => by_comm(comm, name, *ignore_case) != Some(false),
            Matcher::Pattern(_) | Matcher::Executable(..) => true,
        })
    }

    /// Which matchers name the process; `None` if it is not meant.
    fn names(&self, facts: &mut Facts<'_>) -> Result<Option<Vec<usize>>, ReadError> {
        let mut named_by = Vec::new();
        for (place, matcher) in self.matchers.iter().enumerate() {
            if matcher.names(facts)? {
                named_by.push(place);
            }
        }
        let is_named = self.matchers.is_empty() || !named_by.is_empty();
        let is_meant = (is_named && self.filter.holds(facts)?) != self.inverse;
        Ok(is_meant.then_some(named_by))
    }
}

impl Matcher {
    fn names(&self, facts: &mut Facts<'_>) -> Result<bool, ReadError> {
        match self {
            Self::Name { name, ignore_case } => facts.has_name(name, *ignore_case),
            Self::Pattern(pattern) if pattern.is_full() => Ok(pattern.matches(&facts.command_line()?)),
            Self::Pattern(pattern) => Ok(pattern.matches(&facts.long_name()?)),
            Self::Executable(device, inode) => match runs(facts.process, (*device, *inode)) {
                // The kernel's own threads run no file.
                Err(ReadError::Gone) => Ok(false),
                answer => answer,
            },
        }
    }
}

/// The one of these that started last, or first; of those that started together the one with the higher number,
/// or the lower.
pub fn pick(processes: Vec<Process>, which: Pick) -> Option<Process> {
    let started = |process: &Process| process.stat().ok().map(|stat| (stat.start, process.pid()));
    let dated = processes.into_iter().filter_map(|process| Some((started(&process)?, process)));
    let best = match which {
        Pick::Newest => dated.max_by_key(|(start, _): &((u64, Pid), Process)| *start),
        Pick::Oldest => dated.min_by_key(|(start, _): &((u64, Pid), Process)| *start),
    };
    best.map(|(_, process)| process)
}

/// A process, of which each thing is read when it is first asked for.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) process: &'a Process,
    buffer: Vec<u8>,
    name: Option<Vec<u8>>,
    stat: Option<Stat>,
    status: Option<Status>,
}

impl<'a> Facts<'a> {
    pub(crate) const fn new(process: &'a Process) -> Self {
        Self::with_buffer(process, Vec::new())
    }

    const fn with_buffer(process: &'a Process, buffer: Vec<u8>) -> Self {
        Self { process, buffer, name: None, stat: None, status: None }
    }

    pub(crate) fn file(&mut self, name: &str) -> Result<&[u8], ReadError> {
        self.process.read(name, &mut self.buffer)?;
        Ok(&self.buffer)
    }

    pub(crate) fn stat(&mut self) -> Result<&Stat, ReadError> {
        let stat = match self.stat.take() {
            Some(stat) => stat,
            None => self.process.stat_in(&mut self.buffer)?,
        };
        Ok(self.stat.insert(stat))
    }

    pub(crate) fn status(&mut self) -> Result<&Status, ReadError> {
        let status = match self.status.take() {
            Some(status) => status,
            None => self.process.status_in(&mut self.buffer)?,
        };
        Ok(self.status.insert(status))
    }

    /// The first number of the line `Gid:` of its `status`.
    pub(crate) fn real_user_group(&mut self) -> Result<Option<u32>, ReadError> {
        let lines = self.file("status")?;
        let line = lines.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Gid:"));
        let word = line.and_then(|line| line.split(u8::is_ascii_whitespace).find(|word| !word.is_empty()));
        Ok(word.and_then(|word| core::str::from_utf8(word).ok()?.parse().ok()))
    }

    fn has_name(&mut self, name: &[u8], ignore_case: bool) -> Result<bool, ReadError> {
        match by_comm(self.name()?, name, ignore_case) {
            Some(is_named) => Ok(is_named),
            None => Ok(same(&self.program()?, name, ignore_case)),
        }
    }

    fn name(&mut self) -> Result<&[u8], ReadError> {
        // What was read for something else tells it as well.
        if let Some(stat) = &self.stat {
            return Ok(stat.comm.as_bytes());
        }
        if let Some(status) = &self.status {
            return Ok(status.comm.as_bytes());
        }
        let name = if let Some(name) = self.name.take() {
            name
        } else {
            self.process.read_piece("comm", &mut self.buffer)?;
            self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer).to_vec()
        };
        Ok(self.name.insert(name))
    }

    /// Reads what is going to be needed anyway.
    fn look(&mut self, next: Next) -> Result<(), ReadError> {
        match next {
            Next::Nothing => Ok(()),
            Next::Stat => self.stat().map(drop),
            Next::Status => self.status().map(drop),
        }
    }

    /// What was read and is worth keeping; the buffer is given back.
    fn into_look(self, buffer: &mut Vec<u8>) -> Option<Look> {
        *buffer = self.buffer;
        self.stat.map(Look::Stat).or_else(|| self.status.map(|status| Look::Status(Box::new(status))))
    }

    /// The command name; where the kernel has cut it, the base name of `argv[0]` that begins with it.
    fn long_name(&mut self) -> Result<Vec<u8>, ReadError> {
        let comm = self.name()?.to_vec();
        if comm.len() != Comm::LONGEST {
            return Ok(comm);
        }
        let program = self.program()?;
        Ok(if program.starts_with(&comm) { program } else { comm })
    }

    fn program(&mut self) -> Result<Vec<u8>, ReadError> {
        Ok(program(self.file("cmdline")?).to_vec())
    }

    /// The arguments joined by spaces; the command name of a process that has none.
    fn command_line(&mut self) -> Result<Vec<u8>, ReadError> {
        let line = joined(self.file("cmdline")?);
        if line.is_empty() { Ok(self.name()?.to_vec()) } else { Ok(line) }
    }
}

/// The base name of the first argument in the bytes of `/proc/PID/cmdline`.
pub(crate) fn program(arguments: &[u8]) -> &[u8] {
    scan::base_name(arguments.split(|byte| *byte == 0).next().unwrap_or_default())
}

/// Those bytes as one line: the arguments joined by spaces.
pub(crate) fn joined(arguments: &[u8]) -> Vec<u8> {
    let end = arguments.iter().rposition(|byte| *byte != 0).map_or(0, |place| place + 1);
    arguments[..end].iter().map(|byte| if *byte == 0 { b' ' } else { *byte }).collect()
}

fn same(found: &[u8], wanted: &[u8], ignore_case: bool) -> bool {
    if ignore_case { found.eq_ignore_ascii_case(wanted) } else { found == wanted }
}

/// Whether a process of this command name has that name; `None` where the kernel has cut it and `argv[0]` decides.
fn by_comm(comm: &[u8], name: &[u8], ignore_case: bool) -> Option<bool> {
    if name.len() <= Comm::LONGEST || comm.len() > Comm::LONGEST {
        return Some(same(comm, name, ignore_case));
    }
    if same(comm, &name[..Comm::LONGEST], ignore_case) { None } else { Some(false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one process is asked for by a query; the files that were read of it.
    fn read_by(query: &Query) -> (bool, bool, bool) {
        let own = Process::open(Pid::new(std::process::id().cast_signed()).unwrap()).unwrap();
        let mut facts = Facts::new(&own);
        let _ = query.names(&mut facts);
        (facts.name.is_some(), facts.stat.is_some(), facts.status.is_some())
    }

    fn named(name: &[u8]) -> Matcher {
        Matcher::Name { name: name.to_vec(), ignore_case: false }
    }

    #[test]
    fn a_name_reads_neither_stat_nor_status() {
        let query = Query { matchers: vec![named(b"nobody is named so")], ..Query::default() };
        assert_eq!(read_by(&query), (true, false, false));
        let own = std::fs::read("/proc/self/comm").unwrap();
        let query = Query { matchers: vec![named(own.trim_ascii_end())], ..Query::default() };
        assert_eq!(read_by(&query), (true, false, false));
    }

    #[test]
    fn a_filter_is_asked_only_of_those_that_the_name_fits_and_the_cheap_half_first() {
        let filter =
            Filter { real_users: vec![u32::MAX - 1], parents: vec![Pid::new(i32::MAX).unwrap()], ..Filter::default() };
        let query = Query { matchers: vec![named(b"nobody is named so")], filter: filter.clone(), inverse: false };
        assert_eq!(read_by(&query), (true, false, false));
        let query = Query { filter, ..Query::default() };
        assert_eq!(read_by(&query), (false, true, false));
        let filter = Filter { real_users: vec![u32::MAX - 1], ..Filter::default() };
        assert_eq!(read_by(&Query { filter, ..Query::default() }), (false, false, true));
    }
}
