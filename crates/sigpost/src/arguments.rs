//! How a command line is read, for what tries it with every text there is: nothing here sends or selects anything.

use std::ffi::OsString;

use sigpost_engine::Signal;

use crate::command_line::options::Sending;
use crate::command_line::verb::Verb;
use crate::command_line::{self, Request};
use crate::failure::Failure;
use crate::names::{self, Meant};
use crate::{end, guard};

/// What a command line would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It is declined, with this one line and this exit status.
    Declined {
        /// The line on standard error.
        line: String,
        /// The exit status.
        status: u8,
    },
    /// It signals, or would if anybody is there.
    Sends {
        /// The signal; `None` for the null signal.
        signal: Option<Signal>,
        /// Whether the one call for everyone is meant.
        everyone: bool,
        /// Whether `--broadcast` was said.
        broadcast: bool,
        /// Whether `--allow-init` was said.
        allow_init: bool,
        /// Whether everyone but those that are named is meant.
        inverse: bool,
        /// Each target, in its canonical form.
        targets: Vec<String>,
    },
    /// It signals nobody, whoever is there.
    Harmless,
}

/// What a command line of a drop-in name would have done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgedTool {
    /// It is declined, with this text.
    Declined(String),
    /// `kill` would signal these: processes, groups (negative), the own group (0), everyone (-1); names are left out.
    Kills(Vec<i32>),
    /// The others would look for processes; whether anything is asked of those.
    Selects(bool),
    /// It is no line of a tool's.
    NoTool,
}

/// Reads a command line whose first word is a drop-in name, as far as can be done without looking at a process or into a
/// file that it names.
pub fn judge_tool(words: &[OsString]) -> JudgedTool {
    let Some(called) = names::called(words) else { return JudgedTool::NoTool };
    let number = |meant: Meant| match meant {
        Meant::Identity(pid, _) => Some(pid.get()),
        Meant::Number(number) => Some(number),
        Meant::Name => None,
    };
    match names::judge(&called) {
        Err(text) => JudgedTool::Declined(text),
        Ok(names::Judged::Kill(aims)) => JudgedTool::Kills(aims.into_iter().filter_map(number).collect()),
        Ok(names::Judged::Selects(asks)) => JudgedTool::Selects(asks),
    }
}

/// Reads a command line, without the name of the program, as far as can be done without looking at a process.
pub fn judge(words: Vec<OsString>) -> Judged {
    sending(words).unwrap_or_else(|failure| Judged::Declined { line: failure.line, status: failure.exit as u8 })
}

fn sending(words: Vec<OsString>) -> Result<Judged, Failure> {
    let Request::Verb { verb, signal, matches } = command_line::read(words)? else { return Ok(Judged::Harmless) };
    let sending = match verb {
        Verb::Send | Verb::Explain => Sending::read(verb == Verb::Explain, signal, &matches)?,
        Verb::End => Sending::read(false, signal, &matches)?,
        _ => return Ok(Judged::Harmless),
    };
    if verb == Verb::End {
        end::check(&sending)?;
    }
    guard::check_words(&sending)?;
    if sending.dry_run {
        return Ok(Judged::Harmless);
    }
    Ok(Judged::Sends {
        signal: sending.signal,
        everyone: sending.is_to_everyone(),
        broadcast: sending.broadcast,
        allow_init: sending.allow_init,
        inverse: sending.targets.inverse,
        targets: sending.targets.targets.iter().map(ToString::to_string).collect(),
    })
}
