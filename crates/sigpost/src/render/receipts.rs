//! Receipts as columns and as JSON lines, and their summary.

use alloc::borrow::Cow;
use std::collections::HashMap;

use anstyle::AnsiColor;
use serde::Serialize;
use sigpost_engine::{DefaultAction, GroupId, Pid, SessionId, Signal, Verdict};
use sigpost_linux::{End, Ending, Evidence, ExitStatus, Outcome, Receipt, Scope, Via};

use super::endings::Exit;
use super::escape::shown;
use super::table::{self, Cell};
use crate::failure::Failure;

/// One line a receipt: `pid comm SIGNAL verdict reason`; with its inode after the number, where that was asked for.
pub(crate) fn lines(receipts: &[Receipt]) -> String {
    fn row(receipt: &Receipt) -> [Cell<'_>; 5] {
        [
            Cell::number(identity(receipt.pid, receipt.inode)),
            name(receipt),
            Cell::text(signal(receipt.signal)),
            verdict(receipt.outcome),
            Cell::prose(&receipt.reason),
        ]
    }
    table::lines(&receipts.iter().map(row).collect::<Vec<_>>())
}

/// The same with everything that is known: `pid:inode comm SIGNAL verdict evidence via reason`.
pub(crate) fn verbose(receipts: &[Receipt]) -> String {
    fn row(receipt: &Receipt) -> [Cell<'_>; 7] {
        [
            Cell::number(identity(receipt.pid, receipt.inode)),
            name(receipt),
            Cell::text(signal(receipt.signal)),
            verdict(receipt.outcome),
            Cell::text(receipt.evidence.word()).dimmed(),
            Cell::text(format!("via {}", receipt.via.map_or("nothing", Via::word))).dimmed(),
            Cell::prose(&receipt.reason),
        ]
    }
    table::lines(&receipts.iter().map(row).collect::<Vec<_>>())
}

/// `4711`, or `4711:1937707`, which names this very process on the command line.
pub(super) fn identity(pid: Pid, inode: Option<u64>) -> String {
    match inode {
        Some(inode) => format!("{pid}:{inode}"),
        None => pid.get().to_string(),
    }
}

fn name(receipt: &Receipt) -> Cell<'_> {
    Cell::text(receipt.comm.as_ref().map_or(Cow::Borrowed("-"), |comm| shown(comm.as_bytes())))
}

/// The null signal is `0`.
fn signal(signal: Option<Signal>) -> Cow<'static, str> {
    signal.map_or(Cow::Borrowed("0"), |signal| Cow::Owned(signal.to_string()))
}

/// The word of the verdict: green where something happens, yellow where nothing does yet, red where it was refused.
pub(crate) fn verdict(outcome: Outcome) -> Cell<'static> {
    use Verdict as V;
    let cell = Cell::text(outcome.word());
    match outcome {
        Outcome::Escaped | Outcome::Verdict(V::Refused | V::QueueFull | V::Withheld) => cell.coloured(AnsiColor::Red),
        Outcome::Verdict(V::Ignores | V::Pends | V::Defers | V::Merges | V::Immune) => cell.coloured(AnsiColor::Yellow),
        Outcome::Verdict(V::Zombie) | Outcome::Gone | Outcome::Skipped | Outcome::Unknown => cell.dimmed(),
        Outcome::Verdict(_) => cell.coloured(AnsiColor::Green),
    }
}

/// `3 selected, 1 handles, 1 pends, 1 refused (EPERM)`; `rules` says by whose rules, after the number.
pub(crate) fn summary(receipts: &[Receipt], rules: &str) -> String {
    let mut parts = vec![format!("{} selected{rules}", receipts.len())];
    let mut counts: Vec<(Outcome, usize)> = Vec::new();
    for receipt in receipts {
        match counts.iter_mut().find(|(found, _)| *found == receipt.outcome) {
            Some((_, count)) => *count += 1,
            None => counts.push((receipt.outcome, 1)),
        }
    }
    let verdicts = Verdict::ALL.map(Outcome::Verdict);
    for outcome in verdicts.into_iter().chain([Outcome::Gone, Outcome::Skipped, Outcome::Escaped, Outcome::Unknown]) {
        match counts.iter().find(|(found, _)| *found == outcome) {
            None => {}
            Some((_, count)) => parts.push(format!("{count} {}", counted(outcome))),
        }
    }
    parts.join(", ")
}

