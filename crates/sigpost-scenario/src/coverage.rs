//! What scenarios have tried: counts by call and by verdict.

use alloc::collections::BTreeMap;
use core::fmt;

use sigpost_engine::Verdict;

use crate::{Condition, Name, Observation, State, Step};

/// What a target did when a signal came, as far as it decides what becomes of the signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It ran, or could.
    Ready,
    /// It waited in a call, from which a signal wakes it.
    Waiting,
    /// It waited where only what ends it wakes it: in vfork.
    Killable,
    /// It was stopped.
    Stopped,
    /// Its tracer held it.
    Held,
    /// It had ended.
    Ended,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Ready, Self::Waiting, Self::Killable, Self::Stopped, Self::Held, Self::Ended];

    /// What an answer to the question after a process's state says.
    pub const fn of(condition: &Condition) -> Self {
        match condition {
            Condition::State(State::Running) => Self::Ready,
            Condition::State(State::Killable | State::Uninterruptible) => Self::Killable,
            Condition::State(State::Stopped(_)) => Self::Stopped,
            Condition::State(State::TraceStopped(_)) => Self::Held,
            Condition::State(
                State::Zombie | State::Reaped | State::Killed(_) | State::Dumped(_) | State::Exited(_),
            ) => Self::Ended,
            _ => Self::Waiting,
        }
    }

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Killable => "killable",
            Self::Stopped => "stopped",
            Self::Held => "held",
            Self::Ended => "ended",
        }
    }
}

/// A call, what became of its signal at a target, and what that one did then.
pub type Cell = (&'static str, Verdict, Standing);

/// How often each call was made, and each verdict seen of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    calls: BTreeMap<&'static str, u64>,
    cells: BTreeMap<Cell, u64>,
    unchecked: u64,
}

impl Coverage {
    /// Counts a step and what came of it, at targets which stood like this before.
    pub fn add(&mut self, step: &Step, seen: &Observation, standing: impl Fn(Name) -> Standing) {
        let call = step.act.word();
        *self.calls.entry(call).or_default() += 1;
        for receipt in &seen.receipts {
            match receipt.verdict {
                Some(verdict) => *self.cells.entry((call, verdict, standing(receipt.process))).or_default() += 1,
                None => self.unchecked += 1,
            }
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: &Self) {
        for (call, count) in &other.calls {
            *self.calls.entry(call).or_default() += count;
        }
        for (cell, count) in &other.cells {
            *self.cells.entry(*cell).or_default() += count;
        }
        self.unchecked += other.unchecked;
    }

    /// The calls that were made, each with how often.
    pub fn calls(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.calls.iter().map(|(call, count)| (*call, *count))
    }

    /// The cells that were seen, each with how often.
    pub fn cells(&self) -> impl Iterator<Item = (Cell, u64)> + '_ {
        self.cells.iter().map(|(cell, count)| (*cell, *count))
    }

    /// How often a call was made.
    pub fn of_call(&self, call: &str) -> u64 {
        self.calls.get(call).copied().unwrap_or_default()
    }

    /// How often a verdict was seen, whatever the call.
    pub fn of_verdict(&self, verdict: Verdict) -> u64 {
        self.cells().filter(|((_, seen, _), _)| *seen == verdict).map(|(_, count)| count).sum()
    }

    /// How often a verdict was seen of a call.
    pub fn of_cell(&self, call: &str, verdict: Verdict) -> u64 {
        let is_it = |((word, seen, _), _): &(Cell, u64)| *word == call && *seen == verdict;
        self.cells().filter(is_it).map(|(_, count)| count).sum()
    }

    /// How many receipts were seen.
    pub fn receipts(&self) -> u64 {
        self.cells.values().sum()
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
            let verdicts = Verdict::ALL.into_iter().map(|verdict| (verdict, self.of_cell(call, verdict)));
            for (index, (verdict, seen)) in verdicts.filter(|(_, seen)| *seen > 0).enumerate() {
                write!(f, "{}{verdict} {seen}", if index == 0 { ": " } else { ", " })?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
