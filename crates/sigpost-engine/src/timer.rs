//! Timers' signals: an entry of their own, so that none is lost, and a count instead of a second entry.
//!
//! The engine has no clock. The host makes a timer known, tells when it runs out, and forgets it.
//!
//! Source: POSIX `timer_create`, `timer_getoverrun`; Linux `sigqueue_alloc`, `send_sigqueue`.

use crate::post::Posted;
use crate::queue::{NIL, Queue};
use crate::receipt::Receipts;
use crate::send::Aim;
use crate::storage::{Slots, Storage};
use crate::{Code, Errno, Gone, ProcessKey, Signal, SignalInfo, System, ThreadKey, Verdict};

/// There is no free entry in the queue to promise to another timer: EAGAIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTimer;

impl NoTimer {
    /// The error number: EAGAIN.
    pub const fn errno(self) -> Errno {
        Errno::EAGAIN
    }
}

impl core::fmt::Display for NoTimer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the queue has no entry left for another timer")
    }
}

impl core::error::Error for NoTimer {}

/// A timer's signal: which, and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimerSignal {
    /// The signal.
    pub signal: Signal,
    /// What comes with it. Two timers that send the same signal to the same target have different values.
    pub value: i64,
}

impl<S: Storage> System<S> {
    /// Promises an entry of the queue to a timer, so that its signal always arrives complete.
    ///
    /// # Errors
    /// [`NoTimer`] if every free entry is promised already.
    ///
    /// Source: POSIX `timer_create`; Linux `sigqueue_alloc`.
    #[doc(alias = "timer_create")]
    pub fn timer_promise(&mut self) -> Result<(), NoTimer> {
        if self.free.promise(self.queue.slots_mut()) { Ok(()) } else { Err(NoTimer) }
    }

    /// Takes the promise back: the timer is gone. What it has sent stays pending, and its entry then is anyone's.
    ///
    /// Source: POSIX `timer_delete`; Linux `sigqueue_free`.
    #[doc(alias = "timer_delete")]
    pub fn timer_forget(&mut self) {
        self.free.forget_promise(self.queue.slots_mut());
    }

    /// A timer of a process ran out: its signal is posted to the process. If its last one is still pending, that is
    /// counted in it ([`SignalInfo::overruns`]), and the verdict is [`Verdict::Merges`].
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: Linux `send_sigqueue`.
    pub fn timer(
        &mut self,
        process: ProcessKey,
        timer: TimerSignal,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<Verdict, Gone> {
        let process = self.live(process)?;
        Ok(self.run_out(process, None, timer, receipts))
    }

    /// As [`timer`](Self::timer), to one thread (`SIGEV_THREAD_ID`).
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: `timer_create(2)`; Linux `send_sigqueue`.
    pub fn timer_of_thread(
        &mut self,
        thread: ThreadKey,
        timer: TimerSignal,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Result<Verdict, Gone> {
        let thread = self.live_thread(thread)?;
        let process = self.threads.at(thread).process;
        Ok(self.run_out(process, Some(thread), timer, receipts))
    }

    fn run_out(
        &mut self,
        process: u32,
        thread: Option<u32>,
        timer: TimerSignal,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Verdict {
        let TimerSignal { signal, value } = timer;
        let lives = self.processes.at(process).signals.life.is_alive();
        let posted = if lives && self.count_overrun(process, thread, timer) {
            Posted::quiet(Verdict::Merges)
        } else {
            let info = SignalInfo { code: Code::TIMER, value, ..SignalInfo::kernel(signal) };
            self.post_to(process, thread.map_or(Aim::Process, Aim::Thread), &info, NIL)
        };
        self.give_posted(process, signal, &posted, receipts)
    }

    fn count_overrun(&mut self, process: u32, thread: Option<u32>, timer: TimerSignal) -> bool {
        let pending = match thread {
            Some(thread) => self.threads.at(thread).signals.pending,
            None => self.processes.at(process).signals.pending,
        };
        let mut queue =
            Queue { entries: self.queue.slots_mut(), free: &mut self.free, accounts: self.charges.slots_mut() };
        pending.set().contains(timer.signal) && pending.count_overrun(&mut queue, timer.signal, timer.value)
    }
}
