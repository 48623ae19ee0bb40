//! `PendingSignals`: what has been generated and not yet taken, of a process or of one thread.
//!
//! A bit for each signal that is pending, and the information of those that have some, in order. The first
//! instances of the different signals form one list, ordered by number; behind each hang its further instances,
//! first come first. The signal last touched is remembered, so that a long queue of it costs no search.

use crate::queue::{NIL, Queue, QueueEntry};
use crate::{Code, Signal, SignalInfo, SignalSet};

/// The pending signals of one process or one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingSignals {
    set: SignalSet,
    /// The first instance of the lowest-numbered signal that has an entry.
    first: u32,
    /// A first instance that was touched lately; NIL: none.
    finger: u32,
}

impl Default for PendingSignals {
    fn default() -> Self {
        Self { set: SignalSet::EMPTY, first: NIL, finger: NIL }
    }
}

impl PendingSignals {
    /// Which signals are pending.
    #[inline]
    pub const fn set(&self) -> SignalSet {
        self.set
    }

    /// Adds a signal with its entry, behind earlier ones of the same number.
    #[inline(always)]
    pub(crate) fn push(&mut self, queue: &mut Queue<'_>, signal: Signal, entry: u32) {
        self.set.insert(signal);
        if self.first == NIL {
            self.first = entry;
        } else if let Some(head) = queue.entries.get(self.finger as usize)
            && head.info.signal == signal
        {
            append(queue, self.finger, entry);
        } else {
            self.push_among(queue, signal, entry);
        }
    }

    /// Adds a signal where others have entries already.
    #[inline(never)]
    fn push_among(&mut self, queue: &mut Queue<'_>, signal: Signal, entry: u32) {
        let (before, found) = self.find(queue, signal);
        if let Some(head) = found {
            append(queue, head, entry);
            self.finger = head;
            return;
        }
        if SignalSet::SYNCHRONOUS.contains(signal) {
            let latest = self.synchronous(queue).map(|other| other.arrival).max();
            queue.entry_mut(entry).arrival = latest.map_or(0, |latest| latest.wrapping_add(1));
        }
        let after = if before == NIL { self.first } else { queue.entry(before).next_signal };
        queue.entry_mut(entry).next_signal = after;
        if before == NIL {
            self.first = entry;
        } else {
            queue.entry_mut(before).next_signal = entry;
        }
        self.finger = entry;
    }

    /// The signal that came first of those that an instruction caused and the kernel made.
    pub(crate) fn first_fault(&self, queue: &Queue<'_>) -> Option<Signal> {
        let faults = self.synchronous(queue).filter(|entry| !entry.info.code.is_from_user());
        faults.min_by_key(|entry| entry.arrival).map(|entry| entry.info.signal)
    }

    /// The first instances of the signals that instructions cause.
    fn synchronous<'a>(&self, queue: &'a Queue<'_>) -> impl Iterator<Item = &'a QueueEntry> {
        let heads = core::iter::successors(queue.entries.get(self.first as usize), |entry| {
            queue.entries.get(entry.next_signal as usize)
        });
        heads.filter(|entry| SignalSet::SYNCHRONOUS.contains(entry.info.signal))
    }

    /// Adds a signal without information.
    #[inline]
    pub(crate) const fn push_bare(&mut self, signal: Signal) {
        self.set.insert(signal);
    }

    /// Takes the oldest instance of a signal that is pending. What has no entry comes back as [`SignalInfo::lost`].
    #[inline(always)]
    pub(crate) fn take(&mut self, queue: &mut Queue<'_>, signal: Signal) -> SignalInfo {
        // Most often it is the only instance of the lowest number; or one of several of the signal taken last.
        if let Some(entry) = queue.entries.get(self.first as usize)
            && entry.next == NIL
            && entry.info.signal == signal
        {
            let (info, next) = (entry.info, entry.next_signal);
            queue.release(self.first);
            self.set.remove(signal);
            (self.first, self.finger) = (next, NIL);
            return info;
        }
        if let Some(head) = queue.entries.get(self.finger as usize)
            && head.info.signal == signal
            && head.next != NIL
        {
            return take_first_of_several(queue, self.finger);
        }
        self.take_among(queue, signal)
    }

    /// Takes the oldest instance of a signal, wherever it stands.
    #[inline(never)]
    fn take_among(&mut self, queue: &mut Queue<'_>, signal: Signal) -> SignalInfo {
        let (before, Some(head)) = self.find(queue, signal) else {
            self.set.remove(signal);
            return SignalInfo::lost(signal);
        };
        if queue.entry(head).next != NIL {
            self.finger = head;
            return take_first_of_several(queue, head);
        }
        let info = queue.entry(head).info;
        self.set.remove(signal);
        self.unlink(queue, before, head);
        queue.release(head);
        info
    }

