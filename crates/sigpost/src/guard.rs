//! What needs to be said aloud: everyone, process 1, a scope that holds sigpost, more targets than expected.
//!
//! Each refusal comes before anything is sent. Verbs that send nothing need none of this.

use sigpost_engine::{GroupId, Pid};
use sigpost_linux::send::Addressee;
use sigpost_linux::{Cgroup, Process, Session, scan};

use crate::command_line::options::Sending;
use crate::command_line::selecting::is_root;
use crate::failure::Failure;
use crate::target::Target;

/// Refuses targets that must be named aloud, by what was typed alone.
///
/// # Errors
/// Exit 2: process 1, its group or its session without `--allow-init`; what may reach nearly everyone without
/// `--broadcast`; what is signalled one process after the other with `--atomic`.
pub(crate) fn check_words(sending: &Sending) -> Result<(), Failure> {
    if sending.dry_run {
        return Ok(());
    }
    for target in &sending.targets.targets {
        check_init(sending, target)?;
        check_breadth(sending, target)?;
    }
    if sending.targets.inverse && !sending.broadcast {
        return Err(Failure::usage("--inverse selects everyone but some: if that is meant, --broadcast as well"));
    }
    if sending.atomic { check_atomic(sending) } else { Ok(()) }
}

fn check_init(sending: &Sending, target: &Target) -> Result<(), Failure> {
    const GROUP: &str = "g:1 is the group of init, process 1: if it is meant, --allow-init";
    let line = match target {
        _ if sending.allow_init => return Ok(()),
        Target::Process(pid) | Target::Identity(pid, _) if pid.get() == 1 => {
            "target 1 is init, the process that everything else depends on: if it is meant, --allow-init"
        }
        Target::Group(group) if group.get() == 1 => GROUP,
        Target::GroupIdentity(leader, _) if leader.get() == 1 => GROUP,
        Target::Session(session) if session.get() == 1 => {
            "s:1 is the session of init, process 1: if it is meant, --allow-init"
        }
        _ => return Ok(()),
    };
    Err(Failure::usage(line))
}

