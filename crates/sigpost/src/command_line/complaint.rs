//! What the argument parser objects to, as one line.

use core::any::TypeId;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, Command, Error};

use super::signal_word;
use crate::failure::Failure;
use crate::render::escape::printable;

/// Help or version text that was asked for: no objection.
pub(crate) struct Complaint(pub(crate) StyledStr);

/// Options of the tools that people come from, and what says the same here.
const ELSEWHERE: [(&str, &str); 7] = [
    ("-V", "`sigpost -V` prints the version"),
    ("--version", "`sigpost --version` prints it"),
    ("-l", "the table of signals is `sigpost signals`"),
    ("-o", "pkill's -o is --oldest"),
    ("-r", "util-linux's -r is --require-handler, and killall's -e RE"),
    ("-I", "killall's -I is -i"),
    ("-L", "the table of signals is `sigpost signals`"),
];

/// Text to print where help or the version was asked for, otherwise the failure as one line. `command` is what
/// to type before `--help`.
pub(crate) fn judge(error: &Error, command: &str) -> Result<Complaint, Failure> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Ok(Complaint(error.render()));
    }
    Err(Failure::usage(line(error, command)))
}

fn line(error: &Error, command: &str) -> String {
    let option = context(error, ContextKind::InvalidArg).unwrap_or_default();
    let help = format!("`{command} --help` lists the options");
    match error.kind() {
        ErrorKind::UnknownArgument => match context(error, ContextKind::SuggestedArg) {
            _ if let Some((_, here)) = ELSEWHERE.iter().find(|(other, _)| *other == option) => {
                format!("no option {option}: {here}; {help}")
            }
            Some(other) => format!("no option {option} (did you mean {other}?); {help}"),
            None if option.starts_with('-') => format!("no option {option}; {help}"),
            None => format!("{option} is one argument too many; {help}"),
        },
        ErrorKind::InvalidValue => invalid_value(error, &option, &help),
        ErrorKind::ValueValidation => {
            let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
            let cause = core::error::Error::source(error).map_or_else(String::new, |source| format!(" ({source})"));
            format!("{option} does not take `{value}`{cause}; {help}")
        }
        ErrorKind::ArgumentConflict => match context(error, ContextKind::PriorArg) {
            Some(other) if other != option => format!("{option} and {other} exclude each other"),
            _ => format!("{option} is given twice; once is enough"),
        },
        ErrorKind::MissingRequiredArgument => format!("{option} is missing; {help}"),
        _ => first_line(error),
    }
}

/// The line about the first word that is no UTF-8 where text is wanted. The parser's own names no argument.
pub(crate) fn no_text(words: &[OsString], definition: &Command) -> Option<String> {
    if words.iter().all(|word| word.to_str().is_some()) {
        return None;
    }
    let mut before: Option<&OsStr> = None;
    let mut options_are_over = false;
    for word in words {
        let is_value = before.is_some();
        if word.to_str().is_none() {
            let (argument, value) = match before {
                Some(option) => (argument_of(option, definition).map(|(argument, _)| argument), word.as_bytes()),
                None if options_are_over || !word.as_bytes().starts_with(b"-") => {
                    (definition.get_positionals().next(), word.as_bytes())
                }
                None => match argument_of(word, definition) {
                    Some((argument, value)) => (Some(argument), value),
                    None => (None, word.as_bytes()),
                },
            };
            let value = printable(value);
            match argument {
                None => return Some(format!("no option or argument {value}; it is no UTF-8, and all options are")),
                Some(argument) if !takes_bytes(argument) => return Some(wants_text(argument, &value)),
                Some(_) => {}
            }
        }
        options_are_over |= !is_value && word == "--";
        let takes_next =
            !is_value && !options_are_over && signal_word::takes_value(definition, &word.to_string_lossy());
        before = takes_next.then_some(word.as_os_str());
    }
    None
}

/// The argument of a word that begins with a dash, and the value that is in the same word.
fn argument_of<'a>(word: &'a OsStr, definition: &'a Command) -> Option<(&'a Arg, &'a [u8])> {
    let bytes = word.as_bytes();
    if let Some(rest) = bytes.strip_prefix(b"--") {
        let mut parts = rest.splitn(2, |byte| *byte == b'=');
        let name = parts.next().unwrap_or_default();
        let is_it = |argument: &&Arg| argument.get_long().is_some_and(|long| long.as_bytes() == name);
        return Some((definition.get_arguments().find(is_it)?, parts.next().unwrap_or_default()));
    }
    for (place, letter) in bytes.iter().enumerate().skip(1) {
        let is_it = |argument: &&Arg| argument.get_short() == Some(char::from(*letter));
        let argument = definition.get_arguments().find(is_it)?;
        if argument.get_action().takes_values() {
            return Some((argument, &bytes[place + 1..]));
        }
    }
    None
}

