//! `sigpost send`, and `sigpost explain`, which is the same way up to the send.

mod all_or_none;
mod ask;
pub(crate) mod chosen;
mod quiet;
pub(crate) mod waiting;

use core::mem::ManuallyDrop;

use sigpost_engine::Verdict;
use sigpost_linux::selection::Next;
use sigpost_linux::send::{Addressee, Order, send};
use sigpost_linux::{Outcome, Receipt, Via};

use crate::command_line::options::{Output, Sending};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::guard;
use crate::render::{print, receipts};
use crate::select::{ByName, Selection};
use chosen::Chosen;

/// Runs the verb.
///
/// # Errors
/// Exit 2: something was not said aloud, and nothing was sent. Exit 3: `/proc` cannot be read, or the receipts cannot be
/// written; the line then says that the signal was sent.
pub(crate) fn run(sending: &Sending) -> Result<Exit, Failure> {
    guard::check_words(sending)?;
    let (addressees, absent) = addressees(sending)?;
    if addressees.is_empty() {
        return Ok(Exit::Nothing);
    }
    check_selected(sending, &addressees)?;
    let Chosen { addressees, declined } = chosen::among(sending, addressees, &deed(sending))?;
    // The kernel closes the handles with the program, all at once.
    let addressees = ManuallyDrop::new(addressees);
    let waiting = sending.waiting.as_ref().filter(|_| !sending.dry_run);
    let ender = waiting.map(|_| waiting::begin(&addressees, sending.output)).transpose()?;
    let (tally, mut receipts) = if sending.output == Output::Quiet && !sending.dry_run && !sending.all_or_none {
        (quiet::run(sending, &addressees)?, Vec::new())
    } else {
        let receipts = receipts_of(sending, &addressees)?;
        (Tally::of(&receipts), receipts)
    };
    receipts.extend(declined);
    // From here on it has been sent: whatever goes wrong with the telling, the waiting goes on, and this is said.
    let sent = tally.exit(absent);
    let told = told(sending, &receipts);
    let (exit, ends_told) = match (waiting, ender) {
        (Some(waiting), Some(ender)) => waiting::after(waiting, ender, sending.output, &receipts, sent)?,
        _ => (sent, Ok(())),
    };
    match told.and(ends_told) {
        Err(failure) if tally.sent > 0 && !sending.dry_run => Err(failure.though("the signal was sent")),
        told => told.map(|()| exit),
    }
}

/// What is asked about with `--ask`.
fn deed(sending: &Sending) -> String {
    let signal = sending.signal.map_or_else(|| "the null signal".to_owned(), |signal| signal.to_string());
    format!("send {signal} to")
}

/// Refuses more targets than `--max`.
///
/// # Errors
/// Exit 2: there are more. Exit 3: `/proc` cannot be read.
pub(crate) fn check_selected(sending: &Sending, addressees: &[Addressee]) -> Result<(), Failure> {
    if sending.max.is_none() {
        return Ok(());
    }
    let selected = send(addressees, &Order { dry_run: true, ..Order::default() });
    guard::check_count(sending, selected.map_err(|error| Failure::internal(error.to_string()))?.len())
}

/// Whom the targets select, held by handle; and how many targets select nobody, which is told.
pub(crate) fn addressees(sending: &Sending) -> Result<(Vec<Addressee>, usize), Failure> {
    if sending.is_to_everyone() {
        check_value(sending, "everyone: name the processes that should get it")?;
        return Ok((vec![Addressee::Everyone], 0));
    }
    let by_name = if sending.include_ancestors { ByName::NotInit } else { ByName::NotAncestors };
    // Without receipts nothing is read.
    let next = if sending.output == Output::Quiet { Next::Nothing } else { Next::Stat };
    let selection = Selection::for_next(&sending.targets, by_name, next)?;
    for group in &selection.groups {
        check_value(sending, "a group: name the members that should get it")?;
        guard::check_group(sending, group.id())?;
    }
    for scope in &selection.scopes {
        check_value(sending, "several: name the processes that should get it")?;
        guard::check_scope(sending, scope)?;
    }
    guard::check_found(sending, &selection.processes)?;
    for line in &selection.absent {
        print::remark(line);
    }
    let absent = selection.absent.len();
    Ok((selection.into_addressees(), absent))
}

