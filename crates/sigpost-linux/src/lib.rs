//! Signals on a live Linux: sent through handles, never to a recycled ID, with a receipt for every target.
//!
//! | level | what is there |
//! |---|---|
//! | the C family | [`kill::kill`], [`kill::killpg`], [`kill::raise`], [`kill::probe`]: plain functions, async-signal-safe |
//! | handles | [`Process`], [`Group`], [`Session`], [`Tree`], [`Cgroup`]: opened first, read through, sent through |
//! | reading | [`proc_stat`], [`proc_status`], [`proc_syscall`], [`Snapshot`]: what `/proc` tells, parsed without trust |
//! | selecting | [`selection`], [`filter`]: by name, pattern, executable, and what they must be besides; [`port`], [`pid_file`] |
//! | the kernel's word | [`generated`]: its own record of what became of a signal at each target |
//! | watching | [`watch`]: every signal on the machine, by whom, to whom, and what became of it |
//! | waiting, ending | [`wait`], [`end`]: the ends of thousands at once, TERM and then KILL with clocks that run side by side |
//! | the whole way | [`send::send`]: snapshot, prediction by the engine, send, a [`Receipt`] a target |
//!
//! Everyone is signalled by one function with a name of its own ([`everyone::kill_everyone`]); no other function
//! takes a number that means everyone.
#![forbid(unsafe_code)]

extern crate alloc;

pub mod cgroup;
pub mod end;
pub mod everyone;
pub mod exit_status;
pub mod family_tree;
pub mod filter;
pub mod generated;
pub mod hold;
pub mod kill;
pub mod pattern;
pub mod pid_file;
pub mod port;
pub mod predict;
pub mod proc_stat;
pub mod proc_status;
pub mod proc_syscall;
pub mod process;
pub mod process_group;
#[doc(hidden)]
pub mod readers;
pub mod receipt;
pub mod refused;
pub mod scan;
pub mod selection;
pub mod send;
pub mod session;
pub mod snapshot;
pub mod tree;
pub mod user;
pub mod wait;
pub mod watch;

mod freezer;
mod proc_files;

pub use cgroup::Cgroup;
pub use end::{End, Escalation};
pub use exit_status::{Ending, ExitStatus};
pub use kill::{BadTarget, Target};
pub use process::{OpenError, Process, ReadError, ThreadNumber};
pub use process_group::{Group, Via};
pub use receipt::{Evidence, Outcome, Receipt, Scope};
pub use refused::{Aim, Call, Refused};
pub use session::Session;
pub use snapshot::Snapshot;
pub use tree::Tree;
pub use wait::{Wait, WaitError};

/// The example on the project's first page, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct FirstPage;
