//! The exit statuses of the command, all in one place.

use std::process::ExitCode;

/// What the command says to its caller when it ends. The numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The kernel took the signal for every target, whatever became of it there; or the question was answered.
    Done = 0,
    /// There was nothing to send to; a process that was named and is gone included.
    Nothing = 1,
    /// The arguments are wrong, or the command declined before it sent anything.
    Usage = 2,
    /// Something failed that the arguments are not to blame for.
    Internal = 3,
    /// Every target was refused; nothing was sent.
    AllRefused = 4,
    /// Some targets were refused or gone, the others got the signal.
    SomeRefused = 64,
    /// It was waited for the targets to end, and some are alive.
    StillAlive = 124,
}

impl Exit {
    /// The number and what it stands for, as the help and the manual page print it.
    pub(crate) const TABLE: &'static str = "\
Exit status:
  0    the kernel took the signal for every target, whatever became of it there
  1    nothing to send to; also a process that was named and is gone
  2    wrong arguments, and everything that is declined before sending
  3    something failed inside
  4    every target was refused
  64   some targets were refused or gone
  124  with a wait: some targets are alive at the end of it";

    /// The same for the verbs that wait until targets are gone.
    pub(crate) const TABLE_OF_ENDS: &'static str = "\
Exit status:
  0    all targets are gone
  1    a target that was named was not there, or nothing is selected
  2    wrong arguments, and everything that is declined before sending
  3    something failed inside
  124  some targets are alive";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
