//! What the kernel shows of a member after the send. Nothing here knows what was predicted.

use std::{fs, io};

use rustix::process::WaitIdStatus;
use sigpost_engine::Verdict;
use sigpost_linux::proc_stat::State;
use sigpost_linux::proc_status::Status;

use super::member::{Answer, Member};
use super::role::SIGNAL;

/// What was seen, and the verdict that it shows; `None` if it shows none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    pub(crate) verdict: Option<Verdict>,
    pub(crate) seen: String,
}

impl Observation {
    fn shows(verdict: Verdict, seen: impl Into<String>) -> Self {
        Self { verdict: Some(verdict), seen: seen.into() }
    }

    fn nothing(seen: impl Into<String>) -> Self {
        Self { verdict: None, seen: seen.into() }
    }
}

/// Whether the member had ended before the send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Alive,
    Zombie,
}

/// Looks at one member. `refused` says whether the sender's null signal to it was answered with EPERM, straight
/// after the send.
///
/// # Errors
/// The kernel's files cannot be read.
pub(crate) fn observe(member: &Member, before: Before, sender: i32, refused: bool) -> io::Result<Observation> {
    let state = status(member)?.state;
    let answer = if state == State::Stopped { Answer::Silent } else { member.ask() };
    if answer == Answer::Ended {
        return ended(member, before);
    }
    let status = status(member)?;
    let records = member.logged()?;
    let is_pending = status.pending.contains(SIGNAL) || status.shared_pending.contains(SIGNAL);
    let is_blocked = status.blocked.set().contains(SIGNAL);
    let seen = match (records.as_slice(), is_pending, answer, status.state) {
        ([record], false, Answer::Runs, _) if record.pid == sender && record.code == 0 => {
            Observation::shows(Verdict::Handles, format!("its handler logged {SIGNAL} from {sender}"))
        }
        ([], true, Answer::Silent, State::Stopped) if !is_blocked => {
            Observation::shows(Verdict::Defers, "pending, not blocked, and it is still stopped")
        }
        ([], true, Answer::Runs, _) if is_blocked => {
            Observation::shows(Verdict::Pends, "pending and blocked, and it still runs")
        }
        ([], false, Answer::Runs, _) if refused => {
            Observation::shows(Verdict::Refused, "the null signal to it is EPERM; its handler logged nothing")
        }
        ([], false, Answer::Runs, _) if status.ignored.contains(SIGNAL) => {
            Observation::shows(Verdict::Ignores, "its disposition is to ignore; nothing is pending, and it still runs")
        }
        (records, ..) => Observation::nothing(format!(
            "state {}, {} logged, pending: {is_pending}, blocked: {is_blocked}",
            status.state.letter(),
            records.len()
        )),
    };
    Ok(seen)
}

/// The member has ended: by what?
fn ended(member: &Member, before: Before) -> io::Result<Observation> {
    if !member.ends_soon()? {
        return Ok(Observation::nothing("it closed its end of the line, and did not end"));
    }
    let ending = member.ending()?;
    let signal = ending.as_ref().and_then(WaitIdStatus::terminating_signal);
    let code = ending.as_ref().and_then(WaitIdStatus::exit_status);
    Ok(match (before, signal, code) {
        (Before::Alive, Some(signal), _) if signal == i32::from(SIGNAL.number()) => {
            Observation::shows(Verdict::Terminates, format!("waitid: ended by {SIGNAL}"))
        }
        (Before::Zombie, None, Some(0)) => {
            Observation::shows(Verdict::Zombie, "state Z before; waitid: it exited with 0, as before")
        }
        _ => Observation::nothing(format!("waitid: signal {signal:?}, exit status {code:?}")),
    })
}

/// Whether a member is a zombie now.
///
/// # Errors
/// As [`observe`].
pub(crate) fn before(member: &Member) -> io::Result<Before> {
    Ok(if status(member)?.state == State::Zombie { Before::Zombie } else { Before::Alive })
}

/// A member's own status file: its number is its own until it is waited for.
fn status(member: &Member) -> io::Result<Status> {
    let bytes = fs::read(format!("/proc/{}/status", member.pid()))?;
    Status::parse(&bytes).map_err(io::Error::other)
}
