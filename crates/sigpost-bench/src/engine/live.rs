//! The same asked of the running kernel: real processes that ignore TERM, in a PID namespace of their own, signalled by
//! its process 1.

use std::time::Duration;

use sigpost_sys::kill;

use crate::arena::{self, Trouble};
use crate::engine::clock::{batch, median};
use crate::puppets::{self, Term};

/// How many real processes there are at most.
pub(crate) const MOST: u32 = 1_000;

const LIMIT: Duration = Duration::from_mins(2);

const TERM: i32 = 15;

/// The kernel's name and version.
pub(crate) fn name() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("Linux {}", release.trim().split('-').next().unwrap_or_default())
}

/// Nanoseconds a member of kill(-pgid), of so many members.
///
/// # Errors
/// There can be no namespace here, or no such processes.
pub(crate) fn group_member(members: u32, rounds: usize) -> Result<f64, String> {
    measured(members, rounds, move |group| kill::group(group, TERM)).map(|spent| spent / f64::from(members))
}

/// Nanoseconds of kill(pid).
///
/// # Errors
/// As [`group_member`].
pub(crate) fn one_process(rounds: usize) -> Result<f64, String> {
    measured(10, rounds, move |leader| kill::process(leader, TERM))
}

fn measured(members: u32, rounds: usize, send: impl Fn(i32) -> Result<(), sigpost_sys::Errno>) -> Result<f64, String> {
    let calls = (2_000 / members).max(1);
    let answer = arena::run(LIMIT, move || {
        let family =
            puppets::start(members as usize, puppets::NAME, Term::Ignored).map_err(|error| error.to_string())?;
        send(family.group()).map_err(|error| error.to_string())?;
        let figure = median(rounds, || {
            batch(calls, || {
                let _ = send(family.group());
            })
        });
        Ok(figure.to_string())
    });
    match answer {
        Ok(text) => text.parse().map_err(|_| text),
        Err(Trouble::Refused(why) | Trouble::Failed(why)) => Err(why),
    }
}
