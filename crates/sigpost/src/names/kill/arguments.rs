//! The arguments of `kill`. A word `-TERM` or `-9` before `--` is the signal, wherever it stands; once there is a signal,
//! `-4711` is a process group.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::Order;
use crate::command_line::signal_word::Chosen;
use crate::names::getopt::{self, Known, Takes, Word, letter, long};
use crate::names::signal_word;
use crate::render::escape::printable;

/// What is asked for.
#[derive(Debug)]
pub(super) enum Wanted {
    /// `-l`: all names, or one translated.
    List(Option<String>),
    /// `-L`.
    Table,
    /// `-d`: what a process does about signals.
    Show(OsString),
    Help,
    Version,
    Send(Order),
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Mistake {
    /// Say this.
    Line(String),
    /// There is nobody to signal: show the usage.
    Empty,
}

impl From<String> for Mistake {
    fn from(line: String) -> Self {
        Self::Line(line)
    }
}

const OPTIONS: [Known; 13] = [
    letter(b'a', "all", Takes::Nothing),
    letter(b'd', "show-process-state", Takes::Value),
    letter(b'h', "help", Takes::Nothing),
    letter(b'l', "list", Takes::Perhaps),
    letter(b'L', "table", Takes::Nothing),
    letter(b'p', "pid", Takes::Nothing),
    letter(b'q', "queue", Takes::Value),
    letter(b'r', "require-handler", Takes::Nothing),
    letter(b's', "signal", Takes::Value),
    long("timeout", Takes::Value),
    long("verbose", Takes::Nothing),
    letter(b'V', "version", Takes::Nothing),
    letter(b'v', "version", Takes::Nothing),
];

/// The text of `--help`.
pub(super) fn help() -> String {
    "
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]              whom to signal: a process, PID:INODE, a name, 0 (the own
                            group), -PGID (a group), -1 (everyone)
 -<signal>, -s, --signal <signal>
                          the signal, by name or number, instead of TERM
 -q, --queue <value>      an integer that goes with the signal
 -a, --all                names mean the processes of every user
 -p, --pid                print the PIDs and signal nobody
 -r, --require-handler    signal only processes that catch the signal
     --timeout <milliseconds> <signal>
                          then, to those still there, this signal; repeatable
     --verbose            print whom the signal is sent to
 -d, --show-process-state <pid>
                          which signals a process blocks, ignores, catches
 -l, --list[=<signal>|=0x<mask>]
                          all names, or a number, name or mask translated
 -L, --table              names and numbers

 -h, --help               this help
 -V, --version            the version

For more details see kill(1).\n"
        .to_owned()
}

/// Reads the words.
///
/// # Errors
/// [`Mistake`].
pub(super) fn read(words: &[OsString]) -> Result<Wanted, Mistake> {
    let mut order = Order::default();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            order.operands.extend(rest.by_ref().cloned());
        } else if bytes.len() < 2 || bytes[0] != b'-' {
            order.operands.push(word.clone());
        } else {
            match dash(&bytes[1..], order.signal.is_some())? {
                Dash::Signal(signal) => choose(signal, &mut order)?,
                Dash::Group => order.operands.push(word.clone()),
                Dash::Options => {
                    for found in options(bytes, &mut rest)? {
                        if let Some(wanted) = apply(found, &mut order, &mut rest)? {
                            return Ok(wanted);
                        }
                    }
                }
            }
        }
    }
    if order.operands.is_empty() { Err(Mistake::Empty) } else { Ok(Wanted::Send(order)) }
}

/// What a word that begins with a dash is.
enum Dash {
    Signal(Chosen),
    Group,
    Options,
}

/// A number is the signal, once there is one a group. Never less than the whole word: `-123` is not signal 1.
fn dash(body: &[u8], has_signal: bool) -> Result<Dash, Mistake> {
    let text = printable(body);
    let is_number = body.iter().all(u8::is_ascii_digit);
    match signal_word::parse(&text) {
        _ if is_number && has_signal => Ok(Dash::Group),
        Some(signal) if !has_signal => Ok(Dash::Signal(signal)),
        Some(_) => Err(format!("a second signal: -{text}").into()),
        None if is_number => Err(invalid_signal(&text)),
        None => Ok(Dash::Options),
    }
}

