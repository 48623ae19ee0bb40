//! `check_invariants`: what is true of every system at every moment.

use crate::personality::QueueLimit;
use crate::queue::{Account, NIL};
use crate::run_state::{Activity, Life, ProcessStop};
use crate::storage::{Slots, Storage};
use crate::system::Owner;
use crate::{Signal, SignalSet, System};

/// The first thing found that is not as it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What should be true, in a sentence.
    pub rule: &'static str,
    /// The slot of the process, group or session where it is not.
    pub slot: u32,
}

impl core::fmt::Display for Violation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "not so at slot {}: {}", self.slot, self.rule)
    }
}

impl core::error::Error for Violation {}

const fn demand(holds: bool, rule: &'static str, slot: u32) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { rule, slot }) }
}

impl<S: Storage> System<S> {
    /// Checks everything that must be true of the whole system, in time proportional to its size. For tests, fuzzers
    /// and debug builds of hosts: nothing in the engine depends on it.
    ///
    /// ```
    /// # use sigpost_engine::{personality, Signal, System, Tables};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let job = system.fork(init)?;
    /// system.psignal(job, Signal::STOP, &mut ())?;
    /// system.check_invariants()?; // after every step, while its tests run
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The first [`Violation`] found: a bug in the engine.
    pub fn check_invariants(&self) -> Result<(), Violation> {
        let mut queued = 0;
        for process in self.processes.indexes() {
            queued += self.check_process(process)?;
            self.check_tree(process)?;
            self.check_relations(process)?;
        }
        for group in self.groups.indexes() {
            self.check_group(group)?;
        }
        self.check_order()?;
        self.check_namespaces()?;
        self.check_tracees()?;
        self.check_accounts()?;
        let charged: u32 = self.charges.slots().iter().map(|account| account.charged).sum();
        demand(charged == queued, "every queued entry is charged to one account", NIL)
    }

    fn check_accounts(&self) -> Result<(), Violation> {
        let (owners, charges) = (self.owners.slots(), self.charges.slots());
        for process in self.processes.indexes() {
            let account = self.processes.at(process).signals.charge.account as usize;
            let is_there = owners.get(account).is_some_and(|owner| owner.processes > 0);
            demand(is_there, "a process charges to an account that knows of it", process)?;
        }
        let payers: u32 = owners.iter().map(|owner| owner.processes).sum();
        demand(payers == self.processes.count(), "the accounts count the processes that charge to them", NIL)?;
        if self.rules.queue_limit != QueueLimit::PerUser {
            return Ok(());
        }
        let in_use = |(owner, account): &(&Owner, &Account)| owner.processes > 0 || account.charged > 0;
        for (slot, (owner, _)) in (0..).zip(owners.iter().zip(charges).filter(in_use)) {
            let accounts = owners.iter().zip(charges).filter(in_use).filter(|(other, _)| other.user == owner.user);
            demand(accounts.count() == 1, "a user has one account", slot)?;
        }
        Ok(())
    }

    fn check_order(&self) -> Result<(), Violation> {
        let (mut older, mut listed) = (NIL, 0);
        for index in self.oldest_first().take(self.processes.count() as usize + 1) {
            let is_so = self.processes.is_used(index) && self.processes.at(index).older == older;
            demand(is_so, "who comes after a process in the order of age knows it as the older one", index)?;
            (older, listed) = (index, listed + 1);
        }
        demand(listed == self.processes.count(), "every process is in the order of age once", NIL)
    }

    fn check_namespaces(&self) -> Result<(), Violation> {
        for index in self.namespaces.indexes() {
            let users =
                self.processes.indexes().filter(|&process| self.processes.at(process).namespace == index).count();
            let inner = self.namespaces.indexes().filter(|&inner| self.namespaces.at(inner).outer == index).count();
            let counted = self.namespaces.at(index).users as usize;
            demand(users + inner == counted, "a namespace counts those who live in it", index)?;
        }
        Ok(())
    }

    fn check_tracees(&self) -> Result<(), Violation> {
        let counted: u32 = self.processes.indexes().map(|process| self.processes.at(process).tracees).sum();
        let mut traced = 0;
        for thread in self.threads.indexes() {
            let owner = self.threads.at(thread).tracer;
            if owner != NIL {
                traced += 1;
                let has_tracees = self.processes.is_used(owner) && self.processes.at(owner).tracees > 0;
                demand(has_tracees, "a tracer is in the table, and counts its tracees", owner)?;
            }
        }
        demand(traced == counted, "the counts of tracees are the number of traced threads", NIL)
    }

