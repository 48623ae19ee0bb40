//! One number space: process, thread, group and session IDs of a PID namespace.
//!
//! A number stands for whatever uses it: a thread, a group that was made by a process of that number, a
//! session likewise. It is not given out again while any of them is there. An entity that is visible in several
//! nested namespaces has one number in each, linked outwards.
//!
//! Source: POSIX XBD 4.14 ("Process ID Reuse"); Linux `struct pid`.

use crate::queue::NIL;
use crate::storage::{Slot, Slots, Table};

/// One number of one namespace, and what uses it.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub(crate) namespace: u32,
    pub(crate) value: i32,
    /// The next number in the same bucket.
    next: u32,
    /// The same entity's number in the namespace around this one.
    pub(crate) outer: u32,
    pub(crate) thread: u32,
    pub(crate) group: u32,
    pub(crate) session: u32,
}

impl Default for Number {
    fn default() -> Self {
        Self { namespace: NIL, value: 0, next: NIL, outer: NIL, thread: NIL, group: NIL, session: NIL }
    }
}

impl Number {
    const fn is_unused(&self) -> bool {
        self.thread == NIL && self.group == NIL && self.session == NIL
    }
}

/// A bucket of the index: the first number in it.
#[derive(Clone, Copy, Debug)]
pub struct Bucket(u32);

impl Default for Bucket {
    fn default() -> Self {
        Self(NIL)
    }
}

/// The numbers, found by namespace and number.
#[derive(Clone, Debug)]
pub(crate) struct Numbers<C, B> {
    table: Table<Number, C>,
    buckets: B,
    /// How many buckets are in use: a power of two, or 0.
    width: usize,
}

impl<C: Slots<Slot<Number>>, B: Slots<Bucket>> Numbers<C, B> {
    pub(crate) fn new(slots: C, buckets: B) -> Self {
        let length = buckets.slots().len();
        let width = if length == 0 { 0 } else { 1 << length.ilog2() };
        Self { table: Table::new(slots), buckets, width }
    }

    #[inline]
    pub(crate) fn at(&self, index: u32) -> &Number {
        self.table.at(index)
    }

    /// Changes an entity's number in every namespace that sees it, from this entry outwards.
    pub(crate) fn each_level(&mut self, entry: u32, mut change: impl FnMut(&mut Number)) {
        let mut at = entry;
        while at != NIL {
            let number = self.table.at_mut(at);
            change(number);
            at = number.outer;
        }
    }

    /// The entry of a number; `None` if nothing uses it.
    #[inline]
    pub(crate) fn find(&self, namespace: u32, number: i32) -> Option<u32> {
        if self.width == 0 {
            return None;
        }
        let mut at = self.buckets.slots()[bucket_of(namespace, number, self.width)].0;
        while at != NIL {
            let entry = self.table.at(at);
            if entry.value == number && entry.namespace == namespace {
                return Some(at);
            }
            at = entry.next;
        }
        None
    }

    /// Enters a number that nothing uses yet; `None` if there is no room.
    pub(crate) fn insert(&mut self, namespace: u32, number: i32, outer: u32) -> Option<u32> {
        self.widen();
        if self.width == 0 {
            return None;
        }
        let bucket = bucket_of(namespace, number, self.width);
        let next = self.buckets.slots()[bucket].0;
        let entry = Number { namespace, value: number, next, outer, ..Number::default() };
        let index = self.table.insert(entry)?.index;
        self.buckets.slots_mut()[bucket].0 = index;
        Some(index)
    }

    /// Takes a number out if nothing uses it any more, and outwards those that go with it.
    pub(crate) fn release(&mut self, index: u32) {
        let mut at = index;
        while at != NIL && self.table.at(at).is_unused() {
            let Number { namespace, value, outer, .. } = *self.table.at(at);
            self.unlink(at, bucket_of(namespace, value, self.width));
            self.table.remove(at);
            at = outer;
        }
    }

    fn unlink(&mut self, index: u32, bucket: usize) {
        let next = self.table.at(index).next;
        let mut at = self.buckets.slots()[bucket].0;
        if at == index {
            self.buckets.slots_mut()[bucket].0 = next;
            return;
        }
        while at != NIL {
            let following = self.table.at(at).next;
            if following == index {
                self.table.at_mut(at).next = next;
                return;
            }
            at = following;
        }
    }

    /// Keeps at most one number a bucket on average, where the buckets can grow.
    fn widen(&mut self) {
        let wanted = (self.table.count() as usize + 1).next_power_of_two().max(16);
        if wanted <= self.width {
            return;
        }
        while self.buckets.slots().len() < wanted {
            if !self.buckets.grow() {
                return;
            }
        }
        self.width = wanted;
        self.buckets.slots_mut()[..wanted].fill(Bucket::default());
        for index in 0..self.table.end() {
            if self.table.is_used(index) {
                let entry = *self.table.at(index);
                let bucket = bucket_of(entry.namespace, entry.value, wanted);
                let next = core::mem::replace(&mut self.buckets.slots_mut()[bucket].0, index);
                self.table.at_mut(index).next = next;
            }
        }
    }
}

/// Neighbouring numbers fall into neighbouring buckets: a table walked in order of numbers is walked in order
/// of memory.
#[expect(clippy::cast_sign_loss, reason = "the number is mixed, not counted with")]
const fn bucket_of(namespace: u32, number: i32, width: usize) -> usize {
    (number as u32 ^ namespace.wrapping_mul(0x9E37_79B9)) as usize & (width - 1)
}
