//! Sending to one, or to few, of a million: what the size of the tables costs.

use std::hint::black_box;

use sigpost_engine::{Disposition, Signal, Verdict};

use crate::Size;
use crate::engine::clock::{batch, by_turns, effort, median};
use crate::engine::crowd::{Crowd, Order};
use crate::engine::live;
use crate::table::{Figure, Row, Target};

/// The rows.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    made(size).unwrap_or_else(|cause| vec![Row::broken("one of a million", cause)])
}

fn made(size: Size) -> Result<Vec<Row>, String> {
    let table = if size == Size::Full { 1_000_000 } else { 100 };
    let mut large = Crowd::of(table, Disposition::Ignore, Order::Creation)?;
    let (batches, calls) = effort(size);
    let first = large.group;
    let mut numbers = Vec::new();
    let mut random = 1_u64;
    for _ in 0..65_536 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        numbers.push(first + i32::try_from(random >> 33).unwrap_or_default() % i32::try_from(table).unwrap_or(1));
    }
    let send = |crowd: &mut Crowd, number: i32| {
        let mut verdict = None;
        let mut note = |receipt: sigpost_engine::Receipt| verdict = Some(receipt.verdict);
        let _ = crowd.system.kill(crowd.shell, black_box(number), Signal::USR1.number().into(), &mut note);
        debug_assert_eq!(verdict, Some(Verdict::Ignores));
        black_box(verdict);
    };
    let same = median(batches, || batch(calls, || send(&mut large, first)));
    let mut next = numbers.iter().cycle();
    let scattered = median(batches, || batch(calls, || send(&mut large, next.next().copied().unwrap_or(first))));
    let most = Target::AtMost(Figure::nanoseconds(15.0));
    let kernel = live::one_process(batches.min(101));
    let row = |work: String, ours: f64| match &kernel {
        Ok(theirs) => Row::beside(work, Figure::nanoseconds(ours), &live::name(), Figure::nanoseconds(*theirs), most),
        Err(why) => Row::alone(format!("{work} (no kernel to compare with: {why})"), Figure::nanoseconds(ours), most),
    };
    let mut rows = vec![
        row(format!("kill of one of {table}, the same"), same),
        row(format!("kill of one of {table}, at random"), scattered),
    ];
    rows.push(ten_of_many(large, table, size)?);
    Ok(rows)
}

/// A group of ten in a large table, beside the same in a table of little more than them.
fn ten_of_many(mut large: Crowd, table: u32, size: Size) -> Result<Row, String> {
    let (batches, calls) = effort(size);
    let mut small = Crowd::of(10, Disposition::Ignore, Order::Creation)?;
    let group = large.leave_ten()?;
    let shell = large.shell;
    let both = by_turns(
        batches,
        || {
            batch(calls / 10, || {
                let _ = large.system.kill(shell, -group, Signal::USR1.number().into(), &mut ());
            })
        },
        || {
            let (shell, group) = (small.shell, small.group);
            Ok(batch(calls / 10, || {
                let _ = small.system.kill(shell, -group, Signal::USR1.number().into(), &mut ());
            }))
        },
    );
    let (ours, theirs) = both?;
    let (ours, theirs) = (Figure::nanoseconds(ours), Figure::nanoseconds(theirs));
    let work = format!("kill(-pgid) of 10 in a table of {table}");
    Ok(Row::beside(work, ours, "in a table of 12", theirs, Target::Ratio(1.2)))
}
