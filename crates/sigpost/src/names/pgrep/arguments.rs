//! The arguments of `pgrep`, `pkill` and `pidwait`. In pkill's a word `-TERM` or `-9` is the signal, wherever it stands.

use core::time::Duration;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use sigpost_engine::{GroupId, SessionId, Signal};
use sigpost_linux::filter;
use sigpost_linux::selection::Pick;
use sigpost_linux::user::{Users, groups_of_users};
use sigpost_sys::extended_regex::ExtendedRegex;

use super::criteria::{Criteria, Namespaces};
use super::{number_list, pid_file};
use crate::command_line::signal_word::Chosen;
use crate::names::getopt::{self, Known, Takes, Word, letter, long};
use crate::names::{Name, signal_word};
use crate::render::escape::printable;

/// What is to be done with those that match.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) criteria: Criteria,
    pub(super) listing: Listing,
    pub(super) count: bool,
    pub(super) echo: bool,
    /// `None`: the null signal.
    pub(super) signal: Option<Signal>,
    pub(super) value: Option<i32>,
    pub(super) release_memory: bool,
}

/// What pgrep prints of each.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub(super) struct Listing {
    pub(super) delimiter: Vec<u8>,
    pub(super) with_name: bool,
    pub(super) in_full: bool,
    pub(super) quoted: bool,
    pub(super) quiet: bool,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Wanted {
    Order(Box<Order>),
    Help,
    Version,
}

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// An option: the C library's line, then the usage.
    Option(String),
    /// Only the usage.
    Usage,
    /// This line.
    Line(String),
    /// This line, and where to find more.
    Hint(String),
    /// The same of a pid file, with an exit status of its own.
    PidFile(String),
}

impl From<String> for Mistake {
    fn from(line: String) -> Self {
        Self::Line(line)
    }
}

/// The options that all three take.
const COMMON: [Known; 27] = [
    letter(b'A', "ignore-ancestors", Takes::Nothing),
    letter(b'c', "count", Takes::Nothing),
    letter(b'f', "full", Takes::Nothing),
    letter(b'F', "pidfile", Takes::Value),
    letter(b'g', "pgroup", Takes::Value),
    letter(b'G', "group", Takes::Value),
    letter(b'H', "require-handler", Takes::Nothing),
    letter(b'i', "ignore-case", Takes::Nothing),
    letter(b'L', "logpidfile", Takes::Nothing),
    letter(b'n', "newest", Takes::Nothing),
    letter(b'o', "oldest", Takes::Nothing),
    letter(b'O', "older", Takes::Value),
    letter(b'p', "pid", Takes::Value),
    letter(b'P', "parent", Takes::Value),
    letter(b'r', "runstates", Takes::Value),
    letter(b's', "session", Takes::Value),
    letter(b't', "terminal", Takes::Value),
    letter(b'u', "euid", Takes::Value),
    letter(b'U', "uid", Takes::Value),
    letter(b'x', "exact", Takes::Nothing),
    letter(b'h', "help", Takes::Nothing),
    letter(b'V', "version", Takes::Nothing),
    long("cgroup", Takes::Value),
    long("env", Takes::Value),
    long("ns", Takes::Value),
    long("nslist", Takes::Value),
    long("signal", Takes::Value),
];

/// Those whose letter only some take. As in procps-ng the long name is taken by all, so that `pkill --inverse` is
/// there for those who mean it.
const SOME: [(Known, &[Name]); 10] = [
    (letter(b'a', "list-full", Takes::Nothing), &[Name::Pgrep]),
    (letter(b'd', "delimiter", Takes::Value), &[Name::Pgrep]),
    (letter(b'e', "echo", Takes::Nothing), &[Name::Pkill, Name::Pidwait]),
    (letter(b'l', "list-name", Takes::Nothing), &[Name::Pgrep]),
    (letter(b'm', "mrelease", Takes::Nothing), &[Name::Pkill]),
    (letter(b'q', "queue", Takes::Value), &[Name::Pkill]),
    (letter(b'Q', "shell-quote", Takes::Nothing), &[Name::Pgrep]),
    (letter(b'v', "inverse", Takes::Nothing), &[Name::Pgrep, Name::Pidwait]),
    (letter(b'w', "lightweight", Takes::Nothing), &[Name::Pgrep, Name::Pidwait]),
    (long("quiet", Takes::Nothing), &[Name::Pgrep]),
];

