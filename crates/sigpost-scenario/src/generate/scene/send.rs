//! The signals of a scene.

use sigpost_engine::{Signal, Verdict};

use super::{Door, Stage};
use crate::{Call, Code, Name, PidfdScope, Random, Reference, SignalNumber, Standing, Target};

impl Stage {
    /// Makes the calls, each with a signal of its own.
    pub(super) fn send(&mut self, random: &mut Random) {
        let signals = self.signals.clone();
        for (index, (door, signal)) in self.aim.doors.clone().into_iter().zip(signals).enumerate() {
            if index > 0 {
                self.reach_again();
            }
            let (actor, call) = self.call(random, door, signal);
            if self.aim.verdict == Verdict::Merges {
                // With which the second one merges.
                self.act(actor, call);
            }
            self.act(actor, call);
        }
    }

    fn call(&self, random: &mut Random, door: Door, signal: Signal) -> (Name, Call) {
        let (addressed, process) = (Reference::to(self.addressed()), Target::Id(Reference::to(self.target.name)));
        let target = Target::Id(addressed);
        let signal = if self.aim.verdict == Verdict::Probed { SignalNumber(0) } else { signal.into() };
        let call = match door {
            Door::Kill => Call::Kill(target, signal),
            Door::Killpg if self.target.name == Name::INIT => Call::Killpg(Target::Zero, signal),
            Door::Killpg => Call::Killpg(process, signal),
            Door::Raise => return (self.who_raises(), Call::Raise(signal)),
            Door::Tkill => Call::Tkill(target, signal),
            Door::Tgkill => Call::Tgkill(process, target, signal),
            Door::Sigqueue => Call::Sigqueue(target, signal, i32::try_from(random.below(100)).unwrap_or(0)),
            Door::Pidfd => Call::PidfdSendSignal(addressed, signal, self.scope(random)),
            Door::Queueinfo => {
                let code = if random.chance(1, 3) { Code::Queue } else { Code::Number(-60) };
                Call::RtSigqueueinfo(target, signal, code)
            }
        };
        (self.sender(), call)
    }

    /// The thread that was to take it, if it runs.
    fn who_raises(&self) -> Name {
        let other = self.other.as_ref().filter(|_| self.is_for_other || !self.stands(Standing::Ready));
        other.map_or(self.target.name, |other| other.name)
    }

    /// Only to a thread it can fail, or find that it has ended.
    fn scope(&self, random: &mut Random) -> Option<PidfdScope> {
        let is_alive = !self.stands(Standing::Ended);
        match self.aim.verdict {
            Verdict::Zombie | Verdict::QueueFull if is_alive => Some(PidfdScope::Thread),
            _ => random.pick(&[None, Some(PidfdScope::Process), Some(PidfdScope::Thread)]).flatten(),
        }
    }
}
