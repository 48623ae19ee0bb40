//! `campaign`: random scenarios on the engine and the kernel at once, in parts, a worker a CPU. What is done is kept in
//! the target folder: a campaign that was interrupted goes on where it was. What it finds is written to
//! `scenarios/regressions`, its counts to `docs/conformance.md`.

mod cells;
mod counts;
mod page;
mod state;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use crate::{Outcome, Tree, cargo};
use counts::Counts;
use state::State;

/// How many scenarios one run of a worker has: what is lost where it is interrupted.
const PART: u64 = 500;
/// The scenarios of a campaign, and its first seed.
const SCENARIOS: u64 = 100_000;
const FIRST: u64 = 1;
/// What CI tries.
const SMOKE: u64 = 400;

/// Keeps what came of broken rules on the page.
pub(crate) fn keep_breaks(tree: &Tree, table: &str) -> Outcome {
    page::keep_breaks(tree, table)
}

/// What is asked for.
#[derive(Clone, Debug)]
struct Request {
    scenarios: u64,
    first: u64,
    cpus: Vec<usize>,
}

/// A campaign with these arguments.
pub(crate) fn run(tree: &Tree, arguments: &[&str]) -> Outcome {
    let (request, revision) = (parse(arguments)?, revision(tree)?);
    let state = State::open(tree, &revision)?;
    let counts = play(tree, &request, Profile::Release, &Mutex::new(state))?;
    println!("{}", counts.line());
    page::write(tree, &counts, &revision)?;
    judge(&counts)
}

/// The same few scenarios every time, and nothing written but findings.
pub(crate) fn smoke(tree: &Tree) -> Outcome {
    let request = Request { scenarios: SMOKE, first: FIRST, cpus: all_cpus() };
    let counts = play(tree, &request, Profile::Dev, &Mutex::new(State::none()))?;
    println!("{}", counts.line());
    match (&counts.refused, counts.failed) {
        (Some(why), _) => {
            println!("skipped: {why}");
            Ok(())
        }
        (None, 0) => Ok(()),
        _ => judge(&counts),
    }
}

fn parse(arguments: &[&str]) -> Result<Request, String> {
    let mut request = Request { scenarios: SCENARIOS, first: FIRST, cpus: all_cpus() };
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word}: a value is missing"))?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| format!("{word} {text}: no number"));
        match *word {
            "--scenarios" => request.scenarios = number(value)?,
            "--seed" => request.first = number(value)?,
            "--cpus" => {
                let cpu = |text: &str| text.parse::<usize>().map_err(|_| format!("--cpus {value}: no list of CPUs"));
                request.cpus = value.split(',').map(cpu).collect::<Result<_, _>>()?;
            }
            _ => return Err(format!("`{word}` is no option of campaign: --scenarios N, --seed S, --cpus 0,1")),
        }
    }
    Ok(request)
}

fn all_cpus() -> Vec<usize> {
    (0..thread::available_parallelism().map_or(1, usize::from)).collect()
}

/// Which sources ran: the tree of `crates` as git names it, the commit, and whether anything was changed since.
fn revision(tree: &Tree) -> Result<String, String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(tree.root()).args(arguments).output();
        let output = output.map_err(|error| format!("git: {error}"))?;
        Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let sources = git(&["rev-parse", "--short=12", "HEAD:crates"])?;
    let changed = !git(&["status", "--porcelain", "--", "crates", "Cargo.lock"])?.is_empty();
    Ok(if changed { format!("{sources} with changes") } else { sources })
}

