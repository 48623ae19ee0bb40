//! Watching the machine: every signal that is generated, by whom, for whom, and what became of it.
//!
//! Programs of the kernel's own virtual machine (bpf(2)) run at its tracepoints and write fixed records into a ring.
//! They are assembled here ([`assembler`]), for the structures of the kernel that runs ([`kernel_types`]); names,
//! users and dispositions are read while the signal is generated, for a moment later the sender may be gone. Where the
//! kernel takes no programs, its records of events are read instead ([`Way::Records`]): they tell less.
//!
//! Nothing is changed that others could see: no file of tracefs is written, and all ends with the descriptors.

pub mod assembler;
pub mod event;
pub mod kernel_types;

mod backlog;
mod by_perf;
mod decode;
mod held;
mod offsets;
mod programs;
mod record;
mod stream;

pub use event::{Ended, Event, Generated, How, Name, Party, Taken};
pub use stream::{Asked, Counts, Ends, Watch, Way};
