//! The options of `watch`.

use core::time::Duration;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use sigpost_engine::{Pid, Signal};
use sigpost_linux::watch::{Asked, Ends, Way};

use super::filter::{self, Filter};
use crate::command_line::duration;
use crate::failure::Failure;

/// What is to be done.
pub(super) struct Order {
    pub(super) asked: Asked,
    pub(super) filter: Filter,
    pub(super) json: bool,
    pub(super) limit: Option<Duration>,
    pub(super) until_exit: Option<Pid>,
    pub(super) page: Option<PathBuf>,
}

impl Order {
    /// The option that names a process by its number, if there is one.
    pub(super) fn by_number(&self) -> Option<&'static str> {
        if self.until_exit.is_some() { Some("--until-exit") } else { self.filter.by_number() }
    }
}

/// MiB of room for what is not told yet: four million records. They are taken when they are needed.
const ROOM: u64 = 512;

/// The verb's arguments.
pub(crate) fn definition() -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
    let option = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(name).long(name).value_name(value).help(help)
    };
    let list = |name, value, help| option(name, value, help).action(ArgAction::Append);
    Command::new("watch")
        .bin_name("sigpost watch")
        .about("Show live who sends what to whom, and what became of it, on the whole machine")
        .long_about(
            "Show live every signal that is generated on the machine: when, by whom, how, for whom, and what became \
             of it; and the processes that a signal ended. Nobody is signalled, and nothing is changed that others \
             could see. Takes CAP_BPF and CAP_PERFMON.",
        )
        .override_usage("sigpost watch [OPTION]...")
        .arg(list("signal", "SIG,...", "Only these signals, by name or number").short('s'))
        .arg(list("from", "WHO,...", "Only what this process (1234) or command (NAME) sends"))
        .arg(list("to", "WHO,...", "Only what is for this process or command"))
        .arg(list("user", "USER,...", "Only where sender or target has this real user").short('u'))
        .arg(list("cgroup", "PATH,...", "Only where sender or target is in this cgroup or below it"))
        .arg(flag("children", "Also the CHLD that tell parents of their children's ends and stops"))
        .arg(flag("deliver", "Also when each signal is taken, by whom, and how long it waited"))
        .arg(
            option("until-exit", "PID", "Only what is for this process, until it ends: how, and who did it")
                .value_parser(value_parser!(i32).range(1..))
                .conflicts_with_all(["from", "to", "user", "cgroup", "signal"]),
        )
        .arg(option("for", "TIME", "End after this time: 10s, 500ms, 2m").value_parser(duration::parse))
        .arg(
            option("html", "FILE", "At the end write the signals to a page with a timeline")
                .value_parser(value_parser!(PathBuf)),
        )
        .arg(
            option("room", "MIB", "Memory for signals that are not told yet, taken when needed: a million take 128")
                .value_parser(value_parser!(u64).range(1..=4096)),
        )
        .arg(
            option("by", "WAY", "How the kernel tells: programs (the whole), or records (perf; less, see the page)")
                .value_parser(PossibleValuesParser::new(["programs", "records"])),
        )
        .arg(flag("json", "Print JSON lines instead of columns"))
        .arg(option("color", "WHEN", "Colour the output").value_parser(["auto", "always", "never"]))
        .after_long_help(
            "Ctrl-C ends it. The last line tells how many signals there were, and how many were lost.\n\nExit \
             status:\n  0    the time is over, or the process has ended\n  1    with --until-exit: no such process\n  \
             2    wrong arguments\n  3    the kernel does not let us watch\n  124  with --until-exit and --for: it is \
             alive",
        )
}

/// Reads the arguments.
///
/// # Errors
/// Exit 2: a value that is none.
pub(super) fn read(matches: &ArgMatches) -> Result<Order, Failure> {
    let until_exit = matches.get_one::<i32>("until-exit").copied();
    let room = matches.get_one::<u64>("room").copied().unwrap_or(ROOM) << 20;
    let signals = filter::signals(matches)?;
    let names_child = matches.contains_id("signal") && signals & Signal::CHLD.bit() != 0;
    Ok(Order {
        asked: Asked {
            signals,
            children: matches.get_flag("children") || names_child,
            taken: matches.get_flag("deliver"),
            ends: until_exit.map_or(Ends::BySignal, Ends::Also),
            room: usize::try_from(room).unwrap_or(usize::MAX),
            way: match matches.get_one::<String>("by").map(String::as_str) {
                Some("programs") => Way::Programs,
                Some("records") => Way::Records,
                _ => Way::Any,
            },
        },
        filter: Filter::read(matches)?,
        json: matches.get_flag("json"),
        limit: matches.get_one::<Duration>("for").copied(),
        until_exit: until_exit.and_then(Pid::new),
        page: matches.get_one::<PathBuf>("html").cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_children_are_told_to_those_who_ask_for_them_or_for_their_signal() {
        let children = |words: &[&str]| {
            let words = ["watch"].iter().chain(words);
            read(&definition().try_get_matches_from(words).unwrap()).map(|order| order.asked.children)
        };
        let cases: [(&[&str], bool); 5] = [
            (&[], false),
            (&["--children"], true),
            (&["--signal", "CHLD"], true),
            (&["--signal", "TERM,CHLD"], true),
            (&["--signal", "TERM"], false),
        ];
        for (words, expected) in cases {
            assert_eq!(children(words), Ok(expected), "{words:?}");
        }
    }
}
