//! Seizing: tracing that tells a stopped process apart from a thread that waits for its tracer's decision.
//!
//! A seized thread shows its tracer, besides each signal, that its process stops or continues, and stops when the
//! tracer asks. It then counts as stopped with its process. CONT does not let it out: the tracer does, or leaves it
//! to listen; a listening thread stops anew when there is news.
//!
//! Source: ptrace(2), `PTRACE_SEIZE`, `PTRACE_INTERRUPT`, `PTRACE_LISTEN`; Linux `do_jobctl_trap`, `ptrace_trap_notify`.

use crate::run_state::{Activity, Trace};
use crate::storage::Storage;
use crate::thread::Trap;
use crate::tracer::Tracer;
use crate::{System, ThreadKey, TraceError};

impl<S: Storage> System<S> {
    /// A process seizes a thread, which goes on as it was; if its process is stopped, it shows that at once.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if either is gone, or the tracer has ended; [`TraceError::NotAllowed`] if the thread has a
    /// tracer, has ended, or is the tracer's own.
    ///
    /// Source: ptrace(2); Linux `ptrace_attach`.
    #[doc(alias = "PTRACE_SEIZE")]
    pub fn seize(&mut self, tracer: impl Into<Tracer>, thread: ThreadKey) -> Result<(), TraceError> {
        let (tracer, index) = (self.find_tracer(tracer.into())?, self.live_thread(thread)?);
        self.begin_trace(tracer, index)?;
        let signals = &mut self.threads.at_mut(index).signals;
        signals.seized = true;
        if signals.stopped {
            self.spring(index, Trap::News);
        }
        Ok(())
    }

    /// The tracer asks a seized thread to stop, whatever it does; if it is held already, it stops once more after
    /// that. No signal is sent. One that has ended takes no notice.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if it is not this tracer's, [`TraceError::Unsuited`] if it was not seized.
    ///
    /// Source: ptrace(2); Linux `ptrace_request`.
    #[doc(alias = "PTRACE_INTERRUPT")]
    pub fn trace_interrupt(&mut self, tracer: impl Into<Tracer>, thread: ThreadKey) -> Result<(), TraceError> {
        let tracer = tracer.into();
        if self.has_ended_before(tracer, thread) {
            return Ok(());
        }
        let index = self.traced_by(tracer, thread)?;
        if !self.threads.at(index).signals.seized {
            return Err(TraceError::Unsuited);
        }
        self.spring(index, Trap::Asked);
        Ok(())
    }

    /// The tracer leaves a thread stopped, and wants to be told of news: that its process continues, or stops.
    ///
    /// # Errors
    /// [`TraceError::NotHeld`] if the tracer does not hold it, [`TraceError::Unsuited`] if it was not seized, or is
    /// held because of a signal.
    ///
    /// Source: ptrace(2); Linux `ptrace_request`, `ptrace_trap_notify`.
    #[doc(alias = "PTRACE_LISTEN")]
    pub fn trace_listen(&mut self, tracer: impl Into<Tracer>, thread: ThreadKey) -> Result<(), TraceError> {
        let index = self.held(tracer.into(), thread)?;
        let signals = &mut self.threads.at_mut(index).signals;
        if !signals.seized || signals.decided_by_tracer {
            return Err(TraceError::Unsuited);
        }
        signals.listening = true;
        match signals.trap {
            Trap::News => self.list_thread(index),
            // What was asked for has been had: it stands still.
            Trap::Asked => signals.trap = Trap::No,
            Trap::No => {}
        }
        Ok(())
    }

    /// Makes a thread stop for its tracer the next time it looks, and look now unless it is held.
    fn spring(&mut self, index: u32, trap: Trap) {
        let signals = &mut self.threads.at_mut(index).signals;
        if signals.trap != Trap::News {
            signals.trap = trap;
        }
        signals.kicked = true;
        let is_held = matches!(signals.trace, Trace::Stopped(_)) && !signals.listening;
        if is_held {
            return;
        }
        if signals.activity == Activity::Interruptible {
            signals.activity = Activity::Running;
        }
        self.list_thread(index);
    }
}
