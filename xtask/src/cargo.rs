//! Calling cargo and what belongs to it, with its output left on the terminal.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Outcome, Tree};

/// A cargo command in this folder, by the cargo that runs xtask.
pub(crate) fn command(folder: &Path) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(folder);
    command
}

/// Runs a command to its end; fails, naming it, when it does.
pub(crate) fn succeed(command: &mut Command) -> Outcome {
    let line = line_of(command);
    let status = command.status().map_err(|error| format!("{line}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{line}` failed ({status}): see its output above")) }
}

/// What `cargo metadata` says of the workspace's own members.
pub(crate) fn metadata(tree: &Tree) -> Result<Value, String> {
    let mut command = command(tree.root());
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    let output = command.output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

/// Where cargo builds.
pub(crate) fn target_folder(tree: &Tree) -> Result<PathBuf, String> {
    let metadata = metadata(tree)?;
    let folder = metadata["target_directory"].as_str().ok_or("cargo metadata: no target folder")?;
    Ok(folder.into())
}

/// The command as one would type it.
fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let mut line = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
