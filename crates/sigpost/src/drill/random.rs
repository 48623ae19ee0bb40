//! `--random`: scenarios made from seeds. One that goes wrong is cut down and written to a file.

pub(super) mod campaign;

use std::fs;

use sigpost_drill::{Comparison, Ledger, MakeWorld, can_run_here, compare_random, weights};
use sigpost_scenario::{
    Coverage, EngineWorld, Observation, PersonalityName, Scenario, Standing, Trouble, Weights, World, generate, record,
    shrink,
};

use super::kernel::Kernel;
use super::{On, line};
use crate::drill::tell::Tally;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;

/// How many smaller scenarios are tried of one that breaks the engine.
const SHRINKING_TRIES: u32 = 2000;

/// Tries so many scenarios, from this seed on.
///
/// # Errors
/// Exit 3: the ledger cannot be read, or a scenario not be written out.
pub(super) fn run(on: On, kernel: &Kernel, first: u64, count: u64, deny_skips: bool) -> Result<Exit, Failure> {
    if matches!(kernel, Kernel::Namespaces(_)) {
        let here = can_run_here();
        here.map_err(|trouble| Failure::internal(format!("no scenario can be run on Linux here: {trouble}")))?;
    }
    let mut ledger = Ledger::known().map_err(|error| Failure::internal(error.to_string()))?;
    let world: MakeWorld<'_> = &|| kernel.world();
    let mut tally = Tally::default();
    let mut coverage = Coverage::default();
    for seed in first..first.saturating_add(count) {
        let comparison =
            if on == On::Engine { on_engine(seed) } else { compare_random(seed, &weights(), world, &mut ledger) };
        match comparison {
            Comparison::Agrees { unchecked, coverage: tried, .. } => {
                tally.passed += 1;
                tally.unchecked += u64::from(unchecked);
                coverage.merge(&tried);
            }
            Comparison::Skipped(why) => {
                tally.skipped += 1;
                line(&format!("seed {seed}: skipped: {why}"))?;
            }
            Comparison::Diverges(ref scenario, _) | Comparison::Broken(ref scenario, _) => {
                tally.failed += 1;
                write_out(seed, scenario, &comparison)?;
            }
        }
    }
    print::summary(coverage.to_string().trim_end());
    tally.print(false)?;
    Ok(if tally.failed(deny_skips) { Exit::Nothing } else { Exit::Done })
}

/// Writes the scenario to a file, with what went wrong as comments.
fn write_out(seed: u64, scenario: &Scenario, comparison: &Comparison) -> Result<(), Failure> {
    let path = format!("random-{seed}.drill");
    let reasons = comparison.to_string();
    let reasons: Vec<String> = reasons.lines().map(|reason| format!("# {reason}\n")).collect();
    let text = format!("{scenario}{}", reasons.concat());
    fs::write(&path, text).map_err(|error| Failure::internal(format!("{path}: {error}")))?;
    comparison.to_string().lines().try_for_each(|reason| line(&format!("{path}: {reason}")))
}

/// Runs the scenario of this seed on the engine, whose invariants are checked after each step.
fn on_engine(seed: u64) -> Comparison {
    let breaks = |scenario: &Scenario| {
        let mut world = Counting { engine: EngineWorld::new(PersonalityName::Linux), coverage: Coverage::default() };
        let outcome = record(scenario, &mut world, &[]);
        (outcome, world.coverage)
    };
    let scenario = generate(seed, &Weights::of(PersonalityName::Linux));
    match breaks(&scenario) {
        (Ok(recorded), coverage) => {
            let steps = u32::try_from(recorded.script.len()).unwrap_or(u32::MAX);
            let (unchecked, processes, reordered, known) = (0, 0, 0, 0);
            Comparison::Agrees { steps, processes, reordered, known, unchecked, coverage }
        }
        (Err(Trouble::Unsupported(why) | Trouble::Skipped(why)), _) => Comparison::Skipped(why),
        (Err(trouble), _) => {
            let fails = |smaller: &Scenario| matches!(breaks(smaller).0, Err(Trouble::Broken(_) | Trouble::Endless));
            let smallest = shrink(&scenario, SHRINKING_TRIES, fails);
            Comparison::Broken(Box::new(smallest), trouble.to_string())
        }
    }
}

/// The engine, with what was tried on it.
struct Counting {
    engine: EngineWorld,
    coverage: Coverage,
}

impl World for Counting {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        self.engine.begin(scenario)
    }

    fn can_act(&mut self, actor: sigpost_scenario::Name) -> Result<(), Trouble> {
        self.engine.can_act(actor)
    }

    fn step(
        &mut self,
        step: &sigpost_scenario::Step,
        budget: &mut sigpost_scenario::Budget,
    ) -> Result<Observation, Trouble> {
        let seen = self.engine.step(step, budget)?;
        self.coverage.add(step, &seen, |_| Standing::Ready);
        Ok(seen)
    }

    fn observe(
        &mut self,
        subject: sigpost_scenario::Reference,
        asked: &sigpost_scenario::Condition,
    ) -> Result<Option<sigpost_scenario::Condition>, Trouble> {
        self.engine.observe(subject, asked)
    }
}
