//! The two streams: results on standard output, everything else one line at a time on standard error.

use alloc::borrow::Cow;
use std::io::{self, Write};

use super::escape::printable;
use crate::failure::Failure;

/// Writes results to standard output, in colour if that is a terminal or `--color` says so. That nobody reads
/// them any more (a closed pipe) is no failure.
///
/// # Errors
/// Exit 3: the output cannot be written, for another reason.
pub(crate) fn results(text: &str) -> Result<(), Failure> {
    match written(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(not_written(&error)),
        _ => Ok(()),
    }
}

/// The failure to write to standard output.
pub(crate) fn not_written(error: &io::Error) -> Failure {
    Failure::internal(format!("standard output cannot be written: {error}"))
}

/// Everything in one write: what strips styles by itself writes line by line.
fn written(text: &str) -> io::Result<()> {
    // What has no escape in it has no style to be stripped of.
    let stripped = if shows_styles() || !text.contains('\u{1b}') {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(anstream::adapter::strip_str(text).to_string())
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(stripped.as_bytes())?;
    stdout.flush()
}

/// Whether standard output shows colours: it is a terminal, or `--color` says so.
pub(crate) fn shows_styles() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
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

/// Several lines on standard error that were made for people, with their colours.
pub(crate) fn lines(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
