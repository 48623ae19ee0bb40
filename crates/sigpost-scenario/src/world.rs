//! What a scenario runs on: the engine, or a kernel.

use core::fmt;

use sigpost_engine::Verdict;

use crate::{Condition, Name, Outcome, Reference, Scenario, Step};

/// A world of processes that act as a scenario says. [`run`](crate::run()) asks it to, one step after the other.
pub trait World {
    /// Makes the processes and threads that the scenario declares. Called once, before all else.
    ///
    /// # Errors
    /// [`Trouble::Skipped`] and [`Trouble::Unsupported`] for what cannot be made here.
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble>;

    /// Whether a process or thread can make a call now: it is alive, not stopped, and not in another call.
    ///
    /// # Errors
    /// [`Trouble::CannotAct`] with the reason if it cannot.
    fn can_act(&mut self, actor: Name) -> Result<(), Trouble>;

    /// Does what the step says, and whatever follows from it until nothing more can happen. What the step expects
    /// is the runner's affair. Each thing done inside costs one of the budget.
    ///
    /// # Errors
    /// Any [`Trouble`]; [`Trouble::Endless`] where the budget is used up. With [`Trouble::CannotAct`] and
    /// [`Trouble::Unsupported`] nothing was done.
    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble>;

    /// What holds instead of, or as, the condition asked about: the condition of the same kind that is true. Where
    /// the condition asked about is true, it is returned as it is. `None`: there is nothing to tell (no call has
    /// returned, no signal was handled), or it could not be seen.
    ///
    /// `handled` is since the last time it was asked of the same subject.
    ///
    /// # Errors
    /// [`Trouble::Unsupported`] for what this world cannot tell; [`Trouble::Unseen`] for what it could not see now.
    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble>;
}

/// What was seen of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observation {
    /// What the call returned; `None` where it has no result, or the caller was stopped or ended by it.
    pub result: Option<Outcome>,
    /// A receipt for every process that was aimed at.
    pub receipts: Vec<ObservedReceipt>,
}

/// A receipt that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObservedReceipt {
    /// The process.
    pub process: Name,
    /// What became of the signal there; `None`: it could not be seen, and is counted as unchecked.
    pub verdict: Option<Verdict>,
}

/// `a=handles`, or `a=unchecked`.
impl fmt::Display for ObservedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.process, self.verdict.map_or("unchecked", Verdict::word))
    }
}

/// Why a world did not do what it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The actor is stopped, blocked, asleep or gone: the scenario is wrong. The text says which.
    CannotAct(String),
    /// This world cannot do it at all (the engine does not model it, the kernel is too old): the text names it.
    Unsupported(String),
    /// It cannot be done here and now (no privilege, engine only): the text is the reason.
    Skipped(String),
    /// What was asked about could not be seen here: it is counted as unchecked, and the scenario goes on. The text says
    /// why. Only [`World::observe`] says so; of a receipt a missing verdict does.
    Unseen(String),
    /// The step did not come to an end within its budget.
    Endless,
    /// The world itself failed: a broken invariant, a system call that must not fail.
    Broken(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotAct(reason) => write!(f, "cannot act: {reason}"),
            Self::Unsupported(what) => write!(f, "unsupported: {what}"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Unseen(why) => write!(f, "not seen: {why}"),
            Self::Endless => f.write_str("the step does not come to an end"),
            Self::Broken(what) => write!(f, "the world is broken: {what}"),
        }
    }
}

impl core::error::Error for Trouble {}

/// How many more things may be done in a step. It makes a run that would go on for ever a failure.
#[derive(Clone, Copy, Debug)]
pub struct Budget(u32);

impl Budget {
    /// A budget of so many.
    pub const fn of(things: u32) -> Self {
        Self(things)
    }

    /// Takes one.
    ///
    /// # Errors
    /// [`Trouble::Endless`] if none is left.
    pub fn spend(&mut self) -> Result<(), Trouble> {
        self.0 = self.0.checked_sub(1).ok_or(Trouble::Endless)?;
        Ok(())
    }
}

/// Ten thousand: more than any step of a scenario that comes to an end.
impl Default for Budget {
    fn default() -> Self {
        Self(10_000)
    }
}
