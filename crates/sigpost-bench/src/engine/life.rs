//! Long queues, and the life of a process.

use std::hint::black_box;

use sigpost_engine::personality::LINUX;
use sigpost_engine::{Heap, ProcessKey, Signal, SignalSet, System, Tables};

use crate::Size;
use crate::engine::clock::{batch, by_turns, effort, median};
use crate::engine::host::{Pool, Process};
use crate::table::{Figure, Row, Target};

/// The number that is taken: it stands in the middle of 32.
const MIDDLE: i32 = 48;

/// The rows.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let mut rows = realtime(size).unwrap_or_else(|| vec![Row::broken("realtime signals", "there is no number 48")]);
    rows.push(a_life(size).unwrap_or_else(|cause| Row::broken("fork + exit + wait", cause)));
    rows
}

/// A process that blocks all realtime signals, so many of each number queued.
fn queued(pool: &mut Pool, numbers: core::ops::Range<i32>, depth: usize) -> Process {
    let mut process = Process::of(1);
    process.row.threads[0].set_mask(SignalSet::from_bits(u64::MAX << 31).into());
    let mut queue = pool.queue();
    for _ in 0..depth {
        for signal in numbers.clone().filter_map(Signal::new) {
            process.post(&mut queue, signal);
        }
    }
    process
}

fn realtime(size: Size) -> Option<Vec<Row>> {
    let (batches, calls) = effort(size);
    let middle = Signal::new(MIDDLE)?;
    let only = SignalSet::of(&[middle]);
    let (mut deep_pool, mut flat_pool) = (Pool::of(10_000), Pool::of(64));
    let mut deep = queued(&mut deep_pool, 32..64, 300);
    let mut flat = queued(&mut flat_pool, MIDDLE..MIDDLE + 1, 1);
    let (mut deep_queue, mut flat_queue) = (deep_pool.queue(), flat_pool.queue());
    let both = by_turns(
        batches,
        || {
            batch(calls, || {
                black_box(deep.take(&mut deep_queue, 0, only));
                black_box(deep.post(&mut deep_queue, middle));
            })
        },
        || {
            Ok(batch(calls, || {
                black_box(flat.take(&mut flat_queue, 0, only));
                black_box(flat.post(&mut flat_queue, middle));
            }))
        },
    );
    let (ours, theirs) = both.ok()?;
    let (ours, theirs) = (Figure::nanoseconds(ours), Figure::nanoseconds(theirs));
    let work = "realtime, 32 numbers, 300 of each: the middle one taken, and posted again";
    let most = Target::AtMost(Figure::nanoseconds(12.0));
    Some(vec![Row::beside(work, ours, "one queued", theirs, Target::Ratio(1.2)), Row::alone(work, ours, most)])
}

/// So many lives, without a clock.
pub(crate) fn count(calls: u32) -> Result<(), String> {
    let (mut system, parent) = family()?;
    (0..calls).try_for_each(|_| live_and_die(&mut system, parent)).ok_or_else(|| "a child was not made".to_owned())
}

fn family() -> Result<(System<Heap>, ProcessKey), String> {
    let mut system = System::new(&LINUX, Tables::heap(64));
    let init = system.boot().map_err(|error| error.to_string())?;
    let parent = system.fork(init).map_err(|error| error.to_string())?;
    Ok((system, parent))
}

/// fork, exit and wait of one child after the other.
fn a_life(size: Size) -> Result<Row, String> {
    let (batches, calls) = effort(size);
    let (mut system, parent) = family()?;
    let mut failed = false;
    let figure = median(batches, || batch(calls, || failed |= live_and_die(&mut system, parent).is_none()));
    if failed {
        return Err("a child was not made, or not waited for".to_owned());
    }
    Ok(Row::alone("fork + exit + wait", Figure::nanoseconds(figure), Target::AtMost(Figure::nanoseconds(150.0))))
}

fn live_and_die(system: &mut System<Heap>, parent: ProcessKey) -> Option<()> {
    let child = system.fork(parent).ok()?;
    system.exit(child, 0).ok()?;
    black_box(system.wait(parent, Some(child)).ok()??);
    while system.next_work().is_some() {}
    Some(())
}
