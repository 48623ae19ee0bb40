//! `kill`: the union of procps-ng's and util-linux's. Where the two contradict each other it is procps-ng's, which is
//! Debian's `/bin/kill`.

pub(super) mod aim;
mod arguments;
mod follow;
mod listing;
mod show;

use std::ffi::OsString;

use sigpost_engine::Signal;
use sigpost_linux::Process;

use self::aim::{Aim, Failed, Meant};
use self::arguments::Wanted;
use super::{Called, say, signal_word};
use crate::command_line::signal_word::Chosen;

/// What is to be sent, to whom.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
struct Order {
    /// `None`: TERM.
    signal: Option<Chosen>,
    value: Option<i32>,
    /// Milliseconds, and the signal that follows then; one after the other.
    follow_ups: Vec<(u64, Option<Signal>)>,
    all_users: bool,
    only_print: bool,
    require_handler: bool,
    verbose: bool,
    operands: Vec<OsString>,
}

impl Order {
    fn signal(&self) -> Option<Signal> {
        self.signal.map_or(Some(Signal::TERM), |chosen| chosen.0)
    }
}

/// Runs the tool; its exit status: 0 all were signalled, 1 none, 64 some.
pub(super) fn run(called: &Called) -> u8 {
    match arguments::read(&called.words) {
        Ok(Wanted::List(what)) => answer(called, listing::run(what.as_deref())),
        Ok(Wanted::Table) => answer(called, Ok(listing::table())),
        Ok(Wanted::Show(process)) => answer(called, show::run(&process)),
        Ok(Wanted::Help) => answer(called, Ok(arguments::help())),
        Ok(Wanted::Version) => {
            say::out(format!("{} (with: sigqueue, pidfd, pidfdino)\n", super::version(called.name)));
            0
        }
        Ok(Wanted::Send(order)) => send(called, &order),
        Err(arguments::Mistake::Line(line)) => answer(called, Err(line)),
        Err(arguments::Mistake::Empty) => {
            say::error(arguments::help().trim_end());
            1
        }
    }
}

/// What the words mean, without a look at any process; `None`: they signal nobody.
///
/// # Errors
/// The line to be said; for a usage, its text.
pub(super) fn judge(words: &[OsString]) -> Result<Option<Vec<Meant>>, String> {
    match arguments::read(words) {
        Ok(Wanted::Send(order)) if !order.only_print => {
            order.operands.iter().map(|word| aim::meant(word)).collect::<Result<_, _>>().map(Some)
        }
        Ok(_) => Ok(None),
        Err(arguments::Mistake::Line(line)) => Err(line),
        Err(arguments::Mistake::Empty) => Err(arguments::help()),
    }
}

fn answer(called: &Called, answer: Result<String, String>) -> u8 {
    match answer {
        Ok(text) => {
            say::out(text);
            0
        }
        Err(line) => {
            say::error(&format!("{}: {line}", called.name.word()));
            1
        }
    }
}

/// How many there were, and how many of them could not be signalled.
#[derive(Default)]
struct Count {
    all: u32,
    failed: u32,
}

impl Count {
    const fn status(&self) -> u8 {
        match (self.all, self.failed) {
            (1.., 0) => 0,
            (all, failed) if all == failed => 1,
            _ => 64,
        }
    }
}

fn send(called: &Called, order: &Order) -> u8 {
    // Each follow-up takes a handle that stays open.
    let _ = sigpost_linux::scan::allow_many_handles();
    let mut count = Count::default();
    let mut sent = Vec::new();
    for word in &order.operands {
        let aims = match aim::read(word, order.all_users) {
            Ok(aims) => aims,
            Err(line) => {
                say::error(&format!("{}: {line}", called.name.word()));
                count.all += 1;
                count.failed += 1;
                continue;
            }
        };
        for aim in aims {
            send_one(called, order, aim, &mut count, &mut sent);
        }
    }
    if let Err(line) = follow::run(order, &sent) {
        say::error(&format!("{}: {line}", called.name.word()));
        return 1;
    }
    count.status()
}

fn send_one(called: &Called, order: &Order, aim: Aim, count: &mut Count, sent: &mut Vec<Process>) {
    let signal = order.signal();
    let number = signal_word::number(signal);
    let to = aim.number();
    if order.require_handler && aim.lacks_handler(signal) {
        if order.verbose {
            let why = "it has no userspace handler for signal";
            say::out(format!("not signalling pid {to}, {why} {number}\n"));
        }
        return;
    }
    count.all += 1;
    if order.only_print {
        say::out(format!("{to}\n"));
        return;
    }
    if order.verbose {
        say::out(format!("sending signal {number} to pid {to}\n"));
    }
    let result = match &aim {
        Aim::Process(_) | Aim::Nobody(..) => aim.send(signal, order.value),
        _ if order.follow_ups.is_empty() => aim.send(signal, order.value),
        _ => Err(Failed("--timeout takes processes, not groups".to_owned())),
    };
    match (result, aim) {
        // Handles are few: only those are kept that are needed.
        (Ok(()), Aim::Process(process)) if !order.follow_ups.is_empty() => sent.push(process),
        (Ok(()), _) => {}
        (Err(Failed(why)), _) => {
            say::error(&format!("{}: ({to}): {why}", called.name.word()));
            count.failed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_tells_all_none_or_some() {
        let status = |all, failed| Count { all, failed }.status();
        assert_eq!((status(2, 0), status(2, 2), status(2, 1), status(0, 0)), (0, 1, 64, 1));
    }
}
