//! A cgroup: KILL in one write; other signals while it is frozen.

use std::collections::HashSet;

use sigpost_engine::{Errno, Pid, Signal, Verdict};

use super::{Order, SendError, before, confirm, send_to_process, taken};
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

fn members(cgroup: &Cgroup, done: &HashSet<Pid>) -> Result<Vec<Process>, SendError> {
    let mut members = cgroup.members().map_err(|error| failed(&error))?;
    members.retain(|member| !done.contains(&member.pid()));
    Ok(members)
}

fn failed(error: &CgroupError) -> SendError {
    match error {
        CgroupError::Member(error) => SendError::Scan(*error),
        CgroupError::Refused(_, _, number) => SendError::Cgroup(*number),
        _ => SendError::Cgroup(Errno::ESRCH.number()),
    }
}

fn predicted(sender: &Snapshot, members: &[Process], order: &Order) -> Vec<Receipt> {
    before(sender, members, Scope::Process, order)
}

fn one_by_one(sender: &Snapshot, members: &[Process], order: &Order) -> Vec<Receipt> {
    members.iter().map(|member| send_to_process(sender, member, order)).collect()
}

fn killed(
    sender: &Snapshot,
    cgroup: &Cgroup,
    order: &Order,
    done: &HashSet<Pid>,
) -> Result<Vec<Receipt>, SendError> {
    let mut receipts = predicted(sender, &members(cgroup, done)?, order);
    match cgroup.kill() {
        Ok(()) => receipts.iter_mut().for_each(|receipt| {
            if receipt.outcome == Outcome::Gone {
                return;
            }
            // Who may write to the cgroup's file may end everyone in it, also those who would refuse a kill(2).
            if receipt.outcome == Outcome::Verdict(Verdict::Refused) {
                receipt.outcome = Outcome::Verdict(Verdict::Terminates);
                "the cgroup's owner may end it, whoever it runs as".clone_into(&mut receipt.reason);
            }
            taken(receipt, Via::CgroupKill);
        }),
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
    // What would stop it is asked before it stops anybody: predictions of the running.
    let frozen = match cgroup.freeze() {
        Ok(frozen) => frozen,
        Err(error) => {
            let mut receipts = predicted(sender, &members(cgroup, done)?, order);
            receipts.iter_mut().for_each(|receipt| declined(receipt, &error));
            return Ok(receipts);
        }
    };
    let mut receipts = one_by_one(sender, &members(cgroup, done)?, order);
    drop(frozen);
    for receipt in receipts.iter_mut().filter(|receipt| receipt.via.is_some()) {
        receipt.via = Some(Via::CgroupFreeze);
    }
    Ok(receipts)
}

/// Nothing was sent to the cgroup, and so not to this member.
fn declined(receipt: &mut Receipt, error: &CgroupError) {
    if receipt.outcome == Outcome::Gone {
        return;
    }
    match error {
        CgroupError::Refused(_, _, number) => {
            let is_forbidden = [Errno::EPERM, Errno::EACCES].iter().any(|errno| errno.number() == *number);
            let outcome = if is_forbidden { Outcome::Verdict(Verdict::Refused) } else { Outcome::Skipped };
            receipt.outcome = Outcome::Unknown;
            confirm(receipt, outcome, *number, &error.to_string());
        }
        _ => {
            receipt.outcome = Outcome::Skipped;
            receipt.reason = error.to_string();
        }
    }
}
