//! What needs to be said aloud: everyone, process 1, a group that holds sigpost, more targets than expected.
//!
//! Each refusal comes before anything is sent. Verbs that send nothing need none of this.

use sigpost_engine::GroupId;
use sigpost_linux::{Process, scan};

use crate::command_line::options::Sending;
use crate::failure::Failure;
use crate::target::Target;

/// Refuses targets that must be named aloud, by what was typed alone.
///
/// # Errors
/// Exit 2: process 1 or its group without `--allow-init`.
pub(crate) fn check_words(sending: &Sending) -> Result<(), Failure> {
    if sending.dry_run || sending.allow_init {
        return Ok(());
    }
    for target in &sending.targets {
        match target {
            Target::Process(pid) | Target::Identity(pid, _) if pid.get() == 1 => {
                return Err(Failure::usage(
                    "target 1 is init, the process that everything else depends on: if it is meant, --allow-init",
                ));
            }
            Target::Group(group) if group.get() == 1 => {
                return Err(Failure::usage("g:1 is the group of init, process 1: if it is meant, --allow-init"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a group that holds sigpost itself or an ancestor of it.
///
/// # Errors
/// Exit 2: it does, and `--include-self` was not said.
pub(crate) fn check_group(sending: &Sending, group: GroupId) -> Result<(), Failure> {
    if sending.dry_run || sending.include_self {
        return Ok(());
    }
    let lineage = lineage()?;
    let holds = |process: &Process| process.stat().is_ok_and(|stat| stat.group == Some(group));
    let Some(place) = lineage.iter().position(holds) else { return Ok(()) };
    let who = match place {
        0 => "sigpost itself".to_owned(),
        _ => format!("process {}, which sigpost was started from", lineage[place].pid()),
    };
    Err(Failure::usage(format!(
        "g:{group} holds {who}: if that is meant, --include-self; otherwise name the members that are meant"
    )))
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
