//! `Tree`: a process and all its descendants.
//!
//! The kernel knows no trees: it has only each process's parent. A descendant whose parent has ended is the child
//! of a reaper (process 1, most often) and cannot be told from others by that. So a tree is read again and again
//! until nothing new is found, and what must have been part of it is reported: a process in a group or a session
//! that a member of the tree leads.

use std::collections::{HashMap, HashSet};

use sigpost_engine::{GroupId, Pid, SessionId};

use crate::proc_stat::State;
use crate::process::{OpenError, Process, ReadError};
use crate::scan;

/// A process and all its descendants. See the [module](self).
#[derive(Debug)]
pub struct Tree {
    root: Process,
    start: u64,
    /// Processes that are left out, though their descendants are not.
    left_out: Vec<Process>,
}

/// A process as one scan saw it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) pid: Pid,
    pub(crate) parent: Option<Pid>,
    pub(crate) start: u64,
    pub(crate) group: Option<GroupId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) state: State,
}

/// A member of a tree, held by handle.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) process: Process,
    pub(crate) start: u64,
    pub(crate) group: Option<GroupId>,
}

impl Tree {
    /// The tree below this process, itself included.
    ///
    /// # Errors
    /// [`ReadError`]: the process is gone, or hidden.
    pub fn of(root: Process) -> Result<Self, ReadError> {
        let start = root.stat()?.start;
        Ok(Self { root, start, left_out: Vec::new() })
    }

    /// The same tree without these processes; their descendants stay.
    #[must_use]
    pub fn without(self, left_out: Vec<Process>) -> Self {
        Self { left_out, ..self }
    }

    /// The process that it begins with.
    pub const fn root(&self) -> &Process {
        &self.root
    }

    /// Its members as one scan of `/proc` finds them, parents before children, each held by handle.
    ///
    /// # Errors
    /// [`OpenError`]: `/proc` cannot be read, or a member cannot be opened.
    pub fn members(&self) -> Result<Vec<Process>, OpenError> {
        let mut growth = Growth::new(self)?;
        growth.grow(&scan_all()?)?;
        Ok(growth.members.into_iter().map(|member| member.process).filter(|member| !self.leaves_out(member)).collect())
    }

    /// Whether the process is one of those left out.
    pub(crate) fn leaves_out(&self, process: &Process) -> bool {
        self.left_out.iter().any(|other| other.pid() == process.pid())
    }

    pub(crate) fn leaves_out_pid(&self, pid: Pid) -> bool {
        self.left_out.iter().any(|other| other.pid() == pid)
    }
}

/// Every process, without keeping a handle.
pub(crate) fn scan_all() -> Result<Vec<Seen>, OpenError> {
    let mut buffer = Vec::new();
    let look = |process: Process| {
        let stat = process.stat_in(&mut buffer).ok().filter(|stat| !stat.is_kernel_thread())?;
        Some(Seen {
            pid: stat.pid,
            parent: stat.parent,
            start: stat.start,
            group: stat.group,
            session: stat.session,
            state: stat.state,
        })
    };
    Ok(scan::processes()?.filter_map(look).collect())
}

/// A tree as far as it is known.
#[derive(Debug)]
pub(crate) struct Growth {
    /// Parents before children.
    pub(crate) members: Vec<Member>,
    known: HashSet<(Pid, u64)>,
}

impl Growth {
    /// The root alone.
    ///
    /// # Errors
    /// [`OpenError::Gone`].
    pub(crate) fn new(tree: &Tree) -> Result<Self, OpenError> {
        // A handle of our own: the same process as long as it started at the same moment.
        let pid = tree.root.pid();
        let root = Process::open(pid)?;
        let stat = root.stat().map_err(|_| OpenError::Gone(pid))?;
        if stat.start != tree.start || tree.root.stat().is_err() {
            return Err(OpenError::Gone(pid));
        }
        let known = HashSet::from([(pid, tree.start)]);
        Ok(Self { members: vec![Member { process: root, start: tree.start, group: stat.group }], known })
    }

    /// Adds the descendants that this scan shows; how many members there were before.
    ///
    /// # Errors
    /// [`OpenError`]: one that is there cannot be opened.
    pub(crate) fn grow(&mut self, seen: &[Seen]) -> Result<usize, OpenError> {
        let before = self.members.len();
        let mut by_parent: HashMap<Pid, Vec<&Seen>> = HashMap::new();
        let holders: HashMap<Pid, &Seen> = seen.iter().map(|one| (one.pid, one)).collect();
        for child in seen {
            by_parent.entry(child.parent.unwrap_or(child.pid)).or_default().push(child);
        }
        let mut next = 0;
        while let Some(parent) = self.members.get(next) {
            let pid = parent.process.pid();
            let mut found = Vec::new();
            for child in by_parent.get(&pid).into_iter().flatten() {
                if self.known.contains(&(child.pid, child.start)) {
                    continue;
                }
                if let Some(member) = verified(child, parent, holders.get(&pid).copied())? {
                    found.push(member);
                }
            }
            self.known.extend(found.iter().map(|member| (member.process.pid(), member.start)));
            self.members.extend(found);
            next += 1;
        }
        Ok(before)
    }

    /// Whether this process is, or was, a member.
    pub(crate) fn has(&self, one: &Seen) -> bool {
        self.known.contains(&(one.pid, one.start))
    }

    /// The member that leads the process's group or session: then it came out of the tree.
    pub(crate) fn leader_of(&self, one: &Seen) -> Option<&Member> {
        let leads = |member: &&Member| {
            let number = member.process.pid().get();
            let by_group = one.group.is_some_and(|group| group.get() == number);
            let by_session = one.session.is_some_and(|session| session.get() == number);
            (by_group || by_session) && member.start <= one.start
        };
        self.members.iter().find(leads)
    }
}

/// The child by handle, if it is that of this very parent and not of another process that had its number.
fn verified(child: &Seen, parent: &Member, in_scan: Option<&Seen>) -> Result<Option<Member>, OpenError> {
    if child.start < parent.start {
        return Ok(None);
    }
    let process = match Process::open(child.pid) {
        Ok(process) => process,
        Err(OpenError::Gone(_) | OpenError::Thread(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(stat) = process.stat() else { return Ok(None) };
    // The parent was held before and is there after its number was read as the parent's: it is the parent.
    let now = stat.parent == Some(parent.process.pid()) && parent.process.stat().is_ok();
    // Otherwise the parent has ended meanwhile: it was the parent if nobody else had its number when the child began.
    let before = child.start > parent.start
        && in_scan.is_none_or(|holder| holder.start == parent.start || child.start < holder.start);
    let is_child = stat.start == child.start && (now || before);
    if !is_child {
        return Ok(None);
    }
    let kept = scan::keep(process)?;
    Ok(kept.map(|process| Member { process, start: child.start, group: stat.group }))
}
