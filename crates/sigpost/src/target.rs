//! The grammar of targets: what each word on the command line names.
//!
//! A word that names nothing safely is refused here, before anything is looked up: `kill $UNSET` must never
//! become a group or everyone.

use core::fmt;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use sigpost_engine::{GroupId, Pid, SessionId, Signal};
use sigpost_linux::pattern::{Pattern, PatternOptions};

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
    /// `g:1234:5678`: the group that the process with this number and this inode leads.
    GroupIdentity(Pid, u64),
    /// `s:1234`: a session.
    Session(SessionId),
    /// `t:1234`: the process and all its descendants.
    Tree(Pid),
    /// `c:/path`: a cgroup and those below it.
    Cgroup(String),
    /// `:8080`: whoever listens on that port.
    Port(u16),
    /// `/usr/sbin/nginx`: every process that runs this file.
    Executable(PathBuf),
    /// `/RE/` or `-e RE`: every process whose name, or command line, matches.
    Pattern(Pattern),
    /// `-F FILE`: the process of a pid file.
    PidFile(PathBuf),
    /// `nginx` or `n:nginx`: every process whose command name is exactly this.
    Name(Vec<u8>),
}

/// The forms of the grammar, for the help.
pub(crate) const FORMS: &str = "\
Targets (freely mixed):
  1234         the process with this number
  1234:5678    that very process: its number and its inode (see `ls -l`)
  g:1234       the process group; also -1234 once a signal was given
  g:1234:5678  the group of that very leader
  s:1234       the session: each of its groups in one call
  t:1234       the process and all its descendants, until nobody new is found
  c:/path      the cgroup and those below it: KILL in one call, other signals
               while it is frozen
  :8080        whoever listens on that port (TCP, UDP)
  nginx        every process whose command name is exactly this (only after a
               verb: sigpost send nginx)
  n:nginx      the same, for any name, also one that looks like another form
  /usr/bin/x   every process that runs this file
  /RE/         every process whose name matches the regular expression; as -e RE
               (with -f: whose command line does)
  -F FILE      the process of a pid file, unless it started more than 2 s after
               the file was written
Options that select (-u, -P, -O and so on) narrow what the targets name; by
themselves they narrow all processes. Sigpost itself, its ancestors and process 1
are left out of everything that is not named by number; --broadcast, one call for
everyone, leaves out sigpost and process 1 only: your own shell is reached.";

impl Target {
    /// Reads one word. `signal_given` says whether a signal was named, which `-1234` as a group needs.
    ///
    /// # Errors
    /// Exit 2, with the line that says what the word would have meant and how to say it.
    pub(crate) fn parse(word: &OsStr, signal_given: bool, options: PatternOptions) -> Result<Self, Failure> {
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
            return group(number, &text);
        }
        match bytes {
            [b's', b':', ..] => return session(&text),
            [b't', b':', ..] => return tree(&text),
            [b'c', b':', ..] => return cgroup(bytes, &text),
            [b':', ..] => return port(&text),
            [b'/', .., b'/'] => return pattern_between_slashes(bytes, &text, options),
            [b'/', _, ..] => return Ok(Self::Executable(PathBuf::from(word))),
            _ => {}
        }
        match first {
            b'0'..=b'9' => process(&text),
            b'-' => negative(&text, signal_given).map(Self::Group),
            _ => bare_word(bytes, &text),
        }
    }
}

impl Target {
    /// Whether it is signalled as a whole.
    pub(crate) const fn is_scope(&self) -> bool {
        matches!(self, Self::Group(_) | Self::GroupIdentity(..) | Self::Session(_) | Self::Tree(_) | Self::Cgroup(_))
    }
}

/// As it is written on the command line.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(pid) => write!(f, "{pid}"),
            Self::Identity(pid, inode) => write!(f, "{pid}:{inode}"),
            Self::Group(group) => write!(f, "g:{group}"),
            Self::GroupIdentity(leader, inode) => write!(f, "g:{leader}:{inode}"),
            Self::Session(session) => write!(f, "s:{session}"),
            Self::Tree(root) => write!(f, "t:{root}"),
            Self::Cgroup(path) => write!(f, "c:{}", printable(path.as_bytes())),
            Self::Port(port) => write!(f, ":{port}"),
            Self::Name(name) => write!(f, "n:{}", printable(name)),
            Self::Executable(path) => f.write_str(&printable(path.as_os_str().as_bytes())),
            Self::Pattern(pattern) => write!(f, "/{}/", printable(pattern.as_str().as_bytes())),
            Self::PidFile(path) => write!(f, "-F {}", printable(path.as_os_str().as_bytes())),
        }
    }
}

/// `s:1234`.
fn session(text: &str) -> Result<Target, Failure> {
    let number = &text[2..];
    match decimal(number) {
        Ok(0) => Err(Failure::usage(format!("{text} is no session: sessions are numbered from 1"))),
        Ok(value) => SessionId::new(value).map(Target::Session).ok_or_else(|| too_large(number, "session")),
        Err(NotDecimal::TooLarge) => Err(too_large(number, "session")),
        Err(NotDecimal::NoNumber) => {
            Err(Failure::usage(format!("{text} is no session: s: is followed by a number from 1 up, as in s:1234")))
        }
    }
}

/// `t:1234`.
fn tree(text: &str) -> Result<Target, Failure> {
    let number = &text[2..];
    match decimal(number) {
        Ok(0) => Err(Failure::usage(format!("{text} is no process: processes are numbered from 1"))),
        Ok(value) => Pid::new(value).map(Target::Tree).ok_or_else(|| too_large(number, "process")),
        Err(NotDecimal::TooLarge) => Err(too_large(number, "process")),
        Err(NotDecimal::NoNumber) => {
            Err(Failure::usage(format!("{text} names no process: t: is followed by a number from 1 up, as in t:1234")))
        }
    }
}

