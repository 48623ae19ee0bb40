//! Where the information of queued signals lies: a pool of entries, charged to accounts.
//!
//! An entry is needed for the *information* that comes with a signal, never for the signal itself: that is a
//! bit. When the pool or an account is exhausted the signal still arrives, without its information
//! (`info_lost`), unless the call is one that then fails with EAGAIN.
//!
//! The entries are slots that the host supplies; taking and giving back one is a few instructions, and nothing
//! is allocated while signals are posted.

use crate::SignalInfo;

/// No entry.
pub(crate) const NIL: u32 = u32::MAX;

/// One entry of the pool.
#[derive(Clone, Debug, Default)]
pub struct QueueEntry {
    pub(crate) info: Option<SignalInfo>,
    /// The next instance of the same signal in the same queue; in the free list, the next free entry.
    pub(crate) next: u32,
    /// Of the first instance: the last one.
    pub(crate) last: u32,
    /// Of the first instance: the first instance of the queue's next signal.
    pub(crate) next_signal: u32,
    /// Whom the entry is charged to.
    pub(crate) account: u32,
    /// It was promised, and is again once it is given back.
    pub(crate) promised: bool,
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

/// The free entries: a list through the entries themselves, and those never used yet.
#[derive(Clone, Copy, Debug)]
pub struct FreeEntries {
    first: u32,
    unused: u32,
    /// How many are taken.
    taken: u32,
    /// How many of the free ones are promised to timers.
    promised: u32,
}

impl Default for FreeEntries {
    fn default() -> Self {
        Self { first: NIL, unused: 0, taken: 0, promised: 0 }
    }
}

impl FreeEntries {
    /// Whether there is a free entry, of so many, that is not promised.
    const fn has_spare(&self, entries: usize) -> bool {
        (self.taken as usize + self.promised as usize) < entries
    }

    /// Promises a free entry, of so many; `false` if none is left to promise.
    pub(crate) const fn promise(&mut self, entries: usize) -> bool {
        let has_spare = self.has_spare(entries);
        if has_spare {
            self.promised += 1;
        }
        has_spare
    }

    /// Takes back a promise that is not in use.
    pub(crate) const fn forget_promise(&mut self) {
        self.promised = self.promised.saturating_sub(1);
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
    /// Takes a free entry and charges it; `None` when the pool is empty, or the account is at its limit and
    /// `always` is not set.
    pub(crate) fn reserve(&mut self, info: &SignalInfo, charge: Charge, always: bool) -> Option<u32> {
        let account = self.accounts.get_mut(charge.account as usize)?;
        if (account.charged >= charge.limit && !always) || !self.free.has_spare(self.entries.len()) {
            return None;
        }
        self.fill(info, charge, false)
    }

    /// Takes an entry that was promised; it is promised again once it is given back.
    pub(crate) fn reserve_promised(&mut self, info: &SignalInfo, charge: Charge) -> Option<u32> {
        self.free.promised = self.free.promised.checked_sub(1)?;
        self.fill(info, charge, true)
    }

    fn fill(&mut self, info: &SignalInfo, charge: Charge, promised: bool) -> Option<u32> {
        let account = self.accounts.get_mut(charge.account as usize)?;
        let index = if self.free.first == NIL { self.free.unused } else { self.free.first };
        let entry = self.entries.get_mut(index as usize)?;
        if self.free.first == NIL {
            self.free.unused += 1;
        } else {
            self.free.first = entry.next;
        }
        self.free.taken += 1;
        account.charged += 1;
        let account = charge.account;
        *entry = QueueEntry { info: Some(*info), next: NIL, last: index, next_signal: NIL, account, promised };
        Some(index)
    }

    /// Whether an entry could be had within the limit.
    pub(crate) fn has_room(&self, charge: Charge) -> bool {
        let below_limit = self.accounts.get(charge.account as usize).is_some_and(|a| a.charged < charge.limit);
        below_limit && self.free.has_spare(self.entries.len())
    }

    /// Gives an entry back and credits its account.
    pub(crate) fn release(&mut self, index: u32) {
        let entry = &mut self.entries[index as usize];
        if let Some(account) = self.accounts.get_mut(entry.account as usize) {
            account.charged = account.charged.saturating_sub(1);
        }
        entry.info = None;
        entry.next = self.free.first;
        self.free.promised += u32::from(core::mem::take(&mut entry.promised));
        self.free.first = index;
        self.free.taken -= 1;
    }

    pub(crate) fn entry(&self, index: u32) -> &QueueEntry {
        &self.entries[index as usize]
    }

    pub(crate) fn entry_mut(&mut self, index: u32) -> &mut QueueEntry {
        &mut self.entries[index as usize]
    }
}
