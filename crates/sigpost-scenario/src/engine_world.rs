//! A world inside the engine: scenarios without processes, privileges or a kernel.
//!
//! The engine holds the state and the rules. What is here is what a host does: it lets threads run that the engine
//! says have something to look at, calls handlers, keeps track of who is in which call, and reaps for init.

mod actors;
mod call;
mod credentials;
mod declare;
mod kernel;
mod life;
mod observe;
mod send;
mod settle;
mod terminal;
mod trace;
mod wait;

use alloc::collections::BTreeMap;

use sigpost_engine::{Errno, Heap, Personality, ProcessKey, Receipt, Signal, System, Tables, ThreadKey, personality};

use crate::Random;
use crate::step::Act;
use crate::{
    Budget, Condition, Name, Observation, ObservedReceipt, Outcome, PersonalityName, Reference, Scenario, Step, Target,
    Trouble, World,
};
use actors::{Actor, Family};

/// How many queued signals there is room for, in all.
const QUEUE_ENTRIES: usize = 1024;

/// An ID that nothing has: the engine gives numbers from 2 upwards.
const NOBODY: i32 = 1 << 22;

/// A fresh system under one personality's rules, in which one scenario runs.
///
/// ```
/// use sigpost_scenario::{EngineWorld, PersonalityName, Scenario, run};
///
/// let text = b"# TERM ends\nprocess a\nprocess b\na: kill(b, TERM) = 0 -> b=terminates\nexpect b: killed(TERM)\n";
/// let scenario = Scenario::parse(text).unwrap();
/// let report = run(&scenario, PersonalityName::Linux, &mut EngineWorld::new(PersonalityName::Linux));
/// assert!(report.ending.is_passed());
/// ```
#[derive(Clone)]
pub struct EngineWorld {
    rules: &'static Personality,
    personality: PersonalityName,
    system: System<Heap>,
    /// Every process and thread that ever had a name.
    actors: BTreeMap<Name, Actor>,
    /// What is kept of each process, by its name.
    families: BTreeMap<Name, Family>,
    /// How much of a process's handlers was told of whom.
    told: BTreeMap<Reference, usize>,
    /// The timers that have run out, each by whom and what it signals.
    timers: Vec<(Reference, Signal)>,
    /// Who is about to end and lets others run first.
    leaving: Vec<ThreadKey>,
    /// In which order those run who can run at the same time.
    order: Order,
}

/// In which order those run who can run at the same time.
#[derive(Clone, Debug)]
enum Order {
    /// As the engine tells of them.
    AsTold,
    /// Another one.
    Chosen(Chosen),
}

/// An order that differs from the one in which the engine tells.
#[derive(Clone, Debug)]
struct Chosen {
    random: Random,
    /// Who runs at all goes before the same others each time, by this; none: each time by chance.
    rank: Option<u64>,
}

impl Chosen {
    fn new(order: u32) -> Self {
        let rank = order.is_multiple_of(2).then_some(order.into());
        Self { random: Random::new(order.into()), rank }
    }

    /// Which of those who can run is next: its index.
    fn next(&mut self, names: &[Option<Name>]) -> usize {
        let Some(rank) = self.rank else {
            return self.random.below(u32::try_from(names.len()).unwrap_or(u32::MAX)) as usize;
        };
        let letters =
            |name: &Name| name.to_string().bytes().fold(0, |all: u64, byte| all << 7 ^ u64::from(byte) ^ all >> 57);
        let place = |name: &Option<Name>| Random::new(rank ^ name.as_ref().map_or(0, letters)).bits();
        (0..names.len()).min_by_key(|index| place(&names[*index])).unwrap_or(0)
    }
}

/// The personality itself; the engine's names are the language's.
fn rules(personality: PersonalityName) -> &'static Personality {
    match personality {
        PersonalityName::Linux => &personality::LINUX,
        PersonalityName::FreeBsd => &personality::FREEBSD,
        PersonalityName::Posix => &personality::POSIX,
        PersonalityName::Bsd43 => &personality::BSD43,
        PersonalityName::Bsd44 => &personality::BSD44,
        PersonalityName::AixRt => &personality::AIXRT,
    }
}

