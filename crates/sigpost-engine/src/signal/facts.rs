//! The one table of what each signal is: name, number, default action, meaning.
//!
//! Sources: signal(7), POSIX `<signal.h>`; the actions are those of Linux and POSIX. A realtime signal has no
//! meaning of its own; its default action is to end the process.

use super::Signal;

/// What happens to a process that did not say what to do with the signal.
///
/// Source: POSIX XSH 2.4.3, signal(7). "Dump" ends the process as [`DefaultAction::Terminate`] does, and asks
/// for a core image besides; whether one is written is the host's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefaultAction {
    /// The process ends.
    Terminate,
    /// The process ends, and a core image is asked for.
    Dump,
    /// Nothing happens.
    Ignore,
    /// Every thread of the process stops.
    Stop,
    /// A stopped process continues; otherwise nothing happens.
    Continue,
}

/// One row of the table.
pub(super) struct Facts {
    pub(super) name: &'static str,
    pub(super) default: DefaultAction,
    pub(super) meaning: &'static str,
}

const fn row(name: &'static str, default: DefaultAction, meaning: &'static str) -> Facts {
    Facts { name, default, meaning }
}

/// The standard signals, in the order of their numbers from 1.
#[rustfmt::skip]
pub(super) static STANDARD: [Facts; 31] = {
    use DefaultAction::{Continue, Dump, Ignore, Stop, Terminate};
    [
        row("HUP", Terminate, "terminal closed, or the process that led the session has gone; daemons reread their settings"),
        row("INT", Terminate, "interrupt typed at the terminal (Ctrl-C)"),
        row("QUIT", Dump, "quit typed at the terminal (Ctrl-\\)"),
        row("ILL", Dump, "illegal instruction"),
        row("TRAP", Dump, "trace or breakpoint trap"),
        row("ABRT", Dump, "abort(3) was called"),
        row("BUS", Dump, "bus error: memory that cannot be accessed this way"),
        row("FPE", Dump, "arithmetic error: division by zero, overflow"),
        row("KILL", Terminate, "kill: cannot be caught, blocked or ignored"),
        row("USR1", Terminate, "for the program's own use, first"),
        row("SEGV", Dump, "segmentation fault: memory that is not there"),
        row("USR2", Terminate, "for the program's own use, second"),
        row("PIPE", Terminate, "write to a pipe or socket that nobody reads"),
        row("ALRM", Terminate, "timer of alarm(2) ran out"),
        row("TERM", Terminate, "polite request to end: the default of kill(1)"),
        row("STKFLT", Terminate, "coprocessor stack fault (unused)"),
        row("CHLD", Ignore, "a child ended, stopped or continued"),
        row("CONT", Continue, "continue, if stopped"),
        row("STOP", Stop, "stop: cannot be caught, blocked or ignored"),
        row("TSTP", Stop, "stop typed at the terminal (Ctrl-Z)"),
        row("TTIN", Stop, "background process reads from the terminal"),
        row("TTOU", Stop, "background process writes to the terminal"),
        row("URG", Ignore, "urgent data on a socket"),
        row("XCPU", Dump, "processor time limit exceeded"),
        row("XFSZ", Dump, "file size limit exceeded"),
        row("VTALRM", Terminate, "virtual timer of setitimer(2) ran out"),
        row("PROF", Terminate, "profiling timer of setitimer(2) ran out"),
        row("WINCH", Ignore, "size of the terminal's window changed"),
        row("IO", Terminate, "input or output is possible"),
        row("PWR", Terminate, "power is failing"),
        row("SYS", Dump, "bad system call, or one that a filter forbids"),
    ]
};

