//! The grammar of targets: what each word on the command line names.
//!
//! A word that names nothing safely is refused here, before anything is looked up: `kill $UNSET` must never
//! become a group or everyone.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sigpost_engine::{GroupId, Pid, Signal};

use crate::failure::Failure;
use crate::render::escape::printable;

/// What one word selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `1234`: the process with this number now.
    Process(Pid),
    /// `1234:5678`: the process with this number, if its pidfs inode is this one.
    Identity(Pid, u64),
    /// `g:1234`, or `-1234` once a signal was given: a process group.
    Group(GroupId),
    /// `nginx` or `n:nginx`: every process whose command name is exactly this.
    Name(Vec<u8>),
}

/// The forms of the grammar, for the help.
pub(crate) const FORMS: &str = "\
Targets (freely mixed):
  1234         the process with this number
  1234:5678    that very process: its number and its pidfs inode (as `ls -l` and `-v` print it)
  g:1234       the process group; also -1234 once a signal was given: sigpost -TERM -1234
  nginx        every process whose command name is exactly this (needs the verb: sigpost send nginx)
  n:nginx      the same, for any name, also one that begins with a digit or looks like another form";

/// Forms of the grammar that are not there yet: prefix and what it will select.
const NOT_YET: [(&str, &str); 6] = [
    ("s:", "a session"),
    ("t:", "a process and its descendants"),
    ("c:", "a cgroup"),
    (":", "whoever listens on a port"),
    ("/", "an executable or a regular expression"),
    ("@", "a process by its inode alone"),
];

impl Target {
    /// Reads one word. `signal_given` says whether a signal was named, which `-1234` as a group needs.
    ///
    /// # Errors
    /// Exit 2, with the line that says what the word would have meant and how to say it.
    pub(crate) fn parse(word: &OsStr, signal_given: bool) -> Result<Self, Failure> {
        let bytes = word.as_bytes();
        let Some(first) = bytes.first() else {
            return Err(Failure::usage(
                "an empty target (an unset variable?): name a process (1234), a group (g:1234) or a command (n:NAME)",
            ));
        };
        if let Some(name) = bytes.strip_prefix(b"n:") {
            return command_name(name);
        }
        let text = printable(bytes);
        if let Some(number) = text.strip_prefix("g:") {
            return group(number, &text).map(Self::Group);
        }
        match first {
            b'0'..=b'9' => process(&text),
            b'-' => negative(&text, signal_given).map(Self::Group),
            _ => bare_word(bytes, &text),
        }
    }
}

/// `1234` or `1234:5678`.
fn process(text: &str) -> Result<Target, Failure> {
    let (number, inode) = match text.split_once(':') {
        Some((number, inode)) => (number, Some(inode)),
        None => (text, None),
    };
    let pid = match decimal(number) {
        Ok(0) => {
            return Err(Failure::usage(
                "target 0 would be sigpost's own process group: name that group as g:NUMBER, or a process",
            ));
        }
        Ok(number) => Pid::new(number),
        Err(NotDecimal::TooLarge) => None,
        Err(NotDecimal::NoNumber) => {
            return Err(Failure::usage(format!(
                "{text} is not a process number; for a command of that name: n:{text}"
            )));
        }
    };
    let pid = pid.ok_or_else(|| too_large(number, "process"))?;
    match inode {
        None => Ok(Target::Process(pid)),
        Some(inode) => match inode.parse() {
            Ok(number) if inode.bytes().all(|b| b.is_ascii_digit()) => Ok(Target::Identity(pid, number)),
            _ => Err(Failure::usage(format!(
                "{text}: what follows the colon must be the inode, a number; `sigpost ls -l {pid}` prints it"
            ))),
        },
    }
}

/// The number of `g:1234`.
fn group(number: &str, text: &str) -> Result<GroupId, Failure> {
    if number.contains(':') {
        return Err(Failure::usage(format!("{text}: a group with its leader's inode is not there yet; g:NUMBER is")));
    }
    match decimal(number) {
        Ok(0) => Err(Failure::usage(format!("{text} is no process group: groups are numbered from 1"))),
        Ok(value) => GroupId::new(value).ok_or_else(|| too_large(number, "group")),
        Err(NotDecimal::TooLarge) => Err(too_large(number, "group")),
        Err(NotDecimal::NoNumber) => Err(Failure::usage(format!(
            "{text} is no process group: g: is followed by a number from 1 up, as in g:1234"
        ))),
    }
}

/// `-1234`, which is a group only once a signal was given: otherwise it may be a mistyped signal.
fn negative(text: &str, signal_given: bool) -> Result<GroupId, Failure> {
    let number = text.strip_prefix('-').unwrap_or(text);
    match decimal(number) {
        Ok(0) => Err(Failure::usage(format!(
            "target {text} would be sigpost's own process group: name that group as g:NUMBER, or a process"
        ))),
        Ok(1) => {
            Err(Failure::usage("target -1 would be every process: if everyone is meant, say --broadcast and no target"))
        }
        Ok(value) if signal_given => GroupId::new(value).ok_or_else(|| too_large(number, "group")),
        Err(NotDecimal::TooLarge) => Err(too_large(number, "group")),
        Ok(_) => Err(Failure::usage(format!(
            "{text} is a process group only after a signal (sigpost -TERM {text}); g:{number} is one anywhere"
        ))),
        Err(NotDecimal::NoNumber) => {
            Err(Failure::usage(format!("{text} is no target; for a command of that name: n:{text}")))
        }
    }
}

