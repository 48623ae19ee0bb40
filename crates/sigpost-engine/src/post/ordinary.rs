//! The short way: a signal of no special kind to a process in which nothing is out of the ordinary.
//!
//! Most posts are of this sort, and most questions of [`post`](super::post()) cannot be answered "yes" for them: those
//! of CONT, stops and KILL, of stopped and ended processes, of protected and system processes. The short way leaves
//! these out and asks the others, by the same functions and in the same order. Whatever it is not sure of it leaves to
//! the whole way; a test posts both ways, from every small state under every personality, and compares.

use super::taker::is_wanted;
use super::{EntrySource, Post, Posted, Scope, Threads, Wake, merges_with, queue_of, rouse};
use crate::personality::{Personality, TakerChoice, WaiterKeeps};
use crate::process::ProcessSignals;
use crate::queue::Queue;
use crate::run_state::ProcessStop;
use crate::thread::{ThreadSignals, Trap};
use crate::{Signal, SignalSet, Verdict};

/// The signals that do more than to be pending for somebody.
const SPECIAL: SignalSet =
    SignalSet::of(&[Signal::KILL, Signal::CONT, Signal::STOP, Signal::TSTP, Signal::TTIN, Signal::TTOU]);

/// Whether the short way may be tried: the signal is of no special kind, and process and thread run like most.
#[inline(always)]
const fn is_ordinary(process: &ProcessSignals, addressed: &ThreadSignals, signal: Signal) -> bool {
    !SPECIAL.contains(signal)
        && process.life.is_alive()
        && matches!(process.stop, ProcessStop::No)
        && !process.protected
        && !process.system
        && !addressed.exited
}

/// How far a post has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Nowhere: nothing happens to the signal but this.
    None(Verdict),
    /// The short way may do: [`post_shortly`].
    Short,
    /// The whole way: [`post_in_full`](super::post_in_full).
    Whole,
}

/// How far a post has to go, as far as the process and the addressed thread tell.
#[inline(always)]
pub(crate) fn way(process: &ProcessSignals, addressed: &ThreadSignals, post: &Post, rules: &Personality) -> Way {
    let signal = post.info.signal;
    if !is_ordinary(process, addressed, signal) || post.entry == EntrySource::Promised {
        return Way::Whole;
    }
    if process.dispositions.does_nothing(signal) {
        // Who waits for it may keep it, and the addressed thread if it blocks it or is traced.
        let waited_for = !matches!(rules.waiter_keeps_ignored, WaiterKeeps::Nobody);
        let is_kept = waited_for || addressed.mask.blocks(signal) || addressed.trace.is_traced();
        return if is_kept { Way::Whole } else { Way::None(Verdict::Ignores) };
    }
    let pending = match post.scope {
        Scope::Process => process.pending.set(),
        Scope::Thread => addressed.pending.set(),
    };
    if merges_with(pending, signal, rules) { Way::None(Verdict::Merges) } else { Way::Short }
}

/// Makes an ordinary signal pending and gives it to its taker, or leaves everything as it is and says `None`: then the
/// whole way has to be gone.
#[inline(always)]
pub(crate) fn post_shortly<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    post: &Post,
    rules: &Personality,
) -> Option<Posted<T::Id>> {
    let signal = post.info.signal;
    let Some(taker) = taker(threads, signal, post.scope, rules) else {
        return pend(process, threads, queue, post);
    };
    let thread = threads.thread(taker);
    let waits = !thread.waiting.is_empty();
    let accepts = thread.waiting.contains(signal) && thread.mask.blocks(signal);
    if !accepts && (waits || !process.dispositions.caught().contains(signal)) {
        return None;
    }
    let entry = queue.reserve(&post.info, process.charge, || false)?;
    queue_of(process, threads, post.scope).push(queue, signal, entry);
    rouse(threads.thread_mut(taker));
    let verdict = if waits { Verdict::Accepts } else { Verdict::Handles };
    Some(Posted { wake: Wake::One(taker), readable: true, ..Posted::quiet(verdict) })
}

