//! What changes the state otherwise: dispositions, masks, sleep, stop and continue, exit, wait, groups.

use alloc::collections::BTreeSet;

use sigpost_engine::{Errno, Signal, SignalSet};

use crate::table::{self, Call};
use crate::take::made_anew;
use crate::world::{Action, Activity, Code, End, Index, Life, Process, Sent, Stop, World};

impl World {
    /// sigaction.
    pub(crate) fn set_action(&mut self, p: Index, signal: Signal, action: Action) -> Result<(), Errno> {
        if !signal.is_catchable() || i32::from(signal.number()) > table::highest_signal(self.os) {
            return Err(Errno::EINVAL);
        }
        self.processes[p].actions.insert(signal, action);
        let nothing =
            action == Action::Ignore || (action == Action::Default && SignalSet::DEFAULT_IGNORED.contains(signal));
        if nothing {
            self.discard(p, |pending| pending == signal);
        }
        Ok(())
    }

    /// sigprocmask, or what a handler's end brings back. A mask that stays the same changes nothing (live).
    pub(crate) fn set_mask(&mut self, p: Index, t: usize, mask: BTreeSet<Signal>) {
        let mask: BTreeSet<_> = mask.into_iter().filter(|signal| signal.is_catchable()).collect();
        if mask == self.processes[p].threads[t].mask {
            return;
        }
        let before = core::mem::replace(&mut self.processes[p].threads[t].mask, mask);
        let was_told = self.processes[p].threads[t].told;
        self.look_anew(p, t);
        // What others were told of is theirs.
        if was_told {
            self.retarget(p, t, |signal| !before.contains(&signal));
        }
        self.wake_takers(p);
    }

    /// A thread was open to these signals and may be so no more: those that are pending for its process have the next thread
    /// look that is open to them.
    pub(crate) fn retarget(&mut self, p: Index, t: usize, was_open: impl Fn(Signal) -> bool) {
        let mut left: Vec<_> = self.processes[p].pending.iter().map(|entry| entry.signal).collect();
        left.retain(|&signal| was_open(signal) && !(self.processes[p].threads[t].alive && self.is_open(p, t, signal)));
        let others: Vec<_> = self.live_threads(p).filter(|&other| other != t).collect();
        let (before, after): (Vec<_>, Vec<_>) = others.into_iter().partition(|&other| other < t);
        for other in after.into_iter().chain(before) {
            let count = left.len();
            left.retain(|&signal| !self.is_open(p, other, signal));
            if left.len() < count {
                self.wake(p, other);
            }
        }
    }

    /// A thread is traced from now on, or no more. Where tracers are told of blocked signals, more is open then.
    pub(crate) fn set_traced(&mut self, p: Index, t: usize, traced: bool) {
        self.processes[p].threads[t].traced = traced;
        if table::tracer_is_told_of_blocked(self.os) {
            self.look_anew(p, t);
        }
        self.wake_takers(p);
    }

    /// A running thread goes to sleep; not into an interruptible sleep if it was told to look. That something is pending for
    /// its process which another was told of does not keep it awake (live).
    pub(crate) fn sleep(&mut self, p: Index, t: usize, activity: Activity) {
        let thread = &mut self.processes[p].threads[t];
        let stays = activity == Activity::Interruptible && thread.told;
        thread.activity = if stays { Activity::Running } else { activity };
    }

    /// What the thread slept for has come.
    pub(crate) fn wake_up(&mut self, p: Index, t: usize) {
        self.processes[p].threads[t].activity = Activity::Running;
        self.processes[p].threads[t].waits = None;
        self.wake_takers(p);
    }

    /// Whether the thread can make a call now: it stands in none and is let run.
    pub(crate) fn can_call(&self, p: Index, t: usize) -> bool {
        !self.stands_in_a_call(p, t) && !self.is_stopped(p)
    }

    /// Whether it has not come back from a call that it made, or from a stop, or is held by its tracer.
    pub(crate) fn stands_in_a_call(&self, p: Index, t: usize) -> bool {
        let process = &self.processes[p];
        let thread = &process.threads[t];
        thread.activity != Activity::Running || thread.trace_stopped || thread.waits.is_some() || process.untold
    }

    /// sigwait and its family: the thread sleeps until one of the set has come.
    pub(crate) fn wait_for(&mut self, p: Index, t: usize, set: BTreeSet<Signal>) {
        let thread = &mut self.processes[p].threads[t];
        thread.waits = Some(set.into_iter().filter(|signal| signal.is_catchable()).collect());
        thread.activity = Activity::Interruptible;
        self.look_anew(p, t);
        // Whoever was told to look does so first.
        if self.processes[p].threads[t].told {
            self.wake(p, t);
        }
        self.wake_takers(p);
    }

