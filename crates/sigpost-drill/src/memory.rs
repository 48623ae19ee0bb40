//! The memory that the runner and its puppets share: orders, answers, and the log of signals taken.
//!
//! Whatever a puppet has to tell is here, also after its death, and also while it is stopped.

use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::io::Errno;
use sigpost_sys::puppet::Received;
use sigpost_sys::shared::{Words, sleep_on, wake};

use crate::command::{Answer, Command};
use crate::report::Report;

/// How many threads a scenario may have, all in all.
pub(crate) const SLOTS: usize = 96;
const SLOT_WORDS: usize = 80;
const RECORDS: usize = 1024;
const RECORD_WORDS: usize = 8;
const HEADER_WORDS: usize = 8;
const LOG: usize = HEADER_WORDS + SLOTS * SLOT_WORDS;
const ALL_WORDS: usize = LOG + RECORDS * RECORD_WORDS;

// Words of the header.
const START: usize = 0;
const COUNT: usize = 1;
/// [`PROOF`], if the runner is alone (see [`Inside::alone`](sigpost_sys::puppet::Inside::alone)).
const ALONE: usize = 2;
/// Whether puppets go before the runner on their one processor.
const FIRST: usize = 3;
const PROOF: u32 = 0x5169_0A10;

// Words of a slot.
const ORDER: usize = 0;
const SEEN: usize = 1;
/// Counts orders and requests for a report: what a thread with nothing to do sleeps on.
const BELL: usize = 2;
const HOLDS: usize = 3;
const PROCESS: usize = 4;
const THREAD: usize = 5;
const RETURNS: usize = 6;
/// The thread that keeps this one asleep.
const KEEPER: usize = 7;
const COMMAND: usize = 8;
const ANSWERS: usize = 16;
const ANSWER_WORDS: usize = 10;
/// Answers kept of one thread: more than calls can be nested in handlers that hold.
const ANSWERS_KEPT: u32 = 4;
const ASKED: usize = 56;
const ASKED_OF: usize = 57;
const REPORTED: usize = 58;
const REPORT: usize = 59;

#[derive(Debug)]
pub(crate) struct Memory(Words);

/// A signal that a puppet took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taking {
    /// The thread.
    pub(crate) slot: usize,
    /// By a call of the `sigwait` family, not by a handler.
    pub(crate) accepted: bool,
    /// What came.
    pub(crate) received: Received,
}

impl Memory {
    pub(crate) fn new() -> io::Result<Self> {
        let count = NonZeroUsize::new(ALL_WORDS).ok_or(io::ErrorKind::OutOfMemory)?;
        Words::map(count).map(Self)
    }

    /// The memory of a puppet, in the program that it has executed.
    pub(crate) fn of(file: OwnedFd) -> io::Result<Self> {
        let count = NonZeroUsize::new(ALL_WORDS).ok_or(io::ErrorKind::OutOfMemory)?;
        Words::of(file, count).map(Self)
    }

