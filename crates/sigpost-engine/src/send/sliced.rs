//! A send to a group in slices: for hosts that must not hold their locks for as long as a large group takes.
//!
//! Between two slices other calls may be made. Who leaves the group before it is reached is not reached; who joins is
//! reached. A member cannot fork while the send goes on ([`ForkError::Interrupted`](crate::ForkError::Interrupted)),
//! so no child escapes.

use super::fold::Fold;
use super::permission::Call;
use super::target::checked;
use super::{KillError, Letter};
use crate::personality::GroupRefusal;
use crate::queue::NIL;
use crate::receipt::Receipts;
use crate::storage::Storage;
use crate::{Code, GroupKey, ProcessKey, System};

/// A send to a group that has begun. Carry it on until it is done, or give it up: its group's members cannot fork
/// before.
#[derive(Debug)]
#[must_use = "the members of the group cannot fork until the send is done"]
pub struct GroupSend {
    letter: Letter,
    sender: ProcessKey,
    group: GroupKey,
    withholds: bool,
    fold: Fold,
    done: bool,
}

impl<S: Storage> System<S> {
    /// Begins a send to the group with this number, as `kill(-group, signal)`. Nobody is signalled yet; where it is
    /// all or nobody, everyone is asked now.
    ///
    /// ```
    /// # use sigpost_engine::{personality, Counts, ForkError, System, Tables};
    /// # let mut system = System::new(&personality::LINUX, Tables::heap(8));
    /// # let init = system.boot()?;
    /// # let leader = system.fork(init)?;
    /// # system.setpgid(leader, 0, 0)?;
    /// # for _ in 0..9 { system.fork(leader)?; }
    /// # let group = system.pid(leader).unwrap().get();
    /// let mut counts = Counts::default();
    /// let mut send = system.group_send_begin(init, group, 15)?;
    /// let result = loop {
    ///     // The host takes its locks, for four members at a time ...
    ///     if let Some(result) = system.group_send_step(&mut send, 4, &mut counts) {
    ///         break result;
    ///     }
    ///     // ... and drops them. Others make their calls; the members cannot fork.
    ///     assert_eq!(system.fork(leader), Err(ForkError::NoParent), "it was the first to be ended");
    /// };
    /// assert_eq!((result, counts.total()), (Ok(()), 10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`killpg`](Self::killpg); [`KillError::QueueFull`] if another sliced send to this group is not done.
    ///
    /// Source: Linux `__kill_pgrp_info`, which holds its lock throughout; FreeBSD `killpg1`, `pg_killsx`.
    pub fn group_send_begin(&mut self, sender: ProcessKey, group: i32, signal: i32) -> Result<GroupSend, KillError> {
        let from = self.live(sender).map_err(|_| KillError::NoSuchTarget)?;
        if self.rules.signal_checked_first {
            checked(signal, self.rules)?;
        }
        let namespace = self.processes.at(from).namespace;
        let index = self.group_numbered(namespace, group).ok_or(KillError::NoSuchTarget)?;
        let signal = checked(signal, self.rules)?;
        if self.groups.at(index).cursor.is_some() {
            return Err(KillError::QueueFull);
        }
        let letter = self.letter(from, signal, Code::USER, 0, Call::Group);
        let all_or_none = self.rules.group_some_refused == GroupRefusal::AllOrNone;
        let withholds = all_or_none && self.someone_refuses(&letter, index);
        self.count_send(index);
        let entry = self.groups.at_mut(index);
        entry.cursor = Some(entry.first);
        Ok(GroupSend { letter, sender, group: self.group_key(index), withholds, fold: Fold::default(), done: false })
    }

    /// Carries the send on for at most so many members. `None`: there are more; otherwise it is done, and this is what
    /// the call returns: the errors are [`killpg`](Self::killpg)'s. After that it does nothing more. An example is at
    /// [`group_send_begin`](Self::group_send_begin).
    pub fn group_send_step(
        &mut self,
        send: &mut GroupSend,
        budget: u32,
        receipts: &mut (impl Receipts + ?Sized),
    ) -> Option<Result<(), KillError>> {
        let Some(group) = self.groups.find(send.group.0).filter(|_| !send.done) else {
            send.done = true;
            return Some(send.fold.group(self.rules));
        };
        if self.live(send.sender).is_err() {
            self.finish(group);
        }
        for _ in 0..budget {
            let Some(at) = self.groups.at(group).cursor else { break };
            if at == NIL {
                break;
            }
            self.groups.at_mut(group).cursor = Some(self.processes.at(at).membership.next);
            if let Some(verdict) = self.send_to_member(&send.letter, at, send.withholds, receipts) {
                send.fold.add(verdict);
            }
        }
        if self.groups.at(group).cursor.is_some_and(|at| at != NIL) {
            return None;
        }
        send.done = true;
        self.finish(group);
        Some(send.fold.group(self.rules))
    }

    /// Gives a send up: who was reached was reached.
    #[expect(clippy::needless_pass_by_value, reason = "what is given up cannot be carried on")]
    pub fn group_send_abandon(&mut self, send: GroupSend) {
        if let Some(group) = self.groups.find(send.group.0).filter(|_| !send.done) {
            self.finish(group);
        }
    }

    /// Counted at its end as at its beginning: a fork that began in between is interrupted.
    fn finish(&mut self, group: u32) {
        if self.groups.at_mut(group).cursor.take().is_some() {
            self.count_send(group);
        }
    }
}
