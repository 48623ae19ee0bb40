//! The controlling terminal: which group is in front, what its keys send, and what it does to those behind.
//!
//! **Heads up.** POSIX XBD 11.1.4 and `tcsetpgrp`; Linux `drivers/tty/tty_jobctrl.c`: `__tty_check_change`, `tiocspgrp`,
//! `tty_signal_session_leader`, `disassociate_ctty`. The terminal's modes, its characters and its descriptors are the
//! host's; here is what it does with signals, under every personality as Linux does it.

use crate::queue::NIL;
use crate::receipt::Receipts;
use crate::storage::Storage;
use crate::{Errno, ProcessKey, SessionKey, Signal, System, ThreadKey};

/// A key that a terminal turns into a signal for the group in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TerminalKey {
    /// Control-C: INT.
    Interrupt,
    /// Control-backslash: QUIT.
    Quit,
    /// Control-Z: TSTP.
    Suspend,
}

impl TerminalKey {
    /// The signal that it sends.
    pub const fn signal(self) -> Signal {
        match self {
            Self::Interrupt => Signal::INT,
            Self::Quit => Signal::QUIT,
            Self::Suspend => Signal::TSTP,
        }
    }
}

/// Whether a call on the terminal goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalAccess {
    /// It does.
    Granted,
    /// Not now: the caller is in the background, and its group was sent this signal. The caller looks for signals
    /// ([`System::deliver`]); a call that no handler ended (or one with `SA_RESTART`) is then made again.
    Signalled(Signal),
}

/// Why a call on the terminal failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalError {
    /// The caller is gone: ESRCH.
    NoCaller,
    /// The caller's session has no terminal; also `tcsetpgrp` where a write would be [`Behind`](Self::Behind): ENOTTY.
    NoTerminal,
    /// A group number is not negative: EINVAL.
    NegativeGroup,
    /// Nothing has this number: ESRCH.
    NoSuchGroup,
    /// What has this number is in another session: EPERM.
    OtherSession,
    /// The caller is in the background and cannot be stopped for it: its group is orphaned, or, reading, it blocks or
    /// ignores TTIN: EIO.
    Behind,
    /// The session or its leader is gone: ESRCH.
    NoSession,
}

impl TerminalError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoCaller | Self::NoSuchGroup | Self::NoSession => Errno::ESRCH,
            Self::NoTerminal => Errno::ENOTTY,
            Self::NegativeGroup => Errno::EINVAL,
            Self::OtherSession => Errno::EPERM,
            Self::Behind => Errno::EIO,
        }
    }
}

impl core::fmt::Display for TerminalError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoCaller => "the caller is gone",
            Self::NoTerminal => "the caller's session has no terminal",
            Self::NegativeGroup => "a group number is not negative",
            Self::NoSuchGroup => "no such group",
            Self::OtherSession => "the group is in another session",
            Self::Behind => "the caller is in the background and cannot be stopped for it",
            Self::NoSession => "the session is gone",
        })
    }
}

impl core::error::Error for TerminalError {}

