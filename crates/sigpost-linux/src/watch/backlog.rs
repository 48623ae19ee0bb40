//! Records that were taken out of the kernel's ring and not told yet.
//!
//! Telling a signal takes longer than sending one, and a sender may have a CPU to itself where the watcher has not. To
//! copy a record takes a twentieth of that time: so the ring is emptied first, and what is told is told from here.

use sigpost_sys::bpf::Ring;

/// A queue of records, which grows up to a limit.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    /// A record after the other, each with a byte before it that tells its length.
    bytes: Vec<u8>,
    /// Where the next one begins.
    next: usize,
    limit: usize,
}

/// So much is kept for the next time rather than given back.
const KEEP: usize = 1 << 20;

impl Backlog {
    /// An empty one.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.next == self.bytes.len()
    }

    /// Empties the ring into it, as far as there is room. The rest stays in the ring.
    pub(super) fn fill(&mut self, ring: &mut Ring) {
        if self.bytes.len() >= self.limit {
            return;
        }
        ring.drain(|record| {
            self.push(record);
            self.bytes.len() < self.limit
        });
    }

    fn push(&mut self, record: &[u8]) {
        // No record of ours is longer.
        let length = u8::try_from(record.len()).unwrap_or(u8::MAX);
        self.bytes.push(length);
        self.bytes.extend_from_slice(record.get(..usize::from(length)).unwrap_or(record));
    }

    /// Takes records, oldest first, until there are none or the function returns false.
    pub(super) fn drain(&mut self, mut each: impl FnMut(&[u8]) -> bool) {
        while let Some(length) = self.bytes.get(self.next) {
            let start = self.next + 1;
            let end = start + usize::from(*length);
            self.next = end;
            if !each(self.bytes.get(start..end).unwrap_or_default()) {
                break;
            }
        }
        if self.is_empty() {
            self.bytes.clear();
            self.bytes.shrink_to(KEEP);
            self.next = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_in_order_whole_and_once() {
        let mut backlog = Backlog::new(100);
        for record in [&b"one"[..], b"", b"three"] {
            backlog.push(record);
        }
        let mut out = Vec::new();
        backlog.drain(|record| {
            out.push(record.to_vec());
            record != b"one"
        });
        assert_eq!((out.len(), backlog.is_empty()), (1, false));
        backlog.push(b"four");
        backlog.drain(|record| {
            out.push(record.to_vec());
            true
        });
        assert_eq!(out, [&b"one"[..], b"", b"three", b"four"]);
        assert!(backlog.is_empty() && backlog.bytes.is_empty());
    }
}
