//! `post`: one signal to one target. Every door of the engine leads here, once for each target.
//!
//! **Heads up.** Before changing a rule, read: Linux kernel/signal.c `prepare_signal`, `sig_ignored`,
//! `complete_signal`, `wants_signal`; FreeBSD `kern_sig.c` `tdsendsignal`; POSIX XSH 2.4.1 ("Signal Generation and
//! Delivery"). What is decided *when a signal is generated* is here; what is decided when it is taken is in
//! [`deliver`](crate::deliver).
//!
//! The questions are asked in one order, and the first that applies is the verdict:
//!
//! 1. the target has ended, or is about to: [`Zombie`](Verdict::Zombie)
//! 2. *here CONT removes pending stops and a stop removes a pending CONT, whatever follows*
//! 3. CONT to a stopped process: [`Continues`](Verdict::Continues)
//! 4. a default action to a protected init: [`Immune`](Verdict::Immune)
//! 5. it would do nothing, and nobody blocks it or waits for it: [`Ignores`](Verdict::Ignores)
//! 6. it is in that queue already: [`Merges`](Verdict::Merges)
//! 7. the queue is full and the call may fail: [`QueueFull`](Verdict::QueueFull)
//! 8. KILL: [`Terminates`](Verdict::Terminates), or [`Defers`](Verdict::Defers) if no thread can end yet
//! 9. every thread that could take it blocks it: [`Pends`](Verdict::Pends)
//! 10. the process is stopped, or the taker cannot run: [`Defers`](Verdict::Defers)
//! 11. the taker waits for it: [`Accepts`](Verdict::Accepts)
//! 12. the taker is traced: [`Traces`](Verdict::Traces)
//! 13. caught: [`Handles`](Verdict::Handles)
//! 14. the default action: [`Terminates`](Verdict::Terminates), [`Dumps`](Verdict::Dumps),
//!     [`Stops`](Verdict::Stops)

mod job_control;
mod ordinary;
mod taker;
mod thread_row;

pub(crate) use job_control::{acknowledge_stop, begin_stop, discard_opposite, resume};
pub(crate) use ordinary::{Way, post_shortly, way};
pub(crate) use taker::retarget;
pub use thread_row::ThreadRow;

use crate::personality::{OrphanedStop, Personality, QueueFull, QueueLimit, StopOfSleeper, WaiterKeeps};
use crate::process::ProcessSignals;
use crate::queue::Queue;
use crate::run_state::{Activity, ExitStatus, Life, ProcessStop, Trace};
use crate::thread::{Resumed, ThreadSignals, Trap};
use crate::{Code, DefaultAction, Signal, SignalInfo, SignalSet, Verdict};

/// Whose queue a signal goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The process's: any thread that does not block it may take it.
    Process,
    /// The addressed thread's own.
    Thread,
}

/// What is to be posted, and what the target's own state does not tell about it.
#[derive(Clone, Copy, Debug)]
pub struct Post {
    /// The signal and what comes with it.
    pub info: SignalInfo,
    /// Whose queue it goes to.
    pub scope: Scope,
    /// It comes from the kernel or from outside the target's PID namespace: KILL and STOP then reach even a
    /// protected init. Source: Linux `send_signal_locked`, "force".
    pub forced: bool,
    /// The target's process group is orphaned.
    pub orphaned: bool,
    /// The target is a child of init (only 4.3BSD asks).
    pub child_of_init: bool,
    /// Where its entry in the queue comes from.
    pub entry: EntrySource,
}

/// Where the entry for a signal's information comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntrySource {
    /// The pool, within the target's limit.
    #[default]
    Limited,
    /// The pool, whatever the limit: the kernel's news of a child.
    Unlimited,
    /// The pool, within the limit; but what the kernel sends never fails, it loses its information.
    Spared,
    /// What was promised when the timer was made.
    Promised,
}

impl Post {
    /// A signal to a process from inside its PID namespace; its group is not orphaned, its parent not init.
    pub const fn to_process(info: SignalInfo) -> Self {
        Self {
            info,
            scope: Scope::Process,
            forced: false,
            orphaned: false,
            child_of_init: false,
            entry: EntrySource::Limited,
        }
    }
}

