//! What is done with those that match: listed, signalled, waited for.

use std::collections::HashSet;

use sigpost_engine::{Errno, GroupId};
use sigpost_linux::{Group, Process, Refused, Wait, scan};

use super::arguments::Order;
use super::criteria::Match;
use super::status;
use crate::names::{process_text, say};

/// `pgrep`: the numbers, with what was asked for besides.
pub(super) fn list(order: &Order, found: &[Match]) -> u8 {
    let listing = &order.listing;
    if order.count {
        say::out(format!("{}\n", found.len()));
    } else if !listing.quiet {
        let with_text = listing.with_name || listing.in_full || listing.quoted;
        let lines: Vec<Vec<u8>> = found.iter().map(|found| line(order, found, with_text)).collect();
        let mut text = lines.join(listing.delimiter.as_slice());
        if !text.is_empty() {
            text.push(b'\n');
        }
        say::out(text);
    }
    if found.is_empty() { status::NONE } else { status::SOME }
}

fn line(order: &Order, found: &Match, with_text: bool) -> Vec<u8> {
    let number = found.number.to_string().into_bytes();
    if !with_text {
        return number;
    }
    let quoted = || {
        let stat = found.process.stat().ok()?;
        process_text::quoted_command_line(&found.process, &stat).ok()
    };
    let text = match (order.listing.quoted, order.listing.in_full) {
        (true, true) => quoted().unwrap_or_else(|| found.name.clone()),
        (true, false) => process_text::quoted(&found.name),
        (false, _) => found.name.clone(),
    };
    [number, text].join(&b' ')
}

/// `pkill`: each is signalled through the handle it was read through; members of a group that was asked for as a
/// whole, in one call.
pub(super) fn signal(order: &Order, found: &[Match], short: &str) -> u8 {
    let in_one_call = if order.criteria.only_groups() { signal_groups(order, found) } else { HashSet::new() };
    let mut signalled = 0;
    for each in found {
        let by_group = each.process.stat().ok().and_then(|stat| stat.group).filter(|group| in_one_call.contains(group));
        let sent = match by_group {
            Some(_) => may_signal(&each.process),
            None => send(order, &each.process),
        };
        match sent {
            Ok(()) => {
                signalled += 1;
                if order.echo {
                    let number = each.number;
                    say::out([&each.name[..], format!(" killed (pid {number})\n").as_bytes()].concat());
                }
                if order.release_memory {
                    release(&each.process, short);
                }
            }
            // Gone meanwhile, which was to be.
            Err(refused) if refused.errno() == Some(Errno::ESRCH) => {}
            Err(refused) => {
                let why = say::meaning(refused.raw_os_error());
                say::error(&format!("{short}: killing pid {} failed: {why}", each.number));
            }
        }
    }
    if order.count {
        say::out(format!("{}\n", found.len()));
    }
    if signalled > 0 { status::SOME } else { status::NONE }
}

fn send(order: &Order, process: &Process) -> Result<(), Refused> {
    match (order.signal, order.value) {
        (None, _) => process.probe(),
        (Some(signal), None) => process.send(signal),
        (Some(signal), Some(value)) => process.send_value(signal, value),
    }
}

/// Of one that was signalled with its group: whether it was among those that may be.
fn may_signal(process: &Process) -> Result<(), Refused> {
    match process.probe() {
        // What the signal has ended may have been reaped by now.
        Err(refused) if refused.errno() == Some(Errno::ESRCH) => Ok(()),
        other => other,
    }
}

/// Signals the groups that were asked for, each in one call, so that no child that is forked meanwhile escapes; but
/// not the own group, for pkill never signals itself. Returns those it has signalled.
fn signal_groups(order: &Order, found: &[Match]) -> HashSet<GroupId> {
    let Some(signal) = order.signal.filter(|_| order.value.is_none()) else { return HashSet::new() };
    let own = sigpost_sys::identity::group_of(0).ok().and_then(GroupId::new);
    let held: Vec<(Option<GroupId>, &Process)> =
        found.iter().map(|found| (found.process.stat().ok().and_then(|stat| stat.group), &*found.process)).collect();
    let groups = order.criteria.filter.groups.iter().filter(|group| Some(**group) != own && group.get() > 1);
    groups
        .filter(|group| held.iter().any(|(of, _)| of.as_ref() == Some(group)))
        .filter(|group| Group::open(**group).is_ok_and(|group| send_to_group(&group, signal)))
        .copied()
        .collect()
}

fn send_to_group(group: &Group, signal: sigpost_engine::Signal) -> bool {
    let witnesses = match group.leader() {
        Some(_) => Vec::new(),
        None => group.members().unwrap_or_default(),
    };
    group.send(signal, &witnesses).is_ok()
}

/// `-m`: has the kernel give back the memory of one that is ending.
fn release(process: &Process, short: &str) {
    let Ok(handle) = process.pidfd() else { return };
    // ESRCH: there is none left. EINVAL: it is not ending.
    if let Err(errno) = sigpost_sys::pidfd::release_memory(handle)
        && !matches!(errno, sigpost_sys::Errno::SRCH | sigpost_sys::Errno::INVAL)
    {
        say::error(&format!("{short}: process_mrelease failed: {}", say::meaning(errno.raw_os_error())));
    }
}

/// `pidwait`: until all have ended. Zombies have.
pub(super) fn wait(order: &Order, found: &[Match], short: &str) -> u8 {
    if order.count {
        say::out(format!("{}\n", found.len()));
    }
    let _ = scan::allow_many_handles();
    let waited = Wait::new().and_then(|mut watch| {
        for each in found {
            if order.echo {
                let tail = format!(" (pid {})\n", each.number);
                say::out([b"waiting for ", &each.name[..], tail.as_bytes()].concat());
            }
            watch.add(&*each.process)?;
        }
        let mut ended = 0;
        while watch.next(None)?.is_some() {
            ended += 1;
        }
        Ok(ended)
    });
    match waited {
        Ok(0) => status::NONE,
        Ok(_) => status::SOME,
        Err(error) => {
            say::error(&format!("{short}: {error}"));
            status::NONE
        }
    }
}
