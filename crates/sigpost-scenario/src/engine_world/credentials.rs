//! Changes of user IDs. Source: setuid(2), setresuid(2), credentials(7).

use sigpost_engine::{Credentials, Errno};

use super::{EngineWorld, broken};
use crate::{Name, Outcome, Trouble};

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
        let family = self.actor(name)?.family;
        Ok(it.effective == 0 && !self.families.get(&family).is_some_and(|family| family.only_kill))
    }

    fn credentials_of(&self, name: Name) -> Result<Credentials, Trouble> {
        let process = self.actor(name)?.process;
        self.system.credentials(process).copied().ok_or_else(|| broken("a caller without credentials"))
    }

    /// Leaving user 0 gives up the right to signal anyone; coming back restores it, unless it was dropped for good.
    fn change_ids(
        &mut self,
        name: Name,
        old: &Credentials,
        [real, effective, saved]: [u32; 3],
    ) -> Result<Option<Outcome>, Trouble> {
        let actor = self.actor(name)?;
        let (process, family) = (actor.process, actor.family);
        let dropped = self.families.get(&family).is_some_and(|family| family.unprivileged);
        let privileged = match (old.effective == 0, effective == 0) {
            (true, false) => false,
            (false, true) => !dropped,
            _ => old.privileged,
        };
        if [old.real, old.effective, old.saved].contains(&0) && ![real, effective, saved].contains(&0) {
            // Linux `cap_emulate_setxuid`: what a new program would inherit is taken away.
            if let Some(family) = self.families.get_mut(&family) {
                family.right_ends_with_exec = true;
            }
        }
        let new = Credentials { real, effective, saved, privileged, changed_ids: true };
        self.system.set_credentials(process, new).map_err(broken)?;
        Ok(Some(Outcome::Zero))
    }
}