/// The threads of the target, as the host keeps them: the addressed one, and a walk over all.
///
/// Implemented by the host that embeds [`post`] without a [`System`](crate::System); [`ThreadRow`] is there for threads that
/// lie in a row.
pub trait Threads {
    /// The host's name for a thread.
    type Id: Copy + PartialEq;
    /// The addressed thread: for a signal to a process, its main thread.
    fn addressed(&self) -> Self::Id;
    /// Where the last search found a taker: a hint where to look first.
    fn hint(&self) -> Self::Id;
    /// Remembers where the last search found a taker.
    fn set_hint(&mut self, thread: Self::Id);
    /// The first thread of the walk over all threads.
    fn first(&self) -> Self::Id;
    /// The thread after this one; `None` after the last.
    fn after(&self, thread: Self::Id) -> Option<Self::Id>;
    /// A thread's signal state.
    fn thread(&self, thread: Self::Id) -> &ThreadSignals;
    /// A thread's signal state, to be changed.
    fn thread_mut(&mut self, thread: Self::Id) -> &mut ThreadSignals;
}

/// Whom the host has to wake, after it has dropped its locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake<T> {
    /// Nobody.
    Nobody,
    /// This thread: it has something to take. If it slept it has been made to run; if it runs it must look.
    One(T),
    /// Every thread that is kicked ([`ThreadSignals::is_kicked`]): each may have to end, to stop or to go on.
    Everyone,
}

/// What a parent is told of a child that did not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChildNews {
    /// Every thread of it has stopped, by this signal.
    Stopped(Signal),
    /// It continued.
    Continued,
}

/// What a post did and what the host has to do about it. Of fixed size; nothing is called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "the host has to wake the threads it names"]
pub struct Posted<T> {
    /// What happens to the signal at this target.
    pub verdict: Verdict,
    /// Whom to wake.
    pub wake: Wake<T>,
    /// What the target's parent is to be told.
    pub tell_parent: Option<ChildNews>,
    /// The signal is pending now: a signalfd may have become readable.
    pub readable: bool,
    /// The queue was full: the signal is there, its information is not.
    pub info_lost: bool,
}

impl<T> Posted<T> {
    #[inline]
    pub(crate) const fn quiet(verdict: Verdict) -> Self {
        Self { verdict, wake: Wake::Nobody, tell_parent: None, readable: false, info_lost: false }
    }
}

/// Posts one signal to one target whose permission has been checked, and says what becomes of it.
///
/// Bounded: constant time, plus one walk over the target's threads for stops, CONT, KILL and where the first
/// candidates block the signal. Allocates nothing, takes no lock, calls nothing back; may be called with
/// interrupts off under the lock that guards the target.
///
/// Source: POSIX XSH 2.4.1; Linux `__send_signal_locked`; FreeBSD `tdsendsignal`; psignal(9) \[S2.1\].
#[inline(always)]
pub fn post<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    post: &Post,
    rules: &Personality,
) -> Posted<T::Id> {
    let way = way(process, threads.thread(threads.addressed()), post, rules);
    if let Way::None(verdict) = way {
        return Posted::quiet(verdict);
    }
    if way == Way::Short
        && let Some(posted) = post_shortly(process, threads, queue, post, rules)
    {
        return posted;
    }
    // A copy, so that the one above need not lie in memory.
    let post = *post;
    post_in_full(process, threads, queue, &post, rules)
}

