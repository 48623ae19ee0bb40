//! The arguments of the verbs that send and list, read once and typed.

use core::time::Duration;

use clap::ArgMatches;
use sigpost_engine::{Personality, Signal, personality};
use sigpost_linux::send::Order;

use super::selecting::{self, Wanted};
use super::signal_word::{self, Chosen};
use crate::failure::Failure;
use crate::send::waiting::Waiting;

/// What `send` and `explain` were asked.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Sending {
    /// The signal; `None` is the null signal.
    pub(crate) signal: Option<Signal>,
    /// Whom; empty only with `broadcast`.
    pub(crate) targets: Wanted,
    /// The number that goes with the signal.
    pub(crate) value: Option<i32>,
    /// Stop before the send.
    pub(crate) dry_run: bool,
    /// Everyone; or, with targets, those that may reach nearly everyone.
    pub(crate) broadcast: bool,
    /// Process 1 may be a target.
    pub(crate) allow_init: bool,
    /// A group may hold sigpost or an ancestor.
    pub(crate) include_self: bool,
    /// A name may select sigpost or an ancestor.
    pub(crate) include_ancestors: bool,
    /// Nothing is sent where there is no atomic way.
    pub(crate) atomic: bool,
    /// Nothing is sent if anyone would be refused.
    pub(crate) all_or_none: bool,
    /// Only who has a handler for it gets it.
    pub(crate) require_handler: bool,
    /// The person at the terminal is asked first.
    pub(crate) ask: bool,
    /// Nothing is sent to more than this many.
    pub(crate) max: Option<usize>,
    /// Another system's rules than Linux's: only to explain.
    pub(crate) rules: Option<&'static Personality>,
    /// Until when the targets are waited for.
    pub(crate) waiting: Option<Waiting>,
    /// `-n` was said of processes that are not named by number: pkill's is the newest of these.
    pub(crate) newest_may_be_meant: bool,
    /// How it is told.
    pub(crate) output: Output,
}

/// How the receipts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// Not at all.
    Quiet,
    /// A line each.
    Lines,
    /// A line each, with everything that is known.
    Verbose,
    /// JSON lines.
    Json,
}

impl Sending {
    /// Reads the arguments of `send`, or of `explain`.
    ///
    /// # Errors
    /// Exit 2: a word that is no target, no target at all, an unknown signal.
    pub(crate) fn read(explain: bool, word: Option<Chosen>, matches: &ArgMatches) -> Result<Self, Failure> {
        let option = matches.get_one::<String>("signal").map(|text| signal_word::parse(text)).transpose()?;
        let given = word.or(option);
        let targets = selecting::read(matches, given.is_some())?;
        let broadcast = matches.get_flag("broadcast");
        if targets.is_empty() && !broadcast {
            return Err(no_target(given));
        }
        if matches.get_flag("require-handler") {
            check_require_handler(&targets, given)?;
        }
        if broadcast && !targets.is_empty() && !targets.may_be_everyone() {
            return Err(Failure::usage(
                "--broadcast and TARGET exclude each other, unless the target may reach nearly everyone (t:, c:/, \
                 --inverse)",
            ));
        }
        let names_by_more_than_numbers = targets.are_found_by_a_scan();
        Ok(Self {
            signal: given.map_or(Some(Signal::TERM), |chosen| chosen.0),
            targets,
            value: matches.get_one("value").copied(),
            dry_run: explain || matches.get_flag("dry-run"),
            broadcast,
            allow_init: matches.get_flag("allow-init"),
            include_self: matches.get_flag("include-self"),
            include_ancestors: matches.get_flag("include-ancestors"),
            atomic: matches.get_flag("atomic"),
            all_or_none: matches.get_flag("all-or-none"),
            require_handler: matches.get_flag("require-handler"),
            ask: matches.get_flag("ask"),
            max: matches.get_one("max").copied(),
            rules: if explain { rules(matches) } else { None },
            waiting: if explain { None } else { waiting(matches) },
            newest_may_be_meant: !explain && matches.get_flag("dry-run") && names_by_more_than_numbers,
            output: output(matches),
        })
    }
}

