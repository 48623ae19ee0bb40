//! The engine: nanoseconds a call, bytes a thread. One file a family of rows.
//!
//! The door that a row measures stands in its name: `post` and `take` are those of layer 2, which a kernel with tables of
//! its own embeds; `System` is the whole subsystem. This machine may count no cache misses and no instructions: then
//! there is only the time.

mod clock;
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

/// The rows of the engine.
pub(crate) fn rows(size: Size) -> Vec<Row> {
    [posting::rows, crowd::rows, one::rows, life::rows, memory::rows].iter().flat_map(|rows| rows(size)).collect()
}
