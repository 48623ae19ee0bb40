//! Which of several pending signals is taken first.

use crate::pending::PendingSignals;
use crate::personality::{DeliveryOrder, Personality};
use crate::queue::Queue;
use crate::{Signal, SignalInfo, SignalSet};

/// Linux's order among the signals that instructions cause: these before all others, lowest number first.
const FIRST: SignalSet = SignalSet::SYNCHRONOUS;

const KILL: SignalSet = SignalSet::of(&[Signal::KILL]);

/// Takes the next signal of a thread: from its own queue or from its process's, among the open ones. What its own
/// instruction has just caused (`fault`) goes before all.
///
/// Source: Linux `dequeue_synchronous_signal`, `next_signal`; POSIX XSH 2.4.1 leaves the order among standard
/// signals open.
#[inline(always)]
pub(crate) fn take(
    own: &mut PendingSignals,
    shared: &mut PendingSignals,
    queue: &mut Queue<'_>,
    open: SignalSet,
    fault: Option<Signal>,
    rules: &Personality,
) -> Option<SignalInfo> {
    let (mine, ours) = (own.set() & open, shared.set() & open);
    if let Some(fault) = fault
        && mine.contains(fault)
    {
        return Some(own.take(queue, fault));
    }
    match rules.delivery_order {
        DeliveryOrder::ThreadThenProcess if mine.is_empty() => Some(shared.take(queue, first_of(ours)?)),
        DeliveryOrder::ThreadThenProcess => {
            let signal = fault_of(own, mine, queue).or_else(|| first_of(mine))?;
            Some(own.take(queue, signal))
        }
        DeliveryOrder::LowestOfBoth => {
            let both = mine | ours;
            // KILL ends everything: nothing goes before it.
            let signal = if both.intersects(KILL) { Signal::KILL } else { both.first()? };
            Some(if mine.contains(signal) { own.take(queue, signal) } else { shared.take(queue, signal) })
        }
    }
}

/// A fault of the thread's own: one of the synchronous signals that the kernel made.
///
/// Source: Linux `dequeue_synchronous_signal`.
#[inline(never)]
fn fault_of(own: &PendingSignals, mine: SignalSet, queue: &Queue<'_>) -> Option<Signal> {
    if !mine.intersects(FIRST) || mine.contains(Signal::KILL) {
        return None;
    }
    let mut fault = None;
    own.walk(queue.entries, |info| {
        let is_fault = mine.contains(info.signal) && FIRST.contains(info.signal) && !info.code.is_from_user();
        if is_fault && fault.is_none() {
            fault = Some(info.signal);
        }
    });
    fault
}

#[inline]
fn first_of(set: SignalSet) -> Option<Signal> {
    let early = set & (FIRST | KILL);
    if early.is_empty() {
        set.first()
    } else if early.intersects(KILL) {
        Some(Signal::KILL)
    } else {
        early.first()
    }
}
