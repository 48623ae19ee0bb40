//! The one definition of verbs and options: parser, help, manual pages and completions are made from it.

use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, ValueParser};
use clap::{Arg, ArgAction, Command, value_parser};
use sigpost_engine::personality;

use super::verb::Verb;
use super::{duration, selecting};
use crate::exit::Exit;
use crate::target::FORMS;

const ABOUT: &str = "Send signals on Linux, with a receipt for every target";

const LONG_ABOUT: &str = "\
Send signals on Linux, with a receipt for every target: who got the signal, who \
refused it, and what it did there.

Without a verb it is a send, if the first argument is a signal (sigpost -9 4711) \
or every target is a number or a prefixed form (sigpost 4711 g:4800). A bare word \
in first place must be a verb.";

const EXAMPLES: &str = "\
Examples:
  sigpost demo                what receipts are, on a family of its own: safe
  sigpost explain -HUP nginx  what would happen, and by which rule; not sent
  sigpost send -HUP nginx     the same, sent
  sigpost -TERM g:4800        a whole process group, in one call of the kernel
  sigpost -9 4711:1937707     that very process, never another of that number
  sigpost ls -l 4711          what it catches, ignores, blocks; what is pending
  sigpost signals 0x4002      the signals of a mask, as in /proc/PID/status";

const NAMES: &str = "\
Drop-in names:
  kill, pkill, pgrep, pidwait, killall: called by one of these names, or with it
  as the verb, sigpost takes the options of that tool and answers as it does;
  `sigpost install-names DIR` makes the links";

/// The whole tree, for the help, the manual pages and the completions.
pub(crate) fn whole() -> Command {
    Command::new("sigpost")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .max_term_width(WIDEST)
        .override_usage("sigpost VERB [OPTION]... [TARGET]...\n       sigpost [-SIG] TARGET...")
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .subcommand_help_heading("Verbs")
        .subcommand_value_name("VERB")
        .after_help(
            "`sigpost help VERB` has the options; `sigpost --help` targets, statuses, examples\n\
             `sigpost install-names DIR` links kill, pkill, pgrep, pidwait, killall to sigpost",
        )
        .after_long_help(format!("{FORMS}\n\n{}\n\n{EXAMPLES}\n\n{NAMES}", Exit::TABLE))
        .subcommands(Verb::ALL.map(Verb::definition))
}

/// Help is no wider than this, however wide the terminal.
const WIDEST: usize = 100;

/// One verb.
fn verb(verb: Verb, about: &'static str) -> Command {
    let name = verb.name();
    Command::new(name).bin_name(format!("sigpost {name}")).about(about).max_term_width(WIDEST)
}

/// `sigpost send`.
pub(crate) fn send() -> Command {
    let about = "Send a signal (TERM unless named), a receipt line for each target";
    sending(verb(Verb::Send, about))
        .arg(
            flag("dry-run", "Stop before the send: what would happen (as `sigpost explain`; for pkill's -n: --newest)")
                .short('n'),
        )
        .arg(quiet().help("Print no receipts and take the cheapest way; the exit status tells"))
        .args(waiting())
        .after_long_help(format!("{FORMS}\n\n{}", Exit::TABLE))
}

/// `sigpost explain`.
pub(crate) fn explain() -> Command {
    let about = "Tell what a signal would do, and by which rule; nothing is sent";
    let systems = personality::ALL.map(|rules| rules.name);
    let rules = option("rules", "SYSTEM", "Tell it by the rules of another system than Linux")
        .value_parser(PossibleValuesParser::new(systems));
    sending(verb(Verb::Explain, about)).arg(rules).after_long_help(format!("{FORMS}\n\n{}", Exit::TABLE))
}

