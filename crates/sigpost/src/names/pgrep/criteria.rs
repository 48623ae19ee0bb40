//! Who matches: every process is opened, and read through its handle, and what is returned is held by it.

use alloc::rc::Rc;
use core::fmt;
use core::time::Duration;

use rustix::fs::AtFlags;
use sigpost_engine::{Pid, Signal};
use sigpost_linux::filter::Filter;
use sigpost_linux::proc_stat::Stat;
use sigpost_linux::selection::Pick;
use sigpost_linux::{OpenError, Process, ReadError, scan};
use sigpost_sys::extended_regex::ExtendedRegex;

use crate::names::process_text;

/// What a process, or with `threads` a thread, must be.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(super) struct Criteria {
    /// The pattern as it was typed, and compiled.
    pub(super) pattern: Option<(Vec<u8>, ExtendedRegex)>,
    /// Match the command line, not the name.
    pub(super) full: bool,
    /// One of a list could be anybody's.
    pub(super) nobody: bool,
    pub(super) filter: Filter,
    pub(super) pids: Option<Vec<i64>>,
    /// 0: it has none in this PID namespace, as a container's init and what was started beside it.
    pub(super) parents: Option<Vec<i64>>,
    pub(super) older: Option<Duration>,
    /// Letters, of which its state is one.
    pub(super) states: Option<Vec<u8>>,
    pub(super) namespaces: Option<Namespaces>,
    /// It catches the signal.
    pub(super) handler: bool,
    pub(super) signal: Option<Signal>,
    pub(super) inverse: bool,
    pub(super) pick: Option<Pick>,
    pub(super) no_ancestors: bool,
    pub(super) threads: bool,
}

impl fmt::Debug for Criteria {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Criteria").field("filter", &self.filter).finish_non_exhaustive()
    }
}

/// One that matches.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) process: Rc<Process>,
    /// Its number: that of the process, or of one of its threads.
    pub(super) number: i32,
    pub(super) name: Vec<u8>,
    started: u64,
}

/// The namespaces that must be the same, by what `/proc/PID/ns` shows of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Namespaces(Vec<(String, u64)>);

impl Namespaces {
    /// Those of a process, of these kinds; without any named, of all six.
    pub(super) fn of_process(pid: i64, kinds: &[String]) -> Option<Self> {
        let all = ["ipc", "mnt", "net", "pid", "user", "uts"].map(str::to_owned);
        let kinds = if kinds.is_empty() { &all[..] } else { kinds };
        let process = Process::open(i32::try_from(pid).ok().and_then(Pid::new)?).ok()?;
        Self::of(&process, kinds.iter()).ok()
    }

    fn of<'a>(process: &Process, kinds: impl Iterator<Item = &'a String>) -> Result<Self, ReadError> {
        let folder = process.directory()?;
        let identity = |kind: &String| {
            let about = rustix::fs::statat(folder, format!("ns/{kind}"), AtFlags::empty())?;
            Ok((kind.clone(), about.st_ino))
        };
        kinds.map(identity).collect::<Result<_, _>>().map(Self)
    }

    fn are_of(&self, process: &Process) -> bool {
        Self::of(process, self.0.iter().map(|(kind, _)| kind)).is_ok_and(|found| found == *self)
    }
}

impl Criteria {
    /// Whether the pattern is a plain name that no process can have: names are cut after 15 bytes.
    pub(super) fn is_too_long(&self) -> bool {
        let is_plain = |pattern: &[u8]| pattern.len() > 15 && !pattern.iter().any(|byte| b"|[".contains(byte));
        !self.full && self.pattern.as_ref().is_some_and(|(pattern, _)| is_plain(pattern))
    }

    /// Whether it asks anything of a process: then not everybody is meant.
    pub(super) fn asks(&self) -> bool {
        !self.filter.is_empty() || self.asks_beside_filter()
    }

    fn asks_beside_filter(&self) -> bool {
        self.pattern.is_some()
            || self.pids.is_some()
            || self.parents.is_some()
            || self.older.is_some()
            || self.states.is_some()
            || self.namespaces.is_some()
            || self.pick.is_some()
            || self.nobody
            || self.handler
    }

    /// Whether it asks for members of groups and for nothing else: then they can be signalled in one call.
    pub(super) fn only_groups(&self) -> bool {
        let no_filter = Filter { groups: Vec::new(), ..self.filter.clone() };
        let asks_more = !no_filter.is_empty() || self.asks_beside_filter();
        let by_other_rules = self.inverse || self.no_ancestors || self.threads;
        !(self.filter.groups.is_empty() || asks_more || by_other_rules)
    }