    /// What a thread is open to has changed: it is told to look if something is there for it.
    fn look_anew(&mut self, p: Index, t: usize) {
        let own = self.processes[p].threads[t].pending.iter();
        let is_there = self.processes[p].pending.iter().chain(own).any(|entry| self.is_open(p, t, entry.signal));
        self.processes[p].threads[t].told |= is_there;
    }

    /// A signal whose default is to stop has been acted on by a thread.
    pub(crate) fn begin_stop(&mut self, p: Index, taker: Option<usize>, signal: Signal) {
        self.processes[p].stop = Stop::Stopping(signal);
        let in_place = table::sleeper_stops_in_place(self.os);
        let threads: Vec<_> = self.live_threads(p).collect();
        for t in threads {
            let asleep = self.processes[p].threads[t].activity == Activity::Interruptible;
            if Some(t) == taker || (asleep && in_place) {
                self.park(p, t);
                continue;
            }
            self.processes[p].threads[t].told = true;
            if asleep {
                self.processes[p].threads[t].activity = Activity::Running;
            }
        }
    }

    /// A thread stops; with the last one the process has.
    pub(crate) fn park(&mut self, p: Index, t: usize) {
        self.processes[p].threads[t].parked = true;
        self.note_whole_stop(p);
    }

    fn note_whole_stop(&mut self, p: Index) {
        let all = self.live_threads(p).all(|t| self.processes[p].threads[t].parked);
        if let (Stop::Stopping(signal), true) = (self.processes[p].stop, all) {
            self.processes[p].stop = Stop::Stopped(signal);
            self.processes[p].untold = false;
            self.tell_parent_of_stop(p);
        }
    }

    pub(crate) fn continue_process(&mut self, p: Index) {
        let was_whole = matches!(self.processes[p].stop, Stop::Stopped(_));
        self.unpark(p);
        // Who does not sleep looks on its way.
        let goes_on = |&t: &usize| self.processes[p].threads[t].activity != Activity::Interruptible;
        for t in self.live_threads(p).filter(goes_on).collect::<Vec<_>>() {
            self.look_anew(p, t);
        }
        // A stop that was cut short is told as a stop.
        if table::child_tells_that_it_goes_on(self.os) {
            self.processes[p].untold = true;
        } else if !was_whole || table::continued_is_news(self.os) {
            self.tell_parent_of_stop(p);
        }
        self.wake_takers(p);
    }

    fn unpark(&mut self, p: Index) {
        self.processes[p].stop = Stop::No;
        for thread in &mut self.processes[p].threads {
            thread.parked = false;
        }
    }

    pub(crate) fn tell_parent_of_stop(&mut self, p: Index) {
        let Some(parent) = self.processes[p].parent else { return };
        if !self.processes[parent].quiet_stops && self.action(parent, Signal::CHLD) != Action::Ignore {
            self.send_news(parent, p);
        }
    }

    /// CHLD to a parent, by the thread that forked the child.
    fn send_news(&mut self, parent: Index, p: Index) {
        let by = self.processes[p].forked_by;
        let threads: Vec<_> = self.live_threads(parent).collect();
        let told = if threads.contains(&by) { Some(by) } else { threads.first().copied() };
        let before = core::mem::replace(&mut self.through, told);
        self.post(parent, None, child_news(self.processes[p].number));
        self.through = before;
    }

    /// Its parent is told of a process's end; where a parent that ignores it has no zombies, it is gone.
    fn tell_parent_of_end(&mut self, p: Index) {
        let Some(parent) = self.processes[p].parent else { return };
        let ignored = self.action(parent, Signal::CHLD) == Action::Ignore;
        if !ignored || !table::ignored_end_is_not_sent(self.os) {
            self.send_news(parent, p);
        }
        if ignored && table::ignoring_parents_have_no_zombies(self.os) {
            self.processes[p].life = Life::Reaped;
            self.forget_pending(p);
        }
    }

    /// The process is to end: every thread that can goes, the others when they wake.
    pub(crate) fn begin_end(&mut self, p: Index, end: End) {
        self.processes[p].life = Life::Ending(end);
        self.processes[p].untold = false;
        self.release(p);
    }

    /// KILL is there: every thread is let out of every stop, and of every sleep but the uninterruptible.
    pub(crate) fn release(&mut self, p: Index) {
        self.unpark(p);
        for thread in &mut self.processes[p].threads {
            thread.trace_stopped = false;
            if thread.activity != Activity::Uninterruptible {
                thread.activity = Activity::Running;
            }
        }
    }

