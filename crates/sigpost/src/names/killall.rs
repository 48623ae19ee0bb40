//! `killall` of psmisc: by exact name, by the file that is run, by regular expression.

mod arguments;
mod ask;
mod who;

use std::ffi::OsString;

use alloc::rc::Rc;
use std::collections::HashSet;

use sigpost_engine::{Errno, GroupId};
use sigpost_linux::{Group, Process, Refused, Wait, scan};

use self::arguments::{Order, Wanted};
use self::who::{Candidate, Wish};
use super::{Called, say, signal_word};

/// Runs the tool; its exit status: 0 if every name had somebody who was signalled, 1 otherwise.
pub(super) fn run(called: &Called) -> u8 {
    match arguments::read(&called.words) {
        Ok(Wanted::List) => {
            say::out(list());
            0
        }
        Ok(Wanted::Version) => {
            say::error(&super::version(called.name));
            0
        }
        Ok(Wanted::Order(order)) => match send(&order) {
            Ok(status) => status,
            Err(line) => {
                say::error(&line);
                1
            }
        },
        Err(arguments::Mistake::Line(line)) => {
            say::error(&line);
            1
        }
        Err(arguments::Mistake::Usage(why)) => {
            if let Some(why) = why {
                say::error(why);
            }
            say::error(arguments::HELP);
            1
        }
    }
}

/// Whether the words ask who is to be signalled.
///
/// # Errors
/// The line to be said; for a usage, its text.
pub(super) fn judge(words: &[OsString]) -> Result<bool, String> {
    match arguments::read(words) {
        Ok(Wanted::Order(order)) => Ok(!order.names.is_empty() || order.user.is_some() || order.context.is_some()),
        Ok(_) => Ok(true),
        Err(arguments::Mistake::Line(line)) => Err(line),
        Err(arguments::Mistake::Usage(_)) => Err(arguments::HELP.to_owned()),
    }
}

/// `-l`: all names, on lines of 80 columns.
fn list() -> String {
    let mut lines = String::new();
    let mut column = 0;
    for (name, _) in signal_word::listed() {
        if column > 0 && column + name.len() + 1 > 80 {
            lines.push('\n');
            column = 0;
        } else if column > 0 {
            lines.push(' ');
        }
        lines += name;
        column += name.len() + 1;
    }
    lines + "\n"
}

/// What was done so far.
#[derive(Default)]
struct Done {
    /// By each name, whether somebody was signalled.
    named: Vec<bool>,
    groups: HashSet<GroupId>,
    /// Whether anybody was signalled.
    any: bool,
    /// Who is to be waited for.
    awaited: Vec<Rc<Process>>,
}

fn send(order: &Order) -> Result<u8, String> {
    scan::allow_many_handles().map_err(|error| error.to_string())?;
    let wish = Wish::of(order)?;
    let mut done = Done { named: vec![false; order.names.len()], ..Done::default() };
    let own = std::process::id().cast_signed();
    for process in scan::each_opened().map_err(|error| error.to_string())? {
        let process = process.map_err(|error| error.to_string())?;
        if process.pid().get() == own {
            continue;
        }
        let Some(candidate) = wish.look_at(process) else { continue };
        if let Some(process) = scan::keep(candidate.process).map_err(|error| error.to_string())? {
            signal(order, Candidate { process, ..candidate }, &mut done);
        }
    }
    if !order.quiet {
        let missing = order.names.iter().zip(&done.named).filter(|(_, found)| !**found);
        for (name, _) in missing {
            say::error(&format!("{}: no process found", crate::render::escape::printable(name)));
        }
    }
    wait(&done.awaited)?;
    let all_found = done.named.iter().all(|found| *found);
    let succeeded = if order.names.is_empty() { done.any } else { all_found };
    Ok(u8::from(!succeeded))
}

/// Signals one process, or its group if nobody has yet.
fn signal(order: &Order, candidate: Candidate, done: &mut Done) {
    let group = if order.groups { candidate.group } else { None };
    if order.groups && group.is_none_or(|group| !done.groups.insert(group)) {
        // Its group has been signalled with another member; or it is one outside of the PID namespace.
        return;
    }
    let id = group.map_or_else(|| candidate.process.pid().get(), GroupId::get);
    let of_group = if group.is_some() { "pgid " } else { "" };
    let shown = format!("{}({of_group}{id})", String::from_utf8_lossy(&candidate.name));
    if order.interactive && !ask::agrees(order.signal, &shown) {
        return;
    }
    let process = Rc::new(candidate.process);
    let sent = match group {
        Some(group) => to_group(order, group),
        None => to_process(order, &process).map(|()| vec![Rc::clone(&process)]),
    };
    match sent {
        Ok(reached) => {
            if order.verbose {
                say::error(&format!("Killed {shown} with signal {}", signal_word::number(order.signal)));
            }
            if let Some(place) = candidate.named_by {
                done.named[place] = true;
            }
            done.any = true;
            // Handles are few: only those are kept that are needed.
            if order.wait {
                done.awaited.extend(reached);
            }
        }
        // Gone meanwhile, which was to be.
        Err(refused) if refused.errno() == Some(Errno::ESRCH) && !order.interactive => {}
        Err(refused) => {
            let name = String::from_utf8_lossy(&candidate.name);
            let why =
                if refused.is_beyond_the_kernel() { refused.to_string() } else { say::meaning(refused.raw_os_error()) };
            say::error(&format!("{name}({id}): {why}"));
        }
    }
}

fn to_process(order: &Order, process: &Process) -> Result<(), Refused> {
    match order.signal {
        Some(signal) => process.send(signal),
        None => process.probe(),
    }
}

/// Signals a group in one call; its members, as they were before.
fn to_group(order: &Order, id: GroupId) -> Result<Vec<Rc<Process>>, Refused> {
    let opened = if id.get() == 1 { Group::open_of_init() } else { Group::open(id) };
    // A group that has lost its last member meanwhile is one to which nothing is to be sent any more.
    let Ok(group) = opened else { return Ok(Vec::new()) };
    let members = group.members().unwrap_or_default();
    match order.signal {
        Some(signal) => group.send(signal, &members).map(drop)?,
        None => group.probe()?,
    }
    Ok(members.into_iter().map(Rc::new).collect())
}

/// `-w`: until all have ended. Zombies have.
fn wait(processes: &[Rc<Process>]) -> Result<(), String> {
    let mut watch = Wait::new().map_err(|error| error.to_string())?;
    for process in processes {
        watch.add(&**process).map_err(|error| error.to_string())?;
    }
    while watch.next(None).map_err(|error| error.to_string())?.is_some() {}
    Ok(())
}
