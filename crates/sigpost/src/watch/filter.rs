//! Which of the signals that are seen are shown.

use std::collections::HashSet;

use clap::ArgMatches;
use sigpost_engine::Signal;
use sigpost_linux::Cgroup;
use sigpost_linux::ExitStatus;
use sigpost_linux::user::Users;
use sigpost_linux::watch::{Ended, Generated, Party};

use crate::command_line::signal_word;
use crate::failure::Failure;

/// What the options ask for; all of it.
#[derive(Debug, Default)]
pub(super) struct Filter {
    signals: u64,
    from: Vec<Who>,
    to: Vec<Who>,
    users: Vec<u32>,
    cgroups: Vec<Cgroup>,
    /// The numbers of those and all below them, and the numbers that are known to be none of them.
    inside: HashSet<u64>,
    outside: HashSet<u64>,
}

/// A process by number, or by command name.
#[derive(Debug, PartialEq, Eq)]
enum Who {
    Pid(u32),
    Name(Vec<u8>),
}

impl Who {
    fn parse(text: &str, option: &str) -> Result<Self, Failure> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match (text.is_empty(), digits, text.parse()) {
            (true, ..) => {
                Err(Failure::usage(format!("{option} takes a process (1234) or a command name, not nothing")))
            }
            (_, true, Ok(1..)) => Ok(Self::Pid(text.parse().unwrap_or(0))),
            (_, true, _) => Err(Failure::usage(format!("{option}: {text} is no process"))),
            // The kernel keeps no more of a name.
            _ => Ok(Self::Name(text.bytes().take(15).collect())),
        }
    }

    fn is(&self, party: &Party) -> bool {
        match self {
            Self::Pid(pid) => *pid == party.pid,
            Self::Name(name) => name == party.comm.as_bytes(),
        }
    }
}

fn parted<'a>(matches: &'a ArgMatches, name: &str) -> impl Iterator<Item = &'a str> {
    matches.get_many::<String>(name).unwrap_or_default().flat_map(|text| text.split(','))
}

/// The signals that are asked for; all, if none is named.
///
/// # Errors
/// Exit 2: no signal of that name; the null signal, which leaves no trace.
pub(super) fn signals(matches: &ArgMatches) -> Result<u64, Failure> {
    let mut set = 0;
    for text in parted(matches, "signal") {
        match signal_word::parse(text)?.0 {
            Some(signal) => set |= Signal::bit(signal),
            None => return Err(Failure::usage("the null signal is not generated: nothing of it could be seen")),
        }
    }
    Ok(if set == 0 { u64::MAX } else { set })
}

impl Filter {
    /// Reads the options.
    ///
    /// # Errors
    /// Exit 2: no process, user or cgroup of that name.
    pub(super) fn read(matches: &ArgMatches) -> Result<Self, Failure> {
        let who = |name, option| parted(matches, name).map(|text| Who::parse(text, option)).collect::<Result<_, _>>();
        let users = Users::read();
        let user = |text: &str| match text.parse::<u32>().ok().or_else(|| users.id(text)) {
            Some(uid) => Ok(uid),
            None => Err(Failure::usage(format!("--user: there is no user `{text}`"))),
        };
        let cgroup = |text: &str| Cgroup::open(text).map_err(|error| Failure::usage(format!("--cgroup: {error}")));
        Ok(Self {
            signals: signals(matches)?,
            from: who("from", "--from")?,
            to: who("to", "--to")?,
            users: parted(matches, "user").map(user).collect::<Result<_, _>>()?,
            cgroups: parted(matches, "cgroup").map(cgroup).collect::<Result<_, _>>()?,
            ..Self::default()
        })
    }

    /// The option that names a process by its number, if there is one.
    pub(super) fn by_number(&self) -> Option<&'static str> {
        let is_number = |who: &Who| matches!(who, Who::Pid(_));
        let both = [("--from", &self.from), ("--to", &self.to)];
        both.into_iter().find(|(_, who)| who.iter().any(is_number)).map(|(option, _)| option)
    }

    /// Whether a signal is asked for. Where no sender is known, `--from` did not ask for it.
    pub(super) fn passes(&mut self, generated: &Generated) -> bool {
        self.is_about(generated.sender.as_ref(), &generated.target)
    }

    /// Whether an end is, caused by this signal.
    pub(super) fn passes_end(&mut self, ended: &Ended, by: Option<&Generated>) -> bool {
        let is_asked_for = match ended.status {
            ExitStatus::Signalled { signal, .. } => signal.bit() & self.signals != 0,
            ExitStatus::Exited(_) => true,
        };
        is_asked_for && self.is_about(by.and_then(|by| by.sender.as_ref()), &ended.who)
    }

    fn is_about(&mut self, sender: Option<&Party>, target: &Party) -> bool {
        let is = |wanted: &[Who], party: Option<&Party>| {
            wanted.is_empty() || party.is_some_and(|party| wanted.iter().any(|who| who.is(party)))
        };
        let parties = || sender.into_iter().chain([target]);
        let user =
            self.users.is_empty() || parties().any(|party| party.user.is_some_and(|user| self.users.contains(&user)));
        is(&self.from, sender)
            && is(&self.to, Some(target))
            && user
            && (self.cgroups.is_empty() || parties().any(|party| self.is_inside(party.cgroup)))
    }

    /// Whether a cgroup's number is that of one that is asked for, or of one below it. They are looked up when a number
    /// is new: cgroups come and go.
    fn is_inside(&mut self, number: Option<u64>) -> bool {
        let Some(number) = number else { return false };
        if self.inside.contains(&number) || self.outside.contains(&number) {
            return self.inside.contains(&number);
        }
        self.inside = self.cgroups.iter().flat_map(Cgroup::numbers).collect();
        let is_inside = self.inside.contains(&number);
        if !is_inside {
            self.outside.insert(number);
        }
        is_inside
    }
}
