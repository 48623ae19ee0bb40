//! What holds a signal back, as a word and a sentence with the rule.

use sigpost_engine::{DefaultAction, Signal, SignalSet};
use sigpost_linux::hold::{Hold, Holds, Relative, Until};
use sigpost_linux::snapshot::Init;
use sigpost_linux::user::Users;
use sigpost_linux::{ExitStatus, Snapshot};

use crate::list;
use crate::render::escape::printable;
use crate::render::sets;

/// `4711 worker: sleeping, runs as root, 3 threads, child of 812`.
pub(crate) fn heading(holds: &Holds, users: &Users) -> String {
    let snapshot = &holds.snapshot;
    let uid = snapshot.credentials.real;
    let user = users.name(uid).map_or_else(|| format!("user {uid}"), |name| printable(name.as_bytes()));
    let threads = match snapshot.threads.len() {
        0 | 1 => String::new(),
        count => format!(", {count} threads"),
    };
    let parent = snapshot.parent.map_or_else(String::new, |parent| format!(", child of {parent}"));
    let (pid, name, state) = (snapshot.pid, printable(snapshot.comm.as_bytes()), list::state(snapshot.state));
    format!("{pid} {name}: {state}, runs as {user}{threads}{parent}")
}

/// The word and the sentence.
pub(crate) fn of(hold: &Hold, snapshot: &Snapshot) -> (&'static str, String) {
    let sentence = match hold {
        Hold::Zombie { parent, status } => zombie(parent.as_ref(), *status),
        Hold::KernelThread => "it is a thread of the kernel's own: no signal from a process reaches it.".to_owned(),
        Hold::Init(init) => of_init(*init),
        Hold::Stopped => "it is stopped by a signal: of all signals only KILL and CONT do anything before it \
                          continues; the others wait."
            .to_owned(),
        Hold::Traced { tracer, held } => traced(tracer.as_ref(), *held),
        Hold::Frozen(frozen) => of_frozen(frozen.version, &frozen.directory),
        Hold::Uninterruptible { threads, of, place } => uninterruptible(*threads, *of, place.as_deref()),
        Hold::Waits { threads, of, set } => waits(*threads, *of, *set),
        Hold::Ending { dumping: true } => {
            "it is ending: it writes its core dump, and is gone when that is written.".to_owned()
        }
        Hold::Ending { dumping: false } => {
            "it is ending already: the kernel is taking it down, and something there takes long.".to_owned()
        }
        Hold::Blocked(set) => blocked(*set, snapshot.threads.len()),
        Hold::BlockedBySome { set, threads, of } => format!(
            "{}: {threads} of its {of} threads block{} some of these, and the others do not; a signal to the process is \
             taken by one that does not.",
            of_those_that_end(*set),
            if *threads == 1 { "s" } else { "" },
        ),
        Hold::Ignored(set) => format!("{}: thrown away when sent, nothing waits.", of_those_that_end(*set)),
        Hold::Caught(set) => {
            let which = of_those_that_end(*set);
            format!("{which}: its handler runs instead of the default, and decides whether it ends.")
        }
        Hold::Pending { set, until } => pending(*set, *until),
    };
    (word(hold), sentence)
}

/// The names, and that no others are looked at here: `ls` shows what is done about every signal.
fn of_those_that_end(set: SignalSet) -> String {
    let ends = |signal: &Signal| matches!(signal.default_action(), DefaultAction::Terminate | DefaultAction::Dump);
    let others: Vec<Signal> = Signal::all().filter(|signal| !ends(signal)).collect();
    // Those that do not end it are no exceptions that `all but` would have to name.
    let all_but = sets::names(set | SignalSet::of(&others));
    let names = if all_but.starts_with("all") { all_but } else { sets::names(set) };
    format!("of those that would end it, {names}")
}

/// The signals that it is about.
pub(crate) const fn signals(hold: &Hold) -> SignalSet {
    match hold {
        Hold::Blocked(set)
        | Hold::BlockedBySome { set, .. }
        | Hold::Ignored(set)
        | Hold::Caught(set)
        | Hold::Waits { set: Some(set), .. }
        | Hold::Pending { set, .. } => *set,
        _ => SignalSet::EMPTY,
    }
}

const fn word(hold: &Hold) -> &'static str {
    match hold {
        Hold::Zombie { .. } => "zombie",
        Hold::KernelThread => "kernel",
        Hold::Init(_) => "init",
        Hold::Stopped => "stopped",
        Hold::Traced { .. } => "traced",
        Hold::Frozen(_) => "frozen",
        Hold::Uninterruptible { .. } => "sleeps",
        Hold::Waits { .. } => "waits",
        Hold::Ending { .. } => "ending",
        Hold::Blocked(_) | Hold::BlockedBySome { .. } => "blocks",
        Hold::Ignored(_) => "ignores",
        Hold::Caught(_) => "catches",
        Hold::Pending { .. } => "pending",
    }
}

/// `812 (bash)`.
pub(crate) fn relative(relative: &Relative) -> String {
    let name = relative.comm.as_ref().map(|comm| format!(" ({})", printable(comm.as_bytes())));
    format!("{}{}", relative.pid, name.unwrap_or_default())
}

