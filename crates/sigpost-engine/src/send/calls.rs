//! The calls that processes make: `kill`, `killpg`, `raise`, `tkill`, `tgkill`, `sigqueue`.

use super::permission::Call;
use super::target::checked;
use super::{Aim, KillError, Target};
use crate::queue::NIL;
use crate::receipt::Receipts;
use crate::storage::Storage;
use crate::{Code, ProcessKey, Signal, System, ThreadKey};

impl<S: Storage> System<S> {
    /// `kill`: sends a signal to whom a raw number means.
    ///
    /// `id` > 0 is that process, 0 the sender's own group, -1 everyone, below -1 the group with that magnitude.
    /// `signal` 0 is the null signal: every check is made and nothing is sent. A receipt is given for each
    /// target; if there are several, the call succeeds as the personality says (everywhere but under `bsd43` and
    /// `aixrt`: if one could be sent to).
    ///
    /// # Errors
    /// [`KillError`]; which is found first where several apply is the personality's. Nothing was sent then, and
    /// nothing changed, with the one exception that [`KillError::Refused`] names.
    ///
    /// A sender that unblocked the signal takes it, or another, before it goes back to user mode: the host
    /// calls [`deliver`](Self::deliver) for the calling thread before `kill` returns to it \[S1.12\].
    ///
    /// Source: POSIX `kill`; Linux `kill_something_info`; \[S1.1\] to \[S1.9\], \[S3.1\] to \[S3.7\], \[S3.10\].
    #[doc(alias = "kill_something_info")]
    pub fn kill(
        &mut self,
        sender: ProcessKey,
        id: i32,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let target = Target::of_kill(id, self.rules);
        self.kill_target(sender, target, signal, receipts)
    }

    /// `killpg`: sends a signal to a process group.
    ///
    /// Above 1 it is `kill(-group, …)`; what 0, 1 and negative numbers mean is the personality's \[S0.1\] \[S0.5\]
    /// \[S0.6\] \[S0.7\] \[S3.8\].
    ///
    /// # Errors
    /// As [`kill`](Self::kill).
    ///
    /// Source: POSIX `killpg`; killpg(3).
    pub fn killpg(
        &mut self,
        sender: ProcessKey,
        group: i32,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let target = Target::of_killpg(group, self.rules);
        self.kill_target(sender, target, signal, receipts)
    }

    fn kill_target(
        &mut self,
        sender: ProcessKey,
        target: Result<Target, KillError>,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let sender = self.live(sender).map_err(|_| KillError::NoSuchTarget)?;
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let target = target?;
        let namespace = self.processes.at(sender).namespace;
        let letter = |system: &Self, signal, call| system.letter(sender, signal, Code::USER, 0, call);
        match target {
            Target::Process(number) => {
                let (process, aim) = self.aimed_at(namespace, number).ok_or(KillError::NoSuchTarget)?;
                let signal = checked(signal, self.rules)?;
                self.send_to_one(&letter(self, signal, Call::One), process, aim, receipts)
            }
            Target::Group(number) => {
                let group = self.group_numbered(namespace, number).ok_or(KillError::NoSuchTarget)?;
                let signal = checked(signal, self.rules)?;
                self.send_to_group(&letter(self, signal, Call::Group), group, receipts)
            }
            Target::OwnGroup => {
                let group = self.processes.at(sender).membership.group;
                if group == NIL {
                    return Err(KillError::NoSuchTarget);
                }
                let signal = checked(signal, self.rules)?;
                self.send_to_group(&letter(self, signal, Call::Group), group, receipts)
            }
            Target::Everyone => {
                let signal = checked(signal, self.rules);
                if signal.is_err() && !self.someone_is_reached(sender) {
                    return Err(KillError::NoSuchTarget);
                }
                self.send_to_everyone(&letter(self, signal?, Call::Everyone), receipts)
            }
        }
    }

    /// The process that a number means, and through which of its threads.
    #[inline]
    fn aimed_at(&self, namespace: u32, number: i32) -> Option<(u32, Aim)> {
        let (process, thread) = self.thread_numbered(namespace, number)?;
        let is_main = self.processes.at(process).main == thread;
        Some((process, if is_main { Aim::Process } else { Aim::Through(thread) }))
    }

    fn someone_is_reached(&self, sender: u32) -> bool {
        let first = self.first_thread_seen_by(sender);
        self.processes.indexes().any(|process| self.is_reached_by_broadcast(sender, first, process))
    }

