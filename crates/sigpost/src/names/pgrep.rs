//! `pgrep`, `pkill` and `pidwait` of procps-ng: one reader of arguments, one selection, three things to do with it.

mod act;
mod arguments;
mod criteria;
mod help;
mod number_list;
mod pid_file;

use std::ffi::OsString;

use super::{Called, Name, say};
use arguments::{Mistake, Wanted};

/// The exit statuses of the three.
mod status {
    /// Some matched, and were signalled or waited for.
    pub(super) const SOME: u8 = 0;
    /// None.
    pub(super) const NONE: u8 = 1;
    /// The arguments are wrong.
    pub(super) const USAGE: u8 = 2;
    /// Something failed.
    pub(super) const FATAL: u8 = 3;
}

/// Runs one of the three; its exit status.
pub(super) fn run(called: &Called) -> u8 {
    let short = called.name.word();
    let order = match arguments::read(called.name, &called.words) {
        Ok(Wanted::Order(order)) => order,
        Ok(Wanted::Help) => {
            say::out(help::text(called.name));
            return status::SOME;
        }
        Ok(Wanted::Version) => {
            say::out(super::version(called.name) + "\n");
            return status::SOME;
        }
        Err(mistake) => return complain(called, &mistake),
    };
    let found = match order.criteria.select(order.listing.in_full) {
        Ok(found) => found,
        Err(line) => {
            say::error(&format!("{short}: {line}"));
            return status::FATAL;
        }
    };
    if found.is_empty() && order.criteria.is_too_long() {
        say::error(&format!(
            "{short}: pattern that searches for process name longer than 15 characters will result in zero matches\n\
             Try `{short} -f' option to match against the complete command line."
        ));
    }
    match called.name {
        Name::Pkill => act::signal(&order, &found, short),
        Name::Pidwait => act::wait(&order, &found, short),
        _ => act::list(&order, &found),
    }
}

/// Whether the words ask who is meant.
///
/// # Errors
/// The line to be said; for a usage, its text.
pub(super) fn judge(name: Name, words: &[OsString]) -> Result<bool, String> {
    match arguments::read_without_files(name, words) {
        Ok(Some(Wanted::Order(order))) => Ok(order.criteria.asks()),
        Ok(_) => Ok(true),
        Err(Mistake::Usage) => Err(help::text(name)),
        Err(Mistake::Option(line) | Mistake::Line(line) | Mistake::Hint(line) | Mistake::PidFile(line)) => Err(line),
    }
}

fn complain(called: &Called, mistake: &Mistake) -> u8 {
    let short = called.name.word();
    match mistake {
        // The C library names the program as it was called.
        Mistake::Option(line) => {
            say::error(&format!("{}: {line}", called.shown));
            say::error(help::text(called.name).trim_end());
        }
        Mistake::Usage => say::error(help::text(called.name).trim_end()),
        Mistake::Line(line) => say::error(&format!("{short}: {line}")),
        Mistake::Hint(line) | Mistake::PidFile(line) => {
            say::error(&format!("{short}: {line}\nTry `{short} --help' for more information."));
        }
    }
    if matches!(mistake, Mistake::PidFile(_)) { status::NONE } else { status::USAGE }
}