    /// The file behind it, if the kernel makes such files.
    pub(crate) fn file(&self) -> Option<BorrowedFd<'_>> {
        self.0.file()
    }

    /// Forgets everything: the next scenario begins.
    pub(crate) fn clear(&self) {
        self.0.iter().for_each(|word| word.store(0, Ordering::SeqCst));
    }

    /// Says that its runner was verified to be alone.
    pub(crate) fn prove_alone(&self) {
        self.0[ALONE].store(PROOF, Ordering::SeqCst);
    }

    /// Says that puppets shall go before the runner, and that all are on one processor.
    pub(crate) fn let_puppets_go_first(&self) {
        self.0[FIRST].store(1, Ordering::SeqCst);
    }

    pub(crate) fn puppets_go_first(&self) -> bool {
        self.0[FIRST].load(Ordering::SeqCst) != 0
    }

    /// Whether puppets can sleep until they are woken.
    pub(crate) fn can_be_slept_on(&self) -> bool {
        let other = self.0[FIRST].load(Ordering::SeqCst).wrapping_add(1);
        sleep_on(&self.0[FIRST], other) != Err(Errno::NOSYS)
    }

    pub(crate) fn is_of_one_alone(&self) -> bool {
        self.0[ALONE].load(Ordering::SeqCst) == PROOF
    }

    /// The word through which the namespaces are set up.
    pub(crate) fn start(&self) -> &AtomicU32 {
        &self.0[START]
    }

    /// The place of a thread.
    pub(crate) fn slot(&self, index: usize) -> Slot<'_> {
        let start = HEADER_WORDS + index * SLOT_WORDS;
        Slot(&self.0[start..start + SLOT_WORDS])
    }

    /// Adds to the log; what finds no room is counted, and dropped.
    pub(crate) fn log(&self, slot: usize, accepted: bool, received: &Received) {
        let index = self.0[COUNT].fetch_add(1, Ordering::SeqCst) as usize;
        if index >= RECORDS {
            return;
        }
        let start = LOG + index * RECORD_WORDS;
        let words = [
            u32::try_from(slot).unwrap_or(u32::MAX),
            u32::from(accepted),
            received.signal.cast_unsigned(),
            received.code.cast_unsigned(),
            received.pid.cast_unsigned(),
            received.uid,
            received.value.cast_unsigned(),
        ];
        for (word, value) in self.0[start..].iter().zip(words) {
            word.store(value, Ordering::SeqCst);
        }
    }

    /// How many signals were taken so far. Above [`RECORDS`] some are not in the log.
    pub(crate) fn taken(&self) -> usize {
        self.0[COUNT].load(Ordering::SeqCst) as usize
    }

    pub(crate) fn log_is_full(&self) -> bool {
        self.taken() > RECORDS
    }

    /// The signals taken since there were so many, in the order in which they were taken.
    pub(crate) fn takings(&self, since: usize) -> impl Iterator<Item = Taking> + '_ {
        (since..self.taken().min(RECORDS)).map(|index| {
            let word = |offset: usize| self.0[LOG + index * RECORD_WORDS + offset].load(Ordering::SeqCst);
            Taking {
                slot: word(0) as usize,
                accepted: word(1) != 0,
                received: Received {
                    signal: word(2).cast_signed(),
                    code: word(3).cast_signed(),
                    pid: word(4).cast_signed(),
                    uid: word(5),
                    value: word(6).cast_signed(),
                },
            }
        })
    }
}

/// The place of a thread in the shared memory. Orders are numbered from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a>(&'a [AtomicU32]);

