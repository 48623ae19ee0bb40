//! `deliver`: what a thread does next about its signals, before it goes back to user mode.
//!
//! **Heads up.** Linux kernel/signal.c `get_signal`, `dequeue_signal`, `do_signal_stop`, `ptrace_signal`. Default
//! actions take effect *here*, not when the signal is generated; a handler's call is described, not made.

mod choose;

use crate::disposition::{Action, ActionFlags, ActionTable};
use crate::personality::{OrphanedStop, Personality, StopOfSleeper};
use crate::post::{
    ChildNews, Threads, Wake, acknowledge_stop, begin_stop, discard_opposite, end, merges_with, retarget,
};
use crate::process::ProcessSignals;
use crate::queue::Queue;
use crate::run_state::{ExitStatus, Life, ProcessStop, Trace};
use crate::thread::{Resumed, ThreadSignals, Trap};
use crate::{Code, DefaultAction, Signal, SignalInfo, SignalMask, SignalSet};

/// What the thread has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Nothing more: go on.
    Nothing,
    /// Call a handler; then ask again, for handlers stack: the one found last begins first.
    Handler(HandlerCall),
    /// Stand still with the process, until work says that it continues.
    Stop,
    /// Stand still until the tracer lets it go; the tracer is shown this.
    TraceStop(SignalInfo),
    /// The process ends like this: the thread has to end.
    End(ExitStatus),
}

/// How a handler is to be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandlerCall {
    /// The signal and what comes with it.
    pub info: SignalInfo,
    /// The handler and its flags. With [`ActionFlags::RESTART`] an interrupted call is started again, otherwise
    /// it fails with EINTR.
    pub action: Action,
    /// The mask to give to `sigreturn` when the handler has returned.
    pub saved_mask: SignalMask,
}

/// A delivery, and whom the host has to wake or tell besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the thread has to do what it says"]
pub struct Delivered<T> {
    /// What the thread has to do.
    pub delivery: Delivery,
    /// Whom to wake.
    pub wake: Wake<T>,
    /// What the process's parent is to be told first: that it goes on after a stop.
    pub tell_first: Option<ChildNews>,
    /// What the process's parent is to be told.
    pub tell_parent: Option<ChildNews>,
}

impl<T> Delivered<T> {
    const fn only(delivery: Delivery) -> Self {
        Self { delivery, wake: Wake::Nobody, tell_first: None, tell_parent: None }
    }
}

/// What is fixed while one thread takes its signals.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The process's handlers.
    pub actions: &'a ActionTable,
    /// The process's group is orphaned.
    pub orphaned: bool,
    /// The process is a child of init (only 4.3BSD asks).
    pub child_of_init: bool,
    /// The rules.
    pub rules: &'a Personality,
}

/// Takes the next signal of a thread that is in `from`, out of its own queue or its process's, and does nothing else:
/// for the `sigwait` family, for signalfd, and for a host that acts on signals itself. If nothing is left that the thread
/// would take, it need not look any more ([`ThreadSignals::is_kicked`]).
///
/// Source: Linux `dequeue_signal`, `recalc_sigpending`; POSIX `sigwaitinfo`.
#[inline]
pub fn take(
    thread: &mut ThreadSignals,
    process: &mut ProcessSignals,
    queue: &mut Queue<'_>,
    from: SignalSet,
    rules: &Personality,
) -> Option<SignalInfo> {
    let taken = choose::take(&mut thread.pending, &mut process.pending, queue, from, rules);
    thread.look_no_more_in_vain(process, rules);
    taken
}

/// Decides what the *addressed* thread does next, taking from its own queue and its process's.
///
/// Call it when the thread is about to go back to user mode and [`ThreadSignals::is_kicked`] says that there
/// may be something; call it again until it says [`Delivery::Nothing`].
///
/// [`ThreadSignals::is_kicked`]: crate::ThreadSignals::is_kicked
///
/// Source: POSIX XSH 2.4.3; Linux `get_signal`; FreeBSD `issignal`, `postsig`.
pub fn deliver<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    surroundings: &Surroundings<'_>,
) -> Delivered<T::Id> {
    let this = threads.addressed();
    if threads.thread(this).undecided.is_some()
        && let Some(signal) = threads.thread_mut(this).undecided.take()
        && process.life.is_alive()
    {
        return resume_traced(process, threads, queue, surroundings, Some(made_anew(signal)));
    }
    let tell_first = if threads.thread(this).stands() { None } else { process.untold.take() };
    Delivered { tell_first, ..look(process, threads, queue, surroundings) }
}

/// The information of a signal whose own was given to the tracer (Linux has it still): it is made anew as for a signal
/// that a tracer put in its place.
///
/// Source: Linux `ptrace_signal`.
pub(crate) fn made_anew(signal: Signal) -> SignalInfo {
    SignalInfo { code: Code::USER, ..SignalInfo::kernel(signal) }
}

