//! From what is wanted to what is held by handle: processes, groups, sessions, trees and cgroups, each opened before
//! it is read.

mod absent;
mod query;

use std::collections::HashSet;

use sigpost_engine::{GroupId, Pid, SessionId};
use sigpost_linux::cgroup::CgroupError;
use sigpost_linux::pid_file::{self, PidFileError};
use sigpost_linux::proc_stat::Stat;
use sigpost_linux::process_group::GroupError;
use sigpost_linux::selection::{Next, pick};
use sigpost_linux::send::Addressee;
use sigpost_linux::session::SessionError;
use sigpost_linux::{Cgroup, Group, OpenError, Process, Session, Tree, port, scan};

use crate::command_line::selecting::Wanted;
use crate::failure::Failure;
use crate::guard;
use crate::target::Target;
use absent::LeftOut;

/// What the targets select, in their order, nobody twice.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Processes, by number or as they were found.
    pub(crate) processes: Vec<Process>,
    /// Process groups, to be signalled in one call each.
    pub(crate) groups: Vec<Group>,
    /// Sessions, trees and cgroups.
    pub(crate) scopes: Vec<Addressee>,
    /// A line for each target that selects nothing.
    pub(crate) absent: Vec<String>,
    /// The numbers of `processes`.
    kept: HashSet<Pid>,
}

/// Whom a selection by anything but numbers leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByName {
    /// Nobody: for verbs that send nothing whatever the options.
    All,
    /// Process 1, which must be named by its number.
    NotInit,
    /// Process 1, sigpost itself and its ancestors, unless the verb's option lets them in.
    NotAncestors,
    /// The same, of a verb that has no such option: who is meant all the same is named by number.
    NotOwnLine,
}

/// No limit of open files is so low that holding so many processes meets it.
const FEW: usize = 16;

/// What a failure of the library's is, where the arguments are not to blame.
fn internal(error: impl core::fmt::Display) -> Failure {
    Failure::internal(error.to_string())
}

impl Selection {
    /// Opens what is wanted.
    ///
    /// # Errors
    /// Exit 2: the number of a thread, a pid file that is not to be believed, a cgroup that cannot be one.
    /// Exit 3: `/proc` cannot be read, or a process that is there cannot be opened.
    pub(crate) fn of(wanted: &Wanted, by_name: ByName) -> Result<Self, Failure> {
        Self::for_next(wanted, by_name, Next::Nothing)
    }

