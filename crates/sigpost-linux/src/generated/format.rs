//! The tracepoint's `format` file: its number, and where its fields are. These differ between kernels.

use core::ops::Range;

use sigpost_engine::{Pid, Signal, ThreadId};

use super::{Fate, Generated};
use crate::proc_stat::{Comm, Malformed};

/// Where the fields of a record are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    id: u64,
    sender: Number,
    signal: Number,
    errno: Number,
    code: Number,
    comm: Range<usize>,
    pid: Number,
    group: Number,
    result: Number,
}

/// The offset of a C `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number(usize);

impl Number {
    fn of(self, raw: &[u8]) -> Option<i32> {
        raw.get(self.0..self.0 + 4)?.try_into().ok().map(i32::from_ne_bytes)
    }
}

impl Format {
    /// Parses the bytes of the file `events/signal/signal_generate/format`. Fields of newer kernels are passed over.
    ///
    /// # Errors
    /// [`Malformed`]: a field that is needed is missing or has another size.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let id = lines(bytes).find_map(|line| line.strip_prefix("ID:")).and_then(|id| id.trim().parse().ok());
        let number = |name, missing| match field(bytes, name) {
            Some(place) if place.len() == 4 => Ok(Number(place.start)),
            _ => Err(Malformed(missing)),
        };
        Ok(Self {
            id: id.ok_or(Malformed("ID is missing"))?,
            sender: number("common_pid", "common_pid is not an int")?,
            signal: number("sig", "sig is not an int")?,
            errno: number("errno", "errno is not an int")?,
            code: number("code", "code is not an int")?,
            comm: field(bytes, "comm").ok_or(Malformed("comm is missing"))?,
            pid: number("pid", "pid is not an int")?,
            group: number("group", "group is not an int")?,
            result: number("result", "result is not an int")?,
        })
    }

    /// The tracepoint's number, which `perf_event_open(2)` takes.
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// Reads a record. `None` if it is too short, or names no signal, process or fate that is known.
    pub fn decode(&self, time: u64, raw: &[u8]) -> Option<Generated> {
        let comm = raw.get(self.comm.clone())?.split(|byte| *byte == 0).next()?;
        Some(Generated {
            time,
            sender: ThreadId::new(self.sender.of(raw)?),
            signal: Signal::new(self.signal.of(raw)?)?,
            errno: self.errno.of(raw)?,
            code: self.code.of(raw)?,
            comm: Comm::new(comm),
            pid: Pid::new(self.pid.of(raw)?)?,
            group: self.group.of(raw)? != 0,
            fate: Fate::from_number(self.result.of(raw)?)?,
        })
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes.split(|byte| *byte == b'\n').filter_map(|line| str::from_utf8(line).ok()).map(str::trim)
}

/// Where the field is: `field:TYPE NAME[COUNT]; offset:N; size:N; …`, with tabs between.
fn field(bytes: &[u8], name: &str) -> Option<Range<usize>> {
    lines(bytes).filter_map(|line| line.strip_prefix("field:")).find_map(|line| {
        let mut parts = line.split(';').map(str::trim);
        let declared = parts.next()?.split_whitespace().next_back()?;
        if declared.split('[').next()? != name {
            return None;
        }
        let [offset, size] = ["offset:", "size:"].map(|key| parts.next()?.strip_prefix(key)?.parse::<u16>().ok());
        let start = usize::from(offset?);
        Some(start..start + usize::from(size?))
    })
}