/// What may reach nearly everyone.
fn check_breadth(sending: &Sending, target: &Target) -> Result<(), Failure> {
    let what = match target {
        _ if sending.broadcast => return Ok(()),
        Target::Tree(root) if root.get() == 1 => "is everyone below init".to_owned(),
        Target::Tree(root) => {
            let line = lineage()?;
            match line.iter().position(|ours| ours.pid() == *root) {
                Some(_) => "holds sigpost itself and what it was started from".to_owned(),
                None => return Ok(()),
            }
        }
        Target::Cgroup(path) if is_root(path) => "is the root of all cgroups, and so everyone".to_owned(),
        Target::Pattern(pattern) if pattern.matches_empty() => {
            "matches the empty string, and so every process".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Failure::usage(format!("{target} {what}: if that is meant, --broadcast as well")))
}

/// Refuses what has no atomic way.
fn check_atomic(sending: &Sending) -> Result<(), Failure> {
    const SELECTED: &str = "whoever it selects is signalled one after the other";
    let why = |target: &Target| match target {
        Target::Session(_) => Some("a session is signalled one group after the other"),
        Target::Tree(_) => Some("a tree is signalled one process after the other"),
        Target::Port(_) | Target::Name(_) | Target::Executable(_) | Target::Pattern(_) => Some(SELECTED),
        _ => None,
    };
    let refused = sending.targets.targets.iter().find_map(|target| Some((target.to_string(), why(target)?)));
    let by_filters = sending.targets.targets.is_empty() && !sending.targets.is_empty();
    let refused = refused.or_else(|| by_filters.then(|| ("a selection by filters".to_owned(), SELECTED)));
    match refused {
        Some((target, why)) => Err(Failure::usage(format!(
            "{target} has no atomic way ({why}): a process, a group (g:) or a cgroup (c:) has, or leave out --atomic"
        ))),
        None => Ok(()),
    }
}

/// Refuses a group that holds sigpost itself or an ancestor of it.
///
/// # Errors
/// Exit 2: it does, and `--include-self` was not said.
pub(crate) fn check_group(sending: &Sending, group: GroupId) -> Result<(), Failure> {
    let holds = |process: &Process| process.stat().is_ok_and(|stat| stat.group == Some(group));
    check_holds(sending, &format!("g:{group}"), holds)
}

/// Refuses a session or a cgroup that holds sigpost itself or an ancestor of it. A tree that does was refused by
/// what was typed.
///
/// # Errors
/// Exit 2: it does, and `--include-self` was not said; a cgroup that holds sigpost itself in any case.
pub(crate) fn check_scope(sending: &Sending, scope: &Addressee) -> Result<(), Failure> {
    match scope {
        Addressee::Session(session) => check_session(sending, session),
        Addressee::Cgroup(cgroup) => check_cgroup(sending, cgroup),
        _ => Ok(()),
    }
}

fn check_session(sending: &Sending, session: &Session) -> Result<(), Failure> {
    let id = session.id();
    let holds = |process: &Process| process.stat().is_ok_and(|stat| stat.session == Some(id));
    check_holds(sending, &format!("s:{id}"), holds)
}

fn check_cgroup(sending: &Sending, cgroup: &Cgroup) -> Result<(), Failure> {
    if sending.dry_run {
        return Ok(());
    }
    let has = |pid: Pid| cgroup.has(pid).map_err(|error| Failure::internal(error.to_string()));
    let path = cgroup.path();
    let line = lineage()?;
    if let Some(own) = line.first()
        && has(own.pid())?
    {
        return Err(Failure::usage(format!(
            "c:{path} holds sigpost itself, which cannot freeze or kill what it is in and see it through: start it \
             from another cgroup"
        )));
    }
    let mut inside = Vec::new();
    for ours in &line {
        if has(ours.pid())? {
            inside.push(ours.pid());
        }
    }
    check_holds(sending, &format!("c:{path}"), |process| inside.contains(&process.pid()))
}

fn check_holds(sending: &Sending, target: &str, holds: impl Fn(&Process) -> bool) -> Result<(), Failure> {
    if sending.dry_run || sending.include_self {
        return Ok(());
    }
    let lineage = lineage()?;
    let Some(place) = lineage.iter().position(holds) else { return Ok(()) };
    let who = match place {
        0 => "sigpost itself".to_owned(),
        _ => format!("process {}, which sigpost was started from", lineage[place].pid()),
    };
    Err(Failure::usage(format!(
        "{target} holds {who}: if that is meant, --include-self; otherwise name the members that are meant"
    )))
}

/// Refuses process 1 where something else than its number led to it: a pid file.
///
/// # Errors
/// Exit 2: it is there, and `--allow-init` was not said.
pub(crate) fn check_found(sending: &Sending, processes: &[Process]) -> Result<(), Failure> {
    let has_init = processes.iter().any(|process| process.pid().get() == 1);
    if has_init && !sending.dry_run && !sending.allow_init {
        return Err(Failure::usage("the pid file names process 1, which is init: if it is meant, --allow-init"));
    }
    Ok(())
}

/// Refuses more targets than `--max`.
///
/// # Errors
/// Exit 2: there are more.
pub(crate) fn check_count(sending: &Sending, selected: usize) -> Result<(), Failure> {
    match sending.max {
        Some(max) if selected > max => Err(Failure::usage(format!(
            "more is selected than --max {max} allows ({selected}): nothing was sent; `sigpost ls` shows whom"
        ))),
        _ => Ok(()),
    }
}

/// This process and its ancestors, nearest first, as far as the PID namespace shows them.
///
/// # Errors
/// Exit 3: `/proc` cannot be read.
pub(crate) fn lineage() -> Result<Vec<Process>, Failure> {
    scan::own_line().map_err(|error| Failure::internal(error.to_string()))
}