/// The whole way, with every question.
#[inline(never)]
pub(crate) fn post_in_full<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    post: &Post,
    rules: &Personality,
) -> Posted<T::Id> {
    let signal = post.info.signal;
    // A main thread that has ended stays until its process is reaped, and takes nothing any more (live).
    let has_ended = post.scope == Scope::Thread && threads.thread(threads.addressed()).exited;
    if !process.life.is_alive() || has_ended {
        return Posted::quiet(Verdict::Zombie);
    }
    let ignored = is_ignored(process, threads, post, rules);
    let immune = is_immune(process, threads.thread(threads.addressed()), post);
    if ignored && is_dropped_on_arrival(process, signal, rules) {
        return Posted::quiet(if immune { Verdict::Immune } else { Verdict::Ignores });
    }
    let is_opposed = signal == Signal::CONT || signal.is_stop();
    if is_opposed && !ignored && !immune && fails(process, threads, queue, post, rules) {
        // A call that fails changes nothing: it is asked before CONT and stops take effect on each other.
        return Posted::quiet(Verdict::QueueFull);
    }
    let someone_traps = discard_opposite(process, threads, queue, signal);
    let was_stopped = process.stop.is_stopped();
    let continues = signal == Signal::CONT
        && process.stop != ProcessStop::No
        && (rules.cont_always_continues || !threads.thread(threads.addressed()).mask.blocks(signal));
    let tell_parent = if continues { resume(process, threads, rules) } else { None };
    let stops_nothing = is_judged_later(process, threads, post, rules);
    let posted = if immune {
        Posted::quiet(Verdict::Immune)
    } else if ignored || process.system {
        Posted::quiet(Verdict::Ignores)
    } else {
        generate(process, threads, queue, post, rules)
    };
    if stops_nothing {
        return Posted { verdict: Verdict::Ignores, ..posted };
    }
    if !continues {
        return if someone_traps { Posted { wake: Wake::Everyone, ..posted } } else { posted };
    }
    let verdict = if was_stopped { Verdict::Continues } else { posted.verdict };
    Posted { verdict, wake: Wake::Everyone, tell_parent, ..posted }
}

/// Questions 6 to 14, after CONT and stops have had their effect on each other.
fn generate<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    post: &Post,
    rules: &Personality,
) -> Posted<T::Id> {
    let signal = post.info.signal;
    if merges(process, threads, post, rules) {
        return Posted::quiet(Verdict::Merges);
    }
    if is_spared_stop(process, signal, rules) && taker::choose(threads, signal, post.scope, rules).is_some() {
        return Posted::quiet(Verdict::Ignores);
    }
    if let Some(posted) = stop_in_place(process, threads, post, rules) {
        return posted;
    }
    let needs_entry = signal != Signal::KILL;
    let entry = if needs_entry { reserve(process, queue, post, rules) } else { None };
    if needs_entry && entry.is_none() && may_fail(post, rules) {
        return Posted::quiet(Verdict::QueueFull);
    }
    let pending = queue_of(process, threads, post.scope);
    match entry {
        Some(entry) => pending.push(queue, signal, entry),
        None => pending.push_bare(signal),
    }
    Posted { readable: true, info_lost: needs_entry && entry.is_none(), ..complete(process, threads, post, rules) }
}

/// Questions 8 to 14: the signal is pending; who takes it, and what will it do?
#[inline]
fn complete<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    post: &Post,
    rules: &Personality,
) -> Posted<T::Id> {
    let signal = post.info.signal;
    if signal == Signal::KILL {
        return kill(process, threads);
    }
    let Some(taker) = taker::choose(threads, signal, post.scope, rules) else {
        return Posted::quiet(Verdict::Pends);
    };
    if process.stop.is_stopped() && !threads.thread(taker).freed {
        return Posted::quiet(Verdict::Defers);
    }
    let thread = threads.thread(taker);
    let verdict = verdict_at(process, thread, post, rules);
    if rules.fatal_at_generation && ends_at_once(process, threads.thread(threads.addressed()), thread, post) {
        let verdict = Verdict::Terminates;
        let beyond_reach = thread.activity == Activity::Uninterruptible;
        end(process, threads, ExitStatus::Killed(signal));
        let verdict = if beyond_reach { Verdict::Defers } else { verdict };
        return Posted { wake: Wake::Everyone, ..Posted::quiet(verdict) };
    }
    // While the process is being stopped every thread stands still before it looks for signals; so does one that is to
    // stop for its tracer first, as any seized one after a CONT. Source: Linux `get_signal`, `do_jobctl_trap`.
    let has_to_stop = matches!(process.stop, ProcessStop::Stopping(..)) && !thread.freed;
    let stands_first = has_to_stop || thread.trap != Trap::No;
    let verdict = if thread.can_run() && !stands_first { verdict } else { Verdict::Defers };
    rouse(threads.thread_mut(taker));
    Posted { wake: Wake::One(taker), ..Posted::quiet(verdict) }
}

