//! The steps that bring a target to where the signal is to find it.

use sigpost_engine::{Signal, SignalSet, Verdict};

use super::{Cast, Stage};
use crate::{Call, Name, Random, Reference, RunState, Standing, Target};

impl Stage {
    /// Makes the steps.
    pub(super) fn reach(&mut self, random: &mut Random, cast: &mut Cast) {
        self.other_thread(random);
        let target = self.target.name;
        match self.aim.standing {
            Standing::Ready => self.ready(),
            Standing::Waiting => self.waiting(random),
            Standing::Killable => {
                let child = cast.new_name('c');
                self.act(target, Call::Vfork(child));
                // Or a signal to the group would end the wait.
                self.act(child, Call::Setpgid(Target::Zero, Target::Zero));
            }
            Standing::Stopped => self.stopped(),
            Standing::Held => self.held(random),
            Standing::Ended if self.target.run_state == RunState::Zombie => {}
            Standing::Ended if random.chance(1, 2) => self.act(target, Call::Exit(3)),
            Standing::Ended => self.signal_to_target(Signal::KILL),
        }
    }

    /// What the other thread has to do first.
    fn other_thread(&mut self, random: &mut Random) {
        let Some(other) = self.other.as_ref().map(|other| other.name).filter(|_| self.is_for_other) else { return };
        let hand = self.stage_hand();
        match self.aim.verdict {
            Verdict::Accepts => self.act(other, Call::Sigwaitinfo(self.set_of_signals())),
            Verdict::Traces => self.act(hand, Call::Trace(Reference::to(other))),
            Verdict::Defers if self.aim.is_trapped() => self.act(hand, Call::Trace(Reference::to(other))),
            Verdict::Zombie => {
                self.act(hand, Call::Trace(Reference::to(other)));
                self.act(other, Call::ThreadExit);
            }
            Verdict::Defers => self.hold(other, random),
            _ => {}
        }
    }

    fn ready(&mut self) {
        let (target, hand) = (self.target.name, self.stage_hand());
        match self.aim.verdict {
            Verdict::Zombie => self.act(target, Call::ThreadExit),
            Verdict::Continues => self.run_in_stop(),
            Verdict::Traces => self.act(hand, Call::Trace(Reference::to(target))),
            Verdict::Defers if self.aim.is_trapped() => self.act(hand, Call::Trace(Reference::to(target))),
            _ => {}
        }
    }

    /// Brings the target to where it was, after a signal.
    pub(super) fn reach_again(&mut self) {
        let (hand, addressed) = (self.stage_hand(), self.addressed());
        match self.aim.verdict {
            Verdict::Accepts => self.act(addressed, Call::Sigwaitinfo(self.set_of_signals())),
            Verdict::Traces => self.act(hand, Call::TraceContinue(Reference::to(addressed), None)),
            Verdict::Stops => self.signal_to_target(Signal::CONT),
            Verdict::Continues => self.signal_to_target(Signal::STOP),
            _ => {}
        }
    }

    fn waiting(&mut self, random: &mut Random) {
        let (target, signals) = (self.target.name, self.set_of_signals());
        if self.aim.verdict == Verdict::Traces && !self.is_for_other {
            let hand = self.stage_hand();
            self.act(hand, Call::Trace(Reference::to(target)));
        }
        if self.aim.verdict == Verdict::Continues {
            self.run_in_stop();
        }
        let call = match random.below(4) {
            _ if self.aim.verdict == Verdict::Accepts && !self.is_for_other => Call::Sigwaitinfo(signals),
            0 => Call::Read,
            1 => Call::Sigsuspend(self.target.block),
            2 => Call::Sigwaitinfo(SignalSet::of(&[Signal::VTALRM])),
            _ => Call::Pause,
        };
        self.act(target, call);
    }

    fn stopped(&mut self) {
        let target = self.target.name;
        if self.aim.verdict == Verdict::Zombie {
            self.act(target, Call::ThreadExit);
        }
        if target == Name::INIT {
            // Nobody inside can stop process 1; a tracer that it was shown to can have the stop take effect.
            self.stop_before_tracer();
            let hand = self.stage_hand();
            self.act(hand, Call::TraceDetach(Reference::to(target), None));
        } else if self.target.run_state != RunState::Stopped {
            self.signal_to_target(Signal::STOP);
        }
    }

    fn held(&mut self, random: &mut Random) {
        if self.aim.verdict == Verdict::Continues {
            self.stop_before_tracer();
        } else {
            self.hold(self.target.name, random);
        }
    }

    /// A stop that the tracer of the main thread lets through: it stands before its tracer and the process is stopped.
    fn stop_before_tracer(&mut self) {
        let (target, hand) = (Reference::to(self.target.name), self.stage_hand());
        self.act(hand, Call::Trace(target));
        self.signal_to_target(Signal::STOP);
        self.act(hand, Call::TraceContinue(target, Some(Signal::STOP.into())));
    }

    /// Its tracer lets the main thread run, although the process is stopped.
    fn run_in_stop(&mut self) {
        self.stop_before_tracer();
        let hand = self.stage_hand();
        self.act(hand, Call::TraceContinue(Reference::to(self.target.name), None));
    }

    /// A tracer holds a thread: it asked it to stop, or was shown a signal.
    fn hold(&mut self, thread: Name, random: &mut Random) {
        let (hand, tracee) = (self.stage_hand(), Reference::to(thread));
        self.act(hand, Call::Trace(tracee));
        if random.chance(2, 3) {
            self.act(hand, Call::TraceInterrupt(tracee));
        } else {
            self.act(hand, Call::Tkill(Target::Id(tracee), Signal::IO.into()));
        }
    }

    fn signal_to_target(&mut self, signal: Signal) {
        let (target, hand) = (Target::Id(Reference::to(self.target.name)), self.stage_hand());
        self.act(hand, Call::Kill(target, signal.into()));
    }
}
