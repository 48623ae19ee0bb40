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
  64   some targets were refused or gone";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