/// A word that is no number: a command name, unless it is written like something else.
fn bare_word(bytes: &[u8], text: &str) -> Result<Target, Failure> {
    if let Some((prefix, what)) = NOT_YET.iter().find(|(prefix, _)| text.starts_with(prefix)) {
        return Err(Failure::usage(format!(
            "{text}: targets that begin with `{prefix}` ({what}) are not there yet; for a command of that name: n:{text}"
        )));
    }
    if has_one_letter_prefix(bytes) {
        return Err(Failure::usage(format!(
            "{text}: no targets begin with `{}`; for a command of that name: n:{text}",
            &text[..2]
        )));
    }
    if is_signal_name(text) {
        return Err(Failure::usage(format!(
            "{text} is a signal, not a target: as the signal write -{text}; for a command of that name: n:{text}"
        )));
    }
    if bytes.starts_with(b"+") {
        return Err(Failure::usage(format!("{text} is no target; for a command of that name: n:{text}")));
    }
    command_name(bytes)
}

fn command_name(name: &[u8]) -> Result<Target, Failure> {
    if name.is_empty() {
        return Err(Failure::usage("n: is followed by a command name, as in n:nginx (an unset variable?)"));
    }
    Ok(Target::Name(name.to_vec()))
}

/// Whether a bare word is written like a signal in capitals, so that it was most likely meant as one.
pub(crate) fn is_signal_name(word: &str) -> bool {
    !word.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<Signal>().is_ok()
}

/// Whether a word names a target without depending on what runs: a number or a prefixed form.
pub(crate) fn is_number_or_prefixed(word: &OsStr) -> bool {
    let bytes = word.as_bytes();
    match bytes.first() {
        None | Some(b'0'..=b'9' | b'-' | b':' | b'/' | b'@') => true,
        Some(_) => has_one_letter_prefix(bytes),
    }
}

fn has_one_letter_prefix(bytes: &[u8]) -> bool {
    matches!(bytes, [letter, b':', ..] if letter.is_ascii_lowercase())
}

fn too_large(number: &str, what: &str) -> Failure {
    Failure::usage(format!("{number} is too large for a {what} number: Linux gives out none above 4194304"))
}

enum NotDecimal {
    NoNumber,
    TooLarge,
}

/// Digits only: no sign, no space, at full width.
fn decimal(text: &str) -> Result<i32, NotDecimal> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NotDecimal::NoNumber);
    }
    text.parse().map_err(|_| NotDecimal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(word: &str) -> Result<Target, Failure> {
        Target::parse(OsStr::new(word), true)
    }

    fn name(word: &str) -> Target {
        Target::Name(word.as_bytes().to_vec())
    }

    #[test]
    fn each_form_is_read_as_what_it_names() {
        let pid = |number| Pid::new(number).unwrap();
        let cases = [
            ("1234", Target::Process(pid(1234))),
            ("1234:99999999999", Target::Identity(pid(1234), 99_999_999_999)),
            ("g:1234", Target::Group(GroupId::new(1234).unwrap())),
            ("-1234", Target::Group(GroupId::new(1234).unwrap())),
            ("nginx", name("nginx")),
            ("kworker/0:1H", name("kworker/0:1H")),
            ("n:12x", name("12x")),
            ("n:TERM", name("TERM")),
            ("n:g:5", name("g:5")),
        ];
        for (word, target) in cases {
            assert_eq!(parse(word), Ok(target), "{word}");
        }
    }

    #[test]
    fn what_would_mean_more_than_it_says_is_refused() {
        let words = [
            "",
            "0",
            "00",
            "-0",
            "-1",
            "-01",
            "12x",
            "1 2",
            "+5",
            "99999999999",
            "-99999999999",
            "2147483648",
            "g:",
            "g:0",
            "g:-5",
            "g:x",
            "g:99999999999",
            "g:5:7",
            "s:0",
            "s:5",
            "t:1",
            "c:/",
            ":80",
            "/nginx/",
            "@5",
            "x:1",
            "n:",
            "1:",
            "1:x",
            "1:+2",
            "TERM",
            "SIGKILL",
            "RTMIN+1",
        ];
        for word in words {
            assert_eq!(parse(word).map_err(|failure| failure.exit), Err(crate::exit::Exit::Usage), "{word:?}");
        }
    }

    #[test]
    fn a_negative_number_is_a_group_only_after_a_signal() {
        let failure = Target::parse(OsStr::new("-1234"), false).unwrap_err();
        assert!(failure.line.contains("g:1234"), "{failure}");
    }
}
