//! The lines about targets that select nobody: the thing, the cause, the way out.

use sigpost_engine::Pid;

use crate::render::escape::printable;
use crate::target::Target;

/// A name, a regular expression or an executable that is nobody's; `ours` is one that has it and is left out.
pub(super) fn nobody_named(target: &Target, ours: Option<Pid>, is_narrowed: bool, hidden: usize) -> String {
    let what = match target {
        Target::Name(name) => format!("is named {}", printable(name)),
        Target::Pattern(pattern) if pattern.is_full() => format!("has a command line that matches {target}"),
        Target::Pattern(_) => format!("has a name that matches {target}"),
        other => format!("runs {other}"),
    };
    let narrowed = if is_narrowed { " and is what the filters ask" } else { "" };
    match (ours, target) {
        (Some(pid), _) => left_out(&format!("only {} {what}{narrowed}", who(pid)), pid),
        (None, Target::Name(_)) if !is_narrowed => {
            format!("no process {what} (exactly; `ps -e -o pid,comm` shows all names)")
        }
        (None, Target::Executable(_)) if !is_narrowed => {
            format!("no process {what}{}; what runs a script is its interpreter", unseen(hidden))
        }
        (None, _) => format!("no process {what}{narrowed}{}", unseen(hidden)),
    }
}

/// Filters alone, or everybody but some.
pub(super) fn nobody_is_asked(inverse: bool, ours: Option<Pid>, hidden: usize) -> String {
    let what = if inverse { "is left over" } else { "is what the filters ask" };
    match ours {
        Some(pid) => left_out(&format!("only {} {what}", who(pid)), pid),
        None => format!("no process {what}{}", unseen(hidden)),
    }
}

/// A port that nobody listens on.
pub(super) fn nobody_listens(port: u16, ours: Option<Pid>, somebody_unseen: bool) -> String {
    match ours {
        Some(pid) => left_out(&format!("only {} listens on :{port}", who(pid)), pid),
        None if somebody_unseen => {
            format!("somebody listens on :{port}, but no process that you may look at: root sees which")
        }
        None => format!("no process listens on :{port} (TCP or UDP, in this network namespace)"),
    }
}

fn who(pid: Pid) -> String {
    if pid.get() == 1 { "init".to_owned() } else { format!("sigpost's own line (process {pid})") }
}

fn left_out(what: &str, pid: Pid) -> String {
    if pid.get() == 1 {
        format!("{what}, and nothing but its number selects it: 1, with --allow-init")
    } else {
        format!("{what}: if that is meant, --include-ancestors")
    }
}

fn unseen(hidden: usize) -> String {
    match hidden {
        0 => String::new(),
        _ => format!(" ({hidden} of other users could not be looked at)"),
    }
}
