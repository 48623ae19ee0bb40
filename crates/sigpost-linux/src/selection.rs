//! `Query`: which processes are meant, asked of all of them in one scan.
//!
//! Each is opened first and then read through its handle, so what was selected is what is held. The cheap is read
//! before the dear: the command name, then `stat`, then `status` and the rest, and of each only what is asked for.

use sigpost_engine::Pid;

use crate::filter::{Filter, runs};
use crate::pattern::Pattern;
use crate::proc_stat::{Comm, Stat};
use crate::proc_status::Status;
use crate::process::{OpenError, Process, ReadError};
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
    /// have open files ([`scan::allow_many_handles`]). None is silently left out.
    pub fn select(&self) -> Result<Found, OpenError> {
        let mut found = Found::default();
        let mut buffer = Vec::new();
        for process in scan::each_opened()? {
            let process = process?;
            let mut facts = Facts::with_buffer(&process, core::mem::take(&mut buffer));
            let answer = self.names(&mut facts);
            buffer = facts.buffer;
            match answer {
                Ok(Some(named_by)) => {
                    found.processes.push(process);
                    found.named_by.push(named_by);
                }
                Ok(None) | Err(ReadError::Gone) => {}
                Err(ReadError::System(number)) => return Err(OpenError::System(process.pid(), number)),
                Err(_) => found.hidden += 1,
            }
        }
        Ok(found)
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
            None => self.process.status()?,
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
        let same = |found: &[u8], wanted: &[u8]| {
            if ignore_case { found.eq_ignore_ascii_case(wanted) } else { found == wanted }
        };
        let comm = self.name()?;
        if name.len() <= Comm::LONGEST || comm.len() > Comm::LONGEST {
            return Ok(same(comm, name));
        }
        if !same(comm, &name[..Comm::LONGEST]) {
            return Ok(false);
        }
        Ok(same(&self.program()?, name))
    }

    fn name(&mut self) -> Result<&[u8], ReadError> {
        let name = if let Some(name) = self.name.take() {
            name
        } else {
            let file = self.file("comm")?;
            file.strip_suffix(b"\n").unwrap_or(file).to_vec()
        };
        Ok(self.name.insert(name))
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
