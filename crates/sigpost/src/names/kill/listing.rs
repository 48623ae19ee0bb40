//! `-l` and `-L`: names of signals, and what a number, a name or a mask means. On a terminal as procps-ng prints them;
//! anywhere else one a line, as util-linux does, so that a script can read them.

use core::fmt::Write as _;
use std::io::IsTerminal as _;

use sigpost_engine::{Signal, SignalSet};

use crate::names::signal_word;

/// `-l`: all names, or one translated.
///
/// # Errors
/// It is no signal.
pub(super) fn run(what: Option<&str>) -> Result<String, String> {
    match what {
        Some(what) => translate(what).ok_or_else(|| format!("unknown signal name {what}")),
        None if std::io::stdout().is_terminal() => Ok(wrapped()),
        None => Ok(lines(signal_word::NAMES.iter().map(|(name, _)| (*name).to_owned()))),
    }
}

/// A number (also an exit status of a shell) becomes a name, a name a number, a mask its names.
fn translate(what: &str) -> Option<String> {
    if let Some(digits) = what.strip_prefix("0x") {
        let bits = u64::from_str_radix(digits, 16).ok()?;
        return Some(SignalSet::from_bits(bits).iter().map(|signal| signal_word::name(signal) + "\n").collect());
    }
    if what.bytes().all(|byte| byte.is_ascii_digit()) {
        return match what.parse::<i32>().ok()? {
            0 => Some("0\n".to_owned()),
            number if number > 128 => Signal::new(number - 128).map(|signal| signal_word::name(signal) + "\n"),
            number => Signal::new(number).map(|signal| signal_word::name(signal) + "\n"),
        };
    }
    signal_word::parse(what).map(|chosen| format!("{}\n", signal_word::number(chosen.0)))
}

/// On a terminal: a line ends with the name that passes its 73rd column.
fn wrapped() -> String {
    let mut text = String::new();
    let mut column = 0;
    for (name, _) in signal_word::listed() {
        let between = if column > 73 { "\n" } else { " " };
        if column > 73 {
            column = 0;
        } else if column > 0 {
            column += 1;
        }
        if !text.is_empty() {
            text += between;
        }
        text += name;
        column += name.len();
    }
    text + "\n"
}

fn lines(names: impl Iterator<Item = String>) -> String {
    names.map(|name| name + "\n").collect()
}

/// `-L`: names with their numbers.
pub(super) fn table() -> String {
    if std::io::stdout().is_terminal() {
        return columns();
    }
    let ends = [("RTMIN", Signal::RTMIN), ("RTMAX", Signal::RTMAX)];
    let all = signal_word::NAMES.into_iter().chain(ends);
    lines(all.map(|(name, signal)| format!("{:2} {name:<8}", signal.number())))
}

/// Seven a line.
fn columns() -> String {
    let mut table = String::new();
    for (name, signal) in signal_word::listed() {
        let cell = format!("{:2} {name}", signal.number());
        if signal.number() % 7 == 0 {
            table += &cell;
            table.push('\n');
        } else {
            let _ = write!(table, "{cell:11}");
        }
    }
    table + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_and_masks_are_translated() {
        for (what, expected) in [
            ("9", "KILL\n"),
            ("143", "TERM\n"),
            ("0", "0\n"),
            ("HUP", "1\n"),
            ("SIGHUP", "1\n"),
            ("29", "POLL\n"),
            ("35", "RT1\n"),
            ("32", "32\n"),
            ("0x4002", "INT\nTERM\n"),
        ] {
            assert_eq!(run(Some(what)).as_deref(), Ok(expected), "{what}");
        }
        for what in ["65", "128", "FOO", "0xg", ""] {
            assert!(run(Some(what)).is_err(), "{what}");
        }
    }

    #[test]
    fn the_names_fill_a_terminal() {
        let lengths: Vec<usize> = wrapped().lines().map(str::len).collect();
        assert_eq!(lengths, [76, 74]);
    }

    #[test]
    fn the_columns_are_seven() {
        let table = columns();
        assert!(table.starts_with(" 1 HUP      2 INT  "));
        assert_eq!(table.lines().count(), 5);
    }
}
