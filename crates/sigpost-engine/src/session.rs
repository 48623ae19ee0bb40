//! Sessions: who is in which, `setsid`, the controlling terminal and its foreground group.
//!
//! Source: POSIX `setsid`, XBD 11.1; Linux `drivers/tty/tty_jobctrl.c`.

use crate::process_table::Placement;
use crate::queue::NIL;
use crate::storage::Storage;
use crate::{Errno, Gone, GroupKey, ProcessKey, SessionId, SessionKey, System};

/// What the table keeps of a session.
#[derive(Clone, Copy, Debug)]
pub struct Session {
    /// Its entry in the number table, innermost namespace.
    pub(crate) number: u32,
    pub(crate) members: u32,
    pub(crate) has_terminal: bool,
    /// The group in front at the terminal.
    pub(crate) foreground: u32,
    /// The number entry of a process that was put in front and leads no group yet.
    pub(crate) awaited: u32,
    /// The group that was in front when the line was lost; it is told when the leader ends.
    pub(crate) hung_up: u32,
}

impl Default for Session {
    fn default() -> Self {
        Self { number: NIL, members: 0, has_terminal: false, foreground: NIL, awaited: NIL, hung_up: NIL }
    }
}

/// Why `setsid` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetSessionError {
    /// The caller is gone: ESRCH.
    NoCaller,
    /// A group has the caller's number, its own or one it once led: EPERM.
    LeadsGroup,
    /// The personality knows no sessions: EINVAL.
    NotKnown,
    /// No room for another session or group: ENOMEM.
    NoMemory,
}

impl SetSessionError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoCaller => Errno::ESRCH,
            Self::LeadsGroup => Errno::EPERM,
            Self::NotKnown => Errno::EINVAL,
            Self::NoMemory => Errno::ENOMEM,
        }
    }
}

impl core::fmt::Display for SetSessionError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoCaller => "the caller is gone",
            Self::LeadsGroup => "a process group has the caller's number",
            Self::NotKnown => "this system has no sessions",
            Self::NoMemory => "no room for another session",
        })
    }
}

impl core::error::Error for SetSessionError {}

impl<S: Storage> System<S> {
    /// The session of a process.
    pub fn session(&self, process: ProcessKey) -> Option<SessionKey> {
        let session = self.processes.at(self.processes.find(process.0)?).membership.session;
        (session != NIL).then(|| self.session_key(session))
    }

    /// A session's number, as the namespace that it was made in sees it.
    pub fn session_id(&self, session: SessionKey) -> Option<SessionId> {
        let session = self.sessions.at(self.sessions.find(session.0)?);
        SessionId::new(self.numbers.at(session.number).value)
    }

    /// Makes a new session and a new group in it, both with the caller's number; it has no terminal.
    ///
    /// # Errors
    /// In this order: [`NoCaller`](SetSessionError::NoCaller), [`NotKnown`](SetSessionError::NotKnown) where the
    /// personality has no sessions, [`LeadsGroup`](SetSessionError::LeadsGroup),
    /// [`NoMemory`](SetSessionError::NoMemory).
    ///
    /// Source: POSIX `setsid`; Linux `ksys_setsid`. A `setsid` that orphans a group sends nothing (as Linux).
    pub fn setsid(&mut self, caller: ProcessKey) -> Result<SessionKey, SetSessionError> {
        use SetSessionError as Error;
        let process = self.live(caller).map_err(|_| Error::NoCaller)?;
        if !self.rules.has_setsid {
            return Err(Error::NotKnown);
        }
        let number = self.number_of(process);
        if self.numbers.at(number).group != NIL || self.leads_session(process) {
            return Err(Error::LeadsGroup);
        }
        if !self.groups.reserve() {
            return Err(Error::NoMemory);
        }
        let session = self.new_session(number).ok_or(Error::NoMemory)?;
        let group = self.new_group(number, session).ok_or(Error::NoMemory)?;
        self.count_links(process, false);
        self.leave_groups(process);
        self.join_session(process, session);
        self.join_group(process, group);
        self.count_links(process, true);
        Ok(self.session_key(session))
    }