/// What `send` and `explain` share.
fn sending(command: Command) -> Command {
    let usage = format!("{} [-SIG] [OPTION]... TARGET...", command.get_bin_name().unwrap_or("sigpost"));
    command
        .override_usage(usage)
        .arg(targets().allow_negative_numbers(true))
        .arg(
            option("signal", "SIG", "The signal, by name or number; -TERM, -9 or -RTMIN+3 alone say the same")
                .short('s')
                .allow_negative_numbers(true)
                .value_parser(ValueParser::string()),
        )
        .arg(
            option("value", "N", "A number that goes with the signal, as sigqueue(3) sends it")
                .allow_negative_numbers(true)
                .value_parser(whole_number),
        )
        .arg(option("max", "N", "Send nothing if more than N processes are selected").value_parser(count))
        .arg(flag("all-or-none", "Send nothing if any target would be refused (exit status 4)"))
        .arg(flag("atomic", "Send nothing where a target would have to be signalled one process after the other"))
        .arg(flag("require-handler", "Send only to processes that have a handler for it; the others are skipped"))
        .arg(flag("ask", "Ask at the terminal before anything is sent: about all of them, or about each by itself"))
        .arg(flag("broadcast", "Everyone, with no target; with one, let it be one that may reach nearly everyone"))
        .arg(flag("allow-init", "Let a target be process 1, or its group"))
        .arg(flag("include-self", "Let a group, session or cgroup be one that holds sigpost itself or an ancestor"))
        .arg(flag("include-ancestors", "Select also sigpost itself and its ancestors, by whatever is no number"))
        .args(output())
        .args(selecting::arguments())
}

/// `sigpost end`.
pub(crate) fn end() -> Command {
    let about = "TERM and CONT, time to obey, then KILL; tell each one's end";
    sending(verb(Verb::End, about))
        .arg(
            option("grace", "TIME", "How long they have to obey before KILL: 10s (the default), 500ms, 2m")
                .value_parser(duration::parse),
        )
        .arg(flag("dry-run", "Stop before the send: what the first signal would do").short('n'))
        .arg(who())
        .arg(quiet())
        // All in one go: to change one by its name moves all others.
        .mut_args(|argument| match argument.get_id().as_str() {
            "value" | "all-or-none" | "atomic" | "require-handler" => argument.hide(true),
            "signal" => argument.help("The signal that asks first, instead of TERM; -INT alone says the same"),
            "verbose" => argument.help("Also the inode, and when each signal was sent"),
            _ => argument,
        })
        .after_long_help(format!("{FORMS}\n\n{}", Exit::TABLE_OF_ENDS))
}

/// `sigpost wait`.
pub(crate) fn wait() -> Command {
    verb(Verb::Wait, "Wait until targets are gone; tell how each ended, where known")
        .override_usage("sigpost wait [OPTION]... TARGET...")
        .arg(targets())
        .args(selecting::arguments())
        .arg(timeout())
        .arg(who())
        .arg(quiet())
        .args(output())
        .mut_arg("verbose", |verbose| verbose.help("Also the inode"))
        .after_long_help(format!("{FORMS}\n\n{}", Exit::TABLE_OF_ENDS))
}

/// `sigpost why`.
pub(crate) fn why() -> Command {
    verb(Verb::Why, "Tell why a process is still alive, and what would end it")
        .override_usage("sigpost why [OPTION]... TARGET...")
        .arg(targets())
        .args(selecting::arguments())
        .arg(
            option("watch", "TIME", "First watch for this time, and tell what was sent to it, by whom")
                .value_parser(duration::parse),
        )
        .arg(json())
        .arg(colour())
        .after_long_help(format!(
            "{FORMS}\n\nExit status:\n  0    the targets are there, and it is told\n  1    no such process"
        ))
}

/// `sigpost tree`.
pub(crate) fn tree() -> Command {
    verb(Verb::Tree, "Show sessions, groups, processes, and what they do about signals")
        .override_usage("sigpost tree [OPTION]... [TARGET]...")
        .arg(targets())
        .args(selecting::arguments())
        .arg(colour())
        .after_long_help(format!("{FORMS}\n\nWith targets: the sessions that they are in, whole. Without: everyone."))
}

/// `sigpost ls`.
pub(crate) fn ls() -> Command {
    verb(Verb::Ls, "List what is selected, and what it catches, ignores, blocks")
        .override_usage("sigpost ls [OPTION]... TARGET...")
        .arg(targets())
        .args(selecting::arguments())
        .arg(flag("long", "Also the inode, realtime signals, what is pending, and the sets as 64 bits").short('l'))
        .arg(json())
        .arg(colour())
        .after_long_help(FORMS)
}

