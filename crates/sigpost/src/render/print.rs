//! The two streams: results on standard output, everything else one line at a time on standard error.

use std::io::{self, Write};

use super::escape::printable;
use crate::failure::Failure;

/// Writes results to standard output, in colour if that is a terminal or `--color` says so. That nobody reads
/// them any more (a closed pipe) is no failure.
///
/// # Errors
/// Exit 3: the output cannot be written, for another reason.
pub(crate) fn results(text: &str) -> Result<(), Failure> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::internal(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// One line for the person on standard error. If that cannot be written there is nobody left to tell. What steers a
/// terminal is shown as an escape, wherever in the line it comes from.
pub(crate) fn remark(line: &str) {
    let _ = writeln!(anstream::stderr(), "sigpost: {}", printable(line.as_bytes()));
}

/// The summary that ends a run, on standard error.
pub(crate) fn summary(line: &str) {
    let _ = writeln!(anstream::stderr(), "{}", printable(line.as_bytes()));
}