fn table(name: Name) -> Vec<Known> {
    let own = SOME.into_iter().map(
        |(known, names)| {
            if names.contains(&name) { known } else { Known { letter: None, ..known } }
        },
    );
    COMMON.into_iter().chain(own).collect()
}

/// What was read so far.
struct Reading {
    order: Order,
    criteria: usize,
    pid_file: Option<PathBuf>,
    must_be_locked: bool,
    exact: bool,
    ignore_case: bool,
    patterns: Vec<OsString>,
    namespace_kinds: Vec<String>,
    namespace_of: Option<i64>,
}

/// Reads the words.
///
/// # Errors
/// [`Mistake`].
pub(super) fn read(name: Name, words: &[OsString]) -> Result<Wanted, Mistake> {
    match begin(name, words)? {
        Begun::Answer(wanted) => Ok(wanted),
        Begun::Order(reading) => reading.finish().map(|order| Wanted::Order(Box::new(order))),
    }
}

/// The same without opening what may be any file; `None` if there is one.
///
/// # Errors
/// [`Mistake`].
pub(super) fn read_without_files(name: Name, words: &[OsString]) -> Result<Option<Wanted>, Mistake> {
    match begin(name, words)? {
        Begun::Answer(wanted) => Ok(Some(wanted)),
        Begun::Order(reading) if reading.pid_file.is_some() => Ok(None),
        Begun::Order(reading) => reading.finish().map(|order| Some(Wanted::Order(Box::new(order)))),
    }
}

/// The words, read one by one.
enum Begun {
    Answer(Wanted),
    Order(Box<Reading>),
}

fn begin(name: Name, words: &[OsString]) -> Result<Begun, Mistake> {
    let (signal, words) = if name == Name::Pkill { take_signal(words) } else { (None, words.to_vec()) };
    let mut reading = Reading::new(signal.map_or(Some(Signal::TERM), |chosen| chosen.0));
    for word in getopt::read(&words, &table(name)).map_err(Mistake::Option)? {
        match word {
            Word::Option("help", _) => return Ok(Begun::Answer(Wanted::Help)),
            Word::Option("version", _) => return Ok(Begun::Answer(Wanted::Version)),
            Word::Option(option, value) => reading.apply(option, &value.unwrap_or_default())?,
            Word::Operand(word) => reading.patterns.push(word),
        }
    }
    Ok(Begun::Order(Box::new(reading)))
}

/// The first word before `--` that is a signal, taken out.
fn take_signal(words: &[OsString]) -> (Option<Chosen>, Vec<OsString>) {
    let signal_in = |word: &OsString| signal_word::parse(&printable(word.as_bytes().strip_prefix(b"-")?));
    let mut kept = words.to_vec();
    let place = words.iter().take_while(|word| *word != "--").position(|word| signal_in(word).is_some());
    let signal = place.and_then(|place| signal_in(&kept.remove(place)));
    (signal, kept)
}

impl Reading {
    fn new(signal: Option<Signal>) -> Self {
        let listing =
            Listing { delimiter: b"\n".to_vec(), with_name: false, in_full: false, quoted: false, quiet: false };
        let order = Order {
            criteria: Criteria::default(),
            listing,
            count: false,
            echo: false,
            signal,
            value: None,
            release_memory: false,
        };
        Self {
            order,
            criteria: 0,
            pid_file: None,
            must_be_locked: false,
            exact: false,
            ignore_case: false,
            patterns: Vec::new(),
            namespace_kinds: Vec::new(),
            namespace_of: None,
        }
    }

