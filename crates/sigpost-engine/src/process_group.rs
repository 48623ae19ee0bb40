//! Process groups: who is in which, and the rules of `setpgid`.
//!
//! Members are linked through their own entries, in the order in which they joined; a zombie stays a member until
//! it is reaped. The group's number stays in use as long as it has members, even when the process that made the
//! group is gone.
//!
//! Source: POSIX `setpgid`, XBD 3.290; Linux kernel/sys.c.

use crate::queue::NIL;
use crate::storage::Storage;
use crate::{Errno, GroupId, GroupKey, ProcessKey, System};

/// What the table keeps of a group.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Its entry in the number table, innermost namespace.
    pub(crate) number: u32,
    pub(crate) session: u32,
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) members: u32,
    /// How many live members have a parent in another group of the same session: none, and it is orphaned.
    pub(crate) links: u32,
    /// In the list of groups that an exit may have orphaned.
    pub(crate) suspected: bool,
    pub(crate) next_suspect: u32,
    /// How often the whole group was signalled: a fork compares.
    pub(crate) sends: u32,
    /// The member that a sliced send comes to next (NIL: it was the last); `None`: there is no such send.
    pub(crate) cursor: Option<u32>,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            number: NIL,
            session: NIL,
            first: NIL,
            last: NIL,
            members: 0,
            links: 0,
            suspected: false,
            next_suspect: NIL,
            sends: 0,
            cursor: None,
        }
    }
}

/// A process's place in its group and session.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Membership {
    pub(crate) next: u32,
    pub(crate) session: u32,
    pub(crate) group: u32,
    pub(crate) previous: u32,
}

impl Default for Membership {
    fn default() -> Self {
        Self { group: NIL, session: NIL, next: NIL, previous: NIL }
    }
}

/// Why `setpgid` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetGroupError {
    /// The group number is negative: EINVAL.
    NegativeGroup,
    /// The number is that of a thread, not of a process: EINVAL, where it means anything at all.
    NotAProcess,
    /// The process is neither the caller nor a child of it: ESRCH.
    NoSuchProcess,
    /// The child has begun a program of its own: EACCES.
    ChildHasExecuted,
    /// The child is in another session, or the process leads its session: EPERM.
    OtherSession,
    /// There is no such group in the caller's session: EPERM.
    NoSuchGroup,
    /// No room for another group: ENOMEM.
    NoMemory,
}

impl SetGroupError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NegativeGroup | Self::NotAProcess => Errno::EINVAL,
            Self::NoSuchProcess => Errno::ESRCH,
            Self::ChildHasExecuted => Errno::EACCES,
            Self::OtherSession | Self::NoSuchGroup => Errno::EPERM,
            Self::NoMemory => Errno::ENOMEM,
        }
    }
}

impl core::fmt::Display for SetGroupError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NegativeGroup => "a group number is not negative",
            Self::NotAProcess => "the number is that of a thread, not of a process",
            Self::NoSuchProcess => "the process is neither the caller nor one of its children",
            Self::ChildHasExecuted => "the child has begun a program of its own",
            Self::OtherSession => "the process is in another session, or leads one",
            Self::NoSuchGroup => "no such group in the caller's session",
            Self::NoMemory => "no room for another group",
        })
    }
}

impl core::error::Error for SetGroupError {}

impl<S: Storage> System<S> {
    /// The group of a process; `None` if it has none or is gone.
    pub fn group(&self, process: ProcessKey) -> Option<GroupKey> {
        let group = self.processes.at(self.processes.find(process.0)?).membership.group;
        (group != NIL).then(|| self.group_key(group))
    }

    /// A group's number, as the namespace that it was made in sees it.
    pub fn group_id(&self, group: GroupKey) -> Option<GroupId> {
        let group = self.groups.at(self.groups.find(group.0)?);
        GroupId::new(self.numbers.at(group.number).value)
    }

    /// The group with this number, as a process sees it.
    pub fn find_group(&self, seen_by: ProcessKey, number: GroupId) -> Option<GroupKey> {
        let namespace = self.processes.at(self.processes.find(seen_by.0)?).namespace;
        self.group_numbered(namespace, number.get()).map(|group| self.group_key(group))
    }

