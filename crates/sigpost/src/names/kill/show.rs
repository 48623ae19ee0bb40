//! `-d`: which signals a process has pending, blocks, ignores and catches.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use sigpost_engine::{Pid, SignalSet};
use sigpost_linux::Process;

use crate::names::signal_word;
use crate::render::escape::printable;

/// A line for each set that is not empty.
///
/// # Errors
/// The line to be said: no number, no such process, one that cannot be read.
pub(super) fn run(word: &OsStr) -> Result<String, String> {
    let text = printable(word.as_bytes());
    let pid = text.parse().ok().and_then(Pid::new).ok_or_else(|| format!("invalid PID argument: '{text}'"))?;
    let cannot = |why: String| format!("cannot open /proc/{pid}/status: {why}");
    let process = Process::open(pid).map_err(|error| cannot(error.to_string()))?;
    let status = process.status().map_err(|error| cannot(error.to_string()))?;
    let sets = [
        ("Pending (thread)", status.pending),
        ("Pending (process)", status.shared_pending),
        ("Blocked", status.blocked.set()),
        ("Ignored", status.ignored),
        ("Caught", status.caught),
    ];
    Ok(sets.into_iter().filter(|(_, set)| !set.is_empty()).map(|(label, set)| line(label, set)).collect())
}

fn line(label: &str, set: SignalSet) -> String {
    let names: String = set.iter().map(|signal| signal_word::name(signal) + " ").collect();
    format!("{label}: {names}\n")
}
