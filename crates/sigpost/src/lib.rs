//! `sigpost`: send signals on Linux, with a receipt for every target.
//!
//! The way of a command line: `command_line` finds the verb, the signal and the options; `target` reads each
//! target; `guard` holds back what must be said aloud; the verb's own module does the work with `sigpost-linux`;
//! `render` prints it; `exit` has the exit statuses. Called as `kill` or another drop-in name, `names` does it all.
//!
//! It is a library only so that what fuzzes the arguments can reach them (`arguments`). To send signals from a
//! program, use `sigpost-linux`.
#![forbid(unsafe_code)]

extern crate alloc;

pub mod arguments;
mod command_line;
mod demo;
mod drill;
mod end;
mod exit;
mod failure;
mod generate;
mod guard;
mod list;
mod names;
mod page;
mod render;
mod select;
mod send;
mod signals;
mod target;
mod tree;
mod watch;
mod why;

use std::process::ExitCode;

use command_line::Request;
use command_line::verb::Verb;
use exit::Exit;
use failure::Failure;

/// What the program does: reads its arguments, obeys them, and says with its exit status how it went.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(called) = names::called(&arguments) {
        return names::run(&called);
    }
    let words = words(arguments);
    match command_line::read(words).and_then(run) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            render::print::remark(&failure.line);
            failure.exit.into()
        }
    }
}

/// The words of the command line. A machine's process 1 that is called `init`, or nothing, and is told nothing, runs
/// the scenarios of its image.
fn words(arguments: Vec<std::ffi::OsString>) -> Vec<std::ffi::OsString> {
    let mut all = arguments.into_iter();
    let name = all.next();
    let words: Vec<_> = all.collect();
    let is_init = name.is_none_or(|name| std::path::Path::new(&name).file_name().is_some_and(|name| name == "init"));
    if words.is_empty() && is_init && std::process::id() == 1 {
        return ["drill", "--alone", "--power-off", "/scenarios"].map(Into::into).into();
    }
    words
}

fn run(request: Request) -> Result<Exit, Failure> {
    let (verb, signal, matches) = match request {
        Request::Verb { verb, signal, matches } => (verb, signal, matches),
        Request::Print(text) => {
            render::print::results(&format!("{}\n", text.ansi().to_string().trim_end()))?;
            return Ok(Exit::Done);
        }
    };
    command_line::options::choose_colour(&matches);
    match verb {
        Verb::Send | Verb::Explain => {
            let sending = command_line::options::Sending::read(verb == Verb::Explain, signal, &matches)?;
            send::run(&sending)
        }
        Verb::Ls => list::run(&matches),
        Verb::End => end::run(&command_line::options::Sending::read(false, signal, &matches)?, &matches),
        Verb::Wait => end::wait(&matches),
        Verb::Why => why::run(&matches),
        Verb::Watch => watch::run(&matches),
        Verb::Tree => tree::run(&matches),
        Verb::Demo => demo::run(&matches),
        Verb::Drill => drill::run(&matches),
        Verb::Signals => signals::run(&matches),
        Verb::Completions => generate::completions(&matches),
        Verb::Man => generate::manual(&matches),
        Verb::InstallNames => names::install(&matches),
    }
}
