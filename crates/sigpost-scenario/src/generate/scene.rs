//! Scenes: a few steps that bring a target to where signals seldom find one, and the signal. Random steps alone hardly
//! ever stop the tracee of another thread's process and then fill its queue; a scene does, before, between and after the
//! random steps of its scenario.
//!
//! A scene promises nothing: what comes before may have changed what it counts on. Then it is some steps more.

mod aim;
mod prepare;
mod reach;
mod send;

use sigpost_engine::{Signal, SignalSet, Verdict};

use super::Random;
use super::cast::{Cast, Member};
use crate::{Call, Declaration, Name, Place, ProcessDeclaration, Standing, ThreadDeclaration};
use aim::{Aim, Door};

/// Declarations and steps, in their order.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) declarations: Vec<Declaration>,
    pub(super) acts: Vec<(Name, Call)>,
}

/// Makes up a scene among those who are there.
pub(super) fn scene(random: &mut Random, cast: &mut Cast) -> Scene {
    let aim = Aim::choose(random);
    let mut stage = Stage::set(random, cast, aim);
    stage.prepare(random);
    let (declarations, target) = (stage.declarations(), stage.target.clone());
    stage.reach(random, cast);
    stage.send(random);
    cast.join(&target, stage.other.as_ref(), &stage.hands);
    Scene { declarations, acts: stage.acts }
}

/// Who takes part, and what they have done so far.
#[derive(Debug)]
struct Stage {
    aim: Aim,
    /// What is sent; a signal for each call.
    signals: Vec<Signal>,
    target: ProcessDeclaration,
    /// Another thread of the target.
    other: Option<ThreadDeclaration>,
    /// The signal is for the other thread.
    is_for_other: bool,
    /// Who traces and stops, and who sends: often the same.
    hands: Vec<ProcessDeclaration>,
    acts: Vec<(Name, Call)>,
}

impl Stage {
    fn set(random: &mut Random, cast: &mut Cast, aim: Aim) -> Self {
        let is_init = aim.verdict == Verdict::Immune;
        let name = if is_init { Name::INIT } else { cast.new_name('p') };
        let target = ProcessDeclaration { place: Place::Group, ..ProcessDeclaration::new(name) };
        let is_for_other = aim.is_for_other(random);
        let needs_other = is_for_other || aim.needs_other();
        let other = (needs_other || random.chance(1, 8)).then(|| ThreadDeclaration {
            name: cast.new_name('t'),
            process: name,
            block: SignalSet::EMPTY,
            span: crate::Span::default(),
        });
        let count = if aim.verdict == Verdict::Refused || random.chance(1, 3) { 2 } else { 1 };
        let hand = |_| ProcessDeclaration { place: Place::Group, ..ProcessDeclaration::new(cast.new_name('p')) };
        let mut hands: Vec<ProcessDeclaration> = (0..count).map(hand).collect();
        if let Some(sender) = hands.last_mut().filter(|_| is_init && aim.doors.contains(&Door::Killpg)) {
            // The number of init's group is 1, and -1 is everyone: its members alone can name it, by 0.
            sender.place = Place::Inherited;
        }
        let signals = aim.signals(random, is_for_other);
        Self { aim, signals, target, other, is_for_other, hands, acts: Vec::new() }
    }

    /// In an order in which each names only those before it.
    fn declarations(&self) -> Vec<Declaration> {
        let mut all: Vec<Declaration> = self.hands.iter().cloned().map(Declaration::Process).collect();
        if self.target.name != Name::INIT {
            all.push(Declaration::Process(self.target.clone()));
        }
        all.extend(self.other.map(Declaration::Thread));
        all
    }

    /// Who traces and stops.
    fn stage_hand(&self) -> Name {
        self.hands.first().map_or(Name::INIT, |hand| hand.name)
    }

    fn sender(&self) -> Name {
        self.hands.last().map_or(Name::INIT, |hand| hand.name)
    }

    /// The thread of the target that the signal is for.
    fn addressed(&self) -> Name {
        self.other.as_ref().filter(|_| self.is_for_other).map_or(self.target.name, |other| other.name)
    }

    /// The signals as a set.
    fn set_of_signals(&self) -> SignalSet {
        self.signals.iter().copied().filter(|signal| signal.is_catchable()).collect()
    }

    fn stands(&self, standing: Standing) -> bool {
        self.aim.standing == standing
    }

    fn act(&mut self, actor: Name, call: Call) {
        self.acts.push((actor, call));
    }
}

impl Cast {
    /// Those of a scene are there as well.
    fn join(&mut self, target: &ProcessDeclaration, other: Option<&ThreadDeclaration>, hands: &[ProcessDeclaration]) {
        for process in hands.iter().chain([target]).filter(|process| process.name != Name::INIT) {
            let parent = process.parent.unwrap_or(Name::INIT);
            self.members.push(Member {
                name: process.name,
                process: process.name,
                parent,
                session: self.member(parent).session,
                leads_group: process.place == Place::Group,
                zombie: process.run_state == crate::RunState::Zombie,
                able: process.run_state == crate::RunState::Ready,
                ignore: process.ignore,
            });
        }
        if let Some(other) = other {
            let owner = self.member(other.process);
            self.members.push(Member { name: other.name, leads_group: false, able: true, ..owner });
        }
    }
}
