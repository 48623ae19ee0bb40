//! Signals read from a descriptor (signalfd): whether a read would find one, the read, and word of new ones.
//!
//! The descriptor is the host's: which signals it was made for, who sleeps on it, the bytes that are read. It reads what
//! is pending for the thread that *reads*, or for that thread's process, whether blocked or not; what is not blocked is most
//! often delivered before anybody reads it, so programs block what they read. What is ignored never is pending.
//!
//! Source: signalfd(2); Linux `signalfd_poll`, `signalfd_dequeue`, `signalfd_notify`.

use crate::deliver::take;
use crate::storage::Storage;
use crate::{Gone, ProcessKey, SignalInfo, SignalSet, System, ThreadKey};

impl<S: Storage> System<S> {
    /// Whether a read of these signals by this thread would find one (KILL and STOP cannot be read).
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: Linux `signalfd_poll`.
    pub fn signalfd_poll(&self, thread: ThreadKey, set: SignalSet) -> Result<bool, Gone> {
        let thread = self.threads.at(self.live_thread(thread)?);
        let pending = thread.signals.pending.set() | self.processes.at(thread.process).signals.pending.set();
        Ok(pending.intersects(set - SignalSet::UNCATCHABLE))
    }

    /// Reads one of these signals: takes it, in the order in which it would be delivered. `None`: there is none, the host's
    /// call sleeps or fails with EAGAIN.
    ///
    /// ```
    /// # use sigpost_engine::{personality, Code, Signal, SignalSet, System, Tables, Work};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let service = system.fork(init)?;
    /// # let (thread, number) = (system.main_thread(service).unwrap(), system.pid(service).unwrap().get());
    /// let set = SignalSet::of(&[Signal::TERM, Signal::CHLD]);
    /// system.set_mask(thread, set.into())?;
    /// system.signalfd_watch(service, true)?;
    /// assert_eq!(system.signalfd_read(thread, set)?, None);
    ///
    /// system.kill(init, number, 15, &mut ())?;
    /// assert_eq!(system.next_work(), Some(Work::Readable(service)));
    /// assert!(system.signalfd_poll(thread, set)?);
    /// let info = system.signalfd_read(thread, set)?.unwrap();
    /// assert_eq!((info.signal, info.code, info.pid), (Signal::TERM, Code::USER, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Gone`] if the thread is gone.
    ///
    /// Source: Linux `signalfd_dequeue`.
    pub fn signalfd_read(&mut self, thread: ThreadKey, set: SignalSet) -> Result<Option<SignalInfo>, Gone> {
        let index = self.live_thread(thread)?;
        let (process, rules) = (self.threads.at(index).process, self.rules);
        let set = set - SignalSet::UNCATCHABLE;
        let taken = self.with_process(process, index, |signals, threads, queue, _| {
            let thread = crate::post::Threads::thread_mut(threads, index);
            take(thread, signals, queue, set, rules)
        });
        Ok(taken.map(|info| self.whole(process, info)))
    }

    /// Says whether somebody may sleep on such a descriptor of a process: from now on each signal that becomes pending for it
    /// or for a thread of it is work ([`Work::Readable`](crate::Work::Readable)). A forked child is not watched, though it has
    /// the descriptor: the host says so for it, too; a new program is as the old one was.
    ///
    /// # Errors
    /// [`Gone`] if the process is gone.
    ///
    /// Source: Linux `signalfd_notify`.
    pub fn signalfd_watch(&mut self, process: ProcessKey, watched: bool) -> Result<(), Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).signals.is_watched = watched;
        Ok(())
    }

    /// A signal may have become pending for a process.
    #[inline]
    pub(crate) fn note_readable(&mut self, process: u32) {
        if self.processes.at(process).signals.is_watched {
            self.list_readable(process);
        }
    }
}
