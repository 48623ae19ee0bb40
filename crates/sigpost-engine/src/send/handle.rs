//! Sends by handle instead of by number: to exactly the process, thread or group that the sender means, never to one
//! that got its number since.
//!
//! Source: `pidfd_send_signal(2)`; FreeBSD pdkill(2).

use super::permission::Call;
use super::target::checked;
use super::{Aim, KillError};
use crate::queue::NIL;
use crate::receipt::Receipts;
use crate::storage::Storage;
use crate::{Code, GroupKey, ProcessKey, System, ThreadKey};

/// Whom a handle means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    /// A process.
    Process(ProcessKey),
    /// A process, by the handle of this thread of it, which is then the addressed one (`PIDFD_SIGNAL_THREAD_GROUP`).
    Through(ThreadKey),
    /// One thread (`PIDFD_SIGNAL_THREAD`).
    Thread(ThreadKey),
    /// Every member of a group (`PIDFD_SIGNAL_PROCESS_GROUP`).
    Group(GroupKey),
}

impl<S: Storage> System<S> {
    /// `kill` by handle: the same permission, the same receipts; 0 is the null signal.
    ///
    /// # Errors
    /// [`KillError::NoSuchTarget`] also where what the handle meant is gone; otherwise as [`kill`](Self::kill), and in the
    /// same order.
    ///
    /// Source: `pidfd_send_signal(2)`; Linux `kill_pid_info_type`; FreeBSD pdkill(2).
    #[doc(alias = "pidfd_send_signal")]
    pub fn kill_handle(
        &mut self,
        sender: ProcessKey,
        handle: Handle,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let sender = self.live(sender).map_err(|_| KillError::NoSuchTarget)?;
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let (process, aim, code) = match handle {
            Handle::Process(key) => (self.live(key).ok(), Aim::Process, Code::USER),
            Handle::Through(key) => {
                let thread = self.live_thread(key).map_err(|_| KillError::NoSuchTarget)?;
                (Some(self.threads.at(thread).process), Aim::Through(thread), Code::USER)
            }
            Handle::Thread(key) => {
                let thread = self.live_thread(key).map_err(|_| KillError::NoSuchTarget)?;
                (Some(self.threads.at(thread).process), Aim::Thread(thread), Code::TKILL)
            }
            Handle::Group(key) => {
                let group = self.groups.find(key.0).ok_or(KillError::NoSuchTarget)?;
                let letter = self.letter(sender, checked(signal, self.rules)?, Code::USER, 0, Call::Group);
                return self.send_to_group(&letter, group, receipts);
            }
        };
        let process = process.ok_or(KillError::NoSuchTarget)?;
        let letter = self.letter(sender, checked(signal, self.rules)?, code, 0, Call::One);
        self.send_to_one(&letter, process, aim, receipts)
    }

    /// `rt_tgsigqueueinfo`: a signal with a code and a value to one thread of the process with this number. Codes of
    /// the kernel, of `kill` and of `tkill` may be used only towards oneself: the thread must be the calling one.
    ///
    /// # Errors
    /// As [`tgkill`](Self::tgkill); [`KillError::ForgedCode`] if the code is one of the kernel's, of `kill` or of
    /// `tkill`, and the thread is not the calling one.
    ///
    /// Source: `rt_tgsigqueueinfo(2)`; Linux `do_rt_tgsigqueueinfo`.
    #[doc(alias = "pthread_sigqueue")]
    pub fn tgsigqueue(
        &mut self,
        caller: ThreadKey,
        to: (i32, i32),
        signal: i32,
        (code, value): (Code, i64),
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let caller = self.live_thread(caller).map_err(|_| KillError::NoSuchTarget)?;
        let sender = self.threads.at(caller).process;
        let (process, thread) = to;
        if process < 1 || thread < 1 {
            return Err(KillError::InvalidTarget);
        }
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let namespace = self.processes.at(sender).namespace;
        let forged = code.number() >= 0 || code == Code::TKILL;
        if forged && self.numbered_in(self.threads.at(caller).number, namespace) != Some(thread) {
            return Err(KillError::ForgedCode);
        }
        let found = self.numbers.find(namespace, thread).map(|entry| self.numbers.at(entry).thread);
        let thread = found.filter(|&thread| thread != NIL && !self.threads.at(thread).signals.exited);
        let owner = thread.map_or(NIL, |thread| self.threads.at(thread).process);
        let is_its = owner != NIL && self.number_seen(owner, namespace).map(crate::Pid::get) == Some(process);
        if !is_its {
            return Err(KillError::NoSuchTarget);
        }
        let letter = self.letter(sender, checked(signal, self.rules)?, code, value, Call::One);
        self.send_to_one(&letter, owner, thread.map_or(Aim::Process, Aim::Thread), receipts)
    }
}
