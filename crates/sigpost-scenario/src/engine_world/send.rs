//! The calls that send.

use sigpost_engine::{GroupId, Handle, KillError, Receipt};

use super::{EngineWorld, status};
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
                let id = self.number(name, target)?;
                self.system.kill(sender, id, signal, &mut keep)
            }
            Call::Killpg(target, SignalNumber(signal)) => {
                let id = self.number(name, target)?;
                self.system.killpg(sender, id, signal, &mut keep)
            }
            Call::Tkill(target, SignalNumber(signal)) => {
                let id = self.number(name, target)?;
                self.system.tkill(sender, id, signal, &mut keep)
            }
            Call::Tgkill(process, target, SignalNumber(signal)) => {
                let (process, id) = (self.number(name, process)?, self.number(name, target)?);
                self.system.tgkill(sender, process, id, signal, &mut keep)
            }
            Call::Raise(SignalNumber(signal)) => self.system.raise(thread, signal, &mut keep),
            Call::Sigqueue(target, SignalNumber(signal), value) => {
                let id = self.number(name, target)?;
                self.system.sigqueue(sender, id, signal, value.into(), &mut keep)
            }
            Call::RtSigqueueinfo(target, SignalNumber(signal), code) => {
                let (id, code) = (self.number(name, target)?, sigpost_engine::Code::new(code.number()));
                self.system.sigqueue_as(thread, id, signal, code, 0, &mut keep)
            }
            Call::PidfdSendSignal(handle, SignalNumber(signal), scope) => match self.handle(handle, scope)? {
                Some(handle) => self.system.kill_handle(sender, handle, signal, &mut keep),
                None => Err(KillError::NoSuchTarget),
            },
            _ => return Ok(None),
        };
        Ok(Some((Some(status(result, KillError::errno)), self.receipts(&given))))
    }

    /// What a handle stands for now, if it is there. It never means another process than the one it was opened for.
    fn handle(&self, handle: Reference, scope: Option<PidfdScope>) -> Result<Option<Handle>, Trouble> {
        let actor = self.actor(handle.name)?;
        // A main thread that has ended leaves its process, to which its handle belongs.
        if self.system.process(actor.process).is_none()
            || (!actor.is_main() && self.system.thread(actor.thread).is_none())
        {
            return Ok(None);
        }
        let leads = || {
            let group = self.system.pid(actor.process).and_then(|pid| GroupId::new(pid.get()))?;
            self.system.find_group(actor.process, group)
        };
        Ok(match scope {
            Some(PidfdScope::Thread) => Some(Handle::Thread(actor.thread)),
            Some(PidfdScope::Group) => actor.is_main().then(leads).flatten().map(Handle::Group),
            Some(PidfdScope::Process) | None if actor.is_main() => Some(Handle::Process(actor.process)),
            Some(PidfdScope::Process) | None => Some(Handle::Through(actor.thread)),
        })
    }
}