impl Sending {
    /// What the library is to do.
    pub(crate) fn order(&self) -> Order {
        Order {
            signal: self.signal,
            value: self.value,
            dry_run: self.dry_run,
            inodes: self.dry_run || matches!(self.output, Output::Verbose | Output::Json),
            rules: self.rules,
        }
    }

    /// Whether one call for everyone is meant.
    pub(crate) fn is_to_everyone(&self) -> bool {
        self.broadcast && self.targets.is_empty()
    }
}

/// `--timeout` and `--then` wait, too. The verb `end` has none of the three.
fn waiting(matches: &ArgMatches) -> Option<Waiting> {
    let is_asked_for = matches.try_get_one("wait").ok().flatten().copied().unwrap_or(false);
    let timeout: Option<Duration> = matches.try_get_one("timeout").ok().flatten().copied();
    let then: Vec<(Signal, Duration)> =
        matches.try_get_many("then").ok().flatten().unwrap_or_default().copied().collect();
    (is_asked_for || timeout.is_some() || !then.is_empty()).then_some(Waiting { timeout, then })
}

/// Handlers are asked of processes one by one, and for a signal.
fn check_require_handler(targets: &Wanted, given: Option<Chosen>) -> Result<(), Failure> {
    if given == Some(Chosen(None)) {
        return Err(Failure::usage("--require-handler: nobody has a handler for the null signal"));
    }
    let whole = match targets.targets.iter().find(|target| target.is_scope()) {
        Some(scope) => scope.to_string(),
        None if targets.is_empty() => "everyone".to_owned(),
        None => return Ok(()),
    };
    Err(Failure::usage(format!(
        "{whole} is signalled as a whole, and --require-handler would take it apart: -g, --session, -P and --cgroup select \
         members one by one"
    )))
}

fn rules(matches: &ArgMatches) -> Option<&'static Personality> {
    let name = matches.get_one::<String>("rules")?;
    personality::ALL.into_iter().find(|rules| rules.name == name)
}

/// How it is told; a verb without one of the options is told as if it was not given.
pub(crate) fn output(matches: &ArgMatches) -> Output {
    let is_set = |name| matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false);
    if is_set("json") {
        Output::Json
    } else if is_set("verbose") {
        Output::Verbose
    } else if is_set("quiet") {
        Output::Quiet
    } else {
        Output::Lines
    }
}

/// The targets among the arguments of a verb without a signal, in their order, and what narrows them.
///
/// # Errors
/// Exit 2: a word that is no target, a value that is none.
pub(crate) fn targets(matches: &ArgMatches) -> Result<Wanted, Failure> {
    selecting::read(matches, false)
}

/// The same for a verb that needs one.
///
/// # Errors
/// Exit 2: as of [`targets`]; there is none.
pub(crate) fn some_targets(matches: &ArgMatches) -> Result<Wanted, Failure> {
    let wanted = targets(matches)?;
    if wanted.is_empty() { Err(Failure::usage(format!("no target: {TARGETS}"))) } else { Ok(wanted) }
}

/// What can be named as a target, most often.
const TARGETS: &str = "name a process (1234), a group (g:1234) or a command (NAME)";

/// No target was named. `sigpost -1` must say how it was read: as HUP, not as everyone.
fn no_target(given: Option<Chosen>) -> Failure {
    let after = match given {
        None => String::new(),
        Some(Chosen(None)) => " after the null signal".to_owned(),
        Some(Chosen(Some(signal))) => format!(" after the signal {signal}"),
    };
    Failure::usage(format!("no target{after}: {TARGETS}; for everyone: --broadcast"))
}

/// Obeys `--color`, for everything that is printed from here on. Without it colour is for terminals, unless
/// `NO_COLOR` is set.
pub(crate) fn choose_colour(matches: &ArgMatches) {
    let choice = match matches.try_get_one::<String>("color").ok().flatten().map(String::as_str) {
        Some("always") => anstream::ColorChoice::Always,
        Some("never") => anstream::ColorChoice::Never,
        _ => return,
    };
    choice.write_global();
}
