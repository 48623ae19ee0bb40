//! What scenarios have tried: counts by call and by verdict.

use alloc::collections::BTreeMap;
use core::fmt;

use sigpost_engine::Verdict;

use crate::{Observation, Step};

/// How often each call was made, and each verdict seen of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    calls: BTreeMap<&'static str, u64>,
    verdicts: BTreeMap<(&'static str, Verdict), u64>,
    unchecked: u64,
}

impl Coverage {
    /// Counts a step and what came of it.
    pub fn add(&mut self, step: &Step, seen: &Observation) {
        let call = step.act.word();
        *self.calls.entry(call).or_default() += 1;
        for receipt in &seen.receipts {
            match receipt.verdict {
                Some(verdict) => *self.verdicts.entry((call, verdict)).or_default() += 1,
                None => self.unchecked += 1,
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (call, count) in &other.calls {
            *self.calls.entry(call).or_default() += count;
        }
        for (cell, count) in &other.verdicts {
            *self.verdicts.entry(*cell).or_default() += count;
        }
        self.unchecked += other.unchecked;
    }

    /// How often a call was made.
    pub fn of_call(&self, call: &str) -> u64 {
        self.calls.get(call).copied().unwrap_or_default()
    }

    /// How often a verdict was seen, whatever the call.
    pub fn of_verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts.iter().filter(|((_, seen), _)| *seen == verdict).map(|(_, count)| count).sum()
    }

    /// How often a verdict was seen of a call.
    pub fn of_cell(&self, call: &str, verdict: Verdict) -> u64 {
        self.verdicts.iter().find(|((word, seen), _)| *word == call && *seen == verdict).map_or(0, |(_, count)| *count)
    }

    /// How many receipts could not be seen.
    pub const fn unchecked(&self) -> u64 {
        self.unchecked
    }
}

/// A line a call, with its verdicts: `kill 12: handles 3, pends 9`.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (call, count) in &self.calls {
            write!(f, "{call} {count}")?;
            let cells = self.verdicts.iter().filter(|((word, _), _)| word == call);
            for (index, ((_, verdict), seen)) in cells.enumerate() {
                write!(f, "{}{verdict} {seen}", if index == 0 { ": " } else { ", " })?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
