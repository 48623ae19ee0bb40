//! Reliability: wrong deliveries, survivors, and what else must not happen, counted under stress.
//!
//! Everything is done in a PID namespace of its own, bounded in count and in time.

mod few_files;
mod freezer;
mod mixed_group;
mod reuse;
mod storm;

use std::fs;

use crate::Size;
use crate::arena::Trouble;
use crate::table::{Row, Target};

/// The rows of reliability.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let mut rows = reuse::rows(size);
    rows.extend(storm::rows(size));
    rows.extend(mixed_group::rows(size));
    rows.extend(freezer::rows(size));
    rows.extend(few_files::rows(size));
    rows
}

/// The row of a work that brought no figures.
fn without(work: &str, trouble: Trouble, target: Target) -> Row {
    match trouble {
        Trouble::Refused(why) => Row::absent(work, why, target),
        Trouble::Failed(how) => match how.strip_prefix("skipped: ") {
            Some(why) => Row::absent(work, why, target),
            None => Row::broken(work, how),
        },
    }
}

/// The numbers in a text.
fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Gives the caller's namespace so many process numbers, and so at most as many processes. Before Linux 6.14 the limit is
/// the whole machine's: it is left alone.
fn few_numbers(numbers: &str) -> Result<(), String> {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").map_err(|error| error.to_string())?;
    let mut parts = release.split(['.', '-']).map_while(|part| part.parse::<u32>().ok());
    let version = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if version < (6, 14) {
        return Err("skipped: before Linux 6.14 a namespace has no limit of its own of process numbers".to_owned());
    }
    fs::write("/proc/sys/kernel/pid_max", numbers)
        .map_err(|error| format!("skipped: the namespace's number of processes cannot be set: {error}"))
}
