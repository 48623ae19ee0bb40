//! User IDs and rights, and their changes. Source: setuid(2), setresuid(2), credentials(7), capabilities(7).

use sigpost_engine::{Credentials, Errno};

use super::{EngineWorld, broken};
use crate::{Name, Outcome, Privilege, Trouble};

/// What a process may or may not besides what its user IDs say. A child inherits it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rights {
    /// It gave up the right to signal anyone for good.
    gave_up_kill: bool,
    /// Of all rights it was given this one alone, whatever its user IDs.
    only_kill: bool,
    /// That right ends with its program: it gave up the last user ID 0, and no user ID brings the right back.
    ends_with_exec: bool,
}

impl Rights {
    /// As a process is declared.
    pub(super) fn declared(privilege: Privilege, is_superuser: bool) -> Self {
        Self {
            gave_up_kill: privilege == Privilege::Unprivileged,
            only_kill: privilege == Privilege::Privileged && !is_superuser,
            ends_with_exec: false,
        }
    }

    /// What a process may come to use: every right but that to signal anyone, and that one. Who is the superuser in any
    /// respect has them. Source: capabilities(7), "permitted".
    pub(super) fn permitted(self, it: &Credentials) -> (bool, bool) {
        let all = [it.real, it.effective, it.saved].contains(&0) && !self.only_kill;
        (all, if all { !self.gave_up_kill } else { it.privileged })
    }

    /// Leaving user 0 gives up the right to signal anyone; coming back restores it, unless it was dropped for good.
    fn change_ids(&mut self, old: &Credentials, [real, effective, saved]: [u32; 3]) -> Credentials {
        let privileged = match (old.effective == 0, effective == 0) {
            (true, false) => false,
            (false, true) => !self.gave_up_kill,
            _ => old.privileged,
        };
        // Linux `cap_emulate_setxuid`: what a new program would inherit is taken away.
        let had_root = [old.real, old.effective, old.saved].contains(&0);
        self.ends_with_exec |= had_root && ![real, effective, saved].contains(&0);
        Credentials { real, effective, saved, privileged, changed_ids: true }
    }

    /// A new program: the superuser's begin with every right.
    pub(super) const fn exec(&mut self, it: &mut Credentials) {
        let gains = it.real == 0 || it.effective == 0;
        self.only_kill &= !gains;
        it.privileged &= gains || !self.ends_with_exec;
    }
}

impl EngineWorld {
    /// User 0 sets all three IDs; others their effective one, to one of the other two.
    pub(super) fn setuid(&mut self, name: Name, user: u32) -> Result<Option<Outcome>, Trouble> {
        let old = self.credentials_of(name)?;
        if self.may_be_anyone(name, &old)? {
            return self.change_ids(name, &old, [user; 3]);
        }
        if user != old.real && user != old.saved {
            return Ok(Some(Outcome::Error(Errno::EPERM)));
        }
        self.change_ids(name, &old, [old.real, user, old.saved])
    }

    /// User 0 sets each to anything; others to one of the three.
    pub(super) fn setresuid(&mut self, name: Name, wanted: [Option<u32>; 3]) -> Result<Option<Outcome>, Trouble> {
        let old = self.credentials_of(name)?;
        let have = [old.real, old.effective, old.saved];
        if !self.may_be_anyone(name, &old)? && wanted.iter().flatten().any(|user| !have.contains(user)) {
            return Ok(Some(Outcome::Error(Errno::EPERM)));
        }
        let mut new = have;
        for (id, wanted) in new.iter_mut().zip(wanted) {
            *id = wanted.unwrap_or(*id);
        }
        self.change_ids(name, &old, new)
    }

    /// Whether it may change to any user.
    fn may_be_anyone(&self, name: Name, it: &Credentials) -> Result<bool, Trouble> {
        Ok(it.effective == 0 && !self.rights_of(self.actor(name)?.family).only_kill)
    }

    /// The rights of a process, by its name.
    pub(super) fn rights_of(&self, family: Name) -> Rights {
        self.families.get(&family).map(|family| family.rights).unwrap_or_default()
    }

    fn credentials_of(&self, name: Name) -> Result<Credentials, Trouble> {
        let process = self.actor(name)?.process;
        self.system.credentials(process).copied().ok_or_else(|| broken("a caller without credentials"))
    }

    fn change_ids(&mut self, name: Name, old: &Credentials, ids: [u32; 3]) -> Result<Option<Outcome>, Trouble> {
        let actor = self.actor(name)?;
        let (process, family) = (actor.process, actor.family);
        let mut rights = self.rights_of(family);
        let new = rights.change_ids(old, ids);
        if let Some(family) = self.families.get_mut(&family) {
            family.rights = rights;
        }
        self.system.set_credentials(process, new).map_err(broken)?;
        Ok(Some(Outcome::Zero))
    }
}
