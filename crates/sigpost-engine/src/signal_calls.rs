//! The calls by which a process says how it wants its signals: `sigaction`, `sigprocmask`, `sigpending`,
//! `sigsuspend`, `sigreturn`; and the loop that delivers them.

use crate::deliver::{Delivery, HandlerCall, Surroundings, deliver, resume_traced};
use crate::disposition::{ActionFlags, ActionTable, Disposition};
use crate::post::{Wake, retarget};
use crate::storage::Storage;
use crate::system::{SharedActions, reported};
use crate::thread::ThreadSignals;
use crate::{Errno, Gone, ProcessKey, Signal, SignalInfo, SignalMask, SignalSet, System, ThreadKey};

/// Why `sigaction` failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SigactionError {
    /// The process is gone: ESRCH.
    NoProcess,
    /// KILL and STOP cannot be caught or ignored: EINVAL.
    Uncatchable,
    /// No room for another table of handlers: ENOMEM.
    NoMemory,
}

impl SigactionError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NoProcess => Errno::ESRCH,
            Self::Uncatchable => Errno::EINVAL,
            Self::NoMemory => Errno::ENOMEM,
        }
    }
}

impl core::fmt::Display for SigactionError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NoProcess => "the process is gone",
            Self::Uncatchable => "KILL and STOP cannot be caught or ignored",
            Self::NoMemory => "no room for another table of handlers",
        })
    }
}

impl core::error::Error for SigactionError {}

impl<S: Storage> System<S> {
    /// Says what is to happen when a signal is delivered. Setting a pending signal to be ignored (or to a default
    /// that does nothing) throws it away, in the process's and in every thread's set.
    ///
    /// # Errors
    /// [`SigactionError`]. Only catching can need memory.
    ///
    /// Source: POSIX `sigaction`; Linux `do_sigaction`.
    pub fn sigaction(
        &mut self,
        process: ProcessKey,
        signal: Signal,
        to: Disposition,
    ) -> Result<Disposition, SigactionError> {
        let index = self.live(process).map_err(|_| SigactionError::NoProcess)?;
        if !signal.is_catchable() {
            return Err(SigactionError::Uncatchable);
        }
        let old = self.disposition_at(index, signal);
        if let Disposition::Catch(action) = to {
            self.own_actions(index)?.set(signal, action);
        }
        self.set_disposition(index, signal, &to);
        self.spread_dispositions(index);
        Ok(old)
    }

    /// What a thread would take now: pending for it or for its process, and open to it.
    pub fn sigpending_for(&self, thread: ThreadKey) -> SignalSet {
        let Ok(index) = self.live_thread(thread) else { return SignalSet::EMPTY };
        let entry = self.threads.at(index);
        let shared = self.processes.at(entry.process).signals.pending.set();
        (shared | entry.signals.pending.set()) - entry.signals.mask.set()
    }

    /// `SA_NOCLDSTOP` and `SA_NOCLDWAIT` given together with the default action of CHLD, or with ignoring it: they count all
    /// the same. To be called after [`sigaction`](Self::sigaction), which takes both back.
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: POSIX `sigaction`; Linux `do_notify_parent`.
    pub fn set_child_flags(&mut self, process: ProcessKey, flags: ActionFlags) -> Result<(), Gone> {
        let index = self.live(process)?;
        let signals = &mut self.processes.at_mut(index).signals;
        signals.no_child_stop = flags.contains(ActionFlags::NOCLDSTOP);
        signals.no_child_wait = flags.contains(ActionFlags::NOCLDWAIT);
        Ok(())
    }

    /// Sets a disposition whose handler is in the table; what is pending and would do nothing now is thrown away.
    pub(crate) fn set_disposition(&mut self, index: u32, signal: Signal, to: &Disposition) {
        let entry = self.processes.at_mut(index);
        entry.signals.dispositions.set(signal, to);
        if signal == Signal::CHLD {
            let flags = if let Disposition::Catch(action) = to { action.flags } else { ActionFlags::NONE };
            entry.signals.no_child_stop = flags.contains(ActionFlags::NOCLDSTOP);
            entry.signals.no_child_wait = flags.contains(ActionFlags::NOCLDWAIT);
        }
        let main = entry.main;
        self.with_process(index, main, |signals, threads, queue, _| {
            if signals.dispositions.does_nothing(signal) {
                let only = SignalSet::of(&[signal]);
                signals.pending.discard(queue, only);
                crate::post::each(threads, |thread| {
                    thread.pending.discard(queue, only);
                });
            }
        });
    }

