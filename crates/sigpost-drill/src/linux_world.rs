//! A world of real processes on the kernel under our feet.

mod actors;
mod alone;
mod beside;
mod call;
mod declare;
mod look;
mod observe;
mod receipts;
mod recorded;
mod step;
mod terminal;
mod users;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;
use std::io;

use sigpost_scenario::{Budget, Condition, Name, Observation, Reference, Scenario, Step, Trouble, World};
use sigpost_sys::pty::Keyboard;
use sigpost_sys::scenario_namespace::{ScenarioNamespace, Users};

pub use alone::be_alone;

use crate::command::{Answer, Command};
use crate::memory::Memory;
use crate::proc_view::ThreadFiles;
use crate::records::Records;
use crate::{puppet, settle};
use actors::{Process, Snapshot, Thread};

/// Real processes in namespaces of their own, for one scenario. Dropped, they all end.
pub struct LinuxWorld {
    memory: Arc<Memory>,
    place: Place,
    /// Each at the index of its place in the shared memory.
    threads: Vec<Thread>,
    /// The threads that keep others asleep. Nobody in the scenario sees them; their processes end with them.
    keepers: Vec<ThreadFiles>,
    processes: Vec<Process>,
    /// How the world looked when it last came to rest.
    now: Snapshot,
    /// How much of the log was told of whom.
    told: BTreeMap<Reference, usize>,
    /// The terminals, each with the session that it is of, as the runner sees it.
    terminals: Vec<(i32, Keyboard)>,
    /// With which arguments this program becomes a puppet; none: it cannot.
    arguments: Vec<String>,
    /// Only one user ID exists in the namespace.
    one_user: bool,
    /// The kernel's records of signals, where they can be had.
    records: Option<Records>,
    /// When the last step began, or the setting up, in nanoseconds of the records' clock.
    begun: u64,
    /// What was recorded of this scenario's processes during the last step.
    recorded: recorded::Window,
    /// What the step that is being made sends.
    sent: Option<receipts::Sent>,
}

/// Where the processes are.
#[derive(Debug)]
enum Place {
    /// In namespaces of their own, once the scenario has begun.
    Namespace(Option<ScenarioNamespace>),
    /// In the machine itself, where the runner is process 1 and plays `init`.
    Alone(alone::Alone),
}

impl fmt::Debug for LinuxWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinuxWorld").field("processes", &self.processes).finish_non_exhaustive()
    }
}

fn broken(error: impl fmt::Display) -> Trouble {
    Trouble::Broken(error.to_string())
}

impl LinuxWorld {
    /// A world without processes; they are made when a scenario begins.
    ///
    /// # Errors
    /// ENOMEM: no room for the memory that is shared with the puppets.
    pub fn new() -> io::Result<Self> {
        Ok(Self::in_place(Place::Namespace(None), Arc::new(Memory::new()?)))
    }

    fn in_place(place: Place, memory: Arc<Memory>) -> Self {
        Self {
            memory,
            place,
            threads: Vec::new(),
            keepers: Vec::new(),
            processes: Vec::new(),
            now: Snapshot::default(),
            told: BTreeMap::new(),
            terminals: Vec::new(),
            arguments: Vec::new(),
            one_user: false,
            records: None,
            begun: 0,
            recorded: recorded::Window::default(),
            sent: None,
        }
    }

    /// A world whose processes can `exec`: this very program, with these arguments and what a puppet adds. The program
    /// passes what it is given after them to [`executed`](crate::executed).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn executing(arguments: &[&str]) -> io::Result<Self> {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let mut world = Self::new()?;
        world.arguments = arguments;
        Ok(world)
    }

    /// The same, with the kernel's records as a witness of every receipt; a signal that leaves the scenario is an error.
    #[must_use]
    pub fn witnessed_by(mut self, records: &Records) -> Self {
        self.records = Some(records.clone());
        self
    }

    /// Whether its processes can `exec`.
    pub const fn can_execute(&self) -> bool {
        !self.arguments.is_empty()
    }

    /// Makes the namespaces and process 1 in them.
    fn start(&mut self, users: Users) -> Result<(), Trouble> {
        self.begun = recorded::now();
        let memory = Arc::clone(&self.memory);
        let arguments = self.arguments.clone();
        let started = ScenarioNamespace::start(self.memory.start(), users, move |inside, lifeline| {
            puppet::process_one(memory, inside, lifeline, arguments)
        });
        let namespace = match started {
            Ok(namespace) => namespace,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(Trouble::Skipped(error.to_string()));
            }
            Err(error) => return Err(broken(error)),
        };
        let init = namespace.init();
        self.place = Place::Namespace(Some(namespace));
        self.await_begin(0)?;
        self.add_process(Name::INIT, 0, 0, init)
    }

    /// Waits until the thread in this place has begun: its process and thread ID as it sees them.
    fn await_begin(&self, slot: usize) -> Result<(i32, i32), Trouble> {
        settle::until("a puppet to begin", || Ok(self.memory.slot(slot).ids()))
    }

    /// Has a thread carry out something that does not block, and waits for the answer.
    fn ask(&self, slot: usize, command: Command) -> Result<Answer, Trouble> {
        let place = self.memory.slot(slot);
        let order = self.tell(slot, command);
        let who = self.threads.get(slot).map_or_else(String::new, |thread| thread.name.to_string());
        settle::answer(place, order, &format!("{who} to do {:?}", command.operation))
    }

    /// Gives a thread an order: its number.
    fn tell(&self, slot: usize, command: Command) -> u32 {
        let order = self.memory.slot(slot).tell(command);
        if slot == 0 && self.is_alone() {
            puppet::act_as_init();
        }
        order
    }

    const fn is_alone(&self) -> bool {
        matches!(self.place, Place::Alone(_))
    }

    /// As [`ask`](Self::ask), where a refusal means that the world cannot be set up.
    fn must(&self, slot: usize, command: Command) -> Result<Answer, Trouble> {
        let answer = self.ask(slot, command)?;
        if answer.errno == 0 {
            return Ok(answer);
        }
        if answer.errno == rustix::io::Errno::NOSYS.raw_os_error() {
            return Err(Trouble::Unsupported(format!("{:?} on this kernel", command.operation)));
        }
        let error = io::Error::from_raw_os_error(answer.errno);
        Err(Trouble::Broken(format!("a puppet could not be set up: {:?}: {error}", command.operation)))
    }
}

impl Drop for LinuxWorld {
    fn drop(&mut self) {
        match &mut self.place {
            Place::Namespace(namespace) => {
                if let Some(namespace) = namespace.take() {
                    // There is nobody to tell; what could not be waited for was killed all the same.
                    let _ = namespace.end(self.memory.start());
                }
            }
            Place::Alone(_) => self.clear_away(),
        }
    }
}

impl World for LinuxWorld {
    fn begin(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        self.declare(scenario)
    }

    fn can_act(&mut self, actor: Name) -> Result<(), Trouble> {
        let slot = self.slot_of(actor)?;
        match self.why_not(slot) {
            None => Ok(()),
            Some(why) => Err(Trouble::CannotAct(format!("{actor} {why}"))),
        }
    }

    fn step(&mut self, step: &Step, budget: &mut Budget) -> Result<Observation, Trouble> {
        budget.spend()?;
        self.make_step(step)
    }

    fn observe(&mut self, subject: Reference, asked: &Condition) -> Result<Option<Condition>, Trouble> {
        self.what_holds(subject, asked)
    }
}
