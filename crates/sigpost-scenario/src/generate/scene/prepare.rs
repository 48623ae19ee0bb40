//! What a target has been prepared for before the first step: its dispositions, masks, user and limits.

use sigpost_engine::{DefaultAction, SignalSet, Verdict};

use super::Stage;
use crate::{Name, Random, RunState, Standing, UserIds};

impl Stage {
    /// Writes the declarations.
    pub(super) fn prepare(&mut self, random: &mut Random) {
        let signals = self.set_of_signals();
        self.dispositions(random, signals);
        let is_for_other = self.is_for_other;
        let block_of_other = match self.aim.verdict {
            Verdict::Pends | Verdict::Merges => true,
            Verdict::Defers => !is_for_other && !self.aim.is_trapped(),
            Verdict::Accepts => random.chance(1, 2),
            _ => false,
        };
        if let Some(other) = self.other.as_mut().filter(|_| block_of_other) {
            other.block = signals;
        }
        if self.main_blocks(random) {
            self.target.block = signals;
        }
        self.run_state(random);
        if self.aim.verdict == Verdict::Immune
            && let Some(sender) = self.hands.last_mut()
        {
            // Where it sends to a group it is of.
            sender.block = signals;
        }
        if self.aim.verdict == Verdict::QueueFull {
            self.target.sigpending_limit = Some(0);
        }
        if self.aim.verdict == Verdict::Refused {
            let user = |id| Some(UserIds { real: id, effective: id, saved: id });
            self.target.user = if random.chance(1, 2) { user(1001) } else { None };
            if let Some(sender) = self.hands.last_mut() {
                sender.user = user(1000);
            }
        }
    }

    fn dispositions(&mut self, random: &mut Random, signals: SignalSet) {
        let by_default: SignalSet =
            signals.iter().filter(|signal| signal.default_action() == DefaultAction::Ignore).collect();
        match self.aim.verdict {
            Verdict::Handles => self.target.catch = signals,
            Verdict::Defers if self.stands(Standing::Killable) || random.chance(1, 2) => self.target.catch = signals,
            Verdict::Merges | Verdict::Traces | Verdict::Pends if random.chance(1, 2) => self.target.catch = signals,
            // Otherwise it would be thrown away on arrival.
            Verdict::Merges | Verdict::Defers => self.target.catch = by_default,
            Verdict::Ignores => self.target.ignore = if random.chance(1, 2) { signals } else { signals - by_default },
            _ => {}
        }
    }

    /// Whether the main thread is closed to the signal: where it is to stay pending, or another thread is to take it.
    fn main_blocks(&self, random: &mut Random) -> bool {
        let needs_open = matches!(self.aim.verdict, Verdict::Defers | Verdict::Terminates | Verdict::Immune);
        match self.aim.verdict {
            Verdict::Pends => true,
            Verdict::Merges => matches!(self.aim.standing, Standing::Ready | Standing::Waiting) || random.chance(1, 2),
            Verdict::Accepts if !self.is_for_other => random.chance(1, 2),
            Verdict::Defers => self.is_for_other,
            _ => self.is_for_other && !needs_open,
        }
    }

    fn run_state(&mut self, random: &mut Random) {
        let is_plain = self.target.name != Name::INIT && self.other.is_none();
        match self.aim.standing {
            Standing::Stopped if is_plain && random.chance(1, 3) => self.target.run_state = RunState::Stopped,
            Standing::Ended => {
                self.target.parent = Some(self.stage_hand());
                if is_plain && random.chance(1, 2) {
                    self.target = ended(&self.target);
                }
            }
            _ => {}
        }
    }
}

/// One that has ended has no dispositions.
fn ended(process: &crate::ProcessDeclaration) -> crate::ProcessDeclaration {
    crate::ProcessDeclaration {
        run_state: RunState::Zombie,
        catch: SignalSet::EMPTY,
        ignore: SignalSet::EMPTY,
        block: SignalSet::EMPTY,
        ..process.clone()
    }
}