/// Whether a signal that ends the process does so before its taker runs. Two things are asked of odd threads, as Linux
/// does: a tracer stands in the way if it traces the *addressed* thread, whoever takes the signal; and a taker that
/// waits for the signal without blocking it is ended all the same.
///
/// Source: Linux `complete_signal`, `sig_fatal`, `real_blocked`.
#[inline]
fn ends_at_once(process: &ProcessSignals, addressed: &ThreadSignals, taker: &ThreadSignals, post: &Post) -> bool {
    let signal = post.info.signal;
    signal.default_action() == DefaultAction::Terminate
        && process.dispositions.is_default(signal)
        && !process.protected
        && !addressed.trace.is_traced()
        && !taker.mask.blocks(signal)
        && !taker.stopped
        && !taker.trace.is_stopped()
        && (taker.current || taker.undecided.is_none())
        && !taker.looks_already()
}

/// What the taker does with the signal once it runs.
#[inline]
fn verdict_at(process: &ProcessSignals, taker: &ThreadSignals, post: &Post, rules: &Personality) -> Verdict {
    let signal = post.info.signal;
    if taker.waiting.contains(signal) {
        return Verdict::Accepts;
    }
    if taker.trace.is_traced() {
        return Verdict::Traces;
    }
    if process.dispositions.caught().contains(signal) {
        return Verdict::Handles;
    }
    if process.dispositions.ignored().contains(signal) {
        return Verdict::Ignores;
    }
    // A STOP that was not dropped on arrival is not dropped here. Source: Linux `get_signal`, `sig_kernel_only`.
    if process.protected && signal.is_catchable() {
        return Verdict::Immune;
    }
    match signal.default_action() {
        DefaultAction::Terminate => Verdict::Terminates,
        DefaultAction::Dump => Verdict::Dumps,
        DefaultAction::Ignore | DefaultAction::Continue => Verdict::Ignores,
        DefaultAction::Stop if signal.is_terminal_stop() && post.orphaned && judges_orphans(rules) => Verdict::Ignores,
        DefaultAction::Stop => Verdict::Stops,
    }
}

/// Makes a thread look for signals, and wakes it if a signal wakes it.
#[inline]
pub(crate) fn rouse(thread: &mut ThreadSignals) {
    thread.kicked = true;
    thread.resumed = Resumed::No;
    if thread.activity.wakes_for_signal() && !thread.stopped && !thread.trace.is_stopped() {
        thread.activity = Activity::Running;
    }
}

/// KILL: it ends a live process from every state but an uninterruptible sleep, and there when that ends.
fn kill<T: Threads>(process: &mut ProcessSignals, threads: &mut T) -> Posted<T::Id> {
    let mut can_end = false;
    each(threads, |thread| can_end |= thread.activity != Activity::Uninterruptible);
    end(process, threads, ExitStatus::Killed(Signal::KILL));
    let verdict = if can_end { Verdict::Terminates } else { Verdict::Defers };
    Posted { wake: Wake::Everyone, ..Posted::quiet(verdict) }
}

/// The process is about to end: every thread is let go of and told to look.
pub(crate) fn end<T: Threads>(process: &mut ProcessSignals, threads: &mut T, status: ExitStatus) {
    process.life = Life::Ending(status);
    (process.stop, process.untold) = (ProcessStop::No, None);
    each(threads, release);
}

/// Lets a thread out of every stop and every sleep that KILL ends.
fn release(thread: &mut ThreadSignals) {
    thread.kicked = true;
    (thread.stopped, thread.freed, thread.listening) = (false, false, false);
    if thread.trace.is_stopped() {
        thread.trace = Trace::Traced;
    }
    if thread.activity != Activity::Uninterruptible {
        thread.activity = Activity::Running;
    }
}

/// Shows every thread that has not ended.
pub(crate) fn each<T: Threads>(threads: &mut T, mut show: impl FnMut(&mut ThreadSignals)) {
    let mut at = Some(threads.first());
    while let Some(id) = at {
        at = threads.after(id);
        let thread = threads.thread_mut(id);
        if !thread.exited {
            show(thread);
        }
    }
}