    /// Counts one more time that the timer with this value ran out while its signal is pending; `false` if it is not.
    ///
    /// Source: Linux `send_sigqueue`.
    pub(crate) fn count_overrun(&self, queue: &mut Queue<'_>, signal: Signal, value: i64) -> bool {
        let (_, Some(head)) = self.find(queue, signal) else { return false };
        let mut entry = head;
        while entry != NIL {
            let info = &mut queue.entry_mut(entry).info;
            if info.code == Code::TIMER && info.value == value {
                info.uid = info.uid.saturating_add(1);
                return true;
            }
            entry = queue.entry(entry).next;
        }
        false
    }

    /// Throws away every instance of these signals; whether there was one.
    pub(crate) fn discard(&mut self, queue: &mut Queue<'_>, signals: SignalSet) -> bool {
        let hit = self.set & signals;
        for signal in hit.iter() {
            if let (before, Some(head)) = self.find(queue, signal) {
                self.unlink(queue, before, head);
                let mut entry = head;
                while entry != NIL {
                    let next = queue.entry(entry).next;
                    queue.release(entry);
                    entry = next;
                }
            }
        }
        self.set = self.set - hit;
        !hit.is_empty()
    }

    /// Throws away what timers have sent.
    pub(crate) fn discard_of_timers(&mut self, queue: &mut Queue<'_>) {
        let mut sent = SignalSet::EMPTY;
        self.walk(queue.entries, |info| {
            if info.code == Code::TIMER {
                sent.insert(info.signal);
            }
        });
        for signal in sent.iter() {
            let (before, Some(head)) = self.find(queue, signal) else { continue };
            self.unlink(queue, before, head);
            self.set.remove(signal);
            let mut entry = head;
            while entry != NIL {
                let next = queue.entry(entry).next;
                if queue.entry(entry).info.code == Code::TIMER {
                    queue.release(entry);
                } else {
                    let kept = queue.entry_mut(entry);
                    (kept.next, kept.next_signal) = (NIL, NIL);
                    self.push(queue, signal, entry);
                }
                entry = next;
            }
        }
    }

    /// How many instances are pending, those without an entry counted once.
    #[cfg(test)]
    pub(crate) fn count(&self, queue: &Queue<'_>) -> usize {
        let mut entries = 0;
        let mut with_entry = SignalSet::EMPTY;
        self.walk(queue.entries, |info| {
            entries += 1;
            with_entry.insert(info.signal);
        });
        entries + (self.set - with_entry).iter().count()
    }

    /// Shows every queued instance, in the order of numbers and of arrival.
    pub(crate) fn walk(&self, entries: &[QueueEntry], mut show: impl FnMut(&SignalInfo)) {
        let mut head = self.first;
        while head != NIL {
            let mut entry = head;
            while entry != NIL {
                show(&entries[entry as usize].info);
                entry = entries[entry as usize].next;
            }
            head = entries[head as usize].next_signal;
        }
    }

    /// The first instance of a signal, and the first instance of the signal before it in the list (NIL: none).
    fn find(&self, queue: &Queue<'_>, signal: Signal) -> (u32, Option<u32>) {
        let (mut before, mut head) = (NIL, self.first);
        while head != NIL {
            let number = queue.entry(head).info.signal.number();
            if number == signal.number() {
                return (before, Some(head));
            }
            if number > signal.number() {
                break;
            }
            before = head;
            head = queue.entry(head).next_signal;
        }
        (before, None)
    }

    fn unlink(&mut self, queue: &mut Queue<'_>, before: u32, head: u32) {
        let after = queue.entry(head).next_signal;
        if before == NIL {
            self.first = after;
        } else {
            queue.entry_mut(before).next_signal = after;
        }
        self.finger = NIL;
    }
}

/// Takes the oldest of several instances of a signal. The second becomes the first in place, so that nothing that points
/// there need be found. The two change places with their accounts: what is released is the entry that was paid for first.
#[inline]
fn take_first_of_several(queue: &mut Queue<'_>, head: u32) -> SignalInfo {
    let next = queue.entry(head).next;
    let second = queue.entry(next).clone();
    let first = queue.entry_mut(head);
    let info = core::mem::replace(&mut first.info, second.info);
    let paid_by = core::mem::replace(&mut first.account, second.account);
    let promised = core::mem::replace(&mut first.promised, second.promised);
    first.next = second.next;
    let released = queue.entry_mut(next);
    (released.account, released.promised) = (paid_by, promised);
    queue.release(next);
    info
}

/// Puts an entry behind the last instance of the signal whose first instance is `head`.
#[inline]
fn append(queue: &mut Queue<'_>, head: u32, entry: u32) {
    let first = queue.entry_mut(head);
    let last = if first.next == NIL { head } else { first.last };
    first.last = entry;
    queue.entry_mut(last).next = entry;
}

#[cfg(test)]
mod tests {
    extern crate alloc;
    use alloc::vec::Vec;

    use super::*;
    use crate::queue::{Account, Charge, FreeEntries};