impl<S: Storage> System<S> {
    /// Puts the group with this number in front at the terminal of the caller's session.
    ///
    /// A caller in the background is first sent TTOU, with its group, unless it blocks or ignores that. The number of
    /// a process that leads no group is taken, too: nobody is in front then until it makes its group.
    ///
    /// # Errors
    /// In this order: [`NoCaller`](TerminalError::NoCaller), [`NoTerminal`](TerminalError::NoTerminal),
    /// [`NegativeGroup`](TerminalError::NegativeGroup), [`NoSuchGroup`](TerminalError::NoSuchGroup),
    /// [`OtherSession`](TerminalError::OtherSession). Nothing has changed then.
    ///
    /// Source: POSIX `tcsetpgrp` (which has EPERM for every number that is no group of the session); Linux `tiocspgrp`.
    pub fn tcsetpgrp(&mut self, caller: ThreadKey, group: i32) -> Result<TerminalAccess, TerminalError> {
        use TerminalError as Error;
        let thread = self.live_thread(caller).map_err(|_| Error::NoCaller)?;
        match self.check_change(thread, Signal::TTOU) {
            Ok(TerminalAccess::Granted) => {}
            Err(Error::Behind) => return Err(Error::NoTerminal),
            other => return other,
        }
        if group < 0 {
            return Err(Error::NegativeGroup);
        }
        let process = self.threads.at(thread).process;
        let (namespace, session) =
            (self.processes.at(process).namespace, self.processes.at(process).membership.session);
        let entry = self.numbers.find(namespace, group).ok_or(Error::NoSuchGroup)?;
        let named = *self.numbers.at(entry);
        let owner = if named.thread == NIL { NIL } else { self.threads.at(named.thread).process };
        let its_session = match (named.group, owner) {
            (NIL, NIL) => NIL,
            (NIL, owner) => self.processes.at(owner).membership.session,
            (group, _) => self.groups.at(group).session,
        };
        if its_session != session {
            return Err(Error::OtherSession);
        }
        let awaited = if named.group == NIL { self.number_of(owner) } else { NIL };
        let at = self.sessions.at_mut(session);
        (at.foreground, at.awaited) = (named.group, awaited);
        Ok(TerminalAccess::Granted)
    }

    /// A thread is about to read from its controlling terminal. In the background its group is sent TTIN.
    ///
    /// # Errors
    /// [`TerminalError::NoCaller`] if the thread is gone, [`TerminalError::NoTerminal`] if its session has no terminal;
    /// [`TerminalError::Behind`] for a background caller that blocks or ignores TTIN, or whose group is orphaned.
    ///
    /// Source: POSIX XBD 11.1.4; Linux `job_control` of `n_tty.c`.
    pub fn terminal_read(&mut self, caller: ThreadKey) -> Result<TerminalAccess, TerminalError> {
        let thread = self.live_thread(caller).map_err(|_| TerminalError::NoCaller)?;
        self.check_change(thread, Signal::TTIN)
    }

    /// A thread is about to write to its controlling terminal, and the terminal stops background writers (`TOSTOP` is
    /// set; where it is not, the host need not ask). In the background its group is sent TTOU, unless the caller
    /// blocks or ignores that: then it may write.
    ///
    /// # Errors
    /// [`TerminalError::NoCaller`], [`TerminalError::NoTerminal`]; [`TerminalError::Behind`] for a background caller
    /// whose group is orphaned.
    ///
    /// Source: POSIX XBD 11.1.4; Linux `tty_check_change`.
    pub fn terminal_write(&mut self, caller: ThreadKey) -> Result<TerminalAccess, TerminalError> {
        let thread = self.live_thread(caller).map_err(|_| TerminalError::NoCaller)?;
        self.check_change(thread, Signal::TTOU)
    }

