//! `sigpost why`: why is it still alive? Everything that can hold a signal back, with the rule, and what would end it.

mod advice;
mod words;

use core::time::Duration;

use advice::Way;
use clap::ArgMatches;
use serde::Serialize;
use sigpost_linux::hold::{self, Holds};
use sigpost_linux::user::Users;
use sigpost_linux::{Process, ReadError};

use crate::command_line::options;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::list;
use crate::render::paragraph::Paragraphs;
use crate::render::print;
use crate::select::{ByName, Selection};
use crate::target::Target;
use crate::watch::witness::{Seen, Witness};

/// Runs the verb.
///
/// # Errors
/// Exit 2: no target, or a word that is none. Exit 3: `/proc` cannot be read.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let targets = options::some_targets(matches)?;
    let selection = Selection::of(&targets, ByName::All)?;
    selection.absent.iter().for_each(|line| print::remark(line));
    let all_were_there = selection.absent.is_empty();
    let processes = selection.into_processes()?;
    let seen = watched(matches.get_one::<Duration>("watch").copied(), &processes)?;
    let Told { found, remarks, is_one_gone } = read(&processes, &targets.targets);
    let ends = processes.iter().filter_map(|process| seen.as_ref()?.end_of(process.pid().get().cast_unsigned()));
    ends.for_each(|end| print::remark(&end));
    for line in &remarks {
        print::remark(line);
    }
    if all_were_there && found.is_empty() && remarks.is_empty() {
        print::remark("all that were selected have ended meanwhile");
    }
    print::results(&if matches.get_flag("json") { json(&found, seen.as_ref())? } else { text(&found, seen.as_ref()) })?;
    Ok(if all_were_there && !is_one_gone && !found.is_empty() { Exit::Done } else { Exit::Nothing })
}

/// With `--watch`: what is sent to them in that time.
fn watched(time: Option<Duration>, processes: &[Process]) -> Result<Option<Seen>, Failure> {
    let Some(time) = time else { return Ok(None) };
    let witness = Witness::start(processes.iter().map(|process| process.pid().get().cast_unsigned()).collect())?;
    Witness::go_on_for(time)?;
    witness.end().map(Some)
}

/// What was sent to one of them.
fn sent_to(holds: &Holds, seen: Option<&Seen>) -> Vec<String> {
    seen.map_or_else(Vec::new, |seen| seen.sent_to(holds.snapshot.pid.get().cast_unsigned()))
}

/// What there is to tell, and what is to be said of those that cannot be read.
#[derive(Default)]
struct Told {
    found: Vec<Holds>,
    remarks: Vec<String>,
    /// One that was named by its number has ended.
    is_one_gone: bool,
}

/// Reads each. One that ended after it was selected, by anything but its number, is not what was asked about any
/// more, and is left out.
fn read(processes: &[Process], targets: &[Target]) -> Told {
    let mut told = Told::default();
    for process in processes {
        let pid = process.pid();
        let names_it = |target: &Target| matches!(target, Target::Process(of) | Target::Identity(of, _) if *of == pid);
        match hold::read(process) {
            Ok(holds) => told.found.push(holds),
            Err(ReadError::Gone) if !targets.iter().any(names_it) => {}
            Err(error) => {
                told.is_one_gone |= error == ReadError::Gone;
                told.remarks.push(format!("process {pid}: {error}"));
            }
        }
    }
    told
}

fn text(found: &[Holds], seen: Option<&Seen>) -> String {
    let users = Users::read();
    let mut output = Paragraphs::for_terminal();
    for (index, holds) in found.iter().enumerate() {
        if index > 0 {
            output.empty_line();
        }
        output.heading(&words::heading(holds, &users));
        for hold in &holds.holds {
            let (word, sentence) = words::of(hold, &holds.snapshot);
            output.paragraph(word, &sentence);
        }
        if holds.holds.is_empty() {
            output.paragraph("holds", "nothing: it blocks, ignores and catches no signal that would end it.");
        }
        for sentence in sent_to(holds, seen) {
            output.paragraph("was sent", &sentence);
        }
        for way in advice::of(holds) {
            match way {
                Way::Frees(sentence) => output.paragraph("frees it", &sentence),
                Way::Ends(sentence) => output.paragraph("ends it", &sentence),
            }
        }
    }
    output.into_text()
}

/// A line of `why --json`. The keys are documented in `docs/json.md`.
#[derive(Serialize)]
struct Line {
    pid: i32,
    comm: String,
    state: &'static str,
    holds: Vec<HoldLine>,
    frees: Vec<String>,
    ends: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent: Option<Vec<String>>,
}

#[derive(Serialize)]
struct HoldLine {
    hold: &'static str,
    signals: Vec<String>,
    text: String,
}

fn json(found: &[Holds], seen: Option<&Seen>) -> Result<String, Failure> {
    let mut lines = String::new();
    for holds in found {
        let line = Line {
            pid: holds.snapshot.pid.get(),
            comm: String::from_utf8_lossy(holds.snapshot.comm.as_bytes()).into_owned(),
            state: list::state(holds.snapshot.state),
            holds: holds.holds.iter().map(|hold| line(hold, holds)).collect(),
            frees: advice::of(holds).into_iter().filter_map(Way::frees).collect(),
            ends: advice::of(holds).into_iter().filter_map(Way::ends).collect(),
            sent: seen.is_some().then(|| sent_to(holds, seen)),
        };
        lines += &serde_json::to_string(&line).map_err(|error| Failure::internal(error.to_string()))?;
        lines.push('\n');
    }
    Ok(lines)
}

fn line(hold: &hold::Hold, holds: &Holds) -> HoldLine {
    let (word, text) = words::of(hold, &holds.snapshot);
    HoldLine { hold: word, signals: crate::render::sets::list(words::signals(hold)), text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sigpost_engine::Pid;

    #[test]
    fn one_that_ended_meanwhile_counts_only_where_its_number_was_named() {
        let mut child = std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = Pid::new(child.id().cast_signed()).unwrap();
        let process = Process::open(pid).unwrap();
        // Its input ends, so it does; and then it is reaped.
        drop(child.stdin.take());
        child.wait().unwrap();
        let processes = [process];
        let of = |targets: &[Target]| {
            let told = read(&processes, targets);
            (told.found.len(), told.remarks.len(), told.is_one_gone)
        };
        assert_eq!(of(&[Target::Name(b"cat".to_vec())]), (0, 0, false));
        assert_eq!(of(&[Target::Name(b"cat".to_vec()), Target::Process(pid)]), (0, 1, true));
    }
}
