//! Where mutants run: a copy of the tree, with limits around every test.
//!
//! A mutant may turn a careful send into one to everyone. So whatever could signal the machine runs in a PID
//! namespace of its own, and every run has a time limit.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{ExitStatus, Output};
use std::time::{Duration, Instant};

use super::copy::Copy;
use super::table::{Place, Proof, Run, Target};
use crate::{Tree, cargo};

/// How long one test may take; a mutant that makes it hang proves nothing.
const LIMIT: Duration = Duration::from_mins(2);

/// What one run showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    /// The test ran and passed.
    Green,
    /// The test ran and failed.
    Red,
    /// The test did not run to an end; why.
    Neither(&'static str),
}

/// The copy, and whether the one who runs it may make namespaces without more ado.
#[derive(Debug)]
pub(crate) struct Bench {
    copy: Copy,
    is_root: bool,
}

impl Bench {
    /// Brings the copy up to date; it lies in the target folder, where git does not look.
    pub(crate) fn make(tree: &Tree) -> Result<Self, String> {
        let copy = Copy::make(tree, &cargo::target_folder(tree)?.join("prove"))?;
        let user = fs::metadata("/proc/self").map_err(|error| format!("/proc/self: {error}: mount /proc"))?.uid();
        Ok(Self { copy, is_root: user == 0 })
    }

    /// The copy in which mutants are made.
    pub(crate) fn copy(&self) -> &Copy {
        &self.copy
    }