    /// What is to happen when a signal is delivered; `None` if the process is gone.
    pub fn disposition(&self, process: ProcessKey, signal: Signal) -> Option<Disposition> {
        self.processes.find(process.0).map(|index| self.disposition_at(index, signal))
    }

    fn disposition_at(&self, index: u32, signal: Signal) -> Disposition {
        let entry = self.processes.at(index);
        let dispositions = &entry.signals.dispositions;
        if dispositions.ignored().contains(signal) {
            Disposition::Ignore
        } else if dispositions.caught().contains(signal) {
            let known = self.actions.is_used(entry.actions);
            let actions = if known { &self.actions.at(entry.actions).table } else { &ActionTable::EMPTY };
            Disposition::Catch(*actions.get(signal))
        } else {
            Disposition::Default
        }
    }

    /// The process's own table of handlers: made, or copied if it was shared.
    fn own_actions(&mut self, process: u32) -> Result<&mut ActionTable, SigactionError> {
        let shared = self.processes.at(process).actions;
        let table = match self.actions.is_used(shared) {
            true if self.actions.at(shared).users == self.sharers(process) => {
                return Ok(&mut self.actions.at_mut(shared).table);
            }
            true => self.actions.at(shared).table.clone(),
            false => ActionTable::EMPTY,
        };
        let own = self.actions.insert(SharedActions { table, users: 1 }).ok_or(SigactionError::NoMemory)?.index;
        self.drop_actions(process);
        self.processes.at_mut(process).actions = own;
        Ok(&mut self.actions.at_mut(own).table)
    }