    /// All that match, by ascending number; never this process.
    ///
    /// # Errors
    /// `/proc` cannot be read, or more match than there may be open files, before Linux 6.9: the line to be said.
    pub(super) fn select(&self, in_full: bool) -> Result<Vec<Match>, String> {
        scan::allow_many_handles().map_err(|error| error.to_string())?;
        let own = Pid::new(std::process::id().cast_signed());
        let ancestors = if self.no_ancestors { ancestors()? } else { Vec::new() };
        let mut found = Vec::new();
        let mut buffer = Vec::new();
        for process in scan::each_opened().map_err(|error| error.to_string())? {
            let process = process.map_err(|error| error.to_string())?;
            if Some(process.pid()) == own || ancestors.contains(&process.pid()) {
                continue;
            }
            match process.stat_in(&mut buffer) {
                Ok(stat) => self.look_at(process, &stat, in_full, &mut found)?,
                Err(ReadError::System(number)) => return Err(OpenError::System(process.pid(), number).to_string()),
                // Who is gone meanwhile, or hidden from this user, matches nothing.
                Err(_) => {}
            }
        }
        Ok(self.picked(found))
    }

    /// Adds it, or those of its threads that match; it is held then.
    fn look_at(&self, process: Process, stat: &Stat, in_full: bool, found: &mut Vec<Match>) -> Result<(), String> {
        let matching = if self.threads {
            self.threads_meant(&process, in_full)
        } else {
            let name = self.name_if_meant(&process, stat, in_full);
            name.map(|name| (process.pid().get(), stat.start, name)).into_iter().collect()
        };
        if matching.is_empty() {
            return Ok(());
        }
        if let Some(process) = scan::keep(process).map_err(|error| error.to_string())? {
            let process = Rc::new(process);
            let held = |(number, started, name)| Match { process: Rc::clone(&process), number, started, name };
            found.extend(matching.into_iter().map(held));
        }
        Ok(())
    }

    /// The threads that are meant: number, start and name of each.
    fn threads_meant(&self, process: &Process, in_full: bool) -> Vec<(i32, u64, Vec<u8>)> {
        let mut buffer = Vec::new();
        let mut meant = Vec::new();
        for thread in process.threads().unwrap_or_default() {
            let read = process.read(&format!("task/{thread}/stat"), &mut buffer);
            let Some(stat) = read.ok().and_then(|()| Stat::parse(&buffer).ok()) else { continue };
            meant.extend(self.name_if_meant(process, &stat, in_full).map(|name| (thread.get(), stat.start, name)));
        }
        meant
    }

    /// What is to be printed of it, if it is meant.
    fn name_if_meant(&self, process: &Process, stat: &Stat, in_full: bool) -> Option<Vec<u8>> {
        let fits = self.fits(process, stat).unwrap_or(false);
        if fits == self.inverse {
            return None;
        }
        let name = if in_full {
            process_text::command_line(process, stat)
        } else {
            Ok(process_text::name(stat.comm.as_bytes()))
        };
        name.ok()
    }

    /// The cheap is asked before the dear.
    fn fits(&self, process: &Process, stat: &Stat) -> Result<bool, ReadError> {
        let is_old = |age: Duration| Filter { older: Some(age), ..Filter::default() };
        let by_number = !self.nobody
            && self.pids.as_ref().is_none_or(|pids| pids.contains(&i64::from(process.pid().get())))
            && self
                .parents
                .as_ref()
                .is_none_or(|parents| parents.contains(&stat.parent.map_or(0, |pid| pid.get().into())))
            && self.states.as_ref().is_none_or(|states| states.contains(&(stat.state.letter() as u8)));
        if !by_number || !self.full && !self.pattern_fits(&process_text::name(stat.comm.as_bytes())) {
            return Ok(false);
        }
        Ok(match self.older {
            Some(age) => is_old(age).matches(process)?,
            None => true,
        } && self.filter.matches(process)?
            && self.namespaces.as_ref().is_none_or(|namespaces| namespaces.are_of(process))
            && (!self.handler || catches(process, self.signal)?)
            && (!self.full || self.pattern_fits(&process_text::command_line(process, stat)?)))
    }

    fn pattern_fits(&self, text: &[u8]) -> bool {
        self.pattern.as_ref().is_none_or(|(_, regex)| regex.matches(text))
    }

    /// Of those that started together the newest is the one with the higher number, the oldest the one with the lower.
    fn picked(&self, found: Vec<Match>) -> Vec<Match> {
        let key = |found: &Match| (found.started, found.number);
        match self.pick {
            None => found,
            Some(Pick::Newest) => found.into_iter().max_by_key(key).into_iter().collect(),
            Some(Pick::Oldest) => found.into_iter().min_by_key(key).into_iter().collect(),
        }
    }
}

/// Whether it catches the signal: `status` tells of all 64.
fn catches(process: &Process, signal: Option<Signal>) -> Result<bool, ReadError> {
    let caught = process.status()?.caught;
    Ok(signal.is_some_and(|signal| caught.contains(signal)))
}

fn ancestors() -> Result<Vec<Pid>, String> {
    let line = scan::own_line().map_err(|error| error.to_string())?;
    Ok(line.iter().map(Process::pid).collect())
}
