//! The calls: who is meant, may the sender, a receipt each, and what the call returns.

use alloc::collections::BTreeSet;

use sigpost_engine::{Errno, Signal, Verdict};

use crate::table::{self, Call, Fold, Odd};
use crate::world::{Code, Index, Life, Outcome, Sent, Told, World};

/// What the call named.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    One,
    Group,
    Everyone,
}

impl World {
    /// kill(2).
    pub(crate) fn kill(&mut self, sender: Index, id: i32, signal: i32) -> Outcome {
        if id == i32::MIN {
            let bad = !table::target_before_signal(self.os) && self.parse(signal).is_err();
            return Outcome::failed(if bad { Errno::EINVAL } else { Errno::ESRCH });
        }
        let (named, targets) = match id {
            0 => (Named::Group, self.processes[sender].group.map_or(Vec::new(), |group| self.group_targets(group))),
            -1 => (Named::Everyone, self.everyone(sender)),
            1.. => (Named::One, self.one(id)),
            _ => (Named::Group, self.group_targets(-id)),
        };
        self.through = self.named_thread(id);
        let outcome = self.send(sender, named, &targets, signal, Call::Kill, Code::User);
        self.through = None;
        outcome
    }

    /// The thread that has this number, where it is not a main one (live: kill asks that one).
    fn named_thread(&self, id: i32) -> Option<usize> {
        self.find_thread(id).map(|(_, t)| t).filter(|&t| t != 0)
    }

    /// killpg(3).
    pub(crate) fn killpg(&mut self, sender: Index, group: i32, signal: i32) -> Outcome {
        let odd = match group {
            0 => table::killpg_0(self.os),
            1 => table::killpg_1(self.os),
            ..=-1 => table::killpg_negative(self.os),
            _ => Odd::ThatGroup,
        };
        match odd {
            Odd::Broadcast => self.kill(sender, -1, signal),
            Odd::OwnGroup => self.kill(sender, 0, signal),
            Odd::Invalid => Outcome::failed(Errno::EINVAL),
            Odd::NoSuchProcess => self.send(sender, Named::Group, &[], signal, Call::Kill, Code::User),
            Odd::ThatGroup => {
                let targets = self.group_targets(group);
                self.send(sender, Named::Group, &targets, signal, Call::Kill, Code::User)
            }
        }
    }

    /// raise(3) by a thread.
    pub(crate) fn raise(&mut self, sender: Index, thread: usize, signal: i32) -> Outcome {
        if !table::raise_is_to_thread(self.os) {
            return self.kill(sender, self.processes[sender].number, signal);
        }
        self.send_to_thread(sender, Some((sender, thread)), signal, Call::Tgkill, Code::Tkill)
    }

    /// tgkill(2): the thread must belong to the process.
    pub(crate) fn tgkill(&mut self, sender: Index, process: i32, thread: i32, signal: i32) -> Outcome {
        if process <= 0 || thread <= 0 {
            return Outcome::failed(Errno::EINVAL);
        }
        let found = self.find_thread(thread).filter(|&(p, _)| self.processes[p].number == process);
        self.send_to_thread(sender, found, signal, Call::Tgkill, Code::Tkill)
    }

    /// sigqueue(3): a value to one process.
    pub(crate) fn sigqueue(&mut self, sender: Index, id: i32, signal: i32, value: i32) -> Outcome {
        let targets = if id > 0 { self.one(id) } else { Vec::new() };
        self.through = self.named_thread(id);
        let outcome = self.send_valued(sender, Named::One, &targets, signal, Call::Sigqueue, Code::Queue, value);
        self.through = None;
        outcome
    }

    /// psignal: the kernel to a process.
    pub(crate) fn psignal(&mut self, p: Index, signal: Signal) -> Outcome {
        let told = self.post(p, None, Sent::by_kernel(signal));
        Outcome { result: Ok(()), receipts: vec![told] }
    }

    /// tdsignal: the kernel to a thread.
    pub(crate) fn tdsignal(&mut self, p: Index, t: usize, signal: Signal) -> Outcome {
        let told = self.post(p, Some(t), Sent::by_kernel(signal));
        Outcome { result: Ok(()), receipts: vec![told] }
    }

    /// pgsignal: the kernel to the members of a group, or of none.
    pub(crate) fn pgsignal(&mut self, group: Option<i32>, signal: Signal, checkctty: bool) -> Outcome {
        let asks = checkctty && table::checkctty_asks_members(self.os);
        let members = group.map_or(Vec::new(), |group| self.members(group));
        let reached = |&p: &Index| self.is_found(p) && (!asks || self.has_terminal(p));
        let members: Vec<_> = members.into_iter().filter(reached).collect();
        let receipts = members.into_iter().map(|p| self.post(p, None, Sent::by_kernel(signal))).collect();
        Outcome { result: Ok(()), receipts }
    }

    /// gsignal: pgsignal by number, terminals not asked for.
    pub(crate) fn gsignal(&mut self, group: i32, signal: Signal) -> Outcome {
        self.pgsignal((group != 0).then_some(group), signal, false)
    }

    /// A number to a signal, `None` the null signal.
    fn parse(&self, signal: i32) -> Result<Option<Signal>, Errno> {
        match signal {
            0 => Ok(None),
            _ if signal > table::highest_signal(self.os) => Err(Errno::EINVAL),
            _ => Signal::new(signal).map(Some).ok_or(Errno::EINVAL),
        }
    }

