//! The lines about targets that select nobody: the thing, the cause, the way out.

use sigpost_engine::Pid;
use sigpost_linux::Process;

use super::ByName;
use crate::render::escape::printable;
use crate::target::Target;

/// Those that are left out though they are what was asked for: of sigpost's own line, and init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pids: Vec<Pid>,
    /// Whether the verb has an option that lets sigpost's own line in.
    has_option: bool,
}

impl LeftOut {
    /// Of these processes.
    pub(super) fn of<'a>(processes: impl Iterator<Item = &'a Process>, by_name: ByName) -> Self {
        Self { pids: processes.map(Process::pid).collect(), has_option: by_name == ByName::NotAncestors }
    }

    /// The line that says so of `what`, as in `is named bash`; `None` if nobody is.
    fn line(&self, what: &str) -> Option<String> {
        let (init, ours): (Vec<Pid>, Vec<Pid>) = self.pids.iter().partition(|pid| pid.get() == 1);
        let Some(first) = ours.first() else {
            let way_out = "nothing but its number selects it: 1, with --allow-init";
            return init.first().map(|_| format!("nobody but init {what}, and {way_out}"));
        };
        let and_init = if init.is_empty() { "" } else { " and init" };
        let others = match ours.len() {
            1 => format!("process {first}"),
            count => format!("process {first} and {} above it", count - 1),
        };
        let way_out = if self.has_option { "--include-ancestors".to_owned() } else { format!("its number, {first}") };
        Some(format!("nobody but sigpost's own line ({others}){and_init} {what}: if that is meant, {way_out}"))
    }
}

/// A name, a regular expression or an executable that is nobody's, or only of those who are left out.
pub(super) fn nobody_named(target: &Target, left_out: &LeftOut, is_narrowed: bool, hidden: usize) -> String {
    let what = match target {
        Target::Name(name) => format!("is named {}", printable(name)),
        Target::Pattern(pattern) if pattern.is_full() => format!("has a command line that matches {target}"),
        Target::Pattern(_) => format!("has a name that matches {target}"),
        other => format!("runs {other}"),
    };
    let narrowed = if is_narrowed { " and is what the filters ask" } else { "" };
    match (left_out.line(&format!("{what}{narrowed}")), target) {
        (Some(line), _) => line,
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
pub(super) fn nobody_is_asked(inverse: bool, left_out: &LeftOut, hidden: usize) -> String {
    let what = if inverse { "is left over" } else { "is what the filters ask" };
    left_out.line(what).unwrap_or_else(|| format!("no process {what}{}", unseen(hidden)))
}

/// A port that nobody listens on.
pub(super) fn nobody_listens(port: u16, left_out: &LeftOut, somebody_unseen: bool) -> String {
    match left_out.line(&format!("listens on :{port}")) {
        Some(line) => line,
        None if somebody_unseen => {
            format!("somebody listens on :{port}, but no process that you may look at: root sees which")
        }
        None => format!("no process listens on :{port} (TCP or UDP, in this network namespace)"),
    }
}

fn unseen(hidden: usize) -> String {
    match hidden {
        0 => String::new(),
        _ => format!(" ({hidden} of other users could not be looked at)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(pids: &[i32], has_option: bool) -> Option<String> {
        let pids = pids.iter().filter_map(|pid| Pid::new(*pid)).collect();
        LeftOut { pids, has_option }.line("is named bash")
    }

    #[test]
    fn whoever_is_left_out_is_told_with_the_way_to_mean_it() {
        let cases = [
            (&[][..], true, None),
            (
                &[1],
                true,
                Some("nobody but init is named bash, and nothing but its number selects it: 1, with --allow-init"),
            ),
            (
                &[7],
                true,
                Some("nobody but sigpost's own line (process 7) is named bash: if that is meant, --include-ancestors"),
            ),
            (
                &[1, 7, 9],
                true,
                Some(
                    "nobody but sigpost's own line (process 7 and 1 above it) and init is named bash: if that is meant, \
                     --include-ancestors",
                ),
            ),
            (
                &[7],
                false,
                Some("nobody but sigpost's own line (process 7) is named bash: if that is meant, its number, 7"),
            ),
        ];
        for (pids, has_option, expected) in cases {
            assert_eq!(line(pids, has_option).as_deref(), expected);
        }
    }
}