#[inline]
fn queue_of<'a, T: Threads>(
    process: &'a mut ProcessSignals,
    threads: &'a mut T,
    scope: Scope,
) -> &'a mut crate::pending::PendingSignals {
    match scope {
        Scope::Process => &mut process.pending,
        Scope::Thread => {
            let addressed = threads.addressed();
            &mut threads.thread_mut(addressed).pending
        }
    }
}

/// Question 5. A child of the ignored family: `SIG_IGN`, a default that does nothing, a terminal's stop in an
/// orphaned group. Not so where the addressed thread blocks it (some systems keep it then), where it is traced,
/// and where somebody waits for it.
///
/// Source: Linux `sig_ignored`, which asks the addressed thread alone.
fn is_ignored<T: Threads>(process: &ProcessSignals, threads: &T, post: &Post, rules: &Personality) -> bool {
    let signal = post.info.signal;
    let judged = matches!(rules.orphaned_terminal_stop, OrphanedStop::AtGeneration | OrphanedStop::OnArrival);
    let spared = judged && post.orphaned && signal.is_terminal_stop() && process.dispositions.is_default(signal);
    if !spared && !process.dispositions.does_nothing(signal) {
        return false;
    }
    let addressed = threads.thread(threads.addressed());
    if addressed.trace.is_traced() {
        return false;
    }
    if rules.keeps_ignored_when_blocked && addressed.mask.blocks(signal) {
        return false;
    }
    // Where a blocked CONT leaves a stopped process stopped, there is something for it to do later.
    let holds_cont = !rules.cont_always_continues && signal == Signal::CONT && process.stop != ProcessStop::No;
    if holds_cont && process.dispositions.is_default(signal) && addressed.mask.blocks(signal) {
        return false;
    }
    match (rules.waiter_keeps_ignored, post.scope) {
        (WaiterKeeps::Nobody, _) => true,
        (WaiterKeeps::AnyTaker, Scope::Thread) => !addressed.waiting.contains(signal),
        (WaiterKeeps::AnyTaker, Scope::Process) => taker::waiter(threads, signal, |_| true).is_none(),
    }
}

/// Whether an ignored signal leaves no trace at all: it does not even cancel its opposite.
fn is_dropped_on_arrival(process: &ProcessSignals, signal: Signal, rules: &Personality) -> bool {
    let terminal_stop = signal.is_terminal_stop() && process.dispositions.is_default(signal);
    (!rules.cont_always_continues && process.dispositions.ignored().contains(signal))
        || (terminal_stop && rules.orphaned_terminal_stop == OrphanedStop::OnArrival)
}

/// Question 4: what a signal's default action cannot do to the init of a PID namespace.
///
/// Source: Linux `sig_task_ignored`, `SIGNAL_UNKILLABLE`.
fn is_immune(process: &ProcessSignals, addressed: &ThreadSignals, post: &Post) -> bool {
    let signal = post.info.signal;
    process.protected
        && process.dispositions.is_default(signal)
        && !addressed.mask.blocks(signal)
        && !reaches_protected(post)
        && (!addressed.trace.is_traced() || signal == Signal::KILL)
}

/// What does reach a protected init by its default action: KILL and STOP of the kernel or from outside.
const fn reaches_protected(post: &Post) -> bool {
    post.forced && !post.info.signal.is_catchable()
}

/// A stop signal that finds nothing to stop: the process is stopped, or its parent waits for it in vfork.
fn is_spared_stop(process: &ProcessSignals, signal: Signal, rules: &Personality) -> bool {
    signal.is_stop()
        && ((rules.stop_to_stopped_is_dropped && process.stop != ProcessStop::No)
            || (process.vfork_child && !rules.vfork_child_stops && process.dispositions.is_default(signal)))
}

