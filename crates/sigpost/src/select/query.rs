//! What is found by one scan of all processes: names, executables, regular expressions, and filters alone.

use sigpost_engine::Pid;
use sigpost_linux::selection::{Found, Matcher, Next, Query};
use sigpost_linux::{Process, scan};

use super::absent::{self, LeftOut};
use super::{ByName, Selection, internal};
use crate::command_line::selecting::Wanted;
use crate::failure::Failure;
use crate::target::Target;

/// Adds them to the selection.
///
/// # Errors
/// Exit 3: `/proc` cannot be read.
pub(super) fn add(
    selection: &mut Selection,
    wanted: &Wanted,
    by_name: ByName,
    left_out: &[Pid],
    next: Next,
) -> Result<(), Failure> {
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
    let found = query.select_for(next).map_err(internal)?;
    let is_left_out = |process: &Process| left_out.contains(&process.pid());
    selection.absent.extend(absent(wanted, &named, &found, by_name, is_left_out));
    selection.keep_all(found.processes.into_iter().filter(|process| !left_out.contains(&process.pid())));
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
fn absent(
    wanted: &Wanted,
    named: &[&Target],
    found: &Found,
    by_name: ByName,
    is_left_out: impl Fn(&Process) -> bool,
) -> Vec<String> {
    if wanted.inverse || named.is_empty() {
        let nobody = found.processes.iter().all(is_left_out);
        let left_out = LeftOut::of(found.processes.iter(), by_name);
        return nobody.then(|| absent::nobody_is_asked(wanted.inverse, &left_out, found.hidden)).into_iter().collect();
    }
    let both = || found.processes.iter().zip(&found.named_by);
    let line = |(place, target): (usize, &&Target)| {
        let by_it = || both().filter(|(_, names)| names.contains(&place)).map(|(process, _)| process);
        let is_narrowed = !wanted.filter.is_empty();
        let left_out = || LeftOut::of(by_it(), by_name);
        by_it().all(&is_left_out).then(|| absent::nobody_named(target, &left_out(), is_narrowed, found.hidden))
    };
    named.iter().enumerate().filter_map(line).collect()
}
