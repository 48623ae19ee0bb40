//! A cgroup: KILL to all of it until nobody is left; other signals while it is frozen.

use std::collections::HashSet;

use sigpost_engine::{Errno, Pid, Signal, Verdict};

use super::{Order, SendError, before, confirm, deliver, send_to_process, taken};
use crate::cgroup::{Cgroup, CgroupError};
use crate::process::Process;
use crate::process_group::Via;
use crate::receipt::{Outcome, Receipt, Scope};
use crate::snapshot::Snapshot;

pub(super) fn send_to_cgroup(
    sender: &Snapshot,
    cgroup: &Cgroup,
    order: &Order,
    done: &HashSet<Pid>,
) -> Result<Vec<Receipt>, SendError> {
    let mut receipts = match order.signal {
        _ if order.dry_run => predicted(sender, &members(cgroup, done)?, order),
        // The null signal changes nothing, so nobody has to stand still for it.
        None => one_by_one(sender, &members(cgroup, done)?, order),
        Some(Signal::KILL) => killed(sender, cgroup, order, done)?,
        Some(_) => while_frozen(sender, cgroup, order, done)?,
    };
    for receipt in &mut receipts {
        receipt.scope = Scope::Cgroup;
    }
    Ok(receipts)
}

/// Its members but those that have had their turn. One that has been removed has none.
pub(super) fn members(cgroup: &Cgroup, done: &HashSet<Pid>) -> Result<Vec<Process>, SendError> {
    match cgroup.members() {
        Ok(mut members) => {
            members.retain(|member| !done.contains(&member.pid()));
            Ok(members)
        }
        Err(CgroupError::Member(error)) => Err(SendError::Scan(error)),
        Err(CgroupError::Refused(_, _, number)) => Err(SendError::Cgroup(number)),
        Err(_) => Ok(Vec::new()),
    }
}

fn predicted(sender: &Snapshot, members: &[Process], order: &Order) -> Vec<Receipt> {
    before(sender, members, Scope::Process, order)
}

fn one_by_one(sender: &Snapshot, members: &[Process], order: &Order) -> Vec<Receipt> {
    members.iter().map(|member| send_to_process(sender, member, order)).collect()
}

fn killed(sender: &Snapshot, cgroup: &Cgroup, order: &Order, done: &HashSet<Pid>) -> Result<Vec<Receipt>, SendError> {
    let mut receipts = predicted(sender, &members(cgroup, done)?, order);
    match cgroup.kill() {
        Ok(()) => {
            for receipt in receipts.iter_mut().filter(|receipt| receipt.outcome != Outcome::Gone) {
                // Who may write to the cgroup's file may end everyone in it, also those who would refuse a kill(2).
                if receipt.outcome == Outcome::Verdict(Verdict::Refused) {
                    receipt.outcome = Outcome::Verdict(Verdict::Terminates);
                    "the cgroup's owner may end it, whoever it runs as".clone_into(&mut receipt.reason);
                }
                taken(receipt, Via::CgroupKill);
            }
            let known = receipts.iter().map(|receipt| receipt.pid).chain(done.iter().copied()).collect();
            // It has been sent: what cannot be read now is no reason to keep the receipts back.
            let late = members(cgroup, &known).unwrap_or_default();
            receipts.extend(late.iter().map(|member| {
                let reason = "it was forked while the others were killed, and is still there".to_owned();
                super::unforeseen(sender, member, Scope::Cgroup, order, Outcome::Unknown, reason)
            }));
        }
        // Before Linux 5.14.
        Err(CgroupError::Refused(_, _, number)) if number == sigpost_sys::Errno::NOENT.raw_os_error() => {
            return while_frozen(sender, cgroup, order, done);
        }
        Err(error) => receipts.iter_mut().for_each(|receipt| declined(receipt, &error)),
    }
    Ok(receipts)
}

fn while_frozen(
    sender: &Snapshot,
    cgroup: &Cgroup,
    order: &Order,
    done: &HashSet<Pid>,
) -> Result<Vec<Receipt>, SendError> {
    // Predicted while they run: frozen they look asleep.
    let running = members(cgroup, done)?;
    let mut receipts = predicted(sender, &running, order);
    let frozen = match cgroup.freeze() {
        Ok(frozen) => frozen,
        Err(error) => {
            for receipt in &mut receipts {
                declined(receipt, &error);
            }
            return Ok(receipts);
        }
    };
    let (before, now) = (numbers(&running), members(cgroup, done)?);
    let (inside, newcomers) = (numbers(&now), now.into_iter().filter(|member| !before.contains(&member.pid())));
    let newcomers: Vec<Process> = newcomers.collect();
    receipts.extend(predicted(sender, &newcomers, order));
    for (member, receipt) in running.iter().chain(&newcomers).zip(&mut receipts) {
        if inside.contains(&member.pid()) || member.probe().is_err() {
            deliver(member, order, receipt);
            receipt.via = receipt.via.map(|_| Via::CgroupFreeze);
        } else if receipt.outcome != Outcome::Gone {
            receipt.outcome = Outcome::Escaped;
            "it left the cgroup before that was frozen".clone_into(&mut receipt.reason);
        }
    }
    drop(frozen);
    Ok(receipts)
}

fn numbers(processes: &[Process]) -> HashSet<Pid> {
    processes.iter().map(Process::pid).collect()
}

/// Nothing was sent to the cgroup, and so not to this member.
fn declined(receipt: &mut Receipt, error: &CgroupError) {
    if receipt.outcome == Outcome::Gone {
        return;
    }
    receipt.outcome = Outcome::Skipped;
    receipt.reason = error.to_string();
    if let CgroupError::Refused(_, _, number) = error
        && [Errno::EPERM, Errno::EACCES].iter().any(|errno| errno.number() == *number)
    {
        confirm(receipt, Outcome::Verdict(Verdict::Refused), *number, &error.to_string());
    }
}