fn invalid_signal(text: &str) -> Mistake {
    format!("invalid signal name or number: {text}").into()
}

fn options<'a>(word: &[u8], rest: &mut impl Iterator<Item = &'a OsString>) -> Result<Vec<Word>, Mistake> {
    if let Some(name) = word.strip_prefix(b"--") {
        return Ok(vec![getopt::read_long(name, &OPTIONS, rest)?]);
    }
    // A word in capitals that is none of the options was meant for a signal.
    let is_option = OPTIONS.iter().any(|known| known.letter == Some(word[1]));
    if !is_option {
        return Err(invalid_signal(&printable(&word[1..])));
    }
    let mut read = Vec::new();
    getopt::read_cluster(&word[1..], &OPTIONS, rest, &mut read)?;
    Ok(read)
}

/// Applies one option; what it asks for, if that is all there is to do.
fn apply<'a>(
    word: Word,
    order: &mut Order,
    rest: &mut (impl Iterator<Item = &'a OsString> + Clone),
) -> Result<Option<Wanted>, Mistake> {
    let Word::Option(name, value) = word else { return Ok(None) };
    let value = value.map(without_equals_sign);
    let text = value.as_deref().map(|value| printable(value.as_bytes())).unwrap_or_default();
    match name {
        "list" => {
            let next = rest.clone().next().filter(|word| value.is_none() && !word.as_bytes().starts_with(b"-"));
            if next.is_some() && rest.clone().nth(1).is_some() {
                return Err("too many arguments".to_owned().into());
            }
            let translated = value.as_ref().or(next);
            return Ok(Some(Wanted::List(translated.map(|word| printable(word.as_bytes())))));
        }
        "table" => return Ok(Some(Wanted::Table)),
        "help" => return Ok(Some(Wanted::Help)),
        "version" => return Ok(Some(Wanted::Version)),
        "show-process-state" => return Ok(value.map(Wanted::Show)),
        "signal" => choose(parse_signal(&text)?, order)?,
        "timeout" => {
            let wait = text.parse().map_err(|_| format!("argument error: '{text}'"))?;
            let signal = rest.next().ok_or_else(|| "option '--timeout' requires two arguments".to_owned())?;
            order.follow_ups.push((wait, parse_signal(&printable(signal.as_bytes()))?.0));
        }
        "queue" => {
            let number = text
                .parse()
                .map_err(|_| format!("must be an integer value to be passed with the signal.: '{text}'"))?;
            order.value = Some(number);
            not_with_print(order, "--queue")?;
        }
        "pid" => {
            order.only_print = true;
            match (order.signal, order.value) {
                (Some(_), _) => not_with_print(order, "--signal")?,
                (None, Some(_)) => not_with_print(order, "--queue")?,
                (None, None) => {}
            }
        }
        "all" => order.all_users = true,
        "require-handler" => order.require_handler = true,
        _ => order.verbose = true,
    }
    Ok(None)
}

fn choose(signal: Chosen, order: &mut Order) -> Result<(), Mistake> {
    order.signal = Some(signal);
    not_with_print(order, "--signal")
}

fn not_with_print(order: &Order, option: &str) -> Result<(), Mistake> {
    if order.only_print { Err(format!("--pid and {option} are mutually exclusive").into()) } else { Ok(()) }
}

fn parse_signal(text: &str) -> Result<Chosen, Mistake> {
    signal_word::parse(text).ok_or_else(|| format!("unknown signal {text}; `kill -L` lists them").into())
}

