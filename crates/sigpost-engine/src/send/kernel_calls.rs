//! The calls that the kernel makes of itself: `psignal`, `tdsignal`, `pgsignal`, `gsignal`. Nobody is asked for
//! permission.
//!
//! Source: psignal(9); FreeBSD `kern_psignal`, `pgsignal`, `gsignal`, `tdsignal`.

use super::{Aim, Letter};
use crate::personality::CheckTerminal;
use crate::queue::NIL;
use crate::receipt::Receipts;
use crate::storage::Storage;
use crate::{Gone, GroupId, GroupKey, ProcessKey, Signal, System, ThreadKey, Verdict};

impl<S: Storage> System<S> {
    /// Posts a signal to a process, from the kernel (FreeBSD's `kern_psignal`).
    ///
    /// It changes the target's signal state and lists its threads as work; it does not itself switch to them
    /// \[S2.6\]. A thread in an uninterruptible sleep \[S2.7\], a process that ignores the signal \[S2.8\], and,
    /// where stops take place in sleep, a stopped sleeper \[S2.9\] are not made to run.
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: psignal(9); Linux `send_sig`; \[S2.1\].
    #[doc(alias = "kern_psignal")]
    pub fn psignal(
        &mut self,
        process: ProcessKey,
        signal: Signal,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<Verdict, Gone> {
        let process = self.live(process)?;
        Ok(self.send(&Letter::from_kernel(signal), process, Aim::Process, receipts))
    }

    /// Posts a signal to one thread, from the kernel.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: psignal(9); \[S2.5\].
    pub fn tdsignal(
        &mut self,
        thread: ThreadKey,
        signal: Signal,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<Verdict, Gone> {
        let thread = self.live_thread(thread)?;
        let process = self.threads.at(thread).process;
        Ok(self.send(&Letter::from_kernel(signal), process, Aim::Thread(thread), receipts))
    }

    /// Posts a signal to each member of a group, from the kernel. No group: nothing happens. With `checkctty`, only
    /// to members that have a controlling terminal, where the personality tests that. How many it was posted to.
    ///
    /// # Errors
    /// [`Gone`] if the group is gone.
    ///
    /// Source: psignal(9); FreeBSD `pgsignal`; \[S2.2\] \[S2.3\].
    #[doc(alias = "kill_pgrp")]
    pub fn pgsignal(
        &mut self,
        group: Option<GroupKey>,
        signal: Signal,
        checkctty: bool,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<u32, Gone> {
        let Some(group) = group else { return Ok(0) };
        let group = self.groups.find(group.0).ok_or(Gone)?;
        let tests = checkctty && self.rules.checkctty == CheckTerminal::OnlyWithTerminal;
        Ok(self.post_to_members(group, signal, tests, receipts))
    }

    /// Posts a signal to each member of the group with this number (in the outermost namespace), from the kernel:
    /// `pgsignal` without `checkctty`. 0, and a number that is no group's: nothing happens. How many it was posted to.
    ///
    /// Source: psignal(9); FreeBSD `gsignal`; \[S2.4\].
    pub fn gsignal(&mut self, group: i32, signal: Signal, receipts: &mut (impl Receipts + ?Sized)) -> u32 {
        let Some(number) = GroupId::new(group) else { return 0 };
        let outermost = 0;
        match self.group_numbered(outermost, number.get()) {
            Some(group) => self.post_to_members(group, signal, false, receipts),
            None => 0,
        }
    }

    pub(crate) fn signal_members(&mut self, group: u32, signal: Signal) {
        self.post_to_members(group, signal, false, &mut ());
    }

    fn post_to_members(
        &mut self,
        group: u32,
        signal: Signal,
        with_terminal_only: bool,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> u32 {
        let mut posted = 0;
        self.count_send(group);
        let mut at = self.first_signalled(group);
        while at != NIL {
            let next = self.signalled_after(at);
            let found = self.rules.zombie_is_found || self.processes.at(at).signals.life.is_alive();
            if found && (!with_terminal_only || self.at_terminal(at)) {
                self.send(&Letter::from_kernel(signal), at, Aim::Process, receipts);
                posted += 1;
            }
            at = next;
        }
        posted
    }
}
