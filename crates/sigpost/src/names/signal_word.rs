//! Signals as the tools spell them: capitals or not, with `SIG` or without, and the realtime ones in three ways.

use sigpost_engine::Signal;

use crate::command_line::signal_word::Chosen;

/// The names in the order of util-linux's table: two signals have another name each, one has two.
pub(super) const NAMES: [(&str, Signal); 34] = [
    ("HUP", Signal::HUP),
    ("INT", Signal::INT),
    ("QUIT", Signal::QUIT),
    ("ILL", Signal::ILL),
    ("TRAP", Signal::TRAP),
    ("ABRT", Signal::ABRT),
    ("IOT", Signal::ABRT),
    ("BUS", Signal::BUS),
    ("FPE", Signal::FPE),
    ("KILL", Signal::KILL),
    ("USR1", Signal::USR1),
    ("SEGV", Signal::SEGV),
    ("USR2", Signal::USR2),
    ("PIPE", Signal::PIPE),
    ("ALRM", Signal::ALRM),
    ("TERM", Signal::TERM),
    ("STKFLT", Signal::STKFLT),
    ("CHLD", Signal::CHLD),
    ("CLD", Signal::CHLD),
    ("CONT", Signal::CONT),
    ("STOP", Signal::STOP),
    ("TSTP", Signal::TSTP),
    ("TTIN", Signal::TTIN),
    ("TTOU", Signal::TTOU),
    ("URG", Signal::URG),
    ("XCPU", Signal::XCPU),
    ("XFSZ", Signal::XFSZ),
    ("VTALRM", Signal::VTALRM),
    ("PROF", Signal::PROF),
    ("WINCH", Signal::WINCH),
    ("IO", Signal::IO),
    ("POLL", Signal::IO),
    ("PWR", Signal::PWR),
    ("SYS", Signal::SYS),
];

/// Those names of a signal that procps-ng does not list.
const SECOND_NAMES: [&str; 3] = ["IOT", "CLD", "IO"];

/// The 31 names that procps-ng and psmisc list, by number.
pub(super) fn listed() -> impl Iterator<Item = (&'static str, Signal)> {
    NAMES.into_iter().filter(|(name, _)| !SECOND_NAMES.contains(name))
}

/// Reads a name or a number.
pub(super) fn parse(text: &str) -> Option<Chosen> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.parse::<i32>().ok()? {
            0 => Some(Chosen(None)),
            number => Signal::new(number).map(|signal| Chosen(Some(signal))),
        };
    }
    let capitals = text.to_ascii_uppercase();
    let name = capitals.strip_prefix("SIG").unwrap_or(&capitals);
    if matches!(name, "EXIT" | "NULL") {
        return Some(Chosen(None));
    }
    // `SIG9` is nobody's name for KILL.
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    standard_or_realtime(name).map(|signal| Chosen(Some(signal)))
}

fn standard_or_realtime(name: &str) -> Option<Signal> {
    // `RT3`, as util-linux has it.
    match name.strip_prefix("RT") {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => format!("RTMIN+{digits}").parse().ok(),
        _ => name.parse().ok(),
    }
}

/// The name of a signal in answers: util-linux's for the realtime ones, since procps-ng has none.
pub(super) fn name(signal: Signal) -> String {
    if let Some((name, _)) = listed().find(|(_, known)| *known == signal) {
        return name.to_owned();
    }
    match signal.number().checked_sub(Signal::RTMIN.number()) {
        Some(offset) => format!("RT{offset}"),
        None => signal.number().to_string(),
    }
}

/// The number of a signal, 0 for the null signal.
pub(super) fn number(signal: Option<Signal>) -> u8 {
    signal.map_or(0, Signal::number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_the_tools_is_read() {
        for (text, number) in [
            ("term", 15),
            ("SIGTERM", 15),
            ("sigTerm", 15),
            ("9", 9),
            ("0", 0),
            ("EXIT", 0),
            ("io", 29),
            ("POLL", 29),
            ("CLD", 17),
            ("RT0", 34),
            ("RTMIN", 34),
            ("rtmin+2", 36),
            ("RTMAX-1", 63),
            ("64", 64),
        ] {
            assert_eq!(parse(text).map(|chosen| self::number(chosen.0)), Some(number), "{text}");
        }
        for text in ["", "65", "SIG", "SIG9", "9x", "-9", "RT31", "RTMIN-1", "RTMAX+1", "TREM", "999999999999"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_in_an_answer_is_read_as_the_same_signal() {
        for signal in Signal::all() {
            assert_eq!(parse(&name(signal)), Some(Chosen(Some(signal))));
        }
        assert_eq!(listed().count(), 31);
        assert!(listed().map(|(_, signal)| signal.number()).eq(1..=31));
    }
}
