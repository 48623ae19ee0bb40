//! `--random`: scenarios made from seeds. One that goes wrong is cut down and written to a file.

pub(super) mod campaign;
mod engine;

use std::fs;

use sigpost_drill::{Comparison, Ledger, MakeWorld, can_run_here, compare_random, weights};
use sigpost_scenario::{Coverage, PersonalityName, Scenario, Weights, generate};

use super::kernel::Kernel;
use super::{On, line};
use crate::drill::tell::Tally;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;

/// # Errors
/// Exit 3: the kernel under our feet runs no scenario of ours.
fn must_run_here() -> Result<(), Failure> {
    can_run_here().map_err(|trouble| Failure::internal(format!("no scenario can be run on Linux here: {trouble}")))
}

/// Tries so many scenarios, from this seed on.
///
/// # Errors
/// Exit 3: the ledger cannot be read, or a scenario not be written out.
pub(super) fn run(on: On, kernel: &Kernel, first: u64, count: u64, deny_skips: bool) -> Result<Exit, Failure> {
    if matches!(kernel, Kernel::Namespaces(_)) {
        must_run_here()?;
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
    coverage.to_string().lines().for_each(print::summary);
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

/// The scenario of this seed, with acts that only the engine can make.
fn on_engine(seed: u64) -> Comparison {
    engine::try_out(&generate(seed, &Weights::of(PersonalityName::Linux)))
}