    /// `raise`: sends a signal to the calling thread, or, where the personality has no threads, to its process.
    /// It never asks for permission.
    ///
    /// # Errors
    /// [`KillError::InvalidSignal`]; [`KillError::QueueFull`] for a realtime signal; [`KillError::NoSuchTarget`] if
    /// the thread is gone.
    ///
    /// Source: POSIX `raise`; raise(3); \[S1.5\].
    pub fn raise(
        &mut self,
        caller: ThreadKey,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let thread = self.live_thread(caller).map_err(|_| KillError::NoSuchTarget)?;
        let signal = checked(signal, self.rules)?;
        let process = self.threads.at(thread).process;
        let (code, scope) = if self.rules.raise_is_for_thread {
            (Code::TKILL, Aim::Thread(thread))
        } else {
            (Code::USER, Aim::Process)
        };
        let letter = self.letter(process, signal, code, 0, Call::One);
        self.send_to_one(&letter, process, scope, receipts)
    }

    /// `tgkill`: sends a signal to one thread, if it belongs to the process with this number. Source: tgkill(2).
    ///
    /// # Errors
    /// [`KillError::InvalidTarget`] if a number is not positive, else as [`kill`](Self::kill).
    pub fn tgkill(
        &mut self,
        sender: ProcessKey,
        process: i32,
        thread: i32,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        if process < 1 {
            return Err(KillError::InvalidTarget);
        }
        self.send_to_thread(sender, Some(process), thread, signal, receipts)
    }

    /// `tkill`: sends a signal to one thread, whatever process it belongs to by now. Source: tkill(2).
    ///
    /// # Errors
    /// As [`tgkill`](Self::tgkill).
    pub fn tkill(
        &mut self,
        sender: ProcessKey,
        thread: i32,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        self.send_to_thread(sender, None, thread, signal, receipts)
    }

    fn send_to_thread(
        &mut self,
        sender: ProcessKey,
        process: Option<i32>,
        thread: i32,
        signal: i32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let sender = self.live(sender).map_err(|_| KillError::NoSuchTarget)?;
        if thread < 1 {
            return Err(KillError::InvalidTarget);
        }
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let namespace = self.processes.at(sender).namespace;
        let entry = self.numbers.find(namespace, thread).ok_or(KillError::NoSuchTarget)?;
        let target = self.numbers.at(entry).thread;
        // A main thread that has ended has its number still, and one that its tracer has not asked about.
        if target == NIL {
            return Err(KillError::NoSuchTarget);
        }
        let owner = self.threads.at(target).process;
        if let Some(number) = process
            && self.number_seen(owner, namespace).map(crate::Pid::get) != Some(number)
        {
            return Err(KillError::NoSuchTarget);
        }
        let signal = checked(signal, self.rules)?;
        let letter = self.letter(sender, signal, Code::TKILL, 0, Call::One);
        self.send_to_one(&letter, owner, Aim::Thread(target), receipts)
    }

    /// `sigqueue`: sends a signal with a value to one process.
    ///
    /// # Errors
    /// As [`kill`](Self::kill); [`KillError::NoSuchTarget`] also if the number is not positive, for groups cannot be
    /// meant (FreeBSD says EINVAL); [`KillError::QueueFull`] when the target's queue is full, as the personality says.
    ///
    /// Source: POSIX `sigqueue`; sigqueue(3); Linux `kill_proc_info`.
    pub fn sigqueue(
        &mut self,
        sender: ProcessKey,
        process: i32,
        signal: i32,
        value: i64,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let main = self.live(sender).map_err(|_| KillError::NoSuchTarget)?;
        let caller = self.thread_key(self.processes.at(main).main);
        self.sigqueue_as(caller, process, signal, Code::QUEUE, value, receipts)
    }

    /// `rt_sigqueueinfo`: `sigqueue` with a code of the sender's choice. Codes of the kernel (above 0), of `kill`
    /// and of `tkill` may be used only towards oneself: the number must be the calling thread's own.
    ///
    /// # Errors
    /// As [`sigqueue`](Self::sigqueue); [`KillError::ForgedCode`] if the code is one of the kernel's, of `kill` or of
    /// `tkill`, and the number is not the calling thread's own.
    ///
    /// Source: `rt_sigqueueinfo(2)`; Linux `do_rt_sigqueueinfo`.
    pub fn sigqueue_as(
        &mut self,
        caller: ThreadKey,
        process: i32,
        signal: i32,
        code: Code,
        value: i64,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<(), KillError> {
        let thread = self.live_thread(caller).map_err(|_| KillError::NoSuchTarget)?;
        let sender = self.threads.at(thread).process;
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let namespace = self.processes.at(sender).namespace;
        let own = self.numbered_in(self.threads.at(thread).number, namespace);
        let forged = code.number() >= 0 || code == Code::TKILL;
        if forged && own != Some(process) {
            return Err(KillError::ForgedCode);
        }
        let (target, aim) = self.aimed_at(namespace, process).ok_or(KillError::NoSuchTarget)?;
        let signal: Option<Signal> = checked(signal, self.rules)?;
        let letter = self.letter(sender, signal, code, value, Call::One);
        self.send_to_one(&letter, target, aim, receipts)
    }
}
