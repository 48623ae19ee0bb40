//! `bare-metal`: the engine builds where there is no operating system, so it cannot lean on one.

use std::process::Command;

use crate::{Outcome, Tree, cargo};

const TARGETS: &[&str] = &["x86_64-unknown-none", "aarch64-unknown-none", "riscv64gc-unknown-none-elf"];

/// With the default features, and with none (no allocator).
const FEATURES: &[&[&str]] = &[&[], &["--no-default-features"]];

/// Builds the engine for every target with every set of features; a warning is an error.
pub(crate) fn run(tree: &Tree) -> Outcome {
    for target in TARGETS {
        ensure_installed(target)?;
        for features in FEATURES {
            println!("sigpost-engine for {target} {}", features.join(" "));
            let mut command = cargo::command(tree.root());
            command.args(["build", "--quiet", "--package", "sigpost-engine", "--target", target]).args(*features);
            cargo::succeed(command.env("RUSTFLAGS", "-Dwarnings"))?;
        }
    }
    Ok(())
}

/// Installs a target unless it is there.
pub(crate) fn ensure_installed(target: &str) -> Outcome {
    if installed_targets().lines().any(|line| line.trim() == target) { Ok(()) } else { install(target) }
}

/// What rustup lists; nothing where it is not there (`install` then says so).
fn installed_targets() -> String {
    let output = Command::new("rustup").args(["target", "list", "--installed"]).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn install(target: &str) -> Outcome {
    cargo::succeed(Command::new("rustup").args(["target", "add", target])).map_err(|cause| {
        format!("{target} is not installed ({cause}): connect to the network and run `rustup target add {target}`")
    })
}
