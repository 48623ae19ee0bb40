//! `sigpost why`: why is it still alive? Everything that can hold a signal back, with the rule, and what would end it.

mod advice;
mod words;

use advice::Way;
use clap::ArgMatches;
use serde::Serialize;
use sigpost_linux::ReadError;
use sigpost_linux::hold::{self, Holds};
use sigpost_linux::user::Users;

use crate::command_line::options;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::list;
use crate::render::paragraph::Paragraphs;
use crate::render::print;
use crate::select::{ByName, Selection};

/// Runs the verb.
///
/// # Errors
/// Exit 2: no target, or a word that is none. Exit 3: `/proc` cannot be read.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let targets = options::targets(matches, false)?;
    if targets.is_empty() {
        return Err(Failure::usage("no target: name a process (1234), a group (g:1234) or a command (NAME)"));
    }
    let selection = Selection::of(&targets, ByName::All)?;
    selection.absent.iter().for_each(|line| print::remark(line));
    let mut absent = selection.absent.len();
    let mut found = Vec::new();
    for process in selection.into_processes()? {
        match hold::read(&process) {
            Ok(holds) => found.push(holds),
            Err(error) => {
                absent += usize::from(error == ReadError::Gone);
                print::remark(&format!("process {}: {error}", process.pid()));
            }
        }
    }
    print::results(&if matches.get_flag("json") { json(&found)? } else { text(&found) })?;
    Ok(if absent > 0 || found.is_empty() { Exit::Nothing } else { Exit::Done })
}

fn text(found: &[Holds]) -> String {
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
}

#[derive(Serialize)]
struct HoldLine {
    hold: &'static str,
    signals: Vec<String>,
    text: String,
}

fn json(found: &[Holds]) -> Result<String, Failure> {
    let mut lines = String::new();
    for holds in found {
        let line = Line {
            pid: holds.snapshot.pid.get(),
            comm: String::from_utf8_lossy(holds.snapshot.comm.as_bytes()).into_owned(),
            state: list::state(holds.snapshot.state),
            holds: holds.holds.iter().map(|hold| line(hold, holds)).collect(),
            frees: advice::of(holds).into_iter().filter_map(Way::frees).collect(),
            ends: advice::of(holds).into_iter().filter_map(Way::ends).collect(),
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
