//! Setting up: the processes and threads that are there before the first step.
//!
//! First everyone is made, while everyone is process 1's user and nobody has a handler. Then, children before their
//! parents, each gets what its declaration says and stops, or ends: its parent, which still notices nothing, takes
//! the news. Tracers come next, and those who sleep last.

use alloc::collections::BTreeMap;

use sigpost_scenario::{
    Action, Call, Declaration, Name, Place, Privilege, ProcessDeclaration, RunState, Scenario, ThreadDeclaration,
    Trouble, UserIds,
};
use sigpost_sys::scenario_namespace::Users;

use super::call::handling;
use super::{LinuxWorld, broken};
use crate::command::{Command, Operation};
use crate::proc_view::{ThreadFiles, thread_outside};
use crate::settle;

const ROOT: UserIds = UserIds { real: 0, effective: 0, saved: 0 };

impl LinuxWorld {
    pub(super) fn declare(&mut self, scenario: &Scenario) -> Result<(), Trouble> {
        refuse_what_is_not_made(scenario)?;
        let users = users_of(scenario);
        if self.is_alone() {
            self.start_alone(scenario)?;
        } else {
            let namespace_users = self.namespace_users(scenario, &users)?;
            self.start(namespace_users)?;
        }
        let processes: Vec<&ProcessDeclaration> = processes(scenario).collect();
        for process in &processes {
            self.make_declared(process)?;
        }
        for thread in threads_of(scenario, Name::INIT) {
            self.make_declared_thread(0, thread)?;
        }
        // Who ends may orphan a group, which is noticed if a member is stopped by then: ends come first.
        let (ended, others): (Vec<_>, Vec<_>) =
            processes.iter().rev().partition(|process| process.run_state == RunState::Zombie);
        for process in ended.into_iter().chain(others) {
            self.set_up(process, &users, scenario)?;
        }
        for process in &processes {
            let slot = self.slot_of(process.name)?;
            match process.run_state {
                RunState::Sleeping => self.give_declared(slot, Command::new(Operation::Pause)),
                RunState::Killable => self.put_to_sleep(slot)?,
                _ => {}
            }
        }
        self.come_to_rest()
    }

    /// Which users the namespace has to have: all, or as an ordinary user one.
    fn namespace_users(&mut self, scenario: &Scenario, users: &BTreeMap<Name, UserIds>) -> Result<Users, Trouble> {
        if rustix::process::geteuid().is_root() {
            return Ok(Users::All);
        }
        self.one_user = true;
        one_user(scenario, users).map(Users::Own)
    }

    fn make_declared(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        let parent = self.slot_of(declared.parent.unwrap_or(Name::INIT))?;
        let child = self.threads.len();
        let kind = if declared.namespace { 2 } else { 0 };
        let made = self.must(parent, Command::with(Operation::Fork, [self.free_slot()?, 0, kind, 0]))?;
        // In a namespace of its own it does not know which number it has for its parent.
        let number = i32::try_from(made.value).ok().filter(|_| declared.namespace);
        self.add_child(declared.name, parent, child, number)?;
        match declared.place {
            Place::Session => self.must(child, Command::new(Operation::Setsid)).map(drop)?,
            Place::Group => self.must(child, Command::new(Operation::Setpgid)).map(drop)?,
            Place::GroupOf(leader) => {
                let leader = self.number_seen(child, self.slot_of(leader)?);
                self.must(child, Command::with(Operation::Setpgid, [0, leader, 0, 0]))?;
            }
            Place::Inherited | Place::NoGroup => {}
        }
        self.come_to_rest()?;
        if declared.tty {
            self.make_terminal(child)?;
        }
        if declared.foreground {
            self.put_in_front(child)?;
        }
        Ok(())
    }

