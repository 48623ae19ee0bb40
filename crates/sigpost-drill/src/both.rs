//! The comparison: the engine and the kernel, step by step.

use alloc::collections::BTreeMap;
use core::fmt;

use sigpost_engine::SignalSet;
use sigpost_scenario::{
    Act, Budget, Call, Condition, Coverage, Declaration, EngineWorld, Name, Observation, Outcome, Reference, Scenario,
    Standing, State, Step, Trouble, World,
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

/// Two worlds as one. What it tells the runner is the engine's answer; where the kernel's differs, that is noted.
///
/// Of those who can run at the same time the kernel lets any run first. Where the engine differs after a step it is
/// asked again in other orders, and what the kernel did is right if it is so in one of them.
#[derive(Debug)]
pub struct Both<K> {
    engine: EngineWorld,
    kernel: K,
    /// Everyone there is, and whether it is a process.
    names: Vec<(Name, bool)>,
    /// The last step.
    step: (u32, String),
    divergences: Vec<Divergence>,
    /// Handled signals are compared after every step: the scenario has no expectations of its own.
    handled_each_step: bool,
    unchecked: u32,
    reordered: u32,
    coverage: Coverage,
}

/// In how many orders of what can run at the same time the engine is asked, where it differs in the first.
const ORDERS: u32 = 48;

impl<K: World> Both<K> {
    /// Compares these two, each without a scenario so far.
    pub fn new(engine: EngineWorld, kernel: K) -> Self {
        let step = (0, String::new());
        Self {
            engine,
            kernel,
            names: Vec::new(),
            step,
            divergences: Vec::new(),
            handled_each_step: false,
            unchecked: 0,
            reordered: 0,
            coverage: Coverage::default(),
        }
    }

    /// Where they differed.
    pub fn divergences(&self) -> &[Divergence] {
        &self.divergences
    }

    /// How many receipts, and how many conditions that were asked about, the kernel did not let see.
    pub const fn unchecked(&self) -> u32 {
        self.unchecked
    }

    /// After how many steps the engine did the same only when others ran first, of those who can run at the same time.
    pub const fn reordered(&self) -> u32 {
        self.reordered
    }

    /// Which calls were made, and which verdicts the kernel showed.
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// What every process does.
    fn standings(&mut self) -> BTreeMap<Name, Standing> {
        let mut standings = BTreeMap::new();
        for (name, is_process) in &self.names {
            if *is_process && let Ok(Some(state)) = self.engine.observe(Reference::to(*name), &QUESTIONS[0]) {
                standings.insert(*name, Standing::of(&state));
            }
        }
        standings
    }

    /// What a step and its consequences were on the kernel.
    fn seen_on_kernel(&mut self, seen: Observation) -> Result<Seen, Trouble> {
        let mut answers = Vec::new();
        for (name, is_process) in self.names.clone() {
            let subject = Reference::to(name);
            // Which thread takes a process's signal is not for a scenario to say.
            let count = if self.handled_each_step && is_process { QUESTIONS.len() } else { QUESTIONS.len() - 1 };
            for question in &QUESTIONS[..count] {
                match self.kernel.observe(subject, question) {
                    Ok(answer) => answers.push((subject, question, answer)),
                    Err(Trouble::Unsupported(_) | Trouble::Skipped(_) | Trouble::Unseen(_)) => {}
                    Err(trouble) => return Err(trouble),
                }
            }
        }
        Ok(Seen { step: seen, answers })
    }

    fn divergence(&self, what: String, engine: impl fmt::Display, kernel: impl fmt::Display) -> Divergence {
        let (line, step) = self.step.clone();
        Divergence { line, step, what, engine: engine.to_string(), kernel: kernel.to_string() }
    }

    /// Where the engine differs in what it said of the step.
    fn compare_steps(&self, engine: &Observation, kernel: &Observation) -> Vec<Divergence> {
        let word = |outcome: Option<Outcome>| outcome.map_or_else(|| "none".to_owned(), |outcome| outcome.to_string());
        let mut found = Vec::new();
        if engine.result != kernel.result {
            found.push(self.divergence("result".to_owned(), word(engine.result), word(kernel.result)));
        }
        for seen in &kernel.receipts {
            let Some(verdict) = seen.verdict else { continue };
            let other = engine.receipts.iter().find(|receipt| receipt.process == seen.process);
            let says = other.map_or("nothing", |receipt| receipt.verdict.map_or("nothing", |verdict| verdict.word()));
            if says != verdict.word() {
                found.push(self.divergence(format!("receipt of {}", seen.process), says, verdict.word()));
            }
        }
        for receipt in &engine.receipts {
            if !kernel.receipts.iter().any(|seen| seen.process == receipt.process) {
                found.push(self.divergence(format!("receipt of {}", receipt.process), receipt, "nothing"));
            }
        }
        found
    }

    /// Where an engine differs in what holds of everyone.
    fn compare_answers(&self, engine: &mut EngineWorld, seen: &Seen) -> Result<Vec<Divergence>, Trouble> {
        let word =
            |answer: &Option<Condition>| answer.as_ref().map_or_else(|| "nothing".to_owned(), Condition::to_string);
        let mut found = Vec::new();
        for (subject, asked, kernel) in &seen.answers {
            let answer = engine.observe(*subject, asked)?;
            // That it is gone was seen, how it ended was not.
            let is_gone = matches!(kernel, Some(Condition::State(State::Reaped)));
            if answer != *kernel && !(is_gone && answer.as_ref().is_some_and(is_end)) {
                let what = format!("{} of {subject}", kind(asked));
                found.push(self.divergence(what, word(&answer), word(kernel)));
            }
        }
        Ok(found)
    }

    fn compare(&self, engine: &mut EngineWorld, said: &Observation, seen: &Seen) -> Result<Vec<Divergence>, Trouble> {
        let mut found = self.compare_steps(said, &seen.step);
        found.extend(self.compare_answers(engine, seen)?);
        Ok(found)
    }

    /// The engine in an order of what can run at the same time in which it does as the kernel did, if there is one.
    fn in_another_order(&self, before: &EngineWorld, step: &Step, seen: &Seen) -> Option<(EngineWorld, Observation)> {
        (1..=ORDERS).find_map(|order| {
            let mut engine = before.in_order(order);
            let said = engine.step(step, &mut Budget::default()).ok()?;
            let found = self.compare(&mut engine, &said, seen).ok()?;
            found.is_empty().then(|| (engine.in_order(0), said))
        })
    }
}

/// What was seen of a step, and of everyone after it.
struct Seen {
    step: Observation,
    answers: Vec<(Reference, &'static Condition, Option<Condition>)>,
}

/// What is asked of everyone after each step.
static QUESTIONS: [Condition; 6] = [
    Condition::State(State::Running),
    Condition::State(State::Zombie),
    Condition::Pending(SignalSet::EMPTY),
    Condition::Blocked(SignalSet::EMPTY),
    Condition::Returned(Outcome::Zero),
    Condition::Handled(Vec::new()),
];

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

impl<K: World> World for Both<K> {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        let is_process = |declaration: &Declaration| matches!(declaration, Declaration::Process(_));
        self.names = scenario.declarations.iter().map(|one| (one.name(), is_process(one))).collect();
        self.names.push((Name::INIT, true));
        self.handled_each_step = scenario.steps().count() == scenario.script.len();
        self.kernel.begin(scenario)?;
        self.engine.begin(scenario)?;
        self.step = (0, "the declarations".to_owned());
        let seen = self.seen_on_kernel(Observation::default())?;
        let mut engine = self.engine.clone();
        self.divergences = self.compare(&mut engine, &Observation::default(), &seen)?;
        self.engine = engine;
        Ok(())
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        let (engine, kernel) = (self.engine.can_act(actor), self.kernel.can_act(actor));
        let what = format!("can {actor} act");
        let difference = match (&engine, &kernel) {
            (Ok(()), Err(trouble)) => Some(self.divergence(what, "yes", trouble)),
            (Err(trouble), Ok(())) => Some(self.divergence(what, trouble, "yes")),
            _ => None,
        };
        self.divergences.extend(difference);
        engine.and(kernel)
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        self.step = (step.span.line, step.act.to_string());
        let standings = self.standings();
        // The kernel's world may say that it cannot make this step; then the engine does not make it either.
        let kernel = self.kernel.step(step, budget)?;
        let before = self.engine.clone();
        let engine = self.engine.step(step, budget)?;
        if let (Act::Call(_, call), false) = (&step.act, matches!(engine.result, Some(Outcome::Error(_)))) {
            let is_process = !matches!(call, Call::Thread(_));
            self.names.extend(call.declares().map(|name| (name, is_process)));
        }
        let standing = |name: Name| standings.get(&name).copied().unwrap_or(Standing::Ready);
        self.coverage.add(step, &kernel, standing);
        let unseen = kernel.receipts.iter().filter(|receipt| receipt.verdict.is_none()).count();
        self.unchecked += u32::try_from(unseen).unwrap_or(u32::MAX);
        if !self.divergences.is_empty() {
            return Ok(engine);
        }
        let seen = self.seen_on_kernel(kernel)?;
        let mut after = self.engine.clone();
        let found = self.compare(&mut after, &engine, &seen)?;
        if found.is_empty() {
            self.engine = after;
            return Ok(engine);
        }
        if let Some((other, said)) = self.in_another_order(&before, step, &seen) {
            self.reordered += 1;
            self.engine = other;
            return Ok(said);
        }
        self.divergences = found;
        Ok(engine)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        let engine = self.engine.observe(subject, asked)?;
        match self.kernel.observe(subject, asked) {
            Ok(kernel) if kernel != engine => {
                let word = |answer: &Option<Condition>| {
                    answer.as_ref().map_or_else(|| "nothing".to_owned(), Condition::to_string)
                };
                let what = format!("{} of {subject}", kind(asked));
                self.divergences.push(self.divergence(what, word(&engine), word(&kernel)));
            }
            Ok(_) => {}
            // The scenario asks, and the engine alone answers.
            Err(Trouble::Unsupported(_) | Trouble::Skipped(_) | Trouble::Unseen(_)) => self.unchecked += 1,
            Err(trouble) => return Err(trouble),
        }
        Ok(engine)
    }
}