/// Makes a signal pending that nobody takes: there is but one thread that could, and it blocks the signal.
#[inline(always)]
fn pend<T: Threads>(
    process: &mut ProcessSignals,
    threads: &mut T,
    queue: &mut Queue<'_>,
    post: &Post,
) -> Option<Posted<T::Id>> {
    let thread = threads.thread(threads.addressed());
    let is_alone = post.scope == Scope::Thread || threads.after(threads.first()).is_none();
    if !is_alone || !thread.is_closed_to(post.info.signal) || thread.trace.is_traced() {
        return None;
    }
    let entry = queue.reserve(&post.info, process.charge, || false)?;
    queue_of(process, threads, post.scope).push(queue, post.info.signal, entry);
    Some(Posted { readable: true, ..Posted::quiet(Verdict::Pends) })
}

/// The taker, where it is no question: the addressed thread; or else, of a signal to the process, the thread that the
/// last search found.
#[inline(always)]
fn taker<T: Threads>(threads: &T, signal: Signal, scope: Scope, rules: &Personality) -> Option<T::Id> {
    let addressed = threads.addressed();
    if scope == Scope::Process && rules.taker == TakerChoice::ReadyFirst {
        return None;
    }
    let thread = threads.thread(addressed);
    if is_at_ease(thread, signal, rules) {
        return Some(addressed);
    }
    let hint = threads.hint();
    let passes_it_on = scope == Scope::Process && thread.is_closed_to(signal) && !thread.trace.is_traced();
    (passes_it_on && is_at_ease(threads.thread(hint), signal, rules)).then_some(hint)
}

/// Whether a thread would take the signal, and nothing keeps it from doing so as soon as it runs.
#[inline]
fn is_at_ease(thread: &ThreadSignals, signal: Signal, rules: &Personality) -> bool {
    !thread.is_closed_to(signal)
        && !thread.exited
        && !thread.trace.is_traced()
        && thread.can_run()
        && thread.trap == Trap::No
        && is_wanted(thread, rules)
}

#[cfg(test)]
mod tests {
    use super::super::{ThreadRow, post, post_in_full};
    use super::*;
    use crate::queue::{Account, Charge, FreeEntries, QueueEntry};
    use crate::run_state::{Activity, ExitStatus, Life, Trace};
    use crate::{Action, Code, Disposition, SignalInfo, SignalMask, personality};

    /// A process of two threads, its queue, and everything else that a post can change.
    #[derive(Clone, Debug, PartialEq)]
    struct World {
        process: ProcessSignals,
        threads: [ThreadSignals; 2],
        count: usize,
        hint: usize,
        entries: [QueueEntry; 2],
        free: FreeEntries,
        accounts: [Account; 1],
    }

    impl World {
        /// With `hint` 2 there is only one thread.
        fn of(process: ProcessSignals, threads: [ThreadSignals; 2], hint: usize) -> Self {
            let (entries, free, accounts) = Default::default();
            let (count, hint) = if hint == 2 { (1, 0) } else { (2, hint) };
            Self { process, threads, count, hint, entries, free, accounts }
        }
    }

    /// What the whole way answers, or both together, and the world after it.
    fn posted(before: &World, letter: &Post, rules: &Personality, in_full: bool) -> (Posted<usize>, World) {
        let World { mut process, mut threads, count, hint, mut entries, mut free, mut accounts } = before.clone();
        let mut row = ThreadRow { threads: &mut threads[..count], addressed: 0, hint };
        let mut queue = Queue { entries: &mut entries, free: &mut free, accounts: &mut accounts };
        let way = if in_full { post_in_full } else { post };
        let answer = way(&mut process, &mut row, &mut queue, letter, rules);
        let hint = row.hint;
        (answer, World { process, threads, count, hint, entries, free, accounts })
    }

    const THREAD_CHANGES: usize = 14;

