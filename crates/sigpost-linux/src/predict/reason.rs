//! Why a verdict is what it is, in one sentence, with the facts that decided.

use sigpost_engine::{DefaultAction, Signal, Verdict};

use crate::proc_stat::State;
use crate::snapshot::{Init, Snapshot};

pub(super) fn of(verdict: Verdict, sender: &Snapshot, target: &Snapshot, signal: Option<Signal>) -> String {
    let Some(signal) = signal else { return of_probe(verdict, sender, target) };
    match verdict {
        Verdict::Probed => "it exists and may be signalled".to_owned(),
        Verdict::Terminates if signal == Signal::KILL => "KILL cannot be caught, blocked or ignored".to_owned(),
        Verdict::Terminates => format!("it neither catches nor ignores {signal}, whose default is to end it"),
        Verdict::Dumps => format!("it neither catches nor ignores {signal}, whose default is a core dump"),
        Verdict::Stops if signal == Signal::STOP => "STOP cannot be caught, blocked or ignored".to_owned(),
        Verdict::Stops => format!("it neither catches nor ignores {signal}, whose default is to stop it"),
        Verdict::Continues => "it is stopped: CONT lets it go on, whatever it catches, blocks or ignores".to_owned(),
        Verdict::Handles => "its handler runs".to_owned(),
        Verdict::Accepts => format!("a thread sleeps in sigwait for {signal}: that call returns it, no handler runs"),
        Verdict::Ignores => ignores(target, signal),
        Verdict::Pends => "every thread that could take it blocks it".to_owned(),
        Verdict::Defers => defers(target, signal),
        Verdict::Merges => format!("{signal} is pending there already: the two are one"),
        Verdict::Traces => traces(target),
        Verdict::Immune => immune(target),
        Verdict::Zombie => zombie(target),
        Verdict::Withheld => "another member refuses it, and the call is all or nothing".to_owned(),
        Verdict::Refused => refused(sender, target),
        Verdict::QueueFull => "its user's queue of signals is full".to_owned(),
    }
}

fn of_probe(verdict: Verdict, sender: &Snapshot, target: &Snapshot) -> String {
    match verdict {
        Verdict::Refused => refused(sender, target),
        _ => "it exists and may be signalled".to_owned(),
    }
}

fn ignores(target: &Snapshot, signal: Signal) -> String {
    if target.kernel_thread {
        return "it is a thread of the kernel's own".to_owned();
    }
    if target.ignored.contains(signal) {
        return format!("it ignores {signal}");
    }
    match signal.default_action() {
        DefaultAction::Stop if target.orphaned == Some(true) => {
            "its group is orphaned: a terminal's stop signal does nothing there".to_owned()
        }
        _ => "its default is to do nothing".to_owned(),
    }
}

fn defers(target: &Snapshot, signal: Signal) -> String {
    match target.state {
        _ if target.stopped && signal.default_action() == DefaultAction::Stop => {
            "it is stopped already, and the CONT that lets it go on discards this".to_owned()
        }
        _ if target.stopped => "it is stopped: the signal takes effect when it continues".to_owned(),
        _ if target.frozen.is_some() => "its cgroup is frozen: the signal takes effect when it is thawed".to_owned(),
        State::TraceStopped => "its tracer holds it: the signal takes effect when it lets go".to_owned(),
        _ => "it is in an uninterruptible sleep (D); if that is one that fatal signals end, it ends".to_owned(),
    }
}

fn traces(target: &Snapshot) -> String {
    let tracer = target.tracer.or_else(|| target.threads.iter().find_map(|thread| thread.tracer));
    match tracer {
        Some(tracer) => format!("process {tracer} traces it, is told first, and decides"),
        None => "it is traced: its tracer is told first, and decides".to_owned(),
    }
}

fn immune(target: &Snapshot) -> String {
    let whose = if target.init == Init::Inner { "its" } else { "this" };
    format!("it is process 1 of {whose} PID namespace and has no handler for it: the default does nothing")
}

fn zombie(target: &Snapshot) -> String {
    match target.parent {
        Some(parent) => format!("it has ended, and its parent {parent} has not asked how"),
        None => "it has ended, and its parent has not asked how".to_owned(),
    }
}

fn refused(sender: &Snapshot, target: &Snapshot) -> String {
    let (to, from) = (&target.credentials, &sender.credentials);
    let name = |id| if id == 0 { "root".to_owned() } else { format!("user {id}") };
    if from.effective == 0 {
        return format!("it runs as {}, and the sender is root without the right to signal others", name(to.real));
    }
    if to.real == to.saved {
        format!("it runs as {}, the sender as {}", name(to.real), name(from.effective))
    } else {
        format!("it runs as {} (saved {}), the sender as {}", name(to.real), to.saved, name(from.effective))
    }
}
