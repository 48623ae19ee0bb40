//! `ThreadRow`: the threads of a process that lie in a row.

use super::Threads;
use crate::ThreadSignals;

/// The threads of a process that lie in a row (an array, a slice that is lent, a vector), the main thread first. For
/// kernels that keep them so, or know one thread a process.
///
/// ```
/// use sigpost_engine::{SignalSet, Signal, ThreadRow, ThreadSignals, Threads};
///
/// let mut row = ThreadRow::new([ThreadSignals::default(); 2]);
/// row.thread_mut(1).set_mask(SignalSet::of(&[Signal::HUP]).into());
/// assert_eq!((row.addressed(), row.after(0), row.after(1)), (0, Some(1), None));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadRow<C> {
    /// The threads.
    pub threads: C,
    /// Which of them is addressed; it has to be one of them.
    pub addressed: usize,
    pub(crate) hint: usize,
}

impl<C> ThreadRow<C> {
    /// A row of threads, of which there has to be one at least; the first is addressed.
    pub const fn new(threads: C) -> Self {
        Self { threads, addressed: 0, hint: 0 }
    }
}

impl<C: AsRef<[ThreadSignals]> + AsMut<[ThreadSignals]>> Threads for ThreadRow<C> {
    type Id = usize;

    #[inline]
    fn addressed(&self) -> usize {
        self.addressed
    }

    /// The addressed thread where the row has become shorter since.
    #[inline]
    fn hint(&self) -> usize {
        if self.hint < self.threads.as_ref().len() { self.hint } else { self.addressed }
    }

    #[inline]
    fn set_hint(&mut self, thread: usize) {
        self.hint = thread;
    }

    #[inline]
    fn first(&self) -> usize {
        0
    }

    #[inline]
    fn after(&self, thread: usize) -> Option<usize> {
        (thread + 1 < self.threads.as_ref().len()).then_some(thread + 1)
    }

    #[inline]
    fn thread(&self, thread: usize) -> &ThreadSignals {
        &self.threads.as_ref()[thread]
    }

    #[inline]
    fn thread_mut(&mut self, thread: usize) -> &mut ThreadSignals {
        &mut self.threads.as_mut()[thread]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_beyond_a_row_that_became_shorter_means_the_addressed_thread() {
        let mut threads = [ThreadSignals::default(); 3];
        let mut row = ThreadRow::new(&mut threads[..]);
        row.set_hint(2);
        assert_eq!(row.hint(), 2);
        let shorter = ThreadRow { threads: &mut row.threads[..2], addressed: 1, hint: row.hint };
        assert_eq!(shorter.hint(), 1);
    }
}
