//! What the kernel does by itself.

use sigpost_engine::{GroupId, Receipt, Signal};

use super::settle::valid;
use super::{EngineWorld, broken};
use crate::{Budget, KernelCall, Name, ObservedReceipt, SignalNumber, Target, Trouble};

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
                let (group, signal) = (self.number(group)?, self.posted(signal)?);
                self.system.gsignal(group, signal, &mut keep);
            }
            KernelCall::Wakes(name) => self.wakes(name, budget)?,
            KernelCall::Hangup(name) => self.hang_up(name)?,
            KernelCall::Intr(name) => self.typed(name, Signal::INT, &mut keep)?,
            KernelCall::Quit(name) => self.typed(name, Signal::QUIT, &mut keep)?,
            KernelCall::Susp(name) => self.typed(name, Signal::TSTP, &mut keep)?,
            KernelCall::Timer(..) => return Err(Trouble::Unsupported("timer".to_owned())),
        }
        Ok(self.receipts(&given))
    }

    /// The kernel posts valid signals only.
    fn posted(&self, number: SignalNumber) -> Result<Signal, Trouble> {
        valid(number, self)
            .ok_or_else(|| Trouble::Unsupported(format!("the kernel posting {number}, which is no signal")))
    }

    fn group_of_target(&self, target: Target) -> Result<Option<sigpost_engine::GroupKey>, Trouble> {
        let init = self.actor(Name::INIT)?.process;
        let number = GroupId::new(self.number(target)?);
        Ok(number.and_then(|number| self.system.find_group(init, number)))
    }

    /// A character typed at the terminal of a process's session: the group in front is signalled.
    fn typed(&mut self, name: Name, signal: Signal, receipts: &mut impl FnMut(Receipt)) -> Result<(), Trouble> {
        let process = self.actor(name)?.process;
        if !self.system.has_terminal(process) {
            return Err(Trouble::CannotAct(format!("the session of {name} has no terminal")));
        }
        let group = self.system.foreground(process);
        self.system.pgsignal(group, signal, true, receipts).map_err(broken)?;
        Ok(())
    }

    /// The terminal is closed: whoever leads the session is told. Source: Linux `tty_signal_session_leader`.
    fn hang_up(&mut self, name: Name) -> Result<(), Trouble> {
        let process = self.actor(name)?.process;
        if !self.system.has_terminal(process) {
            return Err(Trouble::CannotAct(format!("the session of {name} has no terminal")));
        }
        let session = self.system.session(process).and_then(|session| self.system.session_id(session));
        self.system.set_terminal(process, false).map_err(broken)?;
        let leader = session.and_then(|session| self.name_of_number(session.get()));
        if let Some(leader) = leader {
            let leader = self.actor(leader)?.process;
            for signal in [Signal::HUP, Signal::CONT] {
                // A leader that is gone is told nothing.
                let _ = self.system.psignal(leader, signal, &mut ());
            }
        }
        Ok(())
    }
}