    /// Builds the test as the copy stands now, and runs it.
    pub(crate) fn colour(&self, proof: &Proof) -> Result<Colour, String> {
        let built = self.cargo(&build_arguments(&proof.run), &[])?;
        if !built.status.success() {
            eprintln!("{}", String::from_utf8_lossy(&built.stderr));
            return Ok(Colour::Neither("DOES NOT COMPILE"));
        }
        let start = Instant::now();
        let output = self.cargo(&run_arguments(proof), &limits(&proof.run, self.is_root))?;
        if start.elapsed() >= LIMIT {
            return Ok(Colour::Neither("HANGS"));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let colour = match proof.run {
            Run::Test { .. } => colour_of_test(output.status.success(), &said),
            Run::Scenario(_) => colour_of_drill(output.status),
        };
        if matches!(colour, Colour::Neither(_)) {
            eprintln!("{said}{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(colour)
    }

    /// Cargo in the copy; `runner` is what it starts test programs with.
    fn cargo(&self, arguments: &[String], runner: &[&str]) -> Result<Output, String> {
        let mut command = cargo::command(&self.copy.root);
        command.env("CARGO_TARGET_DIR", &self.copy.target);
        if !runner.is_empty() {
            command.args(["--config", &format!("target.'cfg(unix)'.runner={runner:?}")]);
        }
        command.args(arguments).output().map_err(|error| format!("cargo: {error}"))
    }
}

/// Crates whose tests call nobody: they are pure.
const PURE: &[&str] = &["sigpost-engine", "sigpost-scenario"];

/// The programs that confine a test program: a time limit, and for all but the pure crates a PID namespace.
fn limits(run: &Run, is_root: bool) -> Vec<&'static str> {
    // 120 is LIMIT, checked by a test.
    let mut words = vec!["timeout", "--signal=KILL", "120"];
    if matches!(run, Run::Test { package, .. } if PURE.contains(&package.as_str())) {
        return words;
    }
    words.push("unshare");
    if !is_root {
        words.extend(["--user", "--map-current-user"]);
    }
    words.extend(["--pid", "--fork", "--kill-child", "--mount-proc"]);
    // The shell is process 1 of the namespace, so that the test is an ordinary process in it.
    words.extend(["sh", "-c", "\"$@\"; exit $?", "sh"]);
    words
}

fn build_arguments(run: &Run) -> Vec<String> {
    match run {
        Run::Test { .. } => [test_arguments(run), vec!["--no-run".to_owned()]].concat(),
        Run::Scenario(_) => ["build", "--quiet", "--package", "sigpost"].map(str::to_owned).to_vec(),
    }
}

fn run_arguments(proof: &Proof) -> Vec<String> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    match &proof.run {
        Run::Test { path, .. } => [test_arguments(&proof.run), words(&["--", "--exact", path])].concat(),
        Run::Scenario(file) => {
            let on: &[&str] = if proof.place == Place::Linux { &["--on", "linux"] } else { &[] };
            let drill = ["run", "--quiet", "--package", "sigpost", "--", "drill", "--deny-skips"];
            [words(&drill), words(on), vec![file.clone()]].concat()
        }
    }
}

/// `cargo test` for one test program.
fn test_arguments(run: &Run) -> Vec<String> {
    let Run::Test { package, target, .. } = run else { return Vec::new() };
    let mut words = vec!["test", "--quiet", "--package", package];
    match target {
        Target::Lib => words.push("--lib"),
        Target::Bin(name) => words.extend(["--bin", name]),
        Target::Test(name) => words.extend(["--test", name]),
    }
    words.into_iter().map(str::to_owned).collect()
}

/// Exactly one test ran, and it passed or it failed; one that died took its program with it.
fn colour_of_test(success: bool, said: &str) -> Colour {
    let started = said.contains("running 1 test\n");
    match (started, success) {
        (true, true) if said.contains(" 1 passed; 0 failed;") => Colour::Green,
        (true, false) => Colour::Red,
        (false, _) if said.contains("running 0 tests") => Colour::Neither("NO SUCH TEST"),
        _ => Colour::Neither("DID NOT RUN"),
    }
}

/// The statuses of `sigpost drill`: 0 all passed, 1 some failed; others mean that nothing was compared.
fn colour_of_drill(status: ExitStatus) -> Colour {
    match status.code() {
        Some(0) => Colour::Green,
        Some(1) => Colour::Red,
        _ => Colour::Neither("DID NOT RUN"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREEN: &str =
        "\nrunning 1 test\n.\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out\n";

    #[test]
    fn green_is_one_test_that_ran_and_passed() {
        assert_eq!(colour_of_test(true, GREEN), Colour::Green);
        assert_eq!(
            colour_of_test(true, "running 1 test\ni\n 0 passed; 0 failed; 1 ignored;"),
            Colour::Neither("DID NOT RUN")
        );
        assert_eq!(colour_of_test(true, "running 0 tests\n"), Colour::Neither("NO SUCH TEST"));
    }

    #[test]
    fn red_is_one_test_that_ran_and_failed_or_died() {
        assert_eq!(colour_of_test(false, "running 1 test\nF\n 0 passed; 1 failed;"), Colour::Red);
        assert_eq!(colour_of_test(false, "running 1 test\n"), Colour::Red);
        assert_eq!(colour_of_test(false, "unshare: not permitted\n"), Colour::Neither("DID NOT RUN"));
    }

    fn test_of(package: &str) -> Run {
        Run::Test { package: package.to_owned(), target: Target::Test("it".to_owned()), path: "a::b".to_owned() }
    }

    #[test]
    fn what_can_reach_real_processes_runs_in_a_namespace() {
        for run in [test_of("sigpost-linux"), test_of("sigpost"), Run::Scenario("a.drill".to_owned())] {
            assert!(limits(&run, true).contains(&"--pid"), "{run}");
            assert!(limits(&run, false).contains(&"--user"), "{run}");
        }
    }

    #[test]
    fn every_run_has_the_time_limit() {
        assert_eq!(limits(&test_of("sigpost-engine"), true)[2], LIMIT.as_secs().to_string());
    }

    #[test]
    fn a_test_is_named_exactly() {
        let proof = Proof { place: Place::Engine, run: test_of("p"), mutant: None };
        assert_eq!(run_arguments(&proof).join(" "), "test --quiet --package p --test it -- --exact a::b");
    }

    #[test]
    fn a_scenario_runs_on_the_kernel_only_where_its_place_is_linux() {
        let run = Run::Scenario("a.drill".to_owned());
        let words = |place| run_arguments(&Proof { place, run: run.clone(), mutant: None }).join(" ");
        assert!(words(Place::Linux).ends_with("drill --deny-skips --on linux a.drill"));
        assert!(words(Place::Scenario).ends_with("drill --deny-skips a.drill"));
    }
}