    /// exit(2): all threads at once.
    pub(crate) fn exit(&mut self, p: Index, status: i32) {
        for thread in &mut self.processes[p].threads {
            thread.alive = false;
            thread.pending.clear();
        }
        self.finish_end(p, End::Exited(status));
    }

    /// Whether a thread can end by itself: one that stands still cannot.
    pub(crate) fn can_end(&self, p: Index, t: usize) -> bool {
        let thread = &self.processes[p].threads[t];
        thread.alive && !thread.parked && !thread.trace_stopped
    }

    /// Whether a signal that the thread waits for is pending already.
    pub(crate) fn has_waited_signal(&self, p: Index, t: usize) -> bool {
        let (process, thread) = (&self.processes[p], &self.processes[p].threads[t]);
        process.pending.iter().chain(&thread.pending).any(|entry| thread.waits_for(entry.signal))
    }

    /// A thread ends, others stay.
    pub(crate) fn exit_thread(&mut self, p: Index, t: usize) {
        let before = self.processes[p].threads[t].clone();
        self.processes[p].threads[t].alive = false;
        self.processes[p].threads[t].pending.clear();
        self.processes[p].threads[t].waits = None;
        self.note_whole_stop(p);
        // What others were told of is theirs.
        if core::mem::take(&mut self.processes[p].threads[t].told) {
            self.retarget(p, t, |signal| !before.blocks(signal) || before.waits_for(signal));
            self.wake_takers(p);
        }
    }

    fn forget_pending(&mut self, p: Index) {
        let process = &mut self.processes[p];
        process.pending.clear();
        for thread in &mut process.threads {
            thread.pending.clear();
        }
    }

    /// The last thread is gone.
    pub(crate) fn finish_end(&mut self, p: Index, end: End) {
        let mut before: Vec<_> = self.groups().into_iter().filter(|&group| !self.is_orphaned(group)).collect();
        before.extend(self.groups_of_zombies_left(p));
        let process = &mut self.processes[p];
        process.life = Life::Zombie(end);
        process.stop = Stop::No;
        process.untold = false;
        // Linux counts what was pending for it until it is reaped.
        if table::queue(self.os) != table::Queue::PerUser {
            self.forget_pending(p);
        }
        // The oldest first.
        let children = (0..self.processes.len()).filter(|&c| self.processes[c].parent == Some(p));
        for child in children.collect::<Vec<_>>() {
            (self.processes[child].parent, self.processes[child].forked_by) = (Some(0), 0);
            if let Life::Zombie(_) = self.processes[child].life {
                self.tell_parent_of_end(child);
            }
        }
        let Process { number, session, .. } = self.processes[p];
        if number == session
            && let Some(front) = self.terminals.remove(&session)
        {
            // From a terminal that is still there, HUP alone.
            self.signal_members(front, Signal::HUP);
        }
        for group in before {
            self.hang_up_if_orphaned(group);
        }
        self.tell_parent_of_end(p);
    }

    /// Linux looks also at the groups of the zombies that a process leaves, where these are other groups of its session.
    fn groups_of_zombies_left(&self, p: Index) -> BTreeSet<i32> {
        if self.os != table::Os::Linux {
            return BTreeSet::new();
        }
        let parent = &self.processes[p];
        let left = self.processes.iter().filter(|process| process.parent == Some(p));
        let zombies = left.filter(|child| matches!(child.life, Life::Zombie(_)) && child.session == parent.session);
        let all = zombies.filter_map(|child| child.group).filter(|group| Some(*group) != parent.group);
        all.filter(|&group| self.is_orphaned(group)).collect()
    }

    /// An exit made the group orphaned: if a member is stopped, HUP and CONT to all.
    fn hang_up_if_orphaned(&mut self, group: i32) {
        let members: Vec<_> = self.members(group).into_iter().filter(|&p| self.is_live(p)).collect();
        if !self.is_orphaned(group) || !members.iter().any(|&p| matches!(self.processes[p].stop, Stop::Stopped(_))) {
            return;
        }
        self.signal_members(group, Signal::HUP);
        self.signal_members(group, Signal::CONT);
    }

    fn signal_members(&mut self, group: i32, signal: Signal) {
        for p in self.members(group) {
            self.post(p, None, Sent::by_kernel(signal));
        }
    }

