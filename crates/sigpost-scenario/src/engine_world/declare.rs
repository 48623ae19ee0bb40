//! The processes and threads that are there before the first step.

use sigpost_engine::{
    Action, Activity, Credentials, Disposition, GroupId, NamespaceKey, Pid, Placement, ProcessKey, SessionId, Signal,
    SignalMask, SignalSet,
};

use super::actors::{Actor, Blocking, Family, Waiting};
use super::credentials::Rights;
use super::{EngineWorld, broken};
use crate::{Budget, Declaration, Name, Place, Privilege, ProcessDeclaration, RunState, ThreadDeclaration, Trouble};

impl EngineWorld {
    /// First everyone is made, then stopped or ended while nobody can notice, and last given dispositions and masks.
    pub(super) fn declare_all(&mut self, declarations: &[Declaration]) -> Result<(), Trouble> {
        let init = self.system.boot().map_err(broken)?;
        self.add(Name::INIT, Name::INIT, init)?;
        for declaration in declarations {
            match declaration {
                Declaration::Process(process) => self.make(process)?,
                Declaration::Thread(thread) => self.make_thread(thread)?,
            }
        }
        let processes = || {
            declarations.iter().filter_map(|declaration| match declaration {
                Declaration::Process(process) => Some(process),
                Declaration::Thread(_) => None,
            })
        };
        // Who ends may orphan a group, which is noticed if a member is stopped by then: ends come first.
        let (ended, others): (Vec<_>, Vec<_>) = processes().partition(|process| process.run_state == RunState::Zombie);
        for process in ended.into_iter().rev().chain(others) {
            self.stop_or_end(process)?;
        }
        // What is declared first is traced last, so that its tracer is told of it first.
        for process in processes().collect::<Vec<_>>().into_iter().rev() {
            self.trace_declared(process)?;
        }
        for process in processes() {
            self.give_dispositions(process)?;
        }
        for process in processes().collect::<Vec<_>>().into_iter().rev() {
            self.put_to_sleep(process)?;
        }
        for declaration in declarations {
            if let Declaration::Thread(thread) = declaration {
                let key = self.actor(thread.name)?.thread;
                self.system.set_mask(key, SignalMask::new(thread.block)).map_err(broken)?;
            }
        }
        Ok(())
    }

    /// Names a process and its main thread.
    pub(super) fn add(&mut self, name: Name, family: Name, process: ProcessKey) -> Result<(), Trouble> {
        let thread = self.system.main_thread(process).ok_or_else(|| broken("a process without a main thread"))?;
        let number = self.system.pid(process).ok_or_else(|| broken("a process without a number"))?.get();
        let is_nested = |namespace: &NamespaceKey| self.outermost().is_some_and(|outermost| outermost != *namespace);
        let namespace = self.system.namespace(process).filter(is_nested);
        let mut actor = Actor::new(name, family, process, thread).numbered(namespace, number);
        if let Some(outer) = self.outermost().and_then(|outermost| self.system.pid_in(outermost, process)) {
            actor.outer_number = outer.get();
        }
        self.actors.insert(name, actor);
        self.families.insert(name, Family::default());
        Ok(())
    }

    /// The namespace of init, once there is one.
    fn outermost(&self) -> Option<NamespaceKey> {
        self.system.namespace(self.actors.get(&Name::INIT)?.process)
    }

    fn make(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        let parent = self.actor(declared.parent.unwrap_or(Name::INIT))?;
        let nested = declared.namespace || parent.namespace.is_some();
        let process = if nested { self.make_nested(declared)? } else { self.make_placed(declared)? };
        self.add(declared.name, declared.name, process)?;
        let is_superuser = self.system.credentials(process).is_some_and(|it| it.effective == 0);
        if let Some(family) = self.families.get_mut(&declared.name) {
            family.rights = Rights::declared(declared.privilege, is_superuser);
            family.system = declared.system;
        }
        self.place_at_terminal(declared, process)
    }

    /// A process of a namespace below init's: forked, for its numbers cannot be chosen.
    fn make_nested(&mut self, declared: &ProcessDeclaration) -> Result<ProcessKey, Trouble> {
        let parent = self.actor(declared.parent.unwrap_or(Name::INIT))?;
        let (thread, inherited) = (parent.thread, self.system.credentials(parent.process).copied());
        let inherited = inherited.ok_or_else(|| broken("a parent without credentials"))?;
        let made =
            if declared.namespace { self.system.fork_namespace(thread) } else { self.system.fork_as(thread, None) };
        let process = made.map_err(broken)?;
        match declared.place {
            Place::Session => self.system.setsid(process).map(|_| ()).map_err(broken)?,
            Place::Group => self.system.setpgid(process, 0, 0).map_err(broken)?,
            Place::GroupOf(leader) => {
                let leader = self.actor(leader)?.number;
                self.system.setpgid(process, 0, leader).map_err(broken)?;
            }
            Place::Inherited | Place::NoGroup => {}
        }
        self.system.set_credentials(process, credentials(declared, &inherited)).map_err(broken)?;
        Ok(process)
    }