    /// Applies one option: those that only say how, here; those that select, below.
    fn apply(&mut self, option: &str, value: &std::ffi::OsStr) -> Result<(), Mistake> {
        let text = printable(value.as_bytes());
        let order = &mut self.order;
        match option {
            "ignore-ancestors" => order.criteria.no_ancestors = true,
            "count" => order.count = true,
            "full" => order.criteria.full = true,
            "ignore-case" => self.ignore_case = true,
            "exact" => self.exact = true,
            "logpidfile" => self.must_be_locked = true,
            "list-full" => order.listing.in_full = true,
            "delimiter" => order.listing.delimiter = value.as_bytes().to_vec(),
            "echo" => order.echo = true,
            "list-name" => order.listing.with_name = true,
            "mrelease" => order.release_memory = true,
            "queue" => order.value = Some(i32::try_from(number_list::leading(&text)).unwrap_or_default()),
            "shell-quote" => order.listing.quoted = true,
            "quiet" => order.listing.quiet = true,
            "lightweight" => order.criteria.threads = true,
            "inverse" => self.set_inverse()?,
            "signal" => {
                let unknown = || Mistake::Option(format!("Unknown signal \"{text}\"."));
                order.signal = signal_word::parse(&text).ok_or_else(unknown)?.0;
            }
            "nslist" => self.namespace_kinds = list(&text, namespace_kind)?,
            _ => {
                self.criteria += 1;
                return self.select(option, &text, value);
            }
        }
        Ok(())
    }

    fn select(&mut self, option: &str, text: &str, value: &std::ffi::OsStr) -> Result<(), Mistake> {
        match option {
            "pidfile" => self.pid_file = Some(PathBuf::from(value)),
            "newest" => self.set_pick(Pick::Newest)?,
            "oldest" => self.set_pick(Pick::Oldest)?,
            "require-handler" => self.order.criteria.handler = true,
            "older" => {
                let seconds = u64::try_from(number_list::leading(text)).unwrap_or_default();
                self.order.criteria.older = Some(Duration::from_secs(seconds));
            }
            "runstates" => self.order.criteria.states = Some(text.bytes().filter(|byte| *byte != b',').collect()),
            "ns" => self.namespace_of = Some(number_list::number(text, "not a number")?),
            "cgroup" => self.order.criteria.filter.cgroups = list(text, |name| Ok(name.to_owned()))?,
            "env" => {
                self.order.criteria.filter.environment = list(text, |name| Ok(name.as_bytes().to_vec()))?;
            }
            "terminal" => self.set_terminals(text)?,
            "euid" | "uid" | "group" => self.set_users(option, text)?,
            _ => self.set_numbers(option, text)?,
        }
        Ok(())
    }

    fn set_inverse(&mut self) -> Result<(), Mistake> {
        let criteria = &mut self.order.criteria;
        if criteria.pick.is_some() || criteria.inverse {
            return Err(Mistake::Usage);
        }
        criteria.inverse = true;
        Ok(())
    }

    fn set_pick(&mut self, pick: Pick) -> Result<(), Mistake> {
        let criteria = &mut self.order.criteria;
        if criteria.pick.is_some() || criteria.inverse {
            return Err(Mistake::Usage);
        }
        criteria.pick = Some(pick);
        Ok(())
    }

    /// Processes, parents, groups, sessions. 0 is the own group, and the own session.
    fn set_numbers(&mut self, option: &str, text: &str) -> Result<(), Mistake> {
        let (what, own): (&str, fn() -> i64) = match option {
            "pgroup" => ("invalid process group", || sigpost_sys::identity::group_of(0).map_or(0, i64::from)),
            "session" => ("invalid session id", || sigpost_sys::identity::session_of(0).map_or(0, i64::from)),
            _ => ("not a number", || 0),
        };
        let value = |text: &str| Ok(Some(number_list::number(text, what)?).filter(|n| *n != 0).unwrap_or_else(own));
        let numbers = list(text, value)?;
        let criteria = &mut self.order.criteria;
        let filter = &mut criteria.filter;
        let some_can_be = match option {
            "pgroup" => fill(&mut filter.groups, number_list::ids(&numbers, GroupId::new)),
            "session" => fill(&mut filter.sessions, number_list::ids(&numbers, SessionId::new)),
            "parent" => {
                criteria.parents = Some(numbers);
                true
            }
            _ => {
                criteria.pids = Some(numbers);
                true
            }
        };
        criteria.nobody |= !some_can_be;
        Ok(())
    }