/// The kernel has no call that sends a value to several at once.
fn check_value(sending: &Sending, to: &str) -> Result<(), Failure> {
    match sending.value {
        Some(_) => Err(Failure::usage(format!("a value cannot go with a signal to {to}"))),
        None => Ok(()),
    }
}

/// Sends, or stops before it.
fn receipts_of(sending: &Sending, addressees: &[Addressee]) -> Result<Vec<Receipt>, Failure> {
    let order = sending.order();
    if sending.all_or_none
        && let Some(receipts) = all_or_none::called_off(addressees, &order)?
    {
        return Ok(receipts);
    }
    send(addressees, &order).map_err(|error| Failure::internal(error.to_string()))
}

/// Prints receipts and summary. With a wait, JSON is printed after it: it holds how the targets ended.
///
/// # Errors
/// Exit 3: the receipts cannot be written; the summary is, on the other stream.
fn told(sending: &Sending, receipts: &[Receipt]) -> Result<(), Failure> {
    let dry_run = sending.dry_run;
    let told = match sending.output {
        Output::Quiet => return Ok(()),
        Output::Lines => print::results(&receipts::lines(receipts)),
        Output::Verbose => print::results(&receipts::verbose(receipts)),
        Output::Json if sending.waiting.is_some() && !dry_run => Ok(()),
        Output::Json => receipts::json(receipts, &[], dry_run).and_then(|lines| print::results(&lines)),
    };
    let rules = sending.rules.map_or_else(String::new, |rules| format!(" by the rules of {}", rules.name));
    let end = match (dry_run, sending.newest_may_be_meant) {
        (false, _) => "",
        (true, false) => "; nothing was sent",
        (true, true) => "; nothing was sent: -n is a dry run here (for the newest of these: --newest)",
    };
    print::summary(&(receipts::summary(receipts, &rules) + end));
    told
}

/// How many targets took the signal, refused it, or were gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    sent: usize,
    refused: usize,
    gone: usize,
    /// Sent with a group's number that nothing proved to be the group's.
    unproved: bool,
    /// Kept from all because one would refuse.
    withheld: bool,
}

impl Tally {
    fn of(receipts: &[Receipt]) -> Self {
        let mut tally = Self::default();
        for receipt in receipts {
            match receipt.outcome {
                outcome if outcome.is_sent() => tally.sent += 1,
                Outcome::Gone => tally.gone += 1,
                _ => tally.refused += 1,
            }
            tally.unproved |= receipt.via == Some(Via::KillpgUnproved);
            tally.withheld |= receipt.outcome == Outcome::Verdict(Verdict::Withheld);
        }
        tally
    }

    /// The exit status; `absent` targets were not there when they were looked for.
    const fn exit(self, absent: usize) -> Exit {
        match (self.sent, self.refused, self.gone + absent) {
            (1.., 0, 0) if !self.unproved => Exit::Done,
            (0, 0, _) => Exit::Nothing,
            (0, _, _) if self.withheld => Exit::AllRefused,
            (0, _, 0) => Exit::AllRefused,
            _ => Exit::SomeRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_status_follows_from_what_the_targets_said() {
        let tally = |sent, refused, gone| Tally { sent, refused, gone, ..Tally::default() };
        assert_eq!(tally(2, 0, 0).exit(0), Exit::Done);
        assert_eq!(tally(0, 0, 0).exit(1), Exit::Nothing);
        assert_eq!(tally(0, 0, 1).exit(0), Exit::Nothing);
        assert_eq!(tally(0, 2, 0).exit(0), Exit::AllRefused);
        assert_eq!(tally(0, 1, 0).exit(1), Exit::SomeRefused);
        assert_eq!(tally(1, 1, 0).exit(0), Exit::SomeRefused);
        assert_eq!(tally(1, 0, 0).exit(1), Exit::SomeRefused);
        assert_eq!(Tally { unproved: true, ..tally(1, 0, 0) }.exit(0), Exit::SomeRefused);
    }
}
