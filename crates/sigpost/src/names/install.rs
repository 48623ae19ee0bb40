//! `sigpost install-names DIR`: links by which the command is called as the tools whose place it can take.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::ArgMatches;

use super::Name;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;

/// Makes a symbolic link for each name. One of ours that is there is made anew.
///
/// # Errors
/// Exit 2: something else has one of the names, and nothing was linked. Exit 3: the folder cannot be written.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let folder = matches.get_one::<PathBuf>("dir").cloned().unwrap_or_default();
    let program = std::env::current_exe().map_err(|error| Failure::internal(format!("where sigpost is: {error}")))?;
    let links = Name::ALL.map(|name| folder.join(name.word()));
    if let Some(taken) = links.iter().find(|link| is_taken(link, &program)) {
        let line = format!("{} is there and is no link to sigpost: move it away first", taken.display());
        return Err(Failure::usage(line));
    }
    for link in &links {
        make(&program, link)
            .map_err(|error| Failure::internal(format!("{} cannot be linked: {error}", link.display())))?;
        print::results(&format!("{} -> {}\n", link.display(), program.display()))?;
    }
    Ok(Exit::Done)
}

/// Whether somebody else has the name. A link to this program, or to one named sigpost wherever that is, is ours.
fn is_taken(link: &Path, program: &Path) -> bool {
    match fs::read_link(link) {
        Ok(target) => target != program && target.file_name().is_none_or(|name| name != "sigpost"),
        // It is there, and no link. Anything else the linking will meet again, and say.
        Err(error) => error.kind() == io::ErrorKind::InvalidInput,
    }
}

fn make(program: &Path, link: &Path) -> io::Result<()> {
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::os::unix::fs::symlink(program, link)
}