    struct Pool {
        entries: Vec<QueueEntry>,
        free: FreeEntries,
        accounts: [Account; 1],
    }

    impl Pool {
        fn new(entries: usize) -> Self {
            Self {
                entries: alloc::vec![QueueEntry::default(); entries],
                free: FreeEntries::default(),
                accounts: [Account::default()],
            }
        }

        fn queue(&mut self) -> Queue<'_> {
            Queue { entries: &mut self.entries, free: &mut self.free, accounts: &mut self.accounts }
        }
    }

    fn send(pool: &mut Pool, pending: &mut PendingSignals, number: i32, value: i64) -> bool {
        let signal = Signal::new(number).unwrap();
        let info = SignalInfo { value, ..SignalInfo::kernel(signal) };
        let mut queue = pool.queue();
        let Some(entry) = queue.reserve(&info, Charge { account: 0, limit: u32::MAX }, || false) else { return false };
        pending.push(&mut queue, signal, entry);
        true
    }

    #[inline(always)]
    fn take(pool: &mut Pool, pending: &mut PendingSignals, number: i32) -> Option<i64> {
        let signal = Signal::new(number).unwrap();
        pending.set().contains(signal).then(|| pending.take(&mut pool.queue(), signal).value)
    }

    #[test]
    fn instances_of_one_signal_come_out_in_the_order_they_went_in() {
        let (mut pool, mut pending) = (Pool::new(16), PendingSignals::default());
        for value in 0..5 {
            for number in [40, 35, 50] {
                assert!(send(&mut pool, &mut pending, number, value));
            }
        }
        for number in [50, 35, 40] {
            for value in 0..5 {
                assert_eq!(take(&mut pool, &mut pending, number), Some(value));
            }
            assert_eq!(take(&mut pool, &mut pending, number), None);
        }
        assert_eq!(pool.accounts[0].charged(), 0);
    }

    #[test]
    fn a_used_entry_is_used_again_and_the_pool_has_an_end() {
        let (mut pool, mut pending) = (Pool::new(2), PendingSignals::default());
        for round in 0..10 {
            assert!(send(&mut pool, &mut pending, 34, round));
            assert!(send(&mut pool, &mut pending, 34, round + 100));
            assert!(!send(&mut pool, &mut pending, 34, 0));
            assert_eq!(take(&mut pool, &mut pending, 34), Some(round));
            assert_eq!(take(&mut pool, &mut pending, 34), Some(round + 100));
        }
    }

    #[test]
    fn discarding_frees_every_instance_and_leaves_the_others() {
        let (mut pool, mut pending) = (Pool::new(8), PendingSignals::default());
        for number in [34, 34, 36, 34, 38] {
            send(&mut pool, &mut pending, number, i64::from(number));
        }
        assert!(pending.discard(&mut pool.queue(), SignalSet::of(&[Signal::RTMIN])));
        assert_eq!(pool.accounts[0].charged(), 2);
        assert_eq!(pending.count(&pool.queue()), 2);
        assert_eq!(take(&mut pool, &mut pending, 36), Some(36));
        assert_eq!(take(&mut pool, &mut pending, 38), Some(38));
    }

    #[test]
    fn what_timers_sent_is_thrown_away_and_everything_else_stays_in_its_order() {
        let (mut pool, mut pending) = (Pool::new(8), PendingSignals::default());
        pending.push_bare(Signal::USR1);
        for (number, value, code) in [
            (34, 1, Code::TIMER),
            (34, 2, Code::QUEUE),
            (36, 3, Code::TIMER),
            (34, 4, Code::TIMER),
            (34, 5, Code::QUEUE),
        ] {
            let signal = Signal::new(number).unwrap();
            let info = SignalInfo { code, value, ..SignalInfo::lost(signal) };
            let entry = pool.queue().reserve(&info, Charge { account: 0, limit: 8 }, || false).unwrap();
            pending.push(&mut pool.queue(), signal, entry);
        }
        pending.discard_of_timers(&mut pool.queue());
        assert_eq!(pending.set(), SignalSet::of(&[Signal::USR1, Signal::RTMIN]));
        assert_eq!([take(&mut pool, &mut pending, 34), take(&mut pool, &mut pending, 34)], [Some(2), Some(5)]);
        assert_eq!((pool.accounts[0].charged(), pending.set()), (0, SignalSet::of(&[Signal::USR1])));
    }

    #[test]
    fn a_bare_signal_comes_out_as_one_whose_information_was_lost() {
        let (mut pool, mut pending) = (Pool::new(0), PendingSignals::default());
        pending.push_bare(Signal::USR1);
        assert_eq!(pending.count(&pool.queue()), 1);
        let info = pending.take(&mut pool.queue(), Signal::USR1);
        assert_eq!((info, pending.set()), (SignalInfo::lost(Signal::USR1), SignalSet::EMPTY));
    }
}
