//! At whom `kill` aims: processes by number, by number and inode, or by name; groups; everyone.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use sigpost_engine::{Errno, GroupId, Pid, Signal, SignalSet};
use sigpost_linux::everyone::kill_everyone;
use sigpost_linux::proc_status::Status;
use sigpost_linux::process_group::GroupError;
use sigpost_linux::{Group, OpenError, Process, Refused, Target, ThreadNumber, scan};

use crate::names::say::meaning;
use crate::render::escape::printable;

/// Somebody to be signalled, held by handle where there is one.
#[derive(Debug)]
pub(super) enum Aim {
    Process(Process),
    /// Nobody, or nobody that can be opened, has this number: what the system says.
    Nobody(i32, String),
    /// `-PGID`.
    Group(GroupId),
    /// `0`.
    OwnGroup,
    /// `-1`.
    Everyone,
}

/// Why it could not be signalled.
#[derive(Debug)]
pub(super) struct Failed(pub(super) String);

/// What an operand means, before anybody is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    /// `PID:INODE`.
    Identity(Pid, u64),
    /// A process, a group (negative), the own group (0), everyone (-1).
    Number(i32),
    Name,
}

/// Reads one operand.
///
/// # Errors
/// The line to be said: it is no operand.
pub(in crate::names) fn meant(word: &OsStr) -> Result<Meant, String> {
    let text = printable(word.as_bytes());
    if text.is_empty() {
        return Err("failed to parse argument: ''".to_owned());
    }
    if let Some((pid, inode)) = identity(&text) {
        return Ok(Meant::Identity(pid, inode));
    }
    match number(word.as_bytes()) {
        // Nobody means the own group by this.
        Some(0) if text.starts_with('-') => Err(format!("failed to parse argument: '{text}'")),
        Some(number) => Ok(Meant::Number(number)),
        None => Ok(Meant::Name),
    }
}

/// Opens those that one operand means. A name may stand for many.
///
/// # Errors
/// The line to be said: nobody has this name, it is no operand.
pub(super) fn read(word: &OsStr, all_users: bool) -> Result<Vec<Aim>, String> {
    match meant(word)? {
        Meant::Identity(pid, inode) => {
            let exact = Process::open_exact(pid, inode);
            Ok(vec![exact.map_or_else(|error| nobody(pid, error), Aim::Process)])
        }
        Meant::Number(number) => Ok(vec![numbered(number)]),
        Meant::Name => named(word.as_bytes(), all_users),
    }
}

/// A number. Blanks before that of a process do not count: `ps -o pid=` prints such. Groups, and everyone, are meant by
/// the very word alone.
fn number(word: &[u8]) -> Option<i32> {
    let without_blanks = word.trim_ascii_start();
    let number: i32 = core::str::from_utf8(without_blanks).ok()?.parse().ok()?;
    (number > 0 || without_blanks.len() == word.len()).then_some(number)
}

/// `PID:INODE`.
fn identity(text: &str) -> Option<(Pid, u64)> {
    let (pid, inode) = text.split_once(':')?;
    Some((pid.parse().ok().and_then(Pid::new)?, inode.parse().ok().filter(|inode| *inode > 0)?))
}

fn numbered(number: i32) -> Aim {
    match (Pid::new(number), number) {
        (Some(pid), _) => open(pid).map_or_else(|error| nobody(pid, error), Aim::Process),
        (None, 0) => Aim::OwnGroup,
        (None, -1) => Aim::Everyone,
        // The smallest number has no positive counterpart, and nobody is in a group of that number.
        (None, _) => match number.checked_neg().and_then(GroupId::new) {
            Some(group) => Aim::Group(group),
            None => Aim::Nobody(number, said(Errno::ESRCH)),
        },
    }
}

/// A thread's number means its process: that is what kill(2) makes of it.
fn open(pid: Pid) -> Result<Process, OpenError> {
    match Process::open(pid) {
        Err(OpenError::Thread(ThreadNumber { process: Some(process), .. })) => Process::open(process),
        other => other,
    }
}

fn nobody(pid: Pid, error: OpenError) -> Aim {
    let why = match error {
        OpenError::Gone(_) | OpenError::Thread(_) => said(Errno::ESRCH),
        OpenError::System(_, number) => meaning(number),
        other => other.to_string(),
    };
    Aim::Nobody(pid.get(), why)
}

fn said(errno: Errno) -> String {
    meaning(errno.number())
}

