//! The options that select: patterns, pid files, and pkill's filters with pkill's letters. One definition for every
//! verb that takes targets, and the reading of it.

use core::time::Duration;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, value_parser};
use sigpost_engine::{GroupId, Pid, SessionId};
use sigpost_linux::Process;
use sigpost_linux::filter::{self, Filter, Namespaces};
use sigpost_linux::pattern::PatternOptions;
use sigpost_linux::proc_stat::State;
use sigpost_linux::selection::Pick;
use sigpost_linux::user::{Users, groups_of_users};

use super::duration;
use crate::failure::Failure;
use crate::target::{Target, pattern};

/// What the command line selects: whatever one of the targets names, if it is all that the filters ask.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// One of these names it. Empty: any process that the filters like.
    pub(crate) targets: Vec<Target>,
    /// And it is all of this.
    pub(crate) filter: Filter,
    /// Everything but those.
    pub(crate) inverse: bool,
    /// Of those only one.
    pub(crate) pick: Option<Pick>,
    /// `a` is also `A`.
    pub(crate) ignore_case: bool,
}

impl Wanted {
    /// Whether nothing was named at all. That is nobody, never everybody.
    pub(crate) fn is_empty(&self) -> bool {
        self.targets.is_empty() && self.filter.is_empty() && !self.inverse
    }

    /// Whether it takes a look at all processes to find them, as pkill does.
    pub(crate) fn are_found_by_a_scan(&self) -> bool {
        let is_named = |target: &Target| matches!(target, Target::Name(_) | Target::Pattern(_) | Target::Executable(_));
        !self.filter.is_empty() || self.targets.iter().any(is_named)
    }

    /// Whether it may mean so many that it has to be said aloud.
    pub(crate) fn may_be_everyone(&self) -> bool {
        let may = |target: &Target| match target {
            Target::Tree(_) => true,
            Target::Cgroup(path) => is_root(path),
            Target::Pattern(pattern) => pattern.matches_empty(),
            _ => false,
        };
        self.inverse || self.targets.iter().any(may)
    }
}

/// Whether a path of a cgroup is that of the root.
pub(crate) fn is_root(path: &str) -> bool {
    path.bytes().all(|byte| byte == b'/')
}

/// The options.
pub(crate) fn arguments() -> Vec<Arg> {
    let mut arguments = vec![
        list(
            "regexp",
            "RE",
            "Select by a regular expression on the command name; /RE/ among the targets says the same",
        )
        .short('e'),
        list("pidfile", "FILE", "Select the process of a pid file, unless it started after that was written")
            .short('F')
            .value_parser(value_parser!(OsString)),
        flag("full", "Match regular expressions with the whole command line").long("full").short('f'),
        flag("ignore-case", "Let regular expressions and names match small and capital letters alike")
            .long("ignore-case")
            .short('i'),
        flag("whole", "Let regular expressions match the whole name, or command line").short('x'),
        list("euid", "USER,...", "Only processes of these effective users, by name or number").short('u'),
        list("uid", "USER,...", "Only processes of these real users").short('U'),
        list("group", "GROUP,...", "Only processes of these real groups of users, by name or number").short('G'),
        list("parent", "PID,...", "Only children of these processes").short('P'),
        list("pgroup", "PGID,...", "Only processes of these process groups, one by one (g:PGID is the whole group)")
            .short('g'),
        list("session", "SID,...", "Only processes of these sessions, one by one (s:SID is the whole session)"),
        list("terminal", "TTY,...", "Only processes of these terminals, as in pts/0; none: those without one")
            .short('t'),
        value("older", "DURATION", "Only processes that started at least so long ago: 90, 15m, 2h").short('O'),
        value("runstates", "LETTERS", "Only processes in one of these states, by the kernel's letters: DRSTtZI"),
        list("cgroup", "PATH,...", "Only processes of exactly these cgroups, one by one (c:PATH is the whole cgroup)"),
        value("ns", "PID", "Only processes that are in the same namespaces as this one"),
        list("env", "NAME[=VALUE]", "Only processes that were started with this variable"),
        flag("inverse", "Select every process but those (a send needs --broadcast)").long("inverse"),
        flag("newest", "Of those selected only the one that started last").long("newest").conflicts_with("oldest"),
        flag("oldest", "Of those selected only the one that started first").long("oldest"),
    ];
    for argument in &mut arguments {
        let one = core::mem::take(argument);
        *argument = one.help_heading("Selecting");
    }
    arguments
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).help(help).action(ArgAction::SetTrue)
}

