//! A world that does what the test says.

use alloc::collections::VecDeque;

use sigpost_engine::Verdict;
use sigpost_scenario::{
    Budget, Condition, Name, Observation, ObservedReceipt, Outcome, Reference, Scenario, Step, Trouble, World,
};

/// Gives prepared observations, one a step, and prepared answers; every actor but those named can act.
#[derive(Default)]
pub(crate) struct Scripted {
    pub(crate) observations: VecDeque<Result<Observation, Trouble>>,
    pub(crate) answers: Vec<(Name, Condition)>,
    pub(crate) unable: Vec<Name>,
    pub(crate) begin: Option<Trouble>,
}

impl World for Scripted {
    fn begin(&mut self, _: &Scenario) -> Result<(), Trouble> {
        self.begin.take().map_or(Ok(()), Err)
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        let is = self.unable.contains(&actor);
        if is { Err(Trouble::CannotAct(format!("{actor} is stopped"))) } else { Ok(()) }
    }

    fn step(&mut self, _: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        budget.spend()?;
        self.observations.pop_front().unwrap_or_else(|| {
            // Nothing prepared: the step never ends.
            loop {
                budget.spend()?;
            }
        })
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        let same_kind = |(name, answer): &&(Name, Condition)| {
            *name == subject.name && core::mem::discriminant(answer) == core::mem::discriminant(asked)
        };
        Ok(self.answers.iter().find(same_kind).map(|(_, answer)| answer.clone()))
    }
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(crate) fn seen(result: Option<Outcome>, receipts: &[(&str, Option<Verdict>)]) -> Observation {
    let receipts =
        receipts.iter().map(|(process, verdict)| ObservedReceipt { process: name(process), verdict: *verdict });
    Observation { result, receipts: receipts.collect() }
}
