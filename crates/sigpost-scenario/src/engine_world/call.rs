//! System calls: each does its part and leaves what follows to the settling.

use sigpost_engine::{
    ActionFlags, Activity, Disposition, Errno, SetGroupError, SetSessionError, SigactionError, Signal, SignalMask,
    SignalSet,
};

use super::actors::{Blocking, Waiting};
use super::settle::{HOLD, valid};
use super::{EngineWorld, broken, status};
use crate::{Action, Budget, Call, Flags, MaskChange, Name, ObservedReceipt, Outcome, SignalNumber, Target, Trouble};

type Done = (Option<Outcome>, Vec<ObservedReceipt>);

impl EngineWorld {
    /// Makes a call. No result is told for a call that blocks, or has none.
    pub(super) fn call(&mut self, name: Name, call: &Call, budget: &mut Budget) -> Result<Done, Trouble> {
        if let Some(sent) = self.send(name, call)? {
            return Ok(sent);
        }
        let result = match *call {
            Call::Sigaction(signal, action, flags, mask) => self.sigaction(name, signal, action, flags, mask)?,
            Call::Sigprocmask(how, set) => self.sigprocmask(name, how, set)?,
            Call::Sigpending => self.system.sigpending(self.actor(name)?.thread).map(Outcome::Set),
            Call::Pause => self.block(name, Blocking::Pause, budget)?,
            Call::Read => self.block(name, Blocking::Read, budget)?,
            Call::Sigsuspend(set) => {
                let thread = self.actor(name)?.thread;
                self.system.set_mask_for_call(thread, SignalMask::new(set)).map_err(broken)?;
                self.block(name, Blocking::Sigsuspend, budget)?
            }
            Call::Sigwaitinfo(set) => {
                let thread = self.actor(name)?.thread;
                self.system.sigwait_begin(thread, set).map_err(broken)?;
                // What it would take instead keeps it from sleeping, also what another thread was told of.
                let pending = self.system.sigpending_for(thread);
                self.actor_mut(name)?.woken |= !pending.is_empty();
                self.block(name, Blocking::Sigwait, budget)?
            }
            Call::Sigtimedwait(set) => self.sigtimedwait(name, set)?,
            Call::Sigreturn => self.sigreturn(name, budget)?,
            Call::Setsid => {
                let process = self.actor(name)?.process;
                Some(status(self.system.setsid(process).map(|_| ()), SetSessionError::errno))
            }
            Call::Setpgid(process, group) => self.setpgid(name, process, group)?,
            Call::Setuid(user) => self.setuid(name, user)?,
            Call::Setresuid(real, effective, saved) => self.setresuid(name, [real, effective, saved])?,
            Call::Wait(child, block) => self.wait(name, child, block, budget)?,
            Call::Fork(..)
            | Call::Vfork(_)
            | Call::Clone(_)
            | Call::Thread(_)
            | Call::Exec
            | Call::Exit(_)
            | Call::ThreadExit => self.life(name, call, budget)?,
            Call::Tcsetpgrp(_) | Call::TtyRead | Call::TtyWrite => self.terminal_call(name, call, budget)?,
            Call::Trace(_)
            | Call::TraceInterrupt(_)
            | Call::TraceListen(_)
            | Call::TraceContinue(..)
            | Call::TraceDetach(..) => self.trace_call(name, call, budget)?,
            Call::Fault(signal) => self.fault(name, signal)?,
            // What sends was done above.
            _ => return Err(Trouble::Unsupported(call.word().to_owned())),
        };
        Ok((result, Vec::new()))
    }

    fn sigaction(
        &mut self,
        name: Name,
        signal: SignalNumber,
        action: Action,
        flags: Flags,
        mask: SignalSet,
    ) -> Result<Option<Outcome>, Trouble> {
        let process = self.actor(name)?.process;
        let Some(signal) = valid(signal, self) else { return Ok(Some(Outcome::Error(Errno::EINVAL))) };
        let catch = |handler| {
            Disposition::Catch(sigpost_engine::Action {
                handler,
                mask: SignalMask::new(mask),
                flags: ActionFlags::from(flags),
            })
        };
        let disposition = match action {
            Action::Ignore => Disposition::Ignore,
            Action::Default => Disposition::Default,
            Action::Catch => catch(0),
            Action::Hold => catch(HOLD),
        };
        let set = self.system.sigaction(process, signal, disposition);
        if set.is_ok() && signal == Signal::CHLD {
            self.system.set_child_flags(process, ActionFlags::from(flags)).map_err(broken)?;
        }
        Ok(Some(status(set.map(|_| ()), SigactionError::errno)))
    }