    /// Whether a call can find the process at all.
    fn is_found(&self, p: Index) -> bool {
        match self.processes[p].life {
            Life::Alive => true,
            Life::Ending(_) | Life::Zombie(_) => table::zombies_are_found(self.os),
            Life::Reaped => false,
        }
    }

    fn one(&self, id: i32) -> Vec<Index> {
        let by_thread = || self.find_thread(id).map(|(p, _)| p).filter(|_| table::kill_takes_thread_ids(self.os));
        self.find(id).or_else(by_thread).filter(|&p| self.is_found(p)).into_iter().collect()
    }

    fn group_targets(&self, group: i32) -> Vec<Index> {
        let reached = |&p: &Index| {
            let init = self.is_init(p) && !table::group_reaches_init(self.os);
            let system = self.processes[p].system && table::group_spares_system(self.os);
            self.is_found(p) && !system && !init
        };
        self.members(group).into_iter().filter(reached).collect()
    }

    fn everyone(&self, sender: Index) -> Vec<Index> {
        let from = self.processes[sender].user;
        let reached = |&p: &Index| {
            let process = &self.processes[p];
            let init = if table::broadcast_spares_children_of_0(self.os) {
                process.parent.is_none()
            } else {
                process.number == 1
            };
            let spared = p == sender && table::broadcast_spares_sender(self.os);
            let foreign = table::broadcast_reaches_only_own(self.os)
                && from.effective != 0
                && process.user.real != from.effective;
            let system = process.system && table::broadcast_spares_system(self.os);
            self.is_found(p) && !system && !init && !spared && !foreign
        };
        (0..self.processes.len()).filter(reached).collect()
    }

    fn send(&mut self, from: Index, named: Named, to: &[Index], signal: i32, call: Call, code: Code) -> Outcome {
        self.send_valued(from, named, to, signal, call, code, 0)
    }

    #[expect(clippy::too_many_arguments, reason = "one door for all the calls")]
    fn send_valued(
        &mut self,
        sender: Index,
        named: Named,
        targets: &[Index],
        signal: i32,
        call: Call,
        code: Code,
        value: i32,
    ) -> Outcome {
        let parsed = self.parse(signal);
        if targets.is_empty() {
            let bad = parsed.is_err() && !table::target_before_signal(self.os);
            return Outcome::failed(if bad { Errno::EINVAL } else { Errno::ESRCH });
        }
        let signal = match parsed {
            Ok(signal) => signal,
            Err(errno) => return Outcome::failed(errno),
        };
        let (several, group) = (named != Named::One, named == Named::Group);
        let allowed: Vec<bool> = targets.iter().map(|&p| self.may(sender, p, signal, several, group)).collect();
        let withhold = group && table::group_all_or_none(self.os) && allowed.contains(&false);
        let number = self.processes[sender].number;
        let mut receipts = Vec::new();
        for (&p, &may) in targets.iter().zip(&allowed) {
            receipts.push(match signal {
                _ if !may => plain(p, Verdict::Refused),
                _ if withhold => plain(p, Verdict::Withheld),
                None => plain(p, Verdict::Probed),
                Some(signal) => self.post(p, None, Sent { signal, call, code, sender: number, value }),
            });
        }
        let result = self.fold(named, &receipts);
        Outcome { result, receipts }
    }

    fn fold(&self, named: Named, receipts: &[Told]) -> Result<(), Errno> {
        if receipts.iter().any(|told| told.verdict == Verdict::QueueFull) {
            return Err(Errno::EAGAIN);
        }
        let refused = receipts.iter().filter(|told| told.verdict == Verdict::Refused).count();
        let fold = match (named, refused) {
            (_, 0) => Fold::Success,
            (Named::One, _) => Fold::NotPermitted,
            (Named::Group, n) if n == receipts.len() => table::group_all_refused(self.os),
            (Named::Group, _) => table::group_some_refused(self.os),
            (Named::Everyone, n) if n == receipts.len() => table::broadcast_all_refused(self.os),
            (Named::Everyone, _) => Fold::Success,
        };
        match fold {
            Fold::Success => Ok(()),
            Fold::NotPermitted => Err(Errno::EPERM),
            Fold::NoSuchProcess => Err(Errno::ESRCH),
        }
    }

    fn send_to_thread(
        &mut self,
        sender: Index,
        found: Option<(Index, usize)>,
        signal: i32,
        call: Call,
        code: Code,
    ) -> Outcome {
        let parsed = self.parse(signal);
        let Some((p, t)) = found else {
            let bad = parsed.is_err() && !table::target_before_signal(self.os);
            return Outcome::failed(if bad { Errno::EINVAL } else { Errno::ESRCH });
        };
        let signal = match parsed {
            Ok(signal) => signal,
            Err(errno) => return Outcome::failed(errno),
        };
        let told = match signal {
            _ if !self.may(sender, p, signal, false, false) => plain(p, Verdict::Refused),
            None => plain(p, Verdict::Probed),
            Some(signal) => {
                let sender = self.processes[sender].number;
                self.post(p, Some(t), Sent { signal, call, code, sender, value: 0 })
            }
        };
        let receipts = vec![told];
        Outcome { result: self.fold(Named::One, &receipts), receipts }
    }
}

fn plain(process: Index, verdict: Verdict) -> Told {
    Told { process, verdict, also: BTreeSet::new(), info_lost: false }
}
