//! `fuzz`: runs every target of `fuzz/` for so many seconds and prints what came of it. cargo-fuzz is installed if it is
//! missing. New inputs stay in `fuzz/target`; those worth keeping are copied to `fuzz/corpus` by hand.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Outcome, Tree, cargo};

const CARGO_FUZZ: &str = "0.13.2";
const SECONDS: &str = "20";

/// What is fuzzed.
struct Target {
    name: &'static str,
    /// The folder with seeds beside its corpus.
    seeds: Option<&'static str>,
    /// How many inputs the smoke of CI tries: some seconds' worth.
    smoke: u32,
}

const TARGETS: [Target; 5] = [
    Target { name: "steps", seeds: None, smoke: 100_000 },
    Target { name: "scenario_text", seeds: Some("scenarios"), smoke: 12_000 },
    Target { name: "proc_files", seeds: None, smoke: 200_000 },
    Target { name: "arguments", seeds: None, smoke: 12_000 },
    Target { name: "drop_in", seeds: None, smoke: 200_000 },
];

/// Runs the targets, each for so many seconds; fails with the first that crashes.
pub(crate) fn run(tree: &Tree, seconds: Option<&str>) -> Outcome {
    let seconds = seconds.unwrap_or(SECONDS);
    seconds.parse::<u32>().map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    run_each(tree, |_| format!("-max_total_time={seconds}"))
}

/// As CI does: so many inputs, however long that takes, so that where nothing has changed the same inputs are tried and a
/// crash is a change of the code.
pub(crate) fn smoke(tree: &Tree) -> Outcome {
    run_each(tree, |target| format!("-runs={}", target.smoke))
}

fn run_each(tree: &Tree, limit: impl Fn(&Target) -> String) -> Outcome {
    install()?;
    println!("{:14} {:>10} {:>6}  last new edge", "target", "executions", "edges");
    TARGETS.iter().try_for_each(|target| run_target(tree.root(), target, &limit(target)))
}

fn install() -> Outcome {
    let asked = Command::new("cargo-fuzz").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if asked.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    cargo::succeed(Command::new("cargo").args(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ]))
}

fn run_target(root: &Path, target: &Target, limit: &str) -> Outcome {
    let Target { name: target, seeds, .. } = *target;
    let found = root.join("fuzz/target/found").join(target);
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut command = cargo::command(root);
    // No sanitizer: there is no unsafe code to watch, and stable has none.
    command.args(["fuzz", "run", "-s", "none", "--features", "fuzzing", "--fuzz-dir", "fuzz", target]).arg(&found);
    command.arg(root.join("fuzz/corpus").join(target)).args(seeds.map(|folder| root.join(folder)));
    // The same seed every time: the way is one that was gone before.
    command.args(["--", "-print_final_stats=1", "-seed=1", limit]);
    let output = command.output().map_err(|error| format!("cargo fuzz: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        let end: Vec<&str> = log.lines().rev().take(40).collect();
        let end: Vec<&str> = end.into_iter().rev().collect();
        return Err(format!("fuzzing {target} failed; the end of its output:\n{}", end.join("\n")));
    }
    let Summary { executions, edges, last } = summary(&log);
    println!("{target:14} {executions:>10} {edges:>6}  {last}");
    Ok(())
}

/// What libFuzzer said of a run.
#[derive(Debug, PartialEq, Eq)]
struct Summary<'a> {
    executions: &'a str,
    edges: &'a str,
    /// At which execution the number of edges last rose.
    last: String,
}

/// Lines are `#2048 NEW cov: 1650 ft: 5295 ...`, the last of them `DONE`.
fn summary(log: &str) -> Summary<'_> {
    let (mut executions, mut edges, mut last) = ("0", "0", "none".to_owned());
    for line in log.lines().filter_map(|line| line.strip_prefix('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[number, _, "cov:", now, ..] = words.as_slice() else { continue };
        executions = number;
        if now != edges {
            (edges, last) = (now, format!("at execution {number}"));
        }
    }
    Summary { executions, edges, last }
}

#[cfg(test)]
mod tests {
    use super::{Summary, summary};

    #[test]
    fn the_last_new_edge_is_where_the_number_of_edges_rose() {
        let log = "INFO: seed\n#2 INITED cov: 10 ft: 12\n#70\tNEW    cov: 16 ft: 20\n#90\tNEW    cov: 16 ft: 21\n\
                   #500\tDONE   cov: 16 ft: 21 corp: 3\nDone 500 runs";
        let expected = Summary { executions: "500", edges: "16", last: "at execution 70".to_owned() };
        assert_eq!(summary(log), expected);
    }
}
