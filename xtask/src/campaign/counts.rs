//! The counts of a campaign: the sum of what its parts say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A call, a verdict, and what the target did when the signal came.
pub(super) type Cell = (String, String, String);

/// The sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) scenarios: u64,
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    /// Steps after which the engine did as the kernel only in another order of what can run at the same time.
    pub(super) reordered: u64,
    /// Divergences that the ledger explains.
    pub(super) known: u64,
    pub(super) receipts: u64,
    pub(super) unchecked: u64,
    /// Scenarios without the kernel's records.
    pub(super) unwitnessed: u64,
    pub(super) steps: BTreeMap<u64, u64>,
    pub(super) processes: BTreeMap<u64, u64>,
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) cells: BTreeMap<Cell, u64>,
    pub(super) ledger_used: BTreeSet<String>,
    pub(super) ledger_stale: BTreeSet<String>,
    /// Why nothing could be run.
    pub(super) refused: Option<String>,
}

impl Counts {
    /// Adds the last line of a part.
    pub(super) fn add(&mut self, line: &Value) {
        if let Some(why) = line["refused"].as_str() {
            self.refused.get_or_insert_with(|| why.to_owned());
            return;
        }
        let number = |key: &str| line[key].as_u64().unwrap_or(0);
        self.scenarios += number("scenarios");
        self.passed += number("passed");
        self.failed += number("failed");
        self.skipped += number("skipped");
        self.reordered += number("reordered");
        self.known += number("known");
        self.receipts += number("receipts");
        self.unchecked += number("unchecked");
        self.unwitnessed += if line["witnessed"] == true { 0 } else { number("scenarios") };
        for (sum, key) in [(&mut self.steps, "steps"), (&mut self.processes, "processes")] {
            for (value, count) in line[key].as_object().into_iter().flatten() {
                *sum.entry(value.parse().unwrap_or(0)).or_default() += count.as_u64().unwrap_or(0);
            }
        }
        for (call, count) in line["calls"].as_object().into_iter().flatten() {
            *self.calls.entry(call.clone()).or_default() += count.as_u64().unwrap_or(0);
        }
        for cell in line["cells"].as_array().into_iter().flatten() {
            let word = |index: usize| cell[index].as_str().unwrap_or_default().to_owned();
            *self.cells.entry((word(0), word(1), word(2))).or_default() += cell[3].as_u64().unwrap_or(0);
        }
        for (sum, key) in [(&mut self.ledger_used, "ledger_used"), (&mut self.ledger_stale, "ledger_stale")] {
            sum.extend(line[key].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
    }

    /// The ledger's entries that matched in no part.
    pub(super) fn stale(&self) -> impl Iterator<Item = &String> {
        self.ledger_stale.difference(&self.ledger_used)
    }

    /// How many cells of a verdict there are, or of one call.
    pub(super) fn of(&self, call: Option<&str>, verdict: &str) -> u64 {
        let is_it = |((of, seen, _), _): &(&Cell, &u64)| call.is_none_or(|call| call == of) && seen == verdict;
        self.cells.iter().filter(is_it).map(|(_, count)| count).sum()
    }

    /// The sum in one line.
    pub(super) fn line(&self) -> String {
        format!(
            "{} scenarios: {} agree, {} diverge, {} skipped; median {} steps, {} processes; {} of {} receipts unchecked",
            self.scenarios,
            self.passed,
            self.failed,
            self.skipped,
            median(&self.steps),
            median(&self.processes),
            self.unchecked,
            self.receipts
        )
    }
}

/// The median of values, each with how often it occurs.
pub(super) fn median(histogram: &BTreeMap<u64, u64>) -> u64 {
    let all: u64 = histogram.values().sum();
    let mut seen = 0;
    for (value, count) in histogram {
        seen += count;
        if seen * 2 >= all {
            return *value;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_value_in_the_middle() {
        assert_eq!(median(&BTreeMap::from([(3, 1), (5, 1), (9, 1)])), 5);
        assert_eq!(median(&BTreeMap::from([(3, 10), (5, 1)])), 3);
        assert_eq!(median(&BTreeMap::new()), 0);
    }

    #[test]
    fn parts_add_up_and_an_entry_that_one_part_used_is_not_stale() {
        let part = |used: &[&str], stale: &[&str]| {
            serde_json::json!({ "scenarios": 2, "passed": 2, "steps": { "12": 2 }, "witnessed": true,
                "cells": [["kill", "ignores", "ready", 3]], "ledger_used": used, "ledger_stale": stale })
        };
        let mut counts = Counts::default();
        counts.add(&part(&["a"], &["b", "c"]));
        counts.add(&part(&["b"], &["a", "c"]));
        assert_eq!((counts.scenarios, counts.of(Some("kill"), "ignores"), median(&counts.steps)), (4, 6, 12));
        assert_eq!(counts.stale().collect::<Vec<_>>(), ["c"]);
    }
}
