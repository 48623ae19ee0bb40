//! Tracing: a tracer is shown each signal of a thread before it takes effect, and decides.
//!
//! KILL passes by. CONT does not let a thread out of a trace stop, and a stop of the process does not count while
//! the tracer holds the thread. When a tracer ends, all that it traced goes on untraced; a signal that it was shown and
//! had not asked about takes effect (without its information), one that it knew of is gone.
//!
//! Source: ptrace(2); Linux kernel/ptrace.c.

use crate::deliver::Delivery;
use crate::queue::NIL;
use crate::run_state::Trace;
use crate::signal_calls::Resume;
use crate::storage::Storage;
use crate::tracer::Tracer;
use crate::{Errno, Gone, SignalInfo, System, ThreadKey};

/// Why a tracing call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceError {
    /// The tracer or the thread is gone, or the thread is not this tracer's, or is not in a trace stop: ESRCH.
    NotHeld,
    /// The thread is traced already, or belongs to the tracer itself: EPERM.
    NotAllowed,
    /// The thread was not seized, or is in a trace stop of another sort: EIO.
    Unsuited,
}

impl TraceError {
    /// The error number.
    pub const fn errno(self) -> Errno {
        match self {
            Self::NotHeld => Errno::ESRCH,
            Self::NotAllowed => Errno::EPERM,
            Self::Unsuited => Errno::EIO,
        }
    }
}

impl core::fmt::Display for TraceError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotHeld => "the thread is gone, or this tracer does not hold it",
            Self::NotAllowed => "the thread is traced already, or is the tracer's own",
            Self::Unsuited => "the thread was not seized, or is in a trace stop of another sort",
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
    /// A process begins to trace a thread, which goes on as it was. It is the older sort of tracing, without news of
    /// the process's stops: the thread stands still with its process; see [`seize`](Self::seize) for the newer.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if either is gone, or the tracer has ended; [`TraceError::NotAllowed`] if the thread has a
    /// tracer, has ended, or is the tracer's own.
    ///
    /// Source: ptrace(2), `PTRACE_ATTACH` (which also sends STOP: the host does); Linux `ptrace_attach`.
    #[doc(alias = "PTRACE_ATTACH")]
    pub fn trace(&mut self, tracer: impl Into<Tracer>, thread: ThreadKey) -> Result<(), TraceError> {
        let (tracer, index) = (self.find_tracer(tracer.into())?, self.live_thread(thread)?);
        self.begin_trace(tracer, index)
    }

    pub(crate) fn begin_trace(&mut self, by: (u32, u32), index: u32) -> Result<(), TraceError> {
        let (tracer, traced_by) = by;
        if !self.processes.at(tracer).signals.life.is_alive() {
            return Err(TraceError::NotHeld);
        }
        let entry = self.threads.at_mut(index);
        if entry.process == tracer || entry.tracer != NIL || entry.signals.exited {
            return Err(TraceError::NotAllowed);
        }
        (entry.tracer, entry.traced_by) = (tracer, traced_by);
        entry.trace_order = self.traces;
        self.traces = self.traces.wrapping_add(1);
        let entry = self.threads.at_mut(index);
        entry.signals.trace = Trace::Traced;
        self.processes.at_mut(tracer).tracees += 1;
        if self.rules.tracer_sees_blocked {
            self.show_blocked(index);
        }
        Ok(())
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

    /// The tracer lets a thread go on, with the signal it was shown, with another, or with none. What the thread
    /// does next, for what the tracer lets through takes effect at once. A thread that stopped for another reason than
    /// a signal takes none.
    ///
    /// ```
    /// # use sigpost_engine::{personality, ChildEvent, Children, Delivery, ExitStatus, Signal, SignalInfo};
    /// # use sigpost_engine::{System, Tables, WaitOptions};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let debugger = system.fork(init)?;
    /// # let program = system.fork(debugger)?;
    /// let thread = system.main_thread(program).unwrap();
    /// system.seize(debugger, thread)?;
    /// system.psignal(program, Signal::USR1, &mut ())?;
    /// assert!(matches!(system.deliver(thread)?, Delivery::TraceStop(info) if info.signal == Signal::USR1));
    /// let news = system.wait_for(debugger, Children::Any, WaitOptions::ALL)?;
    /// assert_eq!(news, Some((program, ChildEvent::Trapped(thread, Signal::USR1))));
    ///
    /// let instead = Some(SignalInfo::kernel(Signal::TERM));
    /// let next = system.trace_continue(debugger, thread, instead)?;
    /// assert_eq!(next, Delivery::End(ExitStatus::Killed(Signal::TERM)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if the thread is gone, is another's to trace, runs, or was left to listen.
    ///
    /// Source: ptrace(2), `PTRACE_CONT`; Linux `ptrace_resume`, `ptrace_signal`.
    #[doc(alias = "PTRACE_CONT")]
    pub fn trace_continue(
        &mut self,
        tracer: impl Into<Tracer>,
        thread: ThreadKey,
        inject: Option<SignalInfo>,
    ) -> Result<Delivery, TraceError> {
        let index = self.held(tracer.into(), thread)?;
        let signals = &mut self.threads.at_mut(index).signals;
        let resume = if signals.decided_by_tracer { Resume::With(inject) } else { Resume::No };
        signals.let_go();
        Ok(self.deliver_at(index, resume))
    }

    /// The tracer lets a thread go for good. If its process is stopped, it stays stopped with it. Of the older sort, a
    /// thread can be let go while it runs.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if the thread is gone or is another's to trace; of a seized one also if it runs or was left
    /// to listen.
    ///
    /// Source: ptrace(2), `PTRACE_DETACH`; Linux `ptrace_detach`.
    #[doc(alias = "PTRACE_DETACH")]
    pub fn trace_detach(
        &mut self,
        tracer: impl Into<Tracer>,
        thread: ThreadKey,
        inject: Option<SignalInfo>,
    ) -> Result<Delivery, TraceError> {
        let tracer = tracer.into();
        let index = self.traced_by(tracer, thread)?;
        let is_seized = self.threads.at(index).signals.seized;
        let is_held = self.held(tracer, thread);
        if is_seized {
            is_held?;
        }
        self.untrace(index);
        let signals = &mut self.threads.at_mut(index).signals;
        let resume = if signals.decided_by_tracer { Resume::With(inject) } else { Resume::No };
        let before = signals.open_set(self.rules);
        signals.detach();
        self.pass_on_closed(index, before);
        if is_held.is_err() {
            return Ok(Delivery::Nothing);
        }
        Ok(self.deliver_at(index, resume))
    }

    /// A thread that its tracer holds, and has not left to listen.
    ///
    /// Source: Linux `ptrace_check_attach`.
    pub(crate) fn held(&self, tracer: Tracer, thread: ThreadKey) -> Result<u32, TraceError> {
        let index = self.traced_by(tracer, thread)?;
        let signals = &self.threads.at(index).signals;
        let is_held = signals.trace.is_stopped() && !signals.listening;
        if is_held { Ok(index) } else { Err(TraceError::NotHeld) }
    }
}
