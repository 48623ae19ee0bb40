//! `bench`: builds what is measured with optimisation, and has `sigpost-bench` measure it.

use std::path::PathBuf;
use std::process::Command;

use crate::{Outcome, Tree, cargo};

/// Builds the command and the bench, and runs the bench with the names of the parts.
pub(crate) fn run(tree: &Tree, words: &[&str]) -> Outcome {
    let bench = built(tree)?;
    // As it is installed: a program that links no library starts in two thirds of the time.
    let program = ["rustc", "--profile", "dist", "--package", "sigpost", "--bin", "sigpost", "--"];
    cargo::succeed(cargo::command(tree.root()).args(program).args(["-C", "target-feature=+crt-static"]))?;
    let page = tree.root().join("docs/speed.md");
    let mut command = Command::new(bench);
    command.arg(format!("--page={}", page.display())).args(words).current_dir(tree.root());
    // A kernel's tables lie in huge pages; those of the engine are to lie so, too, where the C library can.
    command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    cargo::succeed(&mut command)
}

/// Builds the bench as it measures; where it is then.
pub(crate) fn built(tree: &Tree) -> Result<PathBuf, String> {
    cargo::succeed(cargo::command(tree.root()).args(["build", "--profile", "dist", "--package", "sigpost-bench"]))?;
    Ok(cargo::target_folder(tree)?.join("dist/sigpost-bench"))
}

/// Each work once and small, with what the tests have built: that the benches still run, not how fast anything is.
pub(crate) fn smoke(tree: &Tree) -> Outcome {
    let build = ["build", "--package", "sigpost", "--package", "sigpost-bench"];
    cargo::succeed(cargo::command(tree.root()).args(build))?;
    cargo::succeed(Command::new(cargo::target_folder(tree)?.join("debug/sigpost-bench")).arg("--smoke"))
}
