//! Random scenarios on the engine and the kernel at once.

use core::fmt;
use std::io;

use sigpost_engine::SignalSet;
use sigpost_scenario::{
    Act, Call, Condition, Coverage, Declaration, EngineWorld, Name, Outcome, PersonalityName, RunState, Scenario,
    ScriptLine, State, Step, Trouble, Weights, World, generate, record, shrink,
};

use crate::{Both, Divergence, Ledger, LinuxWorld};

/// How many smaller scenarios are tried where one diverges.
const SHRINKING_TRIES: u32 = 400;

/// How a world for a scenario is made: [`LinuxWorld::new`], or one whose processes can execute a program.
pub type MakeWorld<'a> = &'a dyn Fn() -> io::Result<LinuxWorld>;

/// What a random scenario came to.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// Engine and kernel did the same, known divergences aside.
    Agrees {
        /// How many steps could be made.
        steps: u32,
        /// How many processes there were, forked ones with them, init not.
        processes: u32,
        /// After how many steps the engine did the same only in another order of what can run at the same time.
        reordered: u32,
        /// How many divergences were known.
        known: u32,
        /// How many receipts the kernel did not let see.
        unchecked: u32,
        /// What was tried.
        coverage: Coverage,
    },
    /// It could not be run to its end: why.
    Skipped(String),
    /// They differ: the smallest scenario that was found in which they do, and how.
    Diverges(Box<Scenario>, Vec<Divergence>),
    /// A world broke: in which scenario, and how.
    Broken(Box<Scenario>, String),
}

/// Divergences as they are told, one a line.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agrees { steps, .. } => write!(f, "agrees in {steps} steps"),
            Self::Skipped(why) => write!(f, "skipped: {why}"),
            Self::Broken(_, why) => write!(f, "broken: {why}"),
            Self::Diverges(_, divergences) => divergences.iter().try_for_each(|divergence| writeln!(f, "{divergence}")),
        }
    }
}

/// Makes the scenario of this seed and compares. A divergence is shrunk, and then looked up in the ledger: of a larger
/// scenario it could not be said that the reason is that one.
pub fn compare_random(seed: u64, weights: &Weights, world: MakeWorld<'_>, ledger: &mut Ledger) -> Comparison {
    let executes = world().is_ok_and(|world| world.can_execute());
    let scenario = random_scenario(seed, weights, executes);
    let strict = |scenario: &Scenario| compare(scenario, world, &mut Ledger::default());
    let first = strict(&scenario);
    if !matches!(first, Comparison::Diverges(..)) {
        return first;
    }
    let smallest = shrink(&scenario, SHRINKING_TRIES, |smaller| matches!(strict(smaller), Comparison::Diverges(..)));
    match compare(&smallest, world, ledger) {
        Comparison::Diverges(smallest, found) => Comparison::Diverges(Box::new(as_on_kernel(*smallest, world)), found),
        other => other,
    }
}

/// The scenario of this seed, with what can be made here; `executes`: also exec.
pub fn random_scenario(seed: u64, weights: &Weights, executes: bool) -> Scenario {
    without_what_is_not_made(generate(seed, weights), executes)
}

/// Runs the steps of a scenario on both, leaving out those whose actor cannot act.
pub fn compare(scenario: &Scenario, world: MakeWorld<'_>, ledger: &mut Ledger) -> Comparison {
    let kernel = match world() {
        Ok(kernel) => kernel,
        Err(error) => return Comparison::Broken(Box::new(scenario.clone()), error.to_string()),
    };
    let mut both = Both::new(EngineWorld::new(PersonalityName::Linux), kernel);
    let outcome = record(scenario, &mut both, &[]);
    let unknown: Vec<Divergence> =
        both.divergences().iter().filter(|divergence| ledger.reason(divergence, scenario).is_none()).cloned().collect();
    match outcome {
        _ if !unknown.is_empty() => Comparison::Diverges(Box::new(scenario.clone()), unknown),
        Ok(recorded) => Comparison::Agrees {
            steps: u32::try_from(recorded.script.len()).unwrap_or(u32::MAX),
            processes: processes(&recorded),
            reordered: both.reordered(),
            known: u32::try_from(both.divergences().len()).unwrap_or(u32::MAX),
            unchecked: both.unchecked(),
            coverage: both.coverage().clone(),
        },
        Err(Trouble::Unsupported(why) | Trouble::Skipped(why)) => Comparison::Skipped(why),
        Err(_) if !both.divergences().is_empty() => Comparison::Skipped("a known divergence".to_owned()),
        Err(trouble) => Comparison::Broken(Box::new(scenario.clone()), trouble.to_string()),
    }
}

