//! fork, threads, exec, exit.

use sigpost_engine::{Delivery, ExitStatus, ForkError, Pid, ProcessKey, Signal, SignalMask, SignalSet, ThreadKey};

use super::actors::{Actor, Blocking, Family};
use super::{EngineWorld, Order, broken};
use crate::{Budget, Call, Name, Outcome, Trouble, World};

impl EngineWorld {
    pub(super) fn life(&mut self, name: Name, call: &Call, budget: &mut Budget) -> Result<Option<Outcome>, Trouble> {
        match *call {
            Call::Fork(child, id) => {
                self.look_before_fork(name, budget)?;
                self.fork(name, child, id)
            }
            Call::Vfork(child) => self.vfork(name, child, budget),
            Call::Clone(child) => {
                self.look_before_fork(name, budget)?;
                self.clone_sharing(name, child)
            }
            Call::Thread(thread) => self.new_thread(name, thread).map(|()| None),
            Call::Exec => self.exec(name).map(|()| None),
            Call::Exit(status) => self.end_process(name, status).map(|()| None),
            _ => self.thread_exit(name).map(|()| None),
        }
    }

    /// Who forks takes first what it does not block, also what is another thread's to take. Source: Linux `copy_process`.
    fn look_before_fork(&mut self, name: Name, budget: &mut Budget) -> Result<(), Trouble> {
        // It looks whether or not it was told to.
        let thread = self.actor(name)?.thread;
        self.system.look_unasked(thread).map_err(broken)?;
        self.advance(name, budget)?;
        self.settle(budget)
    }

    fn fork(&mut self, name: Name, child: Name, id: Option<Name>) -> Result<Option<Outcome>, Trouble> {
        let caller = self.actor(name)?.thread;
        let number = match id {
            Some(id) => Pid::new(self.number_seen(name, id)?),
            None => None,
        };
        let made = self.system.fork_as(caller, number);
        self.adopt(name, child, made)
    }

    /// A child that shares its parent's dispositions.
    fn clone_sharing(&mut self, name: Name, child: Name) -> Result<Option<Outcome>, Trouble> {
        let caller = self.actor(name)?.thread;
        let made = self.system.fork_sharing(caller, None);
        self.adopt(name, child, made)
    }

    /// Names a child that was made, or tells why it was not.
    fn adopt(
        &mut self,
        name: Name,
        child: Name,
        made: Result<ProcessKey, ForkError>,
    ) -> Result<Option<Outcome>, Trouble> {
        let process = match made {
            Ok(process) => process,
            Err(error) => return Ok(Some(Outcome::Error(ForkError::errno(error)))),
        };
        let family = self.actor(name)?.family;
        self.add(child, child, process)?;
        self.families.insert(child, Family { rights: self.rights_of(family), ..Family::default() });
        self.copy_frames(name, child)?;
        Ok(Some(Outcome::Zero))
    }

    /// A child forked inside a handler is inside it, too.
    fn copy_frames(&mut self, parent: Name, child: Name) -> Result<(), Trouble> {
        let frames = self.actor(parent)?.frames.clone();
        self.actor_mut(child)?.frames = frames;
        Ok(())
    }

    fn vfork(&mut self, name: Name, child: Name, budget: &mut Budget) -> Result<Option<Outcome>, Trouble> {
        self.look_before_fork(name, budget)?;
        let result = self.fork(name, child, None)?;
        if result == Some(Outcome::Zero) {
            let process = self.actor(child)?.process;
            self.system.set_vfork_child(process, true).map_err(broken)?;
            self.block(name, Blocking::Vfork(child), budget)?;
        }
        Ok(result)
    }

    /// Lets those go on whose child of vfork has ended or executed a program. Whether there were any.
    pub(super) fn end_vforks(&mut self, budget: &mut Budget) -> Result<bool, Trouble> {
        let free = |actor: &&Actor| match actor.calls.last().map(|waiting| waiting.what) {
            Some(Blocking::Vfork(child)) => !actor.gone && self.has_left_its_parent(child),
            _ => false,
        };
        let Some(name) = self.actors.values().find(free).map(|actor| actor.name) else { return Ok(false) };
        self.finish(name, Outcome::Zero)?;
        let actor = self.actor_mut(name)?;
        actor.returned = None;
        // It looks only if it was told to.
        let thread = actor.thread;
        if self.system.thread(thread).is_some_and(sigpost_engine::ThreadSignals::is_kicked) {
            self.advance(name, budget)?;
        }
        Ok(true)
    }

    /// The main thread of a process is about to end: who waits for that in vfork may go on before its parent is told.
    /// Source: Linux `exit_mm`, which comes before `exit_notify`.
    pub(super) fn leave_parent(&mut self, name: Name) -> Result<(), Trouble> {
        self.let_a_tracee_run(name)?;
        let family = self.actor(name)?.family;
        if !self.is_so_by_chance() || family != name {
            return Ok(());
        }
        if let Some(family) = self.families.get_mut(&family) {
            family.has_left_parent = true;
        }
        while self.end_vforks(&mut Budget::default())? {}
        Ok(())
    }

    /// Whom the tracer's end lets go may be on a processor already when the rest of that end comes.
    fn let_a_tracee_run(&mut self, name: Name) -> Result<(), Trouble> {
        let process = self.actor(name)?.process;
        let is_held = |actor: &&Actor| !actor.gone && self.system.tracer(actor.thread) == Some(process);
        let held: Vec<ThreadKey> = self.actors.values().filter(is_held).map(|actor| actor.thread).collect();
        if !held.is_empty() && self.is_so_by_chance() {
            let chosen = if let Order::Chosen(chosen) = &mut self.order { chosen.random.pick(&held) } else { None };
            self.system.set_current(chosen);
        }
        Ok(())
    }

