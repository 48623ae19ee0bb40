//! Reading `xtask/rows.toml`.

use std::fmt;

use serde::Deserialize;

use crate::Tree;

/// The table of rows and their proofs.
pub(crate) const TABLE: &str = "xtask/rows.toml";

/// All rows, in the order of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// One entry a row.
    #[serde(rename = "row")]
    pub(crate) rows: Vec<Row>,
}

/// One row of docs/sources.md.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// Its tag without brackets: `S1.4`.
    pub(crate) id: String,
    /// What it asks for, in few words.
    pub(crate) title: String,
    /// The tests that hold it.
    #[serde(default, rename = "proof")]
    pub(crate) proofs: Vec<Proof>,
}

/// One test that holds a row in one place, and the mutant that shows it.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Entry")]
pub(crate) struct Proof {
    /// Where the row holds.
    pub(crate) place: Place,
    /// The test, exactly.
    pub(crate) run: Run,
    /// The defect that the test must notice.
    pub(crate) mutant: Option<Mutant>,
}

/// Where a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    /// The engine, in memory.
    Engine,
    /// The host library, on real processes.
    Linux,
    /// The command.
    Command,
    /// A scenario, on the engine.
    Scenario,
}

impl Place {
    /// Its word in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Linux => "linux",
            Self::Command => "command",
            Self::Scenario => "scenario",
        }
    }
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Run {
    /// A test function.
    Test {
        /// Its crate.
        package: String,
        /// `--lib`, or `--test` and `--bin` with their name.
        target: Target,
        /// Its path in that target, as `cargo test -- --exact` takes it.
        path: String,
    },
    /// A scenario, given to the command `sigpost drill`.
    Scenario(String),
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Test { package, target, path } => write!(f, "{package} {target} {path}"),
            Self::Scenario(file) => f.write_str(file),
        }
    }
}

/// Which test program of a crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The unit tests of the library.
    Lib,
    /// The unit tests of a program.
    Bin(String),
    /// A file or folder in `tests`.
    Test(String),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lib => f.write_str("lib"),
            Self::Bin(name) => write!(f, "bin:{name}"),
            Self::Test(name) => write!(f, "test:{name}"),
        }
    }
}

/// A defect: in `file`, the only occurrence of `find` becomes `replace`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mutant {
    /// A source file, from the root.
    pub(crate) file: String,
    /// What stands there once.
    pub(crate) find: String,
    /// What stands there instead.
    pub(crate) replace: String,
}

/// A proof as it is written: either `package`, `target` and `test`, or `scenario`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    place: Place,
    package: Option<String>,
    target: Option<String>,
    test: Option<String>,
    scenario: Option<String>,
    mutant: Option<Mutant>,
}

impl TryFrom<Entry> for Proof {
    type Error = String;

    fn try_from(entry: Entry) -> Result<Self, String> {
        let run = match (entry.package, entry.target, entry.test, entry.scenario) {
            (Some(package), Some(target), Some(path), None) => Run::Test { package, target: parse(&target)?, path },
            (None, None, None, Some(file)) => Run::Scenario(file),
            _ => return Err("a proof has either `package`, `target` and `test`, or `scenario`".to_owned()),
        };
        Ok(Self { place: entry.place, run, mutant: entry.mutant })
    }
}

fn parse(target: &str) -> Result<Target, String> {
    match target.split_once(':') {
        None if target == "lib" => Ok(Target::Lib),
        Some(("bin", name)) => Ok(Target::Bin(name.to_owned())),
        Some(("test", name)) => Ok(Target::Test(name.to_owned())),
        _ => Err(format!("target \"{target}\" is none of \"lib\", \"bin:NAME\", \"test:NAME\"")),
    }
}

impl Table {
    /// Reads the table of the tree.
    pub(crate) fn read(tree: &Tree) -> Result<Self, String> {
        Self::parse(&tree.required(TABLE)?)
    }

    fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("{TABLE}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(fields: &str) -> Result<Table, String> {
        Table::parse(&format!("[[row]]\nid = \"S1.4\"\ntitle = \"t\"\nproof = [{{ place = \"engine\", {fields} }}]\n"))
    }

    #[test]
    fn a_proof_names_a_test_or_a_scenario() {
        let table = proof("package = \"p\", target = \"test:it\", test = \"a::b\"").expect("it is whole");
        assert_eq!(table.rows[0].proofs[0].run.to_string(), "p test:it a::b");
        let table = proof("scenario = \"scenarios/a.drill\"").expect("it is whole");
        assert_eq!(table.rows[0].proofs[0].run, Run::Scenario("scenarios/a.drill".to_owned()));
    }

    #[test]
    fn a_proof_that_names_half_a_test_or_a_strange_field_is_refused() {
        assert!(proof("package = \"p\", test = \"a\"").is_err());
        assert!(proof("scenario = \"s\", test = \"a\"").is_err());
        assert!(proof("scenario = \"s\", tests = \"a\"").is_err());
        assert!(proof("package = \"p\", target = \"example:x\", test = \"a\"").is_err());
    }

    #[test]
    fn a_row_may_have_no_proof_yet() {
        let table = Table::parse("[[row]]\nid = \"S1.4\"\ntitle = \"t\"\n").expect("it is whole");
        assert!(table.rows[0].proofs.is_empty());
    }
}