    /// A group without members is no more, and in front of no terminal.
    pub(crate) fn forget_empty_groups(&mut self) {
        let groups = self.groups();
        let there = self.processes.iter().filter(|process| process.life != Life::Reaped);
        let numbers: BTreeSet<_> = there.map(|process| process.number).collect();
        for front in self.terminals.values_mut() {
            if !groups.contains(front) && !numbers.contains(front) {
                *front = 0;
            }
        }
    }

    /// wait: the zombie is gone, its number free.
    pub(crate) fn reap(&mut self, parent: Index, child: Index) -> Result<End, Errno> {
        match self.processes[child].life {
            Life::Zombie(end) if self.processes[child].parent == Some(parent) => {
                self.processes[child].life = Life::Reaped;
                self.forget_pending(child);
                Ok(end)
            }
            _ => Err(Errno::ECHILD),
        }
    }

    /// Whether something is there for a thread to take, or its process stops. Before it looked it may not fork: a child
    /// would escape what was meant for all.
    pub(crate) fn has_to_look(&self, p: Index, t: usize) -> bool {
        let thread = &self.processes[p].threads[t];
        let mut all = self.processes[p].pending.iter().chain(&thread.pending);
        self.is_stopped(p) || all.any(|entry| self.is_open(p, t, entry.signal))
    }

    /// fork by a thread: its mask, its process's dispositions, nothing pending. `vfork`: the caller waits for it.
    pub(crate) fn fork(&mut self, p: Index, t: usize, number: i32, vfork: bool) -> Index {
        let Process { group, session, user, .. } = self.processes[p];
        let child = self.add(number, Some(p), group, session, user);
        self.processes[child].forked_by = t;
        self.processes[child].actions = self.processes[p].actions.clone();
        self.processes[child].threads[0].mask = self.processes[p].threads[t].mask.clone();
        self.processes[child].vforked = vfork;
        if vfork {
            self.processes[p].threads[t].activity = Activity::Killable;
        }
        child
    }

    /// exec by the main thread: the others are gone with what was pending for them, caught signals are at their
    /// default, ignored and pending ones and the mask stay.
    pub(crate) fn exec(&mut self, p: Index) {
        let resets_chld = table::exec_resets_ignored_chld(self.os);
        self.give_back_undecided(p);
        let process = &mut self.processes[p];
        process.threads.truncate(1);
        process.threads[0].saved_masks.clear();
        process.vforked = false;
        process.user.changed_ids = false;
        process.user.saved = process.user.effective;
        process.actions.retain(|&signal, action| *action == Action::Ignore && !(resets_chld && signal == Signal::CHLD));
        // What the others were told of is its to take.
        self.processes[p].threads[0].told |= self.has_to_look(p, 0);
        self.wake_takers(p);
    }

    /// The other threads are about to end. What was their process's, and they showed their tracers, is pending again: here
    /// a tracer never asks.
    fn give_back_undecided(&mut self, p: Index) {
        if !table::exec_gives_back_undecided(self.os) {
            return;
        }
        for t in 1..self.processes[p].threads.len() {
            let thread = &self.processes[p].threads[t];
            let of_process = thread.alive && thread.trace_stopped && thread.shown_of_process;
            let shown = thread.shown.filter(|_| of_process);
            if let Some(signal) = shown {
                self.requeue(p, t, made_anew(signal));
            }
        }
    }

    /// setpgid of a process itself or of its child, into a group that exists or a new one of its own.
    pub(crate) fn setpgid(&mut self, caller: Index, p: Index, group: i32) -> Result<(), Errno> {
        let child = self.processes[p].parent == Some(caller);
        if group < 0 {
            return Err(Errno::EINVAL);
        }
        if (p != caller && !child) || !self.is_live(p) {
            return Err(Errno::ESRCH);
        }
        let (number, session) = (self.processes[p].number, self.processes[p].session);
        let group = if group == 0 { number } else { group };
        let exists = self.members(group).iter().any(|&member| self.processes[member].session == session);
        if self.processes[caller].session != session || number == session || (group != number && !exists) {
            return Err(Errno::EPERM);
        }
        self.join(p, group);
        Ok(())
    }

    /// setsid: a session and a group of its own, no terminal.
    pub(crate) fn setsid(&mut self, p: Index) -> Result<(), Errno> {
        let number = self.processes[p].number;
        let leads = number == self.processes[p].session || !self.members(number).is_empty();
        if !table::has_setsid(self.os) || leads {
            return Err(Errno::EPERM);
        }
        self.join(p, number);
        self.processes[p].session = number;
        Ok(())
    }
}

/// The SIGCHLD that tells of a child.
fn child_news(child: i32) -> Sent {
    Sent { signal: Signal::CHLD, call: Call::Kernel, code: Code::Child, sender: child, value: 0 }
}
