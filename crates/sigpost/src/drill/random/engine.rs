//! Random scenarios on the engine alone, whose invariants are checked after each step.

use alloc::collections::BTreeMap;

use sigpost_drill::Comparison;
use sigpost_scenario::{
    Act, Budget, Call, Condition, Coverage, Declaration, EngineWorld, Name, Observation, Outcome, PersonalityName,
    Reference, Scenario, Standing, Step, Trouble, World, record, shrink,
};

/// How many smaller scenarios are tried of one that breaks the engine.
const SHRINKING_TRIES: u32 = 2000;

/// Runs a scenario, and cuts it down if it breaks the engine.
pub(super) fn try_out(scenario: &Scenario) -> Comparison {
    let run = |scenario: &Scenario| {
        let engine = EngineWorld::new(PersonalityName::Linux);
        let mut world = Counting { engine, coverage: Coverage::default(), forks: 0 };
        let outcome = record(scenario, &mut world, &[]);
        (outcome, world)
    };
    match run(scenario) {
        (Ok(recorded), world) => {
            let is_process = |one: &&Declaration| matches!(one, Declaration::Process(_));
            let declared = recorded.declarations.iter().filter(is_process).count();
            Comparison::Agrees {
                steps: count(recorded.script.len()),
                processes: count(declared) + world.forks,
                reordered: 0,
                known: 0,
                unchecked: 0,
                coverage: world.coverage,
            }
        }
        (Err(Trouble::Unsupported(why) | Trouble::Skipped(why)), _) => Comparison::Skipped(why),
        (Err(trouble), _) => {
            let fails = |smaller: &Scenario| matches!(run(smaller).0, Err(Trouble::Broken(_) | Trouble::Endless));
            Comparison::Broken(Box::new(shrink(scenario, SHRINKING_TRIES, fails)), trouble.to_string())
        }
    }
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The engine, with what was tried on it.
struct Counting {
    engine: EngineWorld,
    coverage: Coverage,
    forks: u32,
}

impl World for Counting {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        self.engine.begin(scenario)
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        self.engine.can_act(actor)
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        let standings: BTreeMap<Name, Standing> =
            if step.act.sends() { self.engine.standings() } else { BTreeMap::new() };
        let seen = self.engine.step(step, budget)?;
        let is_fork = matches!(step.act, Act::Call(_, Call::Fork(..) | Call::Vfork(_) | Call::Clone(_)))
            && !matches!(seen.result, Some(Outcome::Error(_)));
        self.forks += u32::from(is_fork);
        self.coverage.add(step, &seen, |name| standings.get(&name).copied().unwrap_or(Standing::Ready));
        Ok(seen)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        self.engine.observe(subject, asked)
    }
}