    fn set_up(
        &mut self,
        declared: &ProcessDeclaration,
        users: &BTreeMap<Name, UserIds>,
        scenario: &Scenario,
    ) -> Result<(), Trouble> {
        let slot = self.slot_of(declared.name)?;
        let parent = self.slot_of(declared.parent.unwrap_or(Name::INIT))?;
        self.set_dispositions(slot, declared)?;
        self.set_user(slot, declared, users)?;
        self.set_limit(slot, limit_of(declared.name, scenario))?;
        for thread in threads_of(scenario, declared.name) {
            self.make_declared_thread(slot, thread)?;
        }
        let block = declared.block.bits();
        if block != 0 {
            self.must(slot, Command { set: block, ..Command::with(Operation::Sigprocmask, [2, 0, 0, 0]) })?;
        }
        let number = self.number_seen(parent, slot);
        match declared.run_state {
            RunState::Stopped => {
                self.give_declared(slot, Command::with(Operation::Raise, [sigstop(), 0, 0, 0]));
                self.must(parent, Command::with(Operation::TakeStop, [number, 0, 0, 0]))?;
                self.processes[self.threads[slot].process].eyes.note_stop(sigstop());
                self.come_to_rest()?;
                self.processes[self.threads[slot].process].stop = Some(sigpost_engine::Signal::STOP);
            }
            RunState::Zombie => {
                self.give_declared(slot, Command::new(Operation::Exit));
                self.must(parent, Command::with(Operation::AwaitEnd, [number, 0, 0, 0]))?;
            }
            _ => {}
        }
        let Some(tracer) = declared.traced_by else { return Ok(()) };
        let tracer = self.slot_of(tracer)?;
        let number = self.number_seen(tracer, slot);
        self.must(tracer, Command::with(Operation::Trace, [0, number, 0, 0])).map(drop)
    }

    /// An order of which no answer is awaited, because it stops, ends or blocks.
    fn give_declared(&mut self, slot: usize, command: Command) {
        let mask = 0;
        let order = self.tell(slot, command);
        let call = super::actors::InCall { order, operation: command.operation, holds: 0, blocked: false, mask };
        self.threads[slot].calls.push(call);
    }

    /// Has a process wait as the parent of a vfork does, for a thread of its own: a child would be seen in its group, by
    /// who broadcasts, and by who inherits it.
    fn put_to_sleep(&mut self, slot: usize) -> Result<(), Trouble> {
        self.give_declared(slot, Command::with(Operation::Fork, [0, 0, 4, 0]));
        let order = self.threads[slot].calls.last().map_or(0, |call| call.order);
        let place = self.memory.slot(slot);
        let keeper = settle::until("a puppet to sleep", || match place.answer(order) {
            Some(answer) => {
                let error = std::io::Error::from_raw_os_error(answer.errno);
                Err(Trouble::Unsupported(format!("`killable` on this kernel: {error}")))
            }
            None => Ok(place.keeper()),
        })?;
        if !self.by_reports() {
            let process = self.threads[slot].numbers[0];
            let number =
                if self.is_alone() { Some(keeper) } else { thread_outside(process, keeper).map_err(broken)? };
            let number = number.ok_or_else(|| broken("a thread that is not in /proc"))?;
            self.keepers.push(ThreadFiles::open(process, number).map_err(broken)?);
        }
        Ok(())
    }

    fn set_dispositions(&self, slot: usize, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        for (signals, action) in [(declared.ignore, Action::Ignore), (declared.catch, Action::Catch)] {
            // `{all}` leaves out what cannot be caught.
            for signal in signals.iter().filter(|signal| signal.is_catchable()) {
                let numbers = [signal.number().into(), handling(action), 0, 0];
                self.must(slot, Command::with(Operation::Sigaction, numbers))?;
            }
        }
        Ok(())
    }

    /// A limit counts what is queued for anybody of the process's user, also outside of the scenario, unless the user has a
    /// namespace of its own.
    fn set_limit(&self, slot: usize, limit: Option<u32>) -> Result<(), Trouble> {
        let Some(limit) = limit else { return Ok(()) };
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        match self.must(slot, Command::with(Operation::Limit, [limit, 0, 0, 0]))?.value {
            0 => Ok(()),
            others => Err(Trouble::Skipped(format!(
                "`sigpending_limit` counts what is queued for anybody of a user, and outside of the scenario {others} are"
            ))),
        }
    }

