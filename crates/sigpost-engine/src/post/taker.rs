//! Which thread takes a signal that is sent to its process.

use super::{Scope, Threads, Wake, rouse};
use crate::personality::{Personality, TakerChoice};
use crate::process::ProcessSignals;
use crate::thread::ThreadSignals;
use crate::{Signal, SignalSet};

/// The thread that is to take the signal; `None` if every thread that could is closed to it.
///
/// The addressed thread is asked first, then the others, beginning where the last search ended: so a process
/// whose threads all block the signal but one is searched once. A thread that was already made to look, or is
/// held, is taken only when there is no better one.
///
/// Source: Linux `complete_signal`, `wants_signal`; FreeBSD `sigtd`.
#[inline]
pub(super) fn choose<T: Threads>(threads: &mut T, signal: Signal, scope: Scope, rules: &Personality) -> Option<T::Id> {
    if rules.taker == TakerChoice::ReadyFirst
        && scope == Scope::Process
        && let Some(waiter) = waiter(threads, signal, ThreadSignals::can_run)
    {
        return Some(waiter);
    }
    let addressed = threads.addressed();
    let open = is_open(threads.thread(addressed), signal, rules);
    if open && (scope == Scope::Thread || is_wanted(threads.thread(addressed), rules)) {
        return Some(addressed);
    }
    if scope == Scope::Thread {
        return None;
    }
    choose_other(threads, signal, open, rules)
}

/// The search among all threads, when the addressed one is not the obvious choice.
#[inline]
fn choose_other<T: Threads>(threads: &mut T, signal: Signal, open: bool, rules: &Personality) -> Option<T::Id> {
    let start = threads.hint();
    // Who takes it if nobody is wanted does not depend on where the search begins: the addressed thread, or the first.
    let (mut second_best, mut since_start) = (None, None);
    let mut at = start;
    loop {
        let thread = threads.thread(at);
        if is_open(thread, signal, rules) {
            if is_wanted(thread, rules) {
                threads.set_hint(at);
                return Some(at);
            }
            second_best = second_best.or(Some(at));
        }
        at = threads.after(at).unwrap_or_else(|| {
            since_start = second_best.take();
            threads.first()
        });
        if at == start {
            return if open { Some(threads.addressed()) } else { second_best.or(since_start) };
        }
    }
}

#[inline]
fn is_open(thread: &ThreadSignals, signal: Signal, rules: &Personality) -> bool {
    !thread.exited && thread.open_set(rules).contains(signal)
}

/// Whether a thread that does not block the signal is a good choice for it.
#[inline]
pub(super) fn is_wanted(thread: &ThreadSignals, rules: &Personality) -> bool {
    match rules.taker {
        TakerChoice::ReadyFirst => thread.can_run(),
        TakerChoice::MainFirst => {
            !thread.stopped && !thread.trace.is_stopped() && (thread.current || !thread.was_told())
        }
    }
}

/// The first thread that waits for the signal in the `sigwait` family, among those that are fit for it.
pub(super) fn waiter<T: Threads>(
    threads: &T,
    signal: Signal,
    is_fit: impl Fn(&ThreadSignals) -> bool,
) -> Option<T::Id> {
    let mut at = Some(threads.first());
    while let Some(id) = at {
        let thread = threads.thread(id);
        if !thread.exited && thread.waiting.contains(signal) && is_fit(thread) {
            return Some(id);
        }
        at = threads.after(id);
    }
    None
}

/// A thread has closed itself to these signals, or ended: those of them that are pending for the process get
/// another thread that looks, if one would take them. Whom the host has to wake for that.
///
/// Source: Linux `retarget_shared_pending`; FreeBSD `reschedule_signals`.
#[inline]
pub(crate) fn retarget<T: Threads>(
    process: &ProcessSignals,
    threads: &mut T,
    from: T::Id,
    closed: SignalSet,
    rules: &Personality,
) -> Wake<T::Id> {
    let left = process.pending.set() & closed;
    if left.is_empty() { Wake::Nobody } else { find_others(threads, from, left, rules) }
}

/// Has these signals looked at by others, each by the first thread after this one that would take it.
fn find_others<T: Threads>(threads: &mut T, from: T::Id, mut left: SignalSet, rules: &Personality) -> Wake<T::Id> {
    let mut wake = Wake::Nobody;
    let mut at = from;
    while !left.is_empty() {
        at = threads.after(at).unwrap_or_else(|| threads.first());
        if at == from {
            break;
        }
        let thread = threads.thread_mut(at);
        let takes = left & thread.open_set(rules);
        if !thread.exited && !takes.is_empty() {
            left = left - takes;
            if !thread.was_told() {
                rouse(thread);
                wake = if wake == Wake::Nobody { Wake::One(at) } else { Wake::Everyone };
            }
        }
    }
    wake
}

#[cfg(test)]
mod tests {
    use super::super::ThreadRow;
    use super::*;
    use crate::personality::LINUX;
    use crate::queue::Charge;
    use crate::thread::Resumed;

    #[test]
    fn who_goes_on_after_a_stop_is_told_by_the_first_signal_that_it_is_to_take_in_place_of_another() {
        let mut process = ProcessSignals::new(Charge { account: 0, limit: 5 });
        process.pending.push_bare(Signal::USR1);
        let closed = ThreadSignals { mask: SignalSet::ALL.into(), ..ThreadSignals::default() };
        let goes_on = ThreadSignals { kicked: true, resumed: Resumed::ByCont, ..ThreadSignals::default() };
        let mut row = ThreadRow::new([closed, goes_on, goes_on]);
        assert_eq!(retarget(&process, &mut row, 0, SignalSet::ALL, &LINUX), Wake::One(1));
        // Source: Linux `wants_signal`.
        assert_eq!(choose(&mut row, Signal::HUP, Scope::Process, &LINUX), Some(2), "whom no signal has told to look");
    }

    #[test]
    fn of_threads_of_which_none_is_wanted_the_first_is_taken_wherever_the_search_begins() {
        let closed = ThreadSignals { mask: SignalSet::ALL.into(), ..ThreadSignals::default() };
        let stopped = ThreadSignals { stopped: true, ..ThreadSignals::default() };
        let told = ThreadSignals { kicked: true, ..ThreadSignals::default() };
        for hint in 0..4 {
            let mut row = ThreadRow { hint, ..ThreadRow::new([closed, stopped, told, told]) };
            assert_eq!(choose(&mut row, Signal::HUP, Scope::Process, &LINUX), Some(1), "from {hint}");
            assert_eq!(row.hint, hint, "it is moved by a search that finds somebody");
        }
    }
}
