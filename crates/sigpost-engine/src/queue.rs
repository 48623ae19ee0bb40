//! Where the information of queued signals lies: a pool of entries, charged to accounts.
//!
//! An entry is needed for the *information* that comes with a signal, never for the signal itself: that is a
//! bit. When the pool or an account is exhausted the signal still arrives, without its information
//! (`info_lost`), unless the call is one that then fails with EAGAIN.
//!
//! The entries are slots that the host supplies; taking and giving back one is a few instructions, and nothing
//! is allocated while signals are posted.

use crate::{Signal, SignalInfo};

/// No entry.
pub(crate) const NIL: u32 = u32::MAX;

/// One entry of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEntry {
    pub(crate) info: SignalInfo,
    /// The next instance of the same signal in the same queue; in the free list, the next free entry.
    pub(crate) next: u32,
    /// Of the first instance: the first instance of the queue's next signal.
    pub(crate) next_signal: u32,
    /// Of the first instance, if there is a next: the last one.
    pub(crate) last: u32,
    /// Whom the entry is charged to.
    pub(crate) account: u32,
    /// Of a signal that an instruction causes: it came after those of this kind with a lower one.
    pub(crate) arrival: u32,
    /// It is promised to a timer: given back, it is promised again.
    pub(crate) promised: bool,
}

impl Default for QueueEntry {
    fn default() -> Self {
        let info = SignalInfo::lost(Signal::HUP);
        Self { info, next: NIL, last: NIL, next_signal: NIL, account: NIL, arrival: 0, promised: false }
    }
}

/// Who pays for queued signals: a user (Linux) or a process (BSD).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// How many entries are charged.
    pub(crate) charged: u32,
}

impl Account {
    /// How many entries are charged to it now.
    pub const fn charged(&self) -> u32 {
        self.charged
    }
}

/// The free entries: a list through the entries themselves, and those never used yet; those that are promised to timers
/// stand in a list of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeEntries {
    first: u32,
    unused: u32,
    first_promised: u32,
}

impl Default for FreeEntries {
    fn default() -> Self {
        Self { first: NIL, unused: 0, first_promised: NIL }
    }
}

impl FreeEntries {
    /// Whether there is a free entry, of so many, that is not promised.
    const fn has_spare(&self, entries: usize) -> bool {
        self.first != NIL || (self.unused as usize) < entries
    }

    /// Takes a free entry that is not promised.
    #[inline(always)]
    fn take(&mut self, entries: &mut [QueueEntry]) -> Option<u32> {
        if self.first == NIL {
            let index = self.unused;
            entries.get(index as usize)?;
            self.unused += 1;
            return Some(index);
        }
        let index = self.first;
        self.first = entries.get(index as usize)?.next;
        Some(index)
    }

    /// Promises a free entry; `false` if none is left to promise.
    pub(crate) fn promise(&mut self, entries: &mut [QueueEntry]) -> bool {
        let Some(index) = self.take(entries) else { return false };
        let entry = &mut entries[index as usize];
        entry.promised = true;
        entry.next = core::mem::replace(&mut self.first_promised, index);
        true
    }

    /// Takes a promised entry.
    fn take_promised(&mut self, entries: &[QueueEntry]) -> Option<u32> {
        let index = self.first_promised;
        self.first_promised = entries.get(index as usize)?.next;
        Some(index)
    }

    /// Takes back a promise that is not in use.
    pub(crate) fn forget_promise(&mut self, entries: &mut [QueueEntry]) {
        if let Some(index) = self.take_promised(entries) {
            let entry = &mut entries[index as usize];
            entry.promised = false;
            entry.next = core::mem::replace(&mut self.first, index);
        }
    }
}

/// The pool for the time of one call: the host's entries, their free list, and the accounts.
#[derive(Debug)]
pub struct Queue<'a> {
    /// The entries.
    pub entries: &'a mut [QueueEntry],
    /// Which of them are free.
    pub free: &'a mut FreeEntries,
    /// The accounts that entries are charged to.
    pub accounts: &'a mut [Account],
}

/// Who pays for an entry, and how much it may owe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Index of the account.
    pub account: u32,
    /// How many entries the account may hold.
    pub limit: u32,
}

impl Queue<'_> {
    /// Takes a free entry and charges it; `None` when the pool is empty, or the account is at its limit and the entry is
    /// not to be had `always`.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, info: &SignalInfo, charge: Charge, always: impl FnOnce() -> bool) -> Option<u32> {
        let account = self.accounts.get_mut(charge.account as usize)?;
        if account.charged >= charge.limit && !always() {
            return None;
        }
        let index = self.free.take(self.entries)?;
        account.charged += 1;
        self.fill(index, info, charge);
        Some(index)
    }

    /// Takes an entry that was promised; it is promised again once it is given back.
    pub(crate) fn reserve_promised(&mut self, info: &SignalInfo, charge: Charge) -> Option<u32> {
        let account = self.accounts.get_mut(charge.account as usize)?;
        let index = self.free.take_promised(self.entries)?;
        account.charged += 1;
        self.fill(index, info, charge);
        Some(index)
    }

    /// Writes what an entry holds that stands alone in its queue.
    #[inline(always)]
    fn fill(&mut self, index: u32, info: &SignalInfo, charge: Charge) {
        let entry = &mut self.entries[index as usize];
        entry.info = *info;
        (entry.next, entry.next_signal) = (NIL, NIL);
        (entry.account, entry.arrival) = (charge.account, 0);
    }

    /// Whether an entry could be had within the limit.
    pub(crate) fn has_room(&self, charge: Charge) -> bool {
        let below_limit = self.accounts.get(charge.account as usize).is_some_and(|a| a.charged < charge.limit);
        below_limit && self.free.has_spare(self.entries.len())
    }

    /// Gives an entry back and credits its account.
    #[inline(always)]
    pub(crate) fn release(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        if let Some(account) = self.accounts.get_mut(entry.account as usize) {
            account.charged = account.charged.saturating_sub(1);
        }
        let list = if entry.promised { &mut self.free.first_promised } else { &mut self.free.first };
        entry.next = core::mem::replace(list, index);
    }

    #[inline]
    pub(crate) fn entry(&self, index: u32) -> &QueueEntry {
        &self.entries[index as usize]
    }

    #[inline]
    pub(crate) fn entry_mut(&mut self, index: u32) -> &mut QueueEntry {
        &mut self.entries[index as usize]
    }
}
