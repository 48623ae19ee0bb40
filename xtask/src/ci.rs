//! `ci`: everything CI runs but `cargo test` (`.ci/run` calls that first), in order, until the first failure.

use std::time::{Duration, Instant};

use crate::{
    Outcome, Tree, bare_metal, bench, boot, campaign, cargo, fuzz, instructions, layers, rows, static_build, tidy,
};

/// One step: its name, and what it does.
type Step = (&'static str, fn(&Tree) -> Outcome);

/// The steps in their order: those that are quick to fail first. A new one is a line here.
const STEPS: &[Step] = &[
    ("format", format),
    ("layers", layers::run),
    ("tidy", tidy::run),
    ("clippy", clippy),
    ("docs", docs),
    ("bare-metal", bare_metal::run),
    ("static", static_build::check),
    ("boot", boot::run_if_possible),
    ("rows", rows::run),
    ("worlds", worlds),
    ("campaign smoke", campaign::smoke),
    ("bench smoke", bench::smoke),
    ("instructions", instructions::run),
    ("fuzz smoke", fuzz::smoke),
];

/// Runs the steps and lists what became of each.
pub(crate) fn run(tree: &Tree) -> Outcome {
    let mut finished: Vec<(&str, Duration)> = Vec::new();
    let mut failure = None;
    for (name, step) in STEPS {
        println!("== {name}");
        let start = Instant::now();
        let outcome = step(tree);
        finished.push((name, start.elapsed()));
        if let Err(cause) = outcome {
            failure = Some(format!("{name}: {cause}"));
            break;
        }
    }
    print_list(&finished, failure.is_some());
    failure.map_or(Ok(()), Err)
}

fn print_list(finished: &[(&str, Duration)], failed: bool) {
    println!("== steps");
    for (index, (name, _)) in STEPS.iter().enumerate() {
        let result = match finished.get(index) {
            None => "not run".to_owned(),
            Some((_, time)) if failed && index + 1 == finished.len() => format!("FAILED  {:6.1} s", time.as_secs_f64()),
            Some((_, time)) => format!("ok      {:6.1} s", time.as_secs_f64()),
        };
        println!("{name:14} {result}");
    }
}

fn format(tree: &Tree) -> Outcome {
    cargo::succeed(cargo::command(tree.root()).args(["fmt", "--all", "--check"]))
}

fn clippy(tree: &Tree) -> Outcome {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    cargo::succeed(cargo::command(tree.root()).args(arguments))
}

/// The small worlds in full, which take too long for every `cargo test`.
fn worlds(tree: &Tree) -> Outcome {
    let arguments = ["test", "--release", "--package", "sigpost-engine", "--test", "worlds", "--", "--nocapture"];
    cargo::succeed(cargo::command(tree.root()).args(arguments).env("SIGPOST_DEEP", "1"))
}

fn docs(tree: &Tree) -> Outcome {
    let arguments = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    cargo::succeed(cargo::command(tree.root()).args(arguments).env("RUSTDOCFLAGS", "-Dwarnings"))
}
