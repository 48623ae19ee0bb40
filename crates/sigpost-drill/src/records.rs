//! The kernel's own records of signals, as a witness of what became of those that puppets send.
//!
//! One stream for all scenarios of a runner, opened outside of their namespaces: it sees every signal of the machine,
//! and processes by the numbers of the first PID namespace, which are the runner's own.

use alloc::rc::Rc;
use core::cell::RefCell;
use std::path::Path;

use sigpost_linux::generated::{Generated, SystemStream, Unavailable, is_first_namespace};

const PLACE: &str = "/sys/kernel/tracing";

/// The stream, shared by the worlds of one runner.
#[derive(Clone, Debug)]
pub struct Records(Rc<RefCell<SystemStream>>);

impl Records {
    /// Opens the stream. Where tracefs is not mounted it is, for this process and its children alone.
    ///
    /// # Errors
    /// [`Unavailable`], as [`SystemStream::open`]; also in a PID namespace that is not the machine's first.
    pub fn open() -> Result<Self, Unavailable> {
        if is_first_namespace() != Some(true) {
            let reason = "the kernel's records name processes as the first PID namespace does: this is another one";
            return Err(Unavailable { reason: reason.to_owned() });
        }
        if !Path::new(PLACE).join("events").exists() {
            // Who may not mount it is told by the stream that it cannot be read.
            let _ = sigpost_sys::perf::mount_tracefs(PLACE);
        }
        SystemStream::open().map(|stream| Self(Rc::new(RefCell::new(stream))))
    }

    /// Takes what was recorded since the last time; the second value: how many records could not be kept, ever.
    pub(crate) fn take(&self) -> (Vec<Generated>, u64) {
        let mut stream = self.0.borrow_mut();
        let mut records = Vec::new();
        stream.drain(|record| records.push(record));
        (records, stream.lost())
    }
}
