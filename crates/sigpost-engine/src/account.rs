//! Who pays for queued signals: one account a user (Linux), or one a process.
//!
//! Source: Linux `RLIMIT_SIGPENDING`, `inc_rlimit_get_ucounts`; FreeBSD `kern.sigqueue.max_pending_per_proc`.

use crate::personality::QueueLimit;
use crate::queue::{Account, Charge};
use crate::storage::{Slots, Storage};
use crate::system::Owner;
use crate::{Credentials, ProcessKey, System};

impl<S: Storage> System<S> {
    /// Changes a process's user IDs and privilege: whether it may is the host's to decide. What is queued stays charged to
    /// whom it was charged to; where there is no room for another user's account, so is what comes.
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the process is gone.
    ///
    /// Source: POSIX `setuid`, setresuid(2); Linux `set_cred_ucounts`.
    pub fn set_credentials(&mut self, process: ProcessKey, credentials: Credentials) -> Result<(), crate::Gone> {
        let index = self.live(process)?;
        let old = self.processes.at(index).signals.charge;
        if self.rules.queue_limit == QueueLimit::PerUser
            && credentials.real != self.processes.at(index).credentials.real
            && let Some(charge) = self.account_for(credentials.real)
        {
            self.leave_account(old.account);
            self.processes.at_mut(index).signals.charge.account = charge.account;
        }
        self.processes.at_mut(index).credentials = credentials;
        Ok(())
    }

    /// Sets how many signals may be queued for a process (Linux `RLIMIT_SIGPENDING`).
    ///
    /// # Errors
    /// [`Gone`](crate::Gone) if the process is gone.
    ///
    /// Source: setrlimit(2).
    pub fn set_queue_limit(&mut self, process: ProcessKey, limit: u32) -> Result<(), crate::Gone> {
        let index = self.live(process)?;
        self.processes.at_mut(index).signals.charge.limit = limit;
        Ok(())
    }

    /// The account that a user's queued signals are charged to, or a process's own, made if it is not there.
    pub(crate) fn account_for(&mut self, user: u32) -> Option<Charge> {
        let limit = match self.rules.queue_limit {
            QueueLimit::PerProcess(limit) => limit,
            QueueLimit::PerUser | QueueLimit::NoQueue => u32::MAX,
        };
        let shared = self.rules.queue_limit != QueueLimit::NoQueue;
        let per_user = !matches!(self.rules.queue_limit, QueueLimit::PerProcess(_));
        let owner = if shared { user } else { 0 };
        let found = if per_user { self.account_of(owner) } else { None };
        let index = match found {
            Some(index) => index,
            None => self.new_account(owner)?,
        };
        let entry = &mut self.owners.slots_mut()[index as usize];
        if found.is_some() && entry.processes == 0 {
            self.idle_accounts = self.idle_accounts.saturating_sub(1);
        }
        entry.processes += 1;
        Some(Charge { account: index, limit })
    }

    /// The account of a user who has processes, or had: what is queued for those who have become others stays charged to
    /// it (live).
    fn account_of(&self, user: u32) -> Option<u32> {
        let charges = self.charges.slots();
        let owes = |index: usize| charges.get(index).is_some_and(|account| account.charged > 0);
        let mut owners = self.owners.slots().iter().enumerate();
        let found = owners.find(|(index, entry)| entry.user == user && (entry.processes > 0 || owes(*index)));
        found.and_then(|(index, _)| u32::try_from(index).ok())
    }

    /// A free account: none of the processes uses it, and nothing is charged to it any more.
    fn new_account(&mut self, user: u32) -> Option<u32> {
        let is_free = |system: &Self, index: u32| {
            system.owners.slots().get(index as usize).is_some_and(|owner| owner.processes == 0)
                && system.charges.slots().get(index as usize).is_some_and(|account| account.charged == 0)
        };
        // The one given up last; or, while there are any, another that was given up; or one never used.
        let fresh = self.fresh_account;
        let index = if is_free(self, self.idle_account) {
            self.idle_account
        } else if self.idle_accounts > 0 {
            (0..fresh).find(|&index| is_free(self, index)).unwrap_or(fresh)
        } else {
            fresh
        };
        if index as usize == self.owners.slots().len() && !(self.owners.grow() && self.charges.grow()) {
            return None;
        }
        *self.owners.slots_mut().get_mut(index as usize)? = Owner { user, processes: 0 };
        *self.charges.slots_mut().get_mut(index as usize)? = Account::default();
        if index == fresh {
            self.fresh_account += 1;
        } else {
            self.idle_accounts = self.idle_accounts.saturating_sub(1);
        }
        Some(index)
    }

    pub(crate) fn leave_account(&mut self, account: u32) {
        if let Some(owner) = self.owners.slots_mut().get_mut(account as usize) {
            owner.processes = owner.processes.saturating_sub(1);
            if owner.processes == 0 {
                self.idle_account = account;
                self.idle_accounts += 1;
            }
        }
    }
}
