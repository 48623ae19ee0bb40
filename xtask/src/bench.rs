//! `bench`: builds what is measured with optimisation, and has `sigpost-bench` measure it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Outcome, Tree, cargo};

/// Builds the command and the bench, and runs the bench with the names of the parts.
pub(crate) fn run(tree: &Tree, words: &[&str]) -> Outcome {
    cargo::succeed(cargo::command(tree.root()).args(["build", "--release", "--package", "sigpost-bench"]))?;
    // As it is installed: a program that links no library starts in two thirds of the time.
    let program = ["rustc", "--release", "--package", "sigpost", "--bin", "sigpost", "--"];
    cargo::succeed(cargo::command(tree.root()).args(program).args(["-C", "target-feature=+crt-static"]))?;
    let page = tree.root().join("docs/speed.md");
    let bench = target_folder(tree)?.join("release/sigpost-bench");
    let mut command = Command::new(bench);
    command.arg(format!("--page={}", page.display())).args(words).current_dir(tree.root());
    cargo::succeed(&mut command)
}

/// Each work once and small, with what the tests have built: that the benches still run, not how fast anything is.
pub(crate) fn smoke(tree: &Tree) -> Outcome {
    let build = ["build", "--package", "sigpost", "--package", "sigpost-bench"];
    cargo::succeed(cargo::command(tree.root()).args(build))?;
    cargo::succeed(Command::new(target_folder(tree)?.join("debug/sigpost-bench")).arg("--smoke"))
}

/// Where cargo builds.
pub(crate) fn target_folder(tree: &Tree) -> Result<PathBuf, String> {
    let metadata = cargo::metadata(tree)?;
    let folder = metadata["target_directory"].as_str().ok_or("cargo metadata: no target_directory")?;
    Ok(Path::new(folder).to_path_buf())
}
