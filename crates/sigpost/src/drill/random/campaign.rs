//! `--random --json`: a part of a campaign. A JSON line for each finding, and a last one with the counts. On the engine
//! alone it is the same scenarios, and what the engine says of them: quick, to see what they reach.

use alloc::collections::BTreeMap;

use serde::Serialize;
use sigpost_drill::{Comparison, Ledger, MakeWorld, compare_random, random_scenario, weights};
use sigpost_scenario::{Coverage, Scenario};

use super::engine;
use crate::drill::kernel::Kernel;
use crate::drill::{On, line};
use crate::exit::Exit;
use crate::failure::Failure;

/// A scenario that went wrong, or could not be run.
#[derive(Serialize)]
struct Finding<'a> {
    seed: u64,
    outcome: &'a str,
    reasons: Vec<String>,
    /// Cut down, with what the kernel made of it.
    scenario: String,
}

/// The counts of all scenarios.
#[derive(Serialize)]
struct Counts {
    first: u64,
    scenarios: u64,
    passed: u64,
    failed: u64,
    skipped: u64,
    /// Whether the kernel's records bore witness.
    witnessed: bool,
    reordered: u64,
    known: u64,
    receipts: u64,
    unchecked: u64,
    /// How many scenarios had so many steps, and so many processes.
    steps: BTreeMap<u32, u64>,
    processes: BTreeMap<u32, u64>,
    calls: BTreeMap<&'static str, u64>,
    cells: Vec<(&'static str, &'static str, &'static str, u64)>,
    /// The ledger's entries that matched, and those that did not.
    ledger_used: Vec<String>,
    ledger_stale: Vec<String>,
}

/// Tries so many scenarios, from this seed on.
///
/// # Errors
/// Exit 3: no scenario can be run here, or the ledger not be read.
pub(in crate::drill) fn run(on: On, kernel: &Kernel, first: u64, count: u64, stop: bool) -> Result<Exit, Failure> {
    if on == On::Both {
        super::must_run_here()?;
    }
    let mut ledger = Ledger::known().map_err(|error| Failure::internal(error.to_string()))?;
    let world: MakeWorld<'_> = &|| kernel.world();
    let mut counts = Counts::from(first, matches!(kernel, Kernel::Namespaces(Some(_))));
    let mut coverage = Coverage::default();
    for seed in first..first.saturating_add(count) {
        let comparison = match on {
            On::Engine => engine::try_out(&random_scenario(seed, &weights(), true)),
            _ => compare_random(seed, &weights(), world, &mut ledger),
        };
        if let Comparison::Agrees { coverage: tried, .. } = &comparison {
            coverage.merge(tried);
        }
        if let Some(finding) = counts.add(seed, &comparison) {
            line(&json(&finding)?)?;
        }
        counts.scenarios += 1;
        if stop && counts.failed > 0 {
            break;
        }
    }
    counts.finish(&coverage, &ledger);
    line(&json(&counts)?)?;
    Ok(if counts.failed > 0 { Exit::Nothing } else { Exit::Done })
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::internal(format!("JSON: {error}")))
}

impl Counts {
    const fn from(first: u64, witnessed: bool) -> Self {
        Self {
            first,
            scenarios: 0,
            passed: 0,
            failed: 0,
            skipped: 0,
            witnessed,
            reordered: 0,
            known: 0,
            receipts: 0,
            unchecked: 0,
            steps: BTreeMap::new(),
            processes: BTreeMap::new(),
            calls: BTreeMap::new(),
            cells: Vec::new(),
            ledger_used: Vec::new(),
            ledger_stale: Vec::new(),
        }
    }

    /// Counts a scenario; what there is to tell of it.
    fn add(&mut self, seed: u64, comparison: &Comparison) -> Option<Finding<'static>> {
        let told = |outcome, scenario: &Scenario| {
            let reasons = comparison.to_string().lines().map(str::to_owned).collect();
            Some(Finding { seed, outcome, reasons, scenario: scenario.to_string() })
        };
        match comparison {
            Comparison::Agrees { steps, processes, reordered, known, .. } => {
                self.passed += 1;
                self.reordered += u64::from(*reordered);
                self.known += u64::from(*known);
                *self.steps.entry(*steps).or_default() += 1;
                *self.processes.entry(*processes).or_default() += 1;
                None
            }
            Comparison::Skipped(_) => {
                self.skipped += 1;
                told("skipped", &Scenario::default())
            }
            Comparison::Diverges(scenario, _) => {
                self.failed += 1;
                told("diverges", scenario)
            }
            Comparison::Broken(scenario, _) => {
                self.failed += 1;
                told("broken", scenario)
            }
        }
    }

    fn finish(&mut self, coverage: &Coverage, ledger: &Ledger) {
        self.receipts = coverage.receipts() + coverage.unchecked();
        self.unchecked = coverage.unchecked();
        self.calls = coverage.calls().collect();
        self.cells =
            coverage.cells().map(|((call, verdict, at), count)| (call, verdict.word(), at.word(), count)).collect();
        self.ledger_used = ledger.used().map(str::to_owned).collect();
        self.ledger_stale = ledger.stale().map(str::to_owned).collect();
    }
}
