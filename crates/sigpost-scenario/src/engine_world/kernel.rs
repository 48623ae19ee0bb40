//! What the kernel does by itself.

use sigpost_engine::{GroupId, Receipt, Signal, TerminalKey, TimerSignal};

use super::settle::valid;
use super::{EngineWorld, broken};
use crate::{Budget, KernelCall, Name, ObservedReceipt, Reference, SignalNumber, Target, Trouble};

impl EngineWorld {
    pub(super) fn kernel_call(
        &mut self,
        call: &KernelCall,
        budget: &mut Budget,
    ) -> Result<Vec<ObservedReceipt>, Trouble> {
        let mut given: Vec<Receipt> = Vec::new();
        let mut keep = |receipt: Receipt| given.push(receipt);
        match *call {
            KernelCall::Psignal(name, signal) => {
                let (process, signal) = (self.actor(name)?.process, self.posted(signal)?);
                // A process that is gone gets no receipt.
                let _ = self.system.psignal(process, signal, &mut keep);
            }
            KernelCall::Tdsignal(reference, signal) => {
                let actor = self.actor(reference.name)?;
                let (gone, thread, signal) = (actor.gone, actor.thread, self.posted(signal)?);
                if !gone {
                    let _ = self.system.tdsignal(thread, signal, &mut keep);
                }
            }
            KernelCall::Pgsignal(group, signal, checkctty) => {
                let signal = self.posted(signal)?;
                let group = match group {
                    Some(target) => self.group_of_target(target)?,
                    None => None,
                };
                self.system.pgsignal(group, signal, checkctty, &mut keep).map_err(broken)?;
            }
            KernelCall::Gsignal(group, signal) => {
                let (group, signal) = (self.number(Name::INIT, group)?, self.posted(signal)?);
                self.system.gsignal(group, signal, &mut keep);
            }
            KernelCall::Wakes(name) => self.wakes(name, budget)?,
            KernelCall::Hangup(name) => self.hang_up(name)?,
            KernelCall::Intr(name) => self.typed(name, TerminalKey::Interrupt, &mut keep)?,
            KernelCall::Quit(name) => self.typed(name, TerminalKey::Quit, &mut keep)?,
            KernelCall::Susp(name) => self.typed(name, TerminalKey::Suspend, &mut keep)?,
            KernelCall::Timer(reference, signal) => self.timer(reference, signal, &mut keep)?,
        }
        Ok(self.receipts(&given))
    }

    /// The kernel posts valid signals only.
    fn posted(&self, number: SignalNumber) -> Result<Signal, Trouble> {
        valid(number, self)
            .ok_or_else(|| Trouble::Unsupported(format!("the kernel posting {number}, which is no signal")))
    }

    /// A timer runs out; there is one for each target and signal. Its entry in the queue is promised when it is set.
    fn timer(
        &mut self,
        target: Reference,
        signal: SignalNumber,
        receipts: &mut impl FnMut(Receipt),
    ) -> Result<(), Trouble> {
        let actor = self.actor(target.name)?;
        let (process, thread, gone) = (actor.process, actor.thread, actor.gone);
        let as_thread = target.main || !actor.is_main();
        let timer = TimerSignal { signal: self.posted(signal)?, value: 0 };
        let set = (target, timer.signal);
        if !self.timers.contains(&set) {
            self.system.timer_promise().map_err(broken)?;
            self.timers.push(set);
        }
        // Timers end with their thread or process, which then get no receipt.
        if as_thread && !gone {
            let _ = self.system.timer_of_thread(thread, timer, receipts);
        } else if !as_thread {
            let _ = self.system.timer(process, timer, receipts);
        }
        Ok(())
    }

    fn group_of_target(&self, target: Target) -> Result<Option<sigpost_engine::GroupKey>, Trouble> {
        let init = self.actor(Name::INIT)?.process;
        let number = GroupId::new(self.number(Name::INIT, target)?);
        Ok(number.and_then(|number| self.system.find_group(init, number)))
    }
}
