//! What the kernel recorded of the signals of a step.

use sigpost_engine::{Code, Signal};
use sigpost_linux::generated::{Fate, Generated};
use sigpost_scenario::Trouble;
use sigpost_sys::scenario_namespace::ScenarioNamespace;

use super::{LinuxWorld, Place};

/// The records of a step.
#[derive(Clone, Debug, Default)]
pub(super) struct Window {
    /// Those whose targets are the scenario's, oldest first.
    seen: Vec<Seen>,
    /// None is missing.
    complete: bool,
    /// How many were ever lost by the end of it.
    lost: u64,
    /// By slot: who was gone by the end of it, so that the number may be somebody else's.
    gone: Vec<bool>,
}

/// A record, with threads by their slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    by: Option<usize>,
    at: usize,
    signal: Signal,
    code: i32,
    fate: Fate,
}

/// What the records say of one signal at one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// There are no records.
    Unknown,
    /// It was not generated there.
    Never,
    /// It was, and this became of it.
    Became(Fate),
}

impl LinuxWorld {
    /// Takes down what was recorded since the last time.
    ///
    /// # Errors
    /// [`Trouble::Broken`]: a puppet has signalled somebody who is not of its scenario.
    pub(super) fn note_records(&mut self) -> Result<(), Trouble> {
        let Some(records) = &self.records else { return Ok(()) };
        let (all, lost) = records.take();
        let mut seen = Vec::new();
        for record in &all {
            let by = record.sender.and_then(|sender| self.puppet(sender.get(), record.time));
            match self.puppet(record.pid.get(), record.time) {
                Some(at) => {
                    seen.push(Seen { by, at, signal: record.signal, code: record.code, fate: record.fate });
                }
                None if by.is_some() && was_sent(record) && !self.is_the_end_of_init(record) => {
                    return Err(left(record));
                }
                None => {}
            }
        }
        let gone = self.now.threads.iter().map(Option::is_none).collect();
        self.recorded = Window { seen, complete: lost == self.recorded.lost, lost, gone };
        Ok(())
    }

    /// The puppet that had this number then, if one had it that was there before the step.
    fn puppet(&self, number: i32, time: u64) -> Option<usize> {
        let is_there = |slot: &usize| {
            let is_gone = self.recorded.gone.get(*slot).copied().unwrap_or(false);
            let thread = &self.threads[*slot];
            !is_gone && thread.born <= time && thread.numbers.first() == Some(&number)
        };
        (0..self.threads.len()).rfind(is_there)
    }

    /// The parent of process 1 is told of its end.
    fn is_the_end_of_init(&self, record: &Generated) -> bool {
        let Place::Namespace(namespace) = &self.place else { return false };
        let around = namespace.as_ref().map(ScenarioNamespace::around);
        record.signal == Signal::CHLD && Some(record.pid.get()) == around
    }

    /// Whether other signals came to a process as well during the step.
    pub(super) fn others_came(&self, process: usize, signal: Signal) -> bool {
        self.recorded.seen.iter().any(|seen| seen.signal != signal && self.threads[seen.at].process == process)
    }

    /// What the records say of a signal to this process: by this thread with this code, or by the kernel.
    pub(super) fn word_on(&self, process: usize, signal: Signal, by: Option<usize>, code: Option<i32>) -> Word {
        if self.records.is_none() {
            return Word::Unknown;
        }
        let is_it = |seen: &&Seen| {
            let same_sender = by.is_none() || seen.by == by;
            let same_code = code.map_or_else(|| by.is_none() || seen.code <= 0, |code| seen.code == code);
            seen.signal == signal && self.threads[seen.at].process == process && same_sender && same_code
        };
        match self.recorded.seen.iter().find(is_it) {
            Some(seen) => Word::Became(seen.fate),
            None if self.recorded.complete => Word::Never,
            None => Word::Unknown,
        }
    }
}

/// Whether it was sent by whoever ran at the time: a timer's signal is generated in an interrupt, under anybody.
fn was_sent(record: &Generated) -> bool {
    ![Code::TIMER, Code::KERNEL].contains(&Code::new(record.code))
}

/// The records' clock, in nanoseconds.
pub(super) fn now() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let parts = (u64::try_from(time.tv_sec), u64::try_from(time.tv_nsec));
    if let (Ok(seconds), Ok(nanoseconds)) = parts { seconds * 1_000_000_000 + nanoseconds } else { 0 }
}

fn left(record: &Generated) -> Trouble {
    let sender = record.sender.map_or(0, sigpost_engine::ThreadId::get);
    Trouble::Broken(format!(
        "A SIGNAL LEFT THE SCENARIO: {} from the puppet {sender} to process {} ({}), which is none of it",
        record.signal,
        record.pid,
        String::from_utf8_lossy(record.comm.as_bytes())
    ))
}
