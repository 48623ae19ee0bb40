//! Targets that are alike: of each kind the engine is asked about one.
//!
//! What becomes of a signal at a target follows from what was read of it, and not from which number it has. A thousand
//! workers of one program mostly are in one state.

use super::{Question, is_one_by_one};
use crate::snapshot::{Snapshot, ThreadSnapshot};

/// So many kinds are compared with; where there are more, the engine is asked about some alike.
const KINDS: usize = 16;

/// Targets by kind.
pub(super) struct Kinds<'a> {
    /// One of each.
    pub(super) first: Vec<&'a Snapshot>,
    /// For each target, the place in `first` of one that is like it.
    pub(super) of: Vec<usize>,
}

impl<'a> Kinds<'a> {
    pub(super) fn among(sender: &Snapshot, targets: &[&'a Snapshot], question: &Question) -> Self {
        let mut kinds = Self { first: Vec::new(), of: Vec::with_capacity(targets.len()) };
        let queues = question.with_value || question.signal.is_some_and(sigpost_engine::Signal::is_realtime);
        for target in targets {
            // Where the room of a queue may run out it matters who comes first.
            let has_room = target.queued.is_none_or(|(used, limit)| {
                usize::try_from(limit.saturating_sub(used)).is_ok_and(|left| left > targets.len())
            });
            let counts = queues || !has_room || target.pid == sender.pid;
            let compared = kinds.first.len().saturating_sub(KINDS)..;
            let known = kinds.first[compared.clone()]
                .iter()
                .position(|first| first.pid != sender.pid && are_alike(first, target, sender, question))
                .filter(|_| !counts);
            kinds.of.push(known.map_or(kinds.first.len(), |place| compared.start + place));
            if known.is_none() {
                kinds.first.push(target);
            }
        }
        kinds
    }
}

fn are_alike(one: &Snapshot, other: &Snapshot, sender: &Snapshot, question: &Question) -> bool {
    // What a prediction needs not know is named too, so that nothing new is passed over by chance.
    let Snapshot {
        pid: _,
        inode: _,
        start: _,
        comm: _,
        parent: _,
        credentials,
        group,
        session,
        state,
        stopped,
        threads,
        pending,
        ignored,
        caught,
        tracer: _,
        init,
        kernel_thread,
        queued,
        orphaned,
        frozen,
    } = one;
    *state == other.state
        && *ignored == other.ignored
        && *caught == other.caught
        && *pending == other.pending
        && *stopped == other.stopped
        && *credentials == other.credentials
        && (is_one_by_one(question.scope) || *group == other.group)
        && (*session == sender.session) == (other.session == sender.session)
        && *init == other.init
        && *kernel_thread == other.kernel_thread
        && *queued == other.queued
        && *orphaned == other.orphaned
        && *frozen == other.frozen
        && threads.len() == other.threads.len()
        && threads.iter().zip(&other.threads).all(|(one, other)| are_threads_alike(one, other))
}

fn are_threads_alike(one: &ThreadSnapshot, other: &ThreadSnapshot) -> bool {
    let ThreadSnapshot { id: _, state, blocked, pending, tracer, waits } = one;
    *state == other.state
        && *blocked == other.blocked
        && *pending == other.pending
        && tracer.is_some() == other.tracer.is_some()
        && *waits == other.waits
}

#[cfg(test)]
mod tests {
    use sigpost_engine::{Credentials, GroupId, Pid, SessionId, Signal, SignalMask, SignalSet};

    use super::*;
    use crate::proc_stat::State;
    use crate::receipt::Scope;
    use crate::snapshot::{Init, Waits};

    fn kinds(sender: &Snapshot, targets: &[Snapshot], signal: Signal) -> Vec<usize> {
        let targets: Vec<&Snapshot> = targets.iter().collect();
        Kinds::among(sender, &targets, &Question::on_linux(Scope::Process, Some(signal))).of
    }

    /// The sender, and another process with this number in another group.
    fn pair() -> (Snapshot, Snapshot) {
        let sender = Snapshot::of_caller().unwrap();
        let other = Snapshot { pid: Pid::new(2_000_000).unwrap(), queued: None, ..sender.clone() };
        (sender, other)
    }

    #[test]
    fn those_that_differ_by_number_name_and_group_alone_are_of_one_kind() {
        let (sender, first) = pair();
        let second = Snapshot {
            pid: Pid::new(2_000_001).unwrap(),
            start: 7,
            group: GroupId::new(2_000_001),
            parent: Pid::new(9),
            ..first.clone()
        };
        assert_eq!(kinds(&sender, &[first.clone(), second.clone(), first], Signal::TERM), [0, 0, 0]);
        assert_eq!(
            kinds(&sender, &[second.clone(), sender.clone(), second], Signal::TERM),
            [0, 1, 0],
            "oneself is not"
        );
    }

    #[test]
    fn whatever_may_decide_makes_another_kind() {
        let (sender, first) = pair();
        let usr1 = SignalSet::of(&[Signal::USR1]);
        let changes: [fn(&mut Snapshot, SignalSet); 15] = [
            |it, _| it.state = State::Stopped,
            |it, _| it.stopped = !it.stopped,
            |it, set| it.ignored = it.ignored | set,
            |it, set| it.caught = it.caught | set,
            |it, set| it.pending = it.pending | set,
            |it, _| it.credentials = Credentials::user(12_345),
            |it, _| it.session = SessionId::new(2_000_000),
            |it, _| it.init = Init::Inner,
            |it, _| it.kernel_thread = true,
            |it, _| it.orphaned = Some(true),
            |it, _| it.frozen = Some(2),
            |it, set| it.threads[0].blocked = SignalMask::new(set),
            |it, set| it.threads[0].pending = set,
            |it, _| it.threads[0].tracer = Pid::new(9),
            |it, set| it.threads[0].waits = Waits::For(set),
        ];
        for (place, change) in changes.into_iter().enumerate() {
            let mut second = first.clone();
            change(&mut second, usr1);
            assert_eq!(kinds(&sender, &[first.clone(), second], Signal::TERM), [0, 1], "change {place}");
        }
    }

    #[test]
    fn where_a_queue_may_run_out_each_is_asked_about() {
        let (sender, first) = pair();
        let twice = |first: &Snapshot| [first.clone(), first.clone()];
        assert_eq!(kinds(&sender, &twice(&first), Signal::RTMIN), [0, 1]);
        let short = Snapshot { queued: Some((9, 10)), ..first.clone() };
        assert_eq!(kinds(&sender, &twice(&short), Signal::TERM), [0, 1]);
        let long = Snapshot { queued: Some((9, 1000)), ..first };
        assert_eq!(kinds(&sender, &twice(&long), Signal::TERM), [0, 0]);
    }
}
