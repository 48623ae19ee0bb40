//! The controlling terminal: calls on it, and what is typed at it or happens to it.

use sigpost_engine::{Receipt, SessionKey, TerminalAccess, TerminalError, TerminalKey};

use super::EngineWorld;
use super::actors::{Blocking, TerminalCall};
use crate::{Budget, Call, Name, Outcome, Trouble};

impl EngineWorld {
    /// A call on the terminal. It is made again after a stop, so it waits meanwhile.
    pub(super) fn terminal_call(
        &mut self,
        name: Name,
        call: &Call,
        budget: &mut Budget,
    ) -> Result<Option<Outcome>, Trouble> {
        let what = match *call {
            Call::Tcsetpgrp(group) => TerminalCall::PutInFront(self.number(name, group)?),
            Call::TtyRead => TerminalCall::Read,
            _ => TerminalCall::Write,
        };
        match self.try_terminal(name, what)? {
            Some(outcome) => Ok(Some(outcome)),
            None => self.block(name, Blocking::Terminal(what), budget),
        }
    }

    /// What the call returns; `None`: the caller's group was signalled instead, and the call is to be made again.
    pub(super) fn try_terminal(&mut self, name: Name, what: TerminalCall) -> Result<Option<Outcome>, Trouble> {
        let thread = self.actor(name)?.thread;
        let access = match what {
            TerminalCall::PutInFront(group) => self.system.tcsetpgrp(thread, group),
            TerminalCall::Read => self.system.terminal_read(thread),
            TerminalCall::Write => self.system.terminal_write(thread),
        };
        Ok(match access {
            Ok(TerminalAccess::Granted) => Some(Outcome::Zero),
            Ok(TerminalAccess::Signalled(_)) => None,
            Err(error) => Some(Outcome::Error(TerminalError::errno(error))),
        })
    }

    /// As [`try_terminal`](Self::try_terminal), after a stop: who had opened a terminal that is its session's no more may
    /// read and write there like anyone. Source: Linux `__tty_check_change`, `disassociate_ctty`.
    pub(super) fn try_terminal_again(&mut self, name: Name, what: TerminalCall) -> Result<Option<Outcome>, Trouble> {
        let process = self.actor(name)?.process;
        let is_lost = !self.system.has_terminal(process) && !matches!(what, TerminalCall::PutInFront(_));
        if is_lost { Ok(Some(Outcome::Zero)) } else { self.try_terminal(name, what) }
    }

    /// A character typed at the terminal of a process's session: the group in front is signalled.
    pub(super) fn typed(
        &mut self,
        name: Name,
        key: TerminalKey,
        receipts: &mut impl FnMut(Receipt),
    ) -> Result<(), Trouble> {
        let session = self.session_with_terminal(name)?;
        self.system.terminal_key(session, key, receipts).map_err(super::broken)?;
        Ok(())
    }

    /// The terminal of a process's session is closed.
    pub(super) fn hang_up(&mut self, name: Name) -> Result<(), Trouble> {
        let session = self.session_with_terminal(name)?;
        self.system.terminal_hangup(session, &mut ()).map_err(super::broken)
    }

    fn session_with_terminal(&self, name: Name) -> Result<SessionKey, Trouble> {
        let process = self.actor(name)?.process;
        let session = self.system.session(process).filter(|_| self.system.has_terminal(process));
        session.ok_or_else(|| Trouble::CannotAct(format!("the session of {name} has no terminal")))
    }
}
