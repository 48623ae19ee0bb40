//! Stop and continue, as far as one process goes.

use super::{ChildNews, Threads, each, rouse};
use crate::personality::{Personality, StopOfSleeper};
use crate::process::ProcessSignals;
use crate::queue::Queue;
use crate::run_state::{Activity, ProcessStop};
use crate::thread::{Resumed, Trap};
use crate::{Signal, SignalSet};

/// CONT removes every pending stop signal of the process, a stop removes a pending CONT: never are both pending. Each
/// seized thread is to tell its tracer of a CONT; whether there is one.
///
/// Source: POSIX XSH 2.4.1; Linux `prepare_signal`, `ptrace_trap_notify`.
pub(crate) fn discard_opposite<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    signal: Signal,
) -> bool {
    let opposite = if signal == Signal::CONT {
        SignalSet::STOPS
    } else if signal.is_stop() {
        SignalSet::of(&[Signal::CONT])
    } else {
        return false;
    };
    process.pending.discard(queue, opposite);
    let mut someone_traps = false;
    each(threads, |thread| {
        thread.pending.discard(queue, opposite);
        // One that its tracer's end is about to let through. Source: Linux `JOBCTL_STOP_DEQUEUED`.
        thread.stop_cancelled |= signal == Signal::CONT && thread.undecided.is_some_and(Signal::is_stop);
        if signal == Signal::CONT && thread.seized {
            thread.trap = Trap::News;
            thread.stop_cancelled = true;
            rouse(thread);
            someone_traps = true;
        }
    });
    someone_traps
}

/// Ends the stop: every thread goes on. What the parent is told: that it continued, or, if not every thread had
/// stopped yet, that it stopped (Linux tells the parent of the stop it had begun). Where the process tells it itself
/// that is left for its threads to do.
///
/// Source: Linux `prepare_signal`; \[S2.10\].
pub(crate) fn resume<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    rules: &Personality,
) -> Option<ChildNews> {
    let news = match process.stop {
        ProcessStop::No => return None,
        ProcessStop::Stopping(signal, _) => ChildNews::Stopped(signal),
        ProcessStop::Stopped(_) => ChildNews::Continued,
    };
    process.stop = ProcessStop::No;
    let shared = process.pending.set();
    each(threads, |thread| {
        let was_told = thread.kicked;
        (thread.stopped, thread.freed) = (false, false);
        let sleeps = thread.activity == Activity::Interruptible;
        // Who was stopped where it sleeps sleeps on, if there is nothing for it.
        if was_told || !sleeps || thread.has_something(shared, rules) {
            rouse(thread);
            thread.resumed = if was_told { Resumed::No } else { Resumed::ByCont };
        }
    });
    if rules.child_tells_that_it_goes_on {
        process.untold = Some(news);
        return None;
    }
    Some(news)
}

/// Begins to stop the process: every thread is told to; those that sleep are woken for it, or stopped where
/// they sleep. What the parent is told, if that was everyone.
///
/// Source: Linux `do_signal_stop`; FreeBSD `sig_suspend_threads`.
pub(crate) fn begin_stop<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    signal: Signal,
    rules: &Personality,
) -> Option<ChildNews> {
    let mut left = 0;
    let in_place = rules.stop_of_sleeper != StopOfSleeper::Wakes;
    each(threads, |thread| {
        if in_place && thread.activity == Activity::Interruptible && !thread.seized {
            thread.stopped = true;
        } else if !thread.stopped {
            left += 1;
            thread.freed = false;
            if thread.seized {
                // Held, it tells its tracer as soon as that listens. Source: Linux `ptrace_trap_notify`.
                thread.trap = Trap::News;
            }
            rouse(thread);
        }
    });
    // Who is stopped stays so by the first signal, of which the parent knows: this stop is that of a thread that its tracer
    // had let run.
    if !matches!(process.stop, ProcessStop::Stopped(_)) {
        process.stop = ProcessStop::Stopping(signal, left);
    }
    stopped_if_last(process)
}

/// One thread of a stopping process has stopped. What the parent is told, if it was the last.
pub(crate) fn acknowledge_stop(process: &mut ProcessSignals) -> Option<ChildNews> {
    if let ProcessStop::Stopping(signal, left) = process.stop {
        process.stop = ProcessStop::Stopping(signal, left.saturating_sub(1));
    }
    stopped_if_last(process)
}

fn stopped_if_last(process: &mut ProcessSignals) -> Option<ChildNews> {
    let ProcessStop::Stopping(signal, 0) = process.stop else { return None };
    process.stop = ProcessStop::Stopped(signal);
    process.untold = None;
    Some(ChildNews::Stopped(signal))
}
