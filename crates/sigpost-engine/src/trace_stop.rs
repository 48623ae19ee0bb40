//! Tracing: a tracer is shown each signal of a thread before it takes effect, and decides.
//!
//! KILL passes by. CONT does not let a thread out of a trace stop, and a stop of the process does not count while
//! the tracer holds the thread. When a tracer ends, all that it traced goes on untraced.
//!
//! Source: ptrace(2); Linux kernel/ptrace.c.

use crate::deliver::Delivery;
use crate::queue::NIL;
use crate::run_state::Trace;
use crate::signal_calls::Resume;
use crate::storage::Storage;
use crate::{Errno, Gone, ProcessKey, SignalInfo, System, ThreadKey};

/// Why a tracing call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// The tracer or the thread is gone, or the thread is not this tracer's, or is not in a trace stop: ESRCH.
    NotHeld,
    /// The thread is traced already, or belongs to the tracer itself: EPERM.
    NotAllowed,
}

impl TraceError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NotHeld => Errno::ESRCH,
            Self::NotAllowed => Errno::EPERM,
        }
    }
}

impl core::fmt::Display for TraceError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotHeld => "the thread is gone, or this tracer does not hold it",
            Self::NotAllowed => "the thread is traced already, or is the tracer's own",
        })
    }
}

impl core::error::Error for TraceError {}

impl From<Gone> for TraceError {
    fn from(_: Gone) -> Self {
        Self::NotHeld
    }
}

impl<S: Storage> System<S> {
    /// A process begins to trace a thread, which goes on as it was (`PTRACE_SEIZE`).
    ///
    /// # Errors
    /// [`TraceError`].
    pub fn trace(&mut self, tracer: ProcessKey, thread: ThreadKey) -> Result<(), TraceError> {
        let (tracer, index) = (self.live(tracer)?, self.live_thread(thread)?);
        let entry = self.threads.at_mut(index);
        if entry.process == tracer || entry.signals.trace.is_traced() || entry.signals.exited {
            return Err(TraceError::NotAllowed);
        }
        entry.tracer = tracer;
        entry.signals.trace = Trace::Traced;
        entry.signals.seized = true;
        self.processes.at_mut(tracer).tracees += 1;
        if self.rules.tracer_sees_blocked {
            self.show_blocked(index);
        }
        Ok(())
    }

    /// The tracer lets a thread go on, with the signal it was shown, with another, or with none. What the thread
    /// does next, for what the tracer lets through takes effect at once.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`].
    pub fn trace_continue(
        &mut self,
        tracer: ProcessKey,
        thread: ThreadKey,
        inject: Option<SignalInfo>,
    ) -> Result<Delivery, TraceError> {
        let index = self.held(tracer, thread)?;
        if !self.threads.at(index).signals.trace.is_stopped() {
            return Err(TraceError::NotHeld);
        }
        self.threads.at_mut(index).signals.trace = Trace::Traced;
        Ok(self.deliver_at(index, Resume::With(inject)))
    }

    /// The tracer lets a thread go for good.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`].
    pub fn trace_detach(
        &mut self,
        tracer: ProcessKey,
        thread: ThreadKey,
        inject: Option<SignalInfo>,
    ) -> Result<Delivery, TraceError> {
        let index = self.held(tracer, thread)?;
        self.untrace(index);
        let entry = self.threads.at_mut(index);
        entry.signals.seized = false;
        let was_held = entry.signals.trace.is_stopped();
        entry.signals.trace = Trace::No;
        if !was_held {
            return Ok(Delivery::Nothing);
        }
        let delivery = self.deliver_at(index, Resume::With(inject));
        Ok(delivery)
    }

    /// What the thread blocks and the tracer sees all the same is looked at now.
    fn show_blocked(&mut self, thread: u32) {
        let entry = self.threads.at(thread);
        let pending = entry.signals.pending.set() | self.processes.at(entry.process).signals.pending.set();
        if !pending.is_empty() {
            crate::post::rouse(&mut self.threads.at_mut(thread).signals);
            self.list_thread(thread);
        }
    }

    /// The process that traces a thread.
    pub fn tracer(&self, thread: ThreadKey) -> Option<ProcessKey> {
        let tracer = self.threads.at(self.threads.find(thread.0)?).tracer;
        (tracer != NIL).then(|| self.process_key(tracer))
    }

    fn held(&self, tracer: ProcessKey, thread: ThreadKey) -> Result<u32, TraceError> {
        let (tracer, index) = (self.live(tracer)?, self.live_thread(thread)?);
        if self.threads.at(index).tracer == tracer { Ok(index) } else { Err(TraceError::NotHeld) }
    }

    /// A thread has stopped for its tracer, which is told so.
    pub(crate) fn tell_tracer(&mut self, thread: u32) {
        self.drop_thread_work(thread);
        let tracer = self.threads.at(thread).tracer;
        if tracer != NIL {
            self.list_process(tracer);
        }
    }

    /// A thread has its tracer no more.
    pub(crate) fn untrace(&mut self, thread: u32) {
        let tracer = core::mem::replace(&mut self.threads.at_mut(thread).tracer, NIL);
        if tracer != NIL {
            self.processes.at_mut(tracer).tracees -= 1;
        }
    }

    /// A tracer has ended: what it traced goes on.
    pub(crate) fn detach_tracees(&mut self, tracer: u32) {
        if self.processes.at(tracer).tracees == 0 {
            return;
        }
        for thread in 0..self.threads.end() {
            if self.threads.is_used(thread) && self.threads.at(thread).tracer == tracer {
                self.untrace(thread);
                let entry = self.threads.at_mut(thread);
                entry.signals.trace = Trace::No;
                entry.signals.kicked = true;
                self.list_thread(thread);
            }
        }
    }
}