    /// Sets a thread's mask: the whole of `sigprocmask`, for the host combines old and new itself. KILL and STOP are
    /// not in it. What the thread now blocks and was meant for it gets another taker; what it now takes is listed
    /// as work.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `pthread_sigmask`; Linux `set_current_blocked`, `retarget_shared_pending`.
    #[doc(alias = "sigprocmask")]
    pub fn set_mask(&mut self, thread: ThreadKey, mask: SignalMask) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        self.replace_mask(index, mask);
        Ok(())
    }

    /// Sets a thread's mask for the time of one call, `sigsuspend` or `ppoll`. The first handler that runs saves the
    /// mask that was before; if none runs, [`restore_mask`](Self::restore_mask) sets it back.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `sigsuspend`; Linux `set_user_sigmask`.
    #[doc(alias = "sigsuspend")]
    pub fn set_mask_for_call(&mut self, thread: ThreadKey, mask: SignalMask) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        let thread = &mut self.threads.at_mut(index).signals;
        if !thread.has_saved_mask {
            (thread.saved_mask, thread.has_saved_mask) = (thread.mask, true);
        }
        self.replace_mask(index, mask);
        Ok(())
    }

    /// Sets back the mask that a call had set for its own time, if no handler has taken it over.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `sigsuspend`; Linux `restore_saved_sigmask`.
    pub fn restore_mask(&mut self, thread: ThreadKey) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        let thread = &mut self.threads.at_mut(index).signals;
        if core::mem::take(&mut thread.has_saved_mask) {
            let saved = thread.saved_mask;
            self.replace_mask(index, saved);
        }
        Ok(())
    }

    /// A handler has returned: the mask that [`HandlerCall::saved_mask`](crate::HandlerCall::saved_mask) gave is in
    /// force again, less KILL and STOP, whatever the program made of it meanwhile.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: sigreturn(2).
    pub fn sigreturn(&mut self, thread: ThreadKey, mask: SignalMask) -> Result<(), Gone> {
        self.set_mask(thread, mask)
    }

    /// A thread is to look for signals of its own accord: it is told of all that it would take, also of what another was
    /// told of. Linux does this where a process forks.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: Linux `recalc_sigpending`, `copy_process`.
    pub fn look_unasked(&mut self, thread: ThreadKey) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        self.tell_of_what_is_there(index);
        Ok(())
    }

    /// A thread has another mask. One that changes nothing looks for nothing.
    ///
    /// Source: Linux `__set_current_blocked`.
    fn replace_mask(&mut self, index: u32, mask: SignalMask) {
        if self.threads.at(index).signals.mask != mask {
            self.change_mask(index, |thread| thread.mask = mask);
        }
    }

    pub(crate) fn change_mask(&mut self, index: u32, change: impl FnOnce(&mut ThreadSignals)) {
        let thread = &mut self.threads.at_mut(index).signals;
        let (before, was_told) = (thread.open_set(self.rules), thread.kicked);
        change(thread);
        self.tell_of_what_is_there(index);
        // What others were told of is theirs already.
        if was_told {
            self.pass_on_closed(index, before);
        }
    }

    /// A thread is told to look if something is pending that it would take.
    fn tell_of_what_is_there(&mut self, index: u32) {
        let process = self.threads.at(index).process;
        let shared = self.processes.at(process).signals.pending.set();
        let thread = &mut self.threads.at_mut(index).signals;
        if thread.has_something(shared, self.rules) {
            crate::post::rouse(thread);
            self.list_thread(index);
        }
    }

    /// A thread would have taken the signals of `before`. What it would take of them no more, and is pending for its
    /// process, gets another that looks.
    ///
    /// Source: Linux `__set_task_blocked`.
    pub(crate) fn pass_on_closed(&mut self, index: u32, before: SignalSet) {
        let closed = before - self.threads.at(index).signals.open_set(self.rules);
        self.pass_on_signals(index, closed);
    }

    /// What is pending for a thread's process among these signals, which it does not take any more, gets another thread
    /// that looks, if one would take it.
    pub(crate) fn pass_on_signals(&mut self, index: u32, closed: SignalSet) {
        if closed.is_empty() {
            return;
        }
        let process = self.threads.at(index).process;
        let rules = self.rules;
        let wake = self
            .with_process(process, index, |signals, threads, _, _| retarget(signals, threads, index, closed, rules));
        self.follow(process, wake, None);
    }

    /// The pending signals as `sigpending` reports them to a thread.
    ///
    /// Source: POSIX `sigpending`.
    pub fn sigpending(&self, thread: ThreadKey) -> Option<SignalSet> {
        let thread = self.threads.at(self.threads.find(thread.0)?);
        Some(reported(&self.processes.at(thread.process).signals, &thread.signals, self.rules))
    }

    /// What a thread does next about its signals, before it goes back to user mode: see
    /// [`crate::deliver::deliver`]. Ask again until it says [`Delivery::Nothing`].
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX XSH 2.4.3; Linux `get_signal`; FreeBSD `ast_sig`.
    #[inline]
    pub fn deliver(&mut self, thread: ThreadKey) -> Result<Delivery, Gone> {
        let index = self.live_thread(thread)?;
        Ok(self.deliver_at(index, Resume::No))
    }

    /// Whether one of these signals is pending for a thread, in its own queue or its process's, or is about to be
    /// delivered to it.
    fn may_take(&self, thread: u32, signals: SignalSet) -> bool {
        let thread = self.threads.at(thread);
        let pending = self.processes.at(thread.process).signals.pending.set() | thread.signals.pending.set();
        pending.intersects(signals) || thread.signals.undecided.is_some()
    }

    #[inline]
    pub(crate) fn deliver_at(&mut self, index: u32, resume: Resume) -> Delivery {
        let process = self.threads.at(index).process;
        // Only a stop from the terminal asks for these.
        let asks = self.may_take(index, SignalSet::TERMINAL_STOPS) || matches!(resume, Resume::With(Some(_)));
        let (orphaned, child_of_init) =
            if asks { (self.in_orphaned_group(process), self.is_child_of_init(process)) } else { (false, false) };
        let rules = self.rules;
        let delivered = self.with_process(process, index, |signals, threads, queue, actions| {
            let surroundings = Surroundings { actions, orphaned, child_of_init, rules };
            match resume {
                Resume::No => deliver(signals, threads, queue, &surroundings),
                Resume::With(inject) => resume_traced(signals, threads, queue, &surroundings, inject),
            }
        });
        if let Some(first) = delivered.tell_first {
            self.tell_that_it_goes_on(process, first);
        }
        let news = delivered.tell_parent;
        if matches!(resume, Resume::With(Some(_))) {
            // What the tracer lets through may have gone back into a queue.
            self.note_readable(process);
        }
        self.follow(process, delivered.wake, news);
        match delivered.delivery {
            Delivery::TraceStop(info) => {
                self.drop_thread_work(index);
                self.tell_tracer(index, &info);
            }
            Delivery::Stop => self.drop_thread_work(index),
            // `SA_RESETHAND` holds for all that share.
            Delivery::Handler(call) if call.action.flags.contains(ActionFlags::RESETHAND) => {
                self.spread_dispositions(process);
            }
            _ => {}
        }
        if delivered.wake == Wake::Everyone {
            self.drop_thread_work(index);
        }
        match delivered.delivery {
            Delivery::Handler(call) if call.info.signal == Signal::CHLD => {
                Delivery::Handler(HandlerCall { info: self.whole(process, call.info), ..call })
            }
            other => other,
        }
    }
}

/// Whether a delivery begins with what a tracer lets through.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resume {
    No,
    With(Option<SignalInfo>),
}