/// Decides what the addressed thread does next, its parent having been told all there was to tell.
#[inline(always)]
fn look<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    surroundings: &Surroundings<'_>,
) -> Delivered<T::Id> {
    let this = threads.addressed();
    loop {
        if let Some(delivered) = standing(process, threads) {
            return delivered;
        }
        let thread = threads.thread_mut(this);
        thread.resumed = Resumed::No;
        let open = thread.shown_set(surroundings.rules);
        let fault = thread.fault.take();
        let own = thread.pending.set();
        let (own_queue, shared) = (&mut thread.pending, &mut process.pending);
        let Some(info) = choose::take_fault_first(own_queue, shared, queue, open, fault, surroundings.rules) else {
            thread.kicked = false;
            return Delivered::only(Delivery::Nothing);
        };
        if thread.trace.is_traced() && info.signal != Signal::KILL {
            thread.trace = Trace::Stopped(Some(info.signal));
            (thread.untold, thread.decided_by_tracer, thread.stop_cancelled) = (true, true, false);
            thread.shown_of_process = !own.contains(info.signal);
            return Delivered::only(Delivery::TraceStop(info));
        }
        if let Some(delivered) = act(process, threads, &info, surroundings) {
            return delivered;
        }
    }
}

/// Goes on with a thread that its tracer has let go, with the signal that the tracer gives it, which may be another
/// than it was shown, or none. The caller has set [`Trace`] to what the thread is from now on.
///
/// A signal that the thread blocks meanwhile goes back into the queue that the shown one came from. Source: ptrace(2);
/// Linux `ptrace_signal`.
pub fn resume_traced<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    surroundings: &Surroundings<'_>,
    inject: Option<SignalInfo>,
) -> Delivered<T::Id> {
    let this = threads.addressed();
    // Source: Linux `JOBCTL_STOP_DEQUEUED`.
    let cancelled = core::mem::take(&mut threads.thread_mut(this).stop_cancelled);
    let stops_nothing = |info: &SignalInfo| cancelled && info.signal.is_stop();
    if let Some(info) = inject.filter(|info| !(stops_nothing(info) && process.dispositions.is_default(info.signal))) {
        if threads.thread(this).mask.blocks(info.signal) {
            let wake = requeue(process, threads, queue, &info, surroundings.rules);
            let delivered = look(process, threads, queue, surroundings);
            return if wake == Wake::Nobody { delivered } else { Delivered { wake: Wake::Everyone, ..delivered } };
        } else if let Some(delivered) = act(process, threads, &info, surroundings) {
            return delivered;
        }
    }
    look(process, threads, queue, surroundings)
}

/// Puts a signal that a tracer lets through and that the thread blocks into the queue that the shown one was taken from,
/// by the rules of generation. One for the process gets another thread that looks, if one would take it.
///
/// Source: Linux `ptrace_signal`.
pub(crate) fn requeue<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    info: &SignalInfo,
    rules: &Personality,
) -> Wake<T::Id> {
    let this = threads.addressed();
    let _ = discard_opposite(process, threads, queue, info.signal);
    let thread = threads.thread_mut(this);
    let for_process = thread.shown_of_process;
    let pending = if for_process { &mut process.pending } else { &mut thread.pending };
    if !merges_with(pending.set(), info.signal, rules) {
        match queue.reserve(info, process.charge, || true) {
            Some(entry) => pending.push(queue, info.signal, entry),
            None => pending.push_bare(info.signal),
        }
    }
    if !for_process {
        return Wake::Nobody;
    }
    retarget(process, threads, this, SignalSet::of(&[info.signal]), rules)
}

/// What a thread has to do before it may look for signals: end, or stand still.
#[inline(always)]
fn standing<T: Threads>(process: &mut ProcessSignals, threads: &mut T) -> Option<Delivered<T::Id>> {
    let this = threads.addressed();
    let thread = threads.thread_mut(this);
    if let Life::Ending(status) | Life::Zombie(status) = process.life {
        return Some(Delivered::only(Delivery::End(status)));
    }
    let has_trap = thread.trap != Trap::No;
    if thread.trace.is_stopped() && !(thread.listening && has_trap) {
        return Some(Delivered::only(Delivery::Stop));
    }
    let has_to_stop = matches!(process.stop, ProcessStop::Stopping(..)) && !thread.stopped && !thread.freed;
    if thread.seized && (has_to_stop || has_trap) {
        return Some(trap(process, thread));
    }
    if thread.stopped {
        return Some(Delivered::only(Delivery::Stop));
    }
    if has_to_stop {
        thread.stopped = true;
        let tell_parent = acknowledge_stop(process);
        return Some(Delivered { tell_parent, ..Delivered::only(Delivery::Stop) });
    }
    None
}

/// A seized thread stops for its tracer without having taken a signal: its process stops (it counts as stopped with
/// it), continues, or the tracer has asked for it.
///
/// Source: Linux `do_jobctl_trap`, `ptrace_stop`.
fn trap<T>(process: &mut ProcessSignals, thread: &mut ThreadSignals) -> Delivered<T> {
    let signal = process.stop.signal().unwrap_or(Signal::TRAP);
    let counts = matches!(process.stop, ProcessStop::Stopping(..)) && !thread.stopped && !thread.freed;
    (thread.stopped, thread.freed) = (process.stop != ProcessStop::No, false);
    (thread.trap, thread.listening) = (Trap::No, false);
    thread.trace = Trace::Stopped(Some(signal));
    (thread.untold, thread.decided_by_tracer) = (true, false);
    let tell_parent = if counts { acknowledge_stop(process) } else { None };
    let info = SignalInfo { code: Code::EVENT_STOP, ..SignalInfo::kernel(signal) };
    Delivered { tell_parent, ..Delivered::only(Delivery::TraceStop(info)) }
}