impl Signal {
    /// `SIGHUP` (1): terminal closed, or the process that led the session has gone; daemons reread their settings.
    pub const HUP: Self = Self::known(1);
    /// `SIGINT` (2): interrupt typed at the terminal (Ctrl-C).
    pub const INT: Self = Self::known(2);
    /// `SIGQUIT` (3): quit typed at the terminal (Ctrl-\\).
    pub const QUIT: Self = Self::known(3);
    /// `SIGILL` (4): illegal instruction.
    pub const ILL: Self = Self::known(4);
    /// `SIGTRAP` (5): trace or breakpoint trap.
    pub const TRAP: Self = Self::known(5);
    /// `SIGABRT` (6): abort(3) was called.
    pub const ABRT: Self = Self::known(6);
    /// `SIGBUS` (7): bus error: memory that cannot be accessed this way.
    pub const BUS: Self = Self::known(7);
    /// `SIGFPE` (8): arithmetic error: division by zero, overflow.
    pub const FPE: Self = Self::known(8);
    /// `SIGKILL` (9): kill: cannot be caught, blocked or ignored.
    pub const KILL: Self = Self::known(9);
    /// `SIGUSR1` (10): for the program's own use, first.
    pub const USR1: Self = Self::known(10);
    /// `SIGSEGV` (11): segmentation fault: memory that is not there.
    pub const SEGV: Self = Self::known(11);
    /// `SIGUSR2` (12): for the program's own use, second.
    pub const USR2: Self = Self::known(12);
    /// `SIGPIPE` (13): write to a pipe or socket that nobody reads.
    pub const PIPE: Self = Self::known(13);
    /// `SIGALRM` (14): timer of alarm(2) ran out.
    pub const ALRM: Self = Self::known(14);
    /// `SIGTERM` (15): polite request to end: the default of kill(1).
    pub const TERM: Self = Self::known(15);
    /// `SIGSTKFLT` (16): coprocessor stack fault (unused).
    pub const STKFLT: Self = Self::known(16);
    /// `SIGCHLD` (17): a child ended, stopped or continued.
    pub const CHLD: Self = Self::known(17);
    /// `SIGCONT` (18): continue, if stopped.
    pub const CONT: Self = Self::known(18);
    /// `SIGSTOP` (19): stop: cannot be caught, blocked or ignored.
    pub const STOP: Self = Self::known(19);
    /// `SIGTSTP` (20): stop typed at the terminal (Ctrl-Z).
    pub const TSTP: Self = Self::known(20);
    /// `SIGTTIN` (21): background process reads from the terminal.
    pub const TTIN: Self = Self::known(21);
    /// `SIGTTOU` (22): background process writes to the terminal.
    pub const TTOU: Self = Self::known(22);
    /// `SIGURG` (23): urgent data on a socket.
    pub const URG: Self = Self::known(23);
    /// `SIGXCPU` (24): processor time limit exceeded.
    pub const XCPU: Self = Self::known(24);
    /// `SIGXFSZ` (25): file size limit exceeded.
    pub const XFSZ: Self = Self::known(25);
    /// `SIGVTALRM` (26): virtual timer of setitimer(2) ran out.
    pub const VTALRM: Self = Self::known(26);
    /// `SIGPROF` (27): profiling timer of setitimer(2) ran out.
    pub const PROF: Self = Self::known(27);
    /// `SIGWINCH` (28): size of the terminal's window changed.
    pub const WINCH: Self = Self::known(28);
    /// `SIGIO` (29): input or output is possible.
    pub const IO: Self = Self::known(29);
    /// `SIGPWR` (30): power is failing.
    pub const PWR: Self = Self::known(30);
    /// `SIGSYS` (31): bad system call, or one that a filter forbids.
    pub const SYS: Self = Self::known(31);

    /// What the signal does to a process that did not say what to do with it.
    ///
    /// ```
    /// use sigpost_engine::{DefaultAction, Signal};
    /// assert_eq!(Signal::QUIT.default_action(), DefaultAction::Dump);
    /// assert_eq!(Signal::RTMIN.default_action(), DefaultAction::Terminate);
    /// ```
    pub fn default_action(self) -> DefaultAction {
        self.facts().map_or(DefaultAction::Terminate, |facts| facts.default)
    }

    /// What the signal is for, in a few words; without a full stop.
    pub fn meaning(self) -> &'static str {
        match self.facts() {
            Some(facts) => facts.meaning,
            None if self < Self::RTMIN => "realtime, kept by the C library for itself",
            None => "realtime, for the program's own use: queued, in order, with a value",
        }
    }

    /// The row of a standard signal; `None` for a realtime one.
    pub(super) fn facts(self) -> Option<&'static Facts> {
        STANDARD.get(usize::from(self.number()) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constant_stands_at_its_own_row() {
        for (index, facts) in STANDARD.iter().enumerate() {
            let signal: Signal = facts.name.parse().unwrap();
            assert_eq!(usize::from(signal.number()), index + 1, "{}", facts.name);
        }
    }

    #[test]
    fn the_four_stops_and_the_four_ignored_are_as_in_the_manual() {
        let with = |action| {
            let mut names = Signal::all().filter(|s| s.default_action() == action).map(Signal::number);
            core::array::from_fn::<_, 4, _>(|_| names.next().unwrap_or(0))
        };
        assert_eq!(with(DefaultAction::Stop), [19, 20, 21, 22]);
        assert_eq!(with(DefaultAction::Ignore), [17, 23, 28, 0]);
        assert_eq!(with(DefaultAction::Continue), [18, 0, 0, 0]);
    }
}
