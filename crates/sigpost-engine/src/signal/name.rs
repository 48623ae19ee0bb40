//! Names of signals: one printer and one parser.

use core::fmt;
use core::str::FromStr;

use super::{Signal, facts};

/// Names that mean a signal which the table knows by another name.
const ALIASES: [(&str, Signal); 3] = [("IOT", Signal::ABRT), ("CLD", Signal::CHLD), ("POLL", Signal::IO)];

/// The error of parsing a signal: the text is neither a name nor a number of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseSignalError;

impl fmt::Display for ParseSignalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the name or number of a signal")
    }
}

impl core::error::Error for ParseSignalError {}

/// The name without `SIG`: `TERM`, `RTMIN`, `RTMIN+3`, `RTMAX-2`, `RTMAX`. The two realtime numbers below
/// RTMIN have none and print as `32` and `33`. What is printed here parses to the same signal.
impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(facts) = self.facts() {
            return f.pad(facts.name);
        }
        let (number, first, last) = (self.number(), Self::RTMIN.number(), Self::RTMAX.number());
        let mut text = Text::default();
        // Counted from the nearer end, as bash and procps do.
        let written = if number < first {
            text.push(format_args!("{number}"))
        } else if number == first {
            text.push(format_args!("RTMIN"))
        } else if number == last {
            text.push(format_args!("RTMAX"))
        } else if number - first <= last - number {
            text.push(format_args!("RTMIN+{}", number - first))
        } else {
            text.push(format_args!("RTMAX-{}", last - number))
        };
        written?;
        f.pad(text.as_str())
    }
}

/// Reads `TERM`, `SIGTERM`, `15`, `RTMIN+3`, `RTMAX-2`. Upper case only, no sign, no white space, so that a
/// command name or an option is not taken for a signal by accident.
impl FromStr for Signal {
    type Err = ParseSignalError;

    fn from_str(text: &str) -> Result<Self, ParseSignalError> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return decimal(text).and_then(Self::new).ok_or(ParseSignalError);
        }
        let name = text.strip_prefix("SIG").unwrap_or(text);
        standard(name).or_else(|| realtime(name)).ok_or(ParseSignalError)
    }
}

fn standard(name: &str) -> Option<Signal> {
    if let Some(index) = facts::STANDARD.iter().position(|facts| facts.name == name) {
        return i32::try_from(index + 1).ok().and_then(Signal::new);
    }
    ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, signal)| *signal)
}

fn realtime(name: &str) -> Option<Signal> {
    let (first, last) = (i32::from(Signal::RTMIN.number()), i32::from(Signal::RTMAX.number()));
    let number = if let Some(rest) = name.strip_prefix("RTMIN") {
        first.checked_add(offset(rest, '+')?)?
    } else {
        last.checked_sub(offset(name.strip_prefix("RTMAX")?, '-')?)?
    };
    if number < first { None } else { Signal::new(number) }
}

/// What follows `RTMIN` or `RTMAX`: nothing, or the sign and a number.
fn offset(rest: &str, sign: char) -> Option<i32> {
    if rest.is_empty() { Some(0) } else { decimal(rest.strip_prefix(sign)?) }
}

/// A number of decimal digits only: no sign, no space.
fn decimal(text: &str) -> Option<i32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The longest name, `RTMAX-15`, in a buffer, so that `{:<8}` can pad it.
#[derive(Default)]
struct Text {
    bytes: [u8; 12],
    length: usize,
}

impl Text {
    fn push(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        fmt::Write::write_fmt(self, arguments)
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..self.length]).unwrap_or("")
    }
}

impl fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn every_signal_reads_back_as_it_prints() {
        for signal in Signal::all() {
            assert_eq!(signal.to_string().parse(), Ok(signal));
        }
    }

    #[test]
    fn names_with_and_without_sig_and_the_old_names_are_read() {
        for (text, signal) in
            [("SIGTERM", Signal::TERM), ("IOT", Signal::ABRT), ("SIGCLD", Signal::CHLD), ("POLL", Signal::IO)]
        {
            assert_eq!(text.parse(), Ok(signal), "{text}");
        }
    }

    #[test]
    fn what_is_no_signal_is_refused() {
        let bad = [
            "",
            "0",
            "65",
            "265",
            "-9",
            "+9",
            " 9",
            "9 ",
            "term",
            "SIG",
            "SIGSIGTERM",
            "RTMIN+31",
            "RTMAX-31",
            "RTMIN+",
            "RTMIN-1",
            "RTMAX+1",
            "99999999999",
        ];
        for text in bad {
            assert_eq!(text.parse::<Signal>(), Err(ParseSignalError), "{text:?}");
        }
    }

    #[test]
    fn width_pads_the_name() {
        assert_eq!(alloc::format!("{:<8}|", Signal::INT), "INT     |");
        assert_eq!(alloc::format!("{:<8}|", Signal::new(36).unwrap()), "RTMIN+2 |");
    }
}
