//! What is found by one scan of all processes: names, executables, regular expressions, and filters alone.

use sigpost_engine::Pid;
use sigpost_linux::selection::{Found, Matcher, Query};
use sigpost_linux::{Process, scan};

use super::{Selection, absent, internal};
use crate::command_line::selecting::Wanted;
use crate::failure::Failure;
use crate::target::Target;

/// Adds them to the selection.
///
/// # Errors
/// Exit 3: `/proc` cannot be read.
pub(super) fn add(selection: &mut Selection, wanted: &Wanted, left_out: &[Pid]) -> Result<(), Failure> {
    let mut named = Vec::new();
    let mut query = Query { filter: wanted.filter.clone(), inverse: wanted.inverse, ..Query::default() };
    for target in &wanted.targets {
        match matcher(target, wanted.ignore_case) {
            Ok(Some(matcher)) => {
                named.push(target);
                query.matchers.push(matcher);
            }
            Ok(None) => {}
            Err(line) => selection.absent.push(line),
        }
    }
    let by_filters_alone = wanted.targets.is_empty() && !wanted.is_empty();
    if named.is_empty() && !by_filters_alone {
        return Ok(());
    }
    let _ = scan::allow_many_handles();
    let found = query.select().map_err(internal)?;
    tell_absent(selection, wanted, &named, &found, left_out);
    for process in found.processes.into_iter().filter(|process| !left_out.contains(&process.pid())) {
        selection.keep(process);
    }
    Ok(())
}

/// The matcher of a target that is found by a scan; a line where it cannot be there.
fn matcher(target: &Target, ignore_case: bool) -> Result<Option<Matcher>, String> {
    match target {
        Target::Name(name) => Ok(Some(Matcher::Name { name: name.clone(), ignore_case })),
        Target::Pattern(pattern) => Ok(Some(Matcher::Pattern(pattern.clone()))),
        Target::Executable(path) => match rustix::fs::stat(path) {
            Ok(about) if rustix::fs::FileType::from_raw_mode(about.st_mode).is_file() => {
                Ok(Some(Matcher::Executable(about.st_dev, about.st_ino)))
            }
            Ok(_) => Err(format!("{target} is no file; a regular expression ends with / as well")),
            Err(errno) => Err(format!("{target}: {}", std::io::Error::from(errno))),
        },
        _ => Ok(None),
    }
}

/// A line for each target that names nobody, or only those who are left out.
fn tell_absent(selection: &mut Selection, wanted: &Wanted, named: &[&Target], found: &Found, left_out: &[Pid]) {
    let is_left_out = |process: &Process| left_out.contains(&process.pid());
    let both = || found.processes.iter().zip(&found.named_by);
    if wanted.inverse || named.is_empty() {
        if found.processes.iter().all(is_left_out) {
            let ours = found.processes.first().map(Process::pid);
            selection.absent.push(absent::nobody_is_asked(wanted.inverse, ours, found.hidden));
        }
        return;
    }
    for (place, target) in named.iter().enumerate() {
        let by_it = || both().filter(|(_, names)| names.contains(&place)).map(|(process, _)| process);
        if by_it().all(is_left_out) {
            let ours = by_it().next().map(Process::pid);
            let is_narrowed = !wanted.filter.is_empty();
            selection.absent.push(absent::nobody_named(target, ours, is_narrowed, found.hidden));
        }
    }
}