    /// A key was struck that makes a signal: the group in front gets it, from the kernel. How many it was posted to:
    /// 0 where there is no terminal, or nobody in front of it.
    ///
    /// # Errors
    /// [`TerminalError::NoSession`] if the session is gone.
    ///
    /// Source: POSIX XBD 11.1.9 (`ISIG`); Linux `isig`.
    pub fn terminal_key(
        &mut self,
        session: SessionKey,
        key: TerminalKey,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<u32, TerminalError> {
        let index = self.sessions.find(session.0).ok_or(TerminalError::NoSession)?;
        let front = self.sessions.at(index).foreground;
        let front = (front != NIL).then(|| self.group_key(front));
        self.pgsignal(front, key.signal(), true, receipts).map_err(|_| TerminalError::NoSession)
    }

    /// The line is gone: the session's leader gets HUP and then CONT, and the session has no terminal any more. The
    /// group that was in front is told when the leader ends.
    ///
    /// # Errors
    /// [`TerminalError::NoSession`]; [`TerminalError::NoTerminal`] if it had none.
    ///
    /// Source: POSIX XBD 11.1.10; Linux `__tty_hangup`, `tty_signal_session_leader`.
    pub fn terminal_hangup(
        &mut self,
        session: SessionKey,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), TerminalError> {
        let index = self.sessions.find(session.0).ok_or(TerminalError::NoSession)?;
        let entry = self.sessions.at_mut(index);
        if !core::mem::take(&mut entry.has_terminal) {
            return Err(TerminalError::NoTerminal);
        }
        entry.hung_up = core::mem::replace(&mut entry.foreground, NIL);
        entry.awaited = NIL;
        let Some(leader) = self.leader_of(index) else { return Ok(()) };
        for signal in [Signal::HUP, Signal::CONT] {
            let _ = self.psignal(leader, signal, receipts);
        }
        Ok(())
    }

    /// The process that leads a session, if it has not been reaped.
    pub(crate) fn leader_of(&self, session: u32) -> Option<ProcessKey> {
        let thread = self.numbers.at(self.sessions.at(session).number).thread;
        if thread == NIL {
            return None;
        }
        let process = self.threads.at(thread).process;
        (self.processes.at(process).membership.session == session).then(|| self.process_key(process))
    }

    /// What becomes of a call that only the group in front may make freely.
    fn check_change(&mut self, thread: u32, signal: Signal) -> Result<TerminalAccess, TerminalError> {
        let process = self.threads.at(thread).process;
        if !self.at_terminal(process) {
            return Err(TerminalError::NoTerminal);
        }
        let entry = self.processes.at(process);
        let membership = entry.membership;
        if self.sessions.at(membership.session).foreground == membership.group {
            return Ok(TerminalAccess::Granted);
        }
        let closed = self.threads.at(thread).signals.mask.blocks(signal);
        if closed || entry.signals.dispositions.ignored().contains(signal) {
            return if signal == Signal::TTIN { Err(TerminalError::Behind) } else { Ok(TerminalAccess::Granted) };
        }
        if membership.group == NIL || self.in_orphaned_group(process) {
            return Err(TerminalError::Behind);
        }
        self.signal_members(membership.group, signal);
        // Whoever took it, this thread has to look before its call ends.
        self.threads.at_mut(thread).signals.kicked = true;
        self.list_thread(thread);
        Ok(TerminalAccess::Signalled(signal))
    }

    /// The process that led a session has ended: the group in front of its terminal gets HUP, and the session has the
    /// terminal no more. If the line had gone before, the group that was in front then gets HUP and CONT.
    ///
    /// Source: POSIX `_exit`; Linux `disassociate_ctty`.
    pub(crate) fn hang_up_terminal(&mut self, leader: u32) {
        let session = self.processes.at(leader).membership.session;
        let entry = self.sessions.at_mut(session);
        let had_terminal = core::mem::take(&mut entry.has_terminal);
        let front = core::mem::replace(&mut entry.foreground, NIL);
        let former = core::mem::replace(&mut entry.hung_up, NIL);
        entry.awaited = NIL;
        if had_terminal && front != NIL {
            self.signal_members(front, Signal::HUP);
        } else if !had_terminal && former != NIL {
            self.signal_members(former, Signal::HUP);
            self.signal_members(former, Signal::CONT);
        }
    }

    /// A group that is gone is in front no more; its number still is, while the process that has it may make the
    /// group anew.
    pub(crate) fn drop_foreground(&mut self, group: u32) {
        let entry = self.groups.at(group);
        let (session, number) = (entry.session, entry.number);
        if !self.sessions.is_used(session) {
            return;
        }
        let has_owner = self.numbers.at(number).thread != NIL;
        let session = self.sessions.at_mut(session);
        if session.foreground == group {
            session.foreground = NIL;
            session.awaited = if has_owner { number } else { NIL };
        }
        if session.hung_up == group {
            session.hung_up = NIL;
        }
    }

    /// A new group whose number was put in front before it was there is in front now.
    pub(crate) fn meet_awaited(&mut self, group: u32) {
        let entry = self.groups.at(group);
        let (session, number) = (entry.session, entry.number);
        if session == NIL {
            return;
        }
        let session = self.sessions.at_mut(session);
        if session.awaited == number {
            (session.foreground, session.awaited) = (group, NIL);
        }
    }
}
