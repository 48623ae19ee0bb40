//! The receipt: what became of a signal at one target.
//!
//! The GNU C Library's manual says of a signal sent to a group that there is no way to tell which of the
//! processes got it. Here every call that sends gives one [`Receipt`] a target \[S3.6\], to a visitor that the
//! caller chooses ([`Receipts`]).

use core::fmt;

use crate::{ProcessKey, Signal};

/// What happens to *this* signal at *this* target, if nothing else happens after the call.
///
/// The rows are decided in one fixed order; the first that holds is the verdict (see `post`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The null signal: the target exists and may be signalled; nothing was sent.
    Probed,
    /// The target ends.
    Terminates,
    /// The target ends, and a core image is asked for.
    Dumps,
    /// Every thread of the target stops.
    Stops,
    /// The target was stopped and continues (should it also have a handler, that runs as well).
    Continues,
    /// A handler of the target runs.
    Handles,
    /// A thread that waits for the signal (the `sigwait` family) takes it.
    Accepts,
    /// Nothing happens: the target ignores it, or its default is to do nothing.
    Ignores,
    /// It stays pending: every thread that could take it blocks it.
    Pends,
    /// It stays pending although it is not blocked: the thread that takes it is stopped, held by its tracer, or
    /// in an uninterruptible sleep.
    Defers,
    /// The same signal was pending already: the two are one.
    Merges,
    /// The target is traced: its tracer is told, and decides.
    Traces,
    /// The target is the init of its PID namespace, which signals from inside cannot end or stop.
    Immune,
    /// The target has ended already (or is about to): nothing happens.
    Zombie,
    /// Not sent, though it might have been: another member was refused, and the call is all or nothing.
    Withheld,
    /// The sender may not signal the target (EPERM).
    Refused,
    /// The target's queue is full, and the call is one that says so (EAGAIN).
    QueueFull,
}

impl Verdict {
    /// How many verdicts there are.
    pub const COUNT: usize = 17;

    /// Every verdict, in the order of the enum.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Probed,
        Self::Terminates,
        Self::Dumps,
        Self::Stops,
        Self::Continues,
        Self::Handles,
        Self::Accepts,
        Self::Ignores,
        Self::Pends,
        Self::Defers,
        Self::Merges,
        Self::Traces,
        Self::Immune,
        Self::Zombie,
        Self::Withheld,
        Self::Refused,
        Self::QueueFull,
    ];

    /// The word for it, the same in scenarios, in the command's output and in its JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Probed => "probed",
            Self::Terminates => "terminates",
            Self::Dumps => "dumps",
            Self::Stops => "stops",
            Self::Continues => "continues",
            Self::Handles => "handles",
            Self::Accepts => "accepts",
            Self::Ignores => "ignores",
            Self::Pends => "pends",
            Self::Defers => "defers",
            Self::Merges => "merges",
            Self::Traces => "traces",
            Self::Immune => "immune",
            Self::Zombie => "zombie",
            Self::Withheld => "withheld",
            Self::Refused => "EPERM",
            Self::QueueFull => "EAGAIN",
        }
    }

    /// Whether the call counts as sent to this target: every verdict but [`Withheld`](Self::Withheld),
    /// [`Refused`](Self::Refused) and [`QueueFull`](Self::QueueFull).
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Withheld | Self::Refused | Self::QueueFull)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What became of a signal at one target. Receipts name processes, also where a thread was addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The target.
    pub process: ProcessKey,
    /// The signal; `None` for the null signal.
    pub signal: Option<Signal>,
    /// What happens to it there.
    pub verdict: Verdict,
    /// The queue was full: the signal is there, the information that came with it is not.
    pub info_lost: bool,
}

/// Who is given the receipts of a send, one by one, while the send goes on. It is given data, never the engine.
///
/// `()` drops them, [`Counts`] counts them by verdict, the places of a slice (`iter_mut()`) keep the first so many,
/// and any closure takes them as they come.
///
/// ```
/// use sigpost_engine::{Counts, Receipts, Verdict};
///
/// fn report(receipts: &mut (impl Receipts + ?Sized)) { /* hand it to a send */ }
/// report(&mut ());
/// report(&mut Counts::default());
/// report(&mut [None; 8].iter_mut());
/// report(&mut |receipt: sigpost_engine::Receipt| println!("{}", receipt.verdict));
/// ```
pub trait Receipts {
    /// Takes one receipt.
    fn receipt(&mut self, receipt: Receipt);
}

impl Receipts for () {
    fn receipt(&mut self, _: Receipt) {}
}

impl<F: FnMut(Receipt)> Receipts for F {
    fn receipt(&mut self, receipt: Receipt) {
        self(receipt);
    }
}

/// Fills the places of a slice, one after the other; what finds no place is dropped.
impl Receipts for core::slice::IterMut<'_, Option<Receipt>> {
    fn receipt(&mut self, receipt: Receipt) {
        if let Some(place) = self.next() {
            *place = Some(receipt);
        }
    }
}

/// Receipts counted by verdict.
///
/// ```
/// use sigpost_engine::{Counts, Verdict};
/// let counts = Counts::default();
/// assert_eq!(counts.of(Verdict::Handles), 0);
/// assert_eq!(counts.total(), 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u32; Verdict::COUNT]);

impl Counts {
    /// How many receipts had this verdict.
    pub const fn of(&self, verdict: Verdict) -> u32 {
        self.0[verdict as usize]
    }

    /// How many receipts there were.
    pub fn total(&self) -> u32 {
        self.0.iter().sum()
    }
}

impl Receipts for Counts {
    fn receipt(&mut self, receipt: Receipt) {
        self.0[receipt.verdict as usize] += 1;
    }
}
