//! `static`: the command as one file that needs nothing beside it: for images, and for kernels without much else.

use std::path::PathBuf;

use crate::{Outcome, Tree, bare_metal, cargo};

/// The processors that it is built for, by the names that `static` takes; the first where none is named.
const MACHINES: [Machine; 2] = [
    Machine { name: "x86_64", target: "x86_64-unknown-linux-musl", linker: None },
    // Rust brings what a C compiler for that machine would be wanted for.
    Machine { name: "aarch64", target: "aarch64-unknown-linux-musl", linker: Some("rust-lld") },
];

#[derive(Clone, Copy)]
struct Machine {
    name: &'static str,
    target: &'static str,
    linker: Option<&'static str>,
}

/// Builds it for the release, without symbols, and says where it is.
pub(crate) fn run(tree: &Tree, arguments: &[&str]) -> Outcome {
    let machine = match arguments {
        [] => Some(&MACHINES[0]),
        [name] => MACHINES.iter().find(|machine| machine.name == *name),
        _ => None,
    };
    let machine =
        machine.ok_or_else(|| format!("usage: cargo xtask static [{}]", MACHINES.map(|m| m.name).join("|")))?;
    println!("{}", build_for(tree, machine)?.display());
    Ok(())
}

/// Builds it for the machine that boots in CI; where it is.
pub(crate) fn build(tree: &Tree) -> Result<PathBuf, String> {
    build_for(tree, &MACHINES[0])
}

fn build_for(tree: &Tree, machine: &Machine) -> Result<PathBuf, String> {
    let Machine { target, linker, .. } = *machine;
    bare_metal::ensure_installed(target)?;
    let mut command = cargo::command(tree.root());
    command.args(["build", "--release", "--package", "sigpost", "--target", target]);
    if let Some(linker) = linker {
        command.args(["--config", &format!("target.{target}.linker=\"{linker}\"")]);
    }
    cargo::succeed(command.args(["--config", "profile.release.strip=true"]))?;
    Ok(cargo::target_folder(tree)?.join(target).join("release/sigpost"))
}

/// That all crates of it can be built for each machine: what CI asks.
pub(crate) fn check(tree: &Tree) -> Outcome {
    for Machine { target, .. } in MACHINES {
        bare_metal::ensure_installed(target)?;
        let mut command = cargo::command(tree.root());
        cargo::succeed(command.args(["check", "--quiet", "--package", "sigpost", "--target", target]))?;
    }
    Ok(())
}