    fn set_user(
        &self,
        slot: usize,
        declared: &ProcessDeclaration,
        users: &BTreeMap<Name, UserIds>,
    ) -> Result<(), Trouble> {
        let user = users.get(&declared.name).copied().unwrap_or(ROOT);
        let privilege = match declared.privilege {
            Privilege::ByUser => 0,
            Privilege::Privileged => 1,
            Privilege::Unprivileged => 2,
        };
        if user == ROOT && privilege == 0 {
            return Ok(());
        }
        let [real, effective, saved] = [user.real, user.effective, user.saved].map(u32::cast_signed);
        self.must(slot, Command::with(Operation::Become, [real, effective, saved, privilege])).map(drop)
    }

    fn make_declared_thread(&mut self, creator: usize, declared: &ThreadDeclaration) -> Result<(), Trouble> {
        let slot = self.threads.len();
        let command = Command::with(Operation::Thread, [self.free_slot()?, 1, 0, 0]);
        self.must(creator, Command { set: declared.block.bits(), ..command })?;
        let (_, thread) = self.await_begin(slot)?;
        self.add_thread_seen_as(declared.name, self.threads[creator].process, slot, thread)
    }
}

fn sigstop() -> i32 {
    sigpost_engine::Signal::STOP.number().into()
}

fn processes(scenario: &Scenario) -> impl Iterator<Item = &ProcessDeclaration> {
    scenario.declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Process(process) => Some(process),
        Declaration::Thread(_) => None,
    })
}

fn threads_of(scenario: &Scenario, process: Name) -> impl Iterator<Item = &ThreadDeclaration> {
    scenario.declarations.iter().filter_map(move |declaration| match declaration {
        Declaration::Thread(thread) if thread.process == process => Some(thread),
        _ => None,
    })
}

/// The user IDs of each process: its own, or its parent's.
fn users_of(scenario: &Scenario) -> BTreeMap<Name, UserIds> {
    let mut users = BTreeMap::from([(Name::INIT, ROOT)]);
    for process in processes(scenario) {
        let inherited = users.get(&process.parent.unwrap_or(Name::INIT)).copied().unwrap_or(ROOT);
        users.insert(process.name, process.user.unwrap_or(inherited));
    }
    users
}

/// The limit of queued signals of a process: its own, or its nearest ancestor's that has one.
fn limit_of(name: Name, scenario: &Scenario) -> Option<u32> {
    let declared = processes(scenario).find(|process| process.name == name)?;
    declared.sigpending_limit.or_else(|| limit_of(declared.parent?, scenario))
}

fn refuse_what_is_not_made(scenario: &Scenario) -> Result<(), Trouble> {
    let skipped = |reason: &str| Err(Trouble::Skipped(reason.to_owned()));
    for process in processes(scenario) {
        if process.system || process.run_state == RunState::Uninterruptible || process.place == Place::NoGroup {
            return skipped("engine only: `system`, `nogroup`, `uninterruptible`");
        }
    }
    Ok(())
}

/// The one user ID of all processes, for an ordinary user, who has but one.
fn one_user(scenario: &Scenario, users: &BTreeMap<Name, UserIds>) -> Result<u32, Trouble> {
    let skipped = |reason: &str| Err(Trouble::Skipped(reason.to_owned()));
    let changes = |call: &Call| matches!(call, Call::Setuid(_) | Call::Setresuid(..));
    let any_change = scenario.steps().any(|step| match &step.act {
        sigpost_scenario::Act::Call(_, call) => changes(call),
        sigpost_scenario::Act::Kernel(_) => false,
    });
    let mut all = users.iter().filter(|(name, _)| **name != Name::INIT).map(|(_, user)| user);
    let first = all.next().copied().unwrap_or(ROOT);
    let one = first.real == first.effective && first.real == first.saved && all.all(|user| *user == first);
    if any_change || !one {
        return skipped("needs a second user: run as the superuser");
    }
    if first != ROOT && reaches_init(scenario) {
        return skipped("needs process 1 to be another user: run as the superuser");
    }
    Ok(first.real)
}

/// Whether somebody may aim at process 1, by name, by number, or as a member of its group.
fn reaches_init(scenario: &Scenario) -> bool {
    let in_its_group = processes(scenario).any(|process| process.place == Place::Inherited && process.parent.is_none());
    in_its_group
        || scenario
            .steps()
            .any(|step| step.mentions().any(|name| name == Name::INIT) || step.act.to_string().contains("(1,"))
}
