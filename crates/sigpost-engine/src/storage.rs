//! Where the tables lie: in slots that the caller supplies ([`Fixed`]), or on the heap ([`Heap`], with the
//! feature `alloc`).
//!
//! Either way memory is asked for when a process, thread, group, session or handler table is made, and that
//! can fail. Posting and delivering signals ask for none.

use core::fmt;
use core::num::NonZeroU32;

use crate::identity::RawKey;
use crate::queue::NIL;

/// A row of slots that may be able to grow.
pub trait Slots<T> {
    /// The slots.
    fn slots(&self) -> &[T];
    /// The slots, to be changed.
    fn slots_mut(&mut self) -> &mut [T];
    /// Adds one slot at the end; `false` if there is no room for it.
    fn grow(&mut self) -> bool;
}

impl<T> Slots<T> for &mut [T] {
    #[inline]
    fn slots(&self) -> &[T] {
        self
    }

    #[inline]
    fn slots_mut(&mut self) -> &mut [T] {
        self
    }

    fn grow(&mut self) -> bool {
        false
    }
}

#[cfg(feature = "alloc")]
impl<T: Default> Slots<T> for alloc::vec::Vec<T> {
    #[inline]
    fn slots(&self) -> &[T] {
        self
    }

    #[inline]
    fn slots_mut(&mut self) -> &mut [T] {
        self
    }

    fn grow(&mut self) -> bool {
        // By a sixteenth, not to the double: large tables keep little that nobody uses.
        if self.len() == self.capacity() && self.try_reserve_exact((self.len() / 16).max(16)).is_err() {
            return false;
        }
        self.push(T::default());
        true
    }
}

/// A way to keep tables.
pub trait Storage {
    /// A row of slots of this kind of entry.
    type Of<T: Default + 'static>: Slots<T>;
}

/// Tables on the heap. They grow as processes are made; running out of memory is an error, not a panic.
#[cfg(feature = "alloc")]
#[derive(Clone, Copy, Debug)]
pub struct Heap;

#[cfg(feature = "alloc")]
impl Storage for Heap {
    type Of<T: Default + 'static> = alloc::vec::Vec<T>;
}

/// Tables in slots that the caller supplies: for kernels without an allocator. Full is an error, not a panic.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a>(core::marker::PhantomData<&'a mut ()>);

impl<'a> Storage for Fixed<'a> {
    type Of<T: Default + 'static> = &'a mut [T];
}

/// One slot of a table: an entry and how often the slot has been given out, which is asked with every key and so lies
/// before what else is read first.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Slot<T> {
    /// Odd while the slot is in use.
    generation: u32,
    /// The next free slot; while the slot is in use, whatever slot its owner likes.
    next: u32,
    entry: T,
}

impl<T: Default> Default for Slot<T> {
    fn default() -> Self {
        Self { generation: 0, next: NIL, entry: T::default() }
    }
}

/// A table of entries that are found by key; a stale key finds nothing.
#[derive(Clone)]
pub(crate) struct Table<T, C> {
    slots: C,
    free: u32,
    unused: u32,
    count: u32,
    entries: core::marker::PhantomData<T>,
}

impl<T: Default + 'static, C: Slots<Slot<T>>> Table<T, C> {
    pub(crate) const fn new(slots: C) -> Self {
        Self { slots, free: NIL, unused: 0, count: 0, entries: core::marker::PhantomData }
    }

    /// Whether an insertion has room; makes it where that can be done.
    pub(crate) fn reserve(&mut self) -> bool {
        self.free != NIL || (self.unused as usize) < self.slots.slots().len() || self.slots.grow()
    }

    /// Puts an entry in; `None` if there is no room.
    pub(crate) fn insert(&mut self, entry: T) -> Option<RawKey> {
        if !self.reserve() {
            return None;
        }
        let index = if self.free == NIL { self.unused } else { self.free };
        let slot = self.slots.slots_mut().get_mut(index as usize)?;
        if self.free == NIL {
            self.unused += 1;
        } else {
            self.free = slot.next;
        }
        slot.generation = slot.generation.wrapping_add(1);
        slot.next = NIL;
        slot.entry = entry;
        self.count += 1;
        Some(self.key(index))
    }

    /// Frees a slot; keys to it are stale from now on.
    pub(crate) fn remove(&mut self, index: u32) {
        let free = self.free;
        let slot = &mut self.slots.slots_mut()[index as usize];
        slot.generation = slot.generation.wrapping_add(1);
        slot.next = free;
        slot.entry = T::default();
        self.free = index;
        self.count -= 1;
    }

    /// The index of a key, if it is not stale.
    #[inline]
    pub(crate) fn find(&self, key: RawKey) -> Option<u32> {
        let slot = self.slots.slots().get(key.index as usize)?;
        (slot.generation == key.generation.get()).then_some(key.index)
    }

    /// The key of a slot in use.
    #[inline]
    pub(crate) fn key(&self, index: u32) -> RawKey {
        // It is odd already.
        RawKey { index, generation: NonZeroU32::MIN | self.slots.slots()[index as usize].generation }
    }

    /// The slot that a slot in use was made to lead to; `NIL` to begin with.
    #[inline]
    pub(crate) fn next(&self, index: u32) -> u32 {
        self.slots.slots()[index as usize].next
    }

    /// Makes a slot in use lead to another.
    #[inline]
    pub(crate) fn set_next(&mut self, index: u32, next: u32) {
        self.slots.slots_mut()[index as usize].next = next;
    }

    #[inline]
    pub(crate) fn at(&self, index: u32) -> &T {
        &self.slots.slots()[index as usize].entry
    }

    #[inline]
    pub(crate) fn at_mut(&mut self, index: u32) -> &mut T {
        &mut self.slots.slots_mut()[index as usize].entry
    }

    #[inline]
    pub(crate) fn raw_mut(&mut self) -> &mut [Slot<T>] {
        self.slots.slots_mut()
    }

    /// How many slots were ever used: every index in use is below it.
    pub(crate) const fn end(&self) -> u32 {
        self.unused
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Whether a slot is in use.
    #[inline]
    pub(crate) fn is_used(&self, index: u32) -> bool {
        self.slots.slots().get(index as usize).is_some_and(|slot| slot.generation % 2 == 1)
    }

    /// The indexes in use, lowest first.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.unused).filter(|&index| self.is_used(index))
    }
}

impl<T> Slot<T> {
    #[inline]
    pub(crate) const fn entry(&self) -> &T {
        &self.entry
    }

    #[inline]
    pub(crate) const fn entry_mut(&mut self) -> &mut T {
        &mut self.entry
    }
}

impl<T, C> fmt::Debug for Table<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Table({} entries)", self.count)
    }
}