/// The scenario with what the kernel makes of it, for which the engine then has to answer; itself if the kernel cannot
/// be asked again.
fn as_on_kernel(scenario: Scenario, world: MakeWorld<'_>) -> Scenario {
    let questions = [Condition::State(State::Running), Condition::Pending(SignalSet::EMPTY)];
    let recorded = world().ok().and_then(|mut world| record(&scenario, &mut world, &questions).ok());
    recorded.unwrap_or(scenario)
}

/// How many processes a scenario that was run had, init aside.
fn processes(recorded: &Scenario) -> u32 {
    let declared = recorded.declarations.iter().filter(|one| matches!(one, Declaration::Process(_))).count();
    let makes = |step: &&Step| {
        let is_fork = matches!(&step.act, Act::Call(_, Call::Fork(..) | Call::Vfork(_) | Call::Clone(_)));
        is_fork && !matches!(step.result, Some(Outcome::Error(_)))
    };
    u32::try_from(declared + recorded.steps().filter(makes).count()).unwrap_or(u32::MAX)
}

/// Whether steps and declarations of a scenario can be made here is known before: what cannot is left out.
fn without_what_is_not_made(mut scenario: Scenario, executes: bool) -> Scenario {
    for declaration in &mut scenario.declarations {
        if let Declaration::Process(process) = declaration {
            (process.system, process.namespace) = (false, false);
            // The thread that keeps a killable one asleep takes a STOP in its place; who waits in vfork shows the same.
            if matches!(process.run_state, RunState::Uninterruptible | RunState::Killable) {
                process.run_state = RunState::Ready;
            }
            if process.traced_by.is_some() && process.run_state == RunState::Stopped {
                process.run_state = RunState::Ready;
            }
        }
    }
    let of_init: Vec<Name> = scenario.declarations.iter().filter_map(thread_of_init).chain([Name::INIT]).collect();
    scenario.script.retain(|line| match line {
        ScriptLine::Step(step) => match &step.act {
            Act::Kernel(call) => !call.is_engine_only(),
            // The end of process 1 is the end of everyone.
            Act::Call(actor, Call::Exit(_) | Call::ThreadExit | Call::Fault(_) | Call::Thread(_))
                if of_init.contains(actor) =>
            {
                false
            }
            Act::Call(actor, Call::Exec) => executes && (*actor == Name::INIT || !of_init.contains(actor)),
            // Which of those that share dispositions is first to take a signal with RESETHAND is left to chance.
            Act::Call(_, call) => !matches!(call, Call::Clone(_)),
        },
        ScriptLine::Expectation(_) => true,
    });
    scenario
}

fn thread_of_init(declaration: &Declaration) -> Option<Name> {
    match declaration {
        Declaration::Thread(thread) if thread.process == Name::INIT => Some(thread.name),
        _ => None,
    }
}

/// What random scenarios for the comparison are made of.
pub fn weights() -> Weights {
    Weights::live()
}

/// Whether a world of real processes can be made here at all; if not, why.
///
/// # Errors
/// The [`Trouble`] of making one.
pub fn can_run_here() -> Result<(), Trouble> {
    let mut world = LinuxWorld::new().map_err(|error| Trouble::Broken(error.to_string()))?;
    world.begin(&Scenario::default())
}