fn counted(outcome: Outcome) -> String {
    match outcome {
        Outcome::Verdict(Verdict::Refused | Verdict::QueueFull) => format!("refused ({outcome})"),
        Outcome::Gone => format!("gone ({outcome})"),
        other => other.word().to_owned(),
    }
}

/// JSON, one object a line.
///
/// # Errors
/// Exit 3: the encoder fails, which no receipt makes it do.
pub(crate) fn json(receipts: &[Receipt], ends: &[End], dry_run: bool) -> Result<String, Failure> {
    let ended = ends.iter().filter_map(|end| Some((end.pid, end.ending?)));
    let ended: HashMap<Pid, Ending> = ended.collect();
    let mut lines = String::new();
    for receipt in receipts {
        let line = serde_json::to_string(&Line::of(receipt, ended.get(&receipt.pid), dry_run));
        lines += &line.map_err(|error| Failure::internal(error.to_string()))?;
        lines.push('\n');
    }
    Ok(lines)
}

/// What the end of a target says about what was predicted: whom this very signal ended, it ended.
fn observed(receipt: &Receipt, ending: Option<&Ending>) -> (Outcome, Evidence) {
    match (receipt.outcome, receipt.signal, ending.and_then(|ending| ending.status)) {
        (_, Some(sent), Some(ExitStatus::Signalled { signal, .. })) if receipt.sent && signal == sent => {
            let dumps = sent.default_action() == DefaultAction::Dump;
            (Outcome::Verdict(if dumps { Verdict::Dumps } else { Verdict::Terminates }), Evidence::Observed)
        }
        _ => (receipt.outcome, receipt.evidence),
    }
}

/// A line of `--json`. Keys and their order are part of the interface: `docs/json.md`.
#[derive(Serialize)]
struct Line<'a> {
    pid: i32,
    inode: Option<u64>,
    start: Option<u64>,
    comm: Option<String>,
    uid: Option<u32>,
    pgid: Option<i32>,
    sid: Option<i32>,
    signal: Option<String>,
    scope: &'static str,
    via: Option<&'static str>,
    verdict: &'static str,
    evidence: &'static str,
    /// The kernel's own record of the send, where there is one.
    kernel: Option<&'static str>,
    errno: Option<i32>,
    info_lost: bool,
    /// How the target ended; only a send that waits knows.
    exit: Option<Exit>,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<bool>,
}

impl<'a> Line<'a> {
    fn of(receipt: &'a Receipt, ending: Option<&Ending>, dry_run: bool) -> Self {
        let (verdict, evidence) = observed(receipt, ending);
        Self {
            pid: receipt.pid.get(),
            inode: receipt.inode,
            start: receipt.start,
            comm: receipt.comm.as_ref().map(|comm| String::from_utf8_lossy(comm.as_bytes()).into_owned()),
            uid: receipt.uid,
            pgid: receipt.pgid.map(GroupId::get),
            sid: receipt.sid.map(SessionId::get),
            signal: receipt.signal.map(|signal| signal.to_string()),
            scope: match receipt.scope {
                Scope::Process => "process",
                Scope::Group(_) => "group",
                Scope::Everyone => "everyone",
                Scope::Session(_) => "session",
                Scope::Tree(_) => "tree",
                Scope::Cgroup => "cgroup",
            },
            via: receipt.via.map(Via::word),
            verdict: verdict.word(),
            evidence: evidence.word(),
            kernel: receipt.kernel.map(sigpost_linux::generated::Fate::word),
            errno: receipt.errno,
            info_lost: receipt.info_lost,
            exit: ending.map(Exit::of),
            reason: &receipt.reason,
            sent: dry_run.then_some(false),
        }
    }
}
