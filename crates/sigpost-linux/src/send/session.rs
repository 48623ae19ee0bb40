//! A session: each of its groups in one call, then again, until nothing new is found.

use std::collections::HashSet;

use sigpost_engine::{GroupId, Pid};

use super::{Order, Rest, SendError, Several, escaped, send_to_process, send_to_several};
use crate::generated::Watch;
use crate::proc_stat::{Stat, State};
use crate::process::Process;
use crate::process_group::{Group, GroupError};
use crate::receipt::{Outcome, Receipt, Scope};
use crate::session::Session;
use crate::snapshot::Snapshot;

/// How often the session is read. Groups that are started faster than that are reported, not chased for ever.
const ROUNDS: usize = 16;

pub(super) fn send_to_session(
    sender: &Snapshot,
    session: &Session,
    order: &Order,
    watch: &mut Watch,
    done: &HashSet<Pid>,
) -> Result<Vec<Receipt>, SendError> {
    let mut receipts = Vec::new();
    let mut reached = done.clone();
    let mut held: Vec<Process> = Vec::new();
    let rest = loop_rounds(|| {
        let members = session.read().map_err(SendError::Scan)?;
        let new: Vec<&(Process, Stat)> =
            members.iter().filter(|(member, _)| !reached.contains(&member.pid())).collect();
        if new.is_empty() {
            return Ok(Rest::Settled);
        }
        let mut groups: Vec<GroupId> = new.iter().filter_map(|(_, stat)| stat.group).collect();
        groups.sort_by_key(|group| (Some(*group) == sender.group, *group));
        groups.dedup();
        let mut round = Vec::new();
        for group in groups {
            let is_member = |(_, stat): &&(Process, Stat)| stat.group == Some(group);
            let untouched = members.iter().filter(is_member).all(|(member, _)| !reached.contains(&member.pid()));
            if untouched {
                round.extend(as_a_group(sender, group, order, watch)?);
            } else {
                // Somebody in it got the signal already: nobody gets it twice.
                let members = new.iter().copied().filter(is_member);
                round.extend(members.map(|(member, _)| send_to_process(sender, member, order)));
            }
        }
        reached.extend(round.iter().map(|receipt| receipt.pid));
        receipts.extend(round);
        held.extend(members.into_iter().map(|(member, _)| member));
        Ok(if order.dry_run { Rest::Settled } else { Rest::MoreMayCome })
    })?;
    for receipt in &mut receipts {
        receipt.scope = Scope::Session(session.id());
    }
    if !order.dry_run {
        tell_who_left(sender, session, &held, &mut receipts, done, order);
    }
    if rest == Rest::MoreMayCome {
        let left = session.members().map_err(SendError::Scan)?;
        for member in left.iter().filter(|member| !reached.contains(&member.pid())) {
            let reason = format!("it was started faster than the session could be read {ROUNDS} times");
            receipts.push(escaped(sender, member, Scope::Session(session.id()), order, reason));
        }
    }
    Ok(receipts)
}

/// Calls until it has settled, at most [`ROUNDS`] times.
pub(super) fn loop_rounds(mut round: impl FnMut() -> Result<Rest, SendError>) -> Result<Rest, SendError> {
    for _ in 0..ROUNDS {
        if round()? == Rest::Settled {
            return Ok(Rest::Settled);
        }
    }
    Ok(Rest::MoreMayCome)
}

fn as_a_group(sender: &Snapshot, id: GroupId, order: &Order, watch: &mut Watch) -> Result<Vec<Receipt>, SendError> {
    let opened = if id.get() == 1 { Group::open_of_init() } else { Group::open(id) };
    match opened {
        Ok(group) => send_to_several(sender, Several::Group(&group), order, watch),
        // Everyone in it has ended, or moved on to another one, which the next round finds.
        Err(GroupError::Empty(_) | GroupError::OfInit) => Ok(Vec::new()),
        Err(GroupError::Leader(error)) => Err(SendError::Scan(error)),
    }
}

/// Those that are in another session by now: one that got no signal has escaped; of one that did it is not known
/// whether it had left before.
fn tell_who_left(
    sender: &Snapshot,
    session: &Session,
    held: &[Process],
    receipts: &mut Vec<Receipt>,
    done: &HashSet<Pid>,
    order: &Order,
) {
    let has_left = |member: &&Process| {
        member.stat().is_ok_and(|stat| stat.session != Some(session.id()) && stat.state != State::Zombie)
    };
    let mut told = done.clone();
    for member in held.iter().filter(has_left) {
        if !told.insert(member.pid()) {
            continue;
        }
        match receipts.iter_mut().find(|receipt| receipt.pid == member.pid()) {
            Some(receipt) if receipt.outcome.is_sent() => {
                receipt.outcome = Outcome::Unknown;
                "it left the session meanwhile, before the signal or after it".clone_into(&mut receipt.reason);
            }
            Some(_) => {}
            None => {
                let reason = "it left the session before it was reached".to_owned();
                receipts.push(escaped(sender, member, Scope::Session(session.id()), order, reason));
            }
        }
    }
}
