//! May this process signal that one.

use sigpost_engine::Signal;

use crate::table::{self, Compared, ContinueAnyway};
use crate::world::{Index, World};

/// What a target that has changed its IDs may be sent where that matters; the null signal besides.
const UNRESTRICTED: [Signal; 11] = [
    Signal::KILL,
    Signal::INT,
    Signal::TERM,
    Signal::ALRM,
    Signal::STOP,
    Signal::TTIN,
    Signal::TTOU,
    Signal::TSTP,
    Signal::HUP,
    Signal::USR1,
    Signal::USR2,
];

impl World {
    /// `several`: the call names a group or everyone. `None` is the null signal.
    pub(crate) fn may(&self, sender: Index, target: Index, signal: Option<Signal>, several: bool, group: bool) -> bool {
        if sender == target {
            return true;
        }
        if signal == Some(Signal::CONT) && self.may_continue_anyway(sender, target, several) {
            return true;
        }
        let (from, to) = (self.processes[sender].user, self.processes[target].user);
        let privileged = if table::privilege_is_a_right(self.os) { from.privileged } else { from.effective == 0 };
        if privileged {
            return true;
        }
        if table::changed_ids_restrict(self.os)
            && to.changed_ids
            && signal.is_some_and(|signal| !UNRESTRICTED.contains(&signal))
        {
            return false;
        }
        let mine = [from.real, from.effective];
        match table::ids_compared(self.os, group) {
            Compared::RealOrEffectiveWithRealOrSaved => mine.contains(&to.real) || mine.contains(&to.saved),
            Compared::RealOrEffectiveWithRealOrEffective => mine.contains(&to.real) || mine.contains(&to.effective),
            Compared::EffectiveWithEffective => from.effective == to.effective,
        }
    }

    fn may_continue_anyway(&self, sender: Index, target: Index, several: bool) -> bool {
        match table::continue_anyway(self.os, several) {
            ContinueAnyway::SameSession => self.processes[sender].session == self.processes[target].session,
            ContinueAnyway::Descendant => self.is_descendant(target, sender),
            ContinueAnyway::Nobody => false,
        }
    }
}
