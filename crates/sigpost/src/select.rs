//! From targets to what is held by handle: processes and groups, each opened before it is read.

use sigpost_engine::{GroupId, Pid};
use sigpost_linux::proc_stat::Stat;
use sigpost_linux::process_group::GroupError;
use sigpost_linux::{Group, OpenError, Process, scan};

use crate::failure::Failure;
use crate::guard;
use crate::render::escape::printable;
use crate::target::Target;

/// What the targets select, in their order, nobody twice.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// Processes, named by number or by command name.
    pub(crate) processes: Vec<Process>,
    /// Process groups, to be signalled in one call each.
    pub(crate) groups: Vec<Group>,
    /// A line for each target that selects nothing.
    pub(crate) absent: Vec<String>,
}

/// Whom a command name selects, of those that have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByName {
    /// All of them: for verbs that send nothing whatever the options.
    All,
    /// All but process 1, which must be named by its number.
    NotInit,
    /// Neither process 1 nor sigpost itself nor an ancestor of it.
    NotAncestors,
}

impl Selection {
    /// Opens what the targets name.
    ///
    /// # Errors
    /// Exit 3: `/proc` cannot be read, or a process that is there cannot be opened.
    pub(crate) fn of(targets: &[Target], by_name: ByName) -> Result<Self, Failure> {
        let mut selection = Self::default();
        for target in targets {
            match target {
                Target::Process(pid) => selection.add_process(Process::open(*pid))?,
                Target::Identity(pid, inode) => selection.add_process(Process::open_exact(*pid, *inode))?,
                Target::Group(id) => selection.add_group(*id)?,
                Target::Name(name) => selection.add_name(name, by_name)?,
            }
        }
        selection.leave_members_to_their_groups();
        Ok(selection)
    }

    /// A process that is in a selected group gets the signal with its group.
    fn leave_members_to_their_groups(&mut self) {
        let groups: Vec<GroupId> = self.groups.iter().map(Group::id).collect();
        if !groups.is_empty() {
            let is_member = |stat: Stat| stat.group.is_some_and(|group| groups.contains(&group));
            self.processes.retain(|process| !process.stat().is_ok_and(is_member));
        }
    }

    fn add_process(&mut self, opened: Result<Process, OpenError>) -> Result<(), Failure> {
        match opened {
            Ok(process) => self.keep(process),
            Err(error @ OpenError::Gone(_)) => {
                self.absent.push(format!("{error}: it has ended, or never was; `sigpost ls NAME` finds it by name"));
            }
            Err(error @ OpenError::AnotherProcess { pid, .. }) => {
                self.absent.push(format!("{error}; `sigpost ls -l {pid}` shows which"));
            }
            Err(error @ OpenError::Thread(_)) => self.absent.push(error.to_string()),
            Err(error) => return Err(Failure::internal(error.to_string())),
        }
        Ok(())
    }

    fn add_group(&mut self, id: GroupId) -> Result<(), Failure> {
        if self.groups.iter().any(|group| group.id() == id) {
            return Ok(());
        }
        let opened = if id.get() == 1 { Group::open_of_init() } else { Group::open(id) };
        match opened {
            Ok(group) => self.groups.push(group),
            Err(error @ GroupError::Empty(_)) => {
                self.absent
                    .push(format!("{error}: it has ended, or never was; `sigpost ls PID` shows a process's group"));
            }
            Err(error) => return Err(Failure::internal(error.to_string())),
        }
        Ok(())
    }

    fn add_name(&mut self, name: &[u8], by_name: ByName) -> Result<(), Failure> {
        let found = scan::by_name(name).map_err(|error| Failure::internal(error.to_string()))?;
        let lineage = if by_name == ByName::NotAncestors { guard::lineage()? } else { Vec::new() };
        let is_left_out = |process: &Process| {
            by_name != ByName::All && process.pid().get() == 1 || lineage.iter().any(|ours| ours.pid() == process.pid())
        };
        let (left_out, others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_left_out);
        if others.is_empty() {
            self.absent.push(nobody_named(name, left_out.first().map(Process::pid)));
        }
        for process in others {
            self.keep(process);
        }
        Ok(())
    }

    fn keep(&mut self, process: Process) {
        if self.processes.iter().all(|known| known.pid() != process.pid()) {
            self.processes.push(process);
        }
    }
}

fn nobody_named(name: &[u8], left_out: Option<Pid>) -> String {
    let name = printable(name);
    match left_out {
        None => format!("no process is named {name} (exactly; `ps -e -o pid,comm` shows all names)"),
        Some(pid) if pid.get() == 1 => {
            format!("only init is named {name}, and a name never selects it: its number does, with --allow-init")
        }
        Some(pid) => {
            format!("only sigpost's own line is named {name} (process {pid}): if that is meant, --include-ancestors")
        }
    }
}
