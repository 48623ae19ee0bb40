//! Who may signal whom: one function over facts, not tables.

use super::is_privileged;
use crate::personality::{ContExemption, Personality, UserIdRule};
use crate::{Credentials, Signal, SignalSet};

/// How sender and target are related.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked by another rule")]
pub struct Relation {
    /// They are the same process (threads of it, perhaps).
    pub same_process: bool,
    /// They are in the same session.
    pub same_session: bool,
    /// The target descends from the sender.
    pub descendant: bool,
    /// The sender's privilege counts where the target lives (Linux: the target's user namespace).
    pub privileged_over: bool,
}

/// How many the call addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// One process or thread.
    One,
    /// A process group.
    Group,
    /// Everyone.
    Everyone,
}

/// What may be sent to a process that has changed its user IDs, by one who could signal it otherwise.
///
/// Source: FreeBSD `cr_cansignal`.
const SENT_TO_CHANGED_IDS: SignalSet = SignalSet::of(&[
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
]);

/// Whether the sender may send this signal (`None`: the null signal) to the target.
///
/// ```
/// use sigpost_engine::personality::LINUX;
/// use sigpost_engine::send::permission::{may_signal, Call, Relation};
/// use sigpost_engine::{Credentials, Signal};
///
/// let (alice, bob) = (Credentials::user(1000), Credentials::user(2000));
/// let strangers = Relation::default();
/// assert!(!may_signal(&alice, &bob, strangers, Some(Signal::TERM), Call::One, &LINUX));
/// let same_session = Relation { same_session: true, ..strangers };
/// assert!(may_signal(&alice, &bob, same_session, Some(Signal::CONT), Call::One, &LINUX));
/// ```
///
/// Source: POSIX `kill`; Linux `check_kill_permission`, `kill_ok_by_cred`; FreeBSD `p_cansignal`, `cr_cansignal`;
/// \[S1.6\] \[S1.7\] \[S1.8\] \[S0.2\].
#[inline(always)]
pub fn may_signal(
    sender: &Credentials,
    target: &Credentials,
    relation: Relation,
    signal: Option<Signal>,
    call: Call,
    rules: &Personality,
) -> bool {
    if relation.same_process || (is_privileged(sender, rules.privilege) && relation.privileged_over) {
        return true;
    }
    if signal == Some(Signal::CONT) && cont_is_exempt(relation, call, rules.cont_exemption) {
        return true;
    }
    let restricted = rules.changed_ids_restrict && target.changed_ids;
    if restricted && signal.is_some_and(|signal| !SENT_TO_CHANGED_IDS.contains(signal)) {
        return false;
    }
    let rule = if call == Call::Group { rules.user_ids_in_group } else { rules.user_ids };
    match rule {
        UserIdRule::RealEffectiveWithRealSaved => pair(sender, target.real, target.saved),
        UserIdRule::RealEffectiveWithRealEffective => pair(sender, target.real, target.effective),
        UserIdRule::EffectiveWithEffective => sender.effective == target.effective,
    }
}

const fn pair(sender: &Credentials, one: u32, other: u32) -> bool {
    sender.real == one || sender.real == other || sender.effective == one || sender.effective == other
}

fn cont_is_exempt(relation: Relation, call: Call, exemption: ContExemption) -> bool {
    match exemption {
        ContExemption::SameSession => relation.same_session,
        ContExemption::DescendantInGroup => relation.descendant && call != Call::One,
        ContExemption::None => false,
    }
}
