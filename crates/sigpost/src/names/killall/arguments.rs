//! The arguments of `killall`: long options also after one dash, and a word `-TERM` or `-9` for the signal.

use core::time::Duration;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

use sigpost_engine::{Pid, Signal};
use sigpost_linux::user::Users;

use crate::names::getopt::{self, Known, Takes, Word, letter};
use crate::names::signal_word;
use crate::render::escape::printable;

/// What is to be done.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(super) struct Order {
    pub(super) names: Vec<Vec<u8>>,
    /// `None`: the null signal.
    pub(super) signal: Option<Signal>,
    pub(super) exact: bool,
    pub(super) groups: bool,
    pub(super) interactive: bool,
    pub(super) ignore_case: bool,
    pub(super) quiet: bool,
    pub(super) regexp: bool,
    pub(super) verbose: bool,
    pub(super) wait: bool,
    pub(super) user: Option<u32>,
    pub(super) younger: Option<Duration>,
    pub(super) older: Option<Duration>,
    pub(super) namespace_of: Option<Pid>,
    pub(super) context: Option<Vec<u8>>,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Wanted {
    Order(Box<Order>),
    List,
    Version,
}

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// This line.
    Line(String),
    /// The usage, after a reason.
    Usage(Option<&'static str>),
}

const OPTIONS: [Known; 16] = [
    letter(b'e', "exact", Takes::Nothing),
    letter(b'I', "ignore-case", Takes::Nothing),
    letter(b'g', "process-group", Takes::Nothing),
    letter(b'y', "younger-than", Takes::Value),
    letter(b'o', "older-than", Takes::Value),
    letter(b'i', "interactive", Takes::Nothing),
    letter(b'l', "list", Takes::Nothing),
    letter(b'q', "quiet", Takes::Nothing),
    letter(b'r', "regexp", Takes::Nothing),
    letter(b's', "signal", Takes::Value),
    letter(b'u', "user", Takes::Value),
    letter(b'v', "verbose", Takes::Nothing),
    letter(b'w', "wait", Takes::Nothing),
    letter(b'n', "ns", Takes::Value),
    letter(b'Z', "context", Takes::Value),
    letter(b'V', "version", Takes::Nothing),
];

/// The text of the usage.
pub(super) const HELP: &str = "\
Usage: killall [OPTION]... [--] NAME...
       killall -l, --list
       killall -V, --version

  -e,--exact          of names that are cut, signal only those known in full
  -I,--ignore-case    capitals or not
  -g,--process-group  signal the whole group of each, once
  -y,--younger-than   only those started less than TIME ago: 10s 5m 2h 1d 1w 1M 1y
  -o,--older-than     only those started more than TIME ago
  -i,--interactive    ask before each
  -l,--list           the names of all signals
  -q,--quiet          do not complain that nobody has a name
  -r,--regexp         NAME is an extended regular expression
  -s,--signal SIGNAL  this signal instead of TERM; also -SIGNAL
  -u,--user USER      only those of this user
  -v,--verbose        say who was signalled
  -V,--version        the version
  -w,--wait           until all have ended
  -n,--ns PID         only those in the PID namespace of this process
  -Z,--context REGEXP only those whose security context matches
";

/// Reads the words.
///
/// # Errors
/// [`Mistake`].
pub(super) fn read(words: &[OsString]) -> Result<Wanted, Mistake> {
    let mut order = Order::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        let bytes = word.as_bytes();
        if bytes == b"--" {
            order.names.extend(rest.by_ref().map(|word| word.as_bytes().to_vec()));
        } else if bytes.len() < 2 || bytes[0] != b'-' {
            order.names.push(bytes.to_vec());
        } else if let Some(text) = signal_in(&bytes[1..]) {
            order.signal = signal(&text)?;
        } else {
            for found in options(bytes, &mut rest)? {
                if let Some(wanted) = apply(found, &mut order)? {
                    return Ok(wanted);
                }
            }
        }
    }
    if order.names.is_empty() && order.user.is_none() && order.context.is_none() {
        return Err(Mistake::Usage(None));
    }
    Ok(Wanted::Order(Box::new(order)))
}

/// A word in capitals or digits is a signal, and none of the three letters that are capitals too.
fn signal_in(body: &[u8]) -> Option<String> {
    let is_option = matches!(body, [b'I' | b'V'] | [b'Z', ..]);
    let is_signal = !is_option && (body[0].is_ascii_uppercase() || body[0].is_ascii_digit());
    is_signal.then(|| printable(body))
}

/// Reads a signal; names are in capitals here.
fn signal(text: &str) -> Result<Option<Signal>, Mistake> {
    let parsed = if text.bytes().any(|byte| byte.is_ascii_lowercase()) { None } else { signal_word::parse(text) };
    parsed
        .map(|chosen| chosen.0)
        .ok_or_else(|| Mistake::Line(format!("{text}: unknown signal; killall -l lists signals.")))
}

