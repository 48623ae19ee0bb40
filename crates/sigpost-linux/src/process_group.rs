//! `Group`: a process group, signalled in one atomic call.
//!
//! Member by member a send loses against fork: a member forks, and its child is not on the list. The kernel's own
//! group call holds its locks meanwhile, and no child escapes. So a group is never signalled in another way here:
//! through the leader's handle where there is one, and where the leader has been reaped with the number, proved
//! afterwards by a member that was held by handle before and is still in the group (a group's number is not
//! given out again while the group has members). Before Linux 6.9 the leader's handle does not reach the group: there
//! the number does, while that leader has not been reaped, or such a member is still in the group.

use sigpost_engine::{GroupId, Pid, SessionId, Signal};
use sigpost_sys::Errno;

use crate::proc_stat::{Stat, State};
use crate::process::{OpenError, Process};
use crate::refused::{Aim, Call, Refused, number};
use crate::scan;

/// A process group. See the [module](self).
#[derive(Debug)]
pub struct Group {
    id: GroupId,
    leader: Option<Process>,
}

/// By which way a signal went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// Through the `/proc` directory or the pidfd of the process.
    Handle,
    /// Through the handle of the group's leader, to the whole group.
    PidfdGroup,
    /// kill(2) with the group's number; a member held by handle proved that it was the group that was meant.
    Killpg,
    /// The same without such a member: the number may have been another group's by then.
    KillpgUnproved,
    /// kill(2) to everyone.
    Everyone,
    /// By the cgroup's file `cgroup.kill`.
    CgroupKill,
    /// Through the handle of the process, while its cgroup was frozen.
    CgroupFreeze,
}

impl Via {
    /// The word for it in receipts.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Handle => "handle",
            Self::PidfdGroup => "pidfd-group",
            Self::Killpg => "killpg",
            Self::KillpgUnproved => "killpg-unproved",
            Self::Everyone => "everyone",
            Self::CgroupKill => "cgroup.kill",
            Self::CgroupFreeze => "cgroup.freeze",
        }
    }
}

/// Why a group could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupError {
    /// Group 1 is process 1's and has to be named: [`Group::open_of_init`].
    OfInit,
    /// No process is in such a group. ESRCH.
    Empty(GroupId),
    /// Its leader, or `/proc`, cannot be opened.
    Leader(OpenError),
}

impl core::fmt::Display for GroupError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::OfInit => f.write_str("group 1 is that of process 1, which has to be named: use open_of_init"),
            Self::Empty(group) => write!(f, "no process is in group {group}"),
            Self::Leader(error) => core::fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for GroupError {}

impl Group {
    /// Opens the group that has this number now.
    ///
    /// # Errors
    /// [`GroupError`]: it is group 1, it has no members, or its leader is there and cannot be opened.
    pub fn open(id: GroupId) -> Result<Self, GroupError> {
        if id.get() <= 1 {
            return Err(GroupError::OfInit);
        }
        Self::open_any(id)
    }

    /// Opens group 1, the one that process 1 leads. It is only ever reached through that process's handle.
    ///
    /// # Errors
    /// [`GroupError`], as [`open`](Self::open).
    pub fn open_of_init() -> Result<Self, GroupError> {
        let one = GroupId::new(1).ok_or(GroupError::OfInit)?;
        Self::open_any(one)
    }

    /// Opens the group that this very process leads: its number *and* its inode.
    ///
    /// # Errors
    /// [`GroupError`]; [`Leader`](GroupError::Leader) also if the leader is gone, or another process by now.
    pub fn open_exact(leader: Pid, inode: u64) -> Result<Self, GroupError> {
        let id = GroupId::new(leader.get()).ok_or(GroupError::OfInit)?;
        let leader = Process::open_exact(leader, inode).map_err(GroupError::Leader)?;
        match leader.send_to_group(None) {
            Err(Errno::SRCH) => Err(GroupError::Empty(id)),
            _ => Ok(Self { id, leader: Some(leader) }),
        }
    }

    fn open_any(id: GroupId) -> Result<Self, GroupError> {
        let leader = match Pid::new(id.get()).map(Process::open) {
            Some(Ok(leader)) => Some(leader),
            Some(Err(OpenError::Gone(_) | OpenError::Thread(_))) | None => None,
            Some(Err(error)) => return Err(GroupError::Leader(error)),
        };
        let group = Self { id, leader };
        // Without a leader the members tell, so that a mistaken number is not even probed.
        let is_empty = match &group.leader {
            // The null signal asks every member; the leader's own file says as much of the group.
            Some(leader) if leader.stat().is_ok_and(|stat| stat.group == Some(id)) => false,
            Some(leader) => match leader.send_to_group(None) {
                // Before Linux 6.9: the members tell here, too.
                Err(Errno::INVAL) => group.members().map_err(GroupError::Leader)?.is_empty(),
                asked => asked == Err(Errno::SRCH),
            },
            None => group.members().map_err(GroupError::Leader)?.is_empty(),
        };
        if is_empty { Err(GroupError::Empty(id)) } else { Ok(group) }
    }

    /// Its number.
    pub const fn id(&self) -> GroupId {
        self.id
    }

    /// The process that has the group's number, if it has not been reaped.
    pub const fn leader(&self) -> Option<&Process> {
        self.leader.as_ref()
    }

    /// Its members as a scan of `/proc` finds them, each held by handle. Others may join or leave meanwhile.
    ///
    /// # Errors
    /// [`OpenError`]: `/proc` cannot be read.
    pub fn members(&self) -> Result<Vec<Process>, OpenError> {
        let mut buffer = Vec::new();
        let mut members = self.candidates(|_| false)?;
        members.retain(|process| process.stat_in(&mut buffer).is_ok_and(|stat| stat.group == Some(self.id)));
        Ok(members)
    }

