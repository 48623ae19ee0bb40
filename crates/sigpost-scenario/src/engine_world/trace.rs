//! Tracing. Source: ptrace(2).

use sigpost_engine::{Credentials, Delivery, Errno, ProcessKey, SignalInfo, ThreadKey, TraceError};

use super::settle::{Next, valid};
use super::{EngineWorld, status};
use crate::{Budget, Call, Name, Outcome, Reference, SignalNumber, Trouble};

impl EngineWorld {
    pub(super) fn trace_call(
        &mut self,
        name: Name,
        call: &Call,
        budget: &mut Budget,
    ) -> Result<Option<Outcome>, Trouble> {
        match *call {
            Call::Trace(tracee) => self.trace(name, tracee),
            Call::TraceInterrupt(tracee) => {
                let (caller, thread) = (self.actor(name)?.thread, self.actor(tracee.name)?.thread);
                Ok(Some(status(self.system.trace_interrupt(caller, thread), TraceError::errno)))
            }
            Call::TraceListen(tracee) => {
                let (caller, thread) = (self.actor(name)?.thread, self.actor(tracee.name)?.thread);
                Ok(Some(status(self.system.trace_listen(caller, thread), TraceError::errno)))
            }
            Call::TraceContinue(tracee, signal) => self.let_go(name, tracee, signal, false, budget),
            Call::TraceDetach(tracee, signal) => self.let_go(name, tracee, signal, true, budget),
            _ => Err(Trouble::Unsupported(call.word().to_owned())),
        }
    }

    fn trace(&mut self, name: Name, tracee: Reference) -> Result<Option<Outcome>, Trouble> {
        let (caller, target) = (self.actor(name)?, self.actor(tracee.name)?);
        let (own_thread, own, process, thread) = (caller.thread, caller.process, target.process, target.thread);
        // One that has ended and waits to be asked about is there.
        if self.system.thread(thread).is_none() {
            return Ok(Some(Outcome::Error(Errno::ESRCH)));
        }
        if own != process && !self.may_trace(own, process) {
            return Ok(Some(Outcome::Error(Errno::EPERM)));
        }
        Ok(Some(status(self.system.seize(own_thread, thread), TraceError::errno)))
    }

    /// Whether one process may trace another: the superuser anyone; others who is the same user in every respect and
    /// holds no right that they lack. Source: Linux `__ptrace_may_access`, `cap_ptrace_access_check`.
    fn may_trace(&self, tracer: ProcessKey, other: ProcessKey) -> bool {
        let (Some(own), Some(theirs)) = (self.system.credentials(tracer), self.system.credentials(other)) else {
            return true;
        };
        let same = [theirs.real, theirs.effective, theirs.saved].iter().all(|user| *user == own.real);
        let permitted = |process: ProcessKey, it: &Credentials| {
            self.name_of_process(process).map(|name| self.rights_of(name)).unwrap_or_default().permitted(it)
        };
        let ((all, kill), (all_theirs, kill_theirs)) = (permitted(tracer, own), permitted(other, theirs));
        let holds_more = all_theirs && !all || kill_theirs && !kill;
        all && own.effective == 0 || same && !holds_more
    }

    /// The signal to let a tracee go on with. Whose tracee it is, and whether it is held, is asked before the number.
    /// Source: Linux `ptrace_check_attach`.
    fn injected(
        &self,
        caller: ThreadKey,
        thread: ThreadKey,
        signal: Option<SignalNumber>,
    ) -> Result<Option<SignalInfo>, Errno> {
        let Some(number) = signal.filter(|number| *number != SignalNumber(0)) else { return Ok(None) };
        if let Some(signal) = valid(number, self) {
            let shown = self.name_of_thread(thread).and_then(|name| self.actors.get(&name)?.shown);
            let anew = SignalInfo { code: sigpost_engine::Code::USER, ..SignalInfo::kernel(signal) };
            return Ok(Some(shown.filter(|shown| shown.signal == signal).unwrap_or(anew)));
        }
        let is_held = self.system.is_held_by(caller, thread);
        Err(if is_held { Errno::EIO } else { Errno::ESRCH })
    }

    /// Lets a tracee go on, or go for good, with a signal or with none.
    fn let_go(
        &mut self,
        name: Name,
        tracee: Reference,
        signal: Option<SignalNumber>,
        for_good: bool,
        budget: &mut Budget,
    ) -> Result<Option<Outcome>, Trouble> {
        let caller = self.actor(name)?.thread;
        let thread = self.actor(tracee.name)?.thread;
        let inject = match self.injected(caller, thread, signal) {
            Ok(inject) => inject,
            Err(errno) => return Ok(Some(Outcome::Error(errno))),
        };
        let result = if for_good {
            self.system.trace_detach(caller, thread, inject)
        } else {
            self.system.trace_continue(caller, thread, inject)
        };
        let delivery = match result {
            Ok(delivery) => delivery,
            Err(error) => return Ok(Some(Outcome::Error(error.errno()))),
        };
        self.actor_mut(tracee.name)?.woken = true;
        if delivery == Delivery::Nothing || self.follow(tracee.name, &delivery)? != Next::Stands {
            self.advance(tracee.name, budget)?;
        }
        Ok(Some(Outcome::Zero))
    }
}