/// `-w`, `-qw`, `-wait`, `--wait`. As with psmisc, `-ve` is `-v -e`, though it could begin two long names.
fn options<'a>(word: &[u8], rest: &mut impl Iterator<Item = &'a OsString>) -> Result<Vec<Word>, Mistake> {
    let usage = |_| Mistake::Usage(None);
    if let Some(name) = word.strip_prefix(b"--") {
        return getopt::read_long(name, &OPTIONS, rest).map(|word| vec![word]).map_err(usage);
    }
    let body = &word[1..];
    let name = printable(body.split(|byte| *byte == b'=').next().unwrap_or_default());
    if body.len() > 1 && getopt::find_long(&name, &OPTIONS).is_ok() {
        return getopt::read_long(body, &OPTIONS, rest).map(|word| vec![word]).map_err(usage);
    }
    let mut read = Vec::new();
    getopt::read_cluster(body, &OPTIONS, rest, &mut read).map_err(usage)?;
    Ok(read)
}

/// Applies one option; what it asks for, if that is all there is to do.
fn apply(word: Word, order: &mut Order) -> Result<Option<Wanted>, Mistake> {
    let Word::Option(name, value) = word else { return Ok(None) };
    let value = value.unwrap_or_default();
    let text = printable(value.as_bytes());
    match name {
        "exact" => order.exact = true,
        "ignore-case" => order.ignore_case = true,
        "process-group" => order.groups = true,
        "younger-than" => order.younger = Some(age(&text)?),
        "older-than" => order.older = Some(age(&text)?),
        "interactive" => order.interactive = true,
        "list" => return Ok(Some(Wanted::List)),
        "quiet" => order.quiet = true,
        "regexp" => order.regexp = true,
        "signal" => order.signal = signal(&text)?,
        "user" => {
            let user = Users::read().id(&text);
            order.user = Some(user.ok_or_else(|| Mistake::Line(format!("Cannot find user {text}")))?);
        }
        "verbose" => order.verbose = true,
        "wait" => order.wait = true,
        "ns" => {
            let pid = text.parse().ok().and_then(Pid::new);
            order.namespace_of = Some(pid.ok_or(Mistake::Usage(Some("Invalid namespace PID")))?);
        }
        "context" => order.context = Some(value.as_bytes().to_vec()),
        _ => return Ok(Some(Wanted::Version)),
    }
    Ok(None)
}

/// A number, with or without a fraction, and a unit.
fn age(text: &str) -> Result<Duration, Mistake> {
    const DAY: f64 = 86400.0;
    let bad = || Mistake::Usage(Some("Invalid time format"));
    let unit = text.chars().last().ok_or_else(bad)?;
    let seconds = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => DAY,
        'w' => 7.0 * DAY,
        'M' => 28.0 * DAY,
        'y' => 12.0 * 28.0 * DAY,
        _ => return Err(bad()),
    };
    let number: f64 = text[..text.len() - 1].parse().map_err(|_| bad())?;
    if number <= 0.0 {
        return Err(bad());
    }
    Duration::try_from_secs_f64(number * seconds).map_err(|_| bad())
}

impl Order {
    const fn new() -> Self {
        Self {
            names: Vec::new(),
            signal: Some(Signal::TERM),
            exact: false,
            groups: false,
            interactive: false,
            ignore_case: false,
            quiet: false,
            regexp: false,
            verbose: false,
            wait: false,
            user: None,
            younger: None,
            older: None,
            namespace_of: None,
            context: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(words: &[&str]) -> Result<Order, Mistake> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        read(&words).map(|wanted| match wanted {
            Wanted::Order(order) => *order,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn a_word_in_capitals_is_the_signal() {
        for (words, number) in [
            (&["-INT", "x"][..], 2),
            (&["x", "-VTALRM"], 26),
            (&["-SIGILL", "x"], 4),
            (&["-9", "x"], 9),
            (&["-s", "HUP", "x"], 1),
            (&["-sHUP", "x"], 1),
            (&["-signal", "HUP", "x"], 1),
            (&["--signal=RTMIN+1", "x"], 35),
            (&["-I", "-v", "-qw", "x"], 15),
        ] {
            assert_eq!(order(words).map(|order| signal_word::number(order.signal)), Ok(number), "{words:?}");
        }
        let unknown = |word: &str| Mistake::Line(format!("{word}: unknown signal; killall -l lists signals."));
        assert_eq!(order(&["-FOO", "x"]).unwrap_err(), unknown("FOO"));
        assert_eq!(order(&["-9x", "x"]).unwrap_err(), unknown("9x"));
        assert_eq!(order(&["-s", "hup", "x"]).unwrap_err(), unknown("hup"));
    }

    #[test]
    fn options_stand_after_one_dash_or_two() {
        let all = order(&["-ve", "-wait", "--process", "-Zfoo", "--", "-x"]).unwrap();
        assert!(all.verbose && all.exact && all.wait && all.groups);
        assert_eq!((all.context.as_deref(), &all.names[0][..]), (Some(&b"foo"[..]), &b"-x"[..]));
        assert_eq!(order(&["-x", "y"]).unwrap_err(), Mistake::Usage(None));
        assert_eq!(order(&[]).unwrap_err(), Mistake::Usage(None));
    }

    #[test]
    fn ages_have_a_unit_and_may_have_a_fraction() {
        assert_eq!(age("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(age("1M"), Ok(Duration::from_hours(28 * 24)));
        for text in ["", "5", "s", "-1s", "0s", "xs", "1x", "1é", "infs", "NaNs"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
