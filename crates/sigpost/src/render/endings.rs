//! How targets ended: a line each, a summary, and as JSON.

use anstyle::AnsiColor;
use serde::Serialize;
use sigpost_engine::{Pid, Signal};
use sigpost_linux::end::Sent;
use sigpost_linux::{End, Ending, ExitStatus, Process};

use super::escape::printable;
use super::receipts::identity;
use super::table::{self, Cell};
use crate::command_line::duration::told;
use crate::failure::Failure;

/// One line a target: `pid comm SIGNALS how-it-ended after`; `verbose` also has the inode, and when each signal was sent.
pub(crate) fn lines(ends: &[End], verbose: bool) -> String {
    let row = |end: &End| {
        let name = end.comm.as_ref().map_or_else(|| "-".to_owned(), |comm| printable(comm.as_bytes()));
        let after = end.ending.map_or_else(String::new, |ending| told(ending.after));
        let (pid, sent) =
            if verbose { (identity(end.pid, end.inode), each_sent(end)) } else { (end.pid.to_string(), sent(end)) };
        vec![Cell::number(pid), Cell::text(name), Cell::prose(sent), fate(end), Cell::text(after).dimmed()]
    };
    table::lines(&ends.iter().map(row).collect::<Vec<_>>())
}

/// The signals that were sent to it, without a CONT that only woke it for another.
fn sent(end: &End) -> String {
    let names = |keep: fn(Signal) -> bool| {
        let signals = end.sent.iter().map(|sent| sent.signal).filter(|signal| keep(*signal));
        signals.map(|signal| signal.to_string()).collect::<Vec<_>>().join(", ")
    };
    match (names(|signal| signal != Signal::CONT), names(|_| true)) {
        (_, all) if all.is_empty() => "-".to_owned(),
        (others, all) if others.is_empty() => all,
        (others, _) => others,
    }
}

/// Every signal that was sent to it, when, and who refused it.
fn each_sent(end: &End) -> String {
    let one = |sent: &Sent| {
        let refused = sent.refused.map_or_else(String::new, |refused| match refused.errno() {
            Some(errno) => format!(" ({errno})"),
            None => format!(" (error {})", refused.raw_os_error()),
        });
        format!("{} at {}{refused}", sent.signal, told(sent.after))
    };
    let all = end.sent.iter().map(one).collect::<Vec<_>>().join(", ");
    if all.is_empty() { "-".to_owned() } else { all }
}

fn fate(end: &End) -> Cell<'static> {
    match end.ending {
        Some(ending) => {
            let colour = match ending.status {
                Some(status) if status.is_success() => AnsiColor::Green,
                Some(_) => AnsiColor::Yellow,
                None => return Cell::prose(ended(&ending)).dimmed(),
            };
            Cell::prose(ended(&ending)).coloured(colour)
        }
        None => Cell::prose(alive(end)).coloured(AnsiColor::Red),
    }
}

fn ended(ending: &Ending) -> String {
    match ending.parent.filter(|_| ending.unreaped) {
        Some(parent) => format!("{ending}{}", parents_name(parent)),
        None => ending.to_string(),
    }
}

/// ` (bash)`, in brackets: who has to reap it.
fn parents_name(parent: Pid) -> String {
    let stat = Process::open(parent).ok().and_then(|process| process.stat().ok());
    stat.map_or_else(String::new, |stat| format!(" ({})", printable(stat.comm.as_bytes())))
}

fn alive(end: &End) -> String {
    match end.sent.last().and_then(|sent| sent.refused) {
        Some(refused) => match refused.errno() {
            Some(errno) => format!("alive: it refuses {} ({errno})", name(refused.signal)),
            None => format!("alive: {refused}"),
        },
        None => "alive".to_owned(),
    }
}

fn name(signal: Option<Signal>) -> String {
    signal.map_or_else(|| "the null signal".to_owned(), |signal| signal.to_string())
}

/// `4 selected, 1 exited 0, 1 ended by KILL, 1 ended, 1 alive`; whom to ask about first, if some are alive.
pub(crate) fn summary(ends: &[End]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for end in ends {
        let word = match end.ending.map(|ending| ending.status) {
            Some(Some(ExitStatus::Signalled { signal, .. })) => format!("ended by {signal}"),
            Some(Some(status)) => status.to_string(),
            Some(None) => "ended".to_owned(),
            None => "alive".to_owned(),
        };
        match counts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    counts.sort_by(|(left, _), (right, _)| (left == "alive", left).cmp(&(right == "alive", right)));
    let mut parts = vec![format!("{} selected", ends.len())];
    parts.extend(counts.into_iter().map(|(word, count)| format!("{count} {word}")));
    let first_alive = ends.iter().find(|end| end.ending.is_none());
    let hint = first_alive.map_or_else(String::new, |end| format!("; `sigpost why {}` tells what holds it", end.pid));
    parts.join(", ") + &hint
}

/// A line of `end --json` and `wait --json`. The keys are documented in `docs/json.md`.
#[derive(Serialize)]
struct Line {
    pid: i32,
    comm: Option<String>,
    sent: Vec<SentLine>,
    alive: bool,
    evidence: &'static str,
    exit: Option<Exit>,
    inode: Option<u64>,
}

#[derive(Serialize)]
struct SentLine {
    signal: String,
    ms: u64,
    errno: Option<i32>,
}

/// How a target ended, as it stands in JSON.
#[derive(Serialize)]
pub(crate) struct Exit {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    core: Option<bool>,
    ms: u64,
    unreaped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<i32>,
}

impl Exit {
    /// That of an end that was seen.
    pub(crate) fn of(ending: &Ending) -> Self {
        let unknown = Self {
            code: None,
            signal: None,
            core: None,
            ms: millis(ending.after),
            unreaped: ending.unreaped,
            parent: ending.parent.map(Pid::get),
        };
        match ending.status {
            Some(ExitStatus::Exited(code)) => Self { code: Some(code), ..unknown },
            Some(ExitStatus::Signalled { signal, core }) => {
                Self { signal: Some(signal.to_string()), core: Some(core), ..unknown }
            }
            None => unknown,
        }
    }
}

fn millis(duration: core::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// JSON, one object a line.
///
/// # Errors
/// Exit 3: the encoder fails, which no end makes it do.
pub(crate) fn json(ends: &[End]) -> Result<String, Failure> {
    let mut lines = String::new();
    for end in ends {
        let sent = end.sent.iter().map(|sent| SentLine {
            signal: sent.signal.to_string(),
            ms: millis(sent.after),
            errno: sent.refused.map(|refused| refused.raw_os_error()),
        });
        let line = Line {
            pid: end.pid.get(),
            comm: end.comm.as_ref().map(|comm| String::from_utf8_lossy(comm.as_bytes()).into_owned()),
            sent: sent.collect(),
            alive: end.ending.is_none(),
            evidence: "observed",
            exit: end.ending.as_ref().map(Exit::of),
            inode: end.inode,
        };
        lines += &serde_json::to_string(&line).map_err(|error| Failure::internal(error.to_string()))?;
        lines.push('\n');
    }
    Ok(lines)
}
