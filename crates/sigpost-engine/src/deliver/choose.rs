//! Which of several pending signals is taken first.

use crate::pending::PendingSignals;
use crate::personality::{DeliveryOrder, Personality};
use crate::queue::Queue;
use crate::{Signal, SignalInfo, SignalSet};

/// Linux's order among the signals that instructions cause: these before all others, lowest number first.
const FIRST: SignalSet = SignalSet::SYNCHRONOUS;

const KILL: SignalSet = SignalSet::of(&[Signal::KILL]);

/// Takes the next signal of a thread that is about to go on: a fault before all else, then as [`take`] does. What its
/// own instruction has just caused is `fault`.
///
/// Source: Linux `get_signal`, `dequeue_synchronous_signal`.
#[inline(always)]
pub(crate) fn take_fault_first(
    own: &mut PendingSignals,
    shared: &mut PendingSignals,
    queue: &mut Queue<'_>,
    open: SignalSet,
    fault: Option<Signal>,
    rules: &Personality,
) -> Option<SignalInfo> {
    let mine = own.set() & open;
    if !mine.is_empty() {
        let fault = fault.filter(|&fault| mine.contains(fault));
        if let Some(fault) = fault_of(own, mine, queue, rules).or(fault) {
            return Some(own.take(queue, fault));
        }
    }
    take(own, shared, queue, open, rules)
}

/// Takes the next signal of a thread: from its own queue or from its process's, among the open ones.
///
/// Source: Linux `next_signal`; POSIX XSH 2.4.1 leaves the order among standard signals open.
#[inline(always)]
pub(crate) fn take(
    own: &mut PendingSignals,
    shared: &mut PendingSignals,
    queue: &mut Queue<'_>,
    open: SignalSet,
    rules: &Personality,
) -> Option<SignalInfo> {
    let (mine, ours) = (own.set() & open, shared.set() & open);
    match rules.delivery_order {
        DeliveryOrder::ThreadThenProcess if mine.is_empty() => Some(shared.take(queue, first_of(ours)?)),
        DeliveryOrder::ThreadThenProcess => Some(own.take(queue, first_of(mine)?)),
        DeliveryOrder::LowestOfBoth => {
            let both = mine | ours;
            // KILL ends everything: nothing goes before it.
            let signal = if both.intersects(KILL) { Signal::KILL } else { both.first()? };
            Some(if mine.contains(signal) { own.take(queue, signal) } else { shared.take(queue, signal) })
        }
    }
}

/// A fault of the thread's own: the synchronous signal of the kernel's that came first. Where one is open, that is taken
/// which came first, even if the thread blocks it (live).
///
/// Source: Linux `dequeue_synchronous_signal`.
#[inline(never)]
fn fault_of(own: &PendingSignals, mine: SignalSet, queue: &Queue<'_>, rules: &Personality) -> Option<Signal> {
    let asks = rules.delivery_order == DeliveryOrder::ThreadThenProcess;
    if !asks || !mine.intersects(FIRST) || mine.contains(Signal::KILL) {
        return None;
    }
    own.first_fault(queue)
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
