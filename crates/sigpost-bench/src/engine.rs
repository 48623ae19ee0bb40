//! The engine: nanoseconds a call, bytes a thread. One file a family of rows.
//!
//! The door that a row measures stands in its name: `post` and `take` are those of layer 2, which a kernel with tables of
//! its own embeds; `System` is the whole subsystem. This machine may count no cache misses and no instructions: then
//! there is only the time.

pub(crate) mod clock;
mod crowd;
mod host;
mod life;
mod live;
mod memory;
mod one;
mod posting;
mod starry;

use crate::Size;
use crate::table::Row;

/// Does a work so often, without a clock: `xtask instructions` counts what it takes.
pub(crate) fn count(work_and_calls: &str) -> Result<(), String> {
    let problem = || format!("`{work_and_calls}` is no work and count");
    let (work, calls) = work_and_calls.split_once(':').ok_or_else(problem)?;
    let calls: u32 = calls.parse().map_err(|_| problem())?;
    match work {
        "group" => crowd::count(calls),
        "life" => life::count(calls),
        _ if posting::count(work, calls) => Ok(()),
        _ => Err(problem()),
    }
}

/// The rows of the engine.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    [posting::rows, crowd::rows, one::rows, life::rows, memory::rows].iter().flat_map(|rows| rows(size)).collect()
}
