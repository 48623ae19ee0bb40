//! Posting to one process and taking again: by number of threads, and by what becomes of the signal.

use std::hint::black_box;

use sigpost_engine::personality::LINUX;
use sigpost_engine::{
    Action, ActionFlags, Delivery, Disposition, Heap, Queue, Signal, SignalSet, System, Tables, Verdict, Work,
};

use crate::Size;
use crate::engine::clock::{batch, by_turns, effort, median};
use crate::engine::host::{Pool, Process};
use crate::engine::starry::{NAME, Starry};
use crate::table::{Figure, Row, Target};

const THREADS: [usize; 4] = [1, 8, 64, 1024];

/// A work of layer 2: its name, what is made ready, what is measured, how the rival calls it, and the most it may take.
struct Case {
    work: String,
    threads: usize,
    ready: fn(&mut Process),
    call: fn(&mut Process, &mut Queue<'_>),
    rival: Option<&'static str>,
    most: f64,
}

/// The rows.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let mut starry = Starry::start();
    let mut rows: Vec<Row> = cases().iter().map(|case| row(case, &mut starry, size)).collect();
    rows.extend(whole_system(size));
    rows
}

/// Does the work whose name begins so; `false` if there is none.
pub(crate) fn count(work: &str, calls: u32) -> bool {
    let Some(case) = cases().into_iter().find(|case| case.work.replace(' ', "-").starts_with(work)) else {
        return false;
    };
    let mut process = Process::of(case.threads);
    (case.ready)(&mut process);
    let mut pool = Pool::of(64);
    let mut queue = pool.queue();
    for _ in 0..calls {
        (case.call)(&mut process, &mut queue);
    }
    true
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for threads in THREADS {
        let within = if threads > 64 { 30.0 } else { 15.0 };
        let case = |work: &str, ready, call, rival, most| {
            let plural = if threads == 1 { "" } else { "s" };
            Case { work: format!("{work}, {threads} thread{plural}"), threads, ready, call, rival, most }
        };
        cases.push(case("post + take, nobody blocks it", |_| {}, post_and_take_first, Some("post+take"), 10.0));
        cases.push(case("all but the last block it", all_but_last_block, post_and_take_last, Some("last"), within));
        cases.push(case("all block it, the last sigwaits", last_waits, post_and_take_last, None, within));
    }
    cases.push(Case {
        work: "one changes its mask between posts, 1024 threads".to_owned(),
        threads: 1024,
        ready: |_| {},
        call: change_mask_post_and_take,
        rival: None,
        most: 20.0,
    });
    for (work, ready, call, rival, most) in [
        (
            "a post that is ignored",
            ignores as fn(&mut Process),
            post_ignored as fn(&mut Process, &mut Queue<'_>),
            "ignored",
            3.0,
        ),
        ("a post that merges", |process| process.block(1), post_merged, "merges", 5.0),
    ] {
        cases.push(Case { work: work.to_owned(), threads: 1, ready, call, rival: Some(rival), most });
    }
    cases
}

fn row(case: &Case, starry: &mut Result<Starry, String>, size: Size) -> Row {
    let (batches, calls) = effort(size);
    let mut process = Process::of(case.threads);
    (case.ready)(&mut process);
    let mut pool = Pool::of(64);
    let mut queue = pool.queue();
    let target = Target::AtMost(Figure::nanoseconds(case.most));
    let mut ours = || batch(calls, || (case.call)(&mut process, &mut queue));
    let Some(rival) = case.rival else {
        return Row::alone(&*case.work, Figure::nanoseconds(median(batches, ours)), target);
    };
    // Its time grows with the threads: a batch of a thousandth of ours is long enough.
    let their_calls = if case.threads > 8 { calls.min(100) } else { calls };
    let both = match starry {
        Ok(starry) => by_turns(batches, ours, || starry.batch(rival, case.threads, their_calls)),
        Err(why) => return alone_without_rival(&case.work, median(batches, &mut ours), why, target),
    };
    match both {
        Ok((ours, theirs)) => {
            let (ours, theirs) = (Figure::nanoseconds(ours), Figure::nanoseconds(theirs));
            Row::beside(&*case.work, ours, NAME, theirs, target)
        }
        Err(why) => Row::broken(&*case.work, why),
    }
}

/// Without the rival our own figure still has its target.
fn alone_without_rival(work: &str, ours: f64, cause: &str, target: Target) -> Row {
    Row::alone(format!("{work} (rival: {cause})"), Figure::nanoseconds(ours), target)
}

fn all_but_last_block(process: &mut Process) {
    process.block(process.row.threads.len() - 1);
}

fn last_waits(process: &mut Process) {
    process.block(process.row.threads.len());
    if let Some(last) = process.row.threads.last_mut() {
        last.set_waiting(SignalSet::of(&[Signal::USR1]));
    }
}

fn ignores(process: &mut Process) {
    process.signals.set_disposition(Signal::USR1, &Disposition::Ignore);
}

#[inline(never)]
fn post_and_take_first(process: &mut Process, queue: &mut Queue<'_>) {
    black_box(process.post(queue, Signal::USR1));
    black_box(process.take(queue, 0, SignalSet::ALL));
}

#[inline(never)]
fn post_and_take_last(process: &mut Process, queue: &mut Queue<'_>) {
    black_box(process.post(queue, Signal::USR1));
    black_box(process.take(queue, process.row.threads.len() - 1, SignalSet::ALL));
}

#[inline(never)]
fn change_mask_post_and_take(process: &mut Process, queue: &mut Queue<'_>) {
    let other = if process.row.threads[0].mask().blocks(Signal::HUP) { SignalSet::EMPTY } else { SignalSet::ALL };
    process.row.threads[0].set_mask(other.into());
    // Who was told to look takes it: the others are told of what comes next.
    let taker = process.post_to_taker(queue, Signal::USR1);
    black_box(process.take(queue, taker, SignalSet::ALL));
}

#[inline(never)]
fn post_ignored(process: &mut Process, queue: &mut Queue<'_>) {
    black_box(process.post(queue, Signal::USR1));
}

#[inline(never)]
fn post_merged(process: &mut Process, queue: &mut Queue<'_>) {
    let verdict = process.post(queue, Signal::USR1);
    debug_assert!(matches!(verdict, Verdict::Merges | Verdict::Pends));
    black_box(verdict);
}

/// The same by way of `System`, and by `deliver`, which makes a handler's call of what is taken.
fn whole_system(size: Size) -> Vec<Row> {
    let (batches, calls) = effort(size);
    let mut process = Process::of(1);
    let mut pool = Pool::of(64);
    let mut queue = pool.queue();
    let deliver = median(batches, || {
        batch(calls, || {
            black_box(process.post(&mut queue, Signal::USR1));
            black_box(process.deliver(&mut queue));
            process.row.threads[0].set_mask(SignalSet::EMPTY.into());
        })
    });
    let mut rows = vec![Row::alone("post + deliver, a handler's call", Figure::nanoseconds(deliver), Target::Told)];
    match system_of_one() {
        Ok((mut system, target)) => {
            let figure = median(batches, || {
                batch(calls, || {
                    let _ = system.psignal(target, Signal::USR1, &mut ());
                    while let Some(Work::Thread(thread)) = system.next_work() {
                        let delivered = system.deliver(thread);
                        debug_assert!(matches!(delivered, Ok(Delivery::Handler(_))));
                        let _ = black_box(delivered);
                    }
                })
            });
            rows.push(Row::alone("System: psignal + next_work + deliver", Figure::nanoseconds(figure), Target::Told));
        }
        Err(cause) => rows.push(Row::broken("System: psignal + next_work + deliver", cause)),
    }
    rows
}

fn system_of_one() -> Result<(System<Heap>, sigpost_engine::ProcessKey), String> {
    let mut system = System::new(&LINUX, Tables::heap(64));
    let init = system.boot().map_err(|error| error.to_string())?;
    let target = system.fork(init).map_err(|error| error.to_string())?;
    let action = Action { flags: ActionFlags::NODEFER, ..Action::default() };
    system.sigaction(target, Signal::USR1, Disposition::Catch(action)).map_err(|error| error.to_string())?;
    Ok((system, target))
}
