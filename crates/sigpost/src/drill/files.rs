//! The files: found, read, and checked before anything is run.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sigpost_scenario::{Scenario, render_mistakes};

use crate::failure::Failure;
use crate::render::print;

/// A scenario file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: String,
    pub(super) source: Vec<u8>,
    pub(super) scenario: Scenario,
}

/// Reads all files, those of folders in the order of their names.
///
/// # Errors
/// Exit 2: a file cannot be read, or has a mistake (all of them are told), or a folder has no scenario.
pub(super) fn read(paths: &[&PathBuf]) -> Result<Vec<File>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        find(path, true, &mut found)?;
        if found.len() == before {
            return Err(Failure::usage(format!("{}: no `.drill` file in it", path.display())));
        }
    }
    let mut files = Vec::with_capacity(found.len());
    let mut mistakes = 0;
    for path in found {
        let source = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let path = path.display().to_string();
        match Scenario::parse(&source) {
            Ok(scenario) => files.push(File { path, source, scenario }),
            Err(found) => {
                mistakes += found.0.len();
                let colour = super::colour_on(&io::stderr());
                print::lines(render_mistakes(&found, &path, &source, colour).trim_end());
            }
        }
    }
    match mistakes {
        0 => Ok(files),
        1 => Err(Failure::usage("1 mistake: nothing was run")),
        _ => Err(Failure::usage(format!("{mistakes} mistakes: nothing was run"))),
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::usage(format!("{}: {error}", path.display()))
}

/// A file that is not there, or a link that leads nowhere.
fn missing(path: &Path, error: &io::Error) -> Failure {
    match fs::read_link(path) {
        Ok(to) if error.kind() == io::ErrorKind::NotFound => Failure::usage(format!(
            "{}: a link to {}, which is not there: remove it, or name the files one by one",
            path.display(),
            to.display()
        )),
        _ => unreadable(path, error),
    }
}

fn find(path: &Path, named: bool, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !fs::metadata(path).map_err(|error| missing(path, &error))?.is_dir() {
        if named || path.extension().is_some_and(|extension| extension == "drill") {
            found.push(path.to_owned());
        }
        return Ok(());
    }
    let entries = fs::read_dir(path).and_then(|all| all.map(|entry| entry.map(|entry| entry.path())).collect());
    let mut entries: Vec<_> = entries.map_err(|error| unreadable(path, &error))?;
    entries.sort();
    entries.iter().try_for_each(|entry| find(entry, false, found))
}

impl File {
    /// Prints where it is and what it is about.
    ///
    /// # Errors
    /// As [`print::results`].
    pub(super) fn list(&self) -> Result<(), Failure> {
        let title = self.scenario.title.as_deref().unwrap_or("(no title)");
        super::line(&format!("{}  {title}  [{}]", self.path, self.scenario.personalities))
    }

    /// Writes it anew in its canonical form, if it is in another.
    ///
    /// # Errors
    /// Exit 2: it cannot be written.
    pub(super) fn format(&self) -> Result<(), Failure> {
        // It was parsed before, so it has no mistakes.
        let Ok(text) = sigpost_scenario::format(&self.source) else { return Ok(()) };
        if text.as_bytes() == self.source {
            return Ok(());
        }
        fs::write(&self.path, text).map_err(|error| unreadable(Path::new(&self.path), &error))?;
        super::line(&self.path)
    }
}
