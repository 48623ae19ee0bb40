//! The signal word: `-TERM`, `-9`, `-RTMIN+3`, taken out before the options are read.
//!
//! Before `--`, the first argument whose whole text is `-` and a signal name in capitals, or `-0` to `-64`, is the
//! signal, and wins over every cluster of letters. After a signal, `-1234` is a process group.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::Command;
use sigpost_engine::Signal;

use crate::failure::Failure;
use crate::render::escape::printable;

/// The signal that was asked for; `None` is the null signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen(pub(crate) Option<Signal>);

/// Takes the signal word out.
///
/// # Errors
/// Exit 2: a second signal, a number or a name that is none.
pub(crate) fn take(words: Vec<OsString>, definition: &Command) -> Result<(Option<Chosen>, Vec<OsString>), Failure> {
    let mut found = None;
    let mut given: Option<String> = None;
    let mut kept = Vec::with_capacity(words.len());
    let mut rest = words.into_iter();
    while let Some(word) = rest.next() {
        let text = printable(word.as_bytes());
        let meaning = if text == "--" { Meaning::Other } else { meaning(&text, given.is_some())? };
        let names_signal = !matches!(meaning, Meaning::Other);
        if let (true, Some(first)) = (names_signal, &given) {
            return Err(second(&text, first));
        }
        if let Meaning::Signal(signal) = meaning {
            found = Some(signal);
            given = Some(text);
            continue;
        }
        kept.push(word);
        if text == "--" {
            kept.extend(rest.by_ref());
        } else if takes_value(definition, &text) {
            kept.extend(rest.next());
        }
        if names_signal {
            given = Some(text);
        }
    }
    Ok((found, kept))
}

/// Whether this word, standing alone, is an option whose value is the next word.
pub(crate) fn takes_value(definition: &Command, word: &str) -> bool {
    let mut options = definition.get_arguments().filter(|argument| argument.get_action().takes_values());
    if let Some(long) = word.strip_prefix("--") {
        return !long.is_empty() && options.any(|option| option.get_long() == Some(long));
    }
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    matches!((letters.next(), letters.next()), (Some(letter), None) if options.any(|o| o.get_short() == Some(letter)))
}

/// Whether the first argument of the command line is a signal: `-9`, or the option `-s`.
pub(crate) fn is_signal_option(word: &OsStr) -> bool {
    let text = printable(word.as_bytes());
    matches!(meaning(&text, false), Ok(Meaning::Signal(_) | Meaning::SignalOption) | Err(_))
}

/// Reads the value of `-s`: a name or a number, 0 for the null signal.
///
/// # Errors
/// Exit 2: no signal of that name or number.
pub(crate) fn parse(text: &str) -> Result<Chosen, Failure> {
    if text == "0" {
        return Ok(Chosen(None));
    }
    text.parse().map(|signal| Chosen(Some(signal))).map_err(|_| unknown(text))
}

/// What a word before `--` is.
enum Meaning {
    Signal(Chosen),
    SignalOption,
    Other,
}

fn meaning(text: &str, signal_given: bool) -> Result<Meaning, Failure> {
    let Some(word) = text.strip_prefix('-').filter(|word| !word.is_empty()) else {
        return Ok(Meaning::Other);
    };
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return number(word, signal_given);
    }
    if let Ok(signal) = word.parse() {
        return Ok(Meaning::Signal(Chosen(Some(signal))));
    }
    let is_long = word.starts_with('-');
    let in_capitals = word.to_ascii_uppercase();
    if !is_long && word.len() > 1 && in_capitals.parse::<Signal>().is_ok() {
        return Err(unknown(word));
    }
    if let Some(option) = option_with_its_value(word) {
        return Err(option);
    }
    if word.len() > 1 && word.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()) {
        return Err(unknown(word));
    }
    if word.starts_with('s') || word == "-signal" || word.starts_with("-signal=") {
        return Ok(Meaning::SignalOption);
    }
    Ok(Meaning::Other)
}

/// `-U0`: a signal is in capitals, so options in capitals have their values apart.
fn option_with_its_value(word: &str) -> Option<Failure> {
    let letter = word.chars().next().filter(|letter| "FGOPU".contains(*letter))?;
    let value = &word[1..];
    let is_no_name = value.contains(|c: char| !c.is_ascii_uppercase() && !"+-".contains(c));
    (is_no_name && nearest(&word.to_ascii_uppercase()).is_none()).then(|| {
        Failure::usage(format!(
            "`{word}` is no signal, and as one it would be read: for the option write -{letter} {value}, with a space"
        ))
    })
}

