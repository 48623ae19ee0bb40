//! `sigpost signals`: the table, one signal, or the members of a mask.

use clap::ArgMatches;
use sigpost_engine::{DefaultAction, Signal, SignalSet};

use crate::command_line::signal_word;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::print;
use crate::render::table::{self, Cell};

/// Runs the verb.
///
/// # Errors
/// Exit 2: what was asked for is neither a signal nor a mask.
pub(crate) fn run(matches: &ArgMatches) -> Result<Exit, Failure> {
    let signals = match matches.get_one::<String>("which") {
        None => SignalSet::ALL,
        Some(text) => match text.strip_prefix("0x") {
            Some(digits) => mask(text, digits)?,
            None if is_line_of_status(text) => mask(text, text)?,
            None => SignalSet::of(&[one(text)?]),
        },
    };
    let rows: Vec<_> = signals.iter().map(row).collect();
    print::results(&table::lines(&rows))?;
    Ok(Exit::Done)
}

fn one(text: &str) -> Result<Signal, Failure> {
    if let Ok(signal) = text.parse() {
        return Ok(signal);
    }
    let status = text.parse::<i32>().ok().filter(|status| *status > 128);
    match status.and_then(|status| Signal::new(status - 128)) {
        Some(signal) => Err(Failure::usage(format!(
            "{text} is no signal; as an exit status of a shell it says that {signal} ({}) ended the command",
            signal.number()
        ))),
        None if text == "0" => Err(Failure::usage(
            "0 is no signal of its own: as the null signal it asks whether a target is there and may be signalled",
        )),
        None => Err(signal_word::unknown(text)),
    }
}

/// Whether it is a mask as /proc/PID/status prints it: 16 hexadecimal digits, more than any signal's name or number.
fn is_line_of_status(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A mask in hexadecimal: signal 1 is bit 0.
fn mask(text: &str, digits: &str) -> Result<SignalSet, Failure> {
    let is_hexadecimal = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let bits = if is_hexadecimal { u64::from_str_radix(digits, 16).ok() } else { None };
    bits.map(SignalSet::from_bits).ok_or_else(|| {
        Failure::usage(format!("{text} is no mask of signals: up to 16 hexadecimal digits after 0x, as in 0x4002"))
    })
}

fn row(signal: Signal) -> Vec<Cell<'static>> {
    vec![
        Cell::number(signal.number().to_string()),
        Cell::text(signal.to_string()),
        Cell::text(action(signal.default_action())),
        Cell::prose(signal.meaning()),
    ]
}

/// The default action in the words of the verdicts.
const fn action(action: DefaultAction) -> &'static str {
    match action {
        DefaultAction::Terminate => "terminates",
        DefaultAction::Dump => "dumps",
        DefaultAction::Ignore => "ignores",
        DefaultAction::Stop => "stops",
        DefaultAction::Continue => "continues",
    }
}
