//! Which mutants there are, as cargo-mutants lists them.

use serde::Deserialize;

use crate::{Tree, cargo};

/// A place in a source file; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// From here to there, the end left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Span {
    pub(crate) start: Place,
    pub(crate) end: Place,
}

/// One defect: in `file`, what is in `span` becomes `replacement`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mutant {
    pub(crate) file: String,
    pub(crate) function: Option<Function>,
    pub(crate) span: Span,
    pub(crate) replacement: String,
    /// The file, the place and what is done there, in a line.
    pub(crate) name: String,
}

/// The function around it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Function {
    pub(crate) span: Span,
}

/// The mutants of the engine but for these files and folders.
pub(crate) fn read(tree: &Tree, left_out: &[&str]) -> Result<Vec<Mutant>, String> {
    let mut command = cargo::command(tree.root());
    command.args(["mutants", "--list", "--json", "--package", "sigpost-engine"]);
    let output = command.output().map_err(|error| format!("cargo mutants: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("cargo mutants: {}: `cargo install --locked cargo-mutants`", said.trim()));
    }
    let all: Vec<Mutant> = serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo mutants: {error}"))?;
    let is_in = |mutant: &Mutant| {
        let inside = mutant.file.strip_prefix("crates/sigpost-engine/src/");
        inside.is_some_and(|file| {
            !left_out.iter().any(|out| file == *out || (out.ends_with('/') && file.starts_with(out)))
        })
    };
    Ok(all.into_iter().filter(is_in).collect())
}