/// `-l=9`, as util-linux takes it.
fn without_equals_sign(value: OsString) -> OsString {
    match value.as_bytes().strip_prefix(b"=") {
        Some(rest) => OsStr::from_bytes(rest).to_owned(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> String {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        match read(&words) {
            Ok(Wanted::Send(order)) => {
                let operands: Vec<String> =
                    order.operands.iter().map(|word| word.to_string_lossy().into_owned()).collect();
                format!("{:?} {}", order.signal.map(|chosen| chosen.0), operands.join(" "))
            }
            Ok(other) => format!("{other:?}"),
            Err(Mistake::Line(line)) => line,
            Err(Mistake::Empty) => "usage".to_owned(),
        }
    }

    #[test]
    fn a_number_is_the_signal_and_after_it_a_group() {
        for (words, expected) in [
            (&["-9", "4711"][..], "Some(Some(KILL)) 4711"),
            (&["4711", "-9"], "Some(Some(KILL)) 4711"),
            (&["-9", "-1"], "Some(Some(KILL)) -1"),
            (&["-TERM", "-123"], "Some(Some(TERM)) -123"),
            (&["-s", "TERM", "-15"], "Some(Some(TERM)) -15"),
            (&["-sTERM", "-15", "7"], "Some(Some(TERM)) -15 7"),
            (&["--", "-1"], "None -1"),
            (&["--", "-15"], "None -15"),
            (&["-0", "1"], "Some(None) 1"),
            (&["-int", "1"], "Some(Some(INT)) 1"),
        ] {
            assert_eq!(told(words), expected, "{words:?}");
        }
    }

    #[test]
    fn a_number_that_is_no_signal_reaches_nobody() {
        for (words, expected) in [
            (&["-123"][..], "invalid signal name or number: 123"),
            (&["-4711", "1"], "invalid signal name or number: 4711"),
            (&["1", "-4711"], "invalid signal name or number: 4711"),
            (&["-FOO", "1"], "invalid signal name or number: FOO"),
            (&["-9", "-HUP", "1"], "a second signal: -HUP"),
            (&["-9"], "usage"),
            (&["-s", "FOO", "1"], "unknown signal FOO; `kill -L` lists them"),
            (&["-p", "-9", "1"], "--pid and --signal are mutually exclusive"),
            (&["-9", "-p", "1"], "--pid and --signal are mutually exclusive"),
            (&["-q", "1", "-p", "1"], "--pid and --queue are mutually exclusive"),
            (&["--timeout", "x", "9", "1"], "argument error: 'x'"),
            (&["--timeout", "5"], "option '--timeout' requires two arguments"),
        ] {
            assert_eq!(told(words), expected, "{words:?}");
        }
    }

    /// Of all lines of up to four such words: everyone is meant only by the very word, behind a signal or `--`.
    #[test]
    fn everyone_is_never_meant_by_accident() {
        const WORDS: [&str; 16] = [
            "-1",
            "-15",
            "-123",
            "--",
            "4711",
            "-s",
            "TERM",
            "-TERM",
            "-0",
            "",
            "-",
            "-q",
            "7",
            "--timeout",
            "-l",
            "x",
        ];
        let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
        let mut sent = 0;
        for _ in 0..4 {
            lines = lines.iter().flat_map(|line| WORDS.map(|word| [line.as_slice(), &[word]].concat())).collect();
            for line in &lines {
                let words: Vec<OsString> = line.iter().map(OsString::from).collect();
                let Ok(Wanted::Send(order)) = read(&words) else { continue };
                sent += 1;
                for operand in &order.operands {
                    assert!(words.contains(operand), "{line:?}");
                }
                if order.operands.iter().any(|word| word == "-1") {
                    let place = line.iter().rposition(|word| *word == "-1").unwrap();
                    let before = &line[..place];
                    assert!(before.contains(&"--") || order.signal.is_some(), "{line:?}");
                }
            }
        }
        assert!(sent > 1000);
    }

    #[test]
    fn a_list_takes_its_word_attached_or_apart() {
        for words in [&["-l9"][..], &["-l", "9"], &["-l=9"], &["--list=9"]] {
            assert_eq!(told(words), "List(Some(\"9\"))", "{words:?}");
        }
        assert_eq!(told(&["-l"]), "List(None)");
        assert_eq!(told(&["-l", "1", "2"]), "too many arguments");
    }
}
