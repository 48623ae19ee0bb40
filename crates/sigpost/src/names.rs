//! Drop-in names: called as `kill`, `pkill`, `pgrep`, `pidwait` or `killall` (or `sigpost kill ...`), the command takes
//! those tools' own arguments and gives their output and exit statuses, so that scripts need no change.
//!
//! `kill` is the union of procps-ng's and util-linux's. Where the documented tool has a flaw, ours has not, and
//! `docs/drop-in.md` says so, option by option. What differs from sigpost's own verbs on purpose: `kill -9 -1` is
//! everyone, and nothing needs to be said aloud, for shutdown scripts mean it.
//!
//! Each tool is a file that reads its arguments and asks `sigpost-linux` for the rest: every process is opened first,
//! read through its handle, and signalled through it; a group is signalled in one call.

mod getopt;
mod install;
mod kill;
mod killall;
mod pgrep;
mod process_text;
mod say;
mod signal_word;

pub(crate) use kill::aim::Meant;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::process::ExitCode;

pub(crate) use install::run as install;

use crate::render::escape::printable;

/// A tool whose place the command can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Kill,
    Pkill,
    Pgrep,
    Pidwait,
    Killall,
}

impl Name {
    /// Every tool, in the order of the help.
    pub(crate) const ALL: [Self; 5] = [Self::Kill, Self::Pkill, Self::Pgrep, Self::Pidwait, Self::Killall];

    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::Pkill => "pkill",
            Self::Pgrep => "pgrep",
            Self::Pidwait => "pidwait",
            Self::Killall => "killall",
        }
    }

    fn of(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|name| name.word().as_bytes() == word)
    }
}

/// Which tool, and how it was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Called {
    /// Which one.
    pub(crate) name: Name,
    /// What messages begin with that name the program as it was called: `argv[0]`.
    shown: String,
    words: Vec<OsString>,
}

/// Whether the command line, `argv[0]` included, means a tool: by the base name of `argv[0]`, or by the first word.
pub(crate) fn called(arguments: &[OsString]) -> Option<Called> {
    let (program, words) = arguments.split_first()?;
    if let Some(name) = Name::of(base_name(program)) {
        return Some(Called { name, shown: printable(program.as_bytes()), words: words.to_vec() });
    }
    let (first, words) = words.split_first()?;
    let name = Name::of(first.as_bytes())?;
    Some(Called { name, shown: name.word().to_owned(), words: words.to_vec() })
}

fn base_name(path: &OsStr) -> &[u8] {
    path.as_bytes().rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// Does what the tool would do.
pub(crate) fn run(called: &Called) -> ExitCode {
    let status = match called.name {
        Name::Kill => kill::run(called),
        Name::Pkill | Name::Pgrep | Name::Pidwait => pgrep::run(called),
        Name::Killall => killall::run(called),
    };
    match say::unwritten() {
        None => ExitCode::from(status),
        Some(why) => {
            say::error(&format!("{}: write error: {why}", called.name.word()));
            ExitCode::FAILURE
        }
    }
}

/// What the words after a tool's name mean, without a look at any process.
pub(crate) fn judge(called: &Called) -> Result<Judged, String> {
    match called.name {
        Name::Kill => kill::judge(&called.words).map(|aims| Judged::Kill(aims.unwrap_or_default())),
        Name::Pkill | Name::Pgrep | Name::Pidwait => pgrep::judge(called.name, &called.words).map(Judged::Selects),
        Name::Killall => killall::judge(&called.words).map(Judged::Selects),
    }
}

/// See [`judge`].
#[derive(Debug)]
pub(crate) enum Judged {
    /// At whom `kill` aims.
    Kill(Vec<Meant>),
    /// Whether the others ask anything of those they mean.
    Selects(bool),
}

/// What a tool says of its version: the first words are those that scripts look for.
fn version(name: Name) -> String {
    format!("{} from sigpost {}", name.word(), env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(words: &[&str]) -> Option<(Name, usize)> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        called(&words).map(|called| (called.name, called.words.len()))
    }

    #[test]
    fn the_name_it_is_called_by_counts_and_then_the_first_word() {
        assert_eq!(name_of(&["/usr/bin/pkill", "-9", "x"]), Some((Name::Pkill, 2)));
        assert_eq!(name_of(&["kill", "pkill"]), Some((Name::Kill, 1)));
        assert_eq!(name_of(&["sigpost", "killall", "x"]), Some((Name::Killall, 1)));
        assert_eq!(name_of(&["sigpost", "send", "kill"]), None);
        assert_eq!(name_of(&["skill"]), None);
        assert_eq!(name_of(&[]), None);
    }
}
