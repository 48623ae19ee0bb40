//! `mutants`: mutation testing of the engine, with one build for all mutants.
//!
//! cargo-mutants says which mutants there are (`cargo mutants --list --json`). They are all compiled into one copy of the
//! tree: a function gets, beside its own body, one body for each of its mutants, and a number in the environment
//! chooses among them. So a mutant costs a run of the tests and no build, and all of them can be tried.

mod list;
mod run;
mod schema;

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::rows::Copy;
use crate::{Outcome, Tree, cargo};
use list::Mutant;
use run::{Fate, Programs};

/// What is not mutated: the vocabulary (plain values, without rules), the documentation, and the checker, which judges
/// the tests' states and is no rule itself.
const LEFT_OUT: &[&str] = &[
    "lib.rs",
    "invariants.rs",
    "not_modelled.rs",
    "signal.rs",
    "signal/",
    "signal_set.rs",
    "signal_info.rs",
    "identity.rs",
    "credentials.rs",
    "errno.rs",
    "receipt.rs",
    "personality.rs",
    "personality/",
];

/// Tries every mutant (`words` empty), those that no test noticed the last time (`--survivors`; the slow tests are run,
/// too), those that were not tried before (`--rest`), or those whose description holds a word. The outcome is written to
/// `outcome.txt` beside the copy.
pub(crate) fn run(tree: &Tree, words: &[&str]) -> Outcome {
    let folder = cargo::target_folder(tree)?.join("mutants");
    let file = folder.join("outcome.txt");
    let before = fs::read_to_string(&file).unwrap_or_default();
    let copy = Copy::make(tree, &folder)?;
    let all = list::read(tree, LEFT_OUT)?;
    let unviable = schema::weave(&copy, &all)?;
    let programs = Programs::build(&copy, words == ["--survivors"])?;
    let mut asked: Vec<_> = all.iter().enumerate().filter(|(_, mutant)| is_asked_for(mutant, words, &before)).collect();
    // In no order, so that what was tried when the run is ended early is a fair sample.
    asked.sort_by_key(|(_, mutant)| scattered(&mutant.name));
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally { file, before, lines: Vec::new(), counts: [0; 4] });
    let work = || {
        while let Some(&(number, mutant)) = asked.get(next.fetch_add(1, Ordering::Relaxed)) {
            let fate = if unviable.contains(&number) { Fate::Unviable } else { programs.try_mutant(number + 1)? };
            tally.lock().map_err(|_| "another worker failed")?.note(fate, mutant)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers = [(); WORKERS].map(|()| scope.spawn(work));
        workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(|_| Err("a worker failed".to_owned())))
    })?;
    tally.into_inner().map_err(|_| "a worker failed")?.sum()
}

/// How many mutants are tried at a time.
const WORKERS: usize = 2;

/// What was found so far.
struct Tally {
    file: PathBuf,
    before: String,
    lines: Vec<String>,
    counts: [usize; 4],
}

impl Tally {
    fn note(&mut self, fate: Fate, mutant: &Mutant) -> Outcome {
        self.counts[fate.place()] += 1;
        let line = format!("{} {}", fate.word(), mutant.name);
        println!("{line}");
        self.lines.push(line);
        let text = merged(&self.before, &self.lines);
        fs::write(&self.file, text).map_err(|error| format!("{}: {error}", self.file.display()))
    }

    fn sum(&self) -> Outcome {
        let [caught, slow, survived, unviable] = self.counts;
        let tried = self.lines.len();
        println!(
            "{tried} mutants: {caught} caught, {slow} ran out of time, {survived} survived, {unviable} do not compile"
        );
        if survived == 0 {
            return Ok(());
        }
        Err(format!("{survived} mutants that no test notices: see {}", self.file.display()))
    }
}

/// A number that has nothing to do with where the name stands in the list.
fn scattered(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn is_asked_for(mutant: &Mutant, words: &[&str], before: &str) -> bool {
    match words {
        [] => true,
        ["--survivors"] => before.lines().any(|line| line == format!("{} {}", Fate::Survives.word(), mutant.name)),
        ["--rest"] => !before.lines().any(|line| line.ends_with(&format!(" {}", mutant.name))),
        words => words.iter().any(|word| mutant.name.contains(word)),
    }
}

/// The earlier outcome, with what was tried again in its place.
fn merged(before: &str, lines: &[String]) -> String {
    let name = |line: &str| line.split_once(' ').map(|(_, name)| name.to_owned());
    let again: Vec<_> = lines.iter().filter_map(|line| name(line)).collect();
    let kept = before.lines().filter(|line| name(line).is_some_and(|name| !again.contains(&name)));
    kept.map(str::to_owned).chain(lines.iter().cloned()).fold(String::new(), |text, line| text + &line + "\n")
}