/// `c:/path`.
fn cgroup(bytes: &[u8], text: &str) -> Result<Target, Failure> {
    match core::str::from_utf8(&bytes[2..]) {
        Ok(path) if path.starts_with('/') && !path.split('/').any(|name| name == ".." || name == ".") => {
            Ok(Target::Cgroup(path.to_owned()))
        }
        _ => Err(Failure::usage(format!(
            "{text} is no cgroup: c: is followed by a path that begins with / and goes down only, as /proc/PID/cgroup \
             shows it"
        ))),
    }
}

/// `:8080`.
fn port(text: &str) -> Result<Target, Failure> {
    let number = &text[1..];
    match decimal(number).map(u16::try_from) {
        Ok(Ok(port @ 1..)) => Ok(Target::Port(port)),
        _ => Err(Failure::usage(format!("{text} is no port: : is followed by a number from 1 to 65535, as in :8080"))),
    }
}

fn pattern_between_slashes(bytes: &[u8], text: &str, options: PatternOptions) -> Result<Target, Failure> {
    match core::str::from_utf8(&bytes[1..bytes.len() - 1]) {
        Ok(expression) => pattern(expression, options),
        Err(_) => Err(Failure::usage(format!(
            r"{text}: a regular expression is text, and this is no UTF-8: write such a byte as (?-u:\xff)"
        ))),
    }
}

/// A regular expression.
///
/// # Errors
/// Exit 2: it is none, or empty.
pub(crate) fn pattern(text: &str, options: PatternOptions) -> Result<Target, Failure> {
    if text.is_empty() {
        return Err(Failure::usage("an empty regular expression (an unset variable?) would match every process"));
    }
    let shown = printable(text.as_bytes());
    Pattern::new(text, options)
        .map(Target::Pattern)
        .map_err(|error| Failure::usage(format!("/{shown}/ is no regular expression: {error}")))
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

/// The number of `g:1234`, or that and the inode of `g:1234:5678`.
fn group(number: &str, text: &str) -> Result<Target, Failure> {
    if let Some((leader, inode)) = number.split_once(':') {
        return match (group(leader, text)?, inode.parse()) {
            (Target::Group(group), Ok(number)) if inode.bytes().all(|b| b.is_ascii_digit()) => Pid::new(group.get())
                .map(|leader| Target::GroupIdentity(leader, number))
                .ok_or_else(|| too_large(leader, "process")),
            _ => Err(Failure::usage(format!(
                "{text}: what follows the second colon must be the leader's inode, a number; `sigpost ls -l` prints it"
            ))),
        };
    }
    match decimal(number) {
        Ok(0) => Err(Failure::usage(format!("{text} is no process group: groups are numbered from 1"))),
        Ok(value) => GroupId::new(value).map(Target::Group).ok_or_else(|| too_large(number, "group")),
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
        Err(NotDecimal::NoNumber) => Err(no_target(text)),
    }
}

/// A word that is no number: a command name, unless it is written like something else.
fn bare_word(bytes: &[u8], text: &str) -> Result<Target, Failure> {
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
    if bytes.starts_with(b"+") || bytes.starts_with(b"/") || bytes.starts_with(b"@") {
        return Err(no_target(text));
    }
    command_name(bytes)
}

fn no_target(text: &str) -> Failure {
    Failure::usage(format!("{text} is no target; for a command of that name: n:{text}"))
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
        Target::parse(OsStr::new(word), true, PatternOptions::default())
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
            ("g:1234:5", Target::GroupIdentity(pid(1234), 5)),
            ("s:1234", Target::Session(SessionId::new(1234).unwrap())),
            ("t:1", Target::Tree(pid(1))),
            ("c:/", Target::Cgroup("/".to_owned())),
            ("c:/system.slice/a b", Target::Cgroup("/system.slice/a b".to_owned())),
            (":8080", Target::Port(8080)),
            (":65535", Target::Port(65535)),
            ("/usr/sbin/nginx", Target::Executable(PathBuf::from("/usr/sbin/nginx"))),
            ("/^ng/", pattern("^ng", PatternOptions::default()).unwrap()),
            ("/a/b/", pattern("a/b", PatternOptions::default()).unwrap()),
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
            "g:5:",
            "g:5:x",
            "g:0:5",
            "g:5:7:9",
            "s:0",
            "s:",
            "s:-5",
            "s:x",
            "s:99999999999",
            "t:0",
            "t:",
            "t:-1",
            "t:x",
            "t:99999999999",
            "c:",
            "c:a",
            "c:/a/../..",
            "c:/./a",
            ":",
            ":0",
            ":65536",
            ":http",
            ":-1",
            "/",
            "//",
            "/(/",
            "/a)(b/",
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
    fn a_target_is_printed_as_it_is_written() {
        let words = ["12", "12:9", "g:12", "g:12:9", "s:12", "t:12", "c:/a", ":80", "n:x", "/bin/x", "/x+/"];
        for word in words {
            assert_eq!(parse(word).unwrap().to_string(), word);
        }
    }

    #[test]
    fn a_negative_number_is_a_group_only_after_a_signal() {
        let failure = Target::parse(OsStr::new("-1234"), false, PatternOptions::default()).unwrap_err();
        assert!(failure.line.contains("g:1234"), "{failure}");
    }
}