    fn sigprocmask(&mut self, name: Name, how: MaskChange, set: SignalSet) -> Result<Option<Outcome>, Trouble> {
        let thread = self.actor(name)?.thread;
        let old = self.system.thread(thread).map_or(SignalSet::EMPTY, |thread| thread.mask().set());
        let new = match how {
            MaskChange::Block => old | set,
            MaskChange::Unblock => old - set,
            MaskChange::Set => set,
        };
        self.system.set_mask(thread, SignalMask::new(new)).map_err(broken)?;
        Ok(Some(Outcome::Zero))
    }

    /// Puts a thread to sleep in a call, if there is nothing that ends it at once.
    pub(super) fn block(
        &mut self,
        name: Name,
        what: Blocking,
        budget: &mut Budget,
    ) -> Result<Option<Outcome>, Trouble> {
        let actor = self.actor_mut(name)?;
        let depth = actor.frames.len();
        actor.calls.push(Waiting::new(what, depth));
        self.advance(name, budget)?;
        Ok(None)
    }

    fn sigtimedwait(&mut self, name: Name, set: SignalSet) -> Result<Option<Outcome>, Trouble> {
        let thread = self.actor(name)?.thread;
        self.system.sigwait_begin(thread, set).map_err(broken)?;
        if let Some(info) = self.system.sigwait_poll(thread).map_err(broken)? {
            return self.accepted(name, &info).map(Some);
        }
        self.system.sigwait_end(thread).map_err(broken)?;
        Ok(Some(Outcome::Error(Errno::EAGAIN)))
    }

    fn sigreturn(&mut self, name: Name, budget: &mut Budget) -> Result<Option<Outcome>, Trouble> {
        let actor = self.actor_mut(name)?;
        let thread = actor.thread;
        let Some(frame) = actor.frames.pop() else {
            return Err(Trouble::CannotAct(format!("{name} is in no handler")));
        };
        self.system.sigreturn(thread, frame.saved_mask).map_err(broken)?;
        self.advance(name, budget)?;
        Ok(None)
    }

    fn setpgid(&mut self, name: Name, process: Target, group: Target) -> Result<Option<Outcome>, Trouble> {
        let caller = self.actor(name)?.process;
        let (process, group) = (self.number(name, process)?, self.number(name, group)?);
        Ok(Some(status(self.system.setpgid(caller, process, group), SetGroupError::errno)))
    }

    /// The caller does what makes the kernel send it a signal.
    fn fault(&mut self, name: Name, signal: SignalNumber) -> Result<Option<Outcome>, Trouble> {
        let thread = self.actor(name)?.thread;
        let Some(signal) = valid(signal, self).filter(|signal| SignalSet::SYNCHRONOUS.contains(*signal)) else {
            return Err(Trouble::Unsupported("fault with a signal that no instruction causes".to_owned()));
        };
        self.system.fault(thread, signal, sigpost_engine::Code::KERNEL, &mut ()).map_err(broken)?;
        // A breakpoint lies behind its thread already.
        self.actor_mut(name)?.faulting = Some(signal).filter(|signal| *signal != Signal::TRAP);
        Ok(None)
    }

    /// What a process or thread waits for in a sleep that no signal ends has come.
    pub(super) fn wakes(&mut self, name: Name, budget: &mut Budget) -> Result<(), Trouble> {
        let thread = self.actor(name)?.thread;
        let asleep = self.system.thread(thread).is_some_and(|thread| thread.activity().holds_signals_back());
        if !asleep || self.actor(name)?.is_in_a_call() {
            return Ok(());
        }
        self.system.set_activity(thread, Activity::Running).map_err(broken)?;
        self.actor_mut(name)?.woken = true;
        self.advance(name, budget)
    }
}
