//! The rivals: where they are, and which version.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of somebody else's.
#[derive(Clone, Debug)]
pub(crate) struct Rival {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its name and version, as the table shows it.
    pub(crate) name: String,
}

/// A program on the PATH, by the version it tells itself.
pub(crate) fn installed(program: &str, project: &str) -> Result<Rival, String> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.map_or_else(|| Err(missing(program)), |path| told(&path, program, project))
}

/// A program that `cargo xtask rivals` has built: a path in `rivals/` of cargo's target folder.
pub(crate) fn built(place: &str, program: &str, project: &str) -> Result<Rival, String> {
    let path = our_folder()?.join("../rivals").join(place);
    if path.is_file() { told(&path, program, project) } else { Err(missing(program)) }
}

/// A program that `cargo xtask rivals` has built and that tells no version.
pub(crate) fn path(program: &str) -> Result<PathBuf, String> {
    let path = our_folder()?.join("../rivals").join(program);
    if path.is_file() { Ok(path) } else { Err(missing(program)) }
}

/// The command, built beside this program.
pub(crate) fn sigpost() -> Result<PathBuf, String> {
    let path = our_folder()?.join("sigpost");
    if path.is_file() { Ok(path) } else { Err(format!("{} is not there: cargo xtask bench builds it", path.display())) }
}

fn our_folder() -> Result<PathBuf, String> {
    let ours = env::current_exe().map_err(|error| error.to_string())?;
    ours.parent().map(Path::to_path_buf).ok_or_else(|| "this program lies in no folder".to_owned())
}

fn missing(program: &str) -> String {
    format!("{program} is not there: cargo xtask rivals fetches it")
}

/// Asks for the version, and believes only a program that says it is of the project.
fn told(path: &Path, program: &str, project: &str) -> Result<Rival, String> {
    let output = Command::new(path).arg("--version").output().map_err(|error| format!("{program}: {error}"))?;
    // killall tells its version on the standard error.
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let line = text.lines().next().unwrap_or_default();
    if !line.contains(project) {
        return Err(format!("{program} of {project} is not there: this one says `{line}`"));
    }
    let version = line.split_whitespace().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()));
    Ok(Rival { path: path.to_owned(), name: format!("{program} ({project} {})", version.unwrap_or("?")) })
}