    fn has_left_its_parent(&self, child: Name) -> bool {
        let Some(actor) = self.actors.get(&child) else { return true };
        let ended = self.system.process(actor.process).is_none_or(|process| process.life().is_zombie());
        // Its main thread is the one that the parent waits for.
        let has_left = |family: &Family| family.has_executed || family.has_left_parent;
        ended || actor.gone || self.families.get(&child).is_some_and(has_left)
    }

    fn new_thread(&mut self, name: Name, thread: Name) -> Result<(), Trouble> {
        let actor = self.actor(name)?;
        let (family, process, creator) = (actor.family, actor.process, actor.thread);
        // The C library blocks everything while it makes a thread; then the creator looks for signals.
        let mask = self.system.thread(creator).map(sigpost_engine::ThreadSignals::mask).unwrap_or_default();
        self.system.set_mask(creator, SignalMask::new(SignalSet::ALL)).map_err(broken)?;
        self.system.set_mask(creator, mask).map_err(broken)?;
        let key = self.system.new_thread(creator).map_err(broken)?;
        let number = self.system.thread_id(key).ok_or_else(|| broken("a thread without a number"))?.get();
        let namespace = self.actor(family)?.namespace;
        self.actors.insert(thread, Actor::new(thread, family, process, key).numbered(namespace, number));
        Ok(())
    }

    /// Only the caller is left, as the main thread; its handlers are gone with the old program.
    fn exec(&mut self, name: Name) -> Result<(), Trouble> {
        let caller = self.actor(name)?;
        let (family, process, thread) = (caller.family, caller.process, caller.thread);
        self.system.exec(thread).map_err(broken)?;
        for actor in self.actors.values_mut().filter(|actor| actor.family == family) {
            actor.gone = !actor.is_main();
            actor.frames.clear();
            actor.calls.clear();
        }
        let thread = self.main_thread_of(process)?;
        let main = self.actor_mut(family)?;
        (main.thread, main.gone) = (thread, false);
        let Some(mut it) = self.system.credentials(process).copied() else { return Ok(()) };
        if let Some(family) = self.families.get_mut(&family) {
            family.has_executed = true;
            family.rights.exec(&mut it);
        }
        self.system.set_credentials(process, it).map_err(broken)
    }

    fn main_thread_of(&self, process: ProcessKey) -> Result<ThreadKey, Trouble> {
        self.system.main_thread(process).ok_or_else(|| broken("a process without a main thread"))
    }

    /// A process ends by itself.
    pub(super) fn end_process(&mut self, name: Name, status: u8) -> Result<(), Trouble> {
        let actor = self.actor(name)?;
        let (process, family) = (actor.process, actor.family);
        if self.is_so_by_chance() {
            // The other threads end when they come to it.
            self.system.begin_exit(process, status.into()).map_err(broken)?;
            return self.follow(name, &Delivery::End(ExitStatus::Exited(status.into()))).map(drop);
        }
        self.system.exit(process, status.into()).map_err(broken)?;
        self.remember_end(family, ExitStatus::Exited(status.into()));
        Ok(())
    }

    fn thread_exit(&mut self, name: Name) -> Result<(), Trouble> {
        let actor = self.actor_mut(name)?;
        let (process, family, thread) = (actor.process, actor.family, actor.thread);
        actor.gone = true;
        self.leave_parent(name)?;
        self.system.exit_thread(thread).map_err(broken)?;
        if self.system.process(process).is_none_or(|process| process.life().is_zombie()) {
            self.remember_end(family, ExitStatus::Exited(0));
        }
        Ok(())
    }

    fn remember_end(&mut self, family: Name, status: ExitStatus) {
        for actor in self.actors.values_mut().filter(|actor| actor.family == family) {
            actor.gone = true;
        }
        if let Some(family) = self.families.get_mut(&family) {
            family.ended.get_or_insert(status);
        }
    }

    /// Once process 1 has ended, everybody ends. Source: Linux `zap_pid_ns_processes`.
    pub(super) fn end_without_init(&mut self, budget: &mut Budget) -> Result<(), Trouble> {
        let init = self.actor(Name::INIT)?.process;
        if self.system.process(init).is_some_and(|process| process.life().is_alive()) {
            return Ok(());
        }
        let others: Vec<ProcessKey> = self.system.processes().filter(|process| *process != init).collect();
        for process in others {
            // Who has ended already is not there any more, or a zombie that takes no notice.
            let _ = self.system.psignal(process, Signal::KILL, &mut ());
        }
        self.settle(budget)
    }

    /// init waits for its children at the end of each step.
    pub(super) fn reap_for_init(&mut self) {
        let Some(init) = self.actors.get(&Name::INIT).map(|init| init.process) else { return };
        // It waits itself, as anyone does: stopped, held or in another call it cannot.
        if self.can_act(Name::INIT).is_err() {
            return;
        }
        let children: Vec<ProcessKey> =
            self.system.processes().filter(|process| self.system.parent(*process) == Some(init)).collect();
        for child in children {
            if self.system.process(child).is_some_and(|process| process.life().is_zombie()) {
                // It is a zombie, and it is there.
                let _ = self.system.reap(child);
            }
        }
    }
}