    /// As [`of`](Self::of), where this is going to be read next of those that are found by name.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(crate) fn for_next(wanted: &Wanted, by_name: ByName, next: Next) -> Result<Self, Failure> {
        let mut selection = Self::default();
        // Numbers and groups mean whom they mean.
        let leaves_out = |target: &Target| !matches!(target, Target::Process(_) | Target::Group(_));
        let finds_others = wanted.targets.is_empty() || wanted.targets.iter().any(leaves_out);
        let left_out = if finds_others { left_out(by_name)? } else { Vec::new() };
        let is_one = |target: &Target| matches!(target, Target::Process(_) | Target::Identity(..));
        if wanted.targets.len() > FEW || !wanted.targets.iter().all(is_one) {
            // Each process that is held takes a file. Where the limit cannot be raised it stays what it is.
            let _ = scan::allow_many_handles();
        }
        for target in &wanted.targets {
            selection.add(target, by_name, &left_out)?;
        }
        selection.narrow(wanted)?;
        query::add(&mut selection, wanted, by_name, &left_out, next)?;
        if let Some(which) = wanted.pick {
            let processes = core::mem::take(&mut selection.processes);
            selection.processes.extend(pick(processes, which));
        }
        selection.leave_members_to_their_scopes();
        Ok(selection)
    }

    /// Everything that is selected, in the order in which it is signalled: what is named by itself comes first.
    pub(crate) fn into_addressees(self) -> Vec<Addressee> {
        let groups = self.groups.into_iter().map(Addressee::Group);
        self.processes.into_iter().map(Addressee::Process).chain(groups).chain(self.scopes).collect()
    }

    /// Every process that is selected, groups and scopes opened up, by ascending number.
    ///
    /// # Errors
    /// Exit 3: `/proc` cannot be read.
    pub(crate) fn into_processes(self) -> Result<Vec<Process>, Failure> {
        let mut processes = self.processes;
        for group in &self.groups {
            processes.extend(group.members().map_err(internal)?);
        }
        for scope in &self.scopes {
            processes.extend(scope.members().map_err(internal)?);
        }
        processes.sort_by_key(Process::pid);
        processes.dedup_by_key(|process| process.pid());
        Ok(processes)
    }

    /// A process that is in a selected group or session gets the signal with that.
    fn leave_members_to_their_scopes(&mut self) {
        let groups: Vec<GroupId> = self.groups.iter().map(Group::id).collect();
        let sessions: Vec<SessionId> = self.scopes.iter().filter_map(session_of).collect();
        if !groups.is_empty() || !sessions.is_empty() {
            let is_member = |stat: Stat| {
                stat.group.is_some_and(|group| groups.contains(&group))
                    || stat.session.is_some_and(|session| sessions.contains(&session))
            };
            self.processes.retain(|process| !process.stat().is_ok_and(is_member));
        }
    }

    fn add(&mut self, target: &Target, by_name: ByName, left_out: &[Pid]) -> Result<(), Failure> {
        match target {
            Target::Process(pid) => self.add_process(Process::open(*pid)),
            Target::Identity(pid, inode) => self.add_process(Process::open_exact(*pid, *inode)),
            Target::Group(id) => self.add_group(*id),
            Target::GroupIdentity(leader, inode) => self.add_opened_group(Group::open_exact(*leader, *inode)),
            Target::Session(id) => self.add_session(*id),
            Target::Tree(root) => self.add_tree(*root, left_out),
            Target::Cgroup(path) => self.add_cgroup(path),
            Target::Port(number) => self.add_listeners(*number, by_name, left_out),
            Target::PidFile(path) => self.add_from_pid_file(target, path),
            // All of these in one scan.
            Target::Name(_) | Target::Executable(_) | Target::Pattern(_) => Ok(()),
        }
    }

    fn add_process(&mut self, opened: Result<Process, OpenError>) -> Result<(), Failure> {
        match opened {
            Ok(process) => self.keep(process)?,
            Err(error @ OpenError::Gone(_)) => {
                self.absent.push(format!("{error}: it has ended, or never was; `sigpost ls NAME` finds it by name"));
            }
            Err(error @ OpenError::AnotherProcess { pid, .. }) => {
                self.absent.push(format!("{error}; `sigpost ls -l {pid}` shows which"));
            }
            Err(error @ OpenError::Thread(_)) => return Err(Failure::usage(error.to_string())),
            Err(error) => return Err(internal(error)),
        }
        Ok(())
    }

    fn add_group(&mut self, id: GroupId) -> Result<(), Failure> {
        if self.groups.iter().any(|group| group.id() == id) {
            return Ok(());
        }
        self.add_opened_group(if id.get() == 1 { Group::open_of_init() } else { Group::open(id) })
    }

    fn add_opened_group(&mut self, opened: Result<Group, GroupError>) -> Result<(), Failure> {
        match opened {
            Ok(group) if self.groups.iter().all(|known| known.id() != group.id()) => self.groups.push(group),
            Ok(_) => {}
            Err(error @ GroupError::Empty(_)) => {
                self.absent
                    .push(format!("{error}: it has ended, or never was; `sigpost ls PID` shows a process's group"));
            }
            Err(GroupError::Leader(error @ (OpenError::Gone(_) | OpenError::AnotherProcess { .. }))) => {
                self.absent.push(format!("{error}: so it leads no group any more"));
            }
            Err(GroupError::Leader(error @ OpenError::Thread(_))) => return Err(Failure::usage(error.to_string())),
            Err(error) => return Err(internal(error)),
        }
        Ok(())
    }

    fn add_session(&mut self, id: SessionId) -> Result<(), Failure> {
        match Session::open(id) {
            Ok(_) if self.scopes.iter().filter_map(session_of).any(|known| known == id) => {}
            Ok(session) => self.scopes.push(Addressee::Session(session)),
            Err(error @ SessionError::Empty(_)) => {
                self.absent
                    .push(format!("{error}: it has ended, or never was; `sigpost ls PID` shows a process's session"));
            }
            Err(error) => return Err(internal(error)),
        }
        Ok(())
    }

    fn add_tree(&mut self, root: Pid, left_out: &[Pid]) -> Result<(), Failure> {
        let tree = Process::open(root).map(Tree::of);
        match tree {
            Ok(Ok(tree)) => {
                let without = left_out.iter().filter_map(|pid| Process::open(*pid).ok()).collect();
                self.scopes.push(Addressee::Tree(tree.without(without)));
                Ok(())
            }
            Ok(Err(_)) => self.add_process(Err(OpenError::Gone(root))),
            Err(error) => self.add_process(Err(error)),
        }
    }

    fn add_cgroup(&mut self, path: &str) -> Result<(), Failure> {
        match Cgroup::open(path) {
            Ok(cgroup) => match cgroup.members() {
                Ok(members) if members.is_empty() => {
                    self.absent.push(format!("no process is in cgroup {} or below it", cgroup.path()));
                }
                Ok(_) => self.scopes.push(Addressee::Cgroup(cgroup)),
                Err(error) => return Err(Failure::usage(error.to_string())),
            },
            Err(error @ CgroupError::NotThere(_)) => {
                self.absent.push(format!("{error}: /proc/PID/cgroup shows a process's, after `0::`"));
            }
            Err(error) => return Err(Failure::usage(error.to_string())),
        }
        Ok(())
    }

    fn add_listeners(&mut self, number: u16, by_name: ByName, left_out: &[Pid]) -> Result<(), Failure> {
        let found = port::listeners(number).map_err(internal)?;
        let (ours, others): (Vec<_>, Vec<_>) =
            found.processes.into_iter().partition(|process| left_out.contains(&process.pid()));
        if others.is_empty() {
            let left_out = LeftOut::of(ours.iter(), by_name);
            self.absent.push(absent::nobody_listens(number, &left_out, found.somebody_unseen));
        }
        for process in others {
            self.keep(process)?;
        }
        Ok(())
    }

    fn add_from_pid_file(&mut self, target: &Target, path: &std::path::Path) -> Result<(), Failure> {
        match pid_file::open(path) {
            Ok(process) => self.keep(process)?,
            Err(error @ PidFileError::Process(OpenError::Gone(_))) => {
                self.absent.push(format!("{target}: {error}: it has ended since the file was written"));
            }
            Err(error @ PidFileError::StartedLater(pid, _)) => {
                return Err(Failure::usage(format!("{target}: {error}; if it is meant all the same: {pid}")));
            }
            Err(error) => return Err(Failure::usage(format!("{target}: {error}"))),
        }
        Ok(())
    }

    /// Leaves out what was named by number and is not what the filters ask.
    fn narrow(&mut self, wanted: &Wanted) -> Result<(), Failure> {
        if wanted.filter.is_empty() {
            return Ok(());
        }
        for process in core::mem::take(&mut self.processes) {
            match wanted.filter.matches(&process) {
                Ok(true) => self.processes.push(process),
                Ok(false) => {
                    self.absent.push(format!("process {} is not what the filters ask", process.pid()));
                }
                Err(sigpost_linux::ReadError::System(number)) => {
                    return Err(internal(OpenError::System(process.pid(), number)));
                }
                Err(error) => self.absent.push(format!("process {} cannot be read: {error}", process.pid())),
            }
        }
        Ok(())
    }

    /// The last that are kept, each of another number. A query has seen to it that there is room for them.
    fn keep_all(&mut self, processes: impl Iterator<Item = Process>) {
        if self.kept.is_empty() {
            self.processes = processes.collect();
        } else {
            let kept = &mut self.kept;
            self.processes.extend(processes.filter(|process| kept.insert(process.pid())));
        }
    }

    /// Holds it with the others, if nobody does yet.
    fn keep(&mut self, process: Process) -> Result<(), Failure> {
        if self.kept.insert(process.pid()) {
            self.processes.extend(scan::keep(process).map_err(internal)?);
        }
        Ok(())
    }
}

fn session_of(scope: &Addressee) -> Option<SessionId> {
    match scope {
        Addressee::Session(session) => Some(session.id()),
        _ => None,
    }
}

/// The numbers of those who are left out: they are there as long as sigpost is, so the numbers are theirs.
fn left_out(by_name: ByName) -> Result<Vec<Pid>, Failure> {
    let mut pids: Vec<Pid> = match by_name {
        ByName::All => return Ok(Vec::new()),
        ByName::NotInit => Vec::new(),
        ByName::NotAncestors | ByName::NotOwnLine => guard::lineage()?.iter().map(Process::pid).collect(),
    };
    pids.extend(Pid::new(1).filter(|init| !pids.contains(init)));
    Ok(pids)
}