/// All processes of this name that run as the caller, or anybody's; never this one.
fn named(name: &[u8], all_users: bool) -> Result<Vec<Aim>, String> {
    let own_user = rustix::process::getuid().as_raw();
    let own = std::process::id().cast_signed();
    let of_user = |process: &Process| {
        all_users || process.status().is_ok_and(|Status { uids: [_, effective, ..], .. }| effective == own_user)
    };
    let found = scan::by_name(name).map_err(|error| error.to_string())?;
    let meant = found.into_iter().filter(|process| process.pid().get() != own && of_user(process));
    let aims: Vec<Aim> = meant.map(Aim::Process).collect();
    if aims.is_empty() { Err(format!("cannot find process \"{}\"", printable(name))) } else { Ok(aims) }
}

impl Aim {
    /// The number it was named by.
    pub(super) fn number(&self) -> i32 {
        match self {
            Self::Process(process) => process.pid().get(),
            Self::Nobody(number, _) => *number,
            Self::Group(group) => -group.get(),
            Self::OwnGroup => 0,
            Self::Everyone => -1,
        }
    }

    /// Whether it is there and does not catch the signal; a group as a whole never does. All 64 signals are asked of
    /// `status`: `stat` knows only 31.
    pub(super) fn lacks_handler(&self, signal: Option<Signal>) -> bool {
        let process = match self {
            Self::Process(process) => process,
            Self::Nobody(..) => return false,
            Self::Group(_) | Self::OwnGroup | Self::Everyone => return true,
        };
        let caught = process.status().map_or(SignalSet::EMPTY, |status| status.caught);
        !signal.is_some_and(|signal| caught.contains(signal))
    }

    /// Sends.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn send(&self, signal: Option<Signal>, value: Option<i32>) -> Result<(), Failed> {
        match self {
            Self::Process(process) => to_process(process, signal, value).map_err(refused),
            Self::Nobody(_, why) => Err(Failed(why.clone())),
            // A value goes to one process.
            _ if value.is_some() => Err(Failed(said(Errno::ESRCH))),
            Self::Group(group) => to_group(*group, signal),
            Self::OwnGroup => to_own_group(signal).map_err(refused),
            Self::Everyone => to_everyone(signal),
        }
    }
}

fn refused(refused: Refused) -> Failed {
    Failed(meaning(refused.raw_os_error()))
}

/// Sends to the very process that was opened.
pub(super) fn to_process(process: &Process, signal: Option<Signal>, value: Option<i32>) -> Result<(), Refused> {
    match (signal, value) {
        (None, _) => process.probe(),
        (Some(signal), None) => process.send(signal),
        (Some(signal), Some(value)) => process.send_value(signal, value),
    }
}

fn to_group(id: GroupId, signal: Option<Signal>) -> Result<(), Failed> {
    let group = Group::open(id).map_err(|error| match error {
        GroupError::Empty(_) => Failed(said(Errno::ESRCH)),
        other => Failed(other.to_string()),
    })?;
    let Some(signal) = signal else { return group.probe().map_err(refused) };
    // Without a leader the number is used, and members prove that it was the group's.
    let held = match group.leader() {
        Some(_) => Vec::new(),
        None => group.members().unwrap_or_default(),
    };
    group.send(signal, &held).map(drop).map_err(refused)
}

fn to_own_group(signal: Option<Signal>) -> Result<(), Refused> {
    match signal {
        Some(signal) => sigpost_linux::kill::kill(Target::OwnGroup, signal),
        None => sigpost_linux::kill::probe(Target::OwnGroup),
    }
}

/// Everyone but process 1 and the caller.
fn to_everyone(signal: Option<Signal>) -> Result<(), Failed> {
    if let Some(signal) = signal {
        return kill_everyone(signal).map_err(refused);
    }
    let own = std::process::id().cast_signed();
    let is_another = |pid: &Pid| !matches!(pid.get(), 1) && pid.get() != own;
    match scan::pids() {
        Ok(pids) if pids.iter().any(is_another) => Ok(()),
        Ok(_) => Err(Failed(said(Errno::ESRCH))),
        Err(error) => Err(Failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_number_or_none() {
        let cases = [
            (&b"7"[..], Some(7)),
            (b" \t7", Some(7)),
            (b"7 ", None),
            (b"-7", Some(-7)),
            (b" -7", None),
            (b" -1", None),
            (b" 0", None),
            (b" ", None),
            (b"\xff7", None),
        ];
        for (word, expected) in cases {
            assert_eq!(number(word), expected, "{}", printable(word));
        }
    }

    #[test]
    fn the_own_group_is_not_meant_by_a_number_with_a_sign() {
        assert!(read(OsStr::new("-0"), false).is_err());
    }
}