    fn set_users(&mut self, option: &str, text: &str) -> Result<(), Mistake> {
        let (names, what): (fn() -> Users, &str) = if option == "group" {
            (groups_of_users, "invalid group name")
        } else {
            (Users::read, "invalid user name")
        };
        let id = |text: &str| match number_list::number(text, what) {
            Ok(number) => Ok(number),
            Err(line) => names().id(text).map(i64::from).ok_or(line),
        };
        let ids = list(text, id)?;
        let ids: Vec<u32> = ids.iter().filter_map(|id| u32::try_from(*id).ok()).collect();
        let criteria = &mut self.order.criteria;
        let place = match option {
            "euid" => &mut criteria.filter.effective_users,
            "uid" => &mut criteria.filter.real_users,
            _ => &mut criteria.filter.real_user_groups,
        };
        criteria.nobody |= !fill(place, ids);
        Ok(())
    }

    /// Terminals by name; `?` is none at all. One that is not there is nobody's.
    fn set_terminals(&mut self, text: &str) -> Result<(), Mistake> {
        let device = |name: &str| Ok(if name == "?" { Some(0) } else { filter::terminal(name).ok() });
        let devices: Vec<i32> = list(text, device)?.into_iter().flatten().collect();
        let criteria = &mut self.order.criteria;
        criteria.nobody |= !fill(&mut criteria.filter.terminals, devices);
        Ok(())
    }

    fn finish(mut self) -> Result<Order, Mistake> {
        if self.must_be_locked && self.pid_file.is_none() {
            return Err(Mistake::Hint("-L without -F makes no sense".to_owned()));
        }
        if let Some(path) = &self.pid_file {
            let pid = pid_file::read(path, self.must_be_locked);
            let pid = pid.ok_or_else(|| Mistake::PidFile("pidfile not valid".to_owned()))?;
            self.order.criteria.pids = Some(vec![pid]);
        }
        match self.patterns.len() {
            0 if self.criteria == 0 => return Err(Mistake::Hint("no matching criteria specified".to_owned())),
            0 => {}
            1 => self.set_pattern()?,
            _ => return Err(Mistake::Hint("only one pattern can be provided".to_owned())),
        }
        if let Some(pid) = self.namespace_of {
            let namespaces = Namespaces::of_process(pid, &self.namespace_kinds);
            let gone = || format!("no namespaces of {pid} to compare with");
            self.order.criteria.namespaces = Some(namespaces.ok_or_else(gone)?);
        }
        // The signal may have been named after the option.
        self.order.criteria.signal = self.order.signal;
        Ok(self.order)
    }

    fn set_pattern(&mut self) -> Result<(), Mistake> {
        let pattern = self.patterns.first().map(|word| word.as_bytes().to_vec()).unwrap_or_default();
        let expression = if self.exact { [b"^(", pattern.as_slice(), b")$"].concat() } else { pattern.clone() };
        let regex = ExtendedRegex::new(&expression, self.ignore_case);
        let regex = regex.map_err(|error| Mistake::Line(format!("regex error: {error}")))?;
        self.order.criteria.pattern = Some((pattern, regex));
        Ok(())
    }
}

/// A list, which has at least one value.
fn list<T>(text: &str, value: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, Mistake> {
    number_list::read(text, value)?.ok_or(Mistake::Usage)
}

fn namespace_kind(name: &str) -> Result<String, String> {
    let kinds = ["ipc", "mnt", "net", "pid", "user", "uts"];
    if kinds.contains(&name) { Ok(name.to_owned()) } else { Err(format!("no kind of namespaces: {name}")) }
}

/// Fills a list of the filter; whether there is anything in it. An empty one would ask for nothing.
fn fill<T>(place: &mut Vec<T>, values: Vec<T>) -> bool {
    *place = values;
    !place.is_empty()
}
