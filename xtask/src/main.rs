//! Automation of the workspace: `cargo xtask VERB`. One file a verb; `ci` is what CI runs.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program on a host: std is its one name"
)]

mod bare_metal;
mod bench;
mod boot;
mod breaks;
mod campaign;
mod cargo;
mod ci;
mod code_map;
mod fuzz;
mod image;
mod instructions;
mod layers;
mod mutants;
mod rivals;
mod rows;
mod source;
mod static_build;
mod tally;
mod tidy;
mod tree;

use std::env;
use std::process::ExitCode;

use tree::Tree;

/// What every verb returns: nothing, or one line that says what is wrong and what to do about it.
type Outcome = Result<(), String>;

const HELP: &str = "\
usage: cargo xtask VERB

  ci                     every step of CI but `cargo test`, timed, until the first that fails
  layers                 which crate may depend on which, and which may hold unsafe code
  breaks                 break seven rules of the engine, one at a time: corpus and campaign find each
  campaign [--scenarios N] [--seed S] [--cpus 0,1]
                         random scenarios on the engine and the kernel, goes on where it was interrupted
  fuzz [--seconds N]     run each fuzz target so many seconds (20)
  bare-metal             build the engine where there is no operating system
  static [aarch64]       build the command as one file that needs nothing beside it
  boot [--kernel FILE]   run the corpus on a kernel of its own, in QEMU
  code-map               write the code map of ARCHITECTURE.md from the modules' own first sentences
  tidy                   budgets, names, words, tags and the code map
  mutants [WORD...]      try the mutants of the engine; all, --rest (untried ones), --survivors, or those named
  rows                   the rows of docs/sources.md, each with its tests and their mutants
  rows --prove [ROW...]  apply each mutant to a copy of the tree and see its test fail
  rivals                 fetch the tools that sigpost is compared with
  bench [PART...]        measure engine, command and reliability, and write docs/speed.md
  bench --smoke          each measurement once and small: that it runs
  instructions           count what the engine's commonest works take, and compare (needs valgrind)
  tally FILE             sum the results in the output of `cargo test`";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("xtask: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Outcome {
    match words {
        ["ci"] => ci::run(&Tree::read()?),
        ["layers"] => layers::run(&Tree::read()?),
        ["breaks"] => breaks::run(&Tree::read()?),
        ["campaign", arguments @ ..] => campaign::run(&Tree::read()?, arguments),
        ["fuzz"] => fuzz::run(&Tree::read()?, None),
        ["fuzz", "--seconds", seconds] => fuzz::run(&Tree::read()?, Some(seconds)),
        ["static", arguments @ ..] => static_build::run(&Tree::read()?, arguments),
        ["boot", arguments @ ..] => boot::run(&Tree::read()?, arguments),
        ["code-map"] => code_map::run(&Tree::read()?),
        ["mutants", words @ ..] => mutants::run(&Tree::read()?, words),
        ["bare-metal"] => bare_metal::run(&Tree::read()?),
        ["tidy"] => tidy::run(&Tree::read()?),
        ["rows"] => rows::run(&Tree::read()?),
        ["rows", "--prove", ids @ ..] => rows::prove(&Tree::read()?, ids),
        ["rivals"] => rivals::run(&Tree::read()?),
        ["bench", "--smoke"] => bench::smoke(&Tree::read()?),
        ["bench", words @ ..] => bench::run(&Tree::read()?, words),
        ["instructions"] => instructions::run(&Tree::read()?),
        ["tally", file] => tally::run(file),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("`{}` is no verb of xtask\n{HELP}", words.join(" "))),
    }
}