fn value(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn list(name: &'static str, placeholder: &'static str, help: &'static str) -> Arg {
    value(name, placeholder, help).action(ArgAction::Append)
}

/// Whether a word is an option that selects, alone or in a cluster of letters: without a verb these need a signal
/// in first place.
pub(crate) fn selects(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or(word);
    arguments().iter().any(|argument| {
        if let Some(long) = name.strip_prefix("--") {
            return argument.get_long() == Some(long);
        }
        let letters = name.strip_prefix('-').unwrap_or_default();
        argument.get_short().is_some_and(|short| letters.contains(short))
    })
}

/// Reads targets and options.
///
/// # Errors
/// Exit 2: a word that is no target, a value that is none, a filter that would take a scope apart.
pub(crate) fn read(matches: &ArgMatches, signal_given: bool) -> Result<Wanted, Failure> {
    let is_set = |name| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
    let options = PatternOptions { ignore_case: is_set("ignore-case"), whole: is_set("whole"), full: is_set("full") };
    let mut targets = Vec::new();
    for word in matches.try_get_many::<OsString>("targets").ok().flatten().unwrap_or_default() {
        targets.push(Target::parse(word, signal_given, options)?);
    }
    for text in strings(matches, "regexp") {
        targets.push(pattern(text, options)?);
    }
    for path in matches.try_get_many::<OsString>("pidfile").ok().flatten().unwrap_or_default() {
        if path.is_empty() {
            return Err(Failure::usage("-F needs the path of a pid file, and got an empty word (an unset variable?)"));
        }
        targets.push(Target::PidFile(PathBuf::from(path)));
    }
    let wanted = Wanted {
        targets,
        filter: filter(matches)?,
        inverse: is_set("inverse"),
        pick: match (is_set("newest"), is_set("oldest")) {
            (true, _) => Some(Pick::Newest),
            (_, true) => Some(Pick::Oldest),
            _ => None,
        },
        ignore_case: options.ignore_case,
    };
    check(&wanted, options)?;
    Ok(wanted)
}

/// Refuses what does not go together.
fn check(wanted: &Wanted, options: PatternOptions) -> Result<(), Failure> {
    let has = |wants: fn(&Target) -> bool| wanted.targets.iter().any(wants);
    let has_pattern = has(|target| matches!(target, Target::Pattern(_)));
    if !has_pattern && options.whole && has(|target| matches!(target, Target::Name(_))) {
        return Err(Failure::usage("-x is for regular expressions, and a plain name is matched exactly without it"));
    }
    if !has_pattern && (options.full || options.whole) {
        let letter = if options.full { "-f" } else { "-x" };
        return Err(Failure::usage(format!("{letter} is for regular expressions, and there is none: -e RE or /RE/")));
    }
    if options.ignore_case && !has_pattern && !has(|target| matches!(target, Target::Name(_))) {
        return Err(Failure::usage("-i is for names and regular expressions, and there is none"));
    }
    if wanted.pick.is_some() && wanted.targets.is_empty() && wanted.filter.is_empty() {
        return Err(Failure::usage("--newest and --oldest choose among what is selected: name that as well"));
    }
    let narrows = !wanted.filter.is_empty() || wanted.inverse || wanted.pick.is_some();
    if let Some(scope) = wanted.targets.iter().find(|target| target.is_scope())
        && narrows
    {
        return Err(Failure::usage(format!(
            "{scope} is signalled as a whole, and filters would take it apart: -g, --session, -P and --cgroup select \
             members one by one"
        )));
    }
    let by_number = |target: &&Target| !matches!(target, Target::Name(_) | Target::Pattern(_) | Target::Executable(_));
    if let Some(target) = wanted.targets.iter().find(by_number)
        && wanted.inverse
    {
        return Err(Failure::usage(format!("--inverse is for names, patterns and filters, not for {target}")));
    }
    Ok(())
}

fn strings<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a String> {
    matches.try_get_many::<String>(name).ok().flatten().unwrap_or_default()
}

/// The values of an option, those of one word parted by commas.
fn parted<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a str> {
    strings(matches, name).flat_map(|text| text.split(','))
}

fn filter(matches: &ArgMatches) -> Result<Filter, Failure> {
    let text = |name| matches.try_get_one::<String>(name).ok().flatten();
    Ok(Filter {
        parents: numbers(matches, "parent", "-P", Pid::new)?,
        groups: numbers(matches, "pgroup", "-g", GroupId::new)?,
        sessions: numbers(matches, "session", "--session", SessionId::new)?,
        terminals: parted(matches, "terminal").map(terminal).collect::<Result<_, _>>()?,
        older: text("older").map(|text| older(text)).transpose()?,
        states: text("runstates").map_or(Ok(Vec::new()), |text| states(text))?,
        effective_users: ids(matches, "euid", "-u", "user", Users::read)?,
        real_users: ids(matches, "uid", "-U", "user", Users::read)?,
        real_user_groups: ids(matches, "group", "-G", "group of users", groups_of_users)?,
        cgroups: parted(matches, "cgroup").map(cgroup).collect::<Result<_, _>>()?,
        namespaces: text("ns").map(|text| namespaces(text)).transpose()?,
        environment: strings(matches, "env").map(|text| variable(text)).collect::<Result<_, _>>()?,
    })
}

/// Numbers from 1 up: 0 would be sigpost's own, and an empty word is an unset variable.
fn numbers<T>(matches: &ArgMatches, name: &str, option: &str, number: fn(i32) -> Option<T>) -> Result<Vec<T>, Failure> {
    let read = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let value = if digits { text.parse().ok().and_then(number) } else { None };
        value.ok_or_else(|| Failure::usage(format!("{option} takes numbers from 1 up, not `{text}`")))
    };
    parted(matches, name).map(read).collect()
}