    /// Gives the session of a process a controlling terminal, with the process's group in front, or takes it away.
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: POSIX XBD 11.1.3; `TIOCSCTTY`, `TIOCNOTTY`.
    pub fn set_terminal(&mut self, process: ProcessKey, has: bool) -> Result<(), Gone> {
        let membership = self.processes.at(self.live(process)?).membership;
        let session = self.sessions.at_mut(membership.session);
        session.has_terminal = has;
        session.foreground = if has { membership.group } else { NIL };
        (session.awaited, session.hung_up) = (NIL, NIL);
        Ok(())
    }

    /// Whether a process has a controlling terminal.
    pub fn has_terminal(&self, process: ProcessKey) -> bool {
        self.processes.find(process.0).is_some_and(|index| self.at_terminal(index))
    }

    /// Puts a group in front at its session's terminal, whatever the rules of `tcsetpgrp`.
    ///
    /// # Errors
    /// [`Gone`] if the group is gone.
    pub fn set_foreground(&mut self, group: GroupKey) -> Result<(), Gone> {
        let index = self.groups.find(group.0).ok_or(Gone)?;
        let session = self.groups.at(index).session;
        let session = self.sessions.at_mut(session);
        (session.foreground, session.awaited) = (index, NIL);
        Ok(())
    }

    /// The group in front at the terminal of a process's session.
    pub fn foreground(&self, process: ProcessKey) -> Option<GroupKey> {
        let session = self.processes.at(self.processes.find(process.0)?).membership.session;
        let group = if session == NIL { NIL } else { self.sessions.at(session).foreground };
        (group != NIL).then(|| self.group_key(group))
    }

    pub(crate) fn at_terminal(&self, process: u32) -> bool {
        let session = self.processes.at(process).membership.session;
        session != NIL && self.sessions.at(session).has_terminal
    }

    /// Whether a process leads its session: it has the session's number.
    pub(crate) fn leads_session(&self, process: u32) -> bool {
        let session = self.processes.at(process).membership.session;
        session != NIL && self.sessions.at(session).number == self.number_of(process)
    }

    pub(crate) fn new_session(&mut self, number: u32) -> Option<u32> {
        let session = self.sessions.insert(Session { number, ..Session::default() })?.index;
        self.numbers.each_level(number, |entry| entry.session = session);
        Some(session)
    }

    pub(crate) fn join_session(&mut self, process: u32, session: u32) {
        self.processes.at_mut(process).membership.session = session;
        if session != NIL {
            self.sessions.at_mut(session).members += 1;
        }
    }

    /// Takes a process out of its group and its session; the last one out takes them with it.
    pub(crate) fn leave_groups(&mut self, process: u32) {
        self.leave_group(process);
        let session = core::mem::replace(&mut self.processes.at_mut(process).membership.session, NIL);
        if session == NIL {
            return;
        }
        let own = self.number_of(process);
        let entry = self.sessions.at_mut(session);
        if entry.awaited == own {
            entry.awaited = NIL;
        }
        entry.members -= 1;
        if entry.members > 0 {
            return;
        }
        let number = entry.number;
        self.numbers.each_level(number, |entry| entry.session = NIL);
        self.numbers.release(number);
        self.sessions.remove(session);
    }

    /// Puts a process into the group and session that it is said to be in, made if they are not there.
    pub(crate) fn place_in_groups(&mut self, process: u32, placement: &Placement) -> Option<()> {
        let namespace = self.processes.at(process).namespace;
        let number = self.number_for(namespace, placement.session.get())?;
        let session = match self.numbers.at(number).session {
            NIL => self.new_session(number)?,
            session => session,
        };
        self.join_session(process, session);
        if let Some(group) = placement.group {
            let number = self.number_for(namespace, group.get())?;
            let group = match self.numbers.at(number).group {
                NIL => self.new_group(number, session)?,
                group => group,
            };
            self.join_group(process, group);
        }
        Some(())
    }

    /// The entry of a number, made if nothing uses it yet.
    fn number_for(&mut self, namespace: u32, number: i32) -> Option<u32> {
        match self.numbers.find(namespace, number) {
            Some(entry) => Some(entry),
            None => self.enter_numbers(namespace, Some(number)),
        }
    }
}