/// `-9` is a signal, `-1234` a group once a signal was given. `-0` and `-1` after a signal are left for the
/// grammar of targets, which says what they would mean.
fn number(digits: &str, signal_given: bool) -> Result<Meaning, Failure> {
    let value = digits.parse::<i64>().unwrap_or(i64::MAX);
    match value {
        0 | 1 if signal_given => Ok(Meaning::Other),
        0 => Ok(Meaning::Signal(Chosen(None))),
        1..=64 => Ok(Meaning::Signal(Chosen(i32::try_from(value).ok().and_then(Signal::new)))),
        _ if signal_given => Ok(Meaning::Other),
        _ => Err(Failure::usage(format!(
            "{digits} is no signal: signals are numbered 1 to 64; for the process group of that number: g:{digits}"
        ))),
    }
}

fn second(text: &str, first: &str) -> Failure {
    let digits = text.strip_prefix('-').filter(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let group = digits.map_or_else(String::new, |digits| format!("; for the process group of that number: g:{digits}"));
    Failure::usage(format!("{text} is a second signal after {first}: one send has one signal{group}"))
}

/// A name or number that is no signal, with the nearest one that is.
pub(crate) fn unknown(text: &str) -> Failure {
    if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
        return Failure::usage(format!(
            "{text} is no signal: signals are numbered 1 to 64; `sigpost signals` lists them"
        ));
    }
    let capitals = text.to_ascii_uppercase();
    let hint = match capitals.parse::<Signal>() {
        Ok(_) => format!(" (names are in capitals: {capitals})"),
        Err(_) => nearest(&capitals).map_or_else(String::new, |name| format!(" (did you mean {name}?)")),
    };
    Failure::usage(format!("`{text}` is no signal{hint}; `sigpost signals` lists them"))
}

fn nearest(capitals: &str) -> Option<String> {
    let name = capitals.strip_prefix("SIG").unwrap_or(capitals);
    let names = Signal::all().map(|signal| signal.to_string());
    let (distance, nearest) = names.map(|other| (strsim::damerau_levenshtein(name, &other), other)).min()?;
    (distance == 1 && nearest.len() > 2).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line::definition;

    fn taken(words: &[&str]) -> Result<(Option<Chosen>, Vec<String>), String> {
        let words = words.iter().map(OsString::from).collect();
        match take(words, &definition::send()) {
            Ok((signal, kept)) => Ok((signal, kept.into_iter().map(|word| word.into_string().unwrap()).collect())),
            Err(failure) => Err(failure.line),
        }
    }

    #[test]
    fn the_signal_is_the_first_word_that_is_one() {
        let signal = |words: &[&str]| taken(words).unwrap().0;
        assert_eq!(signal(&["-9", "4711"]), Some(Chosen(Some(Signal::KILL))));
        assert_eq!(signal(&["4711", "-SIGHUP"]), Some(Chosen(Some(Signal::HUP))));
        assert_eq!(signal(&["-n", "-RTMIN+1"]), Some(Chosen(Signal::new(35))));
        assert_eq!(signal(&["-0", "4711"]), Some(Chosen(None)));
        assert_eq!(signal(&["--", "-9"]), None);
        assert_eq!(signal(&["--value", "-9", "4711"]), None);
        assert_eq!(signal(&["-V"]), None);
    }

    #[test]
    fn after_a_signal_a_negative_number_is_left_to_the_targets() {
        assert_eq!(taken(&["-TERM", "-1234"]).unwrap().1, ["-1234"]);
        assert_eq!(taken(&["-s", "TERM", "-1234"]).unwrap().1, ["-s", "TERM", "-1234"]);
        assert_eq!(taken(&["-TERM", "-1"]).unwrap().1, ["-1"]);
        assert_eq!(taken(&["-TERM", "--", "-9"]).unwrap().1, ["--", "-9"]);
    }

    #[test]
    fn two_signals_and_what_is_none_are_refused() {
        let cases: [&[&str]; 12] = [
            &["-TERM", "-9"],
            &["-9", "-s", "TERM"],
            &["-s", "TERM", "-KILL"],
            &["--signal=TERM", "-KILL"],
            &["-65", "1234"],
            &["-265"],
            &["-TREM"],
            &["-term"],
            &["-stop"],
            &["-SIGFOO"],
            &["-1234"],
            &["-99999999999999999999"],
        ];
        for words in cases {
            assert!(taken(words).is_err(), "{words:?}");
        }
        assert!(taken(&["-TREM"]).unwrap_err().contains("did you mean TERM"));
        assert!(taken(&["-TERM", "-9"]).unwrap_err().contains("g:9"));
    }
}
