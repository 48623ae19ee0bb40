//! `sigpost end`: TERM (and CONT), time to obey it, then KILL; all targets side by side, each one's end told.
//! `sigpost wait`: the same without sending anything.

use core::time::Duration;

use clap::ArgMatches;
use sigpost_engine::Signal;
use sigpost_linux::{End, Escalation};

use crate::command_line::options::{self, Output, Sending};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::guard;
use crate::render::{endings, print};
use crate::select::{ByName, Selection};
use crate::send::chosen::{self, Chosen};
use crate::send::{self, waiting};
use crate::watch::witness::Witness;

/// Runs `end`.
///
/// # Errors
/// Exit 2: something was not said aloud, and nothing was sent. Exit 3: `/proc` cannot be read.
pub(crate) fn run(sending: &Sending, matches: &ArgMatches) -> Result<Exit, Failure> {
    let first = check(sending)?;
    if sending.dry_run {
        return send::run(sending);
    }
    guard::check_words(sending)?;
    let (addressees, absent) = send::addressees(sending)?;
    if addressees.is_empty() {
        return Ok(Exit::Nothing);
    }
    send::check_selected(sending, &addressees)?;
    let Chosen { addressees, declined } = chosen::among(sending, addressees, "end")?;
    if sending.output != Output::Quiet {
        for receipt in &declined {
            print::remark(&format!("process {}: {}", receipt.pid, receipt.reason));
        }
    }
    if addressees.is_empty() {
        return Ok(Exit::Nothing);
    }
    let grace = matches.get_one::<Duration>("grace").copied().unwrap_or(Duration::from_secs(10));
    let witness = witness(matches)?;
    let ender = waiting::begin(&addressees, sending.output)?;
    let ends = waiting::run(ender, &Escalation::to_the_end(first, grace), sending.output != Output::Quiet)?;
    told(&ends, sending.output).map_err(|failure| failure.though("the signals were sent"))?;
    tell_who(&ends, witness, sending.output)?;
    Ok(exit(&ends, absent))
}

/// The signal that asks first. Refuses options of `send` that would promise something here that is not kept.
///
/// # Errors
/// Exit 2: one of those; the null signal.
pub(crate) fn check(sending: &Sending) -> Result<Signal, Failure> {
    let Some(first) = sending.signal else {
        return Err(Failure::usage("the null signal ends nobody: name the signal that asks first, or none for TERM"));
    };
    let options = [
        (sending.value.is_some(), "--value"),
        (sending.all_or_none, "--all-or-none"),
        (sending.atomic, "--atomic"),
        (sending.require_handler, "--require-handler"),
    ];
    match options.into_iter().find(|(is_given, _)| *is_given) {
        Some((_, option)) => {
            Err(Failure::usage(format!("{option} is for one signal, and `end` sends several: use send")))
        }
        None => Ok(first),
    }
}

/// Runs `wait`.
///
/// # Errors
/// Exit 2: no target, or a word that is none. Exit 3: `/proc` cannot be read.
pub(crate) fn wait(matches: &ArgMatches) -> Result<Exit, Failure> {
    let targets = options::some_targets(matches)?;
    let selection = Selection::of(&targets, ByName::NotOwnLine)?;
    selection.absent.iter().for_each(|line| print::remark(line));
    let absent = selection.absent.len();
    let addressees = selection.into_addressees();
    if addressees.is_empty() {
        return Ok(Exit::Nothing);
    }
    let output = options::output(matches);
    let limit = matches.get_one::<Duration>("timeout").copied();
    let escalation = Escalation { steps: Vec::new(), limit };
    let witness = witness(matches)?;
    let ender = waiting::begin(&addressees, output)?;
    let ends = waiting::run(ender, &escalation, output != Output::Quiet)?;
    told(&ends, output)?;
    tell_who(&ends, witness, output)?;
    Ok(exit(&ends, absent))
}

/// With `--who`: watches who ends them, from before anything is sent.
fn witness(matches: &ArgMatches) -> Result<Option<Witness>, Failure> {
    if matches.get_flag("who") { Witness::start(Vec::new()).map(Some) } else { Ok(None) }
}

/// Prints who ended each, a sentence a line, or a JSON line with that sentence.
fn tell_who(ends: &[End], witness: Option<Witness>, output: Output) -> Result<(), Failure> {
    let Some(witness) = witness else { return Ok(()) };
    let seen = witness.end()?;
    let mut text = String::new();
    for end in ends.iter().filter(|end| end.ending.is_some()) {
        let Some(sentence) = seen.end_of(end.pid.get().cast_unsigned()) else { continue };
        if output == Output::Json {
            text += &serde_json::json!({"pid": end.pid.get(), "who": sentence}).to_string();
        } else {
            text += &sentence;
        }
        text.push('\n');
    }
    if seen.lost() > 0 {
        print::remark(&format!("{} signals were not seen: who sent one may be missing", seen.lost()));
    }
    if output == Output::Quiet { Ok(()) } else { print::results(&text) }
}

/// Prints how each ended, and the summary.
fn told(ends: &[End], output: Output) -> Result<(), Failure> {
    let told = match output {
        Output::Quiet => return Ok(()),
        Output::Json => endings::json(ends).and_then(|lines| print::results(&lines)),
        Output::Lines | Output::Verbose => print::results(&endings::lines(ends, output == Output::Verbose)),
    };
    print::summary(&endings::summary(ends));
    told
}

/// Somebody alive wins over somebody who was not there.
fn exit(ends: &[End], absent: usize) -> Exit {
    if ends.iter().any(|end| end.ending.is_none()) {
        Exit::StillAlive
    } else if absent > 0 {
        Exit::Nothing
    } else {
        Exit::Done
    }
}