    /// A process of init's namespace.
    fn make_placed(&mut self, declared: &ProcessDeclaration) -> Result<ProcessKey, Trouble> {
        let parent = self.actor(declared.parent.unwrap_or(Name::INIT))?.process;
        let number = 2 + i32::try_from(self.actors.len() - 1).unwrap_or(0);
        let session = self.system.session(parent).and_then(|session| self.system.session_id(session));
        let session = if declared.place == Place::Session { SessionId::new(number) } else { session };
        let group = match declared.place {
            Place::Session | Place::Group => GroupId::new(number),
            Place::GroupOf(leader) => GroupId::new(self.actor(leader)?.number),
            Place::Inherited => self.system.group(parent).and_then(|group| self.system.group_id(group)),
            Place::NoGroup => None,
        };
        let inherited = *self.system.credentials(parent).ok_or_else(|| broken("a parent without credentials"))?;
        let placement = Placement {
            number: Pid::new(number),
            group,
            session: session.ok_or_else(|| broken("a process without a session"))?,
            credentials: credentials(declared, &inherited),
        };
        self.system.place(parent, &placement).map_err(broken)
    }

    fn place_at_terminal(&mut self, declared: &ProcessDeclaration, process: ProcessKey) -> Result<(), Trouble> {
        if declared.tty {
            self.system.set_terminal(process, true).map_err(broken)?;
        }
        if let (true, Some(group)) = (declared.foreground, self.system.group(process)) {
            self.system.set_foreground(group).map_err(broken)?;
        }
        if declared.system {
            self.system.set_system_process(process).map_err(broken)?;
        }
        if let Some(limit) = self.limit(declared) {
            self.system.set_queue_limit(process, limit).map_err(broken)?;
        }
        Ok(())
    }

    /// The limit of queued signals: its own, or that of the nearest ancestor that has one.
    fn limit(&mut self, declared: &ProcessDeclaration) -> Option<u32> {
        let parent = declared.parent.and_then(|parent| self.families.get(&parent));
        let limit = declared.sigpending_limit.or_else(|| parent.and_then(|parent| parent.queue_limit));
        if let Some(family) = self.families.get_mut(&declared.name) {
            family.queue_limit = limit;
        }
        limit
    }

    fn make_thread(&mut self, declared: &ThreadDeclaration) -> Result<(), Trouble> {
        let owner = self.actor(declared.process)?;
        let (process, creator, namespace) = (owner.process, owner.thread, owner.namespace);
        let thread = self.system.new_thread(creator).map_err(broken)?;
        let number = self.system.thread_id(thread).ok_or_else(|| broken("a thread without a number"))?.get();
        let actor = Actor::new(declared.name, declared.process, process, thread).numbered(namespace, number);
        self.actors.insert(declared.name, actor);
        Ok(())
    }

    /// Nobody has a handler yet, so nobody notices the CHLD; the news of a stop is taken.
    fn stop_or_end(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        let process = self.actor(declared.name)?.process;
        match declared.run_state {
            RunState::Zombie => self.end_process(declared.name, 0)?,
            RunState::Stopped => {
                self.system.psignal(process, Signal::STOP, &mut ()).map_err(broken)?;
                self.settle(&mut Budget::default())?;
                if let Some(parent) = self.system.parent(process) {
                    self.system.wait(parent, Some(process)).map_err(broken)?;
                }
            }
            _ => {}
        }
        self.settle(&mut Budget::default())
    }

    fn give_dispositions(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        if declared.run_state == RunState::Zombie {
            return Ok(());
        }
        let actor = self.actor(declared.name)?;
        let (process, thread) = (actor.process, actor.thread);
        for signal in (declared.ignore - SignalSet::UNCATCHABLE).iter() {
            self.system.sigaction(process, signal, Disposition::Ignore).map_err(broken)?;
        }
        for signal in (declared.catch - SignalSet::UNCATCHABLE).iter() {
            self.system.sigaction(process, signal, Disposition::Catch(Action::default())).map_err(broken)?;
        }
        self.system.set_mask(thread, SignalMask::new(declared.block)).map_err(broken)
    }

    fn put_to_sleep(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        let thread = self.actor(declared.name)?.thread;
        let activity = match declared.run_state {
            RunState::Sleeping => {
                self.actor_mut(declared.name)?.calls.push(Waiting::new(Blocking::Pause, 0));
                Activity::Interruptible
            }
            RunState::Killable => Activity::Killable,
            RunState::Uninterruptible => Activity::Uninterruptible,
            RunState::Ready | RunState::Stopped | RunState::Zombie => Activity::Running,
        };
        if activity != Activity::Running {
            self.system.set_activity(thread, activity).map_err(broken)?;
        }
        self.settle(&mut Budget::default())
    }

    /// Who is stopped is held from now on. The tracer has no handler yet, so it does not notice.
    fn trace_declared(&mut self, declared: &ProcessDeclaration) -> Result<(), Trouble> {
        let Some(tracer) = declared.traced_by else { return Ok(()) };
        let (tracer, thread) = (self.actor(tracer)?.process, self.actor(declared.name)?.thread);
        self.system.seize(tracer, thread).map_err(broken)?;
        self.settle(&mut Budget::default())
    }
}

/// Three user IDs from the declaration or the parent; the right to signal anyone from the effective one, unless it
/// is said.
fn credentials(declared: &ProcessDeclaration, parent: &Credentials) -> Credentials {
    let ids = declared.user.map_or_else(
        || Credentials::ids(parent.real, parent.effective, parent.saved),
        |ids| Credentials::ids(ids.real, ids.effective, ids.saved),
    );
    match declared.privilege {
        Privilege::ByUser => ids,
        Privilege::Privileged => Credentials { privileged: true, ..ids },
        Privilege::Unprivileged => ids.unprivileged(),
    }
}