impl Slot<'_> {
    fn get(self, word: usize) -> u32 {
        self.0[word].load(Ordering::SeqCst)
    }

    fn set(self, word: usize, value: u32) {
        self.0[word].store(value, Ordering::SeqCst);
    }

    // The runner's side.

    /// Gives the thread something to do; the number of the order.
    pub(crate) fn tell(self, command: Command) -> u32 {
        for (place, word) in self.0[COMMAND..].iter().zip(command.to_words()) {
            place.store(word, Ordering::SeqCst);
        }
        let order = self.get(ORDER).wrapping_add(1);
        self.set(ORDER, order);
        self.ring();
        order
    }

    fn ring(self) {
        self.0[BELL].fetch_add(1, Ordering::SeqCst);
        wake(&self.0[BELL]);
    }

    /// Asks the thread to report on itself, and on this child (or tracee) of its process (0: on none). The number of
    /// the request. Only one that waits for orders reports.
    pub(crate) fn ask(self, child: i32) -> u32 {
        let last = self.get(ASKED);
        if last != self.get(REPORTED) && self.get(ASKED_OF) == child.cast_unsigned() {
            // It has been asked that, and is at it, or will be.
            return last;
        }
        self.set(ASKED_OF, child.cast_unsigned());
        let request = last.wrapping_add(1);
        self.set(ASKED, request);
        self.ring();
        request
    }

    /// What it reported, if it did.
    pub(crate) fn report(self, request: u32) -> Option<Report> {
        if self.get(REPORTED) != request {
            return None;
        }
        let mut words = [0; Report::WORDS];
        for (word, place) in words.iter_mut().zip(&self.0[REPORT..]) {
            *word = place.load(Ordering::SeqCst);
        }
        Some(Report::from_words(words))
    }

    /// The answer to an order, if it was carried out.
    pub(crate) fn answer(self, order: u32) -> Option<Answer> {
        let start = ANSWERS + (order % ANSWERS_KEPT) as usize * ANSWER_WORDS;
        if self.get(start) != order {
            return None;
        }
        let mut words = [0; ANSWER_WORDS - 1];
        for (word, place) in words.iter_mut().zip(&self.0[start + 1..]) {
            *word = place.load(Ordering::SeqCst);
        }
        Some(Answer::from_words(words))
    }

    /// In how many handlers it stays.
    pub(crate) fn holds(self) -> u32 {
        self.get(HOLDS)
    }

    /// What the call that its innermost held handler has interrupted returns, negative for an error.
    pub(crate) fn interrupted_returns(self) -> i32 {
        self.get(RETURNS).cast_signed()
    }

    /// The ID, as it sees it, of the thread that keeps this one asleep, once it blocks everything.
    pub(crate) fn keeper(self) -> Option<i32> {
        let keeper = self.get(KEEPER).cast_signed();
        (keeper != 0).then_some(keeper)
    }

    /// Has it begin anew: its process executes a program.
    pub(crate) fn forget(self) {
        self.set(THREAD, 0);
    }

    /// Its process and thread ID as it sees them; `None` before it has begun.
    pub(crate) fn ids(self) -> Option<(i32, i32)> {
        let thread = self.get(THREAD).cast_signed();
        (thread != 0).then(|| (self.get(PROCESS).cast_signed(), thread))
    }

    // The puppet's side.

    /// Says that the thread has begun.
    pub(crate) fn begin(self) {
        self.set(HOLDS, 0);
        self.set(PROCESS, rustix::process::getpid().as_raw_nonzero().get().cast_unsigned());
        self.set(THREAD, rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned());
    }

    /// Says which thread keeps this one asleep.
    pub(crate) fn keep(self, keeper: i32) {
        self.set(KEEPER, keeper.cast_unsigned());
    }

    /// The next order, waiting for it.
    pub(crate) fn next(self) -> (u32, Command) {
        loop {
            let rung = self.get(BELL);
            let order = self.get(ORDER);
            if order != self.get(SEEN) {
                self.set(SEEN, order);
                let mut words = [0; Command::WORDS];
                for (word, place) in words.iter_mut().zip(&self.0[COMMAND..]) {
                    *word = place.load(Ordering::SeqCst);
                }
                return (order, Command::from_words(words));
            }
            self.report_if_asked();
            // A handler ran, or something is there: either way look again.
            if sleep_on(&self.0[BELL], rung) == Err(Errno::NOSYS) {
                rustix::thread::sched_yield();
            }
        }
    }

    /// Reports, if that was asked for.
    pub(crate) fn report_if_asked(self) {
        let request = self.get(ASKED);
        if request == self.get(REPORTED) {
            return;
        }
        let report = Report::of_caller(self.get(ASKED_OF).cast_signed());
        for (place, word) in self.0[REPORT..].iter().zip(report.to_words()) {
            place.store(word, Ordering::SeqCst);
        }
        self.set(REPORTED, request);
    }

    /// Says that a handler stays inside, with what the call that it interrupted returns.
    pub(crate) fn enter_hold(self, returns: i32) {
        self.set(RETURNS, returns.cast_unsigned());
        self.0[HOLDS].fetch_add(1, Ordering::SeqCst);
    }

    /// Says that a handler that stayed inside returns.
    pub(crate) fn leave_hold(self) {
        self.0[HOLDS].fetch_sub(1, Ordering::SeqCst);
    }

    pub(crate) fn finish(self, order: u32, answer: &Answer) {
        let start = ANSWERS + (order % ANSWERS_KEPT) as usize * ANSWER_WORDS;
        for (place, word) in self.0[start + 1..].iter().zip(answer.to_words()) {
            place.store(word, Ordering::SeqCst);
        }
        self.set(start, order);
    }
}
