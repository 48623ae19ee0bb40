//! `--wait`, `--timeout`, `--then`: what happens after the signal was sent, until the targets are gone.

use core::time::Duration;

use sigpost_engine::Signal;
use sigpost_linux::end::{EndError, Ender};
use sigpost_linux::send::Addressee;
use sigpost_linux::{End, Escalation, Receipt, scan};

use crate::command_line::options::Output;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::render::progress::Line;
use crate::render::{endings, print, receipts};

/// How it is waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// For how long at most.
    pub(crate) timeout: Option<Duration>,
    /// What else is sent to those that are alive then.
    pub(crate) then: Vec<(Signal, Duration)>,
}

impl Waiting {
    /// As an escalation. After a last KILL there is an end to the waiting even if no timeout was named.
    pub(crate) fn escalation(&self) -> Escalation {
        let last = self.then.iter().max_by_key(|(_, at)| *at);
        let after_kill = last.filter(|(signal, _)| *signal == Signal::KILL).map(|(_, at)| *at + Escalation::AFTER_KILL);
        Escalation { steps: self.then.clone(), limit: self.timeout.or(after_kill) }
    }
}

/// Takes hold of the targets, before anything is sent: afterwards they may be gone, and how they ended with them. Their
/// inodes are read where the output has them.
///
/// # Errors
/// Exit 3: no descriptor is left, or `/proc` cannot be read.
pub(crate) fn begin(addressees: &[Addressee], output: Output) -> Result<Ender<'_>, Failure> {
    // If the limit cannot be raised it stays what it was, and those without a descriptor are looked at in rounds.
    let _ = scan::allow_many_handles();
    let mut ender = Ender::new().map_err(|error| Failure::internal(error.to_string()))?;
    for addressee in addressees {
        ender.add(addressee).map_err(|error| failed(&error))?;
    }
    if matches!(output, Output::Verbose | Output::Json) {
        ender.read_inodes();
    }
    Ok(ender)
}

/// Waits and sends what is to be sent.
///
/// # Errors
/// As [`begin`].
pub(crate) fn run(ender: Ender<'_>, escalation: &Escalation, is_told: bool) -> Result<Vec<End>, Failure> {
    let mut line = Line::new(is_told);
    ender.run(escalation, &mut |progress| line.show(progress)).map_err(|error| failed(&error))
}

/// Waits after a send, and prints how each target ended: whether that could be written is the second half of the answer.
/// The status is that of the send, or that somebody is alive though the signal was sent.
///
/// # Errors
/// As [`begin`].
pub(super) fn after(
    waiting: &Waiting,
    mut ender: Ender<'_>,
    output: Output,
    receipts: &[Receipt],
    sent: Exit,
) -> Result<(Exit, Result<(), Failure>), Failure> {
    let nobody_got_it = !matches!(sent, Exit::Done | Exit::SomeRefused);
    ender.sent_before(receipts);
    let escalation = if nobody_got_it {
        Escalation { steps: Vec::new(), limit: Some(Duration::ZERO) }
    } else {
        waiting.escalation()
    };
    let ends = run(ender, &escalation, output != Output::Quiet)?;
    let told = match output {
        Output::Quiet => Ok(()),
        Output::Json => receipts::json(receipts, &ends, false).and_then(|lines| print::results(&lines)),
        Output::Lines | Output::Verbose if nobody_got_it => Ok(()),
        Output::Lines | Output::Verbose => {
            let told = print::results(&endings::lines(&ends, output == Output::Verbose));
            print::summary(&endings::summary(&ends));
            told
        }
    };
    let is_alive = |end: &End| end.ending.is_none();
    Ok((if !nobody_got_it && ends.iter().any(is_alive) { Exit::StillAlive } else { sent }, told))
}

fn failed(error: &EndError) -> Failure {
    Failure::internal(error.to_string())
}