/// Does what the disposition says about a signal that was taken; `None` if that is nothing.
#[inline(always)]
fn act<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    info: &SignalInfo,
    surroundings: &Surroundings<'_>,
) -> Option<Delivered<T::Id>> {
    let signal = info.signal;
    if process.dispositions.ignored().contains(signal) {
        return None;
    }
    if process.dispositions.caught().contains(signal) {
        return Some(handler(process, threads, info, surroundings));
    }
    // What reaches a protected init by default is only the KILL and STOP that were let through on purpose.
    if process.protected && signal.is_catchable() {
        return None;
    }
    match signal.default_action() {
        DefaultAction::Ignore | DefaultAction::Continue => None,
        DefaultAction::Terminate => Some(ended(process, threads, ExitStatus::Killed(signal))),
        DefaultAction::Dump => Some(ended(process, threads, ExitStatus::Dumped(signal))),
        DefaultAction::Stop => stop(process, threads, signal, surroundings),
    }
}

fn ended<T: Threads>(process: &mut ProcessSignals, threads: &mut T, status: ExitStatus) -> Delivered<T::Id> {
    end(process, threads, status);
    Delivered { wake: Wake::Everyone, ..Delivered::only(Delivery::End(status)) }
}

/// A stop signal with its default action: all threads stop, this one first. A terminal's stop finds no one to
/// stop in an orphaned group, for there nobody could continue it.
fn stop<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    signal: Signal,
    surroundings: &Surroundings<'_>,
) -> Option<Delivered<T::Id>> {
    let judged = surroundings.rules.orphaned_terminal_stop != OrphanedStop::NotJudged;
    let spared = process.vfork_child && !surroundings.rules.vfork_child_stops;
    if spared || (judged && surroundings.orphaned && signal.is_terminal_stop()) {
        return None;
    }
    let ends = surroundings.rules.stop_of_sleeper == StopOfSleeper::InPlaceButTstpEndsChildOfInit;
    if ends && signal == Signal::TSTP && surroundings.child_of_init {
        return Some(ended(process, threads, ExitStatus::Killed(Signal::KILL)));
    }
    let this = threads.addressed();
    // One that is to stop already joins that stop. Source: Linux `do_signal_stop`, `JOBCTL_STOP_PENDING`.
    let stops_already = matches!(process.stop, ProcessStop::Stopping(..)) || threads.thread(this).freed;
    let mut tell_parent = if stops_already { None } else { begin_stop(process, threads, signal, surroundings.rules) };
    let thread = threads.thread_mut(this);
    // It took the signal itself, and need not be told. Source: Linux `recalc_sigpending`.
    thread.kicked = thread.has_something(process.pending.set(), surroundings.rules);
    if thread.seized {
        let trapped = trap(process, thread);
        return Some(Delivered { wake: Wake::Everyone, ..trapped });
    }
    if !thread.stopped {
        thread.stopped = true;
        tell_parent = acknowledge_stop(process);
    }
    Some(Delivered { wake: Wake::Everyone, tell_parent, ..Delivered::only(Delivery::Stop) })
}

/// The call of a handler: its mask is added, and its own signal unless the flags say otherwise. What the thread
/// closes itself to by that, and is pending for the process, gets another taker.
///
/// If nothing is left for it then, the thread need not look again.
///
/// Source: POSIX `sigaction`; Linux `signal_delivered`, `set_current_blocked`, `recalc_sigpending`.
#[inline(always)]
fn handler<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    info: &SignalInfo,
    surroundings: &Surroundings<'_>,
) -> Delivered<T::Id> {
    let Surroundings { actions, rules, .. } = *surroundings;
    let action = *actions.get(info.signal);
    let this = threads.addressed();
    let thread = threads.thread_mut(this);
    let saved_mask = if thread.has_saved_mask { thread.saved_mask } else { thread.mask };
    thread.has_saved_mask = false;
    let before = thread.open_set(rules);
    let mut blocked = thread.mask.set() | action.mask.set();
    if !action.flags.contains(ActionFlags::NODEFER) {
        blocked.insert(info.signal);
    }
    thread.mask = blocked.into();
    let closed = before - thread.open_set(rules);
    let wake = retarget(process, threads, this, closed, rules);
    threads.thread_mut(this).look_no_more_in_vain(process, rules);
    if action.flags.contains(ActionFlags::RESETHAND) {
        process.dispositions.set(info.signal, &crate::Disposition::Default);
    }
    let call = HandlerCall { info: *info, action, saved_mask };
    Delivered { wake, ..Delivered::only(Delivery::Handler(call)) }
}
