//! What would end it: from what holds it and from what the engine predicts of the signals that end processes.

use sigpost_engine::{Signal, Verdict};
use sigpost_linux::Outcome;
use sigpost_linux::hold::{Hold, Holds, Relative};
use sigpost_linux::snapshot::Init;

use super::words::relative;
use crate::render::escape::printable;

/// A way out.
#[derive(Debug)]
pub(crate) enum Way {
    /// This lets through what waits.
    Frees(String),
    /// This ends it.
    Ends(String),
}

impl Way {
    pub(crate) fn frees(self) -> Option<String> {
        if let Self::Frees(sentence) = self { Some(sentence) } else { None }
    }

    pub(crate) fn ends(self) -> Option<String> {
        if let Self::Ends(sentence) = self { Some(sentence) } else { None }
    }
}

/// One sentence a way, the gentlest first.
pub(crate) fn of(holds: &Holds) -> Vec<Way> {
    for hold in &holds.holds {
        match hold {
            Hold::Zombie { parent, .. } => {
                return vec![Way::Ends(of_zombie(parent.as_ref()))];
            }
            Hold::KernelThread => return vec![Way::Ends("nothing: only the kernel ends its own threads.".to_owned())],
            _ => {}
        }
    }
    if let Some(reason) = refusal(holds) {
        return vec![Way::Ends(format!("not you: {reason}. That user's, or root's, signals are taken."))];
    }
    let mut ways = Vec::new();
    ways.extend(holds.holds.iter().filter_map(|hold| release(hold, holds)).map(Way::Frees));
    ways.extend(polite(holds).into_iter().chain(kill(holds)).map(Way::Ends));
    ways
}

fn of_zombie(parent: Option<&Relative>) -> String {
    let Some(parent) = parent else { return "nothing from here: its parent has to wait for it.".to_owned() };
    let (who, pid) = (relative(parent), parent.pid);
    if pid.get() == 1 {
        return format!(
            "only that {who} waits for it. That is init, whose task it is to wait for everybody: `sigpost why 1` tells what \
             holds it."
        );
    }
    format!(
        "only that {who} waits for it. If that never does, end {who}, and init waits for both: `sigpost why {pid}` tells \
         what holds that one."
    )
}

fn verdict(holds: &Holds, signal: Signal) -> Option<Verdict> {
    let (_, prediction) = holds.answers.iter().find(|(other, _)| *other == signal)?;
    match prediction.outcome {
        Outcome::Verdict(verdict) => Some(verdict),
        _ => None,
    }
}

/// Why the caller may not signal it.
fn refusal(holds: &Holds) -> Option<&str> {
    let (_, prediction) = holds.answers.iter().find(|(signal, _)| *signal == Signal::KILL)?;
    (prediction.outcome == Outcome::Verdict(Verdict::Refused)).then_some(prediction.reason.as_str())
}

/// What lets waiting signals through.
fn release(hold: &Hold, holds: &Holds) -> Option<String> {
    let pid = holds.snapshot.pid;
    match hold {
        Hold::Frozen(frozen) => {
            let (directory, version) = (printable(frozen.directory.as_bytes()), frozen.version);
            Some(match version {
                1 => format!("thawing lets everything through: echo THAWED > {directory}/freezer.state"),
                _ => format!("thawing lets everything through: echo 0 > {directory}/cgroup.freeze"),
            })
        }
        Hold::Stopped => Some(format!("CONT lets it go on, and take what waits: sigpost -CONT {pid}")),
        Hold::Traced { tracer: Some(tracer), held: true } => {
            Some(format!("{} letting go of it: then it takes what waits.", relative(tracer)))
        }
        _ => None,
    }
}

/// The gentlest signal that ends it for certain, or that its handler may end it by.
fn polite(holds: &Holds) -> Option<String> {
    let pid = holds.snapshot.pid;
    let gentle = holds.answers.iter().map(|(signal, _)| *signal).filter(|signal| *signal != Signal::KILL);
    let with = |wanted: &[Verdict]| {
        gentle.clone().find(|signal| verdict(holds, *signal).is_some_and(|verdict| wanted.contains(&verdict)))
    };
    if let Some(signal) = with(&[Verdict::Terminates, Verdict::Dumps]) {
        return Some(format!("{signal}, which it neither blocks, ignores nor catches: sigpost -{signal} {pid}"));
    }
    let signal = with(&[Verdict::Handles, Verdict::Accepts])?;
    let who =
        if verdict(holds, signal) == Some(Verdict::Accepts) { "the thread that waits for it" } else { "its handler" };
    Some(format!("{signal} if {who} decides so: `sigpost send -w --timeout 10s -{signal} {pid}` shows whether it does"))
}

fn kill(holds: &Holds) -> Option<String> {
    let pid = holds.snapshot.pid;
    let others = match holds.snapshot.init {
        Init::No => "",
        _ => ", and everyone in its PID namespace with it",
    };
    let is_held = |version| holds.holds.iter().any(|hold| matches!(hold, Hold::Frozen(by) if by.version == version));
    match verdict(holds, Signal::KILL)? {
        _ if is_held(1) => Some(format!("KILL, once it is thawed: sigpost -KILL {pid}")),
        Verdict::Terminates => {
            Some(format!("KILL at once, which cannot be caught, blocked or ignored{others}: sigpost -KILL {pid}"))
        }
        Verdict::Immune => Some(format!(
            "KILL from outside of this PID namespace{others}; from inside nothing that it does not catch."
        )),
        Verdict::Merges => Some("KILL was sent already; it ends when the kernel lets it.".to_owned()),
        _ => Some(format!(
            "KILL, as soon as that sleep ends, or at once if it is one that KILL ends: sigpost -KILL {pid}"
        )),
    }
}