    /// Those who share dispositions have the same.
    fn check_relations(&self, index: u32) -> Result<(), Violation> {
        let entry = self.processes.at(index);
        if entry.shares_with == NIL {
            return Ok(());
        }
        demand(self.processes.is_used(entry.shares_with), "who shares dispositions is in the table", index)?;
        let other = self.processes.at(entry.shares_with);
        let same = other.actions == entry.actions && other.signals.dispositions == entry.signals.dispositions;
        demand(same && entry.shares_with != index, "who shares dispositions has the same", index)
    }

    /// How many entries are queued for the process and its threads.
    fn check_process(&self, index: u32) -> Result<u32, Violation> {
        let entry = self.processes.at(index);
        let signals = &entry.signals;
        let mut pending = signals.pending.set();
        let mut queued = self.count_entries(&signals.pending);
        let (mut living, mut stopped) = (0, 0);
        let mut at = entry.main;
        while at != NIL {
            let thread = &self.threads.at(at).signals;
            demand(self.threads.at(at).process == index, "a thread is linked to its own process", index)?;
            demand(!thread.mask.set().intersects(SignalSet::UNCATCHABLE), "KILL and STOP are in no mask", index)?;
            pending = pending | thread.pending.set();
            queued += self.count_entries(&thread.pending);
            living += u32::from(!thread.exited);
            stopped += u32::from(!thread.exited && (thread.stopped || thread.freed));
            demand(!thread.listening || thread.trace.is_stopped(), "only a thread that is held listens", index)?;
            at = self.threads.at(at).next;
        }
        demand(living == entry.threads, "the count of threads is the number of threads", index)?;
        demand((living == 0) == signals.life.is_zombie(), "a zombie is a process without threads", index)?;
        demand(
            !(pending.contains(Signal::CONT) && pending.intersects(SignalSet::STOPS)),
            "CONT and a stop are never both pending",
            index,
        )?;
        demand(
            !signals.dispositions.ignored().intersects(signals.dispositions.caught()),
            "no signal is both ignored and caught",
            index,
        )?;
        let stop_fits = match signals.stop {
            ProcessStop::No => stopped == 0,
            ProcessStop::Stopping(_, left) => left > 0 && stopped + left == living,
            ProcessStop::Stopped(_) => stopped == living,
        };
        demand(stop_fits, "as many threads are stopped as the stop says", index)?;
        self.check_no_lost_wakeup(index)?;
        Ok(queued)
    }

    fn count_entries(&self, pending: &crate::pending::PendingSignals) -> u32 {
        let mut count = 0;
        pending.walk(self.queue.slots(), |_| count += 1);
        count
    }

    /// A signal for the process that some thread does not block is never left with all its takers asleep.
    fn check_no_lost_wakeup(&self, index: u32) -> Result<(), Violation> {
        let entry = self.processes.at(index);
        if !matches!(entry.signals.life, Life::Alive) || entry.signals.stop.is_stopped() || entry.signals.system {
            return Ok(());
        }
        for signal in entry.signals.pending.set().iter() {
            let (mut takers, mut awake) = (0, 0);
            let mut at = entry.main;
            while at != NIL {
                let thread = &self.threads.at(at).signals;
                if !thread.exited && thread.open_set(self.rules).contains(signal) {
                    takers += 1;
                    let asleep = thread.activity == Activity::Interruptible && !thread.trace.is_stopped();
                    awake += u32::from(thread.kicked && (!asleep || thread.stopped));
                }
                at = self.threads.at(at).next;
            }
            demand(takers == 0 || awake > 0, "a signal that a thread would take has a thread that looks", index)?;
        }
        Ok(())
    }

    fn check_tree(&self, index: u32) -> Result<(), Violation> {
        let entry = self.processes.at(index);
        let membership = entry.membership;
        if entry.parent != NIL {
            demand(self.processes.is_used(entry.parent), "a parent is in the table", index)?;
        }
        if membership.group == NIL {
            return Ok(());
        }
        let group = self.groups.at(membership.group);
        demand(group.session == membership.session, "a group is in one session, with all its members", index)
    }

    fn check_group(&self, index: u32) -> Result<(), Violation> {
        let group = self.groups.at(index);
        let (mut members, mut links) = (0, 0);
        let mut at = group.first;
        while at != NIL {
            demand(self.processes.at(at).membership.group == index, "a member is linked to its own group", index)?;
            members += 1;
            links += u32::from(self.is_link(at));
            at = self.processes.at(at).membership.next;
        }
        demand(members == group.members && members > 0, "a group has members, and their count is right", index)?;
        demand(links == group.links, "the count of links is the number of links", index)?;
        demand(!group.suspected, "no group is suspected of being orphaned between calls", index)?;
        demand(self.numbers.at(group.number).group == index, "a group's number means the group", index)
    }
}
