//! `static`: the command as one file that needs nothing beside it: for images, and for kernels without much else.

use std::path::PathBuf;

use crate::{Outcome, Tree, bare_metal, cargo};

const TARGET: &str = "x86_64-unknown-linux-musl";

/// Builds it for the release, without symbols, and says where it is.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let path = build(tree)?;
    println!("{}", path.display());
    Ok(())
}

/// Builds it; where it is.
pub(crate) fn build(tree: &Tree) -> Result<PathBuf, String> {
    bare_metal::ensure_installed(TARGET)?;
    let mut command = cargo::command(tree.root());
    command.args(["build", "--release", "--package", "sigpost", "--target", TARGET]);
    cargo::succeed(command.args(["--config", "profile.release.strip=true"]))?;
    Ok(cargo::target_folder(tree)?.join(TARGET).join("release/sigpost"))
}

/// That all crates of it can be built for the target: what CI asks.
pub(crate) fn check(tree: &Tree) -> Outcome {
    bare_metal::ensure_installed(TARGET)?;
    cargo::succeed(cargo::command(tree.root()).args(["check", "--quiet", "--package", "sigpost", "--target", TARGET]))
}
