//! Trying mutants: the test programs, quick ones first, until one of them notices.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cargo;
use crate::rows::Copy;

/// The programs in the order in which they are asked: crate, and name of its test program (`sigpost_engine`: the
/// engine's unit tests).
const PROGRAMS: &[(&str, &str)] = &[
    ("sigpost-engine", "it"),
    ("sigpost-engine", "sigpost_engine"),
    ("sigpost-engine", "examples"),
    ("sigpost-engine", "no_allocation"),
    ("sigpost-engine", "model"),
];

/// The slow ones, which are asked only of what survived before.
const SLOW: &[(&str, &str)] = &[("sigpost-scenario", "it"), ("sigpost-engine", "worlds")];

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// This program noticed it.
    Caught(&'static str),
    /// A program did not come to an end: it noticed, too.
    RunsOutOfTime,
    /// None did.
    Survives,
    /// It does not compile.
    Unviable,
}

impl Fate {
    pub(crate) fn word(self) -> String {
        match self {
            Self::Caught(by) => format!("caught-by-{by}"),
            Self::RunsOutOfTime => "time".to_owned(),
            Self::Survives => "SURVIVES".to_owned(),
            Self::Unviable => "unviable".to_owned(),
        }
    }

    /// Its place in the counts.
    pub(crate) fn place(self) -> usize {
        match self {
            Self::Caught(_) => 0,
            Self::RunsOutOfTime => 1,
            Self::Survives => 2,
            Self::Unviable => 3,
        }
    }
}

/// A test program, where it runs, and how long it may take.
#[derive(Debug)]
struct Program {
    name: &'static str,
    path: PathBuf,
    folder: PathBuf,
    limit: Duration,
}

/// The test programs of the woven copy.
#[derive(Debug)]
pub(crate) struct Programs(Vec<Program>);

impl Programs {
    /// Builds them, and sees that each is green without a mutant.
    pub(crate) fn build(copy: &Copy, with_the_slow: bool) -> Result<Self, String> {
        let slow = if with_the_slow { SLOW } else { &[] };
        let built = executables(copy, with_the_slow)?;
        let mut programs = Vec::new();
        for &(package, name) in PROGRAMS.iter().chain(slow) {
            let found = built.iter().find(|(of, is, _)| of == package && is == name);
            let (_, _, path) = found.ok_or_else(|| format!("cargo built no test program {name} of {package}"))?;
            let folder = copy.root.join("crates").join(package);
            let name = if package == "sigpost-scenario" { "scenarios" } else { name };
            let mut program = Program { name, path: path.clone(), folder, limit: Duration::from_mins(10) };
            let start = Instant::now();
            if program.notices(0)? != Some(false) {
                return Err(format!("{name} is not green without a mutant: run it by itself"));
            }
            println!("{name}: {:.1?} without a mutant", start.elapsed());
            program.limit = start.elapsed() * 10 + Duration::from_secs(5);
            programs.push(program);
        }
        Ok(Self(programs))
    }

    /// Asks one program after the other.
    pub(crate) fn try_mutant(&self, number: usize) -> Result<Fate, String> {
        for program in &self.0 {
            match program.notices(number)? {
                Some(false) => {}
                Some(true) => return Ok(Fate::Caught(program.name)),
                None => return Ok(Fate::RunsOutOfTime),
            }
        }
        Ok(Fate::Survives)
    }
}

impl Program {
    /// Whether a test fails with this mutant; `None`: the time ran out.
    fn notices(&self, number: usize) -> Result<Option<bool>, String> {
        let limit = self.limit.as_secs().to_string();
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", &limit]).arg(&self.path).arg("--quiet").current_dir(&self.folder);
        command.env("SIGPOST_MUTANT", number.to_string()).env("CARGO_MANIFEST_DIR", &self.folder);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let status = command.status().map_err(|error| format!("timeout: {error}"))?;
        Ok(if start.elapsed() >= self.limit { None } else { Some(!status.success()) })
    }
}

/// The test programs that cargo builds: package, name, path.
fn executables(copy: &Copy, with_the_slow: bool) -> Result<Vec<(String, String, PathBuf)>, String> {
    let mut command = cargo::command(&copy.root);
    command.env("CARGO_TARGET_DIR", &copy.target).env("RUSTFLAGS", "--cap-lints=allow");
    // Quick enough to run, quick enough to build.
    command.env("CARGO_PROFILE_TEST_OPT_LEVEL", "1").env("CARGO_PROFILE_TEST_DEBUG", "0");
    command.args(["test", "--no-run", "--message-format", "json", "--lib", "--package", "sigpost-engine"]);
    if with_the_slow {
        command.args(["--package", "sigpost-scenario"]);
    }
    let slow = if with_the_slow { SLOW } else { &[] };
    for (_, name) in PROGRAMS.iter().chain(slow).filter(|(_, name)| *name != "sigpost_engine") {
        command.args(["--test", name]);
    }
    let output = command.output().map_err(|error| format!("cargo test: {error}"))?;
    if !output.status.success() {
        return Err(format!("the woven copy's tests do not compile: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(messages.lines().filter_map(executable).collect())
}

fn executable(line: &str) -> Option<(String, String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = Path::new(message["executable"].as_str()?).to_path_buf();
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let package = manifest.parent()?.file_name()?.to_string_lossy().into_owned();
    Some((package, message["target"]["name"].as_str()?.to_owned(), path))
}
