//! A tree: parents before children, each through its handle, then again until nothing new is found. Nobody gets
//! the signal twice, and who must have come out of the tree and was not reached is told.

use std::collections::HashSet;

use sigpost_engine::Pid;

use super::session::loop_rounds;
use super::{Order, Rest, SendError, escaped, send_to_process};
use crate::proc_stat::State;
use crate::process::{OpenError, Process};
use crate::receipt::{Outcome, Receipt, Scope};
use crate::scan;
use crate::snapshot::Snapshot;
use crate::tree::{Growth, Seen, Tree, scan_all};

pub(super) fn send_to_tree(
    sender: &Snapshot,
    tree: &Tree,
    order: &Order,
    done: &HashSet<Pid>,
) -> Result<Vec<Receipt>, SendError> {
    let scope = Scope::Tree(tree.root().pid());
    let mut growth = match Growth::new(tree) {
        Ok(growth) => growth,
        Err(OpenError::Gone(_)) => return Ok(vec![gone(sender, tree, scope, order)]),
        Err(error) => return Err(SendError::Scan(error)),
    };
    let (mut receipts, mut sent_to, mut first, mut last) = (Vec::new(), 0, Vec::new(), Vec::new());
    let rest = loop_rounds(|| {
        last = scan_all().map_err(SendError::Scan)?;
        growth.grow(&last).map_err(SendError::Scan)?;
        if sent_to == growth.members.len() {
            return Ok(Rest::Settled);
        }
        for member in &growth.members[sent_to..] {
            let process = &member.process;
            if !tree.leaves_out(process) && !done.contains(&process.pid()) {
                receipts.push(Receipt { scope, ..send_to_process(sender, process, order) });
            }
        }
        sent_to = growth.members.len();
        if first.is_empty() {
            first.clone_from(&last);
        }
        Ok(if order.dry_run { Rest::Settled } else { Rest::MoreMayCome })
    })?;
    if rest == Rest::MoreMayCome {
        last = scan_all().map_err(SendError::Scan)?;
        growth.grow(&last).map_err(SendError::Scan)?;
        for member in &growth.members[sent_to..] {
            let reason = "it was forked faster than the tree could be read".to_owned();
            receipts.push(escaped(sender, &member.process, scope, order, reason));
        }
    }
    let own_line = scan::own_line().map_err(SendError::Scan)?;
    let is_told = |one: &&Seen| {
        let is_ours = own_line.iter().any(|ours| ours.pid() == one.pid) || tree.leaves_out_pid(one.pid);
        !is_ours && !growth.has(one) && !done.contains(&one.pid) && one.state != State::Zombie && one.pid.get() != 1
    };
    for one in last.iter().filter(is_told) {
        if let Some(reason) = came_out(one, &growth, &first)
            && let Ok(process) = Process::open(one.pid)
            && process.stat().is_ok_and(|stat| stat.start == one.start)
        {
            receipts.push(escaped(sender, &process, scope, order, reason));
        }
    }
    Ok(receipts)
}

/// Why this process, which is no descendant, must have come out of the tree, or most likely did.
fn came_out(one: &Seen, growth: &Growth, first: &[Seen]) -> Option<String> {
    if let Some(leader) = growth.leader_of(one) {
        let leader = leader.process.pid();
        let (kind, form) =
            if one.group.is_some_and(|group| group.get() == leader.get()) { ("group", "g") } else { ("session", "s") };
        return Some(format!("no child of it now, but in the {kind} that {leader} leads: {form}:{leader} reaches it"));
    }
    // Forked since, in a group of the tree's, and the child of somebody who was there before: a reaper.
    let is_new = !first.iter().any(|other| (other.pid, other.start) == (one.pid, one.start));
    let by_reaper = first.iter().any(|other| Some(other.pid) == one.parent);
    let with_us = growth.members.iter().any(|member| member.group.is_some() && member.group == one.group);
    let began_with_us = growth.members.first().is_some_and(|root| root.start <= one.start);
    (is_new && by_reaper && with_us && began_with_us)
        .then(|| "orphaned before it was reached; most likely forked in the tree".to_owned())
}

fn gone(sender: &Snapshot, tree: &Tree, scope: Scope, order: &Order) -> Receipt {
    let mut receipt = escaped(sender, tree.root(), scope, order, "it ended before anything was sent".to_owned());
    receipt.outcome = Outcome::Gone;
    receipt
}