    /// Those whose numbers are members' and unknown, opened: whether they are members is yet to be read through
    /// their handles.
    ///
    /// getpgid(2) by number is 50 times cheaper than a file of `/proc`, so only likely ones are opened.
    pub(crate) fn candidates(&self, is_known: impl Fn(Pid) -> bool) -> Result<Vec<Process>, OpenError> {
        let in_group = |pid: Pid| sigpost_sys::identity::group_of(pid.get()) == Ok(self.id.get());
        scan::processes_if(|pid| !is_known(pid) && in_group(pid))
    }

    /// Sends to every member that the caller may signal, in one call \[S0.1\], \[S3.5\]. `held` are members that
    /// were held by handle before; they prove that the number is the group's, where that is needed.
    ///
    /// # Errors
    /// ESRCH: it has no members any more; or (before Linux 6.9) its leader has been reaped since it was opened, and none
    /// of `held` is in it. EPERM: no member may be signalled. EINVAL: group 1, and the kernel cannot signal a group through
    /// a handle (before Linux 6.9; the number would mean everyone).
    pub fn send(&self, signal: Signal, held: &[Process]) -> Result<Via, Refused> {
        self.send_while(signal, || held.iter().any(|process| self.has(process)))
    }

    /// The same, with the question whether any member that is held by handle is still in the group.
    pub(crate) fn send_while(&self, signal: Signal, has_held: impl Fn() -> bool) -> Result<Via, Refused> {
        match self.deliver(Some(signal), &has_held) {
            Ok(Via::KillpgUnproved) if has_held() || self.leader.as_ref().is_some_and(|leader| self.has(leader)) => {
                Ok(Via::Killpg)
            }
            Ok(via) => Ok(via),
            Err(errno) => {
                let call = if self.leader.is_some() { Call::HandleGroup } else { Call::Killpg };
                Err(Refused::new(errno, Aim::Group(self.id), Some(signal), call))
            }
        }
    }

    /// The null signal: whether a member may be signalled.
    ///
    /// # Errors
    /// As [`send`](Self::send) with nobody held.
    pub fn probe(&self) -> Result<(), Refused> {
        let refused = |errno| Refused::new(errno, Aim::Group(self.id), None, Call::Killpg);
        self.deliver(None, &|| false).map(drop).map_err(refused)
    }

    /// Whether this very process is in the group now.
    pub(crate) fn has(&self, process: &Process) -> bool {
        process.stat().is_ok_and(|stat| stat.group == Some(self.id))
    }

    /// Through the leader; without one, or on a kernel that does not know how, with the number.
    fn deliver(&self, signal: Option<Signal>, has_held: &impl Fn() -> bool) -> Result<Via, Errno> {
        if let Some(leader) = &self.leader {
            match leader.send_to_group(signal) {
                Ok(()) => return Ok(Via::PidfdGroup),
                // Before Linux 6.9 the group flag is unknown. The number is the group's while the leader has not been
                // reaped, or somebody is still in the group; otherwise it may be another group's by now.
                Err(Errno::INVAL) if !is_reaped(leader) || has_held() => {}
                Err(Errno::INVAL) => return Err(Errno::SRCH),
                // ESRCH is final: the handle means this group also when its leader was reaped.
                Err(errno) => return Err(errno),
            }
        }
        sigpost_sys::kill::group(self.id.get(), number(signal)).map(|()| Via::KillpgUnproved)
    }
}

fn is_reaped(process: &Process) -> bool {
    process.probe().is_err_and(|refused| refused.errno() == Some(sigpost_engine::Errno::ESRCH))
}

/// Whether a member refused a signal that was sent to its group: found by the null signal through its handle,
/// because the group's call does not tell.
///
/// The null signal does not know that SIGCONT is free within a session \[S1.8\], so for SIGCONT the sessions are
/// compared as well.
pub fn refused(member: &Process, signal: Signal, senders_session: Option<SessionId>) -> bool {
    let in_session = || senders_session.is_some() && member.stat().is_ok_and(|stat| stat.session == senders_session);
    let refused = member.probe().is_err_and(|refused| refused.errno() == Some(sigpost_engine::Errno::EPERM));
    refused && !(signal == Signal::CONT && in_session())
}

/// Whether a group is orphaned: no living member has its parent in another group of the same session. A terminal's
/// stop signals do nothing to such a group. Reads every process's `stat`.
///
/// # Errors
/// [`OpenError`]: `/proc` cannot be read.
///
/// Source: POSIX "Orphaned Process Group"; Linux `will_become_orphaned_pgrp`.
pub fn is_orphaned(group: GroupId) -> Result<bool, OpenError> {
    let mut buffer = Vec::new();
    let stats: Vec<Stat> = scan::processes()?.filter_map(|process| process.stat_in(&mut buffer).ok()).collect();
    let no_parent = init_of_the_machine();
    let holds = |member: &&Stat| {
        let parent = stats.iter().find(|stat| Some(stat.pid) == member.parent && Some(stat.pid) != no_parent);
        member.state != State::Zombie
            && parent.is_some_and(|parent| parent.group != member.group && parent.session == member.session)
    };
    Ok(!stats.iter().filter(|stat| stat.group == Some(group)).any(|member| holds(&member)))
}

/// Process 1 of the outermost PID namespace, if that is ours: as a parent it does not count.
pub(crate) fn init_of_the_machine() -> Option<Pid> {
    // PROC_PID_INIT_INO, the inode that the kernel gives to that namespace.
    const OUTERMOST: u64 = 0xEFFF_FFFC;
    let namespace = rustix::fs::stat("/proc/self/ns/pid").ok()?.st_ino;
    if namespace == OUTERMOST { Pid::new(1) } else { None }
}