/// Whether the signal is a terminal's stop to an orphaned group which is thrown away only when it is delivered.
/// Nothing will come of it, whoever takes it and when, unless its taker waits for it (live); it is made pending all the
/// same.
fn is_judged_later<T: Threads>(process: &ProcessSignals, threads: &mut T, post: &Post, rules: &Personality) -> bool {
    let signal = post.info.signal;
    let addressed = threads.thread(threads.addressed());
    let stops_nothing = rules.orphaned_terminal_stop == OrphanedStop::AtDelivery
        && post.orphaned
        && signal.is_terminal_stop()
        && process.dispositions.is_default(signal)
        && !process.protected
        && !addressed.mask.blocks(signal)
        && !addressed.trace.is_traced();
    if !stops_nothing {
        return false;
    }
    let taker = taker::choose(threads, signal, post.scope, rules);
    taker.is_none_or(|taker| !threads.thread(taker).waiting.contains(signal))
}

const fn judges_orphans(rules: &Personality) -> bool {
    !matches!(rules.orphaned_terminal_stop, OrphanedStop::NotJudged)
}

/// Where stops do not wake a sleeper, the stop takes place now, and the signal is used up \[S2.9\].
fn stop_in_place<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    post: &Post,
    rules: &Personality,
) -> Option<Posted<T::Id>> {
    let signal = post.info.signal;
    if rules.stop_of_sleeper == StopOfSleeper::Wakes || !signal.is_stop() {
        return None;
    }
    let taker = taker::choose(threads, signal, post.scope, rules)?;
    let thread = threads.thread(taker);
    if !thread.can_run() || verdict_at(process, thread, post, rules) != Verdict::Stops {
        return None;
    }
    let ends = rules.stop_of_sleeper == StopOfSleeper::InPlaceButTstpEndsChildOfInit;
    if ends && signal == Signal::TSTP && post.child_of_init {
        return Some(kill(process, threads));
    }
    let tell_parent = begin_stop(process, threads, signal, rules);
    Some(Posted { wake: Wake::Everyone, tell_parent, ..Posted::quiet(Verdict::Stops) })
}

/// An entry for the signal's information.
#[inline]
fn reserve(process: &ProcessSignals, queue: &mut Queue<'_>, post: &Post, rules: &Personality) -> Option<u32> {
    match post.entry {
        EntrySource::Promised => queue.reserve_promised(&post.info, process.charge),
        EntrySource::Unlimited => queue.reserve(&post.info, process.charge, || true),
        EntrySource::Limited | EntrySource::Spared => {
            queue.reserve(&post.info, process.charge, || is_always_complete(&post.info, rules))
        }
    }
}

/// Whether a signal has its information whatever the limit: that of `kill` under Linux; where nothing queues, any.
fn is_always_complete(info: &SignalInfo, rules: &Personality) -> bool {
    let kills = !info.signal.is_realtime() && info.code.number() >= 0;
    (rules.queue_full == QueueFull::Linux && kills) || rules.queue_limit == QueueLimit::NoQueue
}

/// Whether the call would fail for want of an entry.
fn fails<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &Queue<'_>,
    post: &Post,
    rules: &Personality,
) -> bool {
    rules.queue_limit != QueueLimit::NoQueue
        && may_fail(post, rules)
        && !queue.has_room(process.charge)
        && !merges(process, threads, post, rules)
}

/// Question 6: a standard signal that is in that queue already.
#[inline]
fn merges<T: Threads>(process: &mut ProcessSignals, threads: &mut T, post: &Post, rules: &Personality) -> bool {
    let own_entry = post.entry == EntrySource::Promised;
    !own_entry && merges_with(queue_of(process, threads, post.scope).set(), post.info.signal, rules)
}

/// Whether a signal for which no entry was promised merges with what is pending.
#[inline]
pub(crate) fn merges_with(pending: SignalSet, signal: Signal, rules: &Personality) -> bool {
    rules.coalesces && !signal.is_realtime() && pending.contains(signal)
}

/// Whether a full queue is an error of this call (EAGAIN), or costs the information only.
#[inline]
fn may_fail(post: &Post, rules: &Personality) -> bool {
    let info = &post.info;
    match rules.queue_full {
        _ if post.entry != EntrySource::Limited => false,
        QueueFull::Linux => info.signal.is_realtime() && info.code != Code::USER,
        QueueFull::KillLosesInformation => info.code == Code::QUEUE,
        QueueFull::Fails => info.code.number() < 0,
    }
}