fn zombie(parent: Option<&Relative>, status: Option<ExitStatus>) -> String {
    let how = status.map_or_else(String::new, |status| format!(" ({status})"));
    let who = parent.map_or_else(|| "its parent, outside of this PID namespace,".to_owned(), relative);
    let whose = if parent.is_some() { "its parent " } else { "" };
    format!(
        "it has ended{how}. What is left is its exit status, which {whose}{who} has not asked for (wait(2)); no signal \
         changes that."
    )
}

fn of_init(init: Init) -> String {
    let rule = match init {
        Init::Inner => {
            "it is process 1 of a PID namespace below: what it has no handler for does nothing there, except \
                        KILL and STOP from outside of that namespace."
        }
        Init::Ours | Init::No => {
            "it is process 1 of this PID namespace: what it has no handler for does nothing there, KILL and STOP included."
        }
    };
    rule.to_owned()
}

fn traced(tracer: Option<&Relative>, held: bool) -> String {
    let who = tracer.map_or_else(|| "a process outside of this PID namespace".to_owned(), relative);
    if held {
        format!("{who} traces it and holds it right now: every signal but KILL waits until it lets go.")
    } else {
        format!("{who} traces it: it is told of every signal but KILL first, and decides whether it arrives.")
    }
}

fn of_frozen(version: u8, directory: &str) -> String {
    let directory = printable(directory.as_bytes());
    if version == 1 {
        format!("cgroup {directory} is frozen (version 1): no signal is taken before it is thawed, KILL included.")
    } else {
        format!(
            "cgroup {directory} is frozen (version 2): a signal that ends it without a core image does so at once; everything \
             else waits until it is thawed."
        )
    }
}

fn some_of(threads: usize, of: usize) -> String {
    match (threads, of) {
        (1, 1) => "it".to_owned(),
        (1, _) => format!("one of its {of} threads"),
        _ => format!("{threads} of its {of} threads"),
    }
}

fn waits(threads: usize, of: usize, set: Option<SignalSet>) -> String {
    let (who, sleep) = (some_of(threads, of), if threads == 1 { "sleeps" } else { "sleep" });
    match set {
        Some(set) => format!(
            "{who} {sleep} in sigwait for {}: that call returns them, no handler runs, and the program decides what \
             follows.",
            sets::names(set)
        ),
        None => format!(
            "{who} {sleep} in sigwait, and who may not trace it cannot read for which signals: those do not end it, but \
             are returned by that call."
        ),
    }
}

fn uninterruptible(threads: usize, of: usize, place: Option<&str>) -> String {
    let who = some_of(threads, of);
    // A parent in vfork (Linux `wait_for_vfork_done`, part of `kernel_clone`): a killable sleep.
    if let Some("kernel_clone" | "wait_for_vfork_done" | "_do_fork") = place {
        return format!(
            "{who} waits in vfork until the child it made executes a program or ends: a signal that ends it does so at \
             once, others wait."
        );
    }
    let sleeps = if threads == 1 { "is" } else { "are" };
    let place = place.map_or_else(String::new, |place| format!(" in {}", printable(place.as_bytes())));
    format!(
        "{who} {sleeps} in an uninterruptible sleep{place}, mostly for a disk or a network file system: signals may have to \
         wait for its end. KILL ends some of these sleeps at once; which, the kernel does not tell."
    )
}

fn blocked(set: SignalSet, threads: usize) -> String {
    let who = match threads {
        1 => "its only thread blocks these".to_owned(),
        2 => "both of its threads block these".to_owned(),
        count => format!("each of its {count} threads blocks these"),
    };
    let until = if threads == 1 { "it unblocks them" } else { "one of them unblocks them" };
    format!("{}: {who}; sent, they wait until {until}.", of_those_that_end(set))
}

fn pending(set: SignalSet, until: Until) -> String {
    let (was, waits) = if set.iter().count() == 1 { ("was", "waits") } else { ("were", "wait") };
    let until = match until {
        Until::Unblocked => "until a thread unblocks what it blocks",
        Until::Continued => "until it continues (CONT)",
        Until::LetGo => "until its tracer lets go",
        Until::Thawed => "until its cgroup is thawed",
        Until::Awake => "until it wakes up, unless that sleep is one that a fatal signal ends",
        Until::Taken => "for nothing that shows: about to be taken",
    };
    format!("{} {was} sent and {waits} {until}.", sets::names(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_say_that_they_hold_only_what_would_end_it() {
        let two = SignalSet::of(&[Signal::HUP, Signal::TERM]);
        assert_eq!(of_those_that_end(two), "of those that would end it, HUP,TERM");
        let harmless = SignalSet::of(&[Signal::CHLD, Signal::CONT, Signal::URG, Signal::TSTP]);
        let most = SignalSet::ALL - harmless - SignalSet::of(&[Signal::INT]);
        assert_eq!(of_those_that_end(most), "of those that would end it, all but INT");
    }
}
