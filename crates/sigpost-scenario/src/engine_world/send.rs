//! The calls that send.

use sigpost_engine::{KillError, Receipt, System};

use super::{EngineWorld, NOBODY, status};
use crate::{Call, Name, ObservedReceipt, Outcome, PidfdScope, Reference, SignalNumber, Trouble};

type Sent = (Option<Outcome>, Vec<ObservedReceipt>);

impl EngineWorld {
    /// Makes a call that sends; `None` for another call.
    pub(super) fn send(&mut self, name: Name, call: &Call) -> Result<Option<Sent>, Trouble> {
        let actor = self.actor(name)?;
        let (sender, thread) = (actor.process, actor.thread);
        let mut given: Vec<Receipt> = Vec::new();
        let mut keep = |receipt: Receipt| given.push(receipt);
        let result = match *call {
            Call::Kill(target, SignalNumber(signal)) => {
                let id = self.number(target)?;
                self.system.kill(sender, id, signal, &mut keep)
            }
            Call::Killpg(target, SignalNumber(signal)) => {
                let id = self.number(target)?;
                self.system.killpg(sender, id, signal, &mut keep)
            }
            Call::Tkill(target, SignalNumber(signal)) => {
                let id = self.number(target)?;
                self.system.tkill(sender, id, signal, &mut keep)
            }
            Call::Tgkill(process, target, SignalNumber(signal)) => {
                let (process, id) = (self.number(process)?, self.number(target)?);
                self.system.tgkill(sender, process, id, signal, &mut keep)
            }
            Call::Raise(SignalNumber(signal)) => self.system.raise(thread, signal, &mut keep),
            Call::Sigqueue(target, SignalNumber(signal), value) => {
                let id = self.number(target)?;
                self.system.sigqueue(sender, id, signal, value.into(), &mut keep)
            }
            Call::RtSigqueueinfo(target, SignalNumber(signal), code) => {
                let (id, code) = (self.number(target)?, sigpost_engine::Code::new(code.number()));
                self.system.sigqueue_as(thread, id, signal, code, 0, &mut keep)
            }
            Call::PidfdSendSignal(handle, SignalNumber(signal), scope) => {
                let to = self.handle(handle, scope)?;
                send_by_handle(&mut self.system, sender, to, signal, &mut keep)
            }
            _ => return Ok(None),
        };
        Ok(Some((Some(status(result, KillError::errno)), self.receipts(&given))))
    }

    /// What a handle stands for now. It never means another process than the one it was opened for.
    fn handle(&self, handle: Reference, scope: Option<PidfdScope>) -> Result<Handle, Trouble> {
        let actor = self.actor(handle.name)?;
        // A main thread that has ended leaves its process, to which its handle belongs.
        let is_there = self.system.process(actor.process).is_some() && (actor.is_main() || !actor.gone);
        if !is_there {
            return Ok(Handle::Process(NOBODY));
        }
        let process = self.system.pid(actor.process).map_or(NOBODY, sigpost_engine::Pid::get);
        Ok(match scope {
            Some(PidfdScope::Thread) => Handle::Thread(process, actor.number),
            // The negated number of init would be everyone.
            Some(PidfdScope::Group) if process == 1 => {
                return Err(Trouble::Unsupported("pidfd_send_signal to the group of init".to_owned()));
            }
            Some(PidfdScope::Group) => Handle::Process(-process),
            Some(PidfdScope::Process) | None => Handle::Process(process),
        })
    }
}

/// Whom a handle reaches, by numbers that are in use while the call is made.
#[derive(Clone, Copy)]
enum Handle {
    Process(i32),
    Thread(i32, i32),
}

fn send_by_handle(
    system: &mut System<sigpost_engine::Heap>,
    sender: sigpost_engine::ProcessKey,
    to: Handle,
    signal: i32,
    receipts: &mut impl FnMut(Receipt),
) -> Result<(), KillError> {
    match to {
        Handle::Process(id) => system.kill(sender, id, signal, receipts),
        Handle::Thread(process, thread) => system.tgkill(sender, process, thread, signal, receipts),
    }
}
