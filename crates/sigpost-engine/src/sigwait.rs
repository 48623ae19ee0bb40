//! Waiting for signals: the `sigwait` family, as a state machine that the host polls.
//!
//! There is no clock here. A host begins a wait, puts its thread to sleep if nothing is there, polls when work
//! names the thread, and ends the wait when its own timer or another signal says so. While a thread waits, the
//! waited signals count as unblocked where a taker is chosen, and are not dropped for being ignored.
//!
//! Source: POSIX `sigwait`, `sigtimedwait`; Linux `do_sigtimedwait`.

use crate::deliver::take;
use crate::storage::Storage;
use crate::{Gone, SignalInfo, SignalSet, System, ThreadKey};

impl<S: Storage> System<S> {
    /// A thread begins to wait for these signals (KILL and STOP cannot be waited for). Poll at once: one may be
    /// pending already.
    ///
    /// ```
    /// # use sigpost_engine::{personality, Activity, Counts, Signal, SignalSet, System, Tables, Verdict, Work};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let service = system.fork(init)?;
    /// # let (thread, number) = (system.main_thread(service).unwrap(), system.pid(service).unwrap().get());
    /// let set = SignalSet::of(&[Signal::HUP, Signal::TERM]);
    /// system.set_mask(thread, set.into())?;
    /// system.sigwait_begin(thread, set)?;
    /// assert_eq!(system.sigwait_poll(thread)?, None);
    /// system.set_activity(thread, Activity::Interruptible)?; // and the host sets its timer
    ///
    /// let mut counts = Counts::default();
    /// system.kill(init, number, 1, &mut counts)?;
    /// assert_eq!(counts.of(Verdict::Accepts), 1);
    /// assert_eq!(system.next_work(), Some(Work::Thread(thread)));
    /// assert_eq!(system.sigwait_poll(thread)?.unwrap().signal, Signal::HUP);
    /// // Had the timer run out first: `sigwait_end`, and the call fails with EAGAIN.
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `sigwaitinfo`; Linux `real_blocked`.
    #[doc(alias = "sigwaitinfo")]
    #[doc(alias = "sigtimedwait")]
    pub fn sigwait_begin(&mut self, thread: ThreadKey, set: SignalSet) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        self.change_mask(index, |thread| thread.waiting = set - SignalSet::UNCATCHABLE);
        Ok(())
    }

    /// Takes a waited signal and ends the wait; `None` if none has come.
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `sigwaitinfo`; Linux `dequeue_signal`.
    pub fn sigwait_poll(&mut self, thread: ThreadKey) -> Result<Option<SignalInfo>, Gone> {
        let index = self.live_thread(thread)?;
        let process = self.threads.at(index).process;
        let rules = self.rules;
        let taken = self.with_process(process, index, |signals, threads, queue, _| {
            let thread = crate::post::Threads::thread_mut(threads, index);
            let waited = thread.waiting;
            take(thread, signals, queue, waited, rules)
        });
        if taken.is_some() {
            self.sigwait_end(thread)?;
        }
        Ok(taken.map(|info| self.whole(process, info)))
    }

    /// Ends a wait that took nothing: its time is up (EAGAIN) or another signal interrupts it (EINTR).
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: POSIX `sigtimedwait` (EAGAIN, EINTR).
    pub fn sigwait_end(&mut self, thread: ThreadKey) -> Result<(), Gone> {
        let index = self.live_thread(thread)?;
        self.change_mask(index, |thread| thread.waiting = SignalSet::EMPTY);
        Ok(())
    }
}