    /// The members of a group, zombies included, in the order in which they joined.
    pub fn members(&self, group: GroupKey) -> impl Iterator<Item = ProcessKey> + '_ {
        let mut at = self.groups.find(group.0).map_or(NIL, |index| self.groups.at(index).first);
        core::iter::from_fn(move || {
            if at == NIL {
                return None;
            }
            let key = self.process_key(at);
            at = self.processes.at(at).membership.next;
            Some(key)
        })
    }

    /// Says whether the member of a group that joined it last is signalled first, and not the one that joined it first. Who is
    /// first may get the last room in a queue; POSIX does not say who that is.
    ///
    /// Source: Linux `attach_pid`, `do_each_pid_task`, by which it is the youngest.
    pub const fn set_youngest_member_first(&mut self, is: bool) {
        self.youngest_member_first = is;
    }

    /// Which member of a group is signalled first; [`NIL`]: it has none.
    #[inline]
    pub(crate) fn first_signalled(&self, group: u32) -> u32 {
        let group = self.groups.at(group);
        if self.youngest_member_first { group.last } else { group.first }
    }

    /// Which member of its group is signalled after this one.
    #[inline]
    pub(crate) fn signalled_after(&self, process: u32) -> u32 {
        let membership = &self.processes.at(process).membership;
        if self.youngest_member_first { membership.previous } else { membership.next }
    }

    /// Moves a process to a group: `setpgid` as called by `caller`. 0 as a process means the caller, 0 as a group
    /// the process's own number; a group that is not there is made if it is the process's own.
    ///
    /// # Errors
    /// In this order: [`NegativeGroup`](SetGroupError::NegativeGroup),
    /// [`NoSuchProcess`](SetGroupError::NoSuchProcess), [`NotAProcess`](SetGroupError::NotAProcess),
    /// [`OtherSession`](SetGroupError::OtherSession),
    /// [`ChildHasExecuted`](SetGroupError::ChildHasExecuted), [`NoSuchGroup`](SetGroupError::NoSuchGroup),
    /// [`NoMemory`](SetGroupError::NoMemory).
    ///
    /// Source: POSIX `setpgid`; Linux `setpgid`.
    pub fn setpgid(&mut self, caller: ProcessKey, process: i32, group: i32) -> Result<(), SetGroupError> {
        use SetGroupError as Error;
        let caller = self.live(caller).map_err(|_| Error::NoSuchProcess)?;
        let namespace = self.processes.at(caller).namespace;
        if group < 0 || group == 0 && process < 0 && self.rules.setpgid_takes_process_for_group {
            return Err(Error::NegativeGroup);
        }
        let target = if process == 0 { caller } else { self.process_to_move(namespace, process)? };
        self.may_move(caller, target)?;
        let own = self.number_seen(target, namespace).map_or(0, crate::Pid::get);
        let wanted = if group == 0 { own } else { group };
        let session = self.processes.at(target).membership.session;
        let to = match self.group_numbered(namespace, wanted) {
            Some(found) if self.groups.at(found).session == session => found,
            Some(_) => return Err(Error::NoSuchGroup),
            None if wanted != own => return Err(Error::NoSuchGroup),
            None => self.new_group(self.number_of(target), session).ok_or(Error::NoMemory)?,
        };
        if self.processes.at(target).membership.group == to {
            return Ok(());
        }
        self.count_links(target, false);
        self.leave_group(target);
        self.join_group(target, to);
        self.count_links(target, true);
        Ok(())
    }

    fn process_to_move(&self, namespace: u32, number: i32) -> Result<u32, SetGroupError> {
        let (process, thread) = self.thread_numbered(namespace, number).ok_or(SetGroupError::NoSuchProcess)?;
        if self.processes.at(process).main == thread { Ok(process) } else { Err(SetGroupError::NotAProcess) }
    }

    fn may_move(&self, caller: u32, target: u32) -> Result<(), SetGroupError> {
        let entry = self.processes.at(target);
        if target != caller {
            if entry.parent != caller {
                return Err(SetGroupError::NoSuchProcess);
            }
            if entry.membership.session != self.processes.at(caller).membership.session {
                return Err(SetGroupError::OtherSession);
            }
            if entry.has_executed {
                return Err(SetGroupError::ChildHasExecuted);
            }
        }
        if self.leads_session(target) { Err(SetGroupError::OtherSession) } else { Ok(()) }
    }

    pub(crate) fn group_numbered(&self, namespace: u32, number: i32) -> Option<u32> {
        let group = self.numbers.at(self.numbers.find(namespace, number)?).group;
        (group != NIL).then_some(group)
    }

    /// The number entry of a process's main thread.
    pub(crate) fn number_of(&self, process: u32) -> u32 {
        self.threads.at(self.processes.at(process).main).number
    }

    pub(crate) fn new_group(&mut self, number: u32, session: u32) -> Option<u32> {
        let group = self.groups.insert(Group { number, session, ..Group::default() })?.index;
        self.numbers.each_level(number, |entry| entry.group = group);
        self.meet_awaited(group);
        Some(group)
    }

    pub(crate) fn join_group(&mut self, process: u32, group: u32) {
        if group == NIL {
            return;
        }
        let entry = self.groups.at_mut(group);
        let last = core::mem::replace(&mut entry.last, process);
        entry.members += 1;
        if entry.cursor == Some(NIL) {
            entry.cursor = Some(process);
        }
        if last == NIL {
            entry.first = process;
        } else {
            self.processes.at_mut(last).membership.next = process;
        }
        let membership = &mut self.processes.at_mut(process).membership;
        (membership.group, membership.previous, membership.next) = (group, last, NIL);
    }

    /// Takes a process out of its group; the last one out takes the group with it.
    pub(crate) fn leave_group(&mut self, process: u32) {
        let Membership { group, next, previous, .. } = self.processes.at(process).membership;
        if group == NIL {
            return;
        }
        if previous == NIL {
            self.groups.at_mut(group).first = next;
        } else {
            self.processes.at_mut(previous).membership.next = next;
        }
        if next == NIL {
            self.groups.at_mut(group).last = previous;
        } else {
            self.processes.at_mut(next).membership.previous = previous;
        }
        self.processes.at_mut(process).membership.group = NIL;
        let entry = self.groups.at_mut(group);
        if entry.cursor == Some(process) {
            entry.cursor = Some(next);
        }
        entry.members -= 1;
        if entry.members > 0 {
            return;
        }
        let (number, suspected) = (entry.number, entry.suspected);
        self.numbers.each_level(number, |entry| entry.group = NIL);
        self.drop_foreground(group);
        self.numbers.release(number);
        // One that stands on a list of suspects keeps its slot until the list has been gone through.
        if !suspected {
            self.groups.remove(group);
        }
    }
}
