//! The comparison: the engine and the kernel, step by step.

use core::fmt;

use sigpost_engine::SignalSet;
use sigpost_scenario::{
    Act, Budget, Call, Condition, Coverage, Declaration, Name, Observation, ObservedReceipt, Outcome, Reference,
    Scenario, State, Step, Trouble, World,
};

/// Something on which the two differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The line of the step after which they do; 0: before the first, or in a scenario that was made and not read.
    pub line: u32,
    /// The step, as a scenario writes it.
    pub step: String,
    /// What was compared: `result`, `receipt of a`, `pending of a`.
    pub what: String,
    /// What the engine says.
    pub engine: String,
    /// What the kernel did.
    pub kernel: String,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after `{}`: {}: engine {}, kernel {}", self.step, self.what, self.engine, self.kernel)
    }
}

/// Two worlds as one. What it tells the runner is the first one's answer; where the second one's differs, that is
/// noted.
#[derive(Debug)]
pub struct Both<E, K> {
    engine: E,
    kernel: K,
    /// Everyone there is, and whether it is a process.
    names: Vec<(Name, bool)>,
    /// The last step.
    step: (u32, String),
    divergences: Vec<Divergence>,
    /// Handled signals are compared after every step: the scenario has no expectations of its own.
    handled_each_step: bool,
    unchecked: u32,
    coverage: Coverage,
}

impl<E: World, K: World> Both<E, K> {
    /// Compares these two, each without a scenario so far.
    pub fn new(engine: E, kernel: K) -> Self {
        let step = (0, String::new());
        Self {
            engine,
            kernel,
            names: Vec::new(),
            step,
            divergences: Vec::new(),
            handled_each_step: false,
            unchecked: 0,
            coverage: Coverage::default(),
        }
    }

    /// Where they differed.
    pub fn divergences(&self) -> &[Divergence] {
        &self.divergences
    }

    /// How many receipts the kernel did not let see.
    pub const fn unchecked(&self) -> u32 {
        self.unchecked
    }

    /// Which calls were made, and which verdicts the kernel showed.
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    fn note(&mut self, what: String, engine: impl fmt::Display, kernel: impl fmt::Display) {
        let (line, step) = self.step.clone();
        let divergence = Divergence { line, step, what, engine: engine.to_string(), kernel: kernel.to_string() };
        self.divergences.push(divergence);
    }

    fn compare_steps(&mut self, engine: &Observation, kernel: &Observation) {
        let word = |outcome: Option<Outcome>| outcome.map_or_else(|| "none".to_owned(), |outcome| outcome.to_string());
        if engine.result != kernel.result {
            self.note("result".to_owned(), word(engine.result), word(kernel.result));
        }
        for seen in &kernel.receipts {
            let Some(verdict) = seen.verdict else {
                self.unchecked += 1;
                continue;
            };
            let other = engine.receipts.iter().find(|receipt| receipt.process == seen.process);
            let says = other.map_or("nothing", |receipt| receipt.verdict.map_or("nothing", |verdict| verdict.word()));
            if says != verdict.word() {
                self.note(format!("receipt of {}", seen.process), says, verdict.word());
            }
        }
        for receipt in &engine.receipts {
            let is_it = |seen: &&ObservedReceipt| seen.process == receipt.process;
            if !kernel.receipts.iter().any(|seen| is_it(&seen)) {
                self.note(format!("receipt of {}", receipt.process), receipt, "nothing");
            }
        }
    }

    /// Asks both the same of everyone.
    fn compare_states(&mut self) -> Result<(), Trouble> {
        let questions = [
            Condition::State(State::Running),
            Condition::State(State::Zombie),
            Condition::Pending(SignalSet::EMPTY),
            Condition::Blocked(SignalSet::EMPTY),
            Condition::Returned(Outcome::Zero),
        ];
        let handled = Condition::Handled(Vec::new());
        for (name, is_process) in self.names.clone() {
            for question in &questions {
                self.compare_answers(Reference::to(name), question)?;
            }
            // Which thread takes a process's signal is not for a scenario to say.
            if self.handled_each_step && is_process {
                self.compare_answers(Reference::to(name), &handled)?;
            }
        }
        Ok(())
    }

    fn compare_answers(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        let kernel = self.kernel.observe(subject, asked);
        let engine = self.engine.observe(subject, asked)?;
        match kernel {
            // That it is gone was seen, how it ended was not.
            Ok(Some(Condition::State(State::Reaped))) if engine.as_ref().is_some_and(is_end) => self.unchecked += 1,
            Ok(kernel) if kernel != engine => {
                let word = |answer: &Option<Condition>| {
                    answer.as_ref().map_or_else(|| "nothing".to_owned(), Condition::to_string)
                };
                self.note(format!("{} of {subject}", kind(asked)), word(&engine), word(&kernel));
            }
            Err(Trouble::Unseen(_)) => self.unchecked += 1,
            Ok(_) | Err(Trouble::Unsupported(_) | Trouble::Skipped(_)) => {}
            Err(trouble) => return Err(trouble),
        }
        Ok(engine)
    }
}

const fn is_end(condition: &Condition) -> bool {
    matches!(condition, Condition::State(State::Exited(_) | State::Killed(_) | State::Dumped(_)))
}

const fn kind(asked: &Condition) -> &'static str {
    match asked {
        Condition::State(State::Zombie) => "life",
        Condition::State(_) => "state",
        Condition::BlockedInCall => "blocked_in_call",
        Condition::SameSleep => "same_sleep",
        Condition::Pending(_) => "pending",
        Condition::Blocked(_) => "blocked",
        Condition::Handled(_) => "handled",
        Condition::Returned(_) => "returned",
        Condition::Group(_) => "group",
        Condition::Session(_) => "session",
        Condition::Parent(_) => "parent",
        Condition::Sender(_) => "sender",
        Condition::Code(_) => "code",
    }
}

impl<E: World, K: World> World for Both<E, K> {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        let is_process = |declaration: &Declaration| matches!(declaration, Declaration::Process(_));
        self.names = scenario.declarations.iter().map(|one| (one.name(), is_process(one))).collect();
        self.names.push((Name::INIT, true));
        self.handled_each_step = scenario.steps().count() == scenario.script.len();
        self.kernel.begin(scenario)?;
        self.engine.begin(scenario)?;
        self.step = (0, "the declarations".to_owned());
        self.compare_states()
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        let (engine, kernel) = (self.engine.can_act(actor), self.kernel.can_act(actor));
        match (&engine, &kernel) {
            (Ok(()), Err(trouble)) => self.note(format!("can {actor} act"), "yes", trouble),
            (Err(trouble), Ok(())) => self.note(format!("can {actor} act"), trouble, "yes"),
            _ => {}
        }
        engine.and(kernel)
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        self.step = (step.span.line, step.act.to_string());
        // The kernel's world may say that it cannot make this step; then the engine does not make it either.
        let kernel = self.kernel.step(step, budget)?;
        let engine = self.engine.step(step, budget)?;
        if let (Act::Call(_, call), false) = (&step.act, matches!(engine.result, Some(Outcome::Error(_)))) {
            let is_process = !matches!(call, Call::Thread(_));
            self.names.extend(call.declares().map(|name| (name, is_process)));
        }
        self.coverage.add(step, &kernel);
        self.compare_steps(&engine, &kernel);
        if self.divergences.is_empty() {
            self.compare_states()?;
        }
        Ok(engine)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        self.compare_answers(subject, asked)
    }
}
