//! `Session`: the groups that were started from one login or one `setsid`, each signalled in one call.
//!
//! The kernel has no call that signals a session. Its groups are signalled one after the other, each atomically,
//! and then those that are found when it is read again, until nothing new is found.

use core::fmt;

use sigpost_engine::{Pid, SessionId};

use crate::proc_stat::Stat;
use crate::process::{OpenError, Process};
use crate::scan;

/// A session. See the [module](self).
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    /// Held since it was opened: as long as one of them is in the session, its number is its own.
    members: Vec<Process>,
}

/// Why a session could not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionError {
    /// No process is in such a session. ESRCH.
    Empty(SessionId),
    /// `/proc` cannot be read, or a member cannot be opened.
    Proc(OpenError),
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(session) => write!(f, "no process is in session {session}"),
            Self::Proc(error) => fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for SessionError {}

impl Session {
    /// Opens the session that has this number now.
    ///
    /// # Errors
    /// [`SessionError`].
    pub fn open(id: SessionId) -> Result<Self, SessionError> {
        let members: Vec<Process> =
            read(id).map_err(SessionError::Proc)?.into_iter().map(|(process, _)| process).collect();
        if members.is_empty() { Err(SessionError::Empty(id)) } else { Ok(Self { id, members }) }
    }

    /// Its number.
    pub const fn id(&self) -> SessionId {
        self.id
    }

    /// Its members as a scan of `/proc` finds them, each held by handle.
    ///
    /// # Errors
    /// [`OpenError`]: `/proc` cannot be read.
    pub fn members(&self) -> Result<Vec<Process>, OpenError> {
        Ok(self.read()?.into_iter().map(|(process, _)| process).collect())
    }

    /// Its members, each with what its `stat` tells. None once all that were held are gone: the number may be
    /// another session's by then.
    pub(crate) fn read(&self) -> Result<Vec<(Process, Stat)>, OpenError> {
        let found = read(self.id)?;
        Ok(if self.members.iter().any(|process| self.has(process)) { found } else { Vec::new() })
    }

    /// Whether the process is in the session now.
    pub(crate) fn has(&self, process: &Process) -> bool {
        process.stat().is_ok_and(|stat| stat.session == Some(self.id))
    }
}

/// getsid(2) by number is cheaper than a file of `/proc`, so only likely ones are opened.
fn read(id: SessionId) -> Result<Vec<(Process, Stat)>, OpenError> {
    let likely = |pid: Pid| sigpost_sys::identity::session_of(pid.get()) == Ok(id.get());
    let mut buffer = Vec::new();
    let mut members = Vec::new();
    for process in scan::processes_if(likely)? {
        if let Ok(stat) = process.stat_in(&mut buffer)
            && stat.session == Some(id)
        {
            members.push((process, stat));
        }
    }
    Ok(members)
}