impl EngineWorld {
    /// An empty world that follows this personality's rules.
    pub fn new(personality: PersonalityName) -> Self {
        let rules = rules(personality);
        let mut system = System::new(rules, Tables::heap(QUEUE_ENTRIES));
        system.set_youngest_member_first(personality == PersonalityName::Linux);
        Self {
            rules,
            personality,
            system,
            actors: BTreeMap::new(),
            families: BTreeMap::new(),
            told: BTreeMap::new(),
            timers: Vec::new(),
            leaving: Vec::new(),
            order: Order::AsTold,
        }
    }

    /// The same world, in which those who can run at the same time run in another order: on a kernel either may happen.
    /// 0 is the order in which the engine tells of them.
    #[must_use]
    pub fn in_order(&self, order: u32) -> Self {
        let order = if order == 0 { Order::AsTold } else { Order::Chosen(Chosen::new(order)) };
        Self { order, ..self.clone() }
    }

    /// The number that a target stands for, written by someone.
    fn number(&self, by: Name, target: Target) -> Result<i32, Trouble> {
        Ok(match target {
            Target::Id(reference) => self.number_seen(by, reference.name)?,
            Target::Minus(name) => -self.number_seen(by, name)?,
            Target::Nobody => NOBODY,
            Target::MinusNobody => -NOBODY,
            Target::Zero => 0,
            Target::One => 1,
            Target::MinusOne => -1,
            Target::IntMin => i32::MIN,
            Target::IntMax => i32::MAX,
        })
    }

    fn actor(&self, name: Name) -> Result<&Actor, Trouble> {
        self.actors.get(&name).ok_or_else(|| Trouble::CannotAct(format!("{name} was never made")))
    }

    fn actor_mut(&mut self, name: Name) -> Result<&mut Actor, Trouble> {
        self.actors.get_mut(&name).ok_or_else(|| Trouble::CannotAct(format!("{name} was never made")))
    }

    /// The number that someone has for another; one that is not visible has a number that nothing has.
    fn number_seen(&self, by: Name, of: Name) -> Result<i32, Trouble> {
        let (viewer, seen) = (self.actor(by)?.namespace, self.actor(of)?);
        Ok(match viewer {
            _ if viewer == seen.namespace => seen.number,
            None => seen.outer_number,
            Some(_) => NOBODY,
        })
    }

    fn name_of_thread(&self, thread: ThreadKey) -> Option<Name> {
        self.actors.values().find(|actor| actor.thread == thread && !actor.gone).map(|actor| actor.name)
    }

    fn name_of_process(&self, process: ProcessKey) -> Option<Name> {
        self.actors.values().find(|actor| actor.process == process && actor.is_main()).map(|actor| actor.name)
    }

    /// Whose process has a number, as a signal's information tells it to someone; the living before the dead.
    fn name_of_number(&self, by: Name, number: i32) -> Option<Name> {
        let has = |actor: &&Actor| actor.is_main() && self.number_seen(by, actor.name) == Ok(number);
        let lives = |actor: &&Actor| has(actor) && self.system.process(actor.process).is_some();
        let living = self.actors.values().find(lives);
        living.or_else(|| self.actors.values().find(has)).map(|actor| actor.name)
    }

    fn receipts(&self, receipts: &[Receipt]) -> Vec<ObservedReceipt> {
        let named = |receipt: &Receipt| {
            let process = self.name_of_process(receipt.process)?;
            Some(ObservedReceipt { process, verdict: Some(receipt.verdict) })
        };
        receipts.iter().filter_map(named).collect()
    }

