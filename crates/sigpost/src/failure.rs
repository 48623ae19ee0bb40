//! A failure: the one line on standard error, and the exit status that goes with it.

use core::fmt;

use crate::exit::Exit;

/// Why the command stopped. The line names the thing, the cause and the way out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) line: String,
}

impl Failure {
    /// The arguments are wrong, or name something that is declined; nothing was sent.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, line: line.into() }
    }

    /// Something failed that the arguments are not to blame for.
    pub(crate) fn internal(line: impl Into<String>) -> Self {
        Self { exit: Exit::Internal, line: line.into() }
    }

    /// The same, with what was done all the same.
    pub(crate) fn though(self, done: &str) -> Self {
        Self { line: format!("{}; {done} all the same", self.line), ..self }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
