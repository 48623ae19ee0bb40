//! Memory: what all tables together take, divided by who is in them; and that sending asks for none.

use sigpost_engine::personality::LINUX;
use sigpost_engine::{Disposition, Heap, Signal, System, Tables, Verdict, Work};
use sigpost_sys::allocations;

use crate::Size;
use crate::engine::crowd::{Crowd, Order, caught};
use crate::table::{Figure, Row, Target};

/// The rows.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    let count = if size == Size::Full { 100_000 } else { 100 };
    let mut rows = held(count).unwrap_or_else(|cause| vec![Row::broken("memory", cause)]);
    rows.push(asked_for(size).unwrap_or_else(|cause| Row::broken("allocations", cause)));
    rows.push(noticed());
    rows
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
const fn bytes_each(before: i64, count: u32) -> f64 {
    (before as f64) / (count as f64)
}

/// Bytes a process (with its one thread), and bytes a further thread.
fn held(count: u32) -> Result<Vec<Row>, String> {
    let before = allocations::held();
    let system = processes(count, Disposition::Default)?;
    let a_process = bytes_each(allocations::held() - before, count);
    drop(system);
    let before = allocations::held();
    let system = threads(count)?;
    let a_thread = bytes_each(allocations::held() - before, count);
    drop(system);
    let before = allocations::held();
    let catching = processes(count, caught())?;
    let shared = bytes_each(allocations::held() - before, count);
    drop(catching);
    Ok(vec![
        Row::alone(
            format!("memory a process with one thread, of {count}, every table counted in"),
            Figure::bytes(a_process),
            Target::AtMost(Figure::bytes(256.0 + 96.0)),
        ),
        Row::alone(
            format!("memory a thread, of {count} of one process"),
            Figure::bytes(a_thread),
            Target::AtMost(Figure::bytes(96.0)),
        ),
        Row::alone(
            format!("memory a process that shares handlers with its parent, of {count}"),
            Figure::bytes(shared),
            Target::AtMost(Figure::bytes(256.0 + 96.0)),
        ),
    ])
}

/// Two processes with so many threads between them.
fn threads(count: u32) -> Result<System<Heap>, String> {
    let mut system = processes(2, Disposition::Default)?;
    let main = system.processes().next().and_then(|process| system.main_thread(process)).ok_or("nobody is there")?;
    for _ in 2..count {
        system.new_thread(main).map_err(|error| error.to_string())?;
    }
    Ok(system)
}

fn processes(count: u32, usr1: Disposition) -> Result<System<Heap>, String> {
    let mut system = System::new(&LINUX, Tables::heap(64));
    let init = system.boot().map_err(|error| error.to_string())?;
    system.sigaction(init, Signal::USR1, usr1).map_err(|error| error.to_string())?;
    for _ in 1..count {
        system.fork(init).map_err(|error| error.to_string())?;
    }
    Ok(system)
}

/// How often sending to a group, stopping, continuing and taking ask for memory.
fn asked_for(size: Size) -> Result<Row, String> {
    let members = if size == Size::Full { 10_000 } else { 10 };
    let mut crowd = Crowd::of(members, caught(), Order::Creation)?;
    let before = allocations::so_far();
    crowd.send(Verdict::Handles)?;
    for signal in [Signal::STOP, Signal::CONT] {
        let sent = crowd.system.kill(crowd.shell, -crowd.group, signal.number().into(), &mut ());
        sent.map_err(|error| error.to_string())?;
        while let Some(work) = crowd.system.next_work() {
            if let Work::Thread(thread) = work {
                let _ = crowd.system.deliver(thread);
            }
        }
    }
    let count = allocations::so_far() - before;
    let work = format!("allocations: post to {members}, receipts, stop, continue, take");
    Ok(Row::alone(work, count_of(count), Target::Exactly(Figure::count(0.0))))
}

/// That the counter sees one Box.
fn noticed() -> Row {
    let before = allocations::so_far();
    drop(std::hint::black_box(Box::new(1)));
    let count = allocations::so_far() - before;
    Row::alone(
        "allocations: one Box, to show that they are counted",
        count_of(count),
        Target::Exactly(Figure::count(1.0)),
    )
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
const fn count_of(count: u64) -> Figure {
    Figure::count(count as f64)
}