/// `sigpost signals`.
pub(crate) fn signals() -> Command {
    verb(Verb::Signals, "List the signals: number, name, default action, what it is for").arg(
        Arg::new("which")
            .value_name("NUMBER|NAME|0xMASK")
            .help("One signal, or the members of a mask: 0x4002, or 16 digits as /proc/PID/status prints it")
            .value_parser(ValueParser::string()),
    )
}

/// `sigpost demo`.
pub(crate) fn demo() -> Command {
    verb(Verb::Demo, "Signal a small family of its own, to show what receipts are")
        .long_about(
            "Signal a small family of its own, started in a process group of its own, and print for each member what \
             was predicted and what the kernel shows afterwards. Safe anywhere, needs no privileges, ends by itself.",
        )
        .arg(flag("swap", "Let the member that ignores the signal handle it instead, and the other way round"))
        .arg(colour())
        .after_long_help(
            "Exit status:\n  0    prediction and observation agree for every member\n  1    they differ: the \
             member is named\n  3    the family could not be started",
        )
}

/// `sigpost completions`.
pub(crate) fn completions() -> Command {
    verb(Verb::Completions, "Print the completion script for a shell").arg(
        Arg::new("shell")
            .value_name("SHELL")
            .required(true)
            .help("Which shell the script is for")
            .value_parser(value_parser!(clap_complete::Shell)),
    )
}

/// `sigpost install-names`, which people need once: the help names it at its end.
pub(crate) fn install_names() -> Command {
    let about = "Link kill, pkill, pgrep, pidwait and killall in a folder to sigpost";
    verb(Verb::InstallNames, about).hide(true).arg(
        Arg::new("dir")
            .value_name("DIR")
            .required(true)
            .help("The folder: one that stands before the others in PATH")
            .value_parser(value_parser!(std::path::PathBuf)),
    )
}

/// `sigpost man`.
pub(crate) fn man() -> Command {
    let verbs = Verb::ALL.map(Verb::name);
    verb(Verb::Man, "Print the manual page, as roff: sigpost man | man -l -").arg(
        Arg::new("verb")
            .value_name("VERB")
            .help("The page of this verb instead of the one of the whole command")
            .value_parser(PossibleValuesParser::new(verbs)),
    )
}

fn targets() -> Arg {
    Arg::new("targets")
        .value_name("TARGET")
        .help("1234, 1234:INODE, g:1234, s:1234, t:1234, c:/path, :8080, a command name, /path, /RE/")
        .action(ArgAction::Append)
        .value_parser(value_parser!(OsString))
}

fn output() -> [Arg; 3] {
    let verbose = flag("verbose", "Also the inode, the way it was sent, the evidence, and the rule").short('v');
    [json(), verbose, colour()]
}

/// What `send` waits for.
fn waiting() -> [Arg; 3] {
    let wait = flag("wait", "Wait until the targets are gone, and tell how each ended").short('w');
    let then = option("then", "SIG@TIME", "Send this to those that are alive then (KILL@5s); repeatable; waits")
        .action(ArgAction::Append)
        .value_parser(duration::parse_step);
    [wait, timeout(), then]
}

/// What fits into `si_value`.
fn whole_number(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| String::from("a whole number, from -2147483648 to 2147483647"))
}

/// A number of processes.
fn count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| String::from("a number from 0 up"))
}

fn timeout() -> Arg {
    option("timeout", "TIME", "Wait no longer than this: 10s, 500ms, 2m; exit status 124 if some are alive then")
        .value_parser(duration::parse)
}

fn who() -> Arg {
    flag("who", "Watch meanwhile, and tell who ended each (takes CAP_BPF and CAP_PERFMON)")
}

fn quiet() -> Arg {
    flag("quiet", "Print nothing; the exit status tells").short('q').conflicts_with_all(["json", "verbose"])
}

fn json() -> Arg {
    flag("json", "Print JSON lines instead of columns")
}

fn colour() -> Arg {
    option("color", "WHEN", "Colour the output").value_parser(["auto", "always", "never"])
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).help(help).action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}