/// Users or groups of users, by name or number.
fn ids(matches: &ArgMatches, name: &str, option: &str, what: &str, known: fn() -> Users) -> Result<Vec<u32>, Failure> {
    let mut names = None;
    let mut read = |text: &str| {
        if let Ok(number) = text.parse()
            && text.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Ok(number);
        }
        let id = names.get_or_insert_with(known).id(text);
        id.ok_or_else(|| Failure::usage(format!("{option}: there is no {what} `{text}`; a number is taken as it is")))
    };
    let mut ids = Vec::new();
    for text in parted(matches, name) {
        ids.push(read(text)?);
    }
    Ok(ids)
}

fn terminal(name: &str) -> Result<i32, Failure> {
    if name == "none" {
        return Ok(0);
    }
    let number = if name.is_empty() { Err(rustix::io::Errno::NOENT.raw_os_error()) } else { filter::terminal(name) };
    number.map_err(|number| {
        let cause = std::io::Error::from_raw_os_error(number);
        Failure::usage(format!("-t: `{name}` is no terminal ({cause}); `ps -e -o tty` shows their names"))
    })
}

fn older(text: &str) -> Result<Duration, Failure> {
    duration::parse(text).map_err(|expected| Failure::usage(format!("-O does not take `{text}`: {expected}")))
}

fn states(text: &str) -> Result<Vec<State>, Failure> {
    let state = |letter: u8| match State::from_letter(letter) {
        State::Other(_) => {
            let letter = char::from(letter).escape_default();
            Err(Failure::usage(format!("--runstates: `{letter}` is no state; the letters are D I R S T t X Z")))
        }
        state => Ok(state),
    };
    if text.is_empty() {
        return Err(Failure::usage("--runstates needs letters: D I R S T t X Z"));
    }
    text.bytes().filter(|letter| *letter != b',').map(state).collect()
}

fn cgroup(path: &str) -> Result<String, Failure> {
    if path.starts_with('/') {
        Ok(path.to_owned())
    } else {
        Err(Failure::usage(format!(
            "--cgroup takes paths that begin with /, not `{path}`; /proc/PID/cgroup shows them"
        )))
    }
}

fn namespaces(text: &str) -> Result<Namespaces, Failure> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let pid = if digits { text.parse().ok().and_then(Pid::new) } else { None };
    let pid = pid.ok_or_else(|| Failure::usage(format!("--ns takes the number of a process, not `{text}`")))?;
    let process = Process::open(pid).map_err(|error| Failure::usage(format!("--ns: {error}")))?;
    Namespaces::of(&process).map_err(|error| {
        Failure::usage(format!("--ns: the namespaces of process {pid} cannot be read ({error}); root can"))
    })
}

fn variable(text: &str) -> Result<Vec<u8>, Failure> {
    if text.is_empty() || text.starts_with('=') {
        return Err(Failure::usage(format!("--env takes NAME or NAME=VALUE, not `{text}`")));
    }
    Ok(text.as_bytes().to_vec())
}