fn takes_bytes(argument: &Arg) -> bool {
    let takes = argument.get_value_parser().type_id();
    takes == TypeId::of::<OsString>() || takes == TypeId::of::<PathBuf>()
}

fn wants_text(argument: &Arg, value: &str) -> String {
    let name = match (argument.get_short(), argument.get_long()) {
        (Some(letter), _) => format!("-{letter}"),
        (None, Some(long)) => format!("--{long}"),
        (None, None) => {
            argument.get_value_names().and_then(|all| all.first()).map_or_else(String::new, ToString::to_string)
        }
    };
    let way_out = match argument.get_id().as_str() {
        "regexp" => r"write such a byte as (?-u:\xff)",
        "env" => "NAME alone selects whatever its value is",
        _ => "write it as UTF-8",
    };
    format!("{name} takes text, and `{value}` is no UTF-8: {way_out}")
}

fn invalid_value(error: &Error, option: &str, help: &str) -> String {
    let value = context(error, ContextKind::InvalidValue).unwrap_or_default();
    match (value.is_empty(), context(error, ContextKind::ValidValue)) {
        (true, _) => format!("{option} needs a value; {help}"),
        (false, Some(valid)) => format!("{option} does not take `{value}`, only one of: {valid}"),
        (false, None) => format!("{option} does not take `{value}`; {help}"),
    }
}

fn context(error: &Error, kind: ContextKind) -> Option<String> {
    let text = error.get(kind)?.to_string();
    // A definition such as `--max <N>` stands for the option alone.
    let name = text.split(" <").next().unwrap_or(&text);
    let name = name.trim_end_matches("...").trim_matches(['<', '>', '[', ']']);
    (!name.is_empty()).then(|| name.to_owned())
}

fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command_line::definition;

    fn line(words: &[&[u8]], definition: &Command) -> Option<String> {
        let words: Vec<OsString> = words.iter().map(|word| OsStr::from_bytes(word).to_owned()).collect();
        no_text(&words, definition)
    }

    #[test]
    fn a_word_that_is_no_text_is_told_with_its_option_and_the_way_out() {
        let cases: [(&[&[u8]], &str); 8] = [
            (&[b"-e", b"caf\xe9"], r"-e takes text, and `caf\xe9` is no UTF-8: write such a byte as (?-u:\xff)"),
            (&[b"-qecaf\xe9", b"4711"], r"-e takes text, and `caf\xe9`"),
            (&[b"--regexp=\xe9"], r"-e takes text, and `\xe9`"),
            (&[b"4711", b"--max", b"\xe9"], r"--max takes text, and `\xe9` is no UTF-8: write it as UTF-8"),
            (&[b"--env", b"X=\xe9"], r"--env takes text, and `X=\xe9` is no UTF-8: NAME alone"),
            (&[b"-F", b"--", b"-e", b"\xe9"], r"-e takes text"),
            (&[b"--fo\xe9"], r"no option or argument --fo\xe9"),
            (&[b"-n\xe9"], r"no option or argument -n\xe9"),
        ];
        for (words, start) in cases {
            let told = line(words, &definition::send());
            assert!(told.as_ref().is_some_and(|told| told.starts_with(start)), "{start}: {told:?}");
        }
        let told = line(&[b"\xe9"], &definition::signals());
        assert!(told.is_some_and(|told| told.starts_with(r"NUMBER|NAME|0xMASK takes text, and `\xe9`")));
    }

    #[test]
    fn names_and_paths_need_not_be_text() {
        let cases: [&[&[u8]]; 5] =
            [&[b"\xe9"], &[b"-F", b"\xe9"], &[b"-F\xe9"], &[b"--pidfile=\xe9"], &[b"-q", b"--", b"-e", b"\xe9"]];
        for words in cases {
            assert_eq!(line(words, &definition::send()), None, "{words:?}");
        }
        assert_eq!(line(&[b"--on", b"both", b"\xe9.drill"], &crate::drill::definition()), None);
    }
}