/// Has the workers try all parts that are not done.
fn play(tree: &Tree, request: &Request, profile: Profile, state: &Mutex<State>) -> Result<Counts, String> {
    let program = build(tree, profile)?;
    let parts: Vec<(u64, u64)> = (0..request.scenarios.div_ceil(PART))
        .map(|index| (request.first + index * PART, PART.min(request.scenarios - index * PART)))
        .collect();
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (counts, trouble) = (Mutex::new(Counts::default()), Mutex::new(None));
    thread::scope(|scope| {
        for cpu in &request.cpus {
            let (next, stop, counts, trouble, parts, program) = (&next, &stop, &counts, &trouble, &parts, &program);
            scope.spawn(move || {
                while let Some(part) = parts.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    let known = lock(state).find(*part);
                    let lines = known.map_or_else(|| work(program, *cpu, *part), Ok);
                    match lines.and_then(|lines| take(tree, *part, &lines, state, counts)) {
                        Ok(()) => {}
                        Err(why) => {
                            stop.store(true, Ordering::SeqCst);
                            lock(trouble).get_or_insert(why);
                        }
                    }
                }
            });
        }
    });
    match trouble.into_inner().unwrap_or_default() {
        Some(why) => Err(why),
        None => Ok(counts.into_inner().unwrap_or_default()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// How the command is built: for a few scenarios the tests' own build does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Profile {
    Dev,
    Release,
}

fn build(tree: &Tree, profile: Profile) -> Result<PathBuf, String> {
    let mut command = cargo::command(tree.root());
    command.args(["build", "--quiet", "--package", "sigpost"]);
    let (arguments, folder): (&[&str], _) =
        if profile == Profile::Release { (&["--release"], "release") } else { (&[], "debug") };
    cargo::succeed(command.args(arguments))?;
    let target = cargo::target_folder(tree)?;
    let (built, program) = (target.join(folder).join("sigpost"), target.join("campaign").join(folder));
    // A copy: what is built meanwhile is not to get into a campaign that runs.
    fs::create_dir_all(target.join("campaign"))
        .and_then(|()| fs::copy(&built, &program))
        .map_err(|error| format!("{}: {error}", program.display()))?;
    Ok(program)
}

/// One part by one worker: the lines that it said.
fn work(program: &Path, cpu: usize, (first, count): (u64, u64)) -> Result<Vec<Value>, String> {
    let mut command = Command::new(program);
    command.args(["drill", "--random", &count.to_string(), "--seed", &first.to_string(), "--on", "both", "--json"]);
    command.args(["--cpu", &cpu.to_string()]);
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Result<Vec<Value>, _> = said.lines().map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| format!("sigpost drill --random --json: {error}"))?;
    if lines.is_empty() {
        let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Ok(vec![serde_json::json!({ "refused": why })]);
    }
    Ok(lines)
}

/// Takes down what a part came to.
fn take(
    tree: &Tree,
    part: (u64, u64),
    lines: &[Value],
    state: &Mutex<State>,
    counts: &Mutex<Counts>,
) -> Result<(), String> {
    let mut counts = lock(counts);
    for line in lines {
        if line.get("outcome").is_none() {
            counts.add(line);
        } else if line["outcome"] != "skipped" {
            println!("seed {}: {}", line["seed"], line["reasons"][0].as_str().unwrap_or_default());
            write_finding(tree, line)?;
        }
    }
    drop(counts);
    lock(state).keep(part, lines)
}

/// A scenario on which the two differ, cut down, with what the kernel did as its expectations.
fn write_finding(tree: &Tree, finding: &Value) -> Outcome {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let reasons: Vec<String> = finding["reasons"].as_array().into_iter().flatten().map(text).collect();
    let comments: Vec<String> =
        reasons.iter().flat_map(|reason| reason.lines()).map(|line| format!("# {line}\n")).collect();
    let comments = comments.concat();
    let path = tree.root().join(format!("scenarios/regressions/random_{}.drill", finding["seed"]));
    fs::write(&path, format!("{}\n{comments}", text(&finding["scenario"]).trim_end()))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Whether the campaign is what it has to be.
fn judge(counts: &Counts) -> Outcome {
    if let Some(why) = &counts.refused {
        return Err(format!("nothing was run: {why}"));
    }
    if counts.failed > 0 {
        return Err(format!("{} scenarios diverge: they are in scenarios/regressions", counts.failed));
    }
    if let Some(stale) = counts.stale().next() {
        return Err(format!("the ledger's entry matches nothing: {stale}"));
    }
    if counts.unchecked * 20 > counts.receipts {
        return Err(format!("{} of {} receipts are unchecked: at most 5 % may be", counts.unchecked, counts.receipts));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_say_how_many_from_where_and_on_which_cpus() {
        let request =
            parse(&["--scenarios", "7", "--seed", "3", "--cpus", "1,4"]).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!((request.scenarios, request.first, request.cpus), (7, 3, vec![1, 4]));
        assert!(parse(&["--scenarios"]).is_err() && parse(&["--seed", "x"]).is_err() && parse(&["--x", "1"]).is_err());
    }

    #[test]
    fn a_campaign_with_a_divergence_or_too_much_unchecked_fails() {
        let counts = |failed, unchecked| Counts { failed, unchecked, receipts: 100, ..Counts::default() };
        assert!(judge(&counts(0, 5)).is_ok());
        assert!(judge(&counts(1, 0)).is_err());
        assert!(judge(&counts(0, 6)).is_err());
    }
}
