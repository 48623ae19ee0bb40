//! The POSIX signal subsystem as a pure state machine.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "alloc")]
extern crate alloc;

pub mod credentials;
pub mod errno;
pub mod identity;
pub mod receipt;
pub mod signal;
pub mod signal_set;

pub use credentials::{Credentials, UserId};
pub use errno::Errno;
pub use identity::{GroupId, GroupKey, NamespaceKey, Pid, ProcessKey, SessionId, SessionKey, ThreadId, ThreadKey};
pub use receipt::{Counts, Receipt, Receipts, Verdict};
pub use signal::{DefaultAction, InvalidSignal, ParseSignalError, Signal};
pub use signal_set::{SignalMask, SignalSet};
