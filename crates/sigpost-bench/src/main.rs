//! `cargo xtask bench`: what sigpost costs beside its rivals, in the same run, and how it holds out under stress.
//!
//! Each part makes rows, each of a work, our figure, the rival's, their ratio and the target. A rival that cannot be
//! had makes a row that says so, never one that is met. The rows go to the terminal, and to `docs/speed.md`, where
//! each part has a section of its own: a part can be run alone, and the others keep their rows.
#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program on a host: std is its one name"
)]

mod arena;
mod cgroup;
mod command;
mod contest;
mod engine;
mod machine;
mod page;
mod puppets;
mod reliability;
mod rival;
mod table;
mod watch;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use table::Row;

/// The rows of memory count what this one hands out.
#[global_allocator]
static ALLOCATOR: sigpost_sys::allocations::Counting = sigpost_sys::allocations::Counting;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// As much as the figures need.
    Full,
    /// Each work once and small: that it runs, not how fast.
    Smoke,
}

/// One part of the page.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// Its name on the command line, and its section in the page.
    name: &'static str,
    rows: fn(Size) -> Vec<Row>,
}

const PARTS: &[Part] = &[
    Part { name: "engine", rows: engine::rows },
    Part { name: "command", rows: command::rows },
    Part { name: "reliability", rows: reliability::rows },
    Part { name: "watch", rows: watch::rows },
];

/// What the command line asks for.
#[derive(Debug)]
struct Wanted {
    size: Size,
    /// The page to write to; without one nothing is written.
    page: Option<PathBuf>,
    parts: Vec<Part>,
    /// `WORK:CALLS`: that work of the engine, so often and without a clock, for who counts instructions.
    count: Option<String>,
}

fn main() -> ExitCode {
    match wanted(env::args().skip(1)).and_then(|wanted| run(&wanted)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("sigpost-bench: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn wanted(arguments: impl Iterator<Item = String>) -> Result<Wanted, String> {
    let mut wanted = Wanted { size: Size::Full, page: None, parts: Vec::new(), count: None };
    for argument in arguments {
        if argument == "--smoke" {
            wanted.size = Size::Smoke;
        } else if let Some(work) = argument.strip_prefix("--count=") {
            wanted.count = Some(work.to_owned());
        } else if let Some(page) = argument.strip_prefix("--page=") {
            wanted.page = Some(PathBuf::from(page));
        } else if let Some(part) = PARTS.iter().find(|part| part.name == argument) {
            wanted.parts.push(*part);
        } else {
            let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
            return Err(format!("`{argument}` is no part: {}", names.join(", ")));
        }
    }
    if wanted.parts.is_empty() {
        wanted.parts = PARTS.to_vec();
    }
    Ok(wanted)
}

fn run(wanted: &Wanted) -> Result<(), String> {
    if let Some(count) = &wanted.count {
        return engine::count(count);
    }
    let mut failed = Vec::new();
    for part in &wanted.parts {
        let rows = (part.rows)(wanted.size);
        println!("== {}\n{}", part.name, table::plain(&rows));
        if let Some(page) = wanted.page.as_ref().filter(|_| wanted.size == Size::Full) {
            page::write(page, part.name, &format!("{}\n{}", machine::line(), table::markdown(&rows)))?;
        }
        let fails = |row: &&Row| row.is_broken() || (wanted.size == Size::Smoke && row.is_wrong());
        failed.extend(rows.iter().filter(fails).map(|row| format!("{}: {}", part.name, row.work())));
    }
    // A target that is missed is a finding; a work that could not be done at all is a defect of the bench, and so is,
    // where times do not count, a count that is wrong.
    if failed.is_empty() { Ok(()) } else { Err(format!("went wrong: {}", failed.join("; "))) }
}