    fn act(&mut self, act: &Act, budget: &mut Budget) -> Result<Observation, Trouble> {
        let (name, call) = match act {
            Act::Kernel(call) => {
                let receipts = self.kernel_call(call, budget)?;
                self.settle(budget)?;
                return Ok(Observation { result: None, receipts });
            }
            Act::Call(name, call) => (*name, call),
        };
        let actor = self.actor_mut(name)?;
        (actor.returned, actor.late) = (None, None);
        let (depth, thread) = (actor.calls.len(), actor.thread);
        self.system.set_current(Some(thread));
        let (result, receipts) = self.call(name, call, budget)?;
        self.settle(budget)?;
        let stands = !self.can_run(name);
        let actor = self.actor_mut(name)?;
        let result = if actor.calls.len() > depth {
            // vfork has made its child and so told its result, though its caller waits. Whom a handler holds that
            // interrupted the call has not got its result yet, and blocks in it no more.
            let blocks = !stands && actor.is_in_a_call();
            result.or_else(|| blocks.then_some(Outcome::Blocks))
        } else if stands {
            None
        } else {
            result.or(actor.returned)
        };
        // What is a result now has not blocked.
        if result.is_some_and(|result| actor.returned == Some(result)) {
            actor.returned = None;
        }
        Ok(Observation { result, receipts })
    }

    /// Whether something is so this time that is left open: half of the times in another order than the engine's own.
    fn is_so_by_chance(&mut self) -> bool {
        if let Order::Chosen(chosen) = &mut self.order { chosen.random.chance(1, 2) } else { false }
    }

    /// Whether a thread is there and nobody holds it still.
    fn can_run(&self, name: Name) -> bool {
        let Some(actor) = self.actors.get(&name).filter(|actor| !actor.gone) else { return false };
        let alive = self.system.process(actor.process).is_some_and(|process| process.life().is_alive());
        let thread = self.system.thread(actor.thread);
        alive
            && thread.is_some_and(|thread| !thread.is_stopped() && !thread.trace().is_stopped() && !thread.has_exited())
    }
}

/// The rules and who is there; the engine itself is too large to print.
impl core::fmt::Debug for EngineWorld {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("EngineWorld")
            .field("personality", &self.personality)
            .field("actors", &self.actors)
            .finish_non_exhaustive()
    }
}

/// The result of a call that tells 0 or an error number.
fn status<E>(result: Result<(), E>, errno: impl FnOnce(E) -> Errno) -> Outcome {
    result.map_or_else(|error| Outcome::Error(errno(error)), |()| Outcome::Zero)
}

/// What the engine cannot have refused.
fn broken(what: impl core::fmt::Display) -> Trouble {
    Trouble::Broken(what.to_string())
}

impl World for EngineWorld {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        self.declare_all(&scenario.declarations)
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        let found = self.actor(actor)?;
        let cannot = |why: &str| Err(Trouble::CannotAct(format!("{actor} {why}")));
        let Some(process) = self.system.process(found.process).filter(|_| !found.gone) else {
            return cannot("is gone");
        };
        if !process.life().is_alive() {
            return cannot("has ended");
        }
        if self.families.get(&found.family).is_some_and(|family| family.system) {
            return cannot("belongs to the kernel, which makes no system calls");
        }
        let Some(thread) = self.system.thread(found.thread) else { return cannot("is gone") };
        if thread.has_exited() {
            return cannot("has ended");
        }
        if thread.trace().is_stopped() {
            return cannot("is held by its tracer");
        }
        let has_to_stop = matches!(process.stop(), sigpost_engine::ProcessStop::Stopping(..)) && !thread.is_let_run();
        if thread.is_stopped() || has_to_stop {
            return cannot("is stopped");
        }
        if found.is_in_a_call() {
            return cannot("is in a call that has not returned");
        }
        if thread.activity() != sigpost_engine::Activity::Running {
            return cannot("is asleep");
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        for actor in self.actors.values_mut() {
            actor.woken = false;
        }
        let observation = self.act(&step.act, budget)?;
        self.end_without_init(budget)?;
        self.reap_for_init();
        self.system.check_invariants().map_err(broken)?;
        Ok(observation)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        self.what_holds(subject, asked)
    }
}