    /// Every state of a thread that differs from rest in at most two respects.
    fn threads(signal: Signal) -> impl Iterator<Item = ThreadSignals> {
        let only = SignalSet::of(&[signal]);
        let changes: [fn(&mut ThreadSignals, SignalSet); THREAD_CHANGES] = [
            |_, _| {},
            |thread, only| thread.mask = SignalMask::new(only),
            |thread, only| thread.waiting = only,
            |thread, _| thread.waiting = SignalSet::of(&[Signal::HUP]),
            |thread, _| thread.activity = Activity::Interruptible,
            |thread, _| thread.activity = Activity::Killable,
            |thread, _| thread.activity = Activity::Uninterruptible,
            |thread, _| thread.trace = Trace::Traced,
            |thread, _| thread.trace = Trace::Stopped(None),
            |thread, _| thread.stopped = true,
            |thread, _| thread.exited = true,
            |thread, _| thread.kicked = true,
            |thread, _| thread.trap = Trap::Asked,
            |thread, only| thread.pending.push_bare(only.first().expect("one")),
        ];
        pairs(changes.len()).map(move |(one, other)| {
            let mut thread = ThreadSignals::default();
            changes[one](&mut thread, only);
            changes[other](&mut thread, only);
            thread
        })
    }

    fn processes(signal: Signal) -> impl Iterator<Item = ProcessSignals> {
        let changes: [fn(&mut ProcessSignals, Signal); 10] = [
            |_, _| {},
            |process, signal| process.pending.push_bare(signal),
            |process, signal| process.set_disposition(signal, &Disposition::Ignore),
            |process, signal| process.set_disposition(signal, &Disposition::Catch(Action::default())),
            |process, _| process.stop = ProcessStop::Stopped(Signal::STOP),
            |process, _| process.stop = ProcessStop::Stopping(Signal::TSTP, 1),
            |process, _| process.life = Life::Ending(ExitStatus::Exited(0)),
            |process, _| process.protected = true,
            |process, _| process.system = true,
            |process, _| process.charge.limit = 0,
        ];
        pairs(changes.len()).map(move |(one, other)| {
            let mut process = ProcessSignals::new(Charge { account: 0, limit: 5 });
            changes[one](&mut process, signal);
            changes[other](&mut process, signal);
            process
        })
    }

    /// Every two of so many, and each with itself.
    fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..count).flat_map(move |one| (one..count).map(move |other| (one, other)))
    }

    /// Compares both ways in this world, for each sort of post.
    fn compare(world: &World, signal: Signal, rules: &Personality) {
        for scope in [Scope::Process, Scope::Thread] {
            for (entry, code) in [
                (EntrySource::Limited, Code::USER),
                (EntrySource::Limited, Code::QUEUE),
                (EntrySource::Promised, Code::TIMER),
            ] {
                let info = SignalInfo { code, ..SignalInfo::kernel(signal) };
                let letter = Post { scope, entry, ..Post::to_process(info) };
                let both = posted(world, &letter, rules, false);
                let in_full = posted(world, &letter, rules, true);
                assert_eq!(both, in_full, "{} {letter:?} {world:?}", rules.name);
            }
        }
    }

    /// No system is like this; the short way asks all the same.
    static TRACER_SEES_ALL: Personality = Personality { tracer_sees_blocked: true, ..personality::LINUX };

    /// One world in so many is tried, and another one for each signal and personality: no count of states is a multiple.
    const STRIDE: usize = 37;

    #[test]
    fn the_short_way_does_what_the_whole_way_does() {
        let mut count = 0;
        for rules in personality::ALL.into_iter().chain([&TRACER_SEES_ALL]) {
            for signal in [Signal::USR1, Signal::CHLD, Signal::TSTP, Signal::RTMIN] {
                for process in processes(signal) {
                    for first in threads(signal) {
                        for (hint, other) in threads(signal).take(3 * THREAD_CHANGES).enumerate() {
                            count += 1;
                            if count % STRIDE == 0 {
                                compare(&World::of(process, [first, other], hint % 3), signal, rules);
                            }
                        }
                    }
                }
            }
        }
    }
}
